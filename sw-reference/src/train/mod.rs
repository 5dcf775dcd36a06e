//! Training of dense thermodynamic blocks: the recipe `chain` (the sampled chain in the loop).
//!
//! Real sweeps of the machine's own arithmetic (rounded weights, saturated field, table, draws) run inside every
//! training step, and straight-through gradients flow back through all sampled bits; see `step.rs`. The losses are
//! softmax cross-entropy of a linear decoder on the signs of the outputs, plus a magnitude loss that keeps the mean
//! output fields away from zero.
//!
//! Only the training split is ever given to this module; validation pictures are set aside from it by seed.
//!
//! ```no_run
//! use spinwright_reference::data::digits;
//! use spinwright_reference::train::{Silent, TrainConfig, train};
//! let pictures = digits::draw(6000, 1, digits::Split::Train);
//! let trained = train(&pictures, &TrainConfig::digits(), &mut Silent)?;
//! println!("{:.1} % on validation", 100.0 * trained.record.validation.field);
//! # Ok::<(), spinwright_reference::train::TrainError>(())
//! ```

mod adam;
mod augment;
mod checkpoint;
mod config;
mod control;
pub mod conv;
mod error;
mod evaluate;
mod gemm;
pub mod io;
mod model;
mod params;
mod rate;
mod record;
mod sign;
mod step;
mod table;
mod trainer;

#[cfg(test)]
mod gradient_test;

pub use checkpoint::Checkpoint;
pub use config::{Augment, Format, Fractions, Phase, TrainConfig};
pub use error::TrainError;
pub use evaluate::{Sampling, control_accuracy, feed_forward_accuracy, sampled_accuracy};
pub use model::{DenseBlock, Linear, Model, decoder_fraction};
pub use record::{EpochRecord, Observer, Progress, Silent, TrainRecord, Trained, ValidationScores};
pub use trainer::{resume, train};
