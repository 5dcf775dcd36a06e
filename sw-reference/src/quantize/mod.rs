//! Quantization: real weights to raw integers on a machine's grids. `docs/contract.md`, section 3.
//!
//! ```text
//! raw = value x 2^n, rounded to the nearest integer, ties to even; value of raw = raw x 2^-n
//! ```
//!
//! Every format, the rounding and what happens on overflow are named by the caller; nothing has a default.

mod conv;
mod error;
mod format;
mod model;

pub use conv::{ConvFormats, QuantizedBlock, QuantizedConv, quantize_conv};
pub use error::QuantizeError;
pub use format::{Formats, Overflow, QFormat, Rounding};
pub use model::{QuantizedModel, quantize};

#[cfg(test)]
mod tests;
