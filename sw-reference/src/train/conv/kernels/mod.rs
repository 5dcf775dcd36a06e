//! Direct convolutions on float planes, once per instruction set.
//!
//! Two inner loops carry all of the training: [`Kernels::convolve`] (forward, and backward with transposed taps and
//! weights) and [`Kernels::correlate`] (gradients of weights). Both keep a tile of 8 rows x up to 3 vectors of sums in
//! registers. Lowering to a matrix product would first copy every source row once per tap.
//!
//! Planes are row-major, one row of channels per position. Sums of machine numbers are exact in f32, so the forward
//! pass has the same bytes on every path; gradients are rounded in an order that depends on the path.

#[cfg(target_arch = "x86_64")]
mod amx;
pub(crate) mod elementwise;
mod generic;
mod vector;

use super::buffer::LINE;
use super::taps::Gather;

/// Which instructions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// No vector intrinsics.
    Portable,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 with VL, BW and DQ.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX-512, and products of bfloat16 in AMX tiles: only for weights and spins that are exact in 8 bits.
    #[cfg(target_arch = "x86_64")]
    Amx,
}

impl Path {
    /// The paths of this processor, slowest first.
    pub(crate) fn available() -> Vec<Path> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut))]
        let mut paths = vec![Path::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                paths.push(Path::Avx2);
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
            {
                paths.push(Path::Avx512);
                if amx::available() {
                    paths.push(Path::Amx);
                }
            }
        }
        paths
    }

    /// The fastest path of this processor for weights of `bits` bits (none: any real numbers).
    pub(crate) fn fastest(bits: Option<u32>) -> Path {
        let path = Self::available().pop().unwrap_or(Path::Portable);
        if bits.is_some_and(|bits| bits <= 8) { path } else { path.exact() }
    }

    /// The fastest path that multiplies any numbers of 24 bits.
    pub(crate) fn exact(self) -> Path {
        match self {
            #[cfg(target_arch = "x86_64")]
            Path::Amx => Path::Avx512,
            path => path,
        }
    }
}

/// A plane, or the gradient of one: rows of `stride` floats, of which the first `channels` count.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) channels: usize,
}

/// Where the sums of [`convolve`] begin.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// At zero.
    Zero,
    /// At what the target holds.
    Target,
    /// At these rows.
    Rows(&'a [f32]),
    /// At the same row everywhere.
    Row(&'a [f32]),
}

/// target[row][o] = start + sum over taps t and channels i of weights[t][i][o] source[gather(row, t)][i] for the first `rows`
/// rows; targets and weights have `width` channels, a multiple of [`LINE`].
///
/// # Panics
/// If a slice is too short for the shapes.
#[expect(
    clippy::too_many_arguments,
    reason = "the shapes of a product are many; a struct for one call would hide them"
)]
pub(crate) fn convolve(
    path: Path,
    gather: &Gather,
    rows: usize,
    source: Rows,
    weights: &[f32],
    target: &mut [f32],
    width: usize,
    start: Start,
) {
    check(gather, rows, source, width);
    assert!(weights.len() >= gather.taps * source.channels * width && target.len() >= rows * width);
    let target = target.as_mut_ptr();
    let (start, pitch) = match start {
        Start::Zero => (std::ptr::null(), 0),
        Start::Target => (target.cast_const(), width),
        Start::Rows(from) => {
            assert!(from.len() >= rows * width);
            (from.as_ptr(), width)
        }
        Start::Row(from) => {
            assert!(from.len() >= width);
            (from.as_ptr(), 0)
        }
    };
    let job = generic::Convolution { gather, rows, source, weights, width, start, pitch, target };
    // SAFETY: `check` and the assertion cover every index; `Path::available` has found the instructions.
    unsafe {
        match path {
            Path::Portable => vector::portable::convolve(&job),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => vector::avx2::convolve(&job),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => vector::avx512::convolve(&job),
            #[cfg(target_arch = "x86_64")]
            Path::Amx => amx::convolve(&job),
        }
    }
}

/// sum[t][i][o] += sum over the first `rows` rows of source[gather(row, t)][i] gradient[row][o].
///
/// # Panics
/// If a slice is too short for the shapes.
pub(crate) fn correlate(
    path: Path,
    gather: &Gather,
    rows: usize,
    source: Rows,
    gradient: &[f32],
    width: usize,
    sum: &mut [f32],
) {
    check(gather, rows, source, width);
    assert!(sum.len() >= gather.taps * source.channels * width && gradient.len() >= rows * width);
    let job = generic::Correlation { gather, rows, source, gradient, width };
    // SAFETY: as in `convolve`.
    unsafe {
        match path {
            Path::Portable => vector::portable::correlate(&job, sum),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => vector::avx2::correlate(&job, sum),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => vector::avx512::correlate(&job, sum),
            #[cfg(target_arch = "x86_64")]
            Path::Amx => amx::correlate(&job, sum),
        }
    }
}

fn check(gather: &Gather, rows: usize, source: Rows, width: usize) {
    assert!(width > 0 && width.is_multiple_of(LINE) && source.channels <= source.stride);
    assert!(source.values.len() >= gather.source_rows * source.stride);
    assert!(gather.sources.len() >= rows * gather.taps);
    debug_assert!(gather.sources.iter().all(|&at| (at as usize) < gather.source_rows));
}

#[cfg(test)]
mod tests;
