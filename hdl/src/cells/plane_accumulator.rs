//! Sums over pixels from sums over bit planes.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Bits of a pixel, which add to the width of a sum.
pub(crate) const PLANES: usize = 8;

/// Horner's rule over the bit planes of a chunk of pixels, highest plane first: total = 2 total + partial.
///
/// A pixel v stands for u = 2v - 255 = sum over k of 2^k s_k, where s_k is +1 for a set bit k and -1 else. So eight sums of the
/// adder tree over one row of weights, one per plane, make the exact sum of weights times u. An ordinary chunk is its own first
/// plane and passes unchanged.
#[derive(LogicBlock)]
pub struct PlaneAccumulator {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// `partial` is an ordinary chunk, or the highest plane.
    pub first: Signal<In, Bit>,
    /// The adder tree's sum.
    pub partial: Bus<In>,
    /// One clock later: the sum over the planes so far.
    pub total: Bus<Out>,
    sum: Register,
    doubled: Bus<Local>,
    _width: usize,
}

impl PlaneAccumulator {
    /// For sums of `partial_bits`.
    pub fn new(partial_bits: usize) -> Self {
        let width = partial_bits + PLANES;
        Self {
            clock: Default::default(),
            first: Default::default(),
            partial: Bus::signed(partial_bits),
            total: Bus::signed(width),
            sum: Register::signed(width),
            doubled: Bus::signed(width),
            _width: width,
        }
    }
}

impl Logic for PlaneAccumulator {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module plane_accumulator: Sum over bit planes.");
        dff_setup!(self, clock, sum);
        self.doubled.next = 0.into();
        if !self.first.val() {
            self.doubled.next = self.sum.q.val() << 1;
        }
        self.sum.d.next = self.doubled.val() + signed_cast_to(self.partial.val(), self._width);
        self.total.next = self.sum.q.val();
    }
}
crate::clocked!(PlaneAccumulator);
crate::cell_ports!(PlaneAccumulator, clock, [first, partial], [total]);
