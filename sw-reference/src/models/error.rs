//! Why numbers are no model, or a coloring is none.

use spinwright_contract::Problem;
use std::fmt;

/// A refused model or coloring, with the facts.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "every variant's sentence stands in `problem`")]
pub enum ModelError {
    Size { p_bits: usize, expected: usize, found: usize },
    NothingToSample { p_bits: usize, inputs: usize },
    NotFinite { place: String, value: f64 },
    Asymmetric { i: usize, j: usize, below: f64, above: f64 },
    SelfCoupling { i: usize, value: f64 },
    UnknownPBit { i: usize, j: usize, p_bits: usize },
    Repeated { i: usize, j: usize },
    ColorCount { p_bits: usize, found: usize },
    InputColored { i: usize },
    Uncolored { i: usize },
    SameColor { i: usize, j: usize, color: usize },
}

impl ModelError {
    /// What, where, why and what to do.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Size { p_bits, expected, found } => Problem::new(
                "the coupling matrix has the wrong size",
                "couplings J",
                format!(
                    "{p_bits} biases ask for {p_bits} x {p_bits} = {expected} numbers, {found} were given"
                ),
                "give one row and one column for every bias",
            ),
            Self::NothingToSample { p_bits, inputs } => Problem::new(
                "the model has no p-bit to sample",
                "biases h",
                format!("of {p_bits} p-bits {inputs} are inputs"),
                "give at least one p-bit that is no input",
            ),
            Self::NotFinite { place, value } => Problem::new(
                "a number of the model is not finite",
                place,
                format!("it is {value}"),
                "correct it; if it comes from training, train with a lower learning rate",
            ),
            Self::Asymmetric { i, j, below, above } => Problem::new(
                "the couplings are not symmetric",
                format!("J[{i}][{j}]"),
                format!("J[{i}][{j}] is {below}, J[{j}][{i}] is {above}"),
                "give both the same value: an energy exists only for symmetric couplings",
            ),
            Self::SelfCoupling { i, value } => Problem::new(
                "a p-bit is coupled to itself",
                format!("J[{i}][{i}]"),
                format!("it is {value}; s * s is always 1, so this changes no probability"),
                "set the diagonal to 0",
            ),
            Self::UnknownPBit { i, j, p_bits } => Problem::new(
                "a coupling names a p-bit that does not exist",
                format!("J[{i}][{j}]"),
                format!("the model has the p-bits 0 to {}", p_bits - 1),
                "correct the index or give one more bias",
            ),
            Self::Repeated { i, j } => Problem::new(
                "a coupling is given twice",
                format!("J[{i}][{j}]"),
                "every pair counts once, in either order",
                "remove one of them, or add them up",
            ),
            Self::ColorCount { p_bits, found } => Problem::new(
                "the coloring has the wrong length",
                "coloring",
                format!("{found} colors were given for {p_bits} p-bits"),
                "give one entry for every p-bit; inputs have none",
            ),
            Self::InputColored { i } => Problem::new(
                "an input p-bit has a color",
                format!("p-bit {i}"),
                "input p-bits are never updated",
                "give inputs no color",
            ),
            Self::Uncolored { i } => Problem::new(
                "a p-bit has no color",
                format!("p-bit {i}"),
                "every p-bit that is no input is updated once per sweep, with its color",
                "give it a color that none of its neighbors has",
            ),
            Self::SameColor { i, j, color } => Problem::new(
                "two coupled p-bits have the same color",
                format!("p-bits {i} and {j}"),
                format!("both have color {color}; updated together, neither would see the other's new spin"),
                "give one of them another color",
            ),
        }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem().fmt(f)
    }
}

impl From<ModelError> for Problem {
    fn from(error: ModelError) -> Self {
        error.problem()
    }
}

impl std::error::Error for ModelError {}
