//! Run-time widths for rust-hdl.
//!
//! rust-hdl fixes widths as const generics; a machine described by a configuration file knows them only at
//! run time. Its macros are syntactic, though: a field needs no more than `.next`, `.val()` and the traits
//! behind them. The types here carry their width as a value and stand wherever rust-hdl's own stand.
//!
//! | here | instead of | holds |
//! |---|---|---|
//! | [`Bus<In \| Out \| Local>`](Bus) | `Signal<_, Bits<N>>` | a signal |
//! | [`Const`] | `Constant<Bits<N>>` | a constant |
//! | [`Size`] | a const generic | a number for index arithmetic |
//! | [`Register`], [`BitRegister`] | `DFF<T>` | a value over time, with a power-up value |
//! | [`SyncRam`], [`MaskedRam`], [`AsyncRam`] | `RAM` | a memory |
//! | [`Word`] | `Bits<N>`, `Signed<N>` | the value on a bus |
//!
//! Single bits stay `Signal<In, Bit>` (a `bool`), clocks `Signal<In, Clock>`, states of a machine
//! `DFF<State>` over an enum that derives `LogicState`.
//!
//! # Writing a cell
//!
//! A cell is a struct with `#[derive(LogicBlock)]`: public fields are ports, private ones signals and parts,
//! fields that begin with `_` plain Rust data. Its behavior is one kernel, `update`, under `#[hdl_gen]`: the
//! same lines are simulated and translated. In a kernel:
//!
//! * give every register and every part's input a default first (`dff_setup!` does so for registers, `clock!`
//!   passes the clock to parts), then change it under conditions; a signal without default is a latch and
//!   refused;
//! * write a [`Bus<Local>`](Bus) before reading it;
//! * no `let`, no early return, no Rust function calls except casts ([`bit_cast_to`], [`unsigned_cast_to`],
//!   [`signed_cast_to`], called by their bare names);
//! * both operands of `+ - & | ^ == <` have the same width and sign; compare with a [`Const`], or with a
//!   literal (`== 3.into()`) when the other side is an unsigned bus;
//! * loops run over plain ranges, `for i in 0..self._n`; an index may calculate with loop variables,
//!   literals and [`Size`] fields: `self.node[self.leaves + 2 * i]`.
//!
//! ```
//! use rust_hdl_core::prelude::*;
//! use rust_hdl_widgets::prelude::*; // dff_setup!
//! use spinwright_hdl::width::*;
//!
//! /// Sums signed terms over time; `clear` starts again.
//! #[derive(LogicBlock)]
//! pub struct Sum {
//!     pub clock: Signal<In, Clock>,
//!     pub clear: Signal<In, Bit>,
//!     pub term: Bus<In>,
//!     pub total: Bus<Out>,
//!     sum: Register,
//!     wide: Bus<Local>,
//!     _total_width: usize,
//! }
//!
//! impl Sum {
//!     pub fn new(term_width: usize, total_width: usize) -> Self {
//!         Self {
//!             clock: Default::default(),
//!             clear: Default::default(),
//!             term: Bus::signed(term_width),
//!             total: Bus::signed(total_width),
//!             sum: Register::signed(total_width),
//!             wide: Bus::signed(total_width),
//!             _total_width: total_width,
//!         }
//!     }
//! }
//!
//! impl Logic for Sum {
//!     #[hdl_gen]
//!     fn update(&mut self) {
//!         comment!("module sum: Sums signed terms over time.");
//!         dff_setup!(self, clock, sum);
//!         self.wide.next = signed_cast_to(self.term.val(), self._total_width);
//!         self.sum.d.next = self.sum.q.val() + self.wide.val();
//!         if self.clear.val() {
//!             self.sum.d.next = 0.into();
//!         }
//!         self.total.next = self.sum.q.val();
//!     }
//! }
//! spinwright_hdl::clocked!(Sum);
//!
//! let mut sum = Sum::new(4, 8);
//! sum.connect_all();
//! for term in [7, -3, -8] {
//!     sum.term.set(term);
//!     tick(&mut sum);
//! }
//! assert_eq!(sum.total.val().value(), -4);
//! ```

/// A comment for the emitted Verilog, in kernels only: `comment!("text");` or, as the first line of a kernel,
/// `comment!("module NAME: One-line purpose.");`, which names the module.
#[macro_export]
macro_rules! comment {
    ($text:literal) => {};
}
pub use crate::comment;

mod bus;
mod cast;
mod clocking;
mod masked_ram;
mod ram;
mod register;
mod size;
mod word;

pub use bus::{Bus, Const};
pub use cast::{bit_cast_to, signed_cast_to, unsigned_cast_to};
pub use clocking::{Clocked, settle, tick};
pub use masked_ram::MaskedRam;
pub use ram::{AsyncRam, RamStyle, SyncRam};
pub use register::{BitRegister, Register};
pub(crate) use size::SIZE_TYPE;
pub use size::Size;
pub use word::{MAX_WIDTH, ShiftAmount, Word, address_width};
