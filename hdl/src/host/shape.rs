//! The numbers that the host's modules are built from, for machines of every kind.

use super::address_decoder::{Region, layered_regions, sparse_regions};
use super::identity::{REGISTERS, layered_words, sparse_words};
use crate::width::address_width;
use spinwright_contract::load::SCHEDULE_WORDS;
use spinwright_contract::{MachineHash, ValidConfig, ValidSparse};

/// Coupling words of a load stream that come lane by lane, slot by slot (contract section 14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneOrder {
    /// Words of every slot of a lane; 0 where nothing couples.
    pub groups: Vec<usize>,
}

impl LaneOrder {
    /// The first lane with words.
    pub fn first(&self) -> Option<usize> {
        self.groups.iter().position(|&g| g > 0)
    }

    /// The next lane with words.
    pub fn next(&self, lane: usize) -> Option<usize> {
        (lane + 1..self.groups.len()).find(|&l| self.groups[l] > 0)
    }

    /// Whether every lane has the same number of words, and at least one.
    pub fn is_even(&self) -> bool {
        self.groups[0] > 0 && self.groups.iter().all(|&g| g == self.groups[0])
    }
}

/// Sizes of a beta schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BetaShape {
    /// Entries of a bank.
    pub steps: usize,
    /// Coupling banks.
    pub banks: usize,
    /// Bits of an entry's sweeps.
    pub sweep_bits: usize,
    /// Tables of a coupling bank.
    pub tables: usize,
}

/// What the host's modules must know of a machine.
#[derive(Clone, Debug)]
pub struct HostShape {
    /// The machine's identity.
    pub hash: MachineHash,
    /// The identity registers.
    pub identity: [u32; REGISTERS],
    /// The address space.
    pub(super) regions: Vec<Region>,
    /// Hardware update units.
    pub lanes: usize,
    /// Words of weights of a row.
    pub columns: usize,
    /// Rows of weights of a lane.
    pub weight_rows: usize,
    /// Biases of a lane.
    pub bias_rows: usize,
    /// Thresholds of a coupling bank.
    pub table_words: usize,
    /// Words of a coupling stream.
    pub coupling_words: u64,
    /// Words of a bias stream.
    pub bias_words: u64,
    /// Coupling banks.
    pub coupling_banks: usize,
    /// Bias banks.
    pub bias_banks: usize,
    /// Blocks.
    pub blocks: usize,
    /// Input buffers.
    pub input_buffers: usize,
    /// Classes of a decoder on the device.
    pub classes: Option<usize>,
    /// Longest burn-in and longest retained part.
    pub max_sweeps: u32,
    /// A sparse machine's order of weights; its biases come lane by lane too.
    pub by_lane: Option<LaneOrder>,
    /// Its beta schedule.
    pub beta: Option<BetaShape>,
    /// It takes banks from its bitstream, see [`super::PowerOn`].
    pub power_on: bool,
    /// It tests itself with them, see [`super::SelfTest`].
    pub self_test: bool,
}

impl HostShape {
    /// Bits of the number of a schedule word, table entry, weight row or bias row of a load stream.
    pub fn row_bits(&self) -> usize {
        let longest = self.weight_rows.max(self.bias_rows).max(self.table_words);
        address_width(longest.max(self.schedule_rows()))
    }

    /// One more than the number of the last schedule word; a beta schedule's words are numbered from 4 on.
    pub fn schedule_rows(&self) -> usize {
        match self.beta {
            Some(beta) => 4 + 2 * beta.steps,
            None => 4 * (self.blocks - 1) + SCHEDULE_WORDS as usize,
        }
    }

    /// Bits of the port that tells the class; 1 without a decoder on the device.
    pub fn class_bits(&self) -> usize {
        self.classes.map_or(1, address_width)
    }
}

/// A machine that has a host port.
pub trait HostConfig {
    /// Its numbers.
    fn host_shape(&self) -> HostShape;
}

impl HostConfig for ValidConfig {
    fn host_shape(&self) -> HostShape {
        HostShape {
            hash: self.hash(),
            identity: layered_words(self),
            regions: layered_regions(self),
            lanes: self.lanes(),
            columns: self.columns(),
            weight_rows: self.weight_rows(),
            bias_rows: self.bias_rows(),
            table_words: self.table_stream_words() as usize,
            coupling_words: self.coupling_stream_words(),
            bias_words: self.bias_stream_words(),
            coupling_banks: self.coupling_banks(),
            bias_banks: self.bias_banks(),
            blocks: self.block_count(),
            input_buffers: self.input_buffers(),
            classes: self.decoder().map(|decoder| decoder.classes),
            max_sweeps: self.max_sweeps(),
            by_lane: None,
            beta: None,
            power_on: self.timing().power_on,
            self_test: self.timing().self_test,
        }
    }
}

impl HostConfig for ValidSparse {
    fn host_shape(&self) -> HostShape {
        // A row of an addressed machine comes as its own word, its taps and its groups of weights, for every lane alike.
        let (groups, weight_rows) = match self.room() {
            Some(room) => (vec![room.columns(); self.lanes()], room.rows),
            None => (self.lane_groups(), self.slots()),
        };
        let beta = BetaShape {
            steps: self.beta_steps(),
            banks: self.coupling_banks(),
            sweep_bits: address_width(self.max_sweeps() as usize + 1),
            tables: self.tables(),
        };
        HostShape {
            hash: self.hash(),
            identity: sparse_words(self),
            regions: sparse_regions(self),
            lanes: self.lanes(),
            columns: groups.iter().copied().max().unwrap_or(0).max(1),
            weight_rows,
            bias_rows: self.slots(),
            table_words: self.table_stream_words() as usize,
            coupling_words: self.coupling_stream_words(),
            bias_words: self.bias_stream_words(),
            coupling_banks: self.coupling_banks(),
            bias_banks: self.bias_banks(),
            blocks: 1,
            input_buffers: 1,
            classes: None,
            max_sweeps: self.max_sweeps(),
            by_lane: Some(LaneOrder { groups }),
            beta: (beta.steps > 0).then_some(beta),
            power_on: false,
            self_test: false,
        }
    }
}

impl HostConfig for HostShape {
    fn host_shape(&self) -> HostShape {
        self.clone()
    }
}
