//! The sampler of the wired machine: order, clusters, wires and what they share.

use super::clamp_wires::ClampWires;
use super::cluster::Cluster;
use super::energy_unit::EnergyUnit;
use super::exchange_unit::ExchangeUnit;
use super::load_route::LoadRoute;
use super::replica_tables::ReplicaTables;
use super::run_order::RunOrder;
use super::shape::WiredShape;
use super::spin_wires::SpinWires;
use super::tap_wires::TapWires;
use super::update_stages::UpdateStages;
use super::windows::WiredWindows;
use crate::width::*;
use rust_hdl_core::prelude::*;

/// The sampler of a `wired` machine, without registers for the host: those are `control`'s.
///
/// `control` has checked every access to a window (address, direction, busy), so this module trusts it. While `ready` is low nothing may be
/// read or written. A word of weights takes 2^group + 3 clocks to be expanded.
#[derive(LogicBlock)]
pub struct WiredEngine {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Starts a run.
    pub run_strobe: Signal<In, Bit>,
    /// 0 random, 1 host, 2 keep.
    pub start_mode: Bus<In>,
    /// End the run at the next sweep boundary.
    pub stop_pending: Signal<In, Bit>,
    /// Swap at the next sweep boundary; an idle machine's banks are `control`'s alone.
    pub swap_pending: Signal<In, Bit>,
    /// Active coupling bank.
    pub active_coupling: Bus<In>,
    /// Active bias bank.
    pub active_bias: Bus<In>,
    /// Schedule of the active coupling bank.
    pub burn_in: Bus<In>,
    /// Schedule of the active coupling bank.
    pub retained: Bus<In>,
    /// Schedule of the active coupling bank: 0 spin, 1 field.
    pub readout: Signal<In, Bit>,
    /// Nothing of the host's is being worked on.
    pub ready: Signal<Out, Bit>,
    /// A run is going on.
    pub busy: Signal<Out, Bit>,
    /// Last clock of a run.
    pub run_done: Signal<Out, Bit>,
    /// With `run_done`: by command.
    pub run_stopped: Signal<Out, Bit>,
    /// The swap takes effect at the end of this clock.
    pub swap_take: Signal<Out, Bit>,
    /// The beta schedule begins again.
    pub beta_restart: Signal<Out, Bit>,
    /// The beta schedule's next sweep.
    pub beta_advance: Signal<Out, Bit>,
    /// With several tables and a beta schedule: table of the running sweep, three clocks after those.
    pub scheduled_table: Vec<Bus<In>>,
    /// Sweeps issued in this run.
    pub sweep_number: Bus<Out>,
    /// Sweeps retained since the start or the last swap.
    pub retained_so_far: Bus<Out>,
    /// Clocks of this run.
    pub cycles: Bus<Out>,
    /// Writes a word of a window.
    pub window_write: Signal<In, Bit>,
    /// Reads a word of a window.
    pub window_read: Signal<In, Bit>,
    /// Register address.
    pub window_address: Bus<In>,
    /// The word.
    pub window_write_data: Bus<In>,
    /// The word read is there.
    pub window_read_valid: Signal<Out, Bit>,
    /// The word read.
    pub window_read_data: Bus<Out>,
    /// Loads a threshold into all lanes.
    pub table_write: Signal<In, Bit>,
    /// Coupling bank.
    pub table_write_bank: Bus<In>,
    /// Index in load-stream order.
    pub table_write_index: Bus<In>,
    /// Loads a word of weights.
    pub weight_write: Signal<In, Bit>,
    /// Coupling bank.
    pub weight_write_bank: Bus<In>,
    /// Lane.
    pub weight_write_lane: Bus<In>,
    /// Slot.
    pub weight_write_row: Bus<In>,
    /// Group of taps.
    pub weight_write_column: Bus<In>,
    /// Loads a bias.
    pub bias_write: Signal<In, Bit>,
    /// Bias bank.
    pub bias_write_bank: Bus<In>,
    /// Slot.
    pub bias_write_slot: Bus<In>,
    /// Lane.
    pub bias_write_lane: Bus<In>,
    /// The word to load.
    pub load_write_data: Bus<In>,
    /// One update per lane can be observed.
    pub observe_valid: Signal<Out, Bit>,
    /// It belongs to the start.
    pub observe_start: Signal<Out, Bit>,
    /// Its sweep, 0 for the start.
    pub observe_sweep: Bus<Out>,
    /// Its slot.
    pub observe_slot: Bus<Out>,
    /// Its replica.
    pub observe_replica: Bus<Out>,
    /// It was added to the sums.
    pub observe_retained: Signal<Out, Bit>,
    /// New spins, one bus per cluster, lane l of a cluster in bit l.
    pub observe_spin: Vec<Bus<Out>>,
    /// Saturated fields.
    pub observe_field: Vec<Bus<Out>>,
    /// Draws.
    pub observe_draw: Vec<Bus<Out>>,
    /// A cluster stores a sum.
    pub observe_sum_valid: Vec<Signal<Out, Bit>>,
    /// Of this lane of the cluster.
    pub observe_sum_lane: Vec<Bus<Out>>,
    /// Of this slot.
    pub observe_sum_slot: Vec<Bus<Out>>,
    /// All replicas of the burst included.
    pub observe_sum: Vec<Bus<Out>>,
    /// A swap takes effect.
    pub observe_swap: Signal<Out, Bit>,
    /// With energies: that of a replica after a sweep is there.
    pub observe_energy_valid: Vec<Signal<Out, Bit>>,
    /// With energies: this replica.
    pub observe_energy_replica: Vec<Bus<Out>>,
    /// With energies: its energy.
    pub observe_energy: Vec<Bus<Out>>,
    /// With a ladder: a pair of places was tried.
    pub observe_exchange_valid: Vec<Signal<Out, Bit>>,
    /// With a ladder: its lower place.
    pub observe_exchange_place: Vec<Bus<Out>>,
    /// With a ladder: the replica that stood there.
    pub observe_exchange_lower: Vec<Bus<Out>>,
    /// With a ladder: the replica that stood at the next place.
    pub observe_exchange_upper: Vec<Bus<Out>>,
    /// With a ladder: they are exchanged.
    pub observe_exchange_made: Vec<Signal<Out, Bit>>,
    order: RunOrder,
    stages: UpdateStages,
    windows: WiredWindows,
    taps: TapWires,
    clamps: ClampWires,
    spins: SpinWires,
    loads: LoadRoute,
    selects: Vec<ReplicaTables>,
    cluster: Vec<Cluster>,
    energies: Vec<EnergyUnit>,
    ladder: Vec<ExchangeUnit>,
    ladder_word: Vec<Signal<Local, Bit>>,
    ladder_seed: Vec<Signal<Local, Bit>>,
    ladder_first: Vec<Const>,
    ladder_lane: Vec<Const>,
    ladder_index: Vec<Bus<Local>>,
    choice: Bus<Local>,
    scheduled: Bus<Local>,
    looked: Bus<Local>,
    look_cluster: Bus<Local>,
    look_lane: Bus<Local>,
    wide_look: Bus<Local>,
    spin_place: Bus<Local>,
    zero_sum: Const,
    cluster_number: Vec<Const>,
    mode_random: Const,
    mode_keep: Vec<Const>,
    unit_bits: Size,
    unit: Size,
    rest_lane: Size,
    rest_cluster: Size,
    _clusters: usize,
    _full: usize,
    _rests: usize,
    _unit: usize,
    _rest_lanes: usize,
    _words: usize,
    _energies: usize,
    _ladders: usize,
    _ladder_bits: usize,
    best_slot_at: Size,
    _state_bits: usize,
    _selects: usize,
    _scheduled: usize,
    _place_bits: usize,
    _lane_bits: usize,
    _cluster_bits: usize,
    _look_lane_bits: usize,
    _rest_look_bits: usize,
}

impl WiredEngine {
    /// The sampler of this machine.
    pub fn new(shape: &WiredShape) -> Self {
        let s = shape;
        let full = s.full_clusters();
        let lanes = s.clusters();
        let cluster: Vec<Cluster> =
            lanes.iter().enumerate().map(|(c, &lanes)| Cluster::new(s, c * s.unit, lanes)).collect();
        let clusters = cluster.len();
        let rest = cluster.get(full);
        let energies: Vec<EnergyUnit> =
            cluster[0].energy.iter().map(|total| EnergyUnit::new(s, total.width())).collect();
        let ladder: Vec<ExchangeUnit> = s.ladder.then(|| ExchangeUnit::new(s)).into_iter().collect();
        let ladders = ladder.len();
        let ladder_bits = ladder.first().map_or(1, |unit| unit.write_index.width());
        let order = RunOrder::new(s);
        let windows = WiredWindows::new(s);
        let all = || cluster.iter();
        let one = &cluster[0];
        let (slot_bits, place_bits) = (order.slot.width(), order.place.width());
        let (coupling_bits, bias_bank_bits) = (address_width(s.coupling_banks), address_width(s.bias_banks));
        let lane_bits = address_width(s.lanes);
        let unit_bits = s.unit.ilog2() as usize;
        let cluster_bits = address_width(clusters);
        let table_bits = s.table_index_bits();
        let selects = usize::from(s.tables > 1);
        let scheduled = usize::from(s.tables > 1 && s.beta_steps > 0);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            run_strobe: Default::default(),
            start_mode: Bus::unsigned(2),
            stop_pending: Default::default(),
            swap_pending: Default::default(),
            active_coupling: Bus::unsigned(coupling_bits),
            active_bias: Bus::unsigned(bias_bank_bits),
            burn_in: Bus::like(&order.burn_in),
            retained: Bus::like(&order.retained),
            readout: Default::default(),
            ready: Default::default(),
            busy: Default::default(),
            run_done: Default::default(),
            run_stopped: Default::default(),
            swap_take: Default::default(),
            beta_restart: Default::default(),
            beta_advance: Default::default(),
            scheduled_table: (0..scheduled).map(|_| Bus::unsigned(address_width(s.tables))).collect(),
            sweep_number: Bus::unsigned(32),
            retained_so_far: Bus::like(&order.retained_so_far),
            cycles: Bus::unsigned(32),
            window_write: Default::default(),
            window_read: Default::default(),
            window_address: Bus::unsigned(16),
            window_write_data: Bus::unsigned(32),
            window_read_valid: Default::default(),
            window_read_data: Bus::unsigned(32),
            table_write: Default::default(),
            table_write_bank: Bus::unsigned(coupling_bits),
            table_write_index: Bus::unsigned(table_bits),
            weight_write: Default::default(),
            weight_write_bank: Bus::unsigned(coupling_bits),
            weight_write_lane: Bus::unsigned(lane_bits),
            weight_write_row: Bus::unsigned(slot_bits),
            weight_write_column: Bus::unsigned(s.group_number_bits()),
            bias_write: Default::default(),
            bias_write_bank: Bus::unsigned(bias_bank_bits),
            bias_write_slot: Bus::unsigned(slot_bits),
            bias_write_lane: Bus::unsigned(lane_bits),
            load_write_data: Bus::unsigned(32),
            observe_valid: Default::default(),
            observe_start: Default::default(),
            observe_sweep: Bus::unsigned(32),
            observe_slot: Bus::unsigned(slot_bits),
            observe_replica: Bus::unsigned(address_width(s.replicas)),
            observe_retained: Default::default(),
            observe_spin: all().map(|c| Bus::like(&c.spin)).collect(),
            observe_field: all().flat_map(|c| c.field.iter().map(Bus::like)).collect(),
            observe_draw: all().flat_map(|c| c.draw.iter().map(Bus::like)).collect(),
            observe_sum_valid: (0..clusters).map(|_| Default::default()).collect(),
            observe_sum_lane: all().map(|c| Bus::like(&c.stored_lane)).collect(),
            observe_sum_slot: all().map(|c| Bus::like(&c.stored_slot)).collect(),
            observe_sum: all().map(|c| Bus::like(&c.stored_sum)).collect(),
            observe_swap: Default::default(),
            observe_energy_valid: energies.iter().map(|_| Default::default()).collect(),
            observe_energy_replica: energies.iter().map(|e| Bus::like(&e.observe_replica)).collect(),
            observe_energy: energies.iter().map(|e| Bus::like(&e.observe_energy)).collect(),
            observe_exchange_valid: ladder.iter().map(|_| Default::default()).collect(),
            observe_exchange_place: ladder.iter().map(|l| Bus::like(&l.observe_place)).collect(),
            observe_exchange_lower: ladder.iter().map(|l| Bus::like(&l.observe_lower)).collect(),
            observe_exchange_upper: ladder.iter().map(|l| Bus::like(&l.observe_upper)).collect(),
            observe_exchange_made: ladder.iter().map(|_| Default::default()).collect(),
            stages: UpdateStages::new(s),
            windows,
            taps: TapWires::new(s),
            clamps: ClampWires::new(s),
            spins: SpinWires::new(s),
            loads: LoadRoute::new(s, one.table_index.width()),
            selects: (0..selects).map(|_| ReplicaTables::new(s.replicas, s.tables)).collect(),
            choice: Bus::like(&one.choice),
            scheduled: Bus::unsigned(address_width(s.tables)),
            looked: Bus::like(&one.looked),
            look_cluster: Bus::unsigned(cluster_bits),
            look_lane: Bus::like(&one.look_lane),
            wide_look: Bus::unsigned(unit_bits + cluster_bits),
            spin_place: Bus::unsigned(place_bits),
            zero_sum: Const::unsigned(one.looked.width(), 0),
            cluster_number: (0..clusters).map(|c| Const::unsigned(cluster_bits, c as u64)).collect(),
            mode_random: Const::unsigned(2, 0),
            mode_keep: (0..ladders).map(|_| Const::unsigned(2, 2)).collect(),
            ladder_word: (0..ladders).map(|_| Default::default()).collect(),
            ladder_seed: (0..ladders).map(|_| Default::default()).collect(),
            ladder_first: (0..ladders)
                .map(|_| Const::unsigned(table_bits, s.threshold_words() as u64))
                .collect(),
            ladder_lane: (0..ladders).map(|_| Const::unsigned(s.generator_bits(), s.lanes as u64)).collect(),
            ladder_index: (0..ladders).map(|_| Bus::unsigned(table_bits)).collect(),
            unit_bits: Size::new(unit_bits),
            unit: Size::new(s.unit),
            rest_lane: Size::new(full * s.unit),
            rest_cluster: Size::new(full),
            _clusters: clusters,
            _full: full,
            _rests: clusters - full,
            _unit: s.unit,
            _rest_lanes: s.lanes - full * s.unit,
            _words: one.tap[0].len(),
            _energies: energies.len(),
            _ladders: ladders,
            _ladder_bits: ladder_bits,
            best_slot_at: Size::new(address_width(s.replicas)),
            _state_bits: s.state_bits(),
            _selects: selects,
            _scheduled: scheduled,
            _place_bits: place_bits,
            _lane_bits: unit_bits + cluster_bits,
            _cluster_bits: cluster_bits,
            _look_lane_bits: one.look_lane.width(),
            _rest_look_bits: rest.map_or(1, |r| r.look_lane.width()),
            order,
            cluster,
            energies,
            ladder,
        }
    }
}

impl Logic for WiredEngine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module engine: The sampler.");
        clock!(self, clock, order, stages, windows, clamps, spins, loads);
        // The order of updates and its way through the stages.
        self.order.reset.next = self.reset.val();
        self.order.run_strobe.next = self.run_strobe.val();
        self.order.random_start.next = self.start_mode.val() == self.mode_random.val();
        self.order.stop_pending.next = self.stop_pending.val();
        self.order.swap_pending.next = self.swap_pending.val();
        self.order.burn_in.next = self.burn_in.val();
        self.order.retained.next = self.retained.val();
        self.order.readout.next = self.readout.val();
        self.busy.next = self.order.busy.val();
        self.run_done.next = self.order.run_done.val();
        self.run_stopped.next = self.order.run_stopped.val();
        self.swap_take.next = self.order.swap_take.val();
        self.beta_restart.next = self.order.beta_restart.val();
        self.beta_advance.next = self.order.beta_advance.val();
        self.sweep_number.next = self.order.sweep_number.val();
        self.retained_so_far.next = self.order.retained_so_far.val();
        self.cycles.next = self.order.cycles.val();
        self.stages.issue.next = self.order.issue.val();
        self.stages.start.next = self.order.start.val();
        self.stages.slot.next = self.order.slot.val();
        self.stages.place.next = self.order.place.val();
        self.stages.last_replica.next = self.order.last_replica.val();
        self.stages.prime.next = self.order.prime.val();
        self.stages.retaining.next = self.order.retaining.val();
        self.stages.first.next = self.order.first.val();
        self.stages.use_field.next = self.order.use_field.val();
        self.stages.sweep.next = self.order.sweep.val();
        self.stages.active_coupling.next = self.active_coupling.val();
        self.stages.active_bias.next = self.active_bias.val();
        // Tables.
        self.scheduled.next = 0.into();
        for k in 0..self._scheduled {
            self.scheduled.next = self.scheduled_table[k].val();
        }
        self.stages.scheduled.next = self.scheduled.val();
        self.choice.next = 0.into();
        for k in 0..self._selects {
            self.selects[k].clock.next = self.clock.val();
            self.selects[k].write.next = self.windows.select_write.val();
            self.selects[k].write_replica.next = self.windows.select_replica.val();
            self.selects[k].write_data.next = self.windows.select_data.val();
            self.selects[k].replica.next = self.stages.chosen_replica.val();
            self.selects[k].scheduled.next = self.stages.chosen_scheduled.val();
            self.choice.next = self.selects[k].choice.val();
        }
        // Loads.
        self.loads.table_write.next = self.table_write.val();
        self.loads.table_write_bank.next = self.table_write_bank.val();
        self.loads.table_write_index.next = self.table_write_index.val();
        self.loads.weight_write.next = self.weight_write.val();
        self.loads.weight_write_bank.next = self.weight_write_bank.val();
        self.loads.weight_write_lane.next = self.weight_write_lane.val();
        self.loads.weight_write_row.next = self.weight_write_row.val();
        self.loads.weight_write_column.next = self.weight_write_column.val();
        self.loads.bias_write.next = self.bias_write.val();
        self.loads.bias_write_bank.next = self.bias_write_bank.val();
        self.loads.bias_write_slot.next = self.bias_write_slot.val();
        self.loads.bias_write_lane.next = self.bias_write_lane.val();
        self.loads.load_write_data.next = self.load_write_data.val();
        self.loads.seed_begin.next = self.windows.seed_begin.val();
        self.loads.seed_lane.next = self.windows.seed_lane.val();
        // The host's windows, clamps and spins.
        self.windows.reset.next = self.reset.val();
        self.windows.window_write.next = self.window_write.val();
        self.windows.window_read.next = self.window_read.val();
        self.windows.window_address.next = self.window_address.val();
        self.windows.window_write_data.next = self.window_write_data.val();
        self.windows.spins.next = self.spins.read.val();
        self.windows.nothing_retained.next = !self.order.retained_so_far.val().any();
        self.ready.next = self.windows.ready.val();
        self.window_read_valid.next = self.windows.window_read_valid.val();
        self.window_read_data.next = self.windows.window_read_data.val();
        self.clamps.reset.next = self.reset.val();
        self.clamps.mask_write.next = self.windows.mask_write.val();
        self.clamps.value_write.next = self.windows.value_write.val();
        self.clamps.word.next = self.windows.clamp_word.val();
        self.clamps.data.next = self.windows.data.val();
        self.clamps.slot.next = self.stages.settled_slot.val();
        self.spins.slot.next = self.stages.compared_slot.val();
        self.spin_place.next = unsigned_cast_to(self.windows.spin_replica.val(), self._place_bits);
        self.spins.access.next =
            self.windows.spin_access.val() & (self.stages.compared_place.val() == self.spin_place.val());
        self.spins.word.next = self.windows.spin_word.val();
        self.spins.write.next = self.windows.spin_write.val();
        self.spins.data.next = self.windows.data.val();
        self.wide_look.next = unsigned_cast_to(self.windows.look_lane.val(), self._lane_bits);
        self.look_cluster.next =
            unsigned_cast_to(self.wide_look.val() >> (self.unit_bits * 1), self._cluster_bits);
        self.look_lane.next = unsigned_cast_to(self.wide_look.val(), self._look_lane_bits);
        // Clusters.
        self.taps.slot.next = self.order.slot.val();
        self.looked.next = self.zero_sum.val();
        for c in 0..self._clusters {
            self.cluster[c].clock.next = self.clock.val();
            self.cluster[c].read.next = self.stages.read.val();
            self.cluster[c].slot.next = self.stages.read_slot.val();
            self.cluster[c].coupling_bank.next = self.stages.coupling_bank.val();
            self.cluster[c].bias_bank.next = self.stages.bias_bank.val();
            self.cluster[c].look_up.next = self.stages.look_up.val();
            self.cluster[c].table_bank.next = self.stages.table_bank.val();
            self.cluster[c].choice.next = self.choice.val();
            self.cluster[c].start.next = self.stages.compared_start.val();
            self.cluster[c].clamp_mask.next = self.clamps.mask[c].val();
            self.cluster[c].clamp_value.next = self.clamps.value[c].val();
            self.cluster[c].insert.next = self.stages.insert.val();
            self.cluster[c].contribute.next = self.stages.contribute.val();
            self.cluster[c].use_field.next = self.stages.settled_use_field.val();
            self.cluster[c].capture.next = self.stages.capture.val();
            self.cluster[c].count.next = self.stages.count.val();
            self.cluster[c].first.next = self.stages.count_first.val();
            self.cluster[c].burst_slot.next = self.stages.stored_slot.val();
            self.cluster[c].host_write.next = self.spins.host_write[c].val();
            self.cluster[c].host_spin.next = self.spins.host_spin[c].val();
            self.cluster[c].selected.next = self.loads.selected[c].val();
            self.cluster[c].tap_write.next = self.loads.tap_write.val();
            self.cluster[c].tap_group.next = self.loads.tap_group.val();
            self.cluster[c].tap_spins.next = self.loads.tap_spins.val();
            self.cluster[c].tap_sum.next = self.loads.tap_sum.val();
            self.cluster[c].bias_write.next = self.loads.bias_now.val();
            self.cluster[c].bias_data.next = self.loads.bias_data.val();
            self.cluster[c].load_bank.next = self.loads.bank.val();
            self.cluster[c].load_slot.next = self.loads.slot.val();
            self.cluster[c].table_write.next = self.loads.table_now.val();
            self.cluster[c].table_index.next = self.loads.table_index.val();
            self.cluster[c].table_data.next = self.loads.table_data.val();
            self.cluster[c].seed_write.next = self.windows.seed_write.val();
            self.cluster[c].seed_word.next = self.windows.seed_word.val();
            self.cluster[c].seed_data.next = self.windows.seed_data.val();
            self.cluster[c].look.next =
                self.windows.look.val() & (self.look_cluster.val() == self.cluster_number[c].val());
            self.cluster[c].look_slot.next = self.windows.look_slot.val();
            self.looked.next = self.looked.val() | self.cluster[c].looked.val();
            self.spins.last[c].next = self.cluster[c].last.val();
            self.observe_spin[c].next = self.cluster[c].spin.val();
            self.observe_sum_valid[c].next = self.cluster[c].stored.val();
            self.observe_sum_lane[c].next = self.cluster[c].stored_lane.val();
            self.observe_sum_slot[c].next = self.cluster[c].stored_slot.val();
            self.observe_sum[c].next = self.cluster[c].stored_sum.val();
        }
        // Energies and best states; the host sees a best state's spins where it sees the lines'.
        for k in 0..self._energies {
            self.energies[k].clock.next = self.clock.val();
            self.energies[k].run_begins.next = self.order.prime.val();
            self.energies[k].measure.next = self.order.measure[k].val();
            self.energies[k].finished.next = self.order.finished[k].val();
            self.energies[k].update.next = self.stages.insert.val() & !self.stages.settled_start.val();
            self.energies[k].slot.next = self.stages.settled_slot.val();
            self.energies[k].replica.next = self.stages.settled_replica.val();
            self.energies[k].look.next = self.windows.energy_look[k].val();
            self.energies[k].look_part.next = self.windows.energy_part[k].val();
            self.energies[k].look_replica.next = self.windows.energy_replica[k].val();
            self.windows.energy_word[k].next = self.energies[k].looked.val();
            self.observe_energy_valid[k].next = self.energies[k].observe_valid.val();
            self.observe_energy_replica[k].next = self.energies[k].observe_replica.val();
            self.observe_energy[k].next = self.energies[k].observe_energy.val();
            for c in 0..self._clusters {
                self.cluster[c].read.next = self.stages.read.val() | self.energies[k].read.val();
                self.cluster[c].double_bias[k].next = self.energies[k].double_bias.val();
                self.cluster[c].measure[k].next = self.energies[k].settled_measure.val();
                self.cluster[c].keep[k].next = self.energies[k].keep.val();
                self.cluster[c].keep_place[k].next = self.energies[k].keep_place.val();
                self.cluster[c].look_best[k].next = self.windows.spin_best[k].val() & self.spins.access.val();
                self.cluster[c].best_place[k].next =
                    (bit_cast_to(self.stages.compared_slot.val(), self._state_bits)
                        << (self.best_slot_at * 1))
                        | bit_cast_to(self.windows.spin_replica.val(), self._state_bits);
                self.energies[k].total[c].next = self.cluster[c].energy[k].val();
                if self.windows.spin_best[k].val() {
                    self.spins.last[c].next = self.cluster[c].best[k].val();
                }
            }
        }
        // Ladders: a replica's table follows its place; words behind the tables and the last generator's seed are theirs.
        for k in 0..self._ladders {
            self.order.exchange_due[k].next = self.ladder[k].due.val();
            self.ladder[k].clock.next = self.clock.val();
            self.ladder[k].reset.next = self.reset.val();
            self.ladder[k].run_begins.next = self.order.prime.val();
            self.ladder[k].keeps.next = self.start_mode.val() == self.mode_keep[k].val();
            self.ladder[k].restart.next = self.order.beta_restart.val();
            self.ladder[k].advance.next = self.order.beta_advance.val();
            self.ladder[k].bank.next = self.active_coupling.val();
            self.ladder[k].energy.next = self.energies[k].looked.val();
            self.ladder_word[k].next = self.table_write_index.val() >= self.ladder_first[k].val();
            self.ladder_index[k].next = self.table_write_index.val() - self.ladder_first[k].val();
            self.ladder[k].write.next = self.table_write.val() & self.ladder_word[k].val();
            self.ladder[k].write_bank.next = self.table_write_bank.val();
            self.ladder[k].write_index.next = unsigned_cast_to(self.ladder_index[k].val(), self._ladder_bits);
            self.ladder[k].write_data.next = self.load_write_data.val();
            if self.ladder_word[k].val() {
                self.loads.table_write.next = false;
            }
            self.ladder_seed[k].next = self.windows.seed_lane.val() == self.ladder_lane[k].val();
            self.ladder[k].seed_write.next = self.windows.seed_write.val() & self.ladder_seed[k].val();
            self.ladder[k].seed_word.next = self.windows.seed_word.val();
            self.ladder[k].seed_data.next = self.windows.seed_data.val();
            for c in 0..self._clusters {
                if self.ladder_seed[k].val() {
                    self.cluster[c].seed_write.next = false;
                }
            }
            self.ladder[k].look_part.next = self.windows.ladder_part[k].val();
            self.ladder[k].look_place.next = self.windows.energy_replica[k].val();
            if self.windows.ladder_part[k].val() >= 3.into() {
                self.windows.energy_word[k].next = self.ladder[k].looked.val();
            }
            if self.ladder[k].look.val() {
                self.energies[k].look.next = true;
                self.energies[k].look_part.next = 0.into();
                self.energies[k].look_replica.next = self.ladder[k].look_replica.val();
            }
            self.selects[k].write.next = self.ladder[k].select_write.val();
            self.selects[k].write_replica.next = self.ladder[k].select_replica.val();
            self.selects[k].write_data.next = self.ladder[k].select_data.val();
            self.observe_exchange_valid[k].next = self.ladder[k].observe_valid.val();
            self.observe_exchange_place[k].next = self.ladder[k].observe_place.val();
            self.observe_exchange_lower[k].next = self.ladder[k].observe_lower.val();
            self.observe_exchange_upper[k].next = self.ladder[k].observe_upper.val();
            self.observe_exchange_made[k].next = self.ladder[k].observe_made.val();
        }
        // Lanes of clusters of full size, then of the smaller one that may be left.
        for c in 0..self._full {
            self.cluster[c].selected_lane.next = self.loads.selected_lane.val();
            self.cluster[c].look_lane.next = self.look_lane.val();
            for l in 0..self._unit {
                for w in 0..self._words {
                    self.cluster[c].tap[l][w].next = self.taps.tap[c * self.unit + l][w].val();
                }
                self.taps.seen[c * self.unit + l].next = self.cluster[c].seen[l].val();
                self.observe_field[c * self.unit + l].next = self.cluster[c].field[l].val();
                self.observe_draw[c * self.unit + l].next = self.cluster[c].draw[l].val();
            }
        }
        for k in 0..self._rests {
            self.cluster[self.rest_cluster + k].selected_lane.next =
                unsigned_cast_to(self.loads.selected_lane.val(), self._rest_lanes);
            self.cluster[self.rest_cluster + k].look_lane.next =
                unsigned_cast_to(self.look_lane.val(), self._rest_look_bits);
            for l in 0..self._rest_lanes {
                for w in 0..self._words {
                    self.cluster[self.rest_cluster + k].tap[l][w].next =
                        self.taps.tap[self.rest_lane + l][w].val();
                }
                self.taps.seen[self.rest_lane + l].next = self.cluster[self.rest_cluster + k].seen[l].val();
                self.observe_field[self.rest_lane + l].next =
                    self.cluster[self.rest_cluster + k].field[l].val();
                self.observe_draw[self.rest_lane + l].next =
                    self.cluster[self.rest_cluster + k].draw[l].val();
            }
        }
        self.windows.sum_word.next = self.looked.val();
        // Observation.
        self.observe_valid.next = self.stages.insert.val();
        self.observe_start.next = self.stages.settled_start.val();
        self.observe_sweep.next = self.stages.settled_sweep.val();
        self.observe_slot.next = self.stages.settled_slot.val();
        self.observe_replica.next = self.stages.settled_replica.val();
        self.observe_retained.next = self.stages.contribute.val();
        self.observe_swap.next = self.order.swap_take.val();
    }
}
crate::clocked!(WiredEngine);
crate::cell_ports!(
    WiredEngine,
    clock,
    [
        reset,
        run_strobe,
        start_mode,
        stop_pending,
        swap_pending,
        active_coupling,
        active_bias,
        burn_in,
        retained,
        readout,
        scheduled_table,
        window_write,
        window_read,
        window_address,
        window_write_data,
        table_write,
        table_write_bank,
        table_write_index,
        weight_write,
        weight_write_bank,
        weight_write_lane,
        weight_write_row,
        weight_write_column,
        bias_write,
        bias_write_bank,
        bias_write_slot,
        bias_write_lane,
        load_write_data
    ],
    [
        ready,
        busy,
        run_done,
        run_stopped,
        swap_take,
        beta_restart,
        beta_advance,
        sweep_number,
        retained_so_far,
        cycles,
        window_read_valid,
        window_read_data,
        observe_valid,
        observe_start,
        observe_sweep,
        observe_slot,
        observe_replica,
        observe_retained,
        observe_spin,
        observe_field,
        observe_draw,
        observe_sum_valid,
        observe_sum_lane,
        observe_sum_slot,
        observe_sum,
        observe_swap,
        observe_energy_valid,
        observe_energy_replica,
        observe_energy,
        observe_exchange_valid,
        observe_exchange_place,
        observe_exchange_lower,
        observe_exchange_upper,
        observe_exchange_made
    ]
);
