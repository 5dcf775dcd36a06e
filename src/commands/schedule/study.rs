//! Prediction and measurement of every block at one delta after the other.

use super::formats;
use crate::model::ModelFolder;
use crate::progress::Progress;
use rayon::prelude::*;
use serde::Serialize;
use spinwright_contract::{Problem, ValidConfig};
use spinwright_reference::data::Dataset;
use spinwright_reference::fast::SpinRows;
use spinwright_reference::schedule::{
    self, Clamped, Gauss, Linearized, MachineBlock, MachineMeasure, MeanField, Mixture, Mode, NODES,
    PredictOptions, lag_one_error, pearson, pearson_limit, predict,
};

/// Modes of an input that are compared.
const MODES: usize = 8;
/// Longest schedule that is proposed, in sweeps of one replica.
const LONGEST: u32 = 16_384;

/// What is done at every delta.
pub struct Work<'a> {
    /// The machine, with its replicas.
    pub machine: &'a ValidConfig,
    /// Pictures.
    pub data: &'a Dataset,
    /// Sweeps of one replica at which prediction and measurement are compared, ascending.
    pub retained: &'a [u32],
    /// Sweeps of one replica discarded first.
    pub burn_in: u32,
    /// Runs of every picture.
    pub repetitions: u32,
    /// Sweeps of one replica for the long-run signs.
    pub reference: u32,
    /// Pictures whose modes are compared.
    pub mode_images: usize,
    /// Sweeps of one replica in which they are measured.
    pub mode_sweeps: u32,
    /// Whether anything is measured.
    pub measure: bool,
    /// Seed of the streams.
    pub seed: u64,
    /// Summed block errors that a schedule may leave.
    pub target: f64,
}

/// One block at one delta.
#[derive(Debug, Serialize)]
pub struct Curve {
    pub delta: f64,
    pub block: usize,
    /// `own` or `wide`.
    pub formats: &'static str,
    /// Mean integrated autocorrelation time in sweeps.
    pub tau: f64,
    /// The same from naive means.
    pub base_tau: f64,
    /// The base formula approaches this divided by sqrt(sweeps).
    pub power_law: f64,
    /// Density of the pre-activations (naive mean fields of the outputs).
    pub mixture: Mixture,
    /// Pictures whose means did not come to rest.
    pub unsettled: usize,
    pub points: Vec<Point>,
    pub modes: Vec<ModePair>,
    /// Of the modes of this block and delta alone.
    pub pearson: Option<f64>,
    /// What noise of the measured ones leaves to a perfect prediction.
    pub pearson_limit: Option<f64>,
}

/// Errors after a number of sweeps over all replicas.
#[derive(Debug, Serialize)]
pub struct Point {
    pub sweeps: u32,
    pub predicted: f64,
    pub base: f64,
    pub measured: Option<f64>,
    pub standard_error: Option<f64>,
}

/// Lag-1 autocorrelation of a mode.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ModePair {
    pub predicted: f64,
    pub measured: f64,
    pub standard_error: f64,
}

/// The schedule that a target needs.
#[derive(Debug, Serialize)]
pub struct Plan {
    pub delta: f64,
    /// Sweeps over all replicas of every block; null when more than the longest schedule would be needed.
    pub sweeps: Option<Vec<u32>>,
    /// The same of one replica.
    pub retained: Option<Vec<u32>>,
    /// Predicted errors of the blocks with them.
    pub predicted: Option<Vec<f64>>,
}

/// All that was found.
#[derive(Default)]
pub struct Study {
    pub curves: Vec<Curve>,
    pub plans: Vec<Plan>,
}

impl Work<'_> {
    /// Steps that the progress bar counts: per delta and block a prediction, the long run, every number of sweeps, the modes.
    pub fn units(&self, deltas: usize) -> u64 {
        let steps = if self.measure { self.retained.len() + 3 } else { 1 };
        (deltas * self.machine.block_count() * steps) as u64
    }
}

impl Study {
    /// Adds all blocks at one delta.
    pub fn add(
        &mut self,
        work: &Work,
        folder: &ModelFolder,
        delta: f64,
        progress: &mut Progress,
    ) -> Result<(), Problem> {
        let (config, image, own) = formats::image(folder, work.machine, delta)?;
        let encoder = image.contents().encoder.as_ref().ok_or_else(|| {
            let help = "choose a model that was trained on pictures";
            Problem::new(
                "the model has no encoder",
                folder.path.display().to_string(),
                "it takes no pictures",
                help,
            )
        })?;
        let mut inputs = SpinRows::new(config.inputs());
        for k in 0..work.data.len() {
            inputs.push(encoder.encode(work.data.image(k), config.inputs()));
        }
        let replicas = config.replicas() as u32;
        let grid = grid(work.retained);
        let options = PredictOptions { replicas, burn_in: work.burn_in, ..PredictOptions::default() };
        let most = [work.reference, work.mode_sweeps, work.retained[work.retained.len() - 1]];
        let longest = most.into_iter().max().unwrap_or(1);
        let measure = MachineMeasure {
            burn_in: work.burn_in,
            repetitions: work.repetitions,
            reference: work.reference,
            seed: work.seed,
        };
        let mut done = self.curves.len() as u64 * (work.units(1) / config.block_count() as u64);
        let mut tick = |done: &mut u64, note: &str| {
            *done += 1;
            progress.set(*done, &format!("delta {delta}, {note}"));
        };
        let mut predicted = Vec::new();
        for block in 0..config.block_count() {
            let machine = MachineBlock::of(&config, &image, block, longest)?;
            let clamped: Vec<Clamped> =
                (0..inputs.rows()).map(|row| machine.clamped(inputs.row(row))).collect();
            let prediction = predict(machine.operator(), &clamped, &grid, &options);
            tick(&mut done, "predicted");
            let mut curve = Curve {
                delta,
                block,
                formats: if own { "own" } else { "wide" },
                tau: prediction.tau,
                base_tau: prediction.base_tau,
                power_law: prediction.power_law,
                mixture: prediction.mixture.clone(),
                unsettled: prediction.unsettled,
                points: Vec::new(),
                modes: Vec::new(),
                pearson: None,
                pearson_limit: None,
            };
            let long_run = match work.measure || block + 1 < config.block_count() {
                true => Some(machine.long_run(&inputs, &measure)?),
                false => None,
            };
            if work.measure {
                tick(&mut done, "long-run signs");
            }
            for &retained in work.retained {
                let place = grid.binary_search(&retained).expect("the grid holds what is compared");
                let tally = match &long_run {
                    Some(signs) if work.measure => {
                        tick(&mut done, &format!("{} sweeps", retained * replicas));
                        Some(machine.measure(&inputs, signs, retained, &measure)?)
                    }
                    _ => None,
                };
                curve.points.push(Point {
                    sweeps: retained * replicas,
                    predicted: prediction.error[place],
                    base: prediction.base[place],
                    measured: tally.as_ref().map(|tally| tally.error()),
                    standard_error: tally
                        .as_ref()
                        .map(|tally| tally.standard_error())
                        .filter(|e| e.is_finite()),
                });
            }
            if work.measure && work.mode_images > 0 {
                curve.modes = modes(&machine, &inputs, &clamped, work, replicas)?;
                curve.pearson = correlation(curve.modes.iter());
                curve.pearson_limit = limit(curve.modes.iter());
                tick(&mut done, "modes");
            }
            predicted.push(schedule::Curve::new(&grid, &prediction.error));
            self.curves.push(curve);
            if let Some(signs) = long_run {
                inputs = signs;
            }
        }
        let retained = schedule::split(&predicted, work.target, 1);
        self.plans.push(Plan {
            delta,
            sweeps: retained.as_ref().map(|r| r.iter().map(|n| (n + work.burn_in) * replicas).collect()),
            predicted: retained.as_ref().map(|r| predicted.iter().zip(r).map(|(c, &n)| c.at(n)).collect()),
            retained,
        });
        Ok(())
    }

    /// Largest relative difference of prediction and measurement.
    pub fn worst(&self) -> Option<f64> {
        let points = self.curves.iter().flat_map(|curve| &curve.points);
        let ratio = |p: &Point| Some((p.predicted / p.measured.filter(|&m| m > 0.0)? - 1.0).abs());
        points.filter_map(ratio).max_by(f64::total_cmp)
    }

    /// Correlation of all modes' autocorrelations.
    pub fn pearson(&self) -> Option<f64> {
        correlation(self.curves.iter().flat_map(|curve| &curve.modes))
    }

    /// What noise of the measured ones leaves to it.
    pub fn pearson_limit(&self) -> Option<f64> {
        limit(self.curves.iter().flat_map(|curve| &curve.modes))
    }
}

fn correlation<'a>(modes: impl Iterator<Item = &'a ModePair>) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = modes.map(|mode| (mode.predicted, mode.measured)).collect();
    (pairs.len() > 2).then(|| pearson(&pairs))
}

fn limit<'a>(modes: impl Iterator<Item = &'a ModePair>) -> Option<f64> {
    let measured: Vec<(f64, f64)> = modes.map(|mode| (mode.measured, mode.standard_error)).collect();
    (measured.len() > 2).then(|| pearson_limit(&measured))
}

/// Leading modes of the first pictures: predicted, and measured on the bit-exact machine.
fn modes(
    machine: &MachineBlock,
    inputs: &SpinRows,
    clamped: &[Clamped],
    work: &Work,
    replicas: u32,
) -> Result<Vec<ModePair>, Problem> {
    let count = work.mode_images.min(inputs.rows());
    let mut few = SpinRows::new(inputs.width());
    (0..count).for_each(|row| few.push(inputs.row(row)));
    let probes = PredictOptions::default().probes;
    let leading = |input: &Clamped| {
        let means = MeanField::relax_correlated(machine.operator(), input, &Gauss::new(NODES), probes);
        Linearized::new(machine.operator(), &means).leading(MODES, work.seed)
    };
    let modes: Vec<Vec<Mode>> = clamped[..count].par_iter().map(leading).collect();
    let measured = machine.lag_one(&few, &modes, work.mode_sweeps, work.seed + 2)?;
    let sweeps = work.mode_sweeps * replicas;
    let predicted = modes.iter().flatten().map(|mode| mode.lag_one);
    Ok(predicted
        .zip(measured.into_iter().flatten())
        .map(|(predicted, measured)| ModePair {
            predicted,
            measured,
            standard_error: lag_one_error(measured, sweeps),
        })
        .collect())
}

/// Sweeps of one replica at which the prediction is made: all that are compared, and about six for every doubling up to the longest
/// schedule.
fn grid(retained: &[u32]) -> Vec<u32> {
    let mut grid = retained.to_vec();
    let mut next = 1;
    while next <= LONGEST {
        grid.push(next);
        next = (next + 1).max((f64::from(next) * 1.12).round() as u32);
    }
    grid.push(LONGEST);
    grid.sort_unstable();
    grid.dedup();
    grid
}
