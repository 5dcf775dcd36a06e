//! The cells: every block of the machine that is smaller than a lane, one per file.
//!
//! Each cell is described once in rust-hdl with run-time widths; `docs/blocks/` has a page per cell. Widths come from a
//! [`ValidConfig`](spinwright_contract::ValidConfig) through [`machine`](crate::machine).

mod adder_tree;
mod bias_bank;
mod cases;
mod clamp;
mod clamp_memory;
mod class_select;
mod coupling_unit;
mod field_accumulator;
mod input_memory;
mod leap_lfsr;
mod p_bit;
mod patch_unit;
mod picture_memory;
mod plane_accumulator;
mod readout;
mod readout_memory;
mod sequencer;
mod spin_address;
mod spin_memory;
mod table_select;
mod threshold_table;
mod update_pipeline;
mod weight_bank;
mod xoshiro128pp;

pub use adder_tree::AdderTree;
pub use bias_bank::{BiasBank, BiasFormat};
pub use cases::{PATCHES, end_cases};
pub use clamp::Clamp;
pub use clamp_memory::ClampMemory;
pub use class_select::ClassSelect;
pub use coupling_unit::CouplingUnit;
pub use field_accumulator::{FieldAccumulator, FieldFormat};
pub use input_memory::InputMemory;
pub use leap_lfsr::LeapLfsr;
pub use p_bit::PBit;
pub use patch_unit::{PatchShape, PatchUnit};
pub use picture_memory::PictureMemory;
pub use plane_accumulator::PlaneAccumulator;
pub use readout::Readout;
pub use readout_memory::ReadoutMemory;
pub(crate) use sequencer::SCHEDULE_BITS;
pub use sequencer::{Sequencer, SequencerShape};
pub use spin_address::SpinAddress;
pub use spin_memory::SpinMemory;
pub use table_select::TableSelect;
pub use threshold_table::ThresholdTable;
pub(crate) use update_pipeline::FIXED_STAGES;
pub use update_pipeline::UpdatePipeline;
pub use weight_bank::WeightBank;
pub use xoshiro128pp::Xoshiro128pp;
