//! `spinwright generate`: from a machine to Verilog.

use crate::failure::Failure;
use crate::generated::Generated;
use crate::output;
use serde::Serialize;
use spinwright_contract::Machine;
use std::path::PathBuf;

/// Write a machine's Verilog and its manifest.json, or check that they are up to date.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright generate examples/digits --out generated/digits --check")]
pub struct Generate {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// Folder for the files.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write nothing; exit code 1 when the folder does not hold exactly what would be written.
    #[arg(long)]
    check: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Summary<'a> {
    name: &'a str,
    top: &'a str,
    core: &'a str,
    p_bits: usize,
    machine_hash: &'a str,
    out: String,
    files: usize,
    /// With --check: whether the folder holds exactly these files.
    up_to_date: bool,
    estimate: serde_json::Map<String, serde_json::Value>,
}

impl Generate {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let generated = Generated::of(&Machine::read(&self.machine)?)?;
        let out = self.out.display();
        let checked = if self.check {
            let repair = format!("spinwright generate {} --out {out}", self.machine.display());
            generated.check(&self.out, &repair)
        } else {
            generated.write(&self.out)?;
            Ok(())
        };
        let facts = generated.facts();
        if self.json {
            output::json(&Summary {
                name: facts.name,
                top: facts.top,
                core: facts.core,
                p_bits: facts.p_bits,
                machine_hash: facts.machine_hash,
                out: out.to_string(),
                files: facts.files,
                up_to_date: checked.is_ok(),
                estimate: facts.estimate.into_iter().map(|(what, value)| (what, value.into())).collect(),
            })?;
        } else if checked.is_ok() {
            let done = if self.check { "up to date" } else { "written" };
            output::line(format!(
                "{out}: {} Verilog files and manifest.json {done}; top {}, {} p-bits",
                facts.files, facts.top, facts.p_bits
            ))?;
        }
        checked.map_err(|problem| Failure::Check(problem.to_string()))
    }
}
