//! `spinwright generate`: from a machine to Verilog.

use crate::failure::Failure;
use crate::generated::Generated;
use crate::output;
use serde::Serialize;
use spinwright_contract::{Machine, Port};
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
    /// What a host reaches the registers through; docs/integration.md describes them.
    #[arg(long, value_enum, default_value_t = PortName::Uart)]
    port: PortName,
    /// Write nothing; exit code 1 when the folder does not hold exactly what would be written.
    #[arg(long)]
    check: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The ports by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PortName {
    /// Frames on a serial line.
    Uart,
    /// AXI4-Lite, with an interrupt.
    #[value(name = "axi4-lite")]
    Axi4Lite,
    /// Wishbone B4 classic, with an interrupt.
    Wishbone,
    /// AXI4-Lite, with an interrupt, and AXI4-Stream for inputs and results.
    #[value(name = "axi4-stream")]
    Axi4Stream,
    /// The UART's frames over SPI, mode 0.
    Spi,
}

impl From<PortName> for Port {
    fn from(name: PortName) -> Self {
        match name {
            PortName::Uart => Self::Uart,
            PortName::Axi4Lite => Self::Axi4Lite,
            PortName::Wishbone => Self::Wishbone,
            PortName::Axi4Stream => Self::Axi4Stream,
            PortName::Spi => Self::Spi,
        }
    }
}

#[derive(Serialize)]
struct Summary<'a> {
    name: &'a str,
    top: &'a str,
    core: &'a str,
    port: Port,
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
        let port = Port::from(self.port);
        let generated = Generated::with_port(&Machine::read(&self.machine)?, port)?;
        let out = self.out.display();
        let checked = if self.check {
            let option = if port.is_uart() { String::new() } else { format!(" --port {}", port.name()) };
            let repair = format!("spinwright generate {} --out {out}{option}", self.machine.display());
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
                port,
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
