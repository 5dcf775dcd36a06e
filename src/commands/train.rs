//! `spinwright train`: from pictures to a model.

use crate::failure::Failure;
use crate::output::{self, grouped, percent};
use crate::pictures::{Source, Split};
use crate::{examples, threads, training};
use serde::Serialize;
use spinwright_contract::{Problem, ValidConfig, files};
use spinwright_reference::train::{TrainConfig, Trained, ValidationScores};
use std::path::PathBuf;

/// Train a model for a machine, and beside it a control without any block.
///
/// Writes machine.json, model.safetensors and model.json into the model's folder. Test pictures are never opened. Ctrl-C
/// leaves a checkpoint; the same command with --resume goes on from it.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright train --digits --epochs 2 --out out/model")]
pub struct Train {
    /// Folder with train-images-idx3-ubyte and train-labels-idx1-ubyte (plain or .gz).
    #[arg(long, value_name = "DIR", required_unless_present = "digits", conflicts_with = "digits")]
    data: Option<PathBuf>,
    /// Train on the digit set that the program draws itself.
    #[arg(long)]
    digits: bool,
    /// Folder for the model.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// machine.json or a folder that holds one [default: the example machine for the data].
    #[arg(long)]
    machine: Option<PathBuf>,
    /// Training configuration as JSON; shape and number formats are the machine's in any case.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Passes over the training pictures, replaces the recipe's phases by one of this length.
    #[arg(long)]
    epochs: Option<usize>,
    /// Seed of everything random.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads [default: one per core]; the result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Go on from the checkpoint that an interrupted run left in the model's folder.
    #[arg(long)]
    resume: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Summary<'a> {
    model: String,
    weights: usize,
    parameters: usize,
    epochs: usize,
    train_images: usize,
    validation: &'a ValidationScores,
}

impl Train {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let (machine, config) = (self.machine()?, self.recipe()?);
        config.validate()?;
        let data = Source::new(self.data.as_deref()).load(Split::Train)?;
        let config = training::fit(config, &machine, &data)?;
        let job = training::Job {
            data: &data,
            config,
            machine: &machine,
            out: &self.out,
            resume: self.resume,
            after_interrupt: "run the same command with --resume to go on",
        };
        let trained = threads::with(self.threads, || training::run(&job))??;
        self.report(&trained)
    }

    fn machine(&self) -> Result<ValidConfig, Problem> {
        match &self.machine {
            Some(path) => ValidConfig::read(path),
            None if self.digits => examples::machine(examples::DIGITS),
            None => examples::machine(examples::MNIST),
        }
    }

    fn recipe(&self) -> Result<TrainConfig, Problem> {
        let mut config = match &self.config {
            Some(path) => files::read_json(path)?,
            None if self.digits => TrainConfig::digits(),
            None => TrainConfig::mnist(),
        };
        if let Some(seed) = self.seed {
            config.seed = seed;
        }
        if let Some(epochs) = self.epochs {
            training::set_epochs(&mut config, epochs);
        }
        Ok(config)
    }

    fn report(&self, trained: &Trained) -> Result<(), Failure> {
        let (model, record) = (&trained.model, &trained.record);
        let scores = &record.validation;
        if self.json {
            return output::json(&Summary {
                model: self.out.display().to_string(),
                weights: model.block.weights(),
                parameters: model.parameters(),
                epochs: record.history.len(),
                train_images: record.train_images,
                validation: scores,
            });
        }
        output::line(format!(
            "model in {}: {} weights, {} parameters in all, {} epochs over {} pictures\n\
             on {} pictures set aside from the training split:\n  \
             field readout, 8 sweeps   {}\n  spin readout, 184 sweeps  {}\n  feed-forward              {}\n  \
             control without a block   {}",
            self.out.display(),
            grouped(model.block.weights() as u64),
            grouped(model.parameters() as u64),
            record.history.len(),
            grouped(record.train_images as u64),
            grouped(scores.images as u64),
            percent(scores.field),
            percent(scores.spin),
            percent(scores.feed_forward),
            percent(scores.control),
        ))
    }
}
