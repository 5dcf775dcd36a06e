//! The ideal: real numbers, no hardware. Exact distributions by enumeration, and a sampler in double precision that updates in
//! the machine's order.

mod enumerate;
mod sampler;

pub use enumerate::{Exact, MAX_FREE, enumerate};
pub use sampler::IdealSampler;

#[cfg(test)]
mod tests;
