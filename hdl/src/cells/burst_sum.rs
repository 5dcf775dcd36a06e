//! What one wired lane adds up over the replicas of a slot.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Running negative sum of spins (+-1) or saturated fields, and its hand-over at the end of a burst.
///
/// It is never cleared and wraps: who takes it over subtracts what it took over before (see [`SumUnit`](super::SumUnit)). The
/// negative is kept because register minus value is one LUT per bit under yosys, register plus value is not.
#[derive(LogicBlock)]
pub struct BurstSum {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Subtracts this clock's value.
    pub contribute: Signal<In, Bit>,
    /// The field instead of the spin.
    pub use_field: Signal<In, Bit>,
    /// The new spin.
    pub spin: Signal<In, Bit>,
    /// Sign of the saturated field.
    pub negative: Signal<In, Bit>,
    /// Its magnitude.
    pub magnitude: Bus<In>,
    /// Hands the sum of the clocks before this one over.
    pub capture: Signal<In, Bit>,
    /// The last sum handed over, negative and modulo its width.
    pub held: Bus<Out>,
    /// What decided a tie then: the last spin, or the last field was not negative.
    pub held_tie: Signal<Out, Bit>,
    total: Register,
    tie: BitRegister,
    held_total: Register,
    held_tie_bit: BitRegister,
    up: Signal<Local, Bit>,
    size: Bus<Local>,
    value: Bus<Local>,
    left: Bus<Local>,
    right: Bus<Local>,
    result: Bus<Local>,
    one: Const,
    lowest: Const,
    all_ones: Const,
    _width: usize,
    _wide: usize,
    _kept: usize,
}

impl BurstSum {
    /// Sums of `width` bits (more than `field_bits`) of fields of `field_bits`.
    pub fn new(field_bits: usize, width: usize) -> Self {
        assert!(width > field_bits, "a burst sum of {width} bits");
        Self {
            clock: Default::default(),
            contribute: Default::default(),
            use_field: Default::default(),
            spin: Default::default(),
            negative: Default::default(),
            magnitude: Bus::unsigned(field_bits - 1),
            capture: Default::default(),
            held: Bus::unsigned(width),
            held_tie: Default::default(),
            total: Register::unsigned(width),
            tie: Default::default(),
            held_total: Register::unsigned(width),
            held_tie_bit: Default::default(),
            up: Default::default(),
            size: Bus::unsigned(width),
            value: Bus::unsigned(width),
            left: Bus::unsigned(width + 1),
            right: Bus::unsigned(width + 1),
            result: Bus::unsigned(width + 1),
            one: Const::unsigned(width, 1),
            lowest: Const::unsigned(width + 1, 1),
            all_ones: Const::unsigned(width, (1 << width) - 1),
            _width: width,
            _wide: width + 1,
            _kept: width,
        }
    }
}

impl Logic for BurstSum {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module burst_sum: Sum over the replicas of a slot.");
        dff_setup!(self, clock, total, tie, held_total, held_tie_bit);
        self.up.next = self.spin.val();
        self.size.next = self.one.val();
        if self.use_field.val() {
            self.up.next = !self.negative.val();
            self.size.next = bit_cast_to(self.magnitude.val(), self._width);
        }
        // total - size for an upward value, total + size = total - ~size - 1 for a downward one: the bit below the sum borrows.
        self.value.next = self.size.val();
        if !self.up.val() {
            self.value.next = self.size.val() ^ self.all_ones.val();
        }
        self.left.next =
            (bit_cast_to(self.total.q.val(), self._wide) << 1) | bit_cast_to(self.up.val(), self._wide);
        self.right.next = (bit_cast_to(self.value.val(), self._wide) << 1) | self.lowest.val();
        self.result.next = self.left.val() - self.right.val();
        if self.contribute.val() {
            self.total.d.next = unsigned_cast_to(self.result.val() >> 1, self._kept);
            self.tie.d.next = self.up.val();
        }
        if self.capture.val() {
            self.held_total.d.next = self.total.q.val();
            self.held_tie_bit.d.next = self.tie.q.val();
        }
        self.held.next = self.held_total.q.val();
        self.held_tie.next = self.held_tie_bit.q.val();
    }
}
crate::clocked!(BurstSum);
crate::cell_ports!(
    BurstSum,
    clock,
    [contribute, use_field, spin, negative, magnitude, capture],
    [held, held_tie]
);
