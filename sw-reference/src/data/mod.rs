//! Pictures and their labels: loading, drawing, splitting and encoding.
//!
//! * [`idx`] reads image sets in the IDX format (plain or gzip), with errors that name the file.
//! * [`digits`] draws a small digit set from strokes, so that the whole chain runs without any download.
//! * [`Encoder`] turns a picture into the clamped inputs of a dense block.
//!
//! Training and test pictures come from separate functions everywhere; nothing in `train` calls the test ones.

pub mod digits;
mod encoder;
mod error;
pub mod idx;
mod stream;

pub use encoder::{Encoder, EncoderError};
pub use error::DataError;
pub(crate) use stream::Stream;

/// Labeled grey pictures of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Pixels, `len() * rows * cols`, row by row, 0 (dark) to 255 (bright).
    pub images: Vec<u8>,
    /// One label per picture, each below `classes`.
    pub labels: Vec<u8>,
    /// Height in pixels.
    pub rows: usize,
    /// Width in pixels.
    pub cols: usize,
    /// Number of classes.
    pub classes: usize,
}

impl Dataset {
    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True without any picture.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Pixels of one picture.
    pub fn pixels(&self) -> usize {
        self.rows * self.cols
    }

    /// The pixels of picture `index`.
    ///
    /// # Panics
    /// If `index` is not below [`Dataset::len`].
    pub fn image(&self, index: usize) -> &[u8] {
        &self.images[index * self.pixels()..(index + 1) * self.pixels()]
    }

    /// The pictures at `indices`, in that order.
    ///
    /// # Panics
    /// If an index is not below [`Dataset::len`].
    pub fn select(&self, indices: &[usize]) -> Dataset {
        let mut images = Vec::with_capacity(indices.len() * self.pixels());
        for &index in indices {
            images.extend_from_slice(self.image(index));
        }
        let labels = indices.iter().map(|&index| self.labels[index]).collect();
        Dataset { images, labels, ..*self }
    }

    /// The first `count` pictures (all of them if there are fewer).
    pub fn first(&self, count: usize) -> Dataset {
        let count = count.min(self.len());
        Dataset {
            images: self.images[..count * self.pixels()].to_vec(),
            labels: self.labels[..count].to_vec(),
            ..*self
        }
    }

    /// Sets `count` pictures aside for validation, chosen by `seed`; both parts keep the file's order.
    ///
    /// # Errors
    /// [`DataError::SplitTooLarge`] when nothing would be left to train on.
    pub fn split_validation(&self, count: usize, seed: u64) -> Result<(Dataset, Dataset), DataError> {
        if count >= self.len() {
            return Err(DataError::SplitTooLarge { asked: count, have: self.len() });
        }
        let order = Stream::new(&[seed, 0x0076_616c_6964]).permutation(self.len());
        let (mut held, mut kept) = (order[..count].to_vec(), order[count..].to_vec());
        held.sort_unstable();
        kept.sort_unstable();
        Ok((self.select(&kept), self.select(&held)))
    }
}
