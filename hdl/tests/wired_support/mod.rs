//! Random models of small wired machines, and a plain model of the contract's sections 3 to 7 and 14 written for these tests.

mod machines;

pub use machines::{Dice, Plan, machine};
use spinwright_contract::*;

/// A number of -limit to limit.
pub fn signed(dice: &mut Dice, limit: i64) -> i64 {
    dice.below(2 * limit as u64 + 1) as i64 - limit
}

/// Couplings (by p-bit and tap), tables and schedule of one bank.
#[derive(Clone)]
pub struct Couplings {
    pub weights: Vec<Vec<i64>>,
    pub tables: Vec<Vec<u64>>,
    pub burn_in: u32,
    pub retained: u32,
    pub field_readout: bool,
    /// Sweeps and table of every entry of the beta schedule.
    pub beta: Vec<(u32, usize)>,
}

impl Couplings {
    /// Scheduled table of a sweep, counted from 1.
    pub fn scheduled(&self, sweep: u32) -> usize {
        let used = self.beta.iter().take_while(|entry| entry.0 > 0);
        let mut end = 0;
        let mut table = 0;
        for &(sweeps, entry) in used {
            if end < sweep {
                table = entry;
            }
            end += sweeps;
        }
        table
    }
}

/// Random couplings: symmetric, empty taps 0; tables that keep the contract's symmetry, with both ends of the range.
pub fn random_couplings(c: &ValidSparse, dice: &mut Dice, schedule: (u32, u32, bool)) -> Couplings {
    let graph = c.graph().unwrap();
    let mut weights: Vec<Vec<i64>> = graph.neighbors.iter().map(|taps| vec![0; taps.len()]).collect();
    for i in 0..c.p_bits() {
        for tap in 0..graph.neighbors[i].len() {
            let Some(j) = graph.neighbors[i][tap] else { continue };
            if (j as usize) < i {
                let back = graph.neighbors[j as usize].iter().position(|n| *n == Some(i as u32)).unwrap();
                weights[i][tap] = weights[j as usize][back];
            } else {
                weights[i][tap] = signed(dice, c.weight_max().into());
            }
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
    let (burn_in, retained, field_readout) = schedule;
    let mut beta = vec![(0, 0); c.beta_steps()];
    let used = dice.below(c.beta_steps() as u64 + 1) as usize;
    for entry in &mut beta[..used] {
        *entry = (1 + dice.below(3) as u32, dice.below(c.tables() as u64) as usize);
    }
    Couplings { weights, tables, burn_in, retained, field_readout, beta }
}

pub fn random_biases(c: &ValidSparse, dice: &mut Dice) -> Vec<i64> {
    (0..c.p_bits()).map(|_| signed(dice, c.bias_max().into())).collect()
}

/// One update of all lanes, as foretold or as seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    pub start: bool,
    pub sweep: u32,
    pub slot: usize,
    pub replica: usize,
    pub retained: bool,
    /// None: padding.
    pub spins: Vec<Option<bool>>,
    /// None: padding, or the random start.
    pub fields: Vec<Option<i64>>,
    pub draws: Vec<u64>,
}

/// A sum that was stored: sweep is not known to the hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum {
    pub lane: usize,
    pub slot: usize,
    pub sum: i64,
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

/// The model of a whole machine.
pub struct Model {
    pub c: ValidSparse,
    pub coupling_banks: Vec<Couplings>,
    pub bias_banks: Vec<Vec<i64>>,
    pub generators: Vec<Generator>,
    /// By replica and p-bit.
    pub spins: Vec<Vec<bool>>,
    pub clamps: Vec<Option<bool>>,
    pub selects: Vec<usize>,
    pub sums: Vec<i64>,
    pub ties: Vec<bool>,
    pub updates: Vec<Update>,
    pub stored: Vec<Sum>,
}

/// What ends or changes a run after a sweep.
#[derive(Clone, Copy, Default)]
pub struct Events {
    pub stop_after: Option<u32>,
    pub swap_after: Option<(u32, usize, usize)>,
}

impl Model {
    pub fn run(&mut self, start: Start, banks: (usize, usize), events: Events) {
        let c = self.c.clone();
        let graph = c.graph().unwrap().clone();
        let (mut coupling, mut bias) = banks;
        let mut at = vec![vec![None; c.lanes()]; c.slots()];
        for (p, place) in graph.placement.iter().enumerate() {
            at[place.slot as usize][place.lane as usize] = Some(p);
        }
        self.sums.fill(0);
        self.ties.fill(true);
        if start == Start::Random {
            for (slot, p_bits) in at.iter().enumerate() {
                for replica in 0..c.replicas() {
                    let draws: Vec<u64> = self.generators.iter_mut().map(|g| g.draw(c.draw_bits())).collect();
                    let mut spins = vec![None; c.lanes()];
                    for (lane, &p) in p_bits.iter().enumerate() {
                        let Some(p) = p else { continue };
                        let up = self.clamps[p].unwrap_or(draws[lane] < 1 << (c.draw_bits() - 1));
                        self.spins[replica][p] = up;
                        spins[lane] = Some(up);
                    }
                    let fields = vec![None; c.lanes()];
                    let update = Update {
                        start: true,
                        sweep: 0,
                        slot,
                        replica,
                        retained: false,
                        spins,
                        fields,
                        draws,
                    };
                    self.updates.push(update);
                }
            }
        }
        let (mut sweep, mut since) = (0, 0);
        loop {
            sweep += 1;
            since += 1;
            let bank = self.coupling_banks[coupling].clone();
            let retained = since > bank.burn_in;
            for (slot, p_bits) in at.iter().enumerate() {
                for replica in 0..c.replicas() {
                    let draws: Vec<u64> = self.generators.iter_mut().map(|g| g.draw(c.draw_bits())).collect();
                    let (mut spins, mut fields) = (vec![None; c.lanes()], vec![None; c.lanes()]);
                    for (lane, &p) in p_bits.iter().enumerate() {
                        let Some(p) = p else { continue };
                        let terms = graph.neighbors[p].iter().zip(&bank.weights[p]).map(|(n, w)| match n {
                            Some(n) if self.spins[replica][*n as usize] => *w,
                            Some(_) => -*w,
                            None => 0,
                        });
                        let sum: i64 = terms.sum();
                        let exact =
                            (sum << c.shifts().coupling) + (self.bias_banks[bias][p] << c.shifts().bias);
                        let limit = i64::from(c.field_max());
                        let field = exact.clamp(-limit, limit);
                        let size = 1i64 << c.field_bits();
                        let threshold = bank.tables
                            [(self.selects[replica] + bank.scheduled(since)).min(c.tables() - 1)]
                            [field.rem_euclid(size) as usize];
                        let up = self.clamps[p].unwrap_or(draws[lane] < threshold);
                        spins[lane] = Some(up);
                        fields[lane] = Some(field);
                        if retained {
                            self.sums[p] += if bank.field_readout { field } else { 2 * i64::from(up) - 1 };
                            self.ties[p] = if bank.field_readout { field >= 0 } else { up };
                        }
                    }
                    for (&p, spin) in p_bits.iter().zip(&spins) {
                        if let (Some(p), Some(spin)) = (p, spin) {
                            self.spins[replica][p] = *spin;
                        }
                    }
                    self.updates.push(Update {
                        start: false,
                        sweep,
                        slot,
                        replica,
                        retained,
                        spins,
                        fields,
                        draws,
                    });
                }
                for (lane, &p) in p_bits.iter().enumerate() {
                    if let (true, Some(p)) = (retained, p) {
                        self.stored.push(Sum { lane, slot, sum: self.sums[p] });
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

    /// Sign of a p-bit's sum.
    pub fn sign(&self, p: usize) -> bool {
        if self.sums[p] == 0 { self.ties[p] } else { self.sums[p] > 0 }
    }
}
