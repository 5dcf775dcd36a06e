//! The exact local field of one lane, summed chunk by chunk, then saturated once.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;
use spinwright_contract::config::{BlockSizes, PIXEL_BITS};
use spinwright_contract::{Color, ValidConfig};

/// Widths and shifts of a [`FieldAccumulator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldFormat {
    /// Bits of a chunk's sum.
    pub partial_bits: usize,
    /// Bits of the base: the shifted bias plus the inputs' contribution.
    pub base_bits: usize,
    /// Bits of the exact field; at least as many as every other width here.
    pub exact_bits: usize,
    /// Bits of the saturated field.
    pub field_bits: usize,
    /// Left shift of the inputs' sums, per color.
    pub input_shift: [usize; 2],
    /// Left shift of the couplings' sums, per color.
    pub coupling_shift: [usize; 2],
}

impl FieldFormat {
    /// The format that holds every field of a machine.
    pub fn of(config: &ValidConfig) -> Self {
        let shift = |pick: fn(&spinwright_contract::config::ColorShifts) -> u32| {
            Color::ALL.map(|color| pick(&config.shifts(color)) as usize)
        };
        let exact = Color::ALL.map(|color| config.exact_field_bits(color) as usize).into_iter().max();
        let ends = config.encoder_sum_bits().max(config.score_bits()) as usize;
        let tree_bits = super::CouplingUnit::partial_bits(config.tree_width(), config.weight_bits() as usize);
        let partial_bits = tree_bits + if config.encoder().is_some() { PIXEL_BITS } else { 0 };
        Self {
            partial_bits,
            base_bits: base_bits(config),
            exact_bits: exact.unwrap_or(0).max(config.field_bits() as usize).max(partial_bits).max(ends),
            field_bits: config.field_bits() as usize,
            input_shift: shift(|s| s.input),
            coupling_shift: shift(|s| s.coupling),
        }
    }
}

/// Bits, sign included, of every shifted bias plus its inputs' contribution.
fn base_bits(config: &ValidConfig) -> usize {
    let bias = config.bias_max() as u64;
    let worst = |b: BlockSizes, color: Color| {
        let shifts = config.shifts(color);
        let inputs = b.shape.input_kernel(color).map_or(0, |k| (k.taps() * b.shape.input.channels) as u64);
        ((inputs * config.weight_max() as u64) << shifts.input) + (bias << shifts.bias)
    };
    let fields = config.blocks().flat_map(|b| Color::ALL.map(|c| worst(b, c))).max().unwrap_or(0);
    let ends = [config.encoder().map(|e| e.bias_shift), config.decoder().map(|d| d.bias_shift)];
    let ends = ends.into_iter().flatten().map(|shift| bias << shift).max().unwrap_or(0);
    65 - fields.max(ends).leading_zeros() as usize
}

/// Adds the shifted sums of a p-bit's chunks to its base, and saturates the result symmetrically.
#[derive(LogicBlock)]
pub struct FieldAccumulator {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// This clock's `partial` (or base alone) counts.
    pub add: Signal<In, Bit>,
    /// First chunk of a p-bit: start from `base`.
    pub first: Signal<In, Bit>,
    /// Add `partial`; without it the base alone is taken.
    pub use_partial: Signal<In, Bit>,
    /// The chunk belongs to the inputs (else to the other color).
    pub from_input: Signal<In, Bit>,
    /// The chunk belongs to the encoder or the decoder: no shift.
    pub plain: Signal<In, Bit>,
    /// Color of the p-bit: 0 hidden, 1 output.
    pub color: Signal<In, Bit>,
    /// Sum of one chunk.
    pub partial: Bus<In>,
    /// Where the sum starts.
    pub base: Bus<In>,
    /// The exact sum so far, one clock after `add`.
    pub exact: Bus<Out>,
    /// The saturated field, one clock after `exact`.
    pub field: Bus<Out>,
    sum: Register,
    saturated: Register,
    wide: Bus<Local>,
    term: Bus<Local>,
    start: Bus<Local>,
    limited: Bus<Local>,
    highest: Bus<Local>,
    lowest: Bus<Local>,
    field_max: Const,
    field_min: Const,
    input_shift_0: Const,
    input_shift_1: Const,
    coupling_shift_0: Const,
    coupling_shift_1: Const,
    _exact_bits: usize,
    _field_bits: usize,
}

impl FieldAccumulator {
    /// An accumulator of this format.
    pub fn new(format: FieldFormat) -> Self {
        let exact = format.exact_bits;
        let limit = (1i64 << (format.field_bits - 1)) - 1;
        let shift = |by: usize| Const::unsigned(4, by as u64);
        Self {
            clock: Default::default(),
            add: Default::default(),
            first: Default::default(),
            use_partial: Default::default(),
            from_input: Default::default(),
            plain: Default::default(),
            color: Default::default(),
            partial: Bus::signed(format.partial_bits),
            base: Bus::signed(format.base_bits),
            exact: Bus::signed(exact),
            field: Bus::signed(format.field_bits),
            sum: Register::signed(exact),
            saturated: Register::signed(format.field_bits),
            wide: Bus::signed(exact),
            term: Bus::signed(exact),
            start: Bus::signed(exact),
            limited: Bus::signed(exact),
            highest: Bus::signed(exact),
            lowest: Bus::signed(exact),
            field_max: Const::signed(exact, limit),
            field_min: Const::signed(exact, -limit),
            input_shift_0: shift(format.input_shift[0]),
            input_shift_1: shift(format.input_shift[1]),
            coupling_shift_0: shift(format.coupling_shift[0]),
            coupling_shift_1: shift(format.coupling_shift[1]),
            _exact_bits: exact,
            _field_bits: format.field_bits,
        }
    }
}

impl Logic for FieldAccumulator {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module field_accumulator: Exact field, saturated once.");
        dff_setup!(self, clock, sum, saturated);
        self.wide.next = signed_cast_to(self.partial.val(), self._exact_bits);
        self.term.next = 0.into();
        if self.use_partial.val() {
            if self.from_input.val() {
                if self.color.val() {
                    self.term.next = self.wide.val() << self.input_shift_1.val();
                } else {
                    self.term.next = self.wide.val() << self.input_shift_0.val();
                }
            } else {
                if self.color.val() {
                    self.term.next = self.wide.val() << self.coupling_shift_1.val();
                } else {
                    self.term.next = self.wide.val() << self.coupling_shift_0.val();
                }
            }
            if self.plain.val() {
                self.term.next = self.wide.val();
            }
        }
        self.start.next = self.sum.q.val();
        if self.first.val() {
            self.start.next = signed_cast_to(self.base.val(), self._exact_bits);
        }
        if self.add.val() {
            self.sum.d.next = self.start.val() + self.term.val();
        }
        self.highest.next = self.field_max.val();
        self.lowest.next = self.field_min.val();
        self.limited.next = self.sum.q.val();
        if self.sum.q.val() > self.highest.val() {
            self.limited.next = self.highest.val();
        }
        if self.sum.q.val() < self.lowest.val() {
            self.limited.next = self.lowest.val();
        }
        self.saturated.d.next = signed_cast_to(self.limited.val(), self._field_bits);
        self.exact.next = self.sum.q.val();
        self.field.next = self.saturated.q.val();
    }
}
crate::clocked!(FieldAccumulator);
crate::cell_ports!(
    FieldAccumulator,
    clock,
    [add, first, use_partial, from_input, plain, color, partial, base],
    [exact, field]
);
