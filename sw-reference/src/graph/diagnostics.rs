//! How far chains can be trusted: effective sample size and split R-hat of a number that every chain reports after every sweep.
//!
//! Vehtari, Gelman, Simpson, Carpenter, Buerkner, "Rank-normalization, folding, and localization: an improved R-hat", Bayesian
//! Analysis 16 (2021), section 3, without the rank normalization; the cut of the sum is Geyer's initial monotone
//! positive sequence (Geyer, "Practical Markov chain Monte Carlo", 1992).

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;
use serde::Serialize;

/// What several chains say about one number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// Mean over all chains.
    pub mean: f64,
    /// Standard deviation of a sample.
    pub deviation: f64,
    /// Independent samples that would give the mean the same error; `None` when the number never changes.
    pub effective_samples: Option<f64>,
    /// Error of the mean: deviation / sqrt(effective samples).
    pub standard_error: Option<f64>,
    /// Split R-hat: near 1 when the halves of all chains agree, above 1.01 when they do not. `None` when the number never changes.
    pub r_hat: Option<f64>,
}

/// Summary of chains of equal length, at least 4 samples each.
///
/// # Panics
/// If there are no chains, one is shorter than 4, or their lengths differ.
pub fn summary(chains: &[Vec<f64>]) -> Summary {
    let length = chains.first().expect("a chain").len();
    assert!(length >= 4 && chains.iter().all(|chain| chain.len() == length), "equal chains of at least 4");
    let half = length / 2;
    // An odd sample in the middle belongs to neither half.
    let halves: Vec<&[f64]> =
        chains.iter().flat_map(|chain| [&chain[..half], &chain[length - half..]]).collect();
    let all = chains.len() as f64 * length as f64;
    let mean = chains.iter().flatten().sum::<f64>() / all;
    let variance = chains.iter().flatten().map(|x| (x - mean).powi(2)).sum::<f64>() / (all - 1.0);
    let deviation = variance.sqrt();
    let spread = Spread::of(&halves);
    // Rounding alone makes differences of about 1e-16 of the numbers.
    if spread.total <= 1e-24 * mean.abs().max(f64::MIN_POSITIVE).powi(2) {
        return Summary { mean, deviation, effective_samples: None, standard_error: None, r_hat: None };
    }
    let effective = effective_samples(&halves, &spread);
    Summary {
        mean,
        deviation,
        effective_samples: Some(effective),
        standard_error: Some(deviation / effective.sqrt()),
        r_hat: (spread.within > 0.0).then(|| (spread.total / spread.within).sqrt()),
    }
}

/// Variances within and between sequences.
struct Spread {
    means: Vec<f64>,
    /// W.
    within: f64,
    /// (n - 1) / n W + B / n.
    total: f64,
}

impl Spread {
    fn of(sequences: &[&[f64]]) -> Self {
        let n = sequences[0].len() as f64;
        let m = sequences.len() as f64;
        let means: Vec<f64> = sequences.iter().map(|s| s.iter().sum::<f64>() / n).collect();
        let squares =
            sequences.iter().zip(&means).map(|(s, mean)| s.iter().map(|x| (x - mean).powi(2)).sum::<f64>());
        let within = squares.sum::<f64>() / (n - 1.0) / m;
        let grand = means.iter().sum::<f64>() / m;
        let between = means.iter().map(|mean| (mean - grand).powi(2)).sum::<f64>() / (m - 1.0);
        Self { means, within, total: within * (n - 1.0) / n + between }
    }
}

fn effective_samples(sequences: &[&[f64]], spread: &Spread) -> f64 {
    let n = sequences[0].len();
    let m = sequences.len() as f64;
    let mut mean_covariance = vec![0.0; n];
    let mut planner = FftPlanner::new();
    for (sequence, mean) in sequences.iter().zip(&spread.means) {
        let covariance = autocovariance(&mut planner, sequence, *mean);
        mean_covariance.iter_mut().zip(covariance).for_each(|(sum, c)| *sum += c / m);
    }
    let rho =
        |lag: usize| if lag == 0 { 1.0 } else { 1.0 - (spread.within - mean_covariance[lag]) / spread.total };
    let (mut sum, mut before) = (0.0, f64::INFINITY);
    for lag in (0..n - 1).step_by(2) {
        let pair = (rho(lag) + rho(lag + 1)).min(before);
        if pair <= 0.0 {
            break;
        }
        sum += pair;
        before = pair;
    }
    let all = n as f64 * m;
    // Alternating chains can count for more than their samples, but not without limit (the same bound as in Stan).
    let tau = (2.0 * sum - 1.0).max(1.0 / all.log10().max(1.0));
    all / tau
}

/// Autocovariances at all lags, with 1/n at every lag, by a Fourier transform of twice the length.
fn autocovariance(planner: &mut FftPlanner<f64>, sequence: &[f64], mean: f64) -> Vec<f64> {
    let size = (2 * sequence.len()).next_power_of_two();
    let mut data = vec![Complex::new(0.0, 0.0); size];
    data.iter_mut().zip(sequence).for_each(|(out, x)| out.re = x - mean);
    planner.plan_fft_forward(size).process(&mut data);
    data.iter_mut().for_each(|c| *c = Complex::new(c.norm_sqr(), 0.0));
    planner.plan_fft_inverse(size).process(&mut data);
    let scale = 1.0 / (size as f64 * sequence.len() as f64);
    data[..sequence.len()].iter().map(|c| c.re * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng, SeedableRng};

    /// First-order autoregressive chains x' = a x + noise: the effective sample size is (1 - a) / (1 + a) of the samples.
    fn chains(count: usize, length: usize, a: f64, seed: u64) -> Vec<Vec<f64>> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut noise =
            move || (0..12).map(|_| (random.next_u64() >> 11) as f64 * (-53f64).exp2()).sum::<f64>() - 6.0;
        (0..count)
            .map(|_| {
                let mut x = noise() / (1.0 - a * a).sqrt();
                (0..length)
                    .map(|_| {
                        x = a * x + noise();
                        x
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn effective_samples_of_known_chains() {
        for (a, seed) in [(0.0, 1), (0.5, 2), (0.9, 3), (-0.3, 4)] {
            let found = summary(&chains(4, 20_000, a, seed));
            let expected = 80_000.0 * (1.0 - a) / (1.0 + a);
            let ratio = found.effective_samples.unwrap() / expected;
            assert!((0.85..1.15).contains(&ratio), "a = {a}: {ratio}");
            assert!((found.r_hat.unwrap() - 1.0).abs() < 0.01, "{found:?}");
            assert!(found.mean.abs() < 5.0 * found.standard_error.unwrap(), "{found:?}");
        }
    }

    /// The same numbers by the sums of the definition.
    #[test]
    fn the_transform_is_the_sum() {
        let chain = &chains(1, 37, 0.7, 5)[0];
        let mean = chain.iter().sum::<f64>() / 37.0;
        let fast = autocovariance(&mut FftPlanner::new(), chain, mean);
        for lag in 0..37 {
            let slow: f64 =
                (0..37 - lag).map(|t| (chain[t] - mean) * (chain[t + lag] - mean)).sum::<f64>() / 37.0;
            assert!((fast[lag] - slow).abs() < 1e-10);
        }
    }

    #[test]
    fn disagreement_shows() {
        let mut apart = chains(4, 1000, 0.2, 6);
        apart[0].iter_mut().for_each(|x| *x += 3.0);
        let found = summary(&apart);
        assert!(found.r_hat.unwrap() > 1.2 && found.effective_samples.unwrap() < 20.0, "{found:?}");
        // A drift within every chain: the halves differ.
        let mut drifting = chains(4, 1000, 0.0, 7);
        drifting
            .iter_mut()
            .for_each(|chain| chain.iter_mut().enumerate().for_each(|(t, x)| *x += t as f64 / 250.0));
        assert!(summary(&drifting).r_hat.unwrap() > 1.2);
        let still = summary(&vec![vec![2.5; 10]; 3]);
        assert_eq!((still.mean, still.effective_samples, still.r_hat), (2.5, None, None));
        // Two chains that each stand still, in different places.
        let stuck = summary(&[vec![0.0; 10], vec![1.0; 10]]);
        assert!(stuck.r_hat.is_none() && stuck.effective_samples.unwrap() < 4.0, "{stuck:?}");
    }
}
