//! AXI4-Stream beside a register bus.

use super::StreamShape;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::registers;

/// What the stream's side does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum StreamState {
    /// Waits for a word.
    Take,
    /// Writes it into the machine.
    Write,
    /// Starts a run.
    Command,
    /// Asks whether it has ended.
    Status,
    /// Reads a word of the result.
    Read,
    /// Offers it.
    Send,
}

/// Inputs of a run as one packet, its results as another, beside a host on the same register bus.
///
/// A packet of exactly the machine's words starts a run with its last one (`TLAST`); when the run has ended, its results leave as one packet.
/// No further word is taken before that. A packet of another length, or one whose run is refused, is answered with a packet of one word
/// with `TUSER`: 1 wrong length, 2 refused. Host and stream take turns, an access each.
#[derive(LogicBlock)]
pub struct StreamPort {
    /// Rising edge: `ACLK`.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high: `!ARESETn`.
    pub reset: Signal<In, Bit>,
    /// `TVALID` of the inputs.
    pub in_valid: Signal<In, Bit>,
    /// `TREADY` of the inputs.
    pub in_ready: Signal<Out, Bit>,
    /// `TDATA` of the inputs, 32 bits.
    pub in_data: Bus<In>,
    /// `TLAST` of the inputs.
    pub in_last: Signal<In, Bit>,
    /// `TVALID` of the results.
    pub out_valid: Signal<Out, Bit>,
    /// `TREADY` of the results.
    pub out_ready: Signal<In, Bit>,
    /// `TDATA` of the results, 32 bits.
    pub out_data: Bus<Out>,
    /// `TLAST` of the results.
    pub out_last: Signal<Out, Bit>,
    /// `TUSER` of the results: the packet is no result but says what was wrong.
    pub out_error: Signal<Out, Bit>,
    /// The host's access, held until `host_ready`.
    pub host_write: Signal<In, Bit>,
    /// The host's access, held until `host_ready`.
    pub host_read: Signal<In, Bit>,
    /// Word address, 16 bits.
    pub host_address: Bus<In>,
    /// 32 bits.
    pub host_write_data: Bus<In>,
    /// The host's access is finished, one clock.
    pub host_ready: Signal<Out, Bit>,
    /// Held until `bus_ready`.
    pub bus_write: Signal<Out, Bit>,
    /// Held until `bus_ready`.
    pub bus_read: Signal<Out, Bit>,
    /// Word address, 16 bits.
    pub bus_address: Bus<Out>,
    /// 32 bits.
    pub bus_write_data: Bus<Out>,
    /// The access is finished, one clock.
    pub bus_ready: Signal<In, Bit>,
    /// 32 bits, valid with `bus_ready`.
    pub bus_read_data: Bus<In>,
    /// Valid with `bus_ready`: 0 ok, else refused.
    pub bus_status: Bus<In>,
    state: DFF<StreamState>,
    word: Register,
    last: BitRegister,
    error: BitRegister,
    count: Register,
    address: Register,
    active: BitRegister,
    mine: BitRegister,
    turn: BitRegister,
    wants: Signal<Local, Bit>,
    host_wants: Signal<Local, Bit>,
    done: Signal<Local, Bit>,
    writing: Signal<Local, Bit>,
    reading: Signal<Local, Bit>,
    own_address: Bus<Local>,
    own_data: Bus<Local>,
    next_count: Bus<Local>,
    next_address: Bus<Local>,
    first_inputs: Const,
    all_inputs: Const,
    first_results: Const,
    all_results: Const,
    input_address: Const,
    more_inputs_address: Const,
    result_address: Const,
    more_results_address: Const,
    command_address: Const,
    status_address: Const,
    run: Const,
    wrong_length: Const,
    refused: Const,
}

impl StreamPort {
    /// The port of a machine with these packets.
    pub fn new(shape: &StreamShape) -> Self {
        Self::with_width(shape, 32)
    }

    /// A port with so many bits of data: proofs take fewer, since only bit 0 of a status is looked at.
    pub fn with_width(shape: &StreamShape, width: usize) -> Self {
        let bits = address_width(shape.inputs().max(shape.results()) + 2);
        let count = |words: usize| Const::unsigned(bits, words as u64);
        let address = |address: u16| Const::unsigned(16, address.into());
        Self {
            clock: Default::default(),
            reset: Default::default(),
            in_valid: Default::default(),
            in_ready: Default::default(),
            in_data: Bus::unsigned(width),
            in_last: Default::default(),
            out_valid: Default::default(),
            out_ready: Default::default(),
            out_data: Bus::unsigned(width),
            out_last: Default::default(),
            out_error: Default::default(),
            host_write: Default::default(),
            host_read: Default::default(),
            host_address: Bus::unsigned(16),
            host_write_data: Bus::unsigned(width),
            host_ready: Default::default(),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_address: Bus::unsigned(16),
            bus_write_data: Bus::unsigned(width),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(width),
            bus_status: Bus::unsigned(2),
            state: Default::default(),
            word: Register::unsigned(width),
            last: Default::default(),
            error: Default::default(),
            count: Register::unsigned(bits),
            address: Register::unsigned(16).starting_at(shape.input[0].0.into()),
            active: Default::default(),
            mine: Default::default(),
            turn: Default::default(),
            wants: Default::default(),
            host_wants: Default::default(),
            done: Default::default(),
            writing: Default::default(),
            reading: Default::default(),
            own_address: Bus::unsigned(16),
            own_data: Bus::unsigned(width),
            next_count: Bus::unsigned(bits),
            next_address: Bus::unsigned(16),
            first_inputs: count(shape.input[0].1),
            all_inputs: count(shape.inputs()),
            first_results: count(shape.result[0].1),
            all_results: count(shape.results()),
            input_address: address(shape.input[0].0),
            more_inputs_address: address(shape.input[1].0),
            result_address: address(shape.result[0].0),
            more_results_address: address(shape.result[1].0),
            command_address: address(registers::CONTROL_COMMAND),
            status_address: address(registers::CONTROL_STATUS),
            run: Const::unsigned(width, registers::command::RUN.into()),
            wrong_length: Const::unsigned(width, 1),
            refused: Const::unsigned(width, 2),
        }
    }
}

impl Logic for StreamPort {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module stream_port: AXI4-Stream beside a register bus.");
        dff_setup!(self, clock, state, word, last, error, count, address, active, mine, turn);
        // One access at a time; a clock lies between two. Who has just had one lets the other go first.
        self.writing.next =
            (self.state.q.val() == StreamState::Write) || (self.state.q.val() == StreamState::Command);
        self.reading.next =
            (self.state.q.val() == StreamState::Status) || (self.state.q.val() == StreamState::Read);
        self.wants.next = self.writing.val() || self.reading.val();
        self.host_wants.next = self.host_write.val() || self.host_read.val();
        if self.active.q.val() {
            if self.bus_ready.val() {
                self.active.d.next = false;
                self.turn.d.next = !self.mine.q.val();
            }
        } else {
            self.active.d.next = self.wants.val() || self.host_wants.val();
            self.mine.d.next = self.wants.val() && (self.turn.q.val() || !self.host_wants.val());
        }
        self.done.next = self.active.q.val() && self.mine.q.val() && self.bus_ready.val();
        self.host_ready.next = self.active.q.val() && !self.mine.q.val() && self.bus_ready.val();
        self.own_address.next = self.address.q.val();
        self.own_data.next = self.word.q.val();
        if self.state.q.val() == StreamState::Command {
            self.own_address.next = self.command_address.val();
            self.own_data.next = self.run.val();
        }
        if self.state.q.val() == StreamState::Status {
            self.own_address.next = self.status_address.val();
        }
        self.bus_write.next = self.active.q.val() && self.host_write.val();
        self.bus_read.next = self.active.q.val() && self.host_read.val();
        self.bus_address.next = self.host_address.val();
        self.bus_write_data.next = self.host_write_data.val();
        if self.mine.q.val() {
            self.bus_write.next = self.active.q.val() && self.writing.val();
            self.bus_read.next = self.active.q.val() && self.reading.val();
            self.bus_address.next = self.own_address.val();
            self.bus_write_data.next = self.own_data.val();
        }

        self.in_ready.next = self.state.q.val() == StreamState::Take;
        self.out_valid.next = self.state.q.val() == StreamState::Send;
        self.out_data.next = self.word.q.val();
        self.out_last.next = self.last.q.val();
        self.out_error.next = self.error.q.val();
        self.next_count.next = self.count.q.val() + 1;
        self.next_address.next = self.address.q.val() + 1;
        match self.state.q.val() {
            StreamState::Take => {
                if self.in_valid.val() {
                    self.word.d.next = self.in_data.val();
                    self.last.d.next = self.in_last.val();
                    self.state.d.next = StreamState::Write;
                    if self.count.q.val() == self.all_inputs.val() {
                        // Too long: what is left of the packet is dropped.
                        self.state.d.next = StreamState::Take;
                        if self.in_last.val() {
                            self.word.d.next = self.wrong_length.val();
                            self.error.d.next = true;
                            self.state.d.next = StreamState::Send;
                        }
                    }
                }
            }
            StreamState::Write => {
                if self.done.val() {
                    self.count.d.next = self.next_count.val();
                    self.address.d.next = self.next_address.val();
                    if self.next_count.val() == self.first_inputs.val() {
                        self.address.d.next = self.more_inputs_address.val();
                    }
                    self.state.d.next = StreamState::Take;
                    if self.last.q.val() {
                        self.state.d.next = StreamState::Command;
                        if self.next_count.val() != self.all_inputs.val() {
                            self.word.d.next = self.wrong_length.val();
                            self.error.d.next = true;
                            self.state.d.next = StreamState::Send;
                        }
                    }
                }
            }
            StreamState::Command => {
                self.count.d.next = 0.into();
                self.address.d.next = self.result_address.val();
                if self.done.val() {
                    self.state.d.next = StreamState::Status;
                    if self.bus_status.val().any() {
                        self.word.d.next = self.refused.val();
                        self.error.d.next = true;
                        self.state.d.next = StreamState::Send;
                    }
                }
            }
            StreamState::Status => {
                if self.done.val() && !self.bus_read_data.val().get_bit(0) {
                    self.state.d.next = StreamState::Read;
                }
            }
            StreamState::Read => {
                if self.done.val() {
                    self.word.d.next = self.bus_read_data.val();
                    self.count.d.next = self.next_count.val();
                    self.address.d.next = self.next_address.val();
                    if self.next_count.val() == self.first_results.val() {
                        self.address.d.next = self.more_results_address.val();
                    }
                    self.last.d.next = self.next_count.val() == self.all_results.val();
                    self.state.d.next = StreamState::Send;
                }
            }
            _ => {
                if self.out_ready.val() {
                    self.state.d.next = StreamState::Read;
                    if self.last.q.val() {
                        self.count.d.next = 0.into();
                        self.address.d.next = self.input_address.val();
                        self.error.d.next = false;
                        self.state.d.next = StreamState::Take;
                    }
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = StreamState::Take;
            self.error.d.next = false;
            self.count.d.next = 0.into();
            self.address.d.next = self.input_address.val();
            self.active.d.next = false;
            self.mine.d.next = false;
            self.turn.d.next = false;
        }
    }
}
crate::clocked!(StreamPort);
crate::cell_ports!(
    StreamPort,
    clock,
    [
        reset,
        in_valid,
        in_data,
        in_last,
        out_ready,
        host_write,
        host_read,
        host_address,
        host_write_data,
        bus_ready,
        bus_read_data,
        bus_status
    ],
    [
        in_ready,
        out_valid,
        out_data,
        out_last,
        out_error,
        host_ready,
        bus_write,
        bus_read,
        bus_address,
        bus_write_data
    ]
);
