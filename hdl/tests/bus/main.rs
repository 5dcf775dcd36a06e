//! The ports of a system on a chip: their protocols' rules proven, and whole machines behind them driven by public bus functional models.

#[path = "../machine_support/mod.rs"]
mod machine_support;
#[path = "../wired_support/machines.rs"]
mod machines;

mod drivers;
mod formal;
