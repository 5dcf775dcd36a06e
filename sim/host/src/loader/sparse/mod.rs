//! Sparse machines: from their images to what is written into a device. Contract, section 14.
//!
//! The graph is read from the machine's data; edges, places and tap groups are worked out here, not taken from the compiler.

mod decode;
mod map;
mod setup;
mod streams;

pub use decode::SparseWords;
pub use map::SparseMap;
pub use setup::SparseSetup;
pub use streams::{sparse_bias_upload, sparse_coupling_upload, sparse_table_upload};
