//! The thermal error: the probability that the sign of a time average is not that of the mean.

use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;

/// The normal distribution function.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The base formula: a sum of n spins of mean m and autocorrelation time tau is normal, so its sign is wrong with
/// probability Phi(-|m| sqrt(n / tau) / sqrt(1 - m^2)).
pub fn normal_error(mean: f64, tau: f64, sweeps: f64) -> f64 {
    let spread = ((1.0 - mean * mean).max(f64::MIN_POSITIVE) * tau / sweeps).sqrt();
    normal_cdf(-mean.abs() / spread)
}

/// The base formula for a pre-activation a, where m = tanh a: |m| / sqrt(1 - m^2) = |sinh a|.
pub fn normal_error_of_field(field: f64, tau: f64, sweeps: f64) -> f64 {
    normal_cdf(-field.sinh().abs() * (sweeps / tau).sqrt())
}

/// As the base formula, but with the sums that spins can have. `mean` is the mean over the sweeps, positive where it has the
/// right sign. Without correlation the sign of n spins is wrong with probability I_q(k, k), q = (1 - mean) / 2, k = n / 2 for even n
/// (a tie, decided by the last spin, is as often wrong as right) and (n + 1) / 2 for odd n. Correlation leaves n / tau sweeps.
pub fn sign_error(mean: f64, tau: f64, sweeps: u64) -> f64 {
    let q = (0.5 * (1.0 - mean)).clamp(0.0, 1.0);
    let k = (sweeps.div_ceil(2) as f64 / tau).max(1.0);
    beta_reg(k, k, q)
}

/// The power law at many sweeps: with pre-activations of density `density` around 0, the error is
/// `coefficient / sqrt(sweeps)`, coefficient = density x sqrt(2 tau / pi).
pub fn power_law(density: f64, tau: f64) -> f64 {
    density * (2.0 * tau / std::f64::consts::PI).sqrt()
}
