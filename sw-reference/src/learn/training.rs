//! The course of learning: steps, epochs, checkpoints.

use super::gradient::pseudo_likelihood;
use super::{
    Chains, FastSampler, Grid, LearnCheckpoint, LearnConfig, Method, Moments, Parameters, PhaseSampler, Rows,
    Shape, log_likelihood,
};
use crate::data::Stream;
use serde::{Deserialize, Serialize};
use spinwright_contract::Problem;

/// Purposes of random streams, in their names.
const ORDER: u64 = 0x6f72_6465_7200;
const HIDDEN: u64 = 0x6869_6464_656e;
const DATA_PHASE: u64 = 0x6461_7461_0000;
const FREE_PHASE: u64 = 0x6672_6565_0000;
const FREE_START: u64 = 0x6672_6565_0001;

/// Most p-bits of a machine whose likelihood is computed after every epoch.
const LIKELIHOOD_UP_TO: usize = 16;

/// What an epoch came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochReport {
    /// From 1.
    pub epoch: usize,
    /// Root mean square of the gradient's estimates, mean over the epoch's steps. Noise of the batches is in it.
    pub gradient: f64,
    /// Mean ln p(row) in nats at the epoch's end; null above 16 p-bits.
    pub log_likelihood: Option<f64>,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearnProgress {
    /// Epoch under way, from 1.
    pub epoch: usize,
    /// Of so many.
    pub epochs: usize,
    /// Steps done in it.
    pub step: usize,
    /// Of so many.
    pub steps: usize,
    /// Root mean square of the gradient's estimate, mean of the epoch so far.
    pub gradient: f64,
    /// Of the last epoch, where it is computed.
    pub log_likelihood: Option<f64>,
}

/// Looks on, keeps checkpoints, and may stop.
pub trait LearnObserver {
    /// After every step.
    fn progress(&mut self, _at: &LearnProgress) {}

    /// After every epoch, and before an interrupted run ends.
    ///
    /// # Errors
    /// What keeps it from being kept; the run ends with it.
    fn checkpoint(&mut self, _checkpoint: &LearnCheckpoint) -> Result<(), Problem> {
        Ok(())
    }

    /// Asked before every step; true ends the run.
    fn interrupted(&mut self) -> bool {
        false
    }
}

/// Sees nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl LearnObserver for Quiet {}

/// Why a run ended without parameters.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// Something is refused or cannot be written.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The observer asked to stop; the checkpoint that it was handed last goes on from there.
    #[error("learning was interrupted in epoch {epoch} of {epochs}")]
    Interrupted {
        /// Epoch under way, from 1.
        epoch: usize,
        /// Epochs in all.
        epochs: usize,
    },
}

/// What is trained on what.
struct Run<'a> {
    shape: &'a Shape,
    rows: &'a Rows,
    grid: Option<&'a Grid>,
    sampler: &'a dyn PhaseSampler,
}

/// Learns from the beginning. With a grid, parameters stay within its limits, the last `rounded_epochs` see rounded numbers, and
/// the result is on the grid. Without a sampler of its own a run takes the fast one.
///
/// # Errors
/// [`LearnError`]: a recipe or data that are refused, a checkpoint that cannot be kept, an interruption.
pub fn learn(
    shape: &Shape,
    rows: &Rows,
    config: &LearnConfig,
    grid: Option<&Grid>,
    sampler: Option<&dyn PhaseSampler>,
    observer: &mut dyn LearnObserver,
) -> Result<(Parameters, Vec<EpochReport>), LearnError> {
    config.validate()?;
    check_rows(shape, rows)?;
    let name = sampler.unwrap_or(&FastSampler).name();
    let checkpoint = LearnCheckpoint::begin(shape, rows, config, grid, name);
    resume(shape, rows, checkpoint, grid, sampler, observer)
}

/// Goes on from a checkpoint, and ends in the same bytes as a run that was never interrupted.
///
/// # Errors
/// As [`learn`], and when the checkpoint belongs to another graph or other data.
pub fn resume(
    shape: &Shape,
    rows: &Rows,
    mut at: LearnCheckpoint,
    grid: Option<&Grid>,
    sampler: Option<&dyn PhaseSampler>,
    observer: &mut dyn LearnObserver,
) -> Result<(Parameters, Vec<EpochReport>), LearnError> {
    at.config.validate()?;
    check_rows(shape, rows)?;
    let run = Run { shape, rows, grid, sampler: sampler.unwrap_or(&FastSampler) };
    at.accepts(shape, rows, grid, run.sampler.name())?;
    let (config, steps) = (at.config.clone(), rows.len().div_ceil(at.config.batch));
    while at.epoch < config.epochs {
        let order = Stream::new(&[config.seed, ORDER, at.epoch as u64]).permutation(rows.len());
        while at.step < steps {
            if observer.interrupted() {
                observer.checkpoint(&at)?;
                return Err(LearnError::Interrupted { epoch: at.epoch + 1, epochs: config.epochs });
            }
            let batch = &order[at.step * config.batch..((at.step + 1) * config.batch).min(rows.len())];
            at.gradient_sum += run.step(&mut at, batch)?;
            at.step += 1;
            observer.progress(&LearnProgress {
                epoch: at.epoch + 1,
                epochs: config.epochs,
                step: at.step,
                steps,
                gradient: at.gradient_sum / at.step as f64,
                log_likelihood: at.history.last().and_then(|report| report.log_likelihood),
            });
        }
        let report = EpochReport {
            epoch: at.epoch + 1,
            gradient: at.gradient_sum / steps as f64,
            log_likelihood: run.likelihood(&at)?,
        };
        at.history.push(report);
        (at.epoch, at.step, at.gradient_sum) = (at.epoch + 1, 0, 0.0);
        observer.checkpoint(&at)?;
    }
    let mut parameters = at.parameters;
    if let Some(grid) = grid {
        parameters.biases.iter_mut().for_each(|h| *h = grid.bias((*h).into()) as f32);
        parameters.couplings.iter_mut().for_each(|w| *w = grid.coupling((*w).into()) as f32);
    }
    Ok((parameters, at.history))
}

fn check_rows(shape: &Shape, rows: &Rows) -> Result<(), Problem> {
    if rows.width() == shape.visible().len() && !rows.is_empty() {
        return Ok(());
    }
    Err(Problem::new(
        "the data do not fit the visible p-bits",
        "the data",
        format!(
            "{} rows of {} spins, {} p-bits are visible",
            rows.len(),
            rows.width(),
            shape.visible().len()
        ),
        "give data with one column for every visible p-bit",
    ))
}

impl Run<'_> {
    /// The grid, in the epochs that see it.
    fn rounding(&self, at: &LearnCheckpoint) -> Option<&Grid> {
        self.grid.filter(|_| at.epoch + at.config.rounded_epochs >= at.config.epochs)
    }

    /// One step on a batch; returns the size of the gradient.
    fn step(&self, at: &mut LearnCheckpoint, batch: &[usize]) -> Result<f64, Problem> {
        let model = self.shape.model(&at.parameters, self.rounding(at));
        let (seed, epoch, step) = (at.config.seed, at.epoch as u64, at.step as u64);
        let named = |purpose: u64| Stream::new(&[seed, purpose, epoch, step]).bits();
        let copies = at.config.copies;
        let mut data =
            Chains::random(self.shape.p_bits(), batch.len() * copies, &[seed, HIDDEN, epoch, step]);
        for (k, &row) in batch.iter().enumerate() {
            for (&i, &up) in self.shape.visible().iter().zip(self.rows.row(row)) {
                (0..copies).for_each(|copy| data.set(i, k * copies + copy, up));
            }
        }
        if self.shape.hidden() > 0 {
            let held = self.shape.is_visible();
            self.sampler.sweep(&model, held, at.config.data_sweeps, named(DATA_PHASE), &mut data)?;
        }
        let nothing = vec![false; self.shape.p_bits()];
        let gradient = match at.config.method {
            Method::PseudoLikelihood => pseudo_likelihood(&model, self.shape, &data),
            Method::Contrastive => {
                let clamped = Moments::of(&data, self.shape);
                self.sampler.sweep(&model, &nothing, at.config.sweeps, named(FREE_PHASE), &mut data)?;
                clamped.minus(&Moments::of(&data, self.shape))
            }
            Method::Persistent => {
                let chains = at.chains.get_or_insert_with(|| {
                    Chains::random(self.shape.p_bits(), at.config.free_chains(), &[seed, FREE_START])
                });
                self.sampler.sweep(&model, &nothing, at.config.sweeps, named(FREE_PHASE), chains)?;
                Moments::of(&data, self.shape).minus(&Moments::of(chains, self.shape))
            }
        };
        self.follow(at, &gradient);
        if !at.parameters.is_finite() {
            return Err(Problem::new(
                "learning diverged",
                format!("epoch {}", at.epoch + 1),
                "a coupling or bias is no longer a finite number",
                "choose a smaller rate",
            ));
        }
        Ok(gradient.size())
    }

    /// The step itself: momentum, decay of couplings, the grid's limits. Sums and products of 32 bits, the same on every processor.
    fn follow(&self, at: &mut LearnCheckpoint, gradient: &Moments) {
        let (momentum, decay) = (at.config.momentum as f32, at.config.decay as f32);
        let rate = at.config.rate_of(at.epoch) as f32;
        let limits = self.grid.map_or([f32::MAX; 2], |grid| grid.limits().map(|limit| limit as f32));
        let each = |values: &mut [f32], speeds: &mut [f32], gradient: &[f64], decay: f32, limit: f32| {
            for ((value, speed), &g) in values.iter_mut().zip(speeds).zip(gradient) {
                *speed = momentum * *speed + rate * (g as f32 - decay * *value);
                *value = (*value + *speed).clamp(-limit, limit);
            }
        };
        let Parameters { biases, couplings } = &mut at.parameters;
        each(couplings, &mut at.speeds.couplings, &gradient.products, decay, limits[0]);
        each(biases, &mut at.speeds.biases, &gradient.means, 0.0, limits[1]);
    }

    fn likelihood(&self, at: &LearnCheckpoint) -> Result<Option<f64>, Problem> {
        if self.shape.p_bits() > LIKELIHOOD_UP_TO {
            return Ok(None);
        }
        let model = self.shape.model(&at.parameters, self.rounding(at));
        log_likelihood(model.model(), self.shape, self.rows).map(Some)
    }
}
