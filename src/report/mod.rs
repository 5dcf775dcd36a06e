//! `report.html`: one file without any outside resource.

mod chart;
mod html;
mod model;
mod picture;

pub use html::escape;
pub use model::{Cost, HeatMap, ModelReport, SideBySide};

use serde::Serialize;

/// Accuracy of one schedule under both readouts.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SweepPoint {
    /// Counted sweeps: replicas x (burn-in + retained).
    pub sweeps: u64,
    /// Accuracy when spins are summed, 0 to 1.
    pub spin: f64,
    /// Accuracy when fields are summed, 0 to 1.
    pub field: f64,
}

/// One picture and what the machine made of it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Pixels, row by row, 0 to 255.
    pub pixels: Vec<u8>,
    /// Pixels per row.
    pub columns: usize,
    /// What it is.
    pub label: usize,
    /// What the decoder said.
    pub class: usize,
    /// `spins[sweep][p]`: output p-bit p of replica 0 after that sweep (sweep 0 is the start).
    pub spins: Vec<Vec<bool>>,
}

/// A table of two columns: what, and its value.
pub type Facts = Vec<(String, String)>;

/// Everything that the report shows.
#[derive(Debug, Clone)]
pub struct Report {
    /// What was run, for the heading.
    pub title: String,
    /// Name of the data.
    pub data: String,
    /// Test pictures behind every accuracy.
    pub images: usize,
    /// Headline numbers.
    pub summary: Facts,
    /// Accuracy against sweeps.
    pub curve: Vec<SweepPoint>,
    /// Accuracy of the model without sampling (its feed-forward pass).
    pub feed_forward: f64,
    /// Accuracy of encoder and decoder trained without any block.
    pub control: f64,
    /// `confusion[label][class]`: pictures of `label` that were put into `class`.
    pub confusion: Vec<Vec<u64>>,
    /// Which run the confusion matrix belongs to.
    pub confusion_run: String,
    /// Pictures with their spins over the sweeps.
    pub samples: Vec<Sample>,
    /// The generator's own estimate of what the machine needs.
    pub resources: Facts,
    /// What this run compared, with counts; empty when nothing could be.
    pub compared: Facts,
    /// What was not checked, and what would make it possible.
    pub unchecked: Vec<String>,
    /// Time of each stage.
    pub stages: Facts,
    /// Commands that repeat the run and its parts.
    pub commands: Vec<String>,
}

impl Report {
    /// The report as one HTML page.
    pub fn html(&self) -> String {
        html::page(self)
    }
}
