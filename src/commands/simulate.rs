//! `spinwright simulate`: the machine in Verilator, behind a pseudo-terminal.

use crate::failure::Failure;
use crate::interrupt::{self, Cooperative};
use crate::output;
use serde::Serialize;
use serialport::{SerialPort, TTYPort};
use spinwright_contract::config::Timing;
use spinwright_contract::{Machine, Problem};
use spinwright_sim::host::{Port, PortError};
use spinwright_sim::verilator::{Harness, HarnessKind, Purpose, SimError, Sources, Tool, UartDevice, build};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// As few clocks per bit as a machine may have: nothing but the line's speed depends on it.
const CLOCKS_PER_BIT: u64 = 4;
/// While somebody speaks or has just spoken, the simulation goes on in steps of so many character times.
const STEP_CHARACTERS: u32 = 8;
/// For so long after the last character the simulation goes on; then time stands still until somebody speaks.
const AWAKE: Duration = Duration::from_millis(100);
/// How long a sleeping simulation waits before it looks for Ctrl-C.
const NAP: Duration = Duration::from_millis(50);

/// Simulate a machine behind a pseudo-terminal: a board without copper.
///
/// Prints the path of the terminal; `spinwright board` takes it as --port. What runs is the generated Verilog, in Verilator, with a UART of
/// four clocks per bit. Ctrl-C ends it. While nobody has spoken for a moment the simulation's time stands still.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright simulate examples/digits --link out/board\n  spinwright board status --port out/board"
)]
pub struct Simulate {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// Make a symbolic link to the terminal here, and remove it at the end.
    #[arg(long, value_name = "PATH")]
    link: Option<PathBuf>,
    /// End when nobody has spoken for so many seconds.
    #[arg(long, value_name = "SECONDS")]
    idle: Option<u64>,
    /// Print one JSON object, when the board listens.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listening<'a> {
    machine: &'a str,
    machine_hash: String,
    port: &'a str,
    link: Option<&'a Path>,
}

/// Removes the link when the simulation ends.
struct Link<'a>(&'a Path);

impl Drop for Link<'_> {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = std::fs::remove_file(self.0);
    }
}

impl Simulate {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let machine = fast(&Machine::read(&self.machine)?)?;
        let trouble = |what: &str, error: &dyn std::fmt::Display| {
            Failure::Check(format!(
                "error: {what}\n  why: {error}\n  help: does this system have pseudo-terminals?"
            ))
        };
        let (mut board, host_end) =
            TTYPort::pair().map_err(|e| trouble("no pseudo-terminal could be made", &e))?;
        let path = host_end.name().unwrap_or_default();
        let _link = self.link.as_deref().map(|link| make_link(&path, link)).transpose()?;
        let mut device = start(&machine)?;
        if self.json {
            output::json(&Listening {
                machine: machine.name(),
                machine_hash: machine.hash().to_string(),
                port: &path,
                link: self.link.as_deref(),
            })?;
        } else {
            let link = self.link.as_ref().map_or(String::new(), |l| format!(" (link {})", l.display()));
            output::line(format!(
                "the simulated board {} is at {path}{link}; Ctrl-C ends it",
                machine.name()
            ))?;
        }
        let cooperative = Cooperative::begin();
        let ended = serve(&mut board, &mut device, self.idle.map(Duration::from_secs));
        drop(cooperative);
        // The terminal stays open until here: programs that still hold it would see it vanish.
        drop(host_end);
        ended.map_err(|e| trouble("the simulation broke off", &e))?;
        if !self.json {
            eprintln!("the simulated board is switched off");
        }
        Ok(())
    }
}

/// The machine with a UART of as few clocks per bit as it may have. Its hash and its traces are the same.
fn fast(machine: &Machine) -> Result<Machine, Problem> {
    let timing = machine.timing();
    machine.with_timing(Timing { baud: timing.clock_hz / CLOCKS_PER_BIT, ..timing })
}

fn start(machine: &Machine) -> Result<UartDevice, Failure> {
    let broken = |error: SimError| Failure::Problem(Problem::from(error));
    Tool::Verilator.version().map_err(broken)?;
    eprintln!("building the simulation (seconds to minutes; kept for the next time)");
    let executable = match machine {
        Machine::Layered(m) => {
            let sources = Sources::generate(m).map_err(broken)?;
            build(m, &sources, HarnessKind::Board, Purpose::Short)
        }
        Machine::Sparse(m) => {
            let sources = Sources::generate_sparse(m).map_err(broken)?;
            build(m, &sources, HarnessKind::Board, Purpose::Short)
        }
    }
    .map_err(broken)?;
    Ok(UartDevice::new(Harness::start(&executable, machine.lanes(), None).map_err(broken)?))
}

fn make_link<'a>(port: &str, link: &'a Path) -> Result<Link<'a>, Problem> {
    // A link that an earlier simulation could not remove may be replaced, anything else not.
    if link.is_symlink() {
        let _ = std::fs::remove_file(link);
    }
    if let Some(parent) = link.parent().filter(|p| !p.as_os_str().is_empty()) {
        spinwright_contract::files::create_folder(parent)?;
    }
    std::os::unix::fs::symlink(port, link).map_err(|error| {
        let help = "choose a path where nothing is yet";
        Problem::new("the link cannot be made", link.display().to_string(), error.to_string(), help)
    })?;
    Ok(Link(link))
}

/// Carries characters between terminal and device until Ctrl-C.
fn serve(board: &mut TTYPort, device: &mut UartDevice, idle: Option<Duration>) -> Result<(), PortError> {
    let io = |error: std::io::Error| PortError::Io(error.to_string());
    let (mut buffer, mut last) = ([0; 4096], Instant::now());
    while !interrupt::requested() && idle.is_none_or(|idle| last.elapsed() < idle) {
        let awake = last.elapsed() < AWAKE;
        let wait = if awake { Duration::from_micros(50) } else { NAP };
        board.set_timeout(wait).map_err(|e| PortError::Io(e.to_string()))?;
        let n = match board.read(&mut buffer) {
            Ok(n) => n,
            Err(e) if matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => 0,
            Err(e) => return Err(io(e)),
        };
        if n > 0 {
            last = Instant::now();
            device.send(&buffer[..n])?;
        }
        if awake || n > 0 {
            let answer = device.listen(usize::from(u16::MAX), STEP_CHARACTERS)?;
            if !answer.is_empty() {
                last = Instant::now();
                board.set_timeout(NAP).map_err(|e| PortError::Io(e.to_string()))?;
                match board.write_all(&answer) {
                    // Nobody reads: as on a real line, the characters are gone.
                    Err(e) if e.kind() != ErrorKind::TimedOut => return Err(io(e)),
                    _ => {}
                }
            }
        }
    }
    Ok(())
}
