//! What is updated when: replicas within rows, rows within slots, slots within colors.

use super::shape::AddressedShape;
use crate::cells::SCHEDULE_BITS;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Clocks into a sweep after which its flags are decided; the schedule of a new bank is there by then.
const FLAG_CLOCKS: u64 = 6;

/// Walks through the rows of the active bank: a burst of `turn` clocks each, and a pause of `drain` clocks at the end of every color, until
/// all its spins are written back.
///
/// The memory of rows says where a slot, a color and the sweep end. What is said of a clock's row (`ends_slot`) comes one clock later.
/// Nothing is under way at a sweep boundary, so banks and flags of a sweep need not travel with its updates.
#[derive(LogicBlock)]
pub struct RowOrder {
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
    /// Active coupling bank.
    pub bank: Bus<In>,
    /// Schedule of the active coupling bank.
    pub burn_in: Bus<In>,
    /// Schedule of the active coupling bank.
    pub retained: Bus<In>,
    /// Schedule of the active coupling bank: 0 spin, 1 field.
    pub readout: Signal<In, Bit>,
    /// Loads a row's word.
    pub row_write: Signal<In, Bit>,
    /// Into this bank.
    pub row_write_bank: Bus<In>,
    /// At this row.
    pub row_write_row: Bus<In>,
    /// Ends slot, color, sweep.
    pub row_write_data: Bus<In>,
    /// A row has its burst.
    pub running: Signal<Out, Bit>,
    /// The random start.
    pub start: Signal<Out, Bit>,
    /// Place in the burst.
    pub place: Bus<Out>,
    /// The row.
    pub row: Bus<Out>,
    /// Its slot.
    pub slot: Bus<Out>,
    /// It is the first row of its slot.
    pub first_row: Signal<Out, Bit>,
    /// One clock later: it is the last one.
    pub ends_slot: Signal<Out, Bit>,
    /// A run begins: running sums are taken over.
    pub prime: Signal<Out, Bit>,
    /// The swap takes effect at the end of this clock.
    pub swap_take: Signal<Out, Bit>,
    /// The beta schedule begins: a run or a swap.
    pub beta_restart: Signal<Out, Bit>,
    /// A sweep has ended and another one follows without a swap.
    pub beta_advance: Signal<Out, Bit>,
    /// Flag of the sweep: its updates count.
    pub retaining: Signal<Out, Bit>,
    /// Flag of the sweep: it is the first one that counts.
    pub first: Signal<Out, Bit>,
    /// Flag of the sweep: fields count, not spins.
    pub use_field: Signal<Out, Bit>,
    /// Flag of the sweep: its number, 0 for the start.
    pub sweep: Bus<Out>,
    /// A run is going on.
    pub busy: Signal<Out, Bit>,
    /// Last clock of a run.
    pub run_done: Signal<Out, Bit>,
    /// With `run_done`: by command.
    pub run_stopped: Signal<Out, Bit>,
    /// Sweeps made in this run; with `swap_take` that sweep included.
    pub sweep_number: Bus<Out>,
    /// Sweeps retained since the start or the last swap.
    pub retained_so_far: Bus<Out>,
    /// Clocks of this run.
    pub cycles: Bus<Out>,
    rows: SyncRam,
    active: BitRegister,
    bursting: BitRegister,
    starting: BitRegister,
    finishing: BitRegister,
    at_boundary: BitRegister,
    drain: Register,
    place_count: Register,
    row_count: Register,
    slot_count: Register,
    first_of_slot: BitRegister,
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
    burst_ends: Signal<Local, Bit>,
    drained: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
    next_since: Bus<Local>,
    next_count: Bus<Local>,
    last_place: Const,
    flag_place: Const,
    drain_clocks: Const,
    bank_place: Size,
    _address_width: usize,
    _long: usize,
}

impl RowOrder {
    /// The order of this machine's runs.
    pub fn new(shape: &AddressedShape) -> Self {
        let (place_bits, slot_bits) = (address_width(shape.turn), address_width(shape.slots));
        let row_bits = address_width(shape.rows);
        let bank_bits = address_width(shape.coupling_banks);
        let long = SCHEDULE_BITS + 1;
        let drain_bits = address_width(shape.drain_clocks() + 1);
        let rows = AddressedShape::memory(3, ((shape.coupling_banks - 1) << row_bits) + shape.rows);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            run_strobe: Default::default(),
            random_start: Default::default(),
            stop_pending: Default::default(),
            swap_pending: Default::default(),
            bank: Bus::unsigned(bank_bits),
            burn_in: Bus::unsigned(SCHEDULE_BITS),
            retained: Bus::unsigned(SCHEDULE_BITS),
            readout: Default::default(),
            row_write: Default::default(),
            row_write_bank: Bus::unsigned(bank_bits),
            row_write_row: Bus::unsigned(row_bits),
            row_write_data: Bus::unsigned(3),
            running: Default::default(),
            start: Default::default(),
            place: Bus::unsigned(place_bits),
            row: Bus::unsigned(row_bits),
            slot: Bus::unsigned(slot_bits),
            first_row: Default::default(),
            ends_slot: Default::default(),
            prime: Default::default(),
            swap_take: Default::default(),
            beta_restart: Default::default(),
            beta_advance: Default::default(),
            retaining: Default::default(),
            first: Default::default(),
            use_field: Default::default(),
            sweep: Bus::unsigned(32),
            busy: Default::default(),
            run_done: Default::default(),
            run_stopped: Default::default(),
            sweep_number: Bus::unsigned(32),
            retained_so_far: Bus::unsigned(SCHEDULE_BITS),
            cycles: Bus::unsigned(32),
            active: Default::default(),
            bursting: Default::default(),
            starting: Default::default(),
            finishing: Default::default(),
            at_boundary: Default::default(),
            drain: Register::unsigned(drain_bits),
            place_count: Register::unsigned(place_bits),
            row_count: Register::unsigned(row_bits),
            slot_count: Register::unsigned(slot_bits),
            first_of_slot: Default::default(),
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
            burst_ends: Default::default(),
            drained: Default::default(),
            ends: Default::default(),
            next_since: Bus::unsigned(long),
            next_count: Bus::unsigned(32),
            last_place: Const::unsigned(place_bits, shape.turn as u64 - 1),
            flag_place: Const::unsigned(place_bits, FLAG_CLOCKS),
            drain_clocks: Const::unsigned(drain_bits, shape.drain_clocks() as u64),
            bank_place: Size::new(row_bits),
            _address_width: rows.read_address.width(),
            _long: long,
            rows,
        }
    }
}

impl Logic for RowOrder {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module row_order: Walks through the rows of a bank.");
        dff_setup!(
            self,
            clock,
            active,
            bursting,
            starting,
            finishing,
            at_boundary,
            drain,
            place_count,
            row_count,
            slot_count,
            first_of_slot,
            stopped,
            sweep_count,
            since,
            kept,
            length,
            clocks,
            retaining_flag,
            first_flag,
            field_flag,
            sweep_flag
        );
        clock!(self, clock, rows);
        self.rows.read_enable.next = self.bursting.q.val();
        self.rows.read_address.next = (bit_cast_to(self.bank.val(), self._address_width)
            << (self.bank_place * 1))
            | bit_cast_to(self.row_count.q.val(), self._address_width);
        self.rows.write_enable.next = self.row_write.val();
        self.rows.write_address.next = (bit_cast_to(self.row_write_bank.val(), self._address_width)
            << (self.bank_place * 1))
            | bit_cast_to(self.row_write_row.val(), self._address_width);
        self.rows.write_data.next = self.row_write_data.val();
        // Length of the schedule, and whether this sweep is its last one.
        self.length.d.next =
            bit_cast_to(self.burn_in.val(), self._long) + bit_cast_to(self.retained.val(), self._long);
        self.next_count.next = self.sweep_count.q.val() + 1;
        self.next_since.next = self.since.q.val() + 1;
        self.ends.next = self.stop_pending.val() | (self.next_since.val() == self.length.q.val());
        if self.active.q.val() {
            self.clocks.d.next = self.clocks.q.val() + 1;
        }
        // The next row, or a pause at the end of a color.
        self.burst_ends.next = self.bursting.q.val() & (self.place_count.q.val() == self.last_place.val());
        if self.bursting.q.val() {
            self.place_count.d.next = self.place_count.q.val() + 1;
        }
        if self.burst_ends.val() {
            self.place_count.d.next = 0.into();
            self.row_count.d.next = self.row_count.q.val() + 1;
            self.first_of_slot.d.next = self.rows.read_data.val().get_bit(0);
            if self.rows.read_data.val().get_bit(0) {
                self.slot_count.d.next = self.slot_count.q.val() + 1;
            }
            if self.rows.read_data.val().get_bit(1) {
                self.bursting.d.next = false;
            }
            if self.rows.read_data.val().get_bit(2) {
                self.row_count.d.next = 0.into();
                self.slot_count.d.next = 0.into();
                self.at_boundary.d.next = true;
            }
        }
        // Pauses are counted down from the first clock without a burst on.
        self.drained.next = self.active.q.val() & !self.bursting.q.val() & (self.drain.q.val() == 1.into());
        if self.bursting.q.val() {
            self.drain.d.next = self.drain_clocks.val();
        } else {
            if self.drain.q.val().any() {
                self.drain.d.next = self.drain.q.val() - 1;
            }
        }
        self.swap_take.next = false;
        self.beta_restart.next = self.run_strobe.val();
        self.beta_advance.next = false;
        if self.drained.val() {
            self.bursting.d.next = true;
            self.at_boundary.d.next = false;
            self.starting.d.next = false;
            if !self.at_boundary.q.val() {
                self.starting.d.next = self.starting.q.val();
            }
            // The end of the random start is no boundary.
            if self.at_boundary.q.val() & !self.starting.q.val() {
                self.sweep_count.d.next = self.next_count.val();
                self.since.d.next = self.next_since.val();
                if self.retaining_flag.q.val() {
                    self.kept.d.next = self.kept.q.val() + 1;
                }
                if self.ends.val() {
                    self.bursting.d.next = false;
                    self.finishing.d.next = true;
                    self.stopped.d.next = self.stop_pending.val();
                } else {
                    self.beta_advance.next = !self.swap_pending.val();
                    if self.swap_pending.val() {
                        self.swap_take.next = true;
                        self.beta_restart.next = true;
                        self.since.d.next = 0.into();
                        self.kept.d.next = 0.into();
                    }
                }
            }
        }
        self.run_done.next = self.finishing.q.val();
        if self.finishing.q.val() {
            self.finishing.d.next = false;
            self.active.d.next = false;
        }
        self.prime.next = self.run_strobe.val();
        if self.run_strobe.val() {
            self.active.d.next = true;
            self.starting.d.next = self.random_start.val();
            self.at_boundary.d.next = false;
            self.drain.d.next = self.drain_clocks.val();
            self.place_count.d.next = 0.into();
            self.row_count.d.next = 0.into();
            self.slot_count.d.next = 0.into();
            self.first_of_slot.d.next = true;
            self.sweep_count.d.next = 0.into();
            self.since.d.next = 0.into();
            self.kept.d.next = 0.into();
            self.clocks.d.next = 0.into();
            self.retaining_flag.d.next = false;
        }
        // The sweep's flags.
        if self.bursting.q.val()
            & (self.place_count.q.val() == self.flag_place.val())
            & !self.row_count.q.val().any()
        {
            self.retaining_flag.d.next =
                !self.starting.q.val() & (self.since.q.val() >= bit_cast_to(self.burn_in.val(), self._long));
            self.first_flag.d.next = self.since.q.val() == bit_cast_to(self.burn_in.val(), self._long);
            self.field_flag.d.next = self.readout.val();
            self.sweep_flag.d.next = self.next_count.val();
            if self.starting.q.val() {
                self.sweep_flag.d.next = 0.into();
            }
        }
        if self.reset.val() {
            self.active.d.next = false;
            self.bursting.d.next = false;
            self.starting.d.next = false;
            self.finishing.d.next = false;
            self.at_boundary.d.next = false;
            self.drain.d.next = 0.into();
            self.stopped.d.next = false;
            self.sweep_count.d.next = 0.into();
            self.since.d.next = 0.into();
            self.kept.d.next = 0.into();
            self.clocks.d.next = 0.into();
            self.retaining_flag.d.next = false;
        }
        self.running.next = self.bursting.q.val();
        self.start.next = self.starting.q.val();
        self.place.next = self.place_count.q.val();
        self.row.next = self.row_count.q.val();
        self.slot.next = self.slot_count.q.val();
        self.first_row.next = self.first_of_slot.q.val();
        self.ends_slot.next = self.rows.read_data.val().get_bit(0);
        self.retaining.next = self.retaining_flag.q.val();
        self.first.next = self.first_flag.q.val();
        self.use_field.next = self.field_flag.q.val();
        self.sweep.next = self.sweep_flag.q.val();
        self.busy.next = self.active.q.val();
        self.run_stopped.next = self.stopped.q.val();
        self.sweep_number.next = self.sweep_count.q.val();
        if self.swap_take.val() {
            self.sweep_number.next = self.next_count.val();
        }
        self.retained_so_far.next = self.kept.q.val();
        self.cycles.next = self.clocks.q.val();
    }
}
crate::clocked!(RowOrder);
crate::cell_ports!(
    RowOrder,
    clock,
    [
        reset,
        run_strobe,
        random_start,
        stop_pending,
        swap_pending,
        bank,
        burn_in,
        retained,
        readout,
        row_write,
        row_write_bank,
        row_write_row,
        row_write_data
    ],
    [
        running,
        start,
        place,
        row,
        slot,
        first_row,
        ends_slot,
        prime,
        swap_take,
        beta_restart,
        beta_advance,
        retaining,
        first,
        use_field,
        sweep,
        busy,
        run_done,
        run_stopped,
        sweep_number,
        retained_so_far,
        cycles
    ]
);
