//! The keys of `machine.json`, flat as they stand in the file.

use super::{AddressedRoom, SparseConfig, SparseGraph, SparseShifts, Topology};
use crate::config::{RandomSource, Timing};
use crate::placement::Place;
use serde::{Deserialize, Serialize};

/// The value of `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Wired,
    Addressed,
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
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    energy: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ladder: bool,
    #[serde(default = "three")]
    group: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slots: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taps: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    degree: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slot_colors: Option<Vec<u32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    placement: Option<Vec<[u32; 2]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    neighbors: Option<Vec<Vec<Option<u32>>>>,
    #[serde(default)]
    timing: Timing,
}

/// A key that the kind needs.
fn needed<T>(value: Option<T>, kind: &str, key: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("missing field `{key}` of a machine of kind `{kind}`"))
}

/// Refuses a key that the kind does not have.
fn unknown<T>(value: &Option<T>, kind: &str, key: &str) -> Result<(), String> {
    match value {
        Some(_) => Err(format!("unknown field `{key}` of a machine of kind `{kind}`")),
        None => Ok(()),
    }
}

fn three() -> usize {
    3
}

impl TryFrom<File> for SparseConfig {
    type Error = String;

    fn try_from(f: File) -> Result<Self, String> {
        let topology = match f.kind {
            Kind::Wired => {
                unknown(&f.slots, "wired", "slots")?;
                unknown(&f.rows, "wired", "rows")?;
                unknown(&f.taps, "wired", "taps")?;
                unknown(&f.degree, "wired", "degree")?;
                let place = |&[lane, slot]: &[u32; 2]| Place { lane, slot };
                let graph = SparseGraph {
                    slot_colors: needed(f.slot_colors, "wired", "slot_colors")?,
                    placement: needed(f.placement, "wired", "placement")?.iter().map(place).collect(),
                    neighbors: needed(f.neighbors, "wired", "neighbors")?,
                };
                Topology::Wired { graph, group: f.group }
            }
            Kind::Addressed => {
                unknown(&f.slot_colors, "addressed", "slot_colors")?;
                unknown(&f.placement, "addressed", "placement")?;
                unknown(&f.neighbors, "addressed", "neighbors")?;
                let slots = needed(f.slots, "addressed", "slots")?;
                let taps = needed(f.taps, "addressed", "taps")?;
                Topology::Addressed(AddressedRoom {
                    slots,
                    rows: f.rows.unwrap_or(slots),
                    taps,
                    degree: f.degree.unwrap_or(taps),
                    group: f.group,
                })
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
            energy: f.energy,
            ladder: f.ladder,
            timing: f.timing,
        })
    }
}

impl From<SparseConfig> for File {
    fn from(c: SparseConfig) -> Self {
        let (kind, graph, room, group) = match c.topology {
            Topology::Wired { graph, group } => (Kind::Wired, Some(graph), None, group),
            Topology::Addressed(room) => (Kind::Addressed, None, Some(room), room.group),
        };
        let pair = |p: &Place| [p.lane, p.slot];
        Self {
            contract: c.contract,
            name: c.name,
            kind,
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
            energy: c.energy,
            ladder: c.ladder,
            group,
            slots: room.map(|room| room.slots),
            rows: room.map(|room| room.rows),
            taps: room.map(|room| room.taps),
            degree: room.map(|room| room.degree),
            slot_colors: graph.as_ref().map(|graph| graph.slot_colors.clone()),
            placement: graph.as_ref().map(|graph| graph.placement.iter().map(pair).collect()),
            neighbors: graph.map(|graph| graph.neighbors),
            timing: c.timing,
        }
    }
}
