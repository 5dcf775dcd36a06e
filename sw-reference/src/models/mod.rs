//! Models in real numbers: Ising models, their colorings, and the thermodynamic block as one of them.

mod block;
mod color;
mod conv;
mod error;
mod ising;

pub use block::block_model;
pub use color::{ColorId, ColoredModel, bipartite};
pub use conv::{CellDecoder, ConvBlock, ConvModel, SignConv};
pub use error::ModelError;
pub use ising::{Csr, IsingModel};

#[cfg(test)]
mod tests;
