//! `spinwright evaluate`: accuracy of a model on the bit-exact reference.

use crate::evaluation::score;
use crate::failure::Failure;
use crate::model::{Choices, ModelFolder};
use crate::options::{ReadoutName, StartName, retained_within};
use crate::output::{self, grouped, percent};
use crate::pictures::{Source, Split};
use crate::progress::Progress;
use crate::threads;
use serde::Serialize;
use spinwright_contract::{Problem, Readout, Schedule, Start, ValidConfig};
use spinwright_reference::evaluate::Evaluation;
use spinwright_reference::train::{control_accuracy, feed_forward_accuracy};
use std::path::PathBuf;

/// Quantize a model and measure its accuracy with the bit-exact reference.
///
/// Sweeps are counted over all replicas: replicas x (burn-in + retained), and what the replicas cannot share evenly is not made. Models of the drawn digits need no --data.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright evaluate examples/digits --readout field --sweeps 8 --json")]
pub struct Evaluate {
    /// Folder of the model.
    model: PathBuf,
    /// Folder with IDX files (plain or .gz).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Part of the data.
    #[arg(long, value_enum, default_value = "test")]
    split: Split,
    /// What is summed: spins or saturated fields.
    #[arg(long, value_enum, default_value = "spin")]
    readout: ReadoutName,
    /// Sweeps over all replicas, at most.
    #[arg(long, value_name = "N", default_value_t = 184)]
    sweeps: u64,
    /// Strength of the output's couplings and biases [default: the one that the model was trained with].
    #[arg(long)]
    delta: Option<f64>,
    /// Replicas [default: the machine's].
    #[arg(long)]
    replicas: Option<usize>,
    /// Sweeps of every replica that are discarded first.
    #[arg(long, default_value_t = 0)]
    burn_in: u32,
    /// Where every run starts; host: from spins that are all down.
    #[arg(long, value_enum, default_value = "random")]
    start: StartName,
    /// Seed of the streams; picture k starts at draw k D.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Use only the first N pictures.
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Threads [default: one per core]; the result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The keys that scripts rely on, in this order.
#[derive(Serialize)]
struct Report {
    accuracy: f64,
    images: usize,
    sweeps: u64,
    readout: Readout,
    delta: f64,
    replicas: usize,
    burn_in: u32,
    start: Start,
    seed: u64,
    weights: usize,
    weight_bits: u32,
    parameters: usize,
    feed_forward_accuracy: f64,
    control_accuracy: f64,
}

impl Evaluate {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let model = ModelFolder::read(&self.model)?;
        let machine = self.machine(&model)?;
        let schedule = Schedule {
            burn_in: self.burn_in,
            retained: retained_within(self.sweeps, machine.replicas(), self.burn_in)?,
            readout: self.readout.into(),
        };
        let start = Start::from(self.start);
        let choices = Choices { delta: self.delta, ..Choices::default() };
        let image = model.compile(&machine, schedule, start, &choices)?;
        let source = Source::for_model(self.data.as_deref(), &model.trained.model.encoder, &model.path)?;
        let data = source.load_for(self.split, &model.trained.model.encoder)?;
        let data = self.images.map_or_else(|| data.clone(), |count| data.first(count));
        let report = threads::with(self.threads, || {
            let mut progress = Progress::start("evaluate", data.len() as u64);
            let options = Evaluation { seed: self.seed, ..Evaluation::of(&image) };
            let score = score(&machine, &image, &data, &options, &mut progress)?;
            progress.finish();
            let trained = &model.trained.model;
            Ok::<_, Problem>(Report {
                accuracy: score.accuracy(),
                images: score.pictures,
                sweeps: score.sweeps,
                readout: schedule.readout,
                delta: self.delta.unwrap_or(trained.block.delta.into()),
                replicas: machine.replicas(),
                burn_in: schedule.burn_in,
                start,
                seed: self.seed,
                weights: trained.block.weights(),
                weight_bits: machine.weight_bits(),
                parameters: trained.parameters(),
                feed_forward_accuracy: feed_forward_accuracy(trained, &data),
                control_accuracy: control_accuracy(&trained.control, &trained.encoder, &data),
            })
        })??;
        if self.json {
            return output::json(&report);
        }
        output::line(format!(
            "{} of {} pictures of {}: {} readout, {} sweeps ({} replicas), delta {}, start {}, seed {}\n  feed-forward {}, \
             control without a block {}; {} weights of {} bits, {} parameters in all",
            percent(report.accuracy),
            grouped(report.images as u64),
            source.name(),
            output::json_name(&report.readout),
            report.sweeps,
            report.replicas,
            report.delta,
            output::json_name(&report.start),
            report.seed,
            percent(report.feed_forward_accuracy),
            percent(report.control_accuracy),
            grouped(report.weights as u64),
            report.weight_bits,
            grouped(report.parameters as u64),
        ))
    }

    /// The model's machine, with another number of replicas if asked for.
    fn machine(&self, model: &ModelFolder) -> Result<ValidConfig, Problem> {
        let Some(replicas) = self.replicas else { return Ok(model.machine.clone()) };
        let mut config = model.machine.config().clone();
        config.replicas = replicas;
        config.validate().map_err(|problem| problem.within("option --replicas"))
    }
}
