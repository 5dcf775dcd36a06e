//! Options that several commands share: how long to sample, where runs start and what is held.

mod graph;
mod held;
mod schedule;

pub use graph::{GraphInput, ReadingOptions, in_range, label_clamps, possible_beta};
pub use held::{
    beta_schedule, clamps, clamps_of, no_table_select, start_states, table_select, table_select_of,
};
pub use schedule::{ReadoutName, ScheduleOptions, StartName, per_block, retained_within};
