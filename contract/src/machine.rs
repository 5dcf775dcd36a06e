//! Any machine: what `machine.json` describes, of whichever kind.

use crate::config::{MachineConfig, Timing, ValidConfig};
use crate::files;
use crate::hash::MachineHash;
use crate::problem::Problem;
use crate::sparse::{SparseConfig, ValidSparse};
use serde::Deserialize;
use std::path::Path;

/// A valid machine of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Machine {
    /// Thermodynamic blocks: kind `layered`.
    Layered(ValidConfig),
    /// A sparse graph: kinds `wired` and `addressed`.
    Sparse(ValidSparse),
}

/// The one key that decides what the others mean.
#[derive(Deserialize)]
struct Kind {
    kind: Option<serde_json::Value>,
}

/// The kinds of sparse machines.
const SPARSE: [&str; 2] = ["wired", "addressed"];

impl Machine {
    /// Reads and validates `machine.json`; `path` may be the file or a folder that holds one. Errors name the file.
    ///
    /// # Errors
    /// When the file cannot be read, is not of the form of its kind, or a value is out of range.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let file = MachineConfig::file(path);
        let text = files::read_text(&file)?;
        Self::parse(&text, &file)
    }

    /// The machine of a JSON text; `origin` names it in messages.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str, origin: &Path) -> Result<Self, Problem> {
        let within = |p: Problem| p.within(origin.display());
        // What is no object or has no kind is left to the layered machine's messages.
        let kind = serde_json::from_str::<Kind>(text).ok().and_then(|k| k.kind);
        if kind.as_ref().and_then(|k| k.as_str()).is_some_and(|k| SPARSE.contains(&k)) {
            let config: SparseConfig = files::parse_json(text, origin)?;
            return config.validate().map(Self::Sparse).map_err(within);
        }
        if let Some(serde_json::Value::String(other)) = kind.filter(|k| k != "layered") {
            return Err(Problem::new(
                "there is no such kind of machine",
                format!("{}, key `kind`", origin.display()),
                format!("{other:?} was given"),
                "choose layered, wired or addressed",
            ));
        }
        let config: MachineConfig = files::parse_json(text, origin)?;
        config.validate().map(Self::Layered).map_err(within)
    }

    /// The machine's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Layered(machine) => machine.name(),
            Self::Sparse(machine) => machine.name(),
        }
    }

    /// The machine's identity.
    pub fn hash(&self) -> MachineHash {
        match self {
            Self::Layered(machine) => machine.hash(),
            Self::Sparse(machine) => machine.hash(),
        }
    }

    /// Clock, baud rate and pipeline.
    pub fn timing(&self) -> Timing {
        match self {
            Self::Layered(machine) => machine.timing(),
            Self::Sparse(machine) => machine.timing(),
        }
    }

    /// The machine with another timing. Hash and traces are the same.
    ///
    /// # Errors
    /// When a value of the timing is out of range.
    pub fn with_timing(&self, timing: Timing) -> Result<Self, Problem> {
        match self {
            Self::Layered(machine) => {
                MachineConfig { timing, ..machine.config().clone() }.validate().map(Self::Layered)
            }
            Self::Sparse(machine) => {
                SparseConfig { timing, ..machine.config().clone() }.validate().map(Self::Sparse)
            }
        }
    }

    /// Lanes.
    pub fn lanes(&self) -> usize {
        match self {
            Self::Layered(machine) => machine.lanes(),
            Self::Sparse(machine) => machine.lanes(),
        }
    }
}
