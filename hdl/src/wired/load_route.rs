//! The way of loaded words and seeds to their lane.

use super::lane::bank_bits;
use super::shape::WiredShape;
use crate::cells::LoadExpander;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Selects the lane of a loaded word or a seed, two clocks after it has come, by a cluster bit and a lane bit, and expands words of
/// weights.
#[derive(LogicBlock)]
pub struct LoadRoute {
    /// Clock.
    pub clock: Signal<In, Clock>,
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
    /// A seed comes in two clocks.
    pub seed_begin: Signal<In, Bit>,
    /// For this lane.
    pub seed_lane: Bus<In>,
    /// Clusters that are meant.
    pub selected: Vec<Signal<Out, Bit>>,
    /// Lanes of a cluster that are meant.
    pub selected_lane: Bus<Out>,
    /// Bank to load.
    pub bank: Bus<Out>,
    /// Slot to load.
    pub slot: Bus<Out>,
    /// Loads a sum of taps.
    pub tap_write: Signal<Out, Bit>,
    /// Of this group.
    pub tap_group: Bus<Out>,
    /// Of this pattern.
    pub tap_spins: Bus<Out>,
    /// The sum.
    pub tap_sum: Bus<Out>,
    /// Loads a bias.
    pub bias_now: Signal<Out, Bit>,
    /// The bias.
    pub bias_data: Bus<Out>,
    /// Loads a threshold.
    pub table_now: Signal<Out, Bit>,
    /// Its place.
    pub table_index: Bus<Out>,
    /// The threshold.
    pub table_data: Bus<Out>,
    expander: LoadExpander,
    lane_register: Register,
    bank_register: Register,
    slot_register: Register,
    group_register: Register,
    cluster_register: Vec<BitRegister>,
    selected_register: Register,
    bias_soon: BitRegister,
    bias_register: BitRegister,
    bias_value: Register,
    table_register: BitRegister,
    index_register: Register,
    threshold_register: Register,
    cluster: Bus<Local>,
    low_lane: Bus<Local>,
    half: Bus<Local>,
    number: Bus<Local>,
    one_lane: Const,
    cluster_number: Vec<Const>,
    unit_bits: Size,
    field_top: Size,
    field_bits: Size,
    half_bits: Size,
    _clusters: usize,
    _several_tables: usize,
    _lane_bits: usize,
    _unit_bits: usize,
    _cluster_bits: usize,
    _bank_bits: usize,
    _bias_bits: usize,
    _index_bits: usize,
    _number_bits: usize,
    _threshold_bits: usize,
    _half_bits: usize,
}

impl LoadRoute {
    /// The way of this machine's loads; a place in half a table has `index_bits`.
    pub fn new(s: &WiredShape, index_bits: usize) -> Self {
        let (coupling_bits, bias_bank_bits) = (address_width(s.coupling_banks), address_width(s.bias_banks));
        let (lane_bits, slot_bits) = (address_width(s.lanes), address_width(s.slots));
        let group_bits = s.group_number_bits();
        let clusters = s.clusters().len();
        let unit_bits = s.unit.ilog2() as usize;
        let cluster_bits = address_width(clusters);
        let number_bits = address_width(s.tables);
        let expander = LoadExpander::new(s.group, s.weight_bits, s.partial_bits);
        Self {
            clock: Default::default(),
            table_write: Default::default(),
            table_write_bank: Bus::unsigned(coupling_bits),
            table_write_index: Bus::unsigned(s.table_index_bits()),
            weight_write: Default::default(),
            weight_write_bank: Bus::unsigned(coupling_bits),
            weight_write_lane: Bus::unsigned(lane_bits),
            weight_write_row: Bus::unsigned(slot_bits),
            weight_write_column: Bus::unsigned(group_bits),
            bias_write: Default::default(),
            bias_write_bank: Bus::unsigned(bias_bank_bits),
            bias_write_slot: Bus::unsigned(slot_bits),
            bias_write_lane: Bus::unsigned(lane_bits),
            load_write_data: Bus::unsigned(32),
            seed_begin: Default::default(),
            seed_lane: Bus::unsigned(s.generator_bits()),
            selected: (0..clusters).map(|_| Default::default()).collect(),
            selected_lane: Bus::unsigned(s.unit),
            bank: Bus::unsigned(bank_bits(s)),
            slot: Bus::unsigned(slot_bits),
            tap_write: Default::default(),
            tap_group: Bus::unsigned(group_bits),
            tap_spins: Bus::like(&expander.spins),
            tap_sum: Bus::like(&expander.sum),
            bias_now: Default::default(),
            bias_data: Bus::unsigned(s.bias_bits),
            table_now: Default::default(),
            table_index: Bus::unsigned(index_bits),
            table_data: Bus::unsigned(s.draw_bits + 1),
            expander,
            lane_register: Register::unsigned(unit_bits + cluster_bits),
            bank_register: Register::unsigned(bank_bits(s)),
            slot_register: Register::unsigned(slot_bits),
            group_register: Register::unsigned(group_bits),
            cluster_register: (0..clusters).map(|_| Default::default()).collect(),
            selected_register: Register::unsigned(s.unit),
            bias_soon: Default::default(),
            bias_register: Default::default(),
            bias_value: Register::unsigned(s.bias_bits),
            table_register: Default::default(),
            index_register: Register::unsigned(index_bits),
            threshold_register: Register::unsigned(s.draw_bits + 1),
            cluster: Bus::unsigned(cluster_bits),
            low_lane: Bus::unsigned(unit_bits.max(1)),
            half: Bus::unsigned(s.field_bits - 1),
            number: Bus::unsigned(number_bits),
            one_lane: Const::unsigned(s.unit, 1),
            cluster_number: (0..clusters).map(|c| Const::unsigned(cluster_bits, c as u64)).collect(),
            unit_bits: Size::new(unit_bits),
            field_top: Size::new(s.field_bits - 1),
            field_bits: Size::new(s.field_bits),
            half_bits: Size::new(s.field_bits - 1),
            _clusters: clusters,
            _several_tables: usize::from(s.tables > 1),
            _lane_bits: unit_bits + cluster_bits,
            _unit_bits: unit_bits.max(1),
            _cluster_bits: cluster_bits,
            _bank_bits: bank_bits(s),
            _bias_bits: s.bias_bits,
            _index_bits: index_bits,
            _number_bits: number_bits,
            _threshold_bits: s.draw_bits + 1,
            _half_bits: s.field_bits - 1,
        }
    }
}

impl Logic for LoadRoute {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module load_route: Loaded words to their lane.");
        dff_setup!(
            self,
            clock,
            lane_register,
            bank_register,
            slot_register,
            group_register,
            selected_register,
            bias_soon,
            bias_register,
            bias_value,
            table_register,
            index_register,
            threshold_register
        );
        clock!(self, clock, expander);
        if self.weight_write.val() {
            self.lane_register.d.next = unsigned_cast_to(self.weight_write_lane.val(), self._lane_bits);
            self.bank_register.d.next = unsigned_cast_to(self.weight_write_bank.val(), self._bank_bits);
            self.slot_register.d.next = self.weight_write_row.val();
            self.group_register.d.next = self.weight_write_column.val();
        }
        if self.bias_write.val() {
            self.lane_register.d.next = unsigned_cast_to(self.bias_write_lane.val(), self._lane_bits);
            self.bank_register.d.next = unsigned_cast_to(self.bias_write_bank.val(), self._bank_bits);
            self.slot_register.d.next = self.bias_write_slot.val();
            self.bias_value.d.next = unsigned_cast_to(self.load_write_data.val(), self._bias_bits);
        }
        if self.table_write.val() {
            self.bank_register.d.next = unsigned_cast_to(self.table_write_bank.val(), self._bank_bits);
        }
        if self.seed_begin.val() {
            self.lane_register.d.next = unsigned_cast_to(self.seed_lane.val(), self._lane_bits);
        }
        // The lane's cluster, and its number there.
        self.cluster.next =
            unsigned_cast_to(self.lane_register.q.val() >> (self.unit_bits * 1), self._cluster_bits);
        for c in 0..self._clusters {
            self.cluster_register[c].clock.next = self.clock.val();
            self.cluster_register[c].d.next = self.cluster.val() == self.cluster_number[c].val();
            self.selected[c].next = self.cluster_register[c].q.val();
        }
        self.low_lane.next = unsigned_cast_to(self.lane_register.q.val(), self._unit_bits);
        self.selected_register.d.next = self.one_lane.val() << self.low_lane.val();
        self.selected_lane.next = self.selected_register.q.val();
        self.bank.next = self.bank_register.q.val();
        self.slot.next = self.slot_register.q.val();
        // Weights and biases.
        self.expander.write.next = self.weight_write.val();
        self.expander.word.next = self.load_write_data.val();
        self.tap_write.next = self.expander.valid.val();
        self.tap_group.next = self.group_register.q.val();
        self.tap_spins.next = self.expander.spins.val();
        self.tap_sum.next = self.expander.sum.val();
        self.bias_soon.d.next = self.bias_write.val();
        self.bias_register.d.next = self.bias_soon.q.val();
        self.bias_now.next = self.bias_register.q.val();
        self.bias_data.next = self.bias_value.q.val();
        // Thresholds of negative fields are not stored: they are the others' complements.
        self.table_register.d.next =
            self.table_write.val() & !self.table_write_index.val().get_bit(self.field_top * 1);
        self.half.next = unsigned_cast_to(self.table_write_index.val(), self._half_bits);
        self.index_register.d.next = bit_cast_to(self.half.val(), self._index_bits);
        self.number.next = 0.into();
        for _k in 0..self._several_tables {
            self.number.next =
                unsigned_cast_to(self.table_write_index.val() >> (self.field_bits * 1), self._number_bits);
            self.index_register.d.next = (bit_cast_to(self.number.val(), self._index_bits)
                << (self.half_bits * 1))
                | bit_cast_to(self.half.val(), self._index_bits);
        }
        self.threshold_register.d.next = unsigned_cast_to(self.load_write_data.val(), self._threshold_bits);
        self.table_now.next = self.table_register.q.val();
        self.table_index.next = self.index_register.q.val();
        self.table_data.next = self.threshold_register.q.val();
    }
}
crate::clocked!(LoadRoute);
crate::cell_ports!(
    LoadRoute,
    clock,
    [
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
        load_write_data,
        seed_begin,
        seed_lane
    ],
    [
        selected,
        selected_lane,
        bank,
        slot,
        tap_write,
        tap_group,
        tap_spins,
        tap_sum,
        bias_now,
        bias_data,
        table_now,
        table_index,
        table_data
    ]
);
