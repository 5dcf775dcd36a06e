//! Where the results of a slot go, and which bias it starts from.

use super::run_shape::{PassShape, pass_width};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Counts the slots of a pass: slot within the color, place in the target plane's memory, row of the bias.
///
/// A place is word * parts + part: every position begins a new source word, so places skip what the groups of a position leave
/// free in their last word.
#[derive(LogicBlock)]
pub struct SlotCounter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Which planes and biases.
    pub pass: Bus<In>,
    /// To the first slot of the pass.
    pub restart: Signal<In, Bit>,
    /// To the next slot.
    pub step: Signal<In, Bit>,
    /// The slot is the last of its position.
    pub last_group: Signal<In, Bit>,
    /// Slot within the color.
    pub color_slot: Bus<Out>,
    /// Its place.
    pub place: Bus<Out>,
    /// Its row of biases.
    pub bias_row: Bus<Out>,
    slot_now: Register,
    place_now: Register,
    bias_now: Register,
    place_rest: Bus<Local>,
    bias_start: Bus<Local>,
    shared: Signal<Local, Bit>,
    pass_number: Vec<Const>,
    bias_starts: Vec<Const>,
    shared_flags: Vec<Const>,
    last_part: Const,
    _passes: usize,
}

impl SlotCounter {
    /// A counter of these passes, for memories of `parts` parts per word and `bias_rows` biases.
    pub fn new(passes: &[PassShape], parts: usize, bias_rows: usize) -> Self {
        let pass_width = pass_width(passes.len());
        let slots = passes.iter().map(PassShape::slots).max().unwrap_or(1);
        let places = passes.iter().map(|p| p.places(parts)).max().unwrap_or(1);
        let (slot_width, place_width) = (address_width(slots), address_width(places));
        let bias_width = address_width(bias_rows);
        Self {
            clock: Default::default(),
            pass: Bus::unsigned(pass_width),
            restart: Default::default(),
            step: Default::default(),
            last_group: Default::default(),
            color_slot: Bus::unsigned(slot_width),
            place: Bus::unsigned(place_width),
            bias_row: Bus::unsigned(bias_width),
            slot_now: Register::unsigned(slot_width),
            place_now: Register::unsigned(place_width),
            bias_now: Register::unsigned(bias_width),
            place_rest: Bus::unsigned(place_width),
            bias_start: Bus::unsigned(bias_width),
            shared: Default::default(),
            pass_number: (0..passes.len()).map(|p| Const::unsigned(pass_width, p as u64)).collect(),
            bias_starts: passes.iter().map(|p| Const::unsigned(bias_width, p.bias_row as u64)).collect(),
            shared_flags: passes
                .iter()
                .map(|p| Const::unsigned(1, u64::from(!p.bias_per_position)))
                .collect(),
            last_part: Const::unsigned(place_width, parts.min(places.next_power_of_two()) as u64 - 1),
            _passes: passes.len(),
        }
    }
}

impl Logic for SlotCounter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module slot_counter: Places and biases of slots.");
        dff_setup!(self, clock, slot_now, place_now, bias_now);
        self.bias_start.next = self.bias_starts[0].val();
        self.shared.next = self.shared_flags[0].val().any();
        for i in 0..self._passes {
            if self.pass.val() == self.pass_number[i].val() {
                self.bias_start.next = self.bias_starts[i].val();
                self.shared.next = self.shared_flags[i].val().any();
            }
        }
        self.place_rest.next = self.place_now.q.val();
        if self.last_group.val() {
            self.place_rest.next = self.place_now.q.val() | self.last_part.val();
        }
        if self.step.val() {
            self.slot_now.d.next = self.slot_now.q.val() + 1;
            self.place_now.d.next = self.place_rest.val() + 1;
            self.bias_now.d.next = self.bias_now.q.val() + 1;
            if self.last_group.val() & self.shared.val() {
                self.bias_now.d.next = self.bias_start.val();
            }
        }
        if self.restart.val() {
            self.slot_now.d.next = 0.into();
            self.place_now.d.next = 0.into();
            self.bias_now.d.next = self.bias_start.val();
        }
        self.color_slot.next = self.slot_now.q.val();
        self.place.next = self.place_now.q.val();
        self.bias_row.next = self.bias_now.q.val();
    }
}
crate::clocked!(SlotCounter);
crate::cell_ports!(SlotCounter, clock, [pass, restart, step, last_group], [color_slot, place, bias_row]);
