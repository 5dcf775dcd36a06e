//! Whole machines, until enough has been compared.

use super::divergence::{Counts, Divergence};
use super::live::SimulatedDevice;
use super::request::RunRequest;
use super::session::Session;
use super::walk::Walk;
use crate::host::FramedPort;
use crate::loader::{RunInput, RunSetup};
use crate::verilator::{
    CoreDevice, FstWindow, Harness, HarnessKind, PortShape, Purpose, SimError, Sources, UartDevice, build,
};
use serde::Serialize;
use spinwright_contract::{Problem, Start, ValidConfig};
use spinwright_reference::image::{BankImage, Encoder};
use spinwright_reference::stream::LaneStreams;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Updates from which on a simulation is worth the optimization.
const LONG_RUN: u64 = 1_000_000;

/// How to verify.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyOptions {
    /// After a divergence, run again and write an FST of the clocks around it to this file.
    pub fst: Option<PathBuf>,
    /// Clamp no p-bits and use the image's start; only the inputs are random. Without an image it has no effect.
    pub plain: bool,
}

/// What was compared and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Updates of sweeps whose spin, field and draw were all compared.
    pub updates_compared: u64,
    /// Unequal values, up to the end of the run in which the first one was found.
    pub divergences: u64,
    /// The first of them.
    pub first_divergence: Option<Divergence>,
    /// Values compared, by kind.
    pub counts: Counts,
    /// Clocks simulated.
    pub cycles: u64,
}

/// Runs the generated hardware beside the reference until at least `updates` updates have been compared or a value differs.
///
/// Without an image, random models use everything that the contract offers: full-range weights, arbitrary tables, both
/// readouts, clamps, table selects, every start, bias sets, continued streams, schedules over the register window, tables
/// uploaded alone, uploads and swaps during the run, roll back, stop, in every block and while the machine encodes or decodes,
/// inputs written during the run before. With an image its schedule and its bias sets are used,
/// with random inputs, clamps and streams, and swaps between its copies in two banks.
///
/// # Errors
/// When a tool is missing or fails or an image is for another machine. A divergence is a result, not an error.
pub fn verify(
    machine: &ValidConfig,
    image: Option<&BankImage>,
    updates: u64,
    seed: u64,
    options: &VerifyOptions,
) -> Result<VerifyReport, SimError> {
    verify_sources(machine, &Sources::generate(machine)?, image, updates, seed, options)
}

/// [`verify`] with Verilog that need not be the generator's: faults are planted this way.
///
/// # Errors
/// As [`verify`].
pub fn verify_sources(
    machine: &ValidConfig,
    sources: &Sources,
    image: Option<&BankImage>,
    updates: u64,
    seed: u64,
    options: &VerifyOptions,
) -> Result<VerifyReport, SimError> {
    with_fst(machine, machine.lanes(), sources, options, (HarnessKind::Fast, updates), |harness| {
        let mut session = Session::new(machine, CoreDevice::new(harness));
        let mut walk = Walk::new(machine, seed, options.plain);
        match image {
            None => walk.random_models(&mut session, updates)?,
            Some(image) => walk.one_image(image, &mut session, updates)?,
        }
        report(session)
    })
}

/// Runs an image once per input, as a batch: image k starts at draw k D of the streams of `seed`. Every value is compared as in
/// [`verify`]. For machines without an encoder on the device.
///
/// # Errors
/// As [`verify`].
pub fn verify_inputs(
    machine: &ValidConfig,
    image: &BankImage,
    inputs: &[Vec<bool>],
    seed: u64,
    options: &VerifyOptions,
) -> Result<VerifyReport, SimError> {
    let inputs: Vec<RunInput> = inputs.iter().cloned().map(RunInput::Spins).collect();
    with_fst(
        machine,
        machine.lanes(),
        &Sources::generate(machine)?,
        options,
        (HarnessKind::Fast, 0),
        |harness| {
            let mut session = Session::new(machine, CoreDevice::new(harness));
            batch(machine, &mut session, image, &inputs, seed)?;
            report(session)
        },
    )
}

/// As [`verify_inputs`], with pictures. They go into a machine with an encoder as they are, into another one through the image's
/// encoder. With two input buffers every picture but the first is written while the one before it runs.
///
/// # Errors
/// As [`verify`], and when a machine without an encoder gets an image that has none.
pub fn verify_pictures(
    machine: &ValidConfig,
    image: &BankImage,
    pictures: &[Vec<u8>],
    seed: u64,
    options: &VerifyOptions,
) -> Result<VerifyReport, SimError> {
    let inputs = inputs_of(machine, image, pictures)?;
    with_fst(
        machine,
        machine.lanes(),
        &Sources::generate(machine)?,
        options,
        (HarnessKind::Fast, 0),
        |harness| {
            let mut session = Session::new(machine, CoreDevice::new(harness));
            batch(machine, &mut session, image, &inputs, seed)?;
            report(session)
        },
    )
}

/// What [`verify_over_uart`] finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UartReport {
    /// As of [`verify`]; every value of every run, read back over the UART or observed, was compared.
    pub report: VerifyReport,
    /// The class that the device answered for each picture; empty without a decoder on the device.
    pub classes: Vec<u32>,
    /// Pictures that were in the device before the run of the picture before them had ended.
    pub overlapped: u64,
}

/// As [`verify_pictures`], from end to end over the UART's two pins: identification, upload of the image, every picture, run, class.
///
/// # Errors
/// As [`verify_pictures`].
pub fn verify_over_uart(
    machine: &ValidConfig,
    image: &BankImage,
    pictures: &[Vec<u8>],
    seed: u64,
    options: &VerifyOptions,
) -> Result<UartReport, SimError> {
    let inputs = inputs_of(machine, image, pictures)?;
    let classes = RefCell::new(Vec::new());
    let sources = Sources::generate(machine)?;
    let report = with_fst(machine, machine.lanes(), &sources, options, (HarnessKind::Host, 0), |harness| {
        let mut session = Session::new(machine, FramedPort::new(UartDevice::new(harness)));
        session.client.identify()?;
        classes.replace(batch(machine, &mut session, image, &inputs, seed)?);
        report(session)
    })?;
    let overlapped = report.counts.inputs_during_runs;
    Ok(UartReport { report, classes: classes.into_inner(), overlapped })
}

fn inputs_of(
    machine: &ValidConfig,
    image: &BankImage,
    pictures: &[Vec<u8>],
) -> Result<Vec<RunInput>, SimError> {
    let encoder = match &image.contents().encoder {
        Some(Encoder::Device(_)) => return Ok(pictures.iter().cloned().map(RunInput::Picture).collect()),
        Some(encoder) => encoder,
        None => {
            let problem = Problem::new(
                "pictures cannot be shown to this image",
                "the bank image",
                "neither the machine nor the image has an encoder",
                "compile a model that classifies pictures, or give input spins",
            );
            return Err(problem.into());
        }
    };
    Ok(pictures.iter().map(|p| RunInput::Spins(encoder.encode(p, machine.inputs()))).collect())
}

/// Runs one input after another, up to a divergence. The classes that the device answered, with a decoder on it.
fn batch<D: SimulatedDevice>(
    machine: &ValidConfig,
    session: &mut Session<D>,
    image: &BankImage,
    inputs: &[RunInput],
    seed: u64,
) -> Result<Vec<u32>, SimError> {
    session.load_couplings(0, image.contents())?;
    session.load_biases(0, image.contents(), 0)?;
    let buffers = machine.input_buffers();
    let mut classes = Vec::new();
    for (k, input) in inputs.iter().enumerate() {
        let mut setup = RunSetup::plain(machine, image.start());
        setup.input = input.clone();
        setup.buffer = (k % buffers) as u32;
        setup.preloaded = k > 0 && buffers > 1;
        if k == 0 {
            setup.generator_states = Some(states(machine, seed));
        }
        if setup.start == Start::Host {
            setup.host_spins = Some(vec![vec![false; machine.total_p_bits()]; machine.replicas()]);
        }
        let mut request = RunRequest::default();
        if buffers > 1 {
            request.next_input = inputs.get(k + 1).cloned();
        }
        let equal = session.run(&setup, &request)?;
        if machine.decoder().is_some() {
            classes.push(session.client.class()?);
        }
        if !equal {
            break;
        }
    }
    Ok(classes)
}

fn states(machine: &ValidConfig, seed: u64) -> Vec<Vec<u32>> {
    LaneStreams::of(machine, seed).generators().iter().map(|g| g.words()).collect()
}

/// Runs a verification; on a divergence and where asked for, runs it again with an FST window around it. Both runs are the same,
/// since everything follows from the seed.
pub(super) fn with_fst(
    machine: impl Into<PortShape>,
    lanes: usize,
    sources: &Sources,
    options: &VerifyOptions,
    (kind, updates): (HarnessKind, u64),
    run: impl Fn(Harness) -> Result<VerifyReport, SimError>,
) -> Result<VerifyReport, SimError> {
    let ports: PortShape = machine.into();
    let by_length = if updates < LONG_RUN { Purpose::Short } else { Purpose::Long };
    let start = |purpose: Purpose, window: Option<&FstWindow>| {
        let executable = build(ports.clone(), sources, kind, purpose)?;
        Harness::start(&executable, lanes, window)
    };
    let report = run(start(by_length, None)?)?;
    if let (Some(divergence), Some(file)) = (&report.first_divergence, &options.fst) {
        run(start(Purpose::Trace, Some(&window(divergence, file, report.cycles)))?)?;
    }
    Ok(report)
}

/// From the sweep before the divergence to shortly after it.
fn window(divergence: &Divergence, file: &Path, cycles: u64) -> FstWindow {
    const AFTER: u64 = 200;
    let last = divergence.clock.unwrap_or(cycles) + AFTER;
    let first =
        if divergence.clock.is_some() { divergence.clock_before } else { cycles.saturating_sub(5000) };
    FstWindow { file: file.to_path_buf(), first: first.min(last), last }
}

fn report<D: SimulatedDevice>(mut session: Session<D>) -> Result<VerifyReport, SimError> {
    let cycles = session.clock()?;
    let (divergences, first) = session.divergences();
    let (first_divergence, counts) = (first.cloned(), session.counts());
    session.finish()?;
    Ok(VerifyReport { updates_compared: counts.updates, divergences, first_divergence, counts, cycles })
}
