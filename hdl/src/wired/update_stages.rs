//! An update's way through the stages of the lanes.

use super::run_order::FLAG_CLOCKS;
use super::shape::WiredShape;
use crate::cells::Delay;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Register stages from an update's issue to where its spin enters the line, beside the adder tree's.
const SETTLED: usize = 5;

/// Delays what [`RunOrder`](super::RunOrder) says of an update until the lanes' stages need it. Stages are those of
/// [`WiredLane`](super::WiredLane), T those of the adder tree.
#[derive(LogicBlock)]
pub struct UpdateStages {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// An update per lane is issued.
    pub issue: Signal<In, Bit>,
    /// Of the random start.
    pub start: Signal<In, Bit>,
    /// Its slot.
    pub slot: Bus<In>,
    /// Its place in the burst.
    pub place: Bus<In>,
    /// It is the last one of its burst.
    pub last_replica: Signal<In, Bit>,
    /// A run begins.
    pub prime: Signal<In, Bit>,
    /// Flag of the sweep.
    pub retaining: Signal<In, Bit>,
    /// Flag of the sweep.
    pub first: Signal<In, Bit>,
    /// Flag of the sweep.
    pub use_field: Signal<In, Bit>,
    /// Flag of the sweep.
    pub sweep: Bus<In>,
    /// Active coupling bank.
    pub active_coupling: Bus<In>,
    /// Active bias bank.
    pub active_bias: Bus<In>,
    /// Scheduled table, three clocks after a sweep's last issue.
    pub scheduled: Bus<In>,
    /// Stage 1: sums are looked up.
    pub read: Signal<Out, Bit>,
    /// Stage 1.
    pub read_slot: Bus<Out>,
    /// Stage 1.
    pub coupling_bank: Bus<Out>,
    /// Stage 1.
    pub bias_bank: Bus<Out>,
    /// Stage 2 + T.
    pub chosen_replica: Bus<Out>,
    /// Stage 2 + T: the scheduled table of the update's sweep.
    pub chosen_scheduled: Bus<Out>,
    /// Stage 3 + T.
    pub look_up: Signal<Out, Bit>,
    /// Stage 3 + T.
    pub table_bank: Bus<Out>,
    /// Stage 4 + T.
    pub compared_start: Signal<Out, Bit>,
    /// Stage 4 + T.
    pub compared_slot: Bus<Out>,
    /// Stage 4 + T.
    pub compared_place: Bus<Out>,
    /// Stage 5 + T: the spins enter the lines.
    pub insert: Signal<Out, Bit>,
    /// Stage 5 + T.
    pub settled_start: Signal<Out, Bit>,
    /// Stage 5 + T.
    pub settled_slot: Bus<Out>,
    /// Stage 5 + T.
    pub settled_replica: Bus<Out>,
    /// Stage 5 + T.
    pub settled_sweep: Bus<Out>,
    /// Stage 5 + T: and count.
    pub contribute: Signal<Out, Bit>,
    /// Stage 5 + T: fields count, not spins.
    pub settled_use_field: Signal<Out, Bit>,
    /// Stage 6 + T: the burst's sums are handed over, or a run begins.
    pub capture: Signal<Out, Bit>,
    /// With `capture`: the burst counts.
    pub count: Signal<Out, Bit>,
    /// With `capture`: as the first one of its slot.
    pub count_first: Signal<Out, Bit>,
    /// With `capture`: its slot.
    pub stored_slot: Bus<Out>,
    issued: Delay,
    choosing: Delay,
    looking: Delay,
    comparing: Delay,
    settling: Delay,
    storing: Delay,
    flags: Vec<Delay>,
    sweeps: Vec<Delay>,
    banks: Delay,
    table_banks: Delay,
    scheduling: Delay,
    stored_flags: Register,
    order_word: Bus<Local>,
    bank_word: Bus<Local>,
    flag_word: Bus<Local>,
    place_at: Size,
    start_at: Size,
    issue_at: Size,
    last_at: Size,
    bias_at: Size,
    _late: usize,
    _slot_bits: usize,
    _place_bits: usize,
    _replica_bits: usize,
    _order_bits: usize,
    _coupling_bits: usize,
    _bias_bits: usize,
    _bank_bits: usize,
}

impl UpdateStages {
    /// The stages of this machine.
    pub fn new(s: &WiredShape) -> Self {
        let tree = s.tree_stages;
        let (slot_bits, place_bits) = (address_width(s.slots), address_width(s.turn));
        let order_bits = slot_bits + place_bits + 3;
        let (coupling_bits, bias_bits) = (address_width(s.coupling_banks), address_width(s.bias_banks));
        let replica_bits = address_width(s.replicas);
        let table_bits = address_width(s.tables);
        let late = SETTLED + tree - FLAG_CLOCKS;
        let later = |bits: usize| (late > 0).then(|| Delay::new(bits, late)).into_iter().collect::<Vec<_>>();
        Self {
            clock: Default::default(),
            issue: Default::default(),
            start: Default::default(),
            slot: Bus::unsigned(slot_bits),
            place: Bus::unsigned(place_bits),
            last_replica: Default::default(),
            prime: Default::default(),
            retaining: Default::default(),
            first: Default::default(),
            use_field: Default::default(),
            sweep: Bus::unsigned(32),
            active_coupling: Bus::unsigned(coupling_bits),
            active_bias: Bus::unsigned(bias_bits),
            scheduled: Bus::unsigned(table_bits),
            read: Default::default(),
            read_slot: Bus::unsigned(slot_bits),
            coupling_bank: Bus::unsigned(coupling_bits),
            bias_bank: Bus::unsigned(bias_bits),
            chosen_replica: Bus::unsigned(replica_bits),
            chosen_scheduled: Bus::unsigned(table_bits),
            look_up: Default::default(),
            table_bank: Bus::unsigned(coupling_bits),
            compared_start: Default::default(),
            compared_slot: Bus::unsigned(slot_bits),
            compared_place: Bus::unsigned(place_bits),
            insert: Default::default(),
            settled_start: Default::default(),
            settled_slot: Bus::unsigned(slot_bits),
            settled_replica: Bus::unsigned(replica_bits),
            settled_sweep: Bus::unsigned(32),
            contribute: Default::default(),
            settled_use_field: Default::default(),
            capture: Default::default(),
            count: Default::default(),
            count_first: Default::default(),
            stored_slot: Bus::unsigned(slot_bits),
            issued: Delay::new(order_bits, 1),
            choosing: Delay::new(order_bits, 1 + tree),
            looking: Delay::new(order_bits, 1),
            comparing: Delay::new(order_bits, 1),
            settling: Delay::new(order_bits, 1),
            storing: Delay::new(order_bits, 1),
            flags: later(3),
            sweeps: later(32),
            banks: Delay::new(coupling_bits + bias_bits, 1),
            table_banks: Delay::new(coupling_bits, 2 + tree),
            scheduling: Delay::new(table_bits, tree),
            stored_flags: Register::unsigned(3),
            order_word: Bus::unsigned(order_bits),
            bank_word: Bus::unsigned(coupling_bits + bias_bits),
            flag_word: Bus::unsigned(3),
            place_at: Size::new(slot_bits),
            start_at: Size::new(slot_bits + place_bits),
            issue_at: Size::new(slot_bits + place_bits + 1),
            last_at: Size::new(slot_bits + place_bits + 2),
            bias_at: Size::new(coupling_bits),
            _late: usize::from(late > 0),
            _slot_bits: slot_bits,
            _place_bits: place_bits,
            _replica_bits: replica_bits,
            _order_bits: order_bits,
            _coupling_bits: coupling_bits,
            _bias_bits: bias_bits,
            _bank_bits: coupling_bits + bias_bits,
        }
    }
}

impl Logic for UpdateStages {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module update_stages: An update's way through the stages.");
        dff_setup!(self, clock, stored_flags);
        clock!(
            self,
            clock,
            issued,
            choosing,
            looking,
            comparing,
            settling,
            storing,
            banks,
            table_banks,
            scheduling
        );
        self.order_word.next = (bit_cast_to(self.last_replica.val(), self._order_bits) << (self.last_at * 1))
            | (bit_cast_to(self.issue.val(), self._order_bits) << (self.issue_at * 1))
            | (bit_cast_to(self.start.val(), self._order_bits) << (self.start_at * 1))
            | (bit_cast_to(self.place.val(), self._order_bits) << (self.place_at * 1))
            | bit_cast_to(self.slot.val(), self._order_bits);
        self.issued.enter.next = self.order_word.val();
        self.choosing.enter.next = self.issued.leave.val();
        self.looking.enter.next = self.choosing.leave.val();
        self.comparing.enter.next = self.looking.leave.val();
        self.settling.enter.next = self.comparing.leave.val();
        self.storing.enter.next = self.settling.leave.val();
        self.bank_word.next = (bit_cast_to(self.active_bias.val(), self._bank_bits) << (self.bias_at * 1))
            | bit_cast_to(self.active_coupling.val(), self._bank_bits);
        self.banks.enter.next = self.bank_word.val();
        self.read.next = self.issued.leave.val().get_bit(self.issue_at * 1);
        self.read_slot.next = unsigned_cast_to(self.issued.leave.val(), self._slot_bits);
        self.coupling_bank.next = unsigned_cast_to(self.banks.leave.val(), self._coupling_bits);
        self.bias_bank.next = unsigned_cast_to(self.banks.leave.val() >> (self.bias_at * 1), self._bias_bits);
        self.chosen_replica.next =
            unsigned_cast_to(self.choosing.leave.val() >> (self.place_at * 1), self._replica_bits);
        self.scheduling.enter.next = self.scheduled.val();
        self.chosen_scheduled.next = self.scheduling.leave.val();
        self.look_up.next = self.looking.leave.val().get_bit(self.issue_at * 1);
        self.table_banks.enter.next = unsigned_cast_to(self.banks.leave.val(), self._coupling_bits);
        self.table_bank.next = self.table_banks.leave.val();
        self.compared_start.next = self.comparing.leave.val().get_bit(self.start_at * 1);
        self.compared_slot.next = unsigned_cast_to(self.comparing.leave.val(), self._slot_bits);
        self.compared_place.next =
            unsigned_cast_to(self.comparing.leave.val() >> (self.place_at * 1), self._place_bits);
        // The sweep's flags come later than its first issue.
        self.flag_word.next = bit_cast_to(self.retaining.val(), 3)
            | (bit_cast_to(self.first.val(), 3) << 1)
            | (bit_cast_to(self.use_field.val(), 3) << 2);
        self.settled_sweep.next = self.sweep.val();
        for k in 0..self._late {
            self.flags[k].clock.next = self.clock.val();
            self.flags[k].enter.next = bit_cast_to(self.retaining.val(), 3)
                | (bit_cast_to(self.first.val(), 3) << 1)
                | (bit_cast_to(self.use_field.val(), 3) << 2);
            self.flag_word.next = self.flags[k].leave.val();
            self.sweeps[k].clock.next = self.clock.val();
            self.sweeps[k].enter.next = self.sweep.val();
            self.settled_sweep.next = self.sweeps[k].leave.val();
        }
        self.stored_flags.d.next = self.flag_word.val();
        self.insert.next = self.settling.leave.val().get_bit(self.issue_at * 1);
        self.settled_start.next = self.settling.leave.val().get_bit(self.start_at * 1);
        self.settled_slot.next = unsigned_cast_to(self.settling.leave.val(), self._slot_bits);
        self.settled_replica.next =
            unsigned_cast_to(self.settling.leave.val() >> (self.place_at * 1), self._replica_bits);
        self.contribute.next =
            self.settling.leave.val().get_bit(self.issue_at * 1) & self.flag_word.val().get_bit(0);
        self.settled_use_field.next = self.flag_word.val().get_bit(2);
        self.capture.next = self.storing.leave.val().get_bit(self.last_at * 1) | self.prime.val();
        self.count.next = self.stored_flags.q.val().get_bit(0) & !self.prime.val();
        self.count_first.next = self.stored_flags.q.val().get_bit(1);
        self.stored_slot.next = unsigned_cast_to(self.storing.leave.val(), self._slot_bits);
    }
}
crate::clocked!(UpdateStages);
crate::cell_ports!(
    UpdateStages,
    clock,
    [
        issue,
        start,
        slot,
        place,
        last_replica,
        prime,
        retaining,
        first,
        use_field,
        sweep,
        active_coupling,
        active_bias,
        scheduled
    ],
    [
        read,
        read_slot,
        coupling_bank,
        bias_bank,
        chosen_replica,
        chosen_scheduled,
        look_up,
        table_bank,
        compared_start,
        compared_slot,
        compared_place,
        insert,
        settled_start,
        settled_slot,
        settled_replica,
        settled_sweep,
        contribute,
        settled_use_field,
        capture,
        count,
        count_first,
        stored_slot
    ]
);
