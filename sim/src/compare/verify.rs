//! Whole machines, until enough has been compared.

use super::contents::{Dice, RandomSetup, random_contents, random_schedule};
use super::divergence::{Counts, Divergence};
use super::session::{RunRequest, Session};
use crate::loader::{RunInput, RunSetup};
use crate::verilator::{CoreDevice, FstWindow, Harness, HarnessKind, SimError, Sources, build};
use serde::Serialize;
use spinwright_contract::{Color, Start, ValidConfig};
use spinwright_reference::image::{BankContents, BankImage};
use spinwright_reference::stream::LaneStreams;
use std::path::{Path, PathBuf};

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

/// Updates of one run without a given schedule: long enough for sums to grow, short enough for many runs.
const UPDATES_PER_RUN: u64 = 40_000;
/// Runs after which a random model gives way to the next.
const RUNS_PER_MODEL: u64 = 8;

/// Runs the generated hardware beside the reference until at least `updates` updates have been compared or a value differs.
///
/// Without an image, random models use everything that the contract offers: full-range weights, arbitrary tables, both
/// readouts, clamps, table selects, every start, bias sets, continued streams, schedules over the register window, tables
/// uploaded alone, uploads and swaps during the run, roll back, stop. With an image its schedule and its bias sets are used,
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
    with_fst(machine, sources, options, |harness| {
        let mut session = Session::new(machine, CoreDevice::new(harness));
        let mut dice = Dice::new(seed);
        match image {
            None => random_models(machine, &mut session, updates, &mut dice)?,
            Some(image) => one_image(machine, image, &mut session, updates, &mut dice, options)?,
        }
        report(session)
    })
}

/// Runs an image once per input, as a batch: image k starts at draw k D of the streams of `seed`. Every value is compared as in
/// [`verify`].
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
    with_fst(machine, &Sources::generate(machine)?, options, |harness| {
        let mut session = Session::new(machine, CoreDevice::new(harness));
        session.load_couplings(0, image.contents())?;
        session.load_biases(0, image.contents(), 0)?;
        for (k, input) in inputs.iter().enumerate() {
            let mut setup = RunSetup::plain(machine, image.start());
            setup.input = RunInput::Spins(input.clone());
            if k == 0 {
                setup.generator_states = Some(states(machine, seed));
            }
            if setup.start == Start::Host {
                setup.host_spins = Some(vec![vec![false; machine.total_p_bits()]; machine.replicas()]);
            }
            if !session.run(&setup, &RunRequest::default())? {
                break;
            }
        }
        report(session)
    })
}

fn states(machine: &ValidConfig, seed: u64) -> Vec<Vec<u32>> {
    LaneStreams::of(machine, seed).generators().iter().map(|g| g.words()).collect()
}

/// Runs a verification; on a divergence and where asked for, runs it again with an FST window around it. Both runs are the same,
/// since everything follows from the seed.
fn with_fst(
    machine: &ValidConfig,
    sources: &Sources,
    options: &VerifyOptions,
    run: impl Fn(Harness) -> Result<VerifyReport, SimError>,
) -> Result<VerifyReport, SimError> {
    let start = |trace: bool, window: Option<&FstWindow>| {
        let executable = build(machine, sources, HarnessKind::Fast, trace)?;
        Harness::start(&executable, machine.lanes(), window)
    };
    let report = run(start(false, None)?)?;
    if let (Some(divergence), Some(file)) = (&report.first_divergence, &options.fst) {
        run(start(true, Some(&window(divergence, file, report.cycles)))?)?;
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

fn report(mut session: Session<CoreDevice>) -> Result<VerifyReport, SimError> {
    let cycles = session.clock()?;
    let (divergences, first) = session.divergences();
    let (first_divergence, counts) = (first.cloned(), session.counts());
    session.finish()?;
    Ok(VerifyReport { updates_compared: counts.updates, divergences, first_divergence, counts, cycles })
}

/// The other bank of two or more.
fn another(dice: &mut Dice, current: u32, banks: usize) -> u32 {
    (current + 1 + dice.below(banks as u64 - 1) as u32) % banks as u32
}

/// Sweeps of one replica that make about so many updates.
fn sweeps_for(machine: &ValidConfig, updates: u64) -> u32 {
    let per_sweep = (machine.total_p_bits() * machine.replicas()) as u64;
    (updates / per_sweep).clamp(3, u64::from(u32::MAX)) as u32
}

fn random_models(
    machine: &ValidConfig,
    session: &mut Session<CoreDevice>,
    updates: u64,
    dice: &mut Dice,
) -> Result<(), SimError> {
    let sweeps = sweeps_for(machine, UPDATES_PER_RUN);
    let setups = RandomSetup { clamps: true, start: None };
    let mut first = true;
    while session.counts().updates < updates {
        next_model(machine, session, dice, sweeps, first)?;
        for _ in 0..RUNS_PER_MODEL {
            if session.counts().updates >= updates {
                break;
            }
            let setup = setups.generate(machine, dice, first);
            first = false;
            let request = random_request(machine, session, dice, sweeps)?;
            if !session.run(&setup, &request)? {
                return Ok(());
            }
            between_runs(machine, session, dice, sweeps)?;
        }
    }
    Ok(())
}

/// Loads a new random model into idle banks and swaps to it.
fn next_model(
    machine: &ValidConfig,
    session: &mut Session<CoreDevice>,
    dice: &mut Dice,
    sweeps: u32,
    first: bool,
) -> Result<(), SimError> {
    let schedule = random_schedule(machine, dice, sweeps);
    let contents = random_contents(machine, dice.word(), schedule);
    let active = session.model.active;
    if first {
        session.load_couplings(active.0, &contents)?;
        for bank in 0..machine.bias_banks() as u32 {
            session.load_biases(bank, &contents, bank as usize)?;
        }
        return Ok(());
    }
    let coupling = another(dice, active.0, machine.coupling_banks());
    let bias = another(dice, active.1, machine.bias_banks());
    session.load_couplings(coupling, &contents)?;
    let set = dice.below(contents.bias_sets.len() as u64) as usize;
    session.load_biases(bias, &contents, set)?;
    session.swap_idle((coupling, bias))
}

/// Half of the runs are left alone; the others meet a swap, an upload and a swap, a roll back, a stop, or a swap and a stop.
fn random_request(
    machine: &ValidConfig,
    session: &Session<CoreDevice>,
    dice: &mut Dice,
    sweeps: u32,
) -> Result<RunRequest, SimError> {
    let (active, previous) = (session.model.active, session.model.previous);
    let schedule = session.model.schedule(active.0);
    let total = u64::from(schedule.burn_in) + u64::from(schedule.retained);
    let act_at = (1 + dice.below(total) as u32, dice.below(machine.total_slots() as u64) as u16);
    let mut request = RunRequest { act_at, ..RunRequest::default() };
    let coupling = another(dice, active.0, machine.coupling_banks());
    let bias = dice.below(machine.bias_banks() as u64) as u32;
    match dice.below(12) {
        0 | 1 => {
            let schedule = random_schedule(machine, dice, sweeps);
            request.upload = Some((coupling, random_contents(machine, dice.word(), schedule)));
            request.swap = Some((coupling, bias));
            request.act_at.0 = 1;
        }
        2 if session.model.is_valid((coupling, bias)) => request.swap = Some((coupling, bias)),
        // Only the biases change: same couplings, another class.
        3 => request.swap = Some((active.0, bias)),
        4 if session.model.is_valid(previous) => request.roll_back = true,
        5 => request.stop = true,
        6 => {
            request.swap = Some((active.0, bias));
            request.stop = true;
        }
        _ => {}
    }
    Ok(request)
}

/// Now and then: another schedule over the register window, other tables alone.
fn between_runs(
    machine: &ValidConfig,
    session: &mut Session<CoreDevice>,
    dice: &mut Dice,
    sweeps: u32,
) -> Result<(), SimError> {
    let active = session.model.active;
    if dice.once_in(3) {
        let schedule = random_schedule(machine, dice, sweeps);
        session.client.set_schedule(active.0, &schedule)?;
        session.model.set_schedule(active.0, schedule);
    }
    if dice.once_in(3) {
        let bank = another(dice, active.0, machine.coupling_banks());
        if let Some(contents) = session.model.couplings(bank) {
            let donor = random_contents(machine, dice.word(), contents.schedule);
            session.load_tables(bank, &donor)?;
        }
    }
    Ok(())
}

/// Random inputs through one image; its copy lies in a second bank, so that swaps can be met.
fn one_image(
    machine: &ValidConfig,
    image: &BankImage,
    session: &mut Session<CoreDevice>,
    updates: u64,
    dice: &mut Dice,
    options: &VerifyOptions,
) -> Result<(), SimError> {
    let contents: &BankContents = image.contents();
    let sets = contents.bias_sets.len();
    session.load_couplings(0, contents)?;
    session.load_couplings(1, contents)?;
    for bank in 0..machine.bias_banks() {
        session.load_biases(bank as u32, contents, bank % sets)?;
    }
    let start = if options.plain { Some(image.start()) } else { None };
    let setups = RandomSetup { clamps: !options.plain, start };
    let mut first = true;
    while session.counts().updates < updates {
        let setup = setups.generate(machine, dice, first);
        let mut request = RunRequest::default();
        if !options.plain && !first && dice.once_in(4) {
            let (active, schedule) = (session.model.active, session.model.schedule(0));
            let total = u64::from(schedule.burn_in) + u64::from(schedule.retained);
            request.act_at = (1 + dice.below(total) as u32, machine.slots(Color::Hidden) as u16);
            let bias = dice.below(machine.bias_banks() as u64) as u32;
            request.swap = Some((1 - active.0, bias));
        }
        first = false;
        if !session.run(&setup, &request)? {
            break;
        }
    }
    Ok(())
}
