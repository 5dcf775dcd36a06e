//! Where the spins of a phase come from.

use super::Chains;
use crate::gibbs::GibbsSampler;
use crate::models::ColoredModel;
use spinwright_contract::Problem;

/// Samples a phase: sweeps of many chains at beta 1.
///
/// A call depends on its arguments only, never on calls before it, so that a run can be interrupted between any two of them.
pub trait PhaseSampler: Sync {
    /// Sweeps every chain `sweeps` times from where it stands. P-bits that are `held` keep the spin that they have in each chain.
    ///
    /// # Errors
    /// When the sampler cannot take the model.
    fn sweep(
        &self,
        model: &ColoredModel,
        held: &[bool],
        sweeps: usize,
        seed: u64,
        chains: &mut Chains,
    ) -> Result<(), Problem>;

    /// What it is, for records.
    fn name(&self) -> &'static str;
}

/// The fast sampler: real numbers, random bits of its own for every chain.
#[derive(Debug, Clone, Copy, Default)]
pub struct FastSampler;

impl PhaseSampler for FastSampler {
    fn sweep(
        &self,
        model: &ColoredModel,
        held: &[bool],
        sweeps: usize,
        seed: u64,
        chains: &mut Chains,
    ) -> Result<(), Problem> {
        let mut sampler = GibbsSampler::new(model, chains.count(), seed);
        let list: Vec<usize> = (0..held.len()).filter(|&i| held[i]).collect();
        sampler.hold(&list, true);
        for i in 0..held.len() {
            (0..chains.count()).for_each(|c| sampler.set_spin(c, i, chains.get(i, c)));
        }
        sampler.run(&vec![1.0; sweeps]);
        for i in (0..held.len()).filter(|&i| !held[i]) {
            (0..chains.count()).for_each(|c| chains.set(i, c, sampler.spin(c, i)));
        }
        Ok(())
    }

    fn name(&self) -> &'static str {
        "gibbs"
    }
}
