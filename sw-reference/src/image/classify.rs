//! What stands before and behind the block: from pixels to input spins, from signs to a class.

/// Binary pixels without a margin: input i is up when pixel i of the rest, row by row, is at least the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelEncoder {
    /// 0 to 256: the smallest pixel value that is up (256: none is).
    pub threshold: u32,
    /// Pixels left out on every side.
    pub margin: usize,
    /// Height of the picture in pixels.
    pub rows: usize,
    /// Width of the picture in pixels.
    pub columns: usize,
}

impl PixelEncoder {
    /// Pixels that reach an input.
    pub fn used_pixels(&self) -> usize {
        (self.rows - 2 * self.margin) * (self.columns - 2 * self.margin)
    }

    /// The spins of `inputs` input p-bits, true = up; those beyond the picture are down.
    ///
    /// # Panics
    /// If the picture does not have rows x columns pixels or `inputs` are too few (a [`super::BankImage`] has enough).
    pub fn encode(&self, picture: &[u8], inputs: usize) -> Vec<bool> {
        assert_eq!(picture.len(), self.rows * self.columns, "pixels of a picture");
        let mut spins = Vec::with_capacity(inputs);
        for row in self.margin..self.rows - self.margin {
            for column in self.margin..self.columns - self.margin {
                spins.push(u32::from(picture[row * self.columns + column]) >= self.threshold);
            }
        }
        assert!(spins.len() <= inputs, "more pixels than inputs");
        spins.resize(inputs, false);
        spins
    }
}

/// Linear decoder in 8-bit weights: score\[c\] = sum_j D\[c\]\[j\] y\[j\] + (d\[c\] << shift).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoder {
    /// Number of classes.
    pub classes: usize,
    /// Number of output p-bits N.
    pub outputs: usize,
    /// classes x outputs raw weights, row-major, -127 to 127.
    pub weights: Vec<i8>,
    /// Fraction bits of the weights.
    pub weight_frac_bits: i32,
    /// One raw bias per class, -127 to 127.
    pub biases: Vec<i8>,
    /// Left shift that brings the biases to the weights' grid, 0 to 31.
    pub bias_shift: u32,
}

impl Decoder {
    /// The scores of all classes for the signs of the outputs (true = up).
    ///
    /// # Panics
    /// If there are not `outputs` signs.
    pub fn scores(&self, signs: &[bool]) -> Vec<i64> {
        assert_eq!(signs.len(), self.outputs, "signs of the outputs");
        let row = |class: usize| {
            let weights = &self.weights[class * self.outputs..(class + 1) * self.outputs];
            let sum: i64 = weights
                .iter()
                .zip(signs)
                .map(|(&w, &up)| if up { i64::from(w) } else { -i64::from(w) })
                .sum();
            sum + (i64::from(self.biases[class]) << self.bias_shift)
        };
        (0..self.classes).map(row).collect()
    }

    /// The class with the largest score, the lowest index among equals.
    pub fn classify(&self, signs: &[bool]) -> usize {
        let scores = self.scores(signs);
        (0..self.classes).rev().max_by_key(|&class| scores[class]).expect("a decoder has classes")
    }
}

/// Encoder and decoder of a model that classifies pictures; an image has both or neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classifier {
    /// From pixels to inputs.
    pub encoder: PixelEncoder,
    /// From signs to classes.
    pub decoder: Decoder,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margin_and_threshold() {
        let encoder = PixelEncoder { threshold: 100, margin: 1, rows: 3, columns: 4 };
        let picture = [255, 255, 255, 255, 255, 99, 100, 255, 255, 255, 255, 255];
        assert_eq!(encoder.encode(&picture, 4), [false, true, false, false]);
        let all_dark = PixelEncoder { threshold: 256, margin: 0, rows: 1, columns: 2 };
        assert_eq!(all_dark.encode(&[255, 255], 2), [false, false]);
    }

    #[test]
    fn ties_go_to_the_lowest_class() {
        let decoder = Decoder {
            classes: 3,
            outputs: 2,
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
}
