//! Training of one dense block on thresholded pixels, with a linear decoder and a control.

pub(super) mod augment;
mod control;
pub(super) mod evaluate;
mod gemm;
pub(super) mod model;
pub(super) mod params;
pub(super) mod step;
mod trainer;

#[cfg(test)]
mod gradient_test;

pub use evaluate::{Sampling, control_accuracy, feed_forward_accuracy, sampled_accuracy};
pub use model::{DenseBlock, Linear, Model, decoder_fraction};
pub use trainer::{resume, train};
