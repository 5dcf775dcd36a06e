//! Sizes that follow from a valid configuration. `docs/contract.md`, section 14, defines each in words.

use super::{AddressedRoom, SparseConfig, SparseGraph, SparseShifts, Topology, ValidSparse};
use crate::config::{RandomSource, Timing};
use crate::hash::MachineHash;
use crate::load::SCHEDULE_WORDS;

impl ValidSparse {
    /// The configuration as written in the file.
    pub fn config(&self) -> &SparseConfig {
        &self.config
    }

    /// The machine's name.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// The machine's identity.
    pub fn hash(&self) -> MachineHash {
        self.hash
    }

    /// The graph, where it is the machine's (`wired`).
    pub fn graph(&self) -> Option<&SparseGraph> {
        match &self.config.topology {
            Topology::Wired { graph, .. } => Some(graph),
            Topology::Addressed(_) => None,
        }
    }

    /// The room for a graph, where the image brings it (`addressed`).
    pub fn room(&self) -> Option<AddressedRoom> {
        match self.config.topology {
            Topology::Wired { .. } => None,
            Topology::Addressed(room) => Some(room),
        }
    }

    /// Taps summed by one table look-up.
    pub fn group(&self) -> usize {
        match &self.config.topology {
            Topology::Wired { group, .. } => *group,
            Topology::Addressed(room) => room.group,
        }
    }

    /// Number of p-bits that the host's windows show: those of the graph (`wired`), or the positions, slots x lanes (`addressed`).
    pub fn p_bits(&self) -> usize {
        match &self.config.topology {
            Topology::Wired { graph, .. } => graph.p_bits(),
            Topology::Addressed(room) => room.slots * self.config.lanes,
        }
    }

    /// 32-bit words that hold one bit per p-bit.
    pub fn p_bit_words(&self) -> usize {
        self.p_bits().div_ceil(32)
    }

    /// Slots of every lane; an addressed machine's graph may use fewer.
    pub fn slots(&self) -> usize {
        match &self.config.topology {
            Topology::Wired { graph, .. } => graph.slots(),
            Topology::Addressed(room) => room.slots,
        }
    }

    /// Hardware update units.
    pub fn lanes(&self) -> usize {
        self.config.lanes
    }

    /// Independent spin states.
    pub fn replicas(&self) -> usize {
        self.config.replicas
    }

    /// Bits of a coupling weight.
    pub fn weight_bits(&self) -> u32 {
        self.config.weight_bits
    }

    /// Largest weight; the smallest is its negative.
    pub fn weight_max(&self) -> i32 {
        (1 << (self.config.weight_bits - 1)) - 1
    }

    /// Bits of a bias weight.
    pub fn bias_bits(&self) -> u32 {
        self.config.bias_bits
    }

    /// Largest bias weight; the smallest is its negative.
    pub fn bias_max(&self) -> i32 {
        (1 << (self.config.bias_bits - 1)) - 1
    }

    /// Bits of the saturated field.
    pub fn field_bits(&self) -> u32 {
        self.config.field_bits
    }

    /// Largest saturated field; the smallest is its negative.
    pub fn field_max(&self) -> i32 {
        (1 << (self.config.field_bits - 1)) - 1
    }

    /// Bits of a draw.
    pub fn draw_bits(&self) -> u32 {
        self.config.draw_bits
    }

    /// Left shifts of a field's terms.
    pub fn shifts(&self) -> SparseShifts {
        self.config.shifts
    }

    /// Where draws come from.
    pub fn random_source(&self) -> RandomSource {
        self.config.random_source
    }

    /// Words of one generator's state in the window `SEED`: 2 (`lfsr64`) or 4 (`xoshiro128++`).
    pub fn seed_words(&self) -> usize {
        match self.config.random_source {
            RandomSource::Lfsr64 => 2,
            RandomSource::Xoshiro128PlusPlus => 4,
        }
    }

    /// Coupling banks.
    pub fn coupling_banks(&self) -> usize {
        self.config.coupling_banks
    }

    /// Bias banks.
    pub fn bias_banks(&self) -> usize {
        self.config.bias_banks
    }

    /// Tables per coupling bank.
    pub fn tables(&self) -> usize {
        self.config.tables
    }

    /// Longest burn-in and longest retained part.
    pub fn max_sweeps(&self) -> u32 {
        self.config.max_sweeps
    }

    /// Entries of a coupling bank's beta schedule; 0: there is none.
    pub fn beta_steps(&self) -> usize {
        self.config.beta_steps
    }

    /// Whether the device keeps energies and best states.
    pub fn energy(&self) -> bool {
        self.config.energy
    }

    /// Largest magnitude that an energy can have, in units of 2^-g: all couplings and biases at their largest weights.
    pub fn energy_max(&self) -> u64 {
        let (edges, p_bits) = match &self.config.topology {
            Topology::Wired { graph, .. } => (graph.edges().len(), graph.p_bits()),
            Topology::Addressed(room) => (self.p_bits() * room.degree / 2, self.p_bits()),
        };
        let couplings = (edges as u64 * self.weight_max() as u64) << self.config.shifts.coupling;
        couplings + ((p_bits as u64 * self.bias_max() as u64) << self.config.shifts.bias)
    }

    /// Whether the device exchanges replicas between the rungs of ladders; a ladder has a rung per table.
    pub fn ladder(&self) -> bool {
        self.config.ladder
    }

    /// Generators: one per lane, and with `ladder` one more that decides exchanges.
    pub fn generators(&self) -> usize {
        self.lanes() + usize::from(self.ladder())
    }

    /// Bits of a difference of two energies, sign apart; so many draws does a pair of rungs take.
    pub fn exchange_bits(&self) -> usize {
        64 - (2 * self.energy_max()).leading_zeros() as usize
    }

    /// Pairs of rungs that an exchange tries, over all ladders. `odd`: those that begin with an odd rung.
    pub fn exchange_pairs(&self, odd: bool) -> usize {
        self.replicas() / self.tables() * ((self.tables() - usize::from(odd)) / 2)
    }

    /// Exchanges of a run with so many sweeps that is neither stopped nor swapped, one after every `every` sweeps but the last; 0: none.
    pub fn exchanges(&self, sweeps: u64, every: u32) -> u64 {
        if self.ladder() && every > 0 { sweeps.saturating_sub(1) / u64::from(every) } else { 0 }
    }

    /// Draws that those exchanges take.
    pub fn exchange_draws(&self, sweeps: u64, every: u32) -> u64 {
        let exchanges = self.exchanges(sweeps, every);
        let pairs = |odd: bool| self.exchange_pairs(odd) as u64;
        self.exchange_bits() as u64 * (exchanges.div_ceil(2) * pairs(false) + exchanges / 2 * pairs(true))
    }

    /// Words of a ladder in a load stream: a row per table, and in a row one per bit of a difference.
    pub fn ladder_stream_words(&self) -> u64 {
        if self.ladder() { (self.tables() * self.exchange_bits()) as u64 } else { 0 }
    }

    /// What never changes a trace.
    pub fn timing(&self) -> Timing {
        self.config.timing
    }

    /// Bits, sign included, that hold every exact field of the machine.
    pub fn exact_field_bits(&self) -> u32 {
        self.exact_field_bits_of(match &self.config.topology {
            Topology::Wired { graph, .. } => graph.max_degree(),
            Topology::Addressed(room) => room.degree,
        })
    }

    /// Bits, sign included, that hold every exact field of a p-bit with `degree` neighbors.
    pub fn exact_field_bits_of(&self, degree: usize) -> u32 {
        let couplings = (degree as u64 * self.weight_max() as u64) << self.config.shifts.coupling;
        bits_for(couplings + ((self.bias_max() as u64) << self.config.shifts.bias))
    }

    /// Bits, sign included, of a readout accumulator.
    pub fn sum_bits(&self) -> u32 {
        bits_for(self.field_max() as u64 * self.replicas() as u64 * u64::from(self.max_sweeps()))
    }

    /// Draws that every lane takes in one run with a graph of all slots: slots x replicas x (sweeps of one replica + 1 for a random start).
    pub fn draws_per_run(&self, sweeps: u64, random_start: bool) -> u64 {
        self.draws_per_run_of(self.slots(), sweeps, random_start)
    }

    /// [`Self::draws_per_run`] of a graph with so many slots.
    pub fn draws_per_run_of(&self, slots: usize, sweeps: u64, random_start: bool) -> u64 {
        (slots * self.replicas()) as u64 * (sweeps + u64::from(random_start))
    }

    /// Tap groups of every lane: the words of weights that each of its slots (`wired`) or rows (`addressed`) takes in a load stream.
    pub fn lane_groups(&self) -> Vec<usize> {
        match &self.config.topology {
            Topology::Wired { graph, group } => {
                graph.lane_taps(self.lanes()).into_iter().map(|taps| taps.div_ceil(*group)).collect()
            }
            Topology::Addressed(room) => vec![room.groups(); self.lanes()],
        }
    }

    /// Words of a coupling bank's load stream: schedule, beta schedule, tables, weights; with `addressed` also rows and taps.
    pub fn coupling_stream_words(&self) -> u64 {
        let weights = match &self.config.topology {
            Topology::Wired { .. } => (self.lane_groups().iter().sum::<usize>() * self.slots()) as u64,
            Topology::Addressed(room) => (room.rows * self.lanes() * room.columns()) as u64,
        };
        SCHEDULE_WORDS + self.beta_stream_words() + self.table_stream_words() + weights
    }

    /// Words of the beta schedule in a load stream.
    pub fn beta_stream_words(&self) -> u64 {
        2 * self.beta_steps() as u64
    }

    /// Words of the tables in a load stream: tables x 2^field_bits, and the ladder's.
    pub fn table_stream_words(&self) -> u64 {
        self.threshold_words() + self.ladder_stream_words()
    }

    /// Words of the tables alone.
    pub fn threshold_words(&self) -> u64 {
        (self.tables() as u64) << self.field_bits()
    }

    /// Words of a bias bank's load stream: one per lane and slot.
    pub fn bias_stream_words(&self) -> u64 {
        (self.lanes() * self.slots()) as u64
    }
}

/// Bits, sign included, of a number whose magnitude is at most `worst`.
const fn bits_for(worst: u64) -> u32 {
    65 - worst.leading_zeros()
}
