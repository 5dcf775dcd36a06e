//! Uploads, whole and deliberately broken.

use super::{Client, HostError, HostedMachine, Registers};
use crate::loader::Upload;
use spinwright_contract::load::LoadState;
use spinwright_contract::registers::{self, load_command};

/// Words of the stream in one load frame; the frame's first word is its sequence number.
pub const LOAD_FRAME_WORDS: usize = registers::frame::MAX_WORDS - 1;

/// What a test can do to an upload. A device must refuse every one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadFault {
    /// The announced CRC is not the stream's.
    WrongChecksum,
    /// One bit of one word is flipped on the way.
    FlippedBit,
    /// The announced machine hash is not the device's.
    WrongHash,
    /// The last frame is never sent.
    Truncated,
    /// One frame is sent twice.
    Repeated,
    /// Two frames change places.
    Reordered,
    /// One word more than the bank holds, with a CRC that fits.
    Overrun,
}

impl UploadFault {
    /// Every fault.
    pub const ALL: [UploadFault; 7] = [
        UploadFault::WrongChecksum,
        UploadFault::FlippedBit,
        UploadFault::WrongHash,
        UploadFault::Truncated,
        UploadFault::Repeated,
        UploadFault::Reordered,
        UploadFault::Overrun,
    ];

    /// The state in which the load engine must end.
    pub fn expected(self) -> LoadState {
        match self {
            UploadFault::WrongChecksum | UploadFault::FlippedBit => LoadState::BadCrc,
            UploadFault::WrongHash => LoadState::BadHash,
            UploadFault::Truncated => LoadState::Truncated,
            UploadFault::Repeated | UploadFault::Reordered => LoadState::BadSequence,
            UploadFault::Overrun => LoadState::Overrun,
        }
    }
}

/// Frames of a stream, with their sequence numbers.
fn frames(words: &[u32]) -> Vec<(u32, Vec<u32>)> {
    words.chunks(LOAD_FRAME_WORDS).enumerate().map(|(i, part)| (i as u32, part.to_vec())).collect()
}

impl<R: Registers, M: HostedMachine> Client<R, M> {
    /// Uploads a stream into a bank: begin, frames in sequence, commit. The device checks hash, sequence, length and CRC, and
    /// anything but `Committed` is an error that names the state.
    pub fn upload(&mut self, upload: &Upload, bank: u32) -> Result<(), HostError> {
        let hash = self.hash_words();
        self.begin(upload, bank, upload.crc, hash)?;
        for (sequence, words) in frames(&upload.words) {
            self.frame(upload, bank, sequence, &words)?;
        }
        self.finish(upload, bank)
    }

    /// Announces an upload and begins it.
    pub fn begin(&mut self, upload: &Upload, bank: u32, crc: u32, hash: [u32; 2]) -> Result<(), HostError> {
        let r = self.registers();
        r.write(registers::LOAD_KIND, &[upload.kind.code(), bank, crc, hash[0], hash[1]])?;
        let begun = r.write(registers::LOAD_COMMAND, &[load_command::BEGIN]);
        self.explain(upload, bank, begun)
    }

    /// Sends one frame of a begun upload.
    pub fn frame(
        &mut self,
        upload: &Upload,
        bank: u32,
        sequence: u32,
        words: &[u32],
    ) -> Result<(), HostError> {
        let sent = self.registers().load(sequence, words);
        self.explain(upload, bank, sent)
    }

    /// Commits a begun upload and looks at the result.
    pub fn finish(&mut self, upload: &Upload, bank: u32) -> Result<(), HostError> {
        let committed = self.registers().write(registers::LOAD_COMMAND, &[load_command::COMMIT]);
        self.explain(upload, bank, committed)?;
        match self.load_state()? {
            (LoadState::Committed, _) => Ok(()),
            (state, words) => Err(HostError::UploadRefused { kind: upload.kind, bank, state, words }),
        }
    }

    /// Uploads with a fault and returns the state in which the load engine ended. An error other than the refusal itself is
    /// passed on.
    pub fn upload_with_fault(
        &mut self,
        upload: &Upload,
        bank: u32,
        fault: UploadFault,
    ) -> Result<LoadState, HostError> {
        let (mut crc, mut hash) = (upload.crc, self.hash_words());
        let mut sent = upload.words.clone();
        match fault {
            UploadFault::WrongChecksum => crc ^= 0x8000_0001,
            UploadFault::WrongHash => hash[1] ^= 1,
            UploadFault::FlippedBit => {
                let middle = sent.len() / 2;
                sent[middle] ^= 1 << (middle % 3);
            }
            UploadFault::Overrun => {
                sent.push(0);
                crc = crate::loader::crc_of_words(&sent);
            }
            UploadFault::Truncated | UploadFault::Repeated | UploadFault::Reordered => {}
        }
        let mut parts = frames(&sent);
        let last = parts.len() - 1;
        match fault {
            UploadFault::Truncated => drop(parts.pop()),
            UploadFault::Repeated => parts.insert(last / 2 + 1, parts[last / 2].clone()),
            UploadFault::Reordered => parts.swap(last / 2, (last / 2 + 1).min(last)),
            _ => {}
        }
        let outcome = self.begin(upload, bank, crc, hash).and_then(|()| {
            parts.iter().try_for_each(|(sequence, words)| self.frame(upload, bank, *sequence, words))?;
            self.finish(upload, bank)
        });
        match outcome {
            Ok(()) => Ok(LoadState::Committed),
            Err(HostError::UploadRefused { state, .. }) => Ok(state),
            Err(other) => Err(other),
        }
    }

    /// Turns "refused" into what the load engine says about it.
    fn explain(
        &mut self,
        upload: &Upload,
        bank: u32,
        result: Result<(), HostError>,
    ) -> Result<(), HostError> {
        match result {
            Err(HostError::Refused { action, address }) => match self.load_state()? {
                (LoadState::Receiving | LoadState::Idle | LoadState::Committed, _) => {
                    Err(HostError::Refused { action, address })
                }
                (state, words) => Err(HostError::UploadRefused { kind: upload.kind, bank, state, words }),
            },
            other => other,
        }
    }
}
