//! The run that `spinwright run` makes: a batch of inputs, traced.

use super::{TraceKeys, TraceWriter};
use crate::image::BankImage;
use crate::sampler::{Outcome, Run, Sampler, Swap};
use crate::stream::LaneStreams;
use spinwright_contract::{Problem, Schedule, Start, ValidConfig};
use std::io::Write;

/// One traced batch. [`TraceJob::new`] has the defaults of the contract.
#[derive(Debug, Clone)]
pub struct TraceJob<'a> {
    /// The machine.
    pub config: &'a ValidConfig,
    /// The image that is active at first.
    pub image: &'a BankImage,
    /// Its bias set.
    pub bias_set: usize,
    /// Input spins of every image of the batch, true = up; none where the machine has an encoder.
    pub inputs: Vec<Vec<bool>>,
    /// Pixels of every image of the batch, for a machine with an encoder.
    pub pictures: Vec<Vec<u8>>,
    /// Seed of the streams; image k starts at draw k D.
    pub seed: u64,
    /// Where each run starts.
    pub start: Start,
    /// Lengths and readout of every block.
    pub schedules: Vec<Schedule>,
    /// Clamps by p-bit id (block by block, hidden then output).
    pub clamp: Vec<Option<bool>>,
    /// Table of every replica.
    pub table_select: Vec<usize>,
    /// With the start `host`: the spins that the host writes before each run, by replica, then p-bit id.
    pub host_spins: Vec<Vec<bool>>,
    /// Swaps; only for a batch of one image, whose number of draws then is not D.
    pub swaps: Vec<Swap<'a>>,
    /// What the trace keeps.
    pub keys: TraceKeys,
}

impl<'a> TraceJob<'a> {
    /// One image with all inputs down (all pixels 0), seed 1, the bank image's schedules and start, bias set 0, table 0, no clamp,
    /// all keys.
    pub fn new(config: &'a ValidConfig, image: &'a BankImage) -> Self {
        let (inputs, pictures) = match config.encoder() {
            Some(encoder) => (Vec::new(), vec![vec![0; encoder.pixels()]]),
            None => (vec![vec![false; config.block().input.p_bits()]], Vec::new()),
        };
        Self {
            config,
            image,
            bias_set: 0,
            inputs,
            pictures,
            seed: 1,
            start: image.start(),
            schedules: image.schedules(),
            clamp: vec![None; config.total_p_bits()],
            table_select: vec![0; config.replicas()],
            host_spins: vec![vec![false; config.total_p_bits()]; config.replicas()],
            swaps: Vec::new(),
            keys: TraceKeys::ALL,
        }
    }
}

/// Runs a batch, writes its trace and returns what every run left.
///
/// # Errors
/// When the image is for another machine, the schedule does not fit, swaps are asked of a batch of several pictures, or writing
/// fails.
///
/// # Panics
/// If inputs, clamps, tables or spins do not have the machine's shape.
pub fn write_trace(job: &TraceJob, out: impl Write) -> Result<Vec<Outcome>, Problem> {
    let config = job.config;
    let encodes = config.encoder().is_some();
    let images = if encodes { job.pictures.len() } else { job.inputs.len() };
    if !job.swaps.is_empty() && images != 1 {
        return Err(Problem::new(
            "a swap needs a run of one image",
            "--swap-after",
            format!("there are {images} images"),
            "give one line of inputs",
        ));
    }
    let mut sampler = Sampler::new(config, job.image, job.bias_set)?;
    sampler.set_clamp(&job.clamp);
    sampler.set_table_select(&job.table_select);
    sampler.set_schedules(&job.schedules)?;
    let per_image = config.draws_per_image(&job.schedules, job.start == Start::Random);
    let mut writer = TraceWriter::new(config, job.keys, out);
    let mut outcomes = Vec::with_capacity(images);
    for k in 0..images {
        // Each image finds its own place in the streams; that the last one left them there is not relied on.
        let mut streams = LaneStreams::of(config, job.seed);
        streams.advance(k as u128 * u128::from(per_image));
        sampler.set_streams(streams);
        if encodes {
            sampler.set_picture(&job.pictures[k]);
        } else {
            sampler.set_inputs(&job.inputs[k]);
        }
        if job.start == Start::Host {
            job.host_spins.iter().enumerate().for_each(|(replica, spins)| sampler.set_spins(replica, spins));
        }
        writer.set_image(k as u64);
        let run = Run { swaps: job.swaps.clone(), ..Run::from(job.start) };
        outcomes.push(sampler.run(&run, &mut writer)?);
    }
    writer.finish().map_err(|error| {
        Problem::new(
            "the trace cannot be written",
            "trace",
            error.to_string(),
            "choose a place with enough room that you may write to",
        )
    })?;
    Ok(outcomes)
}
