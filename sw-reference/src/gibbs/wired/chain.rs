//! One run: bit l of a vector is lane l of a slot.

use super::super::planes::{thresholds, update};
use super::super::vector::{BITS, Block, Kernel, Vector, WORDS};
use super::plan::Plan;
use super::ring::{Draw, Ring};
use super::tally::Tally;
use crate::stream::{Generator, LaneStreams, Lfsr64};

/// Spins and generators of a machine, side by side.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    /// By replica, then place.
    spins: Vec<Vec<u64>>,
    /// 512 lanes each.
    rings: Vec<Ring>,
    /// By tile, over all replicas.
    tallies: Vec<Tally>,
    /// By tile: p-bits that are not clamped.
    free: Vec<Block>,
    /// By tile: values of those that are.
    values: Vec<Block>,
}

impl Chain {
    /// The state of a machine; nothing is counted.
    pub(super) fn new(
        plan: &Plan,
        streams: &LaneStreams,
        spins: &[Vec<bool>],
        clamp: &[Option<bool>],
    ) -> Self {
        let routes = &plan.routes;
        let mut rings = vec![Ring::new(); plan.groups];
        for (lane, generator) in streams.generators().iter().enumerate() {
            let Generator::Lfsr64(lfsr) = generator else { unreachable!("plans are for lfsr64") };
            rings[lane / BITS].set(lane % BITS, lfsr.state());
        }
        let pack = |spins: &Vec<bool>| {
            let mut words = vec![0; routes.words];
            for (&up, &place) in spins.iter().zip(&routes.places) {
                words[place as usize / 64] |= u64::from(up) << (place % 64);
            }
            words
        };
        let mut values = vec![Block::default(); routes.tiles.len()];
        let mut free: Vec<Block> = routes.tiles.iter().map(|tile| tile.free).collect();
        for (value, &place) in clamp.iter().zip(&routes.places) {
            if let &Some(up) = value {
                let (tile, bit) = (place as usize / BITS, place as usize % BITS);
                free[tile].set(bit, false);
                values[tile].set(bit, up);
            }
        }
        let tallies = vec![Tally::new(); routes.tiles.len()];
        Self { spins: spins.iter().map(pack).collect(), rings, tallies, free, values }
    }

    /// Spins by replica, then p-bit.
    pub(super) fn spins(&self, plan: &Plan) -> Vec<Vec<bool>> {
        let unpack = |words: &Vec<u64>| {
            plan.routes.places.iter().map(|&p| words[p as usize / 64] >> (p % 64) & 1 == 1).collect()
        };
        self.spins.iter().map(unpack).collect()
    }

    /// How often every p-bit was up in counted sweeps, over all replicas.
    pub(super) fn ups(&mut self, plan: &Plan) -> Vec<u32> {
        let counts: Vec<&[u32; BITS]> = self.tallies.iter_mut().map(Tally::counts).collect();
        plan.routes.places.iter().map(|&p| counts[p as usize / BITS][p as usize % BITS]).collect()
    }

    /// Puts the generators where they stand.
    pub(super) fn write_back(&self, streams: &mut LaneStreams) {
        for lane in 0..streams.generators().len() {
            let state = self.rings[lane / BITS].state(lane % BITS);
            let lfsr = Lfsr64::new(state).expect("a generator never reaches the state 0");
            streams.set(lane, Generator::Lfsr64(lfsr));
        }
    }

    /// Writes the spins of a tile; returns them.
    #[inline(always)]
    fn put<V: Vector>(free: &Block, value: &Block, up: V, words: &mut [u64]) -> V {
        let new = V::load(free).select(up, V::load(value));
        let mut block = Block::default();
        new.store(&mut block);
        words.copy_from_slice(&block.0);
        new
    }
}

/// A random start: one draw per slot and replica.
pub(super) struct Randomize<'a>(pub &'a Plan, pub &'a mut Chain);

impl Kernel for Randomize<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Self(plan, Chain { spins, rings, free, values, .. }) = self;
        for t in 0..plan.routes.tiles.len() {
            for words in &mut *spins {
                // Up where the draw is below one half.
                let half = V::load(&rings[t % plan.groups].draw::<V>()[0]);
                let up = V::splat(!0).and_not(half);
                Chain::put(&free[t], &values[t], up, &mut words[t * WORDS..][..WORDS]);
            }
        }
    }
}

/// Sweeps with unchanged tables.
pub(super) struct Sweeps<'a> {
    /// What runs.
    pub plan: &'a Plan,
    /// Its state.
    pub chain: &'a mut Chain,
    /// Thresholds of every replica.
    pub planes: &'a [&'a [Block]],
    /// How many.
    pub sweeps: u64,
    /// Whether they are retained.
    pub retain: bool,
}

impl Sweeps<'_> {
    #[inline(always)]
    fn sweep<V: Vector, const D: usize, const FOLDED: bool>(self) {
        let Self { plan, chain: Chain { spins, rings, tallies, free, values }, .. } = self;
        let (routes, count) = (&plan.routes, plan.digits() * thresholds(D, FOLDED));
        assert!(spins.iter().all(|words| words.len() == routes.words), "words of a replica");
        for (t, tile) in (0..self.sweeps).flat_map(|_| routes.tiles.iter().enumerate()) {
            let ring = &mut rings[t % plan.groups];
            let first = if FOLDED { 0 } else { t * count };
            for (words, planes) in spins.iter_mut().zip(self.planes) {
                // SAFETY: the lengths were just compared.
                let neighbors = unsafe { routes.neighbors::<V, D>(tile, words) };
                let mut draw = Draw::new(ring.draw::<V>(), !FOLDED);
                let up = update::<V, D, FOLDED>(neighbors, &planes[first..first + count], &mut draw);
                let new = Chain::put(&free[t], &values[t], up, &mut words[t * WORDS..][..WORDS]);
                if self.retain {
                    tallies[t].add(new);
                }
            }
        }
    }
}

impl Kernel for Sweeps<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        macro_rules! by_degree {
            ($($degree:literal)*) => {
                match (self.plan.degree, self.plan.folded) {
                    (0, _) => self.sweep::<V, 0, false>(),
                    $(($degree, false) => self.sweep::<V, $degree, false>(),
                    ($degree, true) => self.sweep::<V, $degree, true>(),)*
                    _ => unreachable!("degrees are limited by the plan"),
                }
            };
        }
        by_degree!(1 2 3 4 5 6 7);
    }
}
