//! How a machine is trained.

use serde::{Deserialize, Serialize};
use spinwright_contract::Problem;

/// Where the gradient comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Contrastive divergence: the free phase starts at the data (Hinton 2002).
    Contrastive,
    /// Persistent contrastive divergence: the free phase goes on where the last one ended (Tieleman 2008).
    Persistent,
    /// Pseudo-likelihood: every p-bit is predicted from its neighbors (Besag 1975). Hidden p-bits are filled in by the phase with data.
    PseudoLikelihood,
}

/// A recipe. Keys that a file leaves out are those of [`LearnConfig::default`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LearnConfig {
    /// Where the gradient comes from.
    pub method: Method,
    /// k: sweeps of the free phase, 1 to 100,000.
    pub sweeps: usize,
    /// Sweeps of the phase with data (hidden p-bits only), 1 to 100,000.
    pub data_sweeps: usize,
    /// Passes over the data, at least 1.
    pub epochs: usize,
    /// Rows per step, at least 1.
    pub batch: usize,
    /// Chains with the same row in the phase with data, at least 1.
    pub copies: usize,
    /// Chains of the free phase of [`Method::Persistent`]; 0: as many as `batch` x `copies`.
    pub chains: usize,
    /// Step size at the beginning.
    pub rate: f64,
    /// Step size in the last epoch; in between its inverse grows evenly.
    pub final_rate: f64,
    /// Part of the last step that is taken again, 0 to below 1.
    pub momentum: f64,
    /// Couplings shrink by rate x decay per step.
    pub decay: f64,
    /// Deviation of the couplings at the beginning.
    pub deviation: f64,
    /// Last epochs in which all phases see the rounded numbers of the machine's grid.
    pub rounded_epochs: usize,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for LearnConfig {
    fn default() -> Self {
        Self {
            method: Method::Persistent,
            sweeps: 5,
            data_sweeps: 2,
            epochs: 20,
            batch: 128,
            copies: 1,
            chains: 0,
            rate: 0.02,
            final_rate: 0.002,
            momentum: 0.5,
            decay: 0.0,
            deviation: 0.01,
            rounded_epochs: 5,
            seed: 1,
        }
    }
}

impl LearnConfig {
    /// Checks every key.
    ///
    /// # Errors
    /// With the key and its range.
    pub fn validate(&self) -> Result<(), Problem> {
        let refuse = |key: &str, value: String, range: &str| {
            let (place, why) = (format!("key {key}"), format!("{value} was given"));
            Err(Problem::new("the recipe is not possible", place, why, format!("choose {range}")))
        };
        let whole = [
            ("sweeps", self.sweeps, 1, 100_000),
            ("data_sweeps", self.data_sweeps, 1, 100_000),
            ("epochs", self.epochs, 1, 1_000_000),
            ("batch", self.batch, 1, 1 << 20),
            ("copies", self.copies, 1, 1 << 12),
            ("chains", self.chains, 0, 1 << 20),
        ];
        for (key, value, least, most) in whole {
            if !(least..=most).contains(&value) {
                return refuse(key, value.to_string(), &format!("{least} to {most}"));
            }
        }
        for (key, value) in [("rate", self.rate), ("final_rate", self.final_rate)] {
            if !(value.is_finite() && value > 0.0) {
                return refuse(key, value.to_string(), "a finite number above 0");
            }
        }
        for (key, value) in [("decay", self.decay), ("deviation", self.deviation)] {
            if !(value.is_finite() && value >= 0.0) {
                return refuse(key, value.to_string(), "a finite number of at least 0");
            }
        }
        if !(0.0..1.0).contains(&self.momentum) {
            return refuse("momentum", self.momentum.to_string(), "0 to below 1");
        }
        Ok(())
    }

    /// The step size of an epoch, from 0. Products only, so that it is the same on every processor.
    pub(super) fn rate_of(&self, epoch: usize) -> f64 {
        let part = epoch as f64 / (self.epochs.max(2) - 1) as f64;

        self.rate * self.final_rate / (self.final_rate + part * (self.rate - self.final_rate))
    }

    /// Chains of the free phase.
    pub(super) fn free_chains(&self) -> usize {
        if self.chains == 0 { self.batch * self.copies } else { self.chains }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_go_from_one_end_to_the_other() {
        let config = LearnConfig { epochs: 5, rate: 0.1, final_rate: 0.01, ..LearnConfig::default() };
        let rates: Vec<f64> = (0..5).map(|epoch| config.rate_of(epoch)).collect();
        assert!((rates[0] - 0.1).abs() < 1e-12 && (rates[4] - 0.01).abs() < 1e-12);
        assert!(rates.windows(2).all(|pair| pair[0] > pair[1]), "{rates:?}");
        assert_eq!(LearnConfig { epochs: 1, ..config }.rate_of(0), 0.1);
    }

    #[test]
    fn impossible_keys_are_refused_by_name() {
        let usual = LearnConfig::default;
        for (config, key) in [
            (LearnConfig { batch: 0, ..usual() }, "key batch"),
            (LearnConfig { rate: f64::NAN, ..usual() }, "key rate"),
            (LearnConfig { momentum: 1.0, ..usual() }, "key momentum"),
            (LearnConfig { decay: -1.0, ..usual() }, "key decay"),
        ] {
            assert_eq!(config.validate().unwrap_err().place, key);
        }
        assert!(usual().validate().is_ok());
    }
}
