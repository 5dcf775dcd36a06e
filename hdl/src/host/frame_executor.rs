//! Requests to bus accesses.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::registers::{LOAD_DATA, LOAD_SEQUENCE, frame};

/// What the executor does with the current word.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum ExecutorState {
    /// No request.
    Idle,
    /// Reads the word's four bytes from the buffer.
    Fetch,
    /// Waits for the bus.
    Access,
    /// Stores the four bytes that were read.
    Store,
    /// Offers the status.
    Finish,
}

/// Executes a request word by word on the register bus and stops at the first word that is refused.
///
/// The buffer holds bytes: a word is shifted in and out of `word` least significant byte first.
#[derive(LogicBlock)]
pub struct FrameExecutor {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// A request waits.
    pub request_valid: Signal<In, Bit>,
    /// What the parser says of it, 2 bits; anything but 0 is passed on as the status.
    pub verdict: Bus<In>,
    /// Opcode, 3 bits.
    pub opcode: Bus<In>,
    /// Words, 7 bits.
    pub count: Bus<In>,
    /// Address of this word, 16 bits.
    pub address: Bus<In>,
    /// Byte from the buffer, 8 bits.
    pub buffer_read_data: Bus<In>,
    /// The access is finished.
    pub bus_ready: Signal<In, Bit>,
    /// The word read, 32 bits.
    pub bus_read_data: Bus<In>,
    /// 0 ok, 1 no such address, 2 refused.
    pub bus_status: Bus<In>,
    /// The response has been handed to the transmitter.
    pub response_sent: Signal<In, Bit>,
    /// Held until `bus_ready`.
    pub bus_write: Signal<Out, Bit>,
    /// Held until `bus_ready`.
    pub bus_read: Signal<Out, Bit>,
    /// 16 bits.
    pub bus_address: Bus<Out>,
    /// 32 bits.
    pub bus_write_data: Bus<Out>,
    /// The parser's address register takes the next address.
    pub address_advance: Signal<Out, Bit>,
    /// Reads the buffer at `buffer_address`.
    pub buffer_read: Signal<Out, Bit>,
    /// Writes the buffer at `buffer_address`.
    pub buffer_write: Signal<Out, Bit>,
    /// 8 bits.
    pub buffer_address: Bus<Out>,
    /// 8 bits.
    pub buffer_write_data: Bus<Out>,
    /// The request is done; `status` is final.
    pub response_valid: Signal<Out, Bit>,
    /// Status of the response, 3 bits.
    pub status: Bus<Out>,
    state: DFF<ExecutorState>,
    pointer: Register,
    phase: Register,
    sequence_first: BitRegister,
    word: Register,
    status_register: Register,
    next_pointer: Bus<Local>,
    byte_count: Bus<Local>,
    shifted: Bus<Local>,
    reading: Signal<Local, Bit>,
    accessing: Signal<Local, Bit>,
    last: Signal<Local, Bit>,
    read_opcode: Const,
    write_opcode: Const,
    load_opcode: Const,
    after_access: Const,
}

impl Default for FrameExecutor {
    fn default() -> Self {
        assert_eq!(LOAD_SEQUENCE, LOAD_DATA & !1, "the executor makes one address from the other");
        assert_eq!(
            (frame::BAD_ADDRESS, frame::REFUSED),
            (2 + 1, 2 + 2),
            "a bus status plus 2 is a frame status"
        );
        Self {
            clock: Default::default(),
            reset: Default::default(),
            request_valid: Default::default(),
            verdict: Bus::unsigned(2),
            opcode: Bus::unsigned(3),
            count: Bus::unsigned(7),
            address: Bus::unsigned(16),
            buffer_read_data: Bus::unsigned(8),
            bus_ready: Default::default(),
            bus_read_data: Bus::unsigned(32),
            bus_status: Bus::unsigned(2),
            response_sent: Default::default(),
            bus_write: Default::default(),
            bus_read: Default::default(),
            bus_address: Bus::unsigned(16),
            bus_write_data: Bus::unsigned(32),
            address_advance: Default::default(),
            buffer_read: Default::default(),
            buffer_write: Default::default(),
            buffer_address: Bus::unsigned(8),
            buffer_write_data: Bus::unsigned(8),
            response_valid: Default::default(),
            status: Bus::unsigned(3),
            state: Default::default(),
            pointer: Register::unsigned(8),
            phase: Register::unsigned(3),
            sequence_first: Default::default(),
            word: Register::unsigned(32),
            status_register: Register::unsigned(3),
            next_pointer: Bus::unsigned(8),
            byte_count: Bus::unsigned(8),
            shifted: Bus::unsigned(32),
            reading: Default::default(),
            accessing: Default::default(),
            last: Default::default(),
            read_opcode: Const::unsigned(3, frame::READ.into()),
            write_opcode: Const::unsigned(3, frame::WRITE.into()),
            load_opcode: Const::unsigned(3, frame::LOAD.into()),
            after_access: Const::unsigned(3, 2),
        }
    }
}

impl Logic for FrameExecutor {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module frame_executor: Executes a request on the bus.");
        dff_setup!(self, clock, state, pointer, phase, sequence_first, word, status_register);
        self.reading.next = self.opcode.val() == self.read_opcode.val();
        // One assignment each: parser, responder and bus answer in the same clock.
        self.accessing.next = self.state.q.val() == ExecutorState::Access;
        self.bus_write.next = self.accessing.val() && !self.reading.val();
        self.bus_read.next = self.accessing.val() && self.reading.val();
        self.bus_write_data.next = self.word.q.val();
        self.bus_address.next = self.address.val();
        // The same again: Icarus evaluates a process after a change only, and the first request may be for the address that the parser's
        // register begins with. The state's change makes it known; synthesis sees one wire.
        if self.state.q.val() == ExecutorState::Access {
            self.bus_address.next = self.address.val();
        }
        if self.sequence_first.q.val() {
            self.bus_address.next = self.address.val().replace_bit(0, false);
        }
        self.address_advance.next = self.accessing.val()
            && self.bus_ready.val()
            && !self.bus_status.val().any()
            && (self.reading.val() || (self.opcode.val() == self.write_opcode.val()));
        self.buffer_read.next =
            (self.state.q.val() == ExecutorState::Fetch) && !self.phase.q.val().get_bit(2);
        self.buffer_write.next = self.state.q.val() == ExecutorState::Store;
        self.buffer_address.next = self.pointer.q.val();
        self.buffer_write_data.next = bit_cast_to(self.word.q.val(), 8);
        self.response_valid.next = self.state.q.val() == ExecutorState::Finish;
        self.status.next = self.status_register.q.val();
        self.next_pointer.next = self.pointer.q.val() + 1;
        // 64 words are 256 bytes: pointer and count wrap to 0 together.
        self.byte_count.next = bit_cast_to(self.count.val(), 8) << 2;
        self.shifted.next = (self.word.q.val() >> 8) | (bit_cast_to(self.buffer_read_data.val(), 32) << 24);
        // The first word of an upload's frame is its sequence number; known since the word's last byte was asked for.
        self.sequence_first.d.next =
            (self.opcode.val() == self.load_opcode.val()) && (self.pointer.q.val() == 4.into());
        self.last.next = self.pointer.q.val() == self.byte_count.val();
        match self.state.q.val() {
            ExecutorState::Idle => {
                self.pointer.d.next = 0.into();
                self.phase.d.next = 0.into();
                self.status_register.d.next = bit_cast_to(self.verdict.val(), 3);
                if self.request_valid.val() {
                    self.state.d.next = ExecutorState::Fetch;
                    if self.reading.val() {
                        self.state.d.next = ExecutorState::Access;
                    }
                    if self.verdict.val().any() {
                        self.state.d.next = ExecutorState::Finish;
                    }
                }
            }
            ExecutorState::Fetch => {
                // Phases 0 to 3 ask for a byte, phases 1 to 4 take the one asked for before.
                self.phase.d.next = self.phase.q.val() + 1;
                self.word.d.next = self.shifted.val();
                if self.phase.q.val().get_bit(2) {
                    self.phase.d.next = 0.into();
                    self.state.d.next = ExecutorState::Access;
                } else {
                    self.pointer.d.next = self.next_pointer.val();
                }
            }
            ExecutorState::Access => {
                if self.bus_ready.val() {
                    if self.reading.val() {
                        self.word.d.next = self.bus_read_data.val();
                    }
                    if self.bus_status.val().any() {
                        self.status_register.d.next =
                            bit_cast_to(self.bus_status.val(), 3) + self.after_access.val();
                        self.state.d.next = ExecutorState::Finish;
                    } else {
                        self.state.d.next = ExecutorState::Fetch;
                        if self.last.val() {
                            self.state.d.next = ExecutorState::Finish;
                        }
                        if self.reading.val() {
                            self.state.d.next = ExecutorState::Store;
                        }
                    }
                }
            }
            ExecutorState::Store => {
                self.pointer.d.next = self.next_pointer.val();
                self.word.d.next = self.shifted.val();
                self.phase.d.next = self.phase.q.val() + 1;
                if self.phase.q.val() == 3.into() {
                    self.phase.d.next = 0.into();
                    self.state.d.next = ExecutorState::Access;
                    if self.next_pointer.val() == self.byte_count.val() {
                        self.state.d.next = ExecutorState::Finish;
                    }
                }
            }
            _ => {
                if self.response_sent.val() {
                    self.state.d.next = ExecutorState::Idle;
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = ExecutorState::Idle;
        }
    }
}
crate::clocked!(FrameExecutor);
crate::cell_ports!(
    FrameExecutor,
    clock,
    [
        reset,
        request_valid,
        verdict,
        opcode,
        count,
        address,
        buffer_read_data,
        bus_ready,
        bus_read_data,
        bus_status,
        response_sent
    ],
    [
        bus_write,
        bus_read,
        bus_address,
        bus_write_data,
        address_advance,
        buffer_read,
        buffer_write,
        buffer_address,
        buffer_write_data,
        response_valid,
        status
    ]
);
