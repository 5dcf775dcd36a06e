//! Couplings of one size, few replicas, regular graph: 512 p-bits of one color in a vector, each replica for itself. See
//! [`super::routes`] for how they meet their neighbors, [`super::planes`] for how they decide.

use super::engine::{Betas, Engine, Setup, for_all, neighbors};
use super::planes::{DIGITS, fields, set_all, set_threshold, threshold, thresholds, update};
use super::random::{Generator, Streams};
use super::routes::{Routes, Tile};
use super::sliced::one_size;
use super::vector::{Block, Kernel, Vector, WORDS, dispatch};
use crate::fast::Path;
use crate::models::ColoredModel;

/// Most terms per tile: with more of them gathering p-bit by p-bit is as fast.
const MAX_TERMS: usize = 128;
/// Most blocks of thresholds of a replica.
const MAX_PLANES: usize = 1 << 12;

/// What all replicas share.
#[derive(Debug, Clone)]
struct Plan {
    routes: Routes,
    q: f64,
    degree: usize,
    /// All p-bits have `degree` neighbors and no bias: one set of thresholds serves all.
    uniform: bool,
    /// Number of neighbors and bias of every p-bit.
    kinds: Vec<(usize, f64)>,
}

impl Plan {
    fn new(model: &ColoredModel, held: &[bool]) -> Option<Self> {
        let q = one_size(model)?;
        let kind = |i| (neighbors(model, i).count(), model.model().biases()[i]);
        let kinds: Vec<_> = (0..model.model().p_bits()).map(kind).collect();
        let degree = kinds.iter().map(|kind| kind.0).max().filter(|&degree| degree > 0)?;
        let uniform = kinds[model.model().inputs()..].iter().all(|&kind| kind == (degree, 0.0));
        let routes = Routes::new(model, held, degree, MAX_TERMS)?;
        let plan = Self { routes, q, degree, uniform, kinds };
        (plan.planes() <= MAX_PLANES).then_some(plan)
    }

    /// Blocks of thresholds of a tile.
    fn tile_planes(&self) -> usize {
        DIGITS * thresholds(self.degree, self.uniform)
    }

    /// Blocks of thresholds of a replica.
    fn planes(&self) -> usize {
        self.tile_planes() * if self.uniform { 1 } else { self.routes.tiles.len() }
    }

    fn set_beta(&self, planes: &mut [Block], beta: f64) {
        if self.uniform {
            return set_all(planes, self.degree, true, (self.q, 0.0), &[beta]);
        }
        let stride = thresholds(self.degree, false);
        for (tile, planes) in self.routes.tiles.iter().zip(planes.chunks_exact_mut(self.tile_planes())) {
            for (bit, &i) in tile.p_bits.iter().enumerate().filter(|(_, i)| **i != u32::MAX) {
                let (degree, bias) = self.kinds[i as usize];
                for (k, field) in fields(degree, false).enumerate() {
                    let threshold = threshold(beta, bias + self.q * field);
                    set_threshold(&mut planes[k..], stride, DIGITS, bit, threshold);
                }
            }
        }
    }
}

/// A replica.
#[derive(Debug, Clone)]
struct Chain {
    random: Generator,
    /// By place.
    spins: Vec<u64>,
    planes: Vec<Block>,
    /// What `planes` were made for.
    beta: Option<f64>,
}

/// Sweeps of a replica.
struct Sweeps<'a>(&'a Plan, &'a mut Chain, usize);

impl Sweeps<'_> {
    #[inline(always)]
    fn sweep<V: Vector, const D: usize, const UNIFORM: bool>(self) {
        let Self(plan, Chain { random: generator, spins, planes, .. }, sweeps) = self;
        let routes = &plan.routes;
        assert_eq!(spins.len(), routes.words, "words of a chain");
        let mut random = generator.start::<V>();
        for (t, tile) in (0..sweeps).flat_map(|_| routes.tiles.iter().enumerate()) {
            // SAFETY: the length was just compared.
            let neighbors = unsafe { routes.neighbors::<V, D>(tile, spins) };
            let planes = if UNIFORM { &planes[..] } else { &planes[t * plan.tile_planes()..] };
            let planes = &planes[..DIGITS * thresholds(D, UNIFORM)];
            let up = update::<V, D, UNIFORM>(neighbors, planes, &mut random);
            put(&mut spins[t * WORDS..][..WORDS], tile, up);
        }
        random.rest(generator);
    }
}

/// Writes the spins of a tile's free p-bits.
#[inline(always)]
fn put<V: Vector>(words: &mut [u64], tile: &Tile, up: V) {
    let mut block = Block::default();
    block.0.copy_from_slice(words);
    V::load(&tile.free).select(up, V::load(&block)).store(&mut block);
    words.copy_from_slice(&block.0);
}

impl Kernel for Sweeps<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        macro_rules! by_degree {
            ($($degree:literal)*) => {
                match (self.0.degree, self.0.uniform) {
                    $(($degree, false) => self.sweep::<V, $degree, false>(),
                    ($degree, true) => self.sweep::<V, $degree, true>(),)*
                    _ => unreachable!("degrees are limited by `one_size`"),
                }
            };
        }
        by_degree!(1 2 3 4 5 6 7);
    }
}

/// Random spins of the free p-bits.
struct Randomize<'a>(&'a Plan, &'a mut Chain);

impl Kernel for Randomize<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let mut random = self.1.random.start::<V>();
        for (tile, words) in self.0.routes.tiles.iter().zip(self.1.spins.chunks_exact_mut(WORDS)) {
            put(words, tile, random.next());
        }
        random.rest(&mut self.1.random);
    }
}

/// The engine.
pub(super) struct Packed {
    plan: Plan,
    chains: Vec<Chain>,
    path: Path,
}

impl Packed {
    /// `None` when the couplings have several sizes, a p-bit has more than 7 neighbors, or the graph is not regular enough.
    pub(super) fn new(setup: &Setup) -> Option<Self> {
        let plan = Plan::new(setup.model, setup.held)?;
        let chain = |random| Chain {
            random,
            spins: vec![0; plan.routes.words],
            planes: vec![Block::default(); plan.planes()],
            beta: None,
        };
        let chains = Streams::new(setup.seed).take(setup.replicas).map(chain).collect();
        Some(Self { plan, chains, path: setup.path })
    }
}

impl Engine for Packed {
    fn run(&mut self, betas: Betas) {
        let (plan, path) = (&self.plan, self.path);
        // A packed update takes a tenth of others' time.
        let updates = betas.sweeps() * self.chains.len() * plan.kinds.len() / 8;
        for_all(&mut self.chains, updates, |k, chain| {
            for (betas, sweeps) in betas.part(k, 1).stretches() {
                if chain.beta != Some(betas[0]) {
                    plan.set_beta(&mut chain.planes, betas[0]);
                    chain.beta = Some(betas[0]);
                }
                dispatch(path, Sweeps(plan, chain, sweeps));
            }
        });
    }

    fn spin(&self, replica: usize, p_bit: usize) -> bool {
        let place = self.plan.routes.places[p_bit];
        self.chains[replica].spins[place as usize / 64] >> (place % 64) & 1 == 1
    }

    fn set_spin(&mut self, replica: usize, p_bit: usize, up: bool) {
        let place = self.plan.routes.places[p_bit];
        let word = &mut self.chains[replica].spins[place as usize / 64];
        *word = *word & !(1 << (place % 64)) | u64::from(up) << (place % 64);
    }

    fn randomize(&mut self) {
        let (plan, path) = (&self.plan, self.path);
        for_all(&mut self.chains, 0, |_, chain| dispatch(path, Randomize(plan, chain)));
    }

    fn replan(&mut self, model: &ColoredModel, held: &[bool]) -> bool {
        let Some(plan) = Plan::new(model, held) else { return false };
        if plan.routes.places != self.plan.routes.places {
            return false;
        }
        for chain in &mut self.chains {
            chain.planes.resize(plan.planes(), Block::default());
            chain.beta = None;
        }
        self.plan = plan;
        true
    }

    fn energies(&self, model: &ColoredModel) -> Vec<f64> {
        let energy = |replica| {
            let spins: Vec<bool> = (0..self.plan.kinds.len()).map(|i| self.spin(replica, i)).collect();
            model.model().energy(&spins)
        };
        (0..self.chains.len()).map(energy).collect()
    }
}
