//! Small addressed machines, random banks for them, and a plain model of the contract's sections 3 to 7 and 14 written for these tests.
//!
//! The model knows positions only: every position of a slot in use is a p-bit, with or without neighbors.

mod machines;

pub use machines::{Plan, machine};
use spinwright_contract::sparse::{ENDS_COLOR, ENDS_SLOT, ENDS_SWEEP, ValidSparse};
use spinwright_contract::*;

/// A small generator of test data.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut y = self.0;
        y = (y ^ (y >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        y = (y ^ (y >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        y ^ (y >> 31)
    }
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
    /// A number of -limit to limit.
    pub fn signed(&mut self, limit: i64) -> i64 {
        self.below(2 * limit as u64 + 1) as i64 - limit
    }
}

/// Graph, couplings, tables and schedule of one bank.
#[derive(Clone)]
pub struct Couplings {
    pub slot_colors: Vec<u32>,
    /// Position and weight of every neighbor, by position.
    pub neighbors: Vec<Vec<(usize, i64)>>,
    pub tables: Vec<Vec<u64>>,
    /// Sweeps and table of every entry; 0, 0 behind the end.
    pub beta: Vec<(u32, usize)>,
    pub burn_in: u32,
    pub retained: u32,
    pub field_readout: bool,
}

/// One lane's row of a load stream.
pub struct Row {
    /// Where slot, color and sweep end.
    pub ends: u32,
    /// Position and weight of its taps.
    pub taps: Vec<(usize, i64)>,
}

impl Couplings {
    /// The scheduled table of a sweep, counted from 1 since the bank became active.
    pub fn scheduled(&self, sweep: u32) -> usize {
        let mut end = 0;
        let mut table = 0;
        for &(sweeps, own) in self.beta.iter().take_while(|entry| entry.0 > 0) {
            if end < sweep {
                table = own;
            }
            end += sweeps;
        }
        table
    }

    /// Every row of a lane, those not in use too.
    pub fn row_words(&self, lane: usize, lanes: usize, rows: usize, taps: usize) -> Vec<Row> {
        let used = self.rows(lanes, taps);
        let slot = |row: usize| used.get(row).map(|r| r.0);
        let color = |row: usize| slot(row).map(|s| self.slot_colors[s]);
        let row = |row: usize| {
            let ends = [
                (slot(row) != slot(row + 1), ENDS_SLOT),
                (color(row) != color(row + 1), ENDS_COLOR),
                (row + 1 == used.len(), ENDS_SWEEP),
            ];
            let list = used.get(row).map(|&(slot, first)| (&self.neighbors[slot * lanes + lane], first));
            let of_row = |(list, first): (&Vec<(usize, i64)>, usize)| {
                list.iter().skip(first).take(taps).copied().collect()
            };
            Row {
                ends: ends.iter().map(|&(ends, flag)| if ends { flag } else { 0 }).sum(),
                taps: list.map_or(vec![], of_row),
            }
        };
        (0..rows).map(row).collect()
    }

    /// Slot and first tap of every row.
    pub fn rows(&self, lanes: usize, taps: usize) -> Vec<(usize, usize)> {
        let mut rows = vec![];
        for slot in 0..self.slot_colors.len() {
            let most = (0..lanes).map(|lane| self.neighbors[slot * lanes + lane].len()).max().unwrap();
            (0..most.div_ceil(taps).max(1)).for_each(|k| rows.push((slot, k * taps)));
        }
        rows
    }
}

/// A random symmetric graph between slots of different colors; tables that keep the contract's symmetry, with both ends of the range.
pub fn random_couplings(
    c: &ValidSparse,
    colors: &[u32],
    edges: usize,
    dice: &mut Dice,
    schedule: (u32, u32, bool),
) -> Couplings {
    let room = c.room().unwrap();
    let positions = (colors.len() * c.lanes()) as u64;
    let mut neighbors: Vec<Vec<(usize, i64)>> = vec![vec![]; c.p_bits()];
    let mut made = 0;
    for _ in 0..20 * edges {
        // The first positions get more neighbors than the others.
        let i = dice.below(positions).min(dice.below(positions)) as usize;
        let j = dice.below(positions) as usize;
        let known = neighbors[i].iter().any(|n| n.0 == j);
        let full = neighbors[i].len() >= room.degree || neighbors[j].len() >= room.degree;
        if made < edges && colors[i / c.lanes()] != colors[j / c.lanes()] && !known && !full {
            let weight = dice.signed(c.weight_max().into());
            neighbors[i].push((j, weight));
            neighbors[j].push((i, weight));
            made += 1;
        }
    }
    let (size, one) = (1usize << c.field_bits(), 1u64 << c.draw_bits());
    let table = |dice: &mut Dice| {
        let mut table = vec![one / 2; size];
        for f in 1..size / 2 {
            let value = match dice.below(8) {
                0 => 0,
                1 => one,
                _ => dice.below(one + 1),
            };
            table[f] = value;
            table[size - f] = one - value;
        }
        table[size / 2] = table[size / 2 + 1];
        table
    };
    let tables = (0..c.tables()).map(|_| table(dice)).collect();
    let used = dice.below(c.beta_steps() as u64 + 1) as usize;
    let entry = |e: usize| (1 + dice.below(3) as u32, dice.below(c.tables() as u64) as usize, e < used);
    let beta =
        (0..c.beta_steps()).map(entry).map(|(s, t, used)| if used { (s, t) } else { (0, 0) }).collect();
    let (burn_in, retained, field_readout) = schedule;
    Couplings { beta, slot_colors: colors.to_vec(), neighbors, tables, burn_in, retained, field_readout }
}

pub fn random_biases(c: &ValidSparse, dice: &mut Dice) -> Vec<i64> {
    (0..c.p_bits()).map(|_| dice.signed(c.bias_max().into())).collect()
}

/// One update of all lanes, as foretold or as seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    pub start: bool,
    pub sweep: u32,
    pub slot: usize,
    pub replica: usize,
    pub retained: bool,
    /// Empty for the random start.
    pub fields: Vec<i64>,
    pub draws: Vec<u64>,
}

pub enum Generator {
    Lfsr(u64),
    Xoshiro([u32; 4]),
}

impl Generator {
    pub fn new(words: &[u32]) -> Self {
        match words {
            [low, high] => Generator::Lfsr(u64::from(*high) << 32 | u64::from(*low)),
            [a, b, c, d] => Generator::Xoshiro([*a, *b, *c, *d]),
            _ => unreachable!(),
        }
    }
    pub fn draw(&mut self, bits: u32) -> u64 {
        match self {
            Generator::Lfsr(s) => {
                for _ in 0..19 {
                    *s = *s << 1 | ((*s >> 29 ^ *s >> 45 ^ *s >> 52 ^ *s >> 63) & 1);
                }
                (*s & 0x7_ffff) >> (19 - bits)
            }
            Generator::Xoshiro(state) => {
                let [a, b, c, d] = *state;
                let (c2, d2) = (c ^ a, d ^ b);
                *state = [a ^ d2, b ^ c2, c2 ^ b << 9, d2.rotate_left(11)];
                u64::from(a.wrapping_add(d).rotate_left(7).wrapping_add(a) >> (32 - bits))
            }
        }
    }
}

/// What ends or changes a run after a sweep.
#[derive(Clone, Copy, Default)]
pub struct Events {
    pub stop_after: Option<u32>,
    pub swap_after: Option<(u32, usize, usize)>,
}

/// The model of a whole machine.
pub struct Model {
    pub c: ValidSparse,
    pub coupling_banks: Vec<Couplings>,
    pub bias_banks: Vec<Vec<i64>>,
    pub generators: Vec<Generator>,
    /// By position; replica r in bit r.
    pub spins: Vec<u64>,
    pub clamps: Vec<Option<bool>>,
    pub selects: Vec<usize>,
    pub sums: Vec<i64>,
    pub ties: Vec<bool>,
    pub updates: Vec<Update>,
    /// Position and spins, in the order of their writes.
    pub words: Vec<(usize, u64)>,
    /// Position and sum, in the order of their writes.
    pub stored: Vec<(usize, i64)>,
    /// Positions that the bank in use updates.
    pub in_use: usize,
    /// Rows and colors walked through, with their clocks.
    pub clocks: u64,
}

impl Model {
    fn draws(&mut self) -> Vec<u64> {
        let bits = self.c.draw_bits();
        self.generators.iter_mut().map(|g| g.draw(bits)).collect()
    }

    fn set(&mut self, position: usize, replica: usize, up: bool) {
        let up = self.clamps[position].unwrap_or(up);
        self.spins[position] = self.spins[position] & !(1 << replica) | u64::from(up) << replica;
    }

    pub fn run(
        &mut self,
        start: Start,
        banks: (usize, usize),
        events: Events,
        sweep_clocks: impl Fn(usize, usize) -> u64,
    ) {
        let c = self.c.clone();
        let (lanes, taps) = (c.lanes(), c.room().unwrap().taps);
        let (mut coupling, mut bias) = banks;
        self.sums.fill(0);
        self.ties.fill(true);
        self.clocks = 0;
        let spent = |bank: &Couplings| {
            sweep_clocks(bank.rows(lanes, taps).len(), *bank.slot_colors.last().unwrap() as usize + 1)
        };
        if start == Start::Random {
            let bank = self.coupling_banks[coupling].clone();
            self.clocks += spent(&bank);
            for slot in 0..bank.slot_colors.len() {
                for replica in 0..c.replicas() {
                    let draws = self.draws();
                    (0..lanes).for_each(|l| {
                        self.set(slot * lanes + l, replica, draws[l] < 1 << (c.draw_bits() - 1))
                    });
                    let fields = vec![];
                    self.updates.push(Update {
                        start: true,
                        sweep: 0,
                        slot,
                        replica,
                        retained: false,
                        fields,
                        draws,
                    });
                }
                (0..lanes).for_each(|l| self.words.push((slot * lanes + l, self.spins[slot * lanes + l])));
            }
        }
        let (mut sweep, mut since) = (0, 0);
        loop {
            sweep += 1;
            since += 1;
            let bank = self.coupling_banks[coupling].clone();
            let retained = since > bank.burn_in;
            self.in_use = bank.slot_colors.len() * lanes;
            self.clocks += spent(&bank);
            for slot in 0..bank.slot_colors.len() {
                for replica in 0..c.replicas() {
                    let draws = self.draws();
                    let mut fields = vec![];
                    for (lane, draw) in draws.iter().enumerate() {
                        let at = slot * lanes + lane;
                        let spin = |p: usize| if self.spins[p] >> replica & 1 == 1 { 1 } else { -1 };
                        let sum: i64 = bank.neighbors[at].iter().map(|&(p, w)| spin(p) * w).sum();
                        let exact =
                            (sum << c.shifts().coupling) + (self.bias_banks[bias][at] << c.shifts().bias);
                        let limit = i64::from(c.field_max());
                        let field = exact.clamp(-limit, limit);
                        let size = 1i64 << c.field_bits();
                        let table = (self.selects[replica] + bank.scheduled(since)).min(c.tables() - 1);
                        let threshold = bank.tables[table][field.rem_euclid(size) as usize];
                        self.set(at, replica, *draw < threshold);
                        fields.push(field);
                        if retained {
                            let up = self.spins[at] >> replica & 1 == 1;
                            self.sums[at] += if bank.field_readout { field } else { 2 * i64::from(up) - 1 };
                            self.ties[at] = if bank.field_readout { field >= 0 } else { up };
                        }
                    }
                    self.updates.push(Update { start: false, sweep, slot, replica, retained, fields, draws });
                }
                for at in slot * lanes..(slot + 1) * lanes {
                    self.words.push((at, self.spins[at]));
                    if retained {
                        self.stored.push((at, self.sums[at]));
                    }
                }
            }
            if events.stop_after == Some(sweep) || since == bank.burn_in + bank.retained {
                return;
            }
            if let Some((after, new_coupling, new_bias)) = events.swap_after
                && after == sweep
            {
                (coupling, bias, since) = (new_coupling, new_bias, 0);
                self.sums.fill(0);
                self.ties.fill(true);
            }
        }
    }

    /// Sign of a position's sum.
    pub fn sign(&self, p: usize) -> bool {
        if self.sums[p] == 0 { self.ties[p] } else { self.sums[p] > 0 }
    }
}
