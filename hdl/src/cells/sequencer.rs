//! The order of a run: which chunk of which update enters the pipeline at every clock.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::{Color, ValidConfig};

/// Clocks between a change of banks and the first use of their schedule.
pub(crate) const SETTLE_CLOCKS: usize = 2;
/// Bits of a schedule's burn-in and retained sweeps.
pub(crate) const SCHEDULE_BITS: usize = 21;

/// What a run does next.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum Phase {
    /// No run.
    Idle,
    /// Sums bias and inputs of every slot, and clears the sums.
    Inputs,
    /// Draws a random spin for every slot and replica.
    Start,
    /// Sweeps.
    Sweep,
    /// Tells the bank manager that the swap takes effect.
    Swap,
    /// Ends the run.
    Done,
}

/// Numbers of a [`Sequencer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequencerShape {
    /// Replicas.
    pub replicas: usize,
    /// Slots of hidden and output p-bits.
    pub slots: [usize; 2],
    /// Input chunks of a p-bit, per color; 0 where no input couples to it.
    pub input_chunks: [usize; 2],
    /// Coupling chunks of a p-bit, per color.
    pub coupling_chunks: [usize; 2],
    /// Clocks from the issue of an update's last chunk to the first issue that may read its spin.
    pub pipeline_depth: usize,
}

impl SequencerShape {
    /// The numbers of a machine.
    pub fn of(config: &ValidConfig, pipeline_depth: usize) -> Self {
        Self {
            replicas: config.replicas(),
            slots: Color::ALL.map(|c| config.slots(c)),
            input_chunks: Color::ALL.map(|c| config.input_chunks(c)),
            coupling_chunks: Color::ALL.map(|c| config.coupling_chunks(c)),
            pipeline_depth,
        }
    }

    /// Idle clocks between two colors of a sweep.
    ///
    /// The next color's update of replica r may be issued `pipeline_depth` clocks after the last one of this color's last
    /// slot; the other replicas' updates lie between them, so from `pipeline_depth` replicas on nothing is lost.
    pub fn gap(&self) -> usize {
        let chunks = self.coupling_chunks[0].min(self.coupling_chunks[1]);
        (self.pipeline_depth - 1).saturating_sub((self.replicas - 1) * chunks)
    }

    /// Rows of weights for the inputs.
    pub fn input_rows(&self) -> usize {
        (0..2).map(|c| self.slots[c] * self.input_chunks[c]).sum()
    }

    /// All rows of weights.
    pub fn rows(&self) -> usize {
        self.input_rows() + (0..2).map(|c| self.slots[c] * self.coupling_chunks[c]).sum::<usize>()
    }

    /// Slots of both colors.
    pub fn total_slots(&self) -> usize {
        self.slots[0] + self.slots[1]
    }

    /// Most chunks of any sum.
    pub fn most_chunks(&self) -> usize {
        self.input_chunks.into_iter().chain(self.coupling_chunks).max().unwrap_or(1)
    }

    /// Clocks that `busy` is high in a run of `sweeps` (at least 1) sweeps without stop and swap.
    pub fn cycles(&self, sweeps: u64, random_start: bool) -> u64 {
        let sum = |chunks: fn(usize) -> usize, of: [usize; 2]| -> u64 {
            (0..2).map(|c| (self.slots[c] * chunks(of[c])) as u64).sum()
        };
        let (slots, replicas) = (self.total_slots() as u64, self.replicas as u64);
        let (drain, gap) = (self.pipeline_depth as u64, self.gap() as u64);
        let inputs =
            SETTLE_CLOCKS as u64 + sum(|chunks| chunks.max(1), self.input_chunks) + (slots - 1) + drain;
        let start = if random_start { slots * replicas + drain } else { 0 };
        let sweep = replicas * sum(|chunks| chunks, self.coupling_chunks) + 2 * gap;
        inputs + start + sweeps * sweep - gap + drain + 1
    }
}

/// Issues every chunk of a run in the contract's order (section 7): slots, in them replicas, in them chunks.
///
/// The issue ports describe what enters the pipeline in this clock. `pause` clocks pass between two phases, so that the
/// pipeline is empty, and `gap` clocks between two colors.
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
    /// Slot within the color.
    pub color_slot: Bus<Out>,
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
    color_now: BitRegister,
    slot_now: Register,
    color_slot_now: Register,
    replica_now: Register,
    chunk_now: Register,
    row_now: Register,
    row_base: Register,
    burn_left: Register,
    sweeps_done: Register,
    retained_done: Register,
    clocks: Register,
    active: Signal<Local, Bit>,
    last_chunk: Signal<Local, Bit>,
    last_replica: Signal<Local, Bit>,
    last_slot: Signal<Local, Bit>,
    couples: Signal<Local, Bit>,
    burnt_in: Signal<Local, Bit>,
    chunk_limit: Bus<Local>,
    slot_limit: Bus<Local>,
    retained_next: Bus<Local>,
    input_limit_0: Const,
    input_limit_1: Const,
    coupling_limit_0: Const,
    coupling_limit_1: Const,
    slot_limit_0: Const,
    slot_limit_1: Const,
    replica_limit: Const,
    output_has_inputs: Const,
    first_coupling_row: Const,
    settle_wait: Const,
    drain_wait: Const,
    gap_wait: Const,
}

impl Sequencer {
    /// The sequencer of this machine.
    pub fn new(shape: SequencerShape) -> Self {
        let slot_width = address_width(shape.total_slots());
        let color_slot_width = address_width(shape.slots[0].max(shape.slots[1]));
        let replica_width = address_width(shape.replicas);
        let chunk_width = address_width(shape.most_chunks());
        let row_width = address_width(shape.rows());
        let wait_width = address_width(shape.pipeline_depth.max(SETTLE_CLOCKS) + 1);
        let chunks = |n: usize| Const::unsigned(chunk_width, n.max(1) as u64 - 1);
        let waits = |n: usize| Const::unsigned(wait_width, n as u64);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            run_strobe: Default::default(),
            start_mode: Bus::unsigned(2),
            stop_pending: Default::default(),
            swap_pending: Default::default(),
            burn_in: Bus::unsigned(SCHEDULE_BITS),
            retained: Bus::unsigned(SCHEDULE_BITS),
            busy: Default::default(),
            run_done: Default::default(),
            run_stopped: Default::default(),
            swap_take: Default::default(),
            sweep_number: Bus::unsigned(32),
            retained_so_far: Bus::unsigned(SCHEDULE_BITS),
            cycles: Bus::unsigned(32),
            issue: Default::default(),
            first: Default::default(),
            last: Default::default(),
            from_input: Default::default(),
            starting: Default::default(),
            use_partial: Default::default(),
            retaining: Default::default(),
            color: Default::default(),
            slot: Bus::unsigned(slot_width),
            color_slot: Bus::unsigned(color_slot_width),
            replica: Bus::unsigned(replica_width),
            chunk: Bus::unsigned(chunk_width),
            row: Bus::unsigned(row_width),
            phase: Default::default(),
            pause: Register::unsigned(wait_width),
            random: Default::default(),
            stopped: Default::default(),
            color_now: Default::default(),
            slot_now: Register::unsigned(slot_width),
            color_slot_now: Register::unsigned(color_slot_width),
            replica_now: Register::unsigned(replica_width),
            chunk_now: Register::unsigned(chunk_width),
            row_now: Register::unsigned(row_width),
            row_base: Register::unsigned(row_width),
            burn_left: Register::unsigned(SCHEDULE_BITS),
            sweeps_done: Register::unsigned(32),
            retained_done: Register::unsigned(SCHEDULE_BITS),
            clocks: Register::unsigned(32),
            active: Default::default(),
            last_chunk: Default::default(),
            last_replica: Default::default(),
            last_slot: Default::default(),
            couples: Default::default(),
            burnt_in: Default::default(),
            chunk_limit: Bus::unsigned(chunk_width),
            slot_limit: Bus::unsigned(color_slot_width),
            retained_next: Bus::unsigned(SCHEDULE_BITS),
            input_limit_0: chunks(shape.input_chunks[0]),
            input_limit_1: chunks(shape.input_chunks[1]),
            coupling_limit_0: chunks(shape.coupling_chunks[0]),
            coupling_limit_1: chunks(shape.coupling_chunks[1]),
            slot_limit_0: Const::unsigned(color_slot_width, shape.slots[0] as u64 - 1),
            slot_limit_1: Const::unsigned(color_slot_width, shape.slots[1] as u64 - 1),
            replica_limit: Const::unsigned(replica_width, shape.replicas as u64 - 1),
            output_has_inputs: Const::unsigned(1, u64::from(shape.input_chunks[1] > 0)),
            first_coupling_row: Const::unsigned(row_width, shape.input_rows() as u64),
            settle_wait: waits(SETTLE_CLOCKS),
            drain_wait: waits(shape.pipeline_depth),
            gap_wait: waits(shape.gap()),
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
            color_now,
            slot_now,
            color_slot_now,
            replica_now,
            chunk_now,
            row_now,
            row_base,
            burn_left,
            sweeps_done,
            retained_done,
            clocks
        );
        self.active.next = self.pause.q.val() == 0.into();
        self.burnt_in.next = self.burn_left.q.val() == 0.into();
        self.retained_next.next = self.retained_done.q.val() + 1;
        // Where the counters of the present color and phase end.
        self.slot_limit.next = self.slot_limit_0.val();
        self.chunk_limit.next = self.coupling_limit_0.val();
        if self.color_now.q.val() {
            self.slot_limit.next = self.slot_limit_1.val();
            self.chunk_limit.next = self.coupling_limit_1.val();
        }
        self.couples.next = true;
        if self.phase.q.val() == Phase::Inputs {
            self.chunk_limit.next = self.input_limit_0.val();
            if self.color_now.q.val() {
                self.chunk_limit.next = self.input_limit_1.val();
                self.couples.next = self.output_has_inputs.val().any();
            }
        }
        self.last_chunk.next = self.chunk_now.q.val() == self.chunk_limit.val();
        self.last_replica.next = self.replica_now.q.val() == self.replica_limit.val();
        if self.phase.q.val() == Phase::Start {
            self.last_chunk.next = true;
        }
        if self.phase.q.val() == Phase::Inputs {
            self.last_replica.next = true;
        }
        self.last_slot.next = self.color_slot_now.q.val() == self.slot_limit.val();
        // What enters the pipeline.
        self.issue.next = self.active.val()
            & ((self.phase.q.val() == Phase::Inputs)
                | (self.phase.q.val() == Phase::Start)
                | (self.phase.q.val() == Phase::Sweep));
        self.first.next = self.chunk_now.q.val() == 0.into();
        self.last.next = self.last_chunk.val();
        self.from_input.next = self.phase.q.val() == Phase::Inputs;
        self.starting.next = self.phase.q.val() == Phase::Start;
        self.use_partial.next = self.couples.val() & (self.phase.q.val() != Phase::Start);
        self.retaining.next = self.burnt_in.val() & (self.phase.q.val() == Phase::Sweep);
        self.color.next = self.color_now.q.val();
        self.slot.next = self.slot_now.q.val();
        self.color_slot.next = self.color_slot_now.q.val();
        self.replica.next = self.replica_now.q.val();
        self.chunk.next = self.chunk_now.q.val();
        self.row.next = self.row_now.q.val();
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
        // Chunks, replicas, slots and colors, innermost first; the phases below correct what differs.
        if self.active.val()
            & ((self.phase.q.val() == Phase::Inputs)
                | (self.phase.q.val() == Phase::Start)
                | (self.phase.q.val() == Phase::Sweep))
        {
            self.chunk_now.d.next = self.chunk_now.q.val() + 1;
            if self.couples.val() & (self.phase.q.val() != Phase::Start) {
                self.row_now.d.next = self.row_now.q.val() + 1;
            }
            if self.last_chunk.val() {
                self.chunk_now.d.next = 0.into();
                self.replica_now.d.next = self.replica_now.q.val() + 1;
                if self.last_replica.val() {
                    self.replica_now.d.next = 0.into();
                    self.slot_now.d.next = self.slot_now.q.val() + 1;
                    self.color_slot_now.d.next = self.color_slot_now.q.val() + 1;
                    self.row_base.d.next = self.row_now.q.val() + 1;
                    if self.last_slot.val() {
                        self.color_slot_now.d.next = 0.into();
                        self.color_now.d.next = !self.color_now.q.val();
                        if self.color_now.q.val() {
                            self.slot_now.d.next = 0.into();
                        }
                    }
                } else {
                    // The next replica uses the same weights.
                    if self.phase.q.val() == Phase::Sweep {
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
                        self.color_now.d.next = false;
                        self.slot_now.d.next = 0.into();
                        self.color_slot_now.d.next = 0.into();
                        self.replica_now.d.next = 0.into();
                        self.chunk_now.d.next = 0.into();
                        self.row_now.d.next = 0.into();
                        self.sweeps_done.d.next = 0.into();
                        self.retained_done.d.next = 0.into();
                        self.clocks.d.next = 0.into();
                    }
                }
                Phase::Inputs => {
                    if self.last_chunk.val() {
                        // A free clock after every slot: the bias bank's loader gets its turn.
                        self.pause.d.next = 1.into();
                        if self.last_slot.val() & self.color_now.q.val() {
                            self.pause.d.next = self.drain_wait.val();
                            self.burn_left.d.next = self.burn_in.val();
                            self.row_now.d.next = self.first_coupling_row.val();
                            self.row_base.d.next = self.first_coupling_row.val();
                            self.phase.d.next = Phase::Sweep;
                            if self.random.q.val() {
                                self.phase.d.next = Phase::Start;
                            }
                        }
                    }
                }
                Phase::Start => {
                    self.row_base.d.next = self.row_base.q.val();
                    if self.last_replica.val() & self.last_slot.val() & self.color_now.q.val() {
                        self.pause.d.next = self.drain_wait.val();
                        self.phase.d.next = Phase::Sweep;
                    }
                }
                Phase::Sweep => {
                    if self.last_chunk.val() & self.last_replica.val() & self.last_slot.val() {
                        self.pause.d.next = self.gap_wait.val();
                        if self.color_now.q.val() {
                            self.row_now.d.next = self.first_coupling_row.val();
                            self.row_base.d.next = self.first_coupling_row.val();
                            self.sweeps_done.d.next = self.sweeps_done.q.val() + 1;
                            if self.burnt_in.val() {
                                self.retained_done.d.next = self.retained_next.val();
                            } else {
                                self.burn_left.d.next = self.burn_left.q.val() - 1;
                            }
                            if self.swap_pending.val() {
                                self.pause.d.next = self.drain_wait.val();
                                self.phase.d.next = Phase::Swap;
                            }
                            if self.stop_pending.val()
                                | (self.burnt_in.val() & (self.retained_next.val() == self.retained.val()))
                            {
                                self.pause.d.next = self.drain_wait.val();
                                self.phase.d.next = Phase::Done;
                                self.stopped.d.next = self.stop_pending.val();
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
                        self.row_now.d.next = 0.into();
                        self.retained_done.d.next = 0.into();
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
    [reset, run_strobe, start_mode, stop_pending, swap_pending, burn_in, retained],
    [
        busy,
        run_done,
        run_stopped,
        swap_take,
        sweep_number,
        retained_so_far,
        cycles,
        issue,
        first,
        last,
        from_input,
        starting,
        use_partial,
        retaining,
        color,
        slot,
        color_slot,
        replica,
        chunk,
        row
    ]
);
