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
}

impl Draw {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let [train, test] = [Source::Digits.load(Split::Train)?, Source::Digits.load(Split::Test)?];
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
