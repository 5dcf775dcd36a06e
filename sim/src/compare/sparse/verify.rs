//! Whole sparse machines, until enough has been compared.

use super::super::live::SimulatedDevice;
use super::super::verify::{VerifyOptions, VerifyReport, with_fst};
use super::SparseSession;
use super::walk::Walk;
use crate::host::FramedPort;
use crate::verilator::{
    CoreDevice, CpuTime, Harness, HarnessKind, Purpose, SimError, Sources, UartDevice, build,
};
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
    with_fst(machine, machine.lanes(), sources, options, (HarnessKind::Fast, updates), |harness| {
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
    with_fst(machine, machine.lanes(), &sources, options, (HarnessKind::Host, updates), |harness| {
        walk(machine, FramedPort::new(UartDevice::new(harness)), image, updates, seed, options)
    })
}

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Took {
    /// Seconds on the clock.
    pub seconds: f64,
    /// Seconds of processor time; `None` where the system does not tell it.
    pub cpu_seconds: Option<f64>,
}

impl Took {
    /// Both, one after the other.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            seconds: self.seconds + other.seconds,
            cpu_seconds: self.cpu_seconds.zip(other.cpu_seconds).map(|(a, b)| a + b),
        }
    }
}

/// What [`verify_sparse_read_back`] finds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadBackReport {
    /// What was compared after the runs; no single update is among it.
    pub report: VerifyReport,
    /// Updates that the runs made.
    pub updates_made: u64,
    /// What the runs took in the simulation, setups and comparisons left out.
    pub took: Took,
    /// What Verilator and the compiler took, on all cores; next to nothing where the model was built before. Processor time is that of all
    /// programs that this process waited for meanwhile.
    pub building: Took,
}

impl ReadBackReport {
    /// Updates of all replicas per second.
    pub fn updates_per_second(&self) -> f64 {
        self.updates_made as f64 / self.took.seconds
    }

    /// Updates of all replicas per second of the simulation's processor time, which is the same beside other work; `None` where the
    /// system does not tell it.
    pub fn updates_per_cpu_second(&self) -> Option<f64> {
        self.took.cpu_seconds.map(|seconds| self.updates_made as f64 / seconds)
    }
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
    let programs = || CpuTime::of_this_process().map(|time| time.children);
    let (began, before) = (Instant::now(), programs());
    let executable = build(machine, &sources, HarnessKind::Quiet, Purpose::Short)?;
    let building = Took {
        seconds: began.elapsed().as_secs_f64(),
        cpu_seconds: before.zip(programs()).map(|(before, after)| after - before),
    };
    let device = CoreDevice::new(Harness::start(&executable, machine.lanes(), None)?);
    let mut session = SparseSession::new(machine, device);
    session.client.identify()?;
    let (updates_made, took) = Walk::new(machine, seed, false).read_back(&mut session, updates)?;
    Ok(ReadBackReport { report: report(session)?, updates_made, took, building })
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
