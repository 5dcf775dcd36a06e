//! A mixture of Gaussians in one dimension: the density of pre-activations.

use serde::Serialize;
use std::f64::consts::PI;

/// One Gaussian of a mixture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Component {
    /// Part of the values, 0 to 1.
    pub weight: f64,
    /// Center.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
}

impl Component {
    fn density(&self, x: f64) -> f64 {
        let z = (x - self.mean) / self.deviation;
        self.weight * (-0.5 * z * z).exp() / (self.deviation * (2.0 * PI).sqrt())
    }
}

/// A fitted mixture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mixture {
    /// Its Gaussians, by mean.
    pub components: Vec<Component>,
    /// Mean log-likelihood of the values it was fitted to.
    pub log_likelihood: f64,
}

/// Rounds of expectation and maximization, and the gain per value that ends them.
const ROUNDS: usize = 300;
const SMALLEST_GAIN: f64 = 1e-7;

impl Mixture {
    /// Fits mixtures of 1 to `most` Gaussians by expectation maximization, from quantiles, and keeps the one with the best
    /// Bayesian information criterion.
    ///
    /// # Panics
    /// If there are no values.
    pub fn fit(values: &[f64], most: usize) -> Self {
        assert!(!values.is_empty(), "values to fit");
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let criterion =
            |m: &Mixture| n.ln() * (3 * m.components.len() - 1) as f64 - 2.0 * n * m.log_likelihood;
        let fits = (1..=most.max(1)).map(|count| Self::fit_count(&sorted, count));
        fits.min_by(|a, b| criterion(a).total_cmp(&criterion(b))).expect("at least one fit")
    }

    fn fit_count(sorted: &[f64], count: usize) -> Self {
        let n = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / n;
        let spread = (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        let floor = (1e-3 * spread).max(1e-9);
        let mut mixture = Self { components: Vec::new(), log_likelihood: f64::NEG_INFINITY };
        for i in 0..count {
            let place = sorted[((2 * i + 1) * sorted.len() / (2 * count)).min(sorted.len() - 1)];
            let deviation = (spread / count as f64).max(floor);
            mixture.components.push(Component { weight: 1.0 / count as f64, mean: place, deviation });
        }
        for _ in 0..ROUNDS {
            let before = mixture.log_likelihood;
            mixture.step(sorted, floor);
            if mixture.log_likelihood - before < SMALLEST_GAIN {
                break;
            }
        }
        mixture.components.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        mixture
    }

    /// One round; the likelihood is that of the parameters before it.
    fn step(&mut self, values: &[f64], floor: f64) {
        let mut sums = vec![[0.0; 3]; self.components.len()];
        let mut parts = vec![0.0; self.components.len()];
        let mut likelihood = 0.0;
        for &x in values {
            let mut total = f64::MIN_POSITIVE;
            for (part, component) in parts.iter_mut().zip(&self.components) {
                *part = component.density(x);
                total += *part;
            }
            likelihood += total.ln();
            for (sum, part) in sums.iter_mut().zip(&parts) {
                let share = part / total;
                for (sum, term) in sum.iter_mut().zip([share, share * x, share * x * x]) {
                    *sum += term;
                }
            }
        }
        self.log_likelihood = likelihood / values.len() as f64;
        for (component, [n, x, xx]) in self.components.iter_mut().zip(sums) {
            if n > 1e-9 {
                let mean = x / n;
                let deviation = (xx / n - mean * mean).max(0.0).sqrt().max(floor);
                *component = Component { weight: n / values.len() as f64, mean, deviation };
            }
        }
    }

    /// Density at a value.
    pub fn density(&self, x: f64) -> f64 {
        self.components.iter().map(|component| component.density(x)).sum()
    }

    /// Mean of a function that vanishes beyond -`limit` .. `limit` (Simpson's rule).
    pub fn mean_of(&self, limit: f64, f: impl Fn(f64) -> f64) -> f64 {
        // Even, and 0 is a node: the functions that interest have a kink there.
        const STEPS: usize = 2000;
        let step = 2.0 * limit / STEPS as f64;
        let term = |i: usize| {
            let x = -limit + i as f64 * step;
            let factor = match i {
                0 | STEPS => 1.0,
                _ if i % 2 == 1 => 4.0,
                _ => 2.0,
            };
            factor * self.density(x) * f(x)
        };
        (0..=STEPS).map(term).sum::<f64>() * step / 3.0
    }
}
