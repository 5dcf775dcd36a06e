//! The `layered` machine: lanes, engine, core, host port and top, and how its Verilog is written.

mod cases;
mod core;
mod dense_sources;
mod engine;
mod estimate;
mod generate;
mod host;
mod lane;
mod memories;
mod plane_sources;
mod shape;
mod windows;

pub use self::core::Core;
pub use cases::cells_of_tests;
pub use dense_sources::DenseSources;
pub use engine::Engine;
pub(crate) use estimate::Registers;
pub use estimate::{ResourceEstimate, estimate};
pub use generate::{GeneratedMachine, generate, generate_with};
pub use host::{HostedCore, Top};
pub use lane::Lane;
pub use memories::{Holds, ParameterMemories, ParameterMemory};
pub use plane_sources::PlaneSources;
pub use shape::{MachineShape, cycle_count, cycles_per_run};
pub use windows::Windows;

pub use crate::cells::CycleCount;
