//! Average and sign for machines with many output slots: the sums in block RAM.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// [`Readout`](super::Readout) in block RAM: the same rules, results a clock later.
///
/// A slot's word is read in the clock of its contribution and written in the next one. A contribution to the slot that is just being
/// written takes the new word from the result's registers, so one per clock may come, to any slot.
#[derive(LogicBlock)]
pub struct ReadoutMemory {
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
    /// Two clocks later: the slot's sum, this contribution included.
    pub sum: Bus<Out>,
    /// Its sign, 1 up; a sum of 0 that nothing was added to is up.
    pub sign: Signal<Out, Bit>,
    memory: SyncRam,
    slot_then: Register,
    clear_then: BitRegister,
    contribute_then: BitRegister,
    value_then: Register,
    tie_then: BitRegister,
    forward: BitRegister,
    sum_seen: Register,
    tie_seen: BitRegister,
    writing: Signal<Local, Bit>,
    same: Signal<Local, Bit>,
    value: Bus<Local>,
    tie: Signal<Local, Bit>,
    old_sum: Bus<Local>,
    old_tie: Signal<Local, Bit>,
    new_sum: Bus<Local>,
    new_tie: Signal<Local, Bit>,
    plus_one: Const,
    minus_one: Const,
    field_width: Size,
    sum_width: Size,
    _sum_width: usize,
    _word_width: usize,
}

impl ReadoutMemory {
    /// `slots` sums of `sum_bits`, fields of `field_bits`; the depth is rounded up to a power of two.
    pub fn new(slots: usize, sum_bits: usize, field_bits: usize) -> Self {
        let memory = SyncRam::new(sum_bits + 1, 1 << address_width(slots));
        // A spin is +-1, a field has at least 3 bits.
        Self {
            clock: Default::default(),
            slot: Bus::like(&memory.read_address),
            clear: Default::default(),
            contribute: Default::default(),
            use_field: Default::default(),
            spin: Default::default(),
            field: Bus::signed(field_bits),
            sum: Bus::signed(sum_bits),
            sign: Default::default(),
            slot_then: Register::unsigned(memory.read_address.width()),
            clear_then: Default::default(),
            contribute_then: Default::default(),
            value_then: Register::signed(field_bits),
            tie_then: Default::default(),
            forward: Default::default(),
            sum_seen: Register::signed(sum_bits),
            tie_seen: Default::default(),
            writing: Default::default(),
            same: Default::default(),
            value: Bus::signed(field_bits),
            tie: Default::default(),
            old_sum: Bus::signed(sum_bits),
            old_tie: Default::default(),
            new_sum: Bus::signed(sum_bits),
            new_tie: Default::default(),
            plus_one: Const::signed(field_bits, 1),
            minus_one: Const::signed(field_bits, -1),
            field_width: Size::new(field_bits),
            sum_width: Size::new(sum_bits),
            _sum_width: sum_bits,
            _word_width: sum_bits + 1,
            memory,
        }
    }
}

impl Logic for ReadoutMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module readout_memory: Average-and-sign sums of one lane.");
        dff_setup!(
            self,
            clock,
            slot_then,
            clear_then,
            contribute_then,
            value_then,
            tie_then,
            forward,
            sum_seen,
            tie_seen
        );
        clock!(self, clock, memory);
        // The word is read, unless it is being written.
        self.writing.next = self.clear_then.q.val() | self.contribute_then.q.val();
        self.same.next = self.writing.val() & (self.slot.val() == self.slot_then.q.val());
        self.memory.read_enable.next = !self.same.val();
        self.memory.read_address.next = self.slot.val();
        self.forward.d.next = self.same.val();
        self.slot_then.d.next = self.slot.val();
        self.clear_then.d.next = self.clear.val();
        self.contribute_then.d.next = self.contribute.val();
        self.value.next = self.minus_one.val();
        self.tie.next = self.spin.val();
        if self.use_field.val() {
            self.value.next = self.field.val();
            self.tie.next = !self.field.val().get_bit(self.field_width - 1);
        } else {
            if self.spin.val() {
                self.value.next = self.plus_one.val();
            }
        }
        self.value_then.d.next = self.value.val();
        self.tie_then.d.next = self.tie.val();
        // One clock later.
        self.old_sum.next = signed_cast_to(self.memory.read_data.val(), self._sum_width);
        self.old_tie.next = self.memory.read_data.val().get_bit(self.sum_width * 1);
        if self.forward.q.val() {
            self.old_sum.next = self.sum_seen.q.val();
            self.old_tie.next = self.tie_seen.q.val();
        }
        self.new_sum.next = self.old_sum.val();
        self.new_tie.next = self.old_tie.val();
        if self.contribute_then.q.val() {
            self.new_sum.next = self.old_sum.val() + signed_cast_to(self.value_then.q.val(), self._sum_width);
            self.new_tie.next = self.tie_then.q.val();
        }
        if self.clear_then.q.val() {
            // With nothing added the sum is 0 and the sign up (contract, section 7).
            self.new_sum.next = 0.into();
            self.new_tie.next = true;
        }
        self.memory.write_enable.next = self.writing.val();
        self.memory.write_address.next = self.slot_then.q.val();
        self.memory.write_data.next = bit_cast_to(self.new_sum.val(), self._word_width)
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
crate::clocked!(ReadoutMemory);
crate::cell_ports!(ReadoutMemory, clock, [slot, clear, contribute, use_field, spin, field], [sum, sign]);
