//! Tools around sparse graphs: files of other programs, coloring, placement on machines, copy chains, problem families,
//! annealing schedules, and statistics of chains. `docs/graphs.md` is the manual.
//!
//! A [`Graph`] is a model with the names that its p-bits have in the file it came from.

pub mod anneal;
pub mod coloring;
pub mod diagnostics;
pub mod families;
pub mod formats;
mod model;
pub mod placement;
pub mod positions;
pub mod sparsify;

pub use model::{Graph, Label, Reading};
