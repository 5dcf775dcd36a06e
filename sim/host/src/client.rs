//! The host's commands, one method each.

use super::{HostError, HostedMachine, Registers};
use spinwright_contract::ValidConfig;
use spinwright_contract::load::LoadState;
use spinwright_contract::registers::{self, command, load_command, status};

/// A device seen from the host. What depends on the kind of machine stands beside each kind.
pub struct Client<R, M: HostedMachine = ValidConfig> {
    pub(super) registers: R,
    pub(super) machine: M,
    pub(super) map: M::Map,
}

/// Words of the identification page.
pub(super) const IDENTITY_WORDS: usize = 20;
/// Index of the capability bits in it.
const CAPABILITIES: usize = 4;
/// The capability bits that have a meaning; more may come.
const KNOWN_CAPABILITIES: u32 = 0x3_7fff;

/// Identification page of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// `IDENT_MAGIC` to `IDENT_INPUT_BUFFERS`.
    pub words: [u32; IDENTITY_WORDS],
}

/// `CONTROL_STATUS`, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunStatus {
    /// A run is going on.
    pub busy: bool,
    /// The last run ended.
    pub done: bool,
    /// It was ended by a stop.
    pub stopped: bool,
    /// A swap waits for the next sweep boundary.
    pub swap_pending: bool,
    /// Whether the self-test at power-on passed; nothing when there was none.
    pub self_test: Option<bool>,
}

/// Which banks are read, which were read before, which are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Banks {
    /// Active coupling and bias bank.
    pub active: (u32, u32),
    /// The pair before the last swap.
    pub previous: (u32, u32),
    /// Bit b: coupling bank b is valid.
    pub coupling_valid: u32,
    /// Bit b: bias bank b is valid.
    pub bias_valid: u32,
}

/// The device's error counters; each stops at 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorCounters {
    /// Frames with a wrong CRC.
    pub frame_crc: u32,
    /// Frames with an unknown operation or count.
    pub frame_format: u32,
    /// Accesses to addresses that do not exist or not in that direction.
    pub address: u32,
    /// Refused commands and accesses.
    pub refused: u32,
    /// Refused uploads.
    pub load: u32,
    /// Frames dropped because the next character did not come.
    pub frame_timeout: u32,
    /// Characters without a stop bit.
    pub uart: u32,
}

impl RunStatus {
    /// Reads it from a device.
    pub(super) fn read(registers: &mut impl Registers) -> Result<Self, HostError> {
        let word = registers.read(registers::CONTROL_STATUS, 1)?[0];
        Ok(Self {
            busy: word & status::BUSY != 0,
            done: word & status::DONE != 0,
            stopped: word & status::STOPPED != 0,
            swap_pending: word & status::SWAP_PENDING != 0,
            self_test: match word & (status::SELF_TEST_PASSED | status::SELF_TEST_FAILED) {
                0 => None,
                word => Some(word == status::SELF_TEST_PASSED),
            },
        })
    }
}

impl ErrorCounters {
    /// Reads them from a device.
    pub(super) fn read(registers: &mut impl Registers) -> Result<Self, HostError> {
        let w = registers.read(registers::ERROR_FRAME_CRC, 7)?;
        Ok(Self {
            frame_crc: w[0],
            frame_format: w[1],
            address: w[2],
            refused: w[3],
            load: w[4],
            frame_timeout: w[5],
            uart: w[6],
        })
    }
}

/// Reads the state of the load engine and the words it has received.
pub(super) fn load_state(registers: &mut impl Registers) -> Result<(LoadState, u32), HostError> {
    let words = registers.read(registers::LOAD_STATE, 2)?;
    let state = LoadState::from_code(words[0]).ok_or(HostError::UnknownLoadState(words[0]))?;
    Ok((state, words[1]))
}

impl<R: Registers, M: HostedMachine> Client<R, M> {
    /// A client for a device that should be `machine`.
    pub fn new(registers: R, machine: &M) -> Self {
        Self { registers, machine: machine.clone(), map: machine.map() }
    }

    /// The registers, for what has no method here.
    pub fn registers(&mut self) -> &mut R {
        &mut self.registers
    }

    /// The machine that the device should be.
    pub fn machine(&self) -> &M {
        &self.machine
    }

    pub(super) fn hash_words(&self) -> [u32; 2] {
        [self.machine.hash().hi(), self.machine.hash().lo()]
    }

    fn command(&mut self, code: u32) -> Result<(), HostError> {
        self.registers.write(registers::CONTROL_COMMAND, &[code])
    }

    pub(super) fn one(&mut self, address: u16) -> Result<u32, HostError> {
        Ok(self.registers.read(address, 1)?[0])
    }

    /// Reads the identification page and compares every word with the machine.
    pub fn identify(&mut self) -> Result<Identity, HostError> {
        let words: [u32; IDENTITY_WORDS] = self
            .registers
            .read(registers::IDENT_MAGIC, IDENTITY_WORDS)?
            .try_into()
            .expect("a read returns as many words as were asked for");
        for (i, expected) in self.machine.identity().into_iter().enumerate() {
            let mask = if i == CAPABILITIES { KNOWN_CAPABILITIES } else { u32::MAX };
            if words[i] & mask != expected {
                let name = registers::ALL[i].name;
                return Err(HostError::WrongMachine {
                    machine: self.machine.name().to_string(),
                    fact: format!("{name} is 0x{:08x}, 0x{expected:08x} is expected", words[i]),
                });
            }
        }
        Ok(Identity { words })
    }

    /// Starts a run.
    pub fn run(&mut self) -> Result<(), HostError> {
        self.command(command::RUN)
    }

    /// Ends the run at the next sweep boundary.
    pub fn stop(&mut self) -> Result<(), HostError> {
        self.command(command::STOP)
    }

    /// Requests a swap to a pair of banks.
    pub fn swap(&mut self, coupling: u32, bias: u32) -> Result<(), HostError> {
        self.registers.write(registers::CONTROL_SWAP_COUPLING, &[coupling, bias])?;
        self.command(command::SWAP)
    }

    /// Requests a swap back to the previous pair.
    pub fn roll_back(&mut self) -> Result<(), HostError> {
        self.command(command::ROLL_BACK)
    }

    /// Forgets a pending swap.
    pub fn cancel_swap(&mut self) -> Result<(), HostError> {
        self.command(command::CANCEL_SWAP)
    }

    /// Zeroes the error counters.
    pub fn clear_errors(&mut self) -> Result<(), HostError> {
        self.command(command::CLEAR_ERRORS)
    }

    /// Gives up a begun upload.
    pub fn abort_upload(&mut self) -> Result<(), HostError> {
        self.registers.write(registers::LOAD_COMMAND, &[load_command::ABORT])
    }

    /// State of the load engine and the words it has received.
    pub fn load_state(&mut self) -> Result<(LoadState, u32), HostError> {
        load_state(&mut self.registers)
    }

    /// Busy, done, stopped, swap pending.
    pub fn status(&mut self) -> Result<RunStatus, HostError> {
        RunStatus::read(&mut self.registers)
    }

    /// Polls until no run is going on.
    pub fn wait_until_idle(&mut self, polls: u32) -> Result<RunStatus, HostError> {
        for _ in 0..polls {
            let status = self.status()?;
            if !status.busy {
                return Ok(status);
            }
            self.registers.pause(16)?;
        }
        Err(HostError::StillWaiting {
            what: "the end of a run",
            polls,
            help: "send stop, or allow more polls for a schedule of this length",
        })
    }

    /// Active and previous banks and validity.
    pub fn banks(&mut self) -> Result<Banks, HostError> {
        let pairs = self.registers.read(registers::CONTROL_ACTIVE_COUPLING, 4)?;
        let valid = self.registers.read(registers::CONTROL_COUPLING_VALID, 2)?;
        Ok(Banks {
            active: (pairs[0], pairs[1]),
            previous: (pairs[2], pairs[3]),
            coupling_valid: valid[0],
            bias_valid: valid[1],
        })
    }

    /// Sweeps of every replica completed in this run.
    pub fn sweep_number(&mut self) -> Result<u32, HostError> {
        self.one(registers::CONTROL_SWEEP_NUMBER)
    }

    /// Sweep number at which the last swap took effect, and the number of swaps since reset.
    pub fn swap_sweep(&mut self) -> Result<(u32, u32), HostError> {
        let words = self.registers.read(registers::CONTROL_SWAP_SWEEP, 2)?;
        Ok((words[0], words[1]))
    }

    /// Clocks of the current or last run, modulo 2^32.
    pub fn cycles(&mut self) -> Result<u32, HostError> {
        self.one(registers::CONTROL_CYCLES)
    }

    /// Sweeps retained since the last swap or start.
    pub fn retained_so_far(&mut self) -> Result<u32, HostError> {
        self.one(registers::CONTROL_RETAINED_SO_FAR)
    }

    /// The block that runs, or that ran last.
    pub fn block(&mut self) -> Result<u32, HostError> {
        self.one(registers::CONTROL_BLOCK)
    }

    /// The error counters.
    pub fn errors(&mut self) -> Result<ErrorCounters, HostError> {
        ErrorCounters::read(&mut self.registers)
    }
}
