//! The inverse of the placement table: which p-bit stands where.

use spinwright_contract::{BlockShape, Color, PBitId, ValidConfig};

/// Where a p-bit belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its block.
    pub block: usize,
    /// Its color.
    pub color: Color,
    /// Its index within the color's plane.
    pub index: usize,
}

/// Slots of a machine, over all blocks.
pub struct SlotMap {
    lanes: usize,
    blocks: Vec<BlockShape>,
    /// First p-bit and first slot of every block and color, in that nesting.
    first: Vec<[usize; 2]>,
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
        let blocks: Vec<BlockShape> = machine.config().blocks.clone();
        let mut first = Vec::new();
        let (mut id, mut slot) = (0, 0);
        for plane in blocks.iter().flat_map(|block| [block.hidden, block.output]) {
            first.push([id, slot]);
            id += plane.rows * plane.columns * plane.channels;
            slot += plane.rows * plane.columns * plane.channels.div_ceil(lanes);
        }
        first.push([id, slot]);
        Self { lanes, blocks, first, p_bits }
    }

    /// The p-bit that a lane serves in a slot; none where the place is padding.
    pub fn p_bit(&self, lane: usize, slot: usize) -> Option<PBitId> {
        self.p_bits[slot * self.lanes + lane]
    }

    /// First slot of a color of a block.
    pub fn first_slot(&self, block: usize, color: Color) -> usize {
        self.first[2 * block + color.index()][1]
    }

    /// Slots of a color of a block.
    pub fn slots(&self, block: usize, color: Color) -> std::ops::Range<usize> {
        let i = 2 * block + color.index();
        self.first[i][1]..self.first[i + 1][1]
    }

    /// Slots of a block, hidden ones first.
    pub fn slots_of_block(&self, block: usize) -> std::ops::Range<usize> {
        self.first[2 * block][1]..self.first[2 * block + 2][1]
    }

    /// P-bit ids of a block, hidden ones first.
    pub fn p_bits_of_block(&self, block: usize) -> std::ops::Range<usize> {
        self.first[2 * block][0]..self.first[2 * block + 2][0]
    }

    /// P-bit ids of a color of a block.
    pub fn p_bits_of_color(&self, block: usize, color: Color) -> std::ops::Range<usize> {
        let i = 2 * block + color.index();
        self.first[i][0]..self.first[i + 1][0]
    }

    /// Where a p-bit belongs.
    ///
    /// # Panics
    /// If the machine has no such p-bit.
    pub fn member(&self, id: PBitId) -> Member {
        let id = id.0 as usize;
        let i = self.first.iter().rposition(|first| first[0] <= id).expect("ids start at 0");
        assert!(i + 1 < self.first.len(), "the machine has no p-bit {id}");
        Member { block: i / 2, color: Color::ALL[i % 2], index: id - self.first[i][0] }
    }

    /// The channel that a lane serves in a group of a block's color: at every position the same, so it is read off at the first.
    /// None where the group has fewer channels than lanes.
    pub fn channel(&self, block: usize, color: Color, group: usize, lane: usize) -> Option<usize> {
        let id = self.p_bit(lane, self.first_slot(block, color) + group)?;
        Some(self.member(id).index % self.blocks[block].plane(color).channels)
    }
}
