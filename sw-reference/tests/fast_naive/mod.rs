//! The judge of the fast sampler: sections 3 to 7 of the contract, written for one image, one p-bit and one weight at a time.

mod machines;
pub mod run;

use spinwright_contract::{Color, Readout, Schedule, ValidConfig};
use spinwright_reference::fast::{
    Batch, BatchInputs, BatchStart, Clamps, RawBlock, RawLinear, RawModel, SpinRows,
};
use spinwright_reference::stream::{LaneStreams, SplitMix64};

/// Random numbers for the cases.
pub struct Cases(SplitMix64);

impl Cases {
    pub fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    /// A whole number in `low..=high`.
    pub fn number(&mut self, low: i64, high: i64) -> i64 {
        low + (self.0.next_word() % (high - low + 1) as u64) as i64
    }

    pub fn size(&mut self, low: usize, high: usize) -> usize {
        self.number(low as i64, high as i64) as usize
    }

    pub fn coin(&mut self) -> bool {
        self.0.next_word() >> 63 == 1
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.size(0, of.len() - 1)]
    }
}

/// What the machine is shown.
#[derive(Clone)]
pub enum Inputs {
    Spins(SpinRows),
    Pictures(Vec<u8>),
}

/// A machine, a model and a batch's data, drawn by `cases`.
pub struct Case {
    pub config: ValidConfig,
    pub model: RawModel,
    pub inputs: Inputs,
    pub streams: LaneStreams,
    pub first_image: u64,
    pub schedules: Vec<Schedule>,
    pub host: Option<SpinRows>,
    pub clamps: Option<Clamps>,
    pub table_select: Vec<usize>,
}

/// What a case may be. `largest` bounds the p-bits of every kind: of a dense group, and about those of four positions of a
/// plane.
pub struct Limits {
    pub largest: usize,
    pub images: usize,
    pub weight_bits: (i64, i64),
    pub shift: i64,
    /// Planes, kernels, several blocks, encoder and decoder; else one dense block.
    pub planes: bool,
}

impl Case {
    pub fn draw(cases: &mut Cases, limits: &Limits) -> Self {
        let config = machines::draw(cases, limits);
        let model = model(cases, &config);
        let images = cases.size(1, limits.images);
        let mut rows = |width: usize, rows: usize| {
            let mut all = SpinRows::new(width);
            (0..rows).for_each(|_| all.push((0..width).map(|_| cases.coin()).collect::<Vec<_>>()));
            all
        };
        let p_bits = config.total_p_bits();
        let spins = rows(config.inputs(), images);
        let per_image = rows(p_bits, images * config.replicas());
        let shared = rows(p_bits, config.replicas());
        let inputs = match config.encoder() {
            None => Inputs::Spins(spins),
            // Many pixels at the ends of their range.
            Some(e) => Inputs::Pictures(
                (0..images * e.pixels()).map(|_| cases.number(-128, 383).clamp(0, 255) as u8).collect(),
            ),
        };
        let host = if config.block_count() > 1 {
            None
        } else {
            cases.pick(&[None, Some(&per_image), Some(&shared)]).cloned()
        };
        let mut flags = || (0..p_bits).map(|_| cases.number(0, 3) == 0).collect::<Vec<_>>();
        let clamps = Clamps { mask: flags(), value: flags() };
        let seed = cases.number(1, 1 << 40) as u64;
        let mut schedule = || Schedule {
            burn_in: cases.number(0, 3) as u32,
            retained: cases.number(1, 4) as u32,
            readout: cases.pick(&[Readout::Spin, Readout::Field]),
        };
        Self {
            streams: LaneStreams::of(&config, seed),
            schedules: config.blocks().map(|_| schedule()).collect(),
            first_image: cases.pick(&[0, 1, 77, 9_999]),
            clamps: cases.coin().then_some(clamps),
            table_select: if cases.coin() {
                (0..config.replicas()).map(|_| cases.size(0, config.tables() - 1)).collect()
            } else {
                Vec::new()
            },
            config,
            model,
            inputs,
            host,
        }
    }

    /// Images of the batch.
    pub fn images(&self) -> usize {
        match &self.inputs {
            Inputs::Spins(rows) => rows.rows(),
            Inputs::Pictures(pixels) => pixels.len() / self.config.encoder().map_or(1, |e| e.pixels()),
        }
    }

    /// The inputs of some of the images.
    pub fn part(&self, images: std::ops::Range<usize>) -> Inputs {
        match &self.inputs {
            Inputs::Spins(rows) => {
                let mut part = SpinRows::new(rows.width());
                images.for_each(|image| part.push(rows.row(image)));
                Inputs::Spins(part)
            }
            Inputs::Pictures(pixels) => {
                let count = self.config.encoder().map_or(0, |e| e.pixels());
                Inputs::Pictures(pixels[images.start * count..images.end * count].to_vec())
            }
        }
    }

    pub fn batch(&self) -> Batch<'_> {
        Batch {
            inputs: self.inputs.batch(),
            streams: &self.streams,
            first_image: self.first_image,
            schedules: &self.schedules,
            start: self.host.as_ref().map_or(BatchStart::Random, BatchStart::Host),
            clamps: self.clamps.as_ref(),
            table_select: &self.table_select,
        }
    }
}

impl Inputs {
    pub fn batch(&self) -> BatchInputs<'_> {
        match self {
            Inputs::Spins(rows) => BatchInputs::Spins(rows),
            Inputs::Pictures(pixels) => BatchInputs::Pictures(pixels),
        }
    }
}

/// Random weights and tables over their whole ranges.
fn model(cases: &mut Cases, config: &ValidConfig) -> RawModel {
    let (weight, bias) = (config.weight_max(), config.bias_max());
    let matrix = |cases: &mut Cases, count: usize, max: i32| -> Vec<i16> {
        (0..count).map(|_| cases.number((-max).into(), max.into()) as i16).collect()
    };
    let linear = |cases: &mut Cases, rows: usize, columns: usize| RawLinear {
        weights: matrix(cases, rows * columns, weight),
        biases: matrix(cases, rows, bias),
    };
    let block = |cases: &mut Cases, shape: spinwright_contract::BlockShape| {
        let [k1, k2, k3] = shape.weights().map(|count| matrix(cases, count, weight));
        let biases = Color::ALL.map(|color| matrix(cases, shape.biases(color), bias));
        let tables = [0, 1].map(|_| (0..config.tables()).map(|_| table(cases, config)).collect());
        RawBlock { k1, k2, k3, biases, tables }
    };
    RawModel {
        blocks: config.blocks().map(|b| block(cases, b.shape)).collect(),
        encoder: config.encoder().map(|e| linear(cases, config.block().input.channels, e.kernel.taps())),
        decoder: config
            .decoder()
            .map(|d| linear(cases, d.classes, d.cells() * config.last_block().output.channels)),
    }
}

/// Thresholds with the symmetry of section 4: a sigmoid of random steepness, or arbitrary numbers.
fn table(cases: &mut Cases, config: &ValidConfig) -> Vec<u32> {
    let (max, half) = (config.field_max(), 1u32 << (config.draw_bits() - 1));
    let mut table = vec![0; 1 << config.field_bits()];
    let arbitrary = cases.number(0, 3) == 0;
    let steepness = cases.number(1, 60) as f64 / 10.0 / f64::from(max);
    table[0] = half;
    for field in 1..=max {
        let p_up = 1.0 / (1.0 + (-2.0 * steepness * f64::from(field)).exp());
        let above = if arbitrary {
            cases.number(0, half.into()) as u32
        } else {
            (f64::from(2 * half) * p_up).round_ties_even() as u32 - half
        };
        table[field as usize] = half + above;
        let length = table.len();
        table[length - field as usize] = half - above;
    }
    table[(max + 1) as usize] = table[(max + 1) as usize + 1];
    table
}
