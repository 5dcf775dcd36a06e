//! Options that several commands share: how long to sample, what is clamped, which spins are given.

mod held;
mod schedule;
mod spins;

pub use held::{clamps, table_select};
pub use schedule::{ReadoutName, ScheduleOptions, StartName, retained_for};
pub use spins::{from_hex, read_rows};
