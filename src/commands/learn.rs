//! `spinwright learn`: couplings and biases of a graph from data.

mod data;

use crate::failure::Failure;
use crate::folder::check_writable;
use crate::options::GraphInput;
use crate::output::{self, grouped};
use crate::progress::Progress;
use crate::training::{CHECKPOINT_FILE, MACHINE_FILE};
use crate::{interrupt, threads};
use clap::ValueEnum;
use serde::Serialize;
use spinwright_contract::{Machine, Problem, ValidSparse, files};
use spinwright_reference::graph::Graph;
use spinwright_reference::learn::{
    EpochReport, Grid, LearnCheckpoint, LearnConfig, LearnError, LearnObserver, LearnProgress, LearnRecord,
    Learned, MachineSampler, Method, Parameters, PhaseSampler, Rows, Shape, learn, resume,
};
use spinwright_reference::quantize::Overflow;
use spinwright_reference::sparse::{SparseOptions, quantize};
use std::path::{Path, PathBuf};

pub use data::Data;

/// Learn a graph's couplings and biases from data (Boltzmann learning), hidden p-bits included.
///
/// The first p-bits of the graph hold the columns of the data, all others are hidden. The graph's own weights are not used. Writes graph.json,
/// model.safetensors and learning.json into the model's folder, and with --machine the machine, on whose number formats learning ends. Ctrl-C
/// leaves a checkpoint; the same command with --resume goes on from it.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright learn examples/graphs/pegs.txt --data rows.txt --epochs 50 --out out/learned"
)]
pub struct Learn {
    #[command(flatten)]
    input: GraphInput,
    /// Text with a 0 or 1 per visible p-bit and one row per line, or a folder with IDX pictures.
    #[arg(long, value_name = "PATH", required_unless_present = "digits", conflicts_with = "digits")]
    data: Option<PathBuf>,
    /// Learn the digit set that the program draws itself.
    #[arg(long)]
    digits: bool,
    /// A pixel of at least this brightness is up.
    #[arg(long, value_name = "N", default_value_t = 128)]
    threshold: u8,
    /// Use only the first rows.
    #[arg(long, value_name = "N")]
    rows: Option<usize>,
    /// The p-bit of every column, by label, apart by commas [default: the first ones of the graph].
    #[arg(long, value_name = "LIST")]
    visible: Option<String>,
    /// Folder for the model.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// Sparse machine (machine.json or a folder that holds one) on whose number formats learning ends.
    #[arg(long)]
    machine: Option<PathBuf>,
    /// Fraction bits of the machine's field [default: such that couplings reach from -2 to 2].
    #[arg(long, value_name = "N", requires = "machine", allow_negative_numbers = true)]
    field_fraction: Option<i32>,
    /// What samples the phases.
    #[arg(long, value_enum, default_value = "gibbs")]
    sampler: SamplerName,
    /// Recipe as JSON (docs/learning.md); the options below replace its keys.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the gradient comes from [default: persistent].
    #[arg(long, value_enum)]
    method: Option<MethodName>,
    /// Sweeps of the free phase.
    #[arg(long, value_name = "N")]
    sweeps: Option<usize>,
    /// Passes over the data.
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Rows per step.
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Step size at the beginning; the last one is a tenth of it unless the recipe says otherwise.
    #[arg(long, value_name = "X")]
    rate: Option<f64>,
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

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SamplerName {
    /// The fast sampler in real numbers.
    Gibbs,
    /// The bit-exact reference of --machine.
    Machine,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MethodName {
    /// The free phase starts at the data (CD-k).
    Contrastive,
    /// The free phase goes on where the last one ended.
    Persistent,
    /// No free phase.
    PseudoLikelihood,
}

/// The keys that scripts rely on, in this order.
#[derive(Serialize)]
struct Report<'a> {
    model: String,
    p_bits: usize,
    visible: usize,
    hidden: usize,
    couplings: usize,
    rows: usize,
    epochs: usize,
    sampler: &'a str,
    seed: u64,
    gradient: f64,
    log_likelihood: Option<f64>,
    grid: Option<Grid>,
    machine_hash: Option<String>,
}

impl Learn {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let graph = self.input.read()?;
        let data = Data::new(self.data.as_deref(), self.threshold);
        let mut columns = data.train()?;
        if let Some(rows) = self.rows {
            columns.rows = columns.rows.first(rows.max(1));
        }
        let shape = Shape::new(&graph, self.visible(&graph, &columns.rows)?)?;
        let machine = self.machine()?;
        let grid = machine.as_ref().map(|machine| Grid::of(machine, self.field_fraction));
        if let (Some(machine), Some(grid)) = (&machine, &grid) {
            check_machine(&shape, machine, grid)?;
        }
        let config = self.config(machine.as_ref())?;
        check_writable(&self.out)?;
        let (parameters, history) = threads::with(self.threads, || {
            self.learn(&shape, &columns.rows, &config, machine.as_ref(), grid.as_ref())
        })??;
        let record = LearnRecord {
            visible: shape.visible().to_vec(),
            picture: columns.picture,
            threshold: columns.picture.map(|_| self.threshold),
            rows: columns.rows.len(),
            sampler: self.sampler.name().into(),
            grid,
            machine_hash: machine.as_ref().map(|machine| machine.hash().to_string()),
            config,
            history,
        };
        let learned = Learned::new(&graph, &shape, &parameters, record);
        learned.save(&self.out)?;
        if let Some(path) = &self.machine {
            // The machine's own text, byte for byte.
            let source = if path.is_dir() { path.join(MACHINE_FILE) } else { path.clone() };
            let target = self.out.join(MACHINE_FILE);
            files::write_whole(&target, &files::read_bytes(&source)?)?;
        }
        // The model is whole; the checkpoint has done its work.
        let _ = std::fs::remove_file(self.out.join(CHECKPOINT_FILE));
        self.report(&shape, &learned.record)
    }

    /// The p-bit of every column.
    fn visible(&self, graph: &Graph, rows: &Rows) -> Result<Vec<usize>, Problem> {
        let visible: Vec<usize> = match &self.visible {
            None => (0..rows.width()).collect(),
            Some(list) => list
                .split(',')
                .map(|label| graph.find(label.trim()).map_err(|problem| problem.within("option --visible")))
                .collect::<Result<_, _>>()?,
        };
        if visible.len() != rows.width() || visible.len() > graph.labels.len() {
            return Err(Problem::new(
                "the data do not fit the visible p-bits",
                "the data",
                format!(
                    "rows have {} spins; the graph has {} p-bits, of which {} are visible",
                    rows.width(),
                    graph.labels.len(),
                    visible.len().min(graph.labels.len())
                ),
                "give a graph with at least as many p-bits as columns, and one --visible label per column",
            ));
        }
        Ok(visible)
    }

    fn machine(&self) -> Result<Option<ValidSparse>, Problem> {
        let refuse = |why: &str, help: &str| {
            Problem::new("this machine cannot be used", "option --machine", why, help)
        };
        match self.machine.as_deref().map(Machine::read).transpose()? {
            Some(Machine::Sparse(machine)) => Ok(Some(machine)),
            Some(Machine::Layered(_)) => Err(refuse(
                "it is a layered machine",
                "give a sparse one (spinwright place), or train layers with spinwright train",
            )),
            None if self.sampler == SamplerName::Machine => Err(refuse(
                "--sampler machine needs one",
                "place the graph: spinwright place GRAPH --out DIR/machine.json",
            )),
            None => Ok(None),
        }
    }

    /// The recipe with the options' changes.
    fn config(&self, machine: Option<&ValidSparse>) -> Result<LearnConfig, Problem> {
        let mut config: LearnConfig = match &self.config {
            Some(path) => files::read_json(path)?,
            None => LearnConfig::default(),
        };
        if let Some(method) = self.method {
            config.method = match method {
                MethodName::Contrastive => Method::Contrastive,
                MethodName::Persistent => Method::Persistent,
                MethodName::PseudoLikelihood => Method::PseudoLikelihood,
            };
        }
        config.sweeps = self.sweeps.unwrap_or(config.sweeps);
        config.epochs = self.epochs.unwrap_or(config.epochs);
        config.batch = self.batch.unwrap_or(config.batch);
        config.seed = self.seed.unwrap_or(config.seed);
        if let Some(rate) = self.rate {
            config.final_rate *= rate / config.rate;
            config.rate = rate;
        }
        // Replicas of a machine share its clamps: they all take the same row.
        if let (SamplerName::Machine, Some(machine), 1) = (self.sampler, machine, config.copies) {
            config.copies = machine.replicas();
        }
        config.validate()?;
        Ok(config)
    }

    fn learn(
        &self,
        shape: &Shape,
        rows: &Rows,
        config: &LearnConfig,
        machine: Option<&ValidSparse>,
        grid: Option<&Grid>,
    ) -> Result<(Parameters, Vec<EpochReport>), Failure> {
        let path = self.out.join(CHECKPOINT_FILE);
        let exact = match (self.sampler, machine, grid) {
            (SamplerName::Machine, Some(machine), Some(grid)) => {
                Some(MachineSampler::new(machine.clone(), *grid))
            }
            _ => None,
        };
        let sampler = exact.as_ref().map(|sampler| sampler as &dyn PhaseSampler);
        let checkpoint = self.resume.then(|| self.checkpoint(&path, config)).transpose()?;
        let mut watcher = Watcher { path: &path, progress: Progress::start("learning", 1000) };
        let cooperative = interrupt::Cooperative::begin();
        let result = match checkpoint {
            Some(checkpoint) => resume(shape, rows, checkpoint, grid, sampler, &mut watcher),
            None => learn(shape, rows, config, grid, sampler, &mut watcher),
        };
        drop(cooperative);
        watcher.progress.finish();
        result.map_err(|error| match error {
            LearnError::Refused(problem) => problem.into(),
            LearnError::Interrupted { .. } => Failure::Interrupted(format!(
                "{error}; {} has everything that was done\n  help: run the same command with --resume to go on",
                path.display()
            )),
        })
    }

    fn checkpoint(&self, path: &Path, config: &LearnConfig) -> Result<LearnCheckpoint, Problem> {
        let refuse = |what: &str, why: &str, help: &str| {
            Err(Problem::new(what, path.display().to_string(), why, help))
        };
        if !path.exists() {
            return refuse(
                "there is nothing to resume",
                "the folder holds no checkpoint",
                "start without --resume, or name the folder of the interrupted run with --out",
            );
        }
        let checkpoint = LearnCheckpoint::load(path)?;
        if checkpoint.config() != config {
            return refuse(
                "the checkpoint belongs to another recipe",
                "its configuration is not the one that this command line asks for",
                "repeat the options of the interrupted run, or start without --resume",
            );
        }
        Ok(checkpoint)
    }

    fn report(&self, shape: &Shape, record: &LearnRecord) -> Result<(), Failure> {
        let last = record.history.last().expect("a run has an epoch");
        let report = Report {
            model: self.out.display().to_string(),
            p_bits: shape.p_bits(),
            visible: shape.visible().len(),
            hidden: shape.hidden(),
            couplings: shape.edges().len(),
            rows: record.rows,
            epochs: record.history.len(),
            sampler: &record.sampler,
            seed: record.config.seed,
            gradient: last.gradient,
            log_likelihood: last.log_likelihood,
            grid: record.grid,
            machine_hash: record.machine_hash.clone(),
        };
        if self.json {
            return output::json(&report);
        }
        let likelihood = report
            .log_likelihood
            .map_or(String::new(), |value| format!(", mean log-likelihood {value:.4} nats"));
        let grid = report.grid.map_or(String::new(), |grid| {
            format!("; on the machine's grid ({} fraction bits of the field)", grid.field_fraction)
        });
        output::line(format!(
            "model in {}: {} visible and {} hidden p-bits, {} couplings, {} epochs over {} rows; gradient {:.5}{likelihood}{grid}",
            report.model,
            report.visible,
            report.hidden,
            grouped(report.couplings as u64),
            report.epochs,
            grouped(report.rows as u64),
            report.gradient,
        ))
    }
}

impl SamplerName {
    fn name(self) -> &'static str {
        match self {
            SamplerName::Gibbs => "gibbs",
            SamplerName::Machine => "machine",
        }
    }
}

/// Refuses a machine without a wire for every coupling, or a grid that is none, before anything is learned.
fn check_machine(shape: &Shape, machine: &ValidSparse, grid: &Grid) -> Result<(), Problem> {
    let mut parameters = Parameters::zeros(shape);
    parameters.couplings.fill(1.0);
    let options = SparseOptions {
        field_frac_bits: Some(grid.field_fraction),
        overflow: Overflow::Saturate,
        betas: vec![1.0; machine.tables()],
    };
    quantize(shape.model(&parameters, None).model(), machine, &options).map(drop)
}

/// Shows progress, keeps the checkpoint, asks for Ctrl-C.
struct Watcher<'a> {
    path: &'a Path,
    progress: Progress,
}

impl LearnObserver for Watcher<'_> {
    fn progress(&mut self, at: &LearnProgress) {
        let part = (at.epoch as f64 - 1.0 + at.step as f64 / at.steps as f64) / at.epochs as f64;
        let likelihood =
            at.log_likelihood.map_or(String::new(), |value| format!(", log-likelihood {value:.3}"));
        let note = format!("epoch {}/{}, gradient {:.4}{likelihood}", at.epoch, at.epochs, at.gradient);
        self.progress.set((1000.0 * part) as u64, &note);
    }

    fn checkpoint(&mut self, checkpoint: &LearnCheckpoint) -> Result<(), Problem> {
        files::create_folder(self.path.parent().expect("a checkpoint lies in the model's folder"))?;
        checkpoint.save(self.path)
    }

    fn interrupted(&mut self) -> bool {
        interrupt::requested()
    }
}
