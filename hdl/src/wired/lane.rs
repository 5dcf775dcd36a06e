//! One hardware update unit of the wired machine.

use super::shape::WiredShape;
use crate::cells::*;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Bits of the seed that enter at once: 19 of `lfsr64`, a word of xoshiro128++.
pub(super) fn seed_bits(xoshiro: bool) -> usize {
    if xoshiro { 32 } else { 19 }
}

/// Bits of the number of a bank to load, of either kind.
pub(super) fn bank_bits(shape: &WiredShape) -> usize {
    address_width(shape.coupling_banks.max(shape.bias_banks))
}

/// A lane: tap groups, adder tree, half a table, generator, comparator, clamp, spin line and burst sum. One update per clock.
///
/// Stages, in clocks after the issue (T stages of the adder tree): 0 taps; 1 sums and bias are looked up; 2 they are added; 2 + T the field is
/// saturated; 3 + T threshold and draw; 4 + T comparison; 5 + T clamp, the spin enters the line; 6 + T it is in the line.
#[derive(LogicBlock)]
pub struct WiredLane {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Stage 0: the taps' spins.
    pub tap: Vec<Bus<In>>,
    /// Stage 1: look sums and bias up.
    pub read: Signal<In, Bit>,
    /// Stage 1: the slot.
    pub slot: Bus<In>,
    /// Stage 1: coupling bank.
    pub coupling_bank: Bus<In>,
    /// Stage 1: bias bank.
    pub bias_bank: Bus<In>,
    /// Stage 3 + T: look the threshold up, and take a draw.
    pub look_up: Signal<In, Bit>,
    /// Stage 3 + T: coupling bank.
    pub table_bank: Bus<In>,
    /// Stage 3 + T: table.
    pub choice: Bus<In>,
    /// Stage 4 + T: the random start.
    pub start: Signal<In, Bit>,
    /// Stage 5 + T: the p-bit is clamped.
    pub clamped: Signal<In, Bit>,
    /// Stage 5 + T: to this value.
    pub clamp_value: Signal<In, Bit>,
    /// Stage 5 + T: the spin enters the line.
    pub insert: Signal<In, Bit>,
    /// Stage 5 + T: and counts.
    pub contribute: Signal<In, Bit>,
    /// Fields count, not spins.
    pub use_field: Signal<In, Bit>,
    /// The burst's sum is handed over.
    pub capture: Signal<In, Bit>,
    /// The host writes a spin into the line.
    pub host_write: Signal<In, Bit>,
    /// This one.
    pub host_spin: Signal<In, Bit>,
    /// What loads is meant for this lane.
    pub selected: Signal<In, Bit>,
    /// Loads a bit pattern's sum.
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
    /// Bank to load, of couplings or biases.
    pub load_bank: Bus<In>,
    /// Slot to load.
    pub load_slot: Bus<In>,
    /// With energies, stage 2: the bias counts twice.
    pub double_bias: Vec<Signal<In, Bit>>,
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
    /// What other lanes can see: bit d - 1 is the spin of d bursts ago.
    pub seen: Bus<Out>,
    /// The bit that leaves the line.
    pub last: Signal<Out, Bit>,
    /// What the last burst handed over.
    pub held: Bus<Out>,
    /// Its tie.
    pub held_tie: Signal<Out, Bit>,
    /// With energies, stage 2 + T: the exact field.
    pub exact_field: Vec<Bus<Out>>,
    /// Stage 5 + T: the new spin.
    pub spin: Signal<Out, Bit>,
    /// Stage 5 + T: its field.
    pub field: Bus<Out>,
    /// Stage 5 + T: its draw.
    pub draw: Bus<Out>,
    tap_seen: Vec<Register>,
    group: Vec<TapGroup>,
    biases: SyncRam,
    tree: AdderTree,
    late: Vec<Delay>,
    saturated: FieldMagnitude,
    p_bit: HalfPBit,
    lfsr: Vec<SeededLfsr>,
    xoshiro: Vec<Xoshiro128pp>,
    line: SpinLine,
    burst: BurstSum,
    negative_compared: BitRegister,
    negative_settled: BitRegister,
    magnitude_compared: Register,
    magnitude_settled: Register,
    draw_settled: Register,
    drawn: Bus<Local>,
    bias: Bus<Local>,
    partial: Vec<Bus<Local>>,
    exact: Bus<Local>,
    settled: Signal<Local, Bit>,
    field_pattern: Bus<Local>,
    wide_magnitude: Bus<Local>,
    group_number: Vec<Const>,
    zero_term: Const,
    zero_field: Const,
    bank_place: Size,
    coupling_shift: Size,
    bias_shift: Size,
    group_size: Size,
    groups_per_word: Size,
    full_words: Size,
    full_groups: Size,
    bias_term: Size,
    spare_term: Size,
    _words: usize,
    _groups: usize,
    _full_words: usize,
    _groups_per_word: usize,
    _last_groups: usize,
    _spare: usize,
    _early: usize,
    _late: usize,
    _lfsrs: usize,
    _xoshiros: usize,
    _group: usize,
    _term_bits: usize,
    _bias_address: usize,
    _exact_bits: usize,
    _field_bits: usize,
    _coupling_bank_bits: usize,
    _total_bits: usize,
    _energies: usize,
    _energy_bits: usize,
}

impl WiredLane {
    /// Lane `lane` of this machine; its size depends on its groups of taps only.
    pub fn new(shape: &WiredShape, lane: usize) -> Self {
        let s = shape;
        let groups = s.lane_groups[lane];
        let terms = s.tree_terms(lane);
        let words = s.tap_words(lane);
        let per_word = s.tap_word_width() / s.group;
        let (coupling_bank, bias_bank) = (address_width(s.coupling_banks), address_width(s.bias_banks));
        let slot_bits = address_width(s.slots);
        let biases = SyncRam::new(s.bias_bits, ((s.bias_banks - 1) << slot_bits) + s.slots);
        let tree = AdderTree::new(terms, s.term_bits, s.levels_per_stage);
        let total_bits = tree.total.width();
        let behind = s.tree_stages - AdderTree::stages(terms, s.levels_per_stage);
        let late: Vec<Delay> = (behind > 0).then(|| Delay::new(total_bits, behind)).into_iter().collect();
        let p_bit = HalfPBit::new(s.coupling_banks, s.tables, s.field_bits, s.draw_bits);
        let line = SpinLine::new(s.slots, s.turn, s.depth);
        let burst = BurstSum::new(s.field_bits, s.burst_bits);
        let (lfsrs, xoshiros) = if s.xoshiro { (0, 1) } else { (1, 0) };
        let exact_bits = s.exact_bits(lane);
        let energies = usize::from(s.energy);
        Self {
            clock: Default::default(),
            tap: words.iter().map(|&w| Bus::unsigned(w)).collect(),
            read: Default::default(),
            slot: Bus::unsigned(slot_bits),
            coupling_bank: Bus::unsigned(coupling_bank),
            bias_bank: Bus::unsigned(bias_bank),
            look_up: Default::default(),
            table_bank: Bus::unsigned(coupling_bank),
            choice: Bus::like(&p_bit.choice),
            start: Default::default(),
            clamped: Default::default(),
            clamp_value: Default::default(),
            insert: Default::default(),
            contribute: Default::default(),
            use_field: Default::default(),
            capture: Default::default(),
            host_write: Default::default(),
            host_spin: Default::default(),
            selected: Default::default(),
            tap_write: Default::default(),
            tap_group: Bus::unsigned(s.group_number_bits()),
            tap_spins: Bus::unsigned(s.group),
            tap_sum: Bus::signed(s.partial_bits),
            bias_write: Default::default(),
            bias_data: Bus::unsigned(s.bias_bits),
            load_bank: Bus::unsigned(bank_bits(s)),
            load_slot: Bus::unsigned(slot_bits),
            double_bias: (0..energies).map(|_| Default::default()).collect(),
            table_write: Default::default(),
            table_index: Bus::like(&p_bit.write_index),
            table_data: Bus::like(&p_bit.write_data),
            seed_write: Default::default(),
            seed_word: Bus::unsigned(2),
            seed_data: Bus::unsigned(seed_bits(s.xoshiro)),
            seen: Bus::like(&line.seen),
            last: Default::default(),
            held: Bus::like(&burst.held),
            held_tie: Default::default(),
            exact_field: (0..energies).map(|_| Bus::signed(s.energy_term_bits())).collect(),
            spin: Default::default(),
            field: Bus::signed(s.field_bits),
            draw: Bus::unsigned(s.draw_bits),
            tap_seen: words.iter().map(|&w| Register::unsigned(w)).collect(),
            group: (0..groups)
                .map(|_| TapGroup::new(s.coupling_banks, s.slots, s.group, s.partial_bits))
                .collect(),
            saturated: FieldMagnitude::new(exact_bits, s.field_bits),
            negative_compared: Default::default(),
            negative_settled: Default::default(),
            magnitude_compared: Register::unsigned(s.field_bits - 1),
            magnitude_settled: Register::unsigned(s.field_bits - 1),
            draw_settled: Register::unsigned(s.draw_bits),
            drawn: Bus::unsigned(s.draw_bits),
            bias: Bus::signed(s.term_bits),
            partial: (0..groups).map(|_| Bus::signed(s.term_bits)).collect(),
            exact: Bus::signed(total_bits),
            settled: Default::default(),
            field_pattern: Bus::unsigned(s.field_bits),
            wide_magnitude: Bus::signed(s.field_bits),
            group_number: (0..groups).map(|g| Const::unsigned(s.group_number_bits(), g as u64)).collect(),
            zero_term: Const::signed(s.term_bits, 0),
            zero_field: Const::signed(s.field_bits, 0),
            bank_place: Size::new(slot_bits),
            coupling_shift: Size::new(s.coupling_shift),
            bias_shift: Size::new(s.bias_shift),
            group_size: Size::new(s.group),
            groups_per_word: Size::new(per_word),
            full_words: Size::new(groups / per_word),
            full_groups: Size::new(groups / per_word * per_word),
            _full_words: groups / per_word,
            _groups_per_word: per_word,
            _last_groups: groups % per_word,
            bias_term: Size::new(groups),
            spare_term: Size::new(groups + 1),
            _words: words.len(),
            _groups: groups,
            _spare: terms - groups - 1,
            _early: 1 - late.len(),
            _late: late.len(),
            _lfsrs: lfsrs,
            _xoshiros: xoshiros,
            _group: s.group,
            _term_bits: s.term_bits,
            _bias_address: biases.read_address.width(),
            _exact_bits: exact_bits,
            _field_bits: s.field_bits,
            _coupling_bank_bits: coupling_bank,
            _total_bits: total_bits,
            _energies: energies,
            _energy_bits: s.energy_term_bits(),
            biases,
            tree,
            late,
            p_bit,
            line,
            burst,
            lfsr: (0..lfsrs).map(|_| SeededLfsr::new(s.draw_bits)).collect(),
            xoshiro: (0..xoshiros).map(|_| Xoshiro128pp::new(s.draw_bits)).collect(),
        }
    }
}

impl Logic for WiredLane {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module lane: One hardware update unit.");
        dff_setup!(
            self,
            clock,
            negative_compared,
            negative_settled,
            magnitude_compared,
            magnitude_settled,
            draw_settled
        );
        clock!(self, clock, biases, tree, saturated, p_bit, line, burst);
        // Taps to sums.
        for w in 0..self._words {
            self.tap_seen[w].clock.next = self.clock.val();
            self.tap_seen[w].d.next = self.tap[w].val();
        }
        for g in 0..self._groups {
            self.group[g].clock.next = self.clock.val();
            self.group[g].read.next = self.read.val();
            self.group[g].bank.next = self.coupling_bank.val();
            self.group[g].slot.next = self.slot.val();
            self.group[g].write.next = self.selected.val()
                & self.tap_write.val()
                & (self.tap_group.val() == self.group_number[g].val());
            self.group[g].write_bank.next = unsigned_cast_to(self.load_bank.val(), self._coupling_bank_bits);
            self.group[g].write_slot.next = self.load_slot.val();
            self.group[g].write_spins.next = self.tap_spins.val();
            self.group[g].write_data.next = self.tap_sum.val();
        }
        for w in 0..self._full_words {
            for i in 0..self._groups_per_word {
                self.group[w * self.groups_per_word + i].spins.next =
                    unsigned_cast_to(self.tap_seen[w].q.val() >> (i * self.group_size), self._group);
            }
        }
        for i in 0..self._last_groups {
            self.group[self.full_groups + i].spins.next = unsigned_cast_to(
                self.tap_seen[self.full_words * 1].q.val() >> (i * self.group_size),
                self._group,
            );
        }
        self.biases.read_enable.next = self.read.val();
        self.biases.read_address.next = (bit_cast_to(self.bias_bank.val(), self._bias_address)
            << (self.bank_place * 1))
            | bit_cast_to(self.slot.val(), self._bias_address);
        self.biases.write_enable.next = self.selected.val() & self.bias_write.val();
        self.biases.write_address.next = (bit_cast_to(self.load_bank.val(), self._bias_address)
            << (self.bank_place * 1))
            | bit_cast_to(self.load_slot.val(), self._bias_address);
        self.biases.write_data.next = self.bias_data.val();
        // Sums to the field.
        for g in 0..self._groups {
            self.partial[g].next = signed_cast_to(self.group[g].sum.val(), self._term_bits);
            self.tree.term[g].next = self.partial[g].val() << (self.coupling_shift * 1);
        }
        self.bias.next = signed_cast_to(self.biases.read_data.val(), self._term_bits);
        self.tree.term[self.bias_term * 1].next = self.bias.val() << (self.bias_shift * 1);
        for k in 0..self._energies {
            if self.double_bias[k].val() {
                self.tree.term[self.bias_term * 1].next = (self.bias.val() << (self.bias_shift * 1)) << 1;
            }
        }
        for i in 0..self._spare {
            self.tree.term[self.spare_term + i].next = self.zero_term.val();
        }
        self.exact.next = self.tree.total.val();
        for k in 0..self._late {
            self.late[k].clock.next = self.clock.val();
            self.late[k].enter.next = unsigned_cast_to(self.tree.total.val(), self._total_bits);
            self.exact.next = signed_cast_to(self.late[k].leave.val(), self._total_bits);
        }
        self.saturated.exact.next = signed_cast_to(self.exact.val(), self._exact_bits);
        for k in 0..self._energies {
            self.exact_field[k].next = signed_cast_to(self.exact.val(), self._energy_bits);
        }
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
        self.p_bit.bank.next = self.table_bank.val();
        self.p_bit.choice.next = self.choice.val();
        self.p_bit.magnitude.next = self.saturated.magnitude.val();
        self.p_bit.negative.next = self.negative_compared.q.val();
        self.p_bit.start.next = self.start.val();
        self.p_bit.draw.next = self.drawn.val();
        self.p_bit.write.next = self.table_write.val();
        self.p_bit.write_bank.next = unsigned_cast_to(self.load_bank.val(), self._coupling_bank_bits);
        self.p_bit.write_index.next = self.table_index.val();
        self.p_bit.write_data.next = self.table_data.val();
        self.settled.next = self.p_bit.settled.val();
        if self.clamped.val() {
            self.settled.next = self.clamp_value.val();
        }
        // Spin to the line and to the sum.
        self.line.insert.next = self.insert.val();
        self.line.spin.next = self.settled.val();
        self.line.host_write.next = self.host_write.val();
        self.line.host_spin.next = self.host_spin.val();
        self.seen.next = self.line.seen.val();
        self.last.next = self.line.last.val();
        self.burst.contribute.next = self.contribute.val();
        self.burst.use_field.next = self.use_field.val();
        self.burst.spin.next = self.settled.val();
        self.burst.negative.next = self.negative_settled.q.val();
        self.burst.magnitude.next = self.magnitude_settled.q.val();
        self.burst.capture.next = self.capture.val();
        self.held.next = self.burst.held.val();
        self.held_tie.next = self.burst.held_tie.val();
        // Observation.
        self.spin.next = self.settled.val();
        self.field_pattern.next = bit_cast_to(self.magnitude_settled.q.val(), self._field_bits);
        self.wide_magnitude.next = signed_cast_to(self.field_pattern.val(), self._field_bits);
        self.field.next = self.wide_magnitude.val();
        if self.negative_settled.q.val() {
            self.field.next = self.zero_field.val() - self.wide_magnitude.val();
        }
        self.draw.next = self.draw_settled.q.val();
    }
}
crate::clocked!(WiredLane);
crate::cell_ports!(
    WiredLane,
    clock,
    [
        tap,
        read,
        slot,
        coupling_bank,
        bias_bank,
        look_up,
        table_bank,
        choice,
        start,
        clamped,
        clamp_value,
        insert,
        contribute,
        use_field,
        capture,
        host_write,
        host_spin,
        selected,
        tap_write,
        tap_group,
        tap_spins,
        tap_sum,
        bias_write,
        bias_data,
        load_bank,
        load_slot,
        double_bias,
        table_write,
        table_index,
        table_data,
        seed_write,
        seed_word,
        seed_data
    ],
    [seen, last, held, held_tie, exact_field, spin, field, draw]
);
