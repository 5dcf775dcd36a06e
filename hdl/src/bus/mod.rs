//! Ports of a system on a chip in place of the serial line: the register bus behind AXI4-Lite and Wishbone, and the interrupt.
//!
//! | block | does |
//! |---|---|
//! | [`AxiLitePort`] | AXI4-Lite to register bus |
//! | [`WishbonePort`] | Wishbone B4 classic to register bus |
//! | [`InterruptPage`] | registers `INTERRUPT_*` in front of the core, and the interrupt line |
//! | [`LayeredAxiLite`], [`LayeredWishbone`] | top of a layered machine behind one of them |
//! | [`WiredAxiLite`], [`WiredWishbone`] | top of a wired machine behind one of them |
//! | [`AddressedAxiLite`], [`AddressedWishbone`] | top of an addressed machine behind one of them |
//!
//! Timing, reset and rules stand in `docs/integration.md`; the properties that are proven in `hdl/tests/bus/`.

mod axi_lite;
mod cases;
mod interrupt;
mod top;
mod wishbone;

pub use axi_lite::{AXI_ADDRESS_BITS, AxiLitePort, AxiState, response};
pub(crate) use cases::cases;
pub use interrupt::InterruptPage;
pub use top::{
    AddressedAxiLite, AddressedWishbone, LayeredAxiLite, LayeredWishbone, WiredAxiLite, WiredWishbone,
};
pub use wishbone::{WishbonePort, WishboneState};
