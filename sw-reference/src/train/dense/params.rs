//! All trained numbers in one flat vector, and the same numbers folded and rounded as the machine holds them.

use super::model::{DenseBlock, Linear};
use crate::data::Stream;
use crate::train::config::{Format, TrainConfig};
use std::ops::Range;

/// Where each tensor stands in the flat vector: k1, b1, k2, b2, k3 (if any), decoder weights, decoder biases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) inputs: usize,
    pub(crate) hidden: usize,
    pub(crate) outputs: usize,
    pub(crate) classes: usize,
    pub(crate) skip: bool,
}

/// The tensors in the order of the flat vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tensor {
    K1,
    B1,
    K2,
    B2,
    K3,
    Weight,
    Bias,
}

impl Tensor {
    const ALL: [Tensor; 7] =
        [Tensor::K1, Tensor::B1, Tensor::K2, Tensor::B2, Tensor::K3, Tensor::Weight, Tensor::Bias];
}

impl Layout {
    fn size(&self, tensor: Tensor) -> usize {
        match tensor {
            Tensor::K1 => self.hidden * self.inputs,
            Tensor::B1 => self.hidden,
            Tensor::K2 => self.outputs * self.hidden,
            Tensor::B2 => self.outputs,
            Tensor::K3 if self.skip => self.outputs * self.inputs,
            Tensor::K3 => 0,
            Tensor::Weight => self.classes * self.outputs,
            Tensor::Bias => self.classes,
        }
    }

    /// The place of one tensor.
    pub(crate) fn range(&self, tensor: Tensor) -> Range<usize> {
        let start: usize = Tensor::ALL[..tensor as usize].iter().map(|&before| self.size(before)).sum();
        start..start + self.size(tensor)
    }

    /// Length of the flat vector.
    pub(crate) fn total(&self) -> usize {
        self.range(Tensor::Bias).end
    }

    /// Random start: every field begins with a standard deviation of about 1 (K1, K2) or less (K3).
    pub(crate) fn initial(&self, seed: u64, delta: f32) -> Vec<f32> {
        let mut stream = Stream::new(&[seed, 0x696e_6974]);
        let mut flat = vec![0.0; self.total()];
        let mut fill = |tensor, spread: f64| {
            for value in &mut flat[self.range(tensor)] {
                *value = (stream.normal() * spread) as f32;
            }
        };
        fill(Tensor::K1, 1.0 / (self.inputs as f64).sqrt());
        fill(Tensor::K2, 1.0 / ((self.hidden as f64).sqrt() * f64::from(delta).max(0.5)));
        fill(Tensor::K3, 0.1 / (self.inputs as f64).sqrt());
        fill(Tensor::Weight, 1.0 / (self.outputs as f64).sqrt());
        flat
    }
}

/// The block as the machine holds it, in real numbers: delta folded in and everything on the grids of the format.
/// All of these are small integers times a power of two, so f32 sums of them are exact in any order.
#[derive(Clone, Debug)]
pub(crate) struct Folded {
    pub(crate) layout: Layout,
    pub(crate) k1: Vec<f32>,
    pub(crate) b1: Vec<f32>,
    pub(crate) k2: Vec<f32>,
    pub(crate) b2: Vec<f32>,
    pub(crate) k3: Vec<f32>,
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    delta: f32,
}

impl Folded {
    /// Zeros of this shape, to be filled by [`Folded::fill`].
    pub(crate) fn new(layout: Layout, delta: f32) -> Self {
        let zeros = |tensor| vec![0.0; layout.size(tensor)];
        Folded {
            layout,
            k1: zeros(Tensor::K1),
            b1: zeros(Tensor::B1),
            k2: zeros(Tensor::K2),
            b2: zeros(Tensor::B2),
            k3: zeros(Tensor::K3),
            weight: zeros(Tensor::Weight),
            bias: zeros(Tensor::Bias),
            delta,
        }
    }

    /// Folds and, with a format, rounds the flat parameters. The decoder is copied as it is: it is rounded to
    /// 8 bits once, after training.
    pub(crate) fn fill(&mut self, flat: &[f32], format: Option<&Format>) {
        let (layout, delta) = (self.layout, self.delta);
        let fold = |tensor, target: &mut Vec<f32>, factor: f32| {
            let source = &flat[layout.range(tensor)];
            match format.and_then(|format| Grid::of(format, tensor)) {
                Some(grid) => {
                    for (folded, &value) in target.iter_mut().zip(source) {
                        *folded = grid.round(value * factor);
                    }
                }
                None => target.iter_mut().zip(source).for_each(|(folded, &value)| *folded = value * factor),
            }
        };
        fold(Tensor::K1, &mut self.k1, 1.0);
        fold(Tensor::B1, &mut self.b1, 1.0);
        fold(Tensor::K2, &mut self.k2, delta);
        fold(Tensor::B2, &mut self.b2, delta);
        fold(Tensor::K3, &mut self.k3, delta);
        fold(Tensor::Weight, &mut self.weight, 1.0);
        fold(Tensor::Bias, &mut self.bias, 1.0);
    }

    /// Takes a model apart for measuring: folds with `delta` and, with a format, rounds.
    pub(crate) fn of_model(
        block: &DenseBlock,
        decoder: &Linear,
        delta: f32,
        format: Option<&Format>,
    ) -> Self {
        let layout = Layout {
            inputs: block.inputs,
            hidden: block.hidden,
            outputs: block.outputs,
            classes: decoder.classes,
            skip: block.k3.is_some(),
        };
        let mut flat = Vec::with_capacity(layout.total());
        for part in [&block.k1, &block.b1, &block.k2, &block.b2] {
            flat.extend_from_slice(part);
        }
        flat.extend_from_slice(block.k3.as_deref().unwrap_or(&[]));
        flat.extend_from_slice(&decoder.weight);
        flat.extend_from_slice(&decoder.bias);
        let mut folded = Folded::new(layout, delta);
        folded.fill(&flat, format);
        folded
    }

    /// The block with delta taken out again: compiling it with the same delta and format gives these very integers.
    pub(crate) fn unfolded(&self) -> DenseBlock {
        let divided = |values: &[f32]| values.iter().map(|&v| v / self.delta).collect::<Vec<f32>>();
        DenseBlock {
            inputs: self.layout.inputs,
            hidden: self.layout.hidden,
            outputs: self.layout.outputs,
            k1: self.k1.clone(),
            k2: divided(&self.k2),
            k3: self.layout.skip.then(|| divided(&self.k3)),
            b1: self.b1.clone(),
            b2: divided(&self.b2),
            delta: self.delta,
        }
    }
}

/// A signed symmetric grid: raw x 2^-fraction, |raw| <= 2^(bits-1) - 1.
#[derive(Clone, Copy, Debug)]
struct Grid {
    scale: f32,
    step: f32,
    largest: f32,
}

impl Grid {
    /// The grid of a tensor; the decoder has none here.
    fn of(format: &Format, tensor: Tensor) -> Option<Grid> {
        let fractions = format.fractions();
        let (fraction, bits) = match tensor {
            Tensor::K1 => (fractions.k1, format.weight_bits),
            Tensor::B1 => (fractions.b1, format.bias_bits),
            Tensor::K2 => (fractions.k2, format.weight_bits),
            Tensor::B2 => (fractions.b2, format.bias_bits),
            Tensor::K3 => (fractions.k3, format.weight_bits),
            Tensor::Weight | Tensor::Bias => return None,
        };
        let largest = ((1_u32 << (bits - 1)) - 1) as f32;
        Some(Grid { scale: 2f32.powi(fraction), step: 2f32.powi(-fraction), largest })
    }

    fn round(&self, value: f32) -> f32 {
        (value * self.scale).round_ties_even().clamp(-self.largest, self.largest) * self.step
    }
}

/// Keeps every parameter inside the range of its grid, so that none drifts to where rounding no longer moves.
pub(crate) fn limit(flat: &mut [f32], layout: &Layout, config: &TrainConfig) {
    let parts = [
        (Tensor::K1, 1.0),
        (Tensor::B1, 1.0),
        (Tensor::K2, config.delta),
        (Tensor::B2, config.delta),
        (Tensor::K3, config.delta),
    ];
    for (tensor, factor) in parts {
        let Some(grid) = Grid::of(&config.format, tensor) else { continue };
        let bound = grid.largest * grid.step / factor;
        for value in &mut flat[layout.range(tensor)] {
            // A NaN passes unchanged: the loss shows it and training stops.
            *value = value.clamp(-bound, bound);
        }
    }
}
