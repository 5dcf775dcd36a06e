//! Batch normalization of the encoder's pre-activations and of the clamped inputs' shares K1 x and K3 x (K2 runs in both
//! directions from one copy, so its products have none), and its exact folding (Ioffe and Szegedy 2015, algorithms 1, 2).
//!
//! Statistics are those of one part of a batch (`shards`), over its pictures and positions, so that parts stay independent;
//! running statistics are means over the parts. The biases stand behind the normalization, as its shifts.

use super::params::{Layout, Tensor};

/// Added to every variance.
const EPSILON: f32 = 1e-5;
/// Part of the running statistics that a step keeps.
const KEPT: f32 = 0.98;

/// Normalization of one product in one part of a batch.
#[derive(Clone, Default)]
pub(crate) struct Norm {
    /// Statistics by channel; the channels that fill up a row have zeros.
    pub(crate) mean: Vec<f32>,
    pub(crate) variance: Vec<f32>,
    /// The normalized product.
    hat: Vec<f32>,
}

impl Norm {
    /// values = gain x normalized values; rows as long as `gain`.
    pub(crate) fn forward(&mut self, values: &mut [f32], gain: &[f32]) {
        let width = gain.len();
        let share = width as f32 / values.len() as f32;
        self.mean = vec![0.0; width];
        for row in values.chunks_exact(width) {
            self.mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        self.mean.iter_mut().for_each(|sum| *sum *= share);
        self.variance = vec![0.0; width];
        for row in values.chunks_exact_mut(width) {
            for ((value, mean), sum) in row.iter_mut().zip(&self.mean).zip(&mut self.variance) {
                *value -= mean;
                *sum += *value * *value;
            }
        }
        self.variance.iter_mut().for_each(|sum| *sum *= share);
        let inverse: Vec<f32> = self.variance.iter().map(|&variance| inverse_of(variance)).collect();
        self.hat.clear();
        for row in values.chunks_exact_mut(width) {
            row.iter_mut().zip(&inverse).for_each(|(value, inverse)| *value *= inverse);
            self.hat.extend_from_slice(row);
            row.iter_mut().zip(gain).for_each(|(value, gain)| *value *= gain);
        }
    }

    /// Turns the gradient of what [`Norm::forward`] gave into that of what it got; sets `gain_gradient`.
    #[allow(clippy::needless_range_loop)] // Several arrays run along.
    pub(crate) fn backward(&self, gradient: &mut [f32], gain: &[f32], gain_gradient: &mut [f32]) {
        let width = gain.len();
        let share = width as f32 / gradient.len() as f32;
        let mut total = vec![0.0_f32; width];
        gain_gradient.fill(0.0);
        for (row, hat) in gradient.chunks_exact(width).zip(self.hat.chunks_exact(width)) {
            for channel in 0..width {
                total[channel] += row[channel];
                gain_gradient[channel] += row[channel] * hat[channel];
            }
        }
        let factors: Vec<f32> =
            gain.iter().zip(&self.variance).map(|(gain, &variance)| gain * inverse_of(variance)).collect();
        for (row, hat) in gradient.chunks_exact_mut(width).zip(self.hat.chunks_exact(width)) {
            for channel in 0..width {
                let centered =
                    row[channel] - share * (total[channel] + hat[channel] * gain_gradient[channel]);
                row[channel] = centered * factors[channel];
            }
        }
    }
}

fn inverse_of(variance: f32) -> f32 {
    1.0 / (variance + EPSILON).sqrt()
}

/// Adds a bias to every row; `bias` holds one row, or one for every position of a picture.
pub(crate) fn add_bias(values: &mut [f32], bias: &[f32]) {
    for part in values.chunks_exact_mut(bias.len()) {
        part.iter_mut().zip(bias).for_each(|(value, bias)| *value += bias);
    }
}

/// Mixes the statistics of one step, the mean over parts, into the running ones: means, then variances, in the gains'
/// order. The first step sets them.
pub(crate) fn run_on(running: &mut Vec<f32>, step: Vec<f32>) {
    if running.is_empty() {
        *running = step;
        return;
    }
    running.iter_mut().zip(step).for_each(|(old, new)| *old = KEPT * *old + (1.0 - KEPT) * new);
}

/// Puts gains and running statistics into weights and biases: the same pre-activations without normalization.
#[allow(clippy::needless_range_loop)] // Several arrays run along.
pub(crate) fn fold(layout: &Layout, flat: &mut [f32], running: &[f32], delta: f32) {
    let Some(gains) = layout.gains.as_ref().filter(|_| !running.is_empty()) else { return };
    let (means, variances) = running.split_at(running.len() / 2);
    let mut one = |weight: &Tensor, bias: &Tensor, gain: &Tensor, factor: f32| {
        let width = gain.width();
        let at = gain.start - layout.first_gain();
        // `factor` stands in the product that was measured and, once more, in front of the gain.
        let inverse: Vec<f32> =
            variances[at..at + width].iter().map(|&variance| inverse_of(variance)).collect();
        let gain = flat[gain.range()].to_vec();
        for row in flat[weight.range()].chunks_exact_mut(width) {
            for channel in 0..width {
                row[channel] *= factor * gain[channel] * inverse[channel];
            }
        }
        for row in flat[bias.range()].chunks_exact_mut(width) {
            for channel in 0..width {
                row[channel] -= gain[channel] * inverse[channel] * means[at + channel];
            }
        }
    };
    one(&layout.encoder, &layout.encoder_bias, &gains.encoder, 1.0);
    for (block, (hidden, output)) in layout.blocks.iter().zip(&gains.blocks) {
        one(&block.k1, &block.b1, hidden, 1.0);
        if let Some(k3) = &block.k3 {
            one(k3, &block.b2, output, delta);
        }
    }
}
