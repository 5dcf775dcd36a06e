//! The classical ends of a machine: an encoder before the first block, a linear decoder after the last.

use super::{Kernel, Plane};
use serde::{Deserialize, Serialize};

/// Bit planes of a pixel.
pub const PIXEL_BITS: usize = 8;

/// Sign convolution on 8-bit pixels, on the device. Its output plane is the first block's input plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderShape {
    /// Rows of a picture, 1 to 64.
    pub rows: usize,
    /// Columns of a picture, 1 to 64.
    pub columns: usize,
    /// The kernel; pixels outside the picture are 0.
    pub kernel: Kernel,
    /// Left shift of the biases, 0 to 12.
    pub bias_shift: u32,
}

impl EncoderShape {
    /// Pixels of a picture.
    pub const fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Rows of weights per group of channels: the taps, `tree_width` at a time.
    pub const fn chunks(&self, tree_width: usize) -> usize {
        self.kernel.taps().div_ceil(tree_width)
    }
}

/// Linear decoder on the device, reading the signs of the last block's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoderShape {
    /// Classes, 2 to 64.
    pub classes: usize,
    /// Rows of cells; the positions of a cell share weights. 1 to the rows of the output plane.
    pub rows: usize,
    /// Columns of cells. 1 to the columns of the output plane.
    pub columns: usize,
    /// Left shift of the biases, 0 to 12.
    pub bias_shift: u32,
}

impl DecoderShape {
    /// Cells.
    pub const fn cells(&self) -> usize {
        self.rows * self.columns
    }

    /// Weights, each counted once.
    pub const fn weights(&self, outputs: Plane) -> usize {
        self.classes * self.cells() * outputs.channels
    }
}
