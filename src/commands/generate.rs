//! `spinwright generate`: from a machine to Verilog.

use crate::failure::Failure;
use crate::{generated, output};
use serde::Serialize;
use spinwright_contract::ValidConfig;
use spinwright_hdl::machine;
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
        let machine = ValidConfig::read(&self.machine)?;
        let generated = machine::generate(&machine)?;
        let out = self.out.display();
        let checked = if self.check {
            let repair = format!("spinwright generate {} --out {out}", self.machine.display());
            generated.check_machine(&self.out, &repair)
        } else {
            generated::write(&generated, &self.out)?;
            Ok(())
        };
        let manifest = &generated.manifest;
        if self.json {
            output::json(&Summary {
                name: &manifest.name,
                top: &manifest.top,
                core: &manifest.core,
                p_bits: manifest.p_bits,
                machine_hash: &manifest.machine_hash,
                out: out.to_string(),
                files: manifest.files.len(),
                up_to_date: checked.is_ok(),
                estimate: generated
                    .estimate
                    .rows()
                    .into_iter()
                    .map(|(what, value)| (what, value.into()))
                    .collect(),
            })?;
        } else if checked.is_ok() {
            let done = if self.check { "up to date" } else { "written" };
            output::line(format!(
                "{out}: {} Verilog files and manifest.json {done}; top {}, {} p-bits",
                manifest.files.len(),
                manifest.top,
                manifest.p_bits
            ))?;
        }
        checked.map_err(|problem| Failure::Check(problem.to_string()))
    }
}
