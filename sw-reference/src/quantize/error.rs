//! Why a model is not quantized for a machine.

use super::QFormat;
use spinwright_contract::Problem;
use std::fmt;

/// A refusal with its facts.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "every variant's sentence stands in `problem`")]
pub enum QuantizeError {
    NotFinite { name: String, value: f64 },
    BiasCount { found: usize, missing: usize },
    Range { name: String, value: f64, raw: f64, format: QFormat, scale: f64, extra_bits: i32, count: usize },
    Grid { tensor: &'static str, found: QFormat, expected: QFormat, hidden_frac_bits: i32 },
    GridRange { hidden_frac_bits: i32 },
    Colors { found: usize },
    TooLarge { key: &'static str, found: usize, limit: usize },
    NoSkip { input: usize, output: usize, value: f64 },
    InputTerm { name: String, value: f64 },
    Shape { part: String, found: String, expected: String },
    NoEncoder,
    EndRange { name: String, value: f64, raw: f64, format: QFormat, extra_bits: i32, count: usize },
}

/// Rounded down to two significant digits, so that the number printed as "rescale by" really fits.
fn floor_digits(value: f64) -> String {
    let places = (1 - value.log10().floor() as i32).clamp(0, 12);
    let unit = 10f64.powi(places);
    format!("{:.*}", places as usize, (value * unit).floor() / unit)
}

impl QuantizeError {
    /// How far a weight passes its format, as a factor.
    pub(super) fn excess(&self) -> Option<f64> {
        match self {
            Self::Range { raw, format, .. } => Some(raw.abs() / f64::from(format.max_raw())),
            _ => None,
        }
    }

    /// A number of the encoder or decoder that does not fit has a grid of its own.
    pub(super) fn of_end(self) -> Self {
        match self {
            Self::Range { name, value, raw, format, extra_bits, count, .. } => {
                Self::EndRange { name, value, raw, format, extra_bits, count }
            }
            other => other,
        }
    }

    /// What, where, why and what to do.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotFinite { name, value } => Problem::new(
                "a number of the model is not finite",
                name,
                format!("it is {value}"),
                "correct it; if it comes from training, train with a lower learning rate",
            ),
            Self::BiasCount { found, missing } => Problem::new(
                "a bias set is too short",
                format!("h[{missing}]"),
                format!("{found} biases were given"),
                "give one bias for every p-bit of the model",
            ),
            Self::Range { name, value, raw, format, scale, extra_bits, count } => {
                let max = format.max_raw();
                let (down, up) = (floor_digits(*scale), 1.0 / scale);
                let coarser = QFormat { frac_bits: format.frac_bits - extra_bits, ..*format };
                let others = if *count > 1 {
                    format!("; {count} numbers do not fit, this is the worst")
                } else {
                    String::new()
                };
                Problem::new(
                    "a weight does not fit its format",
                    name,
                    format!("{value} needs raw {raw}, but {format} holds -{max} to {max}{others}"),
                    format!(
                        "rescale couplings and biases by {down} (and beta by {up:.2}), choose {coarser} (field fraction bits \
                         lower by {extra_bits}), give the machine {extra_bits} more bits, or tell the compiler to saturate"
                    ),
                )
            }
            Self::Shape { part, found, expected } => Problem::new(
                "the model does not fit the machine",
                format!("machine key `{part}`"),
                format!("the model's is {found}, the machine's {expected}"),
                "compile for the machine that the model was trained for, or generate one with the model's shape",
            ),
            Self::NoEncoder => Problem::new(
                "the model does not fit the machine",
                "machine key `encoder`",
                "the model encodes pictures with a sign convolution, the machine has no encoder",
                "generate a machine with the model's `encoder`",
            ),
            Self::EndRange { name, value, raw, format, extra_bits, count } => {
                let max = format.max_raw();
                let coarser = QFormat { frac_bits: format.frac_bits - extra_bits, ..*format };
                let others = if *count > 1 {
                    format!("; {count} numbers do not fit, this is the worst")
                } else {
                    String::new()
                };
                Problem::new(
                    "a weight does not fit its format",
                    name,
                    format!("{value} needs raw {raw}, but {format} holds -{max} to {max}{others}"),
                    format!(
                        "choose {coarser} ({extra_bits} fraction bits less), give the machine {extra_bits} more bits or a \
                         larger bias shift, or tell the compiler to saturate"
                    ),
                )
            }
            Self::Grid { tensor, found, expected, hidden_frac_bits } => Problem::new(
                "the formats are not the machine's",
                *tensor,
                format!(
                    "{found} was given; with {hidden_frac_bits} fraction bits of the hidden field, the machine's widths and \
                     shifts ask for {expected}"
                ),
                format!("use {expected}, or change the machine's bits and shifts"),
            ),
            Self::GridRange { hidden_frac_bits } => Problem::new(
                "the formats are out of range",
                "fraction bits of the hidden field",
                format!("{hidden_frac_bits} leads to fraction bits outside -32 to 31"),
                "rescale the model so that its weights are nearer to 1",
            ),
            Self::Colors { found } => Problem::new(
                "the model does not fit the machine",
                "coloring",
                format!("it needs {found} colors, a layered machine has 2"),
                "use a bipartite model (no odd cycle of couplings); a layered machine couples hidden to output p-bits only",
            ),
            Self::TooLarge { key, found, limit } => Problem::new(
                "the model does not fit the machine",
                format!("machine key `blocks[0].{key}`"),
                format!("the model needs {found}, the machine has {limit}"),
                format!("generate a machine with \"{key}\": {found} or more, or use a smaller model"),
            ),
            Self::NoSkip { input, output, value } => Problem::new(
                "the model does not fit the machine",
                format!("J[{output}][{input}]"),
                format!("{value} couples an input to an output, which this machine has no weights for"),
                "generate a machine with \"skip\": true, or train the model without K3",
            ),
            Self::InputTerm { name, value } => Problem::new(
                "the model couples or biases inputs",
                name,
                format!(
                    "it is {value}; inputs hold data, so this changes no probability and no machine stores it"
                ),
                "set it to 0",
            ),
        }
    }
}

impl fmt::Display for QuantizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem().fmt(f)
    }
}

impl std::error::Error for QuantizeError {}

impl From<QuantizeError> for Problem {
    fn from(error: QuantizeError) -> Self {
        error.problem()
    }
}
