//! What stands before the first block: from pixels to input spins, on the host or on the device.

use spinwright_contract::config::{EncoderShape, Plane};

/// From a picture to the first block's input spins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encoder {
    /// The host compares pixels with a threshold and writes the input spins; only for machines without an encoder.
    Host(PixelEncoder),
    /// The device computes the input spins; the host writes the pixels.
    Device(SignEncoder),
}

impl Encoder {
    /// Rows and columns of a picture.
    pub fn picture(&self) -> (usize, usize) {
        match self {
            Encoder::Host(e) => (e.rows, e.columns),
            Encoder::Device(e) => (e.shape.rows, e.shape.columns),
        }
    }

    /// The spins of `inputs` input p-bits, true = up.
    ///
    /// # Panics
    /// If the picture does not have rows x columns pixels or `inputs` are too few (a [`super::BankImage`] has enough).
    pub fn encode(&self, picture: &[u8], inputs: usize) -> Vec<bool> {
        match self {
            Encoder::Host(e) => e.encode(picture, inputs),
            Encoder::Device(e) => e.encode(picture),
        }
    }
}

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

/// Sign convolution on 8-bit pixels: at every position of `plane`, e = (b << bias_shift) + sum over taps of W u with u = 2 v - 255
/// and v the pixel that the tap names (0 outside the picture); up when e >= 0. `docs/contract.md`, section 7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignEncoder {
    /// The machine's: picture, kernel, left shift of the biases.
    pub shape: EncoderShape,
    /// The plane that it fills: the first block's input plane.
    pub plane: Plane,
    /// n: the value of a weight is raw x 2^-n, in units of u.
    pub weight_frac_bits: i32,
    /// channels x taps raw weights; tap t is kernel row t div size, column t mod size.
    pub weights: Vec<i16>,
    /// One raw bias per channel.
    pub biases: Vec<i16>,
}

impl SignEncoder {
    /// An encoder of zeros, which puts every input up.
    pub fn zeros(shape: EncoderShape, plane: Plane, weight_frac_bits: i32) -> Self {
        let weights = vec![0; plane.channels * shape.kernel.taps()];
        Self { shape, plane, weight_frac_bits, weights, biases: vec![0; plane.channels] }
    }

    /// The exact sums e of all p-bits of the plane.
    ///
    /// # Panics
    /// If the picture does not have rows x columns pixels.
    pub fn sums(&self, picture: &[u8]) -> Vec<i64> {
        let (shape, kernel) = (self.shape, self.shape.kernel);
        assert_eq!(picture.len(), shape.pixels(), "pixels of a picture");
        let mut sums = Vec::with_capacity(self.plane.p_bits());
        for row in 0..self.plane.rows {
            for column in 0..self.plane.columns {
                for channel in 0..self.plane.channels {
                    let mut sum = i64::from(self.biases[channel]) << shape.bias_shift;
                    for tap in 0..kernel.taps() {
                        let pixel_row = (row * kernel.stride + tap / kernel.size).checked_sub(kernel.padding);
                        let pixel_column =
                            (column * kernel.stride + tap % kernel.size).checked_sub(kernel.padding);
                        let pixel = match (pixel_row, pixel_column) {
                            (Some(r), Some(c)) if r < shape.rows && c < shape.columns => {
                                picture[r * shape.columns + c]
                            }
                            _ => 0,
                        };
                        let weight = i64::from(self.weights[channel * kernel.taps() + tap]);
                        sum += weight * (2 * i64::from(pixel) - 255);
                    }
                    sums.push(sum);
                }
            }
        }
        sums
    }

    /// The input spins, true = up.
    ///
    /// # Panics
    /// As [`Self::sums`].
    pub fn encode(&self, picture: &[u8]) -> Vec<bool> {
        self.sums(picture).iter().map(|&sum| sum >= 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spinwright_contract::config::Kernel;

    #[test]
    fn margin_and_threshold() {
        let encoder = PixelEncoder { threshold: 100, margin: 1, rows: 3, columns: 4 };
        let picture = [255, 255, 255, 255, 255, 99, 100, 255, 255, 255, 255, 255];
        assert_eq!(encoder.encode(&picture, 4), [false, true, false, false]);
        let all_dark = PixelEncoder { threshold: 256, margin: 0, rows: 1, columns: 2 };
        assert_eq!(all_dark.encode(&[255, 255], 2), [false, false]);
    }

    /// Two channels on a 2 x 3 picture, by hand.
    #[test]
    fn sign_convolution() {
        let shape = EncoderShape {
            rows: 2,
            columns: 3,
            kernel: Kernel { size: 2, stride: 2, padding: 1 },
            bias_shift: 3,
        };
        let plane = Plane { rows: 1, columns: 2, channels: 2 };
        let encoder = SignEncoder {
            shape,
            plane,
            weight_frac_bits: 0,
            weights: vec![1, 2, 3, 4, 0, 0, 0, -1],
            biases: vec![5, -1],
        };
        let picture = [255, 128, 0, 7, 8, 9];
        // Position (0, 0) reads pixel (0, 0) with tap 3 only; (0, 1) reads (0, 1) with tap 2 and (0, 2) with tap 3.
        let expected = [40 + 4 * 255 - 6 * 255, -8 - 255, 40 - 3 * 255 + 3 - 4 * 255, -8 + 255];
        assert_eq!(encoder.sums(&picture), expected);
        assert_eq!(encoder.encode(&picture), [false, false, false, true]);
        assert_eq!(SignEncoder::zeros(shape, plane, 0).encode(&picture), [true; 4], "e = 0 is up");
    }
}
