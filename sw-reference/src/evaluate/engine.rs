//! What runs the pictures: the vectorized sampler, or the scalar one that judges it.

use super::Evaluation;
use crate::data::Dataset;
use crate::fast::{Batch, BatchInputs, BatchSampler, BatchStart, RawBlock, RawLinear, RawModel, SpinRows};
use crate::image::{BankContents, BankImage, Encoder};
use crate::sampler::{Outcome, Run, Sampler, Silent};
use crate::stream::LaneStreams;
use rayon::prelude::*;
use spinwright_contract::{Problem, Start, ValidConfig};

/// What an engine found, picture by picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// Sums of the last block's output p-bits.
    pub sums: Vec<i32>,
    /// Their signs, one row per picture.
    pub signs: SpinRows,
    /// Class of every picture where the machine has a decoder; empty where the host decodes.
    pub classes: Vec<usize>,
}

/// Something that runs pictures bit-exactly. All engines give the same bytes.
pub trait Engine: Sync {
    /// Runs every picture of a data set that has the size of the image's encoder.
    ///
    /// # Errors
    /// When the engine cannot run such a machine, or as [`super::evaluate`].
    fn run(
        &self,
        config: &ValidConfig,
        image: &BankImage,
        data: &Dataset,
        options: &Evaluation,
    ) -> Result<Pictures, Problem>;
}

fn host_inputs(config: &ValidConfig, image: &BankImage, picture: &[u8]) -> Vec<bool> {
    let encoder = image.contents().encoder.as_ref().expect("the image has an encoder");
    encoder.encode(picture, config.block().input.p_bits())
}

/// The scalar sampler: the oracle, slow.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scalar;

impl Scalar {
    /// One picture, as image `k` of the batch.
    fn picture(
        sampler: &mut Sampler,
        image: &BankImage,
        picture: &[u8],
        k: u64,
        options: &Evaluation,
    ) -> Result<Outcome, Problem> {
        let config = sampler.config();
        let per_image = config.draws_per_image(&options.schedules, options.start == Start::Random);
        let mut streams = LaneStreams::of(config, options.seed);
        streams.advance(u128::from(options.first_picture + k) * u128::from(per_image));
        sampler.set_streams(streams);
        match &image.contents().encoder {
            Some(Encoder::Device(_)) => sampler.set_picture(picture),
            _ => sampler.set_inputs(&host_inputs(config, image, picture)),
        }
        if options.start == Start::Host {
            let p_bits = sampler.spins()[0].len();
            (0..config.replicas()).for_each(|replica| sampler.set_spins(replica, &vec![false; p_bits]));
        }
        sampler.run(&Run::from(options.start), &mut Silent)
    }
}

impl Engine for Scalar {
    fn run(
        &self,
        config: &ValidConfig,
        image: &BankImage,
        data: &Dataset,
        options: &Evaluation,
    ) -> Result<Pictures, Problem> {
        let mut sampler = Sampler::new(config, image, options.bias_set)?;
        sampler.set_schedules(&options.schedules)?;
        if !options.table_select.is_empty() {
            sampler.set_table_select(&options.table_select);
        }
        let one =
            |sampler: &mut Sampler, k: usize| Self::picture(sampler, image, data.image(k), k as u64, options);
        let outcomes: Vec<Outcome> = if options.start == Start::Keep {
            (0..data.len()).map(|k| one(&mut sampler, k)).collect::<Result<_, _>>()?
        } else {
            (0..data.len()).into_par_iter().map(|k| one(&mut sampler.clone(), k)).collect::<Result<_, _>>()?
        };
        let mut signs = SpinRows::new(config.last_block().output.p_bits());
        outcomes.iter().for_each(|outcome| signs.push(outcome.signs.iter().copied()));
        Ok(Pictures {
            sums: outcomes.iter().flat_map(|outcome| outcome.sums.iter().copied()).collect(),
            signs,
            classes: outcomes.iter().filter_map(|outcome| outcome.class).collect(),
        })
    }
}

/// The vectorized sampler.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fast;

impl Engine for Fast {
    fn run(
        &self,
        config: &ValidConfig,
        image: &BankImage,
        data: &Dataset,
        options: &Evaluation,
    ) -> Result<Pictures, Problem> {
        let mut spins = SpinRows::new(config.inputs());
        let mut pixels = Vec::new();
        let inputs = if config.encoder().is_some() {
            (0..data.len()).for_each(|k| pixels.extend_from_slice(data.image(k)));
            BatchInputs::Pictures(&pixels)
        } else {
            (0..data.len()).for_each(|k| spins.push(host_inputs(config, image, data.image(k))));
            BatchInputs::Spins(&spins)
        };
        let streams = LaneStreams::of(config, options.seed);
        let down = SpinRows::down(config.total_p_bits(), config.replicas());
        let start = match options.start {
            Start::Random => BatchStart::Random,
            Start::Host => BatchStart::Host(&down),
            Start::Keep => BatchStart::Keep(&down),
        };
        let model = raw_model(image.contents(), options.bias_set, config);
        let result = BatchSampler::new(config, &model, options.path)?.run(&Batch {
            inputs,
            streams: &streams,
            first_image: options.first_picture,
            schedules: &options.schedules,
            start,
            clamps: None,
            table_select: &options.table_select,
        })?;
        Ok(Pictures { sums: result.sums, signs: result.signs, classes: result.classes })
    }
}

/// The integers of one bias set as the vectorized sampler takes them.
///
/// # Panics
/// If the contents have no such bias set.
pub fn raw_model(contents: &BankContents, bias_set: usize, config: &ValidConfig) -> RawModel {
    let biases = &contents.bias_sets[bias_set].raw;
    let blocks = contents.blocks.iter().zip(biases).map(|(block, biases)| RawBlock {
        k1: block.k1.raw.clone(),
        k2: block.k2.raw.clone(),
        k3: block.k3.as_ref().map_or_else(Vec::new, |k3| k3.raw.clone()),
        biases: biases.clone(),
        tables: block.tables.each_ref().map(|tables| tables.iter().map(|t| t.thresholds.clone()).collect()),
    });
    let encoder = match &contents.encoder {
        Some(Encoder::Device(e)) => Some(RawLinear { weights: e.weights.clone(), biases: e.biases.clone() }),
        _ => None,
    };
    let decoder = contents.decoder.as_ref().filter(|_| config.decoder().is_some());
    RawModel {
        blocks: blocks.collect(),
        encoder,
        decoder: decoder.map(|d| RawLinear { weights: d.weights.clone(), biases: d.biases.clone() }),
    }
}
