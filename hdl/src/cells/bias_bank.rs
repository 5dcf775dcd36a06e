//! The bases of one lane's fields: biases of all banks, and what the clamped inputs contribute.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Biases of every bias bank and the cached input fields in one memory: biases at {bank, row}, cached fields by slot, after them or,
/// where rows are counted over banks from the end of the cache on, before them.
///
/// A bias is stored already shifted, so that it and a cached field (shifted bias plus the inputs' sums) have one format.
/// A word from the loader waits in a register while the cache is written; it is in the memory three clocks after
/// `load_write` at the latest, if `cache_write` is never high in two successive clocks and `load_write` neither.
///
/// Reading and writing one word in the same clock never happens: biases are read from the active bank, which nobody may
/// load during a run; cached fields are read in sweeps and written before them, with the pipeline drained between.
#[derive(LogicBlock)]
pub struct BiasBank {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Reads a base at this edge.
    pub read: Signal<In, Bit>,
    /// Read the cached field instead of the bias.
    pub cached: Signal<In, Bit>,
    /// Active bias bank.
    pub bank: Bus<In>,
    /// Slot of the cached field to read.
    pub slot: Bus<In>,
    /// Row of the bias to read.
    pub row: Bus<In>,
    /// The base read last.
    pub base: Bus<Out>,
    /// Writes a cached field.
    pub cache_write: Signal<In, Bit>,
    /// Of this slot.
    pub cache_slot: Bus<In>,
    /// The exact field of bias and inputs.
    pub cache_data: Bus<In>,
    /// Writes a bias.
    pub load_write: Signal<In, Bit>,
    /// Into this bank.
    pub load_bank: Bus<In>,
    /// For this row.
    pub load_row: Bus<In>,
    /// Raw bias.
    pub load_data: Bus<In>,
    memory: SyncRam,
    waiting: BitRegister,
    waiting_address: Register,
    waiting_data: Register,
    wide: Bus<Local>,
    shift: Bus<Local>,
    cache_start: Const,
    row_ends: Vec<Const>,
    shifts: Vec<Const>,
    row_width: Size,
    _ranges: usize,
    _address_width: usize,
    _base_width: usize,
    _row_bits: usize,
}

/// Shape of a [`BiasBank`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BiasFormat {
    /// Bias banks.
    pub banks: usize,
    /// Biases of a bank.
    pub rows: usize,
    /// Cached fields.
    pub slots: usize,
    /// Left shifts of the biases, in order of rows: the row after the last one with this shift, and the shift.
    pub shifts: Vec<(usize, usize)>,
    /// Bits of a raw bias.
    pub bias_bits: usize,
    /// Bits of a base.
    pub base_bits: usize,
    /// Cached fields come first; there is one bank, and its first rows are theirs.
    pub cache_first: bool,
}

impl BiasFormat {
    /// First word of the cached fields: 0, or above the biases a multiple of a power of two that is at least their number.
    pub fn cache_start(&self) -> usize {
        if self.cache_first {
            return 0;
        }
        (self.banks << address_width(self.rows)).next_multiple_of(1 << address_width(self.slots))
    }

    /// Stored words.
    pub fn depth(&self) -> usize {
        if self.cache_first { self.rows } else { self.cache_start() + self.slots }
    }
}

impl BiasBank {
    /// A memory of this shape.
    pub fn new(format: &BiasFormat) -> Self {
        let (slot_width, row_width) = (address_width(format.slots), address_width(format.rows));
        let depth = format.depth();
        let address = address_width(depth);
        // Neighbors with the same shift need no comparison.
        let mut ranges: Vec<(usize, usize)> = vec![];
        for &(end, shift) in &format.shifts {
            match ranges.last_mut() {
                Some(range) if range.1 == shift => range.0 = end,
                _ => ranges.push((end, shift)),
            }
        }
        Self {
            clock: Default::default(),
            read: Default::default(),
            cached: Default::default(),
            bank: Bus::unsigned(address_width(format.banks)),
            slot: Bus::unsigned(slot_width),
            row: Bus::unsigned(row_width),
            base: Bus::signed(format.base_bits),
            cache_write: Default::default(),
            cache_slot: Bus::unsigned(slot_width),
            cache_data: Bus::signed(format.base_bits),
            load_write: Default::default(),
            load_bank: Bus::unsigned(address_width(format.banks)),
            load_row: Bus::unsigned(row_width),
            load_data: Bus::unsigned(format.bias_bits),
            memory: SyncRam::new(format.base_bits, depth),
            waiting: Default::default(),
            waiting_address: Register::unsigned(address),
            waiting_data: Register::unsigned(format.base_bits),
            wide: Bus::signed(format.base_bits),
            shift: Bus::unsigned(4),
            cache_start: Const::unsigned(address, format.cache_start() as u64),
            row_ends: ranges.iter().map(|r| Const::unsigned(row_width + 1, r.0 as u64)).collect(),
            shifts: ranges.iter().map(|r| Const::unsigned(4, r.1 as u64)).collect(),
            row_width: Size::new(row_width),
            _ranges: ranges.len() - 1,
            _address_width: address,
            _base_width: format.base_bits,
            _row_bits: row_width + 1,
        }
    }

    /// Stored words.
    pub fn depth(&self) -> usize {
        self.memory.depth()
    }
}

impl Logic for BiasBank {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module bias_bank: Biases and cached fields of a lane.");
        dff_setup!(self, clock, waiting, waiting_address, waiting_data);
        clock!(self, clock, memory);
        self.memory.read_enable.next = self.read.val();
        self.memory.read_address.next = (bit_cast_to(self.bank.val(), self._address_width)
            << (self.row_width * 1))
            | bit_cast_to(self.row.val(), self._address_width);
        if self.cached.val() {
            self.memory.read_address.next =
                self.cache_start.val() | bit_cast_to(self.slot.val(), self._address_width);
        }
        self.base.next = signed_cast_to(self.memory.read_data.val(), self._base_width);
        self.memory.write_enable.next = self.waiting.q.val();
        self.memory.write_address.next = self.waiting_address.q.val();
        self.memory.write_data.next = self.waiting_data.q.val();
        if self.cache_write.val() {
            self.memory.write_enable.next = true;
            self.memory.write_address.next =
                self.cache_start.val() | bit_cast_to(self.cache_slot.val(), self._address_width);
            self.memory.write_data.next = unsigned_cast_to(self.cache_data.val(), self._base_width);
        } else {
            self.waiting.d.next = false;
        }
        self.wide.next = signed_cast_to(self.load_data.val(), self._base_width);
        self.shift.next = self.shifts[0].val();
        for i in 0..self._ranges {
            if bit_cast_to(self.load_row.val(), self._row_bits) >= self.row_ends[i].val() {
                self.shift.next = self.shifts[i + 1].val();
            }
        }
        if self.load_write.val() {
            self.waiting.d.next = true;
            self.waiting_address.d.next = (bit_cast_to(self.load_bank.val(), self._address_width)
                << (self.row_width * 1))
                | bit_cast_to(self.load_row.val(), self._address_width);
            self.waiting_data.d.next = bit_cast_to(self.wide.val(), self._base_width) << self.shift.val();
        }
    }
}
crate::clocked!(BiasBank);
crate::cell_ports!(
    BiasBank,
    clock,
    [
        read,
        cached,
        bank,
        slot,
        row,
        cache_write,
        cache_slot,
        cache_data,
        load_write,
        load_bank,
        load_row,
        load_data
    ],
    [base]
);
