//! One axis of a kernel's walk: from target position and tap to the source position.

use super::run_shape::{AxisShape, pass_width};
use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Rows or columns of a walk over positions and taps (contract, "Kernels"), without multiplying or dividing.
///
/// Forward, target position p and tap d meet source position p * stride + d - padding. Transposed they meet
/// (p + padding - d) / stride where that divides. `offset` is the source position times the words of one position, and steps
/// along with it. Which kernel it is, `pass` says.
#[derive(LogicBlock)]
pub struct KernelAxis {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Which kernel and planes.
    pub pass: Bus<In>,
    /// To position 0 and tap 0 of the pass.
    pub restart: Signal<In, Bit>,
    /// To the next position and its tap 0; after the last position to position 0.
    pub next_position: Signal<In, Bit>,
    /// To the next tap.
    pub next_tap: Signal<In, Bit>,
    /// Back to tap 0.
    pub first_tap: Signal<In, Bit>,
    /// The position is the last one.
    pub last_position: Signal<Out, Bit>,
    /// The tap is the last one.
    pub last_tap: Signal<Out, Bit>,
    /// The tap is tap 0.
    pub at_first_tap: Signal<Out, Bit>,
    /// The source position exists.
    pub meets: Signal<Out, Bit>,
    /// Words before the source position; any value where it does not exist.
    pub offset: Bus<Out>,
    position: Register,
    tap: Register,
    source: Register,
    source_base: Register,
    offset_now: Register,
    offset_base: Register,
    position_ends: BitRegister,
    tap_ends: BitRegister,
    position_limit: Register,
    tap_limit: Register,
    position_after: Bus<Local>,
    tap_after: Bus<Local>,
    source_rest: Bus<Local>,
    base_rest: Bus<Local>,
    source_moved: Bus<Local>,
    offset_moved: Bus<Local>,
    position_last: Bus<Local>,
    tap_last: Bus<Local>,
    source_start: Bus<Local>,
    offset_start: Bus<Local>,
    source_step: Bus<Local>,
    offset_step: Bus<Local>,
    tap_step: Bus<Local>,
    offset_tap: Bus<Local>,
    fraction: Bus<Local>,
    limit: Bus<Local>,
    pass_number: Vec<Const>,
    position_lasts: Vec<Const>,
    tap_lasts: Vec<Const>,
    source_starts: Vec<Const>,
    offset_starts: Vec<Const>,
    source_steps: Vec<Const>,
    offset_steps: Vec<Const>,
    tap_steps: Vec<Const>,
    offset_taps: Vec<Const>,
    fractions: Vec<Const>,
    limits: Vec<Const>,
    _passes: usize,
}

impl KernelAxis {
    /// One axis of these passes; offsets count modulo 2^`offset_width`.
    pub fn new(passes: &[AxisShape], offset_width: usize) -> Self {
        let pass_width = pass_width(passes.len());
        let most = |f: fn(&AxisShape) -> usize| passes.iter().map(f).max().unwrap_or(1);
        let position_width = address_width(most(|p| p.positions));
        let tap_width = address_width(most(|p| p.taps));
        // One bit more than the largest value or limit, so that a negative position is beyond every limit.
        let source_width = address_width(most(|p| p.farthest().max(p.limit()) + 1)) + 1;
        let wrapped =
            |width: usize, value: i64| Const::unsigned(width, value as u64 & (u64::MAX >> (64 - width)));
        let table = |width: usize, value: &dyn Fn(&AxisShape) -> i64| -> Vec<Const> {
            passes.iter().map(|p| wrapped(width, value(p))).collect()
        };
        let bus = |width: usize| Bus::unsigned(width);
        let (s, o) = (source_width, offset_width);
        Self {
            clock: Default::default(),
            pass: bus(pass_width),
            restart: Default::default(),
            next_position: Default::default(),
            next_tap: Default::default(),
            first_tap: Default::default(),
            last_position: Default::default(),
            last_tap: Default::default(),
            at_first_tap: Default::default(),
            meets: Default::default(),
            offset: Bus::unsigned(o),
            position: Register::unsigned(position_width),
            tap: Register::unsigned(tap_width),
            source: Register::unsigned(s),
            source_base: Register::unsigned(s),
            offset_now: Register::unsigned(o),
            offset_base: Register::unsigned(o),
            position_ends: Default::default(),
            tap_ends: Default::default(),
            position_limit: Register::unsigned(position_width),
            tap_limit: Register::unsigned(tap_width),
            position_after: Bus::unsigned(position_width),
            tap_after: Bus::unsigned(tap_width),
            source_rest: Bus::unsigned(s),
            base_rest: Bus::unsigned(s),
            source_moved: Bus::unsigned(s),
            offset_moved: Bus::unsigned(o),
            position_last: Bus::unsigned(position_width),
            tap_last: Bus::unsigned(tap_width),
            source_start: Bus::unsigned(s),
            offset_start: Bus::unsigned(o),
            source_step: Bus::unsigned(s),
            offset_step: Bus::unsigned(o),
            tap_step: Bus::unsigned(s),
            offset_tap: Bus::unsigned(o),
            fraction: Bus::unsigned(s),
            limit: Bus::unsigned(s),
            pass_number: (0..passes.len()).map(|p| Const::unsigned(pass_width, p as u64)).collect(),
            position_lasts: table(position_width, &|p| p.positions as i64 - 1),
            tap_lasts: table(tap_width, &|p| p.taps as i64 - 1),
            source_starts: table(s, &|p| if p.transposed { p.padding as i64 } else { -(p.padding as i64) }),
            offset_starts: table(o, &|p| {
                let (padding, unit) = (p.padding as i64, p.unit as i64);
                if p.transposed { padding / p.stride as i64 * unit } else { -padding * unit }
            }),
            source_steps: table(s, &|p| if p.transposed { 1 } else { p.stride as i64 }),
            offset_steps: table(o, &|p| (p.unit * if p.transposed { 1 } else { p.stride }) as i64),
            tap_steps: table(s, &|p| if p.transposed { -1 } else { 1 }),
            offset_taps: table(o, &|p| if p.transposed { -(p.unit as i64) } else { p.unit as i64 }),
            fractions: table(s, &|p| if p.transposed { p.stride as i64 - 1 } else { 0 }),
            limits: table(s, &|p| p.limit() as i64),
            _passes: passes.len(),
        }
    }
}

impl Logic for KernelAxis {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module kernel_axis: Positions and taps of one axis.");
        dff_setup!(
            self,
            clock,
            position,
            tap,
            source,
            source_base,
            offset_now,
            offset_base,
            position_ends,
            tap_ends,
            position_limit,
            tap_limit
        );
        self.position_last.next = self.position_lasts[0].val();
        self.tap_last.next = self.tap_lasts[0].val();
        self.source_start.next = self.source_starts[0].val();
        self.offset_start.next = self.offset_starts[0].val();
        self.source_step.next = self.source_steps[0].val();
        self.offset_step.next = self.offset_steps[0].val();
        self.tap_step.next = self.tap_steps[0].val();
        self.offset_tap.next = self.offset_taps[0].val();
        self.fraction.next = self.fractions[0].val();
        self.limit.next = self.limits[0].val();
        for i in 0..self._passes {
            if self.pass.val() == self.pass_number[i].val() {
                self.position_last.next = self.position_lasts[i].val();
                self.tap_last.next = self.tap_lasts[i].val();
                self.source_start.next = self.source_starts[i].val();
                self.offset_start.next = self.offset_starts[i].val();
                self.source_step.next = self.source_steps[i].val();
                self.offset_step.next = self.offset_steps[i].val();
                self.tap_step.next = self.tap_steps[i].val();
                self.offset_tap.next = self.offset_taps[i].val();
                self.fraction.next = self.fractions[i].val();
                self.limit.next = self.limits[i].val();
            }
        }
        // Whether a position or tap is the last one is known when it comes.
        self.position_limit.d.next = self.position_last.val();
        self.tap_limit.d.next = self.tap_last.val();
        self.position_after.next = self.position.q.val() + 1;
        if self.position_ends.q.val() {
            self.position_after.next = 0.into();
        }
        self.tap_after.next = self.tap.q.val() + 1;
        self.last_position.next = self.position_ends.q.val();
        self.last_tap.next = self.tap_ends.q.val();
        self.at_first_tap.next = self.tap.q.val() == 0.into();
        self.source_rest.next = self.source.q.val() & self.fraction.val();
        self.base_rest.next = self.source_base.q.val() & self.fraction.val();
        self.meets.next = (self.source.q.val() < self.limit.val()) & (self.source_rest.val() == 0.into());
        self.offset.next = self.offset_now.q.val();
        // A transposed offset steps only where the source position is a whole one.
        self.source_moved.next = self.source_base.q.val() + self.source_step.val();
        self.offset_moved.next = self.offset_base.q.val();
        if self.base_rest.val() == self.fraction.val() {
            self.offset_moved.next = self.offset_base.q.val() + self.offset_step.val();
        }
        // After the last position comes position 0.
        if self.position_ends.q.val() {
            self.source_moved.next = self.source_start.val();
            self.offset_moved.next = self.offset_start.val();
        }
        if self.next_tap.val() {
            self.tap.d.next = self.tap_after.val();
            self.tap_ends.d.next = self.tap_after.val() == self.tap_limit.q.val();
            self.source.d.next = self.source.q.val() + self.tap_step.val();
            if self.source_rest.val() == 0.into() {
                self.offset_now.d.next = self.offset_now.q.val() + self.offset_tap.val();
            }
        }
        if self.first_tap.val() {
            self.tap.d.next = 0.into();
            self.tap_ends.d.next = self.tap_limit.q.val() == 0.into();
            self.source.d.next = self.source_base.q.val();
            self.offset_now.d.next = self.offset_base.q.val();
        }
        if self.next_position.val() {
            self.position.d.next = self.position_after.val();
            self.position_ends.d.next = self.position_after.val() == self.position_limit.q.val();
            self.tap.d.next = 0.into();
            self.tap_ends.d.next = self.tap_limit.q.val() == 0.into();
            self.source.d.next = self.source_moved.val();
            self.source_base.d.next = self.source_moved.val();
            self.offset_now.d.next = self.offset_moved.val();
            self.offset_base.d.next = self.offset_moved.val();
        }
        if self.restart.val() {
            self.position.d.next = 0.into();
            self.position_ends.d.next = self.position_last.val() == 0.into();
            self.tap.d.next = 0.into();
            self.tap_ends.d.next = self.tap_last.val() == 0.into();
            self.source.d.next = self.source_start.val();
            self.source_base.d.next = self.source_start.val();
            self.offset_now.d.next = self.offset_start.val();
            self.offset_base.d.next = self.offset_start.val();
        }
    }
}
crate::clocked!(KernelAxis);
crate::cell_ports!(
    KernelAxis,
    clock,
    [pass, restart, next_position, next_tap, first_tap],
    [last_position, last_tap, at_first_tap, meets, offset]
);
