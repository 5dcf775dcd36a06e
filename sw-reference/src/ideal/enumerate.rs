//! The Boltzmann distribution of a small model, state by state.

use crate::models::IsingModel;
use spinwright_contract::Problem;

/// Most p-bits that are enumerated: 2^20 states.
pub const MAX_FREE: usize = 20;

/// An exact distribution over the free p-bits of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Exact {
    free: Vec<usize>,
    probabilities: Vec<f64>,
}

/// The distribution exp(-beta E(s)) / Z given the fixed p-bits: inputs must be fixed, clamped p-bits may be.
///
/// # Errors
/// When an input is not fixed, `fixed` has the wrong length, or more than [`MAX_FREE`] p-bits are free.
pub fn enumerate(model: &IsingModel, beta: f64, fixed: &[Option<bool>]) -> Result<Exact, Problem> {
    if fixed.len() != model.p_bits() || fixed[..model.inputs()].contains(&None) {
        return Err(Problem::new(
            "the fixed p-bits do not fit the model",
            "fixed spins",
            format!(
                "{} entries for {} p-bits, of which {} are inputs",
                fixed.len(),
                model.p_bits(),
                model.inputs()
            ),
            "give one entry for every p-bit and a spin for every input",
        ));
    }
    let free: Vec<usize> = (0..fixed.len()).filter(|&i| fixed[i].is_none()).collect();
    if free.len() > MAX_FREE {
        return Err(Problem::new(
            "the model is too large to enumerate",
            "fixed spins",
            format!("{} p-bits are free, at most {MAX_FREE} are enumerated", free.len()),
            "clamp some p-bits or take a smaller model",
        ));
    }
    // Gray code: state k ^ (k >> 1) differs from its predecessor in one p-bit, whose flip changes E by 2 s I.
    let mut spins: Vec<bool> = fixed.iter().map(|spin| spin.unwrap_or(false)).collect();
    let mut energies = vec![0.0; 1 << free.len()];
    let mut energy = model.energy(&spins);
    energies[0] = energy;
    for k in 1usize..energies.len() {
        let i = free[k.trailing_zeros() as usize];
        let sign = if spins[i] { 1.0 } else { -1.0 };
        energy += 2.0 * sign * model.local_field(i, &spins);
        spins[i] = !spins[i];
        energies[k ^ (k >> 1)] = energy;
    }
    let lowest = energies.iter().copied().fold(f64::INFINITY, f64::min);
    let weights: Vec<f64> = energies.iter().map(|e| (-beta * (e - lowest)).exp()).collect();
    let total: f64 = weights.iter().sum();
    Ok(Exact { free, probabilities: weights.iter().map(|w| w / total).collect() })
}

impl Exact {
    /// The free p-bits: bit b of a state is p-bit `free()[b]`.
    pub fn free(&self) -> &[usize] {
        &self.free
    }

    /// Probability of every state; bit b of the index is 1 when p-bit `free()[b]` is up.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// Mean of the product of the spins in `mask` (bit b: p-bit `free()[b]`): one bit gives a mean, two a pair correlation.
    pub fn moment(&self, mask: usize) -> f64 {
        let sign = |state: usize| if (!state & mask).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
        self.probabilities.iter().enumerate().map(|(state, p)| sign(state) * p).sum()
    }

    /// Total variation to a histogram of states: half the sum of the differences of probabilities.
    ///
    /// # Panics
    /// If the histogram has another number of states or is empty.
    pub fn total_variation(&self, counts: &[u64]) -> f64 {
        assert_eq!(counts.len(), self.probabilities.len(), "one count for every state");
        let total: u64 = counts.iter().sum();
        assert!(total > 0, "a histogram of no states");
        let difference = |(&count, p): (&u64, &f64)| (count as f64 / total as f64 - p).abs();
        0.5 * counts.iter().zip(&self.probabilities).map(difference).sum::<f64>()
    }
}
