//! Which p-bit is where, and which couplings exist.

use spinwright_contract::{PBitId, Place, ValidSparse};
use std::collections::HashMap;

/// Places and edges of a graph on a machine, worked out from neighbor lists and places: those of a wired machine, or those that an image
/// brings to an addressed one.
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
    /// Words of weights that every slot (or row) of a lane takes in a load stream.
    groups: Vec<usize>,
    /// Neighbors in a row of an addressed machine; none of a wired one.
    row_taps: Option<usize>,
}

impl SparseMap {
    /// The map of a wired machine.
    ///
    /// # Panics
    /// If the graph is not in the machine's wires.
    pub fn new(machine: &ValidSparse) -> Self {
        let graph = machine.graph().expect("a wired machine has a graph");
        Self::of(machine, graph.placement.clone(), graph.slot_colors.clone(), graph.neighbors.clone())
    }

    /// The map of a graph on a machine; taps by p-bit.
    pub(super) fn of(
        machine: &ValidSparse,
        places: Vec<Place>,
        slot_colors: Vec<u32>,
        taps: Vec<Vec<Option<u32>>>,
    ) -> Self {
        let (lanes, slots, group) = (machine.lanes(), slot_colors.len(), machine.group());
        let row_taps = machine.room().map(|room| room.taps);
        let mut p_bits = vec![None; lanes * slots];
        let mut most_taps = vec![row_taps.unwrap_or(0); lanes];
        let mut pairs = Vec::new();
        for (i, (place, taps)) in (0u32..).zip(places.iter().zip(&taps)) {
            let lane = place.lane as usize;
            p_bits[lane * slots + place.slot as usize] = Some(i);
            if row_taps.is_none() {
                most_taps[lane] = taps.len().max(most_taps[lane]);
            }
            pairs.extend(taps.iter().flatten().filter(|&&j| i < j).map(|&j| (i, j)));
        }
        pairs.sort_unstable();
        Self {
            lanes,
            slots,
            places,
            slot_colors,
            p_bits,
            taps,
            edges: pairs.into_iter().enumerate().map(|(number, pair)| (pair, number)).collect(),
            groups: most_taps.into_iter().map(|taps| taps.div_ceil(group)).collect(),
            row_taps,
        }
    }

    /// Lanes of the machine.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Slots of every lane that the graph has.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// P-bits of the graph.
    pub fn p_bits(&self) -> usize {
        self.places.len()
    }

    /// Colors of the graph.
    pub fn colors(&self) -> usize {
        self.slot_colors.last().map_or(0, |&last| last as usize + 1)
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

    /// Where the host's windows show a p-bit: at its id, or at its position (slot x lanes + lane) in an addressed machine.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn window(&self, p_bit: usize) -> usize {
        let place = self.places[p_bit];
        match self.row_taps {
            None => p_bit,
            Some(_) => place.slot as usize * self.lanes + place.lane as usize,
        }
    }

    /// Whether the machine is an addressed one, which shows new spins position by position.
    pub fn is_addressed(&self) -> bool {
        self.row_taps.is_some()
    }

    /// Whether both graphs have the same p-bits at the same places, in slots of the same colors.
    pub fn same_places(&self, other: &SparseMap) -> bool {
        (&self.places, &self.slot_colors) == (&other.places, &other.slot_colors)
    }

    /// The rows that the graph takes in an addressed machine: slot and first neighbor of each. A slot has as many rows as its p-bit with
    /// the most neighbors needs, at least one.
    ///
    /// # Panics
    /// If the machine is wired.
    pub fn rows(&self) -> Vec<(usize, usize)> {
        let taps = self.row_taps.expect("an addressed machine has rows");
        let mut rows = Vec::new();
        for slot in 0..self.slots {
            let degree = |lane: usize| self.p_bit(lane, slot).map_or(0, |p| self.taps[p.0 as usize].len());
            let most = (0..self.lanes).map(degree).max().unwrap_or(0);
            rows.extend((0..most.max(1)).step_by(taps).map(|first| (slot, first)));
        }
        rows
    }

    /// Whether a slot is the last one of its color.
    pub(super) fn ends_color(&self, slot: usize) -> bool {
        self.slot_colors.get(slot + 1) != Some(&self.slot_colors[slot])
    }

    /// Number of edges.
    pub fn edges(&self) -> usize {
        self.edges.len()
    }

    /// Taps of a p-bit: per tap the neighbor and the number of the edge to it, none for an empty one.
    pub(super) fn tap_edges(&self, p_bit: PBitId) -> impl Iterator<Item = Option<(PBitId, usize)>> + '_ {
        let i = p_bit.0;
        let edge = move |j: u32| (PBitId(j), self.edges[&(i.min(j), i.max(j))]);
        self.taps[i as usize].iter().map(move |tap| tap.map(edge))
    }

    /// Tap groups of a lane: the words of weights that each of its slots or rows takes.
    pub(super) fn groups(&self, lane: usize) -> usize {
        self.groups[lane]
    }
}
