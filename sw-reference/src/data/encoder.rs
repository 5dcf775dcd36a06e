//! From pixels to the clamped inputs of a block.

use serde::{Deserialize, Serialize};

/// Binary pixels: input i is +1 when its pixel is at least `threshold`, else -1, row by row over the picture
/// without a border of `margin` pixels on every side.
///
/// The border of centered digits is almost always dark; leaving it out saves weights that carry nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encoder {
    /// Height of the picture in pixels.
    pub rows: usize,
    /// Width of the picture in pixels.
    pub cols: usize,
    /// Pixels left out on every side.
    pub margin: usize,
    /// Smallest pixel value that counts as up, 1 to 255.
    pub threshold: u8,
}

/// Why an encoder is not possible.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncoderError {
    /// Nothing would be left of the picture.
    #[error(
        "a margin of {margin} leaves nothing of a {rows} x {cols} picture\n  help: choose a margin below half of the \
         smaller side"
    )]
    Margin {
        /// The margin.
        margin: usize,
        /// Height of the picture.
        rows: usize,
        /// Width of the picture.
        cols: usize,
    },
    /// Every pixel would be up.
    #[error("an encoder threshold of 0 sets every input\n  help: choose 1 to 255")]
    Threshold,
    /// A picture of another size.
    #[error(
        "the encoder is for {rows} x {cols} pixels, the picture has {found_rows} x {found_cols}\n  help: use the data \
         set that the model was trained on"
    )]
    Size {
        /// Height expected.
        rows: usize,
        /// Width expected.
        cols: usize,
        /// Height found.
        found_rows: usize,
        /// Width found.
        found_cols: usize,
    },
}

impl Encoder {
    /// Checks margin and threshold.
    ///
    /// # Errors
    /// [`EncoderError::Margin`] or [`EncoderError::Threshold`].
    pub fn validate(&self) -> Result<(), EncoderError> {
        let Encoder { rows, cols, margin, threshold } = *self;
        if 2 * margin >= rows.min(cols) {
            return Err(EncoderError::Margin { margin, rows, cols });
        }
        if threshold == 0 { Err(EncoderError::Threshold) } else { Ok(()) }
    }

    /// Checks that pictures of this size can be encoded.
    ///
    /// # Errors
    /// [`EncoderError::Size`] when the picture has another size.
    pub fn accepts(&self, found_rows: usize, found_cols: usize) -> Result<(), EncoderError> {
        if (found_rows, found_cols) == (self.rows, self.cols) {
            return Ok(());
        }
        Err(EncoderError::Size { rows: self.rows, cols: self.cols, found_rows, found_cols })
    }

    /// Height of what is encoded.
    pub fn inner_rows(&self) -> usize {
        self.rows - 2 * self.margin
    }

    /// Width of what is encoded.
    pub fn inner_cols(&self) -> usize {
        self.cols - 2 * self.margin
    }

    /// Number of inputs X.
    pub fn inputs(&self) -> usize {
        self.inner_rows() * self.inner_cols()
    }

    /// The pixels that the inputs see, in input order.
    pub fn pixels<'a>(&self, image: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
        let (cols, margin, width) = (self.cols, self.margin, self.inner_cols());
        (margin..self.rows - margin)
            .flat_map(move |row| image[row * cols + margin..row * cols + margin + width].iter().copied())
    }

    /// Writes the inputs of one picture as +1 and -1.
    ///
    /// # Panics
    /// If `image` is not `rows * cols` long or `inputs` not [`Encoder::inputs`].
    pub fn encode_into(&self, image: &[u8], inputs: &mut [f32]) {
        assert_eq!(image.len(), self.rows * self.cols, "picture size");
        assert_eq!(inputs.len(), self.inputs(), "input count");
        for (input, pixel) in inputs.iter_mut().zip(self.pixels(image)) {
            *input = if pixel >= self.threshold { 1.0 } else { -1.0 };
        }
    }

    /// The inputs of one picture as +1 and -1.
    ///
    /// # Panics
    /// If `image` is not `rows * cols` long.
    pub fn encode(&self, image: &[u8]) -> Vec<i8> {
        assert_eq!(image.len(), self.rows * self.cols, "picture size");
        self.pixels(image).map(|pixel| if pixel >= self.threshold { 1 } else { -1 }).collect()
    }
}
