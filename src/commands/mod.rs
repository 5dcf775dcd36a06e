//! One file per command.

mod doctor;
mod inspect;
mod train;

use crate::failure::Failure;
use clap::Subcommand;

/// What the user asked for.
#[derive(Subcommand)]
pub enum Command {
    /// Train a model for a machine.
    Train(train::Train),
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
            Command::Inspect(command) => command.execute(),
            Command::Doctor(command) => command.execute(),
        }
    }
}
