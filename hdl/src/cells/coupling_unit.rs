//! One lane's sum over `tree_width` sources: plus or minus each weight, by the source's spin.

use super::adder_tree::AdderTree;
use crate::width::*;
use rust_hdl_core::prelude::*;

/// Sums +weight where the source spin is up and -weight where it is down, `tree_width` of them per clock.
///
/// Weights come packed as the weight bank stores them: whole columns of `weights_per_word` weights, the last one shorter if
/// the width asks for it. Raw weights lie in the symmetric range, so a negated weight needs no further bit.
#[derive(LogicBlock)]
pub struct CouplingUnit {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Source spins, `lanes` per word; bit b of word g is source g * lanes + b.
    pub source: Vec<Bus<In>>,
    /// Packed weights, least significant first.
    pub column: Vec<Bus<In>>,
    /// The signed sum, [`CouplingUnit::stages`] clocks later.
    pub partial: Bus<Out>,
    weight: Vec<Bus<Local>>,
    up: Vec<Bus<Local>>,
    leaf: Vec<Bus<Local>>,
    tree: AdderTree,
    per_word: Size,
    weight_width: Size,
    lanes: Size,
    sources: Size,
    full: Size,
    _last: usize,
    _groups: usize,
    _padding: usize,
}

impl CouplingUnit {
    /// `tree_width` weights of `weight_bits`, sources in words of `lanes`.
    pub fn new(tree_width: usize, lanes: usize, weight_bits: usize, levels_per_stage: usize) -> Self {
        let per_word = 32 / weight_bits;
        let (full, last) = (tree_width / per_word, tree_width % per_word);
        let leaves = tree_width.max(2);
        Self {
            clock: Default::default(),
            source: (0..tree_width / lanes).map(|_| Bus::unsigned(lanes)).collect(),
            column: Self::column_weights(tree_width, weight_bits)
                .into_iter()
                .map(|n| Bus::unsigned(n * weight_bits))
                .collect(),
            partial: Bus::signed(Self::partial_bits(tree_width, weight_bits)),
            weight: (0..tree_width).map(|_| Bus::signed(weight_bits)).collect(),
            up: (0..tree_width).map(|_| Bus::unsigned(1)).collect(),
            leaf: (0..leaves).map(|_| Bus::signed(weight_bits)).collect(),
            tree: AdderTree::new(leaves, weight_bits, levels_per_stage),
            per_word: Size::new(per_word),
            weight_width: Size::new(weight_bits),
            lanes: Size::new(lanes),
            sources: Size::new(tree_width),
            full: Size::new(full),
            _last: last,
            _groups: tree_width / lanes,
            _padding: leaves - tree_width,
        }
    }

    /// Weights in every column of a row.
    pub fn column_weights(tree_width: usize, weight_bits: usize) -> Vec<usize> {
        let per_word = 32 / weight_bits;
        (0..tree_width.div_ceil(per_word)).map(|c| per_word.min(tree_width - c * per_word)).collect()
    }

    /// Bits of the sum.
    pub fn partial_bits(tree_width: usize, weight_bits: usize) -> usize {
        weight_bits + tree_width.max(2).ilog2() as usize
    }

    /// Clocks from sources and weights to the sum.
    pub fn stages(tree_width: usize, levels_per_stage: usize) -> usize {
        AdderTree::stages(tree_width.max(2), levels_per_stage)
    }
}

impl Logic for CouplingUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module coupling_unit: Sum of weights by source spins.");
        clock!(self, clock, tree);
        for c in 0..self.full.get() {
            for k in 0..self.per_word.get() {
                self.weight[c * self.per_word + k].next =
                    signed_cast_to(self.column[c].val() >> (k * self.weight_width), self.weight_width.get());
            }
        }
        for k in 0..self._last {
            self.weight[self.full * self.per_word + k].next = signed_cast_to(
                self.column[self.full * 1].val() >> (k * self.weight_width),
                self.weight_width.get(),
            );
        }
        for g in 0..self._groups {
            for b in 0..self.lanes.get() {
                self.up[g * self.lanes + b].next = unsigned_cast_to(self.source[g].val() >> b, 1);
                if self.up[g * self.lanes + b].val().any() {
                    self.leaf[g * self.lanes + b].next = self.weight[g * self.lanes + b].val();
                } else {
                    self.leaf[g * self.lanes + b].next = -self.weight[g * self.lanes + b].val();
                }
                self.tree.term[g * self.lanes + b].next = self.leaf[g * self.lanes + b].val();
            }
        }
        for p in 0..self._padding {
            self.leaf[self.sources + p].next = 0.into();
            self.tree.term[self.sources + p].next = self.leaf[self.sources + p].val();
        }
        self.partial.next = self.tree.total.val();
    }
}
crate::clocked!(CouplingUnit);
crate::cell_ports!(CouplingUnit, clock, [source, column], [partial]);
