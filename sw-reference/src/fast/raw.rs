//! The integers that a run needs, in the contract's order.

use spinwright_contract::config::BlockSizes;
use spinwright_contract::{Color, Problem, ValidConfig};

/// Raw weights, biases and thresholds of one block (`docs/contract.md`, sections 3 and 4), of one coupling bank and one bias
/// bank. A matrix has one row per target channel and one column per tap and source channel, taps outermost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawBlock {
    /// K1, row by row: hidden from input.
    pub k1: Vec<i16>,
    /// K2, row by row: outputs from hidden.
    pub k2: Vec<i16>,
    /// K3, row by row: outputs from input; empty without skip.
    pub k3: Vec<i16>,
    /// Biases of the hidden and of the output p-bits: one per channel, or one per p-bit in a block with bias `position`.
    pub biases: [Vec<i16>; 2],
    /// Thresholds per color and table number, 2^field_bits each, index = field mod 2^field_bits.
    pub tables: [Vec<Vec<u32>>; 2],
}

/// Raw weights and biases of an encoder or a decoder on the device. Encoder: one row per channel, one column per tap. Decoder:
/// one row per class, one column per cell and channel, cells outermost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLinear {
    /// Weights, row by row.
    pub weights: Vec<i16>,
    /// One bias per row.
    pub biases: Vec<i16>,
}

/// Everything that a machine's banks hold for one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawModel {
    /// The blocks, in order.
    pub blocks: Vec<RawBlock>,
    /// The encoder, exactly where the machine has one on the device.
    pub encoder: Option<RawLinear>,
    /// The decoder, exactly where the machine has one on the device.
    pub decoder: Option<RawLinear>,
}

/// Help of every misfit.
const HELP: &str = "compile the model again for this machine";

impl RawModel {
    /// A model of one block without encoder and decoder.
    pub fn one(block: RawBlock) -> Self {
        Self { blocks: vec![block], encoder: None, decoder: None }
    }

    /// Checks shapes and ranges against the machine.
    pub(super) fn check(&self, config: &ValidConfig) -> Result<(), Problem> {
        if self.blocks.len() != config.block_count() {
            return Err(Problem::new(
                "the model does not have the machine's blocks",
                "blocks",
                format!("the model has {}, the machine {}", self.blocks.len(), config.block_count()),
                HELP,
            ));
        }
        for (block, sizes) in self.blocks.iter().zip(config.blocks()) {
            block.check(config, &sizes).map_err(|p| within_block(p, config, sizes.index))?;
        }
        let channels = config.block().input.channels;
        let encoder = config.encoder().map(|e| (channels, e.kernel.taps()));
        linear("encoder", self.encoder.as_ref(), encoder, config)?;
        let last = config.last_block().output;
        let decoder = config.decoder().map(|d| (d.classes, d.cells() * last.channels));
        linear("decoder", self.decoder.as_ref(), decoder, config)
    }
}

/// Names the block where a machine has several.
fn within_block(problem: Problem, config: &ValidConfig, block: usize) -> Problem {
    if config.block_count() == 1 { problem } else { problem.within(format!("block {block}")) }
}

impl RawBlock {
    fn check(&self, config: &ValidConfig, sizes: &BlockSizes) -> Result<(), Problem> {
        let (weight, bias, shape) = (config.weight_max(), config.bias_max(), sizes.shape);
        let [k1, k2, k3] = shape.weights();
        raw("K1", &self.k1, k1, weight)?;
        raw("K2", &self.k2, k2, weight)?;
        raw("K3", &self.k3, k3, weight)?;
        raw("hidden biases", &self.biases[0], shape.biases(Color::Hidden), bias)?;
        raw("output biases", &self.biases[1], shape.biases(Color::Output), bias)?;
        for (color, tables) in self.tables.iter().enumerate() {
            let entries = 1 << config.field_bits();
            let top = 1 << config.draw_bits();
            let bad = tables.iter().any(|t| t.len() != entries || t.iter().any(|&t| t > top));
            if tables.len() != config.tables() || bad {
                return Err(Problem::new(
                    "the tables do not fit the machine",
                    format!("tables of color {color}"),
                    format!("{} tables of {entries} thresholds 0 to {top} are needed", config.tables()),
                    HELP,
                ));
            }
        }
        Ok(())
    }
}

/// Refuses an encoder or decoder that is not the machine's; `shape` is its rows and columns.
fn linear(
    name: &str,
    given: Option<&RawLinear>,
    shape: Option<(usize, usize)>,
    config: &ValidConfig,
) -> Result<(), Problem> {
    match (given, shape) {
        (None, None) => Ok(()),
        (Some(linear), Some((rows, columns))) => {
            raw(&format!("{name} weights"), &linear.weights, rows * columns, config.weight_max())?;
            raw(&format!("{name} biases"), &linear.biases, rows, config.bias_max())
        }
        (given, _) => {
            let (model, machine) =
                if given.is_some() { ("has", "does not") } else { ("does not have", "does") };
            Err(Problem::new(
                format!("the model's {name} is not the machine's"),
                name,
                format!("the model {model} one for the device, the machine {machine}"),
                HELP,
            ))
        }
    }
}

/// Refuses a wrong number of weights or one out of range.
fn raw(name: &str, values: &[i16], count: usize, max: i32) -> Result<(), Problem> {
    if values.len() != count {
        let why = format!("{} values were given, the machine has {count}", values.len());
        return Err(Problem::new("a matrix does not have the machine's shape", name, why, HELP));
    }
    match values.iter().position(|&v| i32::from(v).abs() > max) {
        None => Ok(()),
        Some(at) => {
            let why = format!("value {at} is {}, -{max} to {max} are possible", values[at]);
            Err(Problem::new("a raw value does not fit the machine", name, why, HELP))
        }
    }
}
