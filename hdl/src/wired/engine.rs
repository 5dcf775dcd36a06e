//! The sampler of the wired machine: order, clusters, wires and what they share.

use super::clamp_wires::ClampWires;
use super::cluster::Cluster;
use super::run_order::RunOrder;
use super::shape::WiredShape;
use super::spin_wires::SpinWires;
use super::tap_wires::TapWires;
use super::windows::WiredWindows;
use crate::cells::*;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

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
    order: RunOrder,
    windows: WiredWindows,
    taps: TapWires,
    clamps: ClampWires,
    spins: SpinWires,
    expander: LoadExpander,
    selects: Vec<TableSelect>,
    cluster: Vec<Cluster>,
    rest: Vec<Cluster>,
    issued: Delay,
    choosing: Delay,
    looking: Delay,
    comparing: Delay,
    settling: Delay,
    storing: Delay,
    flags: Delay,
    sweeps: Delay,
    banks: Delay,
    table_banks: Delay,
    stored_flags: Register,
    load_lane: Register,
    load_bank: Register,
    load_slot: Register,
    load_group: Register,
    selected_cluster: Vec<BitRegister>,
    selected_lane: Register,
    bias_soon: BitRegister,
    bias_now: BitRegister,
    bias_data: Register,
    table_now: BitRegister,
    table_index: Register,
    table_data: Register,
    order_word: Bus<Local>,
    bank_word: Bus<Local>,
    flag_word: Bus<Local>,
    issue_1: Signal<Local, Bit>,
    slot_1: Bus<Local>,
    coupling_1: Bus<Local>,
    bias_1: Bus<Local>,
    look_up: Signal<Local, Bit>,
    table_bank: Bus<Local>,
    choice: Bus<Local>,
    start_compared: Signal<Local, Bit>,
    insert: Signal<Local, Bit>,
    slot_settled: Bus<Local>,
    retaining: Signal<Local, Bit>,
    use_field: Signal<Local, Bit>,
    contribute: Signal<Local, Bit>,
    capture: Signal<Local, Bit>,
    count: Signal<Local, Bit>,
    first: Signal<Local, Bit>,
    slot_stored: Bus<Local>,
    looked: Bus<Local>,
    look_cluster: Bus<Local>,
    look_lane: Bus<Local>,
    load_cluster: Bus<Local>,
    table_half: Bus<Local>,
    table_number: Bus<Local>,
    wide_look: Bus<Local>,
    place_compared: Bus<Local>,
    spin_place: Bus<Local>,
    low_lane: Bus<Local>,
    one_lane: Const,
    zero_sum: Const,
    cluster_number: Vec<Const>,
    mode_random: Const,
    unit_bits: Size,
    unit: Size,
    rest_lane: Size,
    rest_cluster: Size,
    place_at: Size,
    start_at: Size,
    issue_at: Size,
    last_at: Size,
    bias_at: Size,
    field_top: Size,
    field_bits: Size,
    half_bits: Size,
    _full: usize,
    _rests: usize,
    _unit: usize,
    _rest_lanes: usize,
    _words: usize,
    _selects: usize,
    _slot_bits: usize,
    _place_bits: usize,
    _order_bits: usize,
    _coupling_bits: usize,
    _bias_bank_bits: usize,
    _bank_bits: usize,
    _load_bank_bits: usize,
    _lane_bits: usize,
    _unit_bits: usize,
    _cluster_bits: usize,
    _bias_bits: usize,
    _index_bits: usize,
    _threshold_bits: usize,
    _choice_bits: usize,
    _replica_bits: usize,
    _look_lane_bits: usize,
    _rest_look_bits: usize,
    _half_bits: usize,
}

impl WiredEngine {
    /// The sampler of this machine.
    pub fn new(shape: &WiredShape) -> Self {
        let s = shape;
        let tree = s.tree_stages;
        let full = s.full_clusters();
        let cluster: Vec<Cluster> = (0..full).map(|c| Cluster::new(s, c * s.unit, s.unit)).collect();
        let remaining = s.lanes - full * s.unit;
        let rest: Vec<Cluster> =
            (remaining > 0).then(|| Cluster::new(s, full * s.unit, remaining)).into_iter().collect();
        let clusters = full + rest.len();
        let order = RunOrder::new(s);
        let windows = WiredWindows::new(s);
        let all = || cluster.iter().chain(&rest);
        let one = &cluster[0];
        let (slot_bits, place_bits) = (order.slot.width(), order.place.width());
        let order_bits = slot_bits + place_bits + 3;
        let (coupling_bits, bias_bank_bits) = (address_width(s.coupling_banks), address_width(s.bias_banks));
        let bank_bits = coupling_bits + bias_bank_bits;
        let lane_bits = address_width(s.lanes);
        let unit_bits = s.unit.ilog2() as usize;
        let cluster_bits = address_width(clusters);
        let wide_lane_bits = unit_bits + cluster_bits;
        let choice_bits = one.choice.width();
        let table_bits = address_width(s.tables << s.field_bits);
        let selects = usize::from(s.tables > 1);
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
            windows,
            taps: TapWires::new(s),
            clamps: ClampWires::new(s),
            spins: SpinWires::new(s),
            expander: LoadExpander::new(s.group, s.weight_bits, s.partial_bits),
            selects: (0..selects).map(|_| TableSelect::new(s.replicas, s.tables, 1)).collect(),
            issued: Delay::new(order_bits, 1),
            choosing: Delay::new(order_bits, 1 + tree),
            looking: Delay::new(order_bits, 1),
            comparing: Delay::new(order_bits, 1),
            settling: Delay::new(order_bits, 1),
            storing: Delay::new(order_bits, 1),
            flags: Delay::new(3, 1 + tree),
            sweeps: Delay::new(32, 1 + tree),
            banks: Delay::new(bank_bits, 1),
            table_banks: Delay::new(coupling_bits, 2 + tree),
            stored_flags: Register::unsigned(3),
            load_lane: Register::unsigned(wide_lane_bits),
            load_bank: Register::unsigned(one.load_bank.width()),
            load_slot: Register::unsigned(slot_bits),
            load_group: Register::unsigned(s.group_number_bits()),
            selected_cluster: (0..clusters).map(|_| Default::default()).collect(),
            selected_lane: Register::unsigned(s.unit),
            bias_soon: Default::default(),
            bias_now: Default::default(),
            bias_data: Register::unsigned(s.bias_bits),
            table_now: Default::default(),
            table_index: Register::unsigned(one.table_index.width()),
            table_data: Register::unsigned(s.draw_bits + 1),
            order_word: Bus::unsigned(order_bits),
            bank_word: Bus::unsigned(bank_bits),
            flag_word: Bus::unsigned(3),
            issue_1: Default::default(),
            slot_1: Bus::unsigned(slot_bits),
            coupling_1: Bus::unsigned(coupling_bits),
            bias_1: Bus::unsigned(bias_bank_bits),
            look_up: Default::default(),
            table_bank: Bus::unsigned(coupling_bits),
            choice: Bus::unsigned(choice_bits),
            start_compared: Default::default(),
            insert: Default::default(),
            slot_settled: Bus::unsigned(slot_bits),
            retaining: Default::default(),
            use_field: Default::default(),
            contribute: Default::default(),
            capture: Default::default(),
            count: Default::default(),
            first: Default::default(),
            slot_stored: Bus::unsigned(slot_bits),
            looked: Bus::like(&one.looked),
            look_cluster: Bus::unsigned(cluster_bits),
            look_lane: Bus::unsigned(one.look_lane.width()),
            load_cluster: Bus::unsigned(cluster_bits),
            table_half: Bus::unsigned(s.field_bits - 1),
            table_number: Bus::unsigned(choice_bits),
            wide_look: Bus::unsigned(wide_lane_bits),
            place_compared: Bus::unsigned(place_bits),
            spin_place: Bus::unsigned(place_bits),
            low_lane: Bus::unsigned(unit_bits.max(1)),
            one_lane: Const::unsigned(s.unit, 1),
            zero_sum: Const::unsigned(one.looked.width(), 0),
            cluster_number: (0..clusters).map(|c| Const::unsigned(cluster_bits, c as u64)).collect(),
            mode_random: Const::unsigned(2, 0),
            unit_bits: Size::new(unit_bits),
            unit: Size::new(s.unit),
            rest_lane: Size::new(full * s.unit),
            rest_cluster: Size::new(full),
            place_at: Size::new(slot_bits),
            start_at: Size::new(slot_bits + place_bits),
            issue_at: Size::new(slot_bits + place_bits + 1),
            last_at: Size::new(slot_bits + place_bits + 2),
            bias_at: Size::new(coupling_bits),
            field_top: Size::new(s.field_bits - 1),
            field_bits: Size::new(s.field_bits),
            half_bits: Size::new(s.field_bits - 1),
            _full: full,
            _rests: rest.len(),
            _unit: s.unit,
            _rest_lanes: remaining,
            _words: one.tap[0].len(),
            _selects: selects,
            _slot_bits: slot_bits,
            _place_bits: place_bits,
            _order_bits: order_bits,
            _coupling_bits: coupling_bits,
            _bias_bank_bits: bias_bank_bits,
            _bank_bits: bank_bits,
            _load_bank_bits: one.load_bank.width(),
            _lane_bits: wide_lane_bits,
            _unit_bits: unit_bits.max(1),
            _cluster_bits: cluster_bits,
            _bias_bits: s.bias_bits,
            _index_bits: one.table_index.width(),
            _threshold_bits: s.draw_bits + 1,
            _choice_bits: choice_bits,
            _replica_bits: address_width(s.replicas),
            _look_lane_bits: one.look_lane.width(),
            _rest_look_bits: rest.first().map_or(1, |r| r.look_lane.width()),
            _half_bits: s.field_bits - 1,
            order,
            cluster,
            rest,
        }
    }
}

impl Logic for WiredEngine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module engine: The sampler.");
        dff_setup!(
            self,
            clock,
            stored_flags,
            load_lane,
            load_bank,
            load_slot,
            load_group,
            selected_lane,
            bias_soon,
            bias_now,
            bias_data,
            table_now,
            table_index,
            table_data
        );
        clock!(
            self,
            clock,
            order,
            windows,
            clamps,
            spins,
            expander,
            issued,
            choosing,
            looking,
            comparing,
            settling,
            storing,
            flags,
            sweeps,
            banks,
            table_banks
        );
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
        self.sweep_number.next = self.order.sweep_number.val();
        self.retained_so_far.next = self.order.retained_so_far.val();
        self.cycles.next = self.order.cycles.val();
        self.order_word.next = (bit_cast_to(self.order.last_replica.val(), self._order_bits)
            << (self.last_at * 1))
            | (bit_cast_to(self.order.issue.val(), self._order_bits) << (self.issue_at * 1))
            | (bit_cast_to(self.order.start.val(), self._order_bits) << (self.start_at * 1))
            | (bit_cast_to(self.order.place.val(), self._order_bits) << (self.place_at * 1))
            | bit_cast_to(self.order.slot.val(), self._order_bits);
        self.issued.enter.next = self.order_word.val();
        self.choosing.enter.next = self.issued.leave.val();
        self.looking.enter.next = self.choosing.leave.val();
        self.comparing.enter.next = self.looking.leave.val();
        self.settling.enter.next = self.comparing.leave.val();
        self.storing.enter.next = self.settling.leave.val();
        self.bank_word.next = (bit_cast_to(self.active_bias.val(), self._bank_bits) << (self.bias_at * 1))
            | bit_cast_to(self.active_coupling.val(), self._bank_bits);
        self.banks.enter.next = self.bank_word.val();
        self.coupling_1.next = unsigned_cast_to(self.banks.leave.val(), self._coupling_bits);
        self.bias_1.next =
            unsigned_cast_to(self.banks.leave.val() >> (self.bias_at * 1), self._bias_bank_bits);
        self.table_banks.enter.next = self.coupling_1.val();
        self.table_bank.next = self.table_banks.leave.val();
        self.issue_1.next = self.issued.leave.val().get_bit(self.issue_at * 1);
        self.slot_1.next = unsigned_cast_to(self.issued.leave.val(), self._slot_bits);
        self.look_up.next = self.looking.leave.val().get_bit(self.issue_at * 1);
        self.start_compared.next = self.comparing.leave.val().get_bit(self.start_at * 1);
        self.insert.next = self.settling.leave.val().get_bit(self.issue_at * 1);
        self.slot_settled.next = unsigned_cast_to(self.settling.leave.val(), self._slot_bits);
        self.slot_stored.next = unsigned_cast_to(self.storing.leave.val(), self._slot_bits);
        self.flag_word.next = bit_cast_to(self.order.retaining.val(), 3)
            | (bit_cast_to(self.order.first.val(), 3) << 1)
            | (bit_cast_to(self.order.use_field.val(), 3) << 2);
        self.flags.enter.next = self.flag_word.val();
        self.sweeps.enter.next = self.order.sweep.val();
        self.stored_flags.d.next = self.flags.leave.val();
        self.retaining.next = self.flags.leave.val().get_bit(0);
        self.use_field.next = self.flags.leave.val().get_bit(2);
        self.contribute.next = self.insert.val() & self.retaining.val();
        self.capture.next = self.storing.leave.val().get_bit(self.last_at * 1) | self.order.prime.val();
        self.count.next = self.stored_flags.q.val().get_bit(0) & !self.order.prime.val();
        self.first.next = self.stored_flags.q.val().get_bit(1);
        // Tables.
        self.choice.next = 0.into();
        for k in 0..self._selects {
            self.selects[k].clock.next = self.clock.val();
            self.selects[k].write.next = self.windows.select_write.val();
            self.selects[k].write_replica.next = self.windows.select_replica.val();
            self.selects[k].write_data.next = self.windows.select_data.val();
            self.selects[k].replica.next =
                unsigned_cast_to(self.choosing.leave.val() >> (self.place_at * 1), self._replica_bits);
            self.selects[k].color.next = false;
            self.selects[k].block.next = 0.into();
            self.choice.next = unsigned_cast_to(self.selects[k].choice.val(), self._choice_bits);
        }
        // Loads: the lane is selected two clocks after a word has come.
        if self.weight_write.val() {
            self.load_lane.d.next = unsigned_cast_to(self.weight_write_lane.val(), self._lane_bits);
            self.load_bank.d.next = unsigned_cast_to(self.weight_write_bank.val(), self._load_bank_bits);
            self.load_slot.d.next = self.weight_write_row.val();
            self.load_group.d.next = self.weight_write_column.val();
        }
        if self.bias_write.val() {
            self.load_lane.d.next = unsigned_cast_to(self.bias_write_lane.val(), self._lane_bits);
            self.load_bank.d.next = unsigned_cast_to(self.bias_write_bank.val(), self._load_bank_bits);
            self.load_slot.d.next = self.bias_write_slot.val();
        }
        if self.table_write.val() {
            self.load_bank.d.next = unsigned_cast_to(self.table_write_bank.val(), self._load_bank_bits);
        }
        if self.windows.seed_begin.val() {
            self.load_lane.d.next = unsigned_cast_to(self.windows.seed_lane.val(), self._lane_bits);
        }
        self.load_cluster.next =
            unsigned_cast_to(self.load_lane.q.val() >> (self.unit_bits * 1), self._cluster_bits);
        self.low_lane.next = unsigned_cast_to(self.load_lane.q.val(), self._unit_bits);
        self.selected_lane.d.next = self.one_lane.val() << self.low_lane.val();
        self.bias_soon.d.next = self.bias_write.val();
        self.bias_now.d.next = self.bias_soon.q.val();
        if self.bias_write.val() {
            self.bias_data.d.next = unsigned_cast_to(self.load_write_data.val(), self._bias_bits);
        }
        // Thresholds of negative fields are not stored: they are the others' complements.
        self.table_now.d.next =
            self.table_write.val() & !self.table_write_index.val().get_bit(self.field_top * 1);
        self.table_half.next = unsigned_cast_to(self.table_write_index.val(), self._half_bits);
        self.table_index.d.next = bit_cast_to(self.table_half.val(), self._index_bits);
        self.table_number.next = 0.into();
        for _k in 0..self._selects {
            self.table_number.next =
                unsigned_cast_to(self.table_write_index.val() >> (self.field_bits * 1), self._choice_bits);
            self.table_index.d.next = (bit_cast_to(self.table_number.val(), self._index_bits)
                << (self.half_bits * 1))
                | bit_cast_to(self.table_half.val(), self._index_bits);
        }
        self.table_data.d.next = unsigned_cast_to(self.load_write_data.val(), self._threshold_bits);
        self.expander.write.next = self.weight_write.val();
        self.expander.word.next = self.load_write_data.val();
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
        self.clamps.slot.next = self.slot_settled.val();
        self.spins.slot.next = unsigned_cast_to(self.comparing.leave.val(), self._slot_bits);
        self.place_compared.next =
            unsigned_cast_to(self.comparing.leave.val() >> (self.place_at * 1), self._place_bits);
        self.spin_place.next = unsigned_cast_to(self.windows.spin_replica.val(), self._place_bits);
        self.spins.access.next =
            self.windows.spin_access.val() & (self.place_compared.val() == self.spin_place.val());
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
        for c in 0..self._full {
            self.cluster[c].clock.next = self.clock.val();
            for l in 0..self._unit {
                for w in 0..self._words {
                    self.cluster[c].tap[l][w].next = self.taps.tap[c * self.unit + l][w].val();
                }
                self.taps.seen[c * self.unit + l].next = self.cluster[c].seen[l].val();
                self.observe_field[c * self.unit + l].next = self.cluster[c].field[l].val();
                self.observe_draw[c * self.unit + l].next = self.cluster[c].draw[l].val();
            }
            self.cluster[c].read.next = self.issue_1.val();
            self.cluster[c].slot.next = self.slot_1.val();
            self.cluster[c].coupling_bank.next = self.coupling_1.val();
            self.cluster[c].bias_bank.next = self.bias_1.val();
            self.cluster[c].look_up.next = self.look_up.val();
            self.cluster[c].table_bank.next = self.table_bank.val();
            self.cluster[c].choice.next = self.choice.val();
            self.cluster[c].start.next = self.start_compared.val();
            self.cluster[c].clamp_mask.next = self.clamps.mask[c].val();
            self.cluster[c].clamp_value.next = self.clamps.value[c].val();
            self.cluster[c].insert.next = self.insert.val();
            self.cluster[c].contribute.next = self.contribute.val();
            self.cluster[c].use_field.next = self.use_field.val();
            self.cluster[c].capture.next = self.capture.val();
            self.cluster[c].count.next = self.count.val();
            self.cluster[c].first.next = self.first.val();
            self.cluster[c].burst_slot.next = self.slot_stored.val();
            self.cluster[c].host_write.next = self.spins.host_write[c].val();
            self.cluster[c].host_spin.next = self.spins.host_spin[c].val();
            self.cluster[c].selected.next = self.selected_cluster[c].q.val();
            self.cluster[c].selected_lane.next = self.selected_lane.q.val();
            self.cluster[c].tap_write.next = self.expander.valid.val();
            self.cluster[c].tap_group.next = self.load_group.q.val();
            self.cluster[c].tap_spins.next = self.expander.spins.val();
            self.cluster[c].tap_sum.next = self.expander.sum.val();
            self.cluster[c].bias_write.next = self.bias_now.q.val();
            self.cluster[c].bias_data.next = self.bias_data.q.val();
            self.cluster[c].load_bank.next = self.load_bank.q.val();
            self.cluster[c].load_slot.next = self.load_slot.q.val();
            self.cluster[c].table_write.next = self.table_now.q.val();
            self.cluster[c].table_index.next = self.table_index.q.val();
            self.cluster[c].table_data.next = self.table_data.q.val();
            self.cluster[c].seed_write.next = self.windows.seed_write.val();
            self.cluster[c].seed_word.next = self.windows.seed_word.val();
            self.cluster[c].seed_data.next = self.windows.seed_data.val();
            self.cluster[c].look.next =
                self.windows.look.val() & (self.look_cluster.val() == self.cluster_number[c].val());
            self.cluster[c].look_slot.next = self.windows.look_slot.val();
            self.cluster[c].look_lane.next = self.look_lane.val();
            self.looked.next = self.looked.val() | self.cluster[c].looked.val();
            self.spins.last[c].next = self.cluster[c].last.val();
            self.observe_spin[c].next = self.cluster[c].spin.val();
            self.observe_sum_valid[c].next = self.cluster[c].stored.val();
            self.observe_sum_lane[c].next = self.cluster[c].stored_lane.val();
            self.observe_sum_slot[c].next = self.cluster[c].stored_slot.val();
            self.observe_sum[c].next = self.cluster[c].stored_sum.val();
            self.selected_cluster[c].clock.next = self.clock.val();
            self.selected_cluster[c].d.next = self.load_cluster.val() == self.cluster_number[c].val();
        }
        for k in 0..self._rests {
            self.rest[k].clock.next = self.clock.val();
            for l in 0..self._rest_lanes {
                for w in 0..self._words {
                    self.rest[k].tap[l][w].next = self.taps.tap[self.rest_lane + l][w].val();
                }
                self.taps.seen[self.rest_lane + l].next = self.rest[k].seen[l].val();
                self.observe_field[self.rest_lane + l].next = self.rest[k].field[l].val();
                self.observe_draw[self.rest_lane + l].next = self.rest[k].draw[l].val();
            }
            self.rest[k].read.next = self.issue_1.val();
            self.rest[k].slot.next = self.slot_1.val();
            self.rest[k].coupling_bank.next = self.coupling_1.val();
            self.rest[k].bias_bank.next = self.bias_1.val();
            self.rest[k].look_up.next = self.look_up.val();
            self.rest[k].table_bank.next = self.table_bank.val();
            self.rest[k].choice.next = self.choice.val();
            self.rest[k].start.next = self.start_compared.val();
            self.rest[k].clamp_mask.next = self.clamps.mask[self.rest_cluster + k].val();
            self.rest[k].clamp_value.next = self.clamps.value[self.rest_cluster + k].val();
            self.rest[k].insert.next = self.insert.val();
            self.rest[k].contribute.next = self.contribute.val();
            self.rest[k].use_field.next = self.use_field.val();
            self.rest[k].capture.next = self.capture.val();
            self.rest[k].count.next = self.count.val();
            self.rest[k].first.next = self.first.val();
            self.rest[k].burst_slot.next = self.slot_stored.val();
            self.rest[k].host_write.next = self.spins.host_write[self.rest_cluster + k].val();
            self.rest[k].host_spin.next = self.spins.host_spin[self.rest_cluster + k].val();
            self.rest[k].selected.next = self.selected_cluster[self.rest_cluster + k].q.val();
            self.rest[k].selected_lane.next = unsigned_cast_to(self.selected_lane.q.val(), self._rest_lanes);
            self.rest[k].tap_write.next = self.expander.valid.val();
            self.rest[k].tap_group.next = self.load_group.q.val();
            self.rest[k].tap_spins.next = self.expander.spins.val();
            self.rest[k].tap_sum.next = self.expander.sum.val();
            self.rest[k].bias_write.next = self.bias_now.q.val();
            self.rest[k].bias_data.next = self.bias_data.q.val();
            self.rest[k].load_bank.next = self.load_bank.q.val();
            self.rest[k].load_slot.next = self.load_slot.q.val();
            self.rest[k].table_write.next = self.table_now.q.val();
            self.rest[k].table_index.next = self.table_index.q.val();
            self.rest[k].table_data.next = self.table_data.q.val();
            self.rest[k].seed_write.next = self.windows.seed_write.val();
            self.rest[k].seed_word.next = self.windows.seed_word.val();
            self.rest[k].seed_data.next = self.windows.seed_data.val();
            self.rest[k].look.next = self.windows.look.val()
                & (self.look_cluster.val() == self.cluster_number[self.rest_cluster + k].val());
            self.rest[k].look_slot.next = self.windows.look_slot.val();
            self.rest[k].look_lane.next = unsigned_cast_to(self.look_lane.val(), self._rest_look_bits);
            self.looked.next = self.looked.val() | self.rest[k].looked.val();
            self.spins.last[self.rest_cluster + k].next = self.rest[k].last.val();
            self.observe_spin[self.rest_cluster + k].next = self.rest[k].spin.val();
            self.observe_sum_valid[self.rest_cluster + k].next = self.rest[k].stored.val();
            self.observe_sum_lane[self.rest_cluster + k].next = self.rest[k].stored_lane.val();
            self.observe_sum_slot[self.rest_cluster + k].next = self.rest[k].stored_slot.val();
            self.observe_sum[self.rest_cluster + k].next = self.rest[k].stored_sum.val();
            self.selected_cluster[self.rest_cluster + k].clock.next = self.clock.val();
            self.selected_cluster[self.rest_cluster + k].d.next =
                self.load_cluster.val() == self.cluster_number[self.rest_cluster + k].val();
        }
        self.windows.sum_word.next = self.looked.val();
        // Observation.
        self.observe_valid.next = self.insert.val();
        self.observe_start.next = self.settling.leave.val().get_bit(self.start_at * 1);
        self.observe_sweep.next = self.sweeps.leave.val();
        self.observe_slot.next = self.slot_settled.val();
        self.observe_replica.next =
            unsigned_cast_to(self.settling.leave.val() >> (self.place_at * 1), self._replica_bits);
        self.observe_retained.next = self.contribute.val();
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
        observe_swap
    ]
);
