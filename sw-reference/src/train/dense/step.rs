//! Forward and backward pass of one part of a batch: the chain in the loop.
//!
//! T sampled sweeps run from random spins; gradients go straight through every sampled bit with the slope of its
//! mean, 1 - tanh^2(I). The decoder sees y, the sign of the mean output field (or spin) over the sweeps.

use super::gemm;
use super::params::{Folded, Layout, Tensor};
use crate::data::Stream;
use crate::train::loss::softmax_gradient;
use crate::train::sign::sign;
use crate::train::table::{Table, mean_spins, random_spins};
use spinwright_contract::Readout;

/// How the spins of the chain come about.
pub(crate) enum Chain<'a> {
    /// As on the machine: rounded fields, table, draws.
    Sampled {
        /// Of the hidden p-bits.
        hidden: &'a Table,
        /// Of the outputs.
        output: &'a Table,
    },
    /// Mean spins instead of samples, y without the sign: smooth, for checking gradients.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests check the backward pass on it"))]
    Smooth,
}

/// What is asked of the pass beside the parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Objective {
    pub(crate) sweeps: usize,
    pub(crate) readout: Readout,
    /// Delta, by which gradients of folded couplings are multiplied.
    pub(crate) delta: f32,
    pub(crate) magnitude_weight: f32,
    pub(crate) magnitude_margin: f32,
    /// Pictures in the whole batch, by which losses are divided.
    pub(crate) batch: usize,
}

/// Memory of one part of a batch, reused from step to step. Matrices have one row per picture; those of the chain
/// are stacked by sweep.
pub(crate) struct Shard {
    layout: Layout,
    pub(crate) x: Vec<f32>,
    pub(crate) labels: Vec<u8>,
    hidden_base: Vec<f32>,
    output_base: Vec<f32>,
    hidden_field: Vec<f32>,
    hidden_spin: Vec<f32>,
    hidden_slope: Vec<f32>,
    output_field: Vec<f32>,
    /// One block more than sweeps: block 0 is the start.
    output_spin: Vec<f32>,
    output_slope: Vec<f32>,
    mean: Vec<f32>,
    y: Vec<f32>,
    scores: Vec<f32>,
    /// Gradient of the flat parameters.
    pub(crate) gradient: Vec<f32>,
    mean_gradient: Vec<f32>,
    hidden_gradient: Vec<f32>,
    output_gradient: Vec<f32>,
    base_gradient: Vec<f32>,
    spin_gradient: Vec<f32>,
    /// Sum of the losses of these pictures, divided by the batch.
    pub(crate) loss: f64,
    /// Pictures classified correctly.
    pub(crate) correct: usize,
}

impl Shard {
    /// Memory for up to `pictures` pictures and `sweeps` sweeps.
    pub(crate) fn new(layout: Layout, pictures: usize, sweeps: usize) -> Self {
        let zeros = |per_picture: usize, blocks: usize| vec![0.0; per_picture * pictures * blocks];
        let (h, n) = (layout.hidden, layout.outputs);
        Shard {
            layout,
            x: zeros(layout.inputs, 1),
            labels: vec![0; pictures],
            hidden_base: zeros(h, 1),
            output_base: zeros(n, 1),
            hidden_field: zeros(h, 1),
            hidden_spin: zeros(h, sweeps),
            hidden_slope: zeros(h, sweeps),
            output_field: zeros(n, sweeps),
            output_spin: zeros(n, sweeps + 1),
            output_slope: zeros(n, sweeps),
            mean: zeros(n, 1),
            y: zeros(n, 1),
            scores: zeros(layout.classes, 1),
            gradient: vec![0.0; layout.total()],
            mean_gradient: zeros(n, 1),
            hidden_gradient: zeros(h, sweeps),
            output_gradient: zeros(n, sweeps),
            base_gradient: zeros(h.max(n), 1),
            spin_gradient: zeros(h.max(n), 1),
            loss: 0.0,
            correct: 0,
        }
    }

    /// One pass over the first `pictures` rows of `x` and `labels`: sets `gradient`, `loss` and `correct`.
    pub(crate) fn run(
        &mut self,
        pictures: usize,
        folded: &Folded,
        chain: &Chain,
        objective: &Objective,
        stream: &mut Stream,
    ) {
        self.forward(pictures, folded, chain, objective, stream);
        self.decode(pictures, folded, objective);
        self.backward(pictures, folded, objective);
    }

    /// The sweeps: fills fields, spins and slopes, the mean of the outputs and y.
    fn forward(
        &mut self,
        pictures: usize,
        folded: &Folded,
        chain: &Chain,
        objective: &Objective,
        stream: &mut Stream,
    ) {
        let Layout { inputs, hidden: h, outputs: n, skip, .. } = self.layout;
        let (hs, ns) = (pictures * h, pictures * n);
        repeat_rows(&folded.b1, &mut self.hidden_base[..hs]);
        gemm::times_transposed(&self.x, &folded.k1, &mut self.hidden_base, (pictures, inputs, h), true);
        repeat_rows(&folded.b2, &mut self.output_base[..ns]);
        if skip {
            gemm::times_transposed(&self.x, &folded.k3, &mut self.output_base, (pictures, inputs, n), true);
        }
        random_spins(&mut self.output_spin[..ns], stream);
        self.mean[..ns].fill(0.0);
        for sweep in 0..objective.sweeps {
            let hidden = sweep * hs..(sweep + 1) * hs;
            let (before, after) = (sweep * ns..(sweep + 1) * ns, (sweep + 1) * ns..(sweep + 2) * ns);
            let field = &mut self.hidden_field[..hs];
            field.copy_from_slice(&self.hidden_base[..hs]);
            gemm::times(&self.output_spin[before.clone()], &folded.k2, field, (pictures, n, h), true);
            let (spin, slope) =
                (&mut self.hidden_spin[hidden.clone()], &mut self.hidden_slope[hidden.clone()]);
            match chain {
                Chain::Sampled { hidden: table, .. } => table.sample(field, spin, slope, stream),
                Chain::Smooth => mean_spins(field, spin, slope),
            }
            let field = &mut self.output_field[before.clone()];
            field.copy_from_slice(&self.output_base[..ns]);
            gemm::times_transposed(&self.hidden_spin[hidden], &folded.k2, field, (pictures, h, n), true);
            let (spin, slope) =
                (&mut self.output_spin[after.clone()], &mut self.output_slope[before.clone()]);
            match chain {
                Chain::Sampled { output: table, .. } => table.sample(field, spin, slope, stream),
                Chain::Smooth => mean_spins(field, spin, slope),
            }
            let read: &[f32] = match objective.readout {
                Readout::Field => &self.output_field[before],
                Readout::Spin => &self.output_spin[after],
            };
            self.mean[..ns].iter_mut().zip(read).for_each(|(sum, value)| *sum += value);
        }
        // Divided only now, so that a sum of zero stays an exact tie.
        self.mean[..ns].iter_mut().for_each(|sum| *sum /= objective.sweeps as f32);
        let last = (objective.sweeps - 1) * ns;
        let last: &[f32] = match objective.readout {
            Readout::Field => &self.output_field[last..last + ns],
            Readout::Spin => &self.output_spin[last + ns..last + 2 * ns],
        };
        for ((y, &mean), &last) in self.y[..ns].iter_mut().zip(&self.mean[..ns]).zip(last) {
            *y = match (chain, objective.readout) {
                (Chain::Sampled { .. }, _) => sign(mean, last),
                (Chain::Smooth, Readout::Field) => mean.tanh(),
                (Chain::Smooth, Readout::Spin) => mean,
            };
        }
    }

    /// Scores, losses, and their gradients for the decoder and for the mean of every output.
    fn decode(&mut self, pictures: usize, folded: &Folded, objective: &Objective) {
        let Layout { outputs: n, classes, .. } = self.layout;
        let scores = &mut self.scores[..pictures * classes];
        repeat_rows(&folded.bias, scores);
        gemm::times_transposed(&self.y, &folded.weight, scores, (pictures, n, classes), true);
        let share = 1.0 / objective.batch as f32;
        (self.loss, self.correct) = (0.0, 0);
        for (scores, &label) in scores.chunks_exact_mut(classes).zip(&self.labels) {
            let (loss, correct) = softmax_gradient(scores, usize::from(label), share);
            self.loss += loss;
            self.correct += usize::from(correct);
        }
        let weight = self.layout.range(Tensor::Weight);
        gemm::transposed_times(scores, &self.y, &mut self.gradient[weight], (classes, pictures, n), false);
        sum_rows(scores, &mut self.gradient[self.layout.range(Tensor::Bias)]);
        let gradients = &mut self.mean_gradient[..pictures * n];
        gemm::times(scores, &folded.weight, gradients, (pictures, classes, n), false);
        // The magnitude loss is a mean over the outputs and the batch of max(0, margin - |mean field|)^2.
        let magnitude = objective.magnitude_weight * share / n as f32;
        let mut magnitude_loss = 0.0_f64;
        for (gradient, &mean) in gradients.iter_mut().zip(&self.mean) {
            if objective.readout == Readout::Field {
                *gradient *= 1.0 - mean.tanh().powi(2);
                let missing = (objective.magnitude_margin - mean.abs()).max(0.0);
                magnitude_loss += f64::from(missing * missing);
                *gradient -= 2.0 * magnitude * missing * if mean < 0.0 { -1.0 } else { 1.0 };
            }
        }
        self.loss += magnitude_loss * f64::from(magnitude);
    }

    /// From the gradient of the mean back through all sweeps.
    fn backward(&mut self, pictures: usize, folded: &Folded, objective: &Objective) {
        let Layout { inputs, hidden: h, outputs: n, skip, .. } = self.layout;
        let (hs, ns, sweeps) = (pictures * h, pictures * n, objective.sweeps);
        // Gradient of the outputs' spins after the current sweep, as the next sweep's hidden fields ask for it.
        self.spin_gradient[..ns].fill(0.0);
        for sweep in (0..sweeps).rev() {
            let (hidden, output) = (sweep * hs..(sweep + 1) * hs, sweep * ns..(sweep + 1) * ns);
            let gradient = &mut self.output_gradient[output.clone()];
            let parts =
                self.mean_gradient.iter().zip(&self.spin_gradient).zip(&self.output_slope[output.clone()]);
            for (gradient, ((&mean, &spin), &slope)) in gradient.iter_mut().zip(parts) {
                let mean = mean / sweeps as f32;
                *gradient = match objective.readout {
                    Readout::Field => mean + spin * slope,
                    Readout::Spin => (mean + spin) * slope,
                };
            }
            let target = &mut self.hidden_gradient[hidden.clone()];
            gemm::times(&self.output_gradient[output], &folded.k2, target, (pictures, n, h), false);
            target.iter_mut().zip(&self.hidden_slope[hidden.clone()]).for_each(|(g, slope)| *g *= slope);
            if sweep > 0 {
                let source = &self.hidden_gradient[hidden];
                gemm::times_transposed(source, &folded.k2, &mut self.spin_gradient, (pictures, h, n), false);
            }
        }
        // One product over all sweeps for each direction of K2.
        let (stacked, k2) = (sweeps * pictures, self.layout.range(Tensor::K2));
        let target = &mut self.gradient[k2.clone()];
        gemm::transposed_times(&self.output_gradient, &self.hidden_spin, target, (n, stacked, h), false);
        gemm::transposed_times(&self.output_spin, &self.hidden_gradient, target, (n, stacked, h), true);
        target.iter_mut().for_each(|g| *g *= objective.delta);
        sum_blocks(&self.hidden_gradient[..hs * sweeps], &mut self.base_gradient[..hs]);
        sum_rows(&self.base_gradient[..hs], &mut self.gradient[self.layout.range(Tensor::B1)]);
        let k1 = self.layout.range(Tensor::K1);
        let target = &mut self.gradient[k1];
        gemm::transposed_times(&self.base_gradient, &self.x, target, (h, pictures, inputs), false);
        sum_blocks(&self.output_gradient[..ns * sweeps], &mut self.base_gradient[..ns]);
        let (b2, k3) = (self.layout.range(Tensor::B2), self.layout.range(Tensor::K3));
        sum_rows(&self.base_gradient[..ns], &mut self.gradient[b2.clone()]);
        if skip {
            let target = &mut self.gradient[k3.clone()];
            gemm::transposed_times(&self.base_gradient, &self.x, target, (n, pictures, inputs), false);
        }
        for range in [b2, k3] {
            self.gradient[range].iter_mut().for_each(|g| *g *= objective.delta);
        }
    }
}

/// Every row of `rows` becomes `row`.
pub(crate) fn repeat_rows(row: &[f32], rows: &mut [f32]) {
    for target in rows.chunks_exact_mut(row.len()) {
        target.copy_from_slice(row);
    }
}

/// Sum of the rows.
pub(crate) fn sum_rows(rows: &[f32], sum: &mut [f32]) {
    sum.fill(0.0);
    for row in rows.chunks_exact(sum.len()) {
        sum.iter_mut().zip(row).for_each(|(total, value)| *total += value);
    }
}

/// Sum of equally long blocks; the same loop as for rows.
fn sum_blocks(blocks: &[f32], sum: &mut [f32]) {
    sum_rows(blocks, sum);
}
