//! A word, some clocks later.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Delays a word by a fixed number of clocks.
#[derive(LogicBlock)]
pub struct Delay {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The word.
    pub enter: Bus<In>,
    /// The word that entered `stages` clocks ago.
    pub leave: Bus<Out>,
    stage: Vec<Register>,
    last: Size,
    _stages: usize,
    _shifts: usize,
}

impl Delay {
    /// `stages` (at least 1) registers of `width` bits.
    pub fn new(width: usize, stages: usize) -> Self {
        Self {
            clock: Default::default(),
            enter: Bus::unsigned(width),
            leave: Bus::unsigned(width),
            stage: (0..stages).map(|_| Register::unsigned(width)).collect(),
            last: Size::new(stages - 1),
            _stages: stages,
            _shifts: stages - 1,
        }
    }
}

impl Logic for Delay {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module delay: A word, some clocks later.");
        for i in 0..self._stages {
            self.stage[i].clock.next = self.clock.val();
        }
        self.stage[0].d.next = self.enter.val();
        for i in 0..self._shifts {
            self.stage[i + 1].d.next = self.stage[i].q.val();
        }
        self.leave.next = self.stage[self.last * 1].q.val();
    }
}
crate::clocked!(Delay);
crate::cell_ports!(Delay, clock, [enter], [leave]);
