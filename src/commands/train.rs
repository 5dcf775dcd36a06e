//! `spinwright train`: from pictures to a model.

use crate::failure::Failure;
use crate::output::{self, grouped, percent};
use crate::pictures::{Source, Split};
use crate::recipe::Recipe;
use crate::training::{Job, Outcome};
use crate::{examples, threads, training};
use serde::Serialize;
use spinwright_contract::{Problem, ValidConfig};
use spinwright_reference::data::Dataset;
use spinwright_reference::train::conv::{self, Spread, ValidationRow};
use spinwright_reference::train::{Trained, ValidationScores};
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
    /// Training configuration as JSON, dense or (with the key `blocks`) convolutional; shape and number formats are the machine's in any case.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Passes over the training pictures, replaces the recipe's phases by one of this length.
    #[arg(long)]
    epochs: Option<usize>,
    /// Seed of everything random.
    #[arg(long)]
    seed: Option<u64>,
    /// Train once for each of these seeds, into OUT/seed1 and so on, and report mean and standard deviation.
    #[arg(long, value_name = "N,...", value_delimiter = ',', conflicts_with = "seed")]
    seeds: Vec<u64>,
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

#[derive(Serialize)]
struct ConvSummary<'a> {
    model: String,
    seed: u64,
    weights: usize,
    parameters: usize,
    epochs: usize,
    train_images: usize,
    validation_images: usize,
    validation: &'a [ValidationRow],
    control: Option<f64>,
}

/// One row of validation over several seeds.
#[derive(Serialize)]
struct SeedsRow {
    what: String,
    spread: Spread,
}

impl Train {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let machine = self.machine()?;
        let mut recipe = match &self.config {
            Some(path) => Recipe::read(path)?,
            None => Recipe::built_in(&machine, self.digits),
        };
        if let Some(epochs) = self.epochs {
            recipe.set_epochs(epochs);
        }
        let data = Source::new(self.data.as_deref()).load(Split::Train)?;
        let recipe = recipe.fit(&machine, &data)?;
        if self.seeds.is_empty() {
            let outcome = self.run(&data, &machine, recipe, self.seed, self.out.clone())?;
            return self.report(&outcome, &self.out);
        }
        let mut outcomes = Vec::with_capacity(self.seeds.len());
        for &seed in &self.seeds {
            let out = self.out.join(format!("seed{seed}"));
            let outcome = self.run(&data, &machine, recipe.clone(), Some(seed), out.clone())?;
            if !self.json {
                self.report(&outcome, &out)?;
            }
            outcomes.push(outcome);
        }
        self.report_seeds(&outcomes)
    }

    fn run(
        &self,
        data: &Dataset,
        machine: &ValidConfig,
        mut recipe: Recipe,
        seed: Option<u64>,
        out: PathBuf,
    ) -> Result<Outcome, Failure> {
        if let Some(seed) = seed {
            recipe.set_seed(seed);
        }
        // With several seeds, those that are done keep their models and those not begun have no checkpoint.
        let checkpoint = out.join(training::CHECKPOINT_FILE).exists();
        let resume = self.resume && (self.seeds.is_empty() || checkpoint);
        let job = Job {
            data,
            recipe,
            machine,
            out: &out,
            resume,
            after_interrupt: "run the same command with --resume to go on",
        };
        threads::with(self.threads, || training::run(&job))?
    }

    fn machine(&self) -> Result<ValidConfig, Problem> {
        match &self.machine {
            Some(path) => ValidConfig::read(path),
            None if self.digits => examples::machine(examples::DIGITS),
            None => examples::machine(examples::MNIST),
        }
    }

    fn report(&self, outcome: &Outcome, out: &std::path::Path) -> Result<(), Failure> {
        match outcome {
            Outcome::Dense(trained) => self.report_dense(trained, out),
            Outcome::Conv(trained) => self.report_conv(trained, out),
        }
    }

    fn report_dense(&self, trained: &Trained, out: &std::path::Path) -> Result<(), Failure> {
        let (model, record) = (&trained.model, &trained.record);
        let scores = &record.validation;
        if self.json {
            return output::json(&Summary {
                model: out.display().to_string(),
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
            out.display(),
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

    fn report_conv(&self, trained: &conv::Trained, out: &std::path::Path) -> Result<(), Failure> {
        let (model, record) = (&trained.model, &trained.record);
        if self.json {
            return output::json(&ConvSummary {
                model: out.display().to_string(),
                seed: record.config.seed,
                weights: model.weights(),
                parameters: model.parameters(),
                epochs: record.history.len(),
                train_images: record.train_images,
                validation_images: record.validation_images,
                validation: &record.validation,
                control: record.control,
            });
        }
        output::line(format!(
            "model in {}: {} weights, {} parameters in all, {} epochs over {} pictures\n\
             on {} pictures set aside from the training split:",
            out.display(),
            grouped(model.weights() as u64),
            grouped(model.parameters() as u64),
            record.history.len(),
            grouped(record.train_images as u64),
            grouped(record.validation_images as u64),
        ))?;
        for row in &record.validation {
            output::line(format!("  {:<42} {}", row_name(row), percent(row.accuracy)))?;
        }
        match record.control {
            Some(control) => {
                output::line(format!("  {:<42} {}", "control without a block", percent(control)))
            }
            None => Ok(()),
        }
    }

    /// Mean and standard deviation over the seeds.
    fn report_seeds(&self, outcomes: &[Outcome]) -> Result<(), Failure> {
        let scores: Vec<Vec<(String, f64)>> = outcomes.iter().map(validation).collect();
        let rows: Vec<SeedsRow> = scores[0]
            .iter()
            .enumerate()
            .map(|(at, (what, _))| {
                let values: Vec<f64> = scores.iter().map(|of_seed| of_seed[at].1).collect();
                SeedsRow { what: what.clone(), spread: Spread::of(&values) }
            })
            .collect();
        if self.json {
            #[derive(Serialize)]
            struct Seeds<'a> {
                seeds: &'a [u64],
                validation: Vec<SeedsRow>,
            }
            return output::json(&Seeds { seeds: &self.seeds, validation: rows });
        }
        output::line(format!("over {} seeds, mean and standard deviation:", self.seeds.len()))?;
        for row in rows {
            let SeedsRow { what, spread } = row;
            output::line(format!("  {what:<42} {} +- {}", percent(spread.mean), percent(spread.deviation)))?;
        }
        Ok(())
    }
}

fn row_name(row: &ValidationRow) -> String {
    let readout = output::json_name(&row.readout);
    format!("{readout} readout, {} sweeps ({} replicas)", row.sweeps, row.replicas)
}

/// What was measured on the pictures set aside, in an order that does not depend on the seed.
fn validation(outcome: &Outcome) -> Vec<(String, f64)> {
    match outcome {
        Outcome::Dense(trained) => {
            let scores = &trained.record.validation;
            vec![
                ("field readout, 8 sweeps".into(), scores.field),
                ("spin readout, 184 sweeps".into(), scores.spin),
                ("feed-forward".into(), scores.feed_forward),
                ("control without a block".into(), scores.control),
            ]
        }
        Outcome::Conv(trained) => {
            let record = &trained.record;
            let rows = record.validation.iter().map(|row| (row_name(row), row.accuracy));
            let control = record.control.map(|accuracy| ("control without a block".to_string(), accuracy));
            rows.chain(control).collect()
        }
    }
}
