//! The complete state of a run.

use super::{Chains, EpochReport, Grid, LearnConfig, Parameters, Rows, Shape};
use crate::train::io::{Tensors, read_tensors, write_tensors};
use serde::{Deserialize, Serialize};
use spinwright_contract::{Problem, files};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that continuing needs. Random streams are named by seed, epoch and step, so these are the generators' state too.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnCheckpoint {
    pub(super) config: LearnConfig,
    /// Name of what samples the phases.
    pub(super) sampler: String,
    pub(super) grid: Option<Grid>,
    pub(super) data_crc: u32,
    pub(super) shape_crc: u32,
    pub(super) epoch: usize,
    pub(super) step: usize,
    pub(super) gradient_sum: f64,
    pub(super) history: Vec<EpochReport>,
    pub(super) parameters: Parameters,
    pub(super) speeds: Parameters,
    /// Of the free phase, once there are any.
    pub(super) chains: Option<Chains>,
}

/// The part of a checkpoint that is no tensor; numbers as bits, so that JSON keeps them all.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    config: LearnConfig,
    sampler: String,
    grid: Option<Grid>,
    data_crc: u32,
    shape_crc: u32,
    epoch: usize,
    step: usize,
    gradient_sum_bits: u64,
    gradient_bits: Vec<u64>,
    log_likelihood_bits: Vec<Option<u64>>,
}

/// The header's key in the file's metadata.
const HEADER: &str = "spinwright_learning";

impl LearnCheckpoint {
    /// Where a run begins.
    pub(super) fn begin(
        shape: &Shape,
        rows: &Rows,
        config: &LearnConfig,
        grid: Option<&Grid>,
        sampler: &str,
    ) -> Self {
        Self {
            config: config.clone(),
            sampler: sampler.into(),
            grid: grid.copied(),
            data_crc: rows.crc(),
            shape_crc: shape_crc(shape),
            epoch: 0,
            step: 0,
            gradient_sum: 0.0,
            history: Vec::new(),
            parameters: Parameters::start(shape, rows, config.deviation, config.seed),
            speeds: Parameters::zeros(shape),
            chains: None,
        }
    }

    /// The recipe of the run.
    pub fn config(&self) -> &LearnConfig {
        &self.config
    }

    /// Epochs that are done.
    pub fn epochs_done(&self) -> usize {
        self.epoch
    }

    /// Refuses another graph, other data, another grid.
    pub(super) fn accepts(
        &self,
        shape: &Shape,
        rows: &Rows,
        grid: Option<&Grid>,
        sampler: &str,
    ) -> Result<(), Problem> {
        let fits = |ok: bool, what: &str| {
            if ok {
                return Ok(());
            }
            let why = format!("it was made with {what}");
            let help = "repeat the command of the interrupted run, or start without --resume";
            Err(Problem::new("the checkpoint belongs to another run", "the checkpoint", why, help))
        };
        fits(self.data_crc == rows.crc(), "other data")?;
        fits(self.shape_crc == shape_crc(shape), "another graph or other visible p-bits")?;
        fits(self.grid.as_ref() == grid, "another machine or grid")?;
        fits(self.sampler == sampler, &format!("the sampler {}", self.sampler))?;
        let sized =
            |p: &Parameters| p.biases.len() == shape.p_bits() && p.couplings.len() == shape.edges().len();
        fits(sized(&self.parameters) && sized(&self.speeds), "parameters of another size")?;
        fits(self.chains.as_ref().is_none_or(|c| c.p_bits() == shape.p_bits()), "chains of another size")
    }

    /// Writes it; the file appears whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Problem> {
        let header = Header {
            config: self.config.clone(),
            sampler: self.sampler.clone(),
            grid: self.grid,
            data_crc: self.data_crc,
            shape_crc: self.shape_crc,
            epoch: self.epoch,
            step: self.step,
            gradient_sum_bits: self.gradient_sum.to_bits(),
            gradient_bits: self.history.iter().map(|report| report.gradient.to_bits()).collect(),
            log_likelihood_bits: self
                .history
                .iter()
                .map(|report| report.log_likelihood.map(f64::to_bits))
                .collect(),
        };
        let text = serde_json::to_string(&header).map_err(|error| damaged(path, error.to_string()))?;
        let mut tensors: Tensors = BTreeMap::new();
        let mut put = |name: &str, values: &[f32]| {
            tensors.insert(name.into(), (vec![values.len()], values.to_vec()));
        };
        put("biases", &self.parameters.biases);
        put("couplings", &self.parameters.couplings);
        put("speed.biases", &self.speeds.biases);
        put("speed.couplings", &self.speeds.couplings);
        if let Some(chains) = &self.chains {
            let sign = |up| if up { 1.0f32 } else { -1.0 };
            let spins = (0..chains.count()).flat_map(|c| chains.spins(c)).map(sign).collect();
            tensors.insert("chains".into(), (vec![chains.count(), chains.p_bits()], spins));
        }
        write_tensors(path, &tensors, Some((HEADER, text)))
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the file is missing, damaged or no checkpoint of a learning run.
    pub fn load(path: &Path) -> Result<Self, Problem> {
        let (mut tensors, metadata) = read_tensors(path)?;
        let text =
            metadata.get(HEADER).ok_or_else(|| damaged(path, "it has no header of a learning run".into()))?;
        let header: Header = files::parse_json(text, path)?;
        if header.gradient_bits.len() != header.epoch || header.log_likelihood_bits.len() != header.epoch {
            return Err(damaged(path, "its history does not fit its epoch".into()));
        }
        let mut take = |name: &str| {
            let missing = || damaged(path, format!("tensor {name} is missing"));
            tensors.remove(name).map(|(_, values)| values).ok_or_else(missing)
        };
        let parameters = Parameters { biases: take("biases")?, couplings: take("couplings")? };
        let speeds = Parameters { biases: take("speed.biases")?, couplings: take("speed.couplings")? };
        let chains = match tensors.remove("chains") {
            Some((shape, values)) if shape.len() == 2 => {
                let mut chains = Chains::down(shape[1], shape[0]);
                for (c, spins) in values.chunks_exact(shape[1].max(1)).enumerate() {
                    chains.set_spins(c, &spins.iter().map(|&spin| spin > 0.0).collect::<Vec<_>>());
                }
                Some(chains)
            }
            Some(_) => return Err(damaged(path, "tensor chains does not have two dimensions".into())),
            None => None,
        };
        let history = header.gradient_bits.iter().zip(&header.log_likelihood_bits).enumerate();
        Ok(Self {
            config: header.config,
            sampler: header.sampler,
            grid: header.grid,
            data_crc: header.data_crc,
            shape_crc: header.shape_crc,
            epoch: header.epoch,
            step: header.step,
            gradient_sum: f64::from_bits(header.gradient_sum_bits),
            history: history
                .map(|(k, (&gradient, likelihood))| EpochReport {
                    epoch: k + 1,
                    gradient: f64::from_bits(gradient),
                    log_likelihood: likelihood.map(f64::from_bits),
                })
                .collect(),
            parameters,
            speeds,
            chains,
        })
    }
}

fn damaged(path: &Path, why: String) -> Problem {
    let help = "start a new run without --resume";
    Problem::new("the file is not a usable checkpoint", path.display().to_string(), why, help)
}

/// CRC-32 over p-bits, edges and visible p-bits.
fn shape_crc(shape: &Shape) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    let mut put = |number: usize| hasher.update(&(number as u64).to_le_bytes());
    put(shape.p_bits());
    shape.edges().iter().for_each(|&(i, j)| [i, j].into_iter().for_each(&mut put));
    put(usize::MAX);
    shape.visible().iter().copied().for_each(&mut put);
    hasher.finalize()
}
