//! What one update adds to the energy of its replica.

use super::Delay;
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Clocks from an exact field to the spin that is drawn from it.
pub const SPIN_CLOCKS: usize = 3;

/// A quarter of what an update takes from twice the energy, or what a measured p-bit has of it (contract section 14, "Energies").
///
/// A flip to s changes the energy by -2 s f with its exact field f, so `term` is s f for a flip and 0 without one. While `measure` is high
/// nothing is updated and `exact` holds twice the bias plus the couplings' sum: `term` is s times that, and all terms of a state sum up to -2 E.
#[derive(LogicBlock)]
pub struct EnergyTerm {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Exact field, three clocks before the others.
    pub exact: Bus<In>,
    /// The p-bit is measured, not updated.
    pub measure: Signal<In, Bit>,
    /// New spin; with `measure` any.
    pub spin: Signal<In, Bit>,
    /// Spin before.
    pub last: Signal<In, Bit>,
    /// One clock later.
    pub term: Bus<Out>,
    field: Delay,
    held: Register,
    up: Signal<Local, Bit>,
    counts: Signal<Local, Bit>,
    negates: Signal<Local, Bit>,
    value: Bus<Local>,
    left: Bus<Local>,
    right: Bus<Local>,
    sum: Bus<Local>,
    all_ones: Const,
    _bits: usize,
    _wide: usize,
}

impl EnergyTerm {
    /// For exact fields of `bits` (at most 63), the smallest number left out.
    pub fn new(bits: usize) -> Self {
        Self {
            clock: Default::default(),
            exact: Bus::signed(bits),
            measure: Default::default(),
            spin: Default::default(),
            last: Default::default(),
            term: Bus::signed(bits),
            field: Delay::new(bits, SPIN_CLOCKS),
            held: Register::unsigned(bits),
            up: Default::default(),
            counts: Default::default(),
            negates: Default::default(),
            value: Bus::unsigned(bits),
            left: Bus::unsigned(bits + 1),
            right: Bus::unsigned(bits + 1),
            sum: Bus::unsigned(bits + 1),
            all_ones: Const::unsigned(bits, (1 << bits) - 1),
            _bits: bits,
            _wide: bits + 1,
        }
    }
}

impl Logic for EnergyTerm {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module energy_term: What one update adds to an energy.");
        dff_setup!(self, clock, held);
        clock!(self, clock, field);
        self.field.enter.next = unsigned_cast_to(self.exact.val(), self._bits);
        // The new spin of a flip is the opposite of the one before.
        self.up.next = self.last.val() == self.measure.val();
        self.counts.next = self.measure.val() | (self.spin.val() ^ self.last.val());
        self.negates.next = self.counts.val() & !self.up.val();
        self.value.next = self.field.leave.val();
        if self.negates.val() {
            self.value.next = self.field.leave.val() ^ self.all_ones.val();
        }
        if !self.counts.val() {
            self.value.next = 0.into();
        }
        // ~f + 1: the bit below the sum carries.
        self.left.next =
            (bit_cast_to(self.value.val(), self._wide) << 1) | bit_cast_to(self.negates.val(), self._wide);
        self.right.next = bit_cast_to(self.negates.val(), self._wide);
        self.sum.next = self.left.val() + self.right.val();
        self.held.d.next = unsigned_cast_to(self.sum.val() >> 1, self._bits);
        self.term.next = signed_cast_to(self.held.q.val(), self._bits);
    }
}
crate::clocked!(EnergyTerm);
crate::cell_ports!(EnergyTerm, clock, [exact, measure, spin, last], [term]);
