//! `machine.json`: what a machine is. [`MachineConfig`] is what a file says, [`ValidConfig`] is what has passed the door.

mod block;
pub(crate) mod door;
mod ends;
mod shapes;
mod sizes;
mod validate;

pub use block::{BiasScope, BlockShape, Kernel, Plane};
pub use ends::{DecoderShape, EncoderShape, PIXEL_BITS};
pub use sizes::BlockSizes;

use crate::files;
use crate::hash::MachineHash;
use crate::placement::Placement;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Which machine: how spins reach the lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A source word is broadcast to all lanes: dense and convolutional blocks.
    Layered,
}

/// Left shifts that align a color's terms on its grid. Each 0 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColorShifts {
    /// For the couplings from the input (K1 for hidden, K3 for output).
    pub input: u32,
    /// For the couplings from the other color (K2, in both directions).
    pub coupling: u32,
    /// For the bias.
    pub bias: u32,
}

/// The shifts of both colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shifts {
    /// Of the hidden p-bits' field.
    pub hidden: ColorShifts,
    /// Of the output p-bits' field.
    pub output: ColorShifts,
}

/// Where the draws come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RandomSource {
    /// Leap-forward Fibonacci LFSR, 64 bits of state, 19 new bits per draw: the default.
    #[serde(rename = "lfsr64")]
    Lfsr64,
    /// xoshiro128++ (Blackman, Vigna 2019): the reference-grade choice.
    #[serde(rename = "xoshiro128++")]
    Xoshiro128PlusPlus,
}

/// What does not change a trace: register stages and the host port's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// Levels of the adder tree between two register stages. 1 to 8.
    pub tree_levels_per_stage: usize,
    /// Clock of the core in Hz, for the UART divider and reports.
    pub clock_hz: u64,
    /// Baud rate of the UART host port.
    pub baud: u64,
    /// A bitstream may fill banks: the machine looks for a power-on record (`docs/contract.md`, section 10).
    #[serde(skip_serializing_if = "is_false")]
    pub power_on: bool,
    /// Such a machine makes one run of itself first, and compares it with the record's signature.
    #[serde(skip_serializing_if = "is_false")]
    pub self_test: bool,
    /// A register stage between the memory of weights and the adder trees: higher clocks where block RAM answers late. Layered machines.
    #[serde(skip_serializing_if = "is_false")]
    pub weight_register: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            tree_levels_per_stage: 2,
            clock_hz: 12_000_000,
            baud: 1_000_000,
            power_on: false,
            self_test: false,
            weight_register: false,
        }
    }
}

/// A color of the `layered` machine. All p-bits of a color see the same state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// Color 0, updated first.
    Hidden,
    /// Color 1.
    Output,
}

impl Color {
    /// Both colors in the order of a sweep.
    pub const ALL: [Color; 2] = [Color::Hidden, Color::Output];

    /// Its number in traces and images.
    pub const fn index(self) -> usize {
        match self {
            Color::Hidden => 0,
            Color::Output => 1,
        }
    }

    /// The color that broadcasts its spins while this one is updated.
    pub const fn source(self) -> Color {
        match self {
            Color::Hidden => Color::Output,
            Color::Output => Color::Hidden,
        }
    }
}

/// What `machine.json` says. Unknown keys are refused. Ranges are checked by [`MachineConfig::validate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineConfig {
    /// Contract version the file was written for; must be [`crate::CONTRACT_VERSION`].
    pub contract: u32,
    /// Name of the machine and of the generated modules: a lowercase letter, then lowercase letters, digits and `_`.
    pub name: String,
    /// How spins reach the lanes.
    pub kind: Kind,
    /// The thermodynamic blocks, in order, 1 to 8; each reads the signs of the one before.
    pub blocks: Vec<BlockShape>,
    /// Sign convolution on the device; without it the host writes the first block's input spins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<EncoderShape>,
    /// Linear decoder on the device; without it the host decodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoder: Option<DecoderShape>,
    /// Buffers for a picture or for input spins, 1 or 2; with 2 the next one may be written while a run goes on.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub input_buffers: usize,
    /// Hardware update units: a power of two, 1 to 32.
    pub lanes: usize,
    /// Independent spin states that share the couplings and fill the pipeline. 1 to 64.
    pub replicas: usize,
    /// Source spins that a lane's adder tree sums in one clock: a power of two, `lanes` to 512.
    pub tree_width: usize,
    /// Bits of a coupling weight, 2 to 16.
    pub weight_bits: u32,
    /// Bits of a bias weight, 2 to 16.
    pub bias_bits: u32,
    /// Bits of the saturated field, which addresses the table. 3 to 12.
    pub field_bits: u32,
    /// Bits of a draw: 8 to 19 (`lfsr64`) or 24 (`xoshiro128++`).
    pub draw_bits: u32,
    /// Left shifts on the common grids.
    #[serde(default)]
    pub shifts: Shifts,
    /// Where draws come from.
    pub random_source: RandomSource,
    /// Coupling banks (couplings, tables, schedule), 2 to 16.
    pub coupling_banks: usize,
    /// Bias banks, 2 to 32.
    pub bias_banks: usize,
    /// Tables per color and coupling bank, one per beta; a replica selects one. 1 to 64.
    pub tables: usize,
    /// Longest burn-in and longest retained part, in sweeps of one replica; sizes the accumulators. 1 to 1,048,576.
    pub max_sweeps: u32,
    /// Not architectural: never changes a trace, is not part of the hash.
    #[serde(default)]
    pub timing: Timing,
}

fn one() -> usize {
    1
}

fn is_one(value: &usize) -> bool {
    *value == 1
}

/// A configuration that has passed [`MachineConfig::validate`], with its derived sizes and placement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidConfig {
    config: MachineConfig,
    placement: Placement,
    hash: MachineHash,
}

impl MachineConfig {
    /// Reads `machine.json`. `path` may be the file or a folder that holds one.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        files::read_json(&Self::file(path))
    }

    /// The file meant by `path`: itself, or `machine.json` inside it when it is a folder.
    pub fn file(path: &Path) -> PathBuf {
        if path.is_dir() { path.join("machine.json") } else { path.to_path_buf() }
    }

    /// Checks every range and limit; the only way to a [`ValidConfig`].
    pub fn validate(self) -> Result<ValidConfig, Problem> {
        validate::check(&self)?;
        let placement = Placement::interleaved(&self.blocks, self.lanes);
        let hash = MachineHash::of(&self);
        let valid = ValidConfig { config: self, placement, hash };
        validate::finished(&valid)?;
        Ok(valid)
    }
}

impl ValidConfig {
    /// Reads and validates; errors name the file.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let file = MachineConfig::file(path);
        MachineConfig::read(path)?.validate().map_err(|p| p.within(file.display()))
    }
}
