//! Whole sparse machines, until enough has been compared.

use super::super::live::SimulatedDevice;
use super::super::verify::{VerifyOptions, VerifyReport, with_fst};
use super::SparseSession;
use super::walk::Walk;
use crate::verilator::{CoreDevice, HarnessKind, SimError, Sources};
use spinwright_contract::ValidSparse;
use spinwright_reference::sparse::SparseImage;

/// Runs the generated hardware of a sparse machine beside the reference until at least `updates` updates have been compared or a
/// value differs.
///
/// Without an image, random models use everything that the contract offers: full-range weights, arbitrary tables, both readouts,
/// clamps, table selects, beta schedules, every start, bias sets, continued streams, both schedules over their register windows,
/// tables uploaded alone, uploads and swaps during the run, roll back, stop. With an image its schedule and its bias sets are used,
/// with random clamps and streams, and swaps between its copies in two banks.
///
/// # Errors
/// When a tool is missing or fails or an image is for another machine. A divergence is a result, not an error.
pub fn verify_sparse(
    machine: &ValidSparse,
    image: Option<&SparseImage>,
    updates: u64,
    seed: u64,
    options: &VerifyOptions,
) -> Result<VerifyReport, SimError> {
    verify_sparse_sources(machine, &Sources::generate_sparse(machine)?, image, updates, seed, options)
}

/// [`verify_sparse`] with Verilog that need not be the generator's: faults are planted this way.
///
/// # Errors
/// As [`verify_sparse`].
pub fn verify_sparse_sources(
    machine: &ValidSparse,
    sources: &Sources,
    image: Option<&SparseImage>,
    updates: u64,
    seed: u64,
    options: &VerifyOptions,
) -> Result<VerifyReport, SimError> {
    with_fst(machine, machine.lanes(), sources, options, HarnessKind::Fast, |harness| {
        let mut session = SparseSession::new(machine, CoreDevice::new(harness));
        session.client.identify()?;
        let mut walk = Walk::new(machine, seed, options.plain);
        match image {
            None => walk.random_models(&mut session, updates)?,
            Some(image) => walk.one_image(image, &mut session, updates)?,
        }
        report(session)
    })
}

fn report<D: SimulatedDevice>(mut session: SparseSession<D>) -> Result<VerifyReport, SimError> {
    let cycles = session.clock()?;
    let (divergences, first) = session.divergences();
    let (first_divergence, counts) = (first.cloned(), session.counts());
    session.finish()?;
    Ok(VerifyReport { updates_compared: counts.updates, divergences, first_divergence, counts, cycles })
}
