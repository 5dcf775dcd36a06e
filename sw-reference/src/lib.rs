//! The software side of Spinwright: models, quantization, compilation to bank images, the ideal and the bit-exact sampler,
//! training, evaluation.
//!
//! Data flows one way, and every stage is a type:
//!
//! ```text
//! IsingModel -> ColoredModel -> QuantizedModel -> BankLayout -> BankImage -> Sampler
//! ```
//!
//! What "bit-exact" means stands in `docs/contract.md`; its numbers come from the crate `spinwright-contract`.

#[cfg(target_arch = "x86_64")]
mod amx;
pub mod compile;
pub mod data;
pub mod evaluate;
pub mod exchange;
pub mod fast;
pub mod gibbs;
pub mod graph;
pub mod ideal;
pub mod image;
pub mod layout;
pub mod learn;
pub mod models;
pub mod quantize;
pub mod sampler;
pub mod schedule;
pub mod sparse;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod trace;
pub mod train;
