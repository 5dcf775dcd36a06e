//! Random models and setups that meet the corners of a machine.

use crate::loader::{RunInput, RunSetup};
use spinwright_contract::{Readout, Schedule, Start, ValidConfig};
use spinwright_reference::image::{BankContents, Encoder, Table};
use spinwright_reference::stream::{LaneStreams, SplitMix64};

/// Pseudo-random numbers for plans. Never for draws.
pub(crate) struct Dice(SplitMix64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    /// 0 .. n - 1; the bias of the remainder does not matter here.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0.next_word() % n.max(1)
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0.next_word()
    }

    /// -bound ..= bound.
    pub(crate) fn signed(&mut self, bound: i32) -> i16 {
        (self.below(2 * bound as u64 + 1) as i64 - i64::from(bound)) as i16
    }
}

/// How weights of one model are spread.
#[derive(Clone, Copy)]
pub(super) enum Spread {
    /// Uniform over the whole range: wide blocks saturate.
    Full,
    /// Only the two ends of the range: the worst case of every accumulator.
    Ends,
    /// Uniform, small enough that fields stay inside the table.
    Fitting,
    /// Mostly zero, else uniform over the range.
    Sparse,
}

impl Spread {
    pub(super) fn weight(self, dice: &mut Dice, max: i32, terms: usize, field_max: i32) -> i16 {
        match self {
            Spread::Full => dice.signed(max),
            Spread::Ends => (if dice.once_in(2) { max } else { -max }) as i16,
            Spread::Fitting => {
                let fitting = 1.5 * f64::from(field_max) / (terms.max(1) as f64).sqrt();
                dice.signed(max.min((fitting as i32).max(1)))
            }
            Spread::Sparse if dice.once_in(6) => dice.signed(max),
            Spread::Sparse => 0,
        }
    }
}

/// A random model for a machine: weights of one of four spreads, sigmoid tables or arbitrary symmetric ones, as many bias sets
/// as the machine has bias banks. The schedules, one per block, are the caller's.
pub fn random_contents(machine: &ValidConfig, seed: u64, schedules: &[Schedule]) -> BankContents {
    let mut dice = Dice::new(seed);
    let spread = [Spread::Full, Spread::Fitting, Spread::Ends, Spread::Fitting, Spread::Sparse]
        [dice.below(5) as usize];
    let grid = machine.field_bits() as i32 - 3;
    let betas: Vec<f32> = (0..machine.tables()).map(|i| 2.0 / (i + 1) as f32).collect();
    let mut contents = BankContents::zeros(machine, grid, &betas, schedules, Start::Random);
    let field_max = machine.field_max();
    for block in &mut contents.blocks {
        let k3 = block.k3.iter_mut();
        for matrix in [&mut block.k1, &mut block.k2].into_iter().chain(k3) {
            let terms = matrix.columns;
            for raw in &mut matrix.raw {
                *raw = spread.weight(&mut dice, machine.weight_max(), terms, field_max);
            }
        }
    }
    contents.bias_sets = vec![contents.bias_sets[0].clone(); machine.bias_banks()];
    for set in &mut contents.bias_sets {
        for raw in set.raw.iter_mut().flatten().flatten() {
            *raw = spread.weight(&mut dice, machine.bias_max(), 9, field_max);
        }
    }
    random_ends(machine, &mut contents, &mut dice);
    for block in &mut contents.blocks {
        if dice.once_in(2) {
            for table in block.tables.iter_mut().flatten() {
                *table = random_table(machine.field_bits(), machine.draw_bits(), &mut dice);
            }
        }
    }
    contents
}

/// Encoder and decoder on the device: full range, only its ends, or mostly zero, so that sums and scores tie now and then.
fn random_ends(machine: &ValidConfig, contents: &mut BankContents, dice: &mut Dice) {
    let mut fill = |weights: &mut [i16], biases: &mut [i16]| {
        let spread = [Spread::Full, Spread::Ends, Spread::Sparse, Spread::Sparse][dice.below(4) as usize];
        for raw in weights {
            *raw = spread.weight(dice, machine.weight_max(), 1, 0);
        }
        for raw in biases {
            *raw = spread.weight(dice, machine.bias_max(), 1, 0);
        }
    };
    if let Some(Encoder::Device(encoder)) = &mut contents.encoder {
        fill(&mut encoder.weights, &mut encoder.biases);
    }
    if let (Some(decoder), Some(_)) = (&mut contents.decoder, machine.decoder()) {
        fill(&mut decoder.weights, &mut decoder.biases);
    }
}

/// Any table that the contract allows: symmetric, one half at 0, thresholds 0 and 2^B included.
pub(crate) fn random_table(field_bits: u32, draw_bits: u32, dice: &mut Dice) -> Table {
    let (size, one) = (1usize << field_bits, 1u32 << draw_bits);
    let mut thresholds = vec![one / 2; size];
    for field in 1..size / 2 {
        let up = match dice.below(16) {
            0 => 0,
            1 => one,
            _ => dice.below(u64::from(one) + 1) as u32,
        };
        thresholds[field] = up;
        thresholds[size - field] = one - up;
    }
    thresholds[size / 2] = thresholds[size / 2 + 1];
    Table { beta: 1.0, thresholds }
}

/// A random schedule for every block; in each at most `sweeps` in all, within the machine's limits.
pub(crate) fn random_schedules(machine: &ValidConfig, dice: &mut Dice, sweeps: u32) -> Vec<Schedule> {
    (0..machine.block_count()).map(|_| random_schedule(machine.max_sweeps(), dice, sweeps)).collect()
}

/// Any input: random spins, or a picture of random, of black and white, or of few pixels.
pub(crate) fn random_input(machine: &ValidConfig, dice: &mut Dice) -> RunInput {
    let Some(encoder) = machine.encoder() else {
        return RunInput::Spins((0..machine.inputs()).map(|_| dice.once_in(2)).collect());
    };
    let kind = dice.below(4);
    let pixel = |_| match kind {
        0 | 1 => dice.below(256) as u8,
        2 => 255 * dice.below(2) as u8,
        _ if dice.once_in(5) => dice.below(256) as u8,
        _ => 0,
    };
    RunInput::Picture((0..encoder.pixels()).map(pixel).collect())
}

/// A random schedule: at most `sweeps` in all, and `limit` for each part.
pub(crate) fn random_schedule(limit: u32, dice: &mut Dice, sweeps: u32) -> Schedule {
    let sweeps = sweeps.max(1);
    let burn_in = match dice.below(4) {
        0 => 0,
        _ => dice.below(u64::from(sweeps.div_ceil(3))) as u32,
    };
    let retained = 1 + dice.below(u64::from(sweeps - burn_in.min(sweeps - 1))) as u32;
    let readout = if dice.once_in(2) { Readout::Field } else { Readout::Spin };
    Schedule { burn_in: burn_in.min(limit), retained: retained.min(limit), readout }
}

/// What a random run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomSetup {
    /// Clamp some p-bits in some runs.
    pub clamps: bool,
    /// The start; none chooses one at random.
    pub start: Option<Start>,
}

impl RandomSetup {
    /// Inputs, clamps, table selects, start, and sometimes new generator states.
    pub(crate) fn generate(&self, machine: &ValidConfig, dice: &mut Dice, fresh_streams: bool) -> RunSetup {
        let start = self.start.unwrap_or_else(|| match dice.below(5) {
            _ if machine.block_count() > 1 => Start::Random,
            0 => Start::Host,
            1 => Start::Keep,
            _ => Start::Random,
        });
        let mut setup = RunSetup::plain(machine, start);
        setup.input = random_input(machine, dice);
        setup.buffer = dice.below(machine.input_buffers() as u64) as u32;
        if self.clamps && dice.once_in(2) {
            for clamp in &mut setup.clamps {
                if dice.once_in(6) {
                    *clamp = Some(dice.once_in(2));
                }
            }
        }
        let tables = machine.tables() as u64;
        setup.table_select.iter_mut().for_each(|t| *t = dice.below(tables) as u32);
        if start == Start::Host {
            let spins = |dice: &mut Dice| (0..machine.total_p_bits()).map(|_| dice.once_in(2)).collect();
            setup.host_spins = Some((0..machine.replicas()).map(|_| spins(dice)).collect());
        }
        if fresh_streams || dice.once_in(4) {
            let streams = LaneStreams::of(machine, dice.word());
            setup.generator_states = Some(streams.generators().iter().map(|g| g.words()).collect());
        }
        setup
    }
}
