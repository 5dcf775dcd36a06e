//! What a sparse machine knows of a run beside its sums: energies with best states, exchanges of ladders.

use serde::Serialize;
use spinwright_host::{DeviceEnergies, DeviceLadder};
use spinwright_reference::sparse::{SparseBest, SparseExchanges};
use spinwright_reference::trace::spins_to_hex;

/// What a machine with energies knows of a replica after a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnergyResult {
    pub energy: f64,
    pub best_energy: f64,
    /// Modulo 2^32, as the device counts.
    pub best_sweep: u64,
    pub best_spins: String,
}

impl EnergyResult {
    /// The reference's, in multiples of `unit`.
    pub fn of_reference(best: &SparseBest, unit: f64) -> Self {
        Self {
            energy: best.energy as f64 * unit,
            best_energy: best.best_energy as f64 * unit,
            best_sweep: best.best_sweep & u64::from(u32::MAX),
            best_spins: spins_to_hex(&best.best_spins),
        }
    }

    /// A device's, in multiples of `unit`.
    pub fn of_device(known: &DeviceEnergies, best_spins: &[bool], unit: f64) -> Self {
        Self {
            energy: f64::from(known.energy) * unit,
            best_energy: f64::from(known.best_energy) * unit,
            best_sweep: known.best_sweep.into(),
            best_spins: spins_to_hex(best_spins),
        }
    }
}

/// Places and exchanges of ladders after a run; lists of rungs end before the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExchangeResult {
    /// The replica at every place.
    pub order: Vec<usize>,
    /// Modulo 2^32, as the device counts.
    pub tried: Vec<u64>,
    pub made: Vec<u64>,
}

impl From<&SparseExchanges> for ExchangeResult {
    fn from(known: &SparseExchanges) -> Self {
        let counted = |list: &[u64]| list.iter().map(|n| n & u64::from(u32::MAX)).collect();
        Self { order: known.order.clone(), tried: counted(&known.tried), made: counted(&known.made) }
    }
}

impl From<&DeviceLadder> for ExchangeResult {
    fn from(known: &DeviceLadder) -> Self {
        let counted = |list: &[u32]| list.iter().map(|&n| n.into()).collect();
        Self {
            order: known.order.iter().map(|&replica| replica as usize).collect(),
            tried: counted(&known.tried),
            made: counted(&known.made),
        }
    }
}

/// The lines for people: the lowest energy, and how often neighboring rungs exchanged.
pub fn lines(energies: &[EnergyResult], exchanges: Option<&ExchangeResult>) -> Vec<String> {
    let best = energies.iter().enumerate().min_by(|a, b| a.1.best_energy.total_cmp(&b.1.best_energy));
    let mut lines: Vec<String> = best
        .map(|(replica, best)| {
            format!(
                "  lowest energy {} of replica {replica} after sweep {}, spins {}",
                best.best_energy, best.best_sweep, best.best_spins
            )
        })
        .into_iter()
        .collect();
    if let Some(exchanges) = exchanges {
        let rates: Vec<String> = exchanges
            .made
            .iter()
            .zip(&exchanges.tried)
            .map(|(made, tried)| format!("{made} of {tried}"))
            .collect();
        lines.push(format!("  exchanges by rung: {}", rates.join(", ")));
    }
    lines
}
