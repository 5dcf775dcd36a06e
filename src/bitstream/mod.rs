//! Memory contents inside bitstreams: where every bit of every block RAM lies, found without the tools that wrote the file.

mod calibrate;
mod contents;
mod ecp5;
mod ice40;
mod sidecar;
#[cfg(test)]
mod tests;

pub use calibrate::{Column, Piece, calibrate, placeholder};
pub use contents::Contents;
pub use sidecar::{Sidecar, file_of};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Chips whose bitstreams can be patched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Lattice iCE40, files of icepack.
    Ice40,
    /// Lattice ECP5, files of ecppack.
    Ecp5,
}

/// A way to read a block RAM's bits as words: rows of `lanes` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// Rows.
    pub depth: usize,
    /// Bits of a row.
    pub lanes: usize,
}

impl Family {
    /// Name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ice40 => "iCE40",
            Self::Ecp5 => "ECP5",
        }
    }

    /// The ways to read a block RAM.
    pub fn modes(self) -> &'static [Mode] {
        match self {
            Self::Ice40 => &ice40::MODES,
            Self::Ecp5 => &ecp5::MODES,
        }
    }

    /// Number of the bit within the block RAM that a lane shows in a row.
    pub fn bit(self, mode: usize, lane: usize, row: usize) -> usize {
        match self {
            Self::Ice40 => ice40::bit(mode, lane, row),
            Self::Ecp5 => ecp5::bit(mode, lane, row),
        }
    }

    /// The checksum over a part of the file.
    fn crc(self, bytes: &[u8]) -> u16 {
        match self {
            Self::Ice40 => crc16(bytes, 0xffff, 0x1021),
            Self::Ecp5 => crc16(bytes, 0, 0x8005),
        }
    }
}

/// A bitstream with the places of its memory bits.
pub struct Bitstream {
    /// The chip's family.
    pub family: Family,
    bytes: Vec<u8>,
    layout: Layout,
}

/// What was found in a file.
struct Layout {
    /// Per block RAM and bit: its bit in the file, counted from the first byte's highest.
    rams: Vec<Vec<u32>>,
    /// Bytes that hold nothing but memory bits.
    memory: Vec<Range<usize>>,
    /// Checksums: the bytes that one covers and its place, two bytes with the higher first.
    seals: Vec<(Range<usize>, usize)>,
}

impl Bitstream {
    /// Reads a file.
    ///
    /// # Errors
    /// Why it is no bitstream, or a damaged one.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        let (family, layout) = match ice40::layout(&bytes) {
            Some(layout) => (Family::Ice40, layout?),
            None => (
                Family::Ecp5,
                ecp5::layout(&bytes)
                    .unwrap_or_else(|| Err("it has the preamble of neither an iCE40 nor an ECP5".into()))?,
            ),
        };
        for (covered, place) in &layout.seals {
            let stored = u16::from_be_bytes([bytes[*place], bytes[place + 1]]);
            let computed = family.crc(&bytes[covered.clone()]);
            if stored != computed {
                return Err(format!(
                    "its CRC at byte {place} is {stored:04x}, its bytes give {computed:04x}: it was altered or damaged"
                ));
            }
        }
        Ok(Self { family, bytes, layout })
    }

    /// Number of block RAMs.
    pub fn rams(&self) -> usize {
        self.layout.rams.len()
    }

    /// A bit of a block RAM.
    pub fn get(&self, ram: usize, bit: usize) -> bool {
        let place = self.layout.rams[ram][bit] as usize;
        self.bytes[place / 8] >> (7 - place % 8) & 1 == 1
    }

    /// Sets a bit of a block RAM; [`Bitstream::seal`] has to follow.
    pub fn set(&mut self, ram: usize, bit: usize, value: bool) {
        let place = self.layout.rams[ram][bit] as usize;
        let mask = 0x80 >> (place % 8);
        if value {
            self.bytes[place / 8] |= mask;
        } else {
            self.bytes[place / 8] &= !mask;
        }
    }

    /// Computes the checksums again.
    pub fn seal(&mut self) {
        for (covered, place) in &self.layout.seals {
            let crc = self.family.crc(&self.bytes[covered.clone()]);
            self.bytes[*place..place + 2].copy_from_slice(&crc.to_be_bytes());
        }
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the file with zeros for memory bits and checksums: the same before and after a patch.
    pub fn frame_hash(&self) -> String {
        let mut bytes = self.bytes.clone();
        self.layout.memory.iter().for_each(|range| bytes[range.clone()].fill(0));
        self.layout.seals.iter().for_each(|&(_, place)| bytes[place..place + 2].fill(0));
        sha256(&bytes)
    }
}

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// CRC of 16 bits, highest bit first, no final inversion.
fn crc16(bytes: &[u8], start: u16, polynomial: u16) -> u16 {
    let mut table = [0u16; 256];
    for (byte, entry) in table.iter_mut().enumerate() {
        *entry =
            (0..8).fold((byte as u16) << 8, |crc, _| crc << 1 ^ if crc >> 15 == 1 { polynomial } else { 0 });
    }
    bytes.iter().fold(start, |crc, &byte| crc << 8 ^ table[usize::from((crc >> 8) as u8 ^ byte)])
}
