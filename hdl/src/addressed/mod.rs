//! The `addressed` machine: the graph in the bank, the spins in memories.

mod core;
mod engine;
mod generate;
mod host;
mod lane;
mod row_order;
mod shape;
mod windows;
mod write_back;

pub use self::core::AddressedCore;
pub use engine::AddressedEngine;
pub use generate::{GeneratedAddressed, generate, generate_with};
pub use host::{AddressedHost, AddressedTop};
pub use lane::AddressedLane;
pub use row_order::RowOrder;
pub use shape::AddressedShape;
pub use windows::AddressedWindows;
pub use write_back::WriteBack;
