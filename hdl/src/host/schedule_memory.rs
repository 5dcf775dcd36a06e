//! The schedules of all blocks in all coupling banks, and the memory that they share with the error counters.

use super::bank_manager::BANK_NUMBER_BITS;
use super::shape::HostConfig;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::ValidConfig;

/// Bits of the schedule ports: the largest `max_sweeps` that the contract knows is 2^20.
pub const SWEEP_BITS: usize = 21;

/// Clocks from a change of the active coupling bank or the running block to the last word of its schedule at the engine.
pub fn settle_clocks(_config: &ValidConfig) -> usize {
    6
}

/// What the memory's read port is doing for the engine.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum FetchState {
    /// Asks for the burn-in.
    BurnIn,
    /// Takes the burn-in, asks for the retained sweeps.
    Retained,
    /// Takes the retained sweeps, asks for the readout.
    Readout,
    /// Takes the readout.
    Take,
    /// The ports show what the memory holds for the fetched bank and block.
    Ready,
}

/// Holds burn-in, retained sweeps and readout of every block in every coupling bank, and shows those of the active bank and the
/// running block.
///
/// One memory: four words per bank and block (the last unused), then eight for the error counters. The three words for the engine are fetched again whenever bank or
/// block change or their schedule is written; the host's reads wait for that.
#[derive(LogicBlock)]
pub struct ScheduleMemory {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high: fetches again; the memory keeps its words.
    pub reset: Signal<In, Bit>,
    /// Active coupling bank.
    pub active: Bus<In>,
    /// Block that runs.
    pub block: Bus<In>,
    /// Word that the host reads or writes: 4 (bank x blocks + block) + part, with part 0 burn-in, 1 retained, 2 readout.
    pub host_address: Bus<In>,
    /// Bank that an upload fills, 6 bits.
    pub load_bank: Bus<In>,
    /// Word of the upload: 4 block + part.
    pub load_row: Bus<In>,
    /// The upload's word is meant, else the host's.
    pub loading: Signal<In, Bit>,
    /// The word to write or to judge, 32 bits. Judged are the word and its place of the clock before, so that both have to be there one clock
    /// before the write: the register bus holds them from its first clock on.
    pub value: Bus<In>,
    /// Writes the lower bits of `value`, whatever `value_good` says.
    pub write: Signal<In, Bit>,
    /// Reads the host's word; held until `read_done`.
    pub read: Signal<In, Bit>,
    /// `value` of the clock before is within the limits of the part meant (contract section 10, `BadSchedule`).
    pub value_good: Signal<Out, Bit>,
    /// The host's word belongs to the active bank.
    pub host_active: Signal<Out, Bit>,
    /// `read_data` is valid, one clock.
    pub read_done: Signal<Out, Bit>,
    /// The word read: the host's, or a counter; 32 bits.
    pub read_data: Bus<Out>,
    /// Reads an error counter; only while `counter_readable`, and then `read` waits.
    pub counter_read: Signal<In, Bit>,
    /// 3 bits.
    pub counter_read_index: Bus<In>,
    /// Writes an error counter; never together with `write`.
    pub counter_write: Signal<In, Bit>,
    /// 3 bits.
    pub counter_write_index: Bus<In>,
    /// 16 bits.
    pub counter_write_data: Bus<In>,
    /// The counters may read in this clock.
    pub counter_readable: Signal<Out, Bit>,
    /// The counter read one clock ago, 16 bits.
    pub counter_data: Bus<Out>,
    /// Burn-in sweeps of `active` and `block`, [`settle_clocks`] after they changed; 21 bits.
    pub burn_in: Bus<Out>,
    /// Retained sweeps, likewise.
    pub retained: Bus<Out>,
    /// Readout, likewise: false spin, true field.
    pub readout: Signal<Out, Bit>,
    state: DFF<FetchState>,
    fetched: Register,
    burn_in_register: Register,
    retained_register: Register,
    readout_register: BitRegister,
    reading: BitRegister,
    good: BitRegister,
    memory: SyncRam,
    wanted: Bus<Local>,
    load_address: Bus<Local>,
    address: Bus<Local>,
    fetch_part: Bus<Local>,
    stored: Bus<Local>,
    word: Bus<Local>,
    host_entry: Bus<Local>,
    host_bank: Bus<Local>,
    part: Bus<Local>,
    at_most: Bus<Local>,
    is_ready: Signal<Local, Bit>,
    touched: Signal<Local, Bit>,
    asking: Signal<Local, Bit>,
    fetching: Signal<Local, Bit>,
    entry: Bus<Local>,
    max_sweeps: Const,
    bank_number: Vec<Const>,
    load_number: Vec<Const>,
    first_entry: Vec<Const>,
    first_word: Vec<Const>,
    entry_number: Vec<Const>,
    owner: Vec<Const>,
    first_counter: Const,
    _banks: usize,
    _entries: usize,
    _entry_bits: usize,
    _address_bits: usize,
    _sweep_bits: usize,
    _memory_bits: usize,
    _word_bits: usize,
}

impl ScheduleMemory {
    /// The schedules of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let shape = config.host_shape();
        let (banks, blocks) = (shape.coupling_banks, shape.blocks);
        let (entries, max_sweeps) = (banks * blocks, u64::from(shape.max_sweeps));
        let bank_bits = address_width(banks);
        let entry_bits = address_width(entries);
        let address_bits = entry_bits + 2;
        // At least two: a part of a word of one bit cannot be named.
        let bits = address_width(max_sweeps as usize + 1).max(2);
        let (words, word_bits) = (4 * entries + 8, bits.max(16));
        let memory_bits = address_width(words);
        let per_bank = |width: usize, scale: usize| {
            (0..banks).map(|bank| Const::unsigned(width, (bank * scale) as u64)).collect::<Vec<_>>()
        };
        Self {
            clock: Default::default(),
            reset: Default::default(),
            active: Bus::unsigned(bank_bits),
            block: Bus::unsigned(address_width(blocks)),
            host_address: Bus::unsigned(address_bits),
            load_bank: Bus::unsigned(BANK_NUMBER_BITS),
            load_row: Bus::unsigned(address_width(4 * blocks)),
            loading: Default::default(),
            value: Bus::unsigned(32),
            write: Default::default(),
            read: Default::default(),
            value_good: Default::default(),
            host_active: Default::default(),
            read_done: Default::default(),
            read_data: Bus::unsigned(32),
            counter_read: Default::default(),
            counter_read_index: Bus::unsigned(3),
            counter_write: Default::default(),
            counter_write_index: Bus::unsigned(3),
            counter_write_data: Bus::unsigned(16),
            counter_readable: Default::default(),
            counter_data: Bus::unsigned(16),
            burn_in: Bus::unsigned(SWEEP_BITS),
            retained: Bus::unsigned(SWEEP_BITS),
            readout: Default::default(),
            state: Default::default(),
            fetched: Register::unsigned(entry_bits),
            burn_in_register: Register::unsigned(bits),
            retained_register: Register::unsigned(bits),
            readout_register: Default::default(),
            reading: Default::default(),
            good: Default::default(),
            memory: SyncRam::new(word_bits, words),
            wanted: Bus::unsigned(entry_bits),
            load_address: Bus::unsigned(address_bits),
            address: Bus::unsigned(address_bits),
            fetch_part: Bus::unsigned(2),
            stored: Bus::unsigned(bits),
            word: Bus::unsigned(bits),
            host_entry: Bus::unsigned(entry_bits),
            host_bank: Bus::unsigned(bank_bits),
            part: Bus::unsigned(2),
            at_most: Bus::unsigned(32),
            is_ready: Default::default(),
            touched: Default::default(),
            asking: Default::default(),
            fetching: Default::default(),
            entry: Bus::unsigned(entry_bits),
            max_sweeps: Const::unsigned(32, max_sweeps),
            bank_number: per_bank(bank_bits, 1),
            load_number: per_bank(BANK_NUMBER_BITS, 1),
            first_entry: per_bank(entry_bits, blocks),
            first_word: per_bank(address_bits, 4 * blocks),
            entry_number: (0..entries as u64).map(|entry| Const::unsigned(entry_bits, entry)).collect(),
            owner: (0..entries).map(|entry| Const::unsigned(bank_bits, (entry / blocks) as u64)).collect(),
            first_counter: Const::unsigned(memory_bits, 4 * entries as u64),
            _banks: banks,
            _entries: entries,
            _entry_bits: entry_bits,
            _address_bits: address_bits,
            _sweep_bits: bits,
            _memory_bits: memory_bits,
            _word_bits: word_bits,
        }
    }
}

impl Logic for ScheduleMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module schedule_memory: Schedules of all banks and blocks.");
        dff_setup!(
            self,
            clock,
            state,
            fetched,
            burn_in_register,
            retained_register,
            readout_register,
            reading,
            good
        );
        clock!(self, clock, memory);
        // Where bank and block lie: blocks are no power of two in general.
        self.wanted.next = bit_cast_to(self.block.val(), self._entry_bits);
        self.load_address.next = bit_cast_to(self.load_row.val(), self._address_bits);
        for b in 0..self._banks {
            if self.active.val() == self.bank_number[b].val() {
                self.wanted.next =
                    unsigned_cast_to(self.block.val(), self._entry_bits) + self.first_entry[b].val();
            }
            if self.load_bank.val() == self.load_number[b].val() {
                self.load_address.next =
                    unsigned_cast_to(self.load_row.val(), self._address_bits) + self.first_word[b].val();
            }
        }
        self.host_entry.next = bit_cast_to(self.host_address.val() >> 2, self._entry_bits);
        self.host_bank.next = 0.into();
        for e in 0..self._entries {
            if self.host_entry.val() == self.entry_number[e].val() {
                self.host_bank.next = self.owner[e].val();
            }
        }
        self.host_active.next = self.host_bank.val() == self.active.val();

        self.address.next = self.host_address.val();
        if self.loading.val() {
            self.address.next = self.load_address.val();
        }
        self.stored.next = bit_cast_to(self.value.val(), self._sweep_bits);
        self.memory.write_enable.next = self.write.val() || self.counter_write.val();
        self.memory.write_address.next = bit_cast_to(self.address.val(), self._memory_bits);
        self.memory.write_data.next = bit_cast_to(self.stored.val(), self._word_bits);
        if !self.write.val() {
            self.memory.write_address.next =
                bit_cast_to(self.counter_write_index.val(), self._memory_bits) + self.first_counter.val();
            self.memory.write_data.next = bit_cast_to(self.counter_write_data.val(), self._word_bits);
        }

        // The fetch for the engine.
        self.word.next = bit_cast_to(self.memory.read_data.val(), self._sweep_bits);
        self.is_ready.next =
            (self.state.q.val() == FetchState::Ready) && (self.fetched.q.val() == self.wanted.val());
        self.fetching.next = (self.state.q.val() == FetchState::Retained)
            || (self.state.q.val() == FetchState::Readout)
            || (self.state.q.val() == FetchState::BurnIn);
        self.fetch_part.next = 0.into();
        if self.state.q.val() == FetchState::Retained {
            self.fetch_part.next = 1.into();
        }
        if self.state.q.val() == FetchState::Readout {
            self.fetch_part.next = 2.into();
        }
        match self.state.q.val() {
            FetchState::BurnIn => {
                self.fetched.d.next = self.wanted.val();
                self.state.d.next = FetchState::Retained;
            }
            FetchState::Retained => {
                self.burn_in_register.d.next = self.word.val();
                self.state.d.next = FetchState::Readout;
            }
            FetchState::Readout => {
                self.retained_register.d.next = self.word.val();
                self.state.d.next = FetchState::Take;
            }
            FetchState::Take => {
                self.readout_register.d.next = self.word.val().get_bit(0);
                self.state.d.next = FetchState::Ready;
            }
            _ => {
                if !self.is_ready.val() {
                    self.state.d.next = FetchState::BurnIn;
                }
            }
        }
        // A schedule that is being read or was read is written: only while no run reads it.
        self.entry.next = bit_cast_to(self.address.val() >> 2, self._entry_bits);
        self.touched.next = self.write.val() && (self.entry.val() == self.wanted.val());
        if self.touched.val() || self.reset.val() {
            self.state.d.next = FetchState::BurnIn;
        }
        self.counter_readable.next = !self.fetching.val() && !self.reading.q.val();
        self.counter_data.next = bit_cast_to(self.memory.read_data.val(), 16);
        self.asking.next =
            self.read.val() && !self.fetching.val() && !self.reading.q.val() && !self.counter_read.val();
        self.reading.d.next = self.asking.val();
        self.memory.read_enable.next =
            (self.fetching.val() && !self.touched.val()) || self.asking.val() || self.counter_read.val();
        self.memory.read_address.next = bit_cast_to(self.host_address.val(), self._memory_bits);
        if self.counter_read.val() {
            self.memory.read_address.next =
                bit_cast_to(self.counter_read_index.val(), self._memory_bits) + self.first_counter.val();
        }
        if self.fetching.val() {
            self.memory.read_address.next = (bit_cast_to(self.fetched.q.val(), self._memory_bits) << 2)
                | bit_cast_to(self.fetch_part.val(), self._memory_bits);
            if self.state.q.val() == FetchState::BurnIn {
                self.memory.read_address.next = bit_cast_to(self.wanted.val(), self._memory_bits) << 2;
            }
        }
        self.read_done.next = self.reading.q.val();
        self.read_data.next = bit_cast_to(self.memory.read_data.val(), 32);
        self.burn_in.next = bit_cast_to(self.burn_in_register.q.val(), 21);
        self.retained.next = bit_cast_to(self.retained_register.q.val(), 21);
        self.readout.next = self.readout_register.q.val();

        // The judge of schedule words, the host's and the stream's.
        self.part.next = bit_cast_to(self.address.val(), 2);
        self.at_most.next = self.max_sweeps.val();
        if self.part.val().get_bit(1) {
            self.at_most.next = 1.into();
        }
        self.good.d.next = (self.value.val() <= self.at_most.val())
            && (self.value.val().any() || !self.part.val().get_bit(0));
        self.value_good.next = self.good.q.val();
    }
}
crate::clocked!(ScheduleMemory);
crate::cell_ports!(
    ScheduleMemory,
    clock,
    [
        reset,
        active,
        block,
        host_address,
        load_bank,
        load_row,
        loading,
        value,
        write,
        read,
        counter_read,
        counter_read_index,
        counter_write,
        counter_write_index,
        counter_write_data
    ],
    [
        value_good,
        host_active,
        read_done,
        read_data,
        counter_readable,
        counter_data,
        burn_in,
        retained,
        readout
    ]
);
