//! The numbers that a wired machine's modules are built from.

use super::exchange_unit::PAIR_CLOCKS;
use crate::cells::AdderTree;
use crate::width::{MAX_WIDTH, address_width};
use spinwright_contract::RandomSource;
use spinwright_contract::sparse::ValidSparse;

/// Register stages of an update beside its adder tree: tap, sums, field, threshold, spin, line.
const FIXED_STAGES: usize = 6;
/// Most lanes of a cluster.
const MOST_UNIT: usize = 32;

/// What a tap sees in a slot: a lane's spin of `distance` bursts ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The lane.
    pub lane: usize,
    /// (slot of the update - slot of the neighbor) mod slots, from 1 on.
    pub distance: usize,
}

/// Every width, depth and count of a wired machine, derived once from its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WiredShape {
    /// Hardware update units.
    pub lanes: usize,
    /// P-bits.
    pub p_bits: usize,
    /// P-bits of a lane.
    pub slots: usize,
    /// Replicas.
    pub replicas: usize,
    /// Clocks of a slot's burst: replicas, or the pipeline's depth where that is more.
    pub turn: usize,
    /// Lanes of a cluster, which share an adder for sums; a power of two, at most `turn`.
    pub unit: usize,
    /// Clocks from the issue of an update to its spin in the line.
    pub depth: usize,
    /// Register stages of the adder trees.
    pub tree_stages: usize,
    /// Levels of an adder tree per register stage.
    pub levels_per_stage: usize,
    /// Taps that one look-up sums.
    pub group: usize,
    /// Groups of taps of every lane.
    pub lane_groups: Vec<usize>,
    /// Sources by lane, tap (empty ones of the last group included) and slot.
    pub sources: Vec<Vec<Vec<Source>>>,
    /// Bits of a coupling weight.
    pub weight_bits: usize,
    /// Bits of a bias.
    pub bias_bits: usize,
    /// Bits of a group's sum.
    pub partial_bits: usize,
    /// Bits of a term of the adder tree, shifts included.
    pub term_bits: usize,
    /// Left shift of the couplings' sums.
    pub coupling_shift: usize,
    /// Left shift of the biases.
    pub bias_shift: usize,
    /// Bits of a saturated field.
    pub field_bits: usize,
    /// Bits of a draw.
    pub draw_bits: usize,
    /// Bits of a lane's running sum.
    pub burst_bits: usize,
    /// Bits of a readout sum.
    pub sum_bits: usize,
    /// Coupling banks.
    pub coupling_banks: usize,
    /// Bias banks.
    pub bias_banks: usize,
    /// Tables per coupling bank.
    pub tables: usize,
    /// Entries of a coupling bank's beta schedule; 0: there is none.
    pub beta_steps: usize,
    /// Whether energies and best states are kept.
    pub energy: bool,
    /// Bits of twice an energy.
    pub energy_bits: usize,
    /// Whether replicas are exchanged between rungs, of which there is one per table.
    pub ladder: bool,
    /// Bits of a difference of energies, sign apart.
    pub exchange_bits: usize,
    /// Most pairs of an exchange.
    pub exchange_pairs: usize,
    /// Whether the random source is xoshiro128++, else lfsr64.
    pub xoshiro: bool,
    /// Lane and slot of every p-bit.
    pub places: Vec<(usize, usize)>,
}

fn signed_bits(largest: u64) -> usize {
    65 - largest.leading_zeros() as usize
}

impl WiredShape {
    /// The shape of a machine; `None` unless its graph is in the wires.
    pub fn of(config: &ValidSparse) -> Option<Self> {
        let graph = config.graph()?;
        let (lanes, slots, group) = (config.lanes(), config.slots(), config.group());
        let weight_max = config.weight_max() as u64;
        let shifts = config.shifts();
        let partial_max = group as u64 * weight_max;
        let partial_bits = signed_bits(partial_max);
        let bias_bits = config.bias_bits() as usize;
        let (coupling_shift, bias_shift) = (shifts.coupling as usize, shifts.bias as usize);
        // Where energies are kept, a bias may count twice.
        let bias_term_bits = bias_bits + bias_shift + usize::from(config.energy());
        let term_bits = (partial_bits + coupling_shift).max(bias_term_bits);
        let lane_groups = config.lane_groups();
        let levels_per_stage = config.timing().tree_levels_per_stage;
        let most = lane_groups.iter().copied().max().unwrap_or(0);
        let tree_stages = AdderTree::stages(tree_terms(most), levels_per_stage);
        let depth = FIXED_STAGES + tree_stages;
        let turn = config.replicas().max(depth);
        let places: Vec<(usize, usize)> =
            graph.placement.iter().map(|p| (p.lane as usize, p.slot as usize)).collect();
        let field_max = config.field_max() as u64;
        Some(Self {
            lanes,
            p_bits: config.p_bits(),
            slots,
            replicas: config.replicas(),
            turn,
            unit: 1 << turn.min(MOST_UNIT).min(lanes).ilog2(),
            depth,
            tree_stages,
            levels_per_stage,
            group,
            sources: sources(&graph.neighbors, &places, &lane_groups, slots, group),
            lane_groups,
            weight_bits: config.weight_bits() as usize,
            bias_bits,
            partial_bits,
            term_bits,
            coupling_shift,
            bias_shift,
            field_bits: config.field_bits() as usize,
            draw_bits: config.draw_bits() as usize,
            burst_bits: signed_bits(field_max * config.replicas() as u64)
                .max(config.field_bits() as usize + 1),
            sum_bits: (config.sum_bits() as usize).max(config.field_bits() as usize + 1),
            coupling_banks: config.coupling_banks(),
            bias_banks: config.bias_banks(),
            tables: config.tables(),
            beta_steps: config.beta_steps(),
            energy: config.energy(),
            energy_bits: signed_bits(2 * config.energy_max()),
            ladder: config.ladder(),
            exchange_bits: config.exchange_bits(),
            exchange_pairs: if config.ladder() { config.exchange_pairs(false) } else { 0 },
            xoshiro: config.random_source() == RandomSource::Xoshiro128PlusPlus,
            places,
        })
    }

    /// Clocks of a sweep: a burst per slot, no others.
    pub fn clocks_per_sweep(&self) -> usize {
        self.slots * self.turn
    }

    /// Clocks from the last issue of a run until its spins and sums are stored.
    pub fn drain_clocks(&self) -> usize {
        let best_state = self.clocks_per_sweep() + self.decided();
        self.depth + self.unit.max(if self.energy { best_state } else { 0 }) + 4
    }

    /// Clocks of a run beside its sweeps and its start: the pass that measures the start's energy, where energies are kept, and the end.
    pub fn clocks_per_run(&self) -> usize {
        self.drain_clocks() + if self.energy { self.clocks_per_sweep() } else { 0 }
    }

    /// Bits of what an update adds to an energy.
    pub fn energy_term_bits(&self) -> usize {
        (0..self.lanes).map(|lane| self.exact_bits(lane)).max().unwrap_or(1)
    }

    /// Words of a memory that holds a bit per slot and replica.
    pub fn states(&self) -> usize {
        ((self.slots - 1) << address_width(self.replicas)) + self.replicas
    }

    /// Bits of their address: the slot, then the replica.
    pub fn state_bits(&self) -> usize {
        address_width(self.slots) + address_width(self.replicas)
    }

    /// Clocks from an update's spin (stage 5 + T) to the sum of all lanes' terms.
    pub fn summed(&self) -> usize {
        let stages = |terms: usize| AdderTree::stages(terms, self.levels_per_stage);
        let clusters = self.clusters().len();
        1 + stages(self.unit.max(2)) + if clusters > 1 { stages(clusters.next_power_of_two()) } else { 0 }
    }

    /// Clocks from a sweep's last update of a replica (stage 5 + T) until it is known whether its state is to be kept.
    pub fn decided(&self) -> usize {
        self.summed() + 3
    }

    /// Clocks from a sweep's last issue until all energies are there to be read.
    pub(super) fn exchange_lead(&self) -> usize {
        self.depth + self.decided() + 2
    }

    /// Turns of all slots that an exchange takes, whatever it finds.
    pub fn exchange_passes(&self) -> usize {
        let pairs = self.exchange_pairs * (PAIR_CLOCKS + self.exchange_bits);
        (self.exchange_lead() + self.replicas + pairs + 4).div_ceil(self.clocks_per_sweep())
    }

    /// Clocks of an exchange; 0 without a ladder.
    pub fn clocks_per_exchange(&self) -> usize {
        if self.ladder { self.exchange_passes() * self.clocks_per_sweep() } else { 0 }
    }

    /// Thresholds of a coupling bank, in front of a ladder's words.
    pub(super) fn threshold_words(&self) -> usize {
        self.tables << self.field_bits
    }

    /// Bits of the number of a word of tables, a ladder's included.
    pub(super) fn table_index_bits(&self) -> usize {
        let ladder = if self.ladder { self.tables * self.exchange_bits } else { 0 };
        address_width(self.threshold_words() + ladder)
    }

    /// Bits of the number of a generator.
    pub(super) fn generator_bits(&self) -> usize {
        address_width(self.lanes + usize::from(self.ladder))
    }

    /// Clocks of a run that is neither stopped nor swapped and has no exchanges, as the register `CONTROL_CYCLES` counts them (before modulo 2^32).
    pub fn cycles(&self, sweeps: u64, random_start: bool) -> u64 {
        self.clocks_per_sweep() as u64 * (sweeps + u64::from(random_start)) + self.clocks_per_run() as u64
    }

    /// What can be seen of a lane: its spins of 1 to this many bursts ago.
    pub fn distances(&self) -> usize {
        (self.slots - 1).max(1)
    }

    /// Words of 32 p-bits.
    pub fn p_bit_words(&self) -> usize {
        self.p_bits.div_ceil(32)
    }

    /// Lanes of every cluster, in order; only the last one may be smaller.
    pub fn clusters(&self) -> Vec<usize> {
        (0..self.lanes).step_by(self.unit).map(|first| self.unit.min(self.lanes - first)).collect()
    }

    /// Clusters of `unit` lanes.
    pub fn full_clusters(&self) -> usize {
        self.lanes / self.unit
    }

    /// Widths of the words that hold a lane's taps; a lane without taps has one unused bit. All lanes have as many words.
    pub fn tap_words(&self, lane: usize) -> Vec<usize> {
        let word = self.tap_word_width();
        let most = self.sources.iter().map(Vec::len).max().unwrap_or(1);
        let taps = self.sources[lane].len();
        (0..most.div_ceil(word)).map(|w| taps.saturating_sub(w * word).clamp(1, word)).collect()
    }

    /// Taps in a full word of taps: whole groups.
    pub fn tap_word_width(&self) -> usize {
        MAX_WIDTH / self.group * self.group
    }

    /// Bits of the number of a group of taps.
    pub fn group_number_bits(&self) -> usize {
        address_width(self.lane_groups.iter().copied().max().unwrap_or(1))
    }

    /// Terms of a lane's adder tree: its groups and the bias, filled up to a power of two.
    pub fn tree_terms(&self, lane: usize) -> usize {
        tree_terms(self.lane_groups[lane])
    }

    /// Bits of a lane's exact field; more than a field has.
    pub fn exact_bits(&self, lane: usize) -> usize {
        (self.term_bits + self.tree_terms(lane).ilog2() as usize).max(self.field_bits + 1)
    }

    /// The p-bit of every lane and slot.
    pub fn p_bits_of_lanes(&self) -> Vec<Vec<Option<usize>>> {
        let mut p_bits = vec![vec![None; self.slots]; self.lanes];
        self.places.iter().enumerate().for_each(|(p, &(lane, slot))| p_bits[lane][slot] = Some(p));
        p_bits
    }
}

fn tree_terms(groups: usize) -> usize {
    (groups + 1).next_power_of_two().max(2)
}

/// What every tap sees. Where it is empty it sees what it sees in another slot, so that it costs no multiplexer.
fn sources(
    neighbors: &[Vec<Option<u32>>],
    places: &[(usize, usize)],
    lane_groups: &[usize],
    slots: usize,
    group: usize,
) -> Vec<Vec<Vec<Source>>> {
    let taps = |groups: usize| (groups * group).max(1);
    let mut seen: Vec<Vec<Vec<Option<Source>>>> =
        lane_groups.iter().map(|&groups| vec![vec![None; slots]; taps(groups)]).collect();
    for (&(lane, slot), taps) in places.iter().zip(neighbors) {
        for (tap, neighbor) in taps.iter().enumerate() {
            let Some(neighbor) = neighbor else { continue };
            let (their_lane, their_slot) = places[*neighbor as usize];
            let distance = (slot + slots - their_slot) % slots;
            seen[lane][tap][slot] = Some(Source { lane: their_lane, distance });
        }
    }
    let fill = |lane: usize, slots: Vec<Option<Source>>| -> Vec<Source> {
        let any = slots.iter().flatten().next().copied().unwrap_or(Source { lane, distance: 1 });
        slots.into_iter().map(|source| source.unwrap_or(any)).collect()
    };
    let lane = |(l, taps): (usize, Vec<Vec<Option<Source>>>)| taps.into_iter().map(|t| fill(l, t)).collect();
    seen.into_iter().enumerate().map(lane).collect()
}

/// A tree of choices among texts by the bits of `slot`, the highest first.
pub(super) fn choice_text(texts: &[String], slot_bits: usize) -> String {
    fn choose(texts: &[String], bit: usize, slot_bits: usize) -> String {
        if texts.iter().all(|text| *text == texts[0]) {
            return texts[0].clone();
        }
        let half = texts.len().min(1 << bit);
        let low = choose(&texts[..half], bit.saturating_sub(1), slot_bits);
        if half == texts.len() {
            return low;
        }
        let high = choose(&texts[half..], bit.saturating_sub(1), slot_bits);
        let select = if slot_bits == 1 { "slot".to_owned() } else { format!("slot[{bit}]") };
        if low == high { low } else { format!("({select} ? {high} : {low})") }
    }
    choose(texts, slot_bits - 1, slot_bits)
}
