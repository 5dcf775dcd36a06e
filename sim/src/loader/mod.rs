//! From a bank image to what is written into a device.
//!
//! Written from `docs/contract.md`, sections 8, 9 and 11, and from nothing else: the reference has its own layout code, the
//! hardware its own load engine, and the three meet in the cross-check. Placement is looked up in the machine's table.

mod contents;
mod setup;
mod streams;

pub(crate) use contents::crc_of_words;
pub use contents::{ModelContents, StreamCheck};
pub use setup::{RegisterWrite, RunSetup};
pub use streams::{Upload, bias_upload, coupling_upload, table_upload};

use spinwright_contract::{Color, PBitId, ValidConfig};

/// The inverse of the placement table: which p-bit stands where.
pub struct SlotMap {
    lanes: usize,
    hidden: usize,
    hidden_slots: usize,
    p_bits: Vec<Option<PBitId>>,
}

impl SlotMap {
    /// Inverts the machine's table.
    pub fn new(machine: &ValidConfig) -> Self {
        let lanes = machine.lanes();
        let mut p_bits = vec![None; lanes * machine.total_slots()];
        for (id, place) in machine.placement().places().iter().enumerate() {
            let position = place.slot as usize * lanes + place.lane as usize;
            p_bits[position] = Some(PBitId(id as u32));
        }
        Self {
            lanes,
            hidden: machine.p_bits(Color::Hidden),
            hidden_slots: machine.slots(Color::Hidden),
            p_bits,
        }
    }

    /// The p-bit that a lane serves in a slot; none where the place is padding.
    pub fn p_bit(&self, lane: usize, slot: usize) -> Option<PBitId> {
        self.p_bits[slot * self.lanes + lane]
    }

    /// The p-bit at a source position of a color: (slot within the color) x lanes + lane.
    pub fn at_source(&self, color: Color, position: usize) -> Option<PBitId> {
        let base = if color == Color::Hidden { 0 } else { self.hidden_slots };
        let slot = base + position / self.lanes;
        if color == Color::Hidden && slot >= self.hidden_slots {
            return None;
        }
        self.p_bits.get(slot * self.lanes + position % self.lanes).copied().flatten()
    }

    /// Color of a slot.
    pub fn color_of_slot(&self, slot: usize) -> Color {
        if slot < self.hidden_slots { Color::Hidden } else { Color::Output }
    }

    /// Color of a p-bit and its index within the color.
    pub fn within_color(&self, id: PBitId) -> (Color, usize) {
        let i = id.0 as usize;
        if i < self.hidden { (Color::Hidden, i) } else { (Color::Output, i - self.hidden) }
    }
}
