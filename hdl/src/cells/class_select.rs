//! The class with the highest score.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Looks at the scores of all classes in order and keeps the highest; the lowest class among equals. Stores every score.
///
/// Class g * lanes + l is lane l's score of class group g. The scores of a group are looked at lane by lane, from the clock of
/// `take` on, and must not change before the last one. Lanes beyond the last class are ignored.
#[derive(LogicBlock)]
pub struct ClassSelect {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The next score is class 0's; not in the clock of `take`.
    pub restart: Signal<In, Bit>,
    /// The scores of the next class group are there; `lanes` clocks after the last one at the earliest.
    pub take: Signal<In, Bit>,
    /// One score per lane.
    pub score: Vec<Bus<In>>,
    /// Reads a stored score at this edge; not before the scores are complete.
    pub read: Signal<In, Bit>,
    /// Of this class.
    pub read_class: Bus<In>,
    /// Lanes are still to be looked at after `take`.
    pub busy: Signal<Out, Bit>,
    /// The class of the highest score so far.
    pub best_class: Bus<Out>,
    /// The score read last.
    pub stored_score: Bus<Out>,
    memory: SyncRam,
    looking: BitRegister,
    lane_now: Register,
    class_now: Register,
    best: Register,
    class_best: Register,
    used: Signal<Local, Bit>,
    lane_seen: Bus<Local>,
    present: Bus<Local>,
    lane_number: Vec<Const>,
    last_lane: Const,
    classes: Const,
    no_lane: Const,
    _lanes: usize,
    _class_width: usize,
    _score_bits: usize,
}

impl ClassSelect {
    /// `classes` classes, scores of `score_bits` from `lanes` lanes.
    pub fn new(classes: usize, lanes: usize, score_bits: usize) -> Self {
        let memory = SyncRam::new(score_bits, classes);
        let (lane_width, class_width) = (address_width(lanes), address_width(classes));
        Self {
            clock: Default::default(),
            restart: Default::default(),
            take: Default::default(),
            score: (0..lanes).map(|_| Bus::signed(score_bits)).collect(),
            read: Default::default(),
            read_class: Bus::like(&memory.read_address),
            busy: Default::default(),
            best_class: Bus::unsigned(class_width),
            stored_score: Bus::signed(score_bits),
            memory,
            looking: Default::default(),
            lane_now: Register::unsigned(lane_width),
            // One bit more, so that it can pass the last class.
            class_now: Register::unsigned(class_width + 1),
            best: Register::signed(score_bits),
            class_best: Register::unsigned(class_width),
            used: Default::default(),
            lane_seen: Bus::unsigned(lane_width),
            present: Bus::signed(score_bits),
            lane_number: (0..lanes).map(|l| Const::unsigned(lane_width, l as u64)).collect(),
            last_lane: Const::unsigned(lane_width, lanes as u64 - 1),
            classes: Const::unsigned(class_width + 1, classes as u64),
            no_lane: Const::unsigned(lane_width, 0),
            _lanes: lanes,
            _class_width: class_width,
            _score_bits: score_bits,
        }
    }
}

impl Logic for ClassSelect {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module class_select: Highest score, lowest class.");
        dff_setup!(self, clock, looking, lane_now, class_now, best, class_best);
        clock!(self, clock, memory);
        self.lane_seen.next = self.lane_now.q.val();
        if self.take.val() {
            self.lane_seen.next = self.no_lane.val();
        }
        self.present.next = self.score[0].val();
        for l in 0..self._lanes {
            if self.lane_seen.val() == self.lane_number[l].val() {
                self.present.next = self.score[l].val();
            }
        }
        self.used.next =
            (self.take.val() | self.looking.q.val()) & (self.class_now.q.val() < self.classes.val());
        if self.take.val() | self.looking.q.val() {
            self.lane_now.d.next = self.lane_seen.val() + 1;
            self.looking.d.next = self.lane_seen.val() != self.last_lane.val();
        }
        self.memory.write_enable.next = self.used.val();
        self.memory.write_address.next = bit_cast_to(self.class_now.q.val(), self._class_width);
        self.memory.write_data.next = bit_cast_to(self.present.val(), self._score_bits);
        if self.used.val() {
            self.class_now.d.next = self.class_now.q.val() + 1;
            if (self.present.val() > self.best.q.val()) | !self.class_now.q.val().any() {
                self.best.d.next = self.present.val();
                self.class_best.d.next = bit_cast_to(self.class_now.q.val(), self._class_width);
            }
        }
        if self.restart.val() {
            self.class_now.d.next = 0.into();
        }
        self.memory.read_enable.next = self.read.val();
        self.memory.read_address.next = self.read_class.val();
        self.stored_score.next = signed_cast_to(self.memory.read_data.val(), self._score_bits);
        self.busy.next = self.looking.q.val();
        self.best_class.next = self.class_best.q.val();
    }
}
crate::clocked!(ClassSelect);
crate::cell_ports!(
    ClassSelect,
    clock,
    [restart, take, score, read, read_class],
    [busy, best_class, stored_score]
);
