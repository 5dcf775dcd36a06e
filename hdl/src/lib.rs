//! Hardware description.

pub mod width;
