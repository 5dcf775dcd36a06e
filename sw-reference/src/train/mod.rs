//! Training of thermodynamic models with the recipe `chain` (the sampled chain in the loop).
//!
//! Real sweeps of the machine's own arithmetic (rounded weights, saturated field, table, draws) run inside every
//! training step, and straight-through gradients flow back through all sampled bits. The losses are softmax cross-entropy
//! of a linear decoder on the signs of the outputs, plus a magnitude loss that keeps the mean output fields away from
//! zero.
//!
//! * `dense`: one dense block on thresholded pixels; its names stand directly in this module.
//! * [`conv`]: sign-convolution encoder, convolutional blocks, decoder, trained end to end.
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
mod checkpoint;
mod config;
pub mod conv;
mod dense;
mod error;
pub mod io;
mod loss;
pub(crate) mod packing;
mod rate;
mod record;
mod sign;
mod table;

pub use checkpoint::Checkpoint;
pub use config::{Augment, Format, Fractions, Phase, TrainConfig};
pub use dense::{
    DenseBlock, Linear, Model, Sampling, control_accuracy, decoder_fraction, feed_forward_accuracy, resume,
    sampled_accuracy, train,
};
pub use error::TrainError;
pub use record::{EpochRecord, Observer, Progress, Silent, TrainRecord, Trained, ValidationScores};
