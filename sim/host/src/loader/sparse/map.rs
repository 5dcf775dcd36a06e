//! Which p-bit is where, and which couplings exist.

use spinwright_contract::{PBitId, Place, ValidSparse};
use std::collections::HashMap;

/// Places and edges of a wired machine, worked out from its neighbor lists and its placement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseMap {
    lanes: usize,
    slots: usize,
    places: Vec<Place>,
    slot_colors: Vec<u32>,
    /// The p-bit at lane x slots + slot.
    p_bits: Vec<Option<u32>>,
    /// Taps of every p-bit in order; none for an empty tap.
    taps: Vec<Vec<Option<u32>>>,
    /// Number of the edge between p-bits i < j in the order of an image.
    edges: HashMap<(u32, u32), usize>,
    /// Words of weights that every slot of a lane takes in a load stream.
    groups: Vec<usize>,
}

impl SparseMap {
    /// The map of a machine.
    ///
    /// # Panics
    /// If the graph is not in the machine's wires.
    pub fn new(machine: &ValidSparse) -> Self {
        let graph = machine.graph().expect("a wired machine has a graph");
        let (lanes, slots, group) = (machine.lanes(), graph.slot_colors.len(), machine.group());
        let mut p_bits = vec![None; lanes * slots];
        let mut most_taps = vec![0; lanes];
        let mut pairs = Vec::new();
        for (i, (place, taps)) in (0u32..).zip(graph.placement.iter().zip(&graph.neighbors)) {
            let lane = place.lane as usize;
            p_bits[lane * slots + place.slot as usize] = Some(i);
            most_taps[lane] = taps.len().max(most_taps[lane]);
            pairs.extend(taps.iter().flatten().filter(|&&j| i < j).map(|&j| (i, j)));
        }
        pairs.sort_unstable();
        Self {
            lanes,
            slots,
            places: graph.placement.clone(),
            slot_colors: graph.slot_colors.clone(),
            p_bits,
            taps: graph.neighbors.clone(),
            edges: pairs.into_iter().enumerate().map(|(number, pair)| (pair, number)).collect(),
            groups: most_taps.into_iter().map(|taps| taps.div_ceil(group)).collect(),
        }
    }

    /// Lanes of the machine.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Slots of every lane.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The p-bit of a lane in a slot; none is padding.
    pub fn p_bit(&self, lane: usize, slot: usize) -> Option<PBitId> {
        self.p_bits[lane * self.slots + slot].map(PBitId)
    }

    /// Lane and slot of a p-bit.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn place(&self, p_bit: PBitId) -> Place {
        self.places[p_bit.0 as usize]
    }

    /// Color of a p-bit.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn color(&self, p_bit: PBitId) -> u32 {
        self.slot_colors[self.place(p_bit).slot as usize]
    }

    /// Number of edges.
    pub fn edges(&self) -> usize {
        self.edges.len()
    }

    /// Taps of a p-bit: per tap the number of its edge, none for an empty one.
    pub(super) fn tap_edges(&self, p_bit: PBitId) -> impl Iterator<Item = Option<usize>> + '_ {
        let i = p_bit.0;
        self.taps[i as usize].iter().map(move |tap| tap.map(|j| self.edges[&(i.min(j), i.max(j))]))
    }

    /// Tap groups of a lane: the words of weights that each of its slots takes.
    pub(super) fn groups(&self, lane: usize) -> usize {
        self.groups[lane]
    }
}
