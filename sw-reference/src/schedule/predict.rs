//! The block error that the theory expects.

use super::chain::Clamped;
use super::mean_field::{Closure, MeanField};
use super::mixture::Mixture;
use super::modes::Linearized;
use super::operator::BlockOperator;
use super::quadrature::Gauss;
use super::spectrum::Spectrum;
use super::thermal;
use rayon::prelude::*;

/// How to predict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PredictOptions {
    /// Chains whose sums are added; each starts at random.
    pub replicas: u32,
    /// Sweeps of every chain that are discarded first.
    pub burn_in: u32,
    /// Outputs of every input whose spectrum is computed: those of the smallest means, where errors happen. The others get the
    /// mean of these.
    pub spectra: usize,
    /// Lanczos steps of a spectrum.
    pub lanczos_steps: usize,
    /// Random probes for correlated field variances.
    pub probes: usize,
    /// Most Gaussians of the mixture.
    pub components: usize,
}

impl Default for PredictOptions {
    fn default() -> Self {
        Self { replicas: 1, burn_in: 0, spectra: 32, lanczos_steps: 8, probes: 16, components: 5 }
    }
}

/// Prediction of one block's error, the mean over all outputs and inputs of the probability that the sign of an output's sum is
/// not the sign of its long-run mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Retained sweeps of one replica, as asked.
    pub retained: Vec<u32>,
    /// The refined prediction at each.
    pub error: Vec<f64>,
    /// The base formula at each: naive mean field, mixture of Gaussians, one autocorrelation time, normal sums.
    pub base: Vec<f64>,
    /// Density of the naive mean fields (pre-activations).
    pub mixture: Mixture,
    /// Mean autocorrelation time, naive, in sweeps.
    pub base_tau: f64,
    /// Mean autocorrelation time with Gaussian fields, in sweeps.
    pub tau: f64,
    /// Coefficient c of the power law: the base error approaches c / sqrt(sweeps over all replicas).
    pub power_law: f64,
    /// Inputs whose means did not come to rest.
    pub unsettled: usize,
}

/// What one input contributes.
struct Part {
    error: Vec<f64>,
    fields: Vec<f64>,
    base_tau: f64,
    tau: f64,
    settled: bool,
}

/// Predicts the error of one block over inputs, given by their clamped fields, on the current rayon pool.
///
/// # Panics
/// If there are no inputs, or fields that are not the operator's.
pub fn predict<O: BlockOperator + ?Sized>(
    operator: &O,
    inputs: &[Clamped],
    retained: &[u32],
    options: &PredictOptions,
) -> Prediction {
    assert!(!inputs.is_empty(), "inputs to predict for");
    let gauss = Gauss::new(NODES);
    let parts: Vec<Part> =
        inputs.par_iter().map(|input| part(operator, input, retained, options, &gauss)).collect();
    let count = parts.len() as f64;
    let mean = |value: &dyn Fn(&Part) -> f64| parts.iter().map(value).sum::<f64>() / count;
    let fields: Vec<f64> = parts.iter().flat_map(|part| part.fields.iter().copied()).collect();
    let mixture = Mixture::fit(&fields, options.components);
    let base_tau = mean(&|part| part.base_tau);
    let base = |&sweeps: &u32| {
        let n = f64::from(sweeps) * f64::from(options.replicas);
        let limit = (9.0 * (base_tau / n).sqrt()).asinh();
        mixture.mean_of(limit, |a| thermal::normal_error_of_field(a, base_tau, n))
    };
    Prediction {
        retained: retained.to_vec(),
        error: (0..retained.len()).map(|i| mean(&|part| part.error[i])).collect(),
        base: retained.iter().map(base).collect(),
        base_tau,
        tau: mean(&|part| part.tau),
        power_law: thermal::power_law(mixture.density(0.0), base_tau),
        mixture,
        unsettled: parts.iter().filter(|part| !part.settled).count(),
    }
}

/// Nodes of the Gaussian average over a field.
pub const NODES: usize = 11;

fn part<O: BlockOperator + ?Sized>(
    operator: &O,
    input: &Clamped,
    retained: &[u32],
    options: &PredictOptions,
    gauss: &Gauss,
) -> Part {
    let n = operator.outputs();
    let naive = MeanField::relax(operator, input, &Closure::Naive);
    let base_tau = mean_tau(&spectra(operator, &naive, options));
    let means = MeanField::relax_correlated(operator, input, gauss, options.probes);
    let known = spectra(operator, &means, options);
    let mut error = vec![0.0; retained.len()];
    for (total, &sweeps) in error.iter_mut().zip(retained) {
        let all = u64::from(sweeps) * u64::from(options.replicas);
        let inflations: Vec<(usize, f64)> =
            known.iter().map(|(output, spectrum)| (*output, spectrum.inflation(sweeps))).collect();
        let others = inflations.iter().map(|(_, value)| value).sum::<f64>() / inflations.len() as f64;
        let mut inflation = vec![others; n];
        inflations.iter().for_each(|&(output, value)| inflation[output] = value);
        for (output, inflation) in inflation.into_iter().enumerate() {
            let right = means.output_mean[output].signum();
            let mean = right * means.mean_over(output, options.burn_in, sweeps);
            *total += thermal::sign_error(mean, inflation, all) / n as f64;
        }
    }
    Part { error, fields: naive.output_field, base_tau, tau: mean_tau(&known), settled: means.converged }
}

/// The spectra of the outputs with the smallest means.
fn spectra<O: BlockOperator + ?Sized>(
    operator: &O,
    means: &MeanField,
    options: &PredictOptions,
) -> Vec<(usize, Spectrum)> {
    let mut order: Vec<usize> = (0..means.output_mean.len()).collect();
    order.sort_by(|&a, &b| means.output_mean[a].abs().total_cmp(&means.output_mean[b].abs()));
    order.truncate(options.spectra.max(1));
    let linear = Linearized::new(operator, means);
    order.into_iter().map(|output| (output, linear.spectrum(output, options.lanczos_steps))).collect()
}

fn mean_tau(spectra: &[(usize, Spectrum)]) -> f64 {
    spectra.iter().map(|(_, spectrum)| spectrum.tau()).sum::<f64>() / spectra.len() as f64
}
