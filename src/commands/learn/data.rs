//! Rows of spins: text, a folder of pictures, or the drawn digits.

use crate::failure::Failure;
use crate::pictures::{Source, Split};
use spinwright_contract::files;
use spinwright_reference::learn::Rows;
use std::path::{Path, PathBuf};

/// Where rows come from.
pub enum Data {
    /// A text file.
    Text(PathBuf),
    /// Pictures, and from which brightness on a pixel is up.
    Pictures(Source, u8),
}

/// Rows of data.
pub struct Columns {
    /// The rows.
    pub rows: Rows,
    /// Rows and columns of a picture, where they are pictures.
    pub picture: Option<[usize; 2]>,
}

impl Data {
    /// A file is text, a folder pictures; without either the drawn digits.
    pub fn new(path: Option<&Path>, threshold: u8) -> Self {
        match path {
            Some(path) if path.is_file() => Self::Text(path.to_path_buf()),
            path => Self::Pictures(Source::new(path), threshold),
        }
    }

    /// What is learned from.
    pub fn train(&self) -> Result<Columns, Failure> {
        self.load(Split::Train)
    }

    /// One part; text has only one.
    pub fn load(&self, split: Split) -> Result<Columns, Failure> {
        match self {
            Self::Text(path) => {
                let rows = Rows::parse(&files::read_text(path)?)
                    .map_err(|problem| problem.within(path.display()))?;
                Ok(Columns { rows, picture: None })
            }
            Self::Pictures(source, threshold) => {
                let data = source.load(split)?;
                let picture = Some([data.rows, data.cols]);
                Ok(Columns { rows: Rows::of_pictures(&data, *threshold), picture })
            }
        }
    }
}
