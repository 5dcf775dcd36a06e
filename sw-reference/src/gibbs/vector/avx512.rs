//! Vectors in AVX-512.
#![allow(unsafe_code, reason = "vector instructions")]

use super::{Block, EXP2, EXP2_MAX, FLOATS, Floats, Lookup, Vector, WORDS};
use std::arch::x86_64::*;

/// One register.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512i);

/// A bitwise function of three; K is its truth table, entry 4 a + 2 b + c.
macro_rules! ternary {
    ($k:literal, $a:expr, $b:expr, $c:expr) => {
        // SAFETY: these vectors only run where `run_avx512` switched the instructions on; so everywhere in this file.
        Self(unsafe { _mm512_ternarylogic_epi64::<$k>($a.0, $b.0, $c.0) })
    };
}

impl Vector for Avx512 {
    type Real = __m512;

    #[inline(always)]
    fn load(block: &Block) -> Self {
        Self(unsafe { _mm512_load_si512(block.0.as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, block: &mut Block) {
        unsafe { _mm512_store_si512(block.0.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn splat(word: u64) -> Self {
        Self(unsafe { _mm512_set1_epi64(word as i64) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(unsafe { _mm512_xor_si512(self.0, other.0) })
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(unsafe { _mm512_and_si512(self.0, other.0) })
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(unsafe { _mm512_or_si512(self.0, other.0) })
    }
    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        Self(unsafe { _mm512_andnot_si512(other.0, self.0) })
    }
    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        ternary!(0x96, self, b, c)
    }
    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        ternary!(0xe8, self, b, c)
    }
    #[inline(always)]
    fn select(self, one: Self, zero: Self) -> Self {
        ternary!(0xca, self, one, zero)
    }
    #[inline(always)]
    fn or_and(self, a: Self, b: Self) -> Self {
        ternary!(0xf8, self, a, b)
    }
    #[inline(always)]
    fn and_equal(self, a: Self, b: Self) -> Self {
        ternary!(0x90, self, a, b)
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(unsafe { _mm512_add_epi64(self.0, other.0) })
    }
    #[inline(always)]
    fn rotate<const N: i32, const M: i32>(self) -> Self {
        Self(unsafe { _mm512_rol_epi64::<N>(self.0) })
    }
    #[inline(always)]
    fn shift<const N: i32>(self) -> Self {
        // The count as a vector: the immediate form has an unsigned constant.
        Self(unsafe { _mm512_sllv_epi64(self.0, _mm512_set1_epi64(N as i64)) })
    }
    #[inline(always)]
    fn rotate_by(self, by: Self) -> Self {
        Self(unsafe { _mm512_rolv_epi64(self.0, by.0) })
    }
    #[inline(always)]
    unsafe fn gather(words: &[u64], index: &[u32; WORDS]) -> Self {
        Self(unsafe {
            let index = _mm256_loadu_si256(index.as_ptr().cast());
            _mm512_i32gather_epi64::<8>(index, words.as_ptr().cast())
        })
    }
    #[inline(always)]
    fn any(self) -> bool {
        unsafe { _mm512_test_epi64_mask(self.0, self.0) != 0 }
    }

    #[inline(always)]
    fn compare<const D: usize>(self, masks: [u32; D], table: &Lookup) -> (u32, u32) {
        unsafe {
            let mut index = _mm512_setzero_si512();
            for (d, mask) in masks.into_iter().enumerate() {
                index = _mm512_mask_add_epi16(index, mask, index, _mm512_set1_epi16(1 << d));
            }
            let low = _mm512_load_si512(table.0.as_ptr().cast());
            let thresholds = if D <= 5 {
                _mm512_permutexvar_epi16(index, low)
            } else {
                let high = _mm512_load_si512(table.0.as_ptr().add(32).cast());
                _mm512_permutex2var_epi16(low, index, high)
            };
            (_mm512_cmplt_epu16_mask(self.0, thresholds), _mm512_cmpeq_epu16_mask(self.0, thresholds))
        }
    }

    #[inline(always)]
    fn load_real(floats: &Floats) -> Self::Real {
        unsafe { _mm512_load_ps(floats.0.as_ptr()) }
    }
    #[inline(always)]
    fn store_real(a: Self::Real, floats: &mut Floats) {
        unsafe { _mm512_store_ps(floats.0.as_mut_ptr(), a) }
    }
    #[inline(always)]
    fn splat_real(value: f32) -> Self::Real {
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    fn add_real(a: Self::Real, b: Self::Real) -> Self::Real {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn multiply(a: Self::Real, b: Self::Real) -> Self::Real {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn add_masked(a: Self::Real, mask: u16, b: Self::Real) -> Self::Real {
        unsafe { _mm512_mask_add_ps(a, mask, a, b) }
    }
    #[inline(always)]
    unsafe fn gather_real(floats: &[f32], index: &[u32; FLOATS]) -> Self::Real {
        unsafe {
            let index = _mm512_loadu_si512(index.as_ptr().cast());
            _mm512_i32gather_ps::<4>(index, floats.as_ptr().cast())
        }
    }
    #[inline(always)]
    fn less(a: Self::Real, b: Self::Real) -> u16 {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b) }
    }
    #[inline(always)]
    fn upper_24(self) -> Self::Real {
        unsafe { _mm512_cvtepi32_ps(_mm512_srli_epi32::<8>(self.0)) }
    }
    #[inline(always)]
    fn exp2(x: Self::Real) -> Self::Real {
        unsafe {
            let x = _mm512_max_ps(_mm512_min_ps(x, _mm512_set1_ps(EXP2_MAX)), _mm512_set1_ps(-EXP2_MAX));
            let whole = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
            let rest = _mm512_sub_ps(x, whole);
            let mut power = _mm512_set1_ps(EXP2[0]);
            for c in &EXP2[1..] {
                power = _mm512_add_ps(_mm512_mul_ps(power, rest), _mm512_set1_ps(*c));
            }
            let exponent = _mm512_add_epi32(_mm512_cvtps_epi32(whole), _mm512_set1_epi32(127));
            _mm512_mul_ps(power, _mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent)))
        }
    }
}
