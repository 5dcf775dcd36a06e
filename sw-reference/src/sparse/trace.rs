//! Traces of sparse machines, as JSON lines. `docs/contract.md`, sections 13 and 14.

use super::{
    BetaStep, SparseEnergy, SparseExchange, SparseImage, SparseObserver, SparseOutcome, SparseRun,
    SparseSampler, SparseSilent, SparseStart, SparseSwap, SparseUpdate, advance_runs, sparse_streams,
};
use crate::trace::writer::{numbers, put};
use crate::trace::{TraceKeys, spins_to_hex};
use spinwright_contract::{PBitId, Problem, Schedule, SparseGraph, Start, ValidSparse};
use std::fmt::Write as _;
use std::io::Write;

/// One traced batch of runs. [`SparseTraceJob::new`] has the defaults of the contract.
#[derive(Debug, Clone)]
pub struct SparseTraceJob<'a> {
    /// The machine.
    pub config: &'a ValidSparse,
    /// The image that is active at first.
    pub image: &'a SparseImage,
    /// Its bias set.
    pub bias_set: usize,
    /// Number of runs; run k starts at draw k D.
    pub images: usize,
    /// Seed of the streams.
    pub seed: u64,
    /// Where each run starts.
    pub start: Start,
    /// Lengths and readout.
    pub schedule: Schedule,
    /// Table of every sweep.
    pub beta_schedule: Vec<BetaStep>,
    /// Clamps by p-bit id.
    pub clamp: Vec<Option<bool>>,
    /// Table of every replica.
    pub table_select: Vec<usize>,
    /// With the start `host`: the spins that the host writes before each run, by replica, then p-bit.
    pub host_spins: Vec<Vec<bool>>,
    /// Swaps; only for a batch of one run, whose number of draws then is not D.
    pub swaps: Vec<SparseSwap<'a>>,
    /// What the trace keeps.
    pub keys: TraceKeys,
}

impl<'a> SparseTraceJob<'a> {
    /// One run with seed 1, the bank image's schedules and start, bias set 0, table 0, no clamp, all keys.
    pub fn new(config: &'a ValidSparse, image: &'a SparseImage) -> Self {
        let contents = image.contents();
        let p_bits = contents.graph_on(config).p_bits();
        Self {
            config,
            image,
            bias_set: 0,
            images: 1,
            seed: 1,
            start: contents.start,
            schedule: contents.schedule,
            beta_schedule: contents.beta_schedule.clone(),
            clamp: vec![None; p_bits],
            table_select: vec![0; config.replicas()],
            host_spins: vec![vec![false; p_bits]; config.replicas()],
            swaps: Vec::new(),
            keys: TraceKeys::ALL,
        }
    }
}

/// Runs a batch, writes its trace and returns what every run left.
///
/// # Errors
/// When the image is for another machine, a schedule does not fit, swaps are asked of a batch of several runs, or writing fails.
///
/// # Panics
/// If clamps, tables or spins do not have the machine's shape.
pub fn write_sparse_trace(job: &SparseTraceJob, out: impl Write) -> Result<Vec<SparseOutcome>, Problem> {
    write_sparse_trace_and(job, out, &mut SparseSilent)
}

/// [`write_sparse_trace`] while another observer looks on.
///
/// # Errors
/// As [`write_sparse_trace`].
///
/// # Panics
/// As [`write_sparse_trace`].
pub fn write_sparse_trace_and(
    job: &SparseTraceJob,
    out: impl Write,
    observer: &mut impl SparseObserver,
) -> Result<Vec<SparseOutcome>, Problem> {
    let config = job.config;
    if !job.swaps.is_empty() && job.images != 1 {
        return Err(Problem::new(
            "a swap needs a run of one image",
            "--swap-after",
            format!("there are {} images", job.images),
            "run one image",
        ));
    }
    let mut sampler = SparseSampler::new(config, job.image, job.bias_set)?;
    sampler.set_clamp(&job.clamp);
    sampler.set_table_select(&job.table_select);
    sampler.set_schedule(job.schedule)?;
    sampler.set_beta_schedule(&job.beta_schedule)?;
    let sweeps = u64::from(job.schedule.burn_in) + u64::from(job.schedule.retained);
    let per_image = config.draws_per_run_of(sampler.graph.slots(), sweeps, job.start == Start::Random);
    let every = job.image.contents().ladder.as_ref().map_or(0, |ladder| ladder.every);
    let per_image = [per_image, config.exchange_draws(sweeps, every)];
    let mut writer = SparseTraceWriter::new(sampler.graph, config.replicas(), job.keys, out);
    let mut outcomes = Vec::with_capacity(job.images);
    for k in 0..job.images {
        // Each run finds its own place in the streams; that the last one left them there is not relied on.
        let mut streams = sparse_streams(config, job.seed);
        advance_runs(&mut streams, config, per_image, k as u64);
        sampler.set_streams(streams);
        if job.start == Start::Host {
            job.host_spins.iter().enumerate().for_each(|(replica, spins)| sampler.set_spins(replica, spins));
        }
        writer.set_image(k as u64);
        let run = SparseRun { swaps: job.swaps.clone(), ..SparseRun::from(job.start) };
        outcomes.push(sampler.run(&run, &mut Both(&mut writer, observer))?);
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

/// Two observers of one run.
struct Both<'a, A, B>(&'a mut A, &'a mut B);

impl<A: SparseObserver, B: SparseObserver> SparseObserver for Both<'_, A, B> {
    fn start(&mut self, update: &SparseStart) {
        self.0.start(update);
        self.1.start(update);
    }

    fn update(&mut self, update: &SparseUpdate) {
        self.0.update(update);
        self.1.update(update);
    }

    fn color_done(&mut self, sweep: u64, color: usize) {
        self.0.color_done(sweep, color);
        self.1.color_done(sweep, color);
    }

    fn energy(&mut self, energy: &SparseEnergy) {
        self.0.energy(energy);
        self.1.energy(energy);
    }

    fn exchange(&mut self, exchange: &SparseExchange) {
        self.0.exchange(exchange);
        self.1.exchange(exchange);
    }

    fn swapped(&mut self, after_sweep: u64) {
        self.0.swapped(after_sweep);
        self.1.swapped(after_sweep);
    }

    fn done(&mut self, sums: &[i32], signs: &[bool]) {
        self.0.done(sums, signs);
        self.1.done(sums, signs);
    }
}

/// What one replica showed of one color in one sweep.
#[derive(Debug, Clone, Default)]
struct Line {
    spins: Vec<bool>,
    fields: Vec<i32>,
    draws: Vec<u32>,
    sums: Vec<i32>,
}

/// Writes one line per sweep, color and replica; p-bits of a color in id order.
#[derive(Debug)]
pub struct SparseTraceWriter<W: Write> {
    keys: TraceKeys,
    image: u64,
    /// Index of every p-bit among those of its color.
    index: Vec<usize>,
    /// P-bits of every color.
    counts: Vec<usize>,
    lines: Vec<Line>,
    text: String,
    out: W,
    failed: Option<std::io::Error>,
}

impl<W: Write> SparseTraceWriter<W> {
    /// A writer that begins with image 0.
    pub fn new(graph: &SparseGraph, replicas: usize, keys: TraceKeys, out: W) -> Self {
        let mut counts = vec![0; graph.colors()];
        let index = (0..graph.p_bits())
            .map(|i| {
                let count: &mut usize = &mut counts[graph.color(i)];
                *count += 1;
                *count - 1
            })
            .collect();
        let lines = vec![Line::default(); replicas];
        Self { keys, image: 0, index, counts, lines, text: String::new(), out, failed: None }
    }

    /// What follows belongs to this image.
    pub fn set_image(&mut self, image: u64) {
        self.image = image;
    }

    /// Ends the trace.
    ///
    /// # Errors
    /// The first error of the underlying writer.
    pub fn finish(mut self) -> std::io::Result<W> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.flush().map(|()| self.out),
        }
    }

    fn write_text(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(self.text.as_bytes()).err();
        }
    }

    /// The replica's line, the p-bit's index in it and the number of p-bits of its color.
    fn line(&mut self, color: usize, replica: usize, p_bit: PBitId) -> (&mut Line, usize, usize) {
        let (index, count) = (self.index[p_bit.0 as usize], self.counts[color]);
        (&mut self.lines[replica], index, count)
    }
}

impl<W: Write> SparseObserver for SparseTraceWriter<W> {
    fn start(&mut self, u: &SparseStart) {
        let (line, index, count) = self.line(u.color, u.replica, u.p_bit);
        put(&mut line.spins, count, index, u.spin);
        if let Some(draw) = u.draw {
            put(&mut line.draws, count, index, draw);
        }
    }

    fn update(&mut self, u: &SparseUpdate) {
        let (line, index, count) = self.line(u.color, u.replica, u.p_bit);
        put(&mut line.spins, count, index, u.spin);
        put(&mut line.fields, count, index, u.field);
        put(&mut line.draws, count, index, u.draw);
        if let Some(sum) = u.sum {
            put(&mut line.sums, count, index, sum);
        }
    }

    fn color_done(&mut self, sweep: u64, color: usize) {
        self.text.clear();
        for (replica, line) in self.lines.iter_mut().enumerate() {
            let image = self.image;
            write!(
                self.text,
                "{{\"image\":{image},\"block\":0,\"sweep\":{sweep},\"color\":{color},\"replica\":{replica}"
            )
            .expect("writing to a String");
            if self.keys.spins {
                write!(self.text, ",\"spins\":\"{}\"", spins_to_hex(&line.spins))
                    .expect("writing to a String");
            }
            if self.keys.fields {
                numbers(&mut self.text, "fields", &line.fields);
            }
            if self.keys.draws {
                numbers(&mut self.text, "draws", &line.draws);
            }
            if self.keys.sums {
                numbers(&mut self.text, "sums", &line.sums);
            }
            self.text.push_str("}\n");
            *line = Line::default();
        }
        self.write_text();
    }

    fn energy(&mut self, e: &SparseEnergy) {
        self.text.clear();
        let SparseEnergy { sweep, replica, energy } = e;
        let image = self.image;
        writeln!(
            self.text,
            "{{\"image\":{image},\"block\":0,\"sweep\":{sweep},\"replica\":{replica},\"energy\":{energy}}}"
        )
        .expect("writing to a String");
        self.write_text();
    }
    fn exchange(&mut self, e: &SparseExchange) {
        self.text.clear();
        let SparseExchange { sweep, place, replicas: [lower, upper], made } = e;
        let image = self.image;
        writeln!(
            self.text,
            "{{\"image\":{image},\"block\":0,\"sweep\":{sweep},\"place\":{place},\"replicas\":[{lower},{upper}],\"exchanged\":{made}}}"
        )
        .expect("writing to a String");
        self.write_text();
    }
}
