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

    /// Appends the rows of another set of the same width.
    pub(super) fn append(&mut self, other: &SpinRows) {
        assert_eq!(self.width, other.width, "widths of spin rows");
        self.words.extend_from_slice(&other.words);
    }

    fn words_per_row(&self) -> usize {
        self.width.div_ceil(64)
    }
}
