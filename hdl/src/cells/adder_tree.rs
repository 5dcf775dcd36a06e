//! A pipelined adder tree: one register stage here, the rest of the tree inside.

use crate::width::*;
use rust_hdl_core::prelude::*;

/// Sums a power of two of signed terms exactly; a register stage every `levels_per_stage` levels and at the end.
///
/// The tree nests: this module adds `levels_per_stage` levels and registers the sums, its part `rest` does the other levels.
#[derive(LogicBlock)]
pub struct AdderTree {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The terms.
    pub term: Vec<Bus<In>>,
    /// Their sum, [`AdderTree::stages`] clocks later.
    pub total: Bus<Out>,
    node: Vec<Bus<Local>>,
    stage: Vec<Register>,
    rest: Vec<AdderTree>,
    half: Size,
    results: Size,
    _pairs: usize,
    _inner: usize,
    _kept: usize,
    _rests: usize,
    _widths: Vec<usize>,
    _total_width: usize,
}

impl AdderTree {
    /// A tree of `terms` (a power of two, at least 2) terms of `width` bits.
    pub fn new(terms: usize, width: usize, levels_per_stage: usize) -> Self {
        assert!(terms.is_power_of_two() && terms >= 2, "an adder tree of {terms} terms");
        let levels = levels_per_stage.clamp(1, terms.ilog2() as usize);
        let kept = terms >> levels;
        // Levels stand one after the other in `node`: terms / 2 sums, then terms / 4, ... then `kept`.
        let widths: Vec<usize> =
            (1..=levels).flat_map(|level| std::iter::repeat_n(width + level, terms >> level)).collect();
        let total_width = width + terms.ilog2() as usize;
        let rest: Vec<AdderTree> =
            (kept > 1).then(|| AdderTree::new(kept, width + levels, levels_per_stage)).into_iter().collect();
        Self {
            clock: Default::default(),
            term: (0..terms).map(|_| Bus::signed(width)).collect(),
            total: Bus::signed(total_width),
            node: widths.iter().map(|&w| Bus::signed(w)).collect(),
            stage: (0..kept).map(|_| Register::signed(width + levels)).collect(),
            half: Size::new(terms / 2),
            results: Size::new(widths.len() - kept),
            _pairs: terms / 2,
            _inner: widths.len() - terms / 2,
            _kept: kept,
            _rests: rest.len(),
            rest,
            _widths: widths,
            _total_width: total_width,
        }
    }

    /// Register stages of a tree: clocks from terms to total.
    pub fn stages(terms: usize, levels_per_stage: usize) -> usize {
        (terms.ilog2() as usize).div_ceil(levels_per_stage)
    }
}

impl Logic for AdderTree {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module adder_tree: Pipelined sum; one stage, then the rest.");
        for i in 0..self._pairs {
            self.node[i].next = signed_cast_to(self.term[2 * i].val(), self._widths[i])
                + signed_cast_to(self.term[2 * i + 1].val(), self._widths[i]);
        }
        for i in 0..self._inner {
            self.node[self.half + i].next =
                signed_cast_to(self.node[2 * i].val(), self._widths[self.half + i])
                    + signed_cast_to(self.node[2 * i + 1].val(), self._widths[self.half + i]);
        }
        for i in 0..self._kept {
            self.stage[i].clock.next = self.clock.val();
            self.stage[i].d.next = self.node[self.results + i].val();
        }
        self.total.next = signed_cast_to(self.stage[0].q.val(), self._total_width);
        for r in 0..self._rests {
            self.rest[r].clock.next = self.clock.val();
            for i in 0..self._kept {
                self.rest[r].term[i].next = self.stage[i].q.val();
            }
            self.total.next = self.rest[r].total.val();
        }
    }
}
crate::clocked!(AdderTree);
crate::cell_ports!(AdderTree, clock, [term], [total]);
