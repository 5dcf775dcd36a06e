//! `spinwright evaluate`: accuracy of a model on the bit-exact reference.

use crate::evaluation::score;
use crate::failure::Failure;
use crate::model::{Choices, ModelFolder};
use crate::options::{ReadoutName, StartName, per_block, retained_within};
use crate::output::{self, grouped, percent};
use crate::pictures::{Source, Split};
use crate::progress::Progress;
use crate::threads;
use serde::Serialize;
use spinwright_contract::{Problem, Readout, Schedule, Start, ValidConfig};
use spinwright_reference::evaluate::Evaluation;
use std::path::PathBuf;

/// Quantize a model and measure its accuracy with the bit-exact reference.
///
/// Sweeps are counted over all replicas and summed over blocks: replicas x (burn-in + retained), and what replicas and blocks cannot share evenly is not made. Models of the drawn digits need no --data.
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
    /// Sweeps over all replicas and blocks, at most; every block makes the same number.
    #[arg(long, value_name = "N", default_value_t = 184)]
    sweeps: u64,
    /// Instead of --sweeps: retained sweeps of every replica, one number for all blocks or one each, apart by commas.
    #[arg(long, value_name = "N,...", value_delimiter = ',', conflicts_with = "sweeps")]
    retained: Vec<u32>,
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
    /// Of every replica, block by block.
    retained: Vec<u32>,
    start: Start,
    seed: u64,
    weights: usize,
    weight_bits: u32,
    parameters: usize,
    feed_forward_accuracy: Option<f64>,
    control_accuracy: Option<f64>,
}

impl Evaluate {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let model = ModelFolder::read(&self.model)?;
        let machine = self.machine(&model)?;
        let schedules = self.schedules(&machine)?;
        let start = Start::from(self.start);
        let choices = Choices { delta: self.delta, ..Choices::default() };
        let image = model.compile(&machine, &schedules, start, &choices)?;
        let picture = model.model.picture();
        let source = Source::for_model(self.data.as_deref(), picture, &model.path)?;
        let data = source.load_for(self.split, picture)?;
        let data = self.images.map_or_else(|| data.clone(), |count| data.first(count));
        let report = threads::with(self.threads, || {
            let mut progress = Progress::start("evaluate", data.len() as u64);
            let options = Evaluation { seed: self.seed, ..Evaluation::of(&image) };
            let score = score(&machine, &image, &data, &options, &mut progress)?;
            progress.finish();
            Ok::<_, Problem>(Report {
                accuracy: score.accuracy(),
                images: score.pictures,
                sweeps: score.sweeps,
                readout: self.readout.into(),
                delta: self.delta.unwrap_or(model.model.delta()),
                replicas: machine.replicas(),
                burn_in: self.burn_in,
                retained: schedules.iter().map(|schedule| schedule.retained).collect(),
                start,
                seed: self.seed,
                weights: model.model.weights(),
                weight_bits: machine.weight_bits(),
                parameters: model.model.parameters(),
                feed_forward_accuracy: model.model.feed_forward_accuracy(&data),
                control_accuracy: model.model.control_accuracy(&data),
            })
        })??;
        if self.json {
            return output::json(&report);
        }
        output::line(format!(
            "{} of {} pictures of {}: {} readout, {} sweeps ({} replicas), delta {}, start {}, seed {}\n  {}{}; {} weights of {} bits, {} parameters in all",
            percent(report.accuracy),
            grouped(report.images as u64),
            source.name(),
            output::json_name(&report.readout),
            report.sweeps,
            report.replicas,
            report.delta,
            output::json_name(&report.start),
            report.seed,
            report.feed_forward_accuracy.map_or(String::new(), |a| format!("feed-forward {}, ", percent(a))),
            report
                .control_accuracy
                .map_or("no control".into(), |a| format!("control without a block {}", percent(a))),
            grouped(report.weights as u64),
            report.weight_bits,
            grouped(report.parameters as u64),
        ))
    }

    /// The schedules of all blocks.
    fn schedules(&self, machine: &ValidConfig) -> Result<Vec<Schedule>, Problem> {
        let blocks = machine.block_count();
        let retained = match per_block("--retained", &self.retained, blocks)? {
            given if !given.is_empty() => given,
            _ => vec![retained_within(self.sweeps, machine.replicas(), blocks, self.burn_in)?; blocks],
        };
        let readout = self.readout.into();
        Ok(retained.iter().map(|&retained| Schedule { burn_in: self.burn_in, retained, readout }).collect())
    }

    /// The model's machine, with another number of replicas if asked for.
    fn machine(&self, model: &ModelFolder) -> Result<ValidConfig, Problem> {
        let Some(replicas) = self.replicas else { return Ok(model.machine.clone()) };
        let mut config = model.machine.config().clone();
        config.replicas = replicas;
        config.validate().map_err(|problem| problem.within("option --replicas"))
    }
}
