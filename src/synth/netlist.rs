//! What synthesis made of a machine: cells by kind and component, and where the memories went, out of Yosys's netlist.

use super::names::Instances;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Cells of one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComponentCells {
    /// The component (docs/blocks).
    pub component: String,
    /// Its instances that hold cells.
    pub instances: usize,
    /// Cells by kind, those of the components inside it not counted.
    pub cells: BTreeMap<String, u64>,
}

/// One memory of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Path of its instance.
    pub memory: String,
    /// Its component; the name has words and bits.
    pub component: String,
    /// RAM cells by kind.
    pub cells: BTreeMap<String, u64>,
}

/// Cells of a netlist.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cells {
    /// By kind.
    pub kinds: BTreeMap<String, u64>,
    /// By component, the largest first. The tools move logic over borders: a cell counts where the net that it drives has its name.
    pub components: Vec<ComponentCells>,
    /// Memories in RAM cells.
    pub memories: Vec<Memory>,
}

/// RAM cells of all families: block RAM, then LUT RAM.
const RAMS: [&str; 14] = [
    "SB_RAM40_4K",
    "SB_SPRAM256KA",
    "DP16KD",
    "PDPW16KD",
    "TRELLIS_DPR16X4",
    "SDPB",
    "SDPX9B",
    "DPB",
    "DPX9B",
    "RAM16S",
    "RAMB18E1",
    "RAMB36E1",
    "RAM32",
    "RAM64",
];

fn is_ram(kind: &str) -> bool {
    RAMS.iter().any(|ram| kind.starts_with(ram))
}

impl Cells {
    /// Reads a netlist of `write_json` after `autoname`.
    pub fn of(netlist: &Value, top: &str, instances: &Instances) -> Self {
        let mut cells = Self::default();
        // Per component: paths of its instances, cells by kind.
        type Parts<'a> = (BTreeSet<&'a str>, BTreeMap<String, u64>);
        let mut components: BTreeMap<&str, Parts> = BTreeMap::new();
        let mut memories: BTreeMap<(&str, &str), BTreeMap<String, u64>> = BTreeMap::new();
        let listed = netlist["modules"][top]["cells"].as_object();
        for (name, cell) in listed.into_iter().flatten() {
            let kind = cell["type"].as_str().unwrap_or_default().trim_start_matches('\\');
            if kind.starts_with('$') {
                continue;
            }
            *cells.kinds.entry(kind.to_owned()).or_default() += 1;
            let (path, component) = instances.owner(name).unwrap_or(("", "(unnamed by the tools)"));
            let entry = components.entry(component).or_default();
            entry.0.insert(path);
            *entry.1.entry(kind.to_owned()).or_default() += 1;
            if is_ram(kind) {
                *memories.entry((path, component)).or_default().entry(kind.to_owned()).or_default() += 1;
            }
        }
        let mut list: Vec<ComponentCells> = components
            .into_iter()
            .map(|(component, (paths, cells))| ComponentCells {
                component: component.to_owned(),
                instances: paths.len(),
                cells,
            })
            .collect();
        list.sort_by_key(|c| std::cmp::Reverse(c.cells.values().sum::<u64>()));
        cells.components = list;
        cells.memories = memories
            .into_iter()
            .map(|((memory, component), cells)| Memory {
                memory: memory.to_owned(),
                component: component.to_owned(),
                cells,
            })
            .collect();
        cells
    }

    /// Cells whose kind begins so.
    pub fn count(&self, beginnings: &[&str]) -> u64 {
        let wanted = |kind: &str| beginnings.iter().any(|beginning| kind.starts_with(beginning));
        self.kinds.iter().filter(|(kind, _)| wanted(kind)).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cells, Instances};
    use serde_json::json;

    #[test]
    fn cells_are_counted_by_kind_component_and_memory() {
        let files = [
            ("m_board.v".to_owned(), "  m_ram_8x4 store (\n".to_owned()),
            ("m_ram_8x4.v".to_owned(), String::new()),
        ];
        let netlist = json!({"modules": {"m_board": {"cells": {
            "settle_SB_DFF_Q": {"type": "SB_DFF"}, "x_SB_LUT4_O": {"type": "SB_LUT4"},
            "store.mem.0.0": {"type": "SB_RAM40_4K"}, "store.read_SB_LUT4_O": {"type": "SB_LUT4"},
            "$abc$1": {"type": "SB_LUT4"}, "$info": {"type": "$scopeinfo"}}}}});
        let cells = Cells::of(&netlist, "m_board", &Instances::of(&files, "m_board", "m_"));
        assert_eq!(
            cells.kinds,
            [("SB_DFF".into(), 1), ("SB_LUT4".into(), 3), ("SB_RAM40_4K".into(), 1)].into()
        );
        assert_eq!(cells.components.len(), 3);
        assert_eq!(cells.components.iter().map(|c| c.cells.values().sum::<u64>()).sum::<u64>(), 5);
        assert_eq!((cells.memories.len(), cells.memories[0].component.as_str()), (1, "ram_8x4"));
        assert_eq!(cells.count(&["SB_LUT4"]), 3);
    }
}
