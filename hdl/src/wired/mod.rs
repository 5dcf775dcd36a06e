//! The `wired` machine: a sparse graph in the wires.

mod clamp_wires;
mod cluster;
mod engine;
mod lane;
mod run_order;
mod shape;
mod spin_wires;
mod tap_wires;
mod windows;

pub use clamp_wires::ClampWires;
pub use cluster::Cluster;
pub use engine::WiredEngine;
pub use lane::WiredLane;
pub use run_order::RunOrder;
pub use shape::{Source, WiredShape};
pub use spin_wires::SpinWires;
pub use tap_wires::TapWires;
pub use windows::WiredWindows;
