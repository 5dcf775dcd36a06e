//! Average and sign: what an output p-bit says over the retained sweeps of all replicas.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Sums of one lane's output p-bits, in both readout modes, with the rule for ties.
///
/// Every output slot has a word {tie, sum}: sum the exact sum of spins (+-1) or saturated fields, tie what decides a sum of
/// zero: the last spin added, or whether the last field added was not negative. One contribution per clock, also to the same
/// slot in successive clocks: the memory's read is combinational (LUT RAM; registers on iCE40), so the word read is the
/// word written last.
#[derive(LogicBlock)]
pub struct Readout {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Output slot of the contribution, of `clear`, or to look at.
    pub slot: Bus<In>,
    /// Sets the slot's sum to 0.
    pub clear: Signal<In, Bit>,
    /// Adds to the slot's sum.
    pub contribute: Signal<In, Bit>,
    /// Add `field` instead of `spin`.
    pub use_field: Signal<In, Bit>,
    /// The new spin.
    pub spin: Signal<In, Bit>,
    /// The saturated field that it was drawn from.
    pub field: Bus<In>,
    /// One clock later: the slot's sum, this contribution included.
    pub sum: Bus<Out>,
    /// Its sign, 1 up; a sum of 0 that nothing was added to is up.
    pub sign: Signal<Out, Bit>,
    sums: AsyncRam,
    sum_seen: Register,
    tie_seen: BitRegister,
    old: Bus<Local>,
    value: Bus<Local>,
    new_sum: Bus<Local>,
    new_tie: Signal<Local, Bit>,
    plus_one: Const,
    minus_one: Const,
    field_width: Size,
    sum_width: Size,
    _sum_width: usize,
    _word_width: usize,
}

impl Readout {
    /// `slots` sums of `sum_bits`, fields of `field_bits`.
    pub fn new(slots: usize, sum_bits: usize, field_bits: usize) -> Self {
        let sums = AsyncRam::new(sum_bits + 1, slots);
        Self {
            clock: Default::default(),
            slot: Bus::like(&sums.read_address),
            clear: Default::default(),
            contribute: Default::default(),
            use_field: Default::default(),
            spin: Default::default(),
            field: Bus::signed(field_bits),
            sum: Bus::signed(sum_bits),
            sign: Default::default(),
            sums,
            sum_seen: Register::signed(sum_bits),
            tie_seen: Default::default(),
            old: Bus::signed(sum_bits),
            value: Bus::signed(sum_bits),
            new_sum: Bus::signed(sum_bits),
            new_tie: Default::default(),
            plus_one: Const::signed(sum_bits, 1),
            minus_one: Const::signed(sum_bits, -1),
            field_width: Size::new(field_bits),
            sum_width: Size::new(sum_bits),
            _sum_width: sum_bits,
            _word_width: sum_bits + 1,
        }
    }
}

impl Logic for Readout {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module readout: Average-and-sign sums of one lane.");
        dff_setup!(self, clock, sum_seen, tie_seen);
        clock!(self, clock, sums);
        self.sums.read_address.next = self.slot.val();
        self.old.next = signed_cast_to(self.sums.read_data.val(), self._sum_width);
        self.value.next = self.minus_one.val();
        if self.use_field.val() {
            self.value.next = signed_cast_to(self.field.val(), self._sum_width);
        } else {
            if self.spin.val() {
                self.value.next = self.plus_one.val();
            }
        }
        self.new_sum.next = self.old.val();
        self.new_tie.next = self.sums.read_data.val().get_bit(self.sum_width * 1);
        if self.contribute.val() {
            self.new_sum.next = self.old.val() + self.value.val();
            self.new_tie.next = self.spin.val();
            if self.use_field.val() {
                self.new_tie.next = !self.field.val().get_bit(self.field_width - 1);
            }
        }
        if self.clear.val() {
            // With nothing added the sum is 0 and the sign up (contract, section 7).
            self.new_sum.next = 0.into();
            self.new_tie.next = true;
        }
        self.sums.write_enable.next = self.contribute.val() | self.clear.val();
        self.sums.write_address.next = self.slot.val();
        self.sums.write_data.next = bit_cast_to(self.new_sum.val(), self._word_width)
            | (bit_cast_to(self.new_tie.val(), self._word_width) << (self.sum_width * 1));
        self.sum_seen.d.next = self.new_sum.val();
        self.tie_seen.d.next = self.new_tie.val();
        self.sum.next = self.sum_seen.q.val();
        self.sign.next = !self.sum_seen.q.val().get_bit(self.sum_width - 1);
        if !self.sum_seen.q.val().any() {
            self.sign.next = self.tie_seen.q.val();
        }
    }
}
crate::clocked!(Readout);
crate::cell_ports!(Readout, clock, [slot, clear, contribute, use_field, spin, field], [sum, sign]);
