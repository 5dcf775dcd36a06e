//! Which bit of which block RAM holds which bit of which memory: found by the placeholders that were placed and routed.

use super::{Bitstream, Family, Mode};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The rows of a memory's column that lie in one block RAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The block RAM.
    pub ram: u32,
    /// How it is read, see [`Family::modes`].
    pub mode: u8,
    /// The bit of its rows.
    pub lane: u8,
}

/// One bit of all words of a memory: pieces of as many rows as their modes have, in order of the rows.
pub type Column = Vec<Piece>;

/// Contents that tell every column from every other: pseudo-random words by the memory's name (splitmix64 over FNV-1a).
pub fn placeholder(name: &str, depth: usize, width: usize) -> Vec<u64> {
    let mut state = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut y = state;
        y = (y ^ (y >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        y = (y ^ (y >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        y ^ (y >> 31)
    };
    (0..depth).map(|_| next() >> (64 - width)).collect()
}

/// First rows of a lane, as many as a look-up compares.
const PREFIX: usize = 64;

/// Finds every column of a memory whose contents are `words` (of `width` bits).
pub struct Calibration<'a> {
    bitstream: &'a Bitstream,
    by_prefix: HashMap<usize, HashMap<u64, Vec<Piece>>>,
}

/// Starts a calibration of a bitstream.
pub fn calibrate(bitstream: &Bitstream) -> Calibration<'_> {
    Calibration { bitstream, by_prefix: HashMap::new() }
}

impl Calibration<'_> {
    /// The columns of the memory `name` with these placeholders.
    ///
    /// # Errors
    /// When a column is in no block RAM, or could be in several.
    pub fn columns(&mut self, name: &str, words: &[u64], width: usize) -> Result<Vec<Column>, String> {
        (0..width).map(|bit| self.column(name, words, bit)).collect()
    }

    fn column(&mut self, name: &str, words: &[u64], bit: usize) -> Result<Column, String> {
        let family = self.bitstream.family;
        let mut column = vec![];
        let mut from = 0;
        while from < words.len() {
            let rest = &words[from..];
            let found = self.pieces(rest, bit);
            let [piece] = found[..] else {
                return Err(format!(
                    "rows {from} and on of bit {bit} of {name} are in {} places of the bitstream's block RAMs, not in one",
                    found.len()
                ));
            };
            column.push(piece);
            from += family.modes()[usize::from(piece.mode)].depth;
        }
        Ok(column)
    }

    fn pieces(&mut self, words: &[u64], bit: usize) -> Vec<Piece> {
        let rows = words.len().min(PREFIX);
        let prefix = words[..rows].iter().fold(0, |prefix, word| prefix << 1 | word >> bit & 1);
        let bitstream = self.bitstream;
        let family = bitstream.family;
        let index = self.by_prefix.entry(rows).or_insert_with(|| index(bitstream, rows));
        let fits = |piece: &Piece| {
            let depth = family.modes()[usize::from(piece.mode)].depth;
            let same = |(row, word): (usize, &u64)| row_bit(bitstream, piece, row) == (word >> bit & 1 == 1);
            words.iter().take(depth).enumerate().skip(rows).all(same)
        };
        index.get(&prefix).into_iter().flatten().copied().filter(fits).collect()
    }
}

/// A row's bit of a piece.
pub fn row_bit(bitstream: &Bitstream, piece: &Piece, row: usize) -> bool {
    let bit = bitstream.family.bit(usize::from(piece.mode), usize::from(piece.lane), row);
    bitstream.get(piece.ram as usize, bit)
}

/// All lanes of all block RAMs in all modes by their first rows.
fn index(bitstream: &Bitstream, rows: usize) -> HashMap<u64, Vec<Piece>> {
    let mut index: HashMap<u64, Vec<Piece>> = HashMap::new();
    let modes: &[Mode] = Family::modes(bitstream.family);
    for ram in 0..bitstream.rams() {
        for (number, mode) in modes.iter().enumerate() {
            for lane in 0..mode.lanes {
                let piece = Piece { ram: ram as u32, mode: number as u8, lane: lane as u8 };
                let prefix =
                    (0..rows).fold(0, |prefix, row| prefix << 1 | u64::from(row_bit(bitstream, &piece, row)));
                index.entry(prefix).or_default().push(piece);
            }
        }
    }
    index
}
