//! What goes into a batch and what comes out.

use super::bits::SpinRows;
use super::jump::JumpTable;
use super::model::PackedModel;
use crate::stream::{Generator, LaneStreams};
use spinwright_contract::{Color, Problem, Schedule, ValidConfig};

/// Which p-bits are held, in p-bit order (block by block, hidden, then output). The same for all images of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clamps {
    /// True where the p-bit is clamped.
    pub mask: Vec<bool>,
    /// The value of a clamped p-bit: true is +1.
    pub value: Vec<bool>,
}

/// Where a batch's runs start. States have one row per image and replica (image by image) of hidden and output p-bits;
/// a set with one row per replica serves all images. Machines with several blocks start `random`.
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

/// What the machine is shown.
#[derive(Debug, Clone, Copy)]
pub enum BatchInputs<'a> {
    /// The first block's input spins, one row per image, for machines without an encoder.
    Spins(&'a SpinRows),
    /// Pictures of 8-bit pixels, one after the other, row by row, for machines with an encoder on the device.
    Pictures(&'a [u8]),
}

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Input spins or pictures.
    pub inputs: BatchInputs<'a>,
    /// Streams at draw 0 of image 0 of the data set, one generator per lane.
    pub streams: &'a LaneStreams,
    /// Data index k of the first image: its draws start at draw k D of every stream.
    pub first_image: u64,
    /// Burn-in, retained sweeps and readout of every block.
    pub schedules: &'a [Schedule],
    /// Where every run starts.
    pub start: BatchStart<'a>,
    /// Clamped p-bits, if any.
    pub clamps: Option<&'a Clamps>,
    /// Table number per replica; empty means table 0 everywhere.
    pub table_select: &'a [usize],
}

/// What a batch leaves. Sums, signs and states are the last block's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchResult {
    /// Readout sums, image by image, output p-bits in order.
    pub sums: Vec<i32>,
    /// Signs of the sums, one row per image; true is +1. Ties are decided as the contract says.
    pub signs: SpinRows,
    /// Last states, one row per image and replica: hidden, then output p-bits.
    pub states: SpinRows,
    /// Scores, image by image, class by class; empty without a decoder on the device.
    pub scores: Vec<i64>,
    /// The class of every image; empty without a decoder on the device.
    pub classes: Vec<usize>,
    /// Draws that every lane took for one image: D of section 5.
    pub draws_per_image: u64,
}

/// One line of a trace: a color of one replica of one image after its update (or after the start, sweep 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Index of the image in the batch.
    pub image: usize,
    /// Block.
    pub block: usize,
    /// Sweep of the block, 1 for the first; 0 is the start.
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

impl Batch<'_> {
    /// Images of the batch; a machine with an encoder is shown whole pictures.
    pub(super) fn images(&self, config: &ValidConfig) -> usize {
        match (self.inputs, config.encoder()) {
            (BatchInputs::Spins(inputs), _) => inputs.rows(),
            (BatchInputs::Pictures(pixels), Some(encoder)) => pixels.len() / encoder.pixels(),
            (BatchInputs::Pictures(_), None) => 0,
        }
    }

    /// Refuses what the machine cannot run.
    pub(super) fn check(&self, config: &ValidConfig) -> Result<(), Problem> {
        self.check_inputs(config)?;
        if self.streams.generators().len() != config.lanes() {
            let why = format!("{} streams, {} lanes", self.streams.generators().len(), config.lanes());
            return wrong(
                "there must be one stream per lane",
                "batch streams",
                why,
                "use LaneStreams::of(machine)",
            );
        }
        if self.schedules.len() != config.block_count() {
            let why = format!("{} schedules, {} blocks", self.schedules.len(), config.block_count());
            return wrong("there must be one schedule per block", "schedule", why, "give one per block");
        }
        let max = config.max_sweeps();
        if let Some(s) =
            self.schedules.iter().find(|s| s.burn_in > max || s.retained == 0 || s.retained > max)
        {
            let why = format!(
                "burn-in {} and {} retained sweeps; 0 to {max} and 1 to {max} are possible",
                s.burn_in, s.retained
            );
            let help = "shorten the schedule or raise max_sweeps in machine.json";
            return wrong("the schedule does not fit the machine", "schedule", why, help);
        }
        let (selects, replicas) = (self.table_select, config.replicas());
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
        if let Some(clamps) = self.clamps
            && (clamps.mask.len() != p_bits || clamps.value.len() != p_bits)
        {
            let why = format!("{} and {} were given", clamps.mask.len(), clamps.value.len());
            let help = format!("give mask and value for all {p_bits} p-bits");
            return wrong("the clamps are not the machine's", "clamps", why, &help);
        }
        self.check_start(config)
    }

    fn check_inputs(&self, config: &ValidConfig) -> Result<(), Problem> {
        match (self.inputs, config.encoder()) {
            (BatchInputs::Spins(inputs), None) if inputs.width() == config.inputs() => Ok(()),
            (BatchInputs::Spins(inputs), None) => {
                let why = format!("{} were given, the machine has {}", inputs.width(), config.inputs());
                wrong("the inputs are not the machine's", "batch inputs", why, "encode for this machine")
            }
            (BatchInputs::Pictures(pixels), Some(encoder)) => {
                if pixels.len().is_multiple_of(encoder.pixels()) {
                    return Ok(());
                }
                let why = format!("{} pixels, {} in every picture", pixels.len(), encoder.pixels());
                wrong("the pictures are not the machine's", "batch inputs", why, "give whole pictures")
            }
            (BatchInputs::Spins(_), Some(_)) => {
                let why = "the machine has an encoder, the batch has input spins".to_string();
                wrong("the inputs are not the machine's", "batch inputs", why, "give pictures")
            }
            (BatchInputs::Pictures(_), None) => {
                let why = "the machine has no encoder, the batch has pictures".to_string();
                wrong("the inputs are not the machine's", "batch inputs", why, "give input spins")
            }
        }
    }

    fn check_start(&self, config: &ValidConfig) -> Result<(), Problem> {
        let states = match self.start {
            BatchStart::Random => return Ok(()),
            BatchStart::Host(states) | BatchStart::Keep(states) => states,
        };
        if config.block_count() > 1 {
            let why = format!("the machine has {} blocks", config.block_count());
            return wrong(
                "a machine with several blocks has only the start `random`",
                "start",
                why,
                "use random",
            );
        }
        let (p_bits, replicas) = (config.total_p_bits(), config.replicas());
        let per_image = replicas * self.images(config);
        let all = matches!(self.start, BatchStart::Host(_)) && states.rows() == per_image;
        if states.width() != p_bits || (states.rows() != replicas && !all) {
            let why = format!("{} rows of {} spins", states.rows(), states.width());
            let help =
                format!("give rows of {p_bits} spins: {replicas} for all images, or {replicas} per image");
            return wrong("the start states are not the machine's", "start", why, &help);
        }
        Ok(())
    }
}

fn wrong(what: &str, place: &str, why: String, help: &str) -> Result<(), Problem> {
    Err(Problem::new(what, place, why, help))
}

/// Sweeps of one replica in one block.
pub(super) fn sweeps(schedule: &Schedule) -> u64 {
    u64::from(schedule.burn_in) + u64::from(schedule.retained)
}

/// Everything that the strips of a batch share.
pub(super) struct RunPlan<'a> {
    pub config: &'a ValidConfig,
    pub model: &'a PackedModel,
    pub batch: &'a Batch<'a>,
    /// D of section 5.
    pub draws_per_image: u64,
    images: usize,
    /// Start states, image by image, lane by lane.
    generators: Vec<Generator>,
}

impl<'a> RunPlan<'a> {
    pub(super) fn new(config: &'a ValidConfig, model: &'a PackedModel, batch: &'a Batch<'a>) -> Self {
        let random = matches!(batch.start, BatchStart::Random);
        let draws_per_image = config.draws_per_image(batch.schedules, random);
        let mut streams = batch.streams.clone();
        streams.advance(u128::from(batch.first_image) * u128::from(draws_per_image));
        let mut generators = streams.generators().to_vec();
        let images = batch.images(config);
        if images > 1 {
            let next = JumpTable::new(config.random_source(), draws_per_image.into());
            for image in 1..images {
                let last = (image - 1) * config.lanes();
                for lane in 0..config.lanes() {
                    generators.push(next.apply(&generators[last + lane]));
                }
            }
        }
        Self { config, model, batch, draws_per_image, images, generators }
    }

    /// Images of the batch.
    pub(super) fn images(&self) -> usize {
        self.images
    }

    /// The generator of a lane at the start of an image. Columns behind the batch's end repeat its last image.
    pub(super) fn generator(&self, image: usize, lane: usize) -> Generator {
        self.generators[self.image_or_last(image) * self.config.lanes() + lane]
    }

    /// The image, or the last one.
    pub(super) fn image_or_last(&self, image: usize) -> usize {
        image.min(self.images - 1)
    }

    /// Table number of a replica.
    pub(super) fn table(&self, replica: usize) -> usize {
        self.batch.table_select.get(replica).copied().unwrap_or(0)
    }

    /// Id of the first p-bit of a color of a block.
    pub(super) fn first_p_bit(&self, block: usize, color: Color) -> usize {
        let p_bits = |b: usize, color| self.config.sizes(b).shape.p_bits(color);
        let before: usize = (0..block).map(|b| p_bits(b, Color::Hidden) + p_bits(b, Color::Output)).sum();
        before + if color == Color::Hidden { 0 } else { p_bits(block, Color::Hidden) }
    }

    /// The result of no images.
    pub(super) fn no_images(&self) -> BatchResult {
        BatchResult::none(self.config, self.draws_per_image)
    }
}

impl BatchResult {
    /// The result of no images.
    pub(super) fn none(config: &ValidConfig, draws_per_image: u64) -> Self {
        let last = config.last_block();
        Self {
            sums: Vec::new(),
            signs: SpinRows::new(last.output.p_bits()),
            states: SpinRows::new(last.hidden.p_bits() + last.output.p_bits()),
            scores: Vec::new(),
            classes: Vec::new(),
            draws_per_image,
        }
    }

    /// Appends the images that follow.
    pub(super) fn append(&mut self, later: &BatchResult) {
        self.sums.extend_from_slice(&later.sums);
        self.signs.append(&later.signs);
        self.states.append(&later.states);
        self.scores.extend_from_slice(&later.scores);
        self.classes.extend_from_slice(&later.classes);
    }
}
