//! What a training run shows while it runs, and what it leaves.

use super::checkpoint::Checkpoint;
use super::config::TrainConfig;
use super::dense::model::Model;
use serde::{Deserialize, Serialize};
use spinwright_contract::Problem;

/// What a training run shows of itself, after every step.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Epoch under way, from 1, over all phases.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Steps done in this epoch.
    pub step: usize,
    /// Steps of an epoch.
    pub steps: usize,
    /// Mean loss of this epoch so far.
    pub loss: f64,
    /// Part of the (distorted) training pictures of this epoch classified correctly so far.
    pub accuracy: f64,
    /// Last measured accuracy on the validation pictures, `field` mode at 8 sweeps.
    pub validation: Option<f64>,
}

/// Watches a training run and may stop it. Every method has a default that does nothing.
pub trait Observer {
    /// Called after every step.
    fn progress(&mut self, _progress: &Progress) {}

    /// Called at the end of every epoch and before an interrupted run ends: the place to write the checkpoint.
    ///
    /// # Errors
    /// A problem stops the training.
    fn checkpoint(&mut self, _checkpoint: &Checkpoint) -> Result<(), Problem> {
        Ok(())
    }

    /// As [`Observer::checkpoint`], for a convolutional model.
    ///
    /// # Errors
    /// A problem stops the training.
    fn conv_checkpoint(&mut self, _checkpoint: &super::conv::Checkpoint) -> Result<(), Problem> {
        Ok(())
    }

    /// Asked after every step; `true` stops the run with [`super::TrainError::Interrupted`].
    fn interrupted(&mut self) -> bool {
        false
    }
}

/// An observer that neither shows nor stores anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

/// One epoch of the history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochRecord {
    /// From 1, over all phases.
    pub epoch: usize,
    /// Mean loss of the training pictures.
    pub loss: f32,
    /// Training pictures classified correctly while training.
    pub train_correct: usize,
    /// Training pictures used.
    pub train_images: usize,
    /// Validation pictures classified correctly at the end of the epoch, `field` mode at 8 sweeps.
    pub validation_correct: usize,
    /// Validation pictures.
    pub validation_images: usize,
}

/// Accuracies on the validation pictures, 0 to 1, everything rounded as on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidationScores {
    /// Pictures.
    pub images: usize,
    /// `field` mode, 4 replicas x 2 sweeps.
    pub field: f64,
    /// `spin` mode, 4 replicas x 46 sweeps.
    pub spin: f64,
    /// Without sampling, see [`super::feed_forward_accuracy`].
    pub feed_forward: f64,
    /// The control without any block.
    pub control: f64,
}

/// What is written down about a training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainRecord {
    /// The configuration.
    pub config: TrainConfig,
    /// Pictures trained on.
    pub train_images: usize,
    /// At the end.
    pub validation: ValidationScores,
    /// Epoch by epoch.
    pub history: Vec<EpochRecord>,
}

/// The result of training.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// Encoder, block, decoder and control, all exactly on the grids of `record.config.format` (the linear maps on
    /// 8-bit grids).
    pub model: Model,
    /// How it came about.
    pub record: TrainRecord,
}
