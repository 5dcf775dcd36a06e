//! Energies after every sweep, and the best state of every replica. `docs/contract.md`, section 14, "Energies".

use super::SparseObserver;
use super::sampler::Bank;
use spinwright_contract::ValidSparse;

/// What a machine with `energy` knows of one replica after a run. Energies are in units of 2^-g.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseBest {
    /// Energy of the state that the run left.
    pub energy: i64,
    /// Lowest energy after a sweep since the run's start or its last swap.
    pub best_energy: i64,
    /// The first sweep of the run that had it, from 1.
    pub best_sweep: u64,
    /// The state after that sweep, true = up.
    pub best_spins: Vec<bool>,
}

/// Energy of one replica after one sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SparseEnergy {
    /// Sweep of the run, from 1; swaps do not reset it.
    pub sweep: u64,
    /// Replica, from 0.
    pub replica: usize,
    /// Its energy in units of 2^-g.
    pub energy: i64,
}

/// Counts energies from nothing after every sweep: slow, and the judge of a device that keeps them up to date.
pub(super) struct Energies {
    coupling_shift: u32,
    replicas: Vec<Option<SparseBest>>,
}

impl Energies {
    /// None where the machine keeps no energies.
    pub(super) fn new(config: &ValidSparse) -> Option<Self> {
        let replicas = vec![None; config.replicas()];
        config.energy().then(|| Self { coupling_shift: config.shifts().coupling, replicas })
    }

    /// Another bank is active: what was best is forgotten.
    pub(super) fn forget(&mut self) {
        self.replicas.fill(None);
    }

    /// A sweep has ended.
    pub(super) fn swept(
        &mut self,
        sweep: u64,
        bank: &Bank,
        spins: &[Vec<bool>],
        observer: &mut impl SparseObserver,
    ) {
        for (replica, (known, spins)) in self.replicas.iter_mut().zip(spins).enumerate() {
            let energy = bank.energy(spins, self.coupling_shift);
            observer.energy(&SparseEnergy { sweep, replica, energy });
            match known {
                Some(best) if best.best_energy <= energy => best.energy = energy,
                _ => {
                    let best_spins = spins.clone();
                    *known = Some(SparseBest { energy, best_energy: energy, best_sweep: sweep, best_spins });
                }
            }
        }
    }

    /// Energies of all replicas after the last sweep.
    pub(super) fn last(&self) -> Vec<i64> {
        self.replicas.iter().flatten().map(|known| known.energy).collect()
    }

    /// What is known of every replica; every run has a sweep.
    pub(super) fn results(self) -> Vec<SparseBest> {
        self.replicas.into_iter().flatten().collect()
    }
}
