//! `manifest.json`: what `generate` wrote, for which machine, and where every p-bit is placed.

use crate::config::MachineConfig;
use crate::placement::Placement;
use crate::port::Port;
use crate::sparse::SparseConfig;
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
    /// Name of the top module (clock, reset, port).
    pub top: String,
    /// Its port; left out for the UART.
    #[serde(default, skip_serializing_if = "Port::is_uart")]
    pub port: Port,
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

/// Clocks of a run that is neither stopped nor swapped, as `CONTROL_CYCLES` counts them (before modulo 2^32):
/// `clocks_per_sweep` x (sweeps + 1 with a random start) + `clocks_per_run`, and `clocks_per_exchange` for every exchange of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CycleFormula {
    /// Clocks of a sweep of all replicas.
    pub clocks_per_sweep: u64,
    /// Clocks of a run beside its sweeps.
    pub clocks_per_run: u64,
    /// Clocks of an exchange between rungs; only of machines with `ladder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clocks_per_exchange: Option<u64>,
}

/// Contents of a sparse machine's `manifest.json`, keys in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SparseManifest {
    /// The machine's name.
    pub name: String,
    /// Contract version.
    pub contract: u32,
    /// SHA-256 of the canonical configuration, lowercase hex.
    pub machine_hash: String,
    /// Name of the top module (clock, reset, port).
    pub top: String,
    /// Its port; left out for the UART.
    #[serde(default, skip_serializing_if = "Port::is_uart")]
    pub port: Port,
    /// Module with the UART and the observation ports; with another port the top.
    pub host: String,
    /// Module with the register bus instead of the UART and with the observation ports: what the fast harness drives.
    pub core: String,
    /// P-bits.
    pub p_bits: usize,
    /// Clocks from the issue of an update to its spin in the line; not architectural.
    pub pipeline_depth: usize,
    /// Clocks of a run.
    pub cycles: CycleFormula,
    /// Lanes of every cluster, in order: bit l of `observe_spin_c` is lane (lanes of the clusters before c) + l; `observe_field_l` and
    /// `observe_draw_l` are by lane; `observe_sum_c` is that of the cluster's lane `observe_sum_lane_c` and of slot `observe_sum_slot_c`
    /// when `observe_sum_valid_c` is high, all replicas of the slot included.
    pub clusters: Vec<usize>,
    /// The generated files, in the order a tool should read them.
    pub files: Vec<ManifestFile>,
    /// The configuration the files were generated from; it holds the placement.
    pub config: SparseConfig,
}

/// Clocks of an addressed machine's run that is neither stopped nor swapped, as `CONTROL_CYCLES` counts them (before modulo 2^32), with a
/// graph of so many rows and colors: (`clocks_per_row` x rows + `clocks_per_color` x colors) x (sweeps + 1 with a random start) +
/// `clocks_per_run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowFormula {
    /// Clocks of a row of all replicas.
    pub clocks_per_row: u64,
    /// Clocks of a color beside its rows.
    pub clocks_per_color: u64,
    /// Clocks of a run beside its sweeps.
    pub clocks_per_run: u64,
}

/// Contents of an addressed machine's `manifest.json`, keys in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressedManifest {
    /// The machine's name.
    pub name: String,
    /// Contract version.
    pub contract: u32,
    /// SHA-256 of the canonical configuration, lowercase hex.
    pub machine_hash: String,
    /// Name of the top module (clock, reset, port).
    pub top: String,
    /// Its port; left out for the UART.
    #[serde(default, skip_serializing_if = "Port::is_uart")]
    pub port: Port,
    /// Module with the UART and the observation ports; with another port the top.
    pub host: String,
    /// Module with the register bus instead of the UART and with the observation ports: what the fast harness drives. `observe_field_l`
    /// and `observe_draw_l` are by lane; `observe_word` has the new spins of position `observe_word_position`, replica r in bit r, and
    /// `observe_sum` the sum of position `observe_sum_position`.
    pub core: String,
    /// Positions for p-bits: slots x lanes.
    pub p_bits: usize,
    /// Clocks of a run.
    pub cycles: RowFormula,
    /// The generated files, in the order a tool should read them.
    pub files: Vec<ManifestFile>,
    /// The configuration the files were generated from.
    pub config: SparseConfig,
}
