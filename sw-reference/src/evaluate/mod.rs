//! Accuracy of an image over labeled pictures: encode, sample bit-exactly, decode.
//!
//! Picture k of the data set starts at draw k D of every stream (`docs/contract.md`, section 5), so the result is the same for
//! any number of threads, for any split into batches, and on the hardware.

mod engine;

pub use engine::{Engine, Fast, Pictures, Scalar, raw_model};

use crate::data::Dataset;
use crate::fast::Path;
use crate::image::{BankImage, Decoder};
use spinwright_contract::{Problem, Schedule, Start, ValidConfig};

/// How to run the pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Lengths and readout of every block.
    pub schedules: Vec<Schedule>,
    /// Where every run starts. `host` starts every picture with all spins down; `keep` goes on where the last one ended, the
    /// first with all spins down.
    pub start: Start,
    /// Seed of the streams.
    pub seed: u64,
    /// Bias set of the image.
    pub bias_set: usize,
    /// Table of every replica; empty means table 0.
    pub table_select: Vec<usize>,
    /// Data index k of the first picture; its draws start at k D.
    pub first_picture: u64,
    /// Instruction set of the sampler; every one gives the same bytes.
    pub path: Path,
}

impl Evaluation {
    /// The image's own schedules and start, seed 1, bias set 0, table 0, pictures from index 0.
    pub fn of(image: &BankImage) -> Self {
        Self {
            schedules: image.schedules(),
            start: image.start(),
            seed: 1,
            bias_set: 0,
            table_select: Vec::new(),
            first_picture: 0,
            path: Path::Auto,
        }
    }
}

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Pictures.
    pub pictures: usize,
    /// Pictures whose class was found.
    pub correct: usize,
    /// `confusion[label][class]`: pictures with this label that were given this class.
    pub confusion: Vec<Vec<u64>>,
    /// Class given to every picture.
    pub classes: Vec<usize>,
    /// Sums of the last block's output p-bits, picture by picture.
    pub sums: Vec<i32>,
    /// Sweeps per picture as they are counted: replicas x (burn-in + retained), summed over the blocks.
    pub sweeps: u64,
}

impl Score {
    /// Part of the pictures whose class was found, 0 to 1 (0 without pictures).
    pub fn accuracy(&self) -> f64 {
        if self.pictures == 0 { 0.0 } else { self.correct as f64 / self.pictures as f64 }
    }

    /// Adds the pictures that follow, for progress and interruption between batches.
    ///
    /// # Panics
    /// If the other score has another number of classes.
    pub fn append(&mut self, later: Score) {
        assert_eq!(self.confusion.len(), later.confusion.len(), "scores of one model");
        self.pictures += later.pictures;
        self.correct += later.correct;
        let cells = self.confusion.iter_mut().flatten().zip(later.confusion.iter().flatten());
        cells.for_each(|(sum, count)| *sum += count);
        self.classes.extend(later.classes);
        self.sums.extend(later.sums);
    }
}

/// Runs every picture of a data set on the current rayon pool.
///
/// # Errors
/// When the image is for another machine, has no encoder and decoder or no such bias set, the pictures do not have the encoder's
/// size or have labels beyond the decoder's classes, or the schedules are outside the machine's limits.
pub fn evaluate(
    config: &ValidConfig,
    image: &BankImage,
    data: &Dataset,
    options: &Evaluation,
) -> Result<Score, Problem> {
    evaluate_with(&Fast, config, image, data, options)
}

/// [`evaluate`] on a chosen engine.
///
/// # Errors
/// As [`evaluate`], and what the engine refuses.
pub fn evaluate_with(
    engine: &impl Engine,
    config: &ValidConfig,
    image: &BankImage,
    data: &Dataset,
    options: &Evaluation,
) -> Result<Score, Problem> {
    let decoder = check(config, image, data, options)?;
    let found = engine.run(config, image, data, options)?;
    let class = |k: usize| match config.decoder() {
        Some(_) => found.classes[k],
        None => decoder.classify(&found.signs.row(k).collect::<Vec<bool>>()),
    };
    let classes: Vec<usize> = (0..data.len()).map(class).collect();
    let mut score = Score {
        pictures: data.len(),
        correct: 0,
        confusion: vec![vec![0; decoder.classes]; decoder.classes],
        classes,
        sums: found.sums,
        sweeps: options.schedules.iter().map(|s| s.counted_sweeps(config.replicas())).sum(),
    };
    for (&class, &label) in score.classes.iter().zip(&data.labels) {
        score.correct += usize::from(class == usize::from(label));
        score.confusion[usize::from(label)][class] += 1;
    }
    Ok(score)
}

fn check<'a>(
    config: &ValidConfig,
    image: &'a BankImage,
    data: &Dataset,
    options: &Evaluation,
) -> Result<&'a Decoder, Problem> {
    // The scalar sampler's door knows which image and bias set belong to a machine.
    crate::sampler::Sampler::new(config, image, options.bias_set)?;
    crate::image::check::schedules(&options.schedules, config)?;
    crate::image::check::start(options.start, config)?;
    let contents = image.contents();
    let (Some(encoder), Some(decoder)) = (&contents.encoder, &contents.decoder) else {
        return Err(Problem::new(
            "the image has no encoder and decoder",
            "image",
            "it was compiled from a model that does not classify pictures",
            "compile a trained model, or run the image with `spinwright run`",
        ));
    };
    let (rows, columns) = encoder.picture();
    if (data.rows, data.cols) != (rows, columns) {
        return Err(Problem::new(
            "the pictures do not fit the model",
            "data set",
            format!("they have {} x {} pixels, the encoder takes {rows} x {columns}", data.rows, data.cols),
            "use the data set that the model was trained on",
        ));
    }
    let classes = decoder.classes;
    match data.labels.iter().position(|&label| usize::from(label) >= classes) {
        None => Ok(decoder),
        Some(k) => Err(Problem::new(
            "the labels do not fit the model",
            format!("picture {k}"),
            format!("its label is {}, the decoder knows {classes} classes from 0", data.labels[k]),
            "use the data set that the model was trained on",
        )),
    }
}

#[cfg(test)]
mod tests;
