//! The default source: a Fibonacci LFSR over 64 bits that leaps 19 bits per draw.

use super::{ZeroState, gf2};
use spinwright_contract::generator::{LFSR_DELAYS, LFSR_LEAP, LFSR_MAX_DRAW_BITS, LFSR_STATE_BITS};

/// b(t) = b(t-30) ^ b(t-46) ^ b(t-53) ^ b(t-64), 19 new bits per step.
///
/// Fibonacci form, shifted towards the most significant bit: state bit i is b(t-1-i), bit 0 the newest. The smallest delay
/// exceeds the leap, so every new bit of a step is one XOR of four old bits. The state is never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lfsr64 {
    state: u64,
}

impl Lfsr64 {
    /// A generator in this state.
    ///
    /// # Errors
    /// [`ZeroState`]: 0 is the one state that never leaves itself.
    pub fn new(state: u64) -> Result<Self, ZeroState> {
        if state == 0 { Err(ZeroState) } else { Ok(Self { state }) }
    }

    /// The state, bit 0 the newest bit.
    pub fn state(&self) -> u64 {
        self.state
    }

    /// One step; returns its 19 new bits, the newest in bit 0.
    pub fn step(&mut self) -> u32 {
        // New bit j (0 the newest) is the XOR of the bits `delay` before it: state bits delay - LEAP + j.
        let new = LFSR_DELAYS.iter().fold(0, |sum, delay| sum ^ (self.state >> (delay - LFSR_LEAP)))
            & ((1 << LFSR_LEAP) - 1);
        self.state = (self.state << LFSR_LEAP) | new;
        new as u32
    }

    /// One step; returns a draw of `draw_bits` bits, the oldest of the new ones. At most 19.
    pub fn draw(&mut self, draw_bits: u32) -> u32 {
        debug_assert!(draw_bits <= LFSR_MAX_DRAW_BITS);
        self.step() >> (LFSR_LEAP - draw_bits)
    }

    /// Characteristic polynomial of one bit's step: x^64 + sum of x^(64 - delay).
    pub fn modulus() -> gf2::Modulus {
        let low = LFSR_DELAYS.iter().fold(0u128, |low, delay| low | 1 << (LFSR_STATE_BITS - delay));
        gf2::Modulus::new(LFSR_STATE_BITS, low)
    }

    /// The polynomial that advances by `draws` steps.
    pub(super) fn jump_polynomial(draws: u128) -> u128 {
        // The exponent counts bits; x has order 2^64 - 1, which keeps the product in range.
        let order = u128::from(u64::MAX);
        Self::modulus().power_of_x(draws % order * u128::from(LFSR_LEAP) % order)
    }

    /// Advances by a polynomial of [`Self::jump_polynomial`].
    pub(super) fn jump(&mut self, polynomial: u128) {
        let bit_step = |s: u64| {
            let new = LFSR_DELAYS.iter().fold(0, |sum, delay| sum ^ (s >> (delay - 1))) & 1;
            s << 1 | new
        };
        self.state = gf2::apply(polynomial, 0, self.state, bit_step, |a, b| a ^ b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2^64 - 1 = 3 * 5 * 17 * 257 * 641 * 65537 * 6700417, all prime.
    const FACTORS: [u64; 7] = [3, 5, 17, 257, 641, 65_537, 6_700_417];

    #[test]
    fn factorization_is_complete() {
        assert_eq!(FACTORS.iter().map(|&p| u128::from(p)).product::<u128>(), u128::from(u64::MAX));
        for p in FACTORS {
            assert!((2..).take_while(|d| d * d <= p).all(|d| p % d != 0), "{p} is prime");
        }
    }

    #[test]
    fn the_polynomial_is_primitive() {
        let modulus = Lfsr64::modulus();
        assert_eq!(modulus.low(), 1 << 34 | 1 << 18 | 1 << 11 | 1);
        let order = u128::from(u64::MAX);
        assert_eq!(modulus.power_of_x(order), 1, "x^(2^64-1) = 1");
        for p in FACTORS {
            assert_ne!(modulus.power_of_x(order / u128::from(p)), 1, "the order divides (2^64-1)/{p}");
        }
    }

    #[test]
    fn the_leap_keeps_the_period() {
        // gcd(19, 2^64 - 1) = 1: 19 is prime and none of the factors.
        assert!(FACTORS.iter().all(|&p| p != u64::from(LFSR_LEAP)));
    }

    /// The formula of the contract, written out.
    #[test]
    fn step_is_the_contracts_formula() {
        let mut lfsr = Lfsr64::new(0x0123_4567_89ab_cdef).unwrap();
        for _ in 0..1000 {
            let s = lfsr.state();
            let new = ((s >> 11) ^ (s >> 27) ^ (s >> 34) ^ (s >> 45)) & ((1 << 19) - 1);
            assert_eq!(u64::from(lfsr.step()), new);
            assert_eq!(lfsr.state(), (s << 19) | new);
        }
    }

    /// The recurrence on a plain list of bits: an independent formulation.
    #[test]
    fn step_follows_the_recurrence() {
        let mut lfsr = Lfsr64::new(0xdead_beef_0bad_cafe).unwrap();
        let mut bits: Vec<bool> = (0..64).rev().map(|i| lfsr.state() >> i & 1 == 1).collect();
        for _ in 0..500 {
            let new = lfsr.step();
            for j in (0..19).rev() {
                let t = bits.len();
                let bit = bits[t - 30] ^ bits[t - 46] ^ bits[t - 53] ^ bits[t - 64];
                assert_eq!(bit, new >> j & 1 == 1);
                bits.push(bit);
            }
        }
    }

    #[test]
    fn zero_is_refused() {
        assert_eq!(Lfsr64::new(0), Err(ZeroState));
    }

    #[test]
    fn draws_are_the_oldest_new_bits() {
        let (mut a, mut b) = (Lfsr64::new(7).unwrap(), Lfsr64::new(7).unwrap());
        for _ in 0..100 {
            assert_eq!(a.draw(8), b.step() >> 11);
        }
    }

    proptest! {
        #[test]
        fn jump_equals_stepping(state in 1u64.., draws in 0u32..5000) {
            let (mut stepped, mut jumped) = (Lfsr64::new(state).unwrap(), Lfsr64::new(state).unwrap());
            (0..draws).for_each(|_| { stepped.step(); });
            jumped.jump(Lfsr64::jump_polynomial(draws.into()));
            prop_assert_eq!(stepped, jumped);
        }

        #[test]
        fn jumps_add_up(state in 1u64.., a in any::<u64>(), b in any::<u64>()) {
            let (mut one, mut two) = (Lfsr64::new(state).unwrap(), Lfsr64::new(state).unwrap());
            one.jump(Lfsr64::jump_polynomial(u128::from(a) + u128::from(b)));
            two.jump(Lfsr64::jump_polynomial(a.into()));
            two.jump(Lfsr64::jump_polynomial(b.into()));
            prop_assert_eq!(one, two);
        }
    }
}
