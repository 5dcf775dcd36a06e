//! Sparse machines beside their reference: as the layered ones, with what section 14 of the contract has otherwise.

mod clocks;
mod comparer;
mod contents;
mod model;
mod readback;
mod session;
mod verify;
mod walk;

pub use comparer::SparseComparer;
pub use contents::{random_sparse_contents, random_sparse_contents_on, random_sparse_graph};
pub use model::SparseModelOfDevice;
pub use session::{SparseRequest, SparseSession};
pub use verify::{
    ReadBackReport, Took, verify_sparse, verify_sparse_over_uart, verify_sparse_read_back,
    verify_sparse_sources,
};
