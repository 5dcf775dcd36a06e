//! The sampler: sequencer, pipeline, lanes and what they share.

use super::dense_sources::DenseSources;
use super::lane::Lane;
use super::plane_sources::PlaneSources;
use super::shape::MachineShape;
use super::windows::Windows;
use crate::cells::*;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Bits of a class.
pub(crate) const CLASS_BITS: usize = 6;

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
    /// Buffer that the next run reads.
    pub input_buffer: Signal<In, Bit>,
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
    /// Block that runs, or that ran last.
    pub block: Bus<Out>,
    /// Class of the last run that was decoded.
    pub decoded_class: Bus<Out>,
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
    /// Row, in the order of the load stream.
    pub weight_write_row: Bus<In>,
    /// Column.
    pub weight_write_column: Bus<In>,
    /// Loads a bias.
    pub bias_write: Signal<In, Bit>,
    /// Bias bank.
    pub bias_write_bank: Bus<In>,
    /// Row of biases, in the order of the load stream.
    pub bias_write_slot: Bus<In>,
    /// Lane.
    pub bias_write_lane: Bus<In>,
    /// The word to load.
    pub load_write_data: Bus<In>,
    /// One update per lane can be observed.
    pub observe_valid: Signal<Out, Bit>,
    /// It belongs to the start.
    pub observe_start: Signal<Out, Bit>,
    /// Its block.
    pub observe_block: Bus<Out>,
    /// Its sweep within the block, 0 for the start.
    pub observe_sweep: Bus<Out>,
    /// Its slot within the block, hidden ones first.
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
    /// The encoder has a slot of its output plane.
    pub observe_encoded_valid: Signal<Out, Bit>,
    /// position * groups + group.
    pub observe_encoded_slot: Bus<Out>,
    /// Its spins, bit l of lane l.
    pub observe_encoded: Bus<Out>,
    sequencer: Sequencer,
    pipeline: UpdatePipeline,
    windows: Windows,
    dense: Vec<DenseSources>,
    planes: Vec<PlaneSources>,
    clamps: Vec<Clamp>,
    clamp_memory: Vec<ClampMemory>,
    selects: TableSelect,
    lane: Vec<Lane>,
    classes: Vec<ClassSelect>,
    host_lane: Bus<Local>,
    host_signs: Bus<Local>,
    seed_lane: Bus<Local>,
    host_sum: Bus<Local>,
    host_sum_wide: Bus<Local>,
    host_score: Bus<Local>,
    new_spins: Bus<Local>,
    encoded: Bus<Local>,
    readout_slot: Register,
    working: BitRegister,
    clamp_slot: Bus<Local>,
    clamp_mask: Bus<Local>,
    clamp_value: Bus<Local>,
    restart_classes: Signal<Local, Bit>,
    weight_start: Bus<Local>,
    weight_write_start: Bus<Local>,
    bias_start: Bus<Local>,
    bias_write_start: Bus<Local>,
    base_cached: Signal<Local, Bit>,
    cache_write: Signal<Local, Bit>,
    coupling_number: Vec<Const>,
    bias_number: Vec<Const>,
    weight_starts: Vec<Const>,
    bias_starts: Vec<Const>,
    /// None where every slot's field is cached.
    last_cached: Vec<Const>,
    _last_cached: usize,
    number: Vec<Const>,
    seed_number: Vec<Const>,
    block_number: Vec<Const>,
    first_slot: Vec<Const>,
    last_lane: Const,
    lane_place: Size,
    exact_sign: Size,
    _lanes: usize,
    _groups: usize,
    _dense: usize,
    _planes: usize,
    _decoders: usize,
    _later_blocks: usize,
    _coupling_banks: usize,
    _bias_banks: usize,
    _widths: EngineWidths,
}

/// Widths that the kernel casts to.
#[derive(Clone, Copy, Debug)]
struct EngineWidths {
    color_slot: usize,
    readout_slot: usize,
    clamp: usize,
    class: usize,
    score: usize,
    lane: usize,
    seed_lane: usize,
    threshold: usize,
    weight_word: usize,
    bias: usize,
    base_row: usize,
    weight_row: usize,
    base_slot: usize,
}

impl Engine {
    /// The sampler of this machine.
    pub fn new(shape: &MachineShape) -> Self {
        let q = &shape.sequencer;
        let lane: Vec<Lane> = (0..shape.lanes).map(|_| Lane::new(shape)).collect();
        let sequencer = Sequencer::new(q);
        let is_dense = !q.planes;
        let dense: Vec<_> = is_dense.then(|| DenseSources::new(shape)).into_iter().collect();
        let planes: Vec<_> = q.planes.then(|| PlaneSources::new(shape)).into_iter().collect();
        let read_clocks =
            if is_dense { DenseSources::read_clocks(shape) } else { PlaneSources::read_clocks(shape) };
        let lane_width = address_width(shape.lanes);
        let most_color_slots = q.passes.iter().map(PassShape::slots).max().unwrap_or(1);
        let widths = EngineWidths {
            color_slot: address_width(most_color_slots),
            readout_slot: lane[0].readout_slot.width(),
            clamp: address_width(q.total_slots()),
            class: q.decode.map_or(1, |d| address_width(d.classes)),
            score: shape.score_bits,
            lane: lane_width,
            seed_lane: 10,
            threshold: shape.draw_bits + 1,
            weight_word: lane[0].weight_write_data.width(),
            bias: shape.bias.bias_bits,
            base_row: lane[0].base_row.width(),
            weight_row: lane[0].row.width(),
            base_slot: lane[0].base_slot.width(),
        };
        let field_bits = shape.field.field_bits;
        let (slot_width, replica_width) = (sequencer.slot.width(), sequencer.replica.width());
        let some_without_cache = shape.cached_slots < q.most_slots();
        let last_cached = || Const::unsigned(slot_width, shape.cached_slots as u64 - 1);
        let last_cached: Vec<Const> = some_without_cache.then(last_cached).into_iter().collect();
        let pipeline = UpdatePipeline::new(&PipelineShape {
            stages: shape.stages(),
            slot: slot_width,
            color_slot: widths.color_slot,
            replica: replica_width,
            planes: planes.first().map(|p| (p.place.width(), p.bias_row.width())),
        });
        let first_slots = (0..q.blocks).map(|b| (0..b).map(|a| q.block_slots(a)).sum::<usize>());
        let numbers = |banks: usize, width: usize| -> Vec<Const> {
            (0..banks * planes.len()).map(|b| Const::unsigned(width, b as u64)).collect()
        };
        let starts = |banks: usize, width: usize, first: usize, rows: usize| -> Vec<Const> {
            (0..banks * planes.len()).map(|b| Const::unsigned(width, (first + b * rows) as u64)).collect()
        };
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
            input_buffer: Default::default(),
            ready: Default::default(),
            busy: Default::default(),
            run_done: Default::default(),
            run_stopped: Default::default(),
            swap_take: Default::default(),
            block: Bus::unsigned(BLOCK_BITS),
            decoded_class: Bus::unsigned(CLASS_BITS),
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
            weight_write_row: Bus::unsigned(address_width(q.rows())),
            weight_write_column: Bus::like(&lane[0].weight_write_column),
            bias_write: Default::default(),
            bias_write_bank: Bus::like(&lane[0].bias_write_bank),
            bias_write_slot: Bus::unsigned(address_width(shape.bias_rows)),
            bias_write_lane: Bus::unsigned(lane_width),
            load_write_data: Bus::unsigned(32),
            observe_valid: Default::default(),
            observe_start: Default::default(),
            observe_block: Bus::unsigned(BLOCK_BITS),
            observe_sweep: Bus::unsigned(32),
            observe_slot: Bus::unsigned(slot_width),
            observe_replica: Bus::unsigned(replica_width),
            observe_retained: Default::default(),
            observe_spin: Bus::unsigned(shape.lanes),
            observe_field: per_lane(&|| Bus::signed(field_bits)),
            observe_draw: per_lane(&|| Bus::unsigned(shape.draw_bits)),
            observe_sum: per_lane(&|| Bus::signed(shape.sum_bits)),
            observe_swap: Default::default(),
            observe_encoded_valid: Default::default(),
            observe_encoded_slot: Bus::unsigned(widths.color_slot),
            observe_encoded: Bus::unsigned(shape.lanes),
            pipeline,
            windows: Windows::new(q.total_slots(), shape.lanes, q.replicas, read_clocks),
            clamps: dense.iter().map(|_| Clamp::new(q.total_slots(), shape.lanes)).collect(),
            clamp_memory: planes.iter().map(|_| ClampMemory::new(q.total_slots(), shape.lanes)).collect(),
            selects: TableSelect::new(q.replicas, shape.tables, q.blocks),
            classes: q
                .decode
                .iter()
                .map(|d| ClassSelect::new(d.classes, shape.lanes, shape.score_bits))
                .collect(),
            host_lane: Bus::unsigned(lane_width),
            host_signs: Bus::unsigned(shape.lanes),
            seed_lane: Bus::unsigned(widths.seed_lane),
            host_sum: Bus::signed(shape.sum_bits),
            host_sum_wide: Bus::signed(32),
            host_score: Bus::signed(32),
            new_spins: Bus::unsigned(shape.lanes),
            encoded: Bus::unsigned(shape.lanes),
            readout_slot: Register::unsigned(widths.readout_slot),
            working: Default::default(),
            clamp_slot: Bus::unsigned(widths.clamp),
            clamp_mask: Bus::unsigned(shape.lanes),
            clamp_value: Bus::unsigned(shape.lanes),
            restart_classes: Default::default(),
            weight_start: Bus::unsigned(widths.weight_row),
            weight_write_start: Bus::unsigned(widths.weight_row),
            bias_start: Bus::unsigned(widths.base_row),
            bias_write_start: Bus::unsigned(widths.base_row),
            base_cached: Default::default(),
            cache_write: Default::default(),
            coupling_number: numbers(shape.coupling_banks, lane[0].active_coupling.width()),
            bias_number: numbers(shape.bias_banks, lane[0].active_bias.width()),
            weight_starts: starts(shape.coupling_banks, widths.weight_row, 0, q.rows()),
            bias_starts: starts(shape.bias_banks, widths.base_row, shape.cached_slots, shape.bias_rows),
            _last_cached: last_cached.len(),
            last_cached,
            number: (0..shape.lanes).map(|l| Const::unsigned(lane_width, l as u64)).collect(),
            seed_number: (0..shape.lanes).map(|l| Const::unsigned(widths.seed_lane, l as u64)).collect(),
            block_number: (1..q.blocks).map(|b| Const::unsigned(BLOCK_BITS, b as u64)).collect(),
            first_slot: first_slots.skip(1).map(|s| Const::unsigned(widths.clamp, s as u64)).collect(),
            last_lane: Const::unsigned(lane_width, shape.lanes as u64 - 1),
            lane_place: Size::new(shape.lanes.ilog2() as usize),
            exact_sign: Size::new(shape.field.exact_bits - 1),
            _lanes: shape.lanes,
            _groups: shape.tree_width / shape.lanes,
            _dense: dense.len(),
            _planes: planes.len(),
            _decoders: usize::from(q.decode.is_some()),
            _later_blocks: q.blocks - 1,
            _coupling_banks: if is_dense { 0 } else { shape.coupling_banks },
            _bias_banks: if is_dense { 0 } else { shape.bias_banks },
            _widths: widths,
            sequencer,
            dense,
            planes,
            lane,
        }
    }
}

impl Logic for Engine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module engine: The sampler: sequencer and lanes.");
        dff_setup!(self, clock, readout_slot, working);
        clock!(self, clock, sequencer, pipeline, windows, selects);
        // Sequencer.
        self.sequencer.reset.next = self.reset.val();
        self.sequencer.run_strobe.next = self.run_strobe.val();
        self.sequencer.start_mode.next = self.start_mode.val();
        self.sequencer.stop_pending.next = self.stop_pending.val();
        self.sequencer.swap_pending.next = self.swap_pending.val();
        self.sequencer.burn_in.next = self.burn_in.val();
        self.sequencer.retained.next = self.retained.val();
        self.sequencer.input_buffer.next = self.input_buffer.val();
        self.sequencer.first_tap.next = true;
        self.sequencer.last_tap.next = true;
        self.sequencer.last_position.next = true;
        self.sequencer.pixels_end.next = false;
        self.busy.next = self.sequencer.busy.val();
        // Whom the memories serve: a run's first access comes later than this.
        self.working.d.next = self.sequencer.busy.val();
        self.run_done.next = self.sequencer.run_done.val();
        self.run_stopped.next = self.sequencer.run_stopped.val();
        self.swap_take.next = self.sequencer.swap_take.val();
        self.sweep_number.next = self.sequencer.sweep_number.val();
        self.retained_so_far.next = self.sequencer.retained_so_far.val();
        self.cycles.next = self.sequencer.cycles.val();
        self.block.next = self.sequencer.block.val();
        // Pipeline.
        self.pipeline.reset.next = self.reset.val();
        self.pipeline.restart.next = self.sequencer.block_strobe.val();
        self.pipeline.issue.next = self.sequencer.issue.val();
        self.pipeline.first.next = self.sequencer.first.val();
        self.pipeline.last.next = self.sequencer.last.val();
        self.pipeline.from_input.next = self.sequencer.from_input.val();
        self.pipeline.starting.next = self.sequencer.starting.val();
        self.pipeline.use_partial.next = self.sequencer.use_partial.val();
        self.pipeline.retaining.next = self.sequencer.retaining.val();
        self.pipeline.color.next = self.sequencer.color.val();
        self.pipeline.slot.next = self.sequencer.slot.val();
        self.pipeline.encoding.next = self.sequencer.encoding.val();
        self.pipeline.decoding.next = self.sequencer.decoding.val();
        self.pipeline.passing.next = self.sequencer.passing.val();
        self.pipeline.color_slot.next = unsigned_cast_to(self.sequencer.group.val(), self._widths.color_slot);
        self.pipeline.place.next = 0.into();
        self.pipeline.bias_row.next = 0.into();
        self.pipeline.replica.next = self.sequencer.replica.val();
        // The host.
        self.windows.reset.next = self.reset.val();
        self.windows.window_write.next = self.window_write.val();
        self.windows.window_read.next = self.window_read.val();
        self.windows.window_address.next = self.window_address.val();
        self.windows.window_write_data.next = self.window_write_data.val();
        self.windows.spins.next = 0.into();
        self.windows.score.next = 0.into();
        self.window_read_valid.next = self.windows.window_read_valid.val();
        self.window_read_data.next = self.windows.window_read_data.val();
        self.ready.next = self.windows.ready.val();
        self.clamp_slot.next = unsigned_cast_to(self.pipeline.clamp_slot.val(), self._widths.clamp);
        for b in 0..self._later_blocks {
            if self.sequencer.block.val() == self.block_number[b].val() {
                self.clamp_slot.next = bit_cast_to(self.pipeline.clamp_slot.val(), self._widths.clamp)
                    + self.first_slot[b].val();
            }
        }
        self.clamp_mask.next = 0.into();
        self.clamp_value.next = 0.into();
        for k in 0..self._dense {
            self.clamps[k].clock.next = self.clock.val();
            self.clamps[k].mask_write.next = self.windows.mask_write.val();
            self.clamps[k].value_write.next = self.windows.value_write.val();
            self.clamps[k].write_slot.next = self.windows.clamp_slot.val();
            self.clamps[k].write_data.next = self.windows.clamp_data.val();
            self.clamps[k].slot.next = self.clamp_slot.val();
            self.clamp_mask.next = self.clamps[k].mask.val();
            self.clamp_value.next = self.clamps[k].value.val();
        }
        for k in 0..self._planes {
            self.clamp_memory[k].clock.next = self.clock.val();
            self.clamp_memory[k].mask_write.next = self.windows.mask_write.val();
            self.clamp_memory[k].value_write.next = self.windows.value_write.val();
            self.clamp_memory[k].write_slot.next = self.windows.clamp_slot.val();
            self.clamp_memory[k].write_data.next = self.windows.clamp_data.val();
            self.clamp_memory[k].slot.next = self.clamp_slot.val();
            self.clamp_mask.next = self.clamp_memory[k].mask.val();
            self.clamp_value.next = self.clamp_memory[k].value.val();
        }
        self.selects.write.next = self.windows.select_write.val();
        self.selects.write_replica.next = self.windows.select_replica.val();
        self.selects.write_data.next = self.windows.select_data.val();
        self.selects.replica.next = self.pipeline.select_replica.val();
        self.selects.color.next = self.pipeline.select_color.val();
        self.selects.block.next = self.sequencer.block.val();
        // New spins, and the signs of sums.
        self.new_spins.next = 0.into();
        self.encoded.next = 0.into();
        self.host_signs.next = 0.into();
        for l in 0..self._lanes {
            self.new_spins.next = self.new_spins.val().replace_bit(l, self.lane[l].spin.val());
            self.encoded.next =
                self.encoded.val().replace_bit(l, !self.lane[l].exact.val().get_bit(self.exact_sign * 1));
            self.host_signs.next = self.host_signs.val().replace_bit(l, self.lane[l].sign.val());
        }
        // Readout: cleared with the inputs' fields, added to by updates, looked at by the host while idle.
        self.host_lane.next =
            bit_cast_to(self.windows.address.val(), self._widths.lane) & self.last_lane.val();
        self.readout_slot.d.next = unsigned_cast_to(self.windows.address.val(), self._widths.readout_slot);
        if !self.windows.at_signs.val() {
            self.readout_slot.d.next = unsigned_cast_to(
                self.windows.address.val() >> (self.lane_place * 1),
                self._widths.readout_slot,
            );
        }
        if self.working.q.val() {
            self.readout_slot.d.next =
                unsigned_cast_to(self.pipeline.next_readout_slot.val(), self._widths.readout_slot);
        }
        self.seed_lane.next = unsigned_cast_to(self.windows.address.val() >> 2, self._widths.seed_lane);
        // First rows of the banks, where rows are counted over banks; slots that have no inputs start from their bias.
        self.weight_start.next = 0.into();
        self.weight_write_start.next = 0.into();
        for b in 0..self._coupling_banks {
            if self.active_coupling.val() == self.coupling_number[b].val() {
                self.weight_start.next = self.weight_starts[b].val();
            }
            if self.weight_write_bank.val() == self.coupling_number[b].val() {
                self.weight_write_start.next = self.weight_starts[b].val();
            }
        }
        self.bias_start.next = 0.into();
        self.bias_write_start.next = 0.into();
        for b in 0..self._bias_banks {
            if self.active_bias.val() == self.bias_number[b].val() {
                self.bias_start.next = self.bias_starts[b].val();
            }
            if self.bias_write_bank.val() == self.bias_number[b].val() {
                self.bias_write_start.next = self.bias_starts[b].val();
            }
        }
        self.base_cached.next = self.pipeline.base_cached.val();
        self.cache_write.next = self.pipeline.cache_write.val();
        for i in 0..self._last_cached {
            if self.pipeline.base_slot.val() > self.last_cached[i].val() {
                self.base_cached.next = false;
            }
            if self.pipeline.cache_slot.val() > self.last_cached[i].val() {
                self.cache_write.next = false;
            }
        }
        // Lanes.
        self.observe_spin.next = 0.into();
        self.host_sum.next = self.lane[0].sum.val();
        for l in 0..self._lanes {
            self.lane[l].clock.next = self.clock.val();
            self.lane[l].reset.next = self.reset.val();
            self.lane[l].active_coupling.next = self.active_coupling.val();
            self.lane[l].active_bias.next = self.active_bias.val();
            self.lane[l].row_read.next = self.sequencer.issue.val() & self.sequencer.use_partial.val();
            self.lane[l].row.next = unsigned_cast_to(self.sequencer.row.val(), self._widths.weight_row);
            self.lane[l].plane_first.next = true;
            for g in 0..self._groups {
                self.lane[l].source[g].next = 0.into();
            }
            self.lane[l].base_read.next = self.pipeline.base_read.val();
            self.lane[l].base_cached.next = self.base_cached.val();
            self.lane[l].base_slot.next =
                unsigned_cast_to(self.pipeline.base_slot.val(), self._widths.base_slot);
            self.lane[l].base_row.next =
                unsigned_cast_to(self.pipeline.base_slot.val(), self._widths.base_row);
            self.lane[l].add.next = self.pipeline.add.val();
            self.lane[l].add_first.next = self.pipeline.add_first.val();
            self.lane[l].add_partial.next = self.pipeline.add_partial.val();
            self.lane[l].add_from_input.next = self.pipeline.add_from_input.val();
            self.lane[l].add_plain.next = self.pipeline.add_plain.val();
            self.lane[l].add_color.next = self.pipeline.add_color.val();
            self.lane[l].cache_write.next = self.cache_write.val();
            self.lane[l].cache_slot.next =
                unsigned_cast_to(self.pipeline.cache_slot.val(), self._widths.base_slot);
            self.lane[l].look_up.next = self.pipeline.look_up.val();
            self.lane[l].choice.next = self.selects.choice.val();
            self.lane[l].step.next = self.pipeline.step.val();
            self.lane[l].compare_start.next = self.pipeline.compare_start.val();
            self.lane[l].clamped.next = self.clamp_mask.val().get_bit(l);
            self.lane[l].clamp_value.next = self.clamp_value.val().get_bit(l);
            self.lane[l].readout_slot.next = self.readout_slot.q.val();
            self.lane[l].readout_clear.next = self.pipeline.readout_clear.val();
            self.lane[l].contribute.next = self.pipeline.contribute.val();
            self.lane[l].use_field.next = self.readout.val();
            self.lane[l].seed_write.next =
                self.windows.seed_write.val() & (self.seed_lane.val() == self.seed_number[l].val());
            self.lane[l].seed_word.next = unsigned_cast_to(self.windows.address.val(), 2);
            self.lane[l].seed_data.next = self.windows.data.val();
            self.lane[l].table_write.next = self.table_write.val();
            self.lane[l].table_write_bank.next = self.table_write_bank.val();
            self.lane[l].table_write_index.next = self.table_write_index.val();
            self.lane[l].table_write_data.next =
                unsigned_cast_to(self.load_write_data.val(), self._widths.threshold);
            self.lane[l].weight_write.next =
                self.weight_write.val() & (self.weight_write_lane.val() == self.number[l].val());
            self.lane[l].weight_write_bank.next = self.weight_write_bank.val();
            self.lane[l].weight_write_row.next =
                unsigned_cast_to(self.weight_write_row.val(), self._widths.weight_row)
                    + self.weight_write_start.val();
            self.lane[l].weight_write_column.next = self.weight_write_column.val();
            self.lane[l].weight_write_data.next =
                unsigned_cast_to(self.load_write_data.val(), self._widths.weight_word);
            self.lane[l].bias_write.next =
                self.bias_write.val() & (self.bias_write_lane.val() == self.number[l].val());
            self.lane[l].bias_write_bank.next = self.bias_write_bank.val();
            self.lane[l].bias_write_slot.next =
                unsigned_cast_to(self.bias_write_slot.val(), self._widths.base_row)
                    + self.bias_write_start.val();
            self.lane[l].bias_write_data.next =
                unsigned_cast_to(self.load_write_data.val(), self._widths.bias);
            self.observe_spin.next = self.observe_spin.val().replace_bit(l, self.lane[l].observe_spin.val());
            self.observe_field[l].next = self.lane[l].observe_field.val();
            self.observe_draw[l].next = self.lane[l].observe_draw.val();
            self.observe_sum[l].next = self.lane[l].sum.val();
            if self.host_lane.val() == self.number[l].val() {
                self.host_sum.next = self.lane[l].sum.val();
            }
        }
        self.host_sum_wide.next = signed_cast_to(self.host_sum.val(), 32);
        self.windows.sum.next = self.host_sum_wide.val();
        self.windows.signs.next = self.host_signs.val();
        // Source words of a machine of one dense block.
        for k in 0..self._dense {
            self.dense[k].clock.next = self.clock.val();
            self.dense[k].busy.next = self.working.q.val();
            self.dense[k].replica.next = self.sequencer.replica.val();
            self.dense[k].color.next = self.sequencer.color.val();
            self.dense[k].chunk.next = self.sequencer.chunk.val();
            self.dense[k].from_input.next = self.sequencer.from_input.val();
            self.dense[k].write.next = self.pipeline.spin_write.val();
            self.dense[k].write_replica.next = self.pipeline.spin_replica.val();
            self.dense[k].write_color.next = self.pipeline.spin_color.val();
            self.dense[k].write_slot.next = self.pipeline.spin_slot.val();
            self.dense[k].write_data.next = self.new_spins.val();
            self.dense[k].host_address.next = self.windows.address.val();
            self.dense[k].host_data.next = self.windows.data.val();
            self.dense[k].input_write.next = self.windows.input_write.val();
            self.dense[k].host_write.next = self.windows.spin_write.val();
            self.windows.spins.next = self.dense[k].host_spins.val();
            for l in 0..self._lanes {
                for g in 0..self._groups {
                    self.lane[l].source[g].next = self.dense[k].source[g].val();
                }
            }
        }
        // Source words of a machine of planes.
        for k in 0..self._planes {
            self.planes[k].clock.next = self.clock.val();
            self.planes[k].reset.next = self.reset.val();
            self.planes[k].busy.next = self.working.q.val();
            self.planes[k].begins.next = self.sequencer.begins.val();
            self.planes[k].block.next = self.sequencer.block.val();
            self.planes[k].input_buffer.next = self.sequencer.input_buffer_used.val();
            self.planes[k].pass.next = self.sequencer.pass.val();
            self.planes[k].restart.next = self.sequencer.restart.val();
            self.planes[k].tap_step.next = self.sequencer.tap_step.val();
            self.planes[k].slot_step.next = self.sequencer.slot_step.val();
            self.planes[k].last_group.next = self.sequencer.last_group.val();
            self.planes[k].patch_start.next = self.sequencer.patch_start.val();
            self.planes[k].encoding.next = self.sequencer.encoding.val();
            self.planes[k].decoding.next = self.sequencer.decoding.val();
            self.planes[k].weighs.next = self.sequencer.issue.val() & self.sequencer.use_partial.val();
            self.planes[k].replica.next = self.sequencer.replica.val();
            self.planes[k].color.next = self.sequencer.color.val();
            self.planes[k].chunk.next = self.sequencer.chunk.val();
            self.planes[k].row.next = self.sequencer.row.val();
            self.planes[k].from_input.next = self.sequencer.from_input.val();
            self.sequencer.first_tap.next = self.planes[k].first_tap.val();
            self.sequencer.last_tap.next = self.planes[k].last_tap.val();
            self.sequencer.last_position.next = self.planes[k].last_position.val();
            self.sequencer.pixels_end.next = self.planes[k].pixels_end.val();
            self.pipeline.use_partial.next = self.sequencer.use_partial.val()
                & (self.planes[k].meets.val() | self.sequencer.encoding.val());
            self.pipeline.color_slot.next = self.planes[k].color_slot.val();
            self.pipeline.place.next = self.planes[k].place.val();
            self.pipeline.bias_row.next = self.planes[k].bias_row.val();
            self.planes[k].write.next = self.pipeline.spin_write.val();
            self.planes[k].write_replica.next = self.pipeline.spin_replica.val();
            self.planes[k].write_color.next = self.pipeline.spin_color.val();
            self.planes[k].write_place.next = self.pipeline.spin_place.val();
            self.planes[k].write_data.next = self.new_spins.val();
            self.planes[k].encode_write.next = self.pipeline.encode_write.val();
            self.planes[k].encode_place.next = self.pipeline.encode_place.val();
            self.planes[k].encode_data.next = self.encoded.val();
            self.planes[k].sign_write.next = self.pipeline.sign_write.val();
            self.planes[k].sign_place.next = self.pipeline.sign_place.val();
            self.planes[k].sign_data.next = self.host_signs.val();
            self.planes[k].host_address.next = self.windows.address.val();
            self.planes[k].host_data.next = self.windows.data.val();
            self.planes[k].input_write.next = self.windows.input_write.val();
            self.planes[k].pixel_write.next = self.windows.pixel_write.val();
            self.planes[k].host_write.next = self.windows.spin_write.val();
            self.windows.spins.next = self.planes[k].host_spins.val();
            for l in 0..self._lanes {
                self.lane[l].row_read.next = self.planes[k].row_read.val();
                self.lane[l].row.next =
                    unsigned_cast_to(self.planes[k].weight_row.val(), self._widths.weight_row)
                        + self.weight_start.val();
                self.lane[l].plane_first.next = self.planes[k].plane_first.val();
                self.lane[l].base_row.next =
                    unsigned_cast_to(self.pipeline.base_row.val(), self._widths.base_row)
                        + self.bias_start.val();
                for g in 0..self._groups {
                    self.lane[l].source[g].next = self.planes[k].source[g].val();
                }
            }
        }
        // Classes of a decoder.
        self.decoded_class.next = 0.into();
        self.restart_classes.next =
            self.reset.val() | (self.sequencer.restart.val() & self.sequencer.decoding.val());
        self.host_score.next = 0.into();
        for k in 0..self._decoders {
            self.classes[k].clock.next = self.clock.val();
            self.classes[k].restart.next = self.restart_classes.val();
            self.classes[k].take.next = self.pipeline.score_take.val();
            self.classes[k].read.next = self.windows.score_read.val();
            self.classes[k].read_class.next =
                unsigned_cast_to(self.windows.address.val(), self._widths.class);
            self.decoded_class.next = unsigned_cast_to(self.classes[k].best_class.val(), CLASS_BITS);
            self.host_score.next = signed_cast_to(self.classes[k].stored_score.val(), 32);
            self.windows.score.next = self.host_score.val();
            for l in 0..self._lanes {
                self.classes[k].score[l].next = signed_cast_to(self.lane[l].exact.val(), self._widths.score);
            }
        }
        // Observation.
        self.observe_valid.next = self.pipeline.observe_valid.val();
        self.observe_start.next = self.pipeline.observe_start.val();
        self.observe_block.next = self.sequencer.block.val();
        self.observe_sweep.next = self.pipeline.observe_sweep.val();
        self.observe_slot.next = self.pipeline.observe_slot.val();
        self.observe_replica.next = self.pipeline.observe_replica.val();
        self.observe_retained.next = self.pipeline.observe_retained.val();
        self.observe_swap.next = self.sequencer.swap_take.val();
        self.observe_encoded_valid.next = self.pipeline.encode_write.val();
        self.observe_encoded_slot.next = self.pipeline.encode_slot.val();
        self.observe_encoded.next = self.encoded.val();
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
        input_buffer,
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
        block,
        decoded_class,
        sweep_number,
        retained_so_far,
        cycles,
        window_read_valid,
        window_read_data,
        observe_valid,
        observe_start,
        observe_block,
        observe_sweep,
        observe_slot,
        observe_replica,
        observe_retained,
        observe_spin,
        observe_field,
        observe_draw,
        observe_sum,
        observe_swap,
        observe_encoded_valid,
        observe_encoded_slot,
        observe_encoded
    ]
);
