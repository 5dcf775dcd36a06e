//! A line between the host and a simulated board that drops, doubles and damages characters, falls silent, and resets the board.

use spinwright_reference::stream::SplitMix64;
use spinwright_sim::host::{Port, PortError};
use spinwright_sim::verilator::UartDevice;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// What the line has done, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Characters that never arrived.
    pub dropped: u64,
    /// Characters that arrived twice.
    pub doubled: u64,
    /// Characters with one bit flipped.
    pub flipped: u64,
    /// Characters without a stop bit.
    pub unframed: u64,
    /// Silences inside a frame, up to longer than both sides wait.
    pub stalls: u64,
    /// Resets of the board.
    pub resets: u64,
}

impl Faults {
    pub fn all(&self) -> u64 {
        self.dropped + self.doubled + self.flipped + self.unframed + self.stalls + self.resets
    }
}

/// The board's end of the line, shared with the test, which speaks to it without faults between the commands.
pub struct Line {
    device: UartDevice,
    dice: SplitMix64,
    /// A fault happens to about one character in so many; 0: to none.
    one_in: u64,
    pub faults: Faults,
    /// Character times since the beginning.
    pub now: u64,
    /// Characters from the board, and when they reach the host.
    incoming: VecDeque<(u64, u8)>,
}

/// The host's end.
#[derive(Clone)]
pub struct HostEnd(pub Rc<RefCell<Line>>);

/// More characters than ever come at once.
const MANY: usize = u16::MAX as usize;
/// Clocks of a reset.
const RESET_CLOCKS: u32 = 5;

impl Line {
    pub fn new(device: UartDevice, seed: u64) -> Self {
        let faults = Faults::default();
        Self { device, dice: SplitMix64::new(seed), one_in: 0, faults, now: 0, incoming: VecDeque::new() }
    }

    /// From now on about one character in `one_in` meets a fault; 0: none does, and what is late is lost.
    pub fn set_rate(&mut self, one_in: u64) {
        self.one_in = one_in;
        if one_in == 0 {
            self.incoming.clear();
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        self.dice.next_word() % n
    }

    fn strikes(&mut self) -> bool {
        self.one_in > 0 && self.below(self.one_in) == 0
    }

    /// Lets the board go on until it has sent `count` characters or has been silent for so many character times. Says whether it was.
    fn listen(&mut self, count: usize, characters: u32) -> Result<bool, PortError> {
        let bytes = self.device.listen(count, characters)?;
        let silent = bytes.len() < count;
        self.now += bytes.len() as u64 + if silent { u64::from(characters) } else { 0 };
        bytes.into_iter().for_each(|byte| self.arrive(byte));
        Ok(silent)
    }

    /// A character from the board.
    fn arrive(&mut self, byte: u8) {
        let last = self.incoming.back().map_or(self.now, |(ready, _)| *ready).max(self.now);
        let (mut ready, mut byte, mut copies) = (last, byte, 1);
        if self.strikes() {
            match self.below(13) {
                0..=3 => (copies, self.faults.dropped) = (0, self.faults.dropped + 1),
                4..=6 => (copies, self.faults.doubled) = (2, self.faults.doubled + 1),
                7..=10 => {
                    byte ^= 1 << self.below(8);
                    self.faults.flipped += 1;
                }
                _ => {
                    // Late, perhaps by more than the host waits: an answer to a question that was given up.
                    ready += 1 + self.below(600);
                    self.faults.stalls += 1;
                }
            }
        }
        (0..copies).for_each(|_| self.incoming.push_back((ready, byte)));
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), PortError> {
        let mut whole = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            if !self.strikes() {
                whole.push(byte);
                continue;
            }
            match self.below(27) {
                0..=6 => self.faults.dropped += 1,
                7..=12 => {
                    whole.extend([byte, byte]);
                    self.faults.doubled += 1;
                }
                13..=20 => {
                    whole.push(byte ^ 1 << self.below(8));
                    self.faults.flipped += 1;
                }
                21..=22 => {
                    self.pass(&mut whole)?;
                    self.device.send_without_stop_bit(byte)?;
                    self.faults.unframed += 1;
                }
                23..=25 => {
                    whole.push(byte);
                    self.pass(&mut whole)?;
                    let silence = 1 + self.below(200) as u32;
                    self.listen(MANY, silence)?;
                    self.faults.stalls += 1;
                }
                _ => {
                    self.pass(&mut whole)?;
                    self.device.reset(RESET_CLOCKS)?;
                    whole.push(byte);
                    self.faults.resets += 1;
                }
            }
        }
        self.pass(&mut whole)
    }

    fn pass(&mut self, bytes: &mut Vec<u8>) -> Result<(), PortError> {
        if !bytes.is_empty() {
            self.device.send(bytes)?;
            self.now += bytes.len() as u64;
            bytes.clear();
        }
        Ok(())
    }

    fn receive(&mut self, count: usize, characters: u32) -> Result<Vec<u8>, PortError> {
        let mut bytes = Vec::with_capacity(count);
        while bytes.len() < count {
            match self.incoming.front().copied() {
                Some((ready, byte)) if ready <= self.now => {
                    self.incoming.pop_front();
                    bytes.push(byte);
                }
                Some((ready, _)) if ready - self.now <= u64::from(characters) => {
                    let wait = (ready - self.now) as u32;
                    self.listen(MANY, wait)?;
                }
                Some(_) => {
                    self.listen(MANY, characters)?;
                    return Err(PortError::Timeout { characters, received: bytes.len() });
                }
                None if self.listen(count - bytes.len(), characters)? && self.incoming.is_empty() => {
                    return Err(PortError::Timeout { characters, received: bytes.len() });
                }
                None => {}
            }
        }
        Ok(bytes)
    }

    fn drain(&mut self, characters: u32) -> Result<(), PortError> {
        self.listen(MANY, characters)?;
        while self.incoming.front().is_some_and(|(ready, _)| *ready <= self.now) {
            self.incoming.pop_front();
        }
        Ok(())
    }
}

impl Port for HostEnd {
    fn send(&mut self, bytes: &[u8]) -> Result<(), PortError> {
        self.0.borrow_mut().send(bytes)
    }

    fn receive(&mut self, count: usize, characters: u32) -> Result<Vec<u8>, PortError> {
        self.0.borrow_mut().receive(count, characters)
    }

    fn drain(&mut self, characters: u32) -> Result<(), PortError> {
        self.0.borrow_mut().drain(characters)
    }

    fn rest(&mut self, characters: u32) -> Result<(), PortError> {
        self.0.borrow_mut().listen(MANY, characters).map(drop)
    }
}
