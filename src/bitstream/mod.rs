//! Memory contents inside bitstreams: where every bit of every block RAM lies, found without the tools that wrote the file.

mod calibrate;
mod contents;
mod ecp5;
mod gowin;
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
    /// Gowin GW1N-9C and GW2A-18C, files of gowin_pack.
    Gowin,
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
            Self::Gowin => "Gowin",
        }
    }

    /// The ways to read a block RAM.
    pub fn modes(self) -> &'static [Mode] {
        match self {
            Self::Ice40 => &ice40::MODES,
            Self::Ecp5 => &ecp5::MODES,
            Self::Gowin => &gowin::MODES,
        }
    }

    /// Number of the bit within the block RAM that a lane shows in a row.
    pub fn bit(self, mode: usize, lane: usize, row: usize) -> usize {
        match self {
            Self::Ice40 => ice40::bit(mode, lane, row),
            Self::Ecp5 => ecp5::bit(mode, lane, row),
            Self::Gowin => gowin::bit(mode, lane, row),
        }
    }

    /// The checksum over a part of the file, as the file holds it.
    fn checksum(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Ice40 => crc16(bytes, 0xffff, 0x1021).to_be_bytes().into(),
            Self::Ecp5 => crc16(bytes, 0, 0x8005).to_be_bytes().into(),
            Self::Gowin => gowin::checksum(bytes),
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
    /// Checksums, those over memory bits among them.
    seals: Vec<Seal>,
}

/// A checksum in a file.
struct Seal {
    /// The bytes that it covers.
    covered: Range<usize>,
    /// Its own bytes.
    place: Range<usize>,
}

impl Bitstream {
    /// Reads a file.
    ///
    /// # Errors
    /// Why it is no bitstream, or a damaged one.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        // Places are bits, in 32 bits.
        if bytes.len() > 1 << 28 {
            return Err("it is larger than the bitstream of any known chip".into());
        }
        let known = [
            (Family::Ice40, ice40::layout as fn(&[u8]) -> Option<Result<Layout, String>>),
            (Family::Ecp5, ecp5::layout),
            (Family::Gowin, gowin::layout),
        ];
        let (family, layout) = known
            .into_iter()
            .find_map(|(family, layout)| Some((family, layout(&bytes)?)))
            .ok_or("it begins as no bitstream of an iCE40, ECP5 or Gowin does")?;
        let layout = layout?;
        for Seal { covered, place } in &layout.seals {
            if family.checksum(&bytes[covered.clone()]) != bytes[place.clone()] {
                return Err(format!(
                    "its CRC at byte {} does not fit the bytes before: it was altered or damaged",
                    place.start
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
        for Seal { covered, place } in &self.layout.seals {
            let checksum = self.family.checksum(&self.bytes[covered.clone()]);
            self.bytes[place.clone()].copy_from_slice(&checksum);
        }
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the file with zeros for memory bits and checksums: the same before and after a patch.
    pub fn frame_hash(&self) -> String {
        let mut bytes = self.bytes.clone();
        self.layout
            .rams
            .iter()
            .flatten()
            .for_each(|&place| bytes[place as usize / 8] &= !(0x80 >> (place % 8)));
        self.layout.seals.iter().for_each(|seal| bytes[seal.place.clone()].fill(0));
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
