//! Host frames (contract, section 12): bytes of a request, bytes of a response.

use spinwright_contract::registers::frame as f;
use thiserror::Error;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Operation, one of `registers::frame::{READ, WRITE, WRITE_FIXED, LOAD}` (others may be sent to test a device).
    pub op: u8,
    /// Returned unchanged in the response.
    pub tag: u8,
    /// Words to read or write, 1 to 64.
    pub count: u8,
    /// First address.
    pub address: u16,
    /// Words to write; empty for a read.
    pub payload: Vec<u32>,
}

impl Request {
    /// A read of `count` consecutive registers.
    pub fn read(tag: u8, address: u16, count: u8) -> Self {
        Self { op: f::READ, tag, count, address, payload: Vec::new() }
    }

    /// A write of any of the three kinds. Panics with more than 64 words: callers cut their data into frames.
    pub fn write(op: u8, tag: u8, address: u16, payload: &[u32]) -> Self {
        assert!(!payload.is_empty() && payload.len() <= f::MAX_WORDS, "a frame holds 1 to 64 words");
        Self { op, tag, count: payload.len() as u8, address, payload: payload.to_vec() }
    }

    /// The frame as it travels.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![f::REQUEST_SYNC, self.op, self.tag, self.count];
        bytes.extend(self.address.to_le_bytes());
        bytes.extend(self.payload.iter().flat_map(|w| w.to_le_bytes()));
        let crc = crc32fast::hash(&bytes[1..]);
        bytes.extend(crc.to_le_bytes());
        bytes
    }
}

/// Status of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Ok,
    /// The request's CRC was wrong; nothing was done.
    BadCrc,
    /// Unknown operation or count; nothing was done.
    BadFormat,
    /// No such address in that direction; the words before it were done.
    BadAddress,
    /// Refused in the present state; the words before it were done.
    Refused,
}

impl Status {
    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            f::OK => Status::Ok,
            f::BAD_CRC => Status::BadCrc,
            f::BAD_FORMAT => Status::BadFormat,
            f::BAD_ADDRESS => Status::BadAddress,
            f::REFUSED => Status::Refused,
            _ => return None,
        })
    }
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// How the request went.
    pub status: Status,
    /// Tag of the request.
    pub tag: u8,
    /// Words read; empty for writes and refusals.
    pub words: Vec<u32>,
}

/// A response that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrameError {
    /// The first byte is not 0xa5.
    #[error("it starts with 0x{0:02x} instead of 0xa5")]
    BadSync(u8),
    /// No such status.
    #[error("its status {0} is unknown")]
    UnknownStatus(u8),
    /// The CRC does not match.
    #[error("its CRC-32 is {found:08x}, its bytes have {computed:08x}")]
    BadCrc {
        /// In the frame.
        found: u32,
        /// Over the bytes.
        computed: u32,
    },
    /// It answers another request.
    #[error("its tag is {found}, {expected} was sent")]
    WrongTag {
        /// In the frame.
        found: u8,
        /// Of the request.
        expected: u8,
    },
    /// Payload of another length.
    #[error("it holds {found} words, {expected} were asked for")]
    WrongCount {
        /// In the frame.
        found: usize,
        /// Of the request.
        expected: usize,
    },
}

/// Bytes of a response before its payload.
pub(super) const RESPONSE_HEAD: usize = 4;
/// Bytes of a frame's CRC.
pub(super) const CRC_BYTES: usize = 4;

impl Response {
    /// Decodes a whole frame: head, payload, CRC.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        if bytes[0] != f::RESPONSE_SYNC {
            return Err(FrameError::BadSync(bytes[0]));
        }
        let (body, crc) = bytes.split_at(bytes.len() - CRC_BYTES);
        let found = u32::from_le_bytes(crc.try_into().expect("four bytes"));
        let computed = crc32fast::hash(&body[1..]);
        if found != computed {
            return Err(FrameError::BadCrc { found, computed });
        }
        let status = Status::from_byte(bytes[1]).ok_or(FrameError::UnknownStatus(bytes[1]))?;
        let words = body[RESPONSE_HEAD..]
            .chunks_exact(4)
            .map(|w| u32::from_le_bytes(w.try_into().expect("four bytes")))
            .collect();
        Ok(Self { status, tag: bytes[2], words })
    }

    /// The frame as it travels; what a device (or a test double of one) sends.
    pub fn encode(&self) -> Vec<u8> {
        let status = match self.status {
            Status::Ok => f::OK,
            Status::BadCrc => f::BAD_CRC,
            Status::BadFormat => f::BAD_FORMAT,
            Status::BadAddress => f::BAD_ADDRESS,
            Status::Refused => f::REFUSED,
        };
        let mut bytes = vec![f::RESPONSE_SYNC, status, self.tag, self.words.len() as u8];
        bytes.extend(self.words.iter().flat_map(|w| w.to_le_bytes()));
        let crc = crc32fast::hash(&bytes[1..]);
        bytes.extend(crc.to_le_bytes());
        bytes
    }
}
