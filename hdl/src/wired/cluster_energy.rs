//! Energies and best states of a cluster's lanes.

use super::shape::WiredShape;
use crate::cells::{AdderTree, Delay, EnergyTerm};
use crate::width::*;
use rust_hdl_core::prelude::*;

/// Sums what a cluster's updates add to the energy of their replica, and keeps a bit per slot and replica of every lane's best state.
///
/// Spins leave the lines in the sweep after the one that made them; by then it is known whether they are to be kept. So `last` is
/// delayed until that is decided, and no state is ever copied in one go. Stages as in [`WiredLane`](super::WiredLane).
#[derive(LogicBlock)]
pub struct ClusterEnergy {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Stage 2 + T: exact fields of all lanes.
    pub exact: Vec<Bus<In>>,
    /// Stage 5 + T: spins before.
    pub last: Bus<In>,
    /// Stage 5 + T: new spins.
    pub spin: Bus<In>,
    /// Stage 5 + T: p-bits are measured, not updated.
    pub measure: Signal<In, Bit>,
    /// `WiredShape::decided` clocks after stage 5 + T: the old spins belong to a best state.
    pub keep: Signal<In, Bit>,
    /// Of this slot and replica.
    pub keep_place: Bus<In>,
    /// Reads the best state's spins.
    pub look: Signal<In, Bit>,
    /// Of this slot and replica.
    pub look_place: Bus<In>,
    /// The sum of all lanes' terms.
    pub total: Bus<Out>,
    /// One clock after `look`: lane l in bit l.
    pub best: Bus<Out>,
    term: Vec<EnergyTerm>,
    tree: AdderTree,
    old: Delay,
    states: SyncRam,
    zero: Const,
    first_spare: Size,
    _lanes: usize,
    _spare: usize,
    _bits: usize,
}

impl ClusterEnergy {
    /// For a cluster of `lanes` lanes; a smaller cluster's tree has as many stages as the others'.
    pub fn new(shape: &WiredShape, lanes: usize) -> Self {
        let (bits, terms) = (shape.energy_term_bits(), shape.unit.max(2));
        let tree = AdderTree::new(terms, bits, shape.levels_per_stage);
        Self {
            clock: Default::default(),
            exact: (0..lanes).map(|_| Bus::signed(bits)).collect(),
            last: Bus::unsigned(lanes),
            spin: Bus::unsigned(lanes),
            measure: Default::default(),
            keep: Default::default(),
            keep_place: Bus::unsigned(shape.state_bits()),
            look: Default::default(),
            look_place: Bus::unsigned(shape.state_bits()),
            total: Bus::like(&tree.total),
            best: Bus::unsigned(lanes),
            term: (0..lanes).map(|_| EnergyTerm::new(bits)).collect(),
            old: Delay::new(lanes, shape.decided()),
            states: SyncRam::new(lanes, shape.states()),
            zero: Const::signed(bits, 0),
            first_spare: Size::new(lanes),
            _lanes: lanes,
            _spare: terms - lanes,
            _bits: bits,
            tree,
        }
    }
}

impl Logic for ClusterEnergy {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module cluster_energy: Energies and best states of a cluster.");
        clock!(self, clock, tree, old, states);
        for l in 0..self._lanes {
            self.term[l].clock.next = self.clock.val();
            self.term[l].exact.next = self.exact[l].val();
            self.term[l].measure.next = self.measure.val();
            self.term[l].last.next = self.last.val().get_bit(l);
            self.term[l].spin.next = self.spin.val().get_bit(l);
            self.tree.term[l].next = self.term[l].term.val();
        }
        for l in 0..self._spare {
            self.tree.term[self.first_spare + l].next = self.zero.val();
        }
        self.total.next = self.tree.total.val();
        self.old.enter.next = self.last.val();
        self.states.write_enable.next = self.keep.val();
        self.states.write_address.next = self.keep_place.val();
        self.states.write_data.next = self.old.leave.val();
        self.states.read_enable.next = self.look.val();
        self.states.read_address.next = self.look_place.val();
        self.best.next = self.states.read_data.val();
    }
}
crate::clocked!(ClusterEnergy);
crate::cell_ports!(
    ClusterEnergy,
    clock,
    [exact, last, spin, measure, keep, keep_place, look, look_place],
    [total, best]
);
