//! Traces: everything that a run shows, as JSON lines. `docs/contract.md`, section 13.

mod hex;
mod job;
pub(crate) mod writer;

pub use hex::{parse_inputs, parse_pictures, spins_from_hex, spins_to_hex};
pub use job::{TraceJob, write_trace};
pub use writer::{TraceKeys, TraceWriter};

#[cfg(test)]
mod tests;
