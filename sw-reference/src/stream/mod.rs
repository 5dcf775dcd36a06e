//! Streams of draws: both random sources, one generator per lane, any draw reached by a jump.
//!
//! `docs/contract.md`, sections 5 and 6. This is the scalar, obvious implementation that the vectorized sampler and the
//! hardware are compared with. Advancing is polynomial algebra over GF(2) ([`gf2`]), so "lanes start 2^48 draws apart" and
//! "image k starts at draw k D" are exact statements.

pub mod gf2;
mod lfsr64;
mod splitmix;
mod xoshiro;

pub use lfsr64::Lfsr64;
pub use splitmix::SplitMix64;
pub use xoshiro::Xoshiro128PlusPlus;

use spinwright_contract::generator::{LFSR_LANE_SPACING_LOG2, XOSHIRO_LANE_SPACING_LOG2};
use spinwright_contract::{RandomSource, ValidConfig};

/// The all-zero state, from which no linear generator moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the generator state is all zero\n  help: seed with a state that has at least one bit set")]
pub struct ZeroState;

/// One lane's generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    /// The default source.
    Lfsr64(Lfsr64),
    /// The reference-grade source.
    Xoshiro128PlusPlus(Xoshiro128PlusPlus),
}

/// "Advance by n draws" for one source: computed once, applied to any number of generators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    source: RandomSource,
    polynomial: u128,
}

impl Jump {
    /// The jump over `draws` draws.
    pub fn draws(source: RandomSource, draws: u128) -> Self {
        let polynomial = match source {
            RandomSource::Lfsr64 => Lfsr64::jump_polynomial(draws),
            RandomSource::Xoshiro128PlusPlus => Xoshiro128PlusPlus::jump_polynomial(draws),
        };
        Self { source, polynomial }
    }

    /// The distance between two neighboring lanes' starts: 2^48 (`lfsr64`) or 2^64 (`xoshiro128++`) draws.
    pub fn lane_spacing(source: RandomSource) -> u128 {
        match source {
            RandomSource::Lfsr64 => 1 << LFSR_LANE_SPACING_LOG2,
            RandomSource::Xoshiro128PlusPlus => 1 << XOSHIRO_LANE_SPACING_LOG2,
        }
    }
}

impl Generator {
    /// Lane 0's generator for a user's seed: splitmix64 expands it, an all-zero state is passed over.
    pub fn from_seed(source: RandomSource, seed: u64) -> Self {
        let mut expand = SplitMix64::new(seed);
        loop {
            let state = match source {
                RandomSource::Lfsr64 => Lfsr64::new(expand.next_word()).map(Self::Lfsr64),
                RandomSource::Xoshiro128PlusPlus => {
                    let (z1, z2) = (expand.next_word(), expand.next_word());
                    let words = [z1 as u32, (z1 >> 32) as u32, z2 as u32, (z2 >> 32) as u32];
                    Xoshiro128PlusPlus::new(words).map(Self::Xoshiro128PlusPlus)
                }
            };
            if let Ok(generator) = state {
                return generator;
            }
        }
    }

    /// The generator in the state that the register `SEED` describes: 2 (`lfsr64`) or 4 (`xoshiro128++`) words, least
    /// significant first; further words are ignored.
    ///
    /// # Errors
    /// [`ZeroState`].
    ///
    /// # Panics
    /// If there are too few words.
    pub fn from_words(source: RandomSource, words: &[u32]) -> Result<Self, ZeroState> {
        match source {
            RandomSource::Lfsr64 => {
                Lfsr64::new(u64::from(words[0]) | u64::from(words[1]) << 32).map(Self::Lfsr64)
            }
            RandomSource::Xoshiro128PlusPlus => {
                Xoshiro128PlusPlus::new([words[0], words[1], words[2], words[3]])
                    .map(Self::Xoshiro128PlusPlus)
            }
        }
    }

    /// The state as the register `SEED` takes it: 2 or 4 words, least significant first.
    pub fn words(&self) -> Vec<u32> {
        match self {
            Self::Lfsr64(g) => vec![g.state() as u32, (g.state() >> 32) as u32],
            Self::Xoshiro128PlusPlus(g) => g.state().to_vec(),
        }
    }

    /// The next draw of `draw_bits` bits.
    pub fn draw(&mut self, draw_bits: u32) -> u32 {
        match self {
            Self::Lfsr64(g) => g.draw(draw_bits),
            Self::Xoshiro128PlusPlus(g) => g.draw(draw_bits),
        }
    }

    /// Skips the draws of `jump`.
    ///
    /// # Panics
    /// If the jump was made for the other source.
    pub fn jump(&mut self, jump: &Jump) {
        match (self, jump.source) {
            (Self::Lfsr64(g), RandomSource::Lfsr64) => g.jump(jump.polynomial),
            (Self::Xoshiro128PlusPlus(g), RandomSource::Xoshiro128PlusPlus) => g.jump(jump.polynomial),
            _ => panic!("a jump of the other random source"),
        }
    }
}

/// The generators of all lanes of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneStreams {
    source: RandomSource,
    draw_bits: u32,
    lanes: Vec<Generator>,
}

impl LaneStreams {
    /// `lanes` streams of draws of `draw_bits` bits: lane l starts l lane spacings after lane 0, which starts from `seed`.
    pub fn new(source: RandomSource, draw_bits: u32, lanes: usize, seed: u64) -> Self {
        let first = Generator::from_seed(source, seed);
        let spacing = Jump::draws(source, Jump::lane_spacing(source));
        let next = |generator: &Generator| {
            let mut generator = *generator;
            generator.jump(&spacing);
            Some(generator)
        };
        let lanes = std::iter::successors(Some(first), next).take(lanes).collect();
        Self { source, draw_bits, lanes }
    }

    /// The streams of a machine for a seed, at draw 0.
    pub fn of(config: &ValidConfig, seed: u64) -> Self {
        Self::new(config.random_source(), config.draw_bits(), config.lanes(), seed)
    }

    /// Skips `draws` draws in every lane.
    pub fn advance(&mut self, draws: u128) {
        let jump = Jump::draws(self.source, draws);
        self.lanes.iter_mut().for_each(|generator| generator.jump(&jump));
    }

    /// The next draw of a lane.
    ///
    /// # Panics
    /// If there is no such lane.
    pub fn draw(&mut self, lane: usize) -> u32 {
        self.lanes[lane].draw(self.draw_bits)
    }

    /// The generators in their present states, lane by lane.
    pub fn generators(&self) -> &[Generator] {
        &self.lanes
    }

    /// Replaces one lane's generator, as the host does by writing `SEED`.
    ///
    /// # Panics
    /// If there is no such lane.
    pub fn set(&mut self, lane: usize, generator: Generator) {
        self.lanes[lane] = generator;
    }
}

#[cfg(test)]
mod tests;
