//! What can go wrong between host and device, each with the next action.

use super::frame::FrameError;
use spinwright_contract::Problem;
use spinwright_contract::load::{LoadKind, LoadState};
use spinwright_contract::registers;
use thiserror::Error;

/// Failure of the character transport.
#[derive(Debug, Error)]
pub enum PortError {
    /// The device sent nothing for the given number of character times.
    #[error("no answer within {characters} character times ({received} bytes had come)")]
    Timeout {
        /// How long the port waited.
        characters: u32,
        /// Bytes of the response that did arrive.
        received: usize,
    },
    /// The transport itself failed.
    #[error("the port failed: {0}")]
    Io(String),
}

/// Name of a register for messages.
pub(crate) fn register_name(address: u16) -> String {
    let below = registers::ALL.iter().rev().find(|r| r.address <= address);
    match below {
        Some(r) if r.address == address => format!("{} (0x{address:04x})", r.name),
        Some(r) => format!("{} + {} (0x{address:04x})", r.name, address - r.address),
        None => format!("0x{address:04x}"),
    }
}

/// A request that did not succeed.
#[derive(Debug, Error)]
pub enum HostError {
    /// No complete answer.
    #[error("the device did not answer a {action} of {}: {source}\n  help: check the cable, the baud rate and that this machine's bitstream runs", register_name(*.address))]
    NoAnswer {
        /// `read`, `write` or `load`.
        action: &'static str,
        /// Address of the request.
        address: u16,
        /// What the port said.
        source: PortError,
    },
    /// The answer was damaged, after every allowed repetition.
    #[error("the answer to a {action} of {} was damaged {attempts} times: {source}\n  help: lower the baud rate or check the cable", register_name(*.address))]
    Damaged {
        /// `read`, `write` or `load`.
        action: &'static str,
        /// Address of the request.
        address: u16,
        /// How often it was tried.
        attempts: u32,
        /// What was wrong with the last answer.
        source: FrameError,
    },
    /// The device got every copy of a request damaged.
    #[error("the device received a {action} of {} with a wrong CRC {attempts} times\n  help: lower the baud rate or check the cable", register_name(*.address))]
    RequestDamaged {
        /// `read`, `write` or `load`.
        action: &'static str,
        /// Address of the request.
        address: u16,
        /// How often it was sent.
        attempts: u32,
    },
    /// Status 2.
    #[error("the device did not understand a {action} of {}\n  help: is its contract version this program's?", register_name(*.address))]
    BadFormat {
        /// `read`, `write` or `load`.
        action: &'static str,
        /// Address of the request.
        address: u16,
    },
    /// Status 3.
    #[error("the device has no register for a {action} at {}\n  help: is this the machine that the image and the manifest belong to?", register_name(*.address))]
    NoSuchRegister {
        /// `read`, `write` or `load`.
        action: &'static str,
        /// Address of the request.
        address: u16,
    },
    /// Status 4.
    #[error("the device refused a {action} of {} in its present state\n  help: wait until it is idle; a run needs valid active banks, a swap valid targets", register_name(*.address))]
    Refused {
        /// `read`, `write` or `load`.
        action: &'static str,
        /// Address of the request.
        address: u16,
    },
    /// The device is not the expected machine.
    #[error(
        "the device is not the machine `{machine}`\n  {fact}\n  help: load this machine's bitstream, or choose the machine that runs there"
    )]
    WrongMachine {
        /// Name of the expected machine.
        machine: String,
        /// Which identification register differs, with both values.
        fact: String,
    },
    /// An upload ended in a refusal.
    #[error("the device refused the upload of {kind:?} into bank {bank}: {state:?} after {words} words\n  help: {}", upload_help(*.state))]
    UploadRefused {
        /// What was uploaded.
        kind: LoadKind,
        /// Into which bank.
        bank: u32,
        /// State of the load engine.
        state: LoadState,
        /// Words it had received.
        words: u32,
    },
    /// The device lost its state while it was used: by a reset, or another program speaks to it.
    #[error(
        "the device lost its state while {during}: it was reset, or another program speaks to it\n  help: close other programs on this port, load the banks again (`board status` shows which are valid) and repeat the command"
    )]
    LostState {
        /// What was going on.
        during: &'static str,
    },
    /// A command may or may not have been done, and the device cannot say.
    #[error("no answer to {what} came, and the device cannot tell whether it was done\n  help: {help}")]
    Unknown {
        /// Which command.
        what: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// The command needs a machine that does nothing.
    #[error(
        "a run is going on, {what} has to wait\n  help: wait for its end (`board status`), or end it with `board stop`"
    )]
    Busy {
        /// What was asked for.
        what: &'static str,
    },
    /// The user, or a deadline, ended the waiting.
    #[error(
        "{what} was given up before its end: Ctrl-C, or the time to wait for it was over\n  help: {help}"
    )]
    GivenUp {
        /// What was waited for.
        what: &'static str,
        /// How things stand and what to do.
        help: String,
    },
    /// No such port, or it cannot be opened.
    #[error("the port {path} cannot be opened: {why}\n  help: {help}")]
    Port {
        /// The port.
        path: String,
        /// What the system says.
        why: String,
        /// What to do.
        help: &'static str,
    },
    /// The load engine's state register holds an unknown number.
    #[error(
        "the load engine reports the unknown state {0}\n  help: is the device's contract version this program's?"
    )]
    UnknownLoadState(u32),
    /// Something that should have ended did not.
    #[error("waited {polls} polls for {what}\n  help: {help}")]
    StillWaiting {
        /// What was waited for.
        what: &'static str,
        /// How often it was looked for.
        polls: u32,
        /// What to do.
        help: &'static str,
    },
}

impl HostError {
    /// Whether the request may have been done although it failed.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            HostError::NoAnswer { source, .. } => matches!(source, PortError::Timeout { .. }),
            HostError::Damaged { .. } => true,
            _ => false,
        }
    }
}

fn upload_help(state: LoadState) -> &'static str {
    match state {
        LoadState::BadHash => "compile the image for this machine",
        LoadState::BankActive => "choose a bank that is not active, or swap first",
        LoadState::BadTarget => {
            "choose a bank that the machine has (tables alone need a valid coupling bank)"
        }
        LoadState::BadSchedule => {
            "shorten the schedule to the machine's max_sweeps and retain at least one sweep"
        }
        LoadState::BadSequence | LoadState::BadCrc => "a frame was lost or damaged: upload again",
        LoadState::Truncated | LoadState::Overrun => {
            "the stream has another length than the bank: compile again"
        }
        _ => "begin the upload again",
    }
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        let text = error.to_string();
        let (what, help) = match text.split_once("\n  help: ") {
            Some((what, help)) => (what.to_string(), help.to_string()),
            None => (text, "repeat the command".into()),
        };
        let mut lines = what.lines().map(str::trim);
        let first = lines.next().unwrap_or_default();
        let rest = lines.collect::<Vec<_>>().join("; ");
        // Names of registers and states hold no colon and a blank: what follows one is the reason.
        let (what, why) = match first.split_once(": ") {
            Some((what, why)) if rest.is_empty() => (what, why.to_string()),
            _ if rest.is_empty() => (first, "the device answered so".to_string()),
            _ => (first, rest),
        };
        Problem::new(what, "the host port", why, help)
    }
}
