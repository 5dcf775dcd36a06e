//! `spinwright registers`: the register map for other tools.

use crate::failure::Failure;
use crate::output;
use crate::registers::Format;

/// Print the register map as a C header, SystemRDL, Verilog, JSON or a page of the manual.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright registers --format c")]
pub struct Registers {
    /// What it is written as.
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
    /// Print one JSON object, as `--format json` does.
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl Registers {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let format = if self.json { Format::Json } else { self.format };
        output::bytes(format.text().as_bytes())
    }
}
