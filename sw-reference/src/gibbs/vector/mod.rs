//! 512 bits or 16 floats at a time, once per instruction set, all with the same results.
//!
//! [`Vector`] is the few operations that the kernels are written in; floats are only added, multiplied, rounded and compared,
//! never fused, so that every processor gives the same bytes. A [`Kernel`] is one generic function; [`dispatch`] runs it with
//! the instruction set of a path switched on.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use crate::fast::Path;
pub(super) use portable::Portable;

/// Words of a vector.
pub(super) const WORDS: usize = 8;
/// Bits of a vector.
pub(super) const BITS: usize = 64 * WORDS;
/// Lanes of 16-bit numbers in a vector.
pub(super) const SHORTS: usize = 32;
/// Floats of a vector.
pub(super) const FLOATS: usize = 16;
/// Entries of a [`Lookup`].
pub(super) const ENTRIES: usize = 64;

/// 512 bits in memory; bit b is bit b mod 64 of word b div 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C, align(64))]
pub(super) struct Block(pub [u64; WORDS]);

impl Block {
    /// All bits the same.
    pub(super) fn splat(up: bool) -> Self {
        Self([u64::from(up).wrapping_neg(); WORDS])
    }

    /// One bit.
    pub(super) fn get(&self, bit: usize) -> bool {
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// Sets one bit.
    pub(super) fn set(&mut self, bit: usize, up: bool) {
        let word = &mut self.0[bit / 64];
        *word = *word & !(1 << (bit % 64)) | u64::from(up) << (bit % 64);
    }
}

/// A table of 64 numbers of 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Lookup(pub [u16; ENTRIES]);

/// 16 floats in memory.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C, align(64))]
pub(super) struct Floats(pub [f32; FLOATS]);

/// 512 bits in registers.
pub(super) trait Vector: Copy {
    /// 16 floats in registers.
    type Real: Copy;

    /// From memory.
    fn load(block: &Block) -> Self;
    /// To memory.
    fn store(self, block: &mut Block);
    /// The same word eight times.
    fn splat(word: u64) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Bitwise and.
    fn and(self, other: Self) -> Self;
    /// Bitwise or.
    fn or(self, other: Self) -> Self;
    /// self and not other.
    fn and_not(self, other: Self) -> Self;
    /// Exclusive or of three.
    fn xor3(self, b: Self, c: Self) -> Self;
    /// Majority of three.
    fn majority(self, b: Self, c: Self) -> Self;
    /// Where self is 1 the bits of `one`, else of `zero`.
    fn select(self, one: Self, zero: Self) -> Self;
    /// self or (a and b).
    fn or_and(self, a: Self, b: Self) -> Self;
    /// self and (a equal to b).
    fn and_equal(self, a: Self, b: Self) -> Self;
    /// Words added, modulo 2^64.
    fn add(self, other: Self) -> Self;
    /// Words rotated left by N, 1 to 63; M is 64 - N.
    fn rotate<const N: i32, const M: i32>(self) -> Self;
    /// Words shifted left.
    fn shift<const N: i32>(self) -> Self;
    /// Word k rotated left by word k of `by`, each below 64.
    fn rotate_by(self, by: Self) -> Self;
    /// Word k is `words[index[k]]`.
    ///
    /// # Safety
    /// The indices lie within `words`.
    unsafe fn gather(words: &[u64], index: &[u32; WORDS]) -> Self;
    /// Is any bit 1?
    fn any(self) -> bool;
    /// Self as 32 draws of 16 bits, bits 16 k to 16 k + 15 draw k. Bit d of index k is bit k of `masks[d]`. Bit k of the results:
    /// draw k < table[index k], and draw k = table[index k].
    fn compare<const D: usize>(self, masks: [u32; D], table: &Lookup) -> (u32, u32);

    /// Floats from memory.
    fn load_real(floats: &Floats) -> Self::Real;
    /// Floats to memory.
    fn store_real(a: Self::Real, floats: &mut Floats);
    /// The same float in all lanes.
    fn splat_real(value: f32) -> Self::Real;
    /// a + b.
    fn add_real(a: Self::Real, b: Self::Real) -> Self::Real;
    /// a * b.
    fn multiply(a: Self::Real, b: Self::Real) -> Self::Real;
    /// Lane k: a + b where bit k of the mask is 1, else a.
    fn add_masked(a: Self::Real, mask: u16, b: Self::Real) -> Self::Real;
    /// Lane k is `floats[index[k]]`.
    ///
    /// # Safety
    /// The indices lie within `floats`.
    unsafe fn gather_real(floats: &[f32], index: &[u32; FLOATS]) -> Self::Real;
    /// Bit k: a[k] < b[k].
    fn less(a: Self::Real, b: Self::Real) -> u16;
    /// The upper 24 bits of every 32-bit lane as an integer.
    fn upper_24(self) -> Self::Real;
    /// 2^x to 2 10^-7, relative, for x limited to -125 to 125.
    fn exp2(x: Self::Real) -> Self::Real;

    /// Bit k is 1 with probability 1 / (1 + 2^-y), decided by self as random bits: a uniform number u of 24 bits fulfils
    /// u (1 + 2^-y) < 1. The probability's error is at most 2^-22.
    #[inline(always)]
    fn logistic(self, y: Self::Real) -> u16 {
        let ulp = Self::splat_real((-24f32).exp2());
        let u = Self::add_real(Self::multiply(self.upper_24(), ulp), Self::splat_real((-25f32).exp2()));
        let e = Self::exp2(Self::multiply(y, Self::splat_real(-1.0)));
        Self::less(Self::add_real(u, Self::multiply(u, e)), Self::splat_real(1.0))
    }
}

/// Taylor's coefficients of 2^r for |r| <= 1/2, ln(2)^k / k!, highest power first.
const EXP2: [f32; 7] =
    [1.540_353e-4, 1.333_355_8e-3, 9.618_129e-3, 5.550_411e-2, 2.402_265e-1, 6.931_472e-1, 1.0];
/// Largest size of an exponent of 2.
const EXP2_MAX: f32 = 125.0;

/// A function that runs with one path's vectors.
pub(super) trait Kernel {
    /// What it returns.
    type Output;
    /// Runs it. Implementations are `#[inline(always)]`, or the instruction set stays switched off.
    fn run<V: Vector>(self) -> Self::Output;
}

/// Runs a kernel on a path that this processor has (see [`resolve`]).
pub(super) fn dispatch<K: Kernel>(path: Path, kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    match path {
        // SAFETY: `resolve` made sure that the processor has the instructions.
        Path::Avx512 | Path::Amx => return unsafe { run_avx512(kernel) },
        // SAFETY: as above.
        Path::Avx2 => return unsafe { run_avx2(kernel) },
        Path::Auto | Path::Portable => {}
    }
    kernel.run::<Portable>()
}

/// The path that runs for a wish.
///
/// # Panics
/// If this processor does not have it.
pub(super) fn resolve(path: Path) -> Path {
    let available = Path::available();
    match path {
        Path::Auto => *available.last().expect("portable is always there"),
        path => {
            assert!(available.contains(&path), "this processor does not have the path {}", path.name());
            path
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi2,bmi2")]
fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<avx512::Avx512>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi2")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<avx2::Avx2>()
}

#[cfg(test)]
mod tests;
