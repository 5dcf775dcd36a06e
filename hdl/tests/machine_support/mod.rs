//! What the tests of whole machines share: configurations, a random model, the load streams, and a small model of a run written
//! from `docs/contract.md` alone. It knows nothing of the generator and of `sw-reference`.
#![allow(dead_code)]

use spinwright_contract::config::{
    BiasScope, ColorShifts, DecoderShape, EncoderShape, Kernel, Plane, Timing,
};
use spinwright_contract::*;

/// splitmix64, for test data.
pub struct Dice(pub u64);

impl Dice {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut y = self.0;
        y = (y ^ (y >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        y = (y ^ (y >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        y ^ (y >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.word() % n
    }
    pub fn signed(&mut self, max: i64) -> i64 {
        self.below(2 * max as u64 + 1) as i64 - max
    }
}

/// 2 lanes, tree 4, hidden 5, outputs 3, inputs 7, 2 replicas.
pub fn small() -> MachineConfig {
    MachineConfig {
        contract: CONTRACT_VERSION,
        name: "small".into(),
        kind: config::Kind::Layered,
        blocks: vec![BlockShape::dense(7, 5, 3, false)],
        encoder: None,
        decoder: None,
        input_buffers: 1,
        lanes: 2,
        replicas: 2,
        tree_width: 4,
        weight_bits: 4,
        bias_bits: 6,
        field_bits: 6,
        draw_bits: 15,
        shifts: Shifts::default(),
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 1,
        max_sweeps: 256,
        timing: Timing::default(),
    }
}

/// Skip couplings, shifts, three tables, odd widths, xoshiro, one tree level per register stage.
pub fn odd() -> MachineConfig {
    MachineConfig {
        name: "odd".into(),
        blocks: vec![BlockShape::dense(13, 9, 6, true)],
        encoder: None,
        decoder: None,
        input_buffers: 1,
        lanes: 2,
        replicas: 3,
        tree_width: 8,
        weight_bits: 6,
        bias_bits: 9,
        field_bits: 6,
        draw_bits: 20,
        shifts: Shifts {
            hidden: ColorShifts { input: 1, coupling: 2, bias: 3 },
            output: ColorShifts { input: 0, coupling: 1, bias: 2 },
        },
        random_source: RandomSource::Xoshiro128PlusPlus,
        coupling_banks: 3,
        bias_banks: 5,
        tables: 3,
        max_sweeps: 100,
        timing: Timing { tree_levels_per_stage: 1, weight_register: true, ..Timing::default() },
        ..small()
    }
}

/// One lane, tree of one, more replicas than pipeline stages.
pub fn narrow() -> MachineConfig {
    MachineConfig {
        name: "narrow".into(),
        blocks: vec![BlockShape::dense(2, 1, 2, false)],
        encoder: None,
        decoder: None,
        input_buffers: 1,
        lanes: 1,
        replicas: 11,
        tree_width: 1,
        weight_bits: 16,
        bias_bits: 2,
        field_bits: 5,
        draw_bits: 8,
        ..small()
    }
}

/// A 5 x 4 plane, channels that fill no group, kernels with padding, a skip coupling and own biases.
pub fn plane() -> MachineConfig {
    let plane = |channels| Plane { rows: 5, columns: 4, channels };
    MachineConfig {
        name: "plane".into(),
        blocks: vec![BlockShape {
            input: plane(3),
            hidden: plane(5),
            output: plane(2),
            k1: Kernel { size: 3, stride: 1, padding: 1 },
            k2: Kernel { size: 3, stride: 1, padding: 2 },
            k3: Some(Kernel::POINT),
            bias: BiasScope::Position,
        }],
        field_bits: 7,
        ..small()
    }
}

/// Strides of 2 in both directions, more channels than one source word, shared biases, shifts.
pub fn strided() -> MachineConfig {
    MachineConfig {
        name: "strided".into(),
        blocks: vec![BlockShape {
            input: Plane { rows: 6, columns: 7, channels: 5 },
            hidden: Plane { rows: 3, columns: 4, channels: 6 },
            output: Plane { rows: 2, columns: 2, channels: 5 },
            k1: Kernel { size: 3, stride: 2, padding: 1 },
            k2: Kernel { size: 3, stride: 2, padding: 1 },
            k3: Some(Kernel { size: 5, stride: 4, padding: 2 }),
            bias: BiasScope::Channel,
        }],
        input_buffers: 2,
        shifts: odd().shifts,
        random_source: RandomSource::Xoshiro128PlusPlus,
        tables: 2,
        bias_bits: 8,
        ..small()
    }
}

/// Two blocks of planes and a dense one after them; a source word holds two positions' worth of lanes.
pub fn deep() -> MachineConfig {
    let plane = |rows, columns, channels| Plane { rows, columns, channels };
    MachineConfig {
        name: "deep".into(),
        blocks: vec![
            BlockShape {
                input: plane(4, 4, 2),
                hidden: plane(4, 4, 4),
                output: plane(2, 3, 6),
                k1: Kernel { size: 3, stride: 1, padding: 1 },
                k2: Kernel { size: 2, stride: 2, padding: 1 },
                k3: None,
                bias: BiasScope::Channel,
            },
            BlockShape {
                input: plane(2, 3, 6),
                hidden: plane(2, 3, 8),
                output: plane(1, 1, 7),
                k1: Kernel::POINT,
                k2: Kernel { size: 3, stride: 1, padding: 0 },
                k3: None,
                bias: BiasScope::Position,
            },
            BlockShape::dense(7, 6, 5, true),
        ],
        lanes: 2,
        tree_width: 8,
        replicas: 3,
        tables: 2,
        ..small()
    }
}

/// Encoder and decoder on the device around one block, two buffers of pictures.
pub fn ends() -> MachineConfig {
    let plane = |channels| Plane { rows: 3, columns: 3, channels };
    MachineConfig {
        name: "ends".into(),
        blocks: vec![BlockShape {
            input: plane(3),
            hidden: plane(4),
            output: plane(3),
            k1: Kernel { size: 3, stride: 1, padding: 1 },
            k2: Kernel { size: 3, stride: 1, padding: 1 },
            k3: None,
            bias: BiasScope::Channel,
        }],
        encoder: Some(EncoderShape {
            rows: 8,
            columns: 7,
            kernel: Kernel { size: 3, stride: 3, padding: 1 },
            bias_shift: 3,
        }),
        decoder: Some(DecoderShape { classes: 5, rows: 2, columns: 1, bias_shift: 2 }),
        input_buffers: 2,
        lanes: 2,
        tree_width: 4,
        ..small()
    }
}

/// Everything at once: encoder, two blocks, decoder.
pub fn whole() -> MachineConfig {
    MachineConfig {
        name: "whole".into(),
        blocks: vec![
            ends().blocks[0],
            BlockShape {
                input: Plane { rows: 3, columns: 3, channels: 3 },
                hidden: Plane { rows: 2, columns: 2, channels: 6 },
                output: Plane { rows: 2, columns: 2, channels: 4 },
                k1: Kernel { size: 2, stride: 1, padding: 0 },
                k2: Kernel::POINT,
                k3: Some(Kernel { size: 3, stride: 2, padding: 1 }),
                bias: BiasScope::Position,
            },
        ],
        decoder: Some(DecoderShape { classes: 3, rows: 1, columns: 2, bias_shift: 0 }),
        input_buffers: 1,
        lanes: 4,
        tree_width: 4,
        ..ends()
    }
}

/// Where p-bits of a plane meet those of another: `(tap, source position)` of a target position.
pub fn meets(
    kernel: Kernel,
    transposed: bool,
    target: Plane,
    source: Plane,
    at: usize,
) -> Vec<(usize, usize)> {
    let (row, column) = ((at / target.columns) as i64, (at % target.columns) as i64);
    let (stride, padding) = (kernel.stride as i64, kernel.padding as i64);
    let mut met = vec![];
    for tap in 0..kernel.taps() {
        let (dr, dc) = ((tap / kernel.size) as i64, (tap % kernel.size) as i64);
        let place = |p: i64, d: i64| if transposed { p + padding - d } else { p * stride + d - padding };
        let (mut r, mut c) = (place(row, dr), place(column, dc));
        if transposed {
            if r.rem_euclid(stride) != 0 || c.rem_euclid(stride) != 0 {
                continue;
            }
            (r, c) = (r / stride, c / stride);
        }
        if (0..source.rows as i64).contains(&r) && (0..source.columns as i64).contains(&c) {
            met.push((tap, r as usize * source.columns + c as usize));
        }
    }
    met
}

/// What one block's couplings, biases and tables are.
#[derive(Clone)]
pub struct BlockModel {
    /// Rows: channels of the target; columns: taps x channels of the source.
    pub k1: Vec<Vec<i64>>,
    pub k2: Vec<Vec<i64>>,
    pub k3: Vec<Vec<i64>>,
    /// Per channel, or per p-bit.
    pub bias: [Vec<i64>; 2],
    /// `tables[color][table][index]`.
    pub tables: [Vec<Vec<u64>>; 2],
    pub schedule: Schedule,
}

/// Everything that two banks hold, in logical order.
#[derive(Clone)]
pub struct Model {
    pub blocks: Vec<BlockModel>,
    /// `[channel][tap]` and biases.
    pub encoder: (Vec<Vec<i64>>, Vec<i64>),
    /// `[class][cell x channel]` and biases.
    pub decoder: (Vec<Vec<i64>>, Vec<i64>),
}

impl Model {
    /// All blocks with this schedule.
    pub fn random(c: &ValidConfig, schedule: Schedule, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let (w, b) = (i64::from(c.weight_max()), i64::from(c.bias_max()));
        let mut matrix = |rows: usize, columns: usize, max: i64| -> Vec<Vec<i64>> {
            (0..rows).map(|_| (0..columns).map(|_| dice.signed(max)).collect()).collect()
        };
        let mut blocks = vec![];
        for sizes in c.blocks() {
            let s = sizes.shape;
            let (i, h, o) = (s.input.channels, s.hidden.channels, s.output.channels);
            let k1 = matrix(h, s.k1.taps() * i, w);
            let k2 = matrix(o, s.k2.taps() * h, w);
            let k3 = s.k3.map_or(vec![], |k| matrix(o, k.taps() * i, w));
            let bias = Color::ALL.map(|color| matrix(1, s.biases(color), b).remove(0));
            let tables = [vec![], vec![]];
            blocks.push(BlockModel { k1, k2, k3, bias, tables, schedule });
        }
        let encoder = c.encoder().map_or((vec![], vec![]), |e| {
            let channels = c.block().input.channels;
            (matrix(channels, e.kernel.taps(), w), matrix(1, channels, b).remove(0))
        });
        let decoder = c.decoder().map_or((vec![], vec![]), |d| {
            let columns = d.cells() * c.last_block().output.channels;
            (matrix(d.classes, columns, w), matrix(1, d.classes, b).remove(0))
        });
        let mut table = || {
            let (size, one) = (1usize << c.field_bits(), 1u64 << c.draw_bits());
            let mut entries = vec![one / 2; size];
            for f in 1..size / 2 {
                let up = dice.below(one + 1);
                entries[f] = up;
                entries[size - f] = one - up;
            }
            entries[size / 2] = entries[size / 2 + 1];
            entries
        };
        for block in &mut blocks {
            block.tables = [0, 1].map(|_| (0..c.tables()).map(|_| table()).collect());
        }
        Model { blocks, encoder, decoder }
    }

    pub fn schedules(&self) -> Vec<Schedule> {
        self.blocks.iter().map(|b| b.schedule).collect()
    }

    /// Section 9, couplings.
    pub fn coupling_stream(&self, c: &ValidConfig) -> Vec<u32> {
        let mut words = vec![];
        for b in &self.blocks {
            words.extend([b.schedule.burn_in, b.schedule.retained, b.schedule.readout.code()]);
        }
        words.extend(self.blocks.iter().flat_map(|b| &b.tables).flatten().flatten().map(|&t| t as u32));
        let (t, lanes, bits) = (c.tree_width(), c.lanes(), c.weight_bits() as usize);
        let at =
            |m: &Vec<Vec<i64>>, r: usize, k: usize| m.get(r).and_then(|row| row.get(k)).copied().unwrap_or(0);
        let mut push_row = |weights: Vec<i64>| {
            for column in weights.chunks(c.weights_per_word()) {
                let pack =
                    |word: u32, (j, w): (usize, &i64)| word | ((*w as u32) & ((1 << bits) - 1)) << (j * bits);
                words.push(column.iter().enumerate().fold(0, pack));
            }
        };
        // Rows of one pass: `weight(target channel, tap, source channel)`, 0 beyond either plane's channels.
        let mut pass = |lane: usize,
                        target: Plane,
                        source: Plane,
                        taps: usize,
                        weight: &dyn Fn(usize, usize, usize) -> i64| {
            for group in 0..target.groups(lanes) {
                for tap in 0..taps {
                    for chunk in 0..source.chunks(lanes, t) {
                        let at = |q: usize| {
                            let (channel, from) = (group * lanes + lane, chunk * t + q);
                            let exists = channel < target.channels && from < source.channels;
                            if exists { weight(channel, tap, from) } else { 0 }
                        };
                        push_row((0..t).map(at).collect());
                    }
                }
            }
        };
        for lane in 0..lanes {
            for (m, s) in self.blocks.iter().zip(c.blocks()) {
                let s = s.shape;
                let i = s.input.channels;
                pass(lane, s.hidden, s.input, s.k1.taps(), &|h, tap, x| m.k1[h][tap * i + x]);
                let taps = s.k3.map_or(0, |k| k.taps());
                pass(lane, s.output, s.input, taps, &|o, tap, x| m.k3[o][tap * i + x]);
            }
            for (m, s) in self.blocks.iter().zip(c.blocks()) {
                let s = s.shape;
                let h = s.hidden.channels;
                pass(lane, s.hidden, s.output, s.k2.taps(), &|to, tap, o| m.k2[o][tap * h + to]);
                pass(lane, s.output, s.hidden, s.k2.taps(), &|o, tap, from| m.k2[o][tap * h + from]);
            }
            if let Some(e) = c.encoder() {
                let source = Plane::dense(e.kernel.taps());
                let exact = |channel: usize, _: usize, tap: usize| at(&self.encoder.0, channel, tap);
                pass(lane, c.block().input, source, 1, &exact);
            }
            if let Some(d) = c.decoder() {
                let plane = c.last_block().output;
                let n = plane.channels;
                pass(lane, Plane::dense(d.classes), plane, d.cells(), &|k, cell, j| {
                    self.decoder.0[k][cell * n + j]
                });
            }
        }
        words
    }

    /// Section 9, biases.
    pub fn bias_stream(&self, c: &ValidConfig) -> Vec<u32> {
        let mut words = vec![];
        let lanes = c.lanes();
        let mut push = |biases: &[i64], channels: usize| {
            for position in biases.chunks(channels) {
                for group in 0..channels.div_ceil(lanes) {
                    for lane in 0..lanes {
                        words.push(position.get(group * lanes + lane).copied().unwrap_or(0) as u32);
                    }
                }
            }
        };
        for (m, s) in self.blocks.iter().zip(c.blocks()) {
            for color in Color::ALL {
                push(&m.bias[color.index()], s.shape.plane(color).channels);
            }
        }
        if c.encoder().is_some() {
            push(&self.encoder.1, c.block().input.channels);
        }
        if let Some(d) = c.decoder() {
            push(&self.decoder.1, d.classes);
        }
        words
    }
}

/// One lane's stream of draws, section 6.
#[derive(Clone)]
pub enum Source {
    Lfsr(u64),
    Xoshiro([u32; 4]),
}

impl Source {
    pub fn random(c: &ValidConfig, dice: &mut Dice) -> Self {
        match c.random_source() {
            RandomSource::Lfsr64 => Source::Lfsr(dice.word() | 1),
            RandomSource::Xoshiro128PlusPlus => Source::Xoshiro([0; 4].map(|_| dice.word() as u32 | 1)),
        }
    }
    pub fn words(&self) -> Vec<u32> {
        match self {
            Source::Lfsr(s) => vec![*s as u32, (*s >> 32) as u32],
            Source::Xoshiro(s) => s.to_vec(),
        }
    }
    pub fn draw(&mut self, bits: u32) -> u64 {
        match self {
            Source::Lfsr(state) => {
                let mut new = 0u64;
                for _ in 0..19 {
                    let s = *state;
                    let bit = (s >> 29 ^ s >> 45 ^ s >> 52 ^ s >> 63) & 1;
                    *state = s << 1 | bit;
                    new = new << 1 | bit;
                }
                new >> (19 - bits)
            }
            Source::Xoshiro(s) => {
                let out = s[0].wrapping_add(s[3]).rotate_left(7).wrapping_add(s[0]);
                let t = s[1] << 9;
                s[2] ^= s[0];
                s[3] ^= s[1];
                s[1] ^= s[2];
                s[0] ^= s[3];
                s[2] ^= t;
                s[3] = s[3].rotate_left(11);
                u64::from(out >> (32 - bits))
            }
        }
    }
}

/// Values of one (sweep, slot, replica), all lanes; padding lanes have no spin and no field.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub start: bool,
    pub block: usize,
    pub sweep: u32,
    pub slot: usize,
    pub replica: usize,
    pub retained: bool,
    pub spins: Vec<Option<bool>>,
    pub fields: Vec<Option<i64>>,
    pub draws: Vec<u64>,
    pub sums: Vec<Option<i64>>,
}

/// The machine as the contract describes it.
pub struct Twin {
    pub c: ValidConfig,
    pub sources: Vec<Source>,
    /// Block that runs or ran last.
    pub block: usize,
    /// `spins[replica][color][p-bit]` of that block.
    pub spins: Vec<[Vec<bool>; 2]>,
    /// Of the first block, by the host or the encoder.
    pub inputs: Vec<bool>,
    pub pixels: Vec<u8>,
    /// Inputs of the block that runs.
    now: Vec<bool>,
    /// By slot over all blocks.
    pub clamp_mask: Vec<u32>,
    pub clamp_value: Vec<u32>,
    pub select: Vec<usize>,
    pub sums: Vec<i64>,
    pub signs: Vec<bool>,
    pub scores: Vec<i64>,
}

fn spin(up: bool) -> i64 {
    if up { 1 } else { -1 }
}

impl Twin {
    pub fn new(c: &ValidConfig, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut twin = Twin {
            sources: (0..c.lanes()).map(|_| Source::random(c, &mut dice)).collect(),
            block: 0,
            spins: vec![],
            inputs: (0..c.inputs()).map(|_| dice.below(2) == 1).collect(),
            pixels: (0..c.encoder().map_or(0, |e| e.pixels())).map(|_| dice.below(256) as u8).collect(),
            now: vec![],
            clamp_mask: vec![0; c.total_slots()],
            clamp_value: vec![0; c.total_slots()],
            select: vec![0; c.replicas()],
            sums: vec![],
            signs: vec![],
            scores: vec![],
            c: c.clone(),
        };
        twin.begin_block(0);
        twin
    }

    pub fn shape(&self) -> BlockShape {
        self.c.sizes(self.block).shape
    }

    fn begin_block(&mut self, block: usize) {
        self.block = block;
        let shape = self.shape();
        let spins = Color::ALL.map(|k| vec![false; shape.p_bits(k)]);
        if self.c.block_count() > 1 || self.spins.is_empty() {
            self.spins = vec![spins; self.c.replicas()];
        }
        self.clear_sums();
    }

    fn clear_sums(&mut self) {
        let outputs = self.shape().p_bits(Color::Output);
        (self.sums, self.signs) = (vec![0; outputs], vec![true; outputs]);
    }

    /// Slot of the block to color and the first channel of its group: `(color, position, group)`.
    fn place_of(&self, slot: usize) -> (Color, usize, usize) {
        let sizes = self.c.sizes(self.block);
        let hidden = sizes.slots(Color::Hidden);
        let (color, slot) =
            if slot < hidden { (Color::Hidden, slot) } else { (Color::Output, slot - hidden) };
        (color, slot / sizes.groups(color), slot % sizes.groups(color))
    }

    fn field(&self, m: &BlockModel, color: Color, position: usize, channel: usize, replica: usize) -> i64 {
        let s = self.shape();
        let shifts = self.c.shifts(color);
        let sum = |kernel: Kernel,
                   transposed: bool,
                   from: Plane,
                   up: &[bool],
                   weight: &dyn Fn(usize, usize) -> i64|
         -> i64 {
            let met = meets(kernel, transposed, s.plane(color), from, position);
            let n = from.channels;
            met.iter()
                .map(|&(tap, at)| (0..n).map(|j| weight(tap, j) * spin(up[at * n + j])).sum::<i64>())
                .sum()
        };
        let (i, h) = (s.input.channels, s.hidden.channels);
        let [hidden, output] = &self.spins[replica];
        let (from_inputs, from_other) = match color {
            Color::Hidden => (
                sum(s.k1, false, s.input, &self.now, &|tap, j| m.k1[channel][tap * i + j]),
                sum(s.k2, true, s.output, output, &|tap, j| m.k2[j][tap * h + channel]),
            ),
            Color::Output => (
                s.k3.map_or(0, |k| sum(k, false, s.input, &self.now, &|tap, j| m.k3[channel][tap * i + j])),
                sum(s.k2, false, s.hidden, hidden, &|tap, j| m.k2[channel][tap * h + j]),
            ),
        };
        let channels = s.plane(color).channels;
        let bias = m.bias[color.index()][match s.bias {
            BiasScope::Channel => channel,
            BiasScope::Position => position * channels + channel,
        }];
        let exact = (bias << shifts.bias) + (from_inputs << shifts.input) + (from_other << shifts.coupling);
        let limit = i64::from(self.c.field_max());
        exact.clamp(-limit, limit)
    }

    /// One slot of one replica. `sweep` 0 is the random start.
    fn slot(&mut self, m: &BlockModel, sweep: u32, retained: bool, slot: usize, replica: usize) -> Seen {
        let (color, position, group) = self.place_of(slot);
        let lanes = self.c.lanes();
        let channels = self.shape().plane(color).channels;
        let clamp = (0..self.block).map(|b| self.c.sizes(b).total_slots()).sum::<usize>() + slot;
        let one = 1u64 << self.c.draw_bits();
        let adds = retained && color == Color::Output;
        let mut seen = Seen {
            start: sweep == 0,
            block: self.block,
            sweep,
            slot,
            replica,
            retained: adds,
            spins: vec![None; lanes],
            fields: vec![None; lanes],
            draws: vec![],
            sums: vec![None; lanes],
        };
        for lane in 0..lanes {
            let draw = self.sources[lane].draw(self.c.draw_bits());
            seen.draws.push(draw);
            let channel = group * lanes + lane;
            if channel >= channels {
                continue;
            }
            let p = position * channels + channel;
            let mut up = draw < one / 2;
            if sweep > 0 {
                let field = self.field(m, color, position, channel, replica);
                let size = 1i64 << self.c.field_bits();
                let index = field.rem_euclid(size) as usize;
                up = draw < m.tables[color.index()][self.select[replica]][index];
                seen.fields[lane] = Some(field);
                if self.clamp_mask[clamp] >> lane & 1 == 1 {
                    up = self.clamp_value[clamp] >> lane & 1 == 1;
                }
                if adds {
                    let spin_mode = m.schedule.readout == Readout::Spin;
                    self.sums[p] += if spin_mode { spin(up) } else { field };
                    let tie = if spin_mode { up } else { field >= 0 };
                    self.signs[p] = self.sums[p] > 0 || (self.sums[p] == 0 && tie);
                    seen.sums[lane] = Some(self.sums[p]);
                }
            } else if self.clamp_mask[clamp] >> lane & 1 == 1 {
                up = self.clamp_value[clamp] >> lane & 1 == 1;
            }
            self.spins[replica][color.index()][p] = up;
            seen.spins[lane] = Some(up);
        }
        seen
    }

    /// What the encoder makes of the picture.
    fn encode(&self, m: &Model) -> Vec<bool> {
        let e = self.c.encoder().expect("an encoder");
        let plane = self.c.block().input;
        let (size, stride, padding) = (e.kernel.size, e.kernel.stride as i64, e.kernel.padding as i64);
        let pixel = |r: i64, c: i64| {
            let inside = (0..e.rows as i64).contains(&r) && (0..e.columns as i64).contains(&c);
            let v = if inside { i64::from(self.pixels[r as usize * e.columns + c as usize]) } else { 0 };
            2 * v - 255
        };
        let mut inputs = vec![];
        for at in 0..plane.positions() {
            let (row, column) = ((at / plane.columns) as i64, (at % plane.columns) as i64);
            for channel in 0..plane.channels {
                let u = |tap: usize| {
                    let (dr, dc) = ((tap / size) as i64, (tap % size) as i64);
                    pixel(row * stride + dr - padding, column * stride + dc - padding)
                };
                let sum: i64 = (0..size * size).map(|tap| m.encoder.0[channel][tap] * u(tap)).sum();
                inputs.push((m.encoder.1[channel] << e.bias_shift) + sum >= 0);
            }
        }
        inputs
    }

    /// What the decoder makes of the signs.
    fn decode(&self, m: &Model) -> Vec<i64> {
        let d = self.c.decoder().expect("a decoder");
        let plane = self.c.last_block().output;
        let score = |k: usize| {
            let mut sum = m.decoder.1[k] << d.bias_shift;
            for (p, &up) in self.signs.iter().enumerate() {
                let (at, channel) = (p / plane.channels, p % plane.channels);
                let (row, column) = (at / plane.columns, at % plane.columns);
                let cell = row * d.rows / plane.rows * d.columns + column * d.columns / plane.columns;
                sum += m.decoder.0[k][cell * plane.channels + channel] * spin(up);
            }
            sum
        };
        (0..d.classes).map(score).collect()
    }

    /// A run; `swap` gives another model after a sweep of the run, `stop` ends it after one.
    pub fn run<'a>(
        &mut self,
        m: &'a Model,
        start: Start,
        swap: Option<(u32, &'a Model)>,
        stop: Option<u32>,
    ) -> Vec<Seen> {
        if self.c.encoder().is_some() {
            self.inputs = self.encode(m);
        }
        self.now = self.inputs.clone();
        let (mut m, mut seen, mut total) = (m, vec![], 0);
        for block in 0..self.c.block_count() {
            self.begin_block(block);
            if self.block_run(&mut m, start, swap, stop, &mut total, &mut seen) {
                return seen;
            }
            self.now = self.signs.clone();
        }
        if self.c.decoder().is_some() {
            self.scores = self.decode(m);
        }
        seen
    }

    /// One block of a run; whether it was stopped.
    fn block_run<'a>(
        &mut self,
        m: &mut &'a Model,
        start: Start,
        swap: Option<(u32, &'a Model)>,
        stop: Option<u32>,
        total: &mut u32,
        seen: &mut Vec<Seen>,
    ) -> bool {
        let (b, replicas) = (self.block, self.c.replicas());
        let slots = self.c.sizes(b).total_slots();
        let (mut sweep, mut own) = (0, 0);
        if start == Start::Random {
            for slot in 0..slots {
                for replica in 0..replicas {
                    seen.push(self.slot(&m.blocks[b], 0, false, slot, replica));
                }
            }
        }
        loop {
            (sweep, own, *total) = (sweep + 1, own + 1, *total + 1);
            let schedule = m.blocks[b].schedule;
            for slot in 0..slots {
                for replica in 0..replicas {
                    seen.push(self.slot(&m.blocks[b], sweep, own > schedule.burn_in, slot, replica));
                }
            }
            if stop == Some(*total) {
                return true;
            }
            if own == schedule.burn_in + schedule.retained {
                return false;
            }
            if let Some((after, next)) = swap
                && after == *total
            {
                (*m, own) = (next, 0);
                self.clear_sums();
            }
        }
    }
}

/// CRC-32 of a stream, bit by bit.
pub fn crc32(words: &[u32]) -> u32 {
    let mut crc = u32::MAX;
    for byte in words.iter().flat_map(|w| w.to_le_bytes()) {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
