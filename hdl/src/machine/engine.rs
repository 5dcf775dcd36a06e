//! The sampler: sequencer, pipeline, lanes and what they share.

use super::lane::Lane;
use super::shape::MachineShape;
use crate::cells::*;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// The sampler of the `layered` machine, without registers for the host: those are `control`'s.
///
/// `control` has checked every access to a window (address, direction, busy), so this module trusts them. After a reset
/// it clears clamps and table selects; until `ready` is high nothing may be written.
#[derive(LogicBlock)]
pub struct Engine {
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
    /// Clamps and table selects are cleared.
    pub ready: Signal<Out, Bit>,
    /// A run is going on.
    pub busy: Signal<Out, Bit>,
    /// Last clock of a run.
    pub run_done: Signal<Out, Bit>,
    /// With `run_done`: by command.
    pub run_stopped: Signal<Out, Bit>,
    /// The swap takes effect at the end of this clock.
    pub swap_take: Signal<Out, Bit>,
    /// Sweeps completed in this run.
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
    /// Row, input rows first.
    pub weight_write_row: Bus<In>,
    /// Column.
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
    /// Its slot, hidden ones first.
    pub observe_slot: Bus<Out>,
    /// Its replica.
    pub observe_replica: Bus<Out>,
    /// It was added to the sums.
    pub observe_retained: Signal<Out, Bit>,
    /// New spins, bit l of lane l.
    pub observe_spin: Bus<Out>,
    /// Saturated fields.
    pub observe_field: Vec<Bus<Out>>,
    /// Draws.
    pub observe_draw: Vec<Bus<Out>>,
    /// Sums, this update included.
    pub observe_sum: Vec<Bus<Out>>,
    /// A swap takes effect.
    pub observe_swap: Signal<Out, Bit>,
    sequencer: Sequencer,
    pipeline: UpdatePipeline,
    spins: SpinMemory,
    inputs: InputMemory,
    clamps: Clamp,
    selects: TableSelect,
    spin_address: SpinAddress,
    lane: Vec<Lane>,
    source: Vec<Register>,
    clearing: BitRegister,
    clear_address: Register,
    host_write: BitRegister,
    host_address: Register,
    host_data: Register,
    read_wait: Register,
    read_valid: BitRegister,
    read_data: Register,
    spin_write: Vec<BitRegister>,
    spin_data: Vec<Register>,
    region: Bus<Local>,
    host_color: Signal<Local, Bit>,
    host_color_slot: Bus<Local>,
    host_slot_wide: Bus<Local>,
    host_lane: Bus<Local>,
    host_signs: Bus<Local>,
    seed_lane: Bus<Local>,
    host_sum: Bus<Local>,
    host_sum_wide: Bus<Local>,
    new_spins: Bus<Local>,
    readout_slot: Bus<Local>,
    number: Vec<Const>,
    seed_number: Vec<Const>,
    hidden_slots: Const,
    last_lane: Const,
    read_clocks: Const,
    spin_stages: Size,
    lane_place: Size,
    _lanes: usize,
    _groups: usize,
    _spin_stages: usize,
    _widths: EngineWidths,
}

/// Widths that the kernel casts to.
#[derive(Clone, Copy, Debug)]
struct EngineWidths {
    input_chunk: usize,
    coupling_chunk: usize,
    input_index: usize,
    input_part: usize,
    slot: usize,
    color_slot: usize,
    readout_slot: usize,
    replica: usize,
    clear: usize,
    spin_index: usize,
    lane: usize,
    lanes: usize,
    seed_lane: usize,
    threshold: usize,
    weight_word: usize,
    bias: usize,
}

impl Engine {
    /// The sampler of this machine.
    pub fn new(shape: &MachineShape) -> Self {
        let q = &shape.sequencer;
        let lane: Vec<Lane> = (0..shape.lanes).map(|_| Lane::new(shape)).collect();
        let sequencer = Sequencer::new(*q);
        let color_slots = q.slots[0].max(q.slots[1]);
        let most_input_chunks = q.input_chunks[0].max(q.input_chunks[1]);
        let spins = SpinMemory::new(
            q.replicas,
            color_slots,
            q.coupling_chunks[0].max(q.coupling_chunks[1]),
            shape.lanes,
            shape.tree_width,
        );
        let inputs = InputMemory::new(most_input_chunks, shape.lanes, shape.tree_width);
        let spin_address = SpinAddress::new(q.replicas, q.total_slots());
        let spin_stages = SpinAddress::stages(q.replicas);
        let read_clocks = spin_stages + 3;
        let lane_width = address_width(shape.lanes);
        let widths = EngineWidths {
            input_chunk: inputs.chunk.width(),
            coupling_chunk: spins.chunk.width(),
            input_index: inputs.write_index.width(),
            input_part: inputs.write_data.width(),
            slot: sequencer.slot.width(),
            color_slot: sequencer.color_slot.width(),
            readout_slot: lane[0].readout_slot.width(),
            replica: sequencer.replica.width(),
            clear: sequencer.slot.width().max(sequencer.replica.width()),
            spin_index: spin_address.index.width(),
            lane: lane_width,
            lanes: shape.lanes,
            seed_lane: 10,
            threshold: shape.draw_bits + 1,
            weight_word: lane[0].weight_write_data.width(),
            bias: shape.bias.bias_bits,
        };
        let field_bits = shape.field.field_bits;
        let pipeline = UpdatePipeline::new(shape.tree_stages, widths.slot, widths.color_slot, widths.replica);
        let per_lane = |make: &dyn Fn() -> Bus<Out>| (0..shape.lanes).map(|_| make()).collect();
        Self {
            clock: Default::default(),
            reset: Default::default(),
            run_strobe: Default::default(),
            start_mode: Bus::unsigned(2),
            stop_pending: Default::default(),
            swap_pending: Default::default(),
            active_coupling: Bus::like(&lane[0].active_coupling),
            active_bias: Bus::like(&lane[0].active_bias),
            burn_in: Bus::unsigned(SCHEDULE_BITS),
            retained: Bus::unsigned(SCHEDULE_BITS),
            readout: Default::default(),
            ready: Default::default(),
            busy: Default::default(),
            run_done: Default::default(),
            run_stopped: Default::default(),
            swap_take: Default::default(),
            sweep_number: Bus::unsigned(32),
            retained_so_far: Bus::unsigned(SCHEDULE_BITS),
            cycles: Bus::unsigned(32),
            window_write: Default::default(),
            window_read: Default::default(),
            window_address: Bus::unsigned(16),
            window_write_data: Bus::unsigned(32),
            window_read_valid: Default::default(),
            window_read_data: Bus::unsigned(32),
            table_write: Default::default(),
            table_write_bank: Bus::like(&lane[0].table_write_bank),
            table_write_index: Bus::like(&lane[0].table_write_index),
            weight_write: Default::default(),
            weight_write_bank: Bus::like(&lane[0].weight_write_bank),
            weight_write_lane: Bus::unsigned(lane_width),
            weight_write_row: Bus::like(&lane[0].weight_write_row),
            weight_write_column: Bus::like(&lane[0].weight_write_column),
            bias_write: Default::default(),
            bias_write_bank: Bus::like(&lane[0].bias_write_bank),
            bias_write_slot: Bus::like(&lane[0].bias_write_slot),
            bias_write_lane: Bus::unsigned(lane_width),
            load_write_data: Bus::unsigned(32),
            observe_valid: Default::default(),
            observe_start: Default::default(),
            observe_sweep: Bus::unsigned(32),
            observe_slot: Bus::unsigned(widths.slot),
            observe_replica: Bus::unsigned(widths.replica),
            observe_retained: Default::default(),
            observe_spin: Bus::unsigned(shape.lanes),
            observe_field: per_lane(&|| Bus::signed(field_bits)),
            observe_draw: per_lane(&|| Bus::unsigned(shape.draw_bits)),
            observe_sum: per_lane(&|| Bus::signed(shape.sum_bits)),
            observe_swap: Default::default(),
            pipeline,
            clamps: Clamp::new(q.total_slots(), shape.lanes),
            selects: TableSelect::new(q.replicas, shape.tables),
            source: spins.source.iter().map(|w| Register::unsigned(w.width())).collect(),
            clearing: BitRegister::starting_at(true),
            clear_address: Register::unsigned(widths.clear),
            host_write: Default::default(),
            host_address: Register::unsigned(16),
            host_data: Register::unsigned(32),
            read_wait: Register::unsigned(4),
            read_valid: Default::default(),
            read_data: Register::unsigned(32),
            spin_write: (0..spin_stages).map(|_| Default::default()).collect(),
            spin_data: (0..spin_stages).map(|_| Register::unsigned(shape.lanes)).collect(),
            region: Bus::unsigned(4),
            host_color: Default::default(),
            host_color_slot: Bus::unsigned(widths.color_slot),
            host_slot_wide: Bus::unsigned(widths.slot + 1),
            host_lane: Bus::unsigned(lane_width),
            host_signs: Bus::unsigned(shape.lanes),
            seed_lane: Bus::unsigned(widths.seed_lane),
            host_sum: Bus::signed(shape.sum_bits),
            host_sum_wide: Bus::signed(32),
            new_spins: Bus::unsigned(shape.lanes),
            readout_slot: Bus::unsigned(widths.readout_slot),
            number: (0..shape.lanes).map(|l| Const::unsigned(lane_width, l as u64)).collect(),
            seed_number: (0..shape.lanes).map(|l| Const::unsigned(widths.seed_lane, l as u64)).collect(),
            hidden_slots: Const::unsigned(widths.slot + 1, q.slots[0] as u64),
            last_lane: Const::unsigned(lane_width, shape.lanes as u64 - 1),
            read_clocks: Const::unsigned(4, read_clocks as u64),
            spin_stages: Size::new(spin_stages),
            lane_place: Size::new(shape.lanes.ilog2() as usize),
            _lanes: shape.lanes,
            _groups: shape.tree_width / shape.lanes,
            _spin_stages: spin_stages - 1,
            _widths: widths,
            sequencer,
            spins,
            inputs,
            spin_address,
            lane,
        }
    }
}

impl Logic for Engine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module engine: The sampler: sequencer and lanes.");
        dff_setup!(
            self,
            clock,
            clearing,
            clear_address,
            host_write,
            host_address,
            host_data,
            read_wait,
            read_valid,
            read_data
        );
        clock!(self, clock, sequencer, pipeline, spins, inputs, clamps, selects, spin_address);
        // Sequencer.
        self.sequencer.reset.next = self.reset.val();
        self.sequencer.run_strobe.next = self.run_strobe.val();
        self.sequencer.start_mode.next = self.start_mode.val();
        self.sequencer.stop_pending.next = self.stop_pending.val();
        self.sequencer.swap_pending.next = self.swap_pending.val();
        self.sequencer.burn_in.next = self.burn_in.val();
        self.sequencer.retained.next = self.retained.val();
        self.busy.next = self.sequencer.busy.val();
        self.run_done.next = self.sequencer.run_done.val();
        self.run_stopped.next = self.sequencer.run_stopped.val();
        self.swap_take.next = self.sequencer.swap_take.val();
        self.sweep_number.next = self.sequencer.sweep_number.val();
        self.retained_so_far.next = self.sequencer.retained_so_far.val();
        self.cycles.next = self.sequencer.cycles.val();
        // Pipeline.
        self.pipeline.reset.next = self.reset.val();
        self.pipeline.restart.next = self.run_strobe.val() & !self.sequencer.busy.val();
        self.pipeline.issue.next = self.sequencer.issue.val();
        self.pipeline.first.next = self.sequencer.first.val();
        self.pipeline.last.next = self.sequencer.last.val();
        self.pipeline.from_input.next = self.sequencer.from_input.val();
        self.pipeline.starting.next = self.sequencer.starting.val();
        self.pipeline.use_partial.next = self.sequencer.use_partial.val();
        self.pipeline.retaining.next = self.sequencer.retaining.val();
        self.pipeline.color.next = self.sequencer.color.val();
        self.pipeline.slot.next = self.sequencer.slot.val();
        self.pipeline.color_slot.next = self.sequencer.color_slot.val();
        self.pipeline.replica.next = self.sequencer.replica.val();
        // Accesses of the host, one clock after control.
        self.host_write.d.next = self.window_write.val();
        if self.window_write.val() | self.window_read.val() {
            self.host_address.d.next = self.window_address.val();
            self.host_data.d.next = self.window_write_data.val();
        }
        self.region.next = unsigned_cast_to(self.host_address.q.val() >> 12, 4);
        self.spin_address.index.next = unsigned_cast_to(self.host_address.q.val(), self._widths.spin_index);
        self.host_slot_wide.next = unsigned_cast_to(self.spin_address.slot.val(), self._widths.slot + 1);
        self.host_color.next = self.host_slot_wide.val() >= self.hidden_slots.val();
        self.host_color_slot.next = unsigned_cast_to(self.spin_address.slot.val(), self._widths.color_slot);
        if self.host_color.val() {
            self.host_color_slot.next =
                unsigned_cast_to(self.spin_address.slot.val(), self._widths.color_slot)
                    - unsigned_cast_to(self.hidden_slots.val(), self._widths.color_slot);
        }
        // Source word: inputs, or the other color's spins; the host looks at spins while idle.
        self.spins.replica.next = self.spin_address.replica.val();
        self.spins.color.next = self.host_color.val();
        self.spins.slot.next = self.host_color_slot.val();
        self.spins.chunk.next = self.spins.slot_chunk.val();
        if self.sequencer.busy.val() {
            self.spins.replica.next = self.sequencer.replica.val();
            self.spins.color.next = !self.sequencer.color.val();
            self.spins.chunk.next = unsigned_cast_to(self.sequencer.chunk.val(), self._widths.coupling_chunk);
        }
        self.inputs.chunk.next = unsigned_cast_to(self.sequencer.chunk.val(), self._widths.input_chunk);
        for g in 0..self._groups {
            self.source[g].clock.next = self.clock.val();
            self.source[g].d.next = self.spins.source[g].val();
            if self.sequencer.from_input.val() {
                self.source[g].d.next = self.inputs.source[g].val();
            }
        }
        // What the host writes.
        self.inputs.write.next = self.host_write.q.val() & (self.region.val() == 1.into());
        self.inputs.write_index.next = unsigned_cast_to(self.host_address.q.val(), self._widths.input_index);
        self.inputs.write_data.next = unsigned_cast_to(self.host_data.q.val(), self._widths.input_part);
        self.clamps.mask_write.next = self.host_write.q.val() & (self.region.val() == 2.into());
        self.clamps.value_write.next = self.host_write.q.val() & (self.region.val() == 3.into());
        self.clamps.write_slot.next = unsigned_cast_to(self.host_address.q.val(), self._widths.slot);
        self.clamps.write_data.next = unsigned_cast_to(self.host_data.q.val(), self._widths.lanes);
        self.clamps.slot.next = self.pipeline.clamp_slot.val();
        self.selects.write.next = self.host_write.q.val() & (self.region.val() == 5.into());
        self.selects.write_replica.next = unsigned_cast_to(self.host_address.q.val(), self._widths.replica);
        self.selects.write_data.next = self.host_data.q.val();
        self.selects.replica.next = self.pipeline.select_replica.val();
        self.selects.color.next = self.pipeline.select_color.val();
        // After a reset clamps and selects are cleared, word by word.
        if self.clearing.q.val() {
            self.clear_address.d.next = self.clear_address.q.val() + 1;
            if self.clear_address.q.val().all() {
                self.clearing.d.next = false;
            }
            self.clamps.mask_write.next = true;
            self.clamps.value_write.next = true;
            self.clamps.write_slot.next = unsigned_cast_to(self.clear_address.q.val(), self._widths.slot);
            self.clamps.write_data.next = 0.into();
            self.selects.write.next = true;
            self.selects.write_replica.next =
                unsigned_cast_to(self.clear_address.q.val(), self._widths.replica);
            self.selects.write_data.next = 0.into();
        }
        if self.reset.val() {
            self.clearing.d.next = true;
            self.clear_address.d.next = 0.into();
        }
        self.ready.next = !self.clearing.q.val();
        // Spins: of the pipeline, or of the host (its address division takes some clocks, the data wait as long).
        self.spin_write[0].clock.next = self.clock.val();
        self.spin_write[0].d.next =
            self.host_write.q.val() & ((self.region.val() == 6.into()) | (self.region.val() == 7.into()));
        self.spin_data[0].clock.next = self.clock.val();
        self.spin_data[0].d.next = unsigned_cast_to(self.host_data.q.val(), self._widths.lanes);
        for i in 0..self._spin_stages {
            self.spin_write[i + 1].clock.next = self.clock.val();
            self.spin_write[i + 1].d.next = self.spin_write[i].q.val();
            self.spin_data[i + 1].clock.next = self.clock.val();
            self.spin_data[i + 1].d.next = self.spin_data[i].q.val();
        }
        self.new_spins.next = 0.into();
        for l in 0..self._lanes {
            self.new_spins.next = self.new_spins.val().replace_bit(l, self.lane[l].spin.val());
        }
        self.spins.write.next = self.pipeline.spin_write.val();
        self.spins.write_replica.next = self.pipeline.spin_replica.val();
        self.spins.write_color.next = self.pipeline.spin_color.val();
        self.spins.write_slot.next = self.pipeline.spin_slot.val();
        self.spins.write_data.next = self.new_spins.val();
        if self.spin_write[self.spin_stages - 1].q.val() {
            self.spins.write.next = true;
            self.spins.write_replica.next = self.spin_address.replica.val();
            self.spins.write_color.next = self.host_color.val();
            self.spins.write_slot.next = self.host_color_slot.val();
            self.spins.write_data.next = self.spin_data[self.spin_stages - 1].q.val();
        }
        // Readout: cleared with the inputs' fields, added to by updates, looked at by the host while idle.
        self.host_lane.next =
            bit_cast_to(self.host_address.q.val(), self._widths.lane) & self.last_lane.val();
        self.readout_slot.next = unsigned_cast_to(self.host_address.q.val(), self._widths.readout_slot);
        if self.region.val() != 10.into() {
            self.readout_slot.next = unsigned_cast_to(
                self.host_address.q.val() >> (self.lane_place * 1),
                self._widths.readout_slot,
            );
        }
        if self.sequencer.busy.val() {
            self.readout_slot.next =
                unsigned_cast_to(self.pipeline.spin_slot.val(), self._widths.readout_slot);
        }
        if self.pipeline.readout_clear.val() {
            self.readout_slot.next =
                unsigned_cast_to(self.pipeline.clear_slot.val(), self._widths.readout_slot);
        }
        self.seed_lane.next = unsigned_cast_to(self.host_address.q.val() >> 2, self._widths.seed_lane);
        // Lanes.
        self.observe_spin.next = 0.into();
        self.host_signs.next = 0.into();
        self.host_sum.next = self.lane[0].sum.val();
        for l in 0..self._lanes {
            self.lane[l].clock.next = self.clock.val();
            self.lane[l].reset.next = self.reset.val();
            self.lane[l].active_coupling.next = self.active_coupling.val();
            self.lane[l].active_bias.next = self.active_bias.val();
            self.lane[l].row_read.next = self.sequencer.issue.val() & self.sequencer.use_partial.val();
            self.lane[l].row.next = self.sequencer.row.val();
            for g in 0..self._groups {
                self.lane[l].source[g].next = self.source[g].q.val();
            }
            self.lane[l].base_read.next = self.pipeline.base_read.val();
            self.lane[l].base_cached.next = self.pipeline.base_cached.val();
            self.lane[l].base_slot.next = self.pipeline.base_slot.val();
            self.lane[l].add.next = self.pipeline.add.val();
            self.lane[l].add_first.next = self.pipeline.add_first.val();
            self.lane[l].add_partial.next = self.pipeline.add_partial.val();
            self.lane[l].add_from_input.next = self.pipeline.add_from_input.val();
            self.lane[l].add_color.next = self.pipeline.add_color.val();
            self.lane[l].cache_write.next = self.pipeline.cache_write.val();
            self.lane[l].cache_slot.next = self.pipeline.cache_slot.val();
            self.lane[l].look_up.next = self.pipeline.look_up.val();
            self.lane[l].choice.next = self.selects.choice.val();
            self.lane[l].step.next = self.pipeline.step.val();
            self.lane[l].compare_start.next = self.pipeline.compare_start.val();
            self.lane[l].clamped.next = self.clamps.mask.val().get_bit(l);
            self.lane[l].clamp_value.next = self.clamps.value.val().get_bit(l);
            self.lane[l].readout_slot.next = self.readout_slot.val();
            self.lane[l].readout_clear.next = self.pipeline.readout_clear.val();
            self.lane[l].contribute.next = self.pipeline.contribute.val();
            self.lane[l].use_field.next = self.readout.val();
            self.lane[l].seed_write.next = self.host_write.q.val()
                & (self.region.val() == 4.into())
                & (self.seed_lane.val() == self.seed_number[l].val());
            self.lane[l].seed_word.next = unsigned_cast_to(self.host_address.q.val(), 2);
            self.lane[l].seed_data.next = self.host_data.q.val();
            self.lane[l].table_write.next = self.table_write.val();
            self.lane[l].table_write_bank.next = self.table_write_bank.val();
            self.lane[l].table_write_index.next = self.table_write_index.val();
            self.lane[l].table_write_data.next =
                unsigned_cast_to(self.load_write_data.val(), self._widths.threshold);
            self.lane[l].weight_write.next =
                self.weight_write.val() & (self.weight_write_lane.val() == self.number[l].val());
            self.lane[l].weight_write_bank.next = self.weight_write_bank.val();
            self.lane[l].weight_write_row.next = self.weight_write_row.val();
            self.lane[l].weight_write_column.next = self.weight_write_column.val();
            self.lane[l].weight_write_data.next =
                unsigned_cast_to(self.load_write_data.val(), self._widths.weight_word);
            self.lane[l].bias_write.next =
                self.bias_write.val() & (self.bias_write_lane.val() == self.number[l].val());
            self.lane[l].bias_write_bank.next = self.bias_write_bank.val();
            self.lane[l].bias_write_slot.next = self.bias_write_slot.val();
            self.lane[l].bias_write_data.next =
                unsigned_cast_to(self.load_write_data.val(), self._widths.bias);
            self.observe_spin.next = self.observe_spin.val().replace_bit(l, self.lane[l].observe_spin.val());
            self.observe_field[l].next = self.lane[l].observe_field.val();
            self.observe_draw[l].next = self.lane[l].observe_draw.val();
            self.observe_sum[l].next = self.lane[l].sum.val();
            self.host_signs.next = self.host_signs.val().replace_bit(l, self.lane[l].sign.val());
            if self.host_lane.val() == self.number[l].val() {
                self.host_sum.next = self.lane[l].sum.val();
            }
        }
        self.host_sum_wide.next = signed_cast_to(self.host_sum.val(), 32);
        // What the host reads is there when its address has been divided and looked up.
        self.read_valid.d.next = false;
        if self.read_wait.q.val() != 0.into() {
            self.read_wait.d.next = self.read_wait.q.val() - 1;
            if self.read_wait.q.val() == 1.into() {
                self.read_valid.d.next = true;
                self.read_data.d.next = bit_cast_to(self.spins.slot_spins.val(), 32);
                if self.region.val().get_bit(3) {
                    self.read_data.d.next = bit_cast_to(self.host_signs.val(), 32);
                    if !self.region.val().get_bit(1) {
                        self.read_data.d.next = unsigned_cast_to(self.host_sum_wide.val(), 32);
                    }
                }
            }
        }
        if self.window_read.val() {
            self.read_wait.d.next = self.read_clocks.val();
        }
        if self.reset.val() {
            self.read_wait.d.next = 0.into();
        }
        self.window_read_valid.next = self.read_valid.q.val();
        self.window_read_data.next = self.read_data.q.val();
        // Observation.
        self.observe_valid.next = self.pipeline.observe_valid.val();
        self.observe_start.next = self.pipeline.observe_start.val();
        self.observe_sweep.next = self.pipeline.observe_sweep.val();
        self.observe_slot.next = self.pipeline.observe_slot.val();
        self.observe_replica.next = self.pipeline.observe_replica.val();
        self.observe_retained.next = self.pipeline.observe_retained.val();
        self.observe_swap.next = self.sequencer.swap_take.val();
    }
}
crate::clocked!(Engine);
crate::cell_ports!(
    Engine,
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
        observe_sum,
        observe_swap
    ]
);
