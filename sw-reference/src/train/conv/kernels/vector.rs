//! What the inner loops need of a vector register, and the instruction sets that have it.

/// A register of [`Vector::LANES`] floats.
pub(super) trait Vector: Copy {
    /// Floats in it; divides [`super::LINE`].
    const LANES: usize;

    /// All zero.
    unsafe fn zero() -> Self;
    /// All the same.
    unsafe fn splat(value: f32) -> Self;
    /// From memory, any alignment.
    unsafe fn load(from: *const f32) -> Self;
    /// To memory, any alignment.
    unsafe fn store(self, to: *mut f32);
    /// self + other.
    unsafe fn plus(self, other: Self) -> Self;
    /// self x factor + sum.
    unsafe fn times_plus(self, factor: Self, sum: Self) -> Self;
}

/// Defines the two entry points of an instruction set: tiles of `$rows` rows.
macro_rules! entry_points {
    ($vector:ty, $rows:literal $(, $features:literal)?) => {
        /// # Safety
        /// As for [`generic::convolve`].
        $(#[target_feature(enable = $features)])?
        pub(in super::super) unsafe fn convolve(job: &generic::Convolution) {
            // SAFETY: the caller's promise.
            unsafe { generic::convolve::<$vector, $rows>(job) }
        }

        /// # Safety
        /// As for [`generic::correlate`].
        $(#[target_feature(enable = $features)])?
        pub(in super::super) unsafe fn correlate(job: &generic::Correlation, sum: &mut [f32]) {
            // SAFETY: the caller's promise.
            unsafe { generic::correlate::<$vector, $rows>(job, sum) }
        }
    };
}

/// Eight floats that the compiler turns into whatever the target has.
pub(super) mod portable {
    use super::super::generic;
    use super::Vector;

    #[derive(Clone, Copy)]
    pub(super) struct Floats([f32; 8]);

    impl Vector for Floats {
        const LANES: usize = 8;

        #[inline(always)]
        unsafe fn zero() -> Self {
            Floats([0.0; 8])
        }

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            Floats([value; 8])
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise; an array of floats has their alignment.
            Floats(unsafe { *from.cast::<[f32; 8]>() })
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as in `load`.
            unsafe { *to.cast::<[f32; 8]>() = self.0 }
        }

        #[inline(always)]
        unsafe fn plus(self, other: Self) -> Self {
            Floats(std::array::from_fn(|i| self.0[i] + other.0[i]))
        }

        #[inline(always)]
        unsafe fn times_plus(self, factor: Self, sum: Self) -> Self {
            Floats(std::array::from_fn(|i| self.0[i] * factor.0[i] + sum.0[i]))
        }
    }

    entry_points!(Floats, 2);
}

/// Defines a register type out of five intrinsics.
#[cfg(target_arch = "x86_64")]
macro_rules! register {
    ($name:ident, $inner:ty, $lanes:literal, $zero:ident, $splat:ident, $load:ident, $store:ident, $add:ident,
     $fma:ident) => {
        #[derive(Clone, Copy)]
        pub(super) struct $name($inner);

        // SAFETY of all: the instructions are there by the callers' promise; load and store take any alignment.
        impl Vector for $name {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn zero() -> Self {
                unsafe { $name($zero()) }
            }

            #[inline(always)]
            unsafe fn splat(value: f32) -> Self {
                unsafe { $name($splat(value)) }
            }

            #[inline(always)]
            unsafe fn load(from: *const f32) -> Self {
                unsafe { $name($load(from)) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut f32) {
                unsafe { $store(to, self.0) }
            }

            #[inline(always)]
            unsafe fn plus(self, other: Self) -> Self {
                unsafe { $name($add(self.0, other.0)) }
            }

            #[inline(always)]
            unsafe fn times_plus(self, factor: Self, sum: Self) -> Self {
                unsafe { $name($fma(self.0, factor.0, sum.0)) }
            }
        }
    };
}

/// AVX2 with FMA.
#[cfg(target_arch = "x86_64")]
pub(super) mod avx2 {
    use super::super::generic;
    use super::Vector;
    use std::arch::x86_64::*;

    register!(
        Ymm,
        __m256,
        8,
        _mm256_setzero_ps,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_fmadd_ps
    );
    entry_points!(Ymm, 4, "avx2,fma");
}

/// AVX-512.
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512 {
    use super::super::generic;
    use super::Vector;
    use std::arch::x86_64::*;

    register!(
        Zmm,
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_fmadd_ps
    );
    entry_points!(Zmm, 8, "avx512f");
}
