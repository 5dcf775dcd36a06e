//! Sparse machines: an Ising graph of any shape on lanes with slots. `docs/contract.md`, section 14.
//!
//! [`SparseConfig`] is what a file says, [`ValidSparse`] is what has passed the door. Two kinds of machine differ in how spins
//! reach the lanes: in a `wired` one the graph is in the wires and stands in `machine.json`; in an `addressed` one it is in the
//! bank and stands in the image. Both are described by the same [`SparseGraph`].

mod addressed;
mod file;
mod graph;
mod hash;
mod sizes;
mod validate;

pub use addressed::{AddressedRoom, ENDS_COLOR, ENDS_SLOT, ENDS_SWEEP, TAP_IN_USE};
pub use graph::SparseGraph;
pub use hash::canonical_text;

use crate::config::{MachineConfig, RandomSource, Timing};
use crate::files;
use crate::hash::MachineHash;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Most p-bits of a machine.
pub const MAX_P_BITS: usize = 8192;
/// Most lanes of a machine.
pub const MAX_LANES: usize = 2048;
/// Most slots of a wired machine.
pub const MAX_SLOTS: usize = 64;
/// Most lanes of an addressed machine.
pub const MAX_ADDRESSED_LANES: usize = 64;
/// Most rows of an addressed machine.
pub const MAX_ROWS: usize = 4096;
/// Most taps of a p-bit, empty ones included.
pub const MAX_TAPS: usize = 1024;
/// Most sweeps from one exchange of a ladder to the next.
pub const MAX_EVERY: u32 = 255;
/// Most entries of a coupling bank's beta schedule.
pub const MAX_BETA_STEPS: usize = 64;

/// Left shifts that align the terms of a field on its grid. Each 0 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SparseShifts {
    /// For the sum of the couplings.
    pub coupling: u32,
    /// For the bias.
    pub bias: u32,
}

/// How spins reach the lanes, with what the machine says about its graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topology {
    /// In the wires: the graph is the machine's.
    Wired {
        /// Which p-bits are coupled, where they are served and in which order.
        graph: SparseGraph,
        /// Taps that are summed by one table look-up; fixes the load stream. 1 to 4.
        group: usize,
    },
    /// In the bank: the image brings the graph.
    Addressed(AddressedRoom),
}

/// What `machine.json` says about a sparse machine. Unknown keys are refused. Ranges are checked by [`SparseConfig::validate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "file::File", into = "file::File")]
pub struct SparseConfig {
    /// Contract version the file was written for; must be [`crate::CONTRACT_VERSION`].
    pub contract: u32,
    /// Name of the machine and of the generated modules: a lowercase letter, then lowercase letters, digits and `_`.
    pub name: String,
    /// The graph, or the room for one.
    pub topology: Topology,
    /// Hardware update units, 1 to 2048; no power of two is asked for.
    pub lanes: usize,
    /// Independent spin states that share the couplings and fill the pipeline. 1 to 64.
    pub replicas: usize,
    /// Bits of a coupling weight, 2 to 16.
    pub weight_bits: u32,
    /// Bits of a bias weight, 2 to 16.
    pub bias_bits: u32,
    /// Bits of the saturated field, which addresses the table. 3 to 12.
    pub field_bits: u32,
    /// Bits of a draw: 8 to 19 (`lfsr64`) or 24 (`xoshiro128++`).
    pub draw_bits: u32,
    /// Left shifts on the common grid.
    pub shifts: SparseShifts,
    /// Where draws come from.
    pub random_source: RandomSource,
    /// Coupling banks (couplings, tables, schedule, beta schedule), 2 to 16.
    pub coupling_banks: usize,
    /// Bias banks, 2 to 32.
    pub bias_banks: usize,
    /// Tables per coupling bank, one per beta; a replica selects one. 1 to 64.
    pub tables: usize,
    /// Longest burn-in and longest retained part, in sweeps of one replica; sizes the accumulators. 1 to 1,048,576.
    pub max_sweeps: u32,
    /// Entries of a coupling bank's beta schedule, 0 to 64; 0: there is none.
    pub beta_steps: usize,
    /// The device keeps every replica's energy and its best state. Only of a `wired` machine.
    pub energy: bool,
    /// The device exchanges replicas between rungs: parallel tempering with a rung per table. Needs `energy`.
    pub ladder: bool,
    /// Not architectural: never changes a trace, is not part of the hash.
    pub timing: Timing,
}

/// A configuration that has passed [`SparseConfig::validate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidSparse {
    config: SparseConfig,
    hash: MachineHash,
}

impl SparseConfig {
    /// Reads `machine.json`. `path` may be the file or a folder that holds one.
    ///
    /// # Errors
    /// When the file cannot be read or is not of this form.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        files::read_json(&MachineConfig::file(path))
    }

    /// Checks every range and limit; the only way to a [`ValidSparse`].
    ///
    /// # Errors
    /// A [`Problem`] for the first value out of range.
    pub fn validate(self) -> Result<ValidSparse, Problem> {
        validate::check(&self)?;
        let hash = MachineHash::of_text(&canonical_text(&self));
        let valid = ValidSparse { config: self, hash };
        validate::finished(&valid)?;
        Ok(valid)
    }
}

impl ValidSparse {
    /// Reads and validates; errors name the file.
    ///
    /// # Errors
    /// As [`SparseConfig::read`] and [`SparseConfig::validate`].
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let file = MachineConfig::file(path);
        SparseConfig::read(path)?.validate().map_err(|p| p.within(file.display()))
    }
}
