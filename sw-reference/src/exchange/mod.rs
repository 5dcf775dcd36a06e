//! Models from elsewhere: tensors that PyTorch or JAX wrote, fitted to a machine.
//!
//! A safetensors file with the names of `docs/exchange.md` and a machine with encoder and decoder on the device give a
//! [`ConvModel`] whose values lie on the machine's grids, and the [`ConvFormat`] that says which grids these are. Nothing
//! of the file is dropped in silence: unknown tensors are refused, offsets of spins (`d`) are expanded into biases or
//! refused, and what rounding changed is reported tensor by tensor.

mod grids;
mod offsets;
mod tensors;

#[cfg(test)]
mod tests;

pub use grids::Fit;

use crate::models::{CellDecoder, ConvBlock, ConvModel, SignConv};
use crate::train::conv::ConvFormat;
use spinwright_contract::{Problem, ValidConfig};
use std::path::Path;
use tensors::Tensors;

/// What an import may choose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImportOptions {
    /// Strength of the output's couplings and biases; K2, K3 and b2 of the file are without it.
    pub delta: f64,
    /// Fraction bits of the hidden field; chosen from the weights when absent.
    pub hidden_fraction: Option<i32>,
    /// Fraction bits of the encoder's weights; chosen from them when absent.
    pub encoder_fraction: Option<i32>,
    /// Fraction bits of the decoder's weights; chosen from them when absent.
    pub decoder_fraction: Option<i32>,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { delta: 1.0, hidden_fraction: None, encoder_fraction: None, decoder_fraction: None }
    }
}

/// A model that fits its machine, and what fitting it did.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Values on the machine's grids.
    pub model: ConvModel,
    /// The grids.
    pub format: ConvFormat,
    /// What rounding and saturation changed, in the file's order of names.
    pub fits: Vec<Fit>,
}

/// Reads tensors and fits them to a machine.
///
/// # Errors
/// A [`Problem`] when the machine has no encoder or decoder on the device, a tensor is missing, unknown, of another shape or
/// not finite, offsets would need biases that the machine has not, or biases do not fit any grid.
pub fn import(path: &Path, machine: &ValidConfig, options: &ImportOptions) -> Result<Imported, Problem> {
    let mut tensors = Tensors::read(path)?;
    let imported = fit(&mut tensors, machine, options).map_err(|problem| problem.within(path.display()))?;
    tensors.finish().map_err(|problem| problem.within(path.display()))?;
    Ok(imported)
}

fn fit(tensors: &mut Tensors, machine: &ValidConfig, options: &ImportOptions) -> Result<Imported, Problem> {
    let mut model = shaped(tensors, machine, options.delta)?;
    let offsets = offsets::Offsets::take(tensors, machine)?;
    offsets.expand(&mut model)?;
    let (format, fits) = grids::choose(&mut model, machine, options)?;
    Ok(Imported { model, format, fits })
}

/// The tensors in the machine's shape, not yet rounded.
fn shaped(tensors: &mut Tensors, machine: &ValidConfig, delta: f64) -> Result<ConvModel, Problem> {
    let (Some(encoder), Some(decoder)) = (machine.encoder(), machine.decoder()) else {
        return Err(Problem::new(
            "this machine cannot take a model from elsewhere",
            format!("machine {}", machine.name()),
            "it has no encoder or no decoder on the device, so pictures and classes of the model would have no place",
            "use a machine with the keys `encoder` and `decoder`; see docs/exchange.md",
        ));
    };
    if !(delta.is_finite() && delta > 0.0) {
        return Err(Problem::new(
            "delta is out of range",
            "option --delta",
            format!("{delta} was given"),
            "choose a number above 0, such as 0.5",
        ));
    }
    let plane = machine.block().input;
    let size = encoder.kernel.size;
    let sign = SignConv {
        rows: encoder.rows,
        columns: encoder.columns,
        channels: plane.channels,
        kernel: encoder.kernel,
        weight: tensors.take("encoder.weight", &[plane.channels, 1, size, size])?,
        bias: tensors.take("encoder.bias", &[plane.channels])?,
    };
    let mut blocks = Vec::with_capacity(machine.block_count());
    for sizes in machine.blocks() {
        let (b, shape) = (sizes.index, sizes.shape);
        let (i, h, o) = (shape.input.channels, shape.hidden.channels, shape.output.channels);
        let kernel =
            |k: spinwright_contract::config::Kernel, out: usize, from: usize| [out, from, k.size, k.size];
        blocks.push(ConvBlock {
            shape,
            k1: tensors.take(&format!("block{b}.k1"), &kernel(shape.k1, h, i))?,
            k2: tensors.take(&format!("block{b}.k2"), &kernel(shape.k2, o, h))?,
            k3: match shape.k3 {
                Some(k3) => Some(tensors.take(&format!("block{b}.k3"), &kernel(k3, o, i))?),
                None => None,
            },
            b1: tensors.bias(&format!("block{b}.b1"), shape.hidden, shape.bias)?,
            b2: tensors.bias(&format!("block{b}.b2"), shape.output, shape.bias)?,
        });
    }
    let last = machine.last_block().output;
    let shape = [decoder.classes, last.channels, decoder.rows, decoder.columns];
    let cells = CellDecoder {
        classes: decoder.classes,
        plane: last,
        rows: decoder.rows,
        columns: decoder.columns,
        weight: tensors.take("decoder.weight", &shape)?,
        bias: tensors.take("decoder.bias", &[decoder.classes])?,
    };
    Ok(ConvModel { encoder: sign, blocks, decoder: cells, delta: delta as f32 })
}
