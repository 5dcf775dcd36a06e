//! The bit-exact sampler for many images at once.
//!
//! Same integers as the scalar sampler (`docs/contract.md`, sections 3 to 7): spins, fields, draws, sums and signs. Why it is
//! fast: 32 images run side by side in the vector lanes (`layout`), so that one weight serves all of them; the default
//! source's draws come in whole vectors from a squared recurrence (`draws`); the inputs' contribution is computed once per
//! image. When it is the wrong tool: one image alone wastes 31 of 32 columns, and bank swaps in the middle of a run are the
//! scalar sampler's.
//!
//! The inner loops exist for AMX, AVX-512, AVX2 and as portable Rust (`kernels`); the results are the same bytes for every
//! [`Path`] and any number of threads, because everything is integers and every image has its own place in the streams.

mod bits;
mod block;
mod color;
mod draws;
mod jump;
mod kernels;
mod layout;
mod model;
mod sampler;
mod table;

pub use bits::SpinRows;
pub use kernels::Path;
pub use model::RawModel;
pub use sampler::{Batch, BatchResult, BatchSampler, BatchStart, Clamps, Part, Step};
