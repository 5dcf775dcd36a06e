//! The `wired` machine: a sparse graph in the wires.

mod clamp_wires;
mod cluster;
mod cluster_energy;
mod core;
mod energy_unit;
mod engine;
mod exchange_unit;
mod generate;
mod host;
mod lane;
mod load_route;
mod replica_tables;
mod run_order;
mod shape;
mod spin_wires;
mod tap_wires;
mod update_stages;
mod windows;

pub use self::core::WiredCore;
pub use clamp_wires::ClampWires;
pub use cluster::Cluster;
pub use cluster_energy::ClusterEnergy;
pub use energy_unit::EnergyUnit;
pub use engine::WiredEngine;
pub use exchange_unit::ExchangeUnit;
pub use generate::{GeneratedWired, generate, generate_with};
pub use host::{WiredHost, WiredTop};
pub use lane::WiredLane;
pub use load_route::LoadRoute;
pub use replica_tables::ReplicaTables;
pub use run_order::RunOrder;
pub use shape::{Source, WiredShape};
pub use spin_wires::SpinWires;
pub use tap_wires::TapWires;
pub use update_stages::UpdateStages;
pub use windows::WiredWindows;
