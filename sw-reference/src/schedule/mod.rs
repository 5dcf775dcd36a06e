//! Theory of sweep schedules.
#![allow(missing_docs)]
pub mod chain;
pub mod operator;
pub mod quadrature;
