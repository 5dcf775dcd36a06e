//! Average and sign for machines with many output slots: the sums in block RAM.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// [`Readout`](super::Readout) in block RAM: the same rules, results a clock later.
///
/// A slot's word is read in the clock of its contribution, added to in the next one and written out of the result's registers in the one
/// after: nothing but an adder lies between the memory and a register. A contribution to a slot whose word is on its way takes it from
/// there, so one per clock may come, to any slot.
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
    forward_seen: BitRegister,
    forward_written: BitRegister,
    slot_seen: Register,
    write_seen: BitRegister,
    sum_seen: Register,
    tie_seen: BitRegister,
    sum_written: Register,
    tie_written: BitRegister,
    writing: Signal<Local, Bit>,
    written_now: Signal<Local, Bit>,
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
            forward_seen: Default::default(),
            forward_written: Default::default(),
            slot_seen: Register::unsigned(memory.read_address.width()),
            write_seen: Default::default(),
            sum_seen: Register::signed(sum_bits),
            tie_seen: Default::default(),
            sum_written: Register::signed(sum_bits),
            tie_written: Default::default(),
            writing: Default::default(),
            written_now: Default::default(),
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
            forward_seen,
            forward_written,
            slot_seen,
            write_seen,
            sum_seen,
            tie_seen,
            sum_written,
            tie_written
        );
        clock!(self, clock, memory);
        // The word is read, unless it is being written; it may also be computed just now.
        self.writing.next = self.clear_then.q.val() | self.contribute_then.q.val();
        self.written_now.next = self.write_seen.q.val() & (self.slot.val() == self.slot_seen.q.val());
        self.memory.read_enable.next = !self.written_now.val();
        self.memory.read_address.next = self.slot.val();
        self.forward_seen.d.next = self.writing.val() & (self.slot.val() == self.slot_then.q.val());
        self.forward_written.d.next = self.written_now.val();
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
        if self.forward_written.q.val() {
            self.old_sum.next = self.sum_written.q.val();
            self.old_tie.next = self.tie_written.q.val();
        }
        if self.forward_seen.q.val() {
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
        self.slot_seen.d.next = self.slot_then.q.val();
        self.write_seen.d.next = self.writing.val();
        self.sum_seen.d.next = self.new_sum.val();
        self.tie_seen.d.next = self.new_tie.val();
        // Another clock later.
        self.memory.write_enable.next = self.write_seen.q.val();
        self.memory.write_address.next = self.slot_seen.q.val();
        self.memory.write_data.next = bit_cast_to(self.sum_seen.q.val(), self._word_width)
            | (bit_cast_to(self.tie_seen.q.val(), self._word_width) << (self.sum_width * 1));
        self.sum_written.d.next = self.sum_seen.q.val();
        self.tie_written.d.next = self.tie_seen.q.val();
        self.sum.next = self.sum_seen.q.val();
        self.sign.next = !self.sum_seen.q.val().get_bit(self.sum_width - 1);
        if !self.sum_seen.q.val().any() {
            self.sign.next = self.tie_seen.q.val();
        }
    }
}
crate::clocked!(ReadoutMemory);
crate::cell_ports!(ReadoutMemory, clock, [slot, clear, contribute, use_field, spin, field], [sum, sign]);
