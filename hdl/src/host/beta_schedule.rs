//! The beta schedules of all coupling banks, and the walk through the active one.

use super::bank_manager::BANK_NUMBER_BITS;
use super::shape::BetaShape;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Bits of a word's number: 2 words for each of 64 entries of 16 banks.
pub const BETA_ADDRESS_BITS: usize = 11;

/// Holds the entries (sweeps, table) of every coupling bank and shows the table of the sweep that runs (contract section 14).
///
/// Word 2 (bank x steps + entry) holds an entry's sweeps, the next one its table; they are kept in two memories, so that an entry is read
/// at once. A step of `restart` or `advance` shows in `scheduled` three clocks later; sweeps are longer than that.
#[derive(LogicBlock)]
pub struct BetaSchedule {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high; the memories keep their words.
    pub reset: Signal<In, Bit>,
    /// Active coupling bank; from the clock after `restart` on it is the one to walk through.
    pub active: Bus<In>,
    /// A run begins, or a swap takes effect: the first entry is next.
    pub restart: Signal<In, Bit>,
    /// A sweep ends and another one follows.
    pub advance: Signal<In, Bit>,
    /// Word that the host reads or writes.
    pub host_address: Bus<In>,
    /// Bank that an upload fills, 6 bits.
    pub load_bank: Bus<In>,
    /// Word of the upload within the bank's schedules; entries begin at 4.
    pub load_row: Bus<In>,
    /// The upload's word is meant, else the host's.
    pub loading: Signal<In, Bit>,
    /// The word to write, 32 bits, of which those are kept that the part has.
    pub value: Bus<In>,
    /// Writes it.
    pub write: Signal<In, Bit>,
    /// Reads the host's word; held until `read_done`.
    pub read: Signal<In, Bit>,
    /// The host's word belongs to the active bank.
    pub host_active: Signal<Out, Bit>,
    /// `read_data` is valid, one clock.
    pub read_done: Signal<Out, Bit>,
    /// 32 bits.
    pub read_data: Bus<Out>,
    /// Table of the running sweep.
    pub scheduled: Bus<Out>,
    sweeps: SyncRam,
    tables: SyncRam,
    entry: Register,
    left: Register,
    chosen: Register,
    ended: BitRegister,
    starting: BitRegister,
    fetching: BitRegister,
    taking: BitRegister,
    reading: BitRegister,
    part_read: BitRegister,
    first_of_active: Bus<Local>,
    first_of_load: Bus<Local>,
    host_entry: Bus<Local>,
    load_entry: Bus<Local>,
    write_entry: Bus<Local>,
    read_entry: Bus<Local>,
    write_part: Signal<Local, Bit>,
    asking: Signal<Local, Bit>,
    kept_table: Bus<Local>,
    bank_number: Vec<Const>,
    load_number: Vec<Const>,
    first_entry: Vec<Const>,
    last_entry: Const,
    steps: Const,
    head: Const,
    _banks: usize,
    _entry_bits: usize,
    _sweep_bits: usize,
    _table_bits: usize,
    _address_bits: usize,
    _several_tables: usize,
}

impl BetaSchedule {
    /// The beta schedules of one machine; `row_bits` of its load streams.
    pub fn new(shape: BetaShape, row_bits: usize) -> Self {
        let entries = shape.banks * shape.steps;
        // One more, so that no sum of a bank's first entry and a step wraps.
        let entry_bits = address_width(entries + 1).max(2);
        let (bank_bits, table_bits) = (address_width(shape.banks), address_width(shape.tables));
        let per_bank = |width: usize, scale: usize| {
            (0..shape.banks).map(|bank| Const::unsigned(width, (bank * scale) as u64)).collect::<Vec<_>>()
        };
        Self {
            clock: Default::default(),
            reset: Default::default(),
            active: Bus::unsigned(bank_bits),
            restart: Default::default(),
            advance: Default::default(),
            host_address: Bus::unsigned(BETA_ADDRESS_BITS),
            load_bank: Bus::unsigned(BANK_NUMBER_BITS),
            load_row: Bus::unsigned(row_bits),
            loading: Default::default(),
            value: Bus::unsigned(32),
            write: Default::default(),
            read: Default::default(),
            host_active: Default::default(),
            read_done: Default::default(),
            read_data: Bus::unsigned(32),
            scheduled: Bus::unsigned(table_bits),
            sweeps: SyncRam::new(shape.sweep_bits, entries),
            tables: SyncRam::new(table_bits, entries),
            entry: Register::unsigned(entry_bits),
            left: Register::unsigned(shape.sweep_bits),
            chosen: Register::unsigned(table_bits),
            ended: Default::default(),
            starting: Default::default(),
            fetching: Default::default(),
            taking: Default::default(),
            reading: Default::default(),
            part_read: Default::default(),
            first_of_active: Bus::unsigned(entry_bits),
            first_of_load: Bus::unsigned(entry_bits),
            host_entry: Bus::unsigned(entry_bits),
            load_entry: Bus::unsigned(entry_bits),
            write_entry: Bus::unsigned(entry_bits),
            read_entry: Bus::unsigned(entry_bits),
            write_part: Default::default(),
            asking: Default::default(),
            kept_table: Bus::unsigned(table_bits),
            bank_number: per_bank(bank_bits, 1),
            load_number: per_bank(BANK_NUMBER_BITS, 1),
            first_entry: per_bank(entry_bits, shape.steps),
            last_entry: Const::unsigned(entry_bits, shape.steps as u64 - 1),
            steps: Const::unsigned(entry_bits, shape.steps as u64),
            head: Const::unsigned(entry_bits, 2),
            _banks: shape.banks,
            _entry_bits: entry_bits,
            _sweep_bits: shape.sweep_bits,
            _table_bits: table_bits,
            _address_bits: address_width(entries),
            _several_tables: usize::from(shape.tables > 1),
        }
    }
}

impl Logic for BetaSchedule {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module beta_schedule: Table of every sweep.");
        dff_setup!(self, clock, entry, left, chosen, ended, starting, fetching, taking, reading, part_read);
        clock!(self, clock, sweeps, tables);
        // Where entries lie.
        self.first_of_active.next = 0.into();
        self.first_of_load.next = 0.into();
        for b in 0..self._banks {
            if self.active.val() == self.bank_number[b].val() {
                self.first_of_active.next = self.first_entry[b].val();
            }
            if self.load_bank.val() == self.load_number[b].val() {
                self.first_of_load.next = self.first_entry[b].val();
            }
        }
        self.host_entry.next = bit_cast_to(self.host_address.val() >> 1, self._entry_bits);
        self.load_entry.next = bit_cast_to(self.load_row.val() >> 1, self._entry_bits) - self.head.val()
            + self.first_of_load.val();
        self.host_active.next = (self.host_entry.val() >= self.first_of_active.val())
            && (self.host_entry.val() - self.first_of_active.val() < self.steps.val());
        // Writes, the host's and the upload's.
        self.write_entry.next = self.host_entry.val();
        self.write_part.next = self.host_address.val().get_bit(0);
        if self.loading.val() {
            self.write_entry.next = self.load_entry.val();
            self.write_part.next = self.load_row.val().get_bit(0);
        }
        self.kept_table.next = 0.into();
        for _k in 0..self._several_tables {
            self.kept_table.next = bit_cast_to(self.value.val(), self._table_bits);
        }
        self.sweeps.write_enable.next = self.write.val() && !self.write_part.val();
        self.sweeps.write_address.next = bit_cast_to(self.write_entry.val(), self._address_bits);
        self.sweeps.write_data.next = bit_cast_to(self.value.val(), self._sweep_bits);
        self.tables.write_enable.next = self.write.val() && self.write_part.val();
        self.tables.write_address.next = bit_cast_to(self.write_entry.val(), self._address_bits);
        self.tables.write_data.next = self.kept_table.val();
        // The walk: an entry is fetched when its span begins.
        self.fetching.d.next = false;
        if self.advance.val() && !self.ended.q.val() {
            self.left.d.next = self.left.q.val() - 1;
            if self.left.q.val() == 1.into() {
                self.entry.d.next = self.entry.q.val() + 1;
                self.fetching.d.next = self.entry.q.val() != self.last_entry.val();
                self.ended.d.next = self.entry.q.val() == self.last_entry.val();
            }
        }
        if self.restart.val() {
            self.entry.d.next = 0.into();
            self.ended.d.next = false;
            self.starting.d.next = true;
            self.fetching.d.next = true;
        }
        self.taking.d.next = self.fetching.q.val();
        if self.taking.q.val() {
            self.starting.d.next = false;
            if self.sweeps.read_data.val().any() {
                self.left.d.next = self.sweeps.read_data.val();
                self.chosen.d.next = self.tables.read_data.val();
            } else {
                self.ended.d.next = true;
                if self.starting.q.val() {
                    self.chosen.d.next = 0.into();
                }
            }
        }
        self.scheduled.next = self.chosen.q.val();
        // The host's reads wait for the walk's.
        self.asking.next = self.read.val() && !self.fetching.q.val() && !self.reading.q.val();
        self.reading.d.next = self.asking.val();
        self.part_read.d.next = self.host_address.val().get_bit(0);
        self.read_entry.next = self.host_entry.val();
        if self.fetching.q.val() {
            self.read_entry.next = self.first_of_active.val() + self.entry.q.val();
        }
        self.sweeps.read_enable.next = self.fetching.q.val() || self.asking.val();
        self.sweeps.read_address.next = bit_cast_to(self.read_entry.val(), self._address_bits);
        self.tables.read_enable.next = self.fetching.q.val() || self.asking.val();
        self.tables.read_address.next = bit_cast_to(self.read_entry.val(), self._address_bits);
        self.read_done.next = self.reading.q.val();
        self.read_data.next = bit_cast_to(self.sweeps.read_data.val(), 32);
        if self.part_read.q.val() {
            self.read_data.next = bit_cast_to(self.tables.read_data.val(), 32);
        }
        if self.reset.val() {
            self.fetching.d.next = false;
            self.taking.d.next = false;
            self.reading.d.next = false;
            self.ended.d.next = true;
            self.chosen.d.next = 0.into();
        }
    }
}
crate::clocked!(BetaSchedule);
crate::cell_ports!(
    BetaSchedule,
    clock,
    [reset, active, restart, advance, host_address, load_bank, load_row, loading, value, write, read],
    [host_active, read_done, read_data, scheduled]
);
