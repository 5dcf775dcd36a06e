//! One file per command.

mod compile;
mod doctor;
mod export;
mod inspect;
mod run;
mod train;

use crate::failure::Failure;
use clap::Subcommand;

/// What the user asked for.
#[derive(Subcommand)]
pub enum Command {
    /// Train a model for a machine.
    Train(train::Train),
    /// Quantize a model and write its bank image.
    Compile(compile::Compile),
    /// Run an image on the bit-exact reference and trace it.
    Run(run::Run),
    /// Write memory contents for other tools: mem, hex, mif, coe, bin.
    Export(export::Export),
    /// Show an image, a machine, a model or a manifest, readable or as JSON.
    Inspect(inspect::Inspect),
    /// Say which outside tools are here and what installs the others.
    Doctor(doctor::Doctor),
}

impl Command {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        match self {
            Command::Train(command) => command.execute(),
            Command::Compile(command) => command.execute(),
            Command::Run(command) => command.execute(),
            Command::Export(command) => command.execute(),
            Command::Inspect(command) => command.execute(),
            Command::Doctor(command) => command.execute(),
        }
    }
}
