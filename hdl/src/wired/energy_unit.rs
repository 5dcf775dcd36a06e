//! Energies of all replicas, and which states are the best.

use super::shape::WiredShape;
use crate::cells::{AdderTree, Delay};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Keeps every replica's energy up to date and compares it after every sweep (contract section 14, "Energies").
///
/// What is kept is twice the negative energy, so that a measured state needs no division: a measuring pass sums it up from 0, an update adds four
/// times its term. One replica comes per clock; it comes again a turn later, which is longer than the way from reading its energy to writing it. The flag
/// `improved` of a replica says that its state after the last sweep is its best one; during the next sweep the old spins are kept as they leave.
#[derive(LogicBlock)]
pub struct EnergyUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A run begins.
    pub run_begins: Signal<In, Bit>,
    /// Stage 0: p-bits are measured.
    pub measure: Signal<In, Bit>,
    /// Stage 0: spins that leave the lines are those of a finished sweep.
    pub finished: Signal<In, Bit>,
    /// Stage 5 + T: a sweep's updates, the start's left out.
    pub update: Signal<In, Bit>,
    /// Stage 5 + T.
    pub slot: Bus<In>,
    /// Stage 5 + T.
    pub replica: Bus<In>,
    /// What clusters add.
    pub total: Vec<Bus<In>>,
    /// The host looks at a word.
    pub look: Signal<In, Bit>,
    /// Which: 0 energy, 1 best energy, 2 its sweep.
    pub look_part: Bus<In>,
    /// Of this replica.
    pub look_replica: Bus<In>,
    /// Stage 1: sums are looked up.
    pub read: Signal<Out, Bit>,
    /// Stage 2: biases count twice.
    pub double_bias: Signal<Out, Bit>,
    /// Stage 5 + T: p-bits are measured.
    pub settled_measure: Signal<Out, Bit>,
    /// `WiredShape::decided` clocks after stage 5 + T: the old spins belong to a best state.
    pub keep: Signal<Out, Bit>,
    /// Of this slot and replica.
    pub keep_place: Bus<Out>,
    /// Two clocks after `look`.
    pub looked: Bus<Out>,
    /// The energy of a replica after a sweep is there.
    pub observe_valid: Signal<Out, Bit>,
    /// This replica.
    pub observe_replica: Bus<Out>,
    /// Its energy.
    pub observe_energy: Bus<Out>,
    reading: Delay,
    doubling: Delay,
    settling: Delay,
    tags: Delay,
    adding: Delay,
    comparing: Delay,
    deciding: Delay,
    tree: Vec<AdderTree>,
    energies: AsyncRam,
    best: AsyncRam,
    best_sweeps: AsyncRam,
    improved: AsyncRam,
    prior: Register,
    step: Register,
    after: Register,
    decided: Register,
    better: BitRegister,
    sweeps: Register,
    looked_word: Register,
    sum: Bus<Local>,
    scaled: Bus<Local>,
    added: Bus<Local>,
    new_energy: Bus<Local>,
    best_energy: Bus<Local>,
    tag_word: Bus<Local>,
    in_first: Signal<Local, Bit>,
    in_last: Signal<Local, Bit>,
    compared_replica: Bus<Local>,
    shown: Bus<Local>,
    shown_cut: Bus<Local>,
    shown_half: Bus<Local>,
    wide: Bus<Local>,
    seen: Bus<Local>,
    seen_cut: Bus<Local>,
    seen_half: Bus<Local>,
    seen_wide: Bus<Local>,
    zero: Const,
    worst: Const,
    first_slot: Const,
    last_slot: Const,
    slot_at: Size,
    measure_at: Size,
    update_at: Size,
    first_at: Size,
    last_at: Size,
    finished_at: Size,
    first_spare: Size,
    zero_total: Const,
    _clusters: usize,
    _trees: usize,
    _single: usize,
    _spare: usize,
    _tag_bits: usize,
    _slot_bits: usize,
    _replica_bits: usize,
    _place_bits: usize,
    _sum_bits: usize,
    _energy_bits: usize,
    _half_bits: usize,
}

impl EnergyUnit {
    /// For this machine, which keeps energies; clusters' totals have `total_bits`.
    pub fn new(s: &WiredShape, total_bits: usize) -> Self {
        let (slot_bits, replica_bits) = (address_width(s.slots), address_width(s.replicas));
        let clusters = s.clusters().len();
        let terms = clusters.next_power_of_two();
        let tree: Vec<AdderTree> = (clusters > 1)
            .then(|| AdderTree::new(terms, total_bits, s.levels_per_stage))
            .into_iter()
            .collect();
        let tree_bits = tree.first().map_or(total_bits, |tree| tree.total.width());
        let energy_bits = s.energy_bits;
        // Two more for an update's factor, one for the sum.
        let sum_bits = (tree_bits + 2).max(energy_bits) + 1;
        let place_bits = s.state_bits();
        let tag_bits = place_bits + 5;
        Self {
            clock: Default::default(),
            run_begins: Default::default(),
            measure: Default::default(),
            finished: Default::default(),
            update: Default::default(),
            slot: Bus::unsigned(slot_bits),
            replica: Bus::unsigned(replica_bits),
            total: (0..clusters).map(|_| Bus::signed(total_bits)).collect(),
            look: Default::default(),
            look_part: Bus::unsigned(2),
            look_replica: Bus::unsigned(replica_bits),
            read: Default::default(),
            double_bias: Default::default(),
            settled_measure: Default::default(),
            keep: Default::default(),
            keep_place: Bus::unsigned(place_bits),
            looked: Bus::unsigned(32),
            observe_valid: Default::default(),
            observe_replica: Bus::unsigned(replica_bits),
            observe_energy: Bus::signed(32),
            reading: Delay::new(2, 1),
            doubling: Delay::new(2, 1),
            settling: Delay::new(2, 3 + s.tree_stages),
            tags: Delay::new(tag_bits, s.summed()),
            adding: Delay::new(tag_bits, 1),
            comparing: Delay::new(tag_bits, 1),
            deciding: Delay::new(tag_bits, 1),
            energies: AsyncRam::new(energy_bits, s.replicas),
            best: AsyncRam::new(energy_bits, s.replicas),
            best_sweeps: AsyncRam::new(32, s.replicas),
            improved: AsyncRam::new(1, s.replicas),
            prior: Register::signed(energy_bits),
            step: Register::signed(sum_bits),
            after: Register::signed(energy_bits),
            decided: Register::signed(energy_bits),
            better: Default::default(),
            sweeps: Register::unsigned(32),
            looked_word: Register::unsigned(32),
            sum: Bus::signed(sum_bits),
            scaled: Bus::signed(sum_bits),
            added: Bus::signed(sum_bits),
            new_energy: Bus::signed(energy_bits),
            best_energy: Bus::signed(energy_bits),
            tag_word: Bus::unsigned(tag_bits),
            in_first: Default::default(),
            in_last: Default::default(),
            compared_replica: Bus::unsigned(replica_bits),
            shown: Bus::unsigned(energy_bits),
            shown_cut: Bus::unsigned(energy_bits - 1),
            shown_half: Bus::signed(energy_bits - 1),
            wide: Bus::signed(32),
            seen: Bus::unsigned(energy_bits),
            seen_cut: Bus::unsigned(energy_bits - 1),
            seen_half: Bus::signed(energy_bits - 1),
            seen_wide: Bus::signed(32),
            zero: Const::signed(32, 0),
            worst: Const::signed(energy_bits, -(1 << (energy_bits - 1))),
            first_slot: Const::unsigned(slot_bits, 0),
            last_slot: Const::unsigned(slot_bits, s.slots as u64 - 1),
            slot_at: Size::new(replica_bits),
            measure_at: Size::new(place_bits),
            update_at: Size::new(place_bits + 1),
            first_at: Size::new(place_bits + 2),
            last_at: Size::new(place_bits + 3),
            finished_at: Size::new(place_bits + 4),
            first_spare: Size::new(clusters),
            zero_total: Const::signed(total_bits, 0),
            _clusters: clusters,
            _trees: tree.len(),
            _single: 1 - tree.len(),
            _spare: if tree.is_empty() { 0 } else { terms - clusters },
            _tag_bits: tag_bits,
            _slot_bits: slot_bits,
            _replica_bits: replica_bits,
            _place_bits: place_bits,
            _sum_bits: sum_bits,
            _energy_bits: energy_bits,
            _half_bits: energy_bits - 1,
            tree,
        }
    }
}

impl Logic for EnergyUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module energy_unit: Energies of all replicas.");
        dff_setup!(self, clock, prior, step, after, decided, better, sweeps, looked_word);
        clock!(
            self,
            clock,
            reading,
            doubling,
            settling,
            tags,
            adding,
            comparing,
            deciding,
            energies,
            best,
            best_sweeps,
            improved
        );
        // Flags of a pass on their way to the lanes.
        self.reading.enter.next =
            bit_cast_to(self.measure.val(), 2) | (bit_cast_to(self.finished.val(), 2) << 1);
        self.doubling.enter.next = self.reading.leave.val();
        self.settling.enter.next = self.doubling.leave.val();
        self.read.next = self.reading.leave.val().get_bit(0);
        self.double_bias.next = self.doubling.leave.val().get_bit(0);
        self.settled_measure.next = self.settling.leave.val().get_bit(0);
        // What an update is, on its way beside the sums.
        self.in_first.next = self.slot.val() == self.first_slot.val();
        self.in_last.next = self.slot.val() == self.last_slot.val();
        self.tag_word.next = (bit_cast_to(self.settling.leave.val().get_bit(1), self._tag_bits)
            << (self.finished_at * 1))
            | (bit_cast_to(self.in_last.val(), self._tag_bits) << (self.last_at * 1))
            | (bit_cast_to(self.in_first.val(), self._tag_bits) << (self.first_at * 1))
            | (bit_cast_to(self.update.val(), self._tag_bits) << (self.update_at * 1))
            | (bit_cast_to(self.settling.leave.val().get_bit(0), self._tag_bits) << (self.measure_at * 1))
            | (bit_cast_to(self.slot.val(), self._tag_bits) << (self.slot_at * 1))
            | bit_cast_to(self.replica.val(), self._tag_bits);
        self.tags.enter.next = self.tag_word.val();
        self.adding.enter.next = self.tags.leave.val();
        self.comparing.enter.next = self.adding.leave.val();
        self.deciding.enter.next = self.comparing.leave.val();
        // The clusters' sum and the energy before.
        self.sum.next = signed_cast_to(self.total[0].val(), self._sum_bits);
        for k in 0..self._trees {
            self.tree[k].clock.next = self.clock.val();
            for c in 0..self._clusters {
                self.tree[k].term[c].next = self.total[c].val();
            }
            for c in 0..self._spare {
                self.tree[k].term[self.first_spare + c].next = self.zero_total.val();
            }
            self.sum.next = signed_cast_to(self.tree[k].total.val(), self._sum_bits);
        }
        self.scaled.next = self.sum.val() << 2;
        if self.tags.leave.val().get_bit(self.measure_at * 1) {
            self.scaled.next = self.sum.val();
        }
        self.step.d.next = self.scaled.val();
        self.energies.read_address.next = unsigned_cast_to(self.tags.leave.val(), self._replica_bits);
        if self.look.val() {
            self.energies.read_address.next = self.look_replica.val();
        }
        self.prior.d.next = signed_cast_to(self.energies.read_data.val(), self._energy_bits);
        if self.tags.leave.val().get_bit(self.measure_at * 1)
            & self.tags.leave.val().get_bit(self.first_at * 1)
        {
            self.prior.d.next = 0.into();
        }
        // The energy after.
        self.added.next = signed_cast_to(self.prior.q.val(), self._sum_bits) + self.step.q.val();
        self.new_energy.next = signed_cast_to(self.added.val(), self._energy_bits);
        self.after.d.next = self.new_energy.val();
        self.energies.write_enable.next = self.comparing.leave.val().get_bit(self.measure_at * 1)
            | self.comparing.leave.val().get_bit(self.update_at * 1);
        self.energies.write_address.next = unsigned_cast_to(self.comparing.leave.val(), self._replica_bits);
        self.energies.write_data.next = unsigned_cast_to(self.after.q.val(), self._energy_bits);
        // Whether it is the best one.
        self.best.read_address.next = unsigned_cast_to(self.comparing.leave.val(), self._replica_bits);
        if self.look.val() {
            self.best.read_address.next = self.look_replica.val();
        }
        self.best_energy.next = signed_cast_to(self.best.read_data.val(), self._energy_bits);
        self.better.d.next = self.comparing.leave.val().get_bit(self.update_at * 1)
            & (self.after.q.val() > self.best_energy.val());
        self.decided.d.next = self.after.q.val();
        // A measured state is no candidate: it only forgets the best one.
        if self.comparing.leave.val().get_bit(self.measure_at * 1) {
            self.decided.d.next = self.worst.val();
        }
        self.best.write_enable.next = self.deciding.leave.val().get_bit(self.last_at * 1)
            & (self.better.q.val() | self.deciding.leave.val().get_bit(self.measure_at * 1));
        self.best.write_address.next = unsigned_cast_to(self.deciding.leave.val(), self._replica_bits);
        self.best.write_data.next = unsigned_cast_to(self.decided.q.val(), self._energy_bits);
        self.best_sweeps.write_enable.next =
            self.deciding.leave.val().get_bit(self.last_at * 1) & self.better.q.val();
        self.best_sweeps.write_address.next = unsigned_cast_to(self.deciding.leave.val(), self._replica_bits);
        self.best_sweeps.write_data.next = self.sweeps.q.val();
        self.best_sweeps.read_address.next = self.look_replica.val();
        self.improved.write_enable.next = self.deciding.leave.val().get_bit(self.last_at * 1)
            & (self.deciding.leave.val().get_bit(self.update_at * 1)
                | self.deciding.leave.val().get_bit(self.measure_at * 1));
        self.improved.write_address.next = unsigned_cast_to(self.deciding.leave.val(), self._replica_bits);
        self.improved.write_data.next = bit_cast_to(self.better.q.val(), 1);
        self.improved.read_address.next = unsigned_cast_to(self.deciding.leave.val(), self._replica_bits);
        self.keep.next = self.deciding.leave.val().get_bit(self.finished_at * 1)
            & self.improved.read_data.val().get_bit(0);
        self.keep_place.next = unsigned_cast_to(self.deciding.leave.val(), self._place_bits);
        self.compared_replica.next = unsigned_cast_to(self.comparing.leave.val(), self._replica_bits);
        // Sweeps are counted by their first replica.
        if self.comparing.leave.val().get_bit(self.update_at * 1)
            & self.comparing.leave.val().get_bit(self.last_at * 1)
            & !self.compared_replica.val().any()
        {
            self.sweeps.d.next = self.sweeps.q.val() + 1;
        }
        if self.run_begins.val() {
            self.sweeps.d.next = 0.into();
        }
        // Windows.
        self.seen.next = self.energies.read_data.val();
        if self.look_part.val() == 1.into() {
            self.seen.next = self.best.read_data.val();
        }
        self.seen_cut.next = unsigned_cast_to(self.seen.val() >> 1, self._half_bits);
        self.seen_half.next = signed_cast_to(self.seen_cut.val(), self._half_bits);
        self.seen_wide.next = self.zero.val() - signed_cast_to(self.seen_half.val(), 32);
        self.looked_word.d.next = unsigned_cast_to(self.seen_wide.val(), 32);
        if self.look_part.val() == 2.into() {
            self.looked_word.d.next = self.best_sweeps.read_data.val();
        }
        self.looked.next = self.looked_word.q.val();
        // Observation.
        self.observe_valid.next = self.comparing.leave.val().get_bit(self.update_at * 1)
            & self.comparing.leave.val().get_bit(self.last_at * 1);
        self.observe_replica.next = unsigned_cast_to(self.comparing.leave.val(), self._replica_bits);
        self.shown.next = unsigned_cast_to(self.after.q.val(), self._energy_bits);
        self.shown_cut.next = unsigned_cast_to(self.shown.val() >> 1, self._half_bits);
        self.shown_half.next = signed_cast_to(self.shown_cut.val(), self._half_bits);
        self.wide.next = signed_cast_to(self.shown_half.val(), 32);
        self.observe_energy.next = self.zero.val() - self.wide.val();
    }
}
crate::clocked!(EnergyUnit);
crate::cell_ports!(
    EnergyUnit,
    clock,
    [run_begins, measure, finished, update, slot, replica, total, look, look_part, look_replica],
    [
        read,
        double_bias,
        settled_measure,
        keep,
        keep_place,
        looked,
        observe_valid,
        observe_replica,
        observe_energy
    ]
);
