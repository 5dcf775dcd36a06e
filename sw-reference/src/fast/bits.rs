//! Spins of many images as bits.

/// Rows of bits, row by row: inputs of a batch (one row per image) or spin states (one row per image and replica).
/// Bit 1 is spin +1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpinRows {
    width: usize,
    words: Vec<u64>,
}

impl SpinRows {
    /// No rows of `width` spins.
    pub fn new(width: usize) -> Self {
        Self { width, words: Vec::new() }
    }

    /// `rows` rows of `width` spins, all down.
    pub fn down(width: usize, rows: usize) -> Self {
        Self { width, words: vec![0; rows * width.div_ceil(64)] }
    }

    /// Appends a row.
    ///
    /// # Panics
    /// If there are not `width` spins.
    pub fn push(&mut self, spins: impl IntoIterator<Item = bool>) {
        let (row, mut count) = (self.rows(), 0);
        self.words.resize((row + 1) * self.words_per_row(), 0);
        for (i, up) in spins.into_iter().enumerate() {
            assert!(i < self.width, "a row has {} spins", self.width);
            self.set(row, i, up);
            count += 1;
        }
        assert_eq!(count, self.width, "spins of a row");
    }

    /// Spins per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        if self.width == 0 { 0 } else { self.words.len() / self.words_per_row() }
    }

    /// One spin: true is +1.
    ///
    /// # Panics
    /// If the row or the spin does not exist.
    pub fn get(&self, row: usize, spin: usize) -> bool {
        assert!(spin < self.width, "spin of a row");
        self.words[row * self.words_per_row() + spin / 64] >> (spin % 64) & 1 == 1
    }

    /// Sets one spin.
    ///
    /// # Panics
    /// If the row or the spin does not exist.
    pub fn set(&mut self, row: usize, spin: usize, up: bool) {
        assert!(spin < self.width, "spin of a row");
        let index = row * self.words_per_row() + spin / 64;
        let bit = 1 << (spin % 64);
        self.words[index] = if up { self.words[index] | bit } else { self.words[index] & !bit };
    }

    /// The spins of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = bool> + '_ {
        (0..self.width).map(move |spin| self.get(row, spin))
    }

    /// The words of a row: spin i is bit i mod 64 of word i div 64.
    pub fn row_words(&self, row: usize) -> &[u64] {
        &self.words[row * self.words_per_row()..(row + 1) * self.words_per_row()]
    }

    /// Appends the first `images` of 32 rows that are given turned: one mask per spin, bit i belongs to row i.
    pub(super) fn push_turned(&mut self, masks: &[u32], images: usize) {
        assert_eq!(masks.len(), self.width, "one mask for every spin");
        let (first, words) = (self.words.len(), self.words_per_row());
        self.words.resize(first + images * words, 0);
        for (part, masks) in masks.chunks(TURNED).enumerate() {
            let mut bits = [0; TURNED];
            bits[..masks.len()].copy_from_slice(masks);
            turn(&mut bits);
            for (image, &bits) in bits.iter().enumerate().take(images) {
                self.words[first + image * words + part / 2] |= u64::from(bits) << (part % 2 * TURNED);
            }
        }
    }

    /// Rows of several sets of as many rows, in turn: the first row of every set, then the second of every set ..
    pub(super) fn interleaved(width: usize, sets: &[SpinRows]) -> Self {
        let rows = sets.first().map_or(0, SpinRows::rows);
        let words = (0..rows).flat_map(|row| sets.iter().flat_map(move |set| set.row_words(row)));
        Self { width, words: words.copied().collect() }
    }

    /// Appends the rows of another set of the same width.
    pub(super) fn append(&mut self, other: &SpinRows) {
        assert_eq!(self.width, other.width, "widths of spin rows");
        self.words.extend_from_slice(&other.words);
    }

    fn words_per_row(&self) -> usize {
        self.width.div_ceil(64)
    }
}

/// Rows and columns of what [`turn`] turns.
pub(super) const TURNED: usize = 32;

/// Transposes a square of bits: bit j of word i becomes bit i of word j. Warren, Hacker's Delight, section 7-3: swaps ever smaller
/// squares.
pub(super) fn turn(words: &mut [u32; TURNED]) {
    let (mut size, mut low) = (TURNED / 2, 0x0000_ffff_u32);
    while size > 0 {
        for first in (0..TURNED).filter(|i| i & size == 0) {
            let swapped = (words[first] >> size ^ words[first + size]) & low;
            words[first] ^= swapped << size;
            words[first + size] ^= swapped;
        }
        size /= 2;
        low ^= low << size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::SplitMix64;

    #[test]
    fn a_turned_square_is_the_transpose() {
        let mut random = SplitMix64::new(1);
        let words: [u32; TURNED] = std::array::from_fn(|_| random.next_word() as u32);
        let mut turned = words;
        turn(&mut turned);
        for (i, j) in (0..TURNED).flat_map(|i| (0..TURNED).map(move |j| (i, j))) {
            assert_eq!(turned[j] >> i & 1, words[i] >> j & 1);
        }
    }

    #[test]
    fn turned_rows_are_the_rows() {
        let mut random = SplitMix64::new(2);
        for (width, images) in [(1, 1), (31, 32), (64, 5), (97, 17)] {
            let masks: Vec<u32> = (0..width).map(|_| random.next_word() as u32).collect();
            let (mut turned, mut pushed) = (SpinRows::new(width), SpinRows::new(width));
            for _ in 0..2 {
                turned.push_turned(&masks, images);
                (0..images).for_each(|i| pushed.push(masks.iter().map(|mask| mask >> i & 1 == 1)));
            }
            assert_eq!(turned, pushed);
        }
    }
}
