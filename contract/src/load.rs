//! Load streams: the 32-bit words that fill a device's bank, in order. See `docs/contract.md`, "Load streams".

/// What an upload fills; the value of the register `load_kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoadKind {
    /// A whole coupling bank: schedule, tables, weights.
    Couplings,
    /// A bias bank.
    Biases,
    /// Only the tables of a coupling bank.
    Tables,
}

impl LoadKind {
    /// Register value.
    pub const fn code(self) -> u32 {
        match self {
            LoadKind::Couplings => 0,
            LoadKind::Biases => 1,
            LoadKind::Tables => 2,
        }
    }
}

/// Words of one block's schedule at the head of a coupling stream: burn-in, retained, readout.
pub const SCHEDULE_WORDS: u64 = 3;

/// States of the load engine, register `load_state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum LoadState {
    /// Nothing was begun since reset.
    Idle = 0,
    /// Begun; words are accepted.
    Receiving = 1,
    /// The last upload was checked and its bank is valid.
    Committed = 2,
    /// Refused: the CRC over the received words is not `load_crc`.
    BadCrc = 3,
    /// Refused: `load_hash_hi`/`load_hash_lo` are not this machine's.
    BadHash = 4,
    /// Refused: committed before every word had arrived.
    Truncated = 5,
    /// Refused: more words than the bank holds.
    Overrun = 6,
    /// Refused: a frame's sequence number was not the expected one (lost, repeated or re-ordered frame).
    BadSequence = 7,
    /// Refused: the target bank is the active one and valid.
    BankActive = 8,
    /// Refused: no such kind or bank.
    BadTarget = 9,
    /// Given up by the host.
    Aborted = 10,
    /// Refused: the schedule in the stream is longer than the accumulators hold, retains nothing, or names no readout.
    BadSchedule = 11,
}

impl LoadState {
    /// All states, for tables and decoders.
    pub const ALL: [LoadState; 12] = [
        LoadState::Idle,
        LoadState::Receiving,
        LoadState::Committed,
        LoadState::BadCrc,
        LoadState::BadHash,
        LoadState::Truncated,
        LoadState::Overrun,
        LoadState::BadSequence,
        LoadState::BankActive,
        LoadState::BadTarget,
        LoadState::Aborted,
        LoadState::BadSchedule,
    ];

    /// The state with this register value.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.get(code as usize).copied()
    }
}
