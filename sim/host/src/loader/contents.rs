//! What an image holds, in p-bit order (contract, section 8). [`super::decode`] reads it from words.

use super::decode;
use crc32fast::Hasher;
use spinwright_contract::{Problem, Schedule, Start, ValidConfig};

/// Length and CRC-32 of one load stream, as the compiler announced them in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamCheck {
    /// Words of the stream.
    pub words: u32,
    /// CRC-32 over them.
    pub crc: u32,
}

/// One block's part of a coupling bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockContents {
    /// Burn-in, retained sweeps, readout.
    pub schedule: Schedule,
    /// `tables[color][table][index]`: thresholds by two's-complement index of the field.
    pub tables: [Vec<Vec<u32>>; 2],
    /// `k1[hidden channel][tap x input channels + input channel]`.
    pub k1: Vec<Vec<i32>>,
    /// `k2[output channel][tap x hidden channels + hidden channel]`.
    pub k2: Vec<Vec<i32>>,
    /// `k3[output channel][tap x input channels + input channel]`; no rows without skip.
    pub k3: Vec<Vec<i32>>,
}

/// Weights and biases of an encoder or decoder on the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndContents {
    /// Encoder: `weights[channel][tap]`. Decoder: `weights[class][cell x channels + channel]`.
    pub weights: Vec<Vec<i32>>,
    /// Per channel or class.
    pub biases: Vec<i32>,
}

/// The logical contents of an image, in p-bit order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelContents {
    /// The start that the image asks for.
    pub start: Start,
    /// Block by block.
    pub blocks: Vec<BlockContents>,
    /// `bias_sets[set][block]`: biases of the hidden plane, then of the output plane, per channel or per p-bit as the block's
    /// biases are.
    pub bias_sets: Vec<Vec<Vec<i32>>>,
    /// Of the encoder on the device.
    pub encoder: Option<EndContents>,
    /// Of the decoder on the device.
    pub decoder: Option<EndContents>,
    /// Announced check of the coupling stream.
    pub coupling_check: StreamCheck,
    /// Announced check of the tables alone.
    pub table_check: StreamCheck,
    /// Announced check of every bias set's stream.
    pub bias_checks: Vec<StreamCheck>,
}

impl ModelContents {
    /// Decodes the words of an image for `machine`.
    ///
    /// # Errors
    /// When the loader does not find what it needs, in the contract's order and the machine's shapes. The full list of refusals is
    /// the reference's `BankImage`, through which every image passes first.
    pub fn decode(machine: &ValidConfig, words: &[u32]) -> Result<Self, Problem> {
        decode::image(machine, words)
    }
}

/// CRC-32 over words, each as its four little-endian bytes.
pub(crate) fn crc_of_words(words: &[u32]) -> u32 {
    let mut hasher = Hasher::new();
    for word in words {
        hasher.update(&word.to_le_bytes());
    }
    hasher.finalize()
}
