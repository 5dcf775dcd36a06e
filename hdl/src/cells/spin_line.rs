//! The spins of one wired lane, always turning.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// One shift line of slots x turn stages holds a bit per slot and replica place and moves every clock.
///
/// The bit of slot s, place q leaves the last stage slots x turn clocks after it entered and enters again, unless a new one takes its place. What
/// a p-bit of slot s sees of slot s' is the lane's spin of d = (s - s') mod slots bursts ago: stage d x turn - depth, with depth the
/// clocks from the issue of an update to its spin in stage 0. So no spin needs a multiplexer of its own, and a line of two slots is
/// two shift-register LUTs on Xilinx. Nothing resets it; it starts as zeros (all down).
#[derive(LogicBlock)]
pub struct SpinLine {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A new spin enters.
    pub insert: Signal<In, Bit>,
    /// This one.
    pub spin: Signal<In, Bit>,
    /// The host writes; `insert` comes first.
    pub host_write: Signal<In, Bit>,
    /// This spin.
    pub host_spin: Signal<In, Bit>,
    /// Bit d - 1: the spin of d bursts ago, for an update that is issued in this clock; one bit of 0 with one slot.
    pub seen: Bus<Out>,
    /// The bit that enters again unless another does.
    pub last: Signal<Out, Bit>,
    part: Vec<Register>,
    entering: Signal<Local, Bit>,
    carry: Vec<Signal<Local, Bit>>,
    seen_stage: Size,
    last_part: Size,
    top: Size,
    _turn: usize,
    _later: usize,
}

impl SpinLine {
    /// For `slots` slots of `turn` (at most 64) clocks; a spin is in stage 0 `depth` (at most `turn`) clocks after
    /// its update's issue.
    pub fn new(slots: usize, turn: usize, depth: usize) -> Self {
        assert!(
            slots >= 1 && depth <= turn && turn <= MAX_WIDTH,
            "a spin line of {slots} x {turn}, depth {depth}"
        );
        Self {
            clock: Default::default(),
            insert: Default::default(),
            spin: Default::default(),
            host_write: Default::default(),
            host_spin: Default::default(),
            seen: Bus::unsigned((slots - 1).max(1)),
            last: Default::default(),
            part: (0..slots).map(|_| Register::unsigned(turn)).collect(),
            entering: Default::default(),
            carry: (1..slots).map(|_| Default::default()).collect(),
            seen_stage: Size::new(turn - depth),
            last_part: Size::new(slots - 1),
            top: Size::new(turn - 1),
            _turn: turn,
            _later: slots - 1,
        }
    }
}

impl Logic for SpinLine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module spin_line: Spins of one lane, always turning.");
        self.last.next = self.part[self.last_part * 1].q.val().get_bit(self.top * 1);
        self.entering.next = self.last.val();
        if self.host_write.val() {
            self.entering.next = self.host_spin.val();
        }
        if self.insert.val() {
            self.entering.next = self.spin.val();
        }
        self.part[0].clock.next = self.clock.val();
        self.part[0].d.next = (self.part[0].q.val() << 1) | bit_cast_to(self.entering.val(), self._turn);
        self.seen.next = 0.into();
        for i in 0..self._later {
            self.part[i + 1].clock.next = self.clock.val();
            self.carry[i].next = self.part[i].q.val().get_bit(self.top * 1);
            self.part[i + 1].d.next =
                (self.part[i + 1].q.val() << 1) | unsigned_cast_to(self.carry[i].val(), self._turn);
            self.seen.next =
                self.seen.val().replace_bit(i, self.part[i].q.val().get_bit(self.seen_stage * 1));
        }
    }
}
crate::clocked!(SpinLine);
crate::cell_ports!(SpinLine, clock, [insert, spin, host_write, host_spin], [seen, last]);
