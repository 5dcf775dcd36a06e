//! The pieces of `spinwright demo`: measuring, sampling pictures for the report, cross-checking.

pub mod crosscheck;
pub mod measure;
pub mod stages;
