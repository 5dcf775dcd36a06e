//! Many runs: bit k of a vector is run k, lane after lane.

use super::super::planes::{fields, set_thresholds, thresholds, update};
use super::super::vector::{BITS, Block, Kernel, Vector, WORDS};
use super::plan::Plan;
use super::ring::{Draw, MEMORY, Ring};
use super::tally::Tally;
use crate::image::Table;
use crate::stream::{Generator, Jump, LaneStreams, Lfsr64};
use spinwright_contract::{RandomSource, SparseGraph};
use std::collections::HashMap;
use std::ops::Range;

/// Most blocks of thresholds of a table.
const MAX_PLANES: usize = 1 << 15;

/// What all batches of a bank share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    /// Slots of every color.
    colors: Vec<Range<usize>>,
    lanes: usize,
    /// The p-bit at slot x lanes + lane; `u32::MAX` is padding.
    p_bit_at: Vec<u32>,
    /// For every p-bit its neighbors, as many as the plan's degree: 2 x neighbor + 1 where the coupling is negative. Missing ones
    /// are a p-bit behind the last one, which is never up.
    sources: Vec<u32>,
    /// First block of every p-bit's thresholds.
    planes: Vec<u32>,
    /// One p-bit of every kind: those of one kind have as many neighbors and the same bias.
    kinds: Vec<usize>,
}

impl Shared {
    /// `None` when there are too many kinds of p-bits.
    pub(super) fn new(plan: &Plan, graph: &SparseGraph, lanes: usize) -> Option<Self> {
        let mut p_bit_at = vec![u32::MAX; graph.slots() * lanes];
        for (i, place) in graph.placement.iter().enumerate() {
            p_bit_at[place.slot as usize * lanes + place.lane as usize] = i as u32;
        }
        let (mut sources, mut kinds, mut planes) = (Vec::new(), Vec::new(), Vec::new());
        let mut known = HashMap::new();
        for (i, links) in plan.links.iter().enumerate() {
            sources.extend(links.iter().map(|&(j, negative)| 2 * j + u32::from(negative)));
            sources.resize((i + 1) * plan.degree, 2 * plan.links.len() as u32);
            let kind = *known.entry((links.len(), plan.biases[i])).or_insert_with(|| {
                kinds.push(i);
                kinds.len() - 1
            });
            planes.push((kind * plan.tile_planes()) as u32);
        }
        let colors = (0..graph.colors()).map(|color| graph.slots_of(color)).collect();
        (kinds.len() * plan.tile_planes() <= MAX_PLANES).then_some(Self {
            colors,
            lanes,
            p_bit_at,
            sources,
            planes,
            kinds,
        })
    }

    /// Places of a sweep, padding included.
    pub(super) fn places(&self) -> usize {
        self.p_bit_at.len()
    }

    /// The thresholds of a table, kind by kind.
    pub(super) fn planes(&self, plan: &Plan, table: &Table) -> Vec<Block> {
        let (stride, digits) = (thresholds(plan.degree, plan.folded), plan.digits());
        let kind = |&i: &usize| {
            let mut planes = vec![Block::default(); plan.tile_planes()];
            // Folded thresholds are the first ones.
            let count = fields(plan.degree, plan.folded).count();
            for (k, threshold) in plan.thresholds_of(table, i).take(count).enumerate() {
                set_thresholds(&mut planes[k..], stride, digits, plan.aligned(threshold));
            }
            planes
        };
        self.kinds.iter().flat_map(kind).collect()
    }
}

/// Skips as many draws as a run takes, by tables: the new state is a sum over the old one's bytes.
struct Leap(Vec<[u64; 256]>);

impl Leap {
    fn new(draws: u64) -> Self {
        let jump = Jump::draws(RandomSource::Lfsr64, draws.into());
        let image_of = |bit: u32| {
            let mut generator = Generator::Lfsr64(Lfsr64::new(1 << bit).expect("one bit is set"));
            generator.jump(&jump);
            state(&generator)
        };
        let columns: Vec<u64> = (0..u64::BITS).map(image_of).collect();
        let sum = |byte: usize, value: usize| {
            (0..8).filter(|bit| value >> bit & 1 == 1).fold(0, |sum, bit| sum ^ columns[8 * byte + bit])
        };
        Self((0..8).map(|byte| std::array::from_fn(|value| sum(byte, value))).collect())
    }

    fn apply(&self, state: u64) -> u64 {
        self.0.iter().zip(state.to_le_bytes()).fold(0, |sum, (table, byte)| sum ^ table[usize::from(byte)])
    }
}

fn state(generator: &Generator) -> u64 {
    match generator {
        Generator::Lfsr64(lfsr) => lfsr.state(),
        Generator::Xoshiro128PlusPlus(_) => unreachable!("plans are for lfsr64"),
    }
}

/// Bit k of word i becomes bit i of word k (Hacker's Delight, section 7-3).
fn transpose(words: &mut [u64; 64]) {
    let (mut width, mut mask) = (32, u64::MAX >> 32);
    while width > 0 {
        for k in (0..64).filter(|k| k & width == 0) {
            let swap = (words[k] >> width ^ words[k + width]) & mask;
            words[k] ^= swap << width;
            words[k + width] ^= swap;
        }
        width /= 2;
        mask ^= mask << width;
    }
}

/// Up to 512 runs.
pub(super) struct Batch<'a> {
    runs: usize,
    clamp: &'a [Option<bool>],
    /// By replica, then p-bit; one that is never up behind each replica's.
    spins: Vec<Vec<Block>>,
    /// The generators' bits by lane, the oldest first.
    states: Vec<Block>,
    /// By p-bit, over all replicas.
    tallies: Vec<Tally>,
}

impl<'a> Batch<'a> {
    /// `runs` runs from these spins, the first one at the streams' place, every other one `draws` draws behind its predecessor.
    pub(super) fn new(
        (runs, draws): (usize, u64),
        streams: &LaneStreams,
        spins: &[Vec<bool>],
        clamp: &'a [Option<bool>],
    ) -> Self {
        let leap = Leap::new(draws);
        let mut states = Vec::with_capacity(streams.generators().len() * MEMORY);
        for generator in streams.generators() {
            let mut blocks = [Block::default(); MEMORY];
            let mut next = state(generator);
            for word in 0..WORDS {
                let mut words = [0; 64];
                for slot in words.iter_mut().take(runs.saturating_sub(64 * word)) {
                    *slot = next;
                    next = leap.apply(next);
                }
                transpose(&mut words);
                // Bit i of a state is the i-th newest.
                words.iter().rev().zip(&mut blocks).for_each(|(&bits, block)| block.0[word] = bits);
            }
            states.extend(blocks);
        }
        let of_replica =
            |spins: &Vec<bool>| spins.iter().chain([&false]).map(|&up| Block::splat(up)).collect();
        let tallies = vec![Tally::new(); clamp.len()];
        Self { runs, clamp, spins: spins.iter().map(of_replica).collect(), states, tallies }
    }

    /// Of every run: how often every p-bit was up in counted sweeps, and its spins by replica.
    pub(super) fn results(&mut self) -> Vec<(Vec<u32>, Vec<Vec<bool>>)> {
        let counts: Vec<&[u32; BITS]> = self.tallies.iter_mut().map(Tally::counts).collect();
        let spins = &self.spins;
        let of_replica = |blocks: &Vec<Block>, run: usize| {
            blocks[..blocks.len() - 1].iter().map(|block| block.get(run)).collect::<Vec<bool>>()
        };
        (0..self.runs)
            .map(|run| {
                let ups = counts.iter().map(|counts| counts[run]).collect();
                (ups, spins.iter().map(|blocks| of_replica(blocks, run)).collect())
            })
            .collect()
    }
}

/// Random starts: one draw per slot and replica.
pub(super) struct Randomize<'a, 'b>(pub &'a Shared, pub &'a mut Batch<'b>);

impl Kernel for Randomize<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Self(shared, Batch { clamp, spins, states, .. }) = self;
        let mut ring = Ring::new();
        for (lane, state) in states.chunks_exact_mut(MEMORY).enumerate() {
            ring.load(state);
            for p_bit in shared.p_bit_at.iter().skip(lane).step_by(shared.lanes) {
                for spins in &mut *spins {
                    // Up where the draw is below one half.
                    let up = V::splat(!0).and_not(V::load(&ring.draw::<V>()[0]));
                    if let Some(clamp) = clamp.get(*p_bit as usize) {
                        clamp.map_or(up, fixed).store(&mut spins[*p_bit as usize]);
                    }
                }
            }
            ring.store(state);
        }
    }
}

#[inline(always)]
fn fixed<V: Vector>(up: bool) -> V {
    V::splat(u64::from(up).wrapping_neg())
}

/// Masks of the couplings' signs.
static SIGNS: [Block; 2] = [Block([0; WORDS]), Block([!0; WORDS])];

/// Sweeps with unchanged tables.
pub(super) struct Sweeps<'a, 'b> {
    /// What runs.
    pub plan: &'a Plan,
    /// The same, for batches.
    pub shared: &'a Shared,
    /// Its state.
    pub batch: &'a mut Batch<'b>,
    /// Thresholds of every replica.
    pub planes: &'a [&'a [Block]],
    /// How many.
    pub sweeps: u64,
    /// Whether they are retained.
    pub retain: bool,
}

impl Sweeps<'_, '_> {
    #[inline(always)]
    fn sweep<V: Vector, const D: usize, const FOLDED: bool>(self) {
        let Self { plan, shared, batch: Batch { clamp, spins, states, tallies, .. }, planes, .. } = self;
        let count = plan.digits() * thresholds(D, FOLDED);
        let mut ring = Ring::new();
        // Within a color the lanes may go one after the other: nobody reads what another one writes.
        for slots in (0..self.sweeps).flat_map(|_| &shared.colors) {
            for (lane, state) in states.chunks_exact_mut(MEMORY).enumerate() {
                ring.load(state);
                for slot in slots.clone() {
                    let p_bit = shared.p_bit_at[slot * shared.lanes + lane] as usize;
                    for (spins, planes) in spins.iter_mut().zip(planes) {
                        let digits = ring.draw::<V>();
                        let Some(clamp) = clamp.get(p_bit) else { continue };
                        let new = if let &Some(up) = clamp {
                            fixed(up)
                        } else {
                            let sources: &[u32; D] =
                                shared.sources[p_bit * D..].first_chunk().expect("a source per neighbor");
                            let mut neighbors = [V::splat(0); D];
                            for d in 0..D {
                                let source = sources[d] as usize;
                                let sign = V::load(&SIGNS[source & 1]);
                                neighbors[d] = V::load(&spins[source >> 1]).xor(sign);
                            }
                            let planes = &planes[shared.planes[p_bit] as usize..][..count];
                            update::<V, D, FOLDED>(neighbors, planes, &mut Draw::new(digits, !FOLDED))
                        };
                        new.store(&mut spins[p_bit]);
                        if self.retain {
                            tallies[p_bit].add(new);
                        }
                    }
                }
                ring.store(state);
            }
        }
    }
}

impl Kernel for Sweeps<'_, '_> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_leap_is_that_many_draws(seed in 1u64.., draws in 0u64..200) {
            let mut lfsr = Lfsr64::new(seed).unwrap();
            (0..draws).for_each(|_| { lfsr.step(); });
            prop_assert_eq!(Leap::new(draws).apply(seed), lfsr.state());
        }

        #[test]
        fn transposed_twice_is_the_same(seed in any::<u64>()) {
            let mut random = crate::stream::SplitMix64::new(seed);
            let words: [u64; 64] = std::array::from_fn(|_| random.next_word());
            let mut turned = words;
            transpose(&mut turned);
            for (i, k) in (0..64).flat_map(|i| (0..64).map(move |k| (i, k))) {
                prop_assert_eq!(words[i] >> k & 1, turned[k] >> i & 1);
            }
        }
    }
}
