//! The complete state of a training run.

use super::adam::Adam;
use super::config::TrainConfig;
use super::dense::model::Linear;
use super::dense::params::Layout;
use super::io::{Tensors, read_tensors, write_tensors};
use super::record::EpochRecord;
use crate::data::Dataset;
use serde::{Deserialize, Serialize};
use spinwright_contract::{Problem, files};
use std::collections::BTreeMap;
use std::path::Path;

/// Where a run stands. All random streams are named by these numbers, so they are the generators' state too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    /// Phase under way, from 0.
    pub(crate) phase: usize,
    /// Epoch of the phase, from 0.
    pub(crate) epoch: usize,
    /// Steps done in the epoch.
    pub(crate) step: usize,
    /// Sum of the losses of these steps; its bits, so that JSON keeps them all.
    pub(crate) loss_bits: u64,
    /// Pictures of these steps that were classified correctly.
    pub(crate) correct: usize,
}

impl Position {
    pub(crate) fn loss(&self) -> f64 {
        f64::from_bits(self.loss_bits)
    }

    pub(crate) fn count(&mut self, loss: f64, correct: usize) {
        self.loss_bits = (self.loss() + loss).to_bits();
        self.correct += correct;
    }
}

/// Everything that continuing needs: configuration, parameters, optimizer, position, history and the control.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub(crate) config: TrainConfig,
    pub(crate) data_crc: u32,
    pub(crate) flat: Vec<f32>,
    pub(crate) adam: Adam,
    pub(crate) position: Position,
    pub(crate) history: Vec<EpochRecord>,
    pub(crate) control: Option<Linear>,
}

/// The part of a checkpoint that is no tensor.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    config: TrainConfig,
    data_crc: u32,
    adam_steps: u64,
    position: Position,
    history: Vec<EpochRecord>,
}

/// The header's key in the file's metadata.
const HEADER: &str = "spinwright_checkpoint";

impl Checkpoint {
    /// The configuration of the run.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// The epochs finished so far.
    pub fn history(&self) -> &[EpochRecord] {
        &self.history
    }

    /// Writes the checkpoint; the file appears whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn save(&self, path: &Path) -> Result<(), Problem> {
        let header = Header {
            config: self.config.clone(),
            data_crc: self.data_crc,
            adam_steps: self.adam.steps,
            position: self.position,
            history: self.history.clone(),
        };
        let text = serde_json::to_string(&header).map_err(|error| damaged(path, &error.to_string()))?;
        let mut tensors: Tensors = BTreeMap::new();
        let total = vec![self.flat.len()];
        tensors.insert("adam.mean".into(), (total.clone(), self.adam.mean.clone()));
        tensors.insert("adam.square".into(), (total.clone(), self.adam.square.clone()));
        tensors.insert("parameters".into(), (total, self.flat.clone()));
        if let Some(control) = &self.control {
            let shape = vec![control.classes, control.inputs];
            tensors.insert("control.weight".into(), (shape, control.weight.clone()));
            tensors.insert("control.bias".into(), (vec![control.classes], control.bias.clone()));
        }
        write_tensors(path, &tensors, Some((HEADER, text)))
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// When the file is missing, damaged or not a checkpoint.
    pub fn load(path: &Path) -> Result<Checkpoint, Problem> {
        let (mut tensors, metadata) = read_tensors(path)?;
        let text = metadata.get(HEADER).ok_or_else(|| damaged(path, "it has no header of a training run"))?;
        let header: Header = files::parse_json(text, path)?;
        let mut take = |name: &str| {
            tensors.remove(name).ok_or_else(|| damaged(path, &format!("tensor {name} is missing")))
        };
        let (flat, mean, square) = (take("parameters")?.1, take("adam.mean")?.1, take("adam.square")?.1);
        if mean.len() != flat.len() || square.len() != flat.len() {
            return Err(damaged(path, "the optimizer's state does not fit the parameters"));
        }
        let control = match (take("control.weight"), take("control.bias")) {
            (Ok((shape, weight)), Ok((_, bias))) if shape.len() == 2 => {
                Some(Linear { classes: shape[0], inputs: shape[1], weight, bias })
            }
            _ => None,
        };
        Ok(Checkpoint {
            config: header.config,
            data_crc: header.data_crc,
            flat,
            adam: Adam { mean, square, steps: header.adam_steps },
            position: header.position,
            history: header.history,
            control,
        })
    }

    /// CRC-32 over size, labels and pixels: a run must go on with the data that it began with.
    pub(crate) fn fingerprint(data: &Dataset) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for size in [data.rows, data.cols, data.classes, data.len()] {
            hasher.update(&(size as u64).to_le_bytes());
        }
        hasher.update(&data.labels);
        hasher.update(&data.images);
        hasher.finalize()
    }

    /// Refuses other data than that with fingerprint `data_crc`.
    pub(crate) fn same_data(data: &Dataset, data_crc: u32) -> Result<(), Problem> {
        if Self::fingerprint(data) == data_crc {
            return Ok(());
        }
        Err(Problem::new(
            "the checkpoint belongs to other data",
            "the training pictures",
            "their CRC-32 is not the one in the checkpoint",
            "give the data that the run began with, or start a new run",
        ))
    }

    /// Refuses other data and parameters of another shape.
    pub(crate) fn accepts(&self, data: &Dataset, layout: Layout) -> Result<(), Problem> {
        Self::same_data(data, self.data_crc)?;
        let contradicts = |part: &str, why: String| {
            Problem::new("the checkpoint contradicts itself", part, why, "start a new run")
        };
        if self.flat.len() != layout.total() {
            let why = format!("{} numbers, its configuration needs {}", self.flat.len(), layout.total());
            return Err(contradicts("parameters", why));
        }
        if let Some(control) = &self.control {
            control.validate("control")?;
            if (control.classes, control.inputs) != (layout.classes, layout.inputs) {
                let why = format!("{} x {} weights", control.classes, control.inputs);
                return Err(contradicts("control.weight", why));
            }
        }
        Ok(())
    }
}

pub(crate) fn damaged(path: &Path, why: &str) -> Problem {
    Problem::new(
        "the file is not a usable checkpoint",
        path.display().to_string(),
        why,
        "start a new run without --resume",
    )
}
