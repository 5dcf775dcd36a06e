//! Signals and constants of run-time width.

use super::Word;
use rust_hdl_core::prelude::*;
use rust_hdl_core::signal::get_signal_id;
use std::marker::PhantomData;

/// A signal of run-time width; stands where `Signal<D, Bits<N>>` stands in rust-hdl.
///
/// `D` is `In`, `Out` or `Local`. Drive it with `x.next = word`, read it with `x.val()`. A word of another
/// width or sign panics in simulation, with both shapes in the message.
#[derive(Clone, Debug)]
pub struct Bus<D: Direction> {
    /// The word to take at the next simulation step.
    pub next: Word,
    now: Word,
    changed: bool,
    connected: bool,
    id: usize,
    direction: PhantomData<D>,
}

impl<D: Direction> Bus<D> {
    fn of(zero: Word) -> Self {
        Self {
            next: zero,
            now: zero,
            changed: false,
            connected: false,
            id: get_signal_id(),
            direction: PhantomData,
        }
    }

    /// Unsigned bus of `width` bits (1 to 64), starting at 0.
    pub fn unsigned(width: usize) -> Self {
        Self::of(Word::unsigned(width, 0))
    }

    /// Signed bus of `width` bits (1 to 64), starting at 0.
    pub fn signed(width: usize) -> Self {
        Self::of(Word::signed(width, 0))
    }

    /// A bus of the same width and sign, at 0; for a register's `d` and `q`, say.
    pub fn like<E: Direction>(other: &Bus<E>) -> Self {
        if other.is_signed() { Self::signed(other.width()) } else { Self::unsigned(other.width()) }
    }

    /// Width in bits.
    pub fn width(&self) -> usize {
        self.now.width()
    }

    /// Whether the bus carries two's complement.
    pub fn is_signed(&self) -> bool {
        self.now.is_signed()
    }

    /// The word on the bus.
    ///
    /// An input shows what arrived with the last step; outputs and locals show what was just assigned, as
    /// in rust-hdl, so a local must be written before it is read.
    #[inline]
    pub fn val(&self) -> Word {
        if D::KIND == AtomKind::InputParameter {
            self.now
        } else {
            self.next.shaped_like(self.now, "assignment")
        }
    }

    /// Drives the bus from a test bench with a bit pattern; bits above the width are dropped.
    pub fn set_raw(&mut self, bits: u64) {
        let width = self.width();
        self.next =
            if self.is_signed() { Word::signed(width, bits as i64) } else { Word::unsigned(width, bits) };
    }

    /// Drives the bus from a test bench with a number; negative numbers for signed buses.
    ///
    /// Panics if the number does not fit.
    pub fn set(&mut self, value: i64) {
        let word = if self.is_signed() {
            Word::signed(self.width(), value)
        } else {
            Word::unsigned(self.width(), value as u64)
        };
        assert!(
            word.value() == value || self.width() == 64,
            "{value} does not fit a bus of {} bits",
            self.width()
        );
        self.next = word;
    }
}

/// A literal of exactly `width` bits for rust-hdl's syntax tree, which knows widths only as const generics.
pub(super) fn literal(width: usize, bits: u64) -> VerilogLiteral {
    macro_rules! by_width {
        ($($n:literal)*) => {
            match width { $($n => Bits::<$n>::from(bits).into(),)* _ => bits.into() }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
              33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64)
}

fn descriptor(name: &str, shape: Word) -> TypeDescriptor {
    let kind =
        if shape.is_signed() { TypeKind::Signed(shape.width()) } else { TypeKind::Bits(shape.width()) };
    TypeDescriptor { name: format!("{name}<{}>", shape.width()), kind }
}

fn vcd_value(word: Word) -> VCDValue {
    let bit = |i| match VCDValue::from(word.get_bit(i)) {
        VCDValue::Single(v) => Some(v),
        _ => None,
    };
    VCDValue::Vector((0..word.width()).rev().filter_map(bit).collect())
}

impl<D: Direction> Atom for Bus<D> {
    fn bits(&self) -> usize {
        self.now.width()
    }
    fn connected(&self) -> bool {
        self.connected
    }
    fn changed(&self) -> bool {
        self.changed
    }
    fn kind(&self) -> AtomKind {
        D::KIND
    }
    fn descriptor(&self) -> TypeDescriptor {
        descriptor("Bus", self.now)
    }
    fn vcd(&self) -> VCDValue {
        vcd_value(self.now)
    }
    fn id(&self) -> usize {
        self.id
    }
    fn verilog(&self) -> VerilogLiteral {
        literal(self.now.width(), self.now.raw())
    }
    fn constraints(&self) -> Vec<PinConstraint> {
        vec![]
    }
}

impl<D: Direction> Logic for Bus<D> {
    fn update(&mut self) {}
    fn connect(&mut self) {
        self.connected = true;
    }
}

impl<D: Direction> Block for Bus<D> {
    fn connect_all(&mut self) {}
    #[inline]
    fn update_all(&mut self) {
        self.next = self.next.shaped_like(self.now, "assignment");
        self.changed = self.now.raw() != self.next.raw();
        self.now = self.next;
    }
    #[inline]
    fn has_changed(&self) -> bool {
        self.changed
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_atom(name, self);
    }
}

/// A constant of run-time width and value; becomes a `localparam`.
#[derive(Clone, Debug)]
pub struct Const {
    word: Word,
    id: usize,
}

impl Const {
    /// Unsigned constant; panics if `value` does not fit `width` bits.
    pub fn unsigned(width: usize, value: u64) -> Self {
        let word = Word::unsigned(width, value);
        assert!(word.raw() == value, "constant {value} does not fit {width} bits");
        Self { word, id: get_signal_id() }
    }

    /// Signed constant; panics if `value` does not fit `width` bits.
    pub fn signed(width: usize, value: i64) -> Self {
        let word = Word::signed(width, value);
        assert!(word.value() == value, "constant {value} does not fit {width} signed bits");
        Self { word, id: get_signal_id() }
    }

    /// The constant as a word.
    pub fn val(&self) -> Word {
        self.word
    }
}

impl Atom for Const {
    fn bits(&self) -> usize {
        self.word.width()
    }
    fn connected(&self) -> bool {
        true
    }
    fn changed(&self) -> bool {
        false
    }
    fn kind(&self) -> AtomKind {
        AtomKind::Constant
    }
    fn descriptor(&self) -> TypeDescriptor {
        descriptor("Const", self.word)
    }
    fn vcd(&self) -> VCDValue {
        vcd_value(self.word)
    }
    fn id(&self) -> usize {
        self.id
    }
    fn verilog(&self) -> VerilogLiteral {
        literal(self.word.width(), self.word.raw())
    }
    fn constraints(&self) -> Vec<PinConstraint> {
        vec![]
    }
}

impl Logic for Const {
    fn update(&mut self) {}
}

impl Block for Const {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {}
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_atom(name, self);
    }
}
