//! Number formats as values that travel with the data.

use crate::image::Grids;
use crate::models::{ColorId, ColoredModel};
use spinwright_contract::ValidConfig;
use std::fmt;

/// A signed symmetric fixed-point format, written Qm.n: m = total - n counts the sign bit, n are the fraction bits. Holds raw
/// values of +-(2^(total - 1) - 1), each worth 2^-n. n may be negative or exceed the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QFormat {
    /// Bits of the raw integer, 2 to 16.
    pub total_bits: u32,
    /// Fraction bits n, -32 to 31.
    pub frac_bits: i32,
}

/// How a real number becomes an integer. The contract knows one way; it is named wherever it happens, so that no other one
/// slips in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest integer, ties to the even one.
    HalfEven,
}

/// What happens to a number outside a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The model is refused; the error names the worst weight and what would fit.
    Refuse,
    /// It stops at the format's largest value, and the result counts how often.
    Saturate,
}

impl QFormat {
    /// The largest raw value; the smallest is its negative.
    pub fn max_raw(&self) -> i32 {
        (1 << (self.total_bits - 1)) - 1
    }

    /// The real number behind a raw value.
    pub fn value(&self, raw: i32) -> f64 {
        f64::from(raw) * f64::from(-self.frac_bits).exp2()
    }

    /// The rounded, unlimited raw value: an integer in double precision. Multiplying by a power of two is exact.
    pub fn unlimited_raw(&self, value: f64, rounding: Rounding) -> f64 {
        let scaled = value * f64::from(self.frac_bits).exp2();
        match rounding {
            Rounding::HalfEven => scaled.round_ties_even(),
        }
    }

    /// The raw value, `None` when it does not fit and `overflow` refuses. NaN never fits.
    pub fn raw(&self, value: f64, rounding: Rounding, overflow: Overflow) -> Option<i32> {
        let (raw, max) = (self.unlimited_raw(value, rounding), f64::from(self.max_raw()));
        match overflow {
            _ if raw.abs() <= max => Some(raw as i32),
            Overflow::Saturate if !raw.is_nan() => Some(raw.clamp(-max, max) as i32),
            _ => None,
        }
    }
}

impl fmt::Display for QFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Q{}.{}", i64::from(self.total_bits) - i64::from(self.frac_bits), self.frac_bits)
    }
}

/// The formats of a block's tensors. A machine ties them together: its shifts align all terms of a field, so a single number,
/// the fraction bits of the hidden field, decides them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    /// Of K1, input to hidden.
    pub k1: QFormat,
    /// Of K2 (delta folded in), hidden and output.
    pub k2: QFormat,
    /// Of K3 (delta folded in), input to output.
    pub k3: QFormat,
    /// Of the hidden biases.
    pub b1: QFormat,
    /// Of the output biases (delta folded in).
    pub b2: QFormat,
    /// How all of them round.
    pub rounding: Rounding,
    /// What all of them do with numbers that do not fit.
    pub overflow: Overflow,
}

impl Formats {
    /// The formats of a machine when its hidden field has `hidden_frac_bits` fraction bits (g of color 0).
    pub fn of(config: &ValidConfig, hidden_frac_bits: i32, rounding: Rounding, overflow: Overflow) -> Self {
        let grids = Grids::of(config, hidden_frac_bits);
        let weight = |frac_bits| QFormat { total_bits: config.weight_bits(), frac_bits };
        let bias = |frac_bits| QFormat { total_bits: config.bias_bits(), frac_bits };
        Self {
            k1: weight(grids.k1),
            k2: weight(grids.k2),
            k3: weight(grids.k3),
            b1: bias(grids.b1),
            b2: bias(grids.b2),
            rounding,
            overflow,
        }
    }

    /// The finest formats of a machine that hold every weight and bias of a model; they refuse overflow.
    pub fn finest(model: &ColoredModel, config: &ValidConfig, rounding: Rounding) -> Self {
        let grids = (-24..=24).rev().map(|g| Self::of(config, g, rounding, Overflow::Refuse));
        let fits = |formats: &Self| {
            let m = model.model();
            let hidden = |i: usize| model.colors()[i] == Some(ColorId(0));
            let inside = |format: QFormat, value| format.raw(value, rounding, Overflow::Refuse).is_some();
            (m.inputs()..m.p_bits()).all(|i| {
                let bias = if hidden(i) { formats.b1 } else { formats.b2 };
                inside(bias, m.biases()[i])
                    && m.couplings().row(i).all(|(j, value)| match (j < m.inputs(), hidden(i)) {
                        (true, true) => inside(formats.k1, value),
                        (true, false) => inside(formats.k3, value),
                        (false, _) => inside(formats.k2, value),
                    })
            })
        };
        let coarsest = Self::of(config, -24, rounding, Overflow::Refuse);
        grids.into_iter().find(fits).unwrap_or(coarsest)
    }
}
