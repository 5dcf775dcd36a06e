//! The keys of `machine.json`, flat as they stand in the file.

use super::{SparseConfig, SparseGraph, SparseShifts, Topology};
use crate::config::{RandomSource, Timing};
use crate::placement::Place;
use serde::{Deserialize, Serialize};

/// The value of `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Wired,
}

/// Keys in the order in which they are written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    contract: u32,
    name: String,
    kind: Kind,
    lanes: usize,
    replicas: usize,
    weight_bits: u32,
    bias_bits: u32,
    field_bits: u32,
    draw_bits: u32,
    #[serde(default)]
    shifts: SparseShifts,
    random_source: RandomSource,
    coupling_banks: usize,
    bias_banks: usize,
    tables: usize,
    max_sweeps: u32,
    #[serde(default)]
    beta_steps: usize,
    #[serde(default = "three")]
    group: usize,
    slot_colors: Vec<u32>,
    placement: Vec<[u32; 2]>,
    neighbors: Vec<Vec<Option<u32>>>,
    #[serde(default)]
    timing: Timing,
}

fn three() -> usize {
    3
}

impl TryFrom<File> for SparseConfig {
    type Error = String;

    fn try_from(f: File) -> Result<Self, String> {
        let topology = match f.kind {
            Kind::Wired => {
                let place = |&[lane, slot]: &[u32; 2]| Place { lane, slot };
                let graph = SparseGraph {
                    neighbors: f.neighbors,
                    placement: f.placement.iter().map(place).collect(),
                    slot_colors: f.slot_colors,
                };
                Topology::Wired { graph, group: f.group }
            }
        };
        Ok(Self {
            contract: f.contract,
            name: f.name,
            topology,
            lanes: f.lanes,
            replicas: f.replicas,
            weight_bits: f.weight_bits,
            bias_bits: f.bias_bits,
            field_bits: f.field_bits,
            draw_bits: f.draw_bits,
            shifts: f.shifts,
            random_source: f.random_source,
            coupling_banks: f.coupling_banks,
            bias_banks: f.bias_banks,
            tables: f.tables,
            max_sweeps: f.max_sweeps,
            beta_steps: f.beta_steps,
            timing: f.timing,
        })
    }
}

impl From<SparseConfig> for File {
    fn from(c: SparseConfig) -> Self {
        let Topology::Wired { graph, group } = c.topology;
        Self {
            contract: c.contract,
            name: c.name,
            kind: Kind::Wired,
            lanes: c.lanes,
            replicas: c.replicas,
            weight_bits: c.weight_bits,
            bias_bits: c.bias_bits,
            field_bits: c.field_bits,
            draw_bits: c.draw_bits,
            shifts: c.shifts,
            random_source: c.random_source,
            coupling_banks: c.coupling_banks,
            bias_banks: c.bias_banks,
            tables: c.tables,
            max_sweeps: c.max_sweeps,
            beta_steps: c.beta_steps,
            group,
            slot_colors: graph.slot_colors,
            placement: graph.placement.iter().map(|p| [p.lane, p.slot]).collect(),
            neighbors: graph.neighbors,
            timing: c.timing,
        }
    }
}
