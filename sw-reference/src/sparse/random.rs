//! Random sparse machines and contents: what cross-checks run on when no graph is given.

use super::{BetaStep, SparseContents};
use crate::stream::SplitMix64;
use spinwright_contract::sparse::Topology;
use spinwright_contract::{
    CONTRACT_VERSION, Place, RandomSource, Readout, Schedule, SparseConfig, SparseGraph, SparseShifts, Start,
    ValidSparse,
};

/// A number of `0..bound`.
fn below(random: &mut SplitMix64, bound: usize) -> usize {
    (random.next_word() % bound as u64) as usize
}

fn shuffle<T>(random: &mut SplitMix64, list: &mut [T]) {
    for i in (1..list.len()).rev() {
        list.swap(i, below(random, i + 1));
    }
}

/// A machine on a random graph, everything that is not given here chosen at random from the seed: places, padding, tap order,
/// empty taps, bits, shifts, replicas, banks, tables, generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomGraph {
    /// Decides everything that is random.
    pub seed: u64,
    /// Number of p-bits, at least `colors`.
    pub p_bits: usize,
    /// Most neighbors of a p-bit; most p-bits have that many where the graph allows it.
    pub degree: usize,
    /// Number of colors.
    pub colors: usize,
    /// Lanes; the machine has as many slots as the p-bits of every color then need.
    pub lanes: usize,
}

impl RandomGraph {
    /// The configuration of the machine. It is valid as long as its slots and spins fit (`docs/contract.md`, section 14).
    ///
    /// # Panics
    /// If there are fewer p-bits than colors, or no colors or lanes.
    pub fn config(&self) -> SparseConfig {
        let mut random = SplitMix64::new(self.seed);
        let r = &mut random;
        let graph = self.graph(r);
        let lfsr = below(r, 2) == 0;
        let weight_bits = 2 + below(r, 7) as u32;
        let most = 8192 / graph.p_bits().div_ceil(32);
        SparseConfig {
            contract: CONTRACT_VERSION,
            name: format!("random_{}", self.seed),
            topology: Topology::Wired { graph, group: 1 + below(r, 4) },
            lanes: self.lanes,
            replicas: 1 + below(r, most.min(7)),
            weight_bits,
            bias_bits: 2 + below(r, 7) as u32,
            field_bits: 4 + below(r, 5) as u32,
            draw_bits: 8 + below(r, if lfsr { 12 } else { 17 }) as u32,
            shifts: SparseShifts { coupling: below(r, 3) as u32, bias: below(r, 3) as u32 },
            random_source: if lfsr { RandomSource::Lfsr64 } else { RandomSource::Xoshiro128PlusPlus },
            coupling_banks: 2 + below(r, 2),
            bias_banks: 2 + below(r, 2),
            tables: 1 + below(r, 4),
            max_sweeps: 1 + below(r, 200) as u32,
            beta_steps: [0, 1, 4][below(r, 3)],
            energy: false,
            ladder: false,
            timing: Default::default(),
        }
    }

    fn graph(&self, random: &mut SplitMix64) -> SparseGraph {
        let n = self.p_bits;
        assert!(self.colors > 0 && self.colors <= n && self.lanes > 0, "every color has a p-bit and a lane");
        let mut colors: Vec<usize> =
            (0..n).map(|i| if i < self.colors { i } else { below(random, self.colors) }).collect();
        shuffle(random, &mut colors);
        let mut neighbors = vec![Vec::new(); n];
        for _ in 0..4 * n * self.degree {
            let (i, j) = (below(random, n), below(random, n));
            let full = |i: usize| neighbors[i].len() >= self.degree;
            if colors[i] != colors[j] && !full(i) && !full(j) && !neighbors[i].contains(&Some(j as u32)) {
                neighbors[i].push(Some(j as u32));
                neighbors[j].push(Some(i as u32));
            }
        }
        for taps in &mut neighbors {
            if below(random, 8) == 0 {
                taps.push(None);
            }
            shuffle(random, taps);
        }
        let mut placement = vec![Place { lane: 0, slot: 0 }; n];
        let mut slot_colors = Vec::new();
        for color in 0..self.colors {
            let members: Vec<usize> = (0..n).filter(|&i| colors[i] == color).collect();
            let first = slot_colors.len();
            let slots = members.len().div_ceil(self.lanes);
            slot_colors.extend(std::iter::repeat_n(color as u32, slots));
            let mut places: Vec<(usize, usize)> =
                (0..self.lanes * slots).map(|k| (k % self.lanes, first + k / self.lanes)).collect();
            shuffle(random, &mut places);
            for (&i, &(lane, slot)) in members.iter().zip(&places) {
                placement[i] = Place { lane: lane as u32, slot: slot as u32 };
            }
        }
        SparseGraph { neighbors, placement, slot_colors }
    }
}

/// Contents with random weights that fill their ranges, from one seed. The grid brings a typical exact field to about a third of its
/// range, so that saturation, both table ends and the middle are all met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomSparse {
    /// Decides everything that is random.
    pub seed: u64,
    /// Lengths and readout.
    pub schedule: Schedule,
    /// Start of the image.
    pub start: Start,
    /// Bias sets, 1 to the machine's bias banks.
    pub bias_sets: usize,
}

impl RandomSparse {
    /// One bias set, 1 sweep of burn-in, 3 retained (as far as the machine allows), readout `spin`, random start.
    pub fn new(config: &ValidSparse, seed: u64) -> Self {
        let limit = config.max_sweeps();
        let schedule = Schedule { burn_in: 1.min(limit), retained: 3.min(limit), readout: Readout::Spin };
        Self { seed, schedule, start: Start::Random, bias_sets: 1 }
    }

    /// The contents for a machine: random weights, betas 1, 1/2, 1/3 ... (with a ladder ascending ones up to 1), a random beta schedule where the machine has one.
    ///
    /// # Panics
    /// If the machine is addressed: it has no graph of its own.
    pub fn generate(&self, config: &ValidSparse) -> SparseContents {
        self.generate_on(config, config.graph().expect("a wired machine has a graph"))
    }

    /// [`Self::generate`] on a graph: the machine's own, or one that an addressed machine is to take.
    pub fn generate_on(&self, config: &ValidSparse, graph: &SparseGraph) -> SparseContents {
        let mut random = SplitMix64::new(self.seed);
        // Unequal steps, so that rungs have thresholds of their own.
        let rung = |i: usize| ((i + 1) as f32 / config.tables() as f32).powi(2);
        let beta = |i: usize| if config.ladder() { rung(i) } else { 1.0 / (i + 1) as f32 };
        let betas: Vec<f32> = (0..config.tables()).map(beta).collect();
        let grid = config.field_bits() as i32 - 3;
        let mut contents = SparseContents::zeros_on(config, graph, grid, &betas, self.schedule, self.start);
        let degree = graph.max_degree().max(1);
        let bound = |limit: i32, terms: usize, shift: u32| {
            let wanted =
                1.5 * f64::from(config.field_max()) / (terms as f64).sqrt() / f64::from(1u32 << shift);
            limit.min((wanted as i32).max(1))
        };
        let mut number = |bound: i32| ((random.next_word() % (2 * bound as u64 + 1)) as i32 - bound) as i16;
        let shifts = config.shifts();
        let coupling = bound(config.weight_max(), degree, shifts.coupling);
        contents.couplings.iter_mut().for_each(|raw| *raw = number(coupling));
        let bias = bound(config.bias_max(), 9, shifts.bias);
        contents.bias_sets = vec![contents.bias_sets[0].clone(); self.bias_sets];
        contents.bias_sets.iter_mut().flatten().for_each(|raw| *raw = number(bias));
        // The range's ends are always there.
        if let Some(first) = contents.couplings.first_mut() {
            *first = config.weight_max() as i16;
        }
        if let Some(last) = contents.couplings.last_mut() {
            *last = -config.weight_max() as i16;
        }
        contents.bias_sets[0][0] = config.bias_max() as i16;
        let steps = below(&mut random, config.beta_steps() + 1);
        contents.beta_schedule = (0..steps)
            .map(|_| BetaStep {
                sweeps: 1 + below(&mut random, config.max_sweeps().min(3) as usize) as u32,
                table: below(&mut random, config.tables()) as u32,
            })
            .collect();
        contents
    }
}
