//! Follows every issued chunk through the pipeline and says, stage by stage, what the lanes do with it.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Clocks of the pipeline beside the adder tree: memories, accumulate, saturate, look up, compare, write.
pub(crate) const FIXED_STAGES: usize = 6;
/// Flags that go along with a chunk.
const FLAGS: usize = 11;

/// Delays the sequencer's issue ports; each output belongs to the stage named in its comment.
///
/// With D register stages before a chunk's sum (those of the adder tree; on a machine of planes one more for the source words, with an
/// encoder one more for bit planes), a chunk issued in clock t has its sum in clock t + D + 1, the update's field is saturated by
/// t + D + 3, compared in t + D + 4 and its spin written at the end of clock t + D + 5.
#[derive(LogicBlock)]
pub struct UpdatePipeline {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forgets everything in flight.
    pub reset: Signal<In, Bit>,
    /// A run starts: the next sweep seen is the first.
    pub restart: Signal<In, Bit>,
    /// Stage 0: a chunk is issued.
    pub issue: Signal<In, Bit>,
    /// First chunk of its update.
    pub first: Signal<In, Bit>,
    /// Last chunk of its update.
    pub last: Signal<In, Bit>,
    /// For the inputs' fields.
    pub from_input: Signal<In, Bit>,
    /// Of the random start.
    pub starting: Signal<In, Bit>,
    /// Has weights to sum.
    pub use_partial: Signal<In, Bit>,
    /// Of a retained sweep.
    pub retaining: Signal<In, Bit>,
    /// Color of the update.
    pub color: Signal<In, Bit>,
    /// Of the encoder.
    pub encoding: Signal<In, Bit>,
    /// Of the decoder.
    pub decoding: Signal<In, Bit>,
    /// Passes the signs of a slot on.
    pub passing: Signal<In, Bit>,
    /// Slot among both colors'.
    pub slot: Bus<In>,
    /// Slot within the color.
    pub color_slot: Bus<In>,
    /// Place in the target plane's memory; on a machine of planes.
    pub place: Bus<In>,
    /// Row of the bias; on a machine of planes.
    pub bias_row: Bus<In>,
    /// Replica.
    pub replica: Bus<In>,
    /// Stage D: read the base of `base_slot`.
    pub base_read: Signal<Out, Bit>,
    /// Stage D: the cached field, not the bias.
    pub base_cached: Signal<Out, Bit>,
    /// Stage D.
    pub base_slot: Bus<Out>,
    /// Stage D.
    pub base_row: Bus<Out>,
    /// Stage D + 1: accumulate.
    pub add: Signal<Out, Bit>,
    /// Stage D + 1: from the base.
    pub add_first: Signal<Out, Bit>,
    /// Stage D + 1: the chunk's sum too.
    pub add_partial: Signal<Out, Bit>,
    /// Stage D + 1: with the shift of inputs.
    pub add_from_input: Signal<Out, Bit>,
    /// Stage D + 1: without shift.
    pub add_plain: Signal<Out, Bit>,
    /// Stage D + 1: of this color.
    pub add_color: Signal<Out, Bit>,
    /// Stage D + 2: the sum is the inputs' field of `cache_slot`.
    pub cache_write: Signal<Out, Bit>,
    /// Stage D + 2.
    pub cache_slot: Bus<Out>,
    /// Stage D + 2: the sums' signs are the spins of `encode_place`.
    pub encode_write: Signal<Out, Bit>,
    /// Stage D + 2.
    pub encode_place: Bus<Out>,
    /// Stage D + 2.
    pub encode_slot: Bus<Out>,
    /// Stage D + 2: the sums are scores.
    pub score_take: Signal<Out, Bit>,
    /// Stage D + 2: clear the readout of `next_readout_slot` a clock ago.
    pub readout_clear: Signal<Out, Bit>,
    /// Stage D + 2: replica whose table is looked up next.
    pub select_replica: Bus<Out>,
    /// Stage D + 2: color of that table.
    pub select_color: Signal<Out, Bit>,
    /// Stage D + 3: read the table.
    pub look_up: Signal<Out, Bit>,
    /// Stage D + 3: take a draw, once per issued (sweep, slot, replica).
    pub step: Signal<Out, Bit>,
    /// Stage D + 3: slot whose clamp is read.
    pub clamp_slot: Bus<Out>,
    /// Stage D + 4: compare with one half.
    pub compare_start: Signal<Out, Bit>,
    /// Stage D + 5: write the spins.
    pub spin_write: Signal<Out, Bit>,
    /// Stage D + 5.
    pub spin_replica: Bus<Out>,
    /// Stage D + 5.
    pub spin_color: Signal<Out, Bit>,
    /// Stage D + 5: slot within the color.
    pub spin_slot: Bus<Out>,
    /// Stage D + 5: place of the slot; on a machine of planes.
    pub spin_place: Bus<Out>,
    /// Stage D + 5: add to the readout of `spin_slot`.
    pub contribute: Signal<Out, Bit>,
    /// Slot of the readout in the next clock: the one to clear, else the one to contribute to.
    pub next_readout_slot: Bus<Out>,
    /// Stage D + 6: pass the signs of the readout on to `sign_place`.
    pub sign_write: Signal<Out, Bit>,
    /// Stage D + 6.
    pub sign_place: Bus<Out>,
    /// Stage D + 6: the update's values can be observed.
    pub observe_valid: Signal<Out, Bit>,
    /// Stage D + 6: it belongs to the start.
    pub observe_start: Signal<Out, Bit>,
    /// Stage D + 6: it was added to the readout.
    pub observe_retained: Signal<Out, Bit>,
    /// Stage D + 6: its sweep, 0 for the start.
    pub observe_sweep: Bus<Out>,
    /// Stage D + 6: slot among both colors'.
    pub observe_slot: Bus<Out>,
    /// Stage D + 6.
    pub observe_replica: Bus<Out>,
    flags_in: Bus<Local>,
    flags: Vec<Register>,
    slots: Vec<Register>,
    color_slots: Vec<Register>,
    places: Vec<Register>,
    bias_rows: Vec<Register>,
    replicas: Vec<Register>,
    sweep: Register,
    ends_sum: Signal<Local, Bit>,
    update_at_spin: Signal<Local, Bit>,
    tree: Size,
    seen: Size,
    _planes: usize,
    _stages: usize,
    _shifts: usize,
    _place_stages: usize,
    _place_shifts: usize,
    _row_stages: usize,
    _row_shifts: usize,
}

/// Widths of an [`UpdatePipeline`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PipelineShape {
    /// Register stages before a chunk's sum, at least 1.
    pub stages: usize,
    /// Bits of a slot.
    pub slot: usize,
    /// Bits of a slot within the color.
    pub color_slot: usize,
    /// Bits of a replica.
    pub replica: usize,
    /// Bits of a place and of a bias row, on a machine of planes; its sums are in block RAM and everything of stage D + 6 comes a clock
    /// later.
    pub planes: Option<(usize, usize)>,
}

impl UpdatePipeline {
    /// A pipeline of this shape.
    pub fn new(shape: &PipelineShape) -> Self {
        let (slot_width, color_slot_width, replica_width) = (shape.slot, shape.color_slot, shape.replica);
        let tree_stages = shape.stages;
        let late = usize::from(shape.planes.is_some());
        let stages = tree_stages + FIXED_STAGES + late;
        let (place_width, bias_width) = shape.planes.unwrap_or((1, 1));
        let (place_stages, row_stages) = if shape.planes.is_some() { (stages, tree_stages) } else { (0, 0) };
        let line = |width: usize| (0..stages).map(|_| Register::unsigned(width)).collect();
        Self {
            clock: Default::default(),
            reset: Default::default(),
            restart: Default::default(),
            issue: Default::default(),
            first: Default::default(),
            last: Default::default(),
            from_input: Default::default(),
            starting: Default::default(),
            use_partial: Default::default(),
            retaining: Default::default(),
            color: Default::default(),
            encoding: Default::default(),
            decoding: Default::default(),
            passing: Default::default(),
            place: Bus::unsigned(place_width),
            bias_row: Bus::unsigned(bias_width),
            slot: Bus::unsigned(slot_width),
            color_slot: Bus::unsigned(color_slot_width),
            replica: Bus::unsigned(replica_width),
            base_read: Default::default(),
            base_cached: Default::default(),
            base_slot: Bus::unsigned(slot_width),
            base_row: Bus::unsigned(bias_width),
            add: Default::default(),
            add_first: Default::default(),
            add_partial: Default::default(),
            add_from_input: Default::default(),
            add_plain: Default::default(),
            add_color: Default::default(),
            cache_write: Default::default(),
            cache_slot: Bus::unsigned(slot_width),
            encode_write: Default::default(),
            encode_place: Bus::unsigned(place_width),
            encode_slot: Bus::unsigned(color_slot_width),
            score_take: Default::default(),
            readout_clear: Default::default(),
            select_replica: Bus::unsigned(replica_width),
            select_color: Default::default(),
            look_up: Default::default(),
            step: Default::default(),
            clamp_slot: Bus::unsigned(slot_width),
            compare_start: Default::default(),
            spin_write: Default::default(),
            spin_replica: Bus::unsigned(replica_width),
            spin_color: Default::default(),
            spin_slot: Bus::unsigned(color_slot_width),
            spin_place: Bus::unsigned(place_width),
            contribute: Default::default(),
            next_readout_slot: Bus::unsigned(color_slot_width),
            sign_write: Default::default(),
            sign_place: Bus::unsigned(place_width),
            observe_valid: Default::default(),
            observe_start: Default::default(),
            observe_retained: Default::default(),
            observe_sweep: Bus::unsigned(32),
            observe_slot: Bus::unsigned(slot_width),
            observe_replica: Bus::unsigned(replica_width),
            flags_in: Bus::unsigned(FLAGS),
            flags: line(FLAGS),
            slots: line(slot_width),
            color_slots: line(color_slot_width),
            places: (0..place_stages).map(|_| Register::unsigned(place_width)).collect(),
            bias_rows: (0..row_stages).map(|_| Register::unsigned(bias_width)).collect(),
            replicas: line(replica_width),
            sweep: Register::unsigned(32),
            ends_sum: Default::default(),
            update_at_spin: Default::default(),
            tree: Size::new(tree_stages),
            seen: Size::new(tree_stages + 5 + late),
            _stages: stages,
            _shifts: stages - 1,
            _planes: shape.planes.map_or(0, |_| 1),
            _place_stages: place_stages,
            _place_shifts: place_stages.saturating_sub(1),
            _row_stages: row_stages,
            _row_shifts: row_stages.saturating_sub(1),
        }
    }
}

impl Logic for UpdatePipeline {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module update_pipeline: What lanes do, stage by stage.");
        dff_setup!(self, clock, sweep);
        // Bits: 0 issued, 1 first, 2 last, 3 from input, 4 starting, 5 use partial, 6 retaining, 7 color, 8 encoding, 9 decoding, 10
        // passing.
        self.flags_in.next = 0.into();
        self.flags_in.next = self.flags_in.val().replace_bit(0, self.issue.val());
        self.flags_in.next = self.flags_in.val().replace_bit(1, self.first.val());
        self.flags_in.next = self.flags_in.val().replace_bit(2, self.last.val());
        self.flags_in.next = self.flags_in.val().replace_bit(3, self.from_input.val());
        self.flags_in.next = self.flags_in.val().replace_bit(4, self.starting.val());
        self.flags_in.next = self.flags_in.val().replace_bit(5, self.use_partial.val());
        self.flags_in.next = self.flags_in.val().replace_bit(6, self.retaining.val());
        self.flags_in.next = self.flags_in.val().replace_bit(7, self.color.val());
        self.flags_in.next = self.flags_in.val().replace_bit(8, self.encoding.val());
        self.flags_in.next = self.flags_in.val().replace_bit(9, self.decoding.val());
        self.flags_in.next = self.flags_in.val().replace_bit(10, self.passing.val());
        self.flags[0].d.next = self.flags_in.val();
        self.slots[0].d.next = self.slot.val();
        self.color_slots[0].d.next = self.color_slot.val();
        self.replicas[0].d.next = self.replica.val();
        for i in 0..self._shifts {
            self.flags[i + 1].d.next = self.flags[i].q.val();
            self.slots[i + 1].d.next = self.slots[i].q.val();
            self.color_slots[i + 1].d.next = self.color_slots[i].q.val();
            self.replicas[i + 1].d.next = self.replicas[i].q.val();
        }
        for i in 0..self._stages {
            self.flags[i].clock.next = self.clock.val();
            self.slots[i].clock.next = self.clock.val();
            self.color_slots[i].clock.next = self.clock.val();
            self.replicas[i].clock.next = self.clock.val();
            if self.reset.val() {
                self.flags[i].d.next = 0.into();
            }
        }
        // Places and bias rows: no stages on a machine of one dense block.
        for i in 0..self._place_stages {
            self.places[i].clock.next = self.clock.val();
        }
        for i in 0..self._row_stages {
            self.bias_rows[i].clock.next = self.clock.val();
        }
        for i in 0..self._place_shifts {
            self.places[i + 1].d.next = self.places[i].q.val();
        }
        for i in 0..self._row_shifts {
            self.bias_rows[i + 1].d.next = self.bias_rows[i].q.val();
        }
        self.base_row.next = 0.into();
        self.encode_place.next = 0.into();
        self.spin_place.next = 0.into();
        self.sign_place.next = 0.into();
        for k in 0..self._planes {
            self.places[k].d.next = self.place.val();
            self.bias_rows[k].d.next = self.bias_row.val();
            self.base_row.next = self.bias_rows[self.tree - 1].q.val();
            self.encode_place.next = self.places[self.tree + 1].q.val();
            self.spin_place.next = self.places[self.tree + 4].q.val();
            self.sign_place.next = self.places[self.seen * 1].q.val();
        }
        // Register i holds stage i + 1.
        self.base_read.next =
            self.flags[self.tree - 1].q.val().get_bit(0) & self.flags[self.tree - 1].q.val().get_bit(1);
        self.base_cached.next = !self.flags[self.tree - 1].q.val().get_bit(3);
        self.base_slot.next = self.slots[self.tree - 1].q.val();
        self.add.next = self.flags[self.tree * 1].q.val().get_bit(0);
        self.add_first.next = self.flags[self.tree * 1].q.val().get_bit(1);
        self.add_partial.next = self.flags[self.tree * 1].q.val().get_bit(5);
        self.add_from_input.next = self.flags[self.tree * 1].q.val().get_bit(3);
        self.add_plain.next =
            self.flags[self.tree * 1].q.val().get_bit(8) | self.flags[self.tree * 1].q.val().get_bit(9);
        self.add_color.next = self.flags[self.tree * 1].q.val().get_bit(7);
        self.ends_sum.next =
            self.flags[self.tree + 1].q.val().get_bit(0) & self.flags[self.tree + 1].q.val().get_bit(2);
        self.encode_write.next = self.ends_sum.val() & self.flags[self.tree + 1].q.val().get_bit(8);
        self.score_take.next = self.ends_sum.val() & self.flags[self.tree + 1].q.val().get_bit(9);
        self.encode_slot.next = self.color_slots[self.tree + 1].q.val();
        self.cache_write.next = self.ends_sum.val()
            & self.flags[self.tree + 1].q.val().get_bit(3)
            & !self.flags[self.tree + 1].q.val().get_bit(8)
            & !self.flags[self.tree + 1].q.val().get_bit(9);
        self.cache_slot.next = self.slots[self.tree + 1].q.val();
        self.readout_clear.next = self.cache_write.val() & self.flags[self.tree + 1].q.val().get_bit(7);
        self.select_replica.next = self.replicas[self.tree + 1].q.val();
        self.select_color.next = self.flags[self.tree + 1].q.val().get_bit(7);
        self.step.next = self.flags[self.tree + 2].q.val().get_bit(0)
            & self.flags[self.tree + 2].q.val().get_bit(2)
            & !self.flags[self.tree + 2].q.val().get_bit(3);
        self.look_up.next = self.flags[self.tree + 2].q.val().get_bit(0)
            & self.flags[self.tree + 2].q.val().get_bit(2)
            & !self.flags[self.tree + 2].q.val().get_bit(3)
            & !self.flags[self.tree + 2].q.val().get_bit(4);
        self.clamp_slot.next = self.slots[self.tree + 2].q.val();
        self.compare_start.next = self.flags[self.tree + 3].q.val().get_bit(4);
        self.update_at_spin.next = self.flags[self.tree + 4].q.val().get_bit(0)
            & self.flags[self.tree + 4].q.val().get_bit(2)
            & !self.flags[self.tree + 4].q.val().get_bit(3);
        self.spin_write.next = self.update_at_spin.val();
        self.spin_replica.next = self.replicas[self.tree + 4].q.val();
        self.spin_color.next = self.flags[self.tree + 4].q.val().get_bit(7);
        self.spin_slot.next = self.color_slots[self.tree + 4].q.val();
        self.contribute.next = self.update_at_spin.val()
            & self.flags[self.tree + 4].q.val().get_bit(6)
            & self.flags[self.tree + 4].q.val().get_bit(7);
        self.next_readout_slot.next = self.color_slots[self.tree + 3].q.val();
        if self.flags[self.tree * 1].q.val().get_bit(0)
            & self.flags[self.tree * 1].q.val().get_bit(2)
            & self.flags[self.tree * 1].q.val().get_bit(3)
            & self.flags[self.tree * 1].q.val().get_bit(7)
        {
            self.next_readout_slot.next = self.color_slots[self.tree * 1].q.val();
        }
        self.sign_write.next =
            self.flags[self.seen * 1].q.val().get_bit(0) & self.flags[self.seen * 1].q.val().get_bit(10);
        // The first update of a sweep advances the sweep that is observed, in the clock before it is.
        if self.flags[self.seen - 1].q.val().get_bit(0)
            & self.flags[self.seen - 1].q.val().get_bit(2)
            & !self.flags[self.seen - 1].q.val().get_bit(3)
            & !self.flags[self.seen - 1].q.val().get_bit(4)
            & (self.slots[self.seen - 1].q.val() == 0.into())
            & (self.replicas[self.seen - 1].q.val() == 0.into())
        {
            self.sweep.d.next = self.sweep.q.val() + 1;
        }
        if self.restart.val() {
            self.sweep.d.next = 0.into();
        }
        self.observe_valid.next = self.flags[self.seen * 1].q.val().get_bit(0)
            & self.flags[self.seen * 1].q.val().get_bit(2)
            & !self.flags[self.seen * 1].q.val().get_bit(3);
        self.observe_start.next = self.flags[self.seen * 1].q.val().get_bit(4);
        self.observe_retained.next =
            self.flags[self.seen * 1].q.val().get_bit(6) & self.flags[self.seen * 1].q.val().get_bit(7);
        self.observe_sweep.next = self.sweep.q.val();
        self.observe_slot.next = self.slots[self.seen * 1].q.val();
        self.observe_replica.next = self.replicas[self.seen * 1].q.val();
    }
}
crate::clocked!(UpdatePipeline);
crate::cell_ports!(
    UpdatePipeline,
    clock,
    [
        reset,
        restart,
        issue,
        first,
        last,
        from_input,
        starting,
        use_partial,
        retaining,
        color,
        encoding,
        decoding,
        passing,
        slot,
        color_slot,
        place,
        bias_row,
        replica
    ],
    [
        base_read,
        base_cached,
        base_slot,
        base_row,
        add,
        add_first,
        add_partial,
        add_from_input,
        add_plain,
        add_color,
        cache_write,
        cache_slot,
        encode_write,
        encode_place,
        encode_slot,
        score_take,
        readout_clear,
        select_replica,
        select_color,
        look_up,
        step,
        clamp_slot,
        compare_start,
        spin_write,
        spin_replica,
        spin_color,
        spin_slot,
        spin_place,
        contribute,
        next_readout_slot,
        sign_write,
        sign_place,
        observe_valid,
        observe_start,
        observe_retained,
        observe_sweep,
        observe_slot,
        observe_replica
    ]
);
