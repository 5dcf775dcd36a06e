//! Machines and images for a strength delta.

use crate::model::{Choices, Model, ModelFolder};
use spinwright_contract::{Problem, RandomSource, Readout, Schedule, Shifts, Start, ValidConfig};
use spinwright_reference::compile::{ConvOptions, ModelOptions, compile_conv_model, compile_model};
use spinwright_reference::image::BankImage;
use spinwright_reference::quantize::Overflow;

/// Fraction bits of every tensor in wide formats.
const WIDE_FRACTION: i32 = 8;

/// The machine with another number of replicas.
pub fn with_replicas(machine: &ValidConfig, replicas: Option<usize>) -> Result<ValidConfig, Problem> {
    let Some(replicas) = replicas else { return Ok(machine.clone()) };
    let mut config = machine.config().clone();
    config.replicas = replicas;
    config.validate().map_err(|problem| problem.within("option --replicas"))
}

/// Machine and image of a model with this delta, and whether in the machine's own formats: at the delta that the model was trained
/// with. Others get wide formats of step 2^-8, in which small couplings are not rounded away.
pub fn image(
    folder: &ModelFolder,
    machine: &ValidConfig,
    delta: f64,
) -> Result<(ValidConfig, BankImage, bool), Problem> {
    let own = (delta - folder.model.delta()).abs() < 1e-6;
    let schedule = Schedule { burn_in: 0, retained: 1, readout: Readout::Spin };
    let schedules = vec![schedule; machine.block_count()];
    if own {
        let image = folder.compile(machine, &schedules, Start::Random, &Choices::default())?;
        return Ok((machine.clone(), image, true));
    }
    let mut config = machine.config().clone();
    config.weight_bits = 14;
    config.bias_bits = 16;
    config.field_bits = 12;
    config.draw_bits = match config.random_source {
        RandomSource::Lfsr64 => 19,
        RandomSource::Xoshiro128PlusPlus => 24,
    };
    config.shifts = Shifts::default();
    (config.tables, config.coupling_banks) = (1, 2);
    let wide = config.validate().map_err(|problem| problem.within("machine with wide formats"))?;
    let (hidden_frac_bits, overflow) = (WIDE_FRACTION, Overflow::Refuse);
    let (start, betas) = (Start::Random, vec![1.0]);
    let image = match &folder.model {
        Model::Dense(trained) => {
            let options = ModelOptions { delta, hidden_frac_bits, overflow, schedule, start, betas };
            compile_model(&trained.model, &wide, &options)
        }
        Model::Conv(stored) => {
            let options = ConvOptions {
                delta,
                hidden_frac_bits,
                encoder_frac_bits: stored.format.encoder_fraction,
                decoder_frac_bits: stored.format.decoder_fraction,
                overflow,
                schedules,
                start,
                betas,
            };
            compile_conv_model(&stored.model, &wide, &options)
        }
    };
    Ok((wide, image.map_err(|problem| problem.within(folder.path.display()))?, false))
}
