//! Vectors in AVX2: two registers each.
#![allow(unsafe_code, reason = "vector instructions")]

use super::{Block, EXP2, EXP2_MAX, FLOATS, Floats, Lookup, Vector, WORDS};
use std::arch::x86_64::*;

/// Two registers.
#[derive(Clone, Copy)]
pub(super) struct Avx2([__m256i; 2]);

/// A function of one, two or three vectors, half by half.
// SAFETY: these vectors only run where `run_avx2` switched the instructions on; so everywhere in this file.
macro_rules! halves {
    (|$($name:ident = $value:ident),+| $function:expr) => {
        Self([
            { $(let $name = $value.0[0];)+ unsafe { $function } },
            { $(let $name = $value.0[1];)+ unsafe { $function } },
        ])
    };
}

/// The same for both halves of something; a closure would not take the instruction set over.
// SAFETY: as above.
macro_rules! both {
    ($half:ident => $body:block) => {
        [
            {
                let $half = 0;
                #[allow(unused_unsafe)]
                unsafe {
                    $body
                }
            },
            {
                let $half = 1;
                #[allow(unused_unsafe)]
                unsafe {
                    $body
                }
            },
        ]
    };
}

impl Vector for Avx2 {
    type Real = [__m256; 2];

    #[inline(always)]
    fn load(block: &Block) -> Self {
        let pointer = block.0.as_ptr().cast::<__m256i>();
        Self(unsafe { [_mm256_load_si256(pointer), _mm256_load_si256(pointer.add(1))] })
    }
    #[inline(always)]
    fn store(self, block: &mut Block) {
        let pointer = block.0.as_mut_ptr().cast::<__m256i>();
        unsafe {
            _mm256_store_si256(pointer, self.0[0]);
            _mm256_store_si256(pointer.add(1), self.0[1]);
        }
    }
    #[inline(always)]
    fn splat(word: u64) -> Self {
        Self([unsafe { _mm256_set1_epi64x(word as i64) }; 2])
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        halves!(|a = self, b = other| _mm256_xor_si256(a, b))
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        halves!(|a = self, b = other| _mm256_and_si256(a, b))
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        halves!(|a = self, b = other| _mm256_or_si256(a, b))
    }
    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        halves!(|a = self, b = other| _mm256_andnot_si256(b, a))
    }
    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        self.xor(b).xor(c)
    }
    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        // Where a and b differ, c decides.
        halves!(|a = self, b = b, c = c| {
            let differ = _mm256_xor_si256(a, b);
            _mm256_or_si256(_mm256_and_si256(differ, c), _mm256_andnot_si256(differ, a))
        })
    }
    #[inline(always)]
    fn select(self, one: Self, zero: Self) -> Self {
        halves!(|m = self, one = one, zero = zero| _mm256_or_si256(
            _mm256_and_si256(m, one),
            _mm256_andnot_si256(m, zero)
        ))
    }
    #[inline(always)]
    fn or_and(self, a: Self, b: Self) -> Self {
        self.or(a.and(b))
    }
    #[inline(always)]
    fn and_equal(self, a: Self, b: Self) -> Self {
        self.and_not(a.xor(b))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        halves!(|a = self, b = other| _mm256_add_epi64(a, b))
    }
    #[inline(always)]
    fn rotate<const N: i32, const M: i32>(self) -> Self {
        halves!(|a = self| _mm256_or_si256(_mm256_slli_epi64::<N>(a), _mm256_srli_epi64::<M>(a)))
    }
    #[inline(always)]
    fn shift<const N: i32>(self) -> Self {
        halves!(|a = self| _mm256_slli_epi64::<N>(a))
    }
    #[inline(always)]
    fn rotate_by(self, by: Self) -> Self {
        // A shift by 64 gives 0.
        halves!(|a = self, by = by| _mm256_or_si256(
            _mm256_sllv_epi64(a, by),
            _mm256_srlv_epi64(a, _mm256_sub_epi64(_mm256_set1_epi64x(64), by))
        ))
    }
    #[inline(always)]
    unsafe fn gather(words: &[u64], index: &[u32; WORDS]) -> Self {
        let pointer = index.as_ptr().cast::<__m128i>();
        Self(both!(half => {
            _mm256_i32gather_epi64::<8>(words.as_ptr().cast(), _mm_loadu_si128(pointer.add(half)))
        }))
    }
    #[inline(always)]
    fn any(self) -> bool {
        unsafe {
            let both = _mm256_or_si256(self.0[0], self.0[1]);
            _mm256_testz_si256(both, both) == 0
        }
    }

    #[inline(always)]
    fn compare<const D: usize>(self, masks: [u32; D], table: &Lookup) -> (u32, u32) {
        unsafe {
            let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
            let one = _mm256_set1_epi32(1);
            let flip = _mm256_set1_epi16(i16::MIN);
            let (mut less, mut equal) = (0, 0);
            for half in 0..2 {
                // Thresholds of 8 lanes each, as 32-bit numbers.
                let thresholds = both!(quarter => {
                    let mut index = _mm256_setzero_si256();
                    for (d, mask) in masks.iter().enumerate() {
                        let mask = _mm256_set1_epi32((mask >> (16 * half + 8 * quarter)) as i32);
                        let up = _mm256_cmpeq_epi32(_mm256_and_si256(mask, bits), bits);
                        index = _mm256_or_si256(index, _mm256_and_si256(up, _mm256_set1_epi32(1 << d)));
                    }
                    // Pairs of entries are gathered, then the right one moves down.
                    let pair =
                        _mm256_i32gather_epi32::<4>(table.0.as_ptr().cast(), _mm256_srli_epi32::<1>(index));
                    let shift = _mm256_slli_epi32::<4>(_mm256_and_si256(index, one));
                    _mm256_and_si256(_mm256_srlv_epi32(pair, shift), _mm256_set1_epi32(0xffff))
                });
                let packed = _mm256_packus_epi32(thresholds[0], thresholds[1]);
                let thresholds = _mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
                let below = _mm256_cmpgt_epi16(
                    _mm256_xor_si256(thresholds, flip),
                    _mm256_xor_si256(self.0[half], flip),
                );
                let same = _mm256_cmpeq_epi16(thresholds, self.0[half]);
                // Bytes of `below` and `same` side by side, in order.
                let both = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi16(below, same));
                let both = _mm256_movemask_epi8(both) as u32;
                less |= (both & 0xffff) << (16 * half);
                equal |= both >> 16 << (16 * half);
            }
            (less, equal)
        }
    }

    #[inline(always)]
    fn load_real(floats: &Floats) -> Self::Real {
        let pointer = floats.0.as_ptr();
        unsafe { [_mm256_load_ps(pointer), _mm256_load_ps(pointer.add(8))] }
    }
    #[inline(always)]
    fn store_real(a: Self::Real, floats: &mut Floats) {
        let pointer = floats.0.as_mut_ptr();
        unsafe {
            _mm256_store_ps(pointer, a[0]);
            _mm256_store_ps(pointer.add(8), a[1]);
        }
    }
    #[inline(always)]
    fn splat_real(value: f32) -> Self::Real {
        [unsafe { _mm256_set1_ps(value) }; 2]
    }
    #[inline(always)]
    fn add_real(a: Self::Real, b: Self::Real) -> Self::Real {
        both!(half => { _mm256_add_ps(a[half], b[half]) })
    }
    #[inline(always)]
    fn multiply(a: Self::Real, b: Self::Real) -> Self::Real {
        both!(half => { _mm256_mul_ps(a[half], b[half]) })
    }
    #[inline(always)]
    fn add_masked(a: Self::Real, mask: u16, b: Self::Real) -> Self::Real {
        both!(half => {
            let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
            let mask = _mm256_set1_epi32((mask >> (8 * half)).into());
            let up = _mm256_cmpeq_epi32(_mm256_and_si256(mask, bits), bits);
            // Blending keeps a's -0.0, which adding 0.0 would not.
            _mm256_blendv_ps(a[half], _mm256_add_ps(a[half], b[half]), _mm256_castsi256_ps(up))
        })
    }
    #[inline(always)]
    unsafe fn gather_real(floats: &[f32], index: &[u32; FLOATS]) -> Self::Real {
        let pointer = index.as_ptr().cast::<__m256i>();
        both!(half => {
            _mm256_i32gather_ps::<4>(floats.as_ptr(), _mm256_loadu_si256(pointer.add(half)))
        })
    }
    #[inline(always)]
    fn less(a: Self::Real, b: Self::Real) -> u16 {
        let [low, high] =
            both!(half => { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(a[half], b[half])) });
        (low | high << 8) as u16
    }
    #[inline(always)]
    fn upper_24(self) -> Self::Real {
        both!(half => { _mm256_cvtepi32_ps(_mm256_srli_epi32::<8>(self.0[half])) })
    }
    #[inline(always)]
    fn exp2(x: Self::Real) -> Self::Real {
        both!(half => {
            let x = _mm256_max_ps(_mm256_min_ps(x[half], _mm256_set1_ps(EXP2_MAX)), _mm256_set1_ps(-EXP2_MAX));
            let whole = _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
            let rest = _mm256_sub_ps(x, whole);
            let mut power = _mm256_set1_ps(EXP2[0]);
            for c in &EXP2[1..] {
                power = _mm256_add_ps(_mm256_mul_ps(power, rest), _mm256_set1_ps(*c));
            }
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(whole), _mm256_set1_epi32(127));
            _mm256_mul_ps(power, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)))
        })
    }
}
