//! The short actions of `board`.

use super::kinds::{self, Placed, clamp_writes};
use super::link::Link;
use crate::commands::run::{EnergyResult, ExchangeResult, known_lines};
use crate::failure::Failure;
use crate::options::clamps_of;
use crate::output::{self, grouped};
use serde::Serialize;
use spinwright_contract::{Machine, registers};
use spinwright_host::Registers;
use spinwright_reference::trace::spins_to_hex;
use std::path::PathBuf;

/// Say which machine the board is; with MACHINE, whether it is that one.
#[derive(clap::Args)]
pub struct Identify {
    /// machine.json or a folder that holds one.
    machine: Option<PathBuf>,
    #[command(flatten)]
    link: Link,
}

#[derive(Serialize)]
struct Identity {
    kind: &'static str,
    id: String,
    /// The name of MACHINE, where it is that one.
    machine: Option<String>,
    contract: u32,
    capabilities: u32,
    lanes: u32,
    slots: u32,
    replicas: u32,
    coupling_banks: u32,
    bias_banks: u32,
    tables: u32,
    blocks: u32,
    inputs: u32,
    hidden: u32,
    outputs: u32,
    pixels: u32,
    classes: u32,
    input_buffers: u32,
    weight_bits: u32,
    bias_bits: u32,
    field_bits: u32,
    draw_bits: u32,
    /// Whether its self-test at power-on passed; null when it made none.
    self_test: Option<bool>,
}

/// The result of the self-test in words, as the end of a line.
fn self_test_words(passed: Option<bool>) -> &'static str {
    match passed {
        Some(true) => "; self-test passed",
        Some(false) => "; self-test FAILED: the banks of its bitstream are invalid",
        None => "",
    }
}

impl Identify {
    pub fn execute(self) -> Result<(), Failure> {
        let machine = self.machine.as_deref().map(Machine::read).transpose()?;
        let mut host = match &machine {
            Some(machine) => self.link.open_expecting(machine)?,
            None => self.link.open(None)?,
        };
        let words = host.identity().map_err(|e| self.link.failed(e))?;
        let status = host.status().map_err(|e| self.link.failed(e))?;
        let kind = match words[4] >> 12 & 3 {
            1 => "wired",
            2 => "addressed",
            _ => "layered",
        };
        let byte = |k: u32| words[15] >> (8 * k) & 255;
        let identity = Identity {
            kind,
            id: format!("{:08x}{:08x}", words[2], words[3]),
            machine: machine.map(|m| m.name().to_owned()),
            contract: words[1],
            capabilities: words[4],
            lanes: words[5],
            slots: words[6],
            replicas: words[7],
            coupling_banks: words[8],
            bias_banks: words[9],
            tables: words[10],
            blocks: words[16],
            inputs: words[11],
            hidden: words[12],
            outputs: words[13],
            pixels: words[17],
            classes: words[18],
            input_buffers: words[19],
            weight_bits: byte(0),
            bias_bits: byte(1),
            field_bits: byte(2),
            draw_bits: byte(3),
            self_test: status.self_test,
        };
        if self.link.json {
            return output::json(&identity);
        }
        let i = &identity;
        let name = i.machine.as_ref().map_or(String::new(), |name| format!(": it is `{name}`"));
        output::line(format!("a {kind} machine, ID {}{name}{}", i.id, self_test_words(i.self_test)))?;
        output::line(format!(
            "{} lanes, {} slots, {} replicas; {} coupling banks, {} bias banks, {} tables; {} blocks, {} inputs, {} outputs",
            i.lanes,
            i.slots,
            i.replicas,
            i.coupling_banks,
            i.bias_banks,
            i.tables,
            i.blocks,
            i.inputs,
            i.outputs
        ))
    }
}

/// Show the run, banks, load engine and error counters.
#[derive(clap::Args)]
pub struct Status {
    /// Then zero the error counters.
    #[arg(long)]
    clear_errors: bool,
    #[command(flatten)]
    link: Link,
}

#[derive(Serialize)]
struct StatusReport {
    busy: bool,
    done: bool,
    stopped: bool,
    swap_pending: bool,
    /// Whether the self-test at power-on passed; null when there was none.
    self_test: Option<bool>,
    sweeps: u32,
    cycles: u32,
    active: (u32, u32),
    previous: (u32, u32),
    /// Numbers of the banks that are valid.
    valid_coupling_banks: Vec<u32>,
    valid_bias_banks: Vec<u32>,
    swaps: u32,
    swap_sweep: u32,
    load_state: String,
    load_words: u32,
    errors: Errors,
}

#[derive(Serialize)]
struct Errors {
    frame_crc: u32,
    frame_format: u32,
    frame_timeout: u32,
    uart: u32,
    address: u32,
    refused: u32,
    load: u32,
}

fn set_bits(word: u32) -> Vec<u32> {
    (0..32).filter(|bit| word >> bit & 1 == 1).collect()
}

impl Status {
    pub fn execute(self) -> Result<(), Failure> {
        let mut host = self.link.open(None)?;
        host.identity().map_err(|e| self.link.failed(e))?;
        let now = host.overview().map_err(|e| self.link.failed(e))?;
        if self.clear_errors {
            host.clear_errors().map_err(|e| self.link.failed(e))?;
        }
        let e = now.errors;
        let report = StatusReport {
            busy: now.status.busy,
            done: now.status.done,
            stopped: now.status.stopped,
            swap_pending: now.status.swap_pending,
            self_test: now.status.self_test,
            sweeps: now.sweeps,
            cycles: now.cycles,
            active: now.banks.active,
            previous: now.banks.previous,
            valid_coupling_banks: set_bits(now.banks.coupling_valid),
            valid_bias_banks: set_bits(now.banks.bias_valid),
            swaps: now.swap.1,
            swap_sweep: now.swap.0,
            load_state: format!("{:?}", now.load.0),
            load_words: now.load.1,
            errors: Errors {
                frame_crc: e.frame_crc,
                frame_format: e.frame_format,
                frame_timeout: e.frame_timeout,
                uart: e.uart,
                address: e.address,
                refused: e.refused,
                load: e.load,
            },
        };
        if self.link.json {
            return output::json(&report);
        }
        let r = &report;
        let doing = match (r.busy, r.done, r.stopped) {
            (true, ..) => "a run is going on",
            (false, _, true) => "idle; the last run was stopped",
            (false, true, false) => "idle; the last run has ended",
            (false, false, false) => "idle; no run since the reset",
        };
        output::line(format!(
            "{doing}: {} sweeps of every replica, {} clocks{}",
            r.sweeps,
            grouped(r.cycles.into()),
            self_test_words(r.self_test)
        ))?;
        let pending = if r.swap_pending { ", a swap is pending" } else { "" };
        output::line(format!(
            "banks (coupling, bias): active {:?}, before {:?}{pending}; valid: coupling {:?}, bias {:?}",
            r.active, r.previous, r.valid_coupling_banks, r.valid_bias_banks
        ))?;
        output::line(format!("load engine: {}, {} words", r.load_state, r.load_words))?;
        output::line(format!(
            "errors: frames {} CRC, {} format, {} broken off; {} characters; {} addresses; {} refusals; {} uploads",
            e.frame_crc, e.frame_format, e.frame_timeout, e.uart, e.address, e.refused, e.load
        ))
    }
}

/// Make a pair of banks the active one, at the end of the current sweep where a run is going on.
#[derive(clap::Args)]
pub struct Swap {
    /// Coupling bank.
    #[arg(long, value_name = "B")]
    coupling_bank: u32,
    /// Bias bank.
    #[arg(long, value_name = "B")]
    bias_bank: u32,
    #[command(flatten)]
    link: Link,
}

#[derive(Serialize)]
struct SwapReport {
    coupling_bank: u32,
    bias_bank: u32,
    /// The swap waits for the next sweep boundary.
    pending: bool,
}

fn swapped(link: &Link, pair: (u32, u32), active: bool) -> Result<(), Failure> {
    let report = SwapReport { coupling_bank: pair.0, bias_bank: pair.1, pending: !active };
    if link.json {
        return output::json(&report);
    }
    let how = if active { "active" } else { "active from the next sweep boundary on" };
    output::line(format!("banks (coupling, bias) {pair:?} are {how}"))
}

impl Swap {
    pub fn execute(self) -> Result<(), Failure> {
        let pair = (self.coupling_bank, self.bias_bank);
        let mut host = self.link.open(None)?;
        let active = host.identity().and_then(|_| host.swap(pair)).map_err(|e| self.link.failed(e))?;
        swapped(&self.link, pair, active)
    }
}

/// Swap back to the pair that was active before the last swap.
#[derive(clap::Args)]
pub struct RollBack {
    #[command(flatten)]
    link: Link,
}

impl RollBack {
    pub fn execute(self) -> Result<(), Failure> {
        let mut host = self.link.open(None)?;
        let (pair, active) =
            host.identity().and_then(|_| host.roll_back()).map_err(|e| self.link.failed(e))?;
        swapped(&self.link, pair, active)
    }
}

/// Hold p-bits for the runs to come (`board run --keep-clamps`); all others are free.
#[derive(clap::Args)]
pub struct Clamp {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// Held p-bits, such as 0=1,40=0; without it none is held.
    #[arg(long, value_name = "LIST")]
    hold: Option<String>,
    /// The image that the active banks hold; an addressed machine needs it.
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    #[command(flatten)]
    link: Link,
}

#[derive(Serialize)]
struct ClampReport {
    held: usize,
}

impl Clamp {
    pub fn execute(self) -> Result<(), Failure> {
        let placed = Placed::read(&self.machine, self.image.as_deref())?;
        let clamps = clamps_of(self.hold.as_deref(), placed.p_bits())?;
        let mut host = self.link.open_expecting(&placed.machine)?;
        clamp_writes(&placed, &clamps)
            .iter()
            .try_for_each(|w| host.registers().write(w.address, &w.words))
            .map_err(|e| self.link.failed(e))?;
        let report = ClampReport { held: clamps.iter().flatten().count() };
        if self.link.json {
            return output::json(&report);
        }
        output::line(format!("{} p-bits are held", report.held))
    }
}

/// Read what the last run left.
#[derive(clap::Args)]
pub struct Read {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// The image that the active banks hold; an addressed machine needs it.
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    #[command(flatten)]
    link: Link,
}

#[derive(Serialize)]
struct ReadReport {
    sweeps: u32,
    cycles: u32,
    retained: u32,
    block: u32,
    sums: Vec<i32>,
    signs: String,
    /// By replica; p-bits of the block that ran last.
    spins: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scores: Vec<i32>,
    class: Option<usize>,
    /// Of every replica, where the machine keeps energies: in the image's unit, without --image in steps of the device's fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    energies: Vec<EnergyResult>,
    /// Of a machine with ladders.
    #[serde(skip_serializing_if = "Option::is_none")]
    exchanges: Option<ExchangeResult>,
}

impl Read {
    pub fn execute(self) -> Result<(), Failure> {
        let placed = Placed::read(&self.machine, self.image.as_deref())?;
        let mut host = self.link.open_expecting(&placed.machine)?;
        let failed = |e| self.link.failed(e);
        let before = host.overview().map_err(failed)?;
        let registers = host.registers();
        let retained = registers.read(registers::CONTROL_RETAINED_SO_FAR, 1).map_err(failed)?[0];
        let block = registers.read(registers::CONTROL_BLOCK, 1).map_err(failed)?[0];
        let left = kinds::left(registers, &placed).map_err(failed)?;
        let spins = kinds::spins(registers, &placed).map_err(failed)?;
        let after = host.overview().map_err(failed)?;
        if (after.sweeps, after.cycles, after.swap) != (before.sweeps, before.cycles, before.swap) {
            let lost = spinwright_host::HostError::LostState { during: "results were read" };
            return Err(failed(lost));
        }
        let report = ReadReport {
            sweeps: before.sweeps,
            cycles: before.cycles,
            retained,
            block,
            sums: left.sums,
            signs: spins_to_hex(&left.signs),
            spins: spins.iter().map(|replica| spins_to_hex(replica)).collect(),
            scores: left.scores,
            class: left.class,
            energies: left.energies,
            exchanges: left.exchanges,
        };
        if self.link.json {
            return output::json(&report);
        }
        let r = &report;
        let clocks = grouped(r.cycles.into());
        output::line(format!(
            "{} sweeps of every replica, {} retained, {clocks} clocks",
            r.sweeps, r.retained
        ))?;
        output::line(format!("signs {}", r.signs))?;
        output::line(format!("sums {:?}", r.sums))?;
        if let Some(class) = r.class {
            output::line(format!("class {class}, scores {:?}", r.scores))?;
        }
        for (replica, spins) in r.spins.iter().enumerate() {
            output::line(format!("replica {replica}: spins {spins}"))?;
        }
        for line in known_lines(&r.energies, r.exchanges.as_ref()) {
            output::line(line.trim_start())?;
        }
        Ok(())
    }
}

/// End the run at its next sweep boundary; sums and spins are those after that sweep.
#[derive(clap::Args)]
pub struct Stop {
    #[command(flatten)]
    link: Link,
}

impl Stop {
    pub fn execute(self) -> Result<(), Failure> {
        let mut host = self.link.open(None)?;
        host.identity().and_then(|_| host.stop()).map_err(|e| self.link.failed(e))?;
        if self.link.json {
            return output::json(&serde_json::json!({ "stopped": true }));
        }
        output::line("the run ends at its next sweep boundary")
    }
}
