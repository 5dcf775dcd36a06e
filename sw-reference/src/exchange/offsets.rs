//! Offsets d: models whose spins enter as s + d, per channel of a plane.
//!
//! Centred or rescaled units elsewhere become spins plus a constant here. The constant's part of a field is a bias, and beside
//! the border of a plane, where taps fall outside, it is a smaller one: it depends on the position. It is expanded where the
//! machine has a bias for every position, and refused where it has not and the positions differ.

use super::tensors::{Tensors, per_channel};
use crate::models::{ConvBlock, ConvModel};
use crate::sampler::taps;
use spinwright_contract::config::{BiasScope, Kernel, Plane};
use spinwright_contract::{Problem, ValidConfig};

/// Offsets of one block's planes; absent ones are 0.
struct BlockOffsets {
    input: Option<Vec<f32>>,
    hidden: Option<Vec<f32>>,
    output: Option<Vec<f32>>,
}

/// All offsets of a file.
pub(super) struct Offsets {
    blocks: Vec<BlockOffsets>,
    decoder: Option<Vec<f32>>,
}

impl Offsets {
    /// Takes `block{b}.d_input`, `block{b}.d_hidden`, `block{b}.d_output` and `decoder.d`, each `[channels]`, where they are.
    pub(super) fn take(tensors: &mut Tensors, machine: &ValidConfig) -> Result<Self, Problem> {
        let mut blocks = Vec::new();
        for sizes in machine.blocks() {
            let mut take = |name: &str, plane: Plane| {
                tensors.take_if_there(&format!("block{}.d_{name}", sizes.index), &[plane.channels])
            };
            blocks.push(BlockOffsets {
                input: take("input", sizes.shape.input)?,
                hidden: take("hidden", sizes.shape.hidden)?,
                output: take("output", sizes.shape.output)?,
            });
        }
        let decoder = tensors.take_if_there("decoder.d", &[machine.last_block().output.channels])?;
        Ok(Self { blocks, decoder })
    }

    /// Adds them to the biases.
    pub(super) fn expand(&self, model: &mut ConvModel) -> Result<(), Problem> {
        let delta = model.delta;
        for (b, (block, offsets)) in model.blocks.iter_mut().zip(&self.blocks).enumerate() {
            expand_block(b, block, offsets, delta)?;
        }
        if let Some(d) = &self.decoder {
            let decoder = &mut model.decoder;
            let (plane, cells) = (decoder.plane, decoder.rows * decoder.columns);
            for class in 0..decoder.classes {
                for position in 0..plane.positions() {
                    let cell = decoder.cell(position / plane.columns, position % plane.columns);
                    for (channel, &offset) in d.iter().enumerate() {
                        let weight = decoder.weight[(class * plane.channels + channel) * cells + cell];
                        decoder.bias[class] += weight * offset;
                    }
                }
            }
        }
        Ok(())
    }
}

/// K1 d_input and delta K2' d_output go to the hidden biases; K2 d_hidden and K3 d_input to the output biases, which delta
/// scales later.
fn expand_block(b: usize, block: &mut ConvBlock, d: &BlockOffsets, delta: f32) -> Result<(), Problem> {
    let shape = block.shape;
    let mut hidden = vec![0.0; shape.hidden.p_bits()];
    let mut output = vec![0.0; shape.output.p_bits()];
    if let Some(d) = &d.input {
        forward(&mut hidden, shape.hidden, &block.k1, shape.k1, shape.input, d);
        if let (Some(k3), Some(kernel)) = (&block.k3, shape.k3) {
            forward(&mut output, shape.output, k3, kernel, shape.input, d);
        }
    }
    if let Some(d) = &d.hidden {
        forward(&mut output, shape.output, &block.k2, shape.k2, shape.hidden, d);
    }
    if let Some(d) = &d.output {
        let scaled: Vec<f32> = d.iter().map(|d| d * delta).collect();
        transposed(&mut hidden, shape.hidden, &block.k2, shape.k2, shape.output, &scaled);
    }
    add(
        &format!("the hidden biases with offsets of block {b}"),
        &mut block.b1,
        &hidden,
        shape.hidden,
        shape.bias,
    )?;
    add(
        &format!("the output biases with offsets of block {b}"),
        &mut block.b2,
        &output,
        shape.output,
        shape.bias,
    )
}

fn add(name: &str, bias: &mut [f32], extra: &[f32], plane: Plane, scope: BiasScope) -> Result<(), Problem> {
    let extra = match scope {
        BiasScope::Position => extra.to_vec(),
        BiasScope::Channel => per_channel(name, extra, plane)?,
    };
    for (bias, extra) in bias.iter_mut().zip(extra) {
        *bias += extra;
    }
    Ok(())
}

/// Adds the contribution of constant source channels to every p-bit `[channel, row, column]` of the target.
fn forward(into: &mut [f32], target: Plane, weights: &[f32], kernel: Kernel, source: Plane, d: &[f32]) {
    each_pair(target, kernel, source, |at, tap, _| {
        for channel in 0..target.channels {
            for (from, &d) in d.iter().enumerate() {
                into[channel * target.positions() + at] +=
                    weights[(channel * source.channels + from) * kernel.taps() + tap] * d;
            }
        }
    });
}

/// The same through the transposed kernel: `weights` couple `target` (here the kernel's source) to `from`.
fn transposed(into: &mut [f32], target: Plane, weights: &[f32], kernel: Kernel, from: Plane, d: &[f32]) {
    each_pair(from, kernel, target, |_, tap, at| {
        for channel in 0..target.channels {
            for (other, &d) in d.iter().enumerate() {
                into[channel * target.positions() + at] +=
                    weights[(other * target.channels + channel) * kernel.taps() + tap] * d;
            }
        }
    });
}

/// Calls `visit(target position, tap, source position)` for every pair that the kernel couples.
fn each_pair(target: Plane, kernel: Kernel, source: Plane, mut visit: impl FnMut(usize, usize, usize)) {
    for position in 0..target.positions() {
        for tap in 0..kernel.taps() {
            if let Some(from) = taps::forward(kernel, target, source, position, tap) {
                visit(position, tap, from);
            }
        }
    }
}
