//! Data files that are missing, cut off, swapped or something else.

use crate::support::{folder, idx, refused, write};
use std::path::Path;

const IMAGES: &str = "data/train-images-idx3-ubyte";
const LABELS: &str = "data/train-labels-idx1-ubyte";
const TRAIN: &str = "train --data data --out model";

/// Two pictures of 28 x 28 and their labels.
fn small_set(folder: &Path) {
    write(folder, IMAGES, idx(&[2, 28, 28], &[7; 2 * 28 * 28]));
    write(folder, LABELS, idx(&[2], &[3, 4]));
}

#[test]
fn a_folder_that_does_not_exist() {
    insta::assert_snapshot!("data_missing", refused(folder().path(), TRAIN));
}

#[test]
fn a_file_that_does_not_exist() {
    let folder = folder();
    write(folder.path(), IMAGES, idx(&[2, 28, 28], &[7; 2 * 28 * 28]));
    insta::assert_snapshot!("labels_missing", refused(folder.path(), TRAIN));
}

#[test]
fn a_file_that_ends_too_early() {
    let folder = folder();
    small_set(folder.path());
    write(folder.path(), IMAGES, idx(&[2, 28, 28], &[7; 1000]));
    insta::assert_snapshot!("images_truncated", refused(folder.path(), TRAIN));
}

#[test]
fn images_and_labels_swapped() {
    let folder = folder();
    write(folder.path(), LABELS, idx(&[2, 28, 28], &[7; 2 * 28 * 28]));
    write(folder.path(), IMAGES, idx(&[2], &[3, 4]));
    insta::assert_snapshot!("files_swapped", refused(folder.path(), TRAIN));
}

#[test]
fn a_file_of_another_kind() {
    let folder = folder();
    small_set(folder.path());
    write(folder.path(), IMAGES, "PNG? certainly not IDX");
    insta::assert_snapshot!("not_idx", refused(folder.path(), TRAIN));
}

#[test]
fn a_damaged_gzip_file() {
    let folder = folder();
    write(folder.path(), "data/train-images-idx3-ubyte.gz", [0x1f, 0x8b, 8, 0, 1, 2, 3]);
    write(folder.path(), LABELS, idx(&[2], &[3, 4]));
    insta::assert_snapshot!("damaged_gzip", refused(folder.path(), TRAIN));
}

#[test]
fn pictures_and_labels_of_different_sets() {
    let folder = folder();
    small_set(folder.path());
    write(folder.path(), LABELS, idx(&[3], &[3, 4, 5]));
    insta::assert_snapshot!("count_mismatch", refused(folder.path(), TRAIN));
}

#[test]
fn pictures_of_another_size_than_the_machine_takes() {
    let folder = folder();
    write(folder.path(), IMAGES, idx(&[2, 8, 8], &[7; 2 * 64]));
    write(folder.path(), LABELS, idx(&[2], &[3, 4]));
    insta::assert_snapshot!("pictures_do_not_fit", refused(folder.path(), TRAIN));
}

#[test]
fn too_few_pictures_to_train_on() {
    let folder = folder();
    small_set(folder.path());
    insta::assert_snapshot!("too_few_pictures", refused(folder.path(), TRAIN));
}
