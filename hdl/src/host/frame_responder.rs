//! Responses: status and words back to the host.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::registers::frame;

/// Which part of a response comes next.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum ResponderState {
    /// The first byte, once a response is wanted.
    Sync,
    /// The status.
    Status,
    /// The tag.
    Tag,
    /// The number of words.
    Count,
    /// Asks the buffer for a payload byte.
    Fetch,
    /// Takes the byte: memories answer late.
    Take,
    /// The payload byte.
    Payload,
    /// The CRC.
    Check,
    /// Tells that the response is on its way.
    Finish,
}

/// Sends a response (contract section 12) as fast as the transmitter takes characters.
#[derive(LogicBlock)]
pub struct FrameResponder {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// A response is wanted; the fields below are stable until `response_sent`.
    pub response_valid: Signal<In, Bit>,
    /// Status, 3 bits.
    pub status: Bus<In>,
    /// Opcode of the request, 3 bits.
    pub opcode: Bus<In>,
    /// Tag of the request, 8 bits.
    pub tag: Bus<In>,
    /// Words of the request, 7 bits.
    pub count: Bus<In>,
    /// Byte from the buffer, 8 bits.
    pub buffer_read_data: Bus<In>,
    /// The CRC unit's remainder, 32 bits.
    pub crc_remainder: Bus<In>,
    /// The transmitter takes a character now.
    pub transmitter_ready: Signal<In, Bit>,
    /// Character for the transmitter, 8 bits.
    pub character: Bus<Out>,
    /// `character` is to be sent; only while `transmitter_ready`.
    pub send: Signal<Out, Bit>,
    /// Starts the CRC of a response.
    pub crc_clear: Signal<Out, Bit>,
    /// Takes `crc_data` into the CRC.
    pub crc_enable: Signal<Out, Bit>,
    /// 8 bits.
    pub crc_data: Bus<Out>,
    /// Reads the buffer at `buffer_address`.
    pub buffer_read: Signal<Out, Bit>,
    /// 8 bits.
    pub buffer_address: Bus<Out>,
    /// The transmitter has the last character.
    pub response_sent: Signal<Out, Bit>,
    state: DFF<ResponderState>,
    pointer: Register,
    payload: Register,
    next_pointer: Bus<Local>,
    byte_count: Bus<Local>,
    words: Register,
    words_now: Bus<Local>,
    at_end: BitRegister,
    remainder_low: Bus<Local>,
    sync: Const,
    read_opcode: Const,
}

impl Default for FrameResponder {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            response_valid: Default::default(),
            status: Bus::unsigned(3),
            opcode: Bus::unsigned(3),
            tag: Bus::unsigned(8),
            count: Bus::unsigned(7),
            buffer_read_data: Bus::unsigned(8),
            crc_remainder: Bus::unsigned(32),
            transmitter_ready: Default::default(),
            character: Bus::unsigned(8),
            send: Default::default(),
            crc_clear: Default::default(),
            crc_enable: Default::default(),
            crc_data: Bus::unsigned(8),
            buffer_read: Default::default(),
            buffer_address: Bus::unsigned(8),
            response_sent: Default::default(),
            state: Default::default(),
            pointer: Register::unsigned(8),
            payload: Register::unsigned(8),
            next_pointer: Bus::unsigned(8),
            byte_count: Bus::unsigned(8),
            words: Register::unsigned(8),
            words_now: Bus::unsigned(8),
            at_end: Default::default(),
            remainder_low: Bus::unsigned(8),
            sync: Const::unsigned(8, frame::RESPONSE_SYNC.into()),
            read_opcode: Const::unsigned(3, frame::READ.into()),
        }
    }
}

impl Logic for FrameResponder {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module frame_responder: Sends the response of a request.");
        dff_setup!(self, clock, state, pointer, payload, words, at_end);
        // One assignment each: executor and transmitter answer in the same clock.
        self.send.next = self.transmitter_ready.val()
            && (self.state.q.val() != ResponderState::Fetch)
            && (self.state.q.val() != ResponderState::Take)
            && (self.state.q.val() != ResponderState::Finish)
            && (self.response_valid.val() || (self.state.q.val() != ResponderState::Sync));
        self.crc_clear.next = self.send.val() && (self.state.q.val() == ResponderState::Sync);
        self.crc_enable.next = self.send.val() && (self.state.q.val() != ResponderState::Sync);
        self.buffer_read.next = self.state.q.val() == ResponderState::Fetch;
        self.buffer_address.next = self.pointer.q.val();
        self.response_sent.next = self.state.q.val() == ResponderState::Finish;
        self.remainder_low.next = bit_cast_to(self.crc_remainder.val(), 8);
        self.next_pointer.next = self.pointer.q.val() + 1;
        // What a response is about stands still long before it is asked for; so does the pointer between two characters.
        self.words_now.next = 0.into();
        if (self.opcode.val() == self.read_opcode.val()) && !self.status.val().any() {
            self.words_now.next = bit_cast_to(self.count.val(), 8);
        }
        self.words.d.next = self.words_now.val();
        // 64 words are 256 bytes: pointer and count wrap to 0 together.
        self.byte_count.next = self.words.q.val() << 2;
        self.at_end.d.next = self.next_pointer.val() == self.byte_count.val();
        self.character.next = self.sync.val();
        match self.state.q.val() {
            ResponderState::Sync => {
                self.pointer.d.next = 0.into();
                if self.send.val() {
                    self.state.d.next = ResponderState::Status;
                }
            }
            ResponderState::Status => {
                self.character.next = bit_cast_to(self.status.val(), 8);
                if self.send.val() {
                    self.state.d.next = ResponderState::Tag;
                }
            }
            ResponderState::Tag => {
                self.character.next = self.tag.val();
                if self.send.val() {
                    self.state.d.next = ResponderState::Count;
                }
            }
            ResponderState::Count => {
                self.character.next = self.words.q.val();
                if self.send.val() {
                    self.state.d.next = ResponderState::Check;
                    if self.words.q.val().any() {
                        self.state.d.next = ResponderState::Fetch;
                    }
                }
            }
            ResponderState::Fetch => {
                self.state.d.next = ResponderState::Take;
            }
            ResponderState::Take => {
                self.payload.d.next = self.buffer_read_data.val();
                self.state.d.next = ResponderState::Payload;
            }
            ResponderState::Payload => {
                self.character.next = self.payload.q.val();
                if self.send.val() {
                    self.pointer.d.next = self.next_pointer.val();
                    self.state.d.next = ResponderState::Fetch;
                    if self.at_end.q.val() {
                        self.pointer.d.next = 0.into();
                        self.state.d.next = ResponderState::Check;
                    }
                }
            }
            ResponderState::Check => {
                // The remainder's own byte shifts it by eight; what is sent is its complement.
                self.character.next = !self.remainder_low.val();
                if self.send.val() {
                    self.pointer.d.next = self.next_pointer.val();
                    if self.next_pointer.val() == 4.into() {
                        self.state.d.next = ResponderState::Finish;
                    }
                }
            }
            _ => {
                self.state.d.next = ResponderState::Sync;
            }
        }
        self.crc_data.next = self.character.val();
        if self.state.q.val() == ResponderState::Check {
            self.crc_data.next = self.remainder_low.val();
        }
        if self.reset.val() {
            self.state.d.next = ResponderState::Sync;
        }
    }
}
crate::clocked!(FrameResponder);
crate::cell_ports!(
    FrameResponder,
    clock,
    [reset, response_valid, status, opcode, tag, count, buffer_read_data, crc_remainder, transmitter_ready],
    [character, send, crc_clear, crc_enable, crc_data, buffer_read, buffer_address, response_sent]
);
