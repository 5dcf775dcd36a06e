//! Gradual pruning: which weights are zero for good.

use super::config::Pruning;
use super::params::{Kind, Layout, Tensor};

/// Steps between two looks at the magnitudes.
const EVERY: usize = 16;

/// By number of the flat vector: 1 where a parameter lives, 0 where it was pruned. Empty without pruning.
pub(crate) type Mask = Vec<f32>;

/// Part of the target that is reached `done` epochs into the run.
fn ramp(pruning: &Pruning, done: f32) -> f32 {
    if done < pruning.from_epoch {
        return 0.0;
    }
    let part = (done - pruning.from_epoch) / (pruning.until_epoch - pruning.from_epoch).max(1e-6);
    1.0 - (1.0 - part.min(1.0)).powi(3)
}

fn target(pruning: &Pruning, kind: Kind) -> f32 {
    match kind {
        Kind::K1 | Kind::K2 | Kind::K3 => pruning.blocks,
        Kind::EncoderWeight => pruning.encoder,
        Kind::DecoderWeight => pruning.decoder,
        _ => 0.0,
    }
}

/// Marks the smallest weights of every tensor, now and then (`step` counts in the epoch); what was marked once stays.
/// `done` epochs of the run are over.
pub(crate) fn update(
    mask: &mut Mask,
    flat: &[f32],
    layout: &Layout,
    pruning: &Pruning,
    done: f32,
    step: usize,
) {
    if mask.is_empty() || !step.is_multiple_of(EVERY) {
        return;
    }
    let ramp = ramp(pruning, done);
    for tensor in layout.tensors() {
        let mut places = places(layout, tensor);
        let count = (target(pruning, tensor.kind) * ramp * places.len() as f32) as usize;
        // What was pruned before comes first; equals go in the order of the vector.
        let size = |&place: &usize| if mask[place] == 0.0 { -1.0 } else { flat[place].abs() };
        places.sort_by(|a, b| size(a).total_cmp(&size(b)));
        places[..count].iter().for_each(|&place| mask[place] = 0.0);
    }
}

/// Where the weights of a tensor lie, without what fills up its rows.
fn places(layout: &Layout, tensor: &Tensor) -> Vec<usize> {
    let real = if tensor.kind == Kind::DecoderWeight { layout.last().channels } else { tensor.middle };
    let width = tensor.width();
    let is_real = |place: &usize| {
        let at = place - tensor.start;
        at % width < tensor.inner && at / width % tensor.middle < real
    };
    tensor.range().filter(is_real).collect()
}

/// Zero where the mask says so.
pub(crate) fn apply(mask: &[f32], values: &mut [f32]) {
    values.iter_mut().zip(mask).filter(|(_, lives)| **lives == 0.0).for_each(|(value, _)| *value = 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::conv::TrainConfig;

    #[test]
    fn the_smallest_go_and_stay_away() {
        let pruning = Pruning { blocks: 0.75, encoder: 0.0, decoder: 0.5, from_epoch: 1.0, until_epoch: 3.0 };
        let layout = Layout::new(&TrainConfig::mnist(), 28, 28, 10);
        let mut flat = layout.initial(3, 0.5).to_vec();
        let mut mask = vec![1.0; layout.total];
        update(&mut mask, &flat, &layout, &pruning, 0.9, 0);
        assert!(mask.iter().all(|&lives| lives == 1.0), "nothing goes before its time");
        let mut before = mask.clone();
        let dead = |mask: &[f32], tensor: &Tensor| {
            places(&layout, tensor).iter().filter(|&&p| mask[p] == 0.0).count()
        };
        for (done, part) in [(2.0, 1.0 - 0.125), (3.0, 1.0), (9.0, 1.0)] {
            update(&mut mask, &flat, &layout, &pruning, done, 0);
            assert!(before.iter().zip(&mask).all(|(then, now)| now <= then), "a weight came back");
            for tensor in layout.tensors() {
                let expected = target(&pruning, tensor.kind) * part * places(&layout, tensor).len() as f32;
                assert_eq!(dead(&mask, tensor), expected as usize, "{:?} at {done}", tensor.kind);
                let sizes = |lives: f32| {
                    let places = places(&layout, tensor).into_iter();
                    places
                        .filter(|&p| mask[p] == lives && before[p] == 1.0)
                        .map(|p| flat[p].abs())
                        .collect::<Vec<_>>()
                };
                let least = sizes(1.0).into_iter().fold(f32::INFINITY, f32::min);
                assert!(
                    sizes(0.0).into_iter().all(|size| size <= least),
                    "{:?}: not the smallest",
                    tensor.kind
                );
            }
            before.clone_from(&mask);
            apply(&mask, &mut flat);
            assert!(flat.iter().zip(&mask).all(|(&value, &lives)| lives == 1.0 || value == 0.0));
            // Weights that live on may shrink below those that went: these must stay away all the same.
            flat.iter_mut().zip(&mask).for_each(|(value, lives)| *value = *value * 1e-3 + (1.0 - lives));
        }
        update(&mut mask, &flat, &layout, &pruning, 9.0, 1);
        assert_eq!(mask, before, "only every few steps");
    }
}
