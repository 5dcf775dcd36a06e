//! The IDX loader: what it reads, and every kind of bad file.

use flate2::Compression;
use flate2::write::GzEncoder;
use spinwright_reference::data::{DataError, Dataset, idx};
use std::io::Write;
use std::path::{Path, PathBuf};

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

fn images_file(count: u32, rows: u32, cols: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [0x0803, count, rows, cols] {
        bytes.extend_from_slice(&u32::to_be_bytes(word));
    }
    bytes.extend((0..count * rows * cols).map(|i| i as u8));
    bytes
}

fn labels_file(labels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [0x0801, labels.len() as u32] {
        bytes.extend_from_slice(&u32::to_be_bytes(word));
    }
    bytes.extend_from_slice(labels);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

struct Folder(tempfile::TempDir);

impl Folder {
    /// A correct set of three pictures.
    fn good() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.put(IMAGES, &images_file(3, 4, 5)).put(LABELS, &labels_file(&[7, 0, 9]));
        folder
    }

    fn put(&self, name: &str, bytes: &[u8]) -> &Self {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn load(&self) -> Result<Dataset, DataError> {
        idx::load_train(self.0.path())
    }

    /// Loads, expects an error that has a help line and names `file`, and gives it.
    fn refused(&self, file: &str) -> DataError {
        let error = self.load().expect_err("this must be refused");
        let text = error.to_string();
        assert!(text.contains(&self.path(file).display().to_string()), "no path in: {text}");
        assert!(text.contains("\n  help: "), "no help in: {text}");
        error
    }
}

#[test]
fn reads_plain_and_compressed_files() {
    let folder = Folder::good();
    let plain = folder.load().unwrap();
    assert_eq!((plain.len(), plain.rows, plain.cols, plain.classes), (3, 4, 5, 10));
    assert_eq!(plain.labels, [7, 0, 9]);
    assert_eq!(plain.image(1), (20..40).collect::<Vec<u8>>());
    let packed = Folder(tempfile::tempdir().unwrap());
    packed.put(&format!("{IMAGES}.gz"), &gzip(&images_file(3, 4, 5)));
    packed.put(&format!("{LABELS}.gz"), &gzip(&labels_file(&[7, 0, 9])));
    assert_eq!(packed.load().unwrap(), plain);
    // A gzip file under a plain name is recognized by its content.
    folder.put(IMAGES, &gzip(&images_file(3, 4, 5)));
    assert_eq!(folder.load().unwrap(), plain);
}

#[test]
fn train_and_test_are_separate_files() {
    let folder = Folder::good();
    assert!(matches!(idx::load_test(folder.0.path()), Err(DataError::Missing { .. })));
    folder.put("t10k-images-idx3-ubyte", &images_file(1, 4, 5));
    folder.put("t10k-labels-idx1-ubyte", &labels_file(&[4]));
    assert_eq!(idx::load_test(folder.0.path()).unwrap().labels, [4]);
    assert_eq!(folder.load().unwrap().len(), 3);
}

#[test]
fn missing_file() {
    let folder = Folder::good();
    std::fs::remove_file(folder.path(LABELS)).unwrap();
    assert!(matches!(folder.refused(LABELS), DataError::Missing { path } if path == folder.path(LABELS)));
    let nowhere = Path::new("no/such/folder");
    assert!(matches!(idx::load_train(nowhere), Err(DataError::Missing { .. })));
}

#[test]
fn folder_in_place_of_a_file() {
    let folder = Folder::good();
    std::fs::remove_file(folder.path(IMAGES)).unwrap();
    std::fs::create_dir(folder.path(IMAGES)).unwrap();
    assert!(matches!(folder.refused(IMAGES), DataError::Unreadable { .. }));
}

#[test]
fn truncated_files() {
    let whole = images_file(3, 4, 5);
    for keep in [0, 3, 9, 16, whole.len() - 1] {
        let folder = Folder::good();
        folder.put(IMAGES, &whole[..keep]);
        let found = match folder.refused(IMAGES) {
            DataError::Truncated { found, .. } => found,
            other => panic!("{keep} bytes gave {other}"),
        };
        assert_eq!(found, keep as u64);
    }
    let folder = Folder::good();
    let packed = gzip(&images_file(300, 20, 20));
    folder.put(IMAGES, &packed[..packed.len() / 2]);
    assert!(matches!(folder.refused(IMAGES), DataError::Truncated { expected: 120_016, .. }));
}

#[test]
fn damaged_gzip() {
    let folder = Folder::good();
    let mut packed = gzip(&images_file(30, 20, 20));
    let last = packed.len() - 6;
    packed[last] ^= 0xff; // inside the stored CRC
    folder.put(IMAGES, &packed);
    assert!(matches!(folder.refused(IMAGES), DataError::DamagedGzip { .. }));
}

#[test]
fn trailing_bytes() {
    let folder = Folder::good();
    folder.put(LABELS, &[labels_file(&[1, 2, 3]), vec![0]].concat());
    assert!(matches!(folder.refused(LABELS), DataError::TrailingBytes { expected: 11, .. }));
}

#[test]
fn swapped_files() {
    let folder = Folder::good();
    folder.put(IMAGES, &labels_file(&[7, 0, 9])).put(LABELS, &images_file(3, 4, 5));
    let error = folder.refused(IMAGES);
    assert!(matches!(error, DataError::Swapped { expected: "images", found: "labels", .. }), "{error}");
    folder.put(IMAGES, &images_file(3, 4, 5));
    let error = folder.refused(LABELS);
    assert!(matches!(error, DataError::Swapped { expected: "labels", found: "images", .. }), "{error}");
}

#[test]
fn not_idx() {
    let folder = Folder::good();
    folder.put(IMAGES, b"\x89PNG\r\n\x1a\n and so on and on");
    assert!(matches!(folder.refused(IMAGES), DataError::NotIdx { expected: 2051, found: 0x8950_4e47, .. }));
}

#[test]
fn counts_that_differ() {
    let folder = Folder::good();
    folder.put(LABELS, &labels_file(&[1, 2]));
    assert!(matches!(folder.refused(LABELS), DataError::CountMismatch { images: 3, labels: 2, .. }));
}

#[test]
fn label_out_of_range() {
    let folder = Folder::good();
    folder.put(LABELS, &labels_file(&[1, 10, 2]));
    assert!(matches!(folder.refused(LABELS), DataError::LabelRange { label: 10, position: 1, .. }));
}

#[test]
fn impossible_dimensions() {
    for (count, rows, cols) in [(0, 4, 5), (3, 0, 5), (3, 4, 0), (3, 2000, 2), (u32::MAX, 1000, 1000)] {
        let folder = Folder::good();
        let mut bytes = images_file(1, 1, 1);
        for (place, word) in [(4, count), (8, rows), (12, cols)] {
            bytes[place..place + 4].copy_from_slice(&u32::to_be_bytes(word));
        }
        folder.put(IMAGES, &bytes);
        assert!(matches!(folder.refused(IMAGES), DataError::WrongDimensions { .. }));
    }
}

#[test]
fn messages_read_as_intended() {
    let folder = Folder::good();
    folder.put(LABELS, &labels_file(&[1, 2]));
    let text = folder.refused(LABELS).to_string().replace(&folder.0.path().display().to_string(), "DIR");
    assert_eq!(
        text,
        "DIR/train-images-idx3-ubyte holds 3 pictures, DIR/train-labels-idx1-ubyte 2 labels\n  help: both must come \
         from the same split of the same set"
    );
}
