//! The default random source with a seed that enters through its new bits.

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

/// One lane's `lfsr64` stream (contract, section 6), the same as [`LeapLfsr`](super::LeapLfsr)'s.
///
/// A step takes 19 new bits: the XOR of four state bits each, or, while `seeding`, the seed's. Four steps of a seed replace the whole
/// state, the oldest bits first (the first step's upper 12 bits fall out at the end). So the state needs no multiplexers: a new bit
/// is one LUT of 6 inputs.
#[derive(LogicBlock)]
pub struct SeededLfsr {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Takes the next draw of the stream, or 19 bits of the seed.
    pub step: Signal<In, Bit>,
    /// The new bits are the seed's.
    pub seeding: Signal<In, Bit>,
    /// 19 bits of the seed.
    pub seed: Bus<In>,
    /// The draw of the last step, `draw_bits` wide; valid from the clock after `step` until the next one.
    pub draw: Bus<Out>,
    state: Register,
    fresh: Bus<Local>,
    keep: Bus<Local>,
    skipped: Size,
    _draw_bits: usize,
}

impl SeededLfsr {
    /// A source of draws of `draw_bits` (1 to 19) bits; its state powers up as 1.
    pub fn new(draw_bits: usize) -> Self {
        Self {
            clock: Default::default(),
            step: Default::default(),
            seeding: Default::default(),
            seed: Bus::unsigned(LEAP),
            draw: Bus::unsigned(draw_bits),
            state: Register::unsigned(64).starting_at(1),
            fresh: Bus::unsigned(LEAP),
            keep: Bus::unsigned(64 - LEAP),
            skipped: Size::new(LEAP - draw_bits),
            _draw_bits: draw_bits,
        }
    }
}

impl Logic for SeededLfsr {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module seeded_lfsr: Random source lfsr64 of one wired lane.");
        dff_setup!(self, clock, state);
        self.fresh.next = bit_cast_to(self.state.q.val() >> 11, LEAP)
            ^ bit_cast_to(self.state.q.val() >> 27, LEAP)
            ^ bit_cast_to(self.state.q.val() >> 34, LEAP)
            ^ bit_cast_to(self.state.q.val() >> 45, LEAP);
        if self.seeding.val() {
            self.fresh.next = self.seed.val();
        }
        self.keep.next = unsigned_cast_to(self.state.q.val(), 64 - LEAP);
        if self.step.val() {
            self.state.d.next = (bit_cast_to(self.keep.val(), 64) << 19) | bit_cast_to(self.fresh.val(), 64);
        }
        self.draw.next = unsigned_cast_to(self.state.q.val() >> (self.skipped * 1), self._draw_bits);
    }
}
crate::clocked!(SeededLfsr);
crate::cell_ports!(SeededLfsr, clock, [step, seeding, seed], [draw]);
