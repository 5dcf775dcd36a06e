//! Bit-exact runs of wired machines at speed: what [`crate::sparse::SparseSampler`] computes, in vectors of 512 bits.
//!
//! The domain: couplings of one size, at most 7 neighbors, draws of `lfsr64`, readout `spin`. A run puts the lanes of a slot side
//! by side, many runs put runs side by side. Generators, thresholds and sums are bit planes: the decision compares the draw's
//! binary digits with the threshold's, as in [`super::planes`], with the generator's bits as digits. Everything else runs on
//! [`SparseSampler`] itself.

mod batch;
mod chain;
mod plan;
mod ring;
mod tally;

use super::vector::{BITS, Block, dispatch, resolve};
use crate::fast::Path;
use crate::sparse::{
    SparseImage, SparseOutcome, SparseRun, SparseSampler, SparseSilent, SparseTraceJob, write_sparse_trace,
};
use crate::stream::LaneStreams;
use batch::{Batch, Shared};
use chain::Chain;
use plan::Plan;
use rayon::prelude::*;
use spinwright_contract::{Problem, Readout, Start, ValidSparse};
use std::collections::BTreeMap;

/// Runs a wired machine: same streams, spins, sums and signs as [`SparseSampler`], faster where the machine is in the domain.
pub struct WiredSampler<'a> {
    machine: SparseSampler<'a>,
    path: Path,
    made: Option<Made<'a>>,
}

/// What was made for a bank.
struct Made<'a> {
    image: &'a SparseImage,
    biases: Vec<i64>,
    readout: Readout,
    /// `None` outside the domain.
    engine: Option<Engine>,
}

/// A plan and the thresholds of the tables that were used.
struct Engine {
    plan: Plan,
    planes: BTreeMap<usize, Vec<Block>>,
    /// `None` where batches go run by run.
    shared: Option<Shared>,
    shared_planes: BTreeMap<usize, Vec<Block>>,
}

/// Sweeps of a run with unchanged tables.
struct Stretch {
    sweeps: u64,
    /// Of every replica.
    tables: Vec<usize>,
    retain: bool,
}

impl<'a> WiredSampler<'a> {
    /// Takes over a machine as it stands: banks, spins, streams, clamps, tables, schedules.
    pub fn new(machine: SparseSampler<'a>) -> Self {
        Self::on_path(machine, Path::Auto)
    }

    /// The same with the inner loops of one [`Path`]; `Amx` counts as `Avx512`.
    ///
    /// # Panics
    /// If this processor does not have the path.
    pub fn on_path(machine: SparseSampler<'a>, path: Path) -> Self {
        Self { machine, path: resolve(path), made: None }
    }

    /// The machine as it stands.
    pub fn machine(&self) -> &SparseSampler<'a> {
        &self.machine
    }

    /// The machine, to be told of other clamps, tables, schedules, spins, streams or banks.
    pub fn machine_mut(&mut self) -> &mut SparseSampler<'a> {
        &mut self.machine
    }

    /// Whether the machine with its active bank is in the domain; if not, runs take as long as those of [`SparseSampler`].
    pub fn is_fast(&mut self) -> bool {
        let ((image, biases), readout) = (self.machine.active(), self.machine.schedule().readout);
        let fits =
            |made: &Made| std::ptr::eq(made.image, image) && made.biases == biases && made.readout == readout;
        if !self.made.as_ref().is_some_and(fits) {
            let engine = Plan::new(&self.machine).map(|plan| Engine::new(plan, self.machine.config()));
            self.made = Some(Made { image, biases: biases.to_vec(), readout, engine });
        }
        self.made.as_ref().is_some_and(|made| made.engine.is_some())
    }

    /// A run, as [`SparseSampler::run`] without an observer. Runs with swaps are left to it.
    ///
    /// # Errors
    /// As [`SparseSampler::run`].
    pub fn run(&mut self, run: &SparseRun<'a>) -> Result<SparseOutcome, Problem> {
        Ok(self.run_many(run, 1)?.remove(0))
    }

    /// Runs one after the other, the streams going on from each to the next; with the start `host` each begins from the spins that
    /// stand now. Runs that do not begin where another ended take all threads.
    ///
    /// # Errors
    /// As [`SparseSampler::run`].
    pub fn run_many(&mut self, run: &SparseRun<'a>, runs: usize) -> Result<Vec<SparseOutcome>, Problem> {
        let fast = self.is_fast() && run.swaps.is_empty();
        let (machine, path) = (&mut self.machine, self.path);
        let Some(Made { image, engine: Some(engine), .. }) = self.made.as_mut().filter(|_| fast) else {
            let spins = machine.spins().to_vec();
            let one = |_| {
                if run.start == Start::Host {
                    spins.iter().enumerate().for_each(|(replica, spins)| machine.set_spins(replica, spins));
                }
                machine.run(run, &mut SparseSilent)
            };
            return (0..runs).map(one).collect();
        };
        let stretches = stretches(machine, run.stop_after);
        let draws =
            machine.config().draws_per_run(sweeps(machine, run.stop_after), run.start == Start::Random);
        let updates = runs as u64 * draws * machine.config().lanes() as u64;
        let threads = if updates < WORTH_THREADS { 1 } else { rayon::current_num_threads() };
        let group = runs.div_ceil(threads).clamp(1, BITS);
        let together = run.start != Start::Keep && engine.together(group);
        engine.prepare(image, &stretches, together);
        let job =
            Job { engine, stretches: &stretches, clamp: machine.clamp(), start: run.start, path, draws };
        let at = |k: usize| {
            let mut streams = machine.streams().clone();
            streams.advance(k as u128 * u128::from(draws));
            streams
        };
        let results: Vec<Done> = if together {
            let firsts: Vec<usize> = (0..runs).step_by(group).collect();
            let some = |first: usize| job.batch(group.min(runs - first), machine.spins(), &at(first));
            if threads == 1 {
                firsts.into_iter().flat_map(some).collect()
            } else {
                firsts.into_par_iter().flat_map_iter(some).collect()
            }
        } else if run.start == Start::Keep || threads == 1 {
            let mut streams = machine.streams().clone();
            let mut done: Vec<Done> = Vec::with_capacity(runs);
            for _ in 0..runs {
                let last = done.last().filter(|_| run.start == Start::Keep);
                let next = job.run(last.map_or(machine.spins(), |last| &last.spins), &mut streams);
                done.push(next);
            }
            done
        } else {
            (0..runs).into_par_iter().map(|k| job.run(machine.spins(), &mut at(k))).collect()
        };
        if let Some(last) = results.last() {
            let (streams, spins) = (at(runs), last.spins.clone());
            machine.set_streams(streams);
            spins.iter().enumerate().for_each(|(replica, spins)| machine.set_spins(replica, spins));
        }
        Ok(results.into_iter().map(|done| outcome(machine, run, done)).collect())
    }
}

/// Draws of all lanes that are worth waking threads for.
const WORTH_THREADS: u64 = 1 << 20;

/// What all runs of a call have in common.
struct Job<'a> {
    engine: &'a Engine,
    stretches: &'a [Stretch],
    clamp: &'a [Option<bool>],
    start: Start,
    path: Path,
    /// Draws of a run.
    draws: u64,
}

/// What a run leaves.
struct Done {
    /// How often every p-bit was up, over retained sweeps and replicas.
    ups: Vec<u32>,
    spins: Vec<Vec<bool>>,
}

impl Job<'_> {
    /// A run; the streams go on.
    fn run(&self, spins: &[Vec<bool>], streams: &mut LaneStreams) -> Done {
        let (path, plan) = (self.path, &self.engine.plan);
        let mut chain = Chain::new(plan, streams, spins, self.clamp);
        if self.start == Start::Random {
            dispatch(path, chain::Randomize(plan, &mut chain));
        }
        for Stretch { sweeps, tables, retain } in self.stretches {
            let planes: Vec<&[Block]> = tables.iter().map(|table| &self.engine.planes[table][..]).collect();
            let (sweeps, retain) = (*sweeps, *retain);
            dispatch(path, chain::Sweeps { plan, chain: &mut chain, planes: &planes, sweeps, retain });
        }
        chain.write_back(streams);
        Done { ups: chain.ups(plan), spins: chain.spins(plan) }
    }

    /// Runs side by side, the first at the streams' place.
    fn batch(&self, runs: usize, spins: &[Vec<bool>], streams: &LaneStreams) -> Vec<Done> {
        let (path, plan) = (self.path, &self.engine.plan);
        let shared = self.engine.shared.as_ref().expect("runs go together only where they can");
        let batch = &mut Batch::new((runs, self.draws), streams, spins, self.clamp);
        if self.start == Start::Random {
            dispatch(path, batch::Randomize(shared, batch));
        }
        for Stretch { sweeps, tables, retain } in self.stretches {
            let planes: Vec<&[Block]> =
                tables.iter().map(|table| &self.engine.shared_planes[table][..]).collect();
            let (sweeps, retain) = (*sweeps, *retain);
            dispatch(path, batch::Sweeps { plan, shared, batch, planes: &planes, sweeps, retain });
        }
        batch.results().into_iter().map(|(ups, spins)| Done { ups, spins }).collect()
    }
}

/// Time of one update of 512 runs, of 512 lanes, and of fetching words of neighbors, in any unit: measured roughly.
const TIME_OF_RUNS: usize = 200;
const TIME_OF_LANES: usize = 150;
const TIME_OF_TERM: usize = 6;

impl Engine {
    fn new(plan: Plan, config: &ValidSparse) -> Self {
        let graph = config.graph().expect("a machine with a plan has a graph");
        let shared = Shared::new(&plan, graph, config.lanes());
        Self { plan, planes: BTreeMap::new(), shared, shared_planes: BTreeMap::new() }
    }

    /// Whether so many runs are faster side by side than one after the other.
    fn together(&self, runs: usize) -> bool {
        let routes = &self.plan.routes;
        let run = routes.tiles.len() * TIME_OF_LANES + routes.terms.len() * TIME_OF_TERM;
        self.shared.as_ref().is_some_and(|shared| shared.places() * TIME_OF_RUNS < runs * run)
    }

    /// Makes the thresholds of all tables that the stretches use.
    fn prepare(&mut self, image: &SparseImage, stretches: &[Stretch], together: bool) {
        let Self { plan, planes, shared, shared_planes } = self;
        for &index in stretches.iter().flat_map(|stretch| &stretch.tables) {
            let table = &image.contents().tables[index];
            match shared.as_ref().filter(|_| together) {
                Some(shared) => {
                    shared_planes.entry(index).or_insert_with(|| shared.planes(plan, table));
                }
                None => {
                    planes.entry(index).or_insert_with(|| plan.planes(table));
                }
            }
        }
    }
}

/// Sweeps of one replica in a run of the active bank.
fn sweeps(machine: &SparseSampler, stop_after: Option<u64>) -> u64 {
    let schedule = machine.schedule();
    let scheduled = u64::from(schedule.burn_in) + u64::from(schedule.retained);
    stop_after.map_or(scheduled, |last| scheduled.min(last.max(1)))
}

/// The run of the active bank in stretches.
fn stretches(machine: &SparseSampler, stop_after: Option<u64>) -> Vec<Stretch> {
    let (all, burn_in) = (sweeps(machine, stop_after), u64::from(machine.schedule().burn_in));
    // Every stretch ends where the burn-in or an entry of the beta schedule ends, or the run.
    let spans = machine.beta_schedule().iter().scan(0, |end, step| {
        *end += u64::from(step.sweeps);
        Some(*end)
    });
    let mut ends: Vec<u64> = spans.chain([burn_in]).filter(|&end| end > 0 && end < all).collect();
    ends.push(all);
    ends.sort_unstable();
    ends.dedup();
    let mut done = 0;
    let mut stretch = |end: u64| {
        let first = done + 1;
        let tables = (0..machine.config().replicas()).map(|r| machine.table(r, first)).collect();
        let stretch = Stretch { sweeps: end - done, tables, retain: first > burn_in };
        done = end;
        stretch
    };
    ends.into_iter().map(&mut stretch).collect()
}

/// What a run leaves.
fn outcome(machine: &SparseSampler, run: &SparseRun, done: Done) -> SparseOutcome {
    let Done { ups, spins, .. } = done;
    let (config, sweeps) = (machine.config(), sweeps(machine, run.stop_after));
    let retained = sweeps.saturating_sub(machine.schedule().burn_in.into());
    let added = (retained * config.replicas() as u64) as i64;
    // At most replicas x max_sweeps: the machine's accumulators hold it.
    let sums: Vec<i32> = ups.into_iter().map(|ups| (2 * i64::from(ups) - added) as i32).collect();
    // The last value added is the last replica's.
    let last = &spins[config.replicas() - 1];
    let sign = |(&sum, &last): (&i32, &bool)| if sum == 0 { last || retained == 0 } else { sum > 0 };
    SparseOutcome {
        signs: sums.iter().zip(last).map(sign).collect(),
        sums,
        sweeps,
        retained: retained as u32,
        draws: config.draws_per_run(sweeps, run.start == Start::Random),
        stopped: run.stop_after.is_some_and(|last| sweeps >= last),
        spins,
        energies: None,
        exchanges: None,
    }
}

/// The runs of a batch whose trace nobody wants: what [`write_sparse_trace`] returns.
///
/// # Errors
/// As [`write_sparse_trace`].
///
/// # Panics
/// If clamps, tables or spins do not have the machine's shape.
pub fn run_sparse_job(job: &SparseTraceJob) -> Result<Vec<SparseOutcome>, Problem> {
    if !job.swaps.is_empty() {
        return write_sparse_trace(job, std::io::sink());
    }
    let mut machine = SparseSampler::new(job.config, job.image, job.bias_set)?;
    machine.seed(job.seed);
    machine.set_clamp(&job.clamp);
    machine.set_table_select(&job.table_select);
    machine.set_schedule(job.schedule)?;
    machine.set_beta_schedule(&job.beta_schedule)?;
    if job.start == Start::Host {
        job.host_spins.iter().enumerate().for_each(|(replica, spins)| machine.set_spins(replica, spins));
    }
    WiredSampler::new(machine).run_many(&SparseRun::from(job.start), job.images)
}
