//! The order of a run: which chunk of which update enters the pipeline at every clock.

use super::pass_counter::PassCounter;
use super::run_shape::{SequencerShape, pass_width};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Bits of a schedule's burn-in and retained sweeps.
pub(crate) const SCHEDULE_BITS: usize = 21;
/// Bits of a block's number.
pub(crate) const BLOCK_BITS: usize = 3;

/// What a run does next.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum Phase {
    /// No run.
    Idle,
    /// Sums the pixels of every slot of the encoder's output plane.
    Encode,
    /// Sums bias and inputs of every slot, and clears the sums.
    Inputs,
    /// Draws a random spin for every slot and replica.
    Start,
    /// Sweeps.
    Sweep,
    /// Tells the bank manager that the swap takes effect.
    Swap,
    /// Passes the signs of a block's outputs on.
    Signs,
    /// Sums the signs for every class.
    Decode,
    /// Ends the run.
    Done,
}

/// Issues every chunk of a run in the contract's order (section 7): slots, in them replicas, in them chunks.
///
/// The issue ports describe what enters the pipeline in this clock. `pause` clocks pass between two phases, so that the
/// pipeline is empty, and `gap` clocks between two colors. On a machine of planes the walkers beside it say which tap and position it is
/// at (`first_tap`, `last_tap`, `last_position`; all high on a machine of one dense block), and follow the steps.
#[derive(LogicBlock)]
pub struct Sequencer {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Ends a run at once.
    pub reset: Signal<In, Bit>,
    /// Starts a run.
    pub run_strobe: Signal<In, Bit>,
    /// 0 random, 1 host, 2 keep.
    pub start_mode: Bus<In>,
    /// End the run at the next sweep boundary.
    pub stop_pending: Signal<In, Bit>,
    /// Swap banks at the next sweep boundary.
    pub swap_pending: Signal<In, Bit>,
    /// Sweeps to discard; of the active bank.
    pub burn_in: Bus<In>,
    /// Sweeps to retain; of the active bank.
    pub retained: Bus<In>,
    /// Buffer of inputs for the run that `run_strobe` starts.
    pub input_buffer: Signal<In, Bit>,
    /// The walker is at the first tap.
    pub first_tap: Signal<In, Bit>,
    /// The walker is at the last tap.
    pub last_tap: Signal<In, Bit>,
    /// The walker is at the last position.
    pub last_position: Signal<In, Bit>,
    /// The patch unit gives the last bit plane of a chunk of pixels.
    pub pixels_end: Signal<In, Bit>,
    /// A run is going on.
    pub busy: Signal<Out, Bit>,
    /// Last clock of a run.
    pub run_done: Signal<Out, Bit>,
    /// With `run_done`: by command.
    pub run_stopped: Signal<Out, Bit>,
    /// The banks swap at the end of this clock; only while `swap_pending` is high.
    pub swap_take: Signal<Out, Bit>,
    /// Sweeps completed in this run.
    pub sweep_number: Bus<Out>,
    /// Sweeps retained since the start or the last swap.
    pub retained_so_far: Bus<Out>,
    /// Clocks of this run.
    pub cycles: Bus<Out>,
    /// Block that runs, or that ran last.
    pub block: Bus<Out>,
    /// Buffer of inputs of this run.
    pub input_buffer_used: Signal<Out, Bit>,
    /// A block begins after this clock.
    pub block_strobe: Signal<Out, Bit>,
    /// A run begins after this clock.
    pub begins: Signal<Out, Bit>,
    /// Pass of [`SequencerShape::passes`] that goes on.
    pub pass: Bus<Out>,
    /// Walkers go to the first position of the pass.
    pub restart: Signal<Out, Bit>,
    /// The chunk is the last of its tap.
    pub tap_step: Signal<Out, Bit>,
    /// The chunk is the last of its slot.
    pub slot_step: Signal<Out, Bit>,
    /// The slot is the last of its position.
    pub last_group: Signal<Out, Bit>,
    /// The patch unit is to gather the next chunk of pixels.
    pub patch_start: Signal<Out, Bit>,
    /// The encoder works.
    pub encoding: Signal<Out, Bit>,
    /// The decoder works.
    pub decoding: Signal<Out, Bit>,
    /// Signs are passed on.
    pub passing: Signal<Out, Bit>,
    /// A chunk is issued.
    pub issue: Signal<Out, Bit>,
    /// It is the first of its update.
    pub first: Signal<Out, Bit>,
    /// It is the last of its update.
    pub last: Signal<Out, Bit>,
    /// It belongs to the inputs' fields.
    pub from_input: Signal<Out, Bit>,
    /// It belongs to the random start.
    pub starting: Signal<Out, Bit>,
    /// It has weights to sum.
    pub use_partial: Signal<Out, Bit>,
    /// Its sweep is a retained one.
    pub retaining: Signal<Out, Bit>,
    /// Color of the update.
    pub color: Signal<Out, Bit>,
    /// Slot among both colors'.
    pub slot: Bus<Out>,
    /// Group of the position; slot within the color of a machine of one dense block.
    pub group: Bus<Out>,
    /// Replica of the update.
    pub replica: Bus<Out>,
    /// Chunk of inputs or of the other color.
    pub chunk: Bus<Out>,
    /// Row of weights.
    pub row: Bus<Out>,
    phase: DFF<Phase>,
    pause: Register,
    random: BitRegister,
    stopped: BitRegister,
    entering: BitRegister,
    fetching: BitRegister,
    buffer: BitRegister,
    block_now: Register,
    color_now: BitRegister,
    slot_now: Register,
    replica_now: Register,
    counter: PassCounter,
    row_now: Register,
    row_base: Register,
    row_plane: Register,
    burn_left: Register,
    sweeps_done: Register,
    retained_done: Register,
    clocks: Register,
    burnt_in: BitRegister,
    burn_ends: BitRegister,
    run_ends: BitRegister,
    inputs_now: BitRegister,
    start_now: BitRegister,
    sweep_now: BitRegister,
    signs_now: BitRegister,
    decode_now: BitRegister,
    encode_now: BitRegister,
    issues_now: BitRegister,
    active: Signal<Local, Bit>,
    issuing: Signal<Local, Bit>,
    ends_tap: Signal<Local, Bit>,
    last_chunk: Signal<Local, Bit>,
    last_replica: Signal<Local, Bit>,
    ends_position: Signal<Local, Bit>,
    last_slot: Signal<Local, Bit>,
    last_block: Signal<Local, Bit>,
    follows: Signal<Local, Bit>,
    weighs: Signal<Local, Bit>,
    at_inputs: Signal<Local, Bit>,
    at_decode: Signal<Local, Bit>,
    at_encode: Signal<Local, Bit>,
    at_start: Signal<Local, Bit>,
    at_sweep: Signal<Local, Bit>,
    at_signs: Signal<Local, Bit>,
    pass_start: Bus<Local>,
    passes_now: Vec<Bus<Local>>,
    retained_next: Bus<Local>,
    next_block: Bus<Local>,
    input_row: Bus<Local>,
    next_input_row: Bus<Local>,
    coupling_row: Bus<Local>,
    class_row: Bus<Local>,
    gap_wait: Bus<Local>,
    color_number: Vec<Const>,
    block_number: Vec<Const>,
    input_rows: Vec<Const>,
    coupling_rows: Vec<Const>,
    gap_waits: Vec<Const>,
    replica_limit: Const,
    planes: Const,
    has_encoder: Const,
    has_decoder: Const,
    several_blocks: Const,
    last_block_number: Const,
    encode_pass: Const,
    decode_pass: Const,
    encode_row: Const,
    decode_row: Const,
    class_rows: Const,
    settle_wait: Const,
    drain_wait: Const,
    class_wait: Const,
    decode_wait: Const,
    block_wait: Const,
    _colors: usize,
    _blocks: usize,
    _pass_width: usize,
    _wait_width: usize,
}

impl Sequencer {
    /// The sequencer of this machine.
    pub fn new(shape: &SequencerShape) -> Self {
        let passes = shape.passes.len();
        let pass_width = pass_width(passes);
        let slot_width = address_width(shape.most_slots());
        let replica_width = address_width(shape.replicas);
        let counter = PassCounter::new(&shape.passes);
        // Walking a plane again sets the row back, so the counter may run one row further.
        let row_width = address_width(shape.rows());
        let drain = shape.pipeline_depth;
        let longest = shape.block_wait() + if shape.decode.is_some() { shape.lanes } else { 0 };
        let wait_width = address_width(longest + 1);
        let waits = |n: usize| Const::unsigned(wait_width, n as u64);
        let flag = |on: bool| Const::unsigned(1, u64::from(on));
        let row = |n: usize| Const::unsigned(row_width, if n < shape.rows() { n as u64 } else { 0 });
        let pass = |n: usize| Const::unsigned(pass_width, if n < passes { n as u64 } else { 0 });
        let per_block = |make: &dyn Fn(usize) -> Const| (0..shape.blocks).map(make).collect::<Vec<_>>();
        Self {
            clock: Default::default(),
            reset: Default::default(),
            run_strobe: Default::default(),
            start_mode: Bus::unsigned(2),
            stop_pending: Default::default(),
            swap_pending: Default::default(),
            burn_in: Bus::unsigned(SCHEDULE_BITS),
            retained: Bus::unsigned(SCHEDULE_BITS),
            input_buffer: Default::default(),
            first_tap: Default::default(),
            last_tap: Default::default(),
            last_position: Default::default(),
            pixels_end: Default::default(),
            busy: Default::default(),
            run_done: Default::default(),
            run_stopped: Default::default(),
            swap_take: Default::default(),
            sweep_number: Bus::unsigned(32),
            retained_so_far: Bus::unsigned(SCHEDULE_BITS),
            cycles: Bus::unsigned(32),
            block: Bus::unsigned(BLOCK_BITS),
            input_buffer_used: Default::default(),
            block_strobe: Default::default(),
            begins: Default::default(),
            pass: Bus::unsigned(pass_width),
            restart: Default::default(),
            tap_step: Default::default(),
            slot_step: Default::default(),
            last_group: Default::default(),
            patch_start: Default::default(),
            encoding: Default::default(),
            decoding: Default::default(),
            passing: Default::default(),
            issue: Default::default(),
            first: Default::default(),
            last: Default::default(),
            from_input: Default::default(),
            starting: Default::default(),
            use_partial: Default::default(),
            retaining: Default::default(),
            color: Default::default(),
            slot: Bus::unsigned(slot_width),
            group: Bus::like(&counter.group),
            replica: Bus::unsigned(replica_width),
            chunk: Bus::like(&counter.chunk),
            row: Bus::unsigned(row_width),
            phase: Default::default(),
            pause: Register::unsigned(wait_width),
            random: Default::default(),
            stopped: Default::default(),
            entering: Default::default(),
            fetching: Default::default(),
            buffer: Default::default(),
            block_now: Register::unsigned(BLOCK_BITS),
            color_now: Default::default(),
            slot_now: Register::unsigned(slot_width),
            replica_now: Register::unsigned(replica_width),
            counter,
            row_now: Register::unsigned(row_width),
            row_base: Register::unsigned(row_width),
            row_plane: Register::unsigned(row_width),
            burn_left: Register::unsigned(SCHEDULE_BITS),
            sweeps_done: Register::unsigned(32),
            retained_done: Register::unsigned(SCHEDULE_BITS),
            clocks: Register::unsigned(32),
            burnt_in: Default::default(),
            burn_ends: Default::default(),
            run_ends: Default::default(),
            inputs_now: Default::default(),
            start_now: Default::default(),
            sweep_now: Default::default(),
            signs_now: Default::default(),
            decode_now: Default::default(),
            encode_now: Default::default(),
            issues_now: Default::default(),
            active: Default::default(),
            issuing: Default::default(),
            ends_tap: Default::default(),
            last_chunk: Default::default(),
            last_replica: Default::default(),
            ends_position: Default::default(),
            last_slot: Default::default(),
            last_block: Default::default(),
            follows: Default::default(),
            weighs: Default::default(),
            at_inputs: Default::default(),
            at_decode: Default::default(),
            at_encode: Default::default(),
            at_start: Default::default(),
            at_sweep: Default::default(),
            at_signs: Default::default(),
            pass_start: Bus::unsigned(pass_width),
            passes_now: (0..2).map(|_| Bus::unsigned(pass_width)).collect(),
            retained_next: Bus::unsigned(SCHEDULE_BITS),
            next_block: Bus::unsigned(BLOCK_BITS),
            input_row: Bus::unsigned(row_width),
            next_input_row: Bus::unsigned(row_width),
            coupling_row: Bus::unsigned(row_width),
            class_row: Bus::unsigned(row_width),
            gap_wait: Bus::unsigned(wait_width),
            color_number: (0..2).map(|c| Const::unsigned(pass_width, c)).collect(),
            block_number: per_block(&|b| Const::unsigned(BLOCK_BITS, b as u64)),
            input_rows: per_block(&|b| row(shape.first_input_row(b))),
            coupling_rows: per_block(&|b| row(shape.first_coupling_row(b))),
            gap_waits: per_block(&|b| waits(shape.gap(b))),
            replica_limit: Const::unsigned(replica_width, shape.replicas as u64 - 1),
            planes: flag(shape.planes),
            has_encoder: flag(shape.encode.is_some()),
            has_decoder: flag(shape.decode.is_some()),
            several_blocks: flag(shape.blocks > 1),
            last_block_number: Const::unsigned(BLOCK_BITS, shape.blocks as u64 - 1),
            encode_pass: pass(shape.encode_pass()),
            decode_pass: pass(shape.decode_pass()),
            encode_row: row(shape.first_encode_row()),
            decode_row: row(shape.first_decode_row()),
            class_rows: row(shape.class_rows()),
            settle_wait: waits(shape.settle),
            drain_wait: waits(drain),
            class_wait: waits(if shape.decode.is_some() { shape.lanes } else { 0 }),
            decode_wait: waits(if shape.decode.is_some() { shape.lanes + drain } else { 0 }),
            block_wait: waits(shape.block_wait()),
            _colors: 2,
            _blocks: shape.blocks,
            _pass_width: pass_width,
            _wait_width: wait_width,
        }
    }
}

impl Logic for Sequencer {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module sequencer: Order of a run, chunk by chunk.");
        dff_setup!(
            self,
            clock,
            phase,
            pause,
            random,
            stopped,
            entering,
            fetching,
            buffer,
            block_now,
            color_now,
            slot_now,
            replica_now,
            row_now,
            row_base,
            row_plane,
            burn_left,
            sweeps_done,
            retained_done,
            clocks,
            burnt_in,
            burn_ends,
            run_ends,
            inputs_now,
            start_now,
            sweep_now,
            signs_now,
            decode_now,
            encode_now,
            issues_now
        );
        clock!(self, clock, counter);
        self.active.next = self.pause.q.val() == 0.into();
        // A sweep takes more than two clocks, so what is decided at its end is looked at before.
        self.burnt_in.d.next = self.burn_left.q.val() == 0.into();
        self.burn_ends.d.next = self.burn_left.q.val() == 1.into();
        self.retained_next.next = self.retained_done.q.val() + 1;
        self.run_ends.d.next = self.retained_next.val() == self.retained.val();
        self.at_inputs.next = self.phase.q.val() == Phase::Inputs;
        self.at_decode.next = self.has_decoder.val().any() & (self.phase.q.val() == Phase::Decode);
        self.at_encode.next = self.has_encoder.val().any() & (self.phase.q.val() == Phase::Encode);
        // What issues: a clock after its phase, in which there is a pause; only a swap that was cancelled leads on without one.
        self.inputs_now.d.next = self.at_inputs.val();
        self.at_start.next = self.phase.q.val() == Phase::Start;
        self.at_sweep.next = (self.phase.q.val() == Phase::Sweep)
            | (self.active.val() & (self.phase.q.val() == Phase::Swap) & !self.swap_pending.val());
        self.at_signs.next = self.planes.val().any() & (self.phase.q.val() == Phase::Signs);
        self.start_now.d.next = self.at_start.val();
        self.sweep_now.d.next = self.at_sweep.val();
        self.signs_now.d.next = self.at_signs.val();
        self.issues_now.d.next = self.at_inputs.val()
            | self.at_start.val()
            | self.at_sweep.val()
            | self.at_signs.val()
            | self.at_decode.val();
        self.decode_now.d.next = self.at_decode.val();
        self.encode_now.d.next = self.at_encode.val();
        self.last_block.next =
            !self.several_blocks.val().any() | (self.block_now.q.val() == self.last_block_number.val());
        self.follows.next = self.has_decoder.val().any() | !self.last_block.val();
        // Which pass it is, of each color.
        self.pass_start.next = (bit_cast_to(self.block_now.q.val(), self._pass_width) << 2)
            | (bit_cast_to(self.at_inputs.val(), self._pass_width) << 1);
        for c in 0..self._colors {
            self.passes_now[c].next = self.pass_start.val() | self.color_number[c].val();
            if self.at_encode.val() {
                self.passes_now[c].next = self.encode_pass.val();
            }
            if self.at_decode.val() {
                self.passes_now[c].next = self.decode_pass.val();
            }
            self.counter.pass[c].next = self.passes_now[c].val();
        }
        self.counter.color.next = self.color_now.q.val();
        self.next_block.next = self.block_now.q.val() + 1;
        self.input_row.next = self.input_rows[0].val();
        self.next_input_row.next = self.input_rows[0].val();
        self.coupling_row.next = self.coupling_rows[0].val();
        self.gap_wait.next = self.gap_waits[0].val();
        for b in 0..self._blocks {
            if self.block_now.q.val() == self.block_number[b].val() {
                self.input_row.next = self.input_rows[b].val();
                self.coupling_row.next = self.coupling_rows[b].val();
                self.gap_wait.next = self.gap_waits[b].val();
            }
            if self.next_block.val() == self.block_number[b].val() {
                self.next_input_row.next = self.input_rows[b].val();
            }
        }
        self.ends_tap.next = self.counter.ends_tap.val();
        self.last_chunk.next = self.ends_tap.val() & self.last_tap.val();
        if self.start_now.q.val() | self.signs_now.q.val() {
            self.last_chunk.next = true;
        }
        self.last_replica.next = true;
        if self.start_now.q.val() | self.sweep_now.q.val() {
            self.last_replica.next = self.replica_now.q.val() == self.replica_limit.val();
        }
        self.ends_position.next = self.counter.ends_position.val();
        self.last_slot.next = self.ends_position.val() & self.last_position.val();
        self.weighs.next = self.counter.couples.val() & !self.start_now.q.val() & !self.signs_now.q.val();
        // What enters the pipeline.
        self.issuing.next =
            self.active.val() & (self.issues_now.q.val() | (self.encode_now.q.val() & self.pixels_end.val()));
        self.issue.next = self.issuing.val();
        self.first.next =
            (self.counter.chunk.val() == 0.into()) & self.first_tap.val() & !self.signs_now.q.val();
        self.last.next = self.last_chunk.val() & !self.signs_now.q.val();
        self.from_input.next = !self.start_now.q.val() & !self.sweep_now.q.val();
        self.starting.next = self.start_now.q.val();
        self.use_partial.next = self.weighs.val();
        self.retaining.next = self.burnt_in.q.val() & self.sweep_now.q.val();
        self.color.next = self.color_now.q.val();
        self.slot.next = self.slot_now.q.val();
        self.group.next = self.counter.group.val();
        self.replica.next = self.replica_now.q.val();
        self.chunk.next = self.counter.chunk.val();
        self.row.next = self.row_now.q.val();
        self.block.next = self.block_now.q.val();
        self.input_buffer_used.next = self.buffer.q.val();
        self.pass.next = self.passes_now[0].val();
        if self.color_now.q.val() {
            self.pass.next = self.passes_now[1].val();
        }
        self.restart.next = self.entering.q.val() & !self.active.val();
        self.tap_step.next =
            self.issuing.val() & self.ends_tap.val() & !self.start_now.q.val() & !self.signs_now.q.val();
        self.slot_step.next = self.issuing.val() & self.last_chunk.val() & self.last_replica.val();
        self.counter.step.next = self.issuing.val();
        self.counter.last_chunk.next = self.last_chunk.val();
        self.counter.slot_step.next = self.slot_step.val();
        self.last_group.next = self.ends_position.val();
        self.patch_start.next = self.active.val() & self.encode_now.q.val() & !self.fetching.q.val();
        // Of the phase itself: a pause after it belongs to what follows.
        self.encoding.next = self.at_encode.val();
        self.decoding.next = self.at_decode.val();
        self.passing.next = self.at_signs.val();
        self.begins.next = self.run_strobe.val() & (self.phase.q.val() == Phase::Idle);
        self.counter.restart.next = self.begins.val();
        self.block_strobe.next = self.begins.val();
        self.busy.next = self.phase.q.val() != Phase::Idle;
        self.run_done.next = self.active.val() & (self.phase.q.val() == Phase::Done);
        self.run_stopped.next = self.stopped.q.val();
        self.swap_take.next =
            self.active.val() & (self.phase.q.val() == Phase::Swap) & self.swap_pending.val();
        self.sweep_number.next = self.sweeps_done.q.val();
        self.retained_so_far.next = self.retained_done.q.val();
        self.cycles.next = self.clocks.q.val();
        if self.phase.q.val() != Phase::Idle {
            self.clocks.d.next = self.clocks.q.val() + 1;
        }
        // Chunks, replicas, groups, positions and colors, innermost first; the phases below correct what differs.
        self.class_row.next = self.row_base.q.val() + self.class_rows.val();
        if self.issuing.val() {
            self.entering.d.next = false;
            if self.weighs.val() {
                self.row_now.d.next = self.row_now.q.val() + 1;
            }
            if (self.ends_tap.val() | self.last_chunk.val()) & self.decode_now.q.val() {
                self.row_now.d.next = self.row_base.q.val();
            }
            if self.last_chunk.val() {
                self.replica_now.d.next = self.replica_now.q.val() + 1;
                if self.last_replica.val() {
                    self.replica_now.d.next = 0.into();
                    self.slot_now.d.next = self.slot_now.q.val() + 1;
                    if !self.start_now.q.val() {
                        self.row_base.d.next = self.row_now.q.val() + 1;
                    }
                    if self.ends_position.val() & !self.last_position.val() & !self.start_now.q.val() {
                        self.row_now.d.next = self.row_plane.q.val();
                        self.row_base.d.next = self.row_plane.q.val();
                    }
                    if self.decode_now.q.val() {
                        self.row_now.d.next = self.class_row.val();
                        self.row_base.d.next = self.class_row.val();
                    }
                    if self.last_slot.val() {
                        self.entering.d.next = true;
                        self.color_now.d.next = !self.color_now.q.val();
                        if !self.start_now.q.val() {
                            self.row_plane.d.next = self.row_now.q.val() + 1;
                        }
                        if self.color_now.q.val() {
                            self.slot_now.d.next = 0.into();
                        }
                    }
                } else {
                    // The next replica uses the same weights.
                    if self.sweep_now.q.val() {
                        self.row_now.d.next = self.row_base.q.val();
                    }
                }
            }
        }
        if self.active.val() {
            match self.phase.q.val() {
                Phase::Idle => {
                    if self.run_strobe.val() {
                        self.phase.d.next = Phase::Inputs;
                        self.pause.d.next = self.settle_wait.val();
                        self.random.d.next = self.start_mode.val() == 0.into();
                        self.stopped.d.next = false;
                        self.entering.d.next = true;
                        self.fetching.d.next = false;
                        self.buffer.d.next = self.input_buffer.val();
                        self.block_now.d.next = 0.into();
                        self.color_now.d.next = false;
                        self.slot_now.d.next = 0.into();
                        self.replica_now.d.next = 0.into();
                        self.row_now.d.next = 0.into();
                        self.row_plane.d.next = 0.into();
                        self.sweeps_done.d.next = 0.into();
                        self.retained_done.d.next = 0.into();
                        self.clocks.d.next = 0.into();
                        if self.has_encoder.val().any() {
                            self.phase.d.next = Phase::Encode;
                            self.pause.d.next = 1.into();
                            self.row_now.d.next = self.encode_row.val();
                            self.row_plane.d.next = self.encode_row.val();
                        }
                    }
                }
                Phase::Encode => {
                    if self.patch_start.val() {
                        self.fetching.d.next = true;
                    }
                    if self.issuing.val() {
                        self.fetching.d.next = false;
                        if self.last_chunk.val() & self.last_slot.val() {
                            self.phase.d.next = Phase::Inputs;
                            self.pause.d.next = self.block_wait.val();
                            self.color_now.d.next = false;
                            self.slot_now.d.next = 0.into();
                            self.row_now.d.next = 0.into();
                            self.row_plane.d.next = 0.into();
                        }
                    }
                }
                Phase::Inputs => {
                    if self.last_chunk.val() {
                        // A free clock after every slot: the bias bank's loader gets its turn.
                        self.pause.d.next = 1.into();
                        if self.last_slot.val() & self.color_now.q.val() {
                            self.pause.d.next = self.drain_wait.val();
                            self.burn_left.d.next = self.burn_in.val();
                            self.row_now.d.next = self.coupling_row.val();
                            self.row_base.d.next = self.coupling_row.val();
                            self.row_plane.d.next = self.coupling_row.val();
                            self.phase.d.next = Phase::Sweep;
                            if self.random.q.val() {
                                self.phase.d.next = Phase::Start;
                            }
                        }
                    }
                }
                Phase::Start => {
                    if self.last_replica.val() & self.last_slot.val() {
                        // Walkers need a clock to begin.
                        self.pause.d.next = bit_cast_to(self.planes.val(), self._wait_width);
                        if self.color_now.q.val() {
                            self.pause.d.next = self.drain_wait.val();
                            self.phase.d.next = Phase::Sweep;
                        }
                    }
                }
                Phase::Sweep => {
                    if self.last_chunk.val() & self.last_replica.val() & self.last_slot.val() {
                        self.pause.d.next = self.gap_wait.val();
                        if self.color_now.q.val() {
                            self.row_now.d.next = self.coupling_row.val();
                            self.row_base.d.next = self.coupling_row.val();
                            self.row_plane.d.next = self.coupling_row.val();
                            self.sweeps_done.d.next = self.sweeps_done.q.val() + 1;
                            if self.burnt_in.q.val() {
                                self.retained_done.d.next = self.retained_next.val();
                            } else {
                                self.burn_left.d.next = self.burn_left.q.val() - 1;
                                self.burnt_in.d.next = self.burn_ends.q.val();
                            }
                            if self.swap_pending.val() {
                                self.pause.d.next = self.drain_wait.val();
                                self.phase.d.next = Phase::Swap;
                            }
                            if self.stop_pending.val() | (self.burnt_in.q.val() & self.run_ends.q.val()) {
                                self.pause.d.next = self.drain_wait.val();
                                self.phase.d.next = Phase::Done;
                                self.stopped.d.next = self.stop_pending.val();
                                if self.follows.val() & !self.stop_pending.val() {
                                    self.phase.d.next = Phase::Signs;
                                    self.color_now.d.next = true;
                                }
                            }
                        }
                    }
                }
                Phase::Swap => {
                    // A swap cancelled meanwhile leaves the run as it is.
                    self.phase.d.next = Phase::Sweep;
                    if self.swap_pending.val() {
                        self.phase.d.next = Phase::Inputs;
                        self.pause.d.next = self.settle_wait.val();
                        self.random.d.next = false;
                        self.row_now.d.next = self.input_row.val();
                        self.row_plane.d.next = self.input_row.val();
                        self.retained_done.d.next = 0.into();
                    }
                }
                Phase::Signs => {
                    if self.last_slot.val() {
                        self.pause.d.next = self.block_wait.val();
                        self.slot_now.d.next = 0.into();
                        self.color_now.d.next = false;
                        if self.last_block.val() {
                            self.phase.d.next = Phase::Decode;
                            self.row_now.d.next = self.decode_row.val();
                            self.row_base.d.next = self.decode_row.val();
                        } else {
                            self.phase.d.next = Phase::Inputs;
                            self.block_strobe.next = true;
                            self.block_now.d.next = self.next_block.val();
                            self.random.d.next = true;
                            self.retained_done.d.next = 0.into();
                            self.row_now.d.next = self.next_input_row.val();
                            self.row_plane.d.next = self.next_input_row.val();
                        }
                    }
                }
                Phase::Decode => {
                    if self.last_chunk.val() {
                        // The scores stay until all lanes have been looked at.
                        self.pause.d.next = self.class_wait.val();
                        if self.last_slot.val() {
                            self.pause.d.next = self.decode_wait.val();
                            self.phase.d.next = Phase::Done;
                        }
                    }
                }
                Phase::Done => {
                    self.phase.d.next = Phase::Idle;
                }
                _ => {
                    self.phase.d.next = Phase::Idle;
                }
            }
        } else {
            self.pause.d.next = self.pause.q.val() - 1;
        }
        if self.reset.val() {
            self.phase.d.next = Phase::Idle;
            self.pause.d.next = 0.into();
            self.stopped.d.next = false;
            self.inputs_now.d.next = false;
            self.start_now.d.next = false;
            self.sweep_now.d.next = false;
            self.signs_now.d.next = false;
            self.decode_now.d.next = false;
            self.encode_now.d.next = false;
            self.issues_now.d.next = false;
            self.block_now.d.next = 0.into();
            self.sweeps_done.d.next = 0.into();
            self.retained_done.d.next = 0.into();
            self.clocks.d.next = 0.into();
        }
    }
}
crate::clocked!(Sequencer);
crate::cell_ports!(
    Sequencer,
    clock,
    [
        reset,
        run_strobe,
        start_mode,
        stop_pending,
        swap_pending,
        burn_in,
        retained,
        input_buffer,
        first_tap,
        last_tap,
        last_position,
        pixels_end
    ],
    [
        busy,
        run_done,
        run_stopped,
        swap_take,
        sweep_number,
        retained_so_far,
        cycles,
        block,
        input_buffer_used,
        block_strobe,
        begins,
        pass,
        restart,
        tap_step,
        slot_step,
        last_group,
        patch_start,
        encoding,
        decoding,
        passing,
        issue,
        first,
        last,
        from_input,
        starting,
        use_partial,
        retaining,
        color,
        slot,
        group,
        replica,
        chunk,
        row
    ]
);
