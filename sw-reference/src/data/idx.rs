//! The IDX format of the well-known image sets: a big-endian header (magic number, sizes), then bytes.
//!
//! Files are found under their usual names in one folder, plain (tried first) or with `.gz`. A gzip file is
//! recognized by its first bytes, not by its name.

use super::{DataError, Dataset};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Magic number of a file of images (unsigned bytes, three dimensions).
const IMAGES_MAGIC: u32 = 0x0803;
/// Magic number of a file of labels (unsigned bytes, one dimension).
const LABELS_MAGIC: u32 = 0x0801;
/// Classes of the sets that are read here.
const CLASSES: usize = 10;

/// Loads the training split: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`.
///
/// # Errors
/// See [`DataError`]: a file is missing, damaged, swapped or does not fit the other.
pub fn load_train(folder: &Path) -> Result<Dataset, DataError> {
    load(folder, "train")
}

/// Loads the test split: `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`. Nothing that trains calls it.
///
/// # Errors
/// As for [`load_train`].
pub fn load_test(folder: &Path) -> Result<Dataset, DataError> {
    load(folder, "t10k")
}

fn load(folder: &Path, split: &str) -> Result<Dataset, DataError> {
    let images_path = locate(&folder.join(format!("{split}-images-idx3-ubyte")))?;
    let labels_path = locate(&folder.join(format!("{split}-labels-idx1-ubyte")))?;
    let (sizes, images) = read_idx(&images_path, IMAGES_MAGIC)?;
    let (count, labels) = read_idx(&labels_path, LABELS_MAGIC)?;
    if sizes[0] != count[0] {
        return Err(DataError::CountMismatch {
            images_path,
            images: sizes[0] as usize,
            labels_path,
            labels: count[0] as usize,
        });
    }
    if let Some(position) = labels.iter().position(|&label| usize::from(label) >= CLASSES) {
        return Err(DataError::LabelRange { path: labels_path, label: labels[position], position });
    }
    Ok(Dataset { images, labels, rows: sizes[1] as usize, cols: sizes[2] as usize, classes: CLASSES })
}

/// The plain file if it is there, else the compressed one.
fn locate(plain: &Path) -> Result<PathBuf, DataError> {
    let mut packed = plain.as_os_str().to_owned();
    packed.push(".gz");
    [plain.to_path_buf(), PathBuf::from(packed)]
        .into_iter()
        .find(|path| path.exists())
        .ok_or_else(|| DataError::Missing { path: plain.to_path_buf() })
}

/// Reads one file whose magic number must be `expected`: its sizes and its bytes.
fn read_idx(path: &Path, expected: u32) -> Result<(Vec<u32>, Vec<u8>), DataError> {
    let unreadable = |source| DataError::Unreadable { path: path.to_path_buf(), source };
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut start = Vec::new();
    file.by_ref().take(2).read_to_end(&mut start).map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    if start == [0x1f, 0x8b] {
        parse(path, expected, &mut MultiGzDecoder::new(file), true)
    } else {
        parse(path, expected, &mut file, false)
    }
}

fn parse(
    path: &Path,
    expected: u32,
    bytes: &mut dyn Read,
    packed: bool,
) -> Result<(Vec<u32>, Vec<u8>), DataError> {
    let dimensions = (expected & 0xff) as usize;
    let header_bytes = 4 + 4 * dimensions as u64;
    let header = fill(path, bytes, header_bytes, packed)?;
    if header.len() < 4 {
        return Err(DataError::Truncated {
            path: path.into(),
            expected: header_bytes,
            found: header.len() as u64,
        });
    }
    let words: Vec<u32> =
        header.chunks_exact(4).map(|word| u32::from_be_bytes([word[0], word[1], word[2], word[3]])).collect();
    let names = if expected == IMAGES_MAGIC { ("images", "labels") } else { ("labels", "images") };
    match words[0] {
        magic if magic == expected => {}
        IMAGES_MAGIC | LABELS_MAGIC => {
            return Err(DataError::Swapped { path: path.into(), expected: names.0, found: names.1 });
        }
        found => return Err(DataError::NotIdx { path: path.into(), expected, found }),
    }
    if (header.len() as u64) < header_bytes {
        return Err(DataError::Truncated {
            path: path.into(),
            expected: header_bytes,
            found: header.len() as u64,
        });
    }
    let sizes = words[1..].to_vec();
    let (count, rows, cols) = (sizes[0], *sizes.get(1).unwrap_or(&1), *sizes.get(2).unwrap_or(&1));
    let sides_fit = (1..=1024).contains(&rows) && (1..=1024).contains(&cols);
    let body_bytes = u64::from(count).saturating_mul(u64::from(rows)).saturating_mul(u64::from(cols));
    if count == 0 || !sides_fit || body_bytes > 1 << 31 {
        return Err(DataError::WrongDimensions { path: path.into(), count, rows, cols });
    }
    // One byte more than announced, so that a longer file shows itself.
    let mut body = fill(path, bytes, body_bytes + 1, packed)?;
    let found = body.len() as u64;
    if found < body_bytes {
        let (expected, found) = (header_bytes + body_bytes, header_bytes + found);
        return Err(DataError::Truncated { path: path.into(), expected, found });
    }
    if found > body_bytes {
        return Err(DataError::TrailingBytes { path: path.into(), expected: header_bytes + body_bytes });
    }
    body.shrink_to_fit();
    Ok((sizes, body))
}

/// Reads up to `limit` bytes; fewer at the end of the file. A gzip stream that stops early counts as ended: the
/// caller then reports how many bytes there were.
fn fill(path: &Path, bytes: &mut dyn Read, limit: u64, packed: bool) -> Result<Vec<u8>, DataError> {
    let mut out = Vec::new();
    match bytes.take(limit).read_to_end(&mut out) {
        Ok(_) => Ok(out),
        Err(error) if packed && error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(out),
        Err(error) if packed => Err(DataError::DamagedGzip { path: path.into(), reason: error.to_string() }),
        Err(source) => Err(DataError::Unreadable { path: path.into(), source }),
    }
}
