//! Training for a machine, with progress, checkpoints and Ctrl-C: shared by `train` and `demo`.

use crate::failure::Failure;
use crate::output::percent;
use crate::pictures::from_text;
use crate::progress::Progress;
use crate::{folder, interrupt};
use spinwright_contract::{Color, Problem, ValidConfig, files};
use spinwright_reference::data::Dataset;
use spinwright_reference::train::{self, Checkpoint, Observer, TrainConfig, TrainError, Trained};
use std::path::{Path, PathBuf};

/// Name of the checkpoint in a model's folder while it is being trained.
pub const CHECKPOINT_FILE: &str = "checkpoint.safetensors";
/// Name of the machine's file in a model's folder.
pub const MACHINE_FILE: &str = "machine.json";

/// What to train, and where it goes.
pub struct Job<'a> {
    /// The training split.
    pub data: &'a Dataset,
    /// The recipe, already fitted to the machine.
    pub config: TrainConfig,
    /// The machine.
    pub machine: &'a ValidConfig,
    /// Folder of the model.
    pub out: &'a Path,
    /// Go on from the checkpoint in that folder.
    pub resume: bool,
    /// What to tell after Ctrl-C: how to go on.
    pub after_interrupt: &'a str,
}

/// Puts the machine's shape and number formats into a recipe.
///
/// # Errors
/// When pictures of this size, less the recipe's margin, do not give the machine's inputs.
pub fn fit(config: TrainConfig, machine: &ValidConfig, data: &Dataset) -> Result<TrainConfig, Problem> {
    let mut config = config;
    config.hidden = machine.p_bits(Color::Hidden);
    config.outputs = machine.p_bits(Color::Output);
    config.skip = machine.block().skip();
    config.format.weight_bits = machine.weight_bits();
    config.format.bias_bits = machine.bias_bits();
    config.format.field_bits = machine.field_bits();
    config.format.draw_bits = machine.draw_bits();
    config.format.shifts.hidden = machine.shifts(Color::Hidden);
    config.format.shifts.output = machine.shifts(Color::Output);
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

/// Replaces the phases of a recipe by its first one, of this many epochs.
pub fn set_epochs(config: &mut TrainConfig, epochs: usize) {
    config.phases.truncate(1);
    for phase in &mut config.phases {
        phase.epochs = epochs;
        phase.warmup_epochs = phase.warmup_epochs.min(epochs as f32);
    }
}

/// Trains and writes the model's folder: `machine.json`, `model.safetensors`, `model.json`.
pub fn run(job: &Job) -> Result<Trained, Failure> {
    let path = job.out.join(CHECKPOINT_FILE);
    let checkpoint = job.resume.then(|| read_checkpoint(&path, &job.config)).transpose()?;
    folder::check_writable(job.out)?;
    let mut observer = Watcher { path: path.clone(), progress: Progress::start("training", 1000) };
    let cooperative = interrupt::Cooperative::begin();
    let result = match checkpoint {
        Some(checkpoint) => train::resume(job.data, checkpoint, &mut observer),
        None => train::train(job.data, &job.config, &mut observer),
    };
    drop(cooperative);
    observer.progress.finish();
    let trained = result.map_err(|error| failure(error, job))?;
    train::io::save(job.out, &trained)?;
    let machine = serde_json::to_string_pretty(job.machine.config()).expect("a machine is valid JSON") + "\n";
    files::write_whole(&job.out.join(MACHINE_FILE), machine.as_bytes())?;
    // The model is whole; the checkpoint has done its work. A leftover would only offer a resume that is not needed.
    let _ = std::fs::remove_file(&path);
    Ok(trained)
}

/// Reads a checkpoint and refuses one of another recipe.
fn read_checkpoint(path: &Path, config: &TrainConfig) -> Result<Checkpoint, Problem> {
    if !path.exists() {
        return Err(Problem::new(
            "there is nothing to resume",
            path.display().to_string(),
            "the folder holds no checkpoint",
            "start without --resume, or name the folder of the interrupted run with --out",
        ));
    }
    let checkpoint = Checkpoint::load(path)?;
    if checkpoint.config() == config {
        return Ok(checkpoint);
    }
    Err(Problem::new(
        "the checkpoint belongs to another recipe",
        path.display().to_string(),
        "its configuration is not the one that this command line asks for",
        "repeat the options of the interrupted run, or start without --resume",
    ))
}

fn failure(error: TrainError, job: &Job) -> Failure {
    match error {
        TrainError::Refused(problem) => problem.into(),
        TrainError::Interrupted { epoch, epochs } => Failure::Interrupted(format!(
            "training was interrupted in epoch {epoch} of {epochs}; {} has everything that was done\n  help: {}",
            job.out.join(CHECKPOINT_FILE).display(),
            job.after_interrupt,
        )),
        other => from_text("training", &other.to_string()).into(),
    }
}

/// Shows progress, keeps the checkpoint, asks for Ctrl-C.
struct Watcher {
    path: PathBuf,
    progress: Progress,
}

impl Observer for Watcher {
    fn progress(&mut self, at: &train::Progress) {
        let part = (at.epoch as f64 - 1.0 + at.step as f64 / at.steps as f64) / at.epochs as f64;
        let validation = at.validation.map_or(String::new(), |v| format!(", validation {}", percent(v)));
        let note = format!("epoch {}/{}, loss {:.3}{validation}", at.epoch, at.epochs, at.loss);
        self.progress.set((1000.0 * part) as u64, &note);
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), Problem> {
        files::create_folder(self.path.parent().expect("a checkpoint lies in the model's folder"))?;
        checkpoint.save(&self.path)
    }

    fn interrupted(&mut self) -> bool {
        interrupt::requested()
    }
}
