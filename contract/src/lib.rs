//! Spinwright's contract, as data.
//!
//! Everything that the hardware generator (`spinwright-hdl`) and the bit-exact reference (`spinwright-reference`) must agree
//! on stands here once, as plain data: the machine's configuration and its derived sizes, the generators' polynomials, the
//! placement of p-bits, the image and load-stream layouts, the register map and the host frames. The prose that gives these
//! numbers their meaning is `docs/contract.md`.
//!
//! This crate never samples, never trains and never prints Verilog: the two implementations share this data and no
//! computation, or the cross-check between them would prove nothing.

pub mod config;
pub mod files;
pub mod generator;
pub mod hash;
pub mod image;
pub mod load;
pub mod machine;
pub mod manifest;
pub mod placement;
pub mod port;
pub mod power_on;
pub mod problem;
pub mod registers;
pub mod schedule;
pub mod sparse;

pub use config::{BlockShape, Color, MachineConfig, RandomSource, Shifts, ValidConfig};
pub use hash::MachineHash;
pub use machine::Machine;
pub use manifest::{AddressedManifest, Manifest, SparseManifest};
pub use placement::{PBitId, Place, Placement};
pub use port::Port;
pub use problem::Problem;
pub use schedule::{Readout, Schedule, Start};
pub use sparse::{SparseConfig, SparseGraph, SparseShifts, ValidSparse};

/// Version of the contract in `docs/contract.md`. Part of every machine hash: machines and images of different contract
/// versions never mix.
pub const CONTRACT_VERSION: u32 = 1;
