//! Training for a machine, with progress, checkpoints and Ctrl-C: shared by `train` and `demo`.

use crate::failure::Failure;
use crate::output::percent;
use crate::pictures::from_text;
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::{folder, interrupt};
use spinwright_contract::{Problem, ValidConfig, files};
use spinwright_reference::data::Dataset;
use spinwright_reference::train::{self, Checkpoint, Observer, TrainError, Trained, conv};
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
    pub recipe: Recipe,
    /// The machine.
    pub machine: &'a ValidConfig,
    /// Folder of the model.
    pub out: &'a Path,
    /// Go on from the checkpoint in that folder.
    pub resume: bool,
    /// What to tell after Ctrl-C: how to go on.
    pub after_interrupt: &'a str,
}

/// A trained model of either kind.
pub enum Outcome {
    /// One dense block.
    Dense(Box<Trained>),
    /// Convolutional blocks.
    Conv(Box<conv::Trained>),
}

/// Trains and writes the model's folder: `machine.json`, `model.safetensors`, `model.json`.
pub fn run(job: &Job) -> Result<Outcome, Failure> {
    let path = job.out.join(CHECKPOINT_FILE);
    if job.resume && !path.exists() {
        return Err(nothing_to_resume(&path).into());
    }
    let progress = Progress::start("training", 1000);
    let outcome = match &job.recipe {
        Recipe::Dense(config) => {
            let checkpoint = job.resume.then(|| Checkpoint::load(&path)).transpose()?;
            same_recipe(&path, checkpoint.as_ref().is_none_or(|c| c.config() == config))?;
            let train = |observer: &mut Watcher| match checkpoint {
                Some(checkpoint) => train::resume(job.data, checkpoint, observer),
                None => train::train(job.data, config, observer),
            };
            let trained = watched(job, &path, progress, train)?;
            train::io::save(job.out, &trained)?;
            Outcome::Dense(Box::new(trained))
        }
        Recipe::Conv(config) => {
            let checkpoint = job.resume.then(|| conv::Checkpoint::load(&path)).transpose()?;
            same_recipe(&path, checkpoint.as_ref().is_none_or(|c| c.config() == &**config))?;
            let train = |observer: &mut Watcher| match checkpoint {
                Some(checkpoint) => conv::resume(job.data, checkpoint, observer),
                None => conv::train(job.data, config, observer),
            };
            let trained = watched(job, &path, progress, train)?;
            conv::io::save(job.out, &trained)?;
            Outcome::Conv(Box::new(trained))
        }
    };
    write_machine(job.out, job.machine)?;
    // The model is whole; the checkpoint has done its work. A leftover would only offer a resume that is not needed.
    let _ = std::fs::remove_file(&path);
    Ok(outcome)
}

/// Trains one dense model.
///
/// # Panics
/// If the recipe is not dense.
pub fn run_dense(job: &Job) -> Result<Trained, Failure> {
    match run(job)? {
        Outcome::Dense(trained) => Ok(*trained),
        Outcome::Conv(_) => panic!("the recipe of this job is dense"),
    }
}

/// Writes a machine into a model's folder.
pub fn write_machine(folder: &Path, machine: &ValidConfig) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(machine.config()).expect("a machine is valid JSON") + "\n";
    files::write_whole(&folder.join(MACHINE_FILE), text.as_bytes())
}

/// Runs a training with progress, checkpoints and Ctrl-C.
fn watched<T>(
    job: &Job,
    path: &Path,
    progress: Progress,
    train: impl FnOnce(&mut Watcher) -> Result<T, TrainError>,
) -> Result<T, Failure> {
    folder::check_writable(job.out)?;
    let mut observer = Watcher { path: path.to_path_buf(), progress };
    let cooperative = interrupt::Cooperative::begin();
    let result = train(&mut observer);
    drop(cooperative);
    observer.progress.finish();
    result.map_err(|error| failure(error, job))
}

fn nothing_to_resume(path: &Path) -> Problem {
    Problem::new(
        "there is nothing to resume",
        path.display().to_string(),
        "the folder holds no checkpoint",
        "start without --resume, or name the folder of the interrupted run with --out",
    )
}

/// Refuses a checkpoint of another recipe.
fn same_recipe(path: &Path, same: bool) -> Result<(), Problem> {
    if same {
        return Ok(());
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

    fn conv_checkpoint(&mut self, checkpoint: &conv::Checkpoint) -> Result<(), Problem> {
        files::create_folder(self.path.parent().expect("a checkpoint lies in the model's folder"))?;
        checkpoint.save(&self.path)
    }

    fn interrupted(&mut self) -> bool {
        interrupt::requested()
    }
}
