//! `spinwright draw`: the drawn digit set as files that other programs read.

use crate::failure::Failure;
use crate::output::{self, grouped};
use crate::pictures::{Source, Split};
use spinwright_contract::files;
use spinwright_reference::data::Dataset;
use std::path::PathBuf;

/// Write the digit set that the program draws itself as four IDX files, for trainers elsewhere.
///
/// They have the names and the format of MNIST's, so that --data takes the folder too.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright draw --out out/drawn")]
pub struct Draw {
    /// Folder for the files.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Rows and columns of a picture; others than 12 are enlarged, with a margin as MNIST has it.
    #[arg(long, value_name = "PIXELS", default_value_t = 12, value_parser = clap::value_parser!(u16).range(12..=64))]
    size: u16,
}

impl Draw {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let draw = |split| Source::Digits.load(split).map(|data| enlarged(data, self.size.into()));
        let [train, test] = [draw(Split::Train)?, draw(Split::Test)?];
        files::create_folder(&self.out)?;
        for (name, data) in [("train", &train), ("t10k", &test)] {
            let write = |kind: &str, bytes: &[u8]| {
                files::write_whole(&self.out.join(format!("{name}-{kind}-ubyte")), bytes)
            };
            write("images-idx3", &pictures(data))?;
            write("labels-idx1", &labels(data))?;
        }
        output::line(format!(
            "{} training and {} test pictures of {} x {} pixels in {}",
            grouped(train.len() as u64),
            grouped(test.len() as u64),
            train.rows,
            train.cols,
            self.out.display()
        ))
    }
}

/// The same pictures with `size` rows and columns: the digit fills 22 of 28 parts, between its pixels brightness is interpolated,
/// around it all is dark.
fn enlarged(data: Dataset, size: usize) -> Dataset {
    if size == data.rows {
        return data;
    }
    let side = size * 22 / 28;
    let offset = (size - side) / 2;
    // Per row (or column) of the digit: the two source rows, and the weight of the second in 256ths.
    let taps: Vec<(usize, usize, u32)> = (0..side)
        .map(|at| {
            let place = ((2 * at + 1) * data.rows * 128 / side).saturating_sub(128);
            let first = (place / 256).min(data.rows - 1);
            (first, (first + 1).min(data.rows - 1), (place % 256) as u32)
        })
        .collect();
    let mut images = vec![0; data.len() * size * size];
    for (k, picture) in images.chunks_exact_mut(size * size).enumerate() {
        let source = data.image(k);
        let pixel = |row: usize, column: usize| u32::from(source[row * data.cols + column]);
        for (r, &(top, bottom, down)) in taps.iter().enumerate() {
            for (c, &(left, right, across)) in taps.iter().enumerate() {
                let along = |row| pixel(row, left) * (256 - across) + pixel(row, right) * across;
                let value = (along(top) * (256 - down) + along(bottom) * down) >> 16;
                picture[(offset + r) * size + offset + c] = value as u8;
            }
        }
    }
    Dataset { rows: size, cols: size, images, ..data }
}

/// Magic number (unsigned bytes, number of dimensions), dimensions, bytes; numbers with the highest byte first.
fn idx(dimensions: &[usize], bytes: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dimensions.len() as u8];
    file.extend(dimensions.iter().flat_map(|&size| (size as u32).to_be_bytes()));
    file.extend(bytes);
    file
}

fn pictures(data: &Dataset) -> Vec<u8> {
    let pixels = (0..data.len()).flat_map(|k| data.image(k).iter().copied());
    idx(&[data.len(), data.rows, data.cols], pixels)
}

fn labels(data: &Dataset) -> Vec<u8> {
    idx(&[data.len()], data.labels.iter().copied())
}
