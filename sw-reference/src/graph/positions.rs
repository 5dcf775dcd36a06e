//! From a colored graph to the positions of an addressed machine.
//!
//! Nothing is wired here: any p-bit may stand in any lane. What costs clocks are rows: a slot takes as many as its p-bit with the most
//! neighbors needs. So the p-bits of a color fill its slots by falling degree.

use super::coloring::sizes;
use crate::models::ColoredModel;
use spinwright_contract::Problem;
use spinwright_contract::placement::Place;
use spinwright_contract::sparse::{SparseGraph, ValidSparse};

/// The graph on an addressed machine, for [`crate::sparse::quantize_on`].
///
/// # Errors
/// When the machine has too few slots, rows or taps for it, or is none that takes graphs.
pub fn place_on(model: &ColoredModel, config: &ValidSparse) -> Result<SparseGraph, Problem> {
    let (lanes, couplings) = (config.lanes(), model.model().couplings());
    let degree = |i: usize| couplings.row_ptr[i + 1] - couplings.row_ptr[i];
    let colors: Vec<usize> =
        model.colors().iter().map(|color| color.expect("graphs have no inputs").0).collect();
    let mut placement = vec![Place { lane: 0, slot: 0 }; colors.len()];
    let mut slot_colors: Vec<u32> = Vec::new();
    for color in 0..sizes(&colors).len() {
        let mut members: Vec<usize> = (0..colors.len()).filter(|&i| colors[i] == color).collect();
        members.sort_by_key(|&i| std::cmp::Reverse(degree(i)));
        for of_slot in members.chunks(lanes) {
            let slot = slot_colors.len() as u32;
            slot_colors.push(color as u32);
            for (lane, &i) in of_slot.iter().enumerate() {
                placement[i] = Place { lane: lane as u32, slot };
            }
        }
    }
    let room = |what: &str, found: usize, most: usize| {
        Problem::new(
            "the graph does not fit the machine",
            format!("machine {}, {what}", config.name()),
            format!("the graph needs {found}, the machine has {most}"),
            "use a machine with more of them: spinwright place GRAPH --addressed makes one",
        )
    };
    if config.room().is_some() {
        if colors.len() > config.p_bits() {
            return Err(room("p-bits (slots x lanes)", colors.len(), config.p_bits()));
        }
        if slot_colors.len() > config.slots() {
            return Err(room("slots (every color begins a new one)", slot_colors.len(), config.slots()));
        }
    }
    let neighbors =
        (0..colors.len()).map(|i| couplings.row(i).map(|(j, _)| Some(j as u32)).collect()).collect();
    let graph = SparseGraph { neighbors, placement, slot_colors };
    config.check_graph(&graph)?;
    Ok(graph)
}
