//! The complete state of a training run.

use super::config::{TrainConfig, is_default};
use super::params::Layout;
use super::prune::Mask;
use crate::data::Dataset;
use crate::train::adam::Adam;
use crate::train::checkpoint::{Checkpoint as Dense, Position, damaged};
use crate::train::io::{Tensors, read_tensors, write_tensors};
use crate::train::record::EpochRecord;
use serde::{Deserialize, Serialize};
use spinwright_contract::{Problem, files};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that continuing needs: configuration, parameters, optimizer, position and history.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub(crate) config: TrainConfig,
    pub(crate) data_crc: u32,
    pub(crate) flat: Vec<f32>,
    pub(crate) adam: Adam,
    pub(crate) position: Position,
    pub(crate) history: Vec<EpochRecord>,
    /// Of pruning; empty without it.
    pub(crate) mask: Mask,
    /// Names what the teacher says; 0 without one.
    pub(crate) lessons_crc: u32,
    /// Running statistics of normalization, means then variances; empty before the first step of such a phase.
    pub(crate) running: Vec<f32>,
    /// Running flip rates by block, color and channel; empty before the first step that needs them.
    pub(crate) flips: Vec<f32>,
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
    #[serde(default, skip_serializing_if = "is_default")]
    lessons_crc: u32,
}

/// The header's key in the file's metadata.
const HEADER: &str = "spinwright_conv_checkpoint";

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
            lessons_crc: self.lessons_crc,
        };
        let text = serde_json::to_string(&header).map_err(|error| damaged(path, &error.to_string()))?;
        let mut tensors: Tensors = BTreeMap::new();
        let total = vec![self.flat.len()];
        tensors.insert("adam.mean".into(), (total.clone(), self.adam.mean.clone()));
        tensors.insert("adam.square".into(), (total.clone(), self.adam.square.clone()));
        tensors.insert("parameters".into(), (total, self.flat.clone()));
        for (name, values) in [("mask", &self.mask), ("running", &self.running), ("flips", &self.flips)] {
            if !values.is_empty() {
                tensors.insert(name.into(), (vec![values.len()], values.clone()));
            }
        }
        write_tensors(path, &tensors, Some((HEADER, text)))
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// When the file is missing, damaged or not a checkpoint of this kind.
    pub fn load(path: &Path) -> Result<Checkpoint, Problem> {
        let (mut tensors, metadata) = read_tensors(path)?;
        let text = metadata
            .get(HEADER)
            .ok_or_else(|| damaged(path, "it has no header of a convolutional training run"))?;
        let header: Header = files::parse_json(text, path)?;
        let [mask, running, flips] = ["mask", "running", "flips"]
            .map(|name| tensors.remove(name).map_or(Vec::new(), |(_, values)| values));
        let mut take = |name: &str| {
            tensors.remove(name).ok_or_else(|| damaged(path, &format!("tensor {name} is missing")))
        };
        let (flat, mean, square) = (take("parameters")?.1, take("adam.mean")?.1, take("adam.square")?.1);
        if mean.len() != flat.len() || square.len() != flat.len() {
            return Err(damaged(path, "the optimizer's state does not fit the parameters"));
        }
        let pruned = if header.config.pruning.is_some() { flat.len() } else { 0 };
        if mask.len() != pruned {
            return Err(damaged(path, "the mask of pruning does not fit the parameters"));
        }
        Ok(Checkpoint {
            config: header.config,
            data_crc: header.data_crc,
            flat,
            adam: Adam { mean, square, steps: header.adam_steps },
            position: header.position,
            history: header.history,
            mask,
            lessons_crc: header.lessons_crc,
            running,
            flips,
        })
    }

    /// Refuses other data and parameters of another shape.
    pub(crate) fn accepts(&self, data: &Dataset, layout: &Layout) -> Result<(), Problem> {
        Dense::same_data(data, self.data_crc)?;
        let total = layout.total;
        let fits = |values: &[f32], length| values.is_empty() || values.len() == length;
        let running = fits(&self.running, 2 * (total - layout.first_gain()));
        if self.flat.len() == total && running && fits(&self.flips, layout.channels()) {
            return Ok(());
        }
        Err(Problem::new(
            "the checkpoint contradicts itself",
            "parameters",
            format!("{} numbers, its configuration needs {total}", self.flat.len()),
            "start a new run",
        ))
    }
}
