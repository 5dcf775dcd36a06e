//! What depends on the kind of machine: streams of an image, what a run writes, where its results stand.

use crate::commands::run::{EnergyResult, ExchangeResult};
use spinwright_contract::load::LoadKind;
use spinwright_contract::{Machine, Problem, Schedule, Start, registers};
use spinwright_host::loader::{
    ModelContents, RegisterWrite, RunInput, RunSetup, SparseMap, SparseSetup, SparseWords, Upload,
    bias_upload, coupling_upload, sparse_bias_upload, sparse_coupling_upload, sparse_table_upload,
    table_upload,
};
use spinwright_host::{Client, HostError, Registers};
use spinwright_reference::image::read_words;
use spinwright_reference::sparse::{SparseImage, sparse_streams};
use spinwright_reference::stream::{Generator, LaneStreams};
use std::path::Path;

/// A machine and where its p-bits are.
pub struct Placed {
    pub machine: Machine,
    /// The graph of a sparse machine: the one in its wires, or the one that an image brings.
    map: Option<SparseMap>,
    /// The image that was named with a sparse machine.
    image: Option<SparseImage>,
}

impl Placed {
    /// Reads a machine, and the graph in the image where the machine is an addressed one.
    ///
    /// # Errors
    /// When an addressed machine has no image, or the image is another machine's.
    pub fn read(path: &Path, image: Option<&Path>) -> Result<Self, Problem> {
        let machine = Machine::read(path)?;
        let map = match &machine {
            Machine::Layered(_) => None,
            Machine::Sparse(m) => Some(match (m.room().is_some(), image) {
                (false, _) => SparseMap::new(m),
                (true, Some(image)) => {
                    let words = read_words(image)?;
                    SparseWords::decode(m, &words).map_err(|problem| problem.within(image.display()))?.map
                }
                (true, None) => {
                    return Err(Problem::new(
                        "an addressed machine does not say where its p-bits are",
                        path.display().to_string(),
                        "their places are in the image that its active banks hold",
                        "name it: --image FILE",
                    ));
                }
            }),
        };
        let image = match (&machine, image) {
            (Machine::Sparse(m), Some(image)) => Some(SparseImage::read(image, m)?),
            _ => None,
        };
        Ok(Self { machine, map, image })
    }

    /// P-bits that can be clamped and that start somewhere.
    pub fn p_bits(&self) -> usize {
        match (&self.machine, &self.map) {
            (Machine::Layered(m), _) => m.total_p_bits(),
            (Machine::Sparse(m), map) => map.as_ref().map_or(m.p_bits(), SparseMap::p_bits),
        }
    }

    /// The image that was named with a sparse machine.
    pub fn image(&self) -> Option<&SparseImage> {
        self.image.as_ref()
    }

    /// What an energy is counted in: the image's 2^-g, without an image 1.
    pub fn unit(&self) -> f64 {
        self.image.as_ref().map_or(1.0, |image| 2f64.powi(-image.contents().field_frac_bits))
    }

    fn map(&self) -> &SparseMap {
        self.map.as_ref().expect("a sparse machine has a graph")
    }
}

/// The load streams of an image.
pub struct Streams {
    pub couplings: Upload,
    pub tables: Upload,
    /// One per bias set.
    pub biases: Vec<Upload>,
}

/// Reads an image and makes its streams.
pub fn streams(machine: &Machine, image: &Path) -> Result<Streams, Problem> {
    let words = read_words(image)?;
    let made = || match machine {
        Machine::Layered(m) => {
            let model = ModelContents::decode(m, &words)?;
            let sets = 0..model.bias_sets.len();
            Ok(Streams {
                couplings: coupling_upload(m, &model)?,
                tables: table_upload(&model)?,
                biases: sets.map(|set| bias_upload(m, &model, set)).collect::<Result<_, _>>()?,
            })
        }
        Machine::Sparse(m) => {
            let model = SparseWords::decode(m, &words)?;
            let sets = 0..model.bias_sets.len();
            Ok(Streams {
                couplings: sparse_coupling_upload(m, &model)?,
                tables: sparse_table_upload(&model)?,
                biases: sets.map(|set| sparse_bias_upload(m, &model, set)).collect::<Result<_, _>>()?,
            })
        }
    };
    made().map_err(|problem: Problem| problem.within(image.display()))
}

/// The name of an upload in messages.
pub fn kind_name(kind: LoadKind) -> &'static str {
    match kind {
        LoadKind::Couplings => "couplings",
        LoadKind::Biases => "biases",
        LoadKind::Tables => "tables",
    }
}

/// Coupling and bias banks of the machine.
pub fn banks(machine: &Machine) -> (u32, u32) {
    let (couplings, biases) = match machine {
        Machine::Layered(m) => (m.coupling_banks(), m.bias_banks()),
        Machine::Sparse(m) => (m.coupling_banks(), m.bias_banks()),
    };
    (couplings as u32, biases as u32)
}

/// Replicas and tables.
pub fn shape(machine: &Machine) -> (usize, usize) {
    match machine {
        Machine::Layered(m) => (m.replicas(), m.tables()),
        Machine::Sparse(m) => (m.replicas(), m.tables()),
    }
}

/// Blocks of the machine.
pub fn blocks(machine: &Machine) -> usize {
    match machine {
        Machine::Layered(m) => m.block_count(),
        Machine::Sparse(_) => 1,
    }
}

/// Draws that an image of a batch takes per lane.
fn draws_per_image(placed: &Placed, schedules: &[Schedule], random_start: bool) -> u64 {
    match &placed.machine {
        Machine::Layered(m) => m.draws_per_image(schedules, random_start),
        Machine::Sparse(m) => {
            let sweeps = u64::from(schedules[0].burn_in) + u64::from(schedules[0].retained);
            m.draws_per_run_of(placed.map().slots(), sweeps, random_start)
        }
    }
}

/// What the host chooses for every run of a batch.
pub struct Choices {
    pub seed: u64,
    pub start: Start,
    pub schedules: Vec<Schedule>,
    pub clamps: Vec<Option<bool>>,
    pub table_select: Vec<u32>,
    /// By replica and p-bit, for the start from the host's spins.
    pub spins: Option<Vec<Vec<bool>>>,
}

/// Everything that is written before run `image` of a batch: from its place in the streams on, it depends on nothing else.
pub fn writes(
    placed: &Placed,
    choices: &Choices,
    input: Option<&RunInput>,
    image: usize,
) -> Vec<RegisterWrite> {
    let draws = draws_per_image(placed, &choices.schedules, choices.start == Start::Random);
    let states = |mut streams: LaneStreams| {
        streams.advance(image as u128 * u128::from(draws));
        Some(streams.generators().iter().map(Generator::words).collect::<Vec<_>>())
    };
    match &placed.machine {
        Machine::Layered(m) => {
            let mut setup = RunSetup::plain(m, choices.start);
            if let Some(input) = input {
                setup.input = input.clone();
            }
            setup.clamps.clone_from(&choices.clamps);
            setup.table_select.clone_from(&choices.table_select);
            setup.host_spins.clone_from(&choices.spins);
            setup.generator_states = states(LaneStreams::of(m, choices.seed));
            setup.writes(m)
        }
        Machine::Sparse(m) => {
            let map = placed.map();
            let mut setup = SparseSetup::plain(m, map, choices.start);
            setup.clamps.clone_from(&choices.clamps);
            setup.table_select.clone_from(&choices.table_select);
            setup.host_spins.clone_from(&choices.spins);
            setup.generator_states = states(sparse_streams(m, choices.seed));
            setup.writes(m, map)
        }
    }
}

/// The two windows of the clamps.
pub fn clamp_writes(placed: &Placed, clamps: &[Option<bool>]) -> Vec<RegisterWrite> {
    let clamps = clamps.to_vec();
    let all = match &placed.machine {
        Machine::Layered(m) => RunSetup { clamps, ..RunSetup::plain(m, Start::Random) }.writes(m),
        Machine::Sparse(m) => {
            let map = placed.map();
            SparseSetup { clamps, ..SparseSetup::plain(m, map, Start::Random) }.writes(m, map)
        }
    };
    all.into_iter().filter(is_clamp).collect()
}

/// Whether a write goes to the clamps.
pub fn is_clamp(write: &RegisterWrite) -> bool {
    [registers::CLAMP_MASK, registers::CLAMP_VALUE].contains(&write.address)
}

/// What a run left.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Left {
    pub sums: Vec<i32>,
    pub signs: Vec<bool>,
    /// With a decoder on the device.
    pub scores: Vec<i32>,
    pub class: Option<usize>,
    /// Of a machine with energies, by replica.
    pub energies: Vec<EnergyResult>,
    /// Of a machine with ladders.
    pub exchanges: Option<ExchangeResult>,
}

/// Reads what the last run left.
pub fn left(registers: &mut impl Registers, placed: &Placed) -> Result<Left, HostError> {
    match &placed.machine {
        Machine::Layered(m) => {
            let mut client = Client::new(registers, m);
            let block = last_block(client.block()?, m.block_count())?;
            let (sums, signs) = (client.sums(block)?, client.signs(block)?);
            let decoded = m.decoder().is_some();
            let scores = if decoded { client.scores()? } else { Vec::new() };
            let class = if decoded { Some(client.class()? as usize) } else { None };
            Ok(Left { sums, signs, scores, class, ..Left::default() })
        }
        Machine::Sparse(m) => {
            let (mut client, map) = (Client::new(registers, m), placed.map());
            let mut left = Left { sums: client.sums(map)?, signs: client.signs(map)?, ..Left::default() };
            if m.energy() {
                let (unit, known, best) = (placed.unit(), client.energies()?, client.best_spins(map)?);
                let pairs = known.iter().zip(&best);
                left.energies =
                    pairs.map(|(known, best)| EnergyResult::of_device(known, best, unit)).collect();
            }
            if m.ladder() {
                left.exchanges = Some(ExchangeResult::from(&client.ladder()?));
            }
            Ok(left)
        }
    }
}

/// Reads the spins, by replica and p-bit of the block that ran last.
pub fn spins(registers: &mut impl Registers, placed: &Placed) -> Result<Vec<Vec<bool>>, HostError> {
    match &placed.machine {
        Machine::Layered(m) => {
            let mut client = Client::new(registers, m);
            let block = last_block(client.block()?, m.block_count())?;
            client.spins(block)
        }
        Machine::Sparse(m) => Client::new(registers, m).spins(placed.map()),
    }
}

fn last_block(block: u32, blocks: usize) -> Result<usize, HostError> {
    let block = block as usize;
    if block < blocks {
        return Ok(block);
    }
    let fact = format!("CONTROL_BLOCK is {block}, the machine has {blocks} blocks");
    Err(HostError::WrongMachine { machine: "that was named".into(), fact })
}
