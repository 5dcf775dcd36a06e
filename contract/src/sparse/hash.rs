//! The canonical text of a sparse machine. `docs/contract.md`, section 14.

use super::{SparseConfig, SparseGraph, Topology};
use crate::CONTRACT_VERSION;
use crate::hash::source_text;
use std::fmt::Write;

/// The canonical text: one `key=value` per line in this order, each line ended by a line feed. What never changes a trace or a
/// load stream is left out.
pub fn canonical_text(c: &SparseConfig) -> String {
    let mut text = String::from("spinwright machine\n");
    let mut line = |key: &str, value: String| writeln!(text, "{key}={value}").expect("writing to a String");
    line("contract", CONTRACT_VERSION.to_string());
    match &c.topology {
        Topology::Wired { graph, group } => {
            line("kind", "wired".into());
            line("p_bits", graph.p_bits().to_string());
            line("slot_colors", joined(graph.slot_colors.iter()));
            p_bits(graph, &mut line);
            line("group", group.to_string());
        }
        Topology::Addressed(room) => {
            line("kind", "addressed".into());
            line("slots", room.slots.to_string());
            line("rows", room.rows.to_string());
            line("taps", room.taps.to_string());
            line("degree", room.degree.to_string());
            line("group", room.group.to_string());
        }
    }
    line("lanes", c.lanes.to_string());
    line("replicas", c.replicas.to_string());
    line("weight_bits", c.weight_bits.to_string());
    line("bias_bits", c.bias_bits.to_string());
    line("field_bits", c.field_bits.to_string());
    line("draw_bits", c.draw_bits.to_string());
    line("shifts", format!("{},{}", c.shifts.coupling, c.shifts.bias));
    line("random_source", source_text(c.random_source));
    line("coupling_banks", c.coupling_banks.to_string());
    line("bias_banks", c.bias_banks.to_string());
    line("tables", c.tables.to_string());
    line("max_sweeps", c.max_sweeps.to_string());
    line("beta_steps", c.beta_steps.to_string());
    if c.energy {
        line("energy", "1".into());
    }
    if c.ladder {
        line("ladder", "1".into());
    }
    text
}

/// One line per p-bit: lane, slot, a colon, its taps in order, `-` for an empty one.
fn p_bits(graph: &SparseGraph, line: &mut impl FnMut(&str, String)) {
    for (place, taps) in graph.placement.iter().zip(&graph.neighbors) {
        let taps = joined(taps.iter().map(|tap| tap.map_or("-".to_string(), |j| j.to_string())));
        line("p_bit", format!("{},{}:{taps}", place.lane, place.slot));
    }
}

fn joined(values: impl Iterator<Item = impl ToString>) -> String {
    values.map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}
