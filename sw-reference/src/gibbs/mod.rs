//! Fast chromatic Gibbs sampling on graphs, in real numbers: many replicas, each with its own random bits and its own beta.
//!
//! Four engines, chosen by the model and the number of replicas:
//!
//! | | replicas side by side | p-bits of one color side by side |
//! |---|---|---|
//! | couplings of one size, at most 7 neighbors | `sliced`: bits, 512 replicas | `packed`: bits, 512 p-bits of a regular graph |
//! | any couplings | `lanes`: 32 replicas | `chains`: 16 p-bits |
//!
//! The inner loops exist for AVX-512, AVX2 and as portable Rust (`vector`), with the same results; the unit of threading is a
//! group of replicas with its own random stream. [`WiredSampler`] is the bit-exact counterpart: runs of a wired machine.

mod chains;
mod energy;
mod engine;
mod lanes;
mod packed;
mod planes;
mod random;
mod routes;
mod sampler;
mod sliced;
mod vector;
mod wired;

pub use sampler::GibbsSampler;
pub use wired::{WiredSampler, run_sparse_job};

#[cfg(test)]
mod tests;
