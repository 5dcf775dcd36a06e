//! The table of one lane: thresholds of all banks, colors and betas in one memory.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Thresholds addressed {bank, color and table, field}; a registered read.
///
/// Reading and writing one word in the same clock never happens: reads use the active bank and only while a run is
/// going on, and the bank manager lets nobody write the active bank then.
#[derive(LogicBlock)]
pub struct ThresholdTable {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Looks up a threshold at this edge.
    pub read: Signal<In, Bit>,
    /// Coupling bank to read.
    pub bank: Bus<In>,
    /// (2 * block + color) * tables + table select.
    pub choice: Bus<In>,
    /// The saturated field.
    pub field: Bus<In>,
    /// Writes one threshold.
    pub write: Signal<In, Bit>,
    /// Coupling bank to write.
    pub write_bank: Bus<In>,
    /// ((2 * block + color) * tables + table) * 2^field_bits + index, the order of the load stream.
    pub write_index: Bus<In>,
    /// The threshold, 0 to 2^draw_bits.
    pub write_data: Bus<In>,
    /// The threshold looked up by the last `read`.
    pub threshold: Bus<Out>,
    memory: SyncRam,
    field_width: Size,
    index_width: Size,
    _address_width: usize,
}

impl ThresholdTable {
    /// `banks` banks of `tables` tables for each color (of all blocks together), each of 2^`field_bits` thresholds of `draw_bits` + 1 bits.
    pub fn new(banks: usize, tables: usize, field_bits: usize, draw_bits: usize) -> Self {
        let choice_width = address_width(2 * tables);
        let index_width = choice_width + field_bits;
        let depth = ((banks - 1) << index_width) + ((2 * tables) << field_bits);
        let memory = SyncRam::new(draw_bits + 1, depth);
        Self {
            clock: Default::default(),
            read: Default::default(),
            bank: Bus::unsigned(address_width(banks)),
            choice: Bus::unsigned(choice_width),
            field: Bus::signed(field_bits),
            write: Default::default(),
            write_bank: Bus::unsigned(address_width(banks)),
            write_index: Bus::unsigned(index_width),
            write_data: Bus::unsigned(draw_bits + 1),
            threshold: Bus::unsigned(draw_bits + 1),
            _address_width: memory.read_address.width(),
            memory,
            field_width: Size::new(field_bits),
            index_width: Size::new(index_width),
        }
    }

    /// Stored words.
    pub fn depth(&self) -> usize {
        self.memory.depth()
    }
}

impl Logic for ThresholdTable {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module threshold_table: Thresholds of one lane.");
        clock!(self, clock, memory);
        self.memory.read_enable.next = self.read.val();
        self.memory.read_address.next = (bit_cast_to(self.bank.val(), self._address_width)
            << (self.index_width * 1))
            | (bit_cast_to(self.choice.val(), self._address_width) << (self.field_width * 1))
            | bit_cast_to(self.field.val(), self._address_width);
        self.memory.write_enable.next = self.write.val();
        self.memory.write_address.next = (bit_cast_to(self.write_bank.val(), self._address_width)
            << (self.index_width * 1))
            | bit_cast_to(self.write_index.val(), self._address_width);
        self.memory.write_data.next = self.write_data.val();
        self.threshold.next = self.memory.read_data.val();
    }
}
crate::clocked!(ThresholdTable);
crate::cell_ports!(
    ThresholdTable,
    clock,
    [read, bank, choice, field, write, write_bank, write_index, write_data],
    [threshold]
);
