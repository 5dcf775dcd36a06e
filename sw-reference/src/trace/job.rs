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
    /// Input spins of every picture of the batch, true = up.
    pub inputs: Vec<Vec<bool>>,
    /// Seed of the streams; picture k starts at draw k D.
    pub seed: u64,
    /// Where each run starts.
    pub start: Start,
    /// Lengths and readout.
    pub schedule: Schedule,
    /// Clamps by p-bit id (hidden then output).
    pub clamp: Vec<Option<bool>>,
    /// Table of every replica.
    pub table_select: Vec<usize>,
    /// With the start `host`: the spins that the host writes before each run, by replica, then p-bit id.
    pub host_spins: Vec<Vec<bool>>,
    /// Swaps; only for a batch of one picture, whose number of draws then is not D.
    pub swaps: Vec<Swap<'a>>,
    /// What the trace keeps.
    pub keys: TraceKeys,
}

impl<'a> TraceJob<'a> {
    /// One picture with all inputs down, seed 1, the image's schedule and start, bias set 0, table 0, no clamp, all keys.
    pub fn new(config: &'a ValidConfig, image: &'a BankImage) -> Self {
        Self {
            config,
            image,
            bias_set: 0,
            inputs: vec![vec![false; config.inputs()]],
            seed: 1,
            start: image.start(),
            schedule: image.schedule(),
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
    if !job.swaps.is_empty() && job.inputs.len() != 1 {
        return Err(Problem::new(
            "a swap needs a run of one image",
            "--swap-after",
            format!("there are {} images", job.inputs.len()),
            "give one line of inputs",
        ));
    }
    let mut sampler = Sampler::new(config, job.image, job.bias_set)?;
    sampler.set_clamp(&job.clamp);
    sampler.set_table_select(&job.table_select);
    sampler.set_schedule(job.schedule)?;
    let sweeps = u64::from(job.schedule.burn_in) + u64::from(job.schedule.retained);
    let per_image = config.draws_per_run(sweeps, job.start == Start::Random);
    let mut writer = TraceWriter::new(config, job.keys, out);
    let mut outcomes = Vec::with_capacity(job.inputs.len());
    for (k, inputs) in job.inputs.iter().enumerate() {
        // Each picture finds its own place in the streams; that the last one left them there is not relied on.
        let mut streams = LaneStreams::of(config, job.seed);
        streams.advance(k as u128 * u128::from(per_image));
        sampler.set_streams(streams);
        sampler.set_inputs(inputs);
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
