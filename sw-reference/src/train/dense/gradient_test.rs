//! The straight-through gradient against finite differences.
//!
//! The backward pass is the exact gradient of the chain of mean spins (tanh for every sampled bit, no rounding), so
//! on that chain it must agree with differences of the loss.

use super::params::{Folded, Layout, Tensor};
use super::step::{Chain, Objective, Shard};
use crate::data::Stream;
use spinwright_contract::Readout;

const LAYOUT: Layout = Layout { inputs: 9, hidden: 6, outputs: 5, classes: 3, skip: true };
const PICTURES: usize = 8;
const DELTA: f32 = 0.7;

fn loss_and_gradient(flat: &[f32], readout: Readout, sweeps: usize) -> (f64, Vec<f32>) {
    let objective = Objective {
        sweeps,
        readout,
        delta: DELTA,
        magnitude_weight: 0.3,
        magnitude_margin: 1.5,
        batch: PICTURES,
    };
    let mut folded = Folded::new(LAYOUT, DELTA);
    folded.fill(flat, None);
    let mut shard = Shard::new(LAYOUT, PICTURES, sweeps);
    let mut stream = Stream::new(&[3]);
    shard.x.iter_mut().for_each(|x| *x = if stream.bits() & 1 == 1 { 1.0 } else { -1.0 });
    for (picture, label) in shard.labels.iter_mut().enumerate() {
        *label = (picture % LAYOUT.classes) as u8;
    }
    shard.run(PICTURES, &folded, &Chain::Smooth, &objective, &mut stream);
    (shard.loss, shard.gradient)
}

/// Largest difference between the gradient and central differences, relative to the largest entry of each tensor.
fn worst_error(readout: Readout, sweeps: usize) -> f64 {
    let mut flat = LAYOUT.initial(5, DELTA);
    // Larger weights than at the start of training, so that the slopes differ and nothing is linear.
    flat.iter_mut().for_each(|value| *value *= 1.5);
    let (_, gradient) = loss_and_gradient(&flat, readout, sweeps);
    let mut worst = 0.0_f64;
    for tensor in [Tensor::K1, Tensor::B1, Tensor::K2, Tensor::B2, Tensor::K3, Tensor::Weight, Tensor::Bias] {
        let range = LAYOUT.range(tensor);
        let largest = gradient[range.clone()].iter().fold(0.0_f32, |top, g| top.max(g.abs()));
        assert!(largest > 1e-4, "{tensor:?} has no gradient at all");
        for index in range {
            let step = 4e-3_f32;
            let kept = flat[index];
            flat[index] = kept + step;
            let above = loss_and_gradient(&flat, readout, sweeps).0;
            flat[index] = kept - step;
            let below = loss_and_gradient(&flat, readout, sweeps).0;
            flat[index] = kept;
            let difference = (above - below) / f64::from(2.0 * step);
            worst = worst.max((difference - f64::from(gradient[index])).abs() / f64::from(largest));
        }
    }
    worst
}

#[test]
fn field_gradient_agrees_with_differences() {
    for sweeps in [1, 2, 4] {
        let worst = worst_error(Readout::Field, sweeps);
        assert!(worst < 0.01, "{sweeps} sweeps: relative error {worst}");
    }
}

#[test]
fn spin_gradient_agrees_with_differences() {
    for sweeps in [1, 3] {
        let worst = worst_error(Readout::Spin, sweeps);
        assert!(worst < 0.01, "{sweeps} sweeps: relative error {worst}");
    }
}
