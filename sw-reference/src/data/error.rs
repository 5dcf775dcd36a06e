//! What can be wrong with data files.

use std::path::PathBuf;

/// Why a data set cannot be loaded or split. Every message ends with a `help` line.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Neither the plain nor the compressed file is there.
    #[error(
        "data file not found\n  looked for {path} and {path}.gz\n  help: put the four IDX files of the set \
         into one folder and give that folder to --data",
        path = path.display()
    )]
    Missing {
        /// The plain file's path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read {path}\n  {source}\n  help: check that it is a file that you may read", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A gzip file whose content is damaged.
    #[error(
        "{path} is a damaged gzip file\n  {reason}\n  help: fetch or copy it again, and compare its checksum",
        path = path.display()
    )]
    DamagedGzip {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// The first four bytes are no IDX magic number.
    #[error(
        "{path} is not an IDX file of bytes\n  expected magic number {expected}, found {found}\n  help: give the \
         original ubyte files (plain or gzip)",
        path = path.display()
    )]
    NotIdx {
        /// The file.
        path: PathBuf,
        /// 2051 for images, 2049 for labels.
        expected: u32,
        /// What stands there.
        found: u32,
    },
    /// Images where labels belong, or the reverse.
    #[error(
        "{path} holds {found}, but {expected} belong there\n  help: the images and labels files look swapped; \
         rename them",
        path = path.display()
    )]
    Swapped {
        /// The file.
        path: PathBuf,
        /// `images` or `labels`.
        expected: &'static str,
        /// The other of the two.
        found: &'static str,
    },
    /// Fewer bytes than the header announces.
    #[error(
        "{path} is truncated\n  its header announces {expected} bytes, {found} are there\n  help: copy or download \
         it again",
        path = path.display()
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes after decompression, header included.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// More bytes than the header announces.
    #[error(
        "{path} has bytes after its end\n  its header announces {expected} bytes, more are there\n  help: it is \
         damaged or is two files in one; copy it again",
        path = path.display()
    )]
    TrailingBytes {
        /// The file.
        path: PathBuf,
        /// Bytes after decompression, header included.
        expected: u64,
    },
    /// A picture size of zero or beyond reason.
    #[error(
        "{path} announces {count} pictures of {rows} x {cols} pixels\n  each must be at least 1, a side at most \
         1024 and the whole at most 2^31 bytes\n  help: is it the right file?",
        path = path.display()
    )]
    WrongDimensions {
        /// The file.
        path: PathBuf,
        /// Number of pictures.
        count: u32,
        /// Height.
        rows: u32,
        /// Width.
        cols: u32,
    },
    /// Images and labels do not belong together.
    #[error(
        "{images_path} holds {images} pictures, {labels_path} {labels} labels\n  help: both must come from the same \
         split of the same set",
        images_path = images_path.display(), labels_path = labels_path.display()
    )]
    CountMismatch {
        /// The images file.
        images_path: PathBuf,
        /// Pictures in it.
        images: usize,
        /// The labels file.
        labels_path: PathBuf,
        /// Labels in it.
        labels: usize,
    },
    /// A label outside 0..=9.
    #[error(
        "{path}: label {label} at position {position}, but classes are 0 to 9\n  help: only sets of ten classes are \
         supported",
        path = path.display()
    )]
    LabelRange {
        /// The labels file.
        path: PathBuf,
        /// The label.
        label: u8,
        /// Its index, from 0.
        position: usize,
    },
    /// The validation part leaves nothing to train on.
    #[error(
        "{asked} pictures for validation, but there are {have} in all\n  help: ask for fewer than {have}"
    )]
    SplitTooLarge {
        /// Pictures asked for.
        asked: usize,
        /// Pictures there.
        have: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::EncoderError;

    /// Every variant's sentence, as a person reads it.
    #[test]
    fn refusals_read_well() {
        let (images, labels) = (PathBuf::from("set/images"), PathBuf::from("set/labels"));
        let source = std::io::Error::other("it is a folder");
        let data = [
            DataError::Missing { path: images.clone() },
            DataError::Unreadable { path: images.clone(), source },
            DataError::DamagedGzip { path: images.clone(), reason: "corrupt deflate stream".into() },
            DataError::NotIdx { path: images.clone(), expected: 2051, found: 0x8950_4e47 },
            DataError::Swapped { path: images.clone(), expected: "images", found: "labels" },
            DataError::Truncated { path: images.clone(), expected: 120_016, found: 120_000 },
            DataError::TrailingBytes { path: labels.clone(), expected: 11 },
            DataError::WrongDimensions { path: images.clone(), count: 3, rows: 0, cols: 28 },
            DataError::CountMismatch {
                images_path: images,
                images: 3,
                labels_path: labels.clone(),
                labels: 2,
            },
            DataError::LabelRange { path: labels, label: 10, position: 1 },
            DataError::SplitTooLarge { asked: 300, have: 300 },
        ];
        let encoder = [
            EncoderError::Margin { margin: 5, rows: 10, cols: 12 },
            EncoderError::Threshold,
            EncoderError::Size { rows: 10, cols: 12, found_rows: 28, found_cols: 28 },
        ];
        let messages: Vec<String> =
            data.iter().map(ToString::to_string).chain(encoder.iter().map(ToString::to_string)).collect();
        assert!(messages.iter().all(|message| message.contains("\n  help: ")), "{messages:#?}");
        insta::assert_snapshot!("refusals", messages.join("\n"));
    }
}
