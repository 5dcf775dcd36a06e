//! Rounding compared with the crate `fixed`, which converts with its own arithmetic: to nearest, ties to even.

use fixed::traits::Fixed;
use fixed::types::{I1F7, I4F12, I12F4, I16F0};
use proptest::prelude::*;
use spinwright_reference::quantize::{Overflow, QFormat, Rounding};

/// Our raw value and that of the fixed-point type `F`, if the number fits the symmetric range.
fn both<F: Fixed>(value: f64) -> (Option<i32>, Option<i128>)
where
    i128: From<<F::Bits as BitsAs>::Wide>,
    F::Bits: BitsAs,
{
    let format = QFormat { total_bits: F::INT_NBITS + F::FRAC_NBITS, frac_bits: F::FRAC_NBITS as i32 };
    let ours = format.raw(value, Rounding::HalfEven, Overflow::Refuse);
    let theirs = F::checked_from_num(value).map(|f| f.to_bits().wide().into());
    (ours, theirs.filter(|raw: &i128| raw.unsigned_abs() <= format.max_raw() as u128))
}

/// The integer behind a fixed-point number, widened.
trait BitsAs {
    type Wide;
    fn wide(self) -> Self::Wide;
}

impl BitsAs for i16 {
    type Wide = i64;
    fn wide(self) -> i64 {
        self.into()
    }
}

impl BitsAs for i8 {
    type Wide = i64;
    fn wide(self) -> i64 {
        self.into()
    }
}

proptest! {
    #[test]
    fn same_raw_values(value in -10.0f64..10.0, tie in -40_000i32..40_000) {
        let halves = [12, 7, 4, 0].map(|bits: i32| (f64::from(tie) + 0.5) * f64::from(-bits).exp2());
        for value in halves.into_iter().chain([value, value / 10.0, value * 1000.0]) {
            for (ours, theirs) in [both::<I4F12>(value), both::<I1F7>(value), both::<I12F4>(value), both::<I16F0>(value)] {
                prop_assert_eq!(ours.map(i128::from), theirs, "of {}", value);
            }
        }
    }
}
