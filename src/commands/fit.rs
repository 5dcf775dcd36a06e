//! `spinwright fit`: which boards carry a model, and the fastest machine for each.

use crate::boards::megahertz;
use crate::failure::Failure;
use crate::fit::{self, BoardFit, Choice};
use crate::folder::write_file;
use crate::output::{self, grouped};
use serde::Serialize;
use spinwright_contract::{Machine, Problem};
use std::path::PathBuf;

/// Say which boards carry a machine's model, with which lanes, and propose the fastest machine for each.
///
/// Nothing is synthesized: memories are counted in the generated Verilog, logic by a factor that was measured (docs/boards.md says how far off
/// it is). `spinwright synth` has the last word. Exit code 1 when no board carries it.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright fit examples/digits --board hx8k")]
pub struct Fit {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// One board instead of all.
    #[arg(long, value_name = "NAME")]
    board: Option<String>,
    /// Sweeps of an image, over replicas and blocks.
    #[arg(long, value_name = "N", default_value_t = 8)]
    sweeps: u64,
    /// Write the proposed machines, DIR/BOARD/machine.json.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The keys that scripts rely on, in this order.
#[derive(Serialize)]
struct Report {
    machine: String,
    sweeps: u64,
    boards: Vec<BoardFit>,
    out: Option<String>,
}

impl Fit {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let boards = fit::boards(self.board.as_deref())?;
        let machine = Machine::read(&self.machine)?;
        if self.sweeps == 0 {
            let why = "0 was given".to_owned();
            return Err(Problem::new(
                "this option is not possible",
                "option --sweeps",
                why,
                "choose 1 or more",
            )
            .into());
        }
        let machines = fit::measure(&machine)?;
        let fits: Vec<BoardFit> =
            boards.into_iter().map(|board| fit::on_board(board, &machines, self.sweeps)).collect();
        for (fit, out) in fits.iter().filter_map(|fit| self.out.as_ref().map(|out| (fit, out))) {
            let Some(best) = fit.best else { continue };
            let text = match &machines[best].machine {
                Machine::Layered(machine) => serde_json::to_string_pretty(machine.config()),
                Machine::Sparse(machine) => serde_json::to_string(machine.config()),
            };
            let text = text.expect("a configuration is always valid JSON") + "\n";
            write_file(&out.join(fit.board).join("machine.json"), text.as_bytes())?;
        }
        let nowhere = fits.iter().all(|fit| fit.best.is_none());
        let report = Report {
            machine: machine.name().to_owned(),
            sweeps: self.sweeps,
            boards: fits,
            out: self.out.map(|out| out.display().to_string()),
        };
        if self.json {
            output::json(&report)?
        } else {
            output::line(text(&report).join("\n"))?
        }
        if nowhere {
            return Err(Failure::Check(format!("{} fits none of these boards", report.machine)));
        }
        Ok(())
    }
}

fn text(report: &Report) -> Vec<String> {
    let mut lines =
        vec![format!("{}: estimates, see docs/boards.md; {} sweeps an image", report.machine, report.sweeps)];
    for fit in &report.boards {
        let lanes = |fits: bool| -> String {
            let list: Vec<String> =
                fit.choices.iter().filter(|c| c.fits == fits).map(|c| c.lanes.to_string()).collect();
            if list.is_empty() { "none".to_owned() } else { list.join(", ") }
        };
        lines.push(format!(
            "{} ({}): lanes that fit: {}; too large: {}",
            fit.board,
            fit.part,
            lanes(true),
            lanes(false)
        ));
        lines.push(match fit.best {
            Some(best) => format!("  {}", choice(&fit.choices[best], fit.logic_unit)),
            None => {
                let smallest = fit.choices.iter().min_by_key(|choice| choice.logic);
                let needs = smallest.map(|smallest| choice(smallest, fit.logic_unit)).unwrap_or_default();
                format!("  does not fit; the smallest: {needs}")
            }
        });
    }
    lines
}

fn choice(choice: &Choice, unit: &str) -> String {
    let speed = match choice.images_per_second {
        Some(images) => format!("{images:.0} images per second"),
        None => format!("{:.1} million updates per second", choice.updates_per_second / 1e6),
    };
    format!(
        "{} lanes: about {} of {} {unit}, {} of {} block RAMs, {speed} at {} MHz",
        choice.lanes,
        grouped(choice.logic),
        grouped(choice.logic_available),
        grouped(choice.block_rams),
        grouped(choice.block_rams_available),
        megahertz(choice.clock_hz)
    )
}
