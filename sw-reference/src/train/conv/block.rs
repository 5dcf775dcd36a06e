//! One thermodynamic block in the training step: the sampled chain forward, straight-through gradients backward.
//!
//! T sampled sweeps run from random spins; gradients go through every sampled bit with the slope of its mean,
//! 1 - tanh^2(I). y is the sign of the mean output field (or spin) over the sweeps.

use super::buffer::{Buffer, padded};
use super::config::Losses;
use super::kernels::elementwise::{self, add, multiply, signs, sum_rows, tanhs};
use super::kernels::{Path, Rows, Start, convolve, correlate};
use super::norm::{Norm, add_bias};
use super::paper::FixedPointLoss;
use super::params::{BlockTensors, Tensor};
use super::taps::Gather;
use crate::data::Stream;
use crate::train::table::{Table, mean_spins, random_spins};
use spinwright_contract::Readout;
use spinwright_contract::config::{BlockShape, Plane};

/// How the spins of the chain come about.
pub(crate) enum Chain<'a> {
    /// As on the machine: rounded fields, table, draws.
    Sampled {
        /// Of the hidden p-bits.
        hidden: &'a Table,
        /// Of the outputs.
        output: &'a Table,
    },
    /// Mean spins instead of samples, y without the sign: smooth, for phases of smooth activations and for checking gradients.
    Smooth,
}

/// What is asked of the pass beside the parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Objective {
    pub(crate) sweeps: usize,
    pub(crate) readout: Readout,
    pub(crate) losses: Losses,
    /// Pictures in the whole batch, by which losses are divided.
    pub(crate) batch: usize,
    /// Whether encoder, K1 x and K3 x are normalized.
    pub(crate) normalize: bool,
    /// Feed-forward pass with fixed-point loss instead of the chain.
    pub(crate) paper: Option<FixedPointLoss>,
}

/// The folded weights of a block.
#[derive(Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub(crate) tensors: &'a BlockTensors,
    /// All folded parameters.
    pub(crate) values: &'a [f32],
    /// K1, K2, K3 with source and target channels exchanged.
    pub(crate) transposed: &'a [Buffer; 3],
    pub(crate) delta: f32,
    pub(crate) gains: Option<&'a (Tensor, Tensor)>,
}

impl Weights<'_> {
    fn of(&self, tensor: &Tensor) -> &[f32] {
        &self.values[tensor.range()]
    }

    /// Gains of hidden and outputs.
    fn gains(&self) -> (&Tensor, &Tensor) {
        let (hidden, output) = self.gains.expect("a phase that normalizes has gains");
        (hidden, output)
    }
}

/// The connections of a block for a number of pictures.
pub(crate) struct Wires {
    pub(crate) shape: BlockShape,
    pub(crate) k1: Gather,
    pub(crate) k2: Gather,
    pub(crate) k2_back: Gather,
    pub(crate) k3: Option<Gather>,
    /// Input from hidden and from outputs: for the gradient of the inputs.
    k1_back: Gather,
    k3_back: Option<Gather>,
}

impl Wires {
    pub(crate) fn new(shape: BlockShape, pictures: usize) -> Self {
        let BlockShape { input, hidden, output, k1, k2, k3, .. } = shape;
        Wires {
            shape,
            k1: Gather::forward(hidden, input, k1, pictures),
            k2: Gather::forward(output, hidden, k2, pictures),
            k2_back: Gather::transposed(hidden, output, k2, pictures),
            k3: k3.map(|k3| Gather::forward(output, input, k3, pictures)),
            k1_back: Gather::transposed(input, hidden, k1, pictures),
            k3_back: k3.map(|k3| Gather::transposed(input, output, k3, pictures)),
        }
    }

    /// The parts of both fields that do not change from sweep to sweep.
    pub(crate) fn bases(
        &self,
        path: Path,
        pictures: usize,
        weights: &Weights,
        x: &[f32],
        hidden_base: &mut [f32],
        output_base: &mut [f32],
    ) {
        let shape = &self.shape;
        let (hs, ns) = (pictures * span(shape.hidden), pictures * span(shape.output));
        repeat(weights.of(&weights.tensors.b1), &mut hidden_base[..hs]);
        repeat(weights.of(&weights.tensors.b2), &mut output_base[..ns]);
        self.add_inputs(path, pictures, weights, x, hidden_base, output_base);
    }

    /// Adds K1 x and K3 x.
    fn add_inputs(
        &self,
        path: Path,
        pictures: usize,
        weights: &Weights,
        x: &[f32],
        hidden_base: &mut [f32],
        output_base: &mut [f32],
    ) {
        let shape = &self.shape;
        let (h, n) = (padded(shape.hidden.channels), padded(shape.output.channels));
        let rows = pictures * shape.hidden.positions();
        let x = rows_of(x, shape.input);
        convolve(path, &self.k1, rows, x, weights.of(&weights.tensors.k1), hidden_base, h, Start::Target);
        if let (Some(gather), Some(k3)) = (&self.k3, &weights.tensors.k3) {
            let rows = pictures * shape.output.positions();
            convolve(path, gather, rows, x, weights.of(k3), output_base, n, Start::Target);
        }
    }

    /// field = base + K2^T s2.
    pub(crate) fn to_hidden(
        &self,
        path: Path,
        pictures: usize,
        weights: &Weights,
        s2: &[f32],
        base: &[f32],
        field: &mut [f32],
    ) {
        let shape = &self.shape;
        let (rows, width) = (pictures * shape.hidden.positions(), padded(shape.hidden.channels));
        let s2 = rows_of(s2, shape.output);
        convolve(path, &self.k2_back, rows, s2, &weights.transposed[1], field, width, Start::Rows(base));
    }

    /// field = base + K2 s1.
    pub(crate) fn to_output(
        &self,
        path: Path,
        pictures: usize,
        weights: &Weights,
        s1: &[f32],
        base: &[f32],
        field: &mut [f32],
    ) {
        let shape = &self.shape;
        let (rows, width) = (pictures * shape.output.positions(), padded(shape.output.channels));
        let (s1, k2) = (rows_of(s1, shape.hidden), weights.of(&weights.tensors.k2));
        convolve(path, &self.k2, rows, s1, k2, field, width, Start::Rows(base));
    }
}

/// Floats of a plane of one picture in memory.
pub(crate) fn span(plane: Plane) -> usize {
    plane.positions() * padded(plane.channels)
}

/// A buffer for a plane of `pictures` pictures and the row of zeros behind them.
pub(crate) fn plane_buffer(plane: Plane, pictures: usize) -> Buffer {
    Buffer::zeros(span(plane) * pictures + padded(plane.channels))
}

pub(crate) fn rows_of(values: &[f32], plane: Plane) -> Rows<'_> {
    Rows { values, stride: padded(plane.channels), channels: plane.channels }
}

/// Memory of one part of a batch for one block, reused from step to step.
pub(crate) struct BlockMemory {
    pub(crate) wires: Wires,
    pub(super) hidden_base: Buffer,
    pub(super) output_base: Buffer,
    pub(super) hidden_field: Buffer,
    /// Per sweep.
    pub(super) hidden_spin: Vec<Buffer>,
    pub(super) hidden_slope: Vec<Buffer>,
    pub(super) hidden_gradient: Vec<Buffer>,
    pub(super) output_field: Vec<Buffer>,
    /// One more than sweeps: the first is the start.
    pub(super) output_spin: Vec<Buffer>,
    pub(super) output_slope: Vec<Buffer>,
    pub(super) output_gradient: Vec<Buffer>,
    /// Part of each spin that is still the feed-forward one; only for the recipe `paper`.
    pub(super) hidden_kept: Vec<Buffer>,
    pub(super) output_kept: Vec<Buffer>,
    /// Weights of the fixed-point loss by channel of hidden and outputs, 0 for surplus ones; and how often each flipped.
    pub(crate) flip_weights: [Vec<f32>; 2],
    pub(crate) flips: [Vec<f32>; 2],
    pub(super) fixed_point_loss: f64,
    /// Of K1 x and K3 x.
    pub(crate) norms: [Norm; 2],
    pub(super) mean: Buffer,
    /// What the next block or the decoder reads.
    pub(crate) y: Buffer,
    /// Gradient of y, filled by what reads it.
    pub(crate) y_gradient: Buffer,
    pub(super) spin_gradient: Buffer,
}

impl BlockMemory {
    /// Memory for up to `pictures` pictures and `sweeps` sweeps, for the recipe `paper` if `kept`.
    pub(crate) fn new(shape: BlockShape, pictures: usize, sweeps: usize, kept: bool) -> Self {
        let sweeps = sweeps + usize::from(kept);
        let weights = |plane: Plane| {
            let width = padded(plane.channels);
            (0..width).map(|channel| if channel < plane.channels { 1.0 } else { 0.0 }).collect::<Vec<f32>>()
        };
        let hidden = || plane_buffer(shape.hidden, pictures);
        let output = || plane_buffer(shape.output, pictures);
        let per_sweep = |make: &dyn Fn() -> Buffer, count| (0..count).map(|_| make()).collect();
        BlockMemory {
            wires: Wires::new(shape, pictures),
            hidden_base: hidden(),
            output_base: output(),
            hidden_field: hidden(),
            hidden_spin: per_sweep(&hidden, sweeps),
            hidden_slope: per_sweep(&hidden, sweeps),
            hidden_gradient: per_sweep(&hidden, sweeps),
            output_field: per_sweep(&output, sweeps),
            output_spin: per_sweep(&output, sweeps + 1),
            output_slope: per_sweep(&output, sweeps),
            output_gradient: per_sweep(&output, sweeps),
            hidden_kept: per_sweep(&hidden, if kept { sweeps } else { 0 }),
            output_kept: per_sweep(&output, if kept { sweeps } else { 0 }),
            flips: [vec![0.0; padded(shape.hidden.channels)], vec![0.0; padded(shape.output.channels)]],
            flip_weights: [weights(shape.hidden), weights(shape.output)],
            fixed_point_loss: 0.0,
            norms: Default::default(),
            mean: output(),
            y: output(),
            y_gradient: output(),
            spin_gradient: output(),
        }
    }

    /// The parts of both fields that do not change from sweep to sweep, normalized if asked for.
    pub(super) fn bases(
        &mut self,
        path: Path,
        pictures: usize,
        x: &[f32],
        weights: &Weights,
        objective: &Objective,
    ) {
        let (hidden, output) = (&mut self.hidden_base, &mut self.output_base);
        if !objective.normalize {
            return self.wires.bases(path, pictures, weights, x, hidden, output);
        }
        let shape = self.wires.shape;
        let hidden = &mut hidden[..pictures * span(shape.hidden)];
        let output = &mut output[..pictures * span(shape.output)];
        hidden.fill(0.0);
        output.fill(0.0);
        self.wires.add_inputs(path, pictures, weights, x, hidden, output);
        let (hidden_gain, output_gain) = weights.gains();
        self.norms[0].forward(hidden, weights.of(hidden_gain));
        add_bias(hidden, weights.of(&weights.tensors.b1));
        if shape.k3.is_some() {
            self.norms[1].forward(output, weights.of(output_gain));
        }
        add_bias(output, weights.of(&weights.tensors.b2));
    }

    /// The sweeps: fills fields, spins and slopes, the mean of the outputs and y.
    #[expect(clippy::too_many_arguments, reason = "all of it changes from call to call")]
    pub(crate) fn forward(
        &mut self,
        path: Path,
        pictures: usize,
        x: &[f32],
        weights: &Weights,
        chain: &Chain,
        objective: &Objective,
        stream: &mut Stream,
    ) {
        let (hs, ns) = (pictures * span(self.wires.shape.hidden), pictures * span(self.wires.shape.output));
        self.bases(path, pictures, x, weights, objective);
        random_spins(&mut self.output_spin[0][..ns], stream);
        self.mean[..ns].fill(0.0);
        for sweep in 0..objective.sweeps {
            let field = &mut self.hidden_field;
            let s2 = &self.output_spin[sweep];
            self.wires.to_hidden(path, pictures, weights, s2, &self.hidden_base, field);
            let (spin, slope) = (&mut self.hidden_spin[sweep][..hs], &mut self.hidden_slope[sweep][..hs]);
            match chain {
                Chain::Sampled { hidden, .. } => hidden.sample(&mut field[..hs], spin, slope, stream),
                Chain::Smooth => mean_spins(&field[..hs], spin, slope),
            }
            let field = &mut self.output_field[sweep];
            let s1 = &self.hidden_spin[sweep];
            self.wires.to_output(path, pictures, weights, s1, &self.output_base, field);
            let (spin, slope) = (&mut self.output_spin[sweep + 1][..ns], &mut self.output_slope[sweep][..ns]);
            match chain {
                Chain::Sampled { output, .. } => output.sample(&mut field[..ns], spin, slope, stream),
                Chain::Smooth => mean_spins(&field[..ns], spin, slope),
            }
            let read = match objective.readout {
                Readout::Field => &field[..ns],
                Readout::Spin => &*spin,
            };
            add(path, &mut self.mean[..ns], read);
        }
        // Divided only now, so that a sum of zero stays an exact tie.
        let share = 1.0 / objective.sweeps as f32;
        self.mean[..ns].iter_mut().for_each(|sum| *sum *= share);
        let last = match objective.readout {
            Readout::Field => &self.output_field[objective.sweeps - 1],
            Readout::Spin => &self.output_spin[objective.sweeps],
        };
        let (mean, y) = (&self.mean[..ns], &mut self.y[..ns]);
        match (chain, objective.readout) {
            (Chain::Sampled { .. }, _) => signs(path, mean, last, y),
            (Chain::Smooth, Readout::Field) => tanhs(path, mean, y),
            (Chain::Smooth, Readout::Spin) => y.copy_from_slice(mean),
        }
    }

    /// Turns the gradient of y into that of the mean, and adds the magnitude loss: a mean over outputs and batch of
    /// max(0, margin - |mean field|)^2. Gives that loss.
    pub(crate) fn through_sign(&mut self, path: Path, pictures: usize, objective: &Objective) -> f64 {
        if objective.readout == Readout::Spin {
            return 0.0;
        }
        let output = self.wires.shape.output;
        let Losses { magnitude_weight, magnitude_margin, .. } = objective.losses;
        let share = magnitude_weight / (objective.batch * output.p_bits()) as f32;
        let mut loss = 0.0_f64;
        let stride = padded(output.channels);
        let ns = pictures * span(output);
        let rows = self.y_gradient[..ns].chunks_exact_mut(stride).zip(self.mean.chunks_exact(stride));
        for (gradients, means) in rows {
            let gradients = &mut gradients[..output.channels];
            loss += f64::from(elementwise::through_sign(path, gradients, means, share, magnitude_margin));
        }
        loss * f64::from(share)
    }

    /// From the gradient of the mean (in `y_gradient`) back through all sweeps. Adds to `gradient`, the flat one; writes the
    /// gradient of the inputs where it is wanted.
    #[expect(clippy::too_many_arguments, reason = "all of it changes from call to call")]
    pub(crate) fn backward(
        &mut self,
        path: Path,
        pictures: usize,
        x: &[f32],
        weights: &Weights,
        objective: &Objective,
        gradient: &mut [f32],
        x_gradient: Option<&mut [f32]>,
    ) {
        let BlockShape { hidden, output, .. } = self.wires.shape;
        let (hs, ns) = (pictures * span(hidden), pictures * span(output));
        let (h, n) = (padded(hidden.channels), padded(output.channels));
        let (hidden_rows, output_rows) = (pictures * hidden.positions(), pictures * output.positions());
        let share = 1.0 / objective.sweeps as f32;
        let (tensors, k2) = (weights.tensors, weights.tensors.k2.range());
        gradient[k2.clone()].fill(0.0);
        // Gradient of the outputs' spins after the current sweep, as the next sweep's hidden fields ask for it.
        self.spin_gradient[..ns].fill(0.0);
        for sweep in (0..objective.sweeps).rev() {
            let target = &mut self.output_gradient[sweep];
            let (means, spins, slopes) = (&self.y_gradient, &self.spin_gradient, &self.output_slope[sweep]);
            elementwise::mix(path, &mut target[..ns], means, spins, slopes, share, objective.readout);
            let (source, target) = (rows_of(target, output), &mut self.hidden_gradient[sweep]);
            convolve(
                path,
                &self.wires.k2_back,
                hidden_rows,
                source,
                &weights.transposed[1],
                target,
                h,
                Start::Zero,
            );
            multiply(path, &mut target[..hs], &self.hidden_slope[sweep]);
            let source = rows_of(target, hidden);
            let spin = &mut self.spin_gradient;
            if sweep > 0 {
                convolve(
                    path,
                    &self.wires.k2,
                    output_rows,
                    source,
                    weights.of(&tensors.k2),
                    spin,
                    n,
                    Start::Zero,
                );
            }
            // Both directions of K2 couple the same pairs.
            let sum = &mut gradient[k2.clone()];
            correlate(path, &self.wires.k2, output_rows, source, &self.output_spin[sweep], n, sum);
            let spins = rows_of(&self.hidden_spin[sweep], hidden);
            correlate(path, &self.wires.k2, output_rows, spins, &self.output_gradient[sweep], n, sum);
        }
        // Surplus channels have spins too, but no weights.
        tensors.k2.clear_filling(gradient);
        self.inputs_backward(path, pictures, x, weights, objective, objective.sweeps, gradient, x_gradient);
    }

    /// The rest of the way back, from the gradients of the fields of the first `used` sweeps to biases, K1, K3 and the
    /// inputs; puts delta into all of the outputs' gradients.
    #[expect(clippy::too_many_arguments, reason = "all of it changes from call to call")]
    pub(super) fn inputs_backward(
        &mut self,
        path: Path,
        pictures: usize,
        x: &[f32],
        weights: &Weights,
        objective: &Objective,
        used: usize,
        gradient: &mut [f32],
        x_gradient: Option<&mut [f32]>,
    ) {
        let BlockShape { input, hidden, output, k3, .. } = self.wires.shape;
        let (hs, ns) = (pictures * span(hidden), pictures * span(output));
        let (h, n) = (padded(hidden.channels), padded(output.channels));
        let (hidden_rows, output_rows) = (pictures * hidden.positions(), pictures * output.positions());
        let tensors = weights.tensors;
        let total_hidden = add_up(path, &mut self.hidden_gradient[..used], hs);
        let total_output = add_up(path, &mut self.output_gradient[..used], ns);
        sum_rows(path, &total_hidden[..hs], &mut gradient[tensors.b1.range()]);
        sum_rows(path, &total_output[..ns], &mut gradient[tensors.b2.range()]);
        if objective.normalize {
            let (gain, output_gain) = weights.gains();
            self.norms[0].backward(&mut total_hidden[..hs], weights.of(gain), &mut gradient[gain.range()]);
            if k3.is_some() {
                let (gain, sum) = (output_gain, &mut gradient[output_gain.range()]);
                self.norms[1].backward(&mut total_output[..ns], weights.of(gain), sum);
                sum.iter_mut().for_each(|g| *g *= weights.delta);
            }
        }
        let source = rows_of(x, input);
        gradient[tensors.k1.range()].fill(0.0);
        let k1 = &mut gradient[tensors.k1.range()];
        correlate(path, &self.wires.k1, hidden_rows, source, total_hidden, h, k1);
        if let (Some(gather), Some(tensor)) = (&self.wires.k3, &tensors.k3) {
            let k3 = &mut gradient[tensor.range()];
            k3.fill(0.0);
            correlate(path, gather, output_rows, source, total_output, n, k3);
            k3.iter_mut().for_each(|g| *g *= weights.delta);
        }
        for range in [tensors.k2.range(), tensors.b2.range()] {
            gradient[range].iter_mut().for_each(|g| *g *= weights.delta);
        }
        if let Some(target) = x_gradient {
            let (rows, width) = (pictures * input.positions(), padded(input.channels));
            let (back, source) = (&self.wires.k1_back, rows_of(total_hidden, hidden));
            convolve(path, back, rows, source, &weights.transposed[0], target, width, Start::Zero);
            if let Some(back) = &self.wires.k3_back {
                let source = rows_of(total_output, output);
                convolve(path, back, rows, source, &weights.transposed[2], target, width, Start::Target);
            }
        }
    }
}

/// Adds the first `length` numbers of all buffers into the first one.
fn add_up(path: Path, buffers: &mut [Buffer], length: usize) -> &mut Buffer {
    let (first, others) = buffers.split_first_mut().expect("a phase has at least one sweep");
    for other in others {
        add(path, &mut first[..length], &other[..length]);
    }
    first
}

/// Fills `target` with copies of `source`.
pub(crate) fn repeat(source: &[f32], target: &mut [f32]) {
    for part in target.chunks_exact_mut(source.len()) {
        part.copy_from_slice(source);
    }
}
