//! Hardware description.

pub mod cells;
pub mod check;
pub mod crosscheck;
pub mod host;
pub mod verilog;
pub mod width;
