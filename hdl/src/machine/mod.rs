//! The `layered` machine: lanes, engine, core, host port and top, and how its Verilog is written.

mod cases;
mod core;
mod engine;
mod estimate;
mod generate;
mod host;
mod lane;
mod shape;

pub use self::core::Core;
pub use cases::cells_of_tests;
pub use engine::Engine;
pub use estimate::{ResourceEstimate, estimate};
pub use generate::{GeneratedMachine, generate};
pub use host::{HostedCore, Top};
pub use lane::Lane;
pub use shape::{MachineShape, cycles_per_run};
