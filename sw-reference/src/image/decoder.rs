//! What stands behind the last block: from signs to a class.

use spinwright_contract::config::Plane;

/// Linear decoder: score\[k\] = (d\[k\] << shift) + sum over outputs of D\[k\]\[cell\]\[channel\] y. The output plane is divided into
/// rows x columns cells whose positions share weights; on the host every position is a cell of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoder {
    /// Number of classes.
    pub classes: usize,
    /// The output plane of the last block.
    pub plane: Plane,
    /// Rows of cells.
    pub rows: usize,
    /// Columns of cells.
    pub columns: usize,
    /// classes x (cells x channels) raw weights.
    pub weights: Vec<i16>,
    /// Fraction bits of the weights.
    pub weight_frac_bits: i32,
    /// One raw bias per class.
    pub biases: Vec<i16>,
    /// Left shift that brings the biases to the weights' grid, 0 to 31.
    pub bias_shift: u32,
}

impl Decoder {
    /// Weights of one class: cells x channels.
    pub fn terms(&self) -> usize {
        self.rows * self.columns * self.plane.channels
    }

    /// Cell of a position of the output plane.
    pub fn cell(&self, position: usize) -> usize {
        let (row, column) = (position / self.plane.columns, position % self.plane.columns);
        (row * self.rows / self.plane.rows) * self.columns + column * self.columns / self.plane.columns
    }

    /// The scores of all classes for the signs of the outputs (true = up).
    ///
    /// # Panics
    /// If there is not one sign for every output.
    pub fn scores(&self, signs: &[bool]) -> Vec<i64> {
        assert_eq!(signs.len(), self.plane.p_bits(), "signs of the outputs");
        let channels = self.plane.channels;
        let score = |class: usize| {
            let row = &self.weights[class * self.terms()..(class + 1) * self.terms()];
            let mut sum = i64::from(self.biases[class]) << self.bias_shift;
            for (j, &up) in signs.iter().enumerate() {
                let weight = i64::from(row[self.cell(j / channels) * channels + j % channels]);
                sum += if up { weight } else { -weight };
            }
            sum
        };
        (0..self.classes).map(score).collect()
    }

    /// The class with the largest score, the lowest index among equals.
    pub fn classify(&self, signs: &[bool]) -> usize {
        class_of(&self.scores(signs))
    }
}

/// The class with the largest score, the lowest index among equals.
///
/// # Panics
/// Without scores.
pub fn class_of(scores: &[i64]) -> usize {
    (0..scores.len()).rev().max_by_key(|&class| scores[class]).expect("a decoder has classes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_lowest_class() {
        let decoder = Decoder {
            classes: 3,
            plane: Plane::dense(2),
            rows: 1,
            columns: 1,
            weights: vec![1, 1, 3, -1, -1, 3],
            weight_frac_bits: 0,
            biases: vec![0, 0, 1],
            bias_shift: 2,
        };
        assert_eq!(decoder.scores(&[true, true]), [2, 2, 6]);
        assert_eq!(decoder.classify(&[true, false]), 1);
        let tied = Decoder { biases: vec![0, 0, 0], weights: vec![1, 1, 2, 0, 0, 2], ..decoder };
        assert_eq!(tied.classify(&[true, true]), 0);
    }

    /// 3 rows by 5 columns in 2 x 2 cells: rows 0, 1 and 2; columns 0 to 2 and 3, 4.
    #[test]
    fn cells_divide_the_plane() {
        let decoder = Decoder {
            classes: 1,
            plane: Plane { rows: 3, columns: 5, channels: 1 },
            rows: 2,
            columns: 2,
            weights: vec![1, 10, 100, 1000],
            weight_frac_bits: 0,
            biases: vec![0],
            bias_shift: 0,
        };
        let cells: Vec<usize> = (0..15).map(|position| decoder.cell(position)).collect();
        assert_eq!(cells, [0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 2, 2, 2, 3, 3]);
        assert_eq!(decoder.scores(&[true; 15]), [6 + 40 + 300 + 2000]);
    }
}
