//! Fast chromatic Gibbs sampling on graphs, in real numbers: many replicas, each with its own random bits and its own beta.

mod sampler;

pub use sampler::GibbsSampler;
