//! Which p-bits are clamped, and to what, for machines with many slots: one word of block RAM per slot.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// [`Clamp`](super::Clamp) in block RAM: mask and value of a slot in one word, read and written back by a write of one of them.
///
/// Nobody clamps during a run, so what is read in the clock of a write and in the one after it does not matter. Writes of one slot lie
/// at least two clocks apart.
#[derive(LogicBlock)]
pub struct ClampMemory {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Writes the mask of `write_slot`.
    pub mask_write: Signal<In, Bit>,
    /// Writes the values of `write_slot`.
    pub value_write: Signal<In, Bit>,
    /// Slot to write.
    pub write_slot: Bus<In>,
    /// One bit per lane.
    pub write_data: Bus<In>,
    /// Slot to read.
    pub slot: Bus<In>,
    /// Bit l: the p-bit of lane l is clamped; one clock after `slot`.
    pub mask: Bus<Out>,
    /// Bit l: its value.
    pub value: Bus<Out>,
    memory: SyncRam,
    mask_waits: BitRegister,
    value_waits: BitRegister,
    waiting_slot: Register,
    waiting_data: Register,
    writing: Signal<Local, Bit>,
    new_mask: Bus<Local>,
    new_value: Bus<Local>,
    lanes: Size,
    _lanes: usize,
    _word_width: usize,
}

impl ClampMemory {
    /// For `slots` slots of `lanes` lanes; the depth is rounded up to a power of two.
    pub fn new(slots: usize, lanes: usize) -> Self {
        let memory = SyncRam::new(2 * lanes, 1 << address_width(slots));
        Self {
            clock: Default::default(),
            mask_write: Default::default(),
            value_write: Default::default(),
            write_slot: Bus::like(&memory.write_address),
            write_data: Bus::unsigned(lanes),
            slot: Bus::like(&memory.read_address),
            mask: Bus::unsigned(lanes),
            value: Bus::unsigned(lanes),
            mask_waits: Default::default(),
            value_waits: Default::default(),
            waiting_slot: Register::unsigned(memory.write_address.width()),
            waiting_data: Register::unsigned(lanes),
            writing: Default::default(),
            new_mask: Bus::unsigned(lanes),
            new_value: Bus::unsigned(lanes),
            lanes: Size::new(lanes),
            _lanes: lanes,
            _word_width: 2 * lanes,
            memory,
        }
    }
}

impl Logic for ClampMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module clamp_memory: Clamps of every slot.");
        dff_setup!(self, clock, mask_waits, value_waits, waiting_slot, waiting_data);
        clock!(self, clock, memory);
        self.mask.next = unsigned_cast_to(self.memory.read_data.val(), self._lanes);
        self.value.next = unsigned_cast_to(self.memory.read_data.val() >> (self.lanes * 1), self._lanes);
        // A write reads the word first and writes it in the next clock.
        self.mask_waits.d.next = self.mask_write.val();
        self.value_waits.d.next = self.value_write.val();
        if self.mask_write.val() | self.value_write.val() {
            self.waiting_slot.d.next = self.write_slot.val();
            self.waiting_data.d.next = self.write_data.val();
        }
        self.writing.next = self.mask_waits.q.val() | self.value_waits.q.val();
        self.memory.read_address.next = self.slot.val();
        self.memory.read_enable.next = !self.writing.val() | (self.slot.val() != self.waiting_slot.q.val());
        if self.mask_write.val() | self.value_write.val() {
            self.memory.read_address.next = self.write_slot.val();
            self.memory.read_enable.next = true;
        }
        self.new_mask.next = unsigned_cast_to(self.memory.read_data.val(), self._lanes);
        self.new_value.next = unsigned_cast_to(self.memory.read_data.val() >> (self.lanes * 1), self._lanes);
        if self.mask_waits.q.val() {
            self.new_mask.next = self.waiting_data.q.val();
        }
        if self.value_waits.q.val() {
            self.new_value.next = self.waiting_data.q.val();
        }
        self.memory.write_enable.next = self.writing.val();
        self.memory.write_address.next = self.waiting_slot.q.val();
        self.memory.write_data.next = bit_cast_to(self.new_mask.val(), self._word_width)
            | (bit_cast_to(self.new_value.val(), self._word_width) << (self.lanes * 1));
    }
}
crate::clocked!(ClampMemory);
crate::cell_ports!(
    ClampMemory,
    clock,
    [mask_write, value_write, write_slot, write_data, slot],
    [mask, value]
);
