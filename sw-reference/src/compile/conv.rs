//! Compilation of convolutional models: encoder, blocks and decoder become a bank image.

use super::{check_betas, encoded};
use crate::image::{BankContents, BankImage, BlockContents, Encoder, Table};
use crate::layout::BankLayout;
use crate::models::ConvModel;
use crate::quantize::{ConvFormats, Overflow, QuantizedConv, Rounding, quantize_conv};
use spinwright_contract::{Problem, Schedule, Start, ValidConfig};

/// How a trained convolutional model is compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvOptions {
    /// Strength of the outputs' couplings and biases; usually the model's own `delta`.
    pub delta: f64,
    /// Fraction bits g of the hidden field; decides all formats of the blocks.
    pub hidden_frac_bits: i32,
    /// Fraction bits of the encoder's weights, for u = (2 v - 255) / 256.
    pub encoder_frac_bits: i32,
    /// Fraction bits of the decoder's weights.
    pub decoder_frac_bits: i32,
    /// What happens to weights that do not fit.
    pub overflow: Overflow,
    /// Lengths and readout of every block.
    pub schedules: Vec<Schedule>,
    /// Where a run starts.
    pub start: Start,
    /// Inverse temperature of every table of the machine, for all blocks.
    pub betas: Vec<f32>,
}

/// A trained convolutional model, all the way to an image.
///
/// # Errors
/// What the stages refuse: see [`crate::quantize::QuantizeError`] and [`super::layout`].
pub fn compile_conv_model(
    model: &ConvModel,
    config: &ValidConfig,
    options: &ConvOptions,
) -> Result<BankImage, Problem> {
    model.validate()?;
    let ends = [options.encoder_frac_bits, options.decoder_frac_bits];
    let formats =
        ConvFormats::of(config, options.hidden_frac_bits, ends, Rounding::HalfEven, options.overflow);
    let quantized = quantize_conv(model, options.delta, config, &formats)?;
    compile_conv(quantized, config, &options.schedules, options.start, &options.betas)
}

/// Places a quantized model on its machine. Tables are computed here, once, the same for every block. The image's words are decoded
/// again and compared before it is handed out.
///
/// # Errors
/// When the model was quantized for another machine, the number of betas is not the machine's number of tables, a beta is not
/// finite or negative, or the schedules do not fit.
///
/// # Panics
/// If the decoder does not find what the encoder wrote, which would be a defect of this program.
pub fn compile_conv(
    model: QuantizedConv,
    config: &ValidConfig,
    schedules: &[Schedule],
    start: Start,
    betas: &[f32],
) -> Result<BankImage, Problem> {
    super::check_machine(model.machine_id, config)?;
    check_betas(betas)?;
    crate::image::check::schedules(schedules, config)?;
    let tables = model.grids.field.map(|frac_bits| {
        let table = |&beta: &f32| Table::sigmoid(beta, frac_bits, config.field_bits(), config.draw_bits());
        betas.iter().map(table).collect::<Vec<_>>()
    });
    let blocks = model.blocks.into_iter().zip(schedules).map(|(block, &schedule)| BlockContents {
        schedule,
        tables: tables.clone(),
        k1: block.k1,
        k2: block.k2,
        k3: block.k3,
    });
    let contents = BankContents {
        start,
        field_frac_bits: model.grids.field,
        blocks: blocks.collect(),
        bias_sets: vec![model.biases],
        encoder: Some(Encoder::Device(model.encoder)),
        decoder: Some(model.decoder),
    };
    encoded(BankLayout::place(config, contents)?, config)
}

#[cfg(test)]
mod tests;
