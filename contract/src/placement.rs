//! Which lane and slot serve a p-bit. A table, chosen once; everybody else looks it up.

use crate::config::{Color, ValidConfig};
use serde::{Deserialize, Serialize};

/// Index of a p-bit that has a slot: hidden p-bits first, output p-bits after them. Input p-bits have no slot and no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PBitId(pub u32);

/// Where a p-bit is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The hardware update unit.
    pub lane: u32,
    /// Position in the lane's time-multiplexed order; slots of the hidden color come first.
    pub slot: u32,
}

/// The table p-bit -> (lane, slot) of a machine; `places[id]` is the place of `PBitId(id)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Placement {
    places: Vec<Place>,
}

impl Placement {
    /// The heuristic of the `layered` machine: p-bit i of a color goes to lane i mod L, slot i div L of its color, so that the
    /// spins written in one clock are neighbors in the source word.
    pub(crate) fn interleaved(hidden: usize, outputs: usize, lanes: usize) -> Self {
        let hidden_slots = hidden.div_ceil(lanes);
        let place =
            |i: usize, base: usize| Place { lane: (i % lanes) as u32, slot: (base + i / lanes) as u32 };
        let places =
            (0..hidden).map(|i| place(i, 0)).chain((0..outputs).map(|i| place(i, hidden_slots))).collect();
        Self { places }
    }

    /// Place of one p-bit. Panics when the id is not one of the machine's.
    pub fn place(&self, id: PBitId) -> Place {
        self.places[id.0 as usize]
    }

    /// All places, in p-bit order.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Position of a p-bit in the source word that its color broadcasts: (slot within the color) x lanes + lane.
    pub fn source_position(&self, config: &ValidConfig, id: PBitId) -> usize {
        let place = self.place(id);
        let base =
            if (id.0 as usize) < config.p_bits(Color::Hidden) { 0 } else { config.slots(Color::Hidden) };
        (place.slot as usize - base) * config.lanes() + place.lane as usize
    }
}
