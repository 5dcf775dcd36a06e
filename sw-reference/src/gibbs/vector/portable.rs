//! Vectors in plain Rust: the definition of every operation.

use super::{Block, EXP2, EXP2_MAX, FLOATS, Floats, Lookup, SHORTS, Vector, WORDS};
use std::array::from_fn;

/// Eight words.
#[derive(Clone, Copy)]
pub(in crate::gibbs) struct Portable([u64; WORDS]);

impl Portable {
    #[inline(always)]
    fn map2(self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        Self(from_fn(|k| f(self.0[k], other.0[k])))
    }

    #[inline(always)]
    fn map3(self, b: Self, c: Self, f: impl Fn(u64, u64, u64) -> u64) -> Self {
        Self(from_fn(|k| f(self.0[k], b.0[k], c.0[k])))
    }
}

impl Vector for Portable {
    type Real = [f32; FLOATS];

    #[inline(always)]
    fn load(block: &Block) -> Self {
        Self(block.0)
    }
    #[inline(always)]
    fn store(self, block: &mut Block) {
        block.0 = self.0;
    }
    #[inline(always)]
    fn splat(word: u64) -> Self {
        Self([word; WORDS])
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.map2(other, |a, b| a ^ b)
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.map2(other, |a, b| a & b)
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.map2(other, |a, b| a | b)
    }
    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        self.map2(other, |a, b| a & !b)
    }
    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        self.map3(b, c, |a, b, c| a ^ b ^ c)
    }
    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        self.map3(b, c, |a, b, c| a & b | c & (a | b))
    }
    #[inline(always)]
    fn select(self, one: Self, zero: Self) -> Self {
        self.map3(one, zero, |m, one, zero| zero ^ m & (one ^ zero))
    }
    #[inline(always)]
    fn or_and(self, a: Self, b: Self) -> Self {
        self.map3(a, b, |s, a, b| s | a & b)
    }
    #[inline(always)]
    fn and_equal(self, a: Self, b: Self) -> Self {
        self.map3(a, b, |s, a, b| s & !(a ^ b))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.map2(other, u64::wrapping_add)
    }
    #[inline(always)]
    fn rotate<const N: i32, const M: i32>(self) -> Self {
        Self(self.0.map(|word| word.rotate_left(N as u32)))
    }
    #[inline(always)]
    fn shift<const N: i32>(self) -> Self {
        Self(self.0.map(|word| word << N))
    }
    #[inline(always)]
    fn rotate_by(self, by: Self) -> Self {
        self.map2(by, |word, by| word.rotate_left(by as u32))
    }
    #[inline(always)]
    unsafe fn gather(words: &[u64], index: &[u32; WORDS]) -> Self {
        Self(index.map(|i| words[i as usize]))
    }
    #[inline(always)]
    fn any(self) -> bool {
        self.0 != [0; WORDS]
    }

    #[inline(always)]
    fn compare<const D: usize>(self, masks: [u32; D], table: &Lookup) -> (u32, u32) {
        let (mut less, mut equal) = (0, 0);
        for k in 0..SHORTS {
            let draw = (self.0[k / 4] >> (k % 4 * 16)) as u16;
            let index = masks.iter().enumerate().fold(0, |i, (d, mask)| i | (mask >> k & 1) << d);
            let threshold = table.0[index as usize];
            less |= u32::from(draw < threshold) << k;
            equal |= u32::from(draw == threshold) << k;
        }
        (less, equal)
    }

    #[inline(always)]
    fn load_real(floats: &Floats) -> Self::Real {
        floats.0
    }
    #[inline(always)]
    fn store_real(a: Self::Real, floats: &mut Floats) {
        floats.0 = a;
    }
    #[inline(always)]
    fn splat_real(value: f32) -> Self::Real {
        [value; FLOATS]
    }
    #[inline(always)]
    fn add_real(a: Self::Real, b: Self::Real) -> Self::Real {
        from_fn(|k| a[k] + b[k])
    }
    #[inline(always)]
    fn multiply(a: Self::Real, b: Self::Real) -> Self::Real {
        from_fn(|k| a[k] * b[k])
    }
    #[inline(always)]
    fn add_masked(a: Self::Real, mask: u16, b: Self::Real) -> Self::Real {
        from_fn(|k| if mask >> k & 1 == 1 { a[k] + b[k] } else { a[k] })
    }
    #[inline(always)]
    unsafe fn gather_real(floats: &[f32], index: &[u32; FLOATS]) -> Self::Real {
        index.map(|i| floats[i as usize])
    }
    #[inline(always)]
    fn less(a: Self::Real, b: Self::Real) -> u16 {
        (0..FLOATS).fold(0, |mask, k| mask | u16::from(a[k] < b[k]) << k)
    }
    #[inline(always)]
    fn upper_24(self) -> Self::Real {
        from_fn(|k| ((self.0[k / 2] >> (k % 2 * 32)) as u32 >> 8) as f32)
    }
    #[inline(always)]
    fn exp2(x: Self::Real) -> Self::Real {
        x.map(|x| {
            let x = x.clamp(-EXP2_MAX, EXP2_MAX);
            let whole = x.round_ties_even();
            let rest = x - whole;
            let power = EXP2[1..].iter().fold(EXP2[0], |sum, c| sum * rest + c);
            power * f32::from_bits(((whole as i32 + 127) as u32) << 23)
        })
    }
}
