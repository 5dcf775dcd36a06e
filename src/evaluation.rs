//! Classifying pictures with the bit-exact reference, many at once.

use crate::progress::Progress;
use spinwright_contract::{Problem, Schedule, Start, ValidConfig};
use spinwright_reference::data::Dataset;
use spinwright_reference::fast::{Batch, BatchSampler, BatchStart, Path, RawModel, SpinRows};
use spinwright_reference::image::{BankImage, Classifier};
use spinwright_reference::stream::LaneStreams;

/// Pictures between two reports of progress. Every picture has its own place in the streams, so this changes no result.
const PICTURES: usize = 512;

/// An image that classifies pictures, ready to run.
pub struct Evaluator<'a> {
    machine: &'a ValidConfig,
    sampler: BatchSampler,
    classifier: &'a Classifier,
}

/// How to run it.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Lengths and readout.
    pub schedule: Schedule,
    /// Where every run starts. `host` and the first run of `keep` start from spins that are all down.
    pub start: Start,
    /// Seed of the streams; picture k starts at draw k D.
    pub seed: u64,
}

impl<'a> Evaluator<'a> {
    /// Prepares an image; its bias set 0 is used.
    pub fn new(machine: &'a ValidConfig, image: &'a BankImage) -> Result<Self, Problem> {
        let contents = image.contents();
        let classifier = contents.classifier.as_ref().ok_or_else(|| {
            Problem::new(
                "this image classifies nothing",
                "the image",
                "it has neither encoder nor decoder",
                "compile a model that `spinwright train` wrote",
            )
        })?;
        let (hidden, output) = contents.bias_sets[0].raw.split_at(machine.block().hidden);
        let raw = RawModel {
            k1: contents.k1.raw.clone(),
            k2: contents.k2.raw.clone(),
            k3: contents.k3.as_ref().map_or(Vec::new(), |k3| k3.raw.clone()),
            biases: [hidden.to_vec(), output.to_vec()],
            tables: contents
                .tables
                .each_ref()
                .map(|tables| tables.iter().map(|table| table.thresholds.clone()).collect()),
        };
        Ok(Self { machine, sampler: BatchSampler::new(machine, &raw, Path::Auto)?, classifier })
    }

    /// The class of every picture.
    pub fn classify(
        &self,
        data: &Dataset,
        plan: &Plan,
        progress: &mut Progress,
    ) -> Result<Vec<usize>, Problem> {
        let streams = LaneStreams::of(self.machine, plan.seed);
        let mut state = SpinRows::down(self.machine.total_p_bits(), self.machine.replicas());
        let mut classes = Vec::with_capacity(data.len());
        for first in (0..data.len()).step_by(PICTURES) {
            progress.set(first as u64, "");
            let mut inputs = SpinRows::new(self.machine.inputs());
            for k in first..data.len().min(first + PICTURES) {
                inputs.push(self.classifier.encoder.encode(data.image(k), self.machine.inputs()));
            }
            let batch = Batch {
                inputs: &inputs,
                streams: &streams,
                first_image: first as u64,
                schedule: plan.schedule,
                start: match plan.start {
                    Start::Random => BatchStart::Random,
                    Start::Host => BatchStart::Host(&state),
                    Start::Keep => BatchStart::Keep(&state),
                },
                clamps: None,
                table_select: &[],
            };
            let result = self.sampler.run(&batch)?;
            for k in 0..inputs.rows() {
                let signs: Vec<bool> = result.signs.row(k).collect();
                classes.push(self.classifier.decoder.classify(&signs));
            }
            if plan.start == Start::Keep {
                let replicas = self.machine.replicas();
                state = SpinRows::new(self.machine.total_p_bits());
                for row in result.states.rows() - replicas..result.states.rows() {
                    state.push(result.states.row(row));
                }
            }
        }
        Ok(classes)
    }
}

/// Part of the pictures whose class is their label.
pub fn accuracy(classes: &[usize], data: &Dataset) -> f64 {
    let right =
        classes.iter().zip(&data.labels).filter(|(class, label)| **class == usize::from(**label)).count();
    right as f64 / data.len().max(1) as f64
}

/// `confusion[label][class]`: pictures of `label` that were put into `class`.
pub fn confusion(classes: &[usize], data: &Dataset) -> Vec<Vec<u64>> {
    let mut counts = vec![vec![0; data.classes]; data.classes];
    for (&class, &label) in classes.iter().zip(&data.labels) {
        counts[usize::from(label)][class] += 1;
    }
    counts
}
