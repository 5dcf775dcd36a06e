//! What the tests of whole machines share: configurations, a random model, the load streams, and a small model of a run written
//! from `docs/contract.md` alone. It knows nothing of the generator and of `sw-reference`.
#![allow(dead_code)]

use spinwright_contract::config::{ColorShifts, Timing};
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
        timing: Timing { tree_levels_per_stage: 1, ..Timing::default() },
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

/// Everything that two banks hold, in logical order.
#[derive(Clone)]
pub struct Model {
    pub k1: Vec<Vec<i64>>,
    pub k2: Vec<Vec<i64>>,
    pub k3: Vec<Vec<i64>>,
    pub bias: [Vec<i64>; 2],
    /// `tables[color][table][index]`.
    pub tables: [Vec<Vec<u64>>; 2],
    pub schedule: Schedule,
}

impl Model {
    pub fn random(c: &ValidConfig, schedule: Schedule, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let (x, h, n) = (c.inputs(), c.p_bits(Color::Hidden), c.p_bits(Color::Output));
        let (w, b) = (i64::from(c.weight_max()), i64::from(c.bias_max()));
        let mut matrix = |rows: usize, columns: usize, max: i64| -> Vec<Vec<i64>> {
            (0..rows).map(|_| (0..columns).map(|_| dice.signed(max)).collect()).collect()
        };
        let (k1, k2, k3) = (matrix(h, x, w), matrix(n, h, w), matrix(n, x, w));
        let bias = [matrix(1, h, b).remove(0), matrix(1, n, b).remove(0)];
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
        let tables = [0, 1].map(|_| (0..c.tables()).map(|_| table()).collect());
        Model { k1, k2, k3, bias, tables, schedule }
    }

    /// Tables of a coupling stream.
    fn table_words(&self) -> Vec<u32> {
        self.tables.iter().flatten().flatten().map(|&t| t as u32).collect()
    }

    /// Section 9, couplings.
    pub fn coupling_stream(&self, c: &ValidConfig) -> Vec<u32> {
        let mut words = vec![self.schedule.burn_in, self.schedule.retained, self.schedule.readout.code()];
        words.extend(self.table_words());
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
        for lane in 0..lanes {
            for input in [true, false] {
                for color in Color::ALL {
                    for slot in 0..c.slots(color) {
                        let target = slot * lanes + lane;
                        let chunks = if input { c.input_chunks(color) } else { c.coupling_chunks(color) };
                        for chunk in 0..chunks {
                            let weight = |q: usize| {
                                let source = chunk * t + q;
                                match (input, color) {
                                    (true, Color::Hidden) => at(&self.k1, target, source),
                                    (true, Color::Output) => at(&self.k3, target, source),
                                    (false, Color::Hidden) => at(&self.k2, source, target),
                                    (false, Color::Output) => at(&self.k2, target, source),
                                }
                            };
                            push_row((0..t).map(weight).collect());
                        }
                    }
                }
            }
        }
        words
    }

    /// Section 9, biases.
    pub fn bias_stream(&self, c: &ValidConfig) -> Vec<u32> {
        let mut words = vec![];
        for color in Color::ALL {
            for slot in 0..c.slots(color) {
                for lane in 0..c.lanes() {
                    let bias = self.bias[color.index()].get(slot * c.lanes() + lane).copied().unwrap_or(0);
                    words.push(bias as u32);
                }
            }
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
    /// `spins[replica][color][p-bit]`, source positions without p-bit included.
    pub spins: Vec<[Vec<bool>; 2]>,
    pub inputs: Vec<bool>,
    pub clamp_mask: Vec<u32>,
    pub clamp_value: Vec<u32>,
    pub select: Vec<usize>,
    pub sums: Vec<i64>,
    pub signs: Vec<bool>,
}

impl Twin {
    pub fn new(c: &ValidConfig, seed: u64) -> Self {
        let mut dice = Dice(seed);
        Twin {
            sources: (0..c.lanes()).map(|_| Source::random(c, &mut dice)).collect(),
            spins: vec![Color::ALL.map(|k| vec![false; c.slots(k) * c.lanes()]); c.replicas()],
            inputs: (0..c.inputs()).map(|_| dice.below(2) == 1).collect(),
            clamp_mask: vec![0; c.total_slots()],
            clamp_value: vec![0; c.total_slots()],
            select: vec![0; c.replicas()],
            sums: vec![0; c.p_bits(Color::Output)],
            signs: vec![false; c.p_bits(Color::Output)],
            c: c.clone(),
        }
    }

    fn color_of(&self, slot: usize) -> (Color, usize) {
        let hidden = self.c.slots(Color::Hidden);
        if slot < hidden { (Color::Hidden, slot) } else { (Color::Output, slot - hidden) }
    }

    fn field(&self, m: &Model, color: Color, p: usize, replica: usize) -> i64 {
        let s = |up: bool| if up { 1 } else { -1 };
        let shifts = self.c.shifts(color);
        let inputs =
            |k: &Vec<Vec<i64>>| -> i64 { k[p].iter().zip(&self.inputs).map(|(w, x)| w * s(*x)).sum() };
        let other = &self.spins[replica][1 - color.index()];
        let (from_inputs, from_other): (i64, i64) = match color {
            Color::Hidden => (inputs(&m.k1), (0..m.k2.len()).map(|n| m.k2[n][p] * s(other[n])).sum()),
            Color::Output => (
                if self.c.block().skip() { inputs(&m.k3) } else { 0 },
                (0..m.k1.len()).map(|h| m.k2[p][h] * s(other[h])).sum(),
            ),
        };
        let exact = (m.bias[color.index()][p] << shifts.bias)
            + (from_inputs << shifts.input)
            + (from_other << shifts.coupling);
        let limit = i64::from(self.c.field_max());
        exact.clamp(-limit, limit)
    }

    /// One slot of one replica. `sweep` 0 is the random start.
    fn slot(&mut self, m: &Model, sweep: u32, retained: bool, slot: usize, replica: usize) -> Seen {
        let (color, place) = self.color_of(slot);
        let lanes = self.c.lanes();
        let one = 1u64 << self.c.draw_bits();
        let adds = retained && color == Color::Output;
        let mut seen = Seen {
            start: sweep == 0,
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
            let p = place * lanes + lane;
            if p >= self.c.p_bits(color) {
                continue;
            }
            let mut up = draw < one / 2;
            if sweep > 0 {
                let field = self.field(m, color, p, replica);
                let size = 1i64 << self.c.field_bits();
                let index = field.rem_euclid(size) as usize;
                up = draw < m.tables[color.index()][self.select[replica]][index];
                seen.fields[lane] = Some(field);
                if self.clamp_mask[slot] >> lane & 1 == 1 {
                    up = self.clamp_value[slot] >> lane & 1 == 1;
                }
                if adds {
                    let spin_mode = m.schedule.readout == Readout::Spin;
                    self.sums[p] += if spin_mode { if up { 1 } else { -1 } } else { field };
                    let tie = if spin_mode { up } else { field >= 0 };
                    self.signs[p] = self.sums[p] > 0 || (self.sums[p] == 0 && tie);
                    seen.sums[lane] = Some(self.sums[p]);
                }
            } else if self.clamp_mask[slot] >> lane & 1 == 1 {
                up = self.clamp_value[slot] >> lane & 1 == 1;
            }
            self.spins[replica][color.index()][p] = up;
            seen.spins[lane] = Some(up);
        }
        seen
    }

    /// A run; `swap` gives another model after a sweep, `stop` ends it after a sweep.
    pub fn run(
        &mut self,
        m: &Model,
        start: Start,
        swap: Option<(u32, &Model)>,
        stop: Option<u32>,
    ) -> Vec<Seen> {
        let (slots, replicas) = (self.c.total_slots(), self.c.replicas());
        let (mut m, mut seen) = (m, vec![]);
        self.sums.fill(0);
        self.signs.fill(true);
        let (mut sweep, mut own) = (0, 0);
        if start == Start::Random {
            for slot in 0..slots {
                for replica in 0..replicas {
                    seen.push(self.slot(m, 0, false, slot, replica));
                }
            }
        }
        loop {
            (sweep, own) = (sweep + 1, own + 1);
            for slot in 0..slots {
                for replica in 0..replicas {
                    seen.push(self.slot(m, sweep, own > m.schedule.burn_in, slot, replica));
                }
            }
            if stop == Some(sweep) || own == m.schedule.burn_in + m.schedule.retained {
                return seen;
            }
            if let Some((after, next)) = swap
                && after == sweep
            {
                (m, own) = (next, 0);
                self.sums.fill(0);
                self.signs.fill(true);
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
