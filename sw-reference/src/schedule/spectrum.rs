//! Autocorrelation of one output and what it does to a time average.

/// Largest eigenvalue that is taken seriously: beyond it the linear theory has no stationary state.
const LARGEST: f64 = 0.999;

/// A mixture of exponential decays: autocorrelation at lag k = sum of share x lambda^k, shares adding up to 1.
///
/// A mode with eigenvalue lambda and innovations 1 + lambda (its own update and that of the hidden p-bits) has stationary
/// variance 1 / (1 - lambda); the shares are weights / (1 - lambda), normalized.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    decays: Vec<(f64, f64)>,
}

impl Spectrum {
    /// From eigenvalues and the squared components of an output in them.
    ///
    /// # Panics
    /// If all weights are 0.
    pub fn new(measure: Vec<(f64, f64)>) -> Self {
        let decays: Vec<(f64, f64)> = measure
            .into_iter()
            .map(|(value, weight)| {
                let lambda = value.clamp(0.0, LARGEST);
                (lambda, weight / (1.0 - lambda))
            })
            .collect();
        let total: f64 = decays.iter().map(|(_, share)| share).sum();
        assert!(total > 0.0, "an output is made of something");
        Self { decays: decays.into_iter().map(|(lambda, share)| (lambda, share / total)).collect() }
    }

    /// Autocorrelation at a lag, in sweeps.
    pub fn autocorrelation(&self, lag: u32) -> f64 {
        self.decays.iter().map(|(lambda, share)| share * lambda.powi(lag as i32)).sum()
    }

    /// Integrated autocorrelation time tau = 1 + 2 sum over lags, in sweeps: the variance of a long average is tau times that of
    /// independent spins.
    pub fn tau(&self) -> f64 {
        self.decays.iter().map(|(lambda, share)| share * (1.0 + lambda) / (1.0 - lambda)).sum()
    }

    /// The same factor for an average of `sweeps` sweeps, where long lags have no room: 1 for one sweep, tau for many.
    pub fn inflation(&self, sweeps: u32) -> f64 {
        let n = f64::from(sweeps);
        let term = |&(lambda, share): &(f64, f64)| {
            let rest = 1.0 - lambda;
            share * ((1.0 + lambda) / rest - 2.0 * lambda * (1.0 - lambda.powf(n)) / (n * rest * rest))
        };
        self.decays.iter().map(term).sum()
    }
}
