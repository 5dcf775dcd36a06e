//! One run of the machine by itself, compared with the signature that its bitstream brings.

use super::RESIDUE;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::power_on::{PowerOnLayout, self_test_schedule};
use spinwright_contract::registers::command;
use spinwright_contract::{Color, ValidConfig, registers};

/// How far the self-test has come.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum SelfTestState {
    /// Not begun, or over.
    Idle,
    /// Writes the test's schedules.
    Schedule,
    /// Steps the pattern by a word.
    Pattern,
    /// Writes the word to a generator, an input or a picture.
    Write,
    /// Starts the run.
    Run,
    /// Reads a sum or a score; refused as long as the run goes on.
    Read,
    /// Takes its four bytes into the CRC.
    Fold,
    /// Takes the signature's four bytes, and judges.
    Judge,
    /// Resets the machine.
    Restart,
    /// Has the record read again: schedules are the model's then.
    Repeat,
}

/// The self-test of a machine with a model in its bitstream (contract section 10).
///
/// It does what a host would over the register bus: schedules, seeds and inputs, run, read the sums. Seeds and inputs are the states of
/// the frames' CRC unit, stepped by zero bytes; the same unit sums what is read, and then the signature out of the record, which leaves
/// the CRC's residue when it is right. Whatever the result, the machine is reset afterwards, so nothing of the run stays; after a
/// failure the banks of the bitstream are invalid. A reset in the middle starts all over again.
#[derive(LogicBlock)]
pub struct SelfTest {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// The record has been read and has a signature, one clock.
    pub start: Signal<In, Bit>,
    /// Byte from the buffer, 8 bits, one clock after its address.
    pub buffer_read_data: Bus<In>,
    /// The access is finished, one clock.
    pub bus_ready: Signal<In, Bit>,
    /// 32 bits, valid with `bus_ready`.
    pub bus_read_data: Bus<In>,
    /// Valid with `bus_ready`: 0 ok, 1 no such address, 2 refused.
    pub bus_status: Bus<In>,
    /// The CRC unit's, 32 bits.
    pub crc_remainder: Bus<In>,
    /// The CRC unit sums a byte.
    pub crc_busy: Signal<In, Bit>,
    /// Buffer, bus and CRC unit belong to it.
    pub busy: Signal<Out, Bit>,
    /// 8 bits.
    pub buffer_address: Bus<Out>,
    /// Held until `bus_ready`.
    pub bus_write: Signal<Out, Bit>,
    /// Held until `bus_ready`.
    pub bus_read: Signal<Out, Bit>,
    /// 16 bits.
    pub bus_address: Bus<Out>,
    /// 32 bits.
    pub bus_write_data: Bus<Out>,
    /// Starts the CRC.
    pub crc_clear: Signal<Out, Bit>,
    /// Takes `crc_data` into the CRC.
    pub crc_enable: Signal<Out, Bit>,
    /// 8 bits.
    pub crc_data: Bus<Out>,
    /// Resets the machine behind the bus, one clock.
    pub core_reset: Signal<Out, Bit>,
    /// The banks of the bitstream become invalid; together with `core_reset`.
    pub revoke: Signal<Out, Bit>,
    /// The record is to be read again, one clock.
    pub again: Signal<Out, Bit>,
    /// Bit 0: passed, bit 1: failed.
    pub result: Bus<Out>,
    state: DFF<SelfTestState>,
    passed: BitRegister,
    failed: BitRegister,
    phase: Register,
    address: Register,
    word: Register,
    channel: Vec<Register>,
    feeding: Signal<Local, Bit>,
    fed: Signal<Local, Bit>,
    writing: Signal<Local, Bit>,
    refused: Signal<Local, Bit>,
    settings: Bus<Local>,
    sweeps: Const,
    run: Const,
    residue: Const,
    signature_at: Const,
    at_schedule: Const,
    last_schedule: Const,
    at_seed: Const,
    last_seed: Const,
    at_input: Const,
    last_input: Const,
    at_command: Const,
    at_sums: Const,
    last_sum: Const,
    at_scores: Vec<Const>,
    last_score: Vec<Const>,
    last_channel: Vec<Const>,
    to_next_position: Vec<Const>,
    _decoder: usize,
    _padded: usize,
}

impl SelfTest {
    /// That of a machine with `timing.self_test`.
    pub fn new(config: &ValidConfig) -> Self {
        let at = |address: u16| Const::unsigned(16, address.into());
        let last = |address: u16, words: usize| Const::unsigned(16, u64::from(address) + words as u64 - 1);
        let (input, inputs) = match config.encoder() {
            Some(encoder) => (registers::PIXELS, encoder.pixels().div_ceil(4)),
            None => {
                let plane = config.block().input;
                let words = plane.positions() * plane.chunks(config.lanes(), config.tree_width());
                (registers::INPUT, words * config.tree_width().div_ceil(32))
            }
        };
        // A position of the last output plane takes whole groups of lanes; what lies beyond its channels is nobody's sum.
        let outputs = config.last_block().plane(Color::Output);
        let stride = outputs.groups(config.lanes()) * config.lanes();
        let sums = (outputs.positions() - 1) * stride + outputs.channels;
        let padded = outputs.positions() > 1 && stride > outputs.channels;
        let channel_bits = address_width(outputs.channels);
        let optional = |has: bool, constant: Const| has.then_some(constant).into_iter().collect::<Vec<_>>();
        let classes = config.decoder().map_or(1, |decoder| decoder.classes);
        let decoder = config.decoder().is_some();
        Self {
            clock: Default::default(),
            reset: Default::default(),
            start: Default::default(),
            buffer_read_data: Bus::unsigned(8),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(32),
            bus_status: Bus::unsigned(2),
            crc_remainder: Bus::unsigned(32),
            crc_busy: Default::default(),
            busy: Default::default(),
            buffer_address: Bus::unsigned(8),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_address: Bus::unsigned(16),
            bus_write_data: Bus::unsigned(32),
            crc_clear: Default::default(),
            crc_enable: Default::default(),
            crc_data: Bus::unsigned(8),
            core_reset: Default::default(),
            revoke: Default::default(),
            again: Default::default(),
            result: Bus::unsigned(2),
            state: Default::default(),
            passed: Default::default(),
            failed: Default::default(),
            phase: Register::unsigned(3),
            address: Register::unsigned(16),
            word: Register::unsigned(32),
            channel: padded.then(|| Register::unsigned(channel_bits)).into_iter().collect(),
            feeding: Default::default(),
            fed: Default::default(),
            writing: Default::default(),
            refused: Default::default(),
            settings: Bus::unsigned(32),
            sweeps: Const::unsigned(32, self_test_schedule(config).retained.into()),
            run: Const::unsigned(32, command::RUN.into()),
            residue: Const::unsigned(32, RESIDUE),
            signature_at: Const::unsigned(8, 4 * PowerOnLayout::of(config).signature as u64),
            at_schedule: at(registers::SCHEDULE),
            last_schedule: last(registers::SCHEDULE, 4 * config.block_count() - 1),
            at_seed: at(registers::SEED),
            last_seed: last(registers::SEED, 4 * config.lanes()),
            at_input: at(input),
            last_input: last(input, inputs),
            at_command: at(registers::CONTROL_COMMAND),
            at_sums: at(registers::SUMS),
            last_sum: last(registers::SUMS, sums),
            at_scores: optional(decoder, at(registers::SCORES)),
            last_score: optional(decoder, last(registers::SCORES, classes)),
            last_channel: optional(padded, Const::unsigned(channel_bits, outputs.channels as u64 - 1)),
            to_next_position: optional(padded, Const::unsigned(16, (stride - outputs.channels) as u64 + 1)),
            _decoder: usize::from(decoder),
            _padded: usize::from(padded),
        }
    }
}

impl Logic for SelfTest {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module self_test: One run of the machine by itself, at power-on.");
        dff_setup!(self, clock, state, passed, failed, phase, address, word);
        self.busy.next = self.state.q.val() != SelfTestState::Idle;
        self.result.next = bit_cast_to(self.passed.q.val(), 2) | (bit_cast_to(self.failed.q.val(), 2) << 1);
        self.writing.next = (self.state.q.val() == SelfTestState::Schedule)
            || (self.state.q.val() == SelfTestState::Write)
            || (self.state.q.val() == SelfTestState::Run);
        self.bus_write.next = self.writing.val();
        self.bus_read.next = self.state.q.val() == SelfTestState::Read;
        self.bus_address.next = self.address.q.val();
        // Burn-in 0, the test's sweeps, readout 1 (field).
        self.settings.next = 0.into();
        if self.address.q.val().get_bit(0) {
            self.settings.next = self.sweeps.val();
        }
        if self.address.q.val().get_bit(1) {
            self.settings.next = 1.into();
        }
        if self.state.q.val() == SelfTestState::Run {
            self.settings.next = self.run.val();
        }
        if self.state.q.val() == SelfTestState::Write {
            self.settings.next = !self.crc_remainder.val();
        }
        self.bus_write_data.next = self.settings.val();
        self.refused.next = self.writing.val() && self.bus_ready.val() && self.bus_status.val().any();

        // Four bytes: zeros, those of a word, or the signature's out of the record, each asked for a clock before.
        self.feeding.next = (self.state.q.val() == SelfTestState::Pattern)
            || (self.state.q.val() == SelfTestState::Fold)
            || (self.state.q.val() == SelfTestState::Judge);
        self.fed.next = self.feeding.val() && !self.crc_busy.val() && self.phase.q.val().get_bit(2);
        self.crc_clear.next =
            (self.state.q.val() == SelfTestState::Schedule) || (self.state.q.val() == SelfTestState::Run);
        self.crc_enable.next = self.feeding.val() && !self.crc_busy.val() && !self.phase.q.val().get_bit(2);
        self.buffer_address.next =
            self.signature_at.val() | bit_cast_to(bit_cast_to(self.phase.q.val(), 2), 8);
        self.crc_data.next = 0.into();
        if self.state.q.val() == SelfTestState::Fold {
            self.crc_data.next = bit_cast_to(self.word.q.val(), 8);
        }
        if self.state.q.val() == SelfTestState::Judge {
            self.crc_data.next = self.buffer_read_data.val();
        }
        if self.crc_enable.val() {
            self.phase.d.next = self.phase.q.val() + 1;
            self.word.d.next = self.word.q.val() >> 8;
        }
        if self.fed.val() {
            self.phase.d.next = 0.into();
        }

        self.core_reset.next = self.state.q.val() == SelfTestState::Restart;
        self.revoke.next = (self.state.q.val() == SelfTestState::Restart) && self.failed.q.val();
        self.again.next = self.state.q.val() == SelfTestState::Repeat;
        for k in 0..self._padded {
            self.channel[k].clock.next = self.clock.val();
            self.channel[k].d.next = self.channel[k].q.val();
        }
        match self.state.q.val() {
            SelfTestState::Idle => {
                self.address.d.next = self.at_schedule.val();
                if self.start.val() && !self.passed.q.val() && !self.failed.q.val() {
                    self.state.d.next = SelfTestState::Schedule;
                }
            }
            SelfTestState::Schedule => {
                if self.bus_ready.val() {
                    // Burn-in, retained, readout; the fourth address of an entry does not exist.
                    self.address.d.next = self.address.q.val() + 1;
                    if self.address.q.val().get_bit(1) {
                        self.address.d.next = self.address.q.val() + 2;
                    }
                    if self.address.q.val() == self.last_schedule.val() {
                        self.address.d.next = self.at_seed.val();
                        self.state.d.next = SelfTestState::Pattern;
                    }
                }
            }
            SelfTestState::Pattern => {
                if self.fed.val() {
                    self.state.d.next = SelfTestState::Write;
                }
            }
            SelfTestState::Write => {
                if self.bus_ready.val() {
                    self.address.d.next = self.address.q.val() + 1;
                    self.state.d.next = SelfTestState::Pattern;
                    if self.address.q.val() == self.last_seed.val() {
                        self.address.d.next = self.at_input.val();
                    }
                    if self.address.q.val() == self.last_input.val() {
                        self.address.d.next = self.at_command.val();
                        self.state.d.next = SelfTestState::Run;
                    }
                }
            }
            SelfTestState::Run => {
                if self.bus_ready.val() {
                    self.address.d.next = self.at_sums.val();
                    self.state.d.next = SelfTestState::Read;
                }
            }
            SelfTestState::Read => {
                if self.bus_ready.val() && !self.bus_status.val().any() {
                    self.word.d.next = self.bus_read_data.val();
                    self.state.d.next = SelfTestState::Fold;
                }
            }
            SelfTestState::Fold => {
                if self.fed.val() {
                    self.address.d.next = self.address.q.val() + 1;
                    self.state.d.next = SelfTestState::Read;
                    if self.address.q.val() == self.last_sum.val() {
                        self.state.d.next = SelfTestState::Judge;
                    }
                }
            }
            SelfTestState::Judge => {
                if self.fed.val() {
                    self.passed.d.next = self.crc_remainder.val() == self.residue.val();
                    self.failed.d.next = self.crc_remainder.val() != self.residue.val();
                    self.state.d.next = SelfTestState::Restart;
                }
            }
            SelfTestState::Restart => {
                self.state.d.next = SelfTestState::Repeat;
                if self.failed.q.val() {
                    self.state.d.next = SelfTestState::Idle;
                }
            }
            _ => {
                self.state.d.next = SelfTestState::Idle;
            }
        }
        // Behind the channels of a position lie lanes without a p-bit. Scores, whose addresses have bit 14, follow one another.
        for k in 0..self._padded {
            if self.state.q.val() == SelfTestState::Run {
                self.channel[k].d.next = 0.into();
            }
            if (self.state.q.val() == SelfTestState::Fold)
                && self.fed.val()
                && !self.address.q.val().get_bit(14)
            {
                self.channel[k].d.next = self.channel[k].q.val() + 1;
                if self.channel[k].q.val() == self.last_channel[k].val() {
                    self.channel[k].d.next = 0.into();
                    self.address.d.next = self.address.q.val() + self.to_next_position[k].val();
                }
            }
        }
        for k in 0..self._decoder {
            if (self.state.q.val() == SelfTestState::Fold) && self.fed.val() {
                if self.address.q.val() == self.last_sum.val() {
                    self.address.d.next = self.at_scores[k].val();
                    self.state.d.next = SelfTestState::Read;
                }
                if self.address.q.val() == self.last_score[k].val() {
                    self.state.d.next = SelfTestState::Judge;
                }
            }
        }
        // A machine that refuses its own test has failed it; the sums are refused while the run goes on.
        if self.refused.val() {
            self.failed.d.next = true;
            self.state.d.next = SelfTestState::Restart;
        }
        if self.reset.val() {
            self.phase.d.next = 0.into();
            if self.state.q.val() != SelfTestState::Idle {
                self.state.d.next = SelfTestState::Repeat;
            }
            self.passed.d.next = self.passed.q.val();
            self.failed.d.next = self.failed.q.val();
            if self.failed.q.val() {
                self.state.d.next = SelfTestState::Idle;
            }
        }
    }
}
crate::clocked!(SelfTest);
crate::cell_ports!(
    SelfTest,
    clock,
    [reset, start, buffer_read_data, bus_ready, bus_read_data, bus_status, crc_remainder, crc_busy],
    [
        busy,
        buffer_address,
        bus_write,
        bus_read,
        bus_address,
        bus_write_data,
        crc_clear,
        crc_enable,
        crc_data,
        core_reset,
        revoke,
        again,
        result
    ]
);
