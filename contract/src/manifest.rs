//! `manifest.json`: what `generate` wrote, for which machine, and where every p-bit is placed.

use crate::config::MachineConfig;
use crate::placement::Placement;
use serde::{Deserialize, Serialize};

/// One generated Verilog file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// File name within the folder of the manifest.
    pub file: String,
    /// The one module it holds.
    pub module: String,
    /// SHA-256 of its bytes, lowercase hex.
    pub sha256: String,
}

/// Contents of `manifest.json`, keys in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The machine's name.
    pub name: String,
    /// Contract version.
    pub contract: u32,
    /// SHA-256 of the canonical configuration, lowercase hex.
    pub machine_hash: String,
    /// Name of the top module (clock, reset, UART).
    pub top: String,
    /// Module with the register bus instead of the UART and with the observation ports: what the fast harness drives.
    pub core: String,
    /// P-bits that have a slot: hidden and output.
    pub p_bits: usize,
    /// Clocks from the issue of an update to its spin being readable; not architectural, for the cycle counts.
    pub pipeline_depth: usize,
    /// The configuration the files were generated from.
    pub config: MachineConfig,
    /// The generated files, in the order a tool should read them.
    pub files: Vec<ManifestFile>,
    /// `placement[id]` is the lane and slot of p-bit `id`.
    pub placement: Placement,
}
