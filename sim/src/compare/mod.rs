//! The reference beside the simulated hardware.
//!
//! The reference's slow sampler reports every update to a [`Comparer`], which takes the same update from the hardware's
//! observation stream and compares spin, field, draw and accumulator. [`Session`] is one simulated device with the
//! reference's idea of it; [`verify`] runs sessions until enough updates have been compared.

mod comparer;
mod contents;
mod divergence;
mod live;
mod model;
mod readback;
mod request;
mod session;
mod sparse;
mod timeline;
mod verify;
mod walk;

pub use comparer::{Comparer, Observations};
pub use contents::{RandomSetup, random_contents};
pub use divergence::{AnyColor, Counts, Divergence, Signal};
pub use live::SimulatedDevice;
pub use model::DeviceModel;
pub use request::{Acted, Moment, RunRequest};
pub use session::Session;
pub use sparse::{
    ReadBackReport, SparseComparer, SparseModelOfDevice, SparseRequest, SparseSession, Took,
    random_sparse_contents, random_sparse_contents_on, random_sparse_graph, verify_sparse,
    verify_sparse_over_uart, verify_sparse_read_back, verify_sparse_sources,
};
pub use verify::{
    UartReport, VerifyOptions, VerifyReport, verify, verify_inputs, verify_over_uart, verify_pictures,
    verify_sources,
};
