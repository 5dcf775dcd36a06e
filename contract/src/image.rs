//! Bank images: the file format's constants. See `docs/contract.md`, "Bank image".
//!
//! An image is a sequence of little-endian 32-bit words. What it means is written in the contract; the compiler that writes
//! it and the decoders that read it are other rooms' work.

/// Word 0: the bytes `S P W I`.
pub const MAGIC: u32 = u32::from_le_bytes(*b"SPWI");
/// Word 1.
pub const FORMAT_VERSION: u32 = 1;
/// Words before the directory: magic, version, hash hi, hash lo, total words, CRC-32, directory entries, flags.
pub const HEADER_WORDS: usize = 8;
/// Words per directory entry: kind, offset, length, rows, columns, bits, fraction bits, extra.
pub const ENTRY_WORDS: usize = 8;

/// What a section holds; the first word of its directory entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum SectionKind {
    /// burn_in, retained, readout code, start code.
    Schedule = 1,
    /// One table: 2^field_bits thresholds. `rows` is the color, `columns` the table index, `extra` the f32 bits of beta.
    Table = 2,
    /// One bias set: hidden then output, one sign-extended word each. `rows` is the set, `extra` the fraction bits of the
    /// output biases (`fraction bits` are the hidden ones').
    Bias = 3,
    /// K1, rows = hidden, columns = inputs.
    K1 = 4,
    /// K2 (delta folded in), rows = outputs, columns = hidden. Stored once for both directions.
    K2 = 5,
    /// K3 (delta folded in), rows = outputs, columns = inputs.
    K3 = 6,
    /// Linear decoder, rows = classes, columns = outputs, packed like couplings with its own bits.
    DecoderWeight = 7,
    /// Decoder biases, one sign-extended word per class; `extra` is their left shift.
    DecoderBias = 8,
    /// Length and CRC-32 of the coupling stream, then of every bias set's stream.
    LoadCheck = 9,
    /// Encoder: 1 (threshold), threshold, margin, rows, columns: the picture loses `margin` pixels on every side, and input i is
    /// up when pixel i of the rest is at least the threshold.
    Encoder = 10,
    /// Encoder on the device, rows = channels, columns = taps, packed like couplings.
    EncoderWeight = 11,
    /// Its biases, one sign-extended word per channel; `extra` is their left shift.
    EncoderBias = 12,
    /// Graph of an `addressed` machine: `rows` p-bits, `columns` slots; colors of the slots, positions of the p-bits, edges.
    Neighbors = 16,
    /// Beta schedule of a sparse machine: `beta_steps` pairs of sweeps and table.
    BetaSchedule = 17,
    /// Couplings of a sparse machine: one raw weight per edge in the order of [`crate::SparseGraph::edges`], packed as one row.
    Couplings = 18,
    /// Ladder of a sparse machine: `rows` tables, `columns` bits; thresholds of exchange by rung and bit, then the sweeps between exchanges.
    Ladder = 19,
}

impl SectionKind {
    /// The section kind with this code.
    pub const fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            1 => Self::Schedule,
            2 => Self::Table,
            3 => Self::Bias,
            4 => Self::K1,
            5 => Self::K2,
            6 => Self::K3,
            7 => Self::DecoderWeight,
            8 => Self::DecoderBias,
            9 => Self::LoadCheck,
            10 => Self::Encoder,
            11 => Self::EncoderWeight,
            12 => Self::EncoderBias,
            16 => Self::Neighbors,
            17 => Self::BetaSchedule,
            18 => Self::Couplings,
            19 => Self::Ladder,
            _ => return None,
        })
    }
}

/// One directory entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What the section holds; lower half of the entry's first word.
    pub kind: SectionKind,
    /// The block it belongs to; upper half of the entry's first word. 0 for what belongs to no block.
    pub block: u32,
    /// First word, counted from the start of the image.
    pub offset: u32,
    /// Length in words.
    pub length: u32,
    /// Rows, or what the kind says.
    pub rows: u32,
    /// Columns, or what the kind says.
    pub columns: u32,
    /// Bits of one weight, 0 where it does not apply.
    pub bits: u32,
    /// Fraction bits n: value = raw x 2^-n. Two's complement in the file.
    pub frac_bits: i32,
    /// What the kind says, else 0.
    pub extra: u32,
}
