//! Accuracy of an image over labeled pictures: encode, sample bit-exactly, decode.
//!
//! Picture k of the data set starts at draw k D of every stream (`docs/contract.md`, section 5), so the result is the same for
//! any number of threads, for any split into batches, and on the hardware.

use crate::data::Dataset;
use crate::fast::{Batch, BatchSampler, BatchStart, Path, RawModel, SpinRows};
use crate::image::{BankContents, BankImage, Classifier};
use crate::stream::LaneStreams;
use spinwright_contract::{Color, Problem, Schedule, Start, ValidConfig};

/// How to run the pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Lengths and readout.
    pub schedule: Schedule,
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
    /// The image's own schedule and start, seed 1, bias set 0, table 0, pictures from index 0.
    pub fn of(image: &BankImage) -> Self {
        Self {
            schedule: image.schedule(),
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
    /// Sums of every picture's output p-bits, picture by picture.
    pub sums: Vec<i32>,
    /// Sweeps per picture as they are counted: replicas x (burn-in + retained).
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
/// size or have labels beyond the decoder's classes, or the schedule is outside the machine's limits.
pub fn evaluate(
    config: &ValidConfig,
    image: &BankImage,
    data: &Dataset,
    options: &Evaluation,
) -> Result<Score, Problem> {
    let classifier = check(config, image, data, options)?;
    let mut inputs = SpinRows::new(config.inputs());
    for k in 0..data.len() {
        inputs.push(classifier.encoder.encode(data.image(k), config.inputs()));
    }
    let streams = LaneStreams::of(config, options.seed);
    let down = SpinRows::down(config.total_p_bits(), config.replicas());
    let start = match options.start {
        Start::Random => BatchStart::Random,
        Start::Host => BatchStart::Host(&down),
        Start::Keep => BatchStart::Keep(&down),
    };
    let model = raw_model(image.contents(), options.bias_set, config);
    let result = BatchSampler::new(config, &model, options.path)?.run(&Batch {
        inputs: &inputs,
        streams: &streams,
        first_image: options.first_picture,
        schedule: options.schedule,
        start,
        clamps: None,
        table_select: &options.table_select,
    })?;

    let classes = classifier.decoder.classes;
    let mut score = Score {
        pictures: data.len(),
        correct: 0,
        confusion: vec![vec![0; classes]; classes],
        classes: Vec::with_capacity(data.len()),
        sums: result.sums,
        sweeps: options.schedule.counted_sweeps(config.replicas()),
    };
    for (k, &label) in data.labels.iter().enumerate() {
        let signs: Vec<bool> = result.signs.row(k).collect();
        let class = classifier.decoder.classify(&signs);
        score.correct += usize::from(class == usize::from(label));
        score.confusion[usize::from(label)][class] += 1;
        score.classes.push(class);
    }
    Ok(score)
}

/// The integers of one bias set as the vectorized sampler takes them.
///
/// # Panics
/// If the contents have no such bias set.
pub fn raw_model(contents: &BankContents, bias_set: usize, config: &ValidConfig) -> RawModel {
    let (hidden, output) = contents.bias_sets[bias_set].raw.split_at(config.p_bits(Color::Hidden));
    RawModel {
        k1: contents.k1.raw.clone(),
        k2: contents.k2.raw.clone(),
        k3: contents.k3.as_ref().map_or_else(Vec::new, |k3| k3.raw.clone()),
        biases: [hidden.to_vec(), output.to_vec()],
        tables: contents
            .tables
            .each_ref()
            .map(|tables| tables.iter().map(|t| t.thresholds.clone()).collect()),
    }
}

fn check<'a>(
    config: &ValidConfig,
    image: &'a BankImage,
    data: &Dataset,
    options: &Evaluation,
) -> Result<&'a Classifier, Problem> {
    // The scalar sampler's door knows which image and bias set belong to a machine.
    crate::sampler::Sampler::new(config, image, options.bias_set)?;
    crate::image::check::schedule(&options.schedule, config)?;
    let classifier = image.contents().classifier.as_ref().ok_or_else(|| {
        Problem::new(
            "the image has no encoder and decoder",
            "image",
            "it was compiled from a model that does not classify pictures",
            "compile a trained model, or run the image with `spinwright run`",
        )
    })?;
    let encoder = &classifier.encoder;
    if (data.rows, data.cols) != (encoder.rows, encoder.columns) {
        return Err(Problem::new(
            "the pictures do not fit the model",
            "data set",
            format!(
                "they have {} x {} pixels, the encoder takes {} x {}",
                data.rows, data.cols, encoder.rows, encoder.columns
            ),
            "use the data set that the model was trained on",
        ));
    }
    let classes = classifier.decoder.classes;
    match data.labels.iter().position(|&label| usize::from(label) >= classes) {
        None => Ok(classifier),
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
