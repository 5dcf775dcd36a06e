//! Options that several commands share: how long to sample and what is held.

mod held;
mod schedule;

pub use held::{clamps, table_select};
pub use schedule::{ReadoutName, ScheduleOptions, StartName, per_block, retained_within};
