//! The straight-through gradient against finite differences.
//!
//! The backward pass is the exact gradient of the chain of mean spins (tanh for every sampled bit and every sign, no
//! rounding), so on that chain it must agree with differences of the loss.

use super::block::{Chain, Objective};
use super::buffer::Buffer;
use super::config::{BlockConfig, DecoderConfig, EncoderConfig, Losses, TrainConfig};
use super::kernels::Path;
use super::params::{Folded, Layout};
use super::shard::Shard;
use crate::data::Stream;
use spinwright_contract::Readout;
use spinwright_contract::config::{BiasScope, Kernel};

const PICTURES: usize = 5;
const SIZE: usize = 9;

/// Two blocks: the first with K3 and a bias per channel, the second with a stride, without K3 and with a bias per position.
fn config() -> TrainConfig {
    let kernel = |size, stride, padding| Kernel { size, stride, padding };
    TrainConfig {
        encoder: EncoderConfig { channels: 3, kernel: kernel(3, 2, 1) },
        blocks: vec![
            BlockConfig {
                hidden: 4,
                output: 3,
                k1: kernel(3, 1, 1),
                k2: kernel(3, 1, 1),
                k3: Some(Kernel::POINT),
                bias: BiasScope::Channel,
            },
            BlockConfig {
                hidden: 3,
                output: 5,
                k1: kernel(1, 1, 0),
                k2: kernel(3, 2, 1),
                k3: None,
                bias: BiasScope::Position,
            },
        ],
        decoder: DecoderConfig { rows: 2, columns: 2 },
        delta: 0.7,
        ..TrainConfig::mnist()
    }
}

struct Bench {
    layout: Layout,
    folded: Folded,
    shard: Shard,
    objective: Objective,
}

impl Bench {
    fn new(readout: Readout, sweeps: usize) -> Self {
        let layout = Layout::new(&config(), SIZE, SIZE, 3);
        let losses = Losses { magnitude_weight: 0.3, magnitude_margin: 1.5 };
        let mut shard = Shard::new(&layout, PICTURES + 1, sweeps);
        let mut stream = Stream::new(&[3]);
        for picture in 0..PICTURES {
            let image: Vec<u8> = (0..SIZE * SIZE).map(|_| stream.bits() as u8).collect();
            shard.patches.fill(picture, &image);
            shard.labels[picture] = (picture % 3) as u8;
        }
        let folded = Folded::new(&layout, config().delta);
        Bench { layout, folded, shard, objective: Objective { sweeps, readout, losses, batch: PICTURES } }
    }

    fn loss(&mut self, flat: &Buffer) -> f64 {
        self.folded.fill(&self.layout, flat, None);
        let mut stream = Stream::new(&[4]);
        let (layout, folded) = (&self.layout, &self.folded);
        self.shard.run(
            Path::Portable,
            PICTURES,
            layout,
            folded,
            &Chain::Smooth,
            &self.objective,
            &mut stream,
        );
        self.shard.loss
    }
}

/// Largest difference between the gradient and central differences, relative to the largest entry of each tensor.
fn worst_error(readout: Readout, sweeps: usize) -> f64 {
    let mut bench = Bench::new(readout, sweeps);
    let mut flat = bench.layout.initial(5, config().delta);
    flat.iter_mut().for_each(|value| *value *= 1.3);
    bench.loss(&flat);
    let gradient = bench.shard.gradient.clone();
    let mut worst = 0.0_f64;
    for tensor in bench.layout.tensors().cloned().collect::<Vec<_>>() {
        let largest = gradient[tensor.range()].iter().fold(0.0_f32, |top, g| top.max(g.abs()));
        assert!(largest > 1e-4, "{:?} has no gradient at all", tensor.kind);
        for index in tensor.range() {
            if (index - tensor.start) % tensor.width() >= tensor.inner {
                assert_eq!(gradient[index], 0.0, "{:?}: filling has a gradient", tensor.kind);
                continue;
            }
            let (step, kept) = (6e-3_f32, flat[index]);
            flat[index] = kept + step;
            let above = bench.loss(&flat);
            flat[index] = kept - step;
            let below = bench.loss(&flat);
            flat[index] = kept;
            let difference = (above - below) / f64::from(2.0 * step);
            let error = (difference - f64::from(gradient[index])).abs() / f64::from(largest);
            worst = worst.max(error);
        }
    }
    worst
}

#[test]
fn field_gradient_agrees_with_differences() {
    for sweeps in [1, 3] {
        let worst = worst_error(Readout::Field, sweeps);
        assert!(worst < 0.01, "{sweeps} sweeps: relative error {worst}");
    }
}

#[test]
fn spin_gradient_agrees_with_differences() {
    for sweeps in [1, 2] {
        let worst = worst_error(Readout::Spin, sweeps);
        assert!(worst < 0.01, "{sweeps} sweeps: relative error {worst}");
    }
}
