//! The serial line bit by bit: requests in, bus accesses, responses out (contract section 12).

use crate::bench::Dice;
use crate::model::crc32;
use rust_hdl_core::prelude::*;
use spinwright_contract::registers::frame;
use spinwright_hdl::host::{HostBridge, UartDivider};
use spinwright_hdl::width::{settle, tick};
use std::collections::VecDeque;

/// Clocks per bit in these tests.
pub const DIVIDER: u64 = 4;

/// What the bridge sees of the register bus, and what it counts.
#[derive(Clone, Copy, Default)]
pub struct Request {
    /// `bus_write`.
    pub write: bool,
    /// `bus_read`.
    pub read: bool,
    /// `bus_address`.
    pub address: u16,
    /// `bus_write_data`.
    pub data: u32,
    /// Error strobes: CRC, format, timeout, UART.
    pub errors: [bool; 4],
}

/// The other side of the register bus.
pub trait Bus {
    /// Sees the bus in one clock, then the clock comes. With `bus_ready`: the status and the word read.
    fn clock(&mut self, request: Request) -> Option<(u64, u32)>;
}

/// A register bus in a map: addresses below 0x8000 exist; 0x4000 to 0x4fff refuse; the answer takes a few clocks.
#[derive(Default)]
pub struct Core {
    /// Every finished access: writing, address, data; with its status.
    pub accesses: Vec<(bool, u16, u32, u64)>,
    words: std::collections::BTreeMap<u16, u32>,
    waited: u64,
}

impl Bus for Core {
    fn clock(&mut self, request: Request) -> Option<(u64, u32)> {
        let Request { write, address, data, .. } = request;
        if !write && !request.read {
            self.waited = 0;
            return None;
        }
        self.waited += 1;
        if self.waited <= u64::from(address) % 4 {
            return None;
        }
        self.waited = 0;
        let status = Core::status(address);
        let word = self.word(address);
        if write && status == 0 {
            self.words.insert(address, data);
        }
        self.accesses.push((write, address, if write { data } else { word }, status));
        Some((status, if !write && status == 0 { word } else { 0x5555_5555 }))
    }
}

impl Core {
    fn status(address: u16) -> u64 {
        match address {
            0x8000.. => 1,
            0x4000..=0x4fff => 2,
            _ => 0,
        }
    }

    fn word(&self, address: u16) -> u32 {
        *self.words.get(&address).unwrap_or(&(u32::from(address).wrapping_mul(0x0101_0001)))
    }
}

/// The bridge between a line and a register bus.
pub struct Line<B: Bus = Core> {
    /// The block under test.
    pub bridge: HostBridge,
    /// What it commands.
    pub core: B,
    /// Clocks so far.
    pub clocks: u64,
    /// Levels still to be put on `uart_rx`, one per clock.
    outgoing: VecDeque<bool>,
    /// Characters seen on `uart_tx`.
    pub received: Vec<u8>,
    sampler: Option<(u64, u8, u32)>,
    /// Error strobes: CRC, format, timeout, UART.
    pub errors: [u32; 4],
}

impl Line {
    /// After reset, silent, with a bus in a map.
    pub fn new() -> Self {
        Self::with(Core::default())
    }
}

impl<B: Bus> Line<B> {
    /// After reset, silent.
    pub fn with(core: B) -> Self {
        let mut bridge = HostBridge::with_divider(UartDivider::clocks_per_bit(DIVIDER));
        bridge.connect_all();
        bridge.uart_rx.next = true;
        let mut line = Self {
            bridge,
            core,
            clocks: 0,
            outgoing: VecDeque::new(),
            received: vec![],
            sampler: None,
            errors: [0; 4],
        };
        line.bridge.reset.next = true;
        line.clock();
        line.bridge.reset.next = false;
        line
    }

    /// One clock.
    pub fn clock(&mut self) {
        self.clocks += 1;
        self.bridge.uart_rx.next = self.outgoing.pop_front().unwrap_or(true);
        self.bridge.bus_ready.next = false;
        settle(&mut self.bridge);
        let request = Request {
            write: self.bridge.bus_write.val(),
            read: self.bridge.bus_read.val(),
            address: self.bridge.bus_address.val().raw() as u16,
            data: self.bridge.bus_write_data.val().raw() as u32,
            errors: [
                self.bridge.count_frame_crc.val(),
                self.bridge.count_frame_format.val(),
                self.bridge.count_frame_timeout.val(),
                self.bridge.count_uart.val(),
            ],
        };
        assert!(!(request.write && request.read), "both strobes");
        self.errors.iter_mut().zip(request.errors).for_each(|(count, strobe)| *count += u32::from(strobe));
        let answer = self.core.clock(request);
        self.bridge.bus_ready.next = answer.is_some();
        let (status, word) = answer.unwrap_or((3, 0xaaaa_aaaa));
        self.bridge.bus_status.set(status as i64);
        self.bridge.bus_read_data.set(word.into());
        tick(&mut self.bridge);
        if answer.is_some() {
            assert!(!self.bridge.bus_write.val() && !self.bridge.bus_read.val(), "strobe after bus_ready");
        }
        self.sample(self.bridge.uart_tx.val());
    }

    /// Decodes `uart_tx` by itself: start bit, eight data bits, stop bit, each sampled in its middle.
    fn sample(&mut self, level: bool) {
        match &mut self.sampler {
            None if !level => self.sampler = Some((DIVIDER / 2, 0, 0)),
            None => {}
            Some((wait, character, bit)) => {
                *wait -= 1;
                if *wait == 0 {
                    match *bit {
                        0 => assert!(!level, "start bit"),
                        1..=8 => *character |= u8::from(level) << (*bit - 1),
                        _ => {
                            assert!(level, "stop bit");
                            self.received.push(*character);
                            self.sampler = None;
                            return;
                        }
                    }
                    *bit += 1;
                    *wait = DIVIDER;
                }
            }
        }
    }

    /// Puts levels of one bit each on the line.
    pub fn put_bits(&mut self, bits: impl IntoIterator<Item = bool>) {
        for bit in bits {
            self.outgoing.extend(std::iter::repeat_n(bit, DIVIDER as usize));
        }
    }

    /// Puts a character on the line.
    pub fn put(&mut self, character: u8) {
        self.put_bits([false].into_iter().chain((0..8).map(|i| character >> i & 1 == 1)).chain([true]));
    }

    /// Clocks until the line from the host is silent.
    pub fn drain(&mut self) {
        while !self.outgoing.is_empty() {
            self.clock();
        }
    }

    /// Clocks for so many characters.
    pub fn characters(&mut self, count: u64) {
        for _ in 0..count * 10 * DIVIDER {
            self.clock();
        }
    }

    /// Sends bytes and waits until a whole response is in, or for so many characters of silence.
    pub fn exchange(&mut self, bytes: &[u8], patience: u64) -> Vec<u8> {
        self.received.clear();
        bytes.iter().for_each(|&b| self.put(b));
        self.drain();
        let mut silent = 0;
        while silent < patience * 10 * DIVIDER {
            let before = self.received.len();
            self.clock();
            silent = if self.received.len() > before || self.sampler.is_some() { 0 } else { silent + 1 };
            if let [_, _, _, count, ..] = self.received[..]
                && self.received.len() == 8 + 4 * usize::from(count)
            {
                break;
            }
        }
        std::mem::take(&mut self.received)
    }
}

/// A request with its CRC.
pub fn request(op: u8, tag: u8, count: u8, address: u16, payload: &[u32]) -> Vec<u8> {
    let mut bytes = vec![frame::REQUEST_SYNC, op, tag, count];
    bytes.extend(address.to_le_bytes());
    bytes.extend(payload.iter().flat_map(|w| w.to_le_bytes()));
    let crc = crc32(bytes[1..].iter().copied());
    bytes.extend(crc.to_le_bytes());
    bytes
}

/// A response with its CRC.
pub fn response(status: u8, tag: u8, words: &[u32]) -> Vec<u8> {
    let mut bytes = vec![frame::RESPONSE_SYNC, status, tag, words.len() as u8];
    bytes.extend(words.iter().flat_map(|w| w.to_le_bytes()));
    let crc = crc32(bytes[1..].iter().copied());
    bytes.extend(crc.to_le_bytes());
    bytes
}

/// Sends a good request and checks the accesses and the response against what section 12 says.
pub fn good(line: &mut Line, op: u8, tag: u8, address: u16, words: &[u32]) {
    let first = line.core.accesses.len();
    let mut model = Core { words: line.core.words.clone(), ..Core::default() };
    let (mut status, mut read) = (0, vec![]);
    for (i, &word) in words.iter().enumerate() {
        let at = match op {
            frame::WRITE_FIXED => address,
            frame::LOAD if i == 0 => 0x0306,
            frame::LOAD => 0x0307,
            _ => address.wrapping_add(i as u16),
        };
        let bus = Core::status(at);
        let data = if op == frame::READ { model.word(at) } else { word };
        model.accesses.push((op != frame::READ, at, data, bus));
        if bus != 0 {
            status = bus as u8 + 2;
            break;
        }
        if op == frame::READ {
            read.push(data);
        } else {
            model.words.insert(at, data);
        }
    }
    let payload = if op == frame::READ { &[][..] } else { words };
    let found = line.exchange(&request(op, tag, words.len() as u8, address, payload), 200);
    let expected = response(status, tag, if status == 0 { &read } else { &[] });
    assert_eq!(found, expected, "op {op}, {} words at {address:#06x}", words.len());
    assert_eq!(line.core.accesses[first..], model.accesses, "op {op} at {address:#06x}");
}

#[test]
fn every_operation_reaches_the_bus_and_answers() {
    let mut line = Line::new();
    let mut dice = Dice(1);
    for (op, address) in [
        (frame::READ, 0x0000),
        (frame::WRITE, 0x1000),
        (frame::READ, 0x0ffe),
        (frame::WRITE_FIXED, 0x0123),
        (frame::LOAD, 0x0307),
        (frame::READ, 0x0306),
        (frame::WRITE, 0x3ffe),
        (frame::READ, 0x3fff),
        (frame::WRITE, 0x7fff),
        (frame::READ, 0x7ffd),
        (frame::WRITE_FIXED, 0x4000),
        (frame::WRITE_FIXED, 0x9000),
        (frame::READ, 0xffff),
        (frame::WRITE, 0x5a5a),
    ] {
        for count in [1, 2, 3, 64] {
            let words: Vec<u32> = (0..count).map(|_| dice.roll() as u32).collect();
            good(&mut line, op, dice.roll() as u8, address, &words);
        }
    }
    assert_eq!(line.errors, [0; 4]);
}

#[test]
fn a_wrong_crc_does_nothing_and_says_so() {
    let mut line = Line::new();
    let good_bytes = request(frame::WRITE, 0x77, 2, 0x0100, &[1, 2]);
    for at in [4, 6, 9, 14, 17] {
        for bit in [0, 7] {
            let mut bytes = good_bytes.clone();
            bytes[at] ^= 1 << bit;
            assert_eq!(line.exchange(&bytes, 200), response(frame::BAD_CRC, 0x77, &[]), "byte {at}");
        }
    }
    let mut bytes = good_bytes.clone();
    bytes[2] = 0x12; // the tag is echoed as it came
    assert_eq!(line.exchange(&bytes, 200), response(frame::BAD_CRC, 0x12, &[]));
    assert!(line.core.accesses.is_empty());
    assert_eq!(line.errors, [11, 0, 0, 0]);
    good(&mut line, frame::WRITE, 1, 0x0100, &[3, 4]);
}

#[test]
fn a_bad_format_is_answered_after_silence() {
    let mut line = Line::new();
    for (op, count, address) in [
        (0, 1, 0),
        (5, 1, 0),
        (0x5a, 1, 0),
        (255, 1, 0),
        (1, 0, 0),
        (2, 65, 0),
        (3, 255, 0),
        (4, 1, 0x0306),
        (4, 1, 0x0207),
    ] {
        // What follows looks like a good frame: it must not be executed.
        let mut bytes = request(op, 9, count, address, &[]);
        bytes.extend(request(frame::WRITE, 10, 1, 0x0100, &[5]));
        let begin = line.clocks;
        assert_eq!(line.exchange(&bytes, 200), response(frame::BAD_FORMAT, 9, &[]), "op {op}, count {count}");
        assert!(line.clocks - begin > 64 * 10 * DIVIDER, "answered before the silence");
    }
    assert!(line.core.accesses.is_empty());
    assert_eq!(line.errors, [0, 9, 0, 0]);
    good(&mut line, frame::READ, 1, 0x0100, &[0]);
}

#[test]
fn a_gap_drops_a_frame_without_an_answer() {
    let mut line = Line::new();
    let bytes = request(frame::WRITE, 3, 1, 0x0200, &[0xdead_beef]);
    for cut in 1..bytes.len() {
        assert!(line.exchange(&bytes[..cut], 70).is_empty(), "answer to {cut} bytes");
        assert_eq!(line.errors, [0, 0, cut as u32, 0]);
    }
    assert!(line.core.accesses.is_empty());
    // A pause just short of the limit is no gap.
    line.received.clear();
    for &byte in &bytes {
        line.put(byte);
        line.drain();
        line.characters(62);
    }
    assert_eq!(line.received, response(frame::OK, 3, &[]));
    assert_eq!(line.core.accesses, [(true, 0x0200, 0xdead_beef, 0)]);
}

#[test]
fn noise_outside_a_frame_is_ignored() {
    let mut line = Line::new();
    for byte in (0..=255u8).filter(|&b| b != frame::REQUEST_SYNC) {
        line.put(byte);
    }
    line.drain();
    line.characters(3);
    assert_eq!((line.errors, line.core.accesses.len()), ([0; 4], 0));
    // A short spike is no start bit.
    line.outgoing.extend([false, true, true, true, true, true, true]);
    good(&mut line, frame::WRITE, 4, 0x0001, &[7]);
    // A character without a stop bit is counted and lost, a break counts once.
    line.put_bits([false].into_iter().chain((0..8).map(|i| 0x5a >> i & 1 == 1)).chain([false, true, true]));
    line.put_bits([false; 40]);
    line.put_bits([true; 4]);
    line.drain();
    assert_eq!(line.errors, [0, 0, 0, 2]);
    good(&mut line, frame::READ, 4, 0x0001, &[0]);
}

#[test]
fn a_lost_stop_bit_inside_a_frame_loses_the_frame() {
    let mut line = Line::new();
    let bytes = request(frame::WRITE, 3, 1, 0x0200, &[0xdead_beef]);
    for (i, &byte) in bytes.iter().enumerate() {
        if i == 7 {
            line.put_bits([false].into_iter().chain((0..8).map(|b| byte >> b & 1 == 1)).chain([false, true]));
        } else {
            line.put(byte);
        }
    }
    line.drain();
    line.characters(70);
    assert_eq!((line.errors, line.received.len(), line.core.accesses.len()), ([0, 0, 1, 1], 0, 0));
    good(&mut line, frame::WRITE, 3, 0x0200, &[1]);
}
