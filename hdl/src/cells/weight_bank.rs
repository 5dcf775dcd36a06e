//! The coupling weights of one lane, all banks in one memory.

use super::coupling_unit::CouplingUnit;
use crate::width::*;
use rust_hdl_core::prelude::*;

/// Rows of `tree_width` weights in columns of up to 32 bits, addressed {bank, row}; a registered read.
///
/// A bank costs address bits, not registers and multiplexers. Reading and writing one word in the same clock never happens:
/// reads use the active bank and only during a run, and the bank manager lets nobody write the active bank then.
#[derive(LogicBlock)]
pub struct WeightBank {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reads a row at this edge.
    pub read: Signal<In, Bit>,
    /// Bank to read.
    pub bank: Bus<In>,
    /// Row to read: input rows first, then coupling rows.
    pub row: Bus<In>,
    /// Writes one word.
    pub write: Signal<In, Bit>,
    /// Bank to write.
    pub write_bank: Bus<In>,
    /// Row to write.
    pub write_row: Bus<In>,
    /// Column to write.
    pub write_column: Bus<In>,
    /// Packed weights, least significant first.
    pub write_data: Bus<In>,
    /// The row read last.
    pub column: Vec<Bus<Out>>,
    memory: Vec<SyncRam>,
    number: Vec<Const>,
    address: Bus<Local>,
    write_address: Bus<Local>,
    row_width: Size,
    _columns: usize,
    _widths: Vec<usize>,
    _address_width: usize,
}

impl WeightBank {
    /// `banks` banks of `rows` rows of `tree_width` weights of `weight_bits`.
    pub fn new(banks: usize, rows: usize, tree_width: usize, weight_bits: usize) -> Self {
        let widths: Vec<usize> = CouplingUnit::column_weights(tree_width, weight_bits)
            .into_iter()
            .map(|n| n * weight_bits)
            .collect();
        let row_width = address_width(rows);
        let depth = Self::depth(banks, rows);
        let columns = widths.len();
        let bank_width = address_width(banks);
        let address = address_width(depth);
        Self {
            clock: Default::default(),
            read: Default::default(),
            bank: Bus::unsigned(bank_width),
            row: Bus::unsigned(row_width),
            write: Default::default(),
            write_bank: Bus::unsigned(bank_width),
            write_row: Bus::unsigned(row_width),
            write_column: Bus::unsigned(address_width(columns)),
            write_data: Bus::unsigned(widths[0]),
            column: widths.iter().map(|&w| Bus::unsigned(w)).collect(),
            memory: widths.iter().map(|&w| SyncRam::new(w, depth)).collect(),
            number: (0..columns).map(|c| Const::unsigned(address_width(columns), c as u64)).collect(),
            address: Bus::unsigned(address),
            write_address: Bus::unsigned(address),
            row_width: Size::new(row_width),
            _columns: columns,
            _widths: widths,
            _address_width: address,
        }
    }

    /// Words of every column: whole powers of two for all banks but the last.
    pub fn depth(banks: usize, rows: usize) -> usize {
        ((banks - 1) << address_width(rows)) + rows
    }
}

impl Logic for WeightBank {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module weight_bank: Coupling weights of one lane.");
        self.address.next = (bit_cast_to(self.bank.val(), self._address_width) << (self.row_width * 1))
            | bit_cast_to(self.row.val(), self._address_width);
        self.write_address.next = (bit_cast_to(self.write_bank.val(), self._address_width)
            << (self.row_width * 1))
            | bit_cast_to(self.write_row.val(), self._address_width);
        for c in 0..self._columns {
            self.memory[c].clock.next = self.clock.val();
            self.memory[c].read_enable.next = self.read.val();
            self.memory[c].read_address.next = self.address.val();
            self.memory[c].write_enable.next =
                self.write.val() & (self.write_column.val() == self.number[c].val());
            self.memory[c].write_address.next = self.write_address.val();
            self.memory[c].write_data.next = unsigned_cast_to(self.write_data.val(), self._widths[c]);
            self.column[c].next = self.memory[c].read_data.val();
        }
    }
}
crate::clocked!(WeightBank);
crate::cell_ports!(
    WeightBank,
    clock,
    [read, bank, row, write, write_bank, write_row, write_column, write_data],
    [column]
);
