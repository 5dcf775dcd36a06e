//! Characters to requests: collects one frame, checks its form and its CRC, and only then offers it.

use super::{RESIDUE, UartDivider};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::registers::{LOAD_DATA, frame};

/// Which part of a request comes next.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum ParserState {
    /// The first byte of a frame.
    Sync,
    /// The opcode.
    Opcode,
    /// The tag.
    Tag,
    /// The number of words.
    Count,
    /// The address, lower byte.
    AddressLow,
    /// The address, upper byte.
    AddressHigh,
    /// Payload.
    Payload,
    /// The CRC.
    Check,
    /// The CRC is in: look at it.
    Judge,
    /// A bad frame: wait for silence.
    Drain,
    /// A request waits for its response to be sent.
    Offer,
}

/// Collects requests (contract section 12). Nothing of a frame is acted on before the whole frame is in and its CRC is right.
///
/// A frame with a wrong form or CRC is answered only after 64 character times of silence: its length cannot be trusted, so the
/// rest of it must not be taken for another frame.
#[derive(LogicBlock)]
pub struct FrameParser {
    /// Rising edge.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Character from the receiver, 8 bits.
    pub character: Bus<In>,
    /// `character` is new.
    pub character_valid: Signal<In, Bit>,
    /// The line is inside a character: silence has not begun.
    pub receiving: Signal<In, Bit>,
    /// The CRC unit's remainder, 32 bits.
    pub crc_remainder: Bus<In>,
    /// It is not yet that of all characters.
    pub crc_busy: Signal<In, Bit>,
    /// The executor wants the next address.
    pub address_advance: Signal<In, Bit>,
    /// The response has been handed to the transmitter.
    pub response_sent: Signal<In, Bit>,
    /// Starts the CRC of a frame.
    pub crc_clear: Signal<Out, Bit>,
    /// Takes `character` into the CRC.
    pub crc_enable: Signal<Out, Bit>,
    /// Stores `character` in the frame buffer.
    pub buffer_write: Signal<Out, Bit>,
    /// Where in the buffer, 8 bits.
    pub buffer_address: Bus<Out>,
    /// A request waits; the fields below are stable.
    pub request_valid: Signal<Out, Bit>,
    /// `frame::OK`, `BAD_CRC` or `BAD_FORMAT`, 2 bits.
    pub verdict: Bus<Out>,
    /// Opcode, 3 bits.
    pub opcode: Bus<Out>,
    /// Tag, 8 bits.
    pub tag: Bus<Out>,
    /// Words, 7 bits, 1 to 64 when the verdict is not `BAD_FORMAT`.
    pub count: Bus<Out>,
    /// Address of the next word, 16 bits.
    pub address: Bus<Out>,
    /// A frame had a wrong CRC.
    pub count_crc: Signal<Out, Bit>,
    /// A frame had a bad format.
    pub count_format: Signal<Out, Bit>,
    /// A frame was dropped because its next character did not come.
    pub count_timeout: Signal<Out, Bit>,
    state: DFF<ParserState>,
    opcode_register: Register,
    tag_register: Register,
    count_register: Register,
    address_register: Register,
    verdict_register: Register,
    position: Register,
    silence: Register,
    next_position: Bus<Local>,
    payload_end: Bus<Local>,
    next_address: Bus<Local>,
    taking: Signal<Local, Bit>,
    expired: Signal<Local, Bit>,
    form_bad: Signal<Local, Bit>,
    sync: Const,
    last_opcode: Const,
    read_opcode: Const,
    load_opcode: Const,
    most_words: Const,
    load_address: Const,
    residue: Const,
    verdict_ok: Const,
    verdict_crc: Const,
    verdict_format: Const,
    timeout: Const,
}

impl FrameParser {
    /// A parser behind a receiver whose bits last `divider` clocks.
    pub fn new(divider: UartDivider) -> Self {
        let timeout = u64::from(frame::TIMEOUT_CHARACTERS) * divider.clocks_per_character();
        let timer_bits = address_width(timeout as usize + 1);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            character: Bus::unsigned(8),
            character_valid: Default::default(),
            receiving: Default::default(),
            crc_remainder: Bus::unsigned(32),
            crc_busy: Default::default(),
            address_advance: Default::default(),
            response_sent: Default::default(),
            crc_clear: Default::default(),
            crc_enable: Default::default(),
            buffer_write: Default::default(),
            buffer_address: Bus::unsigned(8),
            request_valid: Default::default(),
            verdict: Bus::unsigned(2),
            opcode: Bus::unsigned(3),
            tag: Bus::unsigned(8),
            count: Bus::unsigned(7),
            address: Bus::unsigned(16),
            count_crc: Default::default(),
            count_format: Default::default(),
            count_timeout: Default::default(),
            state: Default::default(),
            opcode_register: Register::unsigned(3),
            tag_register: Register::unsigned(8),
            count_register: Register::unsigned(7),
            address_register: Register::unsigned(16),
            verdict_register: Register::unsigned(2),
            position: Register::unsigned(8),
            silence: Register::unsigned(timer_bits),
            next_position: Bus::unsigned(8),
            payload_end: Bus::unsigned(8),
            next_address: Bus::unsigned(16),
            taking: Default::default(),
            expired: Default::default(),
            form_bad: Default::default(),
            sync: Const::unsigned(8, frame::REQUEST_SYNC.into()),
            last_opcode: Const::unsigned(8, frame::LOAD.into()),
            read_opcode: Const::unsigned(3, frame::READ.into()),
            load_opcode: Const::unsigned(3, frame::LOAD.into()),
            most_words: Const::unsigned(8, frame::MAX_WORDS as u64),
            load_address: Const::unsigned(16, LOAD_DATA.into()),
            residue: Const::unsigned(32, RESIDUE),
            verdict_ok: Const::unsigned(2, frame::OK.into()),
            verdict_crc: Const::unsigned(2, frame::BAD_CRC.into()),
            verdict_format: Const::unsigned(2, frame::BAD_FORMAT.into()),
            timeout: Const::unsigned(timer_bits, timeout),
        }
    }
}

impl Logic for FrameParser {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module frame_parser: Collects and checks one request frame.");
        dff_setup!(
            self,
            clock,
            state,
            opcode_register,
            tag_register,
            count_register,
            address_register,
            verdict_register,
            position,
            silence
        );
        self.verdict.next = self.verdict_register.q.val();
        self.opcode.next = self.opcode_register.q.val();
        self.tag.next = self.tag_register.q.val();
        self.count.next = self.count_register.q.val();
        self.address.next = self.address_register.q.val();
        self.buffer_address.next = self.position.q.val();
        // One assignment each: the executor answers in the same clock (see docs/blocks/frame_parser.md).
        self.buffer_write.next = (self.state.q.val() == ParserState::Payload) && self.character_valid.val();
        self.request_valid.next = self.state.q.val() == ParserState::Offer;
        self.crc_clear.next = self.state.q.val() == ParserState::Sync;
        self.count_crc.next = false;
        self.count_format.next = false;
        self.count_timeout.next = false;

        // Silence: counts up between characters, from 0, which a flip-flop's reset gives for nothing.
        self.expired.next = self.silence.q.val() == self.timeout.val();
        if !self.expired.val() {
            self.silence.d.next = self.silence.q.val() + 1;
        }
        if self.character_valid.val() || self.receiving.val() {
            self.silence.d.next = 0.into();
        }

        // 64 words are 256 bytes: position and end wrap to 0 together.
        self.next_position.next = self.position.q.val() + 1;
        self.payload_end.next = bit_cast_to(self.count_register.q.val(), 8) << 2;
        self.next_address.next =
            bit_cast_to(self.character.val(), 16) << 8 | (self.address_register.q.val() >> 8);
        if self.address_advance.val() {
            self.address_register.d.next = self.address_register.q.val() + 1;
        }
        self.taking.next = false;
        self.form_bad.next = false;
        match self.state.q.val() {
            ParserState::Sync => {
                self.position.d.next = 0.into();
                self.verdict_register.d.next = self.verdict_ok.val();
                if self.character_valid.val() && (self.character.val() == self.sync.val()) {
                    self.state.d.next = ParserState::Opcode;
                }
            }
            ParserState::Opcode => {
                self.taking.next = true;
                if self.character_valid.val() {
                    self.opcode_register.d.next = bit_cast_to(self.character.val(), 3);
                    self.state.d.next = ParserState::Tag;
                    if !self.character.val().any() || (self.character.val() > self.last_opcode.val()) {
                        self.verdict_register.d.next = self.verdict_format.val();
                    }
                }
            }
            ParserState::Tag => {
                self.taking.next = true;
                if self.character_valid.val() {
                    self.tag_register.d.next = self.character.val();
                    self.state.d.next = ParserState::Count;
                }
            }
            ParserState::Count => {
                self.taking.next = true;
                if self.character_valid.val() {
                    self.count_register.d.next = bit_cast_to(self.character.val(), 7);
                    self.state.d.next = ParserState::AddressLow;
                    self.form_bad.next = self.verdict_register.q.val().any()
                        || !self.character.val().any()
                        || (self.character.val() > self.most_words.val());
                }
            }
            ParserState::AddressLow => {
                self.taking.next = true;
                if self.character_valid.val() {
                    self.address_register.d.next = self.next_address.val();
                    self.state.d.next = ParserState::AddressHigh;
                }
            }
            ParserState::AddressHigh => {
                self.taking.next = true;
                if self.character_valid.val() {
                    self.address_register.d.next = self.next_address.val();
                    self.state.d.next = ParserState::Payload;
                    if self.opcode_register.q.val() == self.read_opcode.val() {
                        self.state.d.next = ParserState::Check;
                    }
                    self.form_bad.next = (self.opcode_register.q.val() == self.load_opcode.val())
                        && (self.next_address.val() != self.load_address.val());
                }
            }
            ParserState::Payload => {
                self.taking.next = true;
                if self.character_valid.val() {
                    self.position.d.next = self.next_position.val();
                    if self.next_position.val() == self.payload_end.val() {
                        self.position.d.next = 0.into();
                        self.state.d.next = ParserState::Check;
                    }
                }
            }
            ParserState::Check => {
                self.taking.next = true;
                if self.character_valid.val() {
                    self.position.d.next = self.next_position.val();
                    if self.next_position.val() == 4.into() {
                        self.state.d.next = ParserState::Judge;
                    }
                }
            }
            ParserState::Judge => {
                if !self.crc_busy.val() {
                    self.state.d.next = ParserState::Offer;
                    if self.crc_remainder.val() != self.residue.val() {
                        self.count_crc.next = true;
                        self.verdict_register.d.next = self.verdict_crc.val();
                        self.state.d.next = ParserState::Drain;
                    }
                }
            }
            ParserState::Drain => {
                if self.expired.val() {
                    self.state.d.next = ParserState::Offer;
                }
            }
            _ => {
                if self.response_sent.val() {
                    self.state.d.next = ParserState::Sync;
                }
            }
        }
        self.crc_enable.next = self.taking.val() && self.character_valid.val();
        if self.form_bad.val() {
            self.count_format.next = true;
            self.verdict_register.d.next = self.verdict_format.val();
            self.state.d.next = ParserState::Drain;
        }
        if self.taking.val() && self.expired.val() {
            self.count_timeout.next = true;
            self.state.d.next = ParserState::Sync;
        }
        if self.reset.val() {
            self.state.d.next = ParserState::Sync;
        }
    }
}
crate::clocked!(FrameParser);
crate::cell_ports!(
    FrameParser,
    clock,
    [reset, character, character_valid, receiving, crc_remainder, crc_busy, address_advance, response_sent],
    [
        crc_clear,
        crc_enable,
        buffer_write,
        buffer_address,
        request_valid,
        verdict,
        opcode,
        tag,
        count,
        address,
        count_crc,
        count_format,
        count_timeout
    ]
);
