//! What a device says after a run, against the reference's outcome.

use super::divergence::Signal;
use super::live::SimulatedDevice;
use super::session::Session;
use crate::verilator::SimError;
use spinwright_contract::Color;
use spinwright_reference::sampler::Outcome;

/// What a run must say about itself beside its outcome.
pub(super) struct RunFacts {
    /// A stop ended it. A stop at the boundary at which the schedule ends counts: the contract names the stop first.
    pub stopped: bool,
    /// A swap was commanded; the sweep after which it took effect in the run, if it did.
    pub swap: Option<Option<u32>>,
    /// Clocks by the generator's formula, where it applies.
    pub clocks: Option<u64>,
}

/// Compares spins, sums and signs of the block that ran last, scores and class, and the status registers.
pub(super) fn compare<D: SimulatedDevice>(
    session: &mut Session<D>,
    outcome: &Outcome,
    facts: &RunFacts,
) -> Result<(), SimError> {
    let block = outcome.blocks.len() - 1;
    let sweep = outcome.blocks[block].sweeps as u32;
    let ids = session.map.p_bits_of_block(block);
    for (replica, row) in session.client.spins(block)?.iter().enumerate() {
        for (i, &spin) in row.iter().enumerate() {
            session.counts.read_spins += 1;
            let expected = outcome.spins[replica][i];
            if spin != expected {
                let values = (expected.into(), spin.into());
                session.diverge_at(ids.start + i, Some(replica), sweep, Signal::ReadSpin, values);
            }
        }
    }
    let outputs = session.map.p_bits_of_color(block, Color::Output);
    for (n, &sum) in session.client.sums(block)?.iter().enumerate() {
        session.counts.read_sums += 1;
        if sum != outcome.sums[n] {
            let values = (outcome.sums[n].into(), sum.into());
            session.diverge_at(outputs.start + n, None, sweep, Signal::ReadSum, values);
        }
    }
    for (n, &sign) in session.client.signs(block)?.iter().enumerate() {
        session.counts.read_signs += 1;
        if sign != outcome.signs[n] {
            let values = (outcome.signs[n].into(), sign.into());
            session.diverge_at(outputs.start + n, None, sweep, Signal::ReadSign, values);
        }
    }
    decoded(session, outcome, block)?;
    registers(session, outcome, facts)
}

/// Scores and class: those of this run, or of the last one that was decoded.
fn decoded<D: SimulatedDevice>(
    session: &mut Session<D>,
    outcome: &Outcome,
    block: usize,
) -> Result<(), SimError> {
    if session.machine.decoder().is_none() {
        return Ok(());
    }
    if let Some(class) = outcome.class {
        session.decoded = (outcome.scores.clone(), class);
    }
    let (scores, class) = session.decoded.clone();
    for (k, &found) in session.client.scores()?.iter().enumerate() {
        session.counts.read_scores += 1;
        if i64::from(found) != scores[k] {
            let fresh = session.first.is_none();
            session.diverge(block, 0, Signal::ReadScore, scores[k], found.into(), None);
            if let (true, Some(first)) = (fresh, &mut session.first) {
                first.p_bit = Some(k as u32);
            }
        }
    }
    session.counts.read_classes += 1;
    let found = session.client.class()?;
    if found as usize != class {
        session.diverge(block, 0, Signal::Register("CONTROL_CLASS"), class as i64, found.into(), None);
    }
    Ok(())
}

fn registers<D: SimulatedDevice>(
    session: &mut Session<D>,
    outcome: &Outcome,
    facts: &RunFacts,
) -> Result<(), SimError> {
    let block = outcome.blocks.len() - 1;
    let status = session.client.status()?;
    let banks = session.client.banks()?;
    let (swap_sweep, swap_count) = session.client.swap_sweep()?;
    let (active, previous, valid) = (session.model.active, session.model.previous, session.model.valid());
    let mut pairs: Vec<(&'static str, u32, u32)> = vec![
        ("CONTROL_STATUS, busy", 0, status.busy.into()),
        ("CONTROL_STATUS, done", 1, status.done.into()),
        ("CONTROL_STATUS, stopped", facts.stopped.into(), status.stopped.into()),
        ("CONTROL_STATUS, swap pending", 0, status.swap_pending.into()),
        ("CONTROL_BLOCK", block as u32, session.client.block()?),
        ("CONTROL_RETAINED_SO_FAR", outcome.retained, session.client.retained_so_far()?),
        ("CONTROL_SWEEP_NUMBER", outcome.sweeps as u32, session.client.sweep_number()?),
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
        pairs.push(("CONTROL_SWAP_SWEEP", in_run.unwrap_or(outcome.sweeps as u32), swap_sweep));
    }
    for (name, expected, found) in pairs {
        session.counts.registers += 1;
        if expected != found {
            let sweep = outcome.sweeps as u32;
            session.diverge(block, sweep, Signal::Register(name), expected.into(), found.into(), None);
        }
    }
    if let Some(clocks) = facts.clocks {
        session.counts.cycle_counts += 1;
        let (expected, found) = (clocks as u32, session.client.cycles()?);
        if expected != found {
            let sweep = outcome.sweeps as u32;
            let signal = Signal::Register("CONTROL_CYCLES");
            session.diverge(block, sweep, signal, expected.into(), found.into(), None);
        }
    }
    Ok(())
}
