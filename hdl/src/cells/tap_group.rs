//! A few taps of a wired lane, summed by one look-up.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Memory of ready sums: for every bank and slot, one word per pattern of the group's spins.
///
/// Word {bank, slot, spins} is the sum of the group's weights, each with the sign of its spin; whoever loads it has expanded the
/// weights (see [`LoadExpander`](super::LoadExpander)). Three taps, two slots and two banks are 32 words: LUT RAM where there is
/// some, block RAM else.
#[derive(LogicBlock)]
pub struct TapGroup {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Looks up a sum at this edge.
    pub read: Signal<In, Bit>,
    /// Coupling bank.
    pub bank: Bus<In>,
    /// Slot.
    pub slot: Bus<In>,
    /// The taps' spins, tap k in bit k.
    pub spins: Bus<In>,
    /// The sum looked up by the last `read`.
    pub sum: Bus<Out>,
    /// Writes a sum; never in the bank that is read.
    pub write: Signal<In, Bit>,
    /// Coupling bank to write.
    pub write_bank: Bus<In>,
    /// Slot to write.
    pub write_slot: Bus<In>,
    /// Pattern of spins.
    pub write_spins: Bus<In>,
    /// Its sum.
    pub write_data: Bus<In>,
    memory: SyncRam,
    bank_place: Size,
    slot_place: Size,
    _address_width: usize,
    _sum_width: usize,
}

impl TapGroup {
    /// `banks` banks of `slots` slots, `group` taps, sums of `sum_bits`.
    pub fn new(banks: usize, slots: usize, group: usize, sum_bits: usize) -> Self {
        let slot_width = address_width(slots);
        let depth = ((((banks - 1) << slot_width) + slots - 1) << group) + (1 << group);
        let memory = SyncRam::new(sum_bits, depth);
        Self {
            clock: Default::default(),
            read: Default::default(),
            bank: Bus::unsigned(address_width(banks)),
            slot: Bus::unsigned(slot_width),
            spins: Bus::unsigned(group),
            sum: Bus::signed(sum_bits),
            write: Default::default(),
            write_bank: Bus::unsigned(address_width(banks)),
            write_slot: Bus::unsigned(slot_width),
            write_spins: Bus::unsigned(group),
            write_data: Bus::signed(sum_bits),
            bank_place: Size::new(slot_width + group),
            slot_place: Size::new(group),
            _address_width: memory.read_address.width(),
            _sum_width: sum_bits,
            memory,
        }
    }
}

impl Logic for TapGroup {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module tap_group: Sums of a few taps, looked up.");
        clock!(self, clock, memory);
        self.memory.read_enable.next = self.read.val();
        self.memory.read_address.next = (bit_cast_to(self.bank.val(), self._address_width)
            << (self.bank_place * 1))
            | (bit_cast_to(self.slot.val(), self._address_width) << (self.slot_place * 1))
            | bit_cast_to(self.spins.val(), self._address_width);
        self.memory.write_enable.next = self.write.val();
        self.memory.write_address.next = (bit_cast_to(self.write_bank.val(), self._address_width)
            << (self.bank_place * 1))
            | (bit_cast_to(self.write_slot.val(), self._address_width) << (self.slot_place * 1))
            | bit_cast_to(self.write_spins.val(), self._address_width);
        self.memory.write_data.next = bit_cast_to(self.write_data.val(), self._sum_width);
        self.sum.next = signed_cast_to(self.memory.read_data.val(), self._sum_width);
    }
}
crate::clocked!(TapGroup);
crate::cell_ports!(
    TapGroup,
    clock,
    [read, bank, slot, spins, write, write_bank, write_slot, write_spins, write_data],
    [sum]
);
