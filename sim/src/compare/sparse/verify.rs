//! Whole sparse machines, until enough has been compared.

use super::super::live::SimulatedDevice;
use super::super::verify::{VerifyOptions, VerifyReport, with_fst};
use super::SparseSession;
use super::walk::Walk;
use crate::host::FramedPort;
use crate::verilator::{CoreDevice, Harness, HarnessKind, SimError, Sources, UartDevice, build};
use serde::Serialize;
use spinwright_contract::ValidSparse;
use spinwright_reference::sparse::SparseImage;
use std::time::Instant;

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
        walk(machine, CoreDevice::new(harness), image, updates, seed, options)
    })
}

/// As [`verify_sparse`], from end to end over the UART's two pins: identification, uploads, setups, runs, what is read back.
///
/// # Errors
/// As [`verify_sparse`].
pub fn verify_sparse_over_uart(
    machine: &ValidSparse,
    image: Option<&SparseImage>,
    updates: u64,
    seed: u64,
    options: &VerifyOptions,
) -> Result<VerifyReport, SimError> {
    let sources = Sources::generate_sparse(machine)?;
    with_fst(machine, machine.lanes(), &sources, options, HarnessKind::Host, |harness| {
        walk(machine, FramedPort::new(UartDevice::new(harness)), image, updates, seed, options)
    })
}

/// What [`verify_sparse_read_back`] finds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadBackReport {
    /// What was compared after the runs; no single update is among it.
    pub report: VerifyReport,
    /// Updates that the runs made.
    pub updates_made: u64,
    /// Seconds that the runs took, setups and comparisons left out.
    pub seconds: f64,
    /// Seconds that Verilator and the compiler took; next to nothing where the model was built before.
    pub build_seconds: f64,
}

/// Random models on a simulation without observation ports, which is several times as fast: spins, sums, signs, registers and cycle
/// counts are compared after every run.
///
/// # Errors
/// As [`verify_sparse`].
pub fn verify_sparse_read_back(
    machine: &ValidSparse,
    updates: u64,
    seed: u64,
) -> Result<ReadBackReport, SimError> {
    let sources = Sources::generate_sparse(machine)?;
    let began = Instant::now();
    let executable = build(machine, &sources, HarnessKind::Quiet, false)?;
    let build_seconds = began.elapsed().as_secs_f64();
    let device = CoreDevice::new(Harness::start(&executable, machine.lanes(), None)?);
    let mut session = SparseSession::new(machine, device);
    session.client.identify()?;
    let (updates_made, took) = Walk::new(machine, seed, false).read_back(&mut session, updates)?;
    let seconds = took.as_secs_f64();
    Ok(ReadBackReport { report: report(session)?, updates_made, seconds, build_seconds })
}

fn walk<D: SimulatedDevice>(
    machine: &ValidSparse,
    device: D,
    image: Option<&SparseImage>,
    updates: u64,
    seed: u64,
    options: &VerifyOptions,
) -> Result<VerifyReport, SimError> {
    let mut session = SparseSession::new(machine, device);
    session.client.identify()?;
    let mut walk = Walk::new(machine, seed, options.plain);
    match image {
        None => walk.random_models(&mut session, updates)?,
        Some(image) => walk.one_image(image, &mut session, updates)?,
    }
    report(session)
}

fn report<D: SimulatedDevice>(mut session: SparseSession<D>) -> Result<VerifyReport, SimError> {
    let cycles = session.clock()?;
    let (divergences, first) = session.divergences();
    let (first_divergence, counts) = (first.cloned(), session.counts());
    session.finish()?;
    Ok(VerifyReport { updates_compared: counts.updates, divergences, first_divergence, counts, cycles })
}
