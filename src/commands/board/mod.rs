//! `spinwright board`: a board, or a simulated one, over its serial port.

mod kinds;
mod link;
mod load;
mod run;
mod show;

use crate::failure::Failure;
use clap::Subcommand;

/// Speak to a board over its serial port: identify, load, swap, run, read.
///
/// Every command ends with what was done, or with an error that says what to do; nothing is left half done without a word. A simulated
/// board (`spinwright simulate`) is spoken to in the same way. docs/host.md has the protocol.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright board identify examples/digits --port /dev/ttyUSB0\n  spinwright board load examples/digits --image \
                  out/digits.image --swap --port /dev/ttyUSB0\n  spinwright board run examples/digits --image out/digits.image --digits --images 10 \
                  --compare --port /dev/ttyUSB0 --json"
)]
pub struct Board {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say which machine the board is.
    Identify(show::Identify),
    /// Show the run, banks, load engine and error counters.
    Status(show::Status),
    /// Write an image into banks of the board.
    Load(load::Load),
    /// Make a pair of banks the active one.
    Swap(show::Swap),
    /// Swap back to the pair that was active before.
    RollBack(show::RollBack),
    /// Hold p-bits for the runs to come.
    Clamp(show::Clamp),
    /// Make runs and read their results.
    Run(Box<run::Run>),
    /// Read what the last run left.
    Read(show::Read),
    /// End the run at its next sweep boundary.
    Stop(show::Stop),
    /// Write an image's load streams as JSON, for hosts in other languages.
    Streams(load::StreamsOf),
}

impl Board {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        match self.action {
            Action::Identify(action) => action.execute(),
            Action::Status(action) => action.execute(),
            Action::Load(action) => action.execute(),
            Action::Swap(action) => action.execute(),
            Action::RollBack(action) => action.execute(),
            Action::Clamp(action) => action.execute(),
            Action::Run(action) => action.execute(),
            Action::Read(action) => action.execute(),
            Action::Stop(action) => action.execute(),
            Action::Streams(action) => action.execute(),
        }
    }
}
