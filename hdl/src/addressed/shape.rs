//! The numbers that an addressed machine's modules are built from.

use crate::cells::AdderTree;
use crate::width::{RamStyle, SyncRam, address_width};
use spinwright_contract::RandomSource;
use spinwright_contract::sparse::ValidSparse;

/// Fewest clocks of a row's burst: the flags of a sweep are decided 6 clocks into it.
const FEWEST_CLOCKS: usize = 8;
/// Clocks from the fetch of a row's last tap to the use of its spins.
pub(super) const FETCH_CLOCKS: usize = 3;
/// Bits from which on a memory asks for block RAM.
const BLOCK_RAM_BITS: usize = 1024;

/// Every width, depth and count of an addressed machine, derived once from its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressedShape {
    /// Hardware update units, a power of two.
    pub lanes: usize,
    /// P-bits of a lane.
    pub slots: usize,
    /// Rows of a coupling bank.
    pub rows: usize,
    /// Taps of a row.
    pub taps: usize,
    /// Taps that one look-up sums.
    pub group: usize,
    /// Replicas.
    pub replicas: usize,
    /// Clocks of a row's burst: the largest of replicas, lanes, taps and 8.
    pub turn: usize,
    /// Register stages of the adder trees.
    pub tree_stages: usize,
    /// Levels of an adder tree per register stage.
    pub levels_per_stage: usize,
    /// Whether a slot can have several rows, so that fields pass through the adder more than once.
    pub several_rows: bool,
    /// Bits of a coupling weight.
    pub weight_bits: usize,
    /// Bits of a bias.
    pub bias_bits: usize,
    /// Bits of a group's sum.
    pub partial_bits: usize,
    /// Bits of a term of the adder tree.
    pub term_bits: usize,
    /// Bits of an exact field; more than a field has.
    pub exact_bits: usize,
    /// Left shift of the couplings' sums.
    pub coupling_shift: usize,
    /// Left shift of the biases.
    pub bias_shift: usize,
    /// Bits of a saturated field.
    pub field_bits: usize,
    /// Bits of a draw.
    pub draw_bits: usize,
    /// Bits of a lane's running sum of fields.
    pub burst_bits: usize,
    /// Bits of a readout sum.
    pub sum_bits: usize,
    /// Coupling banks.
    pub coupling_banks: usize,
    /// Bias banks.
    pub bias_banks: usize,
    /// Tables per coupling bank.
    pub tables: usize,
    /// Entries of a beta schedule.
    pub beta_steps: usize,
    /// Whether the random source is xoshiro128++, else lfsr64.
    pub xoshiro: bool,
}

fn signed_bits(largest: u64) -> usize {
    65 - largest.leading_zeros() as usize
}

impl AddressedShape {
    /// The shape of a machine; `None` unless it takes its graph from the bank.
    pub fn of(config: &ValidSparse) -> Option<Self> {
        let room = config.room()?;
        let (lanes, replicas) = (config.lanes(), config.replicas());
        let shifts = config.shifts();
        let (coupling_shift, bias_shift) = (shifts.coupling as usize, shifts.bias as usize);
        let partial_bits = signed_bits(room.group as u64 * config.weight_max() as u64);
        let (bias_bits, field_bits) = (config.bias_bits() as usize, config.field_bits() as usize);
        let several_rows = room.degree > room.taps;
        let exact_bits = (config.exact_field_bits() as usize).max(field_bits + 1);
        let plain = (partial_bits + coupling_shift).max(bias_bits + bias_shift);
        let levels_per_stage = config.timing().tree_levels_per_stage;
        let terms = tree_terms(room.groups());
        Some(Self {
            lanes,
            slots: room.slots,
            rows: room.rows,
            taps: room.taps,
            group: room.group,
            replicas,
            turn: replicas.max(lanes).max(room.taps).max(FEWEST_CLOCKS),
            tree_stages: AdderTree::stages(terms, levels_per_stage),
            levels_per_stage,
            several_rows,
            weight_bits: config.weight_bits() as usize,
            bias_bits,
            partial_bits,
            // A partial field goes round as a term like any other.
            term_bits: if several_rows { plain.max(exact_bits) } else { plain },
            exact_bits,
            coupling_shift,
            bias_shift,
            field_bits,
            draw_bits: config.draw_bits() as usize,
            burst_bits: signed_bits(config.field_max() as u64 * replicas as u64).max(field_bits + 1),
            sum_bits: (config.sum_bits() as usize).max(field_bits + 1),
            coupling_banks: config.coupling_banks(),
            bias_banks: config.bias_banks(),
            tables: config.tables(),
            beta_steps: config.beta_steps(),
            xoshiro: config.random_source() == RandomSource::Xoshiro128PlusPlus,
        })
    }

    /// P-bits that there is room for.
    pub fn positions(&self) -> usize {
        self.lanes * self.slots
    }

    /// Words of 32 positions.
    pub fn position_words(&self) -> usize {
        self.positions().div_ceil(32)
    }

    /// Bits of a position: {slot, lane}.
    pub fn position_bits(&self) -> usize {
        address_width(self.positions())
    }

    /// Bits of the lane in a position; may be 0.
    pub fn lane_shift(&self) -> usize {
        self.lanes.ilog2() as usize
    }

    /// Groups of taps of a row.
    pub fn groups(&self) -> usize {
        self.taps.div_ceil(self.group)
    }

    /// Terms of a lane's adder tree: groups, and the bias or what went round; filled up to a power of two.
    pub fn tree_terms(&self) -> usize {
        tree_terms(self.groups())
    }

    /// Columns of a row's loads: the row's word, taps, groups of weights.
    pub fn columns(&self) -> usize {
        1 + self.taps + self.groups()
    }

    /// Clocks after a color's last burst until its spins can be read: the rest of the pipeline and the write-back of all lanes.
    pub fn drain_clocks(&self) -> usize {
        self.taps + self.replicas + self.lanes + self.tree_stages + 12 - self.turn
    }

    /// Clocks of a sweep with a graph of so many rows and colors.
    pub fn clocks_per_sweep(&self, rows: usize, colors: usize) -> usize {
        rows * self.turn + colors * self.drain_clocks()
    }

    /// Clocks of a run that is neither stopped nor swapped, as the register `CONTROL_CYCLES` counts them (before modulo 2^32).
    pub fn cycles(&self, rows: usize, colors: usize, sweeps: u64, random_start: bool) -> u64 {
        let passes = sweeps + u64::from(random_start);
        self.clocks_per_sweep(rows, colors) as u64 * passes + self.drain_clocks() as u64 + 1
    }

    /// A memory of this machine: block RAM where it is not small.
    pub(super) fn memory(width: usize, depth: usize) -> SyncRam {
        let memory = SyncRam::new(width, depth);
        if width * depth >= BLOCK_RAM_BITS { memory.with_style(RamStyle::Block) } else { memory }
    }
}

fn tree_terms(groups: usize) -> usize {
    (groups + 1).next_power_of_two()
}
