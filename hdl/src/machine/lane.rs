//! One hardware update unit: memories, adder tree, accumulator, p-bit, random source and readout.

use super::shape::MachineShape;
use crate::cells::*;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// A lane of the `layered` machine: one update per clock at most. The update pipeline tells it what to do at every stage.
#[derive(LogicBlock)]
pub struct Lane {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Resets the random source.
    pub reset: Signal<In, Bit>,
    /// Active coupling bank.
    pub active_coupling: Bus<In>,
    /// Active bias bank.
    pub active_bias: Bus<In>,
    /// Stage 0: read a row of weights.
    pub row_read: Signal<In, Bit>,
    /// Stage 0: this one.
    pub row: Bus<In>,
    /// Stage 1: source spins, `lanes` per word.
    pub source: Vec<Bus<In>>,
    /// Stage D: read a base.
    pub base_read: Signal<In, Bit>,
    /// Stage D: a cached field.
    pub base_cached: Signal<In, Bit>,
    /// Stage D: of this slot.
    pub base_slot: Bus<In>,
    /// Stage D: the bias of this row.
    pub base_row: Bus<In>,
    /// With an encoder: the chunk's sum begins with this one, not with twice the last one.
    pub plane_first: Signal<In, Bit>,
    /// Stage D + 1: see [`FieldAccumulator`].
    pub add: Signal<In, Bit>,
    /// Stage D + 1.
    pub add_first: Signal<In, Bit>,
    /// Stage D + 1.
    pub add_partial: Signal<In, Bit>,
    /// Stage D + 1.
    pub add_from_input: Signal<In, Bit>,
    /// Stage D + 1.
    pub add_plain: Signal<In, Bit>,
    /// Stage D + 1.
    pub add_color: Signal<In, Bit>,
    /// Stage D + 2: the exact sum.
    pub exact: Bus<Out>,
    /// Stage D + 2: the sum is a slot's cached field.
    pub cache_write: Signal<In, Bit>,
    /// Stage D + 2: of this slot.
    pub cache_slot: Bus<In>,
    /// Stage D + 3: read the table.
    pub look_up: Signal<In, Bit>,
    /// Stage D + 3: this one.
    pub choice: Bus<In>,
    /// Stage D + 3: take a draw.
    pub step: Signal<In, Bit>,
    /// Stage D + 4: random start.
    pub compare_start: Signal<In, Bit>,
    /// Stage D + 4: the p-bit is clamped.
    pub clamped: Signal<In, Bit>,
    /// Stage D + 4: to this.
    pub clamp_value: Signal<In, Bit>,
    /// Stage D + 5: the new spin.
    pub spin: Signal<Out, Bit>,
    /// Output slot of `contribute`, `readout_clear` or of a look by the host.
    pub readout_slot: Bus<In>,
    /// Clear its sum.
    pub readout_clear: Signal<In, Bit>,
    /// Stage D + 5: add to its sum.
    pub contribute: Signal<In, Bit>,
    /// Add fields, not spins.
    pub use_field: Signal<In, Bit>,
    /// Stage D + 6, or one clock after `readout_slot`: the sum. On a machine of planes, which has it in block RAM, one clock later, and
    /// so is what can be observed.
    pub sum: Bus<Out>,
    /// Its sign.
    pub sign: Signal<Out, Bit>,
    /// Stage D + 6: the new spin.
    pub observe_spin: Signal<Out, Bit>,
    /// Stage D + 6: its field.
    pub observe_field: Bus<Out>,
    /// Stage D + 6: its draw.
    pub observe_draw: Bus<Out>,
    /// Writes a word of the random source's state.
    pub seed_write: Signal<In, Bit>,
    /// Which word.
    pub seed_word: Bus<In>,
    /// The word.
    pub seed_data: Bus<In>,
    /// Writes a threshold.
    pub table_write: Signal<In, Bit>,
    /// Writes a word of weights.
    pub weight_write: Signal<In, Bit>,
    /// Writes a bias.
    pub bias_write: Signal<In, Bit>,
    /// Coupling bank of a threshold.
    pub table_write_bank: Bus<In>,
    /// Index of a threshold.
    pub table_write_index: Bus<In>,
    /// The threshold.
    pub table_write_data: Bus<In>,
    /// Coupling bank of weights.
    pub weight_write_bank: Bus<In>,
    /// Row of weights.
    pub weight_write_row: Bus<In>,
    /// Column of weights.
    pub weight_write_column: Bus<In>,
    /// The weights.
    pub weight_write_data: Bus<In>,
    /// Bias bank.
    pub bias_write_bank: Bus<In>,
    /// Row of the bias.
    pub bias_write_slot: Bus<In>,
    /// The bias.
    pub bias_write_data: Bus<In>,
    weights: WeightBank,
    /// With a weight register: what the tree gets.
    held_column: Vec<Register>,
    held_source: Vec<Register>,
    couplings: CouplingUnit,
    bases: BiasBank,
    plane_sums: Vec<PlaneAccumulator>,
    accumulator: FieldAccumulator,
    p_bit: PBit,
    lfsr: Vec<LeapLfsr>,
    xoshiro: Vec<Xoshiro128pp>,
    sums: Vec<Readout>,
    sum_memory: Vec<ReadoutMemory>,
    late_field: Vec<Register>,
    late_draw: Vec<Register>,
    late_spin: Vec<BitRegister>,
    draw: Bus<Local>,
    field_compared: Register,
    field_settled: Register,
    field_seen: Register,
    draw_settled: Register,
    draw_seen: Register,
    spin_seen: BitRegister,
    _lfsrs: usize,
    _xoshiros: usize,
    _banked: usize,
    _early: usize,
    _late: usize,
    _plane_sums: usize,
    _partial_bits: usize,
    _columns: usize,
    _groups: usize,
    _held_columns: usize,
    _held_sources: usize,
    _base_bits: usize,
}

impl Lane {
    /// A lane of this machine.
    pub fn new(shape: &MachineShape) -> Self {
        let c = shape;
        // On a machine of planes the engine counts rows over all banks, so that every word is used.
        let (banks, rows) = if c.sequencer.planes {
            (1, c.coupling_banks * c.sequencer.rows())
        } else {
            (c.coupling_banks, c.sequencer.rows())
        };
        let weights = WeightBank::new(banks, rows, c.tree_width, c.weight_bits);
        let couplings = CouplingUnit::new(c.tree_width, c.lanes, c.weight_bits, c.tree_levels_per_stage);
        let held = |words: &[Bus<In>]| -> Vec<Register> {
            let wanted = words.iter().filter(|_| c.weight_register);
            wanted.map(|word| Register::unsigned(word.width())).collect()
        };
        let (held_column, held_source) = (held(&couplings.column), held(&couplings.source));
        let bases = BiasBank::new(&c.bias);
        let p_bit =
            PBit::new(c.coupling_banks, c.sequencer.blocks * c.tables, c.field.field_bits, c.draw_bits);
        let (outputs, field_bits) = (c.sequencer.most_color_slots(1), c.field.field_bits);
        let late = c.sum_clocks() - 1;
        let plane_sums = usize::from(c.sequencer.encode.is_some());
        let tree_bits = couplings.partial.width();
        let field = || Register::signed(c.field.field_bits);
        let (lfsrs, xoshiros) = if c.xoshiro { (0, 1) } else { (1, 0) };
        Self {
            clock: Default::default(),
            reset: Default::default(),
            active_coupling: Bus::like(&p_bit.bank),
            active_bias: Bus::unsigned(address_width(c.bias_banks)),
            row_read: Default::default(),
            row: Bus::like(&weights.row),
            source: couplings.source.iter().map(Bus::like).collect(),
            base_read: Default::default(),
            base_cached: Default::default(),
            base_slot: Bus::like(&bases.slot),
            base_row: Bus::like(&bases.row),
            plane_first: Default::default(),
            add: Default::default(),
            add_first: Default::default(),
            add_partial: Default::default(),
            add_from_input: Default::default(),
            add_plain: Default::default(),
            add_color: Default::default(),
            exact: Bus::signed(c.field.exact_bits),
            cache_write: Default::default(),
            cache_slot: Bus::like(&bases.slot),
            look_up: Default::default(),
            choice: Bus::like(&p_bit.choice),
            step: Default::default(),
            compare_start: Default::default(),
            clamped: Default::default(),
            clamp_value: Default::default(),
            spin: Default::default(),
            readout_slot: Bus::unsigned(address_width(outputs)),
            readout_clear: Default::default(),
            contribute: Default::default(),
            use_field: Default::default(),
            sum: Bus::signed(c.sum_bits),
            sign: Default::default(),
            observe_spin: Default::default(),
            observe_field: Bus::signed(c.field.field_bits),
            observe_draw: Bus::unsigned(c.draw_bits),
            seed_write: Default::default(),
            seed_word: Bus::unsigned(2),
            seed_data: Bus::unsigned(32),
            table_write: Default::default(),
            weight_write: Default::default(),
            bias_write: Default::default(),
            table_write_bank: Bus::like(&p_bit.bank),
            table_write_index: Bus::like(&p_bit.table_write_index),
            table_write_data: Bus::like(&p_bit.table_write_data),
            weight_write_bank: Bus::like(&p_bit.bank),
            weight_write_row: Bus::like(&weights.row),
            weight_write_column: Bus::like(&weights.write_column),
            weight_write_data: Bus::like(&weights.write_data),
            bias_write_bank: Bus::unsigned(address_width(c.bias_banks)),
            bias_write_slot: Bus::like(&bases.load_row),
            bias_write_data: Bus::like(&bases.load_data),
            draw: Bus::unsigned(c.draw_bits),
            field_compared: field(),
            field_settled: field(),
            field_seen: field(),
            draw_settled: Register::unsigned(c.draw_bits),
            draw_seen: Register::unsigned(c.draw_bits),
            spin_seen: Default::default(),
            lfsr: (0..lfsrs).map(|_| LeapLfsr::new(c.draw_bits)).collect(),
            xoshiro: (0..xoshiros).map(|_| Xoshiro128pp::new(c.draw_bits)).collect(),
            plane_sums: (0..plane_sums).map(|_| PlaneAccumulator::new(tree_bits)).collect(),
            _plane_sums: plane_sums,
            _partial_bits: c.field.partial_bits,
            accumulator: FieldAccumulator::new(c.field),
            _lfsrs: lfsrs,
            _xoshiros: xoshiros,
            _columns: weights.column.len(),
            _groups: c.tree_width / c.lanes,
            _held_columns: held_column.len(),
            _held_sources: held_source.len(),
            held_column,
            held_source,
            _base_bits: c.field.base_bits,
            weights,
            couplings,
            bases,
            p_bit,
            sums: (0..1 - late).map(|_| Readout::new(outputs, c.sum_bits, field_bits)).collect(),
            sum_memory: (0..late).map(|_| ReadoutMemory::new(outputs, c.sum_bits, field_bits)).collect(),
            late_field: (0..late).map(|_| field()).collect(),
            late_draw: (0..late).map(|_| Register::unsigned(c.draw_bits)).collect(),
            late_spin: (0..late).map(|_| Default::default()).collect(),
            _banked: usize::from(!c.sequencer.planes),
            _early: 1 - late,
            _late: late,
        }
    }
}

impl Logic for Lane {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module lane: One hardware update unit.");
        dff_setup!(
            self,
            clock,
            field_compared,
            field_settled,
            field_seen,
            draw_settled,
            draw_seen,
            spin_seen
        );
        clock!(self, clock, weights, couplings, bases, accumulator, p_bit);
        // Weights and sources to the tree.
        self.weights.read.next = self.row_read.val();
        self.weights.bank.next = 0.into();
        self.weights.write_bank.next = 0.into();
        self.bases.bank.next = 0.into();
        self.bases.load_bank.next = 0.into();
        for _b in 0..self._banked {
            self.weights.bank.next = self.active_coupling.val();
            self.weights.write_bank.next = self.weight_write_bank.val();
            self.bases.bank.next = self.active_bias.val();
            self.bases.load_bank.next = self.bias_write_bank.val();
        }
        self.weights.row.next = self.row.val();
        self.weights.write.next = self.weight_write.val();
        self.weights.write_row.next = self.weight_write_row.val();
        self.weights.write_column.next = self.weight_write_column.val();
        self.weights.write_data.next = self.weight_write_data.val();
        for c in 0..self._columns {
            self.couplings.column[c].next = self.weights.column[c].val();
        }
        for c in 0..self._held_columns {
            self.held_column[c].clock.next = self.clock.val();
            self.held_column[c].d.next = self.weights.column[c].val();
            self.couplings.column[c].next = self.held_column[c].q.val();
        }
        for g in 0..self._groups {
            self.couplings.source[g].next = self.source[g].val();
        }
        for g in 0..self._held_sources {
            self.held_source[g].clock.next = self.clock.val();
            self.held_source[g].d.next = self.source[g].val();
            self.couplings.source[g].next = self.held_source[g].q.val();
        }
        // Base and partial sums to the field.
        self.bases.read.next = self.base_read.val();
        self.bases.cached.next = self.base_cached.val();
        self.bases.slot.next = self.base_slot.val();
        self.bases.row.next = self.base_row.val();
        self.bases.cache_write.next = self.cache_write.val();
        self.bases.cache_slot.next = self.cache_slot.val();
        self.bases.cache_data.next = signed_cast_to(self.accumulator.exact.val(), self._base_bits);
        self.bases.load_write.next = self.bias_write.val();
        self.bases.load_row.next = self.bias_write_slot.val();
        self.bases.load_data.next = self.bias_write_data.val();
        self.accumulator.add.next = self.add.val();
        self.accumulator.first.next = self.add_first.val();
        self.accumulator.use_partial.next = self.add_partial.val();
        self.accumulator.from_input.next = self.add_from_input.val();
        self.accumulator.plain.next = self.add_plain.val();
        self.accumulator.color.next = self.add_color.val();
        self.accumulator.partial.next = signed_cast_to(self.couplings.partial.val(), self._partial_bits);
        for i in 0..self._plane_sums {
            self.plane_sums[i].clock.next = self.clock.val();
            self.plane_sums[i].first.next = self.plane_first.val();
            self.plane_sums[i].partial.next = self.couplings.partial.val();
            self.accumulator.partial.next = self.plane_sums[i].total.val();
        }
        self.accumulator.base.next = self.bases.base.val();
        self.exact.next = self.accumulator.exact.val();
        // The machine has one of the two random sources.
        self.draw.next = 0.into();
        for i in 0..self._lfsrs {
            self.lfsr[i].clock.next = self.clock.val();
            self.lfsr[i].reset.next = self.reset.val();
            self.lfsr[i].step.next = self.step.val();
            self.lfsr[i].seed_write.next = self.seed_write.val();
            self.lfsr[i].seed_word.next = self.seed_word.val();
            self.lfsr[i].seed_data.next = self.seed_data.val();
            self.draw.next = self.lfsr[i].draw.val();
        }
        for i in 0..self._xoshiros {
            self.xoshiro[i].clock.next = self.clock.val();
            self.xoshiro[i].reset.next = self.reset.val();
            self.xoshiro[i].step.next = self.step.val();
            self.xoshiro[i].seed_write.next = self.seed_write.val();
            self.xoshiro[i].seed_word.next = self.seed_word.val();
            self.xoshiro[i].seed_data.next = self.seed_data.val();
            self.draw.next = self.xoshiro[i].draw.val();
        }
        // Field and draw to the spin.
        self.p_bit.look_up.next = self.look_up.val();
        self.p_bit.bank.next = self.active_coupling.val();
        self.p_bit.choice.next = self.choice.val();
        self.p_bit.field.next = self.accumulator.field.val();
        self.p_bit.start.next = self.compare_start.val();
        self.p_bit.draw.next = self.draw.val();
        self.p_bit.clamped.next = self.clamped.val();
        self.p_bit.clamp_value.next = self.clamp_value.val();
        self.p_bit.table_write.next = self.table_write.val();
        self.p_bit.table_write_bank.next = self.table_write_bank.val();
        self.p_bit.table_write_index.next = self.table_write_index.val();
        self.p_bit.table_write_data.next = self.table_write_data.val();
        self.spin.next = self.p_bit.spin.val();
        // Spin and field to the readout.
        self.field_compared.d.next = self.accumulator.field.val();
        self.field_settled.d.next = self.field_compared.q.val();
        self.sum.next = 0.into();
        self.sign.next = false;
        for i in 0..self._early {
            self.sums[i].clock.next = self.clock.val();
            self.sums[i].slot.next = self.readout_slot.val();
            self.sums[i].clear.next = self.readout_clear.val();
            self.sums[i].contribute.next = self.contribute.val();
            self.sums[i].use_field.next = self.use_field.val();
            self.sums[i].spin.next = self.p_bit.spin.val();
            self.sums[i].field.next = self.field_settled.q.val();
            self.sum.next = self.sums[i].sum.val();
            self.sign.next = self.sums[i].sign.val();
        }
        for i in 0..self._late {
            self.sum_memory[i].clock.next = self.clock.val();
            self.sum_memory[i].slot.next = self.readout_slot.val();
            self.sum_memory[i].clear.next = self.readout_clear.val();
            self.sum_memory[i].contribute.next = self.contribute.val();
            self.sum_memory[i].use_field.next = self.use_field.val();
            self.sum_memory[i].spin.next = self.p_bit.spin.val();
            self.sum_memory[i].field.next = self.field_settled.q.val();
            self.sum.next = self.sum_memory[i].sum.val();
            self.sign.next = self.sum_memory[i].sign.val();
        }
        // For observers only: synthesis removes what nobody connects.
        self.field_seen.d.next = self.field_settled.q.val();
        self.draw_settled.d.next = self.draw.val();
        self.draw_seen.d.next = self.draw_settled.q.val();
        self.spin_seen.d.next = self.p_bit.spin.val();
        self.observe_field.next = self.field_seen.q.val();
        self.observe_draw.next = self.draw_seen.q.val();
        self.observe_spin.next = self.spin_seen.q.val();
        for i in 0..self._late {
            self.late_field[i].clock.next = self.clock.val();
            self.late_field[i].d.next = self.field_seen.q.val();
            self.late_draw[i].clock.next = self.clock.val();
            self.late_draw[i].d.next = self.draw_seen.q.val();
            self.late_spin[i].clock.next = self.clock.val();
            self.late_spin[i].d.next = self.spin_seen.q.val();
            self.observe_field.next = self.late_field[i].q.val();
            self.observe_draw.next = self.late_draw[i].q.val();
            self.observe_spin.next = self.late_spin[i].q.val();
        }
    }
}
crate::clocked!(Lane);
crate::cell_ports!(
    Lane,
    clock,
    [
        reset,
        active_coupling,
        active_bias,
        row_read,
        row,
        source,
        base_read,
        base_cached,
        base_slot,
        base_row,
        plane_first,
        add,
        add_first,
        add_partial,
        add_from_input,
        add_plain,
        add_color,
        cache_write,
        cache_slot,
        look_up,
        choice,
        step,
        compare_start,
        clamped,
        clamp_value,
        readout_slot,
        readout_clear,
        contribute,
        use_field,
        seed_write,
        seed_word,
        seed_data,
        table_write,
        weight_write,
        bias_write,
        table_write_bank,
        table_write_index,
        table_write_data,
        weight_write_bank,
        weight_write_row,
        weight_write_column,
        weight_write_data,
        bias_write_bank,
        bias_write_slot,
        bias_write_data
    ],
    [exact, spin, sum, sign, observe_spin, observe_field, observe_draw]
);
