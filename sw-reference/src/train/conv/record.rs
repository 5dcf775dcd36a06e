//! What a training run of a convolutional model leaves.

use super::config::TrainConfig;
use crate::models::ConvModel;
use crate::train::record::EpochRecord;
use serde::{Deserialize, Serialize};
use spinwright_contract::Readout;

/// Accuracy with one schedule on the validation pictures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidationRow {
    /// What is summed.
    pub readout: Readout,
    /// Independent chains.
    pub replicas: usize,
    /// Sweeps of each, of every block; no burn-in.
    pub retained: u32,
    /// Sweeps counted over replicas and blocks.
    pub sweeps: usize,
    /// 0 to 1.
    pub accuracy: f64,
}

/// What is written down about a training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainRecord {
    /// The configuration.
    pub config: TrainConfig,
    /// Pictures trained on.
    pub train_images: usize,
    /// Pictures set aside.
    pub validation_images: usize,
    /// Accuracies on the validation pictures, everything rounded as on the machine.
    pub validation: Vec<ValidationRow>,
    /// The control's accuracy there, if one was trained.
    pub control: Option<f64>,
    /// Epoch by epoch.
    pub history: Vec<EpochRecord>,
}

/// The result of training.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// Exactly on the grids of `record.config.format`.
    pub model: ConvModel,
    /// Encoder and decoder of the same shape and bits, trained without any block.
    pub control: Option<ConvModel>,
    /// How it came about.
    pub record: TrainRecord,
}

impl TrainRecord {
    /// The accuracy with these sweeps of one readout, if it was measured.
    pub fn accuracy(&self, readout: Readout, replicas: usize, retained: u32) -> Option<f64> {
        let same =
            |row: &&ValidationRow| (row.readout, row.replicas, row.retained) == (readout, replicas, retained);
        self.validation.iter().find(same).map(|row| row.accuracy)
    }
}

/// Mean and standard deviation over several seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of the sample (n - 1); 0 for one value.
    pub deviation: f64,
}

impl Spread {
    /// Of some values; all zero without any.
    pub fn of(values: &[f64]) -> Spread {
        let count = values.len() as f64;
        let mean = if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / count };
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        Spread { mean, deviation: if values.len() < 2 { 0.0 } else { (squares / (count - 1.0)).sqrt() } }
    }
}
