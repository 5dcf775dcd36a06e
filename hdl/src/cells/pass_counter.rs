//! Chunks of a tap and groups of a position.

use super::run_shape::{PassShape, pass_width};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Counts the chunks of a tap and the groups of a position, and knows one clock before they end that they will.
///
/// Where they end depends on the pass, and every color has its own: the limits of both colors are held in registers, so that a change of
/// color costs no clock. A pass has to stand for two clocks before its first chunk.
#[derive(LogicBlock)]
pub struct PassCounter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Pass of the hidden p-bits and of the output p-bits; the same where there is one pass.
    pub pass: Vec<Bus<In>>,
    /// Color that is walked through.
    pub color: Signal<In, Bit>,
    /// A run begins: chunk 0, group 0.
    pub restart: Signal<In, Bit>,
    /// A chunk is issued.
    pub step: Signal<In, Bit>,
    /// It is the last of its update.
    pub last_chunk: Signal<In, Bit>,
    /// It is the last of its slot.
    pub slot_step: Signal<In, Bit>,
    /// Chunk.
    pub chunk: Bus<Out>,
    /// Group of the position.
    pub group: Bus<Out>,
    /// The chunk is the last of its tap.
    pub ends_tap: Signal<Out, Bit>,
    /// The group is the last of its position.
    pub ends_position: Signal<Out, Bit>,
    /// The pass has weights.
    pub couples: Signal<Out, Bit>,
    chunk_now: Register,
    group_now: Register,
    chunk_limit: Vec<Register>,
    group_limit: Vec<Register>,
    coupled: Vec<BitRegister>,
    chunk_ends: Vec<BitRegister>,
    group_ends: Vec<BitRegister>,
    chunk_next: Bus<Local>,
    group_next: Bus<Local>,
    wraps: Signal<Local, Bit>,
    pass_number: Vec<Const>,
    chunk_limits: Vec<Const>,
    group_limits: Vec<Const>,
    couple_flags: Vec<Const>,
    _passes: usize,
    _colors: usize,
}

impl PassCounter {
    /// A counter of these passes.
    pub fn new(passes: &[PassShape]) -> Self {
        let pass_width = pass_width(passes.len());
        let chunk_width = address_width(passes.iter().map(|p| p.chunks).max().unwrap_or(1));
        let group_width = address_width(passes.iter().map(|p| p.groups).max().unwrap_or(1));
        let per_pass = |width: usize, value: fn(&PassShape) -> usize| -> Vec<Const> {
            passes.iter().map(|p| Const::unsigned(width, value(p) as u64)).collect()
        };
        let registers =
            |width: usize| -> Vec<Register> { (0..2).map(|_| Register::unsigned(width)).collect() };
        let flags = || -> Vec<BitRegister> { (0..2).map(|_| Default::default()).collect() };
        Self {
            clock: Default::default(),
            pass: (0..2).map(|_| Bus::unsigned(pass_width)).collect(),
            color: Default::default(),
            restart: Default::default(),
            step: Default::default(),
            last_chunk: Default::default(),
            slot_step: Default::default(),
            chunk: Bus::unsigned(chunk_width),
            group: Bus::unsigned(group_width),
            ends_tap: Default::default(),
            ends_position: Default::default(),
            couples: Default::default(),
            chunk_now: Register::unsigned(chunk_width),
            group_now: Register::unsigned(group_width),
            chunk_limit: registers(chunk_width),
            group_limit: registers(group_width),
            coupled: flags(),
            chunk_ends: flags(),
            group_ends: flags(),
            chunk_next: Bus::unsigned(chunk_width),
            group_next: Bus::unsigned(group_width),
            wraps: Default::default(),
            pass_number: (0..passes.len()).map(|p| Const::unsigned(pass_width, p as u64)).collect(),
            chunk_limits: per_pass(chunk_width, |p| p.chunks.max(1) - 1),
            group_limits: per_pass(group_width, |p| p.groups - 1),
            couple_flags: per_pass(1, |p| usize::from(p.chunks > 0)),
            _passes: passes.len(),
            _colors: 2,
        }
    }
}

impl Logic for PassCounter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module pass_counter: Chunks of a tap, groups of a position.");
        dff_setup!(self, clock, chunk_now, group_now);
        self.chunk_next.next = self.chunk_now.q.val() + 1;
        self.group_next.next = self.group_now.q.val() + 1;
        // One assignment each: the sequencer answers in the same clock.
        self.ends_tap.next = (self.chunk_ends[0].q.val() & !self.color.val())
            | (self.chunk_ends[1].q.val() & self.color.val());
        self.ends_position.next = (self.group_ends[0].q.val() & !self.color.val())
            | (self.group_ends[1].q.val() & self.color.val());
        self.couples.next =
            (self.coupled[0].q.val() & !self.color.val()) | (self.coupled[1].q.val() & self.color.val());
        self.chunk.next = self.chunk_now.q.val();
        self.group.next = self.group_now.q.val();
        self.wraps.next = self.step.val() & (self.ends_tap.val() | self.last_chunk.val());
        for c in 0..self._colors {
            self.chunk_limit[c].clock.next = self.clock.val();
            self.group_limit[c].clock.next = self.clock.val();
            self.coupled[c].clock.next = self.clock.val();
            self.chunk_ends[c].clock.next = self.clock.val();
            self.group_ends[c].clock.next = self.clock.val();
            self.chunk_limit[c].d.next = self.chunk_limits[0].val();
            self.group_limit[c].d.next = self.group_limits[0].val();
            self.coupled[c].d.next = self.couple_flags[0].val().any();
            for i in 0..self._passes {
                if self.pass[c].val() == self.pass_number[i].val() {
                    self.chunk_limit[c].d.next = self.chunk_limits[i].val();
                    self.group_limit[c].d.next = self.group_limits[i].val();
                    self.coupled[c].d.next = self.couple_flags[i].val().any();
                }
            }
            // Of the next chunk and group, whichever color it has.
            self.chunk_ends[c].d.next = self.chunk_now.q.val() == self.chunk_limit[c].q.val();
            if self.step.val() {
                self.chunk_ends[c].d.next = self.chunk_next.val() == self.chunk_limit[c].q.val();
            }
            if self.wraps.val() {
                self.chunk_ends[c].d.next = self.chunk_limit[c].q.val() == 0.into();
            }
            self.group_ends[c].d.next = self.group_now.q.val() == self.group_limit[c].q.val();
            if self.slot_step.val() {
                self.group_ends[c].d.next = self.group_next.val() == self.group_limit[c].q.val();
                if self.ends_position.val() {
                    self.group_ends[c].d.next = self.group_limit[c].q.val() == 0.into();
                }
            }
        }
        if self.step.val() {
            self.chunk_now.d.next = self.chunk_next.val();
        }
        if self.wraps.val() {
            self.chunk_now.d.next = 0.into();
        }
        if self.slot_step.val() {
            self.group_now.d.next = self.group_next.val();
            if self.ends_position.val() {
                self.group_now.d.next = 0.into();
            }
        }
        if self.restart.val() {
            self.chunk_now.d.next = 0.into();
            self.group_now.d.next = 0.into();
        }
    }
}
crate::clocked!(PassCounter);
crate::cell_ports!(
    PassCounter,
    clock,
    [pass, color, restart, step, last_chunk, slot_step],
    [chunk, group, ends_tap, ends_position, couples]
);
