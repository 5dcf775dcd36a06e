//! Compilation: a quantized model, its tables and its schedule become a bank image.
//!
//! ```text
//! QuantizedModel -> BankLayout -> BankImage
//! ```

mod conv;

pub use conv::{ConvOptions, compile_conv, compile_conv_model};

use crate::data::Encoder;
use crate::image::{
    BankContents, BankImage, BlockContents, Decoder, Encoder as ImageEncoder, PixelEncoder, Table,
};
use crate::layout::BankLayout;
use crate::models::block_model;
use crate::quantize::{Formats, Overflow, QFormat, QuantizedModel, Rounding, quantize};
use crate::train::{Linear, Model, decoder_fraction};
use spinwright_contract::{Color, Problem, Schedule, Start, ValidConfig};

/// What an image says beside its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Lengths and readout of a run.
    pub schedule: Schedule,
    /// Where a run starts.
    pub start: Start,
    /// Inverse temperature of every table of the machine.
    pub betas: Vec<f32>,
    /// Encoder and decoder on the host, for models that classify pictures.
    pub classifier: Option<(PixelEncoder, Decoder)>,
}

/// Places a quantized model on its machine. Tables are computed here, once (`docs/contract.md`, section 4).
///
/// # Errors
/// When the model was quantized for another machine, the number of betas is not the machine's number of tables, a beta is not
/// finite or negative, or the schedule or classifier does not fit.
pub fn layout<'a>(
    model: QuantizedModel,
    config: &'a ValidConfig,
    program: &Program,
) -> Result<BankLayout<'a>, Problem> {
    check_machine(model.machine_id, config)?;
    check_betas(&program.betas)?;
    let tables = model.grids.field.map(|frac_bits| {
        let table = |&beta: &f32| Table::sigmoid(beta, frac_bits, config.field_bits(), config.draw_bits());
        program.betas.iter().map(table).collect()
    });
    let (encoder, decoder) = program.classifier.clone().unzip();
    let block =
        BlockContents { schedule: program.schedule, tables, k1: model.k1, k2: model.k2, k3: model.k3 };
    let contents = BankContents {
        start: program.start,
        field_frac_bits: model.grids.field,
        blocks: vec![block],
        bias_sets: model.bias_sets,
        encoder: encoder.map(ImageEncoder::Host),
        decoder,
    };
    BankLayout::place(config, contents)
}

/// [`layout`], then the image. The image's words are decoded again and compared before it is handed out.
///
/// # Errors
/// As [`layout`].
///
/// # Panics
/// If the decoder does not find what the encoder wrote, which would be a defect of this program.
pub fn compile(model: QuantizedModel, config: &ValidConfig, program: &Program) -> Result<BankImage, Problem> {
    encoded(layout(model, config, program)?, config)
}

/// The image of a layout, decoded again and compared.
fn encoded(layout: BankLayout, config: &ValidConfig) -> Result<BankImage, Problem> {
    let image = layout.into_image();
    let decoded = BankImage::from_words(&image.to_words(), config)?;
    assert!(decoded == image, "decoding an image gives what was encoded");
    Ok(image)
}

fn check_machine(machine_id: u64, config: &ValidConfig) -> Result<(), Problem> {
    if machine_id == config.hash().id() {
        return Ok(());
    }
    Err(Problem::new(
        "the model was quantized for another machine",
        config.name(),
        format!("machine ID {machine_id:016x} instead of {:016x}", config.hash().id()),
        "quantize it for this machine",
    ))
}

fn check_betas(betas: &[f32]) -> Result<(), Problem> {
    match betas.iter().find(|beta| !(beta.is_finite() && **beta >= 0.0)) {
        None => Ok(()),
        Some(beta) => Err(Problem::new(
            "a table cannot be made",
            "betas",
            format!("beta is {beta}; an inverse temperature is finite and not negative"),
            "give betas such as 1.0",
        )),
    }
}

/// How a trained model is compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelOptions {
    /// Strength of the output's couplings and biases; usually the model's own `block.delta`.
    pub delta: f64,
    /// Fraction bits g of the hidden field; decides all formats.
    pub hidden_frac_bits: i32,
    /// What happens to weights that do not fit.
    pub overflow: Overflow,
    /// Lengths and readout of a run.
    pub schedule: Schedule,
    /// Where a run starts.
    pub start: Start,
    /// Inverse temperature of every table of the machine.
    pub betas: Vec<f32>,
}

/// A trained model, all the way to an image.
///
/// # Errors
/// What the stages refuse: see [`crate::quantize::QuantizeError`] and [`layout`].
pub fn compile_model(
    model: &Model,
    config: &ValidConfig,
    options: &ModelOptions,
) -> Result<BankImage, Problem> {
    model.validate()?;
    let formats = Formats::of(config, options.hidden_frac_bits, Rounding::HalfEven, options.overflow);
    let quantized = quantize(&block_model(&model.block, options.delta)?, config, &formats)?;
    let program = Program {
        schedule: options.schedule,
        start: options.start,
        betas: options.betas.clone(),
        classifier: Some(classifier(&model.encoder, &model.decoder, config)?),
    };
    compile(quantized, config, &program)
}

/// Encoder and decoder of an image: the decoder in 8 bits on the finest grids that hold it, outputs that the model does not have
/// weighted 0.
///
/// # Errors
/// When the decoder has more outputs than the machine, or biases too large for its grid.
pub fn classifier(
    encoder: &Encoder,
    decoder: &Linear,
    config: &ValidConfig,
) -> Result<(PixelEncoder, Decoder), Problem> {
    let outputs = config.p_bits(Color::Output);
    if decoder.inputs > outputs {
        return Err(Problem::new(
            "the decoder does not fit the machine",
            "decoder.weight",
            format!("it reads {} outputs, the machine has {outputs}", decoder.inputs),
            format!("generate a machine with \"outputs\": {} or more", decoder.inputs),
        ));
    }
    let weight_frac_bits = decoder_fraction(&decoder.weight);
    let bias_frac_bits = decoder_fraction(&decoder.bias).min(weight_frac_bits);
    let bias_shift = (weight_frac_bits - bias_frac_bits) as u32;
    if bias_shift > 31 {
        return Err(Problem::new(
            "the decoder's biases dwarf its weights",
            "decoder.bias",
            format!("they would need a left shift of {bias_shift}, 0 to 31 are possible"),
            "train the model again",
        ));
    }
    let raw = |values: &[f32], frac_bits: i32| -> Vec<i16> {
        let format = QFormat { total_bits: 8, frac_bits };
        let fits =
            |&v: &f32| format.raw(v.into(), Rounding::HalfEven, Overflow::Saturate).unwrap_or(0) as i16;
        values.iter().map(fits).collect()
    };
    let mut weights = Vec::with_capacity(decoder.classes * outputs);
    for row in raw(&decoder.weight, weight_frac_bits).chunks(decoder.inputs.max(1)) {
        weights.extend_from_slice(row);
        weights.resize(weights.len() + outputs - decoder.inputs, 0);
    }
    let pixels = PixelEncoder {
        threshold: encoder.threshold.into(),
        margin: encoder.margin,
        rows: encoder.rows,
        columns: encoder.cols,
    };
    let plane = config.last_block().output;
    let decoder = Decoder {
        classes: decoder.classes,
        plane,
        rows: plane.rows,
        columns: plane.columns,
        weights,
        weight_frac_bits,
        biases: raw(&decoder.bias, bias_frac_bits),
        bias_shift,
    };
    Ok((pixels, decoder))
}

#[cfg(test)]
mod tests;
