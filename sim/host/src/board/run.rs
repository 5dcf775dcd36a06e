//! Runs that are made as asked for, once, with everything the host chose, or not at all.

use super::{Board, RESTARTS};
use crate::client::RunStatus;
use crate::loader::RegisterWrite;
use crate::{HostError, Registers};
use spinwright_contract::registers::{self, command};

/// A run to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What is written before it: inputs, clamps, table selects, start, and where the streams and spins begin.
    pub writes: Vec<RegisterWrite>,
    /// The writes place everything that the run depends on (streams, and spins unless the start is random): made twice, it is the
    /// same run.
    pub repeatable: bool,
}

/// A run that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub status: RunStatus,
    /// Sweeps of every replica.
    pub sweeps: u32,
    /// Clocks, modulo 2^32.
    pub cycles: u32,
    /// Active pair while it ended.
    pub active: (u32, u32),
    mark: u32,
}

/// Polls begin so many character times apart and become rarer.
const POLL_CHARACTERS: (u32, u32) = (16, 4096);

impl<R: Registers> Board<R> {
    /// Makes a run and waits for its end. `wait` is asked between polls and gives up by returning `false`; the run then goes on.
    ///
    /// # Errors
    /// When the device is busy, refuses the run (its active banks are not valid), loses its state, or the line fails for good.
    pub fn run(&mut self, job: &Job, mut wait: impl FnMut() -> bool) -> Result<Finished, HostError> {
        let mark = self.start(job)?;
        let mut pause = POLL_CHARACTERS.0;
        let status = loop {
            let status = self.status()?;
            if !status.busy {
                break status;
            }
            if !wait() {
                return Err(HostError::GivenUp {
                    what: "a run",
                    help: "it goes on in the board: `board status` shows it, `board stop` ends it, `board read` \
                           reads its results"
                        .into(),
                });
            }
            self.registers.pause(pause)?;
            pause = (2 * pause).min(POLL_CHARACTERS.1);
        };
        let seen = self.overview()?;
        let finished =
            Finished { status, sweeps: seen.sweeps, cycles: seen.cycles, active: seen.banks.active, mark };
        self.still(&finished)?;
        Ok(finished)
    }

    /// Reads results of a run that has ended, and makes sure that they are that run's: the device was not reset, has not run again and
    /// has not swapped meanwhile.
    ///
    /// # Errors
    /// What `read` returns, and when the device has lost the run.
    pub fn results<T>(
        &mut self,
        finished: &Finished,
        read: impl FnOnce(&mut R) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        let results = read(&mut self.registers)?;
        self.still(finished)?;
        Ok(results)
    }

    /// The run's mark stands, it is the last one, and the machine is idle.
    fn still(&mut self, finished: &Finished) -> Result<(), HostError> {
        let lost = HostError::LostState { during: "a run was made and read" };
        let now = self.overview()?;
        let same = now.status.done
            && !now.status.busy
            && now.sweeps == finished.sweeps
            && now.cycles == finished.cycles
            && now.banks.active == finished.active;
        // The mark last: whatever was cleared before, this is cleared too.
        if self.one(registers::LOAD_HASH_LO)? == finished.mark && same { Ok(()) } else { Err(lost) }
    }

    /// Writes the mark and everything else, and starts the run. Returns the mark.
    fn start(&mut self, job: &Job) -> Result<u32, HostError> {
        for _ in 0..RESTARTS {
            let before = self.status()?;
            if before.busy {
                return Err(HostError::Busy { what: "the run" });
            }
            // The hash is read when an upload begins, never later; a reset clears it. 0 is no mark.
            self.next_mark = self.next_mark.wrapping_add(1).max(1);
            let mark = self.next_mark;
            self.registers.write(registers::LOAD_HASH_LO, &[mark])?;
            job.writes.iter().try_for_each(|w| self.registers.write(w.address, &w.words))?;
            match self.registers.write(registers::CONTROL_COMMAND, &[command::RUN]) {
                Ok(()) => return Ok(mark),
                Err(e) if e.outcome_unknown() => {
                    let now = self.status()?;
                    if now.busy || (now.done && !before.done) {
                        return Ok(mark);
                    }
                    if !job.repeatable {
                        return Err(HostError::Unknown {
                            what: "the run command",
                            help: "give a seed (and spins for --start host), so that the run can be made again",
                        });
                    }
                    // Made or not: from its seeds on it is the same run.
                }
                Err(e) => return Err(e),
            }
        }
        Err(HostError::Unknown { what: "the run command", help: "check the cable and repeat the command" })
    }
}
