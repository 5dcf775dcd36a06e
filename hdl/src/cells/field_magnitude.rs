//! A saturated field as sign and magnitude.

use crate::width::*;
use rust_hdl_core::prelude::*;
use rust_hdl_widgets::prelude::*;

/// Saturates an exact field to +-(2^(F-1) - 1) and splits it; one clock.
#[derive(LogicBlock)]
pub struct FieldMagnitude {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The exact field, more than F bits.
    pub exact: Bus<In>,
    /// One clock later: the field was negative.
    pub negative: Signal<Out, Bit>,
    /// One clock later: its saturated magnitude, F - 1 bits.
    pub magnitude: Bus<Out>,
    negative_held: BitRegister,
    magnitude_held: Register,
    sign: Signal<Local, Bit>,
    pattern: Bus<Local>,
    lower: Bus<Local>,
    upper: Bus<Local>,
    below: Bus<Local>,
    flips: Bus<Local>,
    beyond: Signal<Local, Bit>,
    top: Size,
    field_width: Size,
    largest: Const,
    _bits: usize,
    _upper_bits: usize,
    _exact_bits: usize,
}

impl FieldMagnitude {
    /// Exact fields of `exact_bits` (more than `field_bits`), fields of `field_bits` (at least 3).
    pub fn new(exact_bits: usize, field_bits: usize) -> Self {
        assert!(exact_bits > field_bits && field_bits >= 3, "a field of {field_bits} of {exact_bits} bits");
        let bits = field_bits - 1;
        Self {
            clock: Default::default(),
            exact: Bus::signed(exact_bits),
            negative: Default::default(),
            magnitude: Bus::unsigned(bits),
            negative_held: Default::default(),
            magnitude_held: Register::unsigned(bits),
            sign: Default::default(),
            pattern: Bus::unsigned(exact_bits),
            lower: Bus::unsigned(bits),
            upper: Bus::unsigned(exact_bits - bits),
            below: Bus::unsigned(field_bits),
            flips: Bus::unsigned(bits),
            beyond: Default::default(),
            top: Size::new(exact_bits - 1),
            field_width: Size::new(bits),
            largest: Const::unsigned(bits, (1 << bits) - 1),
            _bits: bits,
            _upper_bits: exact_bits - bits,
            _exact_bits: exact_bits,
        }
    }
}

impl Logic for FieldMagnitude {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module field_magnitude: Saturates a field; sign and magnitude.");
        dff_setup!(self, clock, negative_held, magnitude_held);
        self.sign.next = self.exact.val().get_bit(self.top * 1);
        self.lower.next = unsigned_cast_to(self.exact.val(), self._bits);
        self.pattern.next = bit_cast_to(self.exact.val(), self._exact_bits);
        self.upper.next = unsigned_cast_to(self.pattern.val() >> (self.field_width * 1), self._upper_bits);
        // Bit i of `below`: one of the bits below i is set. The negative of a number flips exactly the bits above its lowest one.
        self.below.next = 0.into();
        self.flips.next = 0.into();
        for i in 0..self._bits {
            self.below.next = self
                .below
                .val()
                .replace_bit(i + 1, self.below.val().get_bit(i) | self.lower.val().get_bit(i));
            self.flips.next = self.flips.val().replace_bit(i, self.below.val().get_bit(i) & self.sign.val());
        }
        self.beyond.next = self.upper.val().any();
        if self.sign.val() {
            // -2^(F-1) has no magnitude of F - 1 bits.
            self.beyond.next = !self.upper.val().all() | !self.below.val().get_bit(self.field_width * 1);
        }
        self.negative_held.d.next = self.sign.val();
        self.magnitude_held.d.next = self.lower.val() ^ self.flips.val();
        if self.beyond.val() {
            self.magnitude_held.d.next = self.largest.val();
        }
        self.negative.next = self.negative_held.q.val();
        self.magnitude.next = self.magnitude_held.q.val();
    }
}
crate::clocked!(FieldMagnitude);
crate::cell_ports!(FieldMagnitude, clock, [exact], [negative, magnitude]);
