//! The public face: a batch in, sums and signs out.

use super::bits::SpinRows;
use super::block::Block;
use super::jump::JumpTable;
use super::kernels::Path;
use super::layout::COLUMNS;
use super::model::{PackedModel, RawModel};
use crate::stream::{Generator, LaneStreams};
use rayon::prelude::*;
use spinwright_contract::{Color, Problem, Schedule, ValidConfig};

/// Which p-bits are held, in p-bit order (hidden, then output). The same for all images of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clamps {
    /// True where the p-bit is clamped.
    pub mask: Vec<bool>,
    /// The value of a clamped p-bit: true is +1.
    pub value: Vec<bool>,
}

/// Where a batch's runs start. States have one row per image and replica (image by image) of hidden and output p-bits;
/// a set with one row per replica serves all images.
#[derive(Debug, Clone, Copy)]
pub enum BatchStart<'a> {
    /// One draw per position: start `random`.
    Random,
    /// The given states, for every image: start `host`.
    Host(&'a SpinRows),
    /// Start `keep`: the first image starts from the given state (one row per replica), every other one from what the image
    /// before it left. The images then run one after the other, without the speed of a batch.
    Keep(&'a SpinRows),
}

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Input spins, one row per image.
    pub inputs: &'a SpinRows,
    /// Streams at draw 0 of image 0 of the data set, one generator per lane.
    pub streams: &'a LaneStreams,
    /// Data index k of the first image: its draws start at draw k D of every stream.
    pub first_image: u64,
    /// Burn-in, retained sweeps and readout.
    pub schedule: Schedule,
    /// Where every run starts.
    pub start: BatchStart<'a>,
    /// Clamped p-bits, if any.
    pub clamps: Option<&'a Clamps>,
    /// Table number per replica; empty means table 0 everywhere.
    pub table_select: &'a [usize],
}

/// What a batch leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchResult {
    /// Readout sums, image by image, output p-bits in order.
    pub sums: Vec<i32>,
    /// Signs of the sums, one row per image; true is +1. Ties are decided as the contract says.
    pub signs: SpinRows,
    /// Last states, one row per image and replica: hidden, then output p-bits.
    pub states: SpinRows,
    /// Draws that every lane took for one image: D of section 5.
    pub draws_per_image: u64,
}

/// One line of a trace: a color of one replica of one image after its update (or after the start, sweep 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Index of the image in the batch.
    pub image: usize,
    /// Sweep, 1 for the first; 0 is the start.
    pub sweep: u32,
    /// Color.
    pub color: Color,
    /// Replica.
    pub replica: usize,
    /// Spins of the color's p-bits.
    pub spins: Vec<bool>,
    /// Saturated fields; empty for sweep 0.
    pub fields: Vec<i32>,
    /// Draws; empty for sweep 0 unless the start is random.
    pub draws: Vec<u32>,
    /// Sums after this replica's contribution, for the output color in a retained sweep.
    pub sums: Vec<i32>,
}

/// A part of a sweep that can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Generating the draws.
    Draws,
    /// Summing weights times spins.
    Product,
    /// Saturation, table, comparison and writing the spins.
    Decision,
}

/// The sampler of one machine and model.
#[derive(Clone)]
pub struct BatchSampler {
    config: ValidConfig,
    model: PackedModel,
}

impl BatchSampler {
    /// Packs a model for a path.
    ///
    /// # Errors
    /// A matrix of the wrong shape, a raw value or threshold out of range, or a path that this processor does not have.
    pub fn new(config: &ValidConfig, model: &RawModel, path: Path) -> Result<Self, Problem> {
        Ok(Self { config: config.clone(), model: PackedModel::new(config, model, path)? })
    }

    /// The path that runs, never [`Path::Auto`]. Machines whose exact fields need more than 32 bits always run portable.
    pub fn path(&self) -> Path {
        self.model.path
    }

    /// The machine.
    pub fn config(&self) -> &ValidConfig {
        &self.config
    }

    /// Runs a batch on the threads of the current rayon pool. Any number of threads gives the same bytes.
    ///
    /// # Errors
    /// Shapes that are not the machine's, a schedule outside its limits, a table that does not exist.
    pub fn run(&self, batch: &Batch) -> Result<BatchResult, Problem> {
        self.check(batch)?;
        if let BatchStart::Keep(first) = batch.start {
            return self.run_chained(batch, first);
        }
        let plan = RunPlan::new(&self.config, &self.model, batch);
        let blocks: Vec<BatchResult> = (0..batch.inputs.rows().div_ceil(COLUMNS))
            .into_par_iter()
            .map_init(|| Block::new(&plan), |block, index| block.run(&plan, index * COLUMNS, None))
            .collect();
        Ok(self.join(plan.draws_per_image, &blocks))
    }

    /// Runs a batch and calls `observe` for every image, sweep, color and replica: the images of 32 interleaved, each
    /// image's steps in trace order. For traces and tests; on the current thread.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_observed(&self, batch: &Batch, observe: &mut dyn FnMut(Step)) -> Result<BatchResult, Problem> {
        self.check(batch)?;
        let plan = RunPlan::new(&self.config, &self.model, batch);
        let mut block = Block::new(&plan);
        let starts = (0..batch.inputs.rows()).step_by(COLUMNS);
        let blocks: Vec<BatchResult> =
            starts.map(|first| block.run(&plan, first, Some(&mut *observe))).collect();
        Ok(self.join(plan.draws_per_image, &blocks))
    }

    /// Repeats one part of a sweep `times` times on a block of the batch's first 32 images and drops what comes out: for
    /// benchmarks.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn repeat_part(&self, batch: &Batch, part: Part, times: u32) -> Result<(), Problem> {
        self.check(batch)?;
        if batch.inputs.rows() > 0 {
            let plan = RunPlan::new(&self.config, &self.model, batch);
            Block::new(&plan).repeat(&plan, part, times);
        }
        Ok(())
    }

    /// Image after image, each from the state that the last one left.
    fn run_chained(&self, batch: &Batch, first: &SpinRows) -> Result<BatchResult, Problem> {
        let mut state = first.clone();
        let mut results = Vec::with_capacity(batch.inputs.rows());
        for image in 0..batch.inputs.rows() {
            let mut inputs = SpinRows::new(batch.inputs.width());
            inputs.push(batch.inputs.row(image));
            let first_image = batch.first_image + image as u64;
            let one = Batch { inputs: &inputs, first_image, start: BatchStart::Host(&state), ..*batch };
            let result = self.run(&one)?;
            state = result.states.clone();
            results.push(result);
        }
        let draws = self.config.draws_per_run(sweeps(&batch.schedule), false);
        Ok(self.join(draws, &results))
    }

    /// Results of consecutive images as one.
    fn join(&self, draws_per_image: u64, parts: &[BatchResult]) -> BatchResult {
        let mut all = BatchResult {
            sums: Vec::new(),
            signs: SpinRows::new(self.config.p_bits(Color::Output)),
            states: SpinRows::new(self.config.total_p_bits()),
            draws_per_image,
        };
        for part in parts {
            all.sums.extend_from_slice(&part.sums);
            all.signs.append(&part.signs);
            all.states.append(&part.states);
        }
        all
    }

    fn check(&self, batch: &Batch) -> Result<(), Problem> {
        let config = &self.config;
        let wrong =
            |what: &str, place: &str, why: String, help: &str| Err(Problem::new(what, place, why, help));
        if batch.inputs.width() != config.inputs() {
            let why = format!("{} were given, the machine has {}", batch.inputs.width(), config.inputs());
            return wrong("the inputs are not the machine's", "batch inputs", why, "encode for this machine");
        }
        if batch.streams.generators().len() != config.lanes() {
            let why = format!("{} streams, {} lanes", batch.streams.generators().len(), config.lanes());
            return wrong(
                "there must be one stream per lane",
                "batch streams",
                why,
                "use LaneStreams::of(machine)",
            );
        }
        let (schedule, max) = (&batch.schedule, config.max_sweeps());
        if schedule.burn_in > max || schedule.retained == 0 || schedule.retained > max {
            let why = format!(
                "burn-in {} and {} retained sweeps; 0 to {max} and 1 to {max} are possible",
                schedule.burn_in, schedule.retained
            );
            let help = "shorten the schedule or raise max_sweeps in machine.json";
            return wrong("the schedule does not fit the machine", "schedule", why, help);
        }
        let (selects, replicas) = (batch.table_select, config.replicas());
        if !selects.is_empty() && (selects.len() != replicas || selects.iter().any(|&t| t >= config.tables()))
        {
            let why = format!("{selects:?} for {replicas} replicas and {} tables", config.tables());
            return wrong(
                "the table selects are not the machine's",
                "table select",
                why,
                "give one per replica",
            );
        }
        let p_bits = config.total_p_bits();
        if let Some(clamps) = batch.clamps
            && (clamps.mask.len() != p_bits || clamps.value.len() != p_bits)
        {
            let why = format!("{} and {} were given", clamps.mask.len(), clamps.value.len());
            let help = format!("give mask and value for all {p_bits} p-bits");
            return wrong("the clamps are not the machine's", "clamps", why, &help);
        }
        let states = match batch.start {
            BatchStart::Random => return Ok(()),
            BatchStart::Host(states) | BatchStart::Keep(states) => states,
        };
        let per_image = replicas * batch.inputs.rows();
        let all = matches!(batch.start, BatchStart::Host(_)) && states.rows() == per_image;
        if states.width() != p_bits || (states.rows() != replicas && !all) {
            let why = format!("{} rows of {} spins", states.rows(), states.width());
            let help =
                format!("give rows of {p_bits} spins: {replicas} for all images, or {replicas} per image");
            return wrong("the start states are not the machine's", "start", why, &help);
        }
        Ok(())
    }
}

/// Sweeps of one replica.
pub(super) fn sweeps(schedule: &Schedule) -> u64 {
    u64::from(schedule.burn_in) + u64::from(schedule.retained)
}

/// Everything that the blocks of a batch share.
pub(super) struct RunPlan<'a> {
    pub config: &'a ValidConfig,
    pub model: &'a PackedModel,
    pub batch: &'a Batch<'a>,
    /// D of section 5.
    pub draws_per_image: u64,
    /// Start states, image by image, lane by lane.
    generators: Vec<Generator>,
}

impl<'a> RunPlan<'a> {
    fn new(config: &'a ValidConfig, model: &'a PackedModel, batch: &'a Batch<'a>) -> Self {
        let random = matches!(batch.start, BatchStart::Random);
        let draws_per_image = config.draws_per_run(sweeps(&batch.schedule), random);
        let mut streams = batch.streams.clone();
        streams.advance(u128::from(batch.first_image) * u128::from(draws_per_image));
        let mut generators = streams.generators().to_vec();
        if batch.inputs.rows() > 1 {
            let next = JumpTable::new(config.random_source(), draws_per_image.into());
            for image in 1..batch.inputs.rows() {
                let last = (image - 1) * config.lanes();
                for lane in 0..config.lanes() {
                    generators.push(next.apply(&generators[last + lane]));
                }
            }
        }
        Self { config, model, batch, draws_per_image, generators }
    }

    /// The generator of a lane at the start of an image. Columns behind the batch's end repeat its last image.
    pub(super) fn generator(&self, image: usize, lane: usize) -> Generator {
        self.generators[self.image_or_last(image) * self.config.lanes() + lane]
    }

    /// The image, or the last one.
    pub(super) fn image_or_last(&self, image: usize) -> usize {
        image.min(self.batch.inputs.rows() - 1)
    }

    /// Table number of a replica.
    pub(super) fn table(&self, replica: usize) -> usize {
        self.batch.table_select.get(replica).copied().unwrap_or(0)
    }
}
