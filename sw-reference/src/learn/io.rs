//! A learned machine on disk: a folder with `graph.json`, `model.safetensors` and `learning.json`.
//!
//! `graph.json` is the graph with its couplings and biases as dimod writes it, so that every command for graphs takes it. The tensors are
//! the same numbers for programs that read tensors: `biases` [N], `couplings` [E] and `edges` [E, 2] (p-bit numbers, i < j, ascending), as
//! BF16 where that loses nothing, else as F32. `learning.json` says which p-bits are visible and how it was learned.

use super::{EpochReport, Grid, LearnConfig, Parameters, Shape};
use crate::graph::formats::{self, Format, Target};
use crate::graph::{Graph, Reading};
use crate::train::io::{Tensors, WEIGHTS_FILE, read_tensors, write_tensors};
use serde::{Deserialize, Serialize};
use spinwright_contract::{Problem, files};
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the graph's file in the folder.
pub const GRAPH_FILE: &str = "graph.json";
/// Version of the description.
const FORMAT_VERSION: u32 = 1;
/// Name of the description's file in the folder.
pub const LEARNING_FILE: &str = "learning.json";
/// What it says it is.
const KIND: &str = "boltzmann";

/// How a machine was learned, and which of its p-bits hold what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnRecord {
    /// P-bit of every column of the data.
    pub visible: Vec<usize>,
    /// Rows and columns, where the data were pictures.
    pub picture: Option<[usize; 2]>,
    /// A pixel of at least this brightness is up, where the data were pictures.
    pub threshold: Option<u8>,
    /// Rows of data.
    pub rows: usize,
    /// What sampled the phases: `gibbs` or `machine`.
    pub sampler: String,
    /// The machine's formats, where the numbers are rounded to them.
    pub grid: Option<Grid>,
    /// Hash of that machine.
    pub machine_hash: Option<String>,
    /// The recipe.
    pub config: LearnConfig,
    /// One entry per epoch.
    pub history: Vec<EpochReport>,
}

/// The file `learning.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format_version: u32,
    kind: String,
    learning: LearnRecord,
}

/// A learned machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// The graph with its numbers.
    pub graph: Graph,
    /// How it came to be.
    pub record: LearnRecord,
}

impl Learned {
    /// A graph with learned numbers.
    pub fn new(graph: &Graph, shape: &Shape, parameters: &Parameters, record: LearnRecord) -> Self {
        let model = shape.model(parameters, None).model().clone();
        Self { graph: Graph { model, labels: graph.labels.clone(), offset: 0.0 }, record }
    }

    /// Writes the folder, which is made if needed. Each file appears whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn save(&self, folder: &Path) -> Result<(), Problem> {
        files::create_folder(folder)?;
        let text = formats::write(&self.graph, Target::Dimod)?;
        files::write_whole(&folder.join(GRAPH_FILE), text.as_bytes())?;
        write_tensors(&folder.join(WEIGHTS_FILE), &self.tensors(), None)?;
        let description =
            Description { format_version: FORMAT_VERSION, kind: KIND.into(), learning: self.record.clone() };
        let path = folder.join(LEARNING_FILE);
        let text =
            serde_json::to_string_pretty(&description).map_err(|error| unusable(&path, error.to_string()))?;
        files::write_whole(&path, (text + "\n").as_bytes())
    }

    fn tensors(&self) -> Tensors {
        let edges = self.graph.edges();
        let mut tensors: Tensors = BTreeMap::new();
        let biases: Vec<f32> = self.graph.model.biases().iter().map(|&h| h as f32).collect();
        tensors.insert("biases".into(), (vec![biases.len()], biases));
        tensors.insert("couplings".into(), (vec![edges.len()], edges.iter().map(|e| e.2 as f32).collect()));
        let ends = edges.iter().flat_map(|e| [e.0 as f32, e.1 as f32]).collect();
        tensors.insert("edges".into(), (vec![edges.len(), 2], ends));
        tensors
    }

    /// Reads a folder and checks it.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the files contradict one another.
    pub fn load(folder: &Path) -> Result<Self, Problem> {
        let path = folder.join(LEARNING_FILE);
        let Description { format_version, kind, learning: record } = files::read_json(&path)?;
        if (format_version, kind.as_str()) != (FORMAT_VERSION, KIND) {
            return Err(unusable(&path, format!("it is version {format_version} of kind {kind:?}")));
        }
        let reading = Reading { format: Some(Format::Dimod), ..Reading::default() };
        let (graph, _) = formats::read(&folder.join(GRAPH_FILE), reading)?;
        Shape::new(&graph, record.visible.clone()).map_err(|problem| problem.within(path.display()))?;
        if record.picture.is_some_and(|[rows, columns]| rows * columns != record.visible.len()) {
            return Err(unusable(
                &path,
                "the picture does not have one pixel for every visible p-bit".into(),
            ));
        }
        let learned = Self { graph, record };
        let path = folder.join(WEIGHTS_FILE);
        if read_tensors(&path)?.0 != learned.tensors() {
            return Err(unusable(&path, format!("its numbers are not those of {GRAPH_FILE}")));
        }
        Ok(learned)
    }
}

fn unusable(path: &Path, why: String) -> Problem {
    let help = "learn it again: spinwright learn";
    Problem::new("the file is not part of a learned machine", path.display().to_string(), why, help)
}
