//! Readout sums of the lanes that share one adder.

use super::WordSelect;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Takes the burst sums of its lanes over, one lane per clock, and adds them into a memory of sums per slot and lane.
///
/// A burst sum is a running total that nobody clears (see [`BurstSum`](super::BurstSum)); what a burst adds is the difference to what
/// was taken over before. `prime` takes over without adding: once before the first burst that counts. Captures are at least
/// `lanes` clocks apart. A word of the memory is {tie, sum}.
#[derive(LogicBlock)]
pub struct SumUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The lanes hand over at this edge.
    pub capture: Signal<In, Bit>,
    /// With `capture`: the burst counts.
    pub count: Signal<In, Bit>,
    /// With `capture`: it is the slot's first one that counts, so the sum begins with it.
    pub first: Signal<In, Bit>,
    /// With `capture`: the burst's slot.
    pub slot: Bus<In>,
    /// What the lanes have handed over, negative.
    pub held: Vec<Bus<In>>,
    /// Their ties, bit l of lane l; at least 2 bits.
    pub held_tie: Bus<In>,
    /// The host looks at a sum, in an idle machine.
    pub look: Signal<In, Bit>,
    /// Of this slot.
    pub look_slot: Bus<In>,
    /// And this lane.
    pub look_lane: Bus<In>,
    /// Two clocks after `look`, for one clock: {tie, sum}; 0 in all others.
    pub seen: Bus<Out>,
    /// A sum is stored at the end of this clock.
    pub stored: Signal<Out, Bit>,
    /// Its lane.
    pub stored_lane: Bus<Out>,
    /// Its slot.
    pub stored_slot: Bus<Out>,
    /// The sum.
    pub stored_sum: Bus<Out>,
    walking: BitRegister,
    lane: Register,
    walk_slot: Register,
    walk_count: BitRegister,
    walk_first: BitRegister,
    taken_valid: BitRegister,
    taken_lane: Register,
    taken_slot: Register,
    taken_count: BitRegister,
    taken_first: BitRegister,
    taken: Register,
    taken_tie: BitRegister,
    added_valid: BitRegister,
    added_lane: Register,
    added_slot: Register,
    added_first: BitRegister,
    added: Register,
    added_tie: BitRegister,
    old: Register,
    looked: BitRegister,
    look_seen: Register,
    previous: SyncRam,
    sums: SyncRam,
    select: WordSelect,
    last_lane: Const,
    sum: Bus<Local>,
    address: Bus<Local>,
    difference: Bus<Local>,
    lane_place: Size,
    sum_place: Size,
    zero: Const,
    _lanes: usize,
    _spare: usize,
    _lane_width: usize,
    _address_width: usize,
    _sum_bits: usize,
    _word_bits: usize,
    lanes_place: Size,
}

impl SumUnit {
    /// For `lanes` (1 to 64) lanes of `slots` slots, burst sums of `burst_bits`, sums of `sum_bits`.
    pub fn new(lanes: usize, slots: usize, burst_bits: usize, sum_bits: usize) -> Self {
        assert!(
            (1..=64).contains(&lanes) && sum_bits >= burst_bits,
            "a sum unit of {lanes} lanes, {sum_bits} bits"
        );
        let (lane_width, slot_width) = (address_width(lanes), address_width(slots));
        let depth = ((slots - 1) << lane_width) + lanes;
        let sums = SyncRam::new(sum_bits + 1, depth);
        let words = lanes.next_power_of_two().max(2);
        Self {
            clock: Default::default(),
            capture: Default::default(),
            count: Default::default(),
            first: Default::default(),
            slot: Bus::unsigned(slot_width),
            held: (0..lanes).map(|_| Bus::unsigned(burst_bits)).collect(),
            // A bit for every value of the lane counter.
            held_tie: Bus::unsigned(words),
            look: Default::default(),
            look_slot: Bus::unsigned(slot_width),
            look_lane: Bus::unsigned(lane_width),
            seen: Bus::unsigned(sum_bits + 1),
            stored: Default::default(),
            stored_lane: Bus::unsigned(lane_width),
            stored_slot: Bus::unsigned(slot_width),
            stored_sum: Bus::signed(sum_bits),
            walking: Default::default(),
            lane: Register::unsigned(lane_width),
            walk_slot: Register::unsigned(slot_width),
            walk_count: Default::default(),
            walk_first: Default::default(),
            taken_valid: Default::default(),
            taken_lane: Register::unsigned(lane_width),
            taken_slot: Register::unsigned(slot_width),
            taken_count: Default::default(),
            taken_first: Default::default(),
            taken: Register::unsigned(burst_bits),
            taken_tie: Default::default(),
            added_valid: Default::default(),
            added_lane: Register::unsigned(lane_width),
            added_slot: Register::unsigned(slot_width),
            added_first: Default::default(),
            added: Register::unsigned(burst_bits),
            added_tie: Default::default(),
            old: Register::signed(sum_bits),
            looked: Default::default(),
            look_seen: Register::unsigned(sum_bits + 1),
            previous: SyncRam::new(burst_bits, lanes),
            select: WordSelect::new(words, burst_bits),
            last_lane: Const::unsigned(lane_width, lanes as u64 - 1),
            sum: Bus::signed(sum_bits),
            address: Bus::unsigned(sums.read_address.width()),
            difference: Bus::unsigned(burst_bits),
            lane_place: Size::new(lane_width),
            sum_place: Size::new(sum_bits),
            zero: Const::unsigned(burst_bits, 0),
            _lanes: lanes,
            _spare: words - lanes,
            _lane_width: lane_width,
            _address_width: sums.read_address.width(),
            _sum_bits: sum_bits,
            _word_bits: sum_bits + 1,
            lanes_place: Size::new(lanes),
            sums,
        }
    }
}

impl Logic for SumUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module sum_unit: Readout sums of the lanes that share one adder.");
        dff_setup!(
            self,
            clock,
            walking,
            lane,
            walk_slot,
            walk_count,
            walk_first,
            taken_valid,
            taken_lane,
            taken_slot,
            taken_count,
            taken_first,
            taken,
            taken_tie,
            added_valid,
            added_lane,
            added_slot,
            added_first,
            added,
            added_tie,
            old,
            looked,
            look_seen
        );
        clock!(self, clock, previous, sums);
        // Walk over the lanes.
        if self.walking.q.val() {
            self.lane.d.next = self.lane.q.val() + 1;
            if self.lane.q.val() == self.last_lane.val() {
                self.walking.d.next = false;
            }
        }
        if self.capture.val() {
            self.walking.d.next = true;
            self.lane.d.next = 0.into();
            self.walk_slot.d.next = self.slot.val();
            self.walk_count.d.next = self.count.val();
            self.walk_first.d.next = self.first.val();
        }
        // Take a lane's total over.
        self.select.number.next = self.lane.q.val();
        for i in 0..self._lanes {
            self.select.word[i].next = self.held[i].val();
        }
        for i in 0..self._spare {
            self.select.word[self.lanes_place + i].next = self.zero.val();
        }
        self.taken.d.next = self.select.chosen.val();
        self.taken_tie.d.next = self.held_tie.val().get_bit(self.lane.q.val().index());
        self.taken_lane.d.next = self.lane.q.val();
        self.taken_valid.d.next = self.walking.q.val();
        self.taken_slot.d.next = self.walk_slot.q.val();
        self.taken_count.d.next = self.walk_count.q.val();
        self.taken_first.d.next = self.walk_first.q.val();
        self.previous.read_enable.next = self.walking.q.val();
        self.previous.read_address.next = self.lane.q.val();
        // What the burst adds; the sum it adds to is read from the walk on, and comes from a register: memories answer late.
        self.difference.next = self.previous.read_data.val() - self.taken.q.val();
        self.added.d.next = self.difference.val();
        self.added_tie.d.next = self.taken_tie.q.val();
        self.added_lane.d.next = self.taken_lane.q.val();
        self.added_valid.d.next = self.taken_valid.q.val() & self.taken_count.q.val();
        self.added_slot.d.next = self.taken_slot.q.val();
        self.added_first.d.next = self.taken_first.q.val();
        self.previous.write_enable.next = self.taken_valid.q.val();
        self.previous.write_address.next = self.taken_lane.q.val();
        self.previous.write_data.next = self.taken.q.val();
        self.sums.read_enable.next = self.walking.q.val() | self.look.val();
        self.address.next = (bit_cast_to(self.walk_slot.q.val(), self._address_width)
            << (self.lane_place * 1))
            | bit_cast_to(self.lane.q.val(), self._address_width);
        if self.look.val() {
            self.address.next = (bit_cast_to(self.look_slot.val(), self._address_width)
                << (self.lane_place * 1))
                | bit_cast_to(self.look_lane.val(), self._address_width);
        }
        self.sums.read_address.next = self.address.val();
        // Add.
        self.old.d.next = signed_cast_to(self.sums.read_data.val(), self._sum_bits);
        self.sum.next = signed_cast_to(self.added.q.val(), self._sum_bits);
        if !self.added_first.q.val() {
            self.sum.next = self.old.q.val() + signed_cast_to(self.added.q.val(), self._sum_bits);
        }
        self.stored.next = self.added_valid.q.val();
        self.stored_lane.next = self.added_lane.q.val();
        self.stored_slot.next = self.added_slot.q.val();
        self.stored_sum.next = self.sum.val();
        self.sums.write_enable.next = self.added_valid.q.val();
        self.sums.write_address.next = (bit_cast_to(self.added_slot.q.val(), self._address_width)
            << (self.lane_place * 1))
            | bit_cast_to(self.added_lane.q.val(), self._address_width);
        self.sums.write_data.next = bit_cast_to(self.sum.val(), self._word_bits)
            | (bit_cast_to(self.added_tie.q.val(), self._word_bits) << (self.sum_place * 1));
        // The host's look.
        self.looked.d.next = self.look.val();
        self.look_seen.d.next = 0.into();
        if self.looked.q.val() {
            self.look_seen.d.next = self.sums.read_data.val();
        }
        self.seen.next = self.look_seen.q.val();
    }
}
crate::clocked!(SumUnit);
crate::cell_ports!(
    SumUnit,
    clock,
    [capture, count, first, slot, held, held_tie, look, look_slot, look_lane],
    [seen, stored, stored_lane, stored_slot, stored_sum]
);
