//! The straight-through gradient against finite differences.
//!
//! The backward pass is the exact gradient of the chain of mean spins (tanh for every sampled bit and every sign, no
//! rounding), so on that chain it must agree with differences of the loss.

use super::block::{Chain, Objective, span};
use super::buffer::Buffer;
use super::config::{BlockConfig, DecoderConfig, EncoderConfig, Losses, Recipe, TrainConfig};
use super::distill::Lessons;
use super::kernels::Path;
use super::norm;
use super::paper::FixedPointLoss;
use super::params::{Folded, Kind, Layout};
use super::shard::Shard;
use super::{ptanh, running};
use crate::data::Stream;
use crate::train::table::Table;
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
    /// Whether gains are multiplied in before the pass.
    ptanh: bool,
}

impl Bench {
    fn new(readout: Readout, sweeps: usize) -> Self {
        Self::of(&config(), readout, sweeps)
    }

    /// With gains, and the feed-forward pass of the recipe `paper`, weights of its loss unlike each other.
    fn paper(paper: FixedPointLoss) -> Self {
        let mut bench = Self::new(Readout::Field, paper.sweeps.max(1));
        bench.objective.paper = Some(paper);
        for block in &mut bench.shard.blocks {
            for weights in &mut block.flip_weights {
                weights
                    .iter_mut()
                    .enumerate()
                    .for_each(|(channel, weight)| *weight *= 0.5 + channel as f32 * 0.4);
            }
        }
        bench
    }

    /// With gains: of normalization or of smooth activations.
    fn gained(normalize: bool, sweeps: usize) -> Self {
        let mut config = config();
        config.phases[0].quantized = false;
        config.phases[0].normalize = normalize;
        config.phases[0].recipe = if normalize { Recipe::Chain } else { Recipe::Ptanh };
        let mut bench = Self::of(&config, Readout::Field, sweeps);
        bench.objective.normalize = normalize;
        bench.objective.paper = (!normalize).then(FixedPointLoss::default);
        bench.ptanh = !normalize;
        bench
    }

    /// Parameters with gains unlike each other and biases that are not zero.
    fn parameters(&self) -> Buffer {
        let mut flat = self.layout.initial(5, config().delta);
        let mut stream = Stream::new(&[6]);
        for tensor in self.layout.tensors() {
            let bias = matches!(tensor.kind, Kind::EncoderBias | Kind::B1 | Kind::B2);
            for place in tensor.range().filter(|place| (place - tensor.start) % tensor.width() < tensor.inner)
            {
                let noise = stream.around(0.4) as f32;
                flat[place] = if bias { noise } else { flat[place] * (1.3 + noise) };
            }
        }
        flat
    }

    fn of(config: &TrainConfig, readout: Readout, sweeps: usize) -> Self {
        let layout = Layout::new(config, SIZE, SIZE, 3);
        let losses = Losses { magnitude_weight: 0.3, magnitude_margin: 1.5, ..Losses::default() };
        let mut shard = Shard::new(&layout, PICTURES + 1, sweeps, true);
        let mut stream = Stream::new(&[3]);
        for picture in 0..PICTURES {
            let image: Vec<u8> = (0..SIZE * SIZE).map(|_| stream.bits() as u8).collect();
            shard.patches.fill(picture, &image);
            shard.labels[picture] = (picture % 3) as u8;
        }
        let folded = Folded::new(&layout, config.delta);
        let objective = Objective { sweeps, readout, losses, batch: PICTURES, normalize: false, paper: None };
        Bench { layout, folded, shard, objective, ptanh: false }
    }

    fn loss(&mut self, flat: &Buffer) -> f64 {
        if self.ptanh {
            self.folded.fill(&self.layout, &ptanh::applied(&self.layout, flat), None);
        } else {
            self.folded.fill(&self.layout, flat, None);
        }
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
        if self.ptanh {
            ptanh::through(&self.layout, flat, &mut self.shard.gradient);
        }
        self.shard.loss
    }
}

/// Largest difference between the gradient and central differences, relative to the largest entry of each tensor.
fn worst_error(readout: Readout, sweeps: usize) -> f64 {
    worst_error_of(Bench::new(readout, sweeps))
}

fn worst_error_of(bench: Bench) -> f64 {
    let mut flat = bench.layout.initial(5, config().delta);
    flat.iter_mut().for_each(|value| *value *= 1.3);
    worst_error_at(bench, flat)
}

/// Without the magnitude loss, whose bend at a mean field of 0 differences straddle at most places.
fn worst_error_without_magnitude(mut bench: Bench) -> f64 {
    bench.objective.losses.magnitude_weight = 0.0;
    let flat = bench.parameters();
    worst_error_at(bench, flat)
}

fn worst_error_at(mut bench: Bench, mut flat: Buffer) -> f64 {
    bench.loss(&flat);
    let gradient = bench.shard.gradient.clone();
    let mut worst = 0.0_f64;
    for tensor in bench.layout.tensors().cloned().collect::<Vec<_>>() {
        let largest = gradient[tensor.range()].iter().fold(0.0_f32, |top, g| top.max(g.abs()));
        if largest == 0.0 && tensor.kind == Kind::GainOutput {
            // A gain of K3 x where there is no K3: the only one without effect.
            assert_eq!(tensor.inner, 5);
            continue;
        }
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

#[test]
fn taught_gradient_agrees_with_differences() {
    let mut bench = Bench::new(Readout::Field, 2);
    bench.objective.losses =
        Losses { distill_weight: 0.7, distill_temperature: 2.5, ..bench.objective.losses };
    let scores = (0..PICTURES * 3).map(|i| (i * 7 % 5) as f32 - 2.0).collect();
    let lessons = Lessons::new(scores, 3, 2.5);
    for picture in 0..PICTURES {
        bench.shard.lessons.extend_from_slice(lessons.of(picture));
    }
    let worst = worst_error_without_magnitude(bench);
    assert!(worst < 0.01, "relative error {worst}");
}

#[test]
fn normalized_gradient_agrees_with_differences() {
    let worst = worst_error_without_magnitude(Bench::gained(true, 2));
    assert!(worst < 0.01, "relative error {worst}");
}

#[test]
fn paper_gradient_agrees_with_differences() {
    for (sweeps, chance) in [(0, 0.0), (1, 0.0), (3, 0.6), (2, 1.0)] {
        let worst =
            worst_error_without_magnitude(Bench::paper(FixedPointLoss { weight: 0.8, sweeps, chance }));
        assert!(worst < 0.01, "{sweeps} sweeps, q = {chance}: relative error {worst}");
    }
}

#[test]
fn ptanh_gradient_agrees_with_differences() {
    let worst = worst_error_without_magnitude(Bench::gained(false, 1));
    assert!(worst < 0.01, "relative error {worst}");
}

/// Largest difference of two planes of numbers.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// With the running statistics at those of the batch, the folded model has the same pre-activations.
#[test]
fn folded_normalization_changes_nothing() {
    let mut bench = Bench::gained(true, 1);
    let mut flat = bench.parameters();
    let loss = bench.loss(&flat);
    let bases = |bench: &Bench| {
        let block = |index: usize| {
            let block = &bench.shard.blocks[index];
            let wires = block.wires.shape;
            let hidden = block.hidden_base[..PICTURES * span(wires.hidden)].to_vec();
            (hidden, block.output_base[..PICTURES * span(wires.output)].to_vec())
        };
        [block(0), block(1)]
    };
    let normalized = bases(&bench);
    let statistics = running::statistics(&bench.layout, std::slice::from_ref(&bench.shard), &[PICTURES]);
    norm::fold(&bench.layout, &mut flat, &statistics, config().delta);
    bench.objective.normalize = false;
    let folded_loss = bench.loss(&flat);
    assert!((loss - folded_loss).abs() < 1e-5 * loss, "{loss} becomes {folded_loss}");
    for ((hidden, output), (other_hidden, other_output)) in normalized.iter().zip(&bases(&bench)) {
        assert!(hidden.iter().any(|value| value.abs() > 0.5));
        let worst = apart(hidden, other_hidden).max(apart(output, other_output));
        assert!(worst < 1e-4, "{worst} apart");
    }
}

#[test]
fn folded_gains_change_nothing() {
    let mut bench = Bench::gained(false, 1);
    let mut flat = bench.parameters();
    let loss = bench.loss(&flat);
    ptanh::fold(&bench.layout, &mut flat);
    bench.ptanh = false;
    let folded_loss = bench.loss(&flat);
    assert!((loss - folded_loss).abs() < 1e-6 * loss, "{loss} becomes {folded_loss}");
}

/// In the sampled pass, sweeps that always keep the feed-forward signs count exactly the p-bits' chances to differ.
#[test]
fn fixed_point_loss_counts_expected_flips() {
    let paper = FixedPointLoss { weight: 1.0, sweeps: 2, chance: 0.0 };
    let mut bench = Bench::paper(paper);
    let flat = bench.parameters();
    bench.folded.fill(&bench.layout, &flat, None);
    let format = config().format.block;
    let tables = (Table::new(&format, format.hidden_fraction), Table::new(&format, format.output_fraction));
    let chain = Chain::Sampled { hidden: &tables.0, output: &tables.1 };
    bench.objective.losses = Losses::default();
    let (layout, folded, mut stream) = (&bench.layout, &bench.folded, Stream::new(&[4]));
    bench.shard.run(Path::Portable, PICTURES, layout, folded, &chain, &bench.objective, &mut stream);
    for block in &bench.shard.blocks {
        let shape = block.wires.shape;
        let (mut sum, mut count) = (0.0, 0.0);
        for (plane, spins, color) in
            [(shape.hidden, &block.hidden_spin, 0), (shape.output, &block.output_spin, 1)]
        {
            let length = PICTURES * span(plane);
            assert_eq!(spins[0][..length], spins[2][..length], "q = 0 keeps the feed-forward signs");
            for (rate, weight) in
                block.flips[color].iter().zip(&block.flip_weights[color]).take(plane.channels)
            {
                assert!((0.0..=1.0).contains(rate));
                sum += f64::from(rate * weight) * plane.positions() as f64;
                count += plane.positions() as f64;
            }
        }
        let (expected, found) = (sum / count, block.fixed_point_loss);
        assert!(expected > 0.01 && (expected - found).abs() < 1e-4, "{expected} {found}");
    }
}
