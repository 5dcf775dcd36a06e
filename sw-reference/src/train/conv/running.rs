//! Means over the parts of a batch, in their order: statistics of normalization, flip rates.

use super::norm::Norm;
use super::params::Layout;
use super::shard::Shard;

/// Means, then variances, in the order of the gains. `pictures` of every part weigh it.
pub(crate) fn statistics(layout: &Layout, shards: &[Shard], pictures: &[usize]) -> Vec<f32> {
    let length = layout.total - layout.first_gain();
    let all: usize = pictures.iter().sum();
    let mut sums = vec![0.0; 2 * length];
    let Some(gains) = &layout.gains else { return sums };
    for (shard, &pictures) in shards.iter().zip(pictures) {
        let share = pictures as f32 / all as f32;
        let mut add = |start: usize, norm: &Norm| {
            let at = start - layout.first_gain();
            // A product that the block does not have (K3) was never measured.
            for (channel, (mean, variance)) in norm.mean.iter().zip(&norm.variance).enumerate() {
                sums[at + channel] += share * mean;
                sums[length + at + channel] += share * variance;
            }
        };
        add(gains.encoder.start, &shard.norm);
        for (block, (hidden, output)) in shard.blocks.iter().zip(&gains.blocks) {
            add(hidden.start, &block.norms[0]);
            add(output.start, &block.norms[1]);
        }
    }
    sums
}

/// How often the channels disagreed with the feed-forward pass: block by block, hidden and outputs.
pub(crate) fn flips(shards: &[Shard], pictures: &[usize]) -> Vec<f32> {
    let all: usize = pictures.iter().sum();
    let mut sums = Vec::new();
    for (shard, &pictures) in shards.iter().zip(pictures) {
        let rates = shard.blocks.iter().flat_map(|block| block.flips.iter().flatten());
        let rates = rates.map(|rate| rate * pictures as f32 / all as f32);
        if sums.is_empty() {
            sums = rates.collect();
        } else {
            sums.iter_mut().zip(rates).for_each(|(sum, rate)| *sum += rate);
        }
    }
    sums
}

/// Weights of the fixed-point loss by channel: (1 - `weighting`) + `weighting` x rate / mean rate of the color. All equal
/// before any rate is known.
pub(crate) fn spread_weights(shards: &mut [Shard], rates: &[f32], weighting: f32) {
    for shard in shards {
        let mut rest = rates;
        for block in &mut shard.blocks {
            let shape = block.wires.shape;
            let channels = [shape.hidden.channels, shape.output.channels];
            for (weights, channels) in block.flip_weights.iter_mut().zip(channels) {
                let Some((own, others)) = rest.split_at_checked(weights.len()) else { return };
                rest = others;
                let mean = own[..channels].iter().sum::<f32>() / channels as f32;
                for (weight, rate) in weights[..channels].iter_mut().zip(own) {
                    *weight = 1.0 - weighting + weighting * rate / mean.max(1e-9);
                }
            }
        }
    }
}
