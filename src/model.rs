//! A model's folder: the model, its record and the machine that it is for.

use crate::training::MACHINE_FILE;
use spinwright_contract::{Problem, Schedule, Start, ValidConfig};
use spinwright_reference::compile::{ConvOptions, ModelOptions, compile_conv_model, compile_model};
use spinwright_reference::data::Dataset;
use spinwright_reference::image::BankImage;
use spinwright_reference::quantize::Overflow;
use spinwright_reference::train::conv::{self, Sampling};
use spinwright_reference::train::{Trained, control_accuracy, feed_forward_accuracy, io};
use std::path::{Path, PathBuf};

/// A model read from its folder.
pub struct ModelFolder {
    /// Where it lies.
    pub path: PathBuf,
    /// What lies there.
    pub model: Model,
    /// The machine in the folder.
    pub machine: ValidConfig,
}

/// Both kinds of models.
pub enum Model {
    /// One dense block; encoder and decoder on the host.
    Dense(Box<Trained>),
    /// Convolutional blocks; encoder and decoder on the device.
    Conv(Box<conv::io::Stored>),
}

/// What a compilation may choose beside the schedules.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Instead of the model's own delta.
    pub delta: Option<f64>,
    /// Inverse temperatures of the tables; 1 for all without it.
    pub betas: Vec<f32>,
    /// Saturate weights that do not fit instead of refusing them.
    pub saturate: bool,
}

impl Choices {
    fn betas(&self, machine: &ValidConfig) -> Vec<f32> {
        if self.betas.is_empty() { vec![1.0; machine.tables()] } else { self.betas.clone() }
    }

    fn overflow(&self) -> Overflow {
        if self.saturate { Overflow::Saturate } else { Overflow::Refuse }
    }
}

impl ModelFolder {
    /// Reads and checks a folder.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        if !path.join(io::DESCRIPTION_FILE).is_file() {
            return Err(Problem::new(
                "this is not a model",
                path.display().to_string(),
                format!(
                    "a model is a folder with {}, {} and {MACHINE_FILE}",
                    io::DESCRIPTION_FILE,
                    io::WEIGHTS_FILE
                ),
                "name a folder that `spinwright train` wrote, or examples/digits",
            ));
        }
        let model = if conv::io::is_conv(path)? {
            Model::Conv(Box::new(conv::io::load(path)?))
        } else {
            Model::Dense(Box::new(io::load(path)?))
        };
        let machine = ValidConfig::read(&path.join(MACHINE_FILE))?;
        Ok(Self { path: path.to_path_buf(), model, machine })
    }

    /// The image of this model for a machine; one schedule per block.
    pub fn compile(
        &self,
        machine: &ValidConfig,
        schedules: &[Schedule],
        start: Start,
        choices: &Choices,
    ) -> Result<BankImage, Problem> {
        self.model
            .compile(machine, schedules, start, choices)
            .map_err(|problem| problem.within(self.path.display()))
    }
}

impl Model {
    /// Rows and columns of its pictures.
    pub fn picture(&self) -> (usize, usize) {
        match self {
            Model::Dense(trained) => (trained.model.encoder.rows, trained.model.encoder.cols),
            Model::Conv(stored) => (stored.model.encoder.rows, stored.model.encoder.columns),
        }
    }

    /// Strength of the output's couplings and biases that it was trained with.
    pub fn delta(&self) -> f64 {
        match self {
            Model::Dense(trained) => trained.model.block.delta.into(),
            Model::Conv(stored) => stored.model.delta.into(),
        }
    }

    /// Distinct couplings of all blocks.
    pub fn weights(&self) -> usize {
        match self {
            Model::Dense(trained) => trained.model.block.weights(),
            Model::Conv(stored) => stored.model.weights(),
        }
    }

    /// Everything that was trained: couplings, biases, encoder and decoder.
    pub fn parameters(&self) -> usize {
        match self {
            Model::Dense(trained) => trained.model.parameters(),
            Model::Conv(stored) => stored.model.parameters(),
        }
    }

    /// The image for a machine; one schedule per block.
    pub fn compile(
        &self,
        machine: &ValidConfig,
        schedules: &[Schedule],
        start: Start,
        choices: &Choices,
    ) -> Result<BankImage, Problem> {
        match self {
            Model::Dense(trained) => {
                let [schedule] = schedules else {
                    return Err(Problem::new(
                        "the model does not fit the machine",
                        format!("machine {}", machine.name()),
                        format!("the model has one block, the machine {}", machine.block_count()),
                        "use the machine in the model's folder",
                    ));
                };
                compile(trained, machine, *schedule, start, choices)
            }
            Model::Conv(stored) => {
                let options = ConvOptions {
                    delta: choices.delta.unwrap_or(stored.model.delta.into()),
                    hidden_frac_bits: stored.format.block.hidden_fraction,
                    encoder_frac_bits: stored.format.encoder_fraction,
                    decoder_frac_bits: stored.format.decoder_fraction,
                    overflow: choices.overflow(),
                    schedules: schedules.to_vec(),
                    start,
                    betas: choices.betas(machine),
                };
                compile_conv_model(&stored.model, machine, &options)
            }
        }
    }

    /// Accuracy of the mean-field pass without any sampling; only of dense models.
    pub fn feed_forward_accuracy(&self, data: &Dataset) -> Option<f64> {
        match self {
            Model::Dense(trained) => Some(feed_forward_accuracy(&trained.model, data)),
            Model::Conv(_) => None,
        }
    }

    /// Accuracy of encoder and decoder trained without any block; none where the folder has no such control.
    pub fn control_accuracy(&self, data: &Dataset) -> Option<f64> {
        match self {
            Model::Dense(trained) => {
                let model = &trained.model;
                Some(control_accuracy(&model.control, &model.encoder, data))
            }
            // Without a block nothing is sampled: the schedule has no part in it.
            Model::Conv(stored) => stored.control.as_ref().map(|control| {
                let schedule =
                    Schedule { burn_in: 0, retained: 1, readout: spinwright_contract::Readout::Spin };
                let sampling =
                    Sampling { replicas: 1, schedules: vec![schedule], delta: control.delta, seed: 1 };
                conv::sampled_accuracy(control, &stored.format, data, &sampling)
            }),
        }
    }
}

/// The image of a trained dense model for a machine.
pub fn compile(
    trained: &Trained,
    machine: &ValidConfig,
    schedule: Schedule,
    start: Start,
    choices: &Choices,
) -> Result<BankImage, Problem> {
    let options = ModelOptions {
        delta: choices.delta.unwrap_or(trained.model.block.delta.into()),
        hidden_frac_bits: trained.record.config.format.hidden_fraction,
        overflow: choices.overflow(),
        schedule,
        start,
        betas: choices.betas(machine),
    };
    compile_model(&trained.model, machine, &options)
}
