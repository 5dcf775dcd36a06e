//! From a convolutional model to a machine's integers.

use super::model::Rounder;
use super::{Formats, Overflow, QFormat, QuantizeError, Rounding};
use crate::image::{BiasSet, Decoder, Grids, Matrix, SignEncoder, decoder_bits, matrix_shapes};
use crate::models::{CellDecoder, ConvBlock, ConvModel, SignConv};
use crate::train::decoder_fraction;
use spinwright_contract::config::{BiasScope, Kernel, Plane};
use spinwright_contract::{BlockShape, Color, ValidConfig};

/// The formats of a convolutional model on a machine. Encoder and decoder have grids of their own; the left shifts of their
/// biases are the machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvFormats {
    /// Of every block, with how all numbers round and what happens to those that do not fit.
    pub block: Formats,
    /// Of the encoder's weights; n counts for u = (2 v - 255) / 256.
    pub encoder: QFormat,
    /// Of the encoder's biases: n is that of the weights + 8 - the machine's shift.
    pub encoder_bias: QFormat,
    /// Of the decoder's weights.
    pub decoder: QFormat,
    /// Of the decoder's biases: n is that of the weights - the machine's shift.
    pub decoder_bias: QFormat,
}

impl ConvFormats {
    /// The formats of a machine when its hidden field has `hidden_frac_bits`, its encoder's weights `encoder_frac_bits` and its
    /// decoder's weights `decoder_frac_bits` fraction bits. A decoder on the host has 8 bits, and [`quantize_conv`] gives its biases
    /// the finest grid up to the weights' that holds them.
    pub fn of(
        config: &ValidConfig,
        hidden_frac_bits: i32,
        [encoder_frac_bits, decoder_frac_bits]: [i32; 2],
        rounding: Rounding,
        overflow: Overflow,
    ) -> Self {
        let format = |total_bits, frac_bits| QFormat { total_bits, frac_bits };
        let encoder_shift = config.encoder().map_or(0, |e| e.bias_shift) as i32;
        let decoder_shift = config.decoder().map_or(0, |d| d.bias_shift) as i32;
        let [bits, bias_bits] = decoder_bits(config);
        Self {
            block: Formats::of(config, hidden_frac_bits, rounding, overflow),
            encoder: format(config.weight_bits(), encoder_frac_bits),
            encoder_bias: format(config.bias_bits(), encoder_frac_bits + PIXEL_STEP_LOG2 - encoder_shift),
            decoder: format(bits, decoder_frac_bits),
            decoder_bias: format(bias_bits, decoder_frac_bits - decoder_shift),
        }
    }
}

/// u = (2 v - 255) / 2^8 in the model, 2 v - 255 on the machine.
const PIXEL_STEP_LOG2: i32 = 8;

/// Matrices of one block as integers.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedBlock {
    /// Input to hidden.
    pub k1: Matrix,
    /// Hidden and output, delta folded in.
    pub k2: Matrix,
    /// Input to output, delta folded in.
    pub k3: Option<Matrix>,
}

/// A convolutional model as integers of one machine's shape.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedConv {
    pub(crate) machine_id: u64,
    pub(crate) grids: Grids,
    pub(crate) blocks: Vec<QuantizedBlock>,
    pub(crate) biases: BiasSet,
    pub(crate) encoder: SignEncoder,
    pub(crate) decoder: Decoder,
    saturated: usize,
}

impl QuantizedConv {
    /// Fraction bits of every tensor of the blocks.
    pub fn grids(&self) -> Grids {
        self.grids
    }

    /// The blocks' matrices.
    pub fn blocks(&self) -> &[QuantizedBlock] {
        &self.blocks
    }

    /// The biases of all blocks.
    pub fn biases(&self) -> &BiasSet {
        &self.biases
    }

    /// The sign convolution.
    pub fn encoder(&self) -> &SignEncoder {
        &self.encoder
    }

    /// The decoder, on the device or on the host.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// How many numbers stopped at the end of their format ([`Overflow::Saturate`]).
    pub fn saturated(&self) -> usize {
        self.saturated
    }
}

/// Rounds a model to a machine's integers. `delta` scales K2, K3 and the output biases (Moore 2026, eqs. 5, 8, 9).
///
/// # Errors
/// [`QuantizeError`]: planes, kernels, encoder or decoder are not the machine's, fraction bits are out of range, a number is not
/// finite or does not fit its format.
pub fn quantize_conv(
    model: &ConvModel,
    delta: f64,
    config: &ValidConfig,
    formats: &ConvFormats,
) -> Result<QuantizedConv, QuantizeError> {
    check_shape(model, config)?;
    let hidden_frac_bits = formats.block.k1.frac_bits + config.shifts(Color::Hidden).input as i32;
    let grids = Grids::of(config, hidden_frac_bits);
    if !grids.in_range() {
        return Err(QuantizeError::GridRange { hidden_frac_bits });
    }
    let mut rounder = Rounder::new(&formats.block);
    let mut blocks = Vec::with_capacity(model.blocks.len());
    let mut raw = Vec::with_capacity(model.blocks.len());
    for (index, block) in model.blocks.iter().enumerate() {
        blocks.push(matrices(block, index, delta, &grids, &formats.block, &mut rounder)?);
        raw.push(biases(block, index, delta, &formats.block, &mut rounder)?);
    }
    let mut saturated = rounder.finish()?;
    let mut rounder = Rounder::new(&formats.block);
    let encoder = encoder(&model.encoder, config, formats, &mut rounder)?;
    let decoder = decoder(&model.decoder, config, formats, &mut rounder)?;
    saturated += rounder.finish().map_err(QuantizeError::of_end)?;
    Ok(QuantizedConv {
        machine_id: config.hash().id(),
        grids,
        blocks,
        biases: BiasSet { hidden_frac_bits: grids.b1, output_frac_bits: grids.b2, raw },
        encoder,
        decoder,
        saturated,
    })
}

fn check_shape(model: &ConvModel, config: &ValidConfig) -> Result<(), QuantizeError> {
    let differ = |part: String, found: String, expected: String| {
        if found == expected { Ok(()) } else { Err(QuantizeError::Shape { part, found, expected }) }
    };
    differ("blocks".into(), model.blocks.len().to_string(), config.block_count().to_string())?;
    for (block, sizes) in model.blocks.iter().zip(config.blocks()) {
        let text = |shape: &BlockShape| serde_json::to_string(shape).expect("a shape is JSON");
        differ(format!("blocks[{}]", sizes.index), text(&block.shape), text(&sizes.shape))?;
    }
    let e = &model.encoder;
    let Some(shape) = config.encoder() else { return Err(QuantizeError::NoEncoder) };
    differ(
        "encoder".into(),
        encoder_text([e.rows, e.columns], e.kernel, e.plane()),
        encoder_text([shape.rows, shape.columns], shape.kernel, config.block().input),
    )?;
    let Some(shape) = config.decoder() else { return Ok(()) };
    let d = &model.decoder;
    differ(
        "decoder".into(),
        format!("{} classes, {} x {} cells", d.classes, d.rows, d.columns),
        format!("{} classes, {} x {} cells", shape.classes, shape.rows, shape.columns),
    )
}

fn encoder_text([rows, columns]: [usize; 2], kernel: Kernel, plane: Plane) -> String {
    let Kernel { size, stride, padding } = kernel;
    format!(
        "{rows} x {columns} pixels, size {size}, stride {stride}, padding {padding}, into {} x {} x {}",
        plane.rows, plane.columns, plane.channels
    )
}

fn matrices(
    block: &ConvBlock,
    index: usize,
    delta: f64,
    grids: &Grids,
    formats: &Formats,
    rounder: &mut Rounder,
) -> Result<QuantizedBlock, QuantizeError> {
    let shape = &block.shape;
    let [k1, k2, k3] = matrix_shapes(shape);
    let mut matrix = |name: &str, values: &[f32], factor: f64, source: Plane, rows, frac_bits, format| {
        tap_major(&format!("block{index}.{name}"), values, factor, source.channels, rows, format, rounder)
            .map(|raw| Matrix { rows, columns: raw.len() / rows, frac_bits, raw })
    };
    Ok(QuantizedBlock {
        k1: matrix("k1", &block.k1, 1.0, shape.input, k1[0], grids.k1, formats.k1)?,
        k2: matrix("k2", &block.k2, delta, shape.hidden, k2[0], grids.k2, formats.k2)?,
        k3: match &block.k3 {
            Some(values) => Some(matrix("k3", values, delta, shape.input, k3[0], grids.k3, formats.k3)?),
            None => None,
        },
    })
}

/// `[rows, channels, taps]` of the model as rows of (taps x channels).
fn tap_major(
    name: &str,
    values: &[f32],
    factor: f64,
    channels: usize,
    rows: usize,
    format: QFormat,
    rounder: &mut Rounder,
) -> Result<Vec<i16>, QuantizeError> {
    let taps = values.len() / (rows * channels);
    let mut raw = Vec::with_capacity(values.len());
    for row in 0..rows {
        for tap in 0..taps {
            for channel in 0..channels {
                let value = factor * f64::from(values[(row * channels + channel) * taps + tap]);
                raw.push(rounder.raw(value, format, || format!("{name}[{row}][{channel}], tap {tap}"))?);
            }
        }
    }
    Ok(raw)
}

fn biases(
    block: &ConvBlock,
    index: usize,
    delta: f64,
    formats: &Formats,
    rounder: &mut Rounder,
) -> Result<[Vec<i16>; 2], QuantizeError> {
    let mut of = |name: &str, values: &[f32], factor: f64, plane: Plane, format| {
        let positions = match block.shape.bias {
            BiasScope::Channel => 1,
            BiasScope::Position => plane.positions(),
        };
        let mut raw = Vec::with_capacity(values.len());
        for position in 0..positions {
            for channel in 0..plane.channels {
                let at = channel * positions + position;
                let name = || format!("block{index}.{name}, number {at}");
                raw.push(rounder.raw(factor * f64::from(values[at]), format, name)?);
            }
        }
        Ok(raw)
    };
    let hidden = of("b1", &block.b1, 1.0, block.shape.hidden, formats.b1)?;
    Ok([hidden, of("b2", &block.b2, delta, block.shape.output, formats.b2)?])
}

fn rounded(
    name: &str,
    values: &[f32],
    format: QFormat,
    rounder: &mut Rounder,
) -> Result<Vec<i16>, QuantizeError> {
    let one =
        |(i, &value): (usize, &f32)| rounder.raw(value.into(), format, || format!("{name}, number {i}"));
    values.iter().enumerate().map(one).collect()
}

fn encoder(
    encoder: &SignConv,
    config: &ValidConfig,
    formats: &ConvFormats,
    rounder: &mut Rounder,
) -> Result<SignEncoder, QuantizeError> {
    Ok(SignEncoder {
        shape: config.encoder().expect("the shapes were compared"),
        plane: config.block().input,
        weight_frac_bits: formats.encoder.frac_bits + PIXEL_STEP_LOG2,
        weights: rounded("encoder.weight", &encoder.weight, formats.encoder, rounder)?,
        biases: rounded("encoder.bias", &encoder.bias, formats.encoder_bias, rounder)?,
    })
}

/// The decoder in the machine's cells; on the host every position is a cell of its own and repeats its cell's weights.
fn decoder(
    decoder: &CellDecoder,
    config: &ValidConfig,
    formats: &ConvFormats,
    rounder: &mut Rounder,
) -> Result<Decoder, QuantizeError> {
    let (plane, cells) = (decoder.plane, decoder.rows * decoder.columns);
    let raw = tap_major(
        "decoder.weight",
        &decoder.weight,
        1.0,
        plane.channels,
        decoder.classes,
        formats.decoder,
        rounder,
    )?;
    let mut bias_format = formats.decoder_bias;
    if config.decoder().is_none() {
        bias_format.frac_bits = decoder_fraction(&decoder.bias).min(formats.decoder.frac_bits);
    }
    let biases = rounded("decoder.bias", &decoder.bias, bias_format, rounder)?;
    let bias_shift = (formats.decoder.frac_bits - bias_format.frac_bits) as u32;
    let weight_frac_bits = formats.decoder.frac_bits;
    let (classes, rows, columns) = (decoder.classes, decoder.rows, decoder.columns);
    if config.decoder().is_some() {
        return Ok(Decoder {
            classes,
            plane,
            rows,
            columns,
            weights: raw,
            weight_frac_bits,
            biases,
            bias_shift,
        });
    }
    let mut weights = Vec::with_capacity(classes * plane.p_bits());
    for class in raw.chunks(cells * plane.channels) {
        for row in 0..plane.rows {
            for column in 0..plane.columns {
                let first = decoder.cell(row, column) * plane.channels;
                weights.extend_from_slice(&class[first..first + plane.channels]);
            }
        }
    }
    let (rows, columns) = (plane.rows, plane.columns);
    Ok(Decoder { classes, plane, rows, columns, weights, weight_frac_bits, biases, bias_shift })
}
