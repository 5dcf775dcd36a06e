//! The default random source: a Fibonacci LFSR that leaps over 19 one-bit steps per draw.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::generator::{LFSR_DELAYS, LFSR_LEAP, LFSR_STATE_BITS};

/// New bits per step.
const LEAP: usize = LFSR_LEAP as usize;
/// A delay of d bits is this far up in the state when 19 bits are made at once. The kernel's shifts are literals.
const fn tap(index: usize) -> u32 {
    LFSR_DELAYS[index] - LFSR_LEAP
}
const _: () = assert!(LFSR_STATE_BITS == 64 && LEAP == 19);
const _: () = assert!(tap(0) == 11 && tap(1) == 27 && tap(2) == 34 && tap(3) == 45);

/// One lane's `lfsr64` stream (contract, section 6): every new bit is one XOR of four state bits.
#[derive(LogicBlock)]
pub struct LeapLfsr {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Sets the state to 1.
    pub reset: Signal<In, Bit>,
    /// Takes the next draw of the stream.
    pub step: Signal<In, Bit>,
    /// Writes one half of the state; not together with `step`.
    pub seed_write: Signal<In, Bit>,
    /// Which half, 0 the lower.
    pub seed_word: Bus<In>,
    /// The 32 bits to write.
    pub seed_data: Bus<In>,
    /// The draw of the last step, `draw_bits` wide; valid from the clock after `step` until the next one.
    pub draw: Bus<Out>,
    state: Register,
    fresh: Bus<Local>,
    keep: Bus<Local>,
    low: Bus<Local>,
    high: Bus<Local>,
    start: Const,
    skipped: Size,
    _draw_bits: usize,
}

impl LeapLfsr {
    /// A source of draws of `draw_bits` (1 to 19) bits.
    pub fn new(draw_bits: usize) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            step: Default::default(),
            seed_write: Default::default(),
            seed_word: Bus::unsigned(2),
            seed_data: Bus::unsigned(32),
            draw: Bus::unsigned(draw_bits),
            state: Register::unsigned(64).starting_at(1),
            fresh: Bus::unsigned(LEAP),
            keep: Bus::unsigned(64 - LEAP),
            low: Bus::unsigned(32),
            high: Bus::unsigned(32),
            start: Const::unsigned(64, 1),
            skipped: Size::new(LEAP - draw_bits),
            _draw_bits: draw_bits,
        }
    }
}

impl Logic for LeapLfsr {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module leap_lfsr: Random source lfsr64 of one lane.");
        dff_setup!(self, clock, state);
        self.fresh.next = bit_cast_to(self.state.q.val() >> 11, LEAP)
            ^ bit_cast_to(self.state.q.val() >> 27, LEAP)
            ^ bit_cast_to(self.state.q.val() >> 34, LEAP)
            ^ bit_cast_to(self.state.q.val() >> 45, LEAP);
        self.keep.next = unsigned_cast_to(self.state.q.val(), 64 - LEAP);
        self.low.next = unsigned_cast_to(self.state.q.val(), 32);
        self.high.next = unsigned_cast_to(self.state.q.val() >> 32, 32);
        if self.step.val() {
            self.state.d.next = (bit_cast_to(self.keep.val(), 64) << 19) | bit_cast_to(self.fresh.val(), 64);
        }
        if self.seed_write.val() {
            if self.seed_word.val() == 0.into() {
                self.low.next = self.seed_data.val();
            }
            if self.seed_word.val() == 1.into() {
                self.high.next = self.seed_data.val();
            }
            self.state.d.next = (bit_cast_to(self.high.val(), 64) << 32) | bit_cast_to(self.low.val(), 64);
        }
        if self.reset.val() {
            self.state.d.next = self.start.val();
        }
        self.draw.next = unsigned_cast_to(self.state.q.val() >> (self.skipped * 1), self._draw_bits);
    }
}
crate::clocked!(LeapLfsr);
crate::cell_ports!(LeapLfsr, clock, [reset, step, seed_write, seed_word, seed_data], [draw]);
