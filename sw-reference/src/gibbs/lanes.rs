//! Any couplings, many replicas: 32 replicas of a p-bit in one word.
//!
//! Two ways of updating them. Directly: the field in floats, 16 replicas in a vector, times the replicas' own betas, through
//! [`Vector::logistic`] (draws of 24 bits). By tables: a p-bit with at most six neighbors has at most 64 thresholds; they are
//! computed once in double precision, rounded to 32 bits and looked up with the neighbors' spins as index, 32 replicas in
//! a vector. The draw's lower 16 bits are only taken where the upper 16 equal the threshold's. Tables need one beta for all replicas
//! and pay from the second sweep at that beta on, so that is when they are used.

use super::engine::{Betas, Engine, Setup, for_all, free_by_color, neighbors};
use super::planes::threshold;
use super::random::{Generator, Random, Streams};
use super::vector::{Block, ENTRIES, FLOATS, Floats, Kernel, Lookup, SHORTS, Vector, dispatch};
use crate::fast::Path;
use crate::models::ColoredModel;
use std::f64::consts::LOG2_E;

/// Most words of a group: 256 replicas.
const GROUP_WORDS: usize = 8;
/// Replicas of a group.
const GROUP: usize = GROUP_WORDS * SHORTS;
/// Most neighbors of a p-bit with a table.
const TABLE_DEGREE: usize = ENTRIES.ilog2() as usize;
/// Largest factor between field and exponent of 2: beyond it every decision is certain, and floats overflow.
const STEEPEST: f64 = 1e30;

/// P-bits of one color with the same number of neighbors.
#[derive(Debug, Clone)]
struct Run {
    degree: usize,
    p_bits: Vec<u32>,
    /// `degree` for every p-bit.
    neighbors: Vec<u32>,
    /// Twice the coupling over the model's scale, likewise.
    couplings: Vec<f32>,
    /// The local field with all neighbors down, over the model's scale.
    bases: Vec<f32>,
}

/// What all groups share.
#[derive(Debug, Clone)]
struct Plan {
    runs: Vec<Run>,
    /// The largest bias or coupling.
    scale: f64,
    degree: usize,
}

/// Thresholds of the p-bits in the plan's order: upper and lower halves.
struct Tables {
    beta: f64,
    upper: Vec<Lookup>,
    lower: Vec<Lookup>,
}

/// The largest size of a model's numbers, 1 where there is none.
pub(super) fn scale(model: &ColoredModel) -> f64 {
    let numbers = model.model().biases().iter().chain(&model.model().couplings().values);
    let largest = numbers.fold(0.0f64, |most, value| most.max(value.abs()));
    if largest > 0.0 { largest } else { 1.0 }
}

/// What a field over the scale is multiplied with: 2 beta log2(e) scale.
pub(super) fn steepness(beta: f64, scale: f64) -> f32 {
    (2.0 * beta * LOG2_E * scale).clamp(-STEEPEST, STEEPEST) as f32
}

impl Plan {
    fn new(model: &ColoredModel, held: &[bool]) -> Self {
        let (scale, mut runs) = (scale(model), Vec::<Run>::new());
        for mut color in free_by_color(model, held) {
            let degree = |&i: &u32| neighbors(model, i as usize).count();
            color.sort_by_key(degree);
            for p_bits in color.chunk_by(|a, b| degree(a) == degree(b)) {
                let rows = || p_bits.iter().flat_map(|&i| neighbors(model, i as usize));
                let base = |&i: &u32| {
                    let sum: f64 = neighbors(model, i as usize).map(|(_, value)| value).sum();
                    ((model.model().biases()[i as usize] - sum) / scale) as f32
                };
                runs.push(Run {
                    degree: degree(&p_bits[0]),
                    p_bits: p_bits.to_vec(),
                    neighbors: rows().map(|(j, _)| j as u32).collect(),
                    couplings: rows().map(|(_, value)| (2.0 * value / scale) as f32).collect(),
                    bases: p_bits.iter().map(base).collect(),
                });
            }
        }
        let degree = runs.iter().map(|run| run.degree).max().unwrap_or(0);
        Self { runs, scale, degree }
    }

    /// P-bits that are updated.
    fn free(&self) -> usize {
        self.runs.iter().map(|run| run.p_bits.len()).sum()
    }

    /// All thresholds of all p-bits.
    fn tables(&self, model: &ColoredModel, beta: f64) -> Tables {
        let p_bits = self.free();
        let none = Lookup([0; ENTRIES]);
        let mut tables = Tables { beta, upper: vec![none; p_bits], lower: vec![none; p_bits] };
        let p_bits = self.runs.iter().flat_map(|run| &run.p_bits);
        for ((&i, upper), lower) in p_bits.zip(&mut tables.upper).zip(&mut tables.lower) {
            let row: Vec<f64> = neighbors(model, i as usize).map(|(_, value)| value).collect();
            let mut fields = [0.0; ENTRIES];
            fields[0] = model.model().biases()[i as usize] - row.iter().sum::<f64>();
            for (d, value) in row.iter().enumerate() {
                for index in 0..1 << d {
                    fields[index | 1 << d] = fields[index] + 2.0 * value;
                }
            }
            for (index, &field) in fields.iter().enumerate().take(1 << row.len()) {
                let threshold = threshold(beta, field);
                upper.0[index] = (threshold >> 16) as u16;
                lower.0[index] = threshold as u16;
            }
        }
        tables
    }
}

/// 256 replicas or the rest of them.
#[derive(Debug, Clone)]
struct Group {
    random: Generator,
    /// Words of a p-bit.
    words: usize,
    /// Replica r of p-bit i is bit r mod 32 of word i x words + r div 32.
    spins: Vec<u32>,
}

/// Sweeps of a group by tables.
struct ByTables<'a>(&'a Plan, &'a Tables, &'a mut Group, usize);

/// Updates the p-bits of a run by their tables.
#[inline(always)]
fn look_up<V: Vector, const D: usize>(
    run: &Run,
    (upper, lower): (&[Lookup], &[Lookup]),
    (spins, words): (&mut [u32], usize),
    random: &mut Random<V>,
) {
    let tables = upper.iter().zip(lower);
    for ((k, &i), (upper, lower)) in run.p_bits.iter().enumerate().zip(tables) {
        let rows: [usize; D] = std::array::from_fn(|d| run.neighbors[k * D + d] as usize * words);
        for word in 0..words {
            let mut masks = [0; D];
            for d in 0..D {
                masks[d] = spins[rows[d] + word];
            }
            let (mut up, equal) = random.next().compare(masks, upper);
            if equal != 0 {
                up |= equal & random.next().compare(masks, lower).0;
            }
            spins[i as usize * words + word] = up;
        }
    }
}

impl Kernel for ByTables<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Self(plan, tables, Group { random: generator, words, spins }, sweeps) = self;
        let mut random = generator.start::<V>();
        for _ in 0..sweeps {
            let mut first = 0;
            for run in &plan.runs {
                let tables = (&tables.upper[first..], &tables.lower[first..]);
                macro_rules! by_degree {
                    ($($degree:literal)*) => {
                        match run.degree {
                            $($degree => look_up::<V, $degree>(run, tables, (spins, *words), &mut random),)*
                            _ => unreachable!("tables are for at most {TABLE_DEGREE} neighbors"),
                        }
                    };
                }
                by_degree!(0 1 2 3 4 5 6);
                first += run.p_bits.len();
            }
        }
        random.rest(generator);
    }
}

/// Sweeps of a group directly; one steepness for 16 replicas' lanes each, two for every word.
struct Directly<'a>(&'a Plan, &'a [[Floats; 2]], &'a mut Group, usize);

impl Kernel for Directly<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Self(plan, steepness, Group { random: generator, words, spins }, sweeps) = self;
        let words = *words;
        let mut random = generator.start::<V>();
        for run in (0..sweeps).flat_map(|_| &plan.runs) {
            for (k, (&i, &base)) in run.p_bits.iter().zip(&run.bases).enumerate() {
                let row = k * run.degree..(k + 1) * run.degree;
                let (neighbors, couplings) = (&run.neighbors[row.clone()], &run.couplings[row]);
                for (word, steepness) in steepness.iter().enumerate() {
                    let mut fields = [V::splat_real(base); 2];
                    for (&j, &coupling) in neighbors.iter().zip(couplings) {
                        let (mask, coupling) = (spins[j as usize * words + word], V::splat_real(coupling));
                        fields[0] = V::add_masked(fields[0], mask as u16, coupling);
                        fields[1] = V::add_masked(fields[1], (mask >> 16) as u16, coupling);
                    }
                    let low = V::multiply(fields[0], V::load_real(&steepness[0]));
                    let low = random.next().logistic(low);
                    let high = V::multiply(fields[1], V::load_real(&steepness[1]));
                    let high = random.next().logistic(high);
                    spins[i as usize * words + word] = u32::from(low) | u32::from(high) << 16;
                }
            }
        }
        random.rest(generator);
    }
}

/// The engine.
pub(super) struct Lanes {
    plan: Plan,
    model: ColoredModel,
    groups: Vec<Group>,
    tables: Option<Tables>,
    /// The beta of the last sweep, where all replicas had the same.
    last: Option<f64>,
    path: Path,
    replicas: usize,
}

impl Lanes {
    /// Takes every model.
    pub(super) fn new(setup: &Setup) -> Self {
        let p_bits = setup.model.model().p_bits();
        let groups = setup.replicas.div_ceil(GROUP);
        let group = |(k, random): (usize, Generator)| {
            let words = (setup.replicas - k * GROUP).min(GROUP).div_ceil(SHORTS);
            Group { random, words, spins: vec![0; p_bits * words] }
        };
        Self {
            plan: Plan::new(setup.model, setup.held),
            model: setup.model.clone(),
            groups: Streams::new(setup.seed).take(groups).enumerate().map(group).collect(),
            tables: None,
            last: None,
            path: setup.path,
            replicas: setup.replicas,
        }
    }

    fn run_directly(&mut self, betas: &[f64], sweeps: usize) {
        let (plan, path, replicas) = (&self.plan, self.path, self.replicas);
        let updates = sweeps * replicas * plan.free();
        for_all(&mut self.groups, updates, |k, group| {
            let beta = |r: usize| if betas.len() == 1 { betas[0] } else { betas[r.min(replicas - 1)] };
            let steepness: Vec<[Floats; 2]> = (0..group.words)
                .map(|word| {
                    let lane = |half, lane| k * GROUP + word * SHORTS + half * FLOATS + lane;
                    std::array::from_fn(|half| {
                        Floats(std::array::from_fn(|l| steepness(beta(lane(half, l)), plan.scale)))
                    })
                })
                .collect();
            dispatch(path, Directly(plan, &steepness, group, sweeps));
        });
    }

    fn run_by_tables(&mut self, beta: f64, sweeps: usize) {
        let tables = match self.tables.take() {
            Some(tables) if tables.beta == beta => tables,
            _ => self.plan.tables(&self.model, beta),
        };
        let (plan, path) = (&self.plan, self.path);
        let updates = sweeps * self.replicas * plan.free();
        for_all(&mut self.groups, updates, |_, group| {
            dispatch(path, ByTables(plan, &tables, group, sweeps));
        });
        self.tables = Some(tables);
    }
}

impl Engine for Lanes {
    fn run(&mut self, betas: Betas) {
        for (betas, mut sweeps) in betas.stretches() {
            let same = if betas.len() == 1 { Some(betas[0]) } else { None };
            if self.last != same || same.is_none() || self.plan.degree > TABLE_DEGREE {
                let direct =
                    if same.is_none() || self.plan.degree > TABLE_DEGREE { sweeps } else { 1.min(sweeps) };
                self.run_directly(betas, direct);
                sweeps -= direct;
            }
            self.last = same;
            if let Some(beta) = same
                && sweeps > 0
            {
                self.run_by_tables(beta, sweeps);
            }
        }
    }

    fn spin(&self, replica: usize, p_bit: usize) -> bool {
        let (group, r) = (&self.groups[replica / GROUP], replica % GROUP);
        group.spins[p_bit * group.words + r / SHORTS] >> (r % SHORTS) & 1 == 1
    }

    fn set_spin(&mut self, replica: usize, p_bit: usize, up: bool) {
        let (group, r) = (&mut self.groups[replica / GROUP], replica % GROUP);
        let word = &mut group.spins[p_bit * group.words + r / SHORTS];
        *word = *word & !(1 << (r % SHORTS)) | u32::from(up) << (r % SHORTS);
    }

    fn randomize(&mut self) {
        let (plan, path) = (&self.plan, self.path);
        for_all(&mut self.groups, 0, |_, group| dispatch(path, Randomize(plan, group)));
    }

    fn replan(&mut self, model: &ColoredModel, held: &[bool]) -> bool {
        self.plan = Plan::new(model, held);
        self.model = model.clone();
        (self.tables, self.last) = (None, None);
        true
    }

    fn energies(&self, model: &ColoredModel) -> Vec<f64> {
        super::energy::of_replicas(model, self.replicas, self.path, |p_bit, words| {
            for (group, words) in self.groups.iter().zip(words.chunks_mut(GROUP / 64)) {
                let row = &group.spins[p_bit * group.words..][..group.words];
                for (word, pair) in words.iter_mut().zip(row.chunks(2)) {
                    *word = pair.iter().rev().fold(0, |word, &half| word << 32 | u64::from(half));
                }
            }
        })
    }
}

/// Random spins of the p-bits of the plan.
struct Randomize<'a>(&'a Plan, &'a mut Group);

impl Kernel for Randomize<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let mut random = self.1.random.start::<V>();
        let words = self.1.words;
        for &i in self.0.runs.iter().flat_map(|run| &run.p_bits) {
            let mut block = Block::default();
            random.next().store(&mut block);
            let halves = block.0.iter().flat_map(|&word| [word as u32, (word >> 32) as u32]);
            self.1.spins[i as usize * words..][..words]
                .iter_mut()
                .zip(halves)
                .for_each(|(s, half)| *s = half);
        }
        random.rest(&mut self.1.random);
    }
}
