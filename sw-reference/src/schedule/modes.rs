//! The modes of the linearized red-black sweep.
//!
//! Near the long-run means one sweep maps a fluctuation of the outputs to `A du`, A = G2 W G1 W^T with the gains G of the
//! p-bits on the diagonals. A is similar to the symmetric B = G2^(1/2) W G1 W^T G2^(1/2), so its eigenvalues are real and not
//! negative: each is the lag-1 autocorrelation of one mode. B's vector u belongs to A's left eigenvector G2^(-1/2) u.

use super::mean_field::MeanField;
use super::operator::{BlockOperator, Entries, add_scaled, dot};
use super::spectrum::Spectrum;
use nalgebra::{DMatrix, SymmetricEigen};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use spinwright_contract::Color;

/// Gains below this belong to spins that do not move; they are kept away from divisions.
const SMALLEST_GAIN: f64 = 1e-12;
/// Lanczos steps for (1 - B)^(-1/2).
const ROOT_STEPS: usize = 10;
/// Eigenvalues beyond this count as this where the linear theory would diverge.
const SLOWEST: f64 = 0.9;

/// B for one input.
pub struct Linearized<'a, O: BlockOperator + ?Sized> {
    operator: &'a O,
    hidden_gain: &'a [f64],
    output_root: Vec<f64>,
}

/// One eigenvalue of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Mode {
    /// Predicted lag-1 autocorrelation, at least 0.
    pub lag_one: f64,
    /// Left eigenvector: the mode's amplitude is its product with the spins less their means. N numbers.
    pub left: Vec<f64>,
}

impl<'a, O: BlockOperator + ?Sized> Linearized<'a, O> {
    /// Around the long-run means.
    pub fn new(operator: &'a O, means: &'a MeanField) -> Self {
        let output_root = means.output_gain.iter().map(|g| g.max(SMALLEST_GAIN).sqrt()).collect();
        Self { operator, hidden_gain: &means.hidden_gain, output_root }
    }

    /// B v.
    fn apply(&self, v: &[f64]) -> Vec<f64> {
        let scaled: Vec<f64> = v.iter().zip(&self.output_root).map(|(v, root)| v * root).collect();
        let mut hidden = vec![0.0; self.operator.hidden()];
        self.operator.add_to_hidden(Entries::Values, &scaled, &mut hidden);
        hidden.iter_mut().zip(self.hidden_gain).for_each(|(h, gain)| *h *= gain);
        let mut result = vec![0.0; v.len()];
        self.operator.add_to_outputs(Entries::Values, &hidden, &mut result);
        result.iter_mut().zip(&self.output_root).for_each(|(r, root)| *r *= root);
        result
    }

    /// What one output's fluctuations consist of: the spectral measure of B at its unit vector, as the Gauss quadrature of
    /// `steps` Lanczos steps (exact for autocorrelations up to lag 2 steps - 1).
    pub fn spectrum(&self, output: usize, steps: usize) -> Spectrum {
        let mut start = vec![0.0; self.output_root.len()];
        start[output] = 1.0;
        let (eigen, _) = self.lanczos(start, steps);
        let first = eigen.eigenvectors.row(0);
        Spectrum::new(eigen.eigenvalues.iter().zip(first.iter()).map(|(&value, w)| (value, w * w)).collect())
    }

    /// The `count` modes with the largest eigenvalues, largest first, from a random start vector.
    pub fn leading(&self, count: usize, seed: u64) -> Vec<Mode> {
        let n = self.output_root.len();
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let start = (0..n).map(|_| (random.next_u64() >> 11) as f64 * (-53f64).exp2() - 0.5).collect();
        let (eigen, basis) = self.lanczos(start, (6 * count + 40).min(n));
        let mut order: Vec<usize> = (0..basis.len()).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let mode = |&index: &usize| {
            let mut left = vec![0.0; n];
            for (row, vector) in basis.iter().enumerate() {
                add_scaled(&mut left, vector, eigen.eigenvectors[(row, index)]);
            }
            left.iter_mut().zip(&self.output_root).for_each(|(l, root)| *l /= root);
            Mode { lag_one: eigen.eigenvalues[index].max(0.0), left }
        };
        order.iter().take(count).map(mode).collect()
    }

    /// What correlations between p-bits add to the variances of the fields that independent spins would give: of every hidden
    /// p-bit (W^T C2 W, off-diagonal part of C2), and of every output (W C1 W^T), with the stationary covariances of the linear theory
    /// C2 = G2^(1/2) (1 - B)^(-1) G2^(1/2), C1 = G1 + G1 W^T C2 W G1.
    ///
    /// Estimated with `probes` random fluctuations of these covariances; what independent spins would have given for the same
    /// random numbers is subtracted.
    pub fn correlated_variances(&self, probes: usize, seed: u64) -> [Vec<f64>; 2] {
        let (h, n) = (self.operator.hidden(), self.output_root.len());
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut extra = [vec![0.0; h], vec![0.0; n]];
        for _ in 0..probes {
            let mut signs = |count: usize| -> Vec<f64> {
                (0..count).map(|_| if random.next_u64() >> 63 == 1 { 1.0 } else { -1.0 }).collect()
            };
            let (output_signs, hidden_signs) = (signs(n), signs(h));
            let scaled = |values: &[f64], by: &[f64]| -> Vec<f64> {
                values.iter().zip(by).map(|(value, by)| value * by).collect()
            };
            let plain = scaled(&output_signs, &self.output_root);
            let full = scaled(&self.inverse_root(output_signs), &self.output_root);
            let back = self.spread(Color::Hidden, &full, &plain, &mut extra[0]);
            let root: Vec<f64> = self.hidden_gain.iter().map(|g| g.max(0.0).sqrt()).collect();
            let plain = scaled(&hidden_signs, &root);
            let full: Vec<f64> = plain
                .iter()
                .zip(scaled(&back, self.hidden_gain))
                .map(|(plain, moved)| plain + moved)
                .collect();
            self.spread(Color::Output, &full, &plain, &mut extra[1]);
        }
        extra.iter_mut().flatten().for_each(|value| *value /= probes as f64);
        extra
    }

    /// Adds to `extra` the off-diagonal part of the squared fields of a color that a fluctuation of the other color causes, less the
    /// same for the plain fluctuation. Gives the full fields.
    fn spread(&self, to: Color, full: &[f64], plain: &[f64], extra: &mut [f64]) -> Vec<f64> {
        let through = |entries: Entries, spins: &[f64]| {
            let mut fields = vec![0.0; extra.len()];
            match to {
                Color::Hidden => self.operator.add_to_hidden(entries, spins, &mut fields),
                Color::Output => self.operator.add_to_outputs(entries, spins, &mut fields),
            }
            fields
        };
        let squares = |values: &[f64]| -> Vec<f64> { values.iter().map(|value| value * value).collect() };
        let difference: Vec<f64> = squares(full).iter().zip(squares(plain)).map(|(a, b)| a - b).collect();
        let diagonal = through(Entries::Squares, &difference);
        let (fields, plain) = (through(Entries::Values, full), through(Entries::Values, plain));
        for (i, extra) in extra.iter_mut().enumerate() {
            *extra += fields[i] * fields[i] - plain[i] * plain[i] - diagonal[i];
        }
        fields
    }

    /// (1 - B)^(-1/2) v.
    fn inverse_root(&self, v: Vec<f64>) -> Vec<f64> {
        let norm = dot(&v, &v).sqrt();
        let (eigen, basis) = self.lanczos(v, ROOT_STEPS);
        let mut result = vec![0.0; self.output_root.len()];
        for (index, value) in eigen.eigenvalues.iter().enumerate() {
            let factor = norm * eigen.eigenvectors[(0, index)] / (1.0 - value.min(SLOWEST)).sqrt();
            for (row, vector) in basis.iter().enumerate() {
                add_scaled(&mut result, vector, factor * eigen.eigenvectors[(row, index)]);
            }
        }
        result
    }

    /// Lanczos with full orthogonalization: eigensystem of the tridiagonal matrix, and the basis.
    fn lanczos(&self, start: Vec<f64>, steps: usize) -> (SymmetricEigen<f64, nalgebra::Dyn>, Vec<Vec<f64>>) {
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(steps);
        let (mut diagonal, mut off) = (Vec::new(), Vec::new());
        let mut next = start;
        let mut norm = dot(&next, &next).sqrt();
        while basis.len() < steps && norm > 1e-9 {
            if !basis.is_empty() {
                off.push(norm);
            }
            next.iter_mut().for_each(|v| *v /= norm);
            basis.push(next);
            let last = &basis[basis.len() - 1];
            next = self.apply(last);
            diagonal.push(dot(&next, last));
            for _ in 0..2 {
                for vector in &basis {
                    let part = dot(&next, vector);
                    add_scaled(&mut next, vector, -part);
                }
            }
            norm = dot(&next, &next).sqrt();
        }
        let size = diagonal.len();
        let tridiagonal = DMatrix::from_fn(size, size, |row, column| match row.abs_diff(column) {
            0 => diagonal[row],
            1 => off[row.min(column)],
            _ => 0.0,
        });
        (SymmetricEigen::new(tridiagonal), basis)
    }
}

/// Lag-1 autocorrelations of modes along trajectories of output spins, one per replica.
#[derive(Debug, Clone)]
pub struct LagOne<'a> {
    modes: &'a [Mode],
    last: Vec<Vec<f64>>,
    /// Of every mode: count of pairs, sum of the earlier, the later, their squares, their product.
    sums: Vec<[f64; 6]>,
}

impl<'a> LagOne<'a> {
    /// Of these modes.
    pub fn new(modes: &'a [Mode], replicas: usize) -> Self {
        Self { modes, last: vec![Vec::new(); replicas], sums: vec![[0.0; 6]; modes.len()] }
    }

    /// Adds the output spins of a replica after its next sweep.
    ///
    /// # Panics
    /// If there is no such replica.
    pub fn push(&mut self, replica: usize, spins: &[f64]) {
        let now: Vec<f64> = self.modes.iter().map(|mode| dot(&mode.left, spins)).collect();
        for ((sums, a), b) in self.sums.iter_mut().zip(&self.last[replica]).zip(&now) {
            for (sum, term) in sums.iter_mut().zip([1.0, *a, *b, a * a, b * b, a * b]) {
                *sum += term;
            }
        }
        self.last[replica] = now;
    }

    /// The measured autocorrelations, one per mode; 0 where nothing moved.
    pub fn values(&self) -> Vec<f64> {
        let value = |&[n, a, b, aa, bb, ab]: &[f64; 6]| {
            let spread = (aa - a * a / n) * (bb - b * b / n);
            if n > 1.0 && spread > 0.0 { (ab - a * b / n) / spread.sqrt() } else { 0.0 }
        };
        self.sums.iter().map(value).collect()
    }
}

/// Pearson's correlation of two lists; 0 when one of them does not vary.
pub fn pearson(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / n;
    let (a, b) = (mean(&|p| p.0), mean(&|p| p.1));
    let cross = mean(&|p| (p.0 - a) * (p.1 - b));
    let spread = mean(&|p| (p.0 - a).powi(2)) * mean(&|p| (p.1 - b).powi(2));
    if spread > 0.0 { cross / spread.sqrt() } else { 0.0 }
}

/// Standard error of a lag-1 autocorrelation measured over `sweeps` sweeps (Bartlett's formula for a mode that forgets
/// exponentially).
pub fn lag_one_error(lag_one: f64, sweeps: u32) -> f64 {
    ((1.0 - lag_one * lag_one) / f64::from(sweeps)).sqrt()
}

/// The correlation with these measurements that a perfect prediction would reach: sqrt(1 - noise variance / variance of what
/// was measured). 0 when all of it is noise.
pub fn pearson_limit(measured: &[(f64, f64)]) -> f64 {
    let n = measured.len() as f64;
    let mean = measured.iter().map(|(value, _)| value).sum::<f64>() / n;
    let spread = measured.iter().map(|(value, _)| (value - mean).powi(2)).sum::<f64>() / n;
    let noise = measured.iter().map(|(_, error)| error * error).sum::<f64>() / n;
    if spread > noise { (1.0 - noise / spread).sqrt() } else { 0.0 }
}
