//! From a host's slot to its color and its place in the spin memory.

use super::run_shape::{PassShape, SequencerShape};
use super::sequencer::BLOCK_BITS;
use crate::width::*;
use rust_hdl_core::prelude::*;

/// Color and place of a slot, [`SlotPlace::stages`] clocks later; a new slot may enter at every clock.
///
/// Every position begins a new source word. Where that leaves gaps, the slot within the color is divided by the groups of a
/// position, one bit of the position per clock, and the position's first place is summed on the way.
#[derive(LogicBlock)]
pub struct SlotPlace {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Block whose slots are meant.
    pub block: Bus<In>,
    /// Slot among both colors'.
    pub slot: Bus<In>,
    /// Its color.
    pub color: Signal<Out, Bit>,
    /// Its place.
    pub place: Bus<Out>,
    hidden_slots: Bus<Local>,
    is_output: Signal<Local, Bit>,
    set_color: Signal<Local, Bit>,
    group_set: Bus<Local>,
    colors: Vec<BitRegister>,
    rest: Vec<Register>,
    place_so_far: Vec<Register>,
    divisor: Vec<Bus<Local>>,
    gain: Vec<Bus<Local>>,
    block_number: Vec<Const>,
    hidden_counts: Vec<Const>,
    set_number: Vec<Const>,
    divisors: Vec<Vec<Const>>,
    gains: Vec<Vec<Const>>,
    stages: Size,
    _stages: usize,
    _blocks: usize,
    _sets: usize,
    _slot_width: usize,
    _place_width: usize,
}

impl SlotPlace {
    /// For the blocks of a machine, in a memory of `parts` parts per word.
    pub fn new(shape: &SequencerShape, parts: usize) -> Self {
        let passes: Vec<_> = (0..2 * shape.blocks).map(|i| *shape.pass(i / 2, 0, i % 2)).collect();
        let places = passes.iter().map(|p| p.places(parts)).max().unwrap_or(1);
        let slot_width = address_width(shape.most_slots()) + 1;
        let place_width = address_width(places);
        let stages = Self::stages(shape, parts) - 1;
        let set_width = BLOCK_BITS + 1;
        // Stage i decides bit stages - 1 - i of the position.
        let bit = |i: usize| stages - 1 - i;
        // A multiple beyond every slot never divides.
        let most = (1u64 << slot_width) - 1;
        let divisor =
            |i: usize, p: &PassShape| Const::unsigned(slot_width, ((p.groups << bit(i)) as u64).min(most));
        let gain = |i: usize, p: &PassShape| {
            let step = (p.groups.next_multiple_of(parts) << bit(i)) as u64;
            Const::unsigned(place_width, step & ((1 << place_width) - 1))
        };
        let registers = |width: usize| (0..=stages).map(|_| Register::unsigned(width)).collect();
        Self {
            clock: Default::default(),
            block: Bus::unsigned(BLOCK_BITS),
            slot: Bus::unsigned(slot_width - 1),
            color: Default::default(),
            place: Bus::unsigned(place_width),
            hidden_slots: Bus::unsigned(slot_width),
            is_output: Default::default(),
            set_color: Default::default(),
            group_set: Bus::unsigned(set_width),
            colors: (0..=stages).map(|_| Default::default()).collect(),
            rest: registers(slot_width),
            place_so_far: registers(place_width),
            divisor: (0..stages).map(|_| Bus::unsigned(slot_width)).collect(),
            gain: (0..stages).map(|_| Bus::unsigned(place_width)).collect(),
            block_number: (0..shape.blocks).map(|b| Const::unsigned(BLOCK_BITS, b as u64)).collect(),
            hidden_counts: (0..shape.blocks)
                .map(|b| Const::unsigned(slot_width, shape.slots(b)[0] as u64))
                .collect(),
            set_number: (0..passes.len()).map(|i| Const::unsigned(set_width, i as u64)).collect(),
            divisors: (0..stages).map(|i| passes.iter().map(|p| divisor(i, p)).collect()).collect(),
            gains: (0..stages).map(|i| passes.iter().map(|p| gain(i, p)).collect()).collect(),
            stages: Size::new(stages),
            _stages: stages,
            _blocks: shape.blocks,
            _sets: passes.len(),
            _slot_width: slot_width,
            _place_width: place_width,
        }
    }

    /// Clocks from slot to place.
    pub fn stages(shape: &SequencerShape, parts: usize) -> usize {
        let passes = || (0..shape.blocks).flat_map(|b| [shape.pass(b, 0, 0), shape.pass(b, 0, 1)]);
        if passes().all(|p| p.slots() == p.groups || p.groups % parts == 0) {
            return 1;
        }
        1 + passes().map(|p| address_width(p.positions[0] * p.positions[1])).max().unwrap_or(1)
    }
}

impl Logic for SlotPlace {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module slot_place: Color and place of a slot.");
        self.hidden_slots.next = self.hidden_counts[0].val();
        for b in 0..self._blocks {
            if self.block.val() == self.block_number[b].val() {
                self.hidden_slots.next = self.hidden_counts[b].val();
            }
        }
        self.is_output.next = bit_cast_to(self.slot.val(), self._slot_width) >= self.hidden_slots.val();
        self.colors[0].clock.next = self.clock.val();
        self.colors[0].d.next = self.is_output.val();
        self.rest[0].clock.next = self.clock.val();
        self.rest[0].d.next = bit_cast_to(self.slot.val(), self._slot_width);
        if self.is_output.val() {
            self.rest[0].d.next = bit_cast_to(self.slot.val(), self._slot_width) - self.hidden_slots.val();
        }
        self.place_so_far[0].clock.next = self.clock.val();
        self.place_so_far[0].d.next = 0.into();
        self.group_set.next = 0.into();
        self.set_color.next = false;
        for i in 0..self._stages {
            self.set_color.next = self.colors[i].q.val();
            self.group_set.next =
                (bit_cast_to(self.block.val(), 4) << 1) | bit_cast_to(self.set_color.val(), 4);
            self.divisor[i].next = self.divisors[i][0].val();
            self.gain[i].next = self.gains[i][0].val();
            for s in 0..self._sets {
                if self.group_set.val() == self.set_number[s].val() {
                    self.divisor[i].next = self.divisors[i][s].val();
                    self.gain[i].next = self.gains[i][s].val();
                }
            }
            self.colors[i + 1].clock.next = self.clock.val();
            self.colors[i + 1].d.next = self.colors[i].q.val();
            self.rest[i + 1].clock.next = self.clock.val();
            self.rest[i + 1].d.next = self.rest[i].q.val();
            self.place_so_far[i + 1].clock.next = self.clock.val();
            self.place_so_far[i + 1].d.next = self.place_so_far[i].q.val();
            if self.rest[i].q.val() >= self.divisor[i].val() {
                self.rest[i + 1].d.next = self.rest[i].q.val() - self.divisor[i].val();
                self.place_so_far[i + 1].d.next = self.place_so_far[i].q.val() + self.gain[i].val();
            }
        }
        self.color.next = self.colors[self.stages * 1].q.val();
        self.place.next = self.place_so_far[self.stages * 1].q.val()
            + bit_cast_to(self.rest[self.stages * 1].q.val(), self._place_width);
    }
}
crate::clocked!(SlotPlace);
crate::cell_ports!(SlotPlace, clock, [block, slot], [color, place]);
