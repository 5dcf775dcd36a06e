//! Random bits: eight generators xoshiro256++ (Blackman, Vigna 2019) side by side, 512 bits a step.

use super::planes::Digits;
use super::vector::{BITS, Block, Portable, Vector, WORDS};
use crate::stream::SplitMix64;

/// The authors' jump polynomial: 2^128 steps.
const JUMP: [u64; 4] =
    [0x180e_c6d3_3cfd_0aba, 0xd5a6_1266_f0c9_392c, 0xa958_2618_e03f_c9aa, 0x39ab_dc45_29b1_661c];

/// One generator, step by step; where streams begin.
#[derive(Debug, Clone)]
struct Scalar([u64; 4]);

impl Scalar {
    fn step(&mut self) {
        let s = &mut self.0;
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
    }

    /// 2^128 steps ahead.
    fn jump(&mut self) {
        let mut sum = [0; 4];
        for bit in 0..256 {
            if JUMP[bit / 64] >> (bit % 64) & 1 == 1 {
                sum.iter_mut().zip(self.0).for_each(|(sum, s)| *sum ^= s);
            }
            self.step();
        }
        self.0 = sum;
    }
}

/// Streams of 512-bit words, one after the other; the lanes of all streams are 2^128 steps apart.
pub(super) struct Streams(Scalar);

impl Streams {
    /// The streams of a seed. The state comes from splitmix64, as the authors advise.
    pub(super) fn new(seed: u64) -> Self {
        let mut words = SplitMix64::new(seed);
        let mut next = || words.next_word();
        Self(Scalar([next(), next(), next(), next()]))
    }
}

impl Iterator for Streams {
    type Item = Generator;

    fn next(&mut self) -> Option<Generator> {
        let mut state = [Block::default(); 4];
        for lane in 0..WORDS {
            state.iter_mut().zip(self.0.0).for_each(|(block, word)| block.0[lane] = word);
            self.0.jump();
        }
        Some(Generator(state))
    }
}

/// A stream's state; word k of every block belongs to lane k.
#[derive(Debug, Clone)]
pub(super) struct Generator([Block; 4]);

impl Generator {
    /// At least `count` random bits, 512 per block.
    pub(super) fn blocks(&mut self, count: usize) -> Vec<Block> {
        let mut random = self.start::<Portable>();
        let mut blocks = vec![Block::default(); count.div_ceil(BITS)];
        blocks.iter_mut().for_each(|block| random.next().store(block));
        random.rest(self);
        blocks
    }

    /// The stream in registers; [`Random::rest`] puts it back.
    #[inline(always)]
    pub(super) fn start<V: Vector>(&self) -> Random<V> {
        Random([V::load(&self.0[0]), V::load(&self.0[1]), V::load(&self.0[2]), V::load(&self.0[3])])
    }
}

/// A stream in registers.
#[derive(Clone, Copy)]
pub(super) struct Random<V>([V; 4]);

impl<V: Vector> Random<V> {
    /// The next 512 bits.
    #[inline(always)]
    pub(super) fn next(&mut self) -> V {
        let [s0, s1, s2, s3] = self.0;
        let out = s0.add(s3).rotate::<23, 41>().add(s0);
        let low = s3.xor(s1);
        self.0 = [s0.xor3(s3, s1), s1.xor3(s2, s0), s2.xor3(s0, s1.shift::<17>()), low.rotate::<45, 19>()];
        out
    }

    /// Puts the stream back.
    #[inline(always)]
    pub(super) fn rest(self, generator: &mut Generator) {
        let [s0, s1, s2, s3] = self.0;
        s0.store(&mut generator.0[0]);
        s1.store(&mut generator.0[1]);
        s2.store(&mut generator.0[2]);
        s3.store(&mut generator.0[3]);
    }
}

impl<V: Vector> Digits<V> for Random<V> {
    #[inline(always)]
    fn next(&mut self, _positive: V) -> V {
        Random::next(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::{Kernel, dispatch};
    use super::*;
    use crate::fast::Path;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng, SeedableRng};

    struct Steps<'a>(&'a mut Generator, usize);

    impl Kernel for Steps<'_> {
        type Output = Vec<Block>;
        #[inline(always)]
        fn run<V: Vector>(self) -> Vec<Block> {
            let mut random = self.0.start::<V>();
            let mut out = vec![Block::default(); self.1];
            out.iter_mut().for_each(|block| random.next().store(block));
            random.rest(self.0);
            out
        }
    }

    /// The crate's generator, seeded and jumped the same way, gives the same words: on every path, across stops.
    #[test]
    fn streams_are_the_crates_generator_jumped() {
        for path in Path::available() {
            let mut expected = Xoshiro256PlusPlus::seed_from_u64(7);
            for mut stream in Streams::new(7).take(3) {
                let lanes: [_; WORDS] = std::array::from_fn(|_| {
                    let lane = expected.clone();
                    expected.jump();
                    lane
                });
                let mut lanes = lanes;
                let blocks: Vec<Block> =
                    [5, 1, 9].iter().flat_map(|&n| dispatch(path, Steps(&mut stream, n))).collect();
                for block in blocks {
                    assert_eq!(block.0, std::array::from_fn(|k| lanes[k].next_u64()), "{path:?}");
                }
            }
        }
    }
}
