//! All trained numbers in one flat vector, and the same numbers folded and rounded as the machine holds them.
//!
//! Tensors lie as the inner loops want them: taps x source channels x target channels, the latter filled up to whole
//! lines with zeros. Surplus numbers never get a gradient and stay zero.

use super::buffer::{Buffer, LINE, padded};
use super::config::{ConvFormat, Recipe, TrainConfig};
use super::kernels::{Path, elementwise};
use crate::data::Stream;
use crate::models::{CellDecoder, ConvBlock, ConvModel, SignConv};
use spinwright_contract::config::{BiasScope, BlockShape, Kernel, Plane};
use std::ops::Range;

/// Which numbers a tensor holds; decides its grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    EncoderWeight,
    EncoderBias,
    K1,
    B1,
    K2,
    B2,
    K3,
    DecoderWeight,
    DecoderBias,
    /// Of normalizations and smooth activations, one per channel; not part of a model.
    GainEncoder,
    GainHidden,
    GainOutput,
}

/// One tensor: `outer` x `middle` x `inner` logical numbers at `range` of the flat vector, rows of `inner` filled up to
/// whole lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tensor {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    /// Taps, cells or positions.
    pub(crate) outer: usize,
    /// Source channels (1 for biases).
    pub(crate) middle: usize,
    /// Target channels.
    pub(crate) inner: usize,
}

impl Tensor {
    pub(crate) fn width(&self) -> usize {
        padded(self.inner)
    }

    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.start + self.outer * self.middle * self.width()
    }

    /// Place of a number in the flat vector.
    fn at(&self, outer: usize, middle: usize, inner: usize) -> usize {
        self.start + (outer * self.middle + middle) * self.width() + inner
    }

    /// Sets what fills up the rows to zero.
    pub(crate) fn clear_filling(&self, flat: &mut [f32]) {
        if self.inner < self.width() {
            for row in flat[self.range()].chunks_exact_mut(self.width()) {
                row[self.inner..].fill(0.0);
            }
        }
    }

    /// From the flat vector to PyTorch's order: inner, middle, outer.
    fn export(&self, flat: &[f32]) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.outer * self.middle * self.inner);
        for inner in 0..self.inner {
            for middle in 0..self.middle {
                values.extend((0..self.outer).map(|outer| flat[self.at(outer, middle, inner)]));
            }
        }
        values
    }

    fn import(&self, values: &[f32], flat: &mut [f32]) {
        let mut values = values.iter();
        for inner in 0..self.inner {
            for middle in 0..self.middle {
                for outer in 0..self.outer {
                    flat[self.at(outer, middle, inner)] = *values.next().expect("shapes were checked");
                }
            }
        }
    }
}

/// The tensors of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockTensors {
    pub(crate) k1: Tensor,
    pub(crate) b1: Tensor,
    pub(crate) k2: Tensor,
    pub(crate) b2: Tensor,
    pub(crate) k3: Option<Tensor>,
}

/// One gain per channel of the encoder and of every block's hidden and outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gains {
    pub(crate) encoder: Tensor,
    pub(crate) blocks: Vec<(Tensor, Tensor)>,
}

/// Where each tensor stands in the flat vector, and the shapes they follow from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) picture: Plane,
    pub(crate) encoder_kernel: Kernel,
    pub(crate) encoded: Plane,
    pub(crate) shapes: Vec<BlockShape>,
    pub(crate) cells: (usize, usize),
    pub(crate) classes: usize,
    pub(crate) encoder: Tensor,
    pub(crate) encoder_bias: Tensor,
    pub(crate) blocks: Vec<BlockTensors>,
    pub(crate) decoder: Tensor,
    pub(crate) decoder_bias: Tensor,
    /// Behind all others, if a phase asks for them.
    pub(crate) gains: Option<Gains>,
    pub(crate) total: usize,
}

impl Layout {
    pub(crate) fn new(config: &TrainConfig, rows: usize, columns: usize, classes: usize) -> Self {
        let (encoded, shapes) = (config.encoded(rows, columns), config.shapes(rows, columns));
        let cells = (config.decoder.rows, config.decoder.columns);
        let picture = Plane { rows, columns, channels: 1 };
        let mut layout = Self::of_shapes(picture, config.encoder.kernel, encoded, shapes, cells, classes);
        if config.phases.iter().any(|phase| phase.normalize || phase.recipe == Recipe::Ptanh) {
            layout.append_gains();
        }
        layout
    }

    fn append_gains(&mut self) {
        let mut total = self.total;
        let mut place = |kind, plane: Plane| {
            let tensor = Tensor { kind, start: total, outer: 1, middle: 1, inner: plane.channels };
            total = tensor.range().end;
            tensor
        };
        let encoder = place(Kind::GainEncoder, self.encoded);
        let pair = |shape: &BlockShape| {
            (place(Kind::GainHidden, shape.hidden), place(Kind::GainOutput, shape.output))
        };
        self.gains = Some(Gains { encoder, blocks: self.shapes.iter().map(pair).collect() });
        self.total = total;
    }

    /// Where the gains begin.
    pub(crate) fn first_gain(&self) -> usize {
        self.decoder_bias.range().end
    }

    fn of_shapes(
        picture: Plane,
        encoder_kernel: Kernel,
        encoded: Plane,
        shapes: Vec<BlockShape>,
        cells: (usize, usize),
        classes: usize,
    ) -> Self {
        let mut total = 0;
        let mut place = |kind, outer, middle, inner| {
            let tensor = Tensor { kind, start: total, outer, middle, inner };
            total = tensor.range().end;
            tensor
        };
        let encoder = place(Kind::EncoderWeight, 1, encoder_kernel.taps(), encoded.channels);
        let encoder_bias = place(Kind::EncoderBias, 1, 1, encoded.channels);
        let blocks = shapes
            .iter()
            .map(|shape| {
                let bias = |plane: Plane| match shape.bias {
                    BiasScope::Channel => 1,
                    BiasScope::Position => plane.positions(),
                };
                let (i, h, o) = (shape.input.channels, shape.hidden.channels, shape.output.channels);
                BlockTensors {
                    k1: place(Kind::K1, shape.k1.taps(), i, h),
                    b1: place(Kind::B1, bias(shape.hidden), 1, h),
                    k2: place(Kind::K2, shape.k2.taps(), h, o),
                    b2: place(Kind::B2, bias(shape.output), 1, o),
                    k3: shape.k3.map(|k3| place(Kind::K3, k3.taps(), i, o)),
                }
            })
            .collect();
        let last = shapes.last().map_or(encoded, |shape| shape.output);
        let decoder = place(Kind::DecoderWeight, cells.0 * cells.1, padded(last.channels), classes);
        let decoder_bias = place(Kind::DecoderBias, 1, 1, classes);
        Layout {
            picture,
            encoder_kernel,
            encoded,
            shapes,
            cells,
            classes,
            encoder,
            encoder_bias,
            blocks,
            decoder,
            decoder_bias,
            gains: None,
            total,
        }
    }

    /// The layout of a model.
    pub(crate) fn of_model(model: &ConvModel) -> Self {
        let encoder = &model.encoder;
        Self::of_shapes(
            Plane { rows: encoder.rows, columns: encoder.columns, channels: 1 },
            encoder.kernel,
            encoder.plane(),
            model.blocks.iter().map(|block| block.shape).collect(),
            (model.decoder.rows, model.decoder.columns),
            model.decoder.classes,
        )
    }

    /// Channels of all blocks' hidden and outputs as they lie in memory.
    pub(crate) fn channels(&self) -> usize {
        let both = |shape: &BlockShape| padded(shape.hidden.channels) + padded(shape.output.channels);
        self.shapes.iter().map(both).sum()
    }

    /// The plane that the decoder reads.
    pub(crate) fn last(&self) -> Plane {
        self.shapes.last().map_or(self.encoded, |shape| shape.output)
    }

    /// All tensors in the order of the flat vector.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        let blocks = self.blocks.iter().flat_map(|b| [&b.k1, &b.b1, &b.k2, &b.b2].into_iter().chain(&b.k3));
        let ends = [&self.decoder, &self.decoder_bias];
        let gains = self.gains.iter().flat_map(|gains| {
            let blocks = gains.blocks.iter().flat_map(|(hidden, output)| [hidden, output]);
            [&gains.encoder].into_iter().chain(blocks)
        });
        [&self.encoder, &self.encoder_bias].into_iter().chain(blocks).chain(ends).chain(gains)
    }

    /// Random start: every field begins with a standard deviation of about 1 (encoder, K1, K2) or less (K3).
    pub(crate) fn initial(&self, seed: u64, delta: f32) -> Buffer {
        let mut stream = Stream::new(&[seed, 0x636f_6e76_696e]);
        let mut flat = Buffer::zeros(self.total);
        let real = self.last().channels;
        for tensor in self.tensors() {
            let fan = (tensor.outer * tensor.middle) as f64;
            let spread = match tensor.kind {
                Kind::EncoderWeight | Kind::K1 => 1.0 / fan.sqrt(),
                Kind::K2 => 1.0 / (fan.sqrt() * f64::from(delta).max(0.5)),
                Kind::K3 => 0.1 / fan.sqrt(),
                Kind::DecoderWeight => 1.0 / fan.sqrt(),
                Kind::EncoderBias | Kind::B1 | Kind::B2 | Kind::DecoderBias => continue,
                Kind::GainEncoder | Kind::GainHidden | Kind::GainOutput => {
                    flat[tensor.start..tensor.start + tensor.inner].fill(1.0);
                    continue;
                }
            };
            for outer in 0..tensor.outer {
                for middle in 0..tensor.middle {
                    if tensor.kind == Kind::DecoderWeight && middle >= real {
                        continue;
                    }
                    for inner in 0..tensor.inner {
                        flat[tensor.at(outer, middle, inner)] = (stream.normal() * spread) as f32;
                    }
                }
            }
        }
        flat
    }

    /// The flat vector of a model.
    pub(crate) fn flatten(&self, model: &ConvModel) -> Buffer {
        let mut flat = Buffer::zeros(self.total);
        self.encoder.import(&model.encoder.weight, &mut flat);
        self.encoder_bias.import(&model.encoder.bias, &mut flat);
        for (tensors, block) in self.blocks.iter().zip(&model.blocks) {
            tensors.k1.import(&block.k1, &mut flat);
            tensors.b1.import(&block.b1, &mut flat);
            tensors.k2.import(&block.k2, &mut flat);
            tensors.b2.import(&block.b2, &mut flat);
            if let (Some(tensor), Some(values)) = (&tensors.k3, &block.k3) {
                tensor.import(values, &mut flat);
            }
        }
        let decoder = Tensor { middle: self.last().channels, ..self.decoder.clone() };
        let mut values = model.decoder.weight.iter();
        for class in 0..decoder.inner {
            for channel in 0..decoder.middle {
                for cell in 0..decoder.outer {
                    flat[self.decoder.at(cell, channel, class)] =
                        *values.next().expect("shapes were checked");
                }
            }
        }
        self.decoder_bias.import(&model.decoder.bias, &mut flat);
        flat
    }

    /// The model of a flat vector.
    pub(crate) fn model(&self, flat: &[f32], delta: f32) -> ConvModel {
        let blocks = self.shapes.iter().zip(&self.blocks).map(|(shape, tensors)| ConvBlock {
            shape: *shape,
            k1: tensors.k1.export(flat),
            k2: tensors.k2.export(flat),
            k3: tensors.k3.as_ref().map(|k3| k3.export(flat)),
            b1: tensors.b1.export(flat),
            b2: tensors.b2.export(flat),
        });
        let plane = self.last();
        let mut weight = Vec::new();
        for class in 0..self.classes {
            for channel in 0..plane.channels {
                weight
                    .extend((0..self.decoder.outer).map(|cell| flat[self.decoder.at(cell, channel, class)]));
            }
        }
        ConvModel {
            encoder: SignConv {
                rows: self.picture.rows,
                columns: self.picture.columns,
                channels: self.encoded.channels,
                kernel: self.encoder_kernel,
                weight: self.encoder.export(flat),
                bias: self.encoder_bias.export(flat),
            },
            blocks: blocks.collect(),
            decoder: CellDecoder {
                classes: self.classes,
                plane,
                rows: self.cells.0,
                columns: self.cells.1,
                weight,
                bias: self.decoder_bias.export(flat),
            },
            delta,
        }
    }
}

/// The factor with which a tensor is folded.
fn factor(kind: Kind, delta: f32) -> f32 {
    if matches!(kind, Kind::K2 | Kind::B2 | Kind::K3 | Kind::GainOutput) { delta } else { 1.0 }
}

/// A signed symmetric grid: raw x 2^-fraction, |raw| <= 2^(bits-1) - 1.
#[derive(Clone, Copy, Debug)]
struct Grid {
    scale: f32,
    step: f32,
    largest: f32,
}

impl Grid {
    fn of(format: &ConvFormat, kind: Kind) -> Grid {
        let (block, fractions) = (&format.block, format.block.fractions());
        let (weight_bits, bias_bits) = (block.weight_bits, block.bias_bits);
        let (fraction, bits) = match kind {
            Kind::EncoderWeight => (format.encoder_fraction, weight_bits),
            Kind::EncoderBias => {
                (format.encoder_fraction + PIXEL_FRACTION - format.encoder_bias_shift as i32, bias_bits)
            }
            Kind::K1 => (fractions.k1, weight_bits),
            Kind::B1 => (fractions.b1, bias_bits),
            Kind::K2 => (fractions.k2, weight_bits),
            Kind::B2 => (fractions.b2, bias_bits),
            Kind::K3 => (fractions.k3, weight_bits),
            Kind::DecoderWeight => (format.decoder_fraction, weight_bits),
            Kind::DecoderBias => (format.decoder_fraction - format.decoder_bias_shift as i32, bias_bits),
            // Never on the machine: only kept finite.
            Kind::GainEncoder | Kind::GainHidden | Kind::GainOutput => (0, 20),
        };
        let largest = ((1_u32 << (bits - 1)) - 1) as f32;
        Grid { scale: 2f32.powi(fraction), step: 2f32.powi(-fraction), largest }
    }
}

/// Fraction bits of a pixel u = (2 v - 255) / 256.
pub(crate) const PIXEL_FRACTION: i32 = 8;

/// Keeps every parameter inside the range of its grid, so that none drifts to where rounding no longer moves.
pub(crate) fn limit(flat: &mut [f32], layout: &Layout, format: &ConvFormat, delta: f32) {
    for tensor in layout.tensors() {
        let grid = Grid::of(format, tensor.kind);
        let bound = grid.largest * grid.step / factor(tensor.kind, delta);
        for value in &mut flat[tensor.range()] {
            // A NaN passes unchanged: the loss shows it and training stops.
            *value = value.clamp(-bound, bound);
        }
    }
}

/// The model as the machine holds it, in real numbers: delta folded in and everything on the grids of the format, with
/// the transposes that the inner loops need.
#[derive(Clone)]
pub(crate) struct Folded {
    /// In the order of the flat vector.
    pub(crate) values: Buffer,
    /// Per block: taps x hidden x input, taps x output x hidden, taps x output x input.
    pub(crate) transposed: Vec<[Buffer; 3]>,
    /// Classes x (cells x channels).
    pub(crate) decoder_transposed: Buffer,
    /// Delta that was folded in, for the gradients.
    pub(crate) delta: f32,
}

impl Folded {
    /// Zeros of this shape, to be filled by [`Folded::fill`].
    pub(crate) fn new(layout: &Layout, delta: f32) -> Self {
        let turned = |tensor: &Tensor| Buffer::zeros(tensor.outer * tensor.inner * padded(tensor.middle));
        let transposed = layout
            .blocks
            .iter()
            .map(|b| [turned(&b.k1), turned(&b.k2), b.k3.as_ref().map_or(Buffer::zeros(0), turned)]);
        Folded {
            values: Buffer::zeros(layout.total),
            transposed: transposed.collect(),
            decoder_transposed: Buffer::zeros(layout.classes * layout.decoder.outer * layout.decoder.middle),
            delta,
        }
    }

    /// Folds and, with a format, rounds the flat parameters.
    pub(crate) fn fill(&mut self, layout: &Layout, flat: &[f32], format: Option<&ConvFormat>) {
        let path = Path::fastest(None);
        for tensor in layout.tensors() {
            let factor = factor(tensor.kind, self.delta);
            let (source, target) = (&flat[tensor.range()], &mut self.values[tensor.range()]);
            match format.map(|format| Grid::of(format, tensor.kind)) {
                Some(grid) => {
                    elementwise::round(path, source, factor, grid.scale, grid.step, grid.largest, target);
                }
                None => target.iter_mut().zip(source).for_each(|(to, &from)| *to = from * factor),
            }
        }
        for (block, [k1, k2, k3]) in layout.blocks.iter().zip(&mut self.transposed) {
            turn(&block.k1, &self.values, k1);
            turn(&block.k2, &self.values, k2);
            if let Some(tensor) = &block.k3 {
                turn(tensor, &self.values, k3);
            }
        }
        let (decoder, span) = (&layout.decoder, layout.decoder.outer * layout.decoder.middle);
        for (row, weights) in self.values[decoder.range()].chunks_exact(LINE.max(decoder.width())).enumerate()
        {
            for (class, &weight) in weights[..decoder.inner].iter().enumerate() {
                self.decoder_transposed[class * span + row] = weight;
            }
        }
    }

    /// The values with delta taken out again: what a model stores.
    pub(crate) fn unfolded(&self, layout: &Layout) -> Buffer {
        let mut flat = self.values.clone();
        for tensor in layout.tensors() {
            let factor = factor(tensor.kind, self.delta);
            flat[tensor.range()].iter_mut().for_each(|value| *value /= factor);
        }
        flat
    }
}

/// taps x middle x inner becomes taps x inner x middle.
fn turn(tensor: &Tensor, values: &[f32], target: &mut [f32]) {
    let width = padded(tensor.middle);
    for outer in 0..tensor.outer {
        for middle in 0..tensor.middle {
            let row = tensor.at(outer, middle, 0);
            for (inner, &value) in values[row..row + tensor.inner].iter().enumerate() {
                target[(outer * tensor.inner + inner) * width + middle] = value;
            }
        }
    }
}
