//! Training of convolutional models: sign-convolution encoder, thermodynamic blocks, linear decoder, end to end.
//!
//! The forward pass runs the machine's own arithmetic: rounded weights, saturated fields, table and draws in every
//! block, and signs between the parts; gradients go straight through. The inner loops are direct convolutions written for
//! the vector unit (`kernels`).

mod block;
mod buffer;
mod checkpoint;
mod config;
mod distill;
mod distort;
mod encode;
mod evaluate;
pub mod io;
mod kernels;
mod math;
mod norm;
mod paper;
mod params;
mod presets;
mod prune;
mod ptanh;
mod record;
mod running;
mod shard;
mod taps;
mod trainer;

#[cfg(test)]
mod gradient_test;

pub use checkpoint::Checkpoint;
pub use config::{
    BlockConfig, ConvFormat, DecoderConfig, Distortion, EncoderConfig, FixedPoint, Losses, Phase, Pruning,
    Recipe, TrainConfig,
};
pub use evaluate::{Sampling, sampled_accuracy};
pub use record::{Spread, TrainRecord, Trained, ValidationRow};
pub use trainer::{resume, train, train_seeds};
