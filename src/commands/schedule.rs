//! `spinwright schedule`: predicted beside measured block errors, and the sweeps that a target error needs.

mod chart;
mod formats;
mod study;
mod table;

use crate::failure::Failure;
use crate::folder::check_writable;
use crate::model::ModelFolder;
use crate::output;
use crate::pictures::{Source, Split};
use crate::progress::Progress;
use crate::threads;
use serde::Serialize;
use spinwright_contract::{Problem, files};
use std::path::PathBuf;
use study::{Study, Work};

/// Predict the blocks' errors, measure them on the bit-exact reference, and turn a target error into sweeps.
///
/// The block error is the probability that the sign of an output's sum (spin readout, random start) is not the sign of its long-run mean.
/// A delta other than the model's own is run in wide formats (14-bit weights, 12-bit fields), so that rounding does not hide it.
/// Sweeps are counted over all replicas of one block.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright schedule examples/digits --target 0.02 --out out/schedule")]
pub struct Schedule {
    /// Folder of the model.
    model: PathBuf,
    /// Folder with IDX files (plain or .gz).
    #[arg(long, value_name = "DIR", conflicts_with = "digits")]
    data: Option<PathBuf>,
    /// Use the drawn digits [default without --data].
    #[arg(long)]
    digits: bool,
    /// Part of the data; a schedule is a choice, so it is made on training pictures unless told otherwise.
    #[arg(long, value_enum, default_value = "train")]
    split: Split,
    /// Block errors, summed over the blocks, that the schedule may leave.
    #[arg(long, value_name = "E", default_value_t = 0.02)]
    target: f64,
    /// Strengths of the output's couplings and biases.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = [0.1, 0.2, 0.3, 0.5, 0.7])]
    delta: Vec<f64>,
    /// Sweeps at which prediction and measurement are compared.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = [8, 16, 32, 64, 128, 256, 512])]
    sweeps: Vec<u32>,
    /// Replicas [default: the machine's].
    #[arg(long)]
    replicas: Option<usize>,
    /// Sweeps of every replica that are discarded first.
    #[arg(long, default_value_t = 0)]
    burn_in: u32,
    /// Pictures.
    #[arg(long, value_name = "N", default_value_t = 200)]
    images: usize,
    /// Runs of every picture at every number of sweeps.
    #[arg(long, value_name = "N", default_value_t = 16)]
    repetitions: u32,
    /// Sweeps, over all replicas, that decide the long-run signs.
    #[arg(long, value_name = "N", default_value_t = 32768)]
    reference_sweeps: u32,
    /// Pictures whose leading modes are compared; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 10)]
    mode_images: usize,
    /// Sweeps, over all replicas, in which the modes are measured.
    #[arg(long, value_name = "N", default_value_t = 32768)]
    mode_sweeps: u32,
    /// Predict only.
    #[arg(long)]
    predict_only: bool,
    /// Seed of the streams.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one per core]; the result does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Write schedule.json, schedule.txt and schedule.svg into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The keys that scripts rely on, in this order.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    images: usize,
    replicas: usize,
    burn_in: u32,
    repetitions: u32,
    reference_sweeps: u32,
    mode_sweeps: u32,
    seed: u64,
    target: f64,
    curves: Vec<study::Curve>,
    schedules: Vec<study::Plan>,
    /// Largest relative difference of a predicted and a measured error.
    worst_relative_error: Option<f64>,
    /// Of predicted and measured lag-1 autocorrelations, all modes, blocks and deltas together.
    pearson: Option<f64>,
    /// What noise of the measured ones leaves to a perfect prediction.
    pearson_limit: Option<f64>,
}

impl Schedule {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        self.check()?;
        if let Some(out) = &self.out {
            check_writable(out)?;
        }
        let folder = ModelFolder::read(&self.model)?;
        let machine = formats::with_replicas(&folder.machine, self.replicas)?;
        let retained = self.retained(machine.replicas())?;
        let picture = folder.model.picture();
        let source = Source::for_model(self.data.as_deref(), picture, &folder.path)?;
        let data = source.load_for(self.split, picture)?.first(self.images);
        let report = threads::with(self.threads, || {
            let work = Work {
                machine: &machine,
                data: &data,
                retained: &retained,
                burn_in: self.burn_in,
                repetitions: self.repetitions,
                reference: self.reference_sweeps.div_ceil(machine.replicas() as u32),
                mode_images: self.mode_images,
                mode_sweeps: self.mode_sweeps.div_ceil(machine.replicas() as u32),
                measure: !self.predict_only,
                seed: self.seed,
                target: self.target,
            };
            let mut progress = Progress::start("schedule", work.units(self.delta.len()));
            let mut study = Study::default();
            for &delta in &self.delta {
                study.add(&work, &folder, delta, &mut progress)?;
            }
            progress.finish();
            Ok::<_, Problem>(self.report(&folder, machine.replicas(), data.len(), study))
        })??;
        if let Some(out) = &self.out {
            write(out, &report)?;
        }
        if self.json { output::json(&report) } else { output::line(table::text(&report)) }
    }

    fn report(&self, folder: &ModelFolder, replicas: usize, images: usize, study: Study) -> Report {
        Report {
            model: folder.path.display().to_string(),
            images,
            replicas,
            burn_in: self.burn_in,
            repetitions: self.repetitions,
            reference_sweeps: self.reference_sweeps,
            mode_sweeps: self.mode_sweeps,
            seed: self.seed,
            target: self.target,
            worst_relative_error: study.worst(),
            pearson: study.pearson(),
            pearson_limit: study.pearson_limit(),
            curves: study.curves,
            schedules: study.plans,
        }
    }

    fn check(&self) -> Result<(), Problem> {
        let refuse = |option: &str, why: String, help: &str| {
            Err(Problem::new("this option is not possible", format!("option {option}"), why, help))
        };
        if !(self.target > 0.0 && self.target < 0.5) {
            return refuse(
                "--target",
                format!("{} was given", self.target),
                "choose an error between 0 and 0.5",
            );
        }
        if let Some(delta) = self.delta.iter().find(|&&d| !(d > 0.0 && d <= 4.0)) {
            return refuse("--delta", format!("{delta} was given"), "choose numbers above 0, up to 4");
        }
        for (option, number) in [
            ("--images", self.images),
            ("--repetitions", self.repetitions as usize),
            ("--reference-sweeps", self.reference_sweeps as usize),
            ("--mode-sweeps", self.mode_sweeps as usize),
        ] {
            if number == 0 {
                return refuse(option, "0 was given".into(), "choose at least 1");
            }
        }
        Ok(())
    }

    /// Sweeps of one replica, ascending.
    fn retained(&self, replicas: usize) -> Result<Vec<u32>, Problem> {
        let replicas = replicas as u32;
        let mut retained = Vec::new();
        for &sweeps in &self.sweeps {
            if sweeps == 0 || !sweeps.is_multiple_of(replicas) || sweeps > 1 << 16 {
                return Err(Problem::new(
                    "these sweeps are not possible",
                    "option --sweeps",
                    format!("{sweeps} cannot be shared by {replicas} replicas, or is beyond 65,536"),
                    format!("choose multiples of {replicas}, or other --replicas"),
                ));
            }
            retained.push(sweeps / replicas);
        }
        retained.sort_unstable();
        retained.dedup();
        Ok(retained)
    }
}

/// The three files.
fn write(out: &std::path::Path, report: &Report) -> Result<(), Problem> {
    files::create_folder(out)?;
    let json = serde_json::to_string_pretty(report).expect("a report is always valid JSON") + "\n";
    files::write_whole(&out.join("schedule.json"), json.as_bytes())?;
    files::write_whole(&out.join("schedule.txt"), (table::text(report) + "\n").as_bytes())?;
    files::write_whole(&out.join("schedule.svg"), chart::svg(report).as_bytes())
}
