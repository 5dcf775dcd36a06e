//! The bit-exact sampler for many images at once.
//!
//! Same integers as the scalar sampler (`docs/contract.md`, sections 3 to 7): spins, fields, draws, sums, signs, scores. Why it
//! is fast: 32 images run side by side in the vector lanes (`layout`), so that one weight serves all of them; a convolution is
//! a few stretches of weights times stretches of spins at every position (`wiring`), without a copy of the spins; the default
//! source's draws come in whole vectors from a squared recurrence (`draws`); the inputs' contribution is computed once per
//! image. When it is the wrong tool: one image alone wastes 31 of 32 columns, and bank swaps in the middle of a run are the
//! scalar sampler's.
//!
//! The inner loops exist for AMX, AVX-512, AVX2 and as portable Rust (`kernels`); the results are the same bytes for every
//! [`Path`] and any number of threads, because everything is integers and every image has its own place in the streams.

mod batch;
mod bits;
mod color;
mod draws;
mod ends;
mod jump;
mod kernels;
mod layout;
mod link;
mod model;
mod raw;
mod sampler;
mod stage;
mod strip;
mod table;
mod wiring;

pub use batch::{Batch, BatchInputs, BatchResult, BatchStart, Clamps, Part, Step};
pub use bits::SpinRows;
pub use kernels::Path;
pub use raw::{RawBlock, RawLinear, RawModel};
pub use sampler::BatchSampler;
