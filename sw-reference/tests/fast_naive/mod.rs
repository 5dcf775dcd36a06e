//! The judge of the fast sampler: sections 3 to 7 of the contract, written for one image, one p-bit and one weight at a time.

use spinwright_contract::config::{ColorShifts, Kind};
use spinwright_contract::{
    BlockShape, Color, MachineConfig, RandomSource, Readout, Schedule, Shifts, ValidConfig,
};
use spinwright_reference::fast::{Batch, BatchResult, BatchStart, Clamps, RawModel, SpinRows, Step};
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

/// A machine, a model and a batch's data, drawn by `cases`. `largest` bounds the p-bits of every kind.
pub struct Case {
    pub config: ValidConfig,
    pub model: RawModel,
    pub inputs: SpinRows,
    pub streams: LaneStreams,
    pub first_image: u64,
    pub schedule: Schedule,
    pub host: Option<SpinRows>,
    pub clamps: Option<Clamps>,
    pub table_select: Vec<usize>,
}

/// What a case may be.
pub struct Limits {
    pub largest: usize,
    pub images: usize,
    pub weight_bits: (i64, i64),
    pub shift: i64,
}

impl Case {
    pub fn draw(cases: &mut Cases, limits: &Limits) -> Self {
        let lanes = cases.pick(&[1, 2, 4, 8, 16, 32]);
        let source =
            cases.pick(&[RandomSource::Lfsr64, RandomSource::Lfsr64, RandomSource::Xoshiro128PlusPlus]);
        let top = if source == RandomSource::Lfsr64 { 19 } else { 24 };
        let shifts = |cases: &mut Cases| ColorShifts {
            input: cases.number(0, limits.shift) as u32,
            coupling: cases.number(0, limits.shift) as u32,
            bias: cases.number(0, limits.shift) as u32,
        };
        let config = MachineConfig {
            contract: 1,
            name: "case".into(),
            kind: Kind::Layered,
            blocks: vec![BlockShape::dense(
                cases.size(1, 2 * limits.largest),
                cases.size(1, limits.largest),
                cases.size(1, limits.largest),
                cases.coin(),
            )],
            encoder: None,
            decoder: None,
            input_buffers: 1,
            lanes,
            replicas: cases.size(1, 4),
            tree_width: 32,
            weight_bits: cases.number(limits.weight_bits.0, limits.weight_bits.1) as u32,
            bias_bits: cases.number(2, 16) as u32,
            field_bits: cases.number(3, 12) as u32,
            draw_bits: cases.number(8, top) as u32,
            shifts: Shifts { hidden: shifts(cases), output: shifts(cases) },
            random_source: source,
            coupling_banks: 2,
            bias_banks: 2,
            tables: cases.size(1, 3),
            max_sweeps: 100,
            timing: Default::default(),
        }
        .validate()
        .expect("a valid machine");
        let block = config.block();
        let mut matrix = |count: usize, max: i32| -> Vec<i16> {
            (0..count).map(|_| cases.number((-max).into(), max.into()) as i16).collect()
        };
        let (weight, bias) = (config.weight_max(), config.bias_max());
        let k3 = if block.skip() { block.output.p_bits() * block.input.p_bits() } else { 0 };
        let (k1, k2, k3) = (
            matrix(block.hidden.p_bits() * block.input.p_bits(), weight),
            matrix(block.output.p_bits() * block.hidden.p_bits(), weight),
            matrix(k3, weight),
        );
        let biases = [matrix(block.hidden.p_bits(), bias), matrix(block.output.p_bits(), bias)];
        let tables = [0, 1].map(|_| (0..config.tables()).map(|_| table(cases, &config)).collect());
        let images = cases.size(1, limits.images);
        let mut rows = |width: usize, rows: usize| {
            let mut all = SpinRows::new(width);
            (0..rows).for_each(|_| all.push((0..width).map(|_| cases.coin()).collect::<Vec<_>>()));
            all
        };
        let inputs = rows(block.input.p_bits(), images);
        let per_image = rows(config.total_p_bits(), images * config.replicas());
        let shared = rows(config.total_p_bits(), config.replicas());
        let host = cases.pick(&[None, Some(&per_image), Some(&shared)]).cloned();
        let mut flags = || (0..config.total_p_bits()).map(|_| cases.number(0, 3) == 0).collect::<Vec<_>>();
        let clamps = Clamps { mask: flags(), value: flags() };
        let seed = cases.number(1, 1 << 40) as u64;
        Self {
            streams: LaneStreams::of(&config, seed),
            first_image: cases.pick(&[0, 1, 77, 9_999]),
            schedule: Schedule {
                burn_in: cases.number(0, 3) as u32,
                retained: cases.number(1, 4) as u32,
                readout: cases.pick(&[Readout::Spin, Readout::Field]),
            },
            clamps: cases.coin().then_some(clamps),
            table_select: if cases.coin() {
                (0..config.replicas()).map(|_| cases.size(0, config.tables() - 1)).collect()
            } else {
                Vec::new()
            },
            config,
            model: RawModel { k1, k2, k3, biases, tables },
            inputs,
            host,
        }
    }

    pub fn batch(&self) -> Batch<'_> {
        Batch {
            inputs: &self.inputs,
            streams: &self.streams,
            first_image: self.first_image,
            schedule: self.schedule,
            start: self.host.as_ref().map_or(BatchStart::Random, BatchStart::Host),
            clamps: self.clamps.as_ref(),
            table_select: &self.table_select,
        }
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

/// Runs a batch image by image; the steps are in trace order.
pub fn run(case: &Case) -> (BatchResult, Vec<Step>) {
    let (config, model, batch) = (&case.config, &case.model, case.batch());
    let (x, h, n) = (config.inputs(), config.p_bits(Color::Hidden), config.p_bits(Color::Output));
    let (lanes, replicas, max) = (config.lanes(), config.replicas(), config.field_max());
    let sweeps = batch.schedule.burn_in + batch.schedule.retained;
    let random = case.host.is_none();
    let draws_per_image = config.draws_per_run(sweeps.into(), random);
    let mut result = BatchResult {
        sums: Vec::new(),
        signs: SpinRows::new(n),
        states: SpinRows::new(h + n),
        draws_per_image,
    };
    let mut steps = Vec::new();
    for image in 0..case.inputs.rows() {
        let mut streams = batch.streams.clone();
        streams.advance(u128::from(batch.first_image + image as u64) * u128::from(draws_per_image));
        // All positions of a color: slot, then replica, then lane (lanes are independent of each other).
        let mut take = |color: Color| {
            let mut draws = vec![vec![0; config.slots(color) * lanes]; replicas];
            for slot in 0..config.slots(color) {
                for of_replica in draws.iter_mut() {
                    for lane in 0..lanes {
                        of_replica[slot * lanes + lane] = streams.draw(lane);
                    }
                }
            }
            draws.iter_mut().for_each(|d| d.truncate(config.p_bits(color)));
            draws
        };
        let held = |p_bit: usize| case.clamps.as_ref().and_then(|c| c.mask[p_bit].then_some(c.value[p_bit]));
        let mut state: Vec<Vec<bool>> = vec![vec![false; h + n]; replicas];
        for color in Color::ALL {
            let first = color.index() * h;
            let draws = if random { take(color) } else { vec![Vec::new(); replicas] };
            for replica in 0..replicas {
                for i in 0..config.p_bits(color) {
                    state[replica][first + i] = match &case.host {
                        Some(host) => {
                            let row =
                                if host.rows() == replicas { replica } else { image * replicas + replica };
                            host.get(row, first + i)
                        }
                        None => held(first + i).unwrap_or(draws[replica][i] < 1 << (config.draw_bits() - 1)),
                    };
                }
                steps.push(Step {
                    image,
                    sweep: 0,
                    color,
                    replica,
                    spins: state[replica][first..][..config.p_bits(color)].to_vec(),
                    fields: Vec::new(),
                    draws: draws[replica].clone(),
                    sums: Vec::new(),
                });
            }
        }
        let sign = |up: bool| if up { 1i64 } else { -1 };
        let (mut sums, mut last) = (vec![0i64; n], vec![0i64; n]);
        for sweep in 1..=sweeps {
            for color in Color::ALL {
                let (first, count) = (color.index() * h, config.p_bits(color));
                let shifts = config.shifts(color);
                let draws = take(color);
                for replica in 0..replicas {
                    let table = batch.table_select.get(replica).map_or(0, |&t| t);
                    let table = &model.tables[color.index()][table];
                    let before = state[replica].clone();
                    let mut fields = Vec::new();
                    for i in 0..count {
                        let mut from_input = 0;
                        let matrix = if color == Color::Hidden { &model.k1 } else { &model.k3 };
                        if !matrix.is_empty() {
                            for j in 0..x {
                                from_input += i64::from(matrix[i * x + j]) * sign(batch.inputs.get(image, j));
                            }
                        }
                        let mut coupled = 0;
                        match color {
                            Color::Hidden => (0..n).for_each(|o| {
                                coupled += i64::from(model.k2[o * h + i]) * sign(before[h + o]);
                            }),
                            Color::Output => (0..h).for_each(|j| {
                                coupled += i64::from(model.k2[i * h + j]) * sign(before[j]);
                            }),
                        }
                        let exact = (i64::from(model.biases[color.index()][i]) << shifts.bias)
                            + (from_input << shifts.input)
                            + (coupled << shifts.coupling);
                        let field = exact.clamp((-max).into(), max.into());
                        fields.push(field as i32);
                        let up =
                            draws[replica][i] < table[field.rem_euclid(1 << config.field_bits()) as usize];
                        let up = held(first + i).unwrap_or(up);
                        state[replica][first + i] = up;
                        if color == Color::Output && sweep > batch.schedule.burn_in {
                            last[i] = match batch.schedule.readout {
                                Readout::Spin => sign(up),
                                Readout::Field => field,
                            };
                            sums[i] += last[i];
                        }
                    }
                    let retained = color == Color::Output && sweep > batch.schedule.burn_in;
                    steps.push(Step {
                        image,
                        sweep,
                        color,
                        replica,
                        spins: state[replica][first..][..count].to_vec(),
                        fields,
                        draws: draws[replica].clone(),
                        sums: if retained { sums.iter().map(|&s| s as i32).collect() } else { Vec::new() },
                    });
                }
            }
        }
        result.sums.extend(sums.iter().map(|&s| s as i32));
        result.signs.push((0..n).map(|i| sums[i] > 0 || sums[i] == 0 && last[i] >= 0));
        state.iter().for_each(|row| result.states.push(row.iter().copied()));
    }
    (result, steps)
}
