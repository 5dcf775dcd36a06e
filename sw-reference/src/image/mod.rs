//! Bank images: what fills a machine's banks, in memory and as a file.
//!
//! [`BankContents`] is the logical content in p-bit order. [`crate::layout::BankLayout`] places it on a machine, and only a
//! placed content becomes a [`BankImage`], so every image has the machine's shape, obeys its ranges and carries the
//! checksums of its own load streams. `docs/contract.md`, section 8.

pub(crate) mod check;
mod check_ends;
pub(crate) mod decode;
mod decoder;
pub(crate) mod encode;
mod encoder;
pub(crate) mod pack;
mod random;
mod table;

pub use decoder::{Decoder, class_of};
pub use encoder::{Encoder, PixelEncoder, SignEncoder};
pub use random::RandomContents;
pub use table::Table;

use spinwright_contract::config::BlockSizes;
use spinwright_contract::{BlockShape, Color, Problem, Schedule, Start, ValidConfig, files};
use std::path::Path;

/// A matrix of raw weights, row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// n: the value of a weight is raw x 2^-n.
    pub frac_bits: i32,
    /// rows x columns raw weights, row by row.
    pub raw: Vec<i16>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize, frac_bits: i32) -> Self {
        Self { rows, columns, frac_bits, raw: vec![0; rows * columns] }
    }

    /// The raw weights of one row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[i16] {
        &self.raw[row * self.columns..(row + 1) * self.columns]
    }

    /// One raw weight.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn at(&self, row: usize, column: usize) -> i16 {
        self.row(row)[column]
    }
}

/// One bias set: the biases of all blocks' p-bits that have a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BiasSet {
    /// Fraction bits of the hidden p-bits' biases b1.
    pub hidden_frac_bits: i32,
    /// Fraction bits of the output p-bits' biases b2.
    pub output_frac_bits: i32,
    /// Raw biases by block and color: one per channel, or one per p-bit where positions have their own.
    pub raw: Vec<[Vec<i16>; 2]>,
}

/// What an image says about one block; delta is folded in.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockContents {
    /// Lengths and readout.
    pub schedule: Schedule,
    /// The tables by color and table index.
    pub tables: [Vec<Table>; 2],
    /// Input to hidden: hidden channels x (taps x input channels), tap-major.
    pub k1: Matrix,
    /// Hidden and output: output channels x (taps x hidden channels), tap-major.
    pub k2: Matrix,
    /// Input to output: output channels x (taps x input channels), for blocks with a skip coupling.
    pub k3: Option<Matrix>,
}

/// What an image says, in p-bit order. Shapes and ranges are the machine's only after [`crate::layout::BankLayout::place`].
#[derive(Debug, Clone, PartialEq)]
pub struct BankContents {
    /// Where a run starts.
    pub start: Start,
    /// Fraction bits g of the fields, by color.
    pub field_frac_bits: [i32; 2],
    /// The blocks, in order.
    pub blocks: Vec<BlockContents>,
    /// Bias sets; a run uses one.
    pub bias_sets: Vec<BiasSet>,
    /// From pictures to inputs: on the device where the machine has an encoder, else on the host, for models that classify
    /// pictures.
    pub encoder: Option<Encoder>,
    /// From signs to classes: on the device where the machine has a decoder, else on the host.
    pub decoder: Option<Decoder>,
}

impl BankContents {
    /// Contents of the machine's shape with all weights zero (encoder and decoder on the device included), one bias set and
    /// sigmoid tables for the given betas. The machine's grid relations hold; `hidden_frac_bits` is g of the hidden fields and
    /// decides all others. `schedules` are the blocks'.
    ///
    /// # Panics
    /// If the number of betas is not the machine's number of tables, or that of schedules not its number of blocks.
    pub fn zeros(
        config: &ValidConfig,
        hidden_frac_bits: i32,
        betas: &[f32],
        schedules: &[Schedule],
        start: Start,
    ) -> Self {
        assert_eq!(betas.len(), config.tables(), "one beta for every table");
        assert_eq!(schedules.len(), config.block_count(), "one schedule for every block");
        let grids = Grids::of(config, hidden_frac_bits);
        let table =
            |b: &f32, frac_bits: i32| Table::sigmoid(*b, frac_bits, config.field_bits(), config.draw_bits());
        let tables = grids.field.map(|g| betas.iter().map(|b| table(b, g)).collect::<Vec<_>>());
        let block = |(sizes, &schedule): (BlockSizes, &Schedule)| {
            let [k1, k2, k3] = matrix_shapes(&sizes.shape);
            BlockContents {
                schedule,
                tables: tables.clone(),
                k1: Matrix::zeros(k1[0], k1[1], grids.k1),
                k2: Matrix::zeros(k2[0], k2[1], grids.k2),
                k3: sizes.shape.skip().then(|| Matrix::zeros(k3[0], k3[1], grids.k3)),
            }
        };
        let biases = |sizes: BlockSizes| Color::ALL.map(|color| vec![0; sizes.shape.biases(color)]);
        let bias_set = BiasSet {
            hidden_frac_bits: grids.b1,
            output_frac_bits: grids.b2,
            raw: config.blocks().map(biases).collect(),
        };
        let plane = config.last_block().output;
        let decoder = config.decoder().map(|d| Decoder {
            classes: d.classes,
            plane,
            rows: d.rows,
            columns: d.columns,
            weights: vec![0; d.weights(plane)],
            weight_frac_bits: 0,
            biases: vec![0; d.classes],
            bias_shift: d.bias_shift,
        });
        let encoder = config.encoder().map(|e| SignEncoder::zeros(e, config.block().input, 0));
        Self {
            start,
            field_frac_bits: grids.field,
            blocks: config.blocks().zip(schedules).map(block).collect(),
            bias_sets: vec![bias_set],
            encoder: encoder.map(Encoder::Device),
            decoder,
        }
    }

    /// The blocks' schedules.
    pub fn schedules(&self) -> Vec<Schedule> {
        self.blocks.iter().map(|block| block.schedule).collect()
    }
}

/// Rows and columns of a block's K1, K2 and K3.
pub(crate) fn matrix_shapes(shape: &BlockShape) -> [[usize; 2]; 3] {
    let [i, h, n] = [shape.input, shape.hidden, shape.output].map(|plane| plane.channels);
    let k3 = shape.k3.map_or(0, |kernel| kernel.taps());
    [[h, shape.k1.taps() * i], [n, shape.k2.taps() * h], [n, k3 * i]]
}

/// The fraction bits of every tensor of a machine: all follow from one number (`docs/contract.md`, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grids {
    /// g of the fields, by color.
    pub field: [i32; 2],
    /// Of K1.
    pub k1: i32,
    /// Of K2, the same seen from both colors.
    pub k2: i32,
    /// Of K3.
    pub k3: i32,
    /// Of the hidden biases.
    pub b1: i32,
    /// Of the output biases.
    pub b2: i32,
}

impl Grids {
    /// The grids of a machine when the hidden field has `hidden_frac_bits` fraction bits.
    pub fn of(config: &ValidConfig, hidden_frac_bits: i32) -> Self {
        let (hidden, output) = (config.shifts(Color::Hidden), config.shifts(Color::Output));
        let k2 = hidden_frac_bits - hidden.coupling as i32;
        let output_frac_bits = k2 + output.coupling as i32;
        Self {
            field: [hidden_frac_bits, output_frac_bits],
            k1: hidden_frac_bits - hidden.input as i32,
            k2,
            k3: output_frac_bits - output.input as i32,
            b1: hidden_frac_bits - hidden.bias as i32,
            b2: output_frac_bits - output.bias as i32,
        }
    }

    /// Whether every number is -32 to 31.
    pub fn in_range(&self) -> bool {
        let all = [self.field[0], self.field[1], self.k1, self.k2, self.k3, self.b1, self.b2];
        all.iter().all(|n| (-32..=31).contains(n))
    }
}

/// Length and checksum of one load stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamCheck {
    /// Words of the stream.
    pub words: u32,
    /// CRC-32 over them.
    pub crc: u32,
}

/// What a device must find when it has received the image's load streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadCheck {
    /// Of the coupling stream.
    pub couplings: StreamCheck,
    /// Of its tables alone.
    pub tables: StreamCheck,
    /// Of the stream of every bias set.
    pub biases: Vec<StreamCheck>,
}

/// A checked image for one machine. Made by [`crate::layout::BankLayout::into_image`] or read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct BankImage {
    machine_id: u64,
    widths: Widths,
    contents: BankContents,
    load_check: LoadCheck,
}

/// Bits of what the file's directory describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Widths {
    weight_bits: u32,
    bias_bits: u32,
    draw_bits: u32,
    /// Of the decoder's weights and biases.
    decoder: [u32; 2],
}

/// Bits of the decoder's weights and biases: the machine's on the device, 8 on the host.
pub(crate) fn decoder_bits(config: &ValidConfig) -> [u32; 2] {
    config.decoder().map_or([8, 8], |_| [config.weight_bits(), config.bias_bits()])
}

impl BankImage {
    /// Only for [`crate::layout`], which has checked and placed the contents.
    pub(crate) fn from_layout(config: &ValidConfig, contents: BankContents, load_check: LoadCheck) -> Self {
        let widths = Widths {
            weight_bits: config.weight_bits(),
            bias_bits: config.bias_bits(),
            draw_bits: config.draw_bits(),
            decoder: decoder_bits(config),
        };
        Self { machine_id: config.hash().id(), widths, contents, load_check }
    }

    /// The 64-bit ID of the machine it is for.
    pub fn machine_id(&self) -> u64 {
        self.machine_id
    }

    /// Everything the image says.
    pub fn contents(&self) -> &BankContents {
        &self.contents
    }

    /// Takes the contents out, to change them and place them again.
    pub fn into_contents(self) -> BankContents {
        self.contents
    }

    /// Lengths and checksums of its load streams.
    pub fn load_check(&self) -> &LoadCheck {
        &self.load_check
    }

    /// The blocks' schedules.
    pub fn schedules(&self) -> Vec<Schedule> {
        self.contents.schedules()
    }

    /// The start of a run.
    pub fn start(&self) -> Start {
        self.contents.start
    }

    /// The file as words.
    pub fn to_words(&self) -> Vec<u32> {
        encode::words(self)
    }

    /// Reads an image from the words of a file.
    ///
    /// # Errors
    /// A [`Problem`] for everything that `docs/contract.md`, section 8, refuses.
    pub fn from_words(words: &[u32], config: &ValidConfig) -> Result<Self, Problem> {
        decode::image(words, config)
    }

    /// Writes the file; it appears whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Problem> {
        let bytes: Vec<u8> = self.to_words().iter().flat_map(|word| word.to_le_bytes()).collect();
        files::write_whole(path, &bytes)
    }

    /// Reads a file for this machine. Errors name the file.
    ///
    /// # Errors
    /// As [`Self::from_words`], and when the file cannot be read or is not made of words.
    pub fn read(path: &Path, config: &ValidConfig) -> Result<Self, Problem> {
        Self::from_words(&read_words(path)?, config).map_err(|problem| problem.within(path.display()))
    }
}

/// The words of an image's file, not yet looked at.
///
/// # Errors
/// When the file cannot be read or is not made of 32-bit words.
pub fn read_words(path: &Path) -> Result<Vec<u32>, Problem> {
    let bytes = files::read_bytes(path)?;
    if bytes.len() % 4 != 0 {
        return Err(Problem::new(
            "the image is not made of 32-bit words",
            path.display().to_string(),
            format!("it has {} bytes, which is no multiple of 4", bytes.len()),
            "the file was cut off or is not a bank image; compile it again",
        ));
    }
    Ok(bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

#[cfg(test)]
mod tests;
