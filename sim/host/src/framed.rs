//! Registers over frames over a character port.

use super::error::{HostError, PortError};
use super::frame::{CRC_BYTES, FrameError, RESPONSE_HEAD, Request, Response, Status};
use super::{LOAD_FRAME_WORDS, Registers};
use spinwright_contract::registers::{self, frame as f};

/// A two-way stream of characters. Times are in character times, so that a simulated port needs no clock of its own and a
/// serial port multiplies by ten bits over its baud rate.
pub trait Port {
    /// Sends all bytes.
    fn send(&mut self, bytes: &[u8]) -> Result<(), PortError>;

    /// Receives exactly `count` bytes. Fails when nothing comes for `characters` character times.
    fn receive(&mut self, count: usize, characters: u32) -> Result<Vec<u8>, PortError>;

    /// Waits and throws away what arrives meanwhile.
    fn drain(&mut self, characters: u32) -> Result<(), PortError>;

    /// Waits while nothing is expected, before a register is polled again.
    fn rest(&mut self, characters: u32) -> Result<(), PortError> {
        self.drain(characters)
    }
}

/// How often a request is sent at most, where sending it again is safe, unless [`FramedPort::with_attempts`] says otherwise.
const ATTEMPTS: u32 = 3;
/// Character times without an answer after which a request counts as lost. The device answers within a few clocks.
const ANSWER_CHARACTERS: u32 = 256;
/// Silence after which both sides have dropped what was half received.
const RESYNC_CHARACTERS: u32 = 2 * f::TIMEOUT_CHARACTERS;

/// [`Registers`] over a [`Port`]: cuts accesses into frames, checks every response, repeats what is safe to repeat.
///
/// Repeated: a read, and a write that changes nothing when it is done twice, whatever happened to them; any request that the device
/// answered with "bad CRC" or "bad format" (nothing was done). A command or a piece of an upload without an answer is not repeated:
/// whether it was done is unknown, and the caller is told ([`HostError::outcome_unknown`]).
pub struct FramedPort<P> {
    port: P,
    tag: u8,
    attempts: u32,
    /// Something was lost: both sides must forget what was half received before the next request.
    unsettled: bool,
}

/// Registers where writing the same again is not the same as writing it once.
fn counts_writes(first: u16, words: usize) -> bool {
    let counting =
        [registers::CONTROL_COMMAND, registers::LOAD_COMMAND, registers::LOAD_SEQUENCE, registers::LOAD_DATA];
    counting.iter().any(|&address| usize::from(address.wrapping_sub(first)) < words)
}

impl<P: Port> FramedPort<P> {
    /// Speaks frames over `port`.
    pub fn new(port: P) -> Self {
        Self { port, tag: 0, attempts: ATTEMPTS, unsettled: false }
    }

    /// Sends a request at most so many times, where sending it again is safe.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// Begins with this tag, and with a line whose past is unknown: an answer that an earlier program did not wait for is neither
    /// read nor, by its tag, taken for a new one.
    #[must_use]
    pub fn after_others(self, tag: u8) -> Self {
        Self { tag, unsettled: true, ..self }
    }

    /// The port underneath, to send what a well-behaved host never would.
    pub fn port_mut(&mut self) -> &mut P {
        &mut self.port
    }

    /// One request, one response, no repetition; an unusable response is the inner error.
    pub fn exchange(&mut self, request: &Request) -> Result<Result<Response, FrameError>, PortError> {
        self.port.send(&request.encode())?;
        self.response(request.tag, if request.op == f::READ { request.count.into() } else { 0 })
    }

    fn response(&mut self, tag: u8, words: usize) -> Result<Result<Response, FrameError>, PortError> {
        let mut bytes = self.port.receive(RESPONSE_HEAD, ANSWER_CHARACTERS)?;
        if bytes[0] != f::RESPONSE_SYNC {
            return Ok(Err(FrameError::BadSync(bytes[0])));
        }
        let count = usize::from(bytes[3]);
        if count > f::MAX_WORDS {
            return Ok(Err(FrameError::WrongCount { found: count, expected: words }));
        }
        bytes.extend(self.port.receive(4 * count + CRC_BYTES, ANSWER_CHARACTERS)?);
        Ok(Response::decode(&bytes).and_then(|response| {
            let expected = if response.status == Status::Ok { words } else { 0 };
            if response.tag != tag {
                Err(FrameError::WrongTag { found: response.tag, expected: tag })
            } else if response.words.len() != expected {
                Err(FrameError::WrongCount { found: response.words.len(), expected })
            } else {
                Ok(response)
            }
        }))
    }

    fn transact(
        &mut self,
        action: &'static str,
        op: u8,
        address: u16,
        count: usize,
        payload: &[u32],
    ) -> Result<Vec<u32>, HostError> {
        let repeatable = op == f::READ || (op == f::WRITE && !counts_writes(address, count));
        let mut attempts = 0;
        loop {
            attempts += 1;
            if self.unsettled {
                self.resync(action, address)?;
            }
            self.tag = self.tag.wrapping_add(1);
            let request =
                Request { op, tag: self.tag, count: count as u8, address, payload: payload.to_vec() };
            let again = attempts < self.attempts;
            let answer = self.exchange(&request);
            self.unsettled = !matches!(answer, Ok(Ok(_)));
            match answer {
                Ok(Ok(response)) => match response.status {
                    Status::Ok => return Ok(response.words),
                    Status::BadCrc | Status::BadFormat if again => {}
                    Status::BadCrc => return Err(HostError::RequestDamaged { action, address, attempts }),
                    Status::BadFormat => return Err(HostError::BadFormat { action, address }),
                    Status::BadAddress => return Err(HostError::NoSuchRegister { action, address }),
                    Status::Refused => return Err(HostError::Refused { action, address }),
                },
                Ok(Err(_)) | Err(PortError::Timeout { .. }) if repeatable && again => {}
                Ok(Err(source)) => {
                    return Err(HostError::Damaged { action, address, attempts, source });
                }
                Err(source) => return Err(HostError::NoAnswer { action, address, source }),
            }
        }
    }

    fn resync(&mut self, action: &'static str, address: u16) -> Result<(), HostError> {
        let drained = self.port.drain(RESYNC_CHARACTERS);
        drained.map_err(|source| HostError::NoAnswer { action, address, source })?;
        self.unsettled = false;
        Ok(())
    }
}

impl<P: Port> Registers for FramedPort<P> {
    fn read(&mut self, address: u16, count: usize) -> Result<Vec<u32>, HostError> {
        let mut words = Vec::with_capacity(count);
        while words.len() < count {
            let next = (count - words.len()).min(f::MAX_WORDS);
            words.extend(self.transact("read", f::READ, address + words.len() as u16, next, &[])?);
        }
        Ok(words)
    }

    fn write(&mut self, address: u16, words: &[u32]) -> Result<(), HostError> {
        for (i, part) in words.chunks(f::MAX_WORDS).enumerate() {
            let first = address + (i * f::MAX_WORDS) as u16;
            self.transact("write", f::WRITE, first, part.len(), part)?;
        }
        Ok(())
    }

    fn load(&mut self, sequence: u32, words: &[u32]) -> Result<(), HostError> {
        assert!(words.len() <= LOAD_FRAME_WORDS, "a load frame holds a sequence number and 63 words");
        let mut payload = vec![sequence];
        payload.extend(words);
        self.transact("load", f::LOAD, registers::LOAD_DATA, payload.len(), &payload).map(drop)
    }

    fn pause(&mut self, characters: u32) -> Result<(), HostError> {
        self.port.rest(characters).map_err(|source| HostError::NoAnswer {
            action: "read",
            address: registers::CONTROL_STATUS,
            source,
        })
    }
}
