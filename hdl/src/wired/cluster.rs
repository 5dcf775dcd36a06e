//! Lanes that share an adder for their sums.

use super::cluster_energy::ClusterEnergy;
use super::lane::WiredLane;
use super::shape::WiredShape;
use crate::cells::*;
use crate::width::*;
use rust_hdl_core::prelude::*;

/// Lanes and their sum unit; only wires. Signals as in [`WiredLane`] and [`SumUnit`], for all lanes.
#[derive(LogicBlock)]
pub struct Cluster {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Taps of every lane.
    pub tap: Vec<Vec<Bus<In>>>,
    /// Stage 1.
    pub read: Signal<In, Bit>,
    /// Stage 1.
    pub slot: Bus<In>,
    /// Stage 1.
    pub coupling_bank: Bus<In>,
    /// Stage 1.
    pub bias_bank: Bus<In>,
    /// Stage 3 + T.
    pub look_up: Signal<In, Bit>,
    /// Stage 3 + T.
    pub table_bank: Bus<In>,
    /// Stage 3 + T.
    pub choice: Bus<In>,
    /// Stage 4 + T.
    pub start: Signal<In, Bit>,
    /// Stage 5 + T: lanes whose p-bit is clamped.
    pub clamp_mask: Bus<In>,
    /// Stage 5 + T: to these values.
    pub clamp_value: Bus<In>,
    /// Stage 5 + T.
    pub insert: Signal<In, Bit>,
    /// Stage 5 + T.
    pub contribute: Signal<In, Bit>,
    /// Fields count, not spins.
    pub use_field: Signal<In, Bit>,
    /// Stage 6 + T of a burst's last update, or once at the beginning of a run: sums are handed over.
    pub capture: Signal<In, Bit>,
    /// With `capture`: the burst counts.
    pub count: Signal<In, Bit>,
    /// With `capture`: as the first one of its slot.
    pub first: Signal<In, Bit>,
    /// With `capture`: its slot.
    pub burst_slot: Bus<In>,
    /// Lanes whose line takes a spin from the host.
    pub host_write: Bus<In>,
    /// These spins.
    pub host_spin: Bus<In>,
    /// What is loaded is meant for a lane of this cluster.
    pub selected: Signal<In, Bit>,
    /// For this one, one bit per lane.
    pub selected_lane: Bus<In>,
    /// Loads a sum of taps.
    pub tap_write: Signal<In, Bit>,
    /// Of this group.
    pub tap_group: Bus<In>,
    /// Of this pattern.
    pub tap_spins: Bus<In>,
    /// The sum.
    pub tap_sum: Bus<In>,
    /// Loads a bias.
    pub bias_write: Signal<In, Bit>,
    /// The bias.
    pub bias_data: Bus<In>,
    /// Bank to load.
    pub load_bank: Bus<In>,
    /// Slot to load.
    pub load_slot: Bus<In>,
    /// Loads a threshold.
    pub table_write: Signal<In, Bit>,
    /// Its place.
    pub table_index: Bus<In>,
    /// The threshold.
    pub table_data: Bus<In>,
    /// Loads a part of a seed.
    pub seed_write: Signal<In, Bit>,
    /// Which part.
    pub seed_word: Bus<In>,
    /// The part.
    pub seed_data: Bus<In>,
    /// The host looks at a sum of this cluster.
    pub look: Signal<In, Bit>,
    /// Of this slot.
    pub look_slot: Bus<In>,
    /// And this lane.
    pub look_lane: Bus<In>,
    /// Two clocks after `look`: {tie, sum}, else 0.
    pub looked: Bus<Out>,
    /// With energies, see [`ClusterEnergy`]. Stage 2.
    pub double_bias: Vec<Signal<In, Bit>>,
    /// Stage 5 + T.
    pub measure: Vec<Signal<In, Bit>>,
    /// The old spins belong to a best state.
    pub keep: Vec<Signal<In, Bit>>,
    /// Of this slot and replica.
    pub keep_place: Vec<Bus<In>>,
    /// The host looks at a best state.
    pub look_best: Vec<Signal<In, Bit>>,
    /// At this slot and replica.
    pub best_place: Vec<Bus<In>>,
    /// Sum of the lanes' terms.
    pub energy: Vec<Bus<Out>>,
    /// The best state's spins, one clock later.
    pub best: Vec<Bus<Out>>,
    /// What can be seen of every lane.
    pub seen: Vec<Bus<Out>>,
    /// Bits that leave the lines.
    pub last: Bus<Out>,
    /// Stage 5 + T: new spins.
    pub spin: Bus<Out>,
    /// Stage 5 + T: their fields.
    pub field: Vec<Bus<Out>>,
    /// Stage 5 + T: their draws.
    pub draw: Vec<Bus<Out>>,
    /// A sum is stored at the end of this clock.
    pub stored: Signal<Out, Bit>,
    /// Of this lane.
    pub stored_lane: Bus<Out>,
    /// Of this slot.
    pub stored_slot: Bus<Out>,
    /// The sum.
    pub stored_sum: Bus<Out>,
    lane: Vec<WiredLane>,
    sums: SumUnit,
    energies: Vec<ClusterEnergy>,
    ties: Bus<Local>,
    _lanes: usize,
    _words: usize,
    _energies: usize,
}

impl Cluster {
    /// The cluster of lanes `first` to `first + lanes - 1`.
    pub fn new(shape: &WiredShape, first: usize, lanes: usize) -> Self {
        let lane: Vec<WiredLane> = (first..first + lanes).map(|l| WiredLane::new(shape, l)).collect();
        let sums = SumUnit::new(lanes, shape.slots, shape.burst_bits, shape.sum_bits);
        let one = &lane[0];
        let energies: Vec<ClusterEnergy> =
            shape.energy.then(|| ClusterEnergy::new(shape, lanes)).into_iter().collect();
        let bits = || energies.iter().map(|_| Default::default()).collect();
        Self {
            clock: Default::default(),
            tap: lane.iter().map(|l| l.tap.iter().map(Bus::like).collect()).collect(),
            read: Default::default(),
            slot: Bus::like(&one.slot),
            coupling_bank: Bus::like(&one.coupling_bank),
            bias_bank: Bus::like(&one.bias_bank),
            look_up: Default::default(),
            table_bank: Bus::like(&one.table_bank),
            choice: Bus::like(&one.choice),
            start: Default::default(),
            clamp_mask: Bus::unsigned(lanes),
            clamp_value: Bus::unsigned(lanes),
            insert: Default::default(),
            contribute: Default::default(),
            use_field: Default::default(),
            capture: Default::default(),
            count: Default::default(),
            first: Default::default(),
            burst_slot: Bus::like(&one.slot),
            host_write: Bus::unsigned(lanes),
            host_spin: Bus::unsigned(lanes),
            selected: Default::default(),
            selected_lane: Bus::unsigned(lanes),
            tap_write: Default::default(),
            tap_group: Bus::like(&one.tap_group),
            tap_spins: Bus::like(&one.tap_spins),
            tap_sum: Bus::like(&one.tap_sum),
            bias_write: Default::default(),
            bias_data: Bus::like(&one.bias_data),
            load_bank: Bus::like(&one.load_bank),
            load_slot: Bus::like(&one.load_slot),
            table_write: Default::default(),
            table_index: Bus::like(&one.table_index),
            table_data: Bus::like(&one.table_data),
            seed_write: Default::default(),
            seed_word: Bus::like(&one.seed_word),
            seed_data: Bus::like(&one.seed_data),
            look: Default::default(),
            look_slot: Bus::like(&sums.look_slot),
            look_lane: Bus::like(&sums.look_lane),
            looked: Bus::like(&sums.seen),
            double_bias: bits(),
            measure: bits(),
            keep: bits(),
            keep_place: energies.iter().map(|e| Bus::like(&e.keep_place)).collect(),
            look_best: bits(),
            best_place: energies.iter().map(|e| Bus::like(&e.look_place)).collect(),
            energy: energies.iter().map(|e| Bus::like(&e.total)).collect(),
            best: energies.iter().map(|e| Bus::like(&e.best)).collect(),
            seen: lane.iter().map(|l| Bus::like(&l.seen)).collect(),
            last: Bus::unsigned(lanes),
            spin: Bus::unsigned(lanes),
            field: lane.iter().map(|l| Bus::like(&l.field)).collect(),
            draw: lane.iter().map(|l| Bus::like(&l.draw)).collect(),
            stored: Default::default(),
            stored_lane: Bus::like(&sums.stored_lane),
            stored_slot: Bus::like(&sums.stored_slot),
            stored_sum: Bus::like(&sums.stored_sum),
            _lanes: lanes,
            _words: one.tap.len(),
            _energies: energies.len(),
            ties: Bus::like(&sums.held_tie),
            lane,
            sums,
            energies,
        }
    }
}

impl Logic for Cluster {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module cluster: Lanes that share an adder for their sums.");
        clock!(self, clock, sums);
        self.last.next = 0.into();
        self.spin.next = 0.into();
        self.ties.next = 0.into();
        for l in 0..self._lanes {
            self.lane[l].clock.next = self.clock.val();
            for w in 0..self._words {
                self.lane[l].tap[w].next = self.tap[l][w].val();
            }
            self.lane[l].read.next = self.read.val();
            self.lane[l].slot.next = self.slot.val();
            self.lane[l].coupling_bank.next = self.coupling_bank.val();
            self.lane[l].bias_bank.next = self.bias_bank.val();
            self.lane[l].look_up.next = self.look_up.val();
            self.lane[l].table_bank.next = self.table_bank.val();
            self.lane[l].choice.next = self.choice.val();
            self.lane[l].start.next = self.start.val();
            self.lane[l].clamped.next = self.clamp_mask.val().get_bit(l);
            self.lane[l].clamp_value.next = self.clamp_value.val().get_bit(l);
            self.lane[l].insert.next = self.insert.val();
            self.lane[l].contribute.next = self.contribute.val();
            self.lane[l].use_field.next = self.use_field.val();
            self.lane[l].capture.next = self.capture.val();
            self.lane[l].host_write.next = self.host_write.val().get_bit(l);
            self.lane[l].host_spin.next = self.host_spin.val().get_bit(l);
            self.lane[l].selected.next = self.selected.val() & self.selected_lane.val().get_bit(l);
            self.lane[l].tap_write.next = self.tap_write.val();
            self.lane[l].tap_group.next = self.tap_group.val();
            self.lane[l].tap_spins.next = self.tap_spins.val();
            self.lane[l].tap_sum.next = self.tap_sum.val();
            self.lane[l].bias_write.next = self.bias_write.val();
            self.lane[l].bias_data.next = self.bias_data.val();
            self.lane[l].load_bank.next = self.load_bank.val();
            self.lane[l].load_slot.next = self.load_slot.val();
            self.lane[l].table_write.next = self.table_write.val();
            self.lane[l].table_index.next = self.table_index.val();
            self.lane[l].table_data.next = self.table_data.val();
            self.lane[l].seed_write.next = self.seed_write.val();
            self.lane[l].seed_word.next = self.seed_word.val();
            self.lane[l].seed_data.next = self.seed_data.val();
            self.seen[l].next = self.lane[l].seen.val();
            self.last.next = self.last.val().replace_bit(l, self.lane[l].last.val());
            self.spin.next = self.spin.val().replace_bit(l, self.lane[l].spin.val());
            self.field[l].next = self.lane[l].field.val();
            self.draw[l].next = self.lane[l].draw.val();
            self.sums.held[l].next = self.lane[l].held.val();
            self.ties.next = self.ties.val().replace_bit(l, self.lane[l].held_tie.val());
        }
        self.sums.held_tie.next = self.ties.val();
        for k in 0..self._energies {
            self.energies[k].clock.next = self.clock.val();
            for l in 0..self._lanes {
                self.lane[l].double_bias[k].next = self.double_bias[k].val();
                self.energies[k].exact[l].next = self.lane[l].exact_field[k].val();
            }
            self.energies[k].last.next = self.last.val();
            self.energies[k].spin.next = self.spin.val();
            self.energies[k].measure.next = self.measure[k].val();
            self.energies[k].keep.next = self.keep[k].val();
            self.energies[k].keep_place.next = self.keep_place[k].val();
            self.energies[k].look.next = self.look_best[k].val();
            self.energies[k].look_place.next = self.best_place[k].val();
            self.energy[k].next = self.energies[k].total.val();
            self.best[k].next = self.energies[k].best.val();
        }
        self.sums.capture.next = self.capture.val();
        self.sums.count.next = self.count.val();
        self.sums.first.next = self.first.val();
        self.sums.slot.next = self.burst_slot.val();
        self.sums.look.next = self.look.val();
        self.sums.look_slot.next = self.look_slot.val();
        self.sums.look_lane.next = self.look_lane.val();
        self.looked.next = self.sums.seen.val();
        self.stored.next = self.sums.stored.val();
        self.stored_lane.next = self.sums.stored_lane.val();
        self.stored_slot.next = self.sums.stored_slot.val();
        self.stored_sum.next = self.sums.stored_sum.val();
    }
}
crate::clocked!(Cluster);
