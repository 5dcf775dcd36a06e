//! Which lane and slot serve a p-bit. A table, chosen once; everybody else looks it up.

use crate::config::{BlockShape, Color, ValidConfig};
use serde::{Deserialize, Serialize};

/// Index of a p-bit that has a slot: per block, hidden p-bits first, output p-bits after them. Input p-bits have no slot and no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PBitId(pub u32);

/// Where a p-bit is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The hardware update unit.
    pub lane: u32,
    /// Position in the lane's time-multiplexed order, over all blocks; slots of a block's hidden color come first.
    pub slot: u32,
}

/// The table p-bit -> (lane, slot) of a machine; `places[id]` is the place of `PBitId(id)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Placement {
    places: Vec<Place>,
}

impl Placement {
    /// The heuristic of the `layered` machine: channel c of a position goes to lane c mod L and slot (position x groups + c div L) of
    /// its color, so that the spins written in one clock are neighbors in the source word. Blocks follow one another.
    pub(crate) fn interleaved(blocks: &[BlockShape], lanes: usize) -> Self {
        let mut places = Vec::new();
        let mut base = 0;
        for block in blocks {
            for plane in [block.hidden, block.output] {
                let groups = plane.groups(lanes);
                for position in 0..plane.positions() {
                    for channel in 0..plane.channels {
                        let slot = base + position * groups + channel / lanes;
                        places.push(Place { lane: (channel % lanes) as u32, slot: slot as u32 });
                    }
                }
                base += plane.positions() * groups;
            }
        }
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

    /// Position of a p-bit of a dense first block in the source words of its color: (slot within the color) x lanes + lane.
    pub fn source_position(&self, config: &ValidConfig, id: PBitId) -> usize {
        let place = self.place(id);
        let base =
            if (id.0 as usize) < config.p_bits(Color::Hidden) { 0 } else { config.slots(Color::Hidden) };
        (place.slot as usize - base) * config.lanes() + place.lane as usize
    }
}
