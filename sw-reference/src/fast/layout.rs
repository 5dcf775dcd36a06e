//! How a strip of images lies in memory.
//!
//! A *strip* is 32 images that run side by side; every array has the image as its innermost index, so that one vector
//! instruction does the same step for 16 or 32 images. Two orders of the 32 images occur:
//!
//! * *image order*: word arrays (draws, saturated fields) and bit masks (bit i = image i);
//! * *double-word order*: 32-bit arrays (spins as the product reads them, exact fields). It is image order seen through the
//!   interleaving "unpack" instructions: packing two double-word vectors to words gives image order without any permutation.

use spinwright_contract::config::Plane;

/// Images of a strip.
pub(super) const COLUMNS: usize = 32;
/// P-bits (rows) that one kernel call serves.
pub(super) const TILE: usize = 8;

/// Tiles of a group: the p-bits that one call of a path's group product serves.
pub(super) const GROUP: usize = 4;
/// Source spins of a *pack*, which the group product takes at once.
pub(super) const PACK: usize = 64;

/// One value per image of a strip, on a cache line boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Row<T>(pub [T; COLUMNS]);

impl<T: Copy + Default> Default for Row<T> {
    fn default() -> Self {
        Self([T::default(); COLUMNS])
    }
}

/// Values of one tile of p-bits.
pub(super) type Tile<T> = [Row<T>; TILE];

/// The image at a position of a double-word row.
pub(super) const fn image_of_position(position: usize) -> usize {
    let (half, quad, rest) = (position / 16, position % 16 / 4, position % 4);
    quad * 8 + half * 4 + rest
}

/// The position of an image in a double-word row.
pub(super) const fn position_of_image(image: usize) -> usize {
    let (quad, half, rest) = (image / 8, image / 4 % 2, image % 4);
    half * 16 + quad * 4 + rest
}

/// How source spins and weights stand in a 32-bit word of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Four p-bits, spins as unsigned bytes 0 or amplitude, weights as signed bytes.
    Bytes,
    /// Two p-bits, spins as words 0 or amplitude, weights as signed words.
    Words,
    /// One p-bit, spins as masks 0 or all ones, weights as 32-bit integers times the amplitude.
    Masks,
}

impl Packing {
    /// P-bits per 32-bit word.
    pub(super) const fn p_bits(self) -> usize {
        match self {
            Packing::Bytes => 4,
            Packing::Words => 2,
            Packing::Masks => 1,
        }
    }

    /// What an up spin of the `part`-th p-bit contributes to the 32-bit word. `amplitude` is the weight's factor, 2 << shift:
    /// a spin of -1 is the constant part of the field, +1 adds twice the weight.
    pub(super) const fn up(self, part: usize, amplitude: u32) -> u32 {
        match self {
            Packing::Bytes => amplitude << (8 * part),
            Packing::Words => amplitude << (16 * part),
            Packing::Masks => u32::MAX,
        }
    }

    /// A weight's bits in the 32-bit word.
    pub(super) const fn weight(self, part: usize, amplitude: u32, weight: i16) -> u32 {
        match self {
            Packing::Bytes => (weight as i8 as u8 as u32) << (8 * part),
            Packing::Words => (weight as u16 as u32) << (16 * part),
            Packing::Masks => (weight as i32).wrapping_mul(amplitude as i32) as u32,
        }
    }
}

/// Rows that `p_bits` p-bits take: whole tiles.
pub(super) const fn padded(p_bits: usize) -> usize {
    p_bits.next_multiple_of(TILE)
}

/// How the p-bits of a plane lie in rows: position by position, the channels of each filled up to whole tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlaneLayout {
    /// Positions.
    pub positions: usize,
    /// Channels at each.
    pub channels: usize,
}

impl PlaneLayout {
    pub(super) const fn of(plane: Plane) -> Self {
        Self { positions: plane.positions(), channels: plane.channels }
    }

    /// P-bits, without padding.
    pub(super) const fn p_bits(&self) -> usize {
        self.positions * self.channels
    }

    /// Tiles of one position.
    pub(super) const fn tiles_at(&self) -> usize {
        padded(self.channels) / TILE
    }

    /// Tiles.
    pub(super) const fn tiles(&self) -> usize {
        self.positions * self.tiles_at()
    }

    /// Row of a p-bit.
    pub(super) const fn row(&self, p_bit: usize) -> usize {
        p_bit / self.channels * padded(self.channels) + p_bit % self.channels
    }

    /// Rows of all p-bits, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> + use<> {
        let (channels, width) = (self.channels, padded(self.channels));
        (0..self.positions).flat_map(move |position| (0..channels).map(move |c| position * width + c))
    }

    /// Double-word rows of the plane's packed spins. A product may read whole packs from any position on.
    pub(super) const fn spin_rows(&self, packing: Packing) -> usize {
        let beyond = if self.positions > 1 { PACK } else { 0 };
        ((self.positions * padded(self.channels)).next_multiple_of(PACK) + beyond) / packing.p_bits()
    }
}

/// A matrix in the order in which the product reads it: tile by tile, step by step, the 8 rows' words together.
#[derive(Debug, Clone)]
pub(super) struct PackedMatrix {
    words: Vec<[u32; TILE]>,
    /// 32-bit words per row.
    steps: usize,
}

impl PackedMatrix {
    /// Packs `weight(row, column)`; rows and columns beyond the shape are 0.
    pub(super) fn new(
        packing: Packing,
        amplitude: u32,
        (rows, columns): (usize, usize),
        weight: impl Fn(usize, usize) -> i16,
    ) -> Self {
        let steps = padded(columns) / packing.p_bits();
        let mut words = vec![[0; TILE]; padded(rows) / TILE * steps];
        for row in 0..rows {
            for column in 0..columns {
                let word = &mut words[row / TILE * steps + column / packing.p_bits()][row % TILE];
                *word |= packing.weight(column % packing.p_bits(), amplitude, weight(row, column));
            }
        }
        Self { words, steps }
    }

    /// The words of one tile, step by step.
    pub(super) fn tile(&self, tile: usize) -> &[[u32; TILE]] {
        &self.words[tile * self.steps..(tile + 1) * self.steps]
    }

    /// Tiles.
    pub(super) fn tiles(&self) -> usize {
        self.words.len() / self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_a_permutation() {
        for image in 0..COLUMNS {
            assert_eq!(image_of_position(position_of_image(image)), image);
        }
    }
}
