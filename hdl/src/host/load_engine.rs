//! Uploads: registers `LOAD_*`.

use super::bank_manager::BANK_NUMBER_BITS;
use super::shape::HostConfig;
use super::{Crc32, LoadAddress};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::load::{LoadKind, LoadState};
use spinwright_contract::registers::{self, load_command};

/// What the engine does with an access.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum LoadStep {
    /// Waits for an access.
    Wait,
    /// A value for the host is in the settings memory's output or in a register.
    Deliver,
    /// Begin: takes the kind.
    BeginKind,
    /// Begin: takes the bank.
    BeginBank,
    /// Begin: compares the upper half of the hash, as the other comparisons bit by bit.
    BeginHashHigh,
    /// Begin: compares the lower half, then decides.
    BeginHashLow,
    /// Commit: compares the CRC, then decides.
    CommitCrc,
    /// The word's bits go into the CRC.
    Feed,
    /// Compares a sequence number with the expected one.
    Sequence,
    /// The access is finished.
    Done,
    /// The access is finished and refused.
    Refuse,
}

/// Receives one bank at a time (contract sections 9 and 10).
///
/// The five values that the host writes before `begin` (kind, bank, CRC, both halves of the hash) lie in a small memory, at their
/// register's address, and beside them the sequence number expected next; `begin` and `commit` read from there what they compare. Nothing is committed that this block has not
/// itself counted, summed and compared.
#[derive(LogicBlock)]
pub struct LoadEngine {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Writes a register; one clock, `write_data` held until `done`.
    pub write: Signal<In, Bit>,
    /// Reads a register; one clock, `read_data` is valid with `done`.
    pub read: Signal<In, Bit>,
    /// Which `LOAD_*` register, 4 bits.
    pub index: Bus<In>,
    /// 32 bits; stands from the clock before `write` on.
    pub write_data: Bus<In>,
    /// `write_data` is within the limits of the schedule word that `row` names.
    pub schedule_good: Signal<In, Bit>,
    /// The bank named by `bank` and `bank_is_bias` exists.
    pub bank_exists: Signal<In, Bit>,
    /// It is valid.
    pub bank_valid: Signal<In, Bit>,
    /// It is active, or the target of a pending swap.
    pub bank_in_use: Signal<In, Bit>,
    /// The access is finished, one clock.
    pub done: Signal<Out, Bit>,
    /// The access is refused; valid with `done`.
    pub refused: Signal<Out, Bit>,
    /// An upload ended in a refusal, one clock.
    pub load_error: Signal<Out, Bit>,
    /// 32 bits.
    pub read_data: Bus<Out>,
    /// Bank of the upload, 6 bits.
    pub bank: Bus<Out>,
    /// The upload fills a bias bank.
    pub bank_is_bias: Signal<Out, Bit>,
    /// The bank becomes invalid, one clock.
    pub bank_begin: Signal<Out, Bit>,
    /// The bank becomes valid, one clock.
    pub bank_commit: Signal<Out, Bit>,
    /// `write_data` is the schedule word `row` of `bank`, one clock.
    pub schedule_write: Signal<Out, Bit>,
    /// `write_data` is the threshold at `row`, one clock.
    pub table_write: Signal<Out, Bit>,
    /// `write_data` is the word of weights at `lane`, `row`, `column`, one clock.
    pub weight_write: Signal<Out, Bit>,
    /// `write_data` is the bias at `row` and `lane`, one clock.
    pub bias_write: Signal<Out, Bit>,
    /// See [`LoadAddress`].
    pub lane: Bus<Out>,
    /// See [`LoadAddress`].
    pub row: Bus<Out>,
    /// See [`LoadAddress`].
    pub column: Bus<Out>,
    step: DFF<LoadStep>,
    state: Register,
    kind: Register,
    bank_register: Register,
    target_bad: BitRegister,
    target_in_use: BitRegister,
    hash_bad: BitRegister,
    schedule_bad: BitRegister,
    begun: BitRegister,
    beginning: BitRegister,
    committing: BitRegister,
    beyond: BitRegister,
    same: BitRegister,
    judging: BitRegister,
    taking: BitRegister,
    words: Register,
    bit_index: Register,
    settings: SyncRam,
    crc: Crc32,
    address: LoadAddress,
    receiving: Signal<Local, Bit>,
    accept: Signal<Local, Bit>,
    setting: Bus<Local>,
    setting_upper: Bus<Local>,
    hash: Bus<Local>,
    write_bit: Signal<Local, Bit>,
    expected_bit: Signal<Local, Bit>,
    last_bit: Signal<Local, Bit>,
    comparing: Signal<Local, Bit>,
    equal: Signal<Local, Bit>,
    word_upper: Bus<Local>,
    code: Bus<Local>,
    kind_rest: Bus<Local>,
    kind_low: Bus<Local>,
    addend: Bus<Local>,
    state_idle: Const,
    state_receiving: Const,
    state_committed: Const,
    state_bad_crc: Const,
    state_bad_hash: Const,
    state_truncated: Const,
    state_overrun: Const,
    state_bad_sequence: Const,
    state_bank_active: Const,
    state_bad_target: Const,
    state_aborted: Const,
    state_bad_schedule: Const,
    kind_biases: Const,
    kind_tables: Const,
    no_bank: Const,
    command_begin: Const,
    command_commit: Const,
    command_abort: Const,
    at_kind: Const,
    at_bank: Const,
    at_crc: Const,
    at_hash_high: Const,
    at_hash_low: Const,
    at_command: Const,
    at_sequence: Const,
    at_data: Const,
    at_state: Const,
    at_words: Const,
    hash_high: Const,
    hash_low: Const,
    minus_one: Const,
    sequence_place: Const,
}

impl LoadEngine {
    /// The uploads of one machine.
    pub fn new(config: &impl HostConfig) -> Self {
        let shape = config.host_shape();
        let word_bits = address_width(shape.coupling_words.max(shape.bias_words) as usize + 1);
        let state = |state: LoadState| Const::unsigned(4, state as u64);
        let kind = |kind: LoadKind| Const::unsigned(2, kind.code().into());
        let at = |address: u16| Const::unsigned(4, (address - registers::LOAD_KIND).into());
        let settings_at = |address: u16| Const::unsigned(3, (address - registers::LOAD_KIND).into());
        let command = |code: u32| Const::unsigned(2, code.into());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            write: Default::default(),
            read: Default::default(),
            index: Bus::unsigned(4),
            write_data: Bus::unsigned(32),
            schedule_good: Default::default(),
            bank_exists: Default::default(),
            bank_valid: Default::default(),
            bank_in_use: Default::default(),
            done: Default::default(),
            refused: Default::default(),
            load_error: Default::default(),
            read_data: Bus::unsigned(32),
            bank: Bus::unsigned(BANK_NUMBER_BITS),
            bank_is_bias: Default::default(),
            bank_begin: Default::default(),
            bank_commit: Default::default(),
            schedule_write: Default::default(),
            table_write: Default::default(),
            weight_write: Default::default(),
            bias_write: Default::default(),
            lane: Bus::unsigned(address_width(shape.lanes)),
            row: Bus::unsigned(shape.row_bits()),
            column: Bus::unsigned(address_width(shape.columns)),
            step: Default::default(),
            state: Register::unsigned(4),
            kind: Register::unsigned(2),
            bank_register: Register::unsigned(BANK_NUMBER_BITS),
            target_bad: Default::default(),
            target_in_use: Default::default(),
            hash_bad: Default::default(),
            schedule_bad: Default::default(),
            begun: Default::default(),
            beginning: Default::default(),
            committing: Default::default(),
            beyond: Default::default(),
            same: Default::default(),
            judging: Default::default(),
            taking: Default::default(),
            words: Register::unsigned(word_bits),
            bit_index: Register::unsigned(5),
            settings: SyncRam::new(32, 8),
            crc: Default::default(),
            address: LoadAddress::new(&shape),
            receiving: Default::default(),
            accept: Default::default(),
            setting: Bus::unsigned(32),
            setting_upper: Bus::unsigned(32),
            hash: Bus::unsigned(32),
            write_bit: Default::default(),
            expected_bit: Default::default(),
            last_bit: Default::default(),
            comparing: Default::default(),
            equal: Default::default(),
            word_upper: Bus::unsigned(32),
            code: Bus::unsigned(2),
            kind_rest: Bus::unsigned(32),
            kind_low: Bus::unsigned(2),
            addend: Bus::unsigned(32),
            state_idle: state(LoadState::Idle),
            state_receiving: state(LoadState::Receiving),
            state_committed: state(LoadState::Committed),
            state_bad_crc: state(LoadState::BadCrc),
            state_bad_hash: state(LoadState::BadHash),
            state_truncated: state(LoadState::Truncated),
            state_overrun: state(LoadState::Overrun),
            state_bad_sequence: state(LoadState::BadSequence),
            state_bank_active: state(LoadState::BankActive),
            state_bad_target: state(LoadState::BadTarget),
            state_aborted: state(LoadState::Aborted),
            state_bad_schedule: state(LoadState::BadSchedule),
            kind_biases: kind(LoadKind::Biases),
            kind_tables: kind(LoadKind::Tables),
            no_bank: Const::unsigned(BANK_NUMBER_BITS, (1 << BANK_NUMBER_BITS) - 1),
            command_begin: command(load_command::BEGIN),
            command_commit: command(load_command::COMMIT),
            command_abort: command(load_command::ABORT),
            at_kind: settings_at(registers::LOAD_KIND),
            at_bank: settings_at(registers::LOAD_BANK),
            at_crc: settings_at(registers::LOAD_CRC),
            at_hash_high: settings_at(registers::LOAD_HASH_HI),
            at_hash_low: settings_at(registers::LOAD_HASH_LO),
            at_command: at(registers::LOAD_COMMAND),
            at_sequence: at(registers::LOAD_SEQUENCE),
            at_data: at(registers::LOAD_DATA),
            at_state: at(registers::LOAD_STATE),
            at_words: at(registers::LOAD_WORDS),
            hash_high: Const::unsigned(32, shape.hash.hi().into()),
            hash_low: Const::unsigned(32, shape.hash.lo().into()),
            minus_one: Const::unsigned(32, u32::MAX.into()),
            sequence_place: settings_at(registers::LOAD_SEQUENCE),
        }
    }
}

impl Logic for LoadEngine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module load_engine: Receives, checks and commits uploads.");
        dff_setup!(
            self,
            clock,
            step,
            state,
            kind,
            bank_register,
            target_bad,
            target_in_use,
            hash_bad,
            schedule_bad,
            begun,
            beginning,
            committing,
            beyond,
            same,
            judging,
            taking,
            words,
            bit_index
        );
        clock!(self, clock, settings, crc, address);
        self.receiving.next = self.state.q.val() == self.state_receiving.val();
        self.bank.next = self.bank_register.q.val();
        self.bank_is_bias.next = self.kind.q.val() == self.kind_biases.val();
        self.lane.next = self.address.lane.val();
        self.row.next = self.address.row.val();
        self.column.next = self.address.column.val();
        self.load_error.next = false;
        // One assignment each: the other blocks answer in the same clock.
        self.done.next = (self.step.q.val() == LoadStep::Done)
            || (self.step.q.val() == LoadStep::Deliver)
            || (self.step.q.val() == LoadStep::Refuse);
        self.refused.next = self.step.q.val() == LoadStep::Refuse;
        self.accept.next = (self.step.q.val() == LoadStep::Wait)
            && self.write.val()
            && self.receiving.val()
            && (self.index.val() == self.at_data.val())
            && !self.address.complete.val();

        // The settings memory: written by the host, read for it and for the comparisons.
        self.settings.read_enable.next = false;
        self.settings.read_address.next = bit_cast_to(self.index.val(), 3);
        self.settings.write_enable.next = false;
        self.settings.write_address.next = bit_cast_to(self.index.val(), 3);
        // What is stored: the host's word; the next sequence number; at begin (the word is 1) the first sequence number, 0.
        self.addend.next = 0.into();
        if self.step.q.val() == LoadStep::Sequence {
            self.addend.next = 1.into();
        }
        if self.step.q.val() == LoadStep::BeginHashLow {
            self.addend.next = self.minus_one.val();
        }
        self.settings.write_data.next = self.write_data.val() + self.addend.val();
        self.setting.next = self.settings.read_data.val();
        self.setting_upper.next = self.setting.val() >> 6;
        // One comparison, bit by bit, serves hash, CRC and sequence number; the CRC is fed to itself, which shifts it.
        self.write_bit.next = self.write_data.val().get_bit(self.bit_index.q.val().index());
        self.hash.next = self.hash_low.val();
        if self.step.q.val() == LoadStep::BeginHashHigh {
            self.hash.next = self.hash_high.val();
        }
        self.expected_bit.next = self.hash.val().get_bit(self.bit_index.q.val().index());
        if self.step.q.val() == LoadStep::CommitCrc {
            self.expected_bit.next = !self.crc.remainder.val().get_bit(0);
        }
        if self.step.q.val() == LoadStep::Sequence {
            self.expected_bit.next = self.write_bit.val();
        }
        self.equal.next = (self.same.q.val() || !self.bit_index.q.val().any())
            && (self.setting.val().get_bit(self.bit_index.q.val().index()) == self.expected_bit.val());
        self.same.d.next = self.equal.val();
        self.last_bit.next = self.bit_index.q.val().all();
        // The verdict has a clock of its own, with `same` from a register: comparison and what follows from it would be a long way.
        self.comparing.next = !self.judging.q.val()
            && ((self.step.q.val() == LoadStep::Sequence)
                || (self.step.q.val() == LoadStep::CommitCrc)
                || (self.step.q.val() == LoadStep::BeginHashHigh)
                || (self.step.q.val() == LoadStep::BeginHashLow));
        self.judging.d.next = self.comparing.val() && self.last_bit.val();
        if (self.step.q.val() == LoadStep::Feed) || self.comparing.val() {
            self.bit_index.d.next = self.bit_index.q.val() + 1;
        }
        // Both come a clock after their decision, while the access is answered: comparison and bank would be a long way else.
        self.bank_begin.next = self.beginning.q.val();
        self.bank_commit.next = self.committing.q.val();
        self.beginning.d.next = (self.step.q.val() == LoadStep::BeginHashLow)
            && self.judging.q.val()
            && !self.target_bad.q.val()
            && !self.target_in_use.q.val()
            && !self.hash_bad.q.val()
            && self.same.q.val();
        self.committing.d.next = (self.step.q.val() == LoadStep::CommitCrc)
            && self.judging.q.val()
            && self.address.complete.val()
            && self.same.q.val()
            && !self.schedule_bad.q.val();

        self.crc.clear.next = false;
        self.crc.enable.next = false;
        self.crc.data.next = self.write_bit.val();
        if self.step.q.val() == LoadStep::CommitCrc {
            self.crc.enable.next = !self.judging.q.val();
            self.crc.data.next = self.crc.remainder.val().get_bit(0);
        }

        self.read_data.next = self.setting.val();
        if (self.index.val() == self.at_sequence.val()) && !self.begun.q.val() {
            self.read_data.next = 0.into();
        }
        if self.index.val() == self.at_state.val() {
            self.read_data.next = bit_cast_to(self.state.q.val(), 32);
        }
        if self.index.val() == self.at_words.val() {
            self.read_data.next = bit_cast_to(self.words.q.val(), 32);
        }

        self.word_upper.next = self.write_data.val() >> 2;
        // Looked at one clock earlier: the bus holds the word from its first clock on.
        self.beyond.d.next = self.word_upper.val().any();
        self.code.next = bit_cast_to(self.write_data.val(), 2);
        self.kind_rest.next = self.setting.val() >> 2;
        self.kind_low.next = bit_cast_to(self.setting.val(), 2);
        match self.step.q.val() {
            LoadStep::Wait => {
                if self.read.val() {
                    self.settings.read_enable.next = true;
                    self.step.d.next = LoadStep::Deliver;
                }
                if self.write.val() {
                    self.step.d.next = LoadStep::Refuse;
                    if self.index.val() < self.at_command.val() {
                        self.settings.write_enable.next = true;
                        self.step.d.next = LoadStep::Done;
                    }
                    if self.index.val() == self.at_command.val() {
                        if !self.beyond.q.val() && (self.code.val() == self.command_begin.val()) {
                            self.settings.read_enable.next = true;
                            self.settings.read_address.next = self.at_kind.val();
                            self.step.d.next = LoadStep::BeginKind;
                        }
                        if self.receiving.val()
                            && !self.beyond.q.val()
                            && (self.code.val() == self.command_commit.val())
                        {
                            self.settings.read_enable.next = true;
                            self.settings.read_address.next = self.at_crc.val();
                            self.step.d.next = LoadStep::CommitCrc;
                        }
                        if self.receiving.val()
                            && !self.beyond.q.val()
                            && (self.code.val() == self.command_abort.val())
                        {
                            self.state.d.next = self.state_aborted.val();
                            self.step.d.next = LoadStep::Done;
                        }
                    }
                    if self.receiving.val() && (self.index.val() == self.at_sequence.val()) {
                        self.settings.read_enable.next = true;
                        self.step.d.next = LoadStep::Sequence;
                    }
                    if self.receiving.val() && (self.index.val() == self.at_data.val()) {
                        if self.address.complete.val() {
                            self.state.d.next = self.state_overrun.val();
                            self.load_error.next = true;
                        } else {
                            self.words.d.next = self.words.q.val() + 1;
                            self.step.d.next = LoadStep::Feed;
                        }
                    }
                }
            }
            LoadStep::BeginKind => {
                self.kind.d.next = bit_cast_to(self.setting.val(), 2);
                self.target_bad.d.next = self.kind_rest.val().any() || self.kind_low.val().all();
                self.settings.read_enable.next = true;
                self.settings.read_address.next = self.at_bank.val();
                self.step.d.next = LoadStep::BeginBank;
            }
            LoadStep::BeginBank => {
                self.bank_register.d.next = bit_cast_to(self.setting.val(), 6);
                if self.setting_upper.val().any() {
                    self.bank_register.d.next = self.no_bank.val();
                }
                self.settings.read_enable.next = true;
                self.settings.read_address.next = self.at_hash_high.val();
                self.step.d.next = LoadStep::BeginHashHigh;
            }
            LoadStep::BeginHashHigh => {
                if self.judging.q.val() {
                    self.hash_bad.d.next = !self.same.q.val();
                    self.target_in_use.d.next = self.bank_valid.val() && self.bank_in_use.val();
                    if !self.bank_exists.val()
                        || ((self.kind.q.val() == self.kind_tables.val()) && !self.bank_valid.val())
                    {
                        self.target_bad.d.next = true;
                    }
                    self.settings.read_enable.next = true;
                    self.settings.read_address.next = self.at_hash_low.val();
                    self.step.d.next = LoadStep::BeginHashLow;
                }
            }
            LoadStep::BeginHashLow => {
                if self.judging.q.val() {
                    self.step.d.next = LoadStep::Refuse;
                    self.load_error.next = true;
                    if self.target_bad.q.val() {
                        self.state.d.next = self.state_bad_target.val();
                    } else {
                        if self.target_in_use.q.val() {
                            self.state.d.next = self.state_bank_active.val();
                        } else {
                            if self.hash_bad.q.val() || !self.same.q.val() {
                                self.state.d.next = self.state_bad_hash.val();
                            } else {
                                self.load_error.next = false;
                                self.crc.clear.next = true;
                                self.begun.d.next = true;
                                self.schedule_bad.d.next = false;
                                self.words.d.next = 0.into();
                                self.settings.write_enable.next = true;
                                self.settings.write_address.next = self.sequence_place.val();
                                self.state.d.next = self.state_receiving.val();
                                self.step.d.next = LoadStep::Done;
                            }
                        }
                    }
                }
            }
            LoadStep::CommitCrc => {
                if self.judging.q.val() {
                    self.step.d.next = LoadStep::Refuse;
                    self.load_error.next = true;
                    if !self.address.complete.val() {
                        self.state.d.next = self.state_truncated.val();
                    } else {
                        if !self.same.q.val() {
                            self.state.d.next = self.state_bad_crc.val();
                        } else {
                            if self.schedule_bad.q.val() {
                                self.state.d.next = self.state_bad_schedule.val();
                            } else {
                                self.load_error.next = false;
                                self.state.d.next = self.state_committed.val();
                                self.step.d.next = LoadStep::Done;
                            }
                        }
                    }
                }
            }
            LoadStep::Feed => {
                self.crc.enable.next = true;
                if self.last_bit.val() {
                    self.step.d.next = LoadStep::Done;
                }
            }
            LoadStep::Sequence => {
                if self.judging.q.val() {
                    if self.same.q.val() {
                        self.settings.write_enable.next = true;
                        self.step.d.next = LoadStep::Done;
                    } else {
                        self.state.d.next = self.state_bad_sequence.val();
                        self.load_error.next = true;
                        self.step.d.next = LoadStep::Refuse;
                    }
                }
            }
            _ => {
                self.step.d.next = LoadStep::Wait;
            }
        }

        self.address.restart.next = self.bank_begin.val();
        self.address.biases.next = self.bank_is_bias.val();
        self.address.tables_only.next = self.kind.q.val() == self.kind_tables.val();
        // A word goes to its memory a clock after it was accepted; its bits need 32.
        self.taking.d.next = self.accept.val();
        self.address.advance.next = self.taking.q.val();
        self.schedule_write.next = self.taking.q.val() && self.address.in_schedule.val();
        self.table_write.next = self.taking.q.val() && self.address.in_tables.val();
        self.weight_write.next = self.taking.q.val() && self.address.in_weights.val();
        self.bias_write.next = self.taking.q.val() && self.address.in_biases.val();
        if self.schedule_write.val() && !self.schedule_good.val() {
            self.schedule_bad.d.next = true;
        }
        if self.reset.val() {
            self.state.d.next = self.state_idle.val();
            self.step.d.next = LoadStep::Wait;
            self.begun.d.next = false;
            self.beginning.d.next = false;
            self.committing.d.next = false;
            self.judging.d.next = false;
            self.taking.d.next = false;
            self.bit_index.d.next = 0.into();
        }
    }
}
crate::clocked!(LoadEngine);
crate::cell_ports!(
    LoadEngine,
    clock,
    [reset, write, read, index, write_data, schedule_good, bank_exists, bank_valid, bank_in_use],
    [
        done,
        refused,
        load_error,
        read_data,
        bank,
        bank_is_bias,
        bank_begin,
        bank_commit,
        schedule_write,
        table_write,
        weight_write,
        bias_write,
        lane,
        row,
        column
    ]
);
