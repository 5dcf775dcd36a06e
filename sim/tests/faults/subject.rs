//! The boards that the faults are tried on: machine, models, and what the reference says of every run.

use spinwright_contract::{MachineHash, Readout, Schedule, Start, ValidConfig, ValidSparse};
use spinwright_reference::image::{BankContents, BankImage};
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::{Run, Sampler, Silent};
use spinwright_reference::sparse::{SparseImage, SparseLayout, SparseRun, SparseSampler, SparseSilent};
use spinwright_reference::stream::LaneStreams;
use spinwright_sim::compare::{random_contents, random_sparse_contents};
use spinwright_sim::host::board::Job;
use spinwright_sim::host::{Client, HostError, Registers};
use spinwright_sim::loader::{
    ModelContents, RunInput, RunSetup, SparseMap, SparseSetup, SparseWords, Upload, bias_upload,
    coupling_upload, sparse_bias_upload, sparse_coupling_upload,
};
use spinwright_sim::verilator::{Harness, HarnessKind, Purpose, Sources, UartDevice, build};
use std::path::{Path, PathBuf};

/// Models that are loaded, in turn.
pub const MODELS: usize = 6;
/// Runs that are made of each.
pub const SEEDS: u64 = 8;

/// Sums and signs.
pub type Answer = (Vec<i32>, Vec<bool>);

/// A machine with its models.
pub trait Subject {
    fn hash(&self) -> MachineHash;
    fn device(&self) -> UartDevice;
    /// Couplings and biases of a model.
    fn uploads(&self, model: usize) -> [Upload; 2];
    /// A run from the streams of a seed; everything else depends on the seed too.
    fn job(&self, seed: u64) -> Job;
    fn read(&self, registers: &mut dyn Registers) -> Result<Answer, HostError>;
    /// What the reference says.
    fn answer(&self, model: usize, seed: u64) -> Answer;
}

/// A machine of this test, which that of the command line uses too. Both have as few clocks per bit as a machine may have.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/faults/{name}.json"))
}

fn started(executable: Result<PathBuf, spinwright_sim::verilator::SimError>, lanes: usize) -> UartDevice {
    let executable = executable.unwrap_or_else(|e| panic!("{e}"));
    UartDevice::new(Harness::start(&executable, lanes, None).unwrap_or_else(|e| panic!("{e}")))
}

/// A layered machine of one block.
pub struct Layered {
    machine: ValidConfig,
    images: Vec<BankImage>,
}

impl Layered {
    pub fn new() -> Self {
        let machine = ValidConfig::read(&file("layers")).unwrap_or_else(|e| panic!("{e}"));
        let image = |model| {
            let readout = if model % 2 == 0 { Readout::Spin } else { Readout::Field };
            let schedule = Schedule { burn_in: model as u32, retained: 9 + model as u32, readout };
            let contents: BankContents = random_contents(&machine, 100 + model as u64, &[schedule]);
            BankLayout::place(&machine, contents).expect("it fits").into_image()
        };
        let images = (0..MODELS).map(image).collect();
        Self { machine, images }
    }

    fn setup(&self, seed: u64) -> RunSetup {
        let m = &self.machine;
        let mut setup = RunSetup::plain(m, Start::Random);
        setup.input = RunInput::Spins((0..m.inputs()).map(|i| seed >> (i % 3) & 1 == 1).collect());
        setup.clamps[seed as usize % 11] = Some(seed.is_multiple_of(2));
        setup.table_select = (0..m.replicas()).map(|r| (r as u32 + seed as u32) % 2).collect();
        let streams = LaneStreams::of(m, seed);
        setup.generator_states = Some(streams.generators().iter().map(|g| g.words()).collect());
        setup
    }
}

impl Subject for Layered {
    fn hash(&self) -> MachineHash {
        self.machine.hash()
    }

    fn device(&self) -> UartDevice {
        let sources = Sources::generate(&self.machine).unwrap_or_else(|e| panic!("{e}"));
        started(build(&self.machine, &sources, HarnessKind::Board, Purpose::Short), self.machine.lanes())
    }

    fn uploads(&self, model: usize) -> [Upload; 2] {
        let words = ModelContents::decode(&self.machine, &self.images[model].to_words()).expect("it is good");
        let biases = bias_upload(&self.machine, &words, 0).expect("the load check agrees");
        [coupling_upload(&self.machine, &words).expect("the load check agrees"), biases]
    }

    fn job(&self, seed: u64) -> Job {
        Job { writes: self.setup(seed).writes(&self.machine), repeatable: true }
    }

    fn read(&self, registers: &mut dyn Registers) -> Result<Answer, HostError> {
        let mut client = Client::new(registers, &self.machine);
        Ok((client.sums(0)?, client.signs(0)?))
    }

    fn answer(&self, model: usize, seed: u64) -> Answer {
        let setup = self.setup(seed);
        let mut sampler = Sampler::new(&self.machine, &self.images[model], 0).expect("its own image");
        sampler.seed(seed);
        sampler.set_clamp(&setup.clamps);
        sampler.set_table_select(&setup.table_select.iter().map(|&t| t as usize).collect::<Vec<_>>());
        let RunInput::Spins(inputs) = &setup.input else { unreachable!("it has no encoder") };
        sampler.set_inputs(inputs);
        let outcome = sampler.run(&Run::from(Start::Random), &mut Silent).expect("it runs");
        (outcome.sums, outcome.signs)
    }
}

/// A wired machine.
pub struct Wired {
    machine: ValidSparse,
    images: Vec<SparseImage>,
}

impl Wired {
    pub fn new() -> Self {
        let machine = ValidSparse::read(&file("wires")).unwrap_or_else(|e| panic!("{e}"));
        let image = |model| {
            let readout = if model % 2 == 0 { Readout::Field } else { Readout::Spin };
            let schedule = Schedule { burn_in: 1 + model as u32, retained: 8, readout };
            let contents = random_sparse_contents(&machine, 200 + model as u64, schedule);
            SparseLayout::place(&machine, contents).expect("it fits").into_image()
        };
        let images = (0..MODELS).map(image).collect();
        Self { machine, images }
    }

    fn setup(&self, seed: u64) -> SparseSetup {
        let m = &self.machine;
        let mut setup = SparseSetup::plain(m, &SparseMap::new(m), Start::Random);
        setup.clamps[seed as usize % m.p_bits()] = Some(seed % 2 == 1);
        setup.table_select = (0..m.replicas()).map(|r| (r as u32 + seed as u32) % 2).collect();
        let streams = LaneStreams::new(m.random_source(), m.draw_bits(), m.lanes(), seed);
        setup.generator_states = Some(streams.generators().iter().map(|g| g.words()).collect());
        setup
    }
}

impl Subject for Wired {
    fn hash(&self) -> MachineHash {
        self.machine.hash()
    }

    fn device(&self) -> UartDevice {
        let sources = Sources::generate_sparse(&self.machine).unwrap_or_else(|e| panic!("{e}"));
        started(build(&self.machine, &sources, HarnessKind::Board, Purpose::Short), self.machine.lanes())
    }

    fn uploads(&self, model: usize) -> [Upload; 2] {
        let words = SparseWords::decode(&self.machine, &self.images[model].to_words()).expect("it is good");
        let biases = sparse_bias_upload(&self.machine, &words, 0).expect("the load check agrees");
        [sparse_coupling_upload(&self.machine, &words).expect("the load check agrees"), biases]
    }

    fn job(&self, seed: u64) -> Job {
        Job {
            writes: self.setup(seed).writes(&self.machine, &SparseMap::new(&self.machine)),
            repeatable: true,
        }
    }

    fn read(&self, registers: &mut dyn Registers) -> Result<Answer, HostError> {
        let (mut client, map) = (Client::new(registers, &self.machine), SparseMap::new(&self.machine));
        Ok((client.sums(&map)?, client.signs(&map)?))
    }

    fn answer(&self, model: usize, seed: u64) -> Answer {
        let setup = self.setup(seed);
        let mut sampler = SparseSampler::new(&self.machine, &self.images[model], 0).expect("its own image");
        sampler.seed(seed);
        sampler.set_clamp(&setup.clamps);
        sampler.set_table_select(&setup.table_select.iter().map(|&t| t as usize).collect::<Vec<_>>());
        let outcome = sampler.run(&SparseRun::from(Start::Random), &mut SparseSilent).expect("it runs");
        (outcome.sums, outcome.signs)
    }
}
