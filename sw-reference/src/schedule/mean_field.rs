//! Means of a block's p-bits: how they relax from a random start, and where they end.

use super::chain::Clamped;
use super::modes::Linearized;
use super::operator::{BlockOperator, Entries};
use super::quadrature::Gauss;

/// What is assumed of the fields that a p-bit sees.
#[derive(Debug, Clone)]
pub enum Closure {
    /// They are their means: m = tanh(mean field).
    Naive,
    /// They are Gaussian around their means, with the variance of independent spins: m = E tanh(h + sqrt(v) z),
    /// v = sum W^2 (1 - m^2). Its fixed point agrees with the TAP equations to second order in W.
    Gaussian(Gauss),
}

/// The relaxation of one block with one input.
#[derive(Debug, Clone)]
pub struct MeanField {
    /// Means of the output spins in the long run, N.
    pub output_mean: Vec<f64>,
    /// Mean output fields in the long run (pre-activations), N.
    pub output_field: Vec<f64>,
    /// Slope of every output's mean over its field in the long run, N.
    pub output_gain: Vec<f64>,
    /// The same of the hidden p-bits, H.
    pub hidden_gain: Vec<f64>,
    /// Whether the means stopped moving within the sweeps allowed.
    pub converged: bool,
    /// Sum over sweeps 1 ..= t of (mean at that sweep - long-run mean), N numbers for every t from 0 until the means stand.
    lag: Vec<f64>,
}

/// Largest number of sweeps until the means have to stand still, and how still.
const SWEEPS: usize = 2000;
const TOLERANCE: f64 = 1e-6;
/// Rounds of correlated variances.
const ROUNDS: u64 = 2;

impl MeanField {
    /// Follows the means sweep by sweep (hidden, then output p-bits) from outputs of mean 0, the random start.
    ///
    /// # Panics
    /// If the clamped fields are not the operator's.
    pub fn relax<O: BlockOperator + ?Sized>(operator: &O, clamped: &Clamped, closure: &Closure) -> Self {
        let none = [vec![0.0; operator.hidden()], vec![0.0; operator.outputs()]];
        Self::relax_with(operator, clamped, closure, &none)
    }

    /// As [`Self::relax`] with Gaussian fields, whose variances then also get what correlations between the p-bits add
    /// ([`Linearized::correlated_variances`], from random probes), in two rounds.
    ///
    /// # Panics
    /// If the clamped fields are not the operator's.
    pub fn relax_correlated<O: BlockOperator + ?Sized>(
        operator: &O,
        clamped: &Clamped,
        gauss: &Gauss,
        probes: usize,
    ) -> Self {
        let closure = Closure::Gaussian(gauss.clone());
        let mut means = Self::relax(operator, clamped, &closure);
        for round in 0..ROUNDS {
            let extra = Linearized::new(operator, &means).correlated_variances(probes, round);
            means = Self::relax_with(operator, clamped, &closure, &extra);
        }
        means
    }

    fn relax_with<O: BlockOperator + ?Sized>(
        operator: &O,
        clamped: &Clamped,
        closure: &Closure,
        extra: &[Vec<f64>; 2],
    ) -> Self {
        let (h, n) = (operator.hidden(), operator.outputs());
        assert_eq!((clamped.hidden.len(), clamped.output.len()), (h, n), "clamped fields of the block");
        let mut hidden = Layer::new(h);
        let mut output = Layer::new(n);
        let mut path: Vec<f64> = Vec::new();
        let mut converged = false;
        while !converged && path.len() < SWEEPS * n {
            let smooth = matches!(closure, Closure::Gaussian(_));
            hidden.field.copy_from_slice(&clamped.hidden);
            operator.add_to_hidden(Entries::Values, &output.mean, &mut hidden.field);
            hidden.variance.copy_from_slice(&extra[0]);
            if smooth {
                operator.add_to_hidden(Entries::Squares, &output.spread(), &mut hidden.variance);
            }
            hidden.settle(closure);
            output.field.copy_from_slice(&clamped.output);
            operator.add_to_outputs(Entries::Values, &hidden.mean, &mut output.field);
            output.variance.copy_from_slice(&extra[1]);
            if smooth {
                operator.add_to_outputs(Entries::Squares, &hidden.spread(), &mut output.variance);
            }
            converged = output.settle(closure) < TOLERANCE;
            path.extend_from_slice(&output.mean);
        }
        let mut lag = vec![0.0; n];
        for (t, means) in path.chunks_exact(n).enumerate() {
            lag.extend_from_within(t * n..);
            let row = &mut lag[(t + 1) * n..];
            for ((sum, mean), end) in row.iter_mut().zip(means).zip(&output.mean) {
                *sum += mean - end;
            }
        }
        Self {
            output_mean: output.mean,
            output_field: output.field,
            output_gain: output.gain,
            hidden_gain: hidden.gain,
            converged,
            lag,
        }
    }

    /// Mean of an output's spin, averaged over `retained` sweeps after `burn_in` discarded ones.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn mean_over(&self, output: usize, burn_in: u32, retained: u32) -> f64 {
        let (n, end) = (self.output_mean.len(), self.output_mean[output]);
        let last = self.lag.len() / n - 1;
        let lag = |sweeps: u32| self.lag[(sweeps as usize).min(last) * n + output];
        end + (lag(burn_in + retained) - lag(burn_in)) / f64::from(retained)
    }
}

/// One color.
struct Layer {
    mean: Vec<f64>,
    gain: Vec<f64>,
    field: Vec<f64>,
    variance: Vec<f64>,
}

impl Layer {
    fn new(p_bits: usize) -> Self {
        let zeros = vec![0.0; p_bits];
        Self { mean: zeros.clone(), gain: zeros.clone(), field: zeros.clone(), variance: zeros }
    }

    /// Variances of the spins.
    fn spread(&self) -> Vec<f64> {
        self.mean.iter().map(|m| 1.0 - m * m).collect()
    }

    /// Means and gains from fields and variances; gives the largest change of a mean.
    fn settle(&mut self, closure: &Closure) -> f64 {
        let mut change: f64 = 0.0;
        for i in 0..self.mean.len() {
            let (mean, gain) = match closure {
                Closure::Naive => {
                    let mean = self.field[i].tanh();
                    (mean, 1.0 - mean * mean)
                }
                Closure::Gaussian(gauss) => gauss.mean_and_gain(self.field[i], self.variance[i]),
            };
            change = change.max((mean - self.mean[i]).abs());
            (self.mean[i], self.gain[i]) = (mean, gain);
        }
        change
    }
}
