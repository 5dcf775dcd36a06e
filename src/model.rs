//! A model's folder: the trained model, its record and the machine that it was trained for.

use crate::training::MACHINE_FILE;
use spinwright_contract::{Problem, Schedule, Start, ValidConfig};
use spinwright_reference::compile::{ModelOptions, compile_model};
use spinwright_reference::image::BankImage;
use spinwright_reference::quantize::Overflow;
use spinwright_reference::train::{Trained, io};
use std::path::{Path, PathBuf};

/// A model read from its folder.
pub struct ModelFolder {
    /// Where it lies.
    pub path: PathBuf,
    /// Model and record.
    pub trained: Trained,
    /// The machine in the folder.
    pub machine: ValidConfig,
}

/// What a compilation may choose beside the schedule.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Instead of the model's own delta.
    pub delta: Option<f64>,
    /// Inverse temperatures of the tables; 1 for all without it.
    pub betas: Vec<f32>,
    /// Saturate weights that do not fit instead of refusing them.
    pub saturate: bool,
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
        let trained = io::load(path)?;
        let machine = ValidConfig::read(&path.join(MACHINE_FILE))?;
        Ok(Self { path: path.to_path_buf(), trained, machine })
    }

    /// The image of this model for a machine.
    pub fn compile(
        &self,
        machine: &ValidConfig,
        schedule: Schedule,
        start: Start,
        choices: &Choices,
    ) -> Result<BankImage, Problem> {
        compile(&self.trained, machine, schedule, start, choices)
            .map_err(|problem| problem.within(self.path.display()))
    }
}

/// The image of a trained model for a machine.
pub fn compile(
    trained: &Trained,
    machine: &ValidConfig,
    schedule: Schedule,
    start: Start,
    choices: &Choices,
) -> Result<BankImage, Problem> {
    let betas = if choices.betas.is_empty() { vec![1.0; machine.tables()] } else { choices.betas.clone() };
    let options = ModelOptions {
        delta: choices.delta.unwrap_or(trained.model.block.delta.into()),
        hidden_frac_bits: trained.record.config.format.hidden_fraction,
        overflow: if choices.saturate { Overflow::Saturate } else { Overflow::Refuse },
        schedule,
        start,
        betas,
    };
    compile_model(&trained.model, machine, &options)
}
