//! From the lanes back to the spins and sums: one lane per clock.

use super::shape::AddressedShape;
use crate::cells::WordSelect;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Takes the words of a slot from the lanes, one lane per clock: clamps, writes the spins to all copies, and adds to the readout sums.
///
/// A word holds the spins of all replicas of a position, so one unit serves all lanes: a clamp replaces a whole word, and a word's
/// sum of spins is twice its ones less the replicas. Fields come as running negative totals of the lanes (see
/// [`BurstSum`](crate::cells::BurstSum)); what a slot adds is the difference to what was taken before. Captures are at least `lanes` clocks
/// apart. Lane l is chosen l + 1 clocks after `capture`, its spins are written two clocks later, its sum three. The host's accesses
/// come in an idle machine.
#[derive(LogicBlock)]
pub struct WriteBack {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The lanes hand over at this edge.
    pub capture: Signal<In, Bit>,
    /// With `capture`: the spins are written.
    pub store: Signal<In, Bit>,
    /// With `capture`: the slot counts.
    pub count: Signal<In, Bit>,
    /// With `capture`: its sums begin.
    pub first: Signal<In, Bit>,
    /// Fields count, not spins; stays as it is until the sums are stored.
    pub use_field: Signal<In, Bit>,
    /// With `capture`: the slot.
    pub slot: Bus<In>,
    /// Spins of every lane, replica r in bit r.
    pub word: Vec<Bus<In>>,
    /// Running totals of every lane.
    pub held: Vec<Bus<In>>,
    /// Signs of the last fields, bit l of lane l.
    pub held_tie: Bus<In>,
    /// Position that the host clamps, writes or looks at.
    pub position: Bus<In>,
    /// Writes the clamp's mask.
    pub mask_write: Signal<In, Bit>,
    /// Writes the clamp's value.
    pub value_write: Signal<In, Bit>,
    /// Mask or value.
    pub clamp_data: Signal<In, Bit>,
    /// Writes the spins of the position.
    pub host_write: Signal<In, Bit>,
    /// These spins.
    pub host_word: Bus<In>,
    /// Reads spins and sum of the position.
    pub look: Signal<In, Bit>,
    /// The spins, from one clock after `look` on.
    pub seen_word: Bus<Out>,
    /// The sum, from one clock after `look` on.
    pub seen_sum: Bus<Out>,
    /// And its tie.
    pub seen_tie: Signal<Out, Bit>,
    /// Writes spins into all copies.
    pub spin_write: Signal<Out, Bit>,
    /// Of this position.
    pub spin_position: Bus<Out>,
    /// These.
    pub spin_word: Bus<Out>,
    /// They are new, not the host's.
    pub settled: Signal<Out, Bit>,
    /// A sum is stored at the end of this clock.
    pub stored: Signal<Out, Bit>,
    /// Of this position.
    pub stored_position: Bus<Out>,
    /// The sum.
    pub stored_sum: Bus<Out>,
    words: WordSelect,
    totals: WordSelect,
    masks: SyncRam,
    values: SyncRam,
    copy: SyncRam,
    previous: SyncRam,
    sums: SyncRam,
    walking: BitRegister,
    lane: Register,
    walk_slot: Register,
    walk_store: BitRegister,
    walk_count: BitRegister,
    walk_first: BitRegister,
    taken: BitRegister,
    taken_lane: Register,
    taken_position: Register,
    taken_store: BitRegister,
    taken_count: BitRegister,
    taken_first: BitRegister,
    taken_word: Register,
    taken_total: Register,
    taken_tie: BitRegister,
    final_store: BitRegister,
    final_count: BitRegister,
    final_first: BitRegister,
    final_position: Register,
    final_word: Register,
    final_difference: Register,
    final_tie: BitRegister,
    added_count: BitRegister,
    added_first: BitRegister,
    added_position: Register,
    added_value: Register,
    added_tie: BitRegister,
    walk_position: Bus<Local>,
    clamped: Bus<Local>,
    difference: Bus<Local>,
    ones: Vec<Bus<Local>>,
    doubled: Bus<Local>,
    spin_sum: Bus<Local>,
    old: Bus<Local>,
    sum: Bus<Local>,
    replicas: Const,
    last_lane: Const,
    zero_word: Const,
    full_word: Const,
    zero_total: Const,
    lane_shift: Size,
    last_replica: Size,
    all_ones: Size,
    sum_place: Size,
    first_spare: Size,
    _lanes: usize,
    _spares: usize,
    _replicas: usize,
    _several_lanes: usize,
    _position_bits: usize,
    _burst_bits: usize,
    _sum_bits: usize,
    _word_bits: usize,
}

impl WriteBack {
    /// The unit of this machine.
    pub fn new(shape: &AddressedShape) -> Self {
        let s = shape;
        let positions = s.positions();
        let lane_bits = address_width(s.lanes);
        let choices = s.lanes.max(2);
        let words = WordSelect::new(choices, s.replicas);
        let totals = WordSelect::new(choices, s.burst_bits);
        let masks = AddressedShape::memory(1, positions);
        let sums = AddressedShape::memory(s.sum_bits + 1, positions);
        let position_bits = s.position_bits();
        let all = if s.replicas == 64 { u64::MAX } else { (1 << s.replicas) - 1 };
        Self {
            clock: Default::default(),
            capture: Default::default(),
            store: Default::default(),
            count: Default::default(),
            first: Default::default(),
            use_field: Default::default(),
            slot: Bus::unsigned(address_width(s.slots)),
            word: (0..s.lanes).map(|_| Bus::unsigned(s.replicas)).collect(),
            held: (0..s.lanes).map(|_| Bus::unsigned(s.burst_bits)).collect(),
            held_tie: Bus::unsigned(choices),
            position: Bus::unsigned(position_bits),
            mask_write: Default::default(),
            value_write: Default::default(),
            clamp_data: Default::default(),
            host_write: Default::default(),
            host_word: Bus::unsigned(s.replicas),
            look: Default::default(),
            seen_word: Bus::unsigned(s.replicas),
            seen_sum: Bus::signed(s.sum_bits),
            seen_tie: Default::default(),
            spin_write: Default::default(),
            spin_position: Bus::unsigned(position_bits),
            spin_word: Bus::unsigned(s.replicas),
            settled: Default::default(),
            stored: Default::default(),
            stored_position: Bus::unsigned(position_bits),
            stored_sum: Bus::signed(s.sum_bits),
            walking: Default::default(),
            lane: Register::unsigned(lane_bits),
            walk_slot: Register::unsigned(address_width(s.slots)),
            walk_store: Default::default(),
            walk_count: Default::default(),
            walk_first: Default::default(),
            taken: Default::default(),
            taken_lane: Register::unsigned(lane_bits),
            taken_position: Register::unsigned(position_bits),
            taken_store: Default::default(),
            taken_count: Default::default(),
            taken_first: Default::default(),
            taken_word: Register::unsigned(s.replicas),
            taken_total: Register::unsigned(s.burst_bits),
            taken_tie: Default::default(),
            final_store: Default::default(),
            final_count: Default::default(),
            final_first: Default::default(),
            final_position: Register::unsigned(position_bits),
            final_word: Register::unsigned(s.replicas),
            final_difference: Register::unsigned(s.burst_bits),
            final_tie: Default::default(),
            added_count: Default::default(),
            added_first: Default::default(),
            added_position: Register::unsigned(position_bits),
            added_value: Register::unsigned(s.burst_bits),
            added_tie: Default::default(),
            walk_position: Bus::unsigned(position_bits),
            clamped: Bus::unsigned(s.replicas),
            difference: Bus::unsigned(s.burst_bits),
            ones: (0..=s.replicas).map(|_| Bus::unsigned(s.burst_bits)).collect(),
            doubled: Bus::unsigned(s.burst_bits),
            spin_sum: Bus::unsigned(s.burst_bits),
            old: Bus::signed(s.sum_bits),
            sum: Bus::signed(s.sum_bits),
            replicas: Const::unsigned(s.burst_bits, s.replicas as u64),
            last_lane: Const::unsigned(lane_bits, s.lanes as u64 - 1),
            zero_word: Const::unsigned(s.replicas, 0),
            full_word: Const::unsigned(s.replicas, all),
            zero_total: Const::unsigned(s.burst_bits, 0),
            lane_shift: Size::new(s.lane_shift()),
            last_replica: Size::new(s.replicas - 1),
            all_ones: Size::new(s.replicas),
            sum_place: Size::new(s.sum_bits),
            first_spare: Size::new(s.lanes),
            _lanes: s.lanes,
            _spares: choices - s.lanes,
            _replicas: s.replicas,
            _several_lanes: usize::from(s.lanes > 1),
            _position_bits: position_bits,
            _burst_bits: s.burst_bits,
            _sum_bits: s.sum_bits,
            _word_bits: s.sum_bits + 1,
            words,
            totals,
            masks,
            values: AddressedShape::memory(1, positions),
            copy: AddressedShape::memory(s.replicas, positions),
            previous: SyncRam::new(s.burst_bits, s.lanes),
            sums,
        }
    }
}

impl Logic for WriteBack {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module write_back: Spins and sums of a slot, lane by lane.");
        dff_setup!(
            self,
            clock,
            walking,
            lane,
            walk_slot,
            walk_store,
            walk_count,
            walk_first,
            taken,
            taken_lane,
            taken_position,
            taken_store,
            taken_count,
            taken_first,
            taken_word,
            taken_total,
            taken_tie,
            final_store,
            final_count,
            final_first,
            final_position,
            final_word,
            final_difference,
            final_tie,
            added_count,
            added_first,
            added_position,
            added_value,
            added_tie
        );
        clock!(self, clock, masks, values, copy, previous, sums);
        // One lane after the other.
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
            self.walk_store.d.next = self.store.val();
            self.walk_count.d.next = self.count.val();
            self.walk_first.d.next = self.first.val();
        }
        for l in 0..self._lanes {
            self.words.word[l].next = self.word[l].val();
            self.totals.word[l].next = self.held[l].val();
        }
        for i in 0..self._spares {
            self.words.word[self.first_spare + i].next = self.zero_word.val();
            self.totals.word[self.first_spare + i].next = self.zero_total.val();
        }
        self.words.number.next = self.lane.q.val();
        self.totals.number.next = self.lane.q.val();
        self.walk_position.next = bit_cast_to(self.walk_slot.q.val(), self._position_bits);
        for _k in 0..self._several_lanes {
            self.walk_position.next = (bit_cast_to(self.walk_slot.q.val(), self._position_bits)
                << (self.lane_shift * 1))
                | bit_cast_to(self.lane.q.val(), self._position_bits);
        }
        self.taken.d.next = self.walking.q.val();
        self.taken_lane.d.next = self.lane.q.val();
        self.taken_position.d.next = self.walk_position.val();
        self.taken_store.d.next = self.walking.q.val() & self.walk_store.q.val();
        self.taken_count.d.next = self.walking.q.val() & self.walk_count.q.val();
        self.taken_first.d.next = self.walk_first.q.val();
        self.taken_word.d.next = self.words.chosen.val();
        self.taken_total.d.next = self.totals.chosen.val();
        self.taken_tie.d.next = self.held_tie.val().get_bit(self.lane.q.val().index());
        self.masks.read_enable.next = self.walking.q.val() & self.walk_store.q.val();
        self.masks.read_address.next = self.walk_position.val();
        self.masks.write_enable.next = self.mask_write.val();
        self.masks.write_address.next = self.position.val();
        self.masks.write_data.next = bit_cast_to(self.clamp_data.val(), 1);
        self.values.read_enable.next = self.walking.q.val() & self.walk_store.q.val();
        self.values.read_address.next = self.walk_position.val();
        self.values.write_enable.next = self.value_write.val();
        self.values.write_address.next = self.position.val();
        self.values.write_data.next = bit_cast_to(self.clamp_data.val(), 1);
        self.previous.read_enable.next = self.walking.q.val();
        self.previous.read_address.next = self.lane.q.val();
        self.previous.write_enable.next = self.taken.q.val();
        self.previous.write_address.next = self.taken_lane.q.val();
        self.previous.write_data.next = self.taken_total.q.val();
        // Clamp; what the fields add.
        self.clamped.next = self.taken_word.q.val();
        if self.masks.read_data.val().any() {
            self.clamped.next = self.zero_word.val();
            if self.values.read_data.val().any() {
                self.clamped.next = self.full_word.val();
            }
        }
        self.difference.next = self.previous.read_data.val() - self.taken_total.q.val();
        self.final_store.d.next = self.taken_store.q.val();
        self.final_count.d.next = self.taken_count.q.val();
        self.final_first.d.next = self.taken_first.q.val();
        self.final_position.d.next = self.taken_position.q.val();
        self.final_word.d.next = self.clamped.val();
        self.final_difference.d.next = self.difference.val();
        self.final_tie.d.next = self.taken_tie.q.val();
        // Spins to all copies; the host's come in an idle machine.
        self.settled.next = self.final_store.q.val();
        self.spin_write.next = self.final_store.q.val() | self.host_write.val();
        self.spin_position.next = self.final_position.q.val();
        self.spin_word.next = self.final_word.q.val();
        if self.host_write.val() {
            self.spin_position.next = self.position.val();
            self.spin_word.next = self.host_word.val();
        }
        self.copy.write_enable.next = self.spin_write.val();
        self.copy.write_address.next = self.spin_position.val();
        self.copy.write_data.next = self.spin_word.val();
        self.copy.read_enable.next = self.look.val();
        self.copy.read_address.next = self.position.val();
        self.seen_word.next = self.copy.read_data.val();
        // What the slot adds, and what it adds to.
        self.ones[0].next = 0.into();
        for r in 0..self._replicas {
            self.ones[r + 1].next =
                self.ones[r].val() + unsigned_cast_to(self.final_word.q.val().get_bit(r), self._burst_bits);
        }
        self.doubled.next = self.ones[self.all_ones * 1].val() << 1;
        self.spin_sum.next = self.doubled.val() - self.replicas.val();
        self.added_value.d.next = self.spin_sum.val();
        self.added_tie.d.next = self.final_word.q.val().get_bit(self.last_replica * 1);
        if self.use_field.val() {
            self.added_value.d.next = self.final_difference.q.val();
            self.added_tie.d.next = self.final_tie.q.val();
        }
        self.added_count.d.next = self.final_count.q.val();
        self.added_first.d.next = self.final_first.q.val();
        self.added_position.d.next = self.final_position.q.val();
        self.sums.read_enable.next = self.final_count.q.val() | self.look.val();
        self.sums.read_address.next = self.final_position.q.val();
        if self.look.val() {
            self.sums.read_address.next = self.position.val();
        }
        self.old.next = signed_cast_to(self.sums.read_data.val(), self._sum_bits);
        self.sum.next = signed_cast_to(self.added_value.q.val(), self._sum_bits);
        if !self.added_first.q.val() {
            self.sum.next = self.old.val() + signed_cast_to(self.added_value.q.val(), self._sum_bits);
        }
        self.sums.write_enable.next = self.added_count.q.val();
        self.sums.write_address.next = self.added_position.q.val();
        self.sums.write_data.next = bit_cast_to(self.sum.val(), self._word_bits)
            | (bit_cast_to(self.added_tie.q.val(), self._word_bits) << (self.sum_place * 1));
        self.stored.next = self.added_count.q.val();
        self.stored_position.next = self.added_position.q.val();
        self.stored_sum.next = self.sum.val();
        self.seen_sum.next = self.old.val();
        self.seen_tie.next = self.sums.read_data.val().get_bit(self.sum_place * 1);
    }
}
crate::clocked!(WriteBack);
crate::cell_ports!(
    WriteBack,
    clock,
    [
        capture,
        store,
        count,
        first,
        use_field,
        slot,
        word,
        held,
        held_tie,
        position,
        mask_write,
        value_write,
        clamp_data,
        host_write,
        host_word,
        look
    ],
    [
        seen_word,
        seen_sum,
        seen_tie,
        spin_write,
        spin_position,
        spin_word,
        settled,
        stored,
        stored_position,
        stored_sum
    ]
);
