//! The walk of a pass over the positions of its target plane and the taps of its kernel.

use super::kernel_axis::KernelAxis;
use super::run_shape::PassShape;
use crate::width::*;
use rust_hdl_core::prelude::*;

/// Two [`KernelAxis`]: positions row by row, in each position taps row by row, and the source word of every tap.
///
/// The steps describe the beat of this clock; address and flags of the next beat are there in the next clock.
#[derive(LogicBlock)]
pub struct TapWalker {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Which kernel and planes.
    pub pass: Bus<In>,
    /// To the first position and tap of the pass.
    pub restart: Signal<In, Bit>,
    /// The beat is the last of its tap: on to the next one, after the last to the first.
    pub tap_step: Signal<In, Bit>,
    /// The beat is the last of its position.
    pub position_step: Signal<In, Bit>,
    /// Word within the source position.
    pub chunk: Bus<In>,
    /// The tap is the first of the kernel.
    pub first_tap: Signal<Out, Bit>,
    /// The tap is the last of the kernel.
    pub last_tap: Signal<Out, Bit>,
    /// The position is the last of the plane.
    pub last_position: Signal<Out, Bit>,
    /// The tap meets the source plane.
    pub meets: Signal<Out, Bit>,
    /// Word of the source plane; any where nothing is met.
    pub word: Bus<Out>,
    rows: KernelAxis,
    columns: KernelAxis,
    column_end: Signal<Local, Bit>,
    _word_width: usize,
}

impl TapWalker {
    /// A walker of these passes.
    pub fn new(passes: &[PassShape]) -> Self {
        let words = passes.iter().map(PassShape::source_words).max().unwrap_or(1);
        let chunks = passes.iter().map(|p| p.chunks).max().unwrap_or(1);
        let word_width = address_width(words);
        let axes = [0, 1].map(|axis| passes.iter().map(|p| p.axis(axis)).collect::<Vec<_>>());
        let rows = KernelAxis::new(&axes[0], word_width);
        Self {
            clock: Default::default(),
            pass: Bus::like(&rows.pass),
            restart: Default::default(),
            tap_step: Default::default(),
            position_step: Default::default(),
            chunk: Bus::unsigned(address_width(chunks)),
            first_tap: Default::default(),
            last_tap: Default::default(),
            last_position: Default::default(),
            meets: Default::default(),
            word: Bus::unsigned(word_width),
            rows,
            columns: KernelAxis::new(&axes[1], word_width),
            column_end: Default::default(),
            _word_width: word_width,
        }
    }
}

impl Logic for TapWalker {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module tap_walker: Positions, taps and their source words.");
        clock!(self, clock, rows, columns);
        self.rows.pass.next = self.pass.val();
        self.columns.pass.next = self.pass.val();
        self.column_end.next = self.position_step.val() & self.columns.last_position.val();
        self.rows.restart.next = self.restart.val();
        self.rows.next_position.next = self.column_end.val();
        self.rows.next_tap.next =
            self.tap_step.val() & self.columns.last_tap.val() & !self.rows.last_tap.val();
        self.rows.first_tap.next = self.position_step.val()
            | (self.tap_step.val() & self.columns.last_tap.val() & self.rows.last_tap.val());
        // Columns begin again by themselves.
        self.columns.restart.next = self.restart.val();
        self.columns.next_position.next = self.position_step.val();
        self.columns.next_tap.next = self.tap_step.val() & !self.columns.last_tap.val();
        self.columns.first_tap.next = self.tap_step.val() & self.columns.last_tap.val();
        self.first_tap.next = self.rows.at_first_tap.val() & self.columns.at_first_tap.val();
        self.last_tap.next = self.rows.last_tap.val() & self.columns.last_tap.val();
        self.last_position.next = self.rows.last_position.val() & self.columns.last_position.val();
        self.meets.next = self.rows.meets.val() & self.columns.meets.val();
        self.word.next = self.rows.offset.val()
            + self.columns.offset.val()
            + bit_cast_to(self.chunk.val(), self._word_width);
    }
}
crate::clocked!(TapWalker);
crate::cell_ports!(
    TapWalker,
    clock,
    [pass, restart, tap_step, position_step, chunk],
    [first_tap, last_tap, last_position, meets, word]
);
