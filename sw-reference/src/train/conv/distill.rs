//! Distillation: a larger trained model teaches its scores beside the labels.

use super::config::{Losses, TrainConfig};
use super::evaluate::{Sampling, folded_scores};
use super::io;
use super::params::{Folded, Layout};
use crate::data::Dataset;
use crate::train::loss::softmax_gradient;
use spinwright_contract::{Problem, Readout, Schedule};
use std::path::Path;

/// Sweeps over which a teacher's fields are summed: enough that its own noise does not matter.
const SWEEPS: u32 = 16;

/// The teacher's probabilities for every training picture, computed once, on pictures without distortion.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lessons {
    values: Vec<f32>,
    classes: usize,
}

impl Lessons {
    /// Probabilities at `temperature` from scores, pictures x classes.
    pub(crate) fn new(mut scores: Vec<f32>, classes: usize, temperature: f32) -> Self {
        scores.chunks_exact_mut(classes).for_each(|row| soften(row, temperature));
        Lessons { values: scores, classes }
    }

    /// What the teacher of `config` says about the pictures; none without a teacher.
    ///
    /// # Errors
    /// When the teacher cannot be read or is for other pictures.
    pub(crate) fn learn(config: &TrainConfig, data: &Dataset) -> Result<Option<Self>, Problem> {
        let Some(folder) = &config.teacher else { return Ok(None) };
        let stored = io::load(Path::new(folder))?;
        let (encoder, classes) = (&stored.model.encoder, stored.model.decoder.classes);
        if (encoder.rows, encoder.columns, classes) != (data.rows, data.cols, data.classes) {
            return Err(Problem::new(
                "the teacher is for other pictures",
                format!("key `teacher`, {folder}"),
                format!(
                    "it takes {} x {} pixels and knows {classes} classes, the pictures have {} x {} and {}",
                    encoder.rows, encoder.columns, data.rows, data.cols, data.classes
                ),
                "name a model that was trained on such pictures",
            ));
        }
        let layout = Layout::of_model(&stored.model);
        let mut folded = Folded::new(&layout, stored.model.delta);
        folded.fill(&layout, &layout.flatten(&stored.model), Some(&stored.format));
        let schedules = vec![Schedule { burn_in: 0, retained: SWEEPS, readout: Readout::Field }];
        let sampling = Sampling { replicas: 1, schedules, delta: stored.model.delta, seed: config.seed };
        let scores = folded_scores(&layout, &folded, &stored.format, data, &sampling);
        Ok(Some(Lessons::new(scores, classes, config.losses.distill_temperature)))
    }

    /// Probabilities of one picture.
    pub(crate) fn of(&self, picture: usize) -> &[f32] {
        &self.values[picture * self.classes..][..self.classes]
    }

    /// Names the numbers, so that a run is not continued with another teacher.
    pub(crate) fn fingerprint(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        self.values.iter().for_each(|value| hasher.update(&value.to_bits().to_le_bytes()));
        hasher.finalize()
    }
}

/// Softmax of scores / temperature, in place.
fn soften(row: &mut [f32], temperature: f32) {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|score| *score = ((*score - top) / temperature).exp());
    let total: f32 = row.iter().sum();
    row.iter_mut().for_each(|part| *part /= total);
}

/// Turns scores into the gradient of (1 - w) cross-entropy + w t^2 KL(lesson, model at temperature t), times `share`; gives
/// that loss and whether the class was right.
pub(crate) fn taught_gradient(
    scores: &mut [f32],
    label: usize,
    lesson: &[f32],
    losses: &Losses,
    share: f32,
) -> (f64, bool) {
    let (weight, temperature) = (losses.distill_weight, losses.distill_temperature);
    let mut soft = scores.to_vec();
    soften(&mut soft, temperature);
    let divergence: f32 = lesson
        .iter()
        .zip(&soft)
        .map(|(&taught, &own)| {
            taught * (taught.max(f32::MIN_POSITIVE).ln() - own.max(f32::MIN_POSITIVE).ln())
        })
        .sum();
    let (loss, correct) = softmax_gradient(scores, label, share * (1.0 - weight));
    for ((score, &taught), &own) in scores.iter_mut().zip(lesson).zip(&soft) {
        *score += share * weight * temperature * (own - taught);
    }
    (loss + f64::from(share * weight * temperature * temperature * divergence), correct)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model that says what its teacher says has nothing to learn from it.
    #[test]
    fn agreement_costs_nothing() {
        let losses = Losses { distill_weight: 1.0, distill_temperature: 3.0, ..Losses::default() };
        let scores = [1.0, -2.0, 0.5];
        let lessons = Lessons::new(scores.to_vec(), 3, 3.0);
        let mut row = scores.map(|score| score + 4.0);
        let (loss, correct) = taught_gradient(&mut row, 0, lessons.of(0), &losses, 0.5);
        assert!(correct && loss.abs() < 1e-6, "{loss}");
        assert!(row.iter().all(|gradient| gradient.abs() < 1e-6), "{row:?}");
        let mut row = [-1.0, 2.0, 0.5];
        let (loss, correct) = taught_gradient(&mut row, 0, lessons.of(0), &losses, 0.5);
        assert!(!correct && loss > 0.1, "{loss}");
        assert!(row[0] < 0.0 && row[1] > 0.0, "{row:?}");
    }
}
