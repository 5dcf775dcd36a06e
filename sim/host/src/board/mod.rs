//! What a person asks of a board, over a line that may lose, double or damage anything, from a device that may be reset at any time.
//!
//! Every method ends with what was done, once, or with an error. Where an answer is lost the device's own registers say whether the
//! request was done (contract, section 12, "A lost answer"); where they cannot, the work is done again as a whole, from its seeds
//! on, or the error says so. A device that lost its state on the way is found by marks in registers that a reset clears.

mod load;
mod run;

pub use load::Loaded;
pub use run::{Finished, Job};

use super::client::{Banks, Client, ErrorCounters, IDENTITY_WORDS, RunStatus, load_state};
use super::{HostError, HostedMachine, Registers};
use spinwright_contract::load::LoadState;
use spinwright_contract::registers::{self, command};

/// How often something is begun again as a whole after the line or the device spoiled it.
const RESTARTS: u32 = 4;

/// A board behind its registers.
pub struct Board<R> {
    registers: R,
    /// Marks of this program's runs.
    next_mark: u32,
}

/// What a board says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overview {
    /// Busy, done, stopped, swap pending.
    pub status: RunStatus,
    /// Active, previous and valid banks.
    pub banks: Banks,
    /// Sweeps of every replica completed in the current or last run.
    pub sweeps: u32,
    /// Clocks of the current or last run, modulo 2^32.
    pub cycles: u32,
    /// Sweep number of the last swap, swaps since reset.
    pub swap: (u32, u32),
    /// State of the load engine, words received.
    pub load: (LoadState, u32),
    /// Error counters.
    pub errors: ErrorCounters,
}

impl<R: Registers> Board<R> {
    /// A board behind `registers`. `nonce` should differ from program to program (the time will do): it tells this program's runs from
    /// those of another one on the same board.
    pub fn new(registers: R, nonce: u32) -> Self {
        Self { registers, next_mark: nonce }
    }

    /// The registers, for what has no method here.
    pub fn registers(&mut self) -> &mut R {
        &mut self.registers
    }

    /// A client of this board for what depends on the machine.
    pub fn client<M: HostedMachine>(&mut self, machine: &M) -> Client<&mut R, M> {
        Client::new(&mut self.registers, machine)
    }

    /// The identification page: `IDENT_MAGIC` to `IDENT_INPUT_BUFFERS`.
    ///
    /// # Errors
    /// When nothing answers, or something that is no machine of this contract.
    pub fn identity(&mut self) -> Result<[u32; IDENTITY_WORDS], HostError> {
        let read = self.registers.read(registers::IDENT_MAGIC, IDENTITY_WORDS)?;
        let words: [u32; IDENTITY_WORDS] = read.try_into().expect("as many words as were asked for");
        let expected = [registers::MAGIC, spinwright_contract::CONTRACT_VERSION];
        if words[..2] != expected {
            let fact = format!(
                "IDENT_MAGIC and IDENT_CONTRACT are 0x{:08x} and {}, not 0x{:08x} and {}",
                words[0], words[1], expected[0], expected[1]
            );
            return Err(HostError::WrongMachine { machine: "of any kind".into(), fact });
        }
        Ok(words)
    }

    /// Reads the identification page and compares it with the machine.
    ///
    /// # Errors
    /// When the board is another machine.
    pub fn expect<M: HostedMachine>(&mut self, machine: &M) -> Result<[u32; IDENTITY_WORDS], HostError> {
        self.client(machine).identify().map(|identity| identity.words)
    }

    /// Everything that a board says of its state.
    ///
    /// # Errors
    /// When the line fails.
    pub fn overview(&mut self) -> Result<Overview, HostError> {
        let control = self.registers.read(registers::CONTROL_ACTIVE_COUPLING, 10)?;
        Ok(Overview {
            status: self.status()?,
            banks: Banks {
                active: (control[0], control[1]),
                previous: (control[2], control[3]),
                coupling_valid: control[7],
                bias_valid: control[8],
            },
            sweeps: control[4],
            cycles: control[9],
            swap: (control[5], control[6]),
            load: self.load_state()?,
            errors: self.errors()?,
        })
    }

    /// Busy, done, stopped, swap pending.
    ///
    /// # Errors
    /// When the line fails.
    pub fn status(&mut self) -> Result<RunStatus, HostError> {
        RunStatus::read(&mut self.registers)
    }

    /// Active and previous banks and validity.
    ///
    /// # Errors
    /// When the line fails.
    pub fn banks(&mut self) -> Result<Banks, HostError> {
        Ok(self.overview()?.banks)
    }

    /// The error counters.
    ///
    /// # Errors
    /// When the line fails.
    pub fn errors(&mut self) -> Result<ErrorCounters, HostError> {
        ErrorCounters::read(&mut self.registers)
    }

    /// Ends the run, if there is one, at its next sweep boundary.
    ///
    /// # Errors
    /// When the line fails.
    pub fn stop(&mut self) -> Result<(), HostError> {
        self.repeated_command(command::STOP)
    }

    /// Zeroes the error counters.
    ///
    /// # Errors
    /// When the line fails.
    pub fn clear_errors(&mut self) -> Result<(), HostError> {
        self.repeated_command(command::CLEAR_ERRORS)
    }

    /// Forgets a pending swap.
    ///
    /// # Errors
    /// When the line fails.
    pub fn cancel_swap(&mut self) -> Result<(), HostError> {
        self.repeated_command(command::CANCEL_SWAP)
    }

    /// Swaps to a pair of banks, once. In a running machine the swap may still be pending when this returns: `false` then.
    ///
    /// # Errors
    /// When a bank is not valid or does not exist, a swap is pending already, or the line fails.
    pub fn swap(&mut self, pair: (u32, u32)) -> Result<bool, HostError> {
        self.registers.write(registers::CONTROL_SWAP_COUPLING, &[pair.0, pair.1])?;
        self.swap_command(command::SWAP, pair)
    }

    /// Swaps back to the pair that was active before the last swap, once. Returns that pair, and whether it is active already.
    ///
    /// # Errors
    /// As [`Self::swap`].
    pub fn roll_back(&mut self) -> Result<((u32, u32), bool), HostError> {
        let pair = self.banks()?.previous;
        Ok((pair, self.swap_command(command::ROLL_BACK, pair)?))
    }

    fn swap_command(&mut self, code: u32, pair: (u32, u32)) -> Result<bool, HostError> {
        // A second swap that was asked for while one is pending would be refused; asked for by mistake, it must not be taken for ours.
        let before = self.overview()?;
        for _ in 0..RESTARTS {
            match self.registers.write(registers::CONTROL_COMMAND, &[code]) {
                Ok(()) => {}
                Err(e) if e.outcome_unknown() => {
                    let now = self.overview()?;
                    let begun = now.status.swap_pending && !before.status.swap_pending;
                    if !begun && now.swap.1 == before.swap.1 {
                        continue;
                    }
                }
                Err(e) => return Err(e),
            }
            let now = self.overview()?;
            let valid = now.banks.coupling_valid >> pair.0 & now.banks.bias_valid >> pair.1 & 1 == 1;
            return match (now.status.swap_pending, now.banks.active == pair && valid) {
                (true, _) => Ok(false),
                (false, true) => Ok(true),
                // A reset made (0, 0) active again.
                (false, false) => Err(HostError::LostState { during: "it swapped" }),
            };
        }
        Err(HostError::Unknown {
            what: "a swap",
            help: "look at the active banks with `board status`, then repeat the command",
        })
    }

    /// A command that does nothing more when it is done again.
    fn repeated_command(&mut self, code: u32) -> Result<(), HostError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.registers.write(registers::CONTROL_COMMAND, &[code]) {
                Err(e) if e.outcome_unknown() && tries < RESTARTS => {}
                other => return other,
            }
        }
    }

    fn load_state(&mut self) -> Result<(LoadState, u32), HostError> {
        load_state(&mut self.registers)
    }

    fn one(&mut self, address: u16) -> Result<u32, HostError> {
        Ok(self.registers.read(address, 1)?[0])
    }
}
