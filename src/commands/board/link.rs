//! The port: its options, opening it, and what its errors come to.

use crate::failure::Failure;
use spinwright_contract::{Machine, Problem};
use spinwright_host::board::Board;
use spinwright_host::{FramedPort, HostError, SerialLine};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A board on a serial line.
pub type Host = Board<FramedPort<SerialLine>>;

/// How often a request is sent at most.
const ATTEMPTS: u32 = 5;
/// The baud rate of a machine that does not say another.
const BAUD: u32 = 1_000_000;

/// Where the board is.
#[derive(Debug, Clone, clap::Args)]
pub struct Link {
    /// Serial port of the board, such as /dev/ttyUSB0, or the path that `spinwright simulate` prints.
    #[arg(long, value_name = "PATH")]
    port: String,
    /// Baud rate [default: the machine's, else 1000000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(300..=100_000_000))]
    baud: Option<u32>,
    /// An answer counts as lost after so many milliseconds of silence.
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    timeout_ms: u64,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

impl Link {
    /// Opens the port.
    pub fn open(&self, machine: Option<&Machine>) -> Result<Host, Failure> {
        let own = machine.map(|machine| machine.timing().baud);
        let baud = self.baud.or(own.and_then(|baud| u32::try_from(baud).ok())).unwrap_or(BAUD);
        let line = SerialLine::open(&self.port, baud, Duration::from_millis(self.timeout_ms))
            .map_err(|error| Problem::from(error).within(format!("option --port {}", self.port)))?;
        // Programs that follow one another begin with other tags and marks.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let nonce = now.subsec_nanos() ^ (now.as_secs() as u32).rotate_left(20) ^ std::process::id();
        let framed = FramedPort::new(line).after_others(nonce as u8).with_attempts(ATTEMPTS);
        Ok(Board::new(framed, nonce))
    }

    /// Opens the port of a board that must be this machine.
    pub fn open_expecting(&self, machine: &Machine) -> Result<Host, Failure> {
        let mut host = self.open(Some(machine))?;
        match machine {
            Machine::Layered(m) => host.expect(m),
            Machine::Sparse(m) => host.expect(m),
        }
        .map_err(|error| self.failed(error))?;
        Ok(host)
    }

    /// What an error of the board is to the user: exit code 1, or 130 where Ctrl-C made it.
    pub fn failed(&self, error: HostError) -> Failure {
        let given_up = matches!(error, HostError::GivenUp { .. }) && crate::interrupt::requested();
        let problem = Problem::from(error).within(&self.port);
        if given_up { Failure::Interrupted(problem.to_string()) } else { Failure::Check(problem.to_string()) }
    }
}
