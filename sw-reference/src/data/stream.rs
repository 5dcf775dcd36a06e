//! Random numbers that are named, not passed around.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// A generator named by a list of numbers (seed, purpose, step, shard ...).
///
/// Whoever needs randomness builds the stream of its own name. So there is no generator state to keep in a
/// checkpoint, and the order in which threads run cannot matter.
pub(crate) struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream of this name.
    pub(crate) fn new(name: &[u64]) -> Self {
        let mixed = name.iter().fold(0x9e37_79b9_7f4a_7c15_u64, |state, &part| mix(state ^ mix(part)));
        Stream(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A whole number in `0..bound` (the bias, at most bound / 2^32, is far below anything visible here).
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (((self.bits() >> 32) * bound as u64) >> 32) as usize
    }

    /// Uniform in [0, 1), 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in [-reach, reach).
    pub(crate) fn around(&mut self, reach: f64) -> f64 {
        (2.0 * self.unit() - 1.0) * reach
    }

    /// Roughly normal, variance 1: the sum of twelve uniforms, which needs no transcendental function and is
    /// therefore the same on every machine.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// A random order of `0..count`.
    pub(crate) fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

/// A bijective mixer of 64 bits (xor-shift and multiply rounds), so that names which differ in one bit give
/// unrelated streams.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
