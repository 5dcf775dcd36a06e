//! Recipe `ptanh`: pretraining of the feed-forward pass with smooth activations tanh(gain x field), a trained gain per
//! channel, and folding of the gains.
//!
//! The gain of a channel stands in front of all that enters its field in the feed-forward pass, so the pass with gains
//! is the plain pass with scaled weights and biases; folding is exact. (K2 runs backward too, but not in this pass.) The
//! form of the activation is ours: the paper's text was not at hand.

use super::params::{Gains, Kind, Layout, Tensor};

/// What each gain scales.
fn scaled<'a>(layout: &'a Layout, gains: &'a Gains) -> Vec<(&'a Tensor, Vec<&'a Tensor>)> {
    let mut all = vec![(&gains.encoder, vec![&layout.encoder, &layout.encoder_bias])];
    for (block, (hidden, output)) in layout.blocks.iter().zip(&gains.blocks) {
        all.push((hidden, vec![&block.k1, &block.b1]));
        all.push((output, [&block.k2, &block.b2].into_iter().chain(&block.k3).collect()));
    }
    all
}

/// The parameters with their gains multiplied in.
pub(crate) fn applied(layout: &Layout, flat: &[f32]) -> Vec<f32> {
    let mut values = flat.to_vec();
    let Some(gains) = &layout.gains else { return values };
    for (gain, tensors) in scaled(layout, gains) {
        let factors = &flat[gain.range()];
        for tensor in tensors {
            for row in values[tensor.range()].chunks_exact_mut(factors.len()) {
                row.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
            }
        }
    }
    values
}

/// Turns the gradient of [`applied`] parameters into that of `flat`, gains included.
#[allow(clippy::needless_range_loop)] // Several arrays run along.
pub(crate) fn through(layout: &Layout, flat: &[f32], gradient: &mut [f32]) {
    let Some(gains) = &layout.gains else { return };
    for (gain, tensors) in scaled(layout, gains) {
        let factors = &flat[gain.range()];
        let mut sums = vec![0.0_f32; factors.len()];
        for tensor in tensors {
            let range = tensor.range();
            let rows = gradient[range.clone()].chunks_exact_mut(factors.len());
            for (row, values) in rows.zip(flat[range].chunks_exact(factors.len())) {
                for channel in 0..factors.len() {
                    sums[channel] += row[channel] * values[channel];
                    row[channel] *= factors[channel];
                }
            }
        }
        gradient[gain.range()].copy_from_slice(&sums);
    }
}

/// Multiplies the gains in for good and sets them to 1.
pub(crate) fn fold(layout: &Layout, flat: &mut [f32]) {
    let values = applied(layout, flat);
    flat.copy_from_slice(&values);
    for tensor in layout.tensors() {
        if matches!(tensor.kind, Kind::GainEncoder | Kind::GainHidden | Kind::GainOutput) {
            flat[tensor.start..tensor.start + tensor.inner].fill(1.0);
        }
    }
}
