//! Any couplings, few replicas: 16 p-bits of one color in a vector, each replica for itself.
//!
//! Spins are floats of -1 and +1 in the order of the update, so that a vector's new spins lie side by side and only neighbors are
//! gathered. Decisions by [`Vector::logistic`] (draws of 24 bits).

use super::engine::{Betas, Engine, Setup, for_all, free_by_color, neighbors};
use super::lanes::{scale, steepness};
use super::random::{Generator, Streams};
use super::vector::{BITS, FLOATS, Floats, Kernel, Vector, dispatch};
use crate::fast::Path;
use crate::models::ColoredModel;

/// 16 p-bits, padded with p-bits that are read by nobody.
#[derive(Debug, Clone)]
struct Tile {
    /// First of its entries, and how many there are per p-bit.
    first: usize,
    degree: usize,
    biases: Floats,
}

/// One neighbor of each of 16 p-bits.
#[derive(Debug, Clone)]
struct Entry {
    places: [u32; FLOATS],
    couplings: Floats,
}

/// What all replicas share.
#[derive(Debug, Clone)]
struct Plan {
    tiles: Vec<Tile>,
    entries: Vec<Entry>,
    /// Place of every p-bit; tile t updates the places 16 t to 16 t + 15.
    places: Vec<u32>,
    /// The p-bits of the tiles.
    free: Vec<u32>,
    /// Spins of a replica.
    size: usize,
    scale: f64,
}

impl Plan {
    fn new(model: &ColoredModel, held: &[bool]) -> Self {
        let (p_bits, scale) = (model.model().p_bits(), scale(model));
        let degree = |i: u32| neighbors(model, i as usize).count();
        let mut members = Vec::new();
        for mut color in free_by_color(model, held) {
            color.sort_by_key(|&i| degree(i));
            members.extend(color.chunks(FLOATS).map(<[u32]>::to_vec));
        }
        let mut places = vec![u32::MAX; p_bits];
        for (t, members) in members.iter().enumerate() {
            members.iter().zip(t * FLOATS..).for_each(|(&i, place)| places[i as usize] = place as u32);
        }
        let mut size = members.len() * FLOATS;
        for place in places.iter_mut().filter(|place| **place == u32::MAX) {
            *place = size as u32;
            size += 1;
        }
        let (mut tiles, mut entries) = (Vec::new(), Vec::new());
        for members in &members {
            let first = entries.len();
            let most = members.iter().map(|&i| degree(i)).max().unwrap_or(0);
            entries.resize(first + most, Entry { places: [0; FLOATS], couplings: Floats::default() });
            let mut biases = Floats::default();
            for (lane, &i) in members.iter().enumerate() {
                biases.0[lane] = (model.model().biases()[i as usize] / scale) as f32;
                for (entry, (j, value)) in entries[first..].iter_mut().zip(neighbors(model, i as usize)) {
                    entry.places[lane] = places[j];
                    entry.couplings.0[lane] = (value / scale) as f32;
                }
            }
            tiles.push(Tile { first, degree: most, biases });
        }
        Self { tiles, entries, places, free: members.concat(), size, scale }
    }
}

/// A replica.
#[derive(Debug, Clone)]
struct Chain {
    random: Generator,
    /// By place.
    spins: Vec<f32>,
}

/// Sweeps of a replica at one steepness.
struct Sweeps<'a>(&'a Plan, &'a mut Chain, f32, usize);

impl Kernel for Sweeps<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Self(plan, Chain { random: generator, spins }, steepness, sweeps) = self;
        assert_eq!(spins.len(), plan.size, "spins of a chain");
        let (mut random, steepness) = (generator.start::<V>(), V::splat_real(steepness));
        let (down, two) = (V::splat_real(-1.0), V::splat_real(2.0));
        for (t, tile) in (0..sweeps).flat_map(|_| plan.tiles.iter().enumerate()) {
            let mut field = V::load_real(&tile.biases);
            for entry in &plan.entries[tile.first..tile.first + tile.degree] {
                // SAFETY: places lie below the plan's size, which is the number of spins.
                let neighbors = unsafe { V::gather_real(spins, &entry.places) };
                field = V::add_real(field, V::multiply(neighbors, V::load_real(&entry.couplings)));
            }
            let up = random.next().logistic(V::multiply(field, steepness));
            let mut new = Floats::default();
            V::store_real(V::add_masked(down, up, two), &mut new);
            spins[t * FLOATS..][..FLOATS].copy_from_slice(&new.0);
        }
        random.rest(generator);
    }
}

/// The engine.
pub(super) struct Chains {
    plan: Plan,
    chains: Vec<Chain>,
    path: Path,
}

impl Chains {
    /// Takes every model.
    pub(super) fn new(setup: &Setup) -> Self {
        let plan = Plan::new(setup.model, setup.held);
        let chain = |random| Chain { random, spins: vec![-1.0; plan.size] };
        let chains = Streams::new(setup.seed).take(setup.replicas).map(chain).collect();
        Self { plan, chains, path: setup.path }
    }
}

impl Engine for Chains {
    fn run(&mut self, betas: Betas) {
        let (plan, path) = (&self.plan, self.path);
        let updates = betas.sweeps() * self.chains.len() * plan.free.len();
        for_all(&mut self.chains, updates, |k, chain| {
            for (betas, sweeps) in betas.part(k, 1).stretches() {
                dispatch(path, Sweeps(plan, chain, steepness(betas[0], plan.scale), sweeps));
            }
        });
    }

    fn spin(&self, replica: usize, p_bit: usize) -> bool {
        self.chains[replica].spins[self.plan.places[p_bit] as usize] > 0.0
    }

    fn set_spin(&mut self, replica: usize, p_bit: usize, up: bool) {
        self.chains[replica].spins[self.plan.places[p_bit] as usize] = if up { 1.0 } else { -1.0 };
    }

    fn randomize(&mut self) {
        for chain in &mut self.chains {
            let bits = chain.random.blocks(self.plan.free.len());
            for (k, &i) in self.plan.free.iter().enumerate() {
                let up = bits[k / BITS].get(k % BITS);
                chain.spins[self.plan.places[i as usize] as usize] = if up { 1.0 } else { -1.0 };
            }
        }
    }

    fn replan(&mut self, model: &ColoredModel, held: &[bool]) -> bool {
        let plan = Plan::new(model, held);
        for chain in &mut self.chains {
            let mut spins = vec![-1.0; plan.size];
            for (&old, &new) in self.plan.places.iter().zip(&plan.places) {
                spins[new as usize] = chain.spins[old as usize];
            }
            chain.spins = spins;
        }
        self.plan = plan;
        true
    }

    fn energies(&self, model: &ColoredModel) -> Vec<f64> {
        let energy = |chain: &Chain| {
            let spins: Vec<bool> = self.plan.places.iter().map(|&p| chain.spins[p as usize] > 0.0).collect();
            model.model().energy(&spins)
        };
        self.chains.iter().map(energy).collect()
    }
}
