//! From a bank image to what is written into a device.
//!
//! Written from `docs/contract.md`, sections 8, 9 and 11, and from nothing else: the reference has its own layout code, the
//! hardware its own load engine, and the three meet in the cross-check. Placement is looked up in the machine's table.

mod contents;
mod decode;
mod sections;
mod setup;
mod slots;
mod sparse;
mod streams;

pub(crate) use contents::crc_of_words;
pub use contents::{BlockContents, EndContents, ModelContents, StreamCheck};
pub use setup::{RegisterWrite, RunInput, RunSetup};
pub use slots::{Member, SlotMap};
pub use sparse::{
    SparseMap, SparseSetup, SparseWords, sparse_bias_upload, sparse_coupling_upload, sparse_table_upload,
};
pub use streams::{Upload, bias_upload, coupling_upload, table_upload};
