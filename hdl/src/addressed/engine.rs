//! The sampler of the addressed machine: order, lanes, write-back and what they share.

use super::lane::AddressedLane;
use super::row_order::RowOrder;
use super::shape::{AddressedShape, FETCH_CLOCKS};
use super::windows::AddressedWindows;
use super::write_back::WriteBack;
use crate::cells::*;
use crate::width::*;
use crate::wired::ReplicaTables;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// The sampler of an `addressed` machine, without registers for the host: those are `control`'s.
///
/// `control` has checked every access to a window (address, direction, busy), so this module trusts it. While `ready` is low nothing may be
/// read or written. A word of weights takes 2^group + 3 clocks to be expanded, any other loaded word 3.
#[derive(LogicBlock)]
pub struct AddressedEngine {
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
    /// Sweeps made in this run; with `swap_take` that sweep included.
    pub sweep_number: Bus<Out>,
    /// Sweeps retained since the start or the last swap.
    pub retained_so_far: Bus<Out>,
    /// Clocks of this run.
    pub cycles: Bus<Out>,
    /// The beta schedule begins again.
    pub beta_restart: Signal<Out, Bit>,
    /// The beta schedule's next sweep.
    pub beta_advance: Signal<Out, Bit>,
    /// With several tables and a beta schedule: table of the running sweep, three clocks after those.
    pub scheduled_table: Vec<Bus<In>>,
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
    /// Loads a word of a row.
    pub weight_write: Signal<In, Bit>,
    /// Coupling bank.
    pub weight_write_bank: Bus<In>,
    /// Lane.
    pub weight_write_lane: Bus<In>,
    /// Row.
    pub weight_write_row: Bus<In>,
    /// 0: where slot, color and sweep end; 1 + the number of a tap; 1 + taps + the number of a group of weights.
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
    /// Fields and draws of one update per lane can be observed.
    pub observe_valid: Signal<Out, Bit>,
    /// It belongs to the start.
    pub observe_start: Signal<Out, Bit>,
    /// Its sweep, 0 for the start.
    pub observe_sweep: Bus<Out>,
    /// Its slot.
    pub observe_slot: Bus<Out>,
    /// Its replica.
    pub observe_replica: Bus<Out>,
    /// It counts.
    pub observe_retained: Signal<Out, Bit>,
    /// Saturated fields.
    pub observe_field: Vec<Bus<Out>>,
    /// Draws.
    pub observe_draw: Vec<Bus<Out>>,
    /// The new spins of a position are written, after its updates have been seen.
    pub observe_word_valid: Signal<Out, Bit>,
    /// The position.
    pub observe_word_position: Bus<Out>,
    /// Its spins, replica r in bit r.
    pub observe_word: Bus<Out>,
    /// A sum is stored, one clock after the position's spins.
    pub observe_sum_valid: Signal<Out, Bit>,
    /// Of this position.
    pub observe_sum_position: Bus<Out>,
    /// All replicas included.
    pub observe_sum: Bus<Out>,
    /// A swap takes effect.
    pub observe_swap: Signal<Out, Bit>,
    order: RowOrder,
    windows: AddressedWindows,
    write_back: WriteBack,
    expander: LoadExpander,
    selects: Vec<ReplicaTables>,
    lane: Vec<AddressedLane>,
    fetched: Delay,
    taken: Delay,
    taken_2: Delay,
    turned: Delay,
    using: Delay,
    issued: Delay,
    adding: Delay,
    choosing: Delay,
    looking: Delay,
    comparing: Delay,
    settling: Delay,
    storing: Delay,
    load_lane: Register,
    load_bank: Register,
    load_row: Register,
    load_column: Register,
    selected_lane: Register,
    list_soon: BitRegister,
    list_now: BitRegister,
    list_value: Register,
    bias_soon: BitRegister,
    bias_now: BitRegister,
    bias_value: Register,
    table_now: BitRegister,
    table_index: Register,
    table_data: Register,
    fetch: Signal<Local, Bit>,
    issue: Signal<Local, Bit>,
    last: Signal<Local, Bit>,
    place_1: Bus<Local>,
    fetch_word: Bus<Local>,
    tap_2: Bus<Local>,
    take: Bus<Local>,
    turn_word: Bus<Local>,
    order_word: Bus<Local>,
    update_word: Bus<Local>,
    slot_bus: Bus<Local>,
    row_bus: Bus<Local>,
    settled_slot: Bus<Local>,
    stored_slot: Bus<Local>,
    first_bit: Signal<Local, Bit>,
    look_up: Signal<Local, Bit>,
    gather: Signal<Local, Bit>,
    contribute: Signal<Local, Bit>,
    handing: Signal<Local, Bit>,
    capture: Signal<Local, Bit>,
    scheduled: Bus<Local>,
    choice: Bus<Local>,
    ties: Bus<Local>,
    in_list: Signal<Local, Bit>,
    column: Bus<Local>,
    load_position: Bus<Local>,
    table_half: Bus<Local>,
    table_number: Bus<Local>,
    last_tap: Const,
    last_replica: Const,
    taps: Const,
    first_group: Const,
    one_tap: Const,
    one_lane: Const,
    mode_random: Const,
    field_top: Size,
    field_bits: Size,
    half_bits: Size,
    row_at: Size,
    slot_at: Size,
    first_at: Size,
    issue_at: Size,
    last_at: Size,
    decide_at: Size,
    _lanes: usize,
    _selects: usize,
    _scheduled: usize,
    _tap_bits: usize,
    _fetch_bits: usize,
    _place_bits: usize,
    _row_bits: usize,
    _slot_bits: usize,
    _replica_bits: usize,
    _fewer_taps: usize,
    _fewer_replicas: usize,
    _order_bits: usize,
    _load_bank_bits: usize,
    _load_row_bits: usize,
    _column_bits: usize,
    _list_bits: usize,
    _position_bits: usize,
    _bias_bits: usize,
    _index_bits: usize,
    _threshold_bits: usize,
    _choice_bits: usize,
    _half_bits: usize,
    used_at: Size,
    list_top: Size,
}

impl AddressedEngine {
    /// The sampler of this machine.
    pub fn new(shape: &AddressedShape) -> Self {
        let s = shape;
        let tree = s.tree_stages;
        let lane: Vec<AddressedLane> = (0..s.lanes).map(|_| AddressedLane::new(s)).collect();
        let order = RowOrder::new(s);
        let windows = AddressedWindows::new(s);
        let write_back = WriteBack::new(s);
        let one = &lane[0];
        let (coupling_bits, bias_bank_bits) = (address_width(s.coupling_banks), address_width(s.bias_banks));
        let (row_bits, slot_bits) = (address_width(s.rows), address_width(s.slots));
        let (place_bits, tap_bits) = (address_width(s.turn), address_width(s.taps));
        let lane_bits = address_width(s.lanes);
        // {first row, last replica, issue, slot, row, place}; behind the fetch also {ends the slot}.
        let order_bits = place_bits + row_bits + slot_bits + 3;
        let choice_bits = one.choice.width();
        let table_bits = address_width(s.tables << s.field_bits);
        let selects = usize::from(s.tables > 1);
        let column_bits = address_width(s.columns());
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
            sweep_number: Bus::unsigned(32),
            retained_so_far: Bus::like(&order.retained_so_far),
            cycles: Bus::unsigned(32),
            beta_restart: Default::default(),
            beta_advance: Default::default(),
            scheduled_table: (0..scheduled).map(|_| Bus::unsigned(address_width(s.tables))).collect(),
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
            weight_write_row: Bus::unsigned(row_bits),
            weight_write_column: Bus::unsigned(column_bits),
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
            observe_field: lane.iter().map(|l| Bus::like(&l.field)).collect(),
            observe_draw: lane.iter().map(|l| Bus::like(&l.draw)).collect(),
            observe_word_valid: Default::default(),
            observe_word_position: Bus::like(&write_back.spin_position),
            observe_word: Bus::like(&write_back.spin_word),
            observe_sum_valid: Default::default(),
            observe_sum_position: Bus::like(&write_back.stored_position),
            observe_sum: Bus::like(&write_back.stored_sum),
            observe_swap: Default::default(),
            windows,
            expander: LoadExpander::new(s.group, s.weight_bits, s.partial_bits),
            selects: (0..selects).map(|_| ReplicaTables::new(s.replicas, s.tables)).collect(),
            fetched: Delay::new(order_bits + 1, 1),
            taken: Delay::new(tap_bits + 1, 1),
            taken_2: Delay::new(tap_bits + 1, 1),
            turned: Delay::new(1, FETCH_CLOCKS),
            using: Delay::new(order_bits + 1, s.taps + FETCH_CLOCKS - 1),
            issued: Delay::new(order_bits + 1, 1),
            adding: Delay::new(order_bits + 1, 1),
            choosing: Delay::new(order_bits + 1, tree),
            looking: Delay::new(order_bits + 1, 1),
            comparing: Delay::new(order_bits + 1, 1),
            settling: Delay::new(order_bits + 1, 1),
            storing: Delay::new(order_bits + 1, 1),
            load_lane: Register::unsigned(lane_bits),
            load_bank: Register::unsigned(one.load_bank.width()),
            load_row: Register::unsigned(row_bits),
            load_column: Register::unsigned(tap_bits),
            selected_lane: Register::unsigned(s.lanes),
            list_soon: Default::default(),
            list_now: Default::default(),
            list_value: Register::unsigned(s.position_bits() + 1),
            bias_soon: Default::default(),
            bias_now: Default::default(),
            bias_value: Register::unsigned(s.bias_bits),
            table_now: Default::default(),
            table_index: Register::unsigned(one.table_index.width()),
            table_data: Register::unsigned(s.draw_bits + 1),
            fetch: Default::default(),
            issue: Default::default(),
            last: Default::default(),
            place_1: Bus::unsigned(tap_bits),
            fetch_word: Bus::unsigned(tap_bits + 1),
            tap_2: Bus::unsigned(tap_bits),
            take: Bus::unsigned(s.taps),
            turn_word: Bus::unsigned(1),
            order_word: Bus::unsigned(order_bits + 1),
            update_word: Bus::unsigned(order_bits + 1),
            slot_bus: Bus::unsigned(slot_bits),
            row_bus: Bus::unsigned(row_bits),
            settled_slot: Bus::unsigned(slot_bits),
            stored_slot: Bus::unsigned(slot_bits),
            first_bit: Default::default(),
            look_up: Default::default(),
            gather: Default::default(),
            contribute: Default::default(),
            handing: Default::default(),
            capture: Default::default(),
            scheduled: Bus::unsigned(address_width(s.tables)),
            choice: Bus::unsigned(choice_bits),
            ties: Bus::like(&write_back.held_tie),
            in_list: Default::default(),
            column: Bus::unsigned(column_bits),
            load_position: Bus::unsigned(s.position_bits()),
            table_half: Bus::unsigned(s.field_bits - 1),
            table_number: Bus::unsigned(choice_bits),
            last_tap: Const::unsigned(place_bits, s.taps as u64 - 1),
            last_replica: Const::unsigned(place_bits, s.replicas as u64 - 1),
            taps: Const::unsigned(column_bits, s.taps as u64),
            first_group: Const::unsigned(column_bits, s.taps as u64 + 1),
            one_tap: Const::unsigned(s.taps, 1),
            one_lane: Const::unsigned(s.lanes, 1),
            mode_random: Const::unsigned(2, 0),
            field_top: Size::new(s.field_bits - 1),
            field_bits: Size::new(s.field_bits),
            half_bits: Size::new(s.field_bits - 1),
            row_at: Size::new(place_bits),
            slot_at: Size::new(place_bits + row_bits),
            first_at: Size::new(place_bits + row_bits + slot_bits),
            issue_at: Size::new(place_bits + row_bits + slot_bits + 1),
            last_at: Size::new(place_bits + row_bits + slot_bits + 2),
            decide_at: Size::new(order_bits),
            _lanes: s.lanes,
            _selects: selects,
            _scheduled: scheduled,
            _tap_bits: tap_bits,
            _fetch_bits: tap_bits + 1,
            _place_bits: place_bits,
            _row_bits: row_bits,
            _slot_bits: slot_bits,
            _replica_bits: address_width(s.replicas),
            _fewer_taps: usize::from(s.taps < s.turn),
            _fewer_replicas: usize::from(s.replicas < s.turn),
            _order_bits: order_bits + 1,
            _load_bank_bits: one.load_bank.width(),
            _load_row_bits: row_bits,
            _column_bits: tap_bits,
            _list_bits: s.position_bits() + 1,
            _position_bits: s.position_bits(),
            _bias_bits: s.bias_bits,
            _index_bits: one.table_index.width(),
            _threshold_bits: s.draw_bits + 1,
            _choice_bits: choice_bits,
            _half_bits: s.field_bits - 1,
            used_at: Size::new(13),
            list_top: Size::new(s.position_bits()),
            order,
            write_back,
            lane,
        }
    }
}

impl Logic for AddressedEngine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module engine: The sampler.");
        dff_setup!(
            self,
            clock,
            load_lane,
            load_bank,
            load_row,
            load_column,
            selected_lane,
            list_soon,
            list_now,
            list_value,
            bias_soon,
            bias_now,
            bias_value,
            table_now,
            table_index,
            table_data
        );
        clock!(
            self, clock, order, windows, write_back, expander, fetched, taken, taken_2, turned, using,
            issued, adding, choosing, looking, comparing, settling, storing
        );
        self.order.reset.next = self.reset.val();
        self.order.run_strobe.next = self.run_strobe.val();
        self.order.random_start.next = self.start_mode.val() == self.mode_random.val();
        self.order.stop_pending.next = self.stop_pending.val();
        self.order.swap_pending.next = self.swap_pending.val();
        self.order.bank.next = self.active_coupling.val();
        self.order.burn_in.next = self.burn_in.val();
        self.order.retained.next = self.retained.val();
        self.order.readout.next = self.readout.val();
        self.order.row_write.next = self.weight_write.val() & !self.weight_write_column.val().any();
        self.order.row_write_bank.next = self.weight_write_bank.val();
        self.order.row_write_row.next = self.weight_write_row.val();
        self.order.row_write_data.next = unsigned_cast_to(self.load_write_data.val(), 3);
        self.busy.next = self.order.busy.val();
        self.run_done.next = self.order.run_done.val();
        self.run_stopped.next = self.order.run_stopped.val();
        self.swap_take.next = self.order.swap_take.val();
        self.sweep_number.next = self.order.sweep_number.val();
        self.retained_so_far.next = self.order.retained_so_far.val();
        self.cycles.next = self.order.cycles.val();
        self.beta_restart.next = self.order.beta_restart.val();
        self.beta_advance.next = self.order.beta_advance.val();
        // The fetch of a row's spins.
        // In every clock of a burst, unless it has more clocks than taps or replicas.
        self.fetch.next = self.order.running.val();
        self.issue.next = self.order.running.val();
        for _k in 0..self._fewer_taps {
            self.fetch.next = self.order.running.val() & (self.order.place.val() <= self.last_tap.val());
        }
        for _k in 0..self._fewer_replicas {
            self.issue.next = self.order.running.val() & (self.order.place.val() <= self.last_replica.val());
        }
        self.last.next = self.order.running.val() & (self.order.place.val() == self.last_replica.val());
        self.place_1.next = unsigned_cast_to(self.order.place.val(), self._tap_bits);
        self.fetch_word.next = (bit_cast_to(self.place_1.val(), self._fetch_bits) << 1)
            | bit_cast_to(self.fetch.val(), self._fetch_bits);
        self.taken.enter.next = self.fetch_word.val();
        self.taken_2.enter.next = self.taken.leave.val();
        self.turn_word.next =
            bit_cast_to(self.order.running.val() & (self.order.place.val() == self.last_tap.val()), 1);
        self.turned.enter.next = self.turn_word.val();
        // The way of an update through the stages.
        self.order_word.next = (bit_cast_to(self.last.val(), self._order_bits) << (self.last_at * 1))
            | (bit_cast_to(self.issue.val(), self._order_bits) << (self.issue_at * 1))
            | (bit_cast_to(self.order.first_row.val(), self._order_bits) << (self.first_at * 1))
            | (bit_cast_to(self.order.slot.val(), self._order_bits) << (self.slot_at * 1))
            | (bit_cast_to(self.order.row.val(), self._order_bits) << (self.row_at * 1))
            | bit_cast_to(self.order.place.val(), self._order_bits);
        self.fetched.enter.next = self.order_word.val();
        self.update_word.next = self.fetched.leave.val()
            | (bit_cast_to(self.order.ends_slot.val(), self._order_bits) << (self.decide_at * 1));
        self.using.enter.next = self.update_word.val();
        self.issued.enter.next = self.using.leave.val();
        self.adding.enter.next = self.issued.leave.val();
        self.choosing.enter.next = self.adding.leave.val();
        self.looking.enter.next = self.choosing.leave.val();
        self.comparing.enter.next = self.looking.leave.val();
        self.settling.enter.next = self.comparing.leave.val();
        self.storing.enter.next = self.settling.leave.val();
        self.slot_bus.next = unsigned_cast_to(self.issued.leave.val() >> (self.slot_at * 1), self._slot_bits);
        self.row_bus.next = unsigned_cast_to(self.issued.leave.val() >> (self.row_at * 1), self._row_bits);
        self.first_bit.next = self.adding.leave.val().get_bit(self.first_at * 1);
        self.look_up.next = self.looking.leave.val().get_bit(self.issue_at * 1)
            & self.looking.leave.val().get_bit(self.decide_at * 1);
        self.gather.next = self.settling.leave.val().get_bit(self.issue_at * 1)
            & self.settling.leave.val().get_bit(self.decide_at * 1);
        self.settled_slot.next =
            unsigned_cast_to(self.settling.leave.val() >> (self.slot_at * 1), self._slot_bits);
        self.contribute.next = self.gather.val() & self.order.retaining.val();
        self.handing.next = self.storing.leave.val().get_bit(self.last_at * 1)
            & self.storing.leave.val().get_bit(self.decide_at * 1);
        self.stored_slot.next =
            unsigned_cast_to(self.storing.leave.val() >> (self.slot_at * 1), self._slot_bits);
        self.capture.next = self.handing.val() | self.order.prime.val();
        // Tables.
        self.scheduled.next = 0.into();
        for k in 0..self._scheduled {
            self.scheduled.next = self.scheduled_table[k].val();
        }
        self.choice.next = 0.into();
        for k in 0..self._selects {
            self.selects[k].clock.next = self.clock.val();
            self.selects[k].write.next = self.windows.select_write.val();
            self.selects[k].write_replica.next = self.windows.select_replica.val();
            self.selects[k].write_data.next = self.windows.select_data.val();
            self.selects[k].replica.next = unsigned_cast_to(self.choosing.leave.val(), self._replica_bits);
            self.selects[k].scheduled.next = self.scheduled.val();
            self.choice.next = unsigned_cast_to(self.selects[k].choice.val(), self._choice_bits);
        }
        // Loads: the lane is selected two clocks after a word has come.
        self.load_position.next = unsigned_cast_to(self.load_write_data.val(), self._position_bits);
        self.in_list.next = self.weight_write_column.val() <= self.taps.val();
        self.column.next = self.weight_write_column.val() - self.first_group.val();
        if self.in_list.val() {
            self.column.next = self.weight_write_column.val() - 1;
        }
        self.list_soon.d.next =
            self.weight_write.val() & self.in_list.val() & self.weight_write_column.val().any();
        self.list_now.d.next = self.list_soon.q.val();
        self.expander.write.next = self.weight_write.val() & !self.in_list.val();
        self.expander.word.next = self.load_write_data.val();
        if self.weight_write.val() {
            self.load_lane.d.next = self.weight_write_lane.val();
            self.load_bank.d.next = unsigned_cast_to(self.weight_write_bank.val(), self._load_bank_bits);
            self.load_row.d.next = self.weight_write_row.val();
            self.load_column.d.next = unsigned_cast_to(self.column.val(), self._column_bits);
            self.list_value.d.next =
                (bit_cast_to(self.load_write_data.val().get_bit(self.used_at * 1), self._list_bits)
                    << (self.list_top * 1))
                    | bit_cast_to(self.load_position.val(), self._list_bits);
        }
        if self.bias_write.val() {
            self.load_lane.d.next = self.bias_write_lane.val();
            self.load_bank.d.next = unsigned_cast_to(self.bias_write_bank.val(), self._load_bank_bits);
            self.load_row.d.next = unsigned_cast_to(self.bias_write_slot.val(), self._load_row_bits);
            self.bias_value.d.next = unsigned_cast_to(self.load_write_data.val(), self._bias_bits);
        }
        if self.table_write.val() {
            self.load_bank.d.next = unsigned_cast_to(self.table_write_bank.val(), self._load_bank_bits);
        }
        if self.windows.seed_begin.val() {
            self.load_lane.d.next = self.windows.seed_lane.val();
        }
        self.selected_lane.d.next = self.one_lane.val() << self.load_lane.q.val();
        self.bias_soon.d.next = self.bias_write.val();
        self.bias_now.d.next = self.bias_soon.q.val();
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
        // The host's windows.
        self.windows.reset.next = self.reset.val();
        self.windows.window_write.next = self.window_write.val();
        self.windows.window_read.next = self.window_read.val();
        self.windows.window_address.next = self.window_address.val();
        self.windows.window_write_data.next = self.window_write_data.val();
        self.windows.seen_word.next = self.write_back.seen_word.val();
        self.windows.seen_sum.next = self.write_back.seen_sum.val();
        self.windows.seen_tie.next = self.write_back.seen_tie.val();
        self.windows.nothing_retained.next = !self.order.retained_so_far.val().any();
        self.ready.next = self.windows.ready.val();
        self.window_read_valid.next = self.windows.window_read_valid.val();
        self.window_read_data.next = self.windows.window_read_data.val();
        // From the lanes to spins and sums.
        self.write_back.capture.next = self.capture.val();
        self.write_back.store.next = self.handing.val();
        self.write_back.count.next = self.handing.val() & self.order.retaining.val();
        self.write_back.first.next = self.order.first.val();
        self.write_back.use_field.next = self.order.use_field.val();
        self.write_back.slot.next = self.stored_slot.val();
        self.write_back.position.next = self.windows.position.val();
        self.write_back.mask_write.next = self.windows.mask_write.val();
        self.write_back.value_write.next = self.windows.value_write.val();
        self.write_back.clamp_data.next = self.windows.clamp_data.val();
        self.write_back.host_write.next = self.windows.spin_write.val();
        self.write_back.host_word.next = self.windows.spin_word.val();
        self.write_back.look.next = self.windows.look.val();
        // Lanes.
        self.tap_2.next = unsigned_cast_to(self.taken_2.leave.val() >> 1, self._tap_bits);
        self.take.next = 0.into();
        if self.taken_2.leave.val().get_bit(0) {
            self.take.next = self.one_tap.val() << self.tap_2.val();
        }
        self.ties.next = 0.into();
        for l in 0..self._lanes {
            self.lane[l].clock.next = self.clock.val();
            self.lane[l].list_read.next = self.fetch.val();
            self.lane[l].list_row.next = self.order.row.val();
            self.lane[l].list_tap.next = self.place_1.val();
            self.lane[l].spin_read.next = self.taken.leave.val().get_bit(0);
            self.lane[l].take.next = self.take.val();
            self.lane[l].turn_over.next = self.turned.leave.val().any();
            self.lane[l].replica.next = unsigned_cast_to(self.using.leave.val(), self._place_bits);
            self.lane[l].read.next = self.issued.leave.val().get_bit(self.issue_at * 1);
            self.lane[l].row.next = self.row_bus.val();
            self.lane[l].slot.next = self.slot_bus.val();
            self.lane[l].coupling_bank.next = self.active_coupling.val();
            self.lane[l].bias_bank.next = self.active_bias.val();
            self.lane[l].first_row.next = self.first_bit.val();
            self.lane[l].look_up.next = self.look_up.val();
            self.lane[l].choice.next = self.choice.val();
            self.lane[l].start.next = self.order.start.val();
            self.lane[l].gather.next = self.gather.val();
            self.lane[l].contribute.next = self.contribute.val();
            self.lane[l].capture.next = self.capture.val();
            self.lane[l].spin_write.next = self.write_back.spin_write.val();
            self.lane[l].spin_position.next = self.write_back.spin_position.val();
            self.lane[l].spin_word.next = self.write_back.spin_word.val();
            self.lane[l].selected.next = self.selected_lane.q.val().get_bit(l);
            self.lane[l].list_write.next = self.list_now.q.val();
            self.lane[l].list_data.next = self.list_value.q.val();
            self.lane[l].tap_write.next = self.expander.valid.val();
            self.lane[l].load_column.next = self.load_column.q.val();
            self.lane[l].tap_spins.next = self.expander.spins.val();
            self.lane[l].tap_sum.next = self.expander.sum.val();
            self.lane[l].bias_write.next = self.bias_now.q.val();
            self.lane[l].bias_data.next = self.bias_value.q.val();
            self.lane[l].load_bank.next = self.load_bank.q.val();
            self.lane[l].load_row.next = self.load_row.q.val();
            self.lane[l].table_write.next = self.table_now.q.val();
            self.lane[l].table_index.next = self.table_index.q.val();
            self.lane[l].table_data.next = self.table_data.q.val();
            self.lane[l].seed_write.next = self.windows.seed_write.val();
            self.lane[l].seed_word.next = self.windows.seed_word.val();
            self.lane[l].seed_data.next = self.windows.seed_data.val();
            self.write_back.word[l].next = self.lane[l].held_word.val();
            self.write_back.held[l].next = self.lane[l].held.val();
            self.ties.next = self.ties.val().replace_bit(l, self.lane[l].held_tie.val());
            self.observe_field[l].next = self.lane[l].field.val();
            self.observe_draw[l].next = self.lane[l].draw.val();
        }
        self.write_back.held_tie.next = self.ties.val();
        // Observation.
        self.observe_valid.next = self.gather.val();
        self.observe_start.next = self.order.start.val();
        self.observe_sweep.next = self.order.sweep.val();
        self.observe_slot.next = self.settled_slot.val();
        self.observe_replica.next = unsigned_cast_to(self.settling.leave.val(), self._replica_bits);
        self.observe_retained.next = self.contribute.val();
        self.observe_word_valid.next = self.write_back.settled.val();
        self.observe_word_position.next = self.write_back.spin_position.val();
        self.observe_word.next = self.write_back.spin_word.val();
        self.observe_sum_valid.next = self.write_back.stored.val();
        self.observe_sum_position.next = self.write_back.stored_position.val();
        self.observe_sum.next = self.write_back.stored_sum.val();
        self.observe_swap.next = self.order.swap_take.val();
    }
}
crate::clocked!(AddressedEngine);
crate::cell_ports!(
    AddressedEngine,
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
        sweep_number,
        retained_so_far,
        cycles,
        beta_restart,
        beta_advance,
        window_read_valid,
        window_read_data,
        observe_valid,
        observe_start,
        observe_sweep,
        observe_slot,
        observe_replica,
        observe_retained,
        observe_field,
        observe_draw,
        observe_word_valid,
        observe_word_position,
        observe_word,
        observe_sum_valid,
        observe_sum_position,
        observe_sum,
        observe_swap
    ]
);
