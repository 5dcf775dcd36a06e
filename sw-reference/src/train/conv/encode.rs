//! The sign convolution on pixels, as a matrix product on patches.

use super::buffer::{Buffer, padded};
use super::taps::Gather;
use spinwright_contract::config::{Kernel, Plane};

/// Where the taps of every position lie in a picture, and memory for the patches of a number of pictures.
pub(crate) struct Patches {
    /// By position and tap: the pixel, or the number of pixels for outside.
    pixels: Vec<u32>,
    taps: usize,
    positions: usize,
    /// Patches of all pictures, one row per position; u = (2 v - 255) / 256.
    pub(crate) values: Buffer,
    /// The product's rows.
    pub(crate) gather: Gather,
    /// Pixels of one picture and one dark one behind them, as u.
    lights: Vec<f32>,
}

impl Patches {
    pub(crate) fn new(picture: Plane, encoded: Plane, kernel: Kernel, pictures: usize) -> Self {
        let one = Gather::forward(encoded, picture, kernel, 1);
        let positions = encoded.positions();
        let taps = kernel.taps();
        Patches {
            pixels: one.sources,
            taps,
            positions,
            values: Buffer::zeros(pictures * positions * padded(taps)),
            gather: Gather::same(positions, pictures),
            lights: vec![0.0; picture.positions() + 1],
        }
    }

    /// Fills the rows of picture `place` from its pixels.
    pub(crate) fn fill(&mut self, place: usize, image: &[u8]) {
        const DARK: f32 = -255.0 / 256.0;
        for (light, &pixel) in self.lights.iter_mut().zip(image) {
            *light = (2.0 * f32::from(pixel) - 255.0) / 256.0;
        }
        self.lights[image.len()] = DARK;
        let stride = padded(self.taps);
        let rows = self.values[place * self.positions * stride..].chunks_exact_mut(stride);
        for (row, pixels) in rows.zip(self.pixels.chunks_exact(self.taps)) {
            row.iter_mut().zip(pixels).for_each(|(value, &pixel)| *value = self.lights[pixel as usize]);
        }
    }
}
