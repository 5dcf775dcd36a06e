//! Uploads that end whole or not at all, and go on where a broken one ended.

use super::{Board, RESTARTS};
use crate::loader::Upload;
use crate::{HostError, LOAD_FRAME_WORDS, Registers};
use spinwright_contract::MachineHash;
use spinwright_contract::load::{LoadKind, LoadState};
use spinwright_contract::registers::{self, load_command};

/// How an upload went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Words that were in the device already, from an earlier upload of the same stream that broke off.
    pub resumed_at: usize,
    /// How often the upload was begun again.
    pub restarts: u32,
}

/// What one try came to.
enum Try {
    Committed,
    /// The device is not receiving (any more): begin again.
    Again,
}

impl<R: Registers> Board<R> {
    /// Fills a bank. An upload of the same stream into the same bank that broke off, in this program or an earlier one, is taken up
    /// where it ended. `progress` hears the words that are in the device, and ends the upload by returning `false`: it can be taken
    /// up again later.
    ///
    /// # Errors
    /// When the device refuses (another machine's hash, the active bank, a bank that does not exist, a schedule that is too long),
    /// the line fails for good, or `progress` ends it. The bank is then not valid, unless it was and the upload never began.
    pub fn load(
        &mut self,
        upload: &Upload,
        bank: u32,
        hash: MachineHash,
        mut progress: impl FnMut(usize) -> bool,
    ) -> Result<Loaded, HostError> {
        let mut loaded = Loaded { resumed_at: self.resumable(upload, bank)?, restarts: 0 };
        let mut next = loaded.resumed_at;
        if next == 0 {
            self.begin(upload, bank, hash)?;
        }
        loop {
            match self.transfer(upload, bank, next, &mut progress)? {
                Try::Committed => return Ok(loaded),
                Try::Again if loaded.restarts < RESTARTS => {}
                Try::Again => return Err(self.refusal(upload, bank)?),
            }
            loaded.restarts += 1;
            next = 0;
            self.begin(upload, bank, hash)?;
        }
    }

    /// Words of this upload that the device has already, 0 when it is not receiving it.
    fn resumable(&mut self, upload: &Upload, bank: u32) -> Result<usize, HostError> {
        // LOAD_KIND to LOAD_HASH_HI, then LOAD_SEQUENCE, and LOAD_STATE, LOAD_WORDS.
        let announced = self.registers.read(registers::LOAD_KIND, 4)?;
        let ours = [upload.kind.code(), bank, upload.crc, mark(upload, bank)];
        let words = self.received(upload)?;
        Ok(if announced == ours { words.unwrap_or(0) } else { 0 })
    }

    /// Words that the device has, if it is receiving and they are a whole number of frames.
    fn received(&mut self, upload: &Upload) -> Result<Option<usize>, HostError> {
        let sequence = self.one(registers::LOAD_SEQUENCE)? as usize;
        let (state, words) = self.load_state()?;
        let whole = words as usize == (sequence * LOAD_FRAME_WORDS).min(upload.words.len());
        Ok((state == LoadState::Receiving && whole).then_some(words as usize))
    }

    /// Begins an upload, and leaves a mark that says which: kind, bank and hash are read at the begin, so what stands in their
    /// registers afterwards says nothing of what was begun.
    fn begin(&mut self, upload: &Upload, bank: u32, hash: MachineHash) -> Result<(), HostError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let words = [upload.kind.code(), bank, upload.crc, hash.hi(), hash.lo()];
            self.registers.write(registers::LOAD_KIND, &words)?;
            // A begin that was done already does no harm when it is done again: nothing has been received since.
            match self.registers.write(registers::LOAD_COMMAND, &[load_command::BEGIN]) {
                Ok(()) => {}
                Err(e) if e.outcome_unknown() && tries < RESTARTS => continue,
                Err(HostError::Refused { action, address }) => {
                    let (state, words) = self.load_state()?;
                    let lost = self.registers.read(registers::LOAD_KIND, 5)? != words_of(upload, bank, hash);
                    if lost && tries < RESTARTS {
                        // A reset came between the two writes.
                        continue;
                    }
                    return Err(match state {
                        LoadState::BadHash | LoadState::BankActive | LoadState::BadTarget => {
                            HostError::UploadRefused { kind: upload.kind, bank, state, words }
                        }
                        _ => HostError::Refused { action, address },
                    });
                }
                Err(e) => return Err(e),
            }
            return self.registers.write(registers::LOAD_HASH_HI, &[mark(upload, bank)]);
        }
    }

    /// Sends the words from `next` on and commits.
    fn transfer(
        &mut self,
        upload: &Upload,
        bank: u32,
        mut next: usize,
        progress: &mut impl FnMut(usize) -> bool,
    ) -> Result<Try, HostError> {
        let total = upload.words.len();
        let mut lost = 0;
        while next < total {
            if !progress(next) {
                return Err(HostError::GivenUp {
                    what: "the upload",
                    help: format!(
                        "{next} of {total} words are in the board; the same command goes on from there"
                    ),
                });
            }
            let end = total.min(next + LOAD_FRAME_WORDS);
            match self.registers.load((next / LOAD_FRAME_WORDS) as u32, &upload.words[next..end]) {
                Ok(()) => (next, lost) = (end, 0),
                Err(e) if e.outcome_unknown() => {
                    lost += 1;
                    match self.received(upload)? {
                        Some(words) if words == end => (next, lost) = (end, 0),
                        Some(words) if words == next && lost < 2 * RESTARTS => {}
                        Some(words) if words == next => return Err(e),
                        _ => return Ok(Try::Again),
                    }
                }
                // Not receiving: after a reset, or another program began something else.
                Err(HostError::Refused { .. }) => return Ok(Try::Again),
                Err(e) => return Err(e),
            }
        }
        progress(total);
        self.commit(upload, bank)
    }

    fn commit(&mut self, upload: &Upload, bank: u32) -> Result<Try, HostError> {
        // What is committed is what was begun: nobody wrote these registers since, and no reset cleared them.
        if self.registers.read(registers::LOAD_KIND, 4)?
            != [upload.kind.code(), bank, upload.crc, mark(upload, bank)]
        {
            return Ok(Try::Again);
        }
        for _ in 0..RESTARTS {
            match self.registers.write(registers::LOAD_COMMAND, &[load_command::COMMIT]) {
                Ok(()) | Err(HostError::Refused { .. }) => {}
                Err(e) if e.outcome_unknown() => {}
                Err(e) => return Err(e),
            }
            let (state, words) = self.load_state()?;
            let valid = match upload.kind {
                LoadKind::Biases => registers::CONTROL_BIAS_VALID,
                LoadKind::Couplings | LoadKind::Tables => registers::CONTROL_COUPLING_VALID,
            };
            return match state {
                LoadState::Receiving => continue,
                LoadState::Committed
                    if words as usize == upload.words.len() && self.one(valid)? >> bank & 1 == 1 =>
                {
                    Ok(Try::Committed)
                }
                LoadState::BadSchedule => {
                    Err(HostError::UploadRefused { kind: upload.kind, bank, state, words })
                }
                _ => Ok(Try::Again),
            };
        }
        Ok(Try::Again)
    }

    /// Why the last try failed.
    fn refusal(&mut self, upload: &Upload, bank: u32) -> Result<HostError, HostError> {
        let (state, words) = self.load_state()?;
        Ok(match state {
            LoadState::Idle | LoadState::Receiving | LoadState::Committed | LoadState::Aborted => {
                HostError::LostState { during: "a bank was loaded" }
            }
            _ => HostError::UploadRefused { kind: upload.kind, bank, state, words },
        })
    }
}

fn words_of(upload: &Upload, bank: u32, hash: MachineHash) -> [u32; 5] {
    [upload.kind.code(), bank, upload.crc, hash.hi(), hash.lo()]
}

/// Says in `LOAD_HASH_HI`, which a reset clears and a begin reads no more, that this upload was begun.
fn mark(upload: &Upload, bank: u32) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(b"spinwright upload");
    for word in [upload.kind.code(), bank, upload.crc, upload.words.len() as u32] {
        hasher.update(&word.to_le_bytes());
    }
    hasher.finalize()
}
