//! One hardware update unit of the addressed machine.

use super::shape::AddressedShape;
use crate::cells::*;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Bits of the seed that enter at once: 19 of `lfsr64`, a word of xoshiro128++.
pub(super) fn seed_bits(xoshiro: bool) -> usize {
    if xoshiro { 32 } else { 19 }
}

/// A lane: list of neighbors, spins of all positions, tap groups, adder tree, half a table, generator, comparator, sum of fields.
///
/// Fetch, in clocks of a row's burst: tap k of the list is read in clock k, its spins of all replicas in clock k + 1, and they are
/// taken in clock k + 2. All taps of the row turn over together, one clock after the last one was taken. Then the replicas follow one
/// another: stage 0 chooses the replica's bit of every tap; 1 sums and bias are looked up; 2 they are added; 2 + T (T stages of the adder
/// tree) the field is saturated; 3 + T threshold and draw; 4 + T comparison; 5 + T the spin joins the slot's word; 6 + T after the last
/// replica, the word is handed over.
#[derive(LogicBlock)]
pub struct AddressedLane {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Fetch: read a tap of the list.
    pub list_read: Signal<In, Bit>,
    /// Fetch: of this row.
    pub list_row: Bus<In>,
    /// Fetch: this one.
    pub list_tap: Bus<In>,
    /// One clock later: read its spins, where the tap is in use.
    pub spin_read: Signal<In, Bit>,
    /// Two clocks later: take them, one bit per tap.
    pub take: Bus<In>,
    /// The spins of the next row are used from the next clock on.
    pub turn_over: Signal<In, Bit>,
    /// Stage 0: the replica.
    pub replica: Bus<In>,
    /// Stage 1: look sums and bias up.
    pub read: Signal<In, Bit>,
    /// Stage 1: the row.
    pub row: Bus<In>,
    /// Stage 1: the slot.
    pub slot: Bus<In>,
    /// Coupling bank.
    pub coupling_bank: Bus<In>,
    /// Bias bank.
    pub bias_bank: Bus<In>,
    /// Stage 2: the row is the first one of its slot.
    pub first_row: Signal<In, Bit>,
    /// Stage 3 + T: look the threshold up, and take a draw.
    pub look_up: Signal<In, Bit>,
    /// Stage 3 + T: table.
    pub choice: Bus<In>,
    /// The random start.
    pub start: Signal<In, Bit>,
    /// Stage 5 + T: the spin joins its word.
    pub gather: Signal<In, Bit>,
    /// Stage 5 + T: its field counts.
    pub contribute: Signal<In, Bit>,
    /// Word and sum are handed over.
    pub capture: Signal<In, Bit>,
    /// Writes the spins of a position, in all lanes.
    pub spin_write: Signal<In, Bit>,
    /// The position.
    pub spin_position: Bus<In>,
    /// Its spins, one bit per replica.
    pub spin_word: Bus<In>,
    /// What loads is meant for this lane.
    pub selected: Signal<In, Bit>,
    /// Loads a tap of a list.
    pub list_write: Signal<In, Bit>,
    /// {in use, position}.
    pub list_data: Bus<In>,
    /// Loads a bit pattern's sum.
    pub tap_write: Signal<In, Bit>,
    /// Number of the tap, or of the group.
    pub load_column: Bus<In>,
    /// Pattern.
    pub tap_spins: Bus<In>,
    /// The sum.
    pub tap_sum: Bus<In>,
    /// Loads a bias.
    pub bias_write: Signal<In, Bit>,
    /// The bias.
    pub bias_data: Bus<In>,
    /// Bank to load, of couplings or biases.
    pub load_bank: Bus<In>,
    /// Row or slot to load.
    pub load_row: Bus<In>,
    /// Loads a threshold, in all lanes.
    pub table_write: Signal<In, Bit>,
    /// Its place.
    pub table_index: Bus<In>,
    /// The threshold.
    pub table_data: Bus<In>,
    /// The generator takes a part of its seed.
    pub seed_write: Signal<In, Bit>,
    /// Which part, of xoshiro128++.
    pub seed_word: Bus<In>,
    /// The part.
    pub seed_data: Bus<In>,
    /// The last slot's spins, one bit per replica, before any clamp.
    pub held_word: Bus<Out>,
    /// Its sum of fields, see [`BurstSum`].
    pub held: Bus<Out>,
    /// Its last field was not negative.
    pub held_tie: Signal<Out, Bit>,
    /// Stage 5 + T: the field.
    pub field: Bus<Out>,
    /// Stage 5 + T: the draw.
    pub draw: Bus<Out>,
    list: SyncRam,
    spins: SyncRam,
    fetched: Vec<Register>,
    used: Vec<Register>,
    tap_bits: Register,
    group: Vec<TapGroup>,
    biases: SyncRam,
    tree: AdderTree,
    round: Vec<Delay>,
    saturated: FieldMagnitude,
    p_bit: HalfPBit,
    lfsr: Vec<SeededLfsr>,
    xoshiro: Vec<Xoshiro128pp>,
    sum: BurstSum,
    gathered: Register,
    held_gathered: Register,
    negative_compared: BitRegister,
    negative_settled: BitRegister,
    magnitude_compared: Register,
    magnitude_settled: Register,
    draw_settled: Register,
    drawn: Bus<Local>,
    shifted: Vec<Bus<Local>>,
    chosen: Bus<Local>,
    bias: Bus<Local>,
    base: Bus<Local>,
    partial: Vec<Bus<Local>>,
    exact: Bus<Local>,
    field_pattern: Bus<Local>,
    wide_magnitude: Bus<Local>,
    group_number: Vec<Const>,
    zero_term: Const,
    zero_field: Const,
    tap_place: Size,
    bank_place: Size,
    slot_place: Size,
    used_place: Size,
    group_size: Size,
    coupling_shift: Size,
    bias_shift: Size,
    bias_term: Size,
    spare_term: Size,
    word_top: Size,
    _taps: usize,
    _groups: usize,
    _group: usize,
    _spare: usize,
    _rounds: usize,
    _lfsrs: usize,
    _xoshiros: usize,
    _replicas: usize,
    _term_bits: usize,
    _exact_bits: usize,
    _field_bits: usize,
    _position_bits: usize,
    _list_address: usize,
    _bias_address: usize,
    _coupling_bank_bits: usize,
}

impl AddressedLane {
    /// A lane of this machine; all are alike.
    pub fn new(shape: &AddressedShape) -> Self {
        let s = shape;
        let (groups, terms) = (s.groups(), s.tree_terms());
        let (coupling_bank, bias_bank) = (address_width(s.coupling_banks), address_width(s.bias_banks));
        let (row_bits, slot_bits) = (address_width(s.rows), address_width(s.slots));
        let tap_bits = address_width(s.taps);
        let list_depth = ((s.coupling_banks - 1) << (row_bits + tap_bits)) + (s.rows << tap_bits);
        let list = AddressedShape::memory(s.position_bits() + 1, list_depth);
        let spins = AddressedShape::memory(s.replicas, s.positions());
        let biases = AddressedShape::memory(s.bias_bits, ((s.bias_banks - 1) << slot_bits) + s.slots);
        let tree = AdderTree::new(terms, s.term_bits, s.levels_per_stage);
        let total_bits = tree.total.width();
        let rounds = usize::from(s.several_rows);
        let p_bit = HalfPBit::new(s.coupling_banks, s.tables, s.field_bits, s.draw_bits);
        let sum = BurstSum::new(s.field_bits, s.burst_bits);
        let (lfsrs, xoshiros) = if s.xoshiro { (0, 1) } else { (1, 0) };
        let column_bits = address_width(s.taps.max(groups));
        Self {
            clock: Default::default(),
            list_read: Default::default(),
            list_row: Bus::unsigned(row_bits),
            list_tap: Bus::unsigned(tap_bits),
            spin_read: Default::default(),
            take: Bus::unsigned(s.taps),
            turn_over: Default::default(),
            replica: Bus::unsigned(address_width(s.turn)),
            read: Default::default(),
            row: Bus::unsigned(row_bits),
            slot: Bus::unsigned(slot_bits),
            coupling_bank: Bus::unsigned(coupling_bank),
            bias_bank: Bus::unsigned(bias_bank),
            first_row: Default::default(),
            look_up: Default::default(),
            choice: Bus::like(&p_bit.choice),
            start: Default::default(),
            gather: Default::default(),
            contribute: Default::default(),
            capture: Default::default(),
            spin_write: Default::default(),
            spin_position: Bus::like(&spins.write_address),
            spin_word: Bus::unsigned(s.replicas),
            selected: Default::default(),
            list_write: Default::default(),
            list_data: Bus::unsigned(s.position_bits() + 1),
            tap_write: Default::default(),
            load_column: Bus::unsigned(column_bits),
            tap_spins: Bus::unsigned(s.group),
            tap_sum: Bus::signed(s.partial_bits),
            bias_write: Default::default(),
            bias_data: Bus::unsigned(s.bias_bits),
            load_bank: Bus::unsigned(coupling_bank.max(bias_bank)),
            load_row: Bus::unsigned(row_bits),
            table_write: Default::default(),
            table_index: Bus::like(&p_bit.write_index),
            table_data: Bus::like(&p_bit.write_data),
            seed_write: Default::default(),
            seed_word: Bus::unsigned(2),
            seed_data: Bus::unsigned(seed_bits(s.xoshiro)),
            held_word: Bus::unsigned(s.replicas),
            held: Bus::like(&sum.held),
            held_tie: Default::default(),
            field: Bus::signed(s.field_bits),
            draw: Bus::unsigned(s.draw_bits),
            fetched: (0..s.taps).map(|_| Register::unsigned(s.replicas)).collect(),
            used: (0..s.taps).map(|_| Register::unsigned(s.replicas)).collect(),
            tap_bits: Register::unsigned(groups * s.group),
            group: (0..groups)
                .map(|_| TapGroup::new(s.coupling_banks, s.rows, s.group, s.partial_bits))
                .collect(),
            round: (0..rounds).map(|_| Delay::new(s.term_bits, s.turn - s.tree_stages)).collect(),
            saturated: FieldMagnitude::new(s.exact_bits, s.field_bits),
            lfsr: (0..lfsrs).map(|_| SeededLfsr::new(s.draw_bits)).collect(),
            xoshiro: (0..xoshiros).map(|_| Xoshiro128pp::new(s.draw_bits)).collect(),
            gathered: Register::unsigned(s.replicas),
            held_gathered: Register::unsigned(s.replicas),
            negative_compared: Default::default(),
            negative_settled: Default::default(),
            magnitude_compared: Register::unsigned(s.field_bits - 1),
            magnitude_settled: Register::unsigned(s.field_bits - 1),
            draw_settled: Register::unsigned(s.draw_bits),
            drawn: Bus::unsigned(s.draw_bits),
            shifted: (0..s.taps).map(|_| Bus::unsigned(s.replicas)).collect(),
            chosen: Bus::unsigned(groups * s.group),
            bias: Bus::signed(s.term_bits),
            base: Bus::signed(s.term_bits),
            partial: (0..groups).map(|_| Bus::signed(s.term_bits)).collect(),
            exact: Bus::signed(total_bits),
            field_pattern: Bus::unsigned(s.field_bits),
            wide_magnitude: Bus::signed(s.field_bits),
            group_number: (0..groups).map(|g| Const::unsigned(column_bits, g as u64)).collect(),
            zero_term: Const::signed(s.term_bits, 0),
            zero_field: Const::signed(s.field_bits, 0),
            tap_place: Size::new(tap_bits),
            bank_place: Size::new(row_bits + tap_bits),
            slot_place: Size::new(slot_bits),
            used_place: Size::new(s.position_bits()),
            group_size: Size::new(s.group),
            coupling_shift: Size::new(s.coupling_shift),
            bias_shift: Size::new(s.bias_shift),
            bias_term: Size::new(groups),
            spare_term: Size::new(groups + 1),
            word_top: Size::new(s.replicas - 1),
            _taps: s.taps,
            _groups: groups,
            _group: s.group,
            _spare: terms - groups - 1,
            _rounds: rounds,
            _lfsrs: lfsrs,
            _xoshiros: xoshiros,
            _replicas: s.replicas,
            _term_bits: s.term_bits,
            _exact_bits: s.exact_bits,
            _field_bits: s.field_bits,
            _position_bits: s.position_bits(),
            _list_address: list.read_address.width(),
            _bias_address: biases.read_address.width(),
            _coupling_bank_bits: coupling_bank,
            list,
            spins,
            biases,
            tree,
            p_bit,
            sum,
        }
    }
}

impl Logic for AddressedLane {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module lane: One hardware update unit.");
        dff_setup!(
            self,
            clock,
            tap_bits,
            gathered,
            held_gathered,
            negative_compared,
            negative_settled,
            magnitude_compared,
            magnitude_settled,
            draw_settled
        );
        clock!(self, clock, list, spins, biases, tree, saturated, p_bit, sum);
        // The list names positions; their spins are fetched one tap after the other.
        self.list.read_enable.next = self.list_read.val();
        self.list.read_address.next = (bit_cast_to(self.coupling_bank.val(), self._list_address)
            << (self.bank_place * 1))
            | (bit_cast_to(self.list_row.val(), self._list_address) << (self.tap_place * 1))
            | bit_cast_to(self.list_tap.val(), self._list_address);
        self.list.write_enable.next = self.selected.val() & self.list_write.val();
        self.list.write_address.next = (bit_cast_to(self.load_bank.val(), self._list_address)
            << (self.bank_place * 1))
            | (bit_cast_to(self.load_row.val(), self._list_address) << (self.tap_place * 1))
            | bit_cast_to(self.load_column.val(), self._list_address);
        self.list.write_data.next = self.list_data.val();
        self.spins.read_enable.next =
            self.spin_read.val() & self.list.read_data.val().get_bit(self.used_place * 1);
        self.spins.read_address.next = unsigned_cast_to(self.list.read_data.val(), self._position_bits);
        self.spins.write_enable.next = self.spin_write.val();
        self.spins.write_address.next = self.spin_position.val();
        self.spins.write_data.next = self.spin_word.val();
        // The replica's bit of every tap.
        self.chosen.next = 0.into();
        for k in 0..self._taps {
            self.fetched[k].clock.next = self.clock.val();
            self.fetched[k].d.next = self.fetched[k].q.val();
            if self.take.val().get_bit(k) {
                self.fetched[k].d.next = self.spins.read_data.val();
            }
            self.used[k].clock.next = self.clock.val();
            self.used[k].d.next = self.used[k].q.val();
            if self.turn_over.val() {
                self.used[k].d.next = self.fetched[k].q.val();
            }
            self.shifted[k].next = self.used[k].q.val() >> self.replica.val();
            self.chosen.next = self.chosen.val().replace_bit(k, self.shifted[k].val().get_bit(0));
        }
        self.tap_bits.d.next = self.chosen.val();
        // Taps to sums.
        for g in 0..self._groups {
            self.group[g].clock.next = self.clock.val();
            self.group[g].read.next = self.read.val();
            self.group[g].bank.next = self.coupling_bank.val();
            self.group[g].slot.next = self.row.val();
            self.group[g].spins.next =
                unsigned_cast_to(self.tap_bits.q.val() >> (g * self.group_size), self._group);
            self.group[g].write.next = self.selected.val()
                & self.tap_write.val()
                & (self.load_column.val() == self.group_number[g].val());
            self.group[g].write_bank.next = unsigned_cast_to(self.load_bank.val(), self._coupling_bank_bits);
            self.group[g].write_slot.next = self.load_row.val();
            self.group[g].write_spins.next = self.tap_spins.val();
            self.group[g].write_data.next = self.tap_sum.val();
        }
        self.biases.read_enable.next = self.read.val();
        self.biases.read_address.next = (bit_cast_to(self.bias_bank.val(), self._bias_address)
            << (self.slot_place * 1))
            | bit_cast_to(self.slot.val(), self._bias_address);
        self.biases.write_enable.next = self.selected.val() & self.bias_write.val();
        self.biases.write_address.next = (bit_cast_to(self.load_bank.val(), self._bias_address)
            << (self.slot_place * 1))
            | bit_cast_to(self.load_row.val(), self._bias_address);
        self.biases.write_data.next = self.bias_data.val();
        // Sums to the field; with several rows the field of the rows before goes round instead of the bias.
        for g in 0..self._groups {
            self.partial[g].next = signed_cast_to(self.group[g].sum.val(), self._term_bits);
            self.tree.term[g].next = self.partial[g].val() << (self.coupling_shift * 1);
        }
        self.bias.next = signed_cast_to(self.biases.read_data.val(), self._term_bits);
        self.base.next = self.bias.val() << (self.bias_shift * 1);
        self.exact.next = self.tree.total.val();
        for k in 0..self._rounds {
            self.round[k].clock.next = self.clock.val();
            self.round[k].enter.next = unsigned_cast_to(self.tree.total.val(), self._term_bits);
            if !self.first_row.val() {
                self.base.next = signed_cast_to(self.round[k].leave.val(), self._term_bits);
            }
        }
        self.tree.term[self.bias_term * 1].next = self.base.val();
        for i in 0..self._spare {
            self.tree.term[self.spare_term + i].next = self.zero_term.val();
        }
        self.saturated.exact.next = signed_cast_to(self.exact.val(), self._exact_bits);
        self.negative_compared.d.next = self.saturated.negative.val();
        self.magnitude_compared.d.next = self.saturated.magnitude.val();
        self.negative_settled.d.next = self.negative_compared.q.val();
        self.magnitude_settled.d.next = self.magnitude_compared.q.val();
        // Generator.
        self.drawn.next = 0.into();
        for k in 0..self._lfsrs {
            self.lfsr[k].clock.next = self.clock.val();
            self.lfsr[k].step.next = self.look_up.val() | (self.selected.val() & self.seed_write.val());
            self.lfsr[k].seeding.next = self.seed_write.val();
            self.lfsr[k].seed.next = self.seed_data.val();
            self.drawn.next = self.lfsr[k].draw.val();
        }
        for k in 0..self._xoshiros {
            self.xoshiro[k].clock.next = self.clock.val();
            self.xoshiro[k].reset.next = false;
            self.xoshiro[k].step.next = self.look_up.val();
            self.xoshiro[k].seed_write.next = self.selected.val() & self.seed_write.val();
            self.xoshiro[k].seed_word.next = self.seed_word.val();
            self.xoshiro[k].seed_data.next = self.seed_data.val();
            self.drawn.next = self.xoshiro[k].draw.val();
        }
        self.draw_settled.d.next = self.drawn.val();
        // Field and draw to the spin.
        self.p_bit.look_up.next = self.look_up.val();
        self.p_bit.bank.next = self.coupling_bank.val();
        self.p_bit.choice.next = self.choice.val();
        self.p_bit.magnitude.next = self.saturated.magnitude.val();
        self.p_bit.negative.next = self.negative_compared.q.val();
        self.p_bit.start.next = self.start.val();
        self.p_bit.draw.next = self.drawn.val();
        self.p_bit.write.next = self.table_write.val();
        self.p_bit.write_bank.next = unsigned_cast_to(self.load_bank.val(), self._coupling_bank_bits);
        self.p_bit.write_index.next = self.table_index.val();
        self.p_bit.write_data.next = self.table_data.val();
        // The spins of the slot, the first replica's in bit 0 after the last one has joined.
        if self.gather.val() {
            self.gathered.d.next = (self.gathered.q.val() >> 1)
                | (bit_cast_to(self.p_bit.settled.val(), self._replicas) << (self.word_top * 1));
        }
        if self.capture.val() {
            self.held_gathered.d.next = self.gathered.q.val();
        }
        self.held_word.next = self.held_gathered.q.val();
        self.sum.contribute.next = self.contribute.val();
        self.sum.use_field.next = true;
        self.sum.spin.next = false;
        self.sum.negative.next = self.negative_settled.q.val();
        self.sum.magnitude.next = self.magnitude_settled.q.val();
        self.sum.capture.next = self.capture.val();
        self.held.next = self.sum.held.val();
        self.held_tie.next = self.sum.held_tie.val();
        // Observation.
        self.field_pattern.next = bit_cast_to(self.magnitude_settled.q.val(), self._field_bits);
        self.wide_magnitude.next = signed_cast_to(self.field_pattern.val(), self._field_bits);
        self.field.next = self.wide_magnitude.val();
        if self.negative_settled.q.val() {
            self.field.next = self.zero_field.val() - self.wide_magnitude.val();
        }
        self.draw.next = self.draw_settled.q.val();
    }
}
crate::clocked!(AddressedLane);
crate::cell_ports!(
    AddressedLane,
    clock,
    [
        list_read,
        list_row,
        list_tap,
        spin_read,
        take,
        turn_over,
        replica,
        read,
        row,
        slot,
        coupling_bank,
        bias_bank,
        first_row,
        look_up,
        choice,
        start,
        gather,
        contribute,
        capture,
        spin_write,
        spin_position,
        spin_word,
        selected,
        list_write,
        list_data,
        tap_write,
        load_column,
        tap_spins,
        tap_sum,
        bias_write,
        bias_data,
        load_bank,
        load_row,
        table_write,
        table_index,
        table_data,
        seed_write,
        seed_word,
        seed_data
    ],
    [held_word, held, held_tie, field, draw]
);
