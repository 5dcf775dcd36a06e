//! Hardware description.

pub mod addressed;
pub mod bus;
pub mod cells;
pub mod check;
pub mod crosscheck;
mod folder;
pub mod host;
pub mod machine;
pub mod verilog;
pub mod width;
pub mod wired;

pub use folder::GeneratedSparse;
