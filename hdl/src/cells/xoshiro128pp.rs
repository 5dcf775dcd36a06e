//! The reference-grade random source: xoshiro128++ (Blackman, Vigna 2019).

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// One lane's `xoshiro128++` stream (contract, section 6).
#[derive(LogicBlock)]
pub struct Xoshiro128pp {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Sets the state to 1, 0, 0, 0.
    pub reset: Signal<In, Bit>,
    /// Takes the next draw of the stream.
    pub step: Signal<In, Bit>,
    /// Writes one word of the state; not together with `step`.
    pub seed_write: Signal<In, Bit>,
    /// Which word, s0 to s3.
    pub seed_word: Bus<In>,
    /// The 32 bits to write.
    pub seed_data: Bus<In>,
    /// The draw of the last step, `draw_bits` wide; valid from the clock after `step` until the next one.
    pub draw: Bus<Out>,
    s0: Register,
    s1: Register,
    s2: Register,
    s3: Register,
    drawn: Register,
    sum: Bus<Local>,
    output_word: Bus<Local>,
    mixed2: Bus<Local>,
    mixed3: Bus<Local>,
    start: Const,
    skipped: Size,
    _draw_bits: usize,
}

impl Xoshiro128pp {
    /// A source of draws of `draw_bits` (1 to 32) bits.
    pub fn new(draw_bits: usize) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            step: Default::default(),
            seed_write: Default::default(),
            seed_word: Bus::unsigned(2),
            seed_data: Bus::unsigned(32),
            draw: Bus::unsigned(draw_bits),
            s0: Register::unsigned(32).starting_at(1),
            s1: Register::unsigned(32),
            s2: Register::unsigned(32),
            s3: Register::unsigned(32),
            drawn: Register::unsigned(draw_bits),
            sum: Bus::unsigned(32),
            output_word: Bus::unsigned(32),
            mixed2: Bus::unsigned(32),
            mixed3: Bus::unsigned(32),
            start: Const::unsigned(32, 1),
            skipped: Size::new(32 - draw_bits),
            _draw_bits: draw_bits,
        }
    }
}

impl Logic for Xoshiro128pp {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module xoshiro128pp: Random source xoshiro128++ of one lane.");
        dff_setup!(self, clock, s0, s1, s2, s3, drawn);
        self.sum.next = self.s0.q.val() + self.s3.q.val();
        self.output_word.next = ((self.sum.val() << 7) | (self.sum.val() >> 25)) + self.s0.q.val();
        self.mixed2.next = self.s2.q.val() ^ self.s0.q.val();
        self.mixed3.next = self.s3.q.val() ^ self.s1.q.val();
        if self.step.val() {
            self.drawn.d.next =
                unsigned_cast_to(self.output_word.val() >> (self.skipped * 1), self._draw_bits);
            self.s0.d.next = self.s0.q.val() ^ self.mixed3.val();
            self.s1.d.next = self.s1.q.val() ^ self.mixed2.val();
            self.s2.d.next = self.mixed2.val() ^ (self.s1.q.val() << 9);
            self.s3.d.next = (self.mixed3.val() << 11) | (self.mixed3.val() >> 21);
        }
        if self.seed_write.val() {
            if self.seed_word.val() == 0.into() {
                self.s0.d.next = self.seed_data.val();
            }
            if self.seed_word.val() == 1.into() {
                self.s1.d.next = self.seed_data.val();
            }
            if self.seed_word.val() == 2.into() {
                self.s2.d.next = self.seed_data.val();
            }
            if self.seed_word.val() == 3.into() {
                self.s3.d.next = self.seed_data.val();
            }
        }
        if self.reset.val() {
            self.s0.d.next = self.start.val();
            self.s1.d.next = 0.into();
            self.s2.d.next = 0.into();
            self.s3.d.next = 0.into();
        }
        self.draw.next = self.drawn.q.val();
    }
}
crate::clocked!(Xoshiro128pp);
crate::cell_ports!(Xoshiro128pp, clock, [reset, step, seed_write, seed_word, seed_data], [draw]);
