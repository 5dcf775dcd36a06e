//! Couplings of one size, many replicas: bit r of a p-bit's block is its spin in replica r. See [`super::planes`].

use super::engine::{Betas, Engine, Setup, for_all, free_by_color, neighbors};
use super::planes::{DIGITS, MAX_DEGREE, set_all, thresholds, update};
use super::random::{Generator, Random, Streams};
use super::vector::{BITS, Block, Kernel, Vector, dispatch};
use crate::fast::Path;
use crate::models::ColoredModel;

/// Most blocks of thresholds: they stay in the second-level cache.
const MAX_PLANES: usize = 1 << 12;

/// P-bits of one color that have the same number of neighbors and the same bias.
#[derive(Debug, Clone, PartialEq)]
struct Run {
    degree: usize,
    folded: bool,
    bias: f64,
    /// First block of its thresholds.
    planes: usize,
    /// Its p-bits.
    p_bits: Vec<u32>,
    /// 2 x neighbor + 1 where the coupling is negative, `degree` for every p-bit.
    neighbors: Vec<u32>,
}

/// What all groups share.
#[derive(Debug, Clone)]
struct Plan {
    q: f64,
    runs: Vec<Run>,
    planes: usize,
}

/// The one size of all couplings; `None` when there are several, or a p-bit has too many neighbors.
pub(super) fn one_size(model: &ColoredModel) -> Option<f64> {
    let mut sizes =
        model.model().couplings().values.iter().map(|value| value.abs()).filter(|&size| size > 0.0);
    let q = sizes.next().unwrap_or(1.0);
    let small = (0..model.model().p_bits()).all(|i| neighbors(model, i).count() <= MAX_DEGREE);
    (small && sizes.all(|size| size == q)).then_some(q)
}

impl Plan {
    fn new(model: &ColoredModel, held: &[bool]) -> Option<Self> {
        let (q, mut runs, mut planes) = (one_size(model)?, Vec::<Run>::new(), 0);
        for color in free_by_color(model, held) {
            let first = runs.len();
            for i in color {
                let row: Vec<u32> = neighbors(model, i as usize)
                    .map(|(j, value)| 2 * j as u32 + u32::from(value < 0.0))
                    .collect();
                let (degree, bias) = (row.len(), model.model().biases()[i as usize]);
                let run = match runs[first..].iter().position(|r| r.degree == degree && r.bias == bias) {
                    Some(run) => &mut runs[first + run],
                    None => {
                        let folded = bias == 0.0 && degree > 0;
                        let same = runs.iter().find(|r| r.degree == degree && r.bias == bias);
                        let at = same.map_or(planes, |run| run.planes);
                        if same.is_none() {
                            planes += DIGITS * thresholds(degree, folded);
                            if planes > MAX_PLANES {
                                return None;
                            }
                        }
                        let (p_bits, neighbors) = (Vec::new(), Vec::new());
                        runs.push(Run { degree, folded, bias, planes: at, p_bits, neighbors });
                        runs.last_mut().expect("one was pushed")
                    }
                };
                run.p_bits.push(i);
                run.neighbors.extend(row);
            }
        }
        Some(Self { q, runs, planes })
    }

    /// P-bits that are updated.
    fn free(&self) -> usize {
        self.runs.iter().map(|run| run.p_bits.len()).sum()
    }

    fn set_betas(&self, planes: &mut [Block], betas: &[f64]) {
        for run in &self.runs {
            set_all(&mut planes[run.planes..], run.degree, run.folded, (self.q, run.bias), betas);
        }
    }
}

/// 512 replicas.
#[derive(Debug, Clone)]
struct Group {
    random: Generator,
    spins: Vec<Block>,
    planes: Vec<Block>,
    /// What `planes` were made for.
    betas: Vec<f64>,
}

/// Sweeps of a group at unchanged betas.
struct Sweeps<'a>(&'a Plan, &'a mut Group, usize);

/// Masks of the couplings' signs.
static SIGNS: [Block; 2] = [Block([0; 8]), Block([!0; 8])];

/// Updates the p-bits of a run.
#[inline(always)]
fn update_run<V: Vector, const D: usize, const FOLDED: bool>(
    run: &Run,
    planes: &[Block],
    spins: &mut [Block],
    random: &mut Random<V>,
) {
    let planes = &planes[run.planes..][..DIGITS * thresholds(D, FOLDED)];
    for (k, &i) in run.p_bits.iter().enumerate() {
        let mut neighbors = [V::splat(0); D];
        let entries: &[_; D] = run.neighbors[k * D..].first_chunk().expect("a p-bit has its neighbors");
        for d in 0..D {
            let entry = entries[d] as usize;
            neighbors[d] = V::load(&spins[entry >> 1]).xor(V::load(&SIGNS[entry & 1]));
        }
        update::<V, D, FOLDED>(neighbors, planes, random).store(&mut spins[i as usize]);
    }
}

impl Kernel for Sweeps<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Self(plan, Group { random: generator, spins, planes, .. }, sweeps) = self;
        let mut random = generator.start::<V>();
        for run in (0..sweeps).flat_map(|_| &plan.runs) {
            macro_rules! by_degree {
                ($($degree:literal)*) => {
                    match (run.degree, run.folded) {
                        (0, _) => update_run::<V, 0, false>(run, planes, spins, &mut random),
                        $(($degree, false) => update_run::<V, $degree, false>(run, planes, spins, &mut random),
                        ($degree, true) => update_run::<V, $degree, true>(run, planes, spins, &mut random),)*
                        _ => unreachable!("degrees are limited by `one_size`"),
                    }
                };
            }
            by_degree!(1 2 3 4 5 6 7);
        }
        random.rest(generator);
    }
}

/// Random spins of the p-bits of the plan.
struct Randomize<'a>(&'a Plan, &'a mut Group);

impl Kernel for Randomize<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let mut random = self.1.random.start::<V>();
        for &i in self.0.runs.iter().flat_map(|run| &run.p_bits) {
            random.next().store(&mut self.1.spins[i as usize]);
        }
        random.rest(&mut self.1.random);
    }
}

/// The engine.
pub(super) struct Sliced {
    plan: Plan,
    groups: Vec<Group>,
    path: Path,
    replicas: usize,
}

impl Sliced {
    /// `None` when the model's couplings have several sizes, a p-bit has more than 7 neighbors, or there are too many kinds of
    /// p-bits.
    pub(super) fn new(setup: &Setup) -> Option<Self> {
        let plan = Plan::new(setup.model, setup.held)?;
        let group = |random| Group {
            random,
            spins: vec![Block::default(); setup.model.model().p_bits()],
            planes: vec![Block::default(); plan.planes],
            betas: Vec::new(),
        };
        let groups = Streams::new(setup.seed).take(setup.replicas.div_ceil(BITS)).map(group).collect();
        Some(Self { plan, groups, path: setup.path, replicas: setup.replicas })
    }
}

impl Engine for Sliced {
    fn run(&mut self, betas: Betas) {
        let (plan, path, replicas) = (&self.plan, self.path, self.replicas);
        let updates = betas.sweeps() * replicas * plan.free();
        for_all(&mut self.groups, updates, |k, group| {
            for (betas, sweeps) in betas.part(k * BITS, BITS.min(replicas - k * BITS)).stretches() {
                if group.betas != betas {
                    plan.set_betas(&mut group.planes, betas);
                    group.betas = betas.to_vec();
                }
                dispatch(path, Sweeps(plan, group, sweeps));
            }
        });
    }

    fn spin(&self, replica: usize, p_bit: usize) -> bool {
        self.groups[replica / BITS].spins[p_bit].get(replica % BITS)
    }

    fn set_spin(&mut self, replica: usize, p_bit: usize, up: bool) {
        self.groups[replica / BITS].spins[p_bit].set(replica % BITS, up);
    }

    fn randomize(&mut self) {
        let (plan, path) = (&self.plan, self.path);
        for_all(&mut self.groups, 0, |_, group| dispatch(path, Randomize(plan, group)));
    }

    fn replan(&mut self, model: &ColoredModel, held: &[bool]) -> bool {
        let Some(plan) = Plan::new(model, held) else { return false };
        for group in &mut self.groups {
            group.planes.resize(plan.planes, Block::default());
            group.betas.clear();
        }
        self.plan = plan;
        true
    }

    fn energies(&self, model: &ColoredModel) -> Vec<f64> {
        super::energy::of_replicas(model, self.replicas, self.path, |p_bit, words| {
            for (group, words) in self.groups.iter().zip(words.chunks_mut(8)) {
                words.copy_from_slice(&group.spins[p_bit].0[..words.len()]);
            }
        })
    }
}
