//! Theory of sweep schedules: what error a number of sweeps leaves, and how many sweeps an error needs (Moore 2026, section 5
//! and appendix C; derived again here, see `docs/schedules.md`).
//!
//! The *block error* is the probability that the sign of an output p-bit's sum is not the sign of its long-run mean, averaged over
//! outputs and inputs.
//!
//! ```text
//! couplings, clamped fields -> MeanField -> Linearized -> Spectrum -> Prediction -> Curve -> sweeps
//!                              Chain, machine                     -> Tally (measured)
//! ```

mod chain;
mod machine;
mod mean_field;
mod measure;
mod mixture;
mod modes;
mod operator;
mod plan;
mod predict;
mod quadrature;
mod spectrum;
pub mod thermal;

pub use chain::{Chain, Clamped};
pub use machine::{MachineBlock, MachineMeasure};
pub use mean_field::{Closure, MeanField};
pub use measure::{MeasureOptions, Tally, long_run_signs, measure};
pub use mixture::{Component, Mixture};
pub use modes::{LagOne, Linearized, Mode, lag_one_error, pearson, pearson_limit};
pub use operator::{BlockOperator, ConvOperator, DenseOperator, Entries};
pub use plan::{Curve, split};
pub use predict::{NODES, PredictOptions, Prediction, predict};
pub use quadrature::Gauss;
pub use spectrum::Spectrum;

#[cfg(test)]
mod tests;
