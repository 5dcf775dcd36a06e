//! How to train: a dense or a convolutional recipe, read from a file or built in, and fitted to a machine.

use crate::pictures::from_text;
use spinwright_contract::{Color, Problem, ValidConfig, files};
use spinwright_reference::data::Dataset;
use spinwright_reference::train::{Format, TrainConfig, conv};
use std::path::Path;

/// A training configuration of either kind.
#[derive(Clone, Debug)]
pub enum Recipe {
    /// For a machine of one dense block, with encoder and decoder on the host.
    Dense(TrainConfig),
    /// For a machine with encoder and decoder on the device.
    Conv(Box<conv::TrainConfig>),
}

impl Recipe {
    /// The built-in recipe for a machine: dense or convolutional as the machine is.
    pub fn built_in(machine: &ValidConfig, digits: bool) -> Self {
        match (machine.encoder().is_some() || machine.decoder().is_some(), digits) {
            (true, _) => Recipe::Conv(Box::new(conv::TrainConfig::mnist())),
            (false, true) => Recipe::Dense(TrainConfig::digits()),
            (false, false) => Recipe::Dense(TrainConfig::mnist()),
        }
    }

    /// Reads a configuration; one with the key `blocks` is convolutional.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let value: serde_json::Value = files::read_json(path)?;
        if value.get("blocks").is_some() {
            return Ok(Recipe::Conv(Box::new(files::read_json(path)?)));
        }
        Ok(Recipe::Dense(files::read_json(path)?))
    }

    /// Names every random stream of the run.
    pub fn set_seed(&mut self, seed: u64) {
        match self {
            Recipe::Dense(config) => config.seed = seed,
            Recipe::Conv(config) => config.seed = seed,
        }
    }

    /// Replaces the phases by the first one, of this many epochs.
    pub fn set_epochs(&mut self, epochs: usize) {
        match self {
            Recipe::Dense(config) => {
                config.phases.truncate(1);
                for phase in &mut config.phases {
                    phase.epochs = epochs;
                    phase.warmup_epochs = phase.warmup_epochs.min(epochs as f32);
                }
            }
            Recipe::Conv(config) => {
                config.phases.truncate(1);
                for phase in &mut config.phases {
                    phase.epochs = epochs;
                    phase.warmup_epochs = phase.warmup_epochs.min(epochs as f32);
                }
            }
        }
    }

    /// Puts the machine's shape and number formats into the recipe and checks every range.
    ///
    /// # Errors
    /// When the recipe is not for this kind of machine, a value is out of range, or the pictures do not have the machine's size.
    pub fn fit(self, machine: &ValidConfig, data: &Dataset) -> Result<Self, Problem> {
        match self {
            Recipe::Dense(config) if machine.is_one_dense_block() => {
                Ok(Recipe::Dense(dense(config, machine, data)?))
            }
            Recipe::Conv(config) if machine.encoder().is_some() && machine.decoder().is_some() => {
                Ok(Recipe::Conv(Box::new(convolutional(*config, machine, data)?)))
            }
            Recipe::Dense(_) => Err(misfit(
                machine,
                "a dense recipe trains one dense block without encoder and decoder on the device",
            )),
            Recipe::Conv(_) => Err(misfit(
                machine,
                "a recipe with `blocks` trains encoder and decoder on the device, and the machine lacks one",
            )),
        }
    }
}

fn misfit(machine: &ValidConfig, why: &str) -> Problem {
    Problem::new(
        "the recipe does not fit the machine",
        format!("machine {}", machine.name()),
        why,
        "use the recipe and the machine of the same example",
    )
}

fn dense(mut config: TrainConfig, machine: &ValidConfig, data: &Dataset) -> Result<TrainConfig, Problem> {
    config.validate()?;
    config.hidden = machine.p_bits(Color::Hidden);
    config.outputs = machine.p_bits(Color::Output);
    config.skip = machine.block().skip();
    config.format = Format::of(machine, config.format.hidden_fraction, config.format.output_fraction);
    let encoder = config.encoder(data.rows, data.cols);
    encoder.validate().map_err(|error| from_text("key `margin`", &error.to_string()))?;
    if encoder.inputs() != machine.inputs() {
        return Err(Problem::new(
            "the pictures do not fit the machine",
            format!("machine {}, key `blocks[0].inputs`", machine.name()),
            format!(
                "pictures of {} x {} pixels with a margin of {} give {} inputs, the machine has {}",
                data.rows,
                data.cols,
                config.margin,
                encoder.inputs(),
                machine.inputs()
            ),
            format!("use a machine with {} inputs, or another margin", encoder.inputs()),
        ));
    }
    Ok(config)
}

fn convolutional(
    mut config: conv::TrainConfig,
    machine: &ValidConfig,
    data: &Dataset,
) -> Result<conv::TrainConfig, Problem> {
    let (Some(encoder), Some(decoder)) = (machine.encoder(), machine.decoder()) else {
        unreachable!("the caller has looked");
    };
    if (encoder.rows, encoder.columns) != (data.rows, data.cols) || decoder.classes != data.classes {
        return Err(Problem::new(
            "the pictures do not fit the machine",
            format!("machine {}, keys `encoder`, `decoder`", machine.name()),
            format!(
                "there are {} classes of pictures of {} x {} pixels, the machine takes {} of {} x {}",
                data.classes, data.rows, data.cols, decoder.classes, encoder.rows, encoder.columns
            ),
            "use the data set that the machine was made for, or another machine",
        ));
    }
    config.encoder = conv::EncoderConfig { channels: machine.block().input.channels, kernel: encoder.kernel };
    config.blocks = machine
        .blocks()
        .map(|sizes| {
            let shape = sizes.shape;
            conv::BlockConfig {
                hidden: shape.hidden.channels,
                output: shape.output.channels,
                k1: shape.k1,
                k2: shape.k2,
                k3: shape.k3,
                bias: shape.bias,
            }
        })
        .collect();
    config.decoder = conv::DecoderConfig { rows: decoder.rows, columns: decoder.columns };
    config.format.encoder_bias_shift = encoder.bias_shift;
    config.format.decoder_bias_shift = decoder.bias_shift;
    let format = &mut config.format.block;
    *format = Format::of(machine, format.hidden_fraction, format.output_fraction);
    config.validate()?;
    config.accepts(data.rows, data.cols)?;
    let planes: Vec<_> = config.shapes(data.rows, data.cols);
    if let Some((b, _)) = planes.iter().zip(machine.blocks()).enumerate().find(|(_, (a, b))| **a != b.shape) {
        return Err(Problem::new(
            "the planes of this machine cannot be trained",
            format!("machine {}, key `blocks[{b}]`", machine.name()),
            "training makes every plane as large as its kernel allows, and this one is smaller",
            "enlarge the plane, or import a model trained elsewhere (spinwright import)",
        ));
    }
    Ok(config)
}
