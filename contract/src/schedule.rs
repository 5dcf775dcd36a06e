//! How long a run samples, what it reads out and where it starts.

use serde::{Deserialize, Serialize};

/// Which quantity of an output p-bit is summed over the retained sweeps of all replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Readout {
    /// The spin, -1 or +1: the paper's average-and-sign. Register value 0.
    Spin,
    /// The saturated local field: the conditional expectation, less variance for the same sweeps. Register value 1.
    Field,
}

impl Readout {
    /// Value in the schedule's `readout` word.
    pub const fn code(self) -> u32 {
        match self {
            Readout::Spin => 0,
            Readout::Field => 1,
        }
    }

    /// The readout with this code, if there is one.
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            0 => Some(Readout::Spin),
            1 => Some(Readout::Field),
            _ => None,
        }
    }
}

/// The state a run starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// One extra draw per slot and replica, in slot order; up when the draw is below one half. Register value 0.
    Random,
    /// The states the host wrote. No draws. Register value 1.
    Host,
    /// The states the last run left. No draws. Register value 2.
    Keep,
}

impl Start {
    /// Value in the `start_mode` register and in the image's schedule section.
    pub const fn code(self) -> u32 {
        match self {
            Start::Random => 0,
            Start::Host => 1,
            Start::Keep => 2,
        }
    }

    /// The start with this code, if there is one.
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            0 => Some(Start::Random),
            1 => Some(Start::Host),
            2 => Some(Start::Keep),
            _ => None,
        }
    }
}

/// Length and readout of one run; belongs to a coupling bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Sweeps of every replica before the accumulators start. 0 to the machine's `max_sweeps`.
    pub burn_in: u32,
    /// Sweeps of every replica that are accumulated. 1 to the machine's `max_sweeps`.
    pub retained: u32,
    /// What is accumulated.
    pub readout: Readout,
}

impl Schedule {
    /// Sweeps as they are counted and reported: replicas x (burn-in + retained).
    pub const fn counted_sweeps(&self, replicas: usize) -> u64 {
        replicas as u64 * (self.burn_in as u64 + self.retained as u64)
    }
}
