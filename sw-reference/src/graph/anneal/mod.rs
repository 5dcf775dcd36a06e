//! Optimization: simulated annealing and parallel tempering on the Gibbs sampler, the best state kept.

mod annealing;
mod range;
mod tempering;
#[cfg(test)]
mod tests;

use crate::models::IsingModel;
use serde::Serialize;

pub use annealing::{Annealing, anneal};
pub use range::{BetaRange, Curve, betas};
pub use tempering::{Tempering, temper};

/// Where a search stands, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Sweeps that every replica has done, over all restarts.
    pub sweep: usize,
    /// Inverse temperature; of the coldest replica in tempering.
    pub beta: f64,
    /// Lowest energy of any replica now.
    pub lowest: f64,
    /// Mean energy over the replicas now (in tempering: of the coldest ones).
    pub mean: f64,
    /// Lowest energy so far.
    pub best: f64,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Lowest energy.
    pub energy: f64,
    /// A state that has it, true = up.
    pub spins: Vec<bool>,
    /// Sweeps that every replica had done when it was found.
    pub sweep: usize,
    /// Sweeps that every replica did in all.
    pub sweeps: usize,
    /// Lowest energy of every restart, in order; the last one may be cut short.
    pub restarts: Vec<f64>,
    /// Whether it ended because the watcher said so.
    pub stopped: bool,
    /// In tempering: part of the exchanges between neighboring betas that was made, hottest pair first.
    pub acceptance: Vec<f64>,
}

/// Keeps the best state.
struct Best {
    energy: f64,
    spins: Vec<bool>,
    sweep: usize,
}

impl Best {
    fn none() -> Self {
        Self { energy: f64::INFINITY, spins: Vec::new(), sweep: 0 }
    }

    fn offer(&mut self, energy: f64, sweep: usize, spins: impl FnOnce() -> Vec<bool>) {
        // Energies that differ in rounding only are no progress.
        if energy < self.energy - 1e-9 * self.energy.abs().min(1e300) || self.spins.is_empty() {
            *self = Self { energy, spins: spins(), sweep };
        }
    }
}

/// Flips p-bits that are against their field, the lowest number first, until none is left: a local minimum. Held p-bits stay.
pub fn descend(model: &IsingModel, held: &[bool], spins: &mut [bool]) {
    let against = |i: usize, spins: &[bool]| {
        let field = model.local_field(i, spins);
        !held[i] && if spins[i] { field < -1e-12 } else { field > 1e-12 }
    };
    let mut open: Vec<usize> = (0..spins.len()).rev().collect();
    let mut waiting = vec![true; spins.len()];
    while let Some(i) = open.pop() {
        waiting[i] = false;
        if against(i, spins) {
            spins[i] = !spins[i];
            for (j, _) in model.couplings().row(i) {
                if !std::mem::replace(&mut waiting[j], true) {
                    open.push(j);
                }
            }
        }
    }
}
