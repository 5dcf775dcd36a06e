//! The reference-grade source: xoshiro128++ (Blackman, Vigna 2019).

use super::{ZeroState, gf2};
use std::sync::OnceLock;

/// xoshiro128++ over four 32-bit words. The state is never all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Xoshiro128PlusPlus {
    s: [u32; 4],
}

/// The linear part of a step.
fn advance(s: [u32; 4]) -> [u32; 4] {
    let [a, b, c, d] = s;
    let (c, d) = (c ^ a, d ^ b);
    [a ^ d, b ^ c, c ^ (s[1] << 9), d.rotate_left(11)]
}

fn xor(a: [u32; 4], b: [u32; 4]) -> [u32; 4] {
    std::array::from_fn(|i| a[i] ^ b[i])
}

impl Xoshiro128PlusPlus {
    /// A generator in this state.
    ///
    /// # Errors
    /// [`ZeroState`]: all zero never leaves itself.
    pub fn new(s: [u32; 4]) -> Result<Self, ZeroState> {
        if s == [0; 4] { Err(ZeroState) } else { Ok(Self { s }) }
    }

    /// The state words s\[0\] .. s\[3\].
    pub fn state(&self) -> [u32; 4] {
        self.s
    }

    /// One step; returns its 32-bit output.
    pub fn step(&mut self) -> u32 {
        let out = self.s[0].wrapping_add(self.s[3]).rotate_left(7).wrapping_add(self.s[0]);
        self.s = advance(self.s);
        out
    }

    /// One step; returns the upper `draw_bits` bits of its output. 1 to 32.
    pub fn draw(&mut self, draw_bits: u32) -> u32 {
        self.step() >> (32 - draw_bits)
    }

    /// Characteristic polynomial of the step, degree 128: found once from 256 successive values of one state bit, whose
    /// shortest recurrence it is because it is irreducible. The tests evaluate it on the whole state.
    pub fn modulus() -> gf2::Modulus {
        static MODULUS: OnceLock<gf2::Modulus> = OnceLock::new();
        *MODULUS.get_or_init(|| {
            let mut state = [1, 0, 0, 0];
            let bits: Vec<bool> = (0..256)
                .map(|_| {
                    let bit = state[0] & 1 == 1;
                    state = advance(state);
                    bit
                })
                .collect();
            gf2::shortest_recurrence(&bits)
        })
    }

    /// The polynomial that advances by `draws` steps.
    pub(super) fn jump_polynomial(draws: u128) -> u128 {
        Self::modulus().power_of_x(draws)
    }

    /// Advances by a polynomial of [`Self::jump_polynomial`].
    pub(super) fn jump(&mut self, polynomial: u128) {
        self.s = gf2::apply(polynomial, [0; 4], self.s, advance, xor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_xoshiro::Xoshiro128PlusPlus as Published;
    use rand_xoshiro::rand_core::{Rng, SeedableRng};

    fn published(s: [u32; 4]) -> Published {
        let mut bytes = [0; 16];
        bytes.chunks_exact_mut(4).zip(s).for_each(|(chunk, word)| chunk.copy_from_slice(&word.to_le_bytes()));
        Published::from_seed(bytes)
    }

    /// The characteristic polynomial annihilates every basis state, so it describes the whole step.
    #[test]
    fn the_polynomial_annihilates_the_step() {
        let modulus = Xoshiro128PlusPlus::modulus();
        assert_eq!(modulus.degree(), 128);
        for bit in 0..128 {
            let mut basis = [0u32; 4];
            basis[bit / 32] = 1 << (bit % 32);
            let low = gf2::apply(modulus.low(), [0; 4], basis, advance, xor);
            let high = (0..128).fold(basis, |s, _| advance(s));
            assert_eq!(low, high);
        }
    }

    #[test]
    fn the_period_is_full() {
        // 2^128 - 1 = (2^64 - 1)(2^64 + 1), and 2^64 + 1 = 274177 * 67280421310721.
        let factors: [u128; 9] = [3, 5, 17, 257, 641, 65_537, 6_700_417, 274_177, 67_280_421_310_721];
        assert_eq!(factors.iter().copied().reduce(u128::wrapping_mul), Some(u128::MAX));
        let modulus = Xoshiro128PlusPlus::modulus();
        assert_eq!(modulus.power_of_x(u128::MAX), 1);
        for p in factors {
            assert_ne!(modulus.power_of_x(u128::MAX / p), 1, "the order divides (2^128-1)/{p}");
        }
    }

    #[test]
    fn zero_is_refused() {
        assert_eq!(Xoshiro128PlusPlus::new([0; 4]), Err(ZeroState));
    }

    proptest! {
        #[test]
        fn equals_the_published_crate(s in any::<[u32; 4]>()) {
            prop_assume!(s != [0; 4]);
            let (mut ours, mut theirs) = (Xoshiro128PlusPlus::new(s).unwrap(), published(s));
            for _ in 0..100 {
                prop_assert_eq!(ours.step(), theirs.next_u32());
            }
            ours.jump(Xoshiro128PlusPlus::jump_polynomial(1 << 64));
            theirs.jump();
            for _ in 0..10 {
                prop_assert_eq!(ours.step(), theirs.next_u32());
            }
            ours.jump(Xoshiro128PlusPlus::jump_polynomial(1 << 96));
            theirs.long_jump();
            prop_assert_eq!(ours.step(), theirs.next_u32());
        }

        #[test]
        fn jump_equals_stepping(s in any::<[u32; 4]>(), draws in 0u32..5000) {
            prop_assume!(s != [0; 4]);
            let (mut stepped, mut jumped) = (Xoshiro128PlusPlus::new(s).unwrap(), Xoshiro128PlusPlus::new(s).unwrap());
            (0..draws).for_each(|_| { stepped.step(); });
            jumped.jump(Xoshiro128PlusPlus::jump_polynomial(draws.into()));
            prop_assert_eq!(stepped, jumped);
        }
    }
}
