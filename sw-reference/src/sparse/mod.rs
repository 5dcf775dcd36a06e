//! Sparse machines in software: quantization, bank images, load streams, and the bit-exact sampler that judges every other one.
//!
//! `docs/contract.md`, section 14. The stages are types here too:
//!
//! ```text
//! IsingModel -> SparseModel -> SparseLayout -> SparseImage -> SparseSampler
//! ```

mod check;
mod compile;
mod contents;
mod energy;
mod image;
mod ladder;
mod layout;
mod observe;
mod quantize;
mod random;
mod run;
mod sampler;
mod trace;

pub use compile::{SparseProgram, compile};
pub use contents::{BetaStep, SparseContents, SparseGrids};
pub use energy::{SparseBest, SparseEnergy};
pub use image::SparseImage;
pub use ladder::{SparseExchange, SparseExchanges, SparseLadder};
pub use layout::SparseLayout;
pub use observe::{SparseObserver, SparseSilent, SparseStart, SparseUpdate};
pub use quantize::{SparseModel, SparseOptions, finest, quantize, quantize_on};
pub use random::{RandomGraph, RandomSparse};
pub use run::{SparseOutcome, SparseRun, SparseSwap};
pub use sampler::{SparseSampler, advance_runs, sparse_streams};
pub use trace::{SparseTraceJob, SparseTraceWriter, write_sparse_trace, write_sparse_trace_and};
