//! `spinwright synth`: from a machine to a board's bitstream, with a report.

use crate::bitstream::Contents;
use crate::boards::Board;
use crate::failure::Failure;
use crate::output;
use crate::synth::{self, Filling, Request, Until};
use spinwright_contract::config::Timing;
use spinwright_contract::{Machine, Problem};
use std::path::PathBuf;

/// Synthesize, place, route and pack a machine for a board, and report area, clock and speed.
///
/// Exit code 1, with a report and without a bitstream, when the machine does not fit or misses the board's clock plan.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright synth examples/digits --board hx8k --out out/digits-hx8k")]
pub struct Synth {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// The board, see docs/boards.md; an unknown name lists them.
    #[arg(long, value_name = "NAME")]
    board: String,
    /// Folder for Verilog, pins, logs, report.json and the bitstream [default: out/synth/MACHINE-BOARD].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where to end.
    #[arg(long, value_enum, default_value = "pack")]
    until: Until,
    /// Seed of placement.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Try so many seeds from --seed on until one meets the clock; each takes another place and route.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// The machine's clock in Hz instead of the board's clock plan.
    #[arg(long, value_name = "HZ")]
    clock: Option<u64>,
    /// Baud rate of the UART instead of the machine's own.
    #[arg(long)]
    baud: Option<u64>,
    /// Sweeps of an image in the report, over replicas and blocks.
    #[arg(long, value_name = "N", default_value_t = 8)]
    sweeps: u64,
    /// Make a bitstream that `patch` can fill: the machine takes a model from it at power-on, and the map of its memories is kept
    /// beside it. iCE40, ECP5 and Gowin; for Xilinx Vivado's script writes the map, design.mmi, for updatemem.
    #[arg(long)]
    patchable: bool,
    /// The machine tests itself at power-on: one run of the model in its banks (0, 0), compared with a signature that `patch` or --image
    /// put beside it. With --patchable or --image.
    #[arg(long)]
    self_test: bool,
    /// Put this model's folder or image into the bitstream at once, instead of placeholders; implies --patchable, without a map.
    #[arg(long, value_name = "MODEL|IMAGE")]
    image: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Synth {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let board = Board::find(&self.board)?;
        let mut machine = Machine::read(&self.machine)?;
        if self.self_test {
            machine = self.with_self_test(&machine)?;
        }
        let out = self
            .out
            .unwrap_or_else(|| PathBuf::from("out/synth").join(format!("{}-{}", machine.name(), board.name)));
        let filling = match &self.image {
            Some(source) => {
                let Machine::Layered(machine) = &machine else {
                    return Err(sparse_filling().into());
                };
                let mut contents = Contents::empty(machine);
                super::patch::fill(&mut contents, machine, super::patch::image(source, machine)?, 0, 0)?;
                Some(Filling::Model(Box::new(contents)))
            }
            None if self.patchable && matches!(machine, Machine::Sparse(_)) => {
                return Err(sparse_filling().into());
            }
            None => self.patchable.then_some(Filling::Placeholders),
        };
        let request = Request {
            board,
            clock_hz: self.clock,
            baud: self.baud,
            out,
            until: self.until,
            seed: self.seed,
            seeds: self.seeds,
            sweeps: self.sweeps,
            filling,
        };
        let report = synth::run(&machine, &request)?;
        if self.json {
            output::json(&report)?;
        } else {
            output::line(report.lines().join("\n"))?;
        }
        synth::failure(&report).map_or(Ok(()), |text| Err(Failure::Check(text)))
    }
}

impl Synth {
    fn with_self_test(&self, machine: &Machine) -> Result<Machine, Problem> {
        if matches!(machine, Machine::Sparse(_)) {
            return Err(sparse_filling());
        }
        if !self.patchable && self.image.is_none() {
            return Err(Problem::new(
                "there is no model that a self-test could run",
                "option --self-test",
                "it runs the model that the bitstream brings, and neither --patchable nor --image was given",
                "add --patchable, and fill the bitstream with `spinwright patch`",
            ));
        }
        machine.with_timing(Timing { power_on: true, self_test: true, ..machine.timing() })
    }
}

fn sparse_filling() -> Problem {
    Problem::new(
        "models of sparse machines cannot be put into a bitstream",
        "option --patchable or --image with a machine of kind wired",
        "only layered machines take a model at power-on",
        "leave the option out and load the model over the UART",
    )
}
