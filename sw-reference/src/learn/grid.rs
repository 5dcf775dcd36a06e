//! The numbers that a machine can hold.

use crate::quantize::{Overflow, QFormat, Rounding};
use crate::sparse::SparseGrids;
use serde::{Deserialize, Serialize};
use spinwright_contract::ValidSparse;

/// The formats of a machine's couplings and biases at one grid of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Fraction bits of the field.
    pub field_fraction: i32,
    /// Bits of a coupling.
    pub coupling_bits: u32,
    /// Fraction bits of a coupling.
    pub coupling_fraction: i32,
    /// Bits of a bias.
    pub bias_bits: u32,
    /// Fraction bits of a bias.
    pub bias_fraction: i32,
}

impl Grid {
    /// The machine's grid with these fraction bits of the field; without them, couplings of -2 to 2.
    pub fn of(machine: &ValidSparse, field_fraction: Option<i32>) -> Self {
        let shift = machine.shifts().coupling as i32;
        let field_fraction = field_fraction.unwrap_or(machine.weight_bits() as i32 - 2 + shift);
        let grids = SparseGrids::of(machine, field_fraction);
        Self {
            field_fraction,
            coupling_bits: machine.weight_bits(),
            coupling_fraction: grids.coupling,
            bias_bits: machine.bias_bits(),
            bias_fraction: grids.bias,
        }
    }

    /// The nearest coupling that the machine holds.
    pub fn coupling(&self, value: f64) -> f64 {
        nearest(value, self.coupling_bits, self.coupling_fraction)
    }

    /// The nearest bias that the machine holds.
    pub fn bias(&self, value: f64) -> f64 {
        nearest(value, self.bias_bits, self.bias_fraction)
    }

    /// Largest coupling and largest bias.
    pub fn limits(&self) -> [f64; 2] {
        [self.coupling(f64::MAX), self.bias(f64::MAX)]
    }
}

fn nearest(value: f64, total_bits: u32, frac_bits: i32) -> f64 {
    let format = QFormat { total_bits, frac_bits };
    let raw =
        format.raw(value, Rounding::HalfEven, Overflow::Saturate).expect("saturation takes every number");
    format.value(raw)
}
