//! What a sparse device says after a run, against the reference's outcome.

use super::super::divergence::Signal;
use super::super::live::SimulatedDevice;
use super::SparseSession;
use crate::verilator::SimError;
use spinwright_reference::sparse::{SparseBest, SparseExchanges, SparseOutcome};

/// What a run must say about itself beside its outcome.
pub(super) struct RunFacts {
    /// A stop ended it. A stop at the boundary at which the schedule ends counts: the contract names the stop first.
    pub stopped: bool,
    /// A swap was commanded; the sweep after which it took effect in the run, if it did.
    pub swap: Option<Option<u32>>,
    /// Clocks by the generator's formula, where it applies.
    pub clocks: Option<u64>,
}

/// Compares spins, sums and signs of all p-bits and the status registers.
pub(super) fn compare<D: SimulatedDevice>(
    session: &mut SparseSession<D>,
    outcome: &SparseOutcome,
    facts: &RunFacts,
) -> Result<(), SimError> {
    let (sweep, map) = (outcome.sweeps as u32, session.map());
    for (replica, row) in session.client.spins(&map)?.iter().enumerate() {
        for (p_bit, &spin) in row.iter().enumerate() {
            session.counts.read_spins += 1;
            let expected = outcome.spins[replica][p_bit];
            if spin != expected {
                let values = (expected.into(), spin.into());
                session.diverge_at(p_bit, Some(replica), sweep, Signal::ReadSpin, values);
            }
        }
    }
    for (p_bit, &sum) in session.client.sums(&map)?.iter().enumerate() {
        session.counts.read_sums += 1;
        let expected = outcome.sums[p_bit];
        if sum != expected {
            let values = (expected.into(), sum.into());
            session.diverge_at(p_bit, None, sweep, Signal::ReadSum, values);
        }
    }
    for (p_bit, &sign) in session.client.signs(&map)?.iter().enumerate() {
        session.counts.read_signs += 1;
        let expected = outcome.signs[p_bit];
        if sign != expected {
            let values = (expected.into(), sign.into());
            session.diverge_at(p_bit, None, sweep, Signal::ReadSign, values);
        }
    }
    if let Some(known) = &outcome.energies {
        energies(session, known, sweep)?;
    }
    if let Some(known) = &outcome.exchanges {
        exchanges(session, known, sweep)?;
    }
    registers(session, outcome, facts)
}

/// Energies and best states of all replicas.
fn energies<D: SimulatedDevice>(
    session: &mut SparseSession<D>,
    known: &[SparseBest],
    sweep: u32,
) -> Result<(), SimError> {
    let map = session.map();
    let best_spins = session.client.best_spins(&map)?;
    for (replica, (known, found)) in known.iter().zip(session.client.energies()?).enumerate() {
        let pairs = [
            (Signal::ReadEnergy, known.energy, i64::from(found.energy)),
            (Signal::ReadBestEnergy, known.best_energy, i64::from(found.best_energy)),
            (Signal::ReadBestSweep, known.best_sweep as u32 as i64, i64::from(found.best_sweep)),
        ];
        for (signal, expected, found) in pairs {
            session.counts.read_energies += 1;
            if expected != found {
                session.diverge(sweep, signal, (expected, found), None);
            }
        }
        for (p_bit, &spin) in best_spins[replica].iter().enumerate() {
            session.counts.read_best_spins += 1;
            let expected = known.best_spins[p_bit];
            if spin != expected {
                let values = (expected.into(), spin.into());
                session.diverge_at(p_bit, Some(replica), sweep, Signal::ReadBestSpin, values);
            }
        }
    }
    Ok(())
}

/// Replicas at all places, and the numbers of exchanges of the run.
fn exchanges<D: SimulatedDevice>(
    session: &mut SparseSession<D>,
    known: &SparseExchanges,
    sweep: u32,
) -> Result<(), SimError> {
    let found = session.client.ladder()?;
    let order: Vec<u64> = known.order.iter().map(|&replica| replica as u64).collect();
    let lists = [
        (Signal::ReadPlace, &order, &found.order),
        (Signal::ReadExchanges, &known.tried, &found.tried),
        (Signal::ReadExchanges, &known.made, &found.made),
    ];
    for (signal, known, found) in lists {
        for (&expected, &found) in known.iter().zip(found) {
            session.counts.read_exchanges += 1;
            let expected = expected as u32;
            if expected != found {
                session.diverge(sweep, signal, (expected.into(), found.into()), None);
            }
        }
    }
    Ok(())
}

fn registers<D: SimulatedDevice>(
    session: &mut SparseSession<D>,
    outcome: &SparseOutcome,
    facts: &RunFacts,
) -> Result<(), SimError> {
    let status = session.client.status()?;
    let banks = session.client.banks()?;
    let (swap_sweep, swap_count) = session.client.swap_sweep()?;
    let (active, previous, valid) = (session.model.active, session.model.previous, session.model.valid());
    let sweeps = outcome.sweeps as u32;
    let mut pairs: Vec<(&'static str, u32, u32)> = vec![
        ("CONTROL_STATUS, busy", 0, status.busy.into()),
        ("CONTROL_STATUS, done", 1, status.done.into()),
        ("CONTROL_STATUS, stopped", facts.stopped.into(), status.stopped.into()),
        ("CONTROL_STATUS, swap pending", 0, status.swap_pending.into()),
        ("CONTROL_BLOCK", 0, session.client.block()?),
        ("CONTROL_RETAINED_SO_FAR", outcome.retained, session.client.retained_so_far()?),
        ("CONTROL_SWEEP_NUMBER", sweeps, session.client.sweep_number()?),
        ("CONTROL_ACTIVE_COUPLING", active.0, banks.active.0),
        ("CONTROL_ACTIVE_BIAS", active.1, banks.active.1),
        ("CONTROL_PREVIOUS_COUPLING", previous.0, banks.previous.0),
        ("CONTROL_PREVIOUS_BIAS", previous.1, banks.previous.1),
        ("CONTROL_SWAP_COUNT", session.model.swaps, swap_count),
        ("CONTROL_COUPLING_VALID", valid.0, banks.coupling_valid),
        ("CONTROL_BIAS_VALID", valid.1, banks.bias_valid),
    ];
    if let Some(in_run) = facts.swap {
        // What was still pending at the end took effect in the idle machine.
        pairs.push(("CONTROL_SWAP_SWEEP", in_run.unwrap_or(sweeps), swap_sweep));
    }
    for (name, expected, found) in pairs {
        session.counts.registers += 1;
        if expected != found {
            session.diverge(sweeps, Signal::Register(name), (expected.into(), found.into()), None);
        }
    }
    if let Some(clocks) = facts.clocks {
        session.counts.cycle_counts += 1;
        let (expected, found) = (clocks as u32, session.client.cycles()?);
        if expected != found {
            let signal = Signal::Register("CONTROL_CYCLES");
            session.diverge(sweeps, signal, (expected.into(), found.into()), None);
        }
    }
    Ok(())
}
