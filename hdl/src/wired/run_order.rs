//! What is updated when: replicas within slots within sweeps.

use super::shape::WiredShape;
use crate::cells::SCHEDULE_BITS;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Clocks into a sweep after which its flags are decided; the schedule of a new bank is there by then (`host::settle_clocks`).
pub(super) const FLAG_CLOCKS: usize = 6;
/// In sweeps of fewer clocks there is none between the schedule's length and the sweep's end.
const SHORT_SWEEP: usize = FLAG_CLOCKS + 2;

/// Issues the updates of a run: one burst of `turn` clocks per slot, without pauses.
///
/// Place and slot count always, so that the spin lines never stop; a run begins when slot 0 comes round. The flags of a sweep
/// (`retaining`, `first`, `use_field`, `sweep`) come 6 clocks after its first issue and last until 6 clocks after the next sweep's.
#[derive(LogicBlock)]
pub struct RunOrder {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,
    /// Starts a run.
    pub run_strobe: Signal<In, Bit>,
    /// With a pass of random spins before the first sweep.
    pub random_start: Signal<In, Bit>,
    /// End the run at the next sweep boundary.
    pub stop_pending: Signal<In, Bit>,
    /// Swap at the next sweep boundary.
    pub swap_pending: Signal<In, Bit>,
    /// Schedule of the active coupling bank.
    pub burn_in: Bus<In>,
    /// Schedule of the active coupling bank.
    pub retained: Bus<In>,
    /// Schedule of the active coupling bank: 0 spin, 1 field.
    pub readout: Signal<In, Bit>,
    /// An update per lane is issued.
    pub issue: Signal<Out, Bit>,
    /// Of the random start.
    pub start: Signal<Out, Bit>,
    /// Slot that has its burst.
    pub slot: Bus<Out>,
    /// Place in the burst: the replica, or beyond all replicas.
    pub place: Bus<Out>,
    /// The update is the last one of its burst.
    pub last_replica: Signal<Out, Bit>,
    /// A run begins: the sums' units take over what lanes hold.
    pub prime: Signal<Out, Bit>,
    /// The swap takes effect at the end of this clock.
    pub swap_take: Signal<Out, Bit>,
    /// Flag of the sweep: its updates count.
    pub retaining: Signal<Out, Bit>,
    /// Flag of the sweep: it is the first one that counts.
    pub first: Signal<Out, Bit>,
    /// Flag of the sweep: fields count, not spins.
    pub use_field: Signal<Out, Bit>,
    /// Flag of the sweep: its number, 0 for the start.
    pub sweep: Bus<Out>,
    /// The beta schedule begins: with a run's first issue in the next clock, or a swap.
    pub beta_restart: Signal<Out, Bit>,
    /// A sweep has had its last issue and another one follows without a swap.
    pub beta_advance: Signal<Out, Bit>,
    /// With energies: p-bits are measured, not updated.
    pub measure: Vec<Signal<Out, Bit>>,
    /// With energies: spins that leave the lines are those of a finished sweep.
    pub finished: Vec<Signal<Out, Bit>>,
    /// With a ladder: an exchange follows on the sweep that runs, if another sweep follows.
    pub exchange_due: Vec<Signal<In, Bit>>,
    /// A run is going on.
    pub busy: Signal<Out, Bit>,
    /// Last clock of a run.
    pub run_done: Signal<Out, Bit>,
    /// With `run_done`: by command.
    pub run_stopped: Signal<Out, Bit>,
    /// Sweeps issued in this run; with `swap_take` that sweep included.
    pub sweep_number: Bus<Out>,
    /// Sweeps retained since the start or the last swap.
    pub retained_so_far: Bus<Out>,
    /// Clocks of this run, from its first issue on.
    pub cycles: Bus<Out>,
    place_count: Register,
    slot_count: Register,
    armed: BitRegister,
    running: BitRegister,
    starting: BitRegister,
    draining: BitRegister,
    drain: Register,
    measuring: Vec<BitRegister>,
    exchanging: Vec<BitRegister>,
    passes_left: Vec<Register>,
    stopped: BitRegister,
    sweep_count: Register,
    since: Register,
    kept: Register,
    length: Register,
    clocks: Register,
    retaining_flag: BitRegister,
    first_flag: BitRegister,
    field_flag: BitRegister,
    sweep_flag: Register,
    boundary: BitRegister,
    last_sweep: BitRegister,
    burst_ends: Signal<Local, Bit>,
    next_since: Bus<Local>,
    next_count: Bus<Local>,
    ends: Signal<Local, Bit>,
    going: Signal<Local, Bit>,
    last_place: Const,
    last_place_but_one: Const,
    last_slot: Const,
    last_place_of_replica: Const,
    flag_place: Const,
    drain_clocks: Const,
    passes: Vec<Const>,
    _long: usize,
    _bubbles: usize,
    _short: usize,
    _energies: usize,
    _ladders: usize,
}

impl RunOrder {
    /// The order of this machine's runs.
    pub fn new(shape: &WiredShape) -> Self {
        let (place_bits, slot_bits) = (address_width(shape.turn), address_width(shape.slots));
        let long = SCHEDULE_BITS + 1;
        let energies = usize::from(shape.energy);
        let ladders = usize::from(shape.ladder);
        let pass_bits = address_width(shape.exchange_passes());
        let drain_bits = address_width(shape.drain_clocks() + 1);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            run_strobe: Default::default(),
            random_start: Default::default(),
            stop_pending: Default::default(),
            swap_pending: Default::default(),
            burn_in: Bus::unsigned(SCHEDULE_BITS),
            retained: Bus::unsigned(SCHEDULE_BITS),
            readout: Default::default(),
            issue: Default::default(),
            start: Default::default(),
            slot: Bus::unsigned(slot_bits),
            place: Bus::unsigned(place_bits),
            last_replica: Default::default(),
            prime: Default::default(),
            swap_take: Default::default(),
            retaining: Default::default(),
            first: Default::default(),
            use_field: Default::default(),
            sweep: Bus::unsigned(32),
            beta_restart: Default::default(),
            beta_advance: Default::default(),
            measure: (0..energies).map(|_| Default::default()).collect(),
            finished: (0..energies).map(|_| Default::default()).collect(),
            exchange_due: (0..ladders).map(|_| Default::default()).collect(),
            busy: Default::default(),
            run_done: Default::default(),
            run_stopped: Default::default(),
            sweep_number: Bus::unsigned(32),
            retained_so_far: Bus::unsigned(SCHEDULE_BITS),
            cycles: Bus::unsigned(32),
            place_count: Register::unsigned(place_bits),
            slot_count: Register::unsigned(slot_bits),
            armed: Default::default(),
            running: Default::default(),
            starting: Default::default(),
            draining: Default::default(),
            drain: Register::unsigned(drain_bits),
            measuring: (0..energies).map(|_| Default::default()).collect(),
            exchanging: (0..ladders).map(|_| Default::default()).collect(),
            passes_left: (0..ladders).map(|_| Register::unsigned(pass_bits)).collect(),
            stopped: Default::default(),
            sweep_count: Register::unsigned(32),
            since: Register::unsigned(long),
            kept: Register::unsigned(SCHEDULE_BITS),
            length: Register::unsigned(long),
            clocks: Register::unsigned(32),
            retaining_flag: Default::default(),
            first_flag: Default::default(),
            field_flag: Default::default(),
            sweep_flag: Register::unsigned(32),
            boundary: Default::default(),
            last_sweep: Default::default(),
            burst_ends: Default::default(),
            next_since: Bus::unsigned(long),
            next_count: Bus::unsigned(32),
            ends: Default::default(),
            going: Default::default(),
            last_place: Const::unsigned(place_bits, shape.turn as u64 - 1),
            last_place_but_one: Const::unsigned(place_bits, shape.turn as u64 - 2),
            last_slot: Const::unsigned(slot_bits, shape.slots as u64 - 1),
            last_place_of_replica: Const::unsigned(place_bits, shape.replicas as u64 - 1),
            flag_place: Const::unsigned(place_bits, FLAG_CLOCKS as u64 - 1),
            drain_clocks: Const::unsigned(drain_bits, shape.drain_clocks() as u64),
            passes: (0..ladders)
                .map(|_| Const::unsigned(pass_bits, shape.exchange_passes() as u64 - 1))
                .collect(),
            _long: long,
            _bubbles: usize::from(shape.turn > shape.replicas),
            _short: usize::from(shape.clocks_per_sweep() < SHORT_SWEEP),
            _energies: energies,
            _ladders: ladders,
        }
    }
}

impl Logic for RunOrder {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module run_order: Issues the updates of a run.");
        dff_setup!(
            self,
            clock,
            place_count,
            slot_count,
            armed,
            running,
            starting,
            draining,
            drain,
            stopped,
            sweep_count,
            since,
            kept,
            length,
            clocks,
            retaining_flag,
            first_flag,
            field_flag,
            sweep_flag,
            boundary,
            last_sweep
        );
        // Place and slot always count.
        self.burst_ends.next = self.place_count.q.val() == self.last_place.val();
        self.boundary.d.next = (self.place_count.q.val() == self.last_place_but_one.val())
            & (self.slot_count.q.val() == self.last_slot.val());
        self.place_count.d.next = self.place_count.q.val() + 1;
        if self.burst_ends.val() {
            self.place_count.d.next = 0.into();
            self.slot_count.d.next = self.slot_count.q.val() + 1;
        }
        if self.boundary.q.val() {
            self.slot_count.d.next = 0.into();
        }
        // Length of the schedule, and whether this sweep is its last one.
        self.length.d.next =
            bit_cast_to(self.burn_in.val(), self._long) + bit_cast_to(self.retained.val(), self._long);
        self.next_count.next = self.sweep_count.q.val() + 1;
        self.next_since.next = self.since.q.val() + 1;
        self.last_sweep.d.next = self.next_since.val() == self.length.q.val();
        self.ends.next = self.stop_pending.val() | self.last_sweep.q.val();
        for _k in 0..self._short {
            self.ends.next = self.stop_pending.val() | (self.next_since.val() == self.length.q.val());
        }
        self.swap_take.next = false;
        if self.running.q.val() | self.draining.q.val() {
            self.clocks.d.next = self.clocks.q.val() + 1;
        }
        // The end of the random start is no boundary.
        if self.boundary.q.val() & self.running.q.val() {
            if self.starting.q.val() {
                self.starting.d.next = false;
            } else {
                self.sweep_count.d.next = self.next_count.val();
                self.since.d.next = self.next_since.val();
                if self.retaining_flag.q.val() {
                    self.kept.d.next = self.kept.q.val() + 1;
                }
                if self.ends.val() {
                    self.running.d.next = false;
                    self.draining.d.next = true;
                    self.drain.d.next = self.drain_clocks.val();
                    self.stopped.d.next = self.stop_pending.val();
                } else {
                    if self.swap_pending.val() {
                        self.swap_take.next = true;
                        self.since.d.next = 0.into();
                        self.kept.d.next = 0.into();
                    }
                }
            }
        }
        // The last updates and sums go through.
        self.run_done.next = false;
        if self.draining.q.val() {
            self.drain.d.next = self.drain.q.val() - 1;
            if self.drain.q.val() == 1.into() {
                self.draining.d.next = false;
                self.run_done.next = true;
            }
        }
        self.prime.next = self.boundary.q.val() & self.armed.q.val();
        if self.boundary.q.val() & self.armed.q.val() {
            self.armed.d.next = false;
            self.running.d.next = true;
            self.starting.d.next = self.random_start.val();
        }
        if self.run_strobe.val() {
            self.armed.d.next = true;
            self.sweep_count.d.next = 0.into();
            self.since.d.next = 0.into();
            self.kept.d.next = 0.into();
            self.clocks.d.next = 0.into();
        }
        self.beta_restart.next = (self.boundary.q.val() & self.armed.q.val()) | self.swap_take.val();
        self.beta_advance.next = self.boundary.q.val()
            & self.running.q.val()
            & !self.starting.q.val()
            & !self.ends.val()
            & !self.swap_pending.val();
        // The sweep's flags.
        if (self.place_count.q.val() == self.flag_place.val()) & !self.slot_count.q.val().any() {
            self.retaining_flag.d.next = self.running.q.val()
                & !self.starting.q.val()
                & (self.since.q.val() >= bit_cast_to(self.burn_in.val(), self._long));
            self.first_flag.d.next = self.since.q.val() == bit_cast_to(self.burn_in.val(), self._long);
            self.field_flag.d.next = self.readout.val();
            self.sweep_flag.d.next = self.next_count.val();
            if self.starting.q.val() {
                self.sweep_flag.d.next = 0.into();
            }
        }
        // Energies: between the start and the first sweep, and after a swap, a pass measures the state as it is.
        for k in 0..self._energies {
            self.measuring[k].clock.next = self.clock.val();
            self.measuring[k].d.next = self.measuring[k].q.val();
            if self.measuring[k].q.val() {
                self.clocks.d.next = self.clocks.q.val() + 1;
            }
            if self.boundary.q.val() & self.measuring[k].q.val() {
                self.measuring[k].d.next = false;
                self.running.d.next = true;
            }
            if (self.boundary.q.val() & self.armed.q.val() & !self.random_start.val())
                | (self.boundary.q.val() & self.running.q.val() & self.starting.q.val())
                | self.swap_take.val()
            {
                self.running.d.next = false;
                self.measuring[k].d.next = true;
            }
            self.measure[k].next = self.measuring[k].q.val();
            self.finished[k].next =
                (self.running.q.val() | self.measuring[k].q.val() | self.draining.q.val())
                    & self.sweep_count.q.val().any();
            for l in 0..self._ladders {
                if self.exchanging[l].q.val() {
                    self.finished[k].next = true;
                }
            }
            for _b in 0..self._bubbles {
                if self.place_count.q.val() > self.last_place_of_replica.val() {
                    self.measure[k].next = false;
                    self.finished[k].next = false;
                }
            }
            if self.reset.val() {
                self.measuring[k].d.next = false;
            }
        }
        // With a ladder: passes in which nothing is updated, while replicas are exchanged.
        for k in 0..self._ladders {
            self.exchanging[k].clock.next = self.clock.val();
            self.passes_left[k].clock.next = self.clock.val();
            self.exchanging[k].d.next = self.exchanging[k].q.val();
            self.passes_left[k].d.next = self.passes_left[k].q.val();
            if self.exchanging[k].q.val() {
                self.clocks.d.next = self.clocks.q.val() + 1;
            }
            if self.boundary.q.val() & self.exchanging[k].q.val() {
                self.passes_left[k].d.next = self.passes_left[k].q.val() - 1;
                if !self.passes_left[k].q.val().any() {
                    self.exchanging[k].d.next = false;
                    self.running.d.next = true;
                }
            }
            if self.beta_advance.val() & self.exchange_due[k].val() {
                self.running.d.next = false;
                self.exchanging[k].d.next = true;
                self.passes_left[k].d.next = self.passes[k].val();
            }
            if self.reset.val() {
                self.exchanging[k].d.next = false;
            }
        }
        if self.reset.val() {
            self.armed.d.next = false;
            self.running.d.next = false;
            self.starting.d.next = false;
            self.draining.d.next = false;
            self.stopped.d.next = false;
            self.sweep_count.d.next = 0.into();
            self.since.d.next = 0.into();
            self.kept.d.next = 0.into();
            self.clocks.d.next = 0.into();
            self.retaining_flag.d.next = false;
        }
        self.issue.next = self.running.q.val();
        for _k in 0..self._bubbles {
            if self.place_count.q.val() > self.last_place_of_replica.val() {
                self.issue.next = false;
            }
        }
        self.start.next = self.starting.q.val();
        self.slot.next = self.slot_count.q.val();
        self.place.next = self.place_count.q.val();
        self.last_replica.next =
            self.running.q.val() & (self.place_count.q.val() == self.last_place_of_replica.val());
        self.retaining.next = self.retaining_flag.q.val();
        self.first.next = self.first_flag.q.val();
        self.use_field.next = self.field_flag.q.val();
        self.sweep.next = self.sweep_flag.q.val();
        self.going.next = self.running.q.val() | self.draining.q.val();
        self.busy.next = self.armed.q.val() | self.going.val();
        for k in 0..self._energies {
            self.busy.next = (self.armed.q.val() | self.going.val()) | self.measuring[k].q.val();
            for l in 0..self._ladders {
                if self.exchanging[l].q.val() {
                    self.busy.next = true;
                }
            }
        }
        self.run_stopped.next = self.stopped.q.val();
        self.sweep_number.next = self.sweep_count.q.val();
        if self.swap_take.val() {
            self.sweep_number.next = self.next_count.val();
        }
        self.retained_so_far.next = self.kept.q.val();
        self.cycles.next = self.clocks.q.val();
    }
}
crate::clocked!(RunOrder);
crate::cell_ports!(
    RunOrder,
    clock,
    [reset, run_strobe, random_start, stop_pending, swap_pending, burn_in, retained, readout, exchange_due],
    [
        issue,
        start,
        slot,
        place,
        last_replica,
        prime,
        swap_take,
        retaining,
        first,
        use_field,
        sweep,
        beta_restart,
        beta_advance,
        measure,
        finished,
        busy,
        run_done,
        run_stopped,
        sweep_number,
        retained_so_far,
        cycles
    ]
);
