//! Recipe `paper`: a feed-forward pass through a block (straight through the signs), and a loss that asks the block's own
//! dynamics to stay at what the feed-forward pass gave.
//!
//! The recipe follows Moore 2026 in its terms (fixed-point loss, magnitude regularizer, ramps, flip-rate weighting), as far
//! as our notes name them; the paper's text was not at hand, so the formulas here are ours. Feed-forward: s1 = sign(K1 x +
//! b1), y = sign(delta (K2 s1 + K3 x + b2)). From (s1, y) G sweeps run; in each, every p-bit's expected disagreement with
//! the feed-forward sign, (1 - s tanh(I)) / 2 - the chance that a sample differs - is added up with its channel's
//! weight and divided by spins, sweeps and pictures. Each p-bit then goes on with its sample with chance q, else with its
//! feed-forward sign.

use super::block::{BlockMemory, Chain, Objective, Weights, rows_of, span};
use super::buffer::padded;
use super::config::FixedPoint;
use super::kernels::elementwise::{self, add, disagree, signs, tanhs};
use super::kernels::{Path, Start, convolve, correlate};
use crate::data::Stream;
use crate::train::table::{Table, mean_spins};
use spinwright_contract::config::Plane;

/// The fixed-point loss at one moment of its ramps.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FixedPointLoss {
    /// Weight in the loss.
    pub(crate) weight: f32,
    /// Sweeps G; 0 is the feed-forward pass alone.
    pub(crate) sweeps: usize,
    /// Chance q that a p-bit goes on with its sample.
    pub(crate) chance: f32,
}

impl FixedPoint {
    /// The loss `done` epochs into a phase of `sweeps` sweeps.
    pub(crate) fn at(&self, sweeps: usize, done: f32) -> FixedPointLoss {
        let part = |ramp: f32| if done >= ramp { 1.0 } else { done / ramp };
        let more = (sweeps - self.first_sweeps) as f32 * part(self.sweeps_ramp);
        FixedPointLoss {
            weight: self.weight * part(self.weight_ramp),
            sweeps: self.first_sweeps + more.round() as usize,
            chance: part(self.sweeps_ramp),
        }
    }
}

/// One color's numbers in a sweep.
struct Sweep<'a> {
    plane: Plane,
    fields: &'a mut [f32],
    spins: &'a mut [f32],
    slopes: &'a mut [f32],
    kept: &'a mut [f32],
    /// What the feed-forward pass gave, and its gradient.
    wanted: &'a [f32],
    wanted_gradient: &'a mut [f32],
    field_gradient: &'a mut [f32],
    weights: &'a [f32],
    flips: &'a mut [f32],
}

impl Sweep<'_> {
    /// Samples, adds the disagreement, and mixes. Gives the sum of weighted disagreements.
    fn run(
        &mut self,
        path: Path,
        table: Option<&Table>,
        share: f32,
        chance: f32,
        stream: &mut Stream,
    ) -> f32 {
        match table {
            Some(table) => table.sample(self.fields, self.spins, self.slopes, stream),
            None => mean_spins(self.fields, self.spins, self.slopes),
        }
        let loss = disagree(
            path,
            self.fields,
            self.wanted,
            self.weights,
            share,
            self.field_gradient,
            self.wanted_gradient,
            self.flips,
        );
        let mut mix = |place: usize, part: f32| {
            self.spins[place] = part * self.spins[place] + (1.0 - part) * self.wanted[place];
            self.slopes[place] *= part;
            self.kept[place] = 1.0 - part;
        };
        if table.is_none() || chance >= 1.0 || chance <= 0.0 {
            (0..self.wanted.len()).for_each(|place| mix(place, chance));
        } else {
            let threshold = (chance * 65536.0) as u64;
            for start in (0..self.wanted.len()).step_by(4) {
                let bits = stream.bits();
                for place in start..(start + 4).min(self.wanted.len()) {
                    let draw = bits >> (16 * (place - start)) & 0xffff;
                    mix(place, if draw < threshold { 1.0 } else { 0.0 });
                }
            }
        }
        debug_assert_eq!(self.weights.len(), padded(self.plane.channels));
        loss
    }
}

impl BlockMemory {
    /// Feed-forward pass and fixed-point loss (kept in `fixed_point_loss`); leaves y.
    #[expect(clippy::too_many_arguments, reason = "all of it changes from call to call")]
    pub(crate) fn forward_paper(
        &mut self,
        path: Path,
        pictures: usize,
        x: &[f32],
        weights: &Weights,
        chain: &Chain,
        objective: &Objective,
        paper: FixedPointLoss,
        stream: &mut Stream,
    ) {
        let (hidden, output) = (self.wires.shape.hidden, self.wires.shape.output);
        let (hs, ns) = (pictures * span(hidden), pictures * span(output));
        self.bases(path, pictures, x, weights, objective);
        let activate = |fields: &[f32], spins: &mut [f32]| match chain {
            Chain::Sampled { .. } => signs(path, fields, fields, spins),
            Chain::Smooth => tanhs(path, fields, spins),
        };
        activate(&self.hidden_base[..hs], &mut self.hidden_spin[0][..hs]);
        let s1 = &self.hidden_spin[0];
        self.wires.to_output(path, pictures, weights, s1, &self.output_base, &mut self.mean);
        activate(&self.mean[..ns], &mut self.y[..ns]);
        self.output_spin[0][..ns].copy_from_slice(&self.y[..ns]);
        self.hidden_gradient[0][..hs].fill(0.0);
        self.output_gradient[0][..ns].fill(0.0);
        self.flips.iter_mut().for_each(|flips| flips.fill(0.0));
        self.fixed_point_loss = 0.0;
        let spins = hidden.p_bits() + output.p_bits();
        let share = paper.weight / (objective.batch * paper.sweeps.max(1) * spins) as f32;
        let tables = match chain {
            Chain::Sampled { hidden, output } => (Some(*hidden), Some(*output)),
            Chain::Smooth => (None, None),
        };
        for sweep in 1..=paper.sweeps {
            let s2 = &self.output_spin[sweep - 1];
            self.wires.to_hidden(path, pictures, weights, s2, &self.hidden_base, &mut self.hidden_field);
            let (first, others) = self.hidden_spin.split_at_mut(1);
            let (wanted_gradient, gradients) = self.hidden_gradient.split_at_mut(1);
            let mut color = Sweep {
                plane: hidden,
                fields: &mut self.hidden_field[..hs],
                spins: &mut others[sweep - 1][..hs],
                slopes: &mut self.hidden_slope[sweep][..hs],
                kept: &mut self.hidden_kept[sweep][..hs],
                wanted: &first[0][..hs],
                wanted_gradient: &mut wanted_gradient[0][..hs],
                field_gradient: &mut gradients[sweep - 1][..hs],
                weights: &self.flip_weights[0],
                flips: &mut self.flips[0],
            };
            let mut sum = color.run(path, tables.0, share, paper.chance, stream);
            let s1 = &self.hidden_spin[sweep];
            let fields = &mut self.output_field[sweep];
            self.wires.to_output(path, pictures, weights, s1, &self.output_base, fields);
            let (first, others) = self.output_spin.split_at_mut(1);
            let (wanted_gradient, gradients) = self.output_gradient.split_at_mut(1);
            let mut color = Sweep {
                plane: output,
                fields: &mut fields[..ns],
                spins: &mut others[sweep - 1][..ns],
                slopes: &mut self.output_slope[sweep][..ns],
                kept: &mut self.output_kept[sweep][..ns],
                wanted: &first[0][..ns],
                wanted_gradient: &mut wanted_gradient[0][..ns],
                field_gradient: &mut gradients[sweep - 1][..ns],
                weights: &self.flip_weights[1],
                flips: &mut self.flips[1],
            };
            sum += color.run(path, tables.1, share, paper.chance, stream);
            self.fixed_point_loss += f64::from(sum) * f64::from(share);
        }
        let chances = [
            pictures * hidden.positions() * paper.sweeps.max(1),
            pictures * output.positions() * paper.sweeps.max(1),
        ];
        for (flips, chances) in self.flips.iter_mut().zip(chances) {
            flips.iter_mut().for_each(|flips| *flips /= chances as f32);
        }
    }

    /// From the gradient of y (in `y_gradient`) back to the parameters and the inputs. Gives the losses of this block.
    #[expect(clippy::too_many_arguments, reason = "all of it changes from call to call")]
    pub(crate) fn backward_paper(
        &mut self,
        path: Path,
        pictures: usize,
        x: &[f32],
        weights: &Weights,
        objective: &Objective,
        paper: FixedPointLoss,
        gradient: &mut [f32],
        x_gradient: Option<&mut [f32]>,
    ) -> f64 {
        let (hidden, output) = (self.wires.shape.hidden, self.wires.shape.output);
        let (hs, ns) = (pictures * span(hidden), pictures * span(output));
        let (h, n) = (padded(hidden.channels), padded(output.channels));
        let (hidden_rows, output_rows) = (pictures * hidden.positions(), pictures * output.positions());
        let k2 = weights.tensors.k2.range();
        gradient[k2.clone()].fill(0.0);
        self.spin_gradient[..ns].fill(0.0);
        let turned = &weights.transposed[1];
        for sweep in (1..=paper.sweeps).rev() {
            let (first, others) = self.output_gradient.split_at_mut(1);
            let fields = &mut others[sweep - 1];
            let (slopes, kept) = (&self.output_slope[sweep], &self.output_kept[sweep]);
            part(&self.spin_gradient[..ns], slopes, kept, fields, &mut first[0]);
            let (source, target) = (rows_of(fields, output), &mut self.hidden_field);
            convolve(path, &self.wires.k2_back, hidden_rows, source, turned, target, h, Start::Zero);
            let (first, others) = self.hidden_gradient.split_at_mut(1);
            let fields = &mut others[sweep - 1];
            let (slopes, kept) = (&self.hidden_slope[sweep], &self.hidden_kept[sweep]);
            part(&self.hidden_field[..hs], slopes, kept, fields, &mut first[0]);
            let (source, values) = (rows_of(fields, hidden), &weights.values[k2.clone()]);
            let spin = &mut self.spin_gradient;
            convolve(path, &self.wires.k2, output_rows, source, values, spin, n, Start::Zero);
            let sum = &mut gradient[k2.clone()];
            correlate(path, &self.wires.k2, output_rows, source, &self.output_spin[sweep - 1], n, sum);
            let spins = rows_of(&self.hidden_spin[sweep], hidden);
            correlate(path, &self.wires.k2, output_rows, spins, &self.output_gradient[sweep], n, sum);
        }
        // The feed-forward pass itself: what the sweeps ask of it, and what comes from behind the block.
        add(path, &mut self.y_gradient[..ns], &self.spin_gradient[..ns]);
        add(path, &mut self.y_gradient[..ns], &self.output_gradient[0][..ns]);
        let mut loss = self.fixed_point_loss + self.through_sign(path, pictures, objective);
        self.output_gradient[0][..ns].copy_from_slice(&self.y_gradient[..ns]);
        let (source, target) = (rows_of(&self.output_gradient[0], output), &mut self.hidden_field);
        convolve(path, &self.wires.k2_back, hidden_rows, source, turned, target, h, Start::Zero);
        add(path, &mut self.hidden_gradient[0][..hs], &self.hidden_field[..hs]);
        let losses = objective.losses;
        let share = losses.magnitude_weight / (objective.batch * hidden.p_bits()) as f32;
        let rows = self.hidden_gradient[0][..hs].chunks_exact_mut(h).zip(self.hidden_base.chunks_exact(h));
        for (gradients, fields) in rows {
            let gradients = &mut gradients[..hidden.channels];
            let squares = elementwise::through_sign(path, gradients, fields, share, losses.magnitude_margin);
            loss += f64::from(squares) * f64::from(share);
        }
        let spins = rows_of(&self.hidden_spin[0], hidden);
        let sum = &mut gradient[k2];
        correlate(path, &self.wires.k2, output_rows, spins, &self.output_gradient[0], n, sum);
        weights.tensors.k2.clear_filling(gradient);
        let used = paper.sweeps + 1;
        self.inputs_backward(path, pictures, x, weights, objective, used, gradient, x_gradient);
        loss
    }
}

/// Shares the gradient of a mixed spin among its field and its feed-forward sign.
fn part(spins: &[f32], slopes: &[f32], kept: &[f32], fields: &mut [f32], wanted: &mut [f32]) {
    let targets = fields.iter_mut().zip(wanted);
    for (((spin, slope), kept), (field, wanted)) in spins.iter().zip(slopes).zip(kept).zip(targets) {
        *field += spin * slope;
        *wanted += spin * kept;
    }
}
