//! Both inner loops with AMX tiles of bfloat16: about ten times the multiply-accumulates of AVX-512.
//!
//! Spins and rounded weights of up to 8 bits are exact in bfloat16 and sums are kept in f32, so the forward pass has the
//! same bytes as on the other paths; gradients are rounded to 8 bits of significand before they are multiplied. Source
//! rows are gathered into tiles of 16 rows x 32 channels, tap by tap.

use super::Gather;
use super::generic::{Convolution, Correlation};
use super::vector::avx512;
use crate::amx::{self, Product};
use std::arch::{asm, x86_64::*};
use std::cell::RefCell;

/// Rows of a tile.
const ROWS: usize = 16;
/// Numbers of 16 bits in a row of a tile.
const DEPTH: usize = 32;
/// Sums that one pass keeps in tile registers.
const MOST: usize = 4;

/// 64 bytes on a cache line of their own.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u16; DEPTH]);

const EMPTY: Line = Line([0; DEPTH]);

/// Memory of a thread, reused from call to call.
#[derive(Default)]
struct Scratch {
    /// Source rows in bfloat16, channels filled up to whole lines.
    source: Vec<Line>,
    /// Weights, or the gathered source, as right-hand tiles.
    right: Vec<Line>,
    /// Gathered source rows as left-hand tiles, or the transposed gradient.
    left: Vec<Line>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// See [`super::convolve`]. Rows beyond whole tiles go through AVX-512.
///
/// # Safety
/// `super::convolve` has checked all lengths; [`available`].
pub(super) unsafe fn convolve(job: &Convolution) {
    // SAFETY: the caller's promise.
    SCRATCH.with_borrow_mut(|scratch| unsafe { convolve_tiles(job, scratch) });
}

/// See [`super::correlate`].
///
/// # Safety
/// `super::correlate` has checked all lengths; [`available`].
pub(super) unsafe fn correlate(job: &Correlation, sum: &mut [f32]) {
    // SAFETY: the caller's promise.
    SCRATCH.with_borrow_mut(|scratch| unsafe { correlate_tiles(job, sum, scratch) });
}

/// # Safety
/// As for [`convolve`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
unsafe fn convolve_tiles(job: &Convolution, scratch: &mut Scratch) {
    let (taps, channels, width) = (job.gather.taps, job.source.channels, job.width);
    let chunks = channels.div_ceil(DEPTH);
    let (depth, columns) = (taps * chunks, width / ROWS);
    scratch.source.resize(job.gather.source_rows * chunks, EMPTY);
    to_bfloat(job.source.values, job.source.stride, channels, &mut scratch.source);
    scratch.right.resize(depth * columns * ROWS, EMPTY);
    scratch.left.resize(depth * ROWS, EMPTY);
    // Right-hand tiles: for every block of columns, tap and chunk: 16 pairs of channels x 16 columns.
    let mut tiles = scratch.right.as_mut_ptr();
    for block in blocks(columns) {
        for tap in 0..taps {
            for chunk in 0..chunks {
                for column in block.clone() {
                    for pair in 0..ROWS {
                        let channel = chunk * DEPTH + 2 * pair;
                        let row = |channel: usize| {
                            if channel >= channels {
                                return _mm512_setzero_si512();
                            }
                            let place = (tap * channels + channel) * width + column * ROWS;
                            // SAFETY: tap, channel and column are inside the weights.
                            unsafe { _mm512_loadu_si512(job.weights.as_ptr().add(place).cast()) }
                        };
                        // Rounded weights are exact in the upper half of an f32.
                        let even = _mm512_srli_epi32::<16>(row(channel));
                        let odd = _mm512_and_si512(row(channel + 1), _mm512_set1_epi32(!0xffff));
                        // SAFETY: `right` has a line for every block, tap, chunk, column and pair.
                        unsafe {
                            _mm512_store_si512(tiles.cast(), _mm512_or_si512(even, odd));
                            tiles = tiles.add(1);
                        }
                    }
                }
            }
        }
    }
    amx::enter();
    let whole = job.rows / ROWS * ROWS;
    for row in (0..whole).step_by(ROWS) {
        for tap in 0..taps {
            for r in 0..ROWS {
                let from = job.gather.sources[(row + r) * taps + tap] as usize * chunks;
                for chunk in 0..chunks {
                    scratch.left[((tap * chunks + chunk) * ROWS) + r] = scratch.source[from + chunk];
                }
            }
        }
        for block in blocks(columns) {
            // SAFETY: `left` has `depth` tiles, `right` as many for each of the columns before and in this block; target and
            // start have 16 rows from here on.
            unsafe {
                let right = scratch.right.as_ptr().add(block.start * depth * ROWS);
                let place = row * width + block.start * ROWS;
                let out = job.target.add(place);
                let (start, pitch) = match job.start.is_null() {
                    true => (job.start, 0),
                    false => (job.start.add(row * job.pitch + block.start * ROWS), job.pitch * 4),
                };
                begin(block.len(), start, pitch);
                multiply(block.len(), scratch.left.as_ptr(), 64, 1024, right, depth);
                end(block.len(), out, width * 4, 64);
            }
        }
    }
    amx::leave();
    if whole < job.rows {
        let gather = Gather { sources: job.gather.sources[whole * taps..].to_vec(), ..*job.gather };
        // SAFETY: the rest of what the caller promised.
        unsafe {
            let start = if job.start.is_null() { job.start } else { job.start.add(whole * job.pitch) };
            let target = job.target.add(whole * width);
            let rest = Convolution { gather: &gather, rows: job.rows - whole, start, target, ..*job };
            avx512::convolve(&rest);
        }
    }
}

/// # Safety
/// As for [`correlate`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
unsafe fn correlate_tiles(job: &Correlation, sum: &mut [f32], scratch: &mut Scratch) {
    let (taps, channels, width) = (job.gather.taps, job.source.channels, job.width);
    let chunks = channels.div_ceil(DEPTH);
    let depth = job.rows.div_ceil(DEPTH);
    let (outs, ins) = (width / ROWS, channels.div_ceil(ROWS));
    scratch.source.resize(job.gather.source_rows * chunks, EMPTY);
    to_bfloat(job.source.values, job.source.stride, channels, &mut scratch.source);
    // The gradient transposed: one line of `depth` x 32 rows per channel.
    scratch.left.resize(width * depth, EMPTY);
    for half in 0..2 * depth {
        for out in 0..outs {
            let block: [__m512; ROWS] = std::array::from_fn(|r| {
                let row = half * ROWS + r;
                if row >= job.rows {
                    return _mm512_setzero_ps();
                }
                // SAFETY: the row and the columns are inside the gradient.
                unsafe { _mm512_loadu_ps(job.gradient.as_ptr().add(row * width + out * ROWS)) }
            });
            for (c, values) in transpose(block).into_iter().enumerate() {
                let line = &mut scratch.left[(out * ROWS + c) * depth + half / 2];
                // SAFETY: half a line is 32 bytes.
                unsafe {
                    let to = line.0.as_mut_ptr().add(half % 2 * ROWS);
                    _mm256_storeu_si256(to.cast(), rounded(values));
                }
            }
        }
    }
    scratch.right.resize(depth * ins * ROWS, EMPTY);
    let low: [u16; DEPTH] = std::array::from_fn(|i| (i / 2 + i % 2 * DEPTH) as u16);
    // SAFETY: both are 64 bytes.
    let low = unsafe { _mm512_loadu_si512(low.as_ptr().cast()) };
    let high = _mm512_add_epi16(low, _mm512_set1_epi16(ROWS as i16));
    amx::enter();
    let mut result = [EMPTY; ROWS * MOST];
    for tap in 0..taps {
        // Right-hand tiles by block of source channels, then by 32 rows: 16 pairs of rows x 16 channels.
        for block in blocks(ins) {
            for pair in 0..depth * ROWS {
                let (chunk_of_rows, line) = (pair / ROWS, pair % ROWS);
                let from = |row: usize| {
                    let at = match row < job.rows {
                        true => job.gather.sources[row * taps + tap] as usize,
                        false => job.gather.source_rows - 1,
                    };
                    at * chunks
                };
                let (first, second) = (from(2 * pair), from(2 * pair + 1));
                for tile in block.clone() {
                    let place = block.start * depth + chunk_of_rows * block.len() + (tile - block.start);
                    // SAFETY: lines are 64 bytes; both indices are checked by the slices.
                    unsafe {
                        let a = _mm512_load_si512((&raw const scratch.source[first + tile / 2]).cast());
                        let b = _mm512_load_si512((&raw const scratch.source[second + tile / 2]).cast());
                        let order = if tile % 2 == 0 { low } else { high };
                        let both = _mm512_permutex2var_epi16(a, order, b);
                        _mm512_store_si512((&raw mut scratch.right[place * ROWS + line]).cast(), both);
                    }
                }
            }
            for out in 0..outs {
                // SAFETY: `left` has 16 lines of `depth` x 64 bytes from here on, `right` `depth` tiles for each column of
                // the block; the result has a tile for each.
                unsafe {
                    let left = scratch.left.as_ptr().add(out * ROWS * depth);
                    let right = scratch.right.as_ptr().add(block.start * depth * ROWS);
                    begin(block.len(), std::ptr::null(), 0);
                    multiply(block.len(), left, depth * 64, 64, right, depth);
                    end(block.len(), result.as_mut_ptr().cast(), 64, 1024);
                }
                for tile in block.clone() {
                    let part: [__m512; ROWS] = std::array::from_fn(|c| {
                        let line = &result[(tile - block.start) * ROWS + c];
                        // SAFETY: a line is 64 bytes.
                        unsafe { _mm512_load_ps(line.0.as_ptr().cast()) }
                    });
                    let kept = (channels - tile * ROWS).min(ROWS);
                    for (i, values) in transpose(part).into_iter().take(kept).enumerate() {
                        let place = (tap * channels + tile * ROWS + i) * width + out * ROWS;
                        let target = &mut sum[place..place + ROWS];
                        // SAFETY: the slice has 16 floats.
                        unsafe {
                            let total = _mm512_add_ps(_mm512_loadu_ps(target.as_ptr()), values);
                            _mm512_storeu_ps(target.as_mut_ptr(), total);
                        }
                    }
                }
            }
        }
    }
    amx::leave();
}

/// Blocks of at most [`MOST`] out of `count` tiles.
fn blocks(count: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..count).step_by(MOST).map(move |first| first..(first + MOST).min(count))
}

/// Rows of `stride` floats become lines of bfloat16, `channels` filled up with zeros.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn to_bfloat(values: &[f32], stride: usize, channels: usize, lines: &mut [Line]) {
    let chunks = channels.div_ceil(DEPTH);
    for (row, lines) in values.chunks_exact(stride).zip(lines.chunks_exact_mut(chunks)) {
        for (chunk, line) in lines.iter_mut().enumerate() {
            for half in 0..2 {
                let first = chunk * DEPTH + half * ROWS;
                let left = channels.saturating_sub(first).min(ROWS);
                let mask = ((1_u32 << left) - 1) as u16;
                // SAFETY: masked numbers are not read; half a line is 32 bytes.
                unsafe {
                    let values = _mm512_maskz_loadu_ps(mask, row.as_ptr().wrapping_add(first));
                    _mm256_storeu_si256(line.0.as_mut_ptr().add(half * ROWS).cast(), rounded(values));
                }
            }
        }
    }
}

/// Nearest bfloat16, ties to even.
#[target_feature(enable = "avx512f")]
fn rounded(values: __m512) -> __m256i {
    let bits = _mm512_castps_si512(values);
    let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
    let sum = _mm512_add_epi32(_mm512_add_epi32(bits, odd), _mm512_set1_epi32(0x7fff));
    _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(sum))
}

/// Rows become columns.
#[target_feature(enable = "avx512f")]
fn transpose(rows: [__m512; 16]) -> [__m512; 16] {
    let mut pairs = rows;
    for i in 0..8 {
        pairs[2 * i] = _mm512_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
    }
    let mut fours = pairs;
    let double = |value| _mm512_castps_pd(value);
    let single = |value| _mm512_castpd_ps(value);
    for i in [0, 4, 8, 12] {
        for j in 0..2 {
            let (a, b) = (double(pairs[i + j]), double(pairs[i + j + 2]));
            fours[i + 2 * j] = single(_mm512_unpacklo_pd(a, b));
            fours[i + 2 * j + 1] = single(_mm512_unpackhi_pd(a, b));
        }
    }
    let mut columns = fours;
    for j in 0..4 {
        let a = _mm512_shuffle_f32x4::<0x88>(fours[j], fours[4 + j]);
        let b = _mm512_shuffle_f32x4::<0xdd>(fours[j], fours[4 + j]);
        let c = _mm512_shuffle_f32x4::<0x88>(fours[8 + j], fours[12 + j]);
        let d = _mm512_shuffle_f32x4::<0xdd>(fours[8 + j], fours[12 + j]);
        columns[j] = _mm512_shuffle_f32x4::<0x88>(a, c);
        columns[8 + j] = _mm512_shuffle_f32x4::<0xdd>(a, c);
        columns[4 + j] = _mm512_shuffle_f32x4::<0x88>(b, d);
        columns[12 + j] = _mm512_shuffle_f32x4::<0xdd>(b, d);
    }
    columns
}

/// Sums tmm0 .. begin at zero, or at tiles side by side from `start` on, rows `pitch` bytes apart.
///
/// # Safety
/// Tile registers are set up; the tiles can be read.
unsafe fn begin(count: usize, start: *const f32, pitch: usize) {
    // SAFETY: the caller's promise; reading tiles beyond `count` is left out.
    unsafe {
        if start.is_null() {
            asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack, nomem));
            return;
        }
        asm!("tileloadd tmm0, [{0} + {1}]", in(reg) start, in(reg) pitch, options(nostack));
        if count > 1 {
            asm!("tileloadd tmm1, [{0} + {1} + 64]", in(reg) start, in(reg) pitch, options(nostack));
        }
        if count > 2 {
            asm!("tileloadd tmm2, [{0} + {1} + 128]", in(reg) start, in(reg) pitch, options(nostack));
        }
        if count > 3 {
            asm!("tileloadd tmm3, [{0} + {1} + 192]", in(reg) start, in(reg) pitch, options(nostack));
        }
    }
}

/// Writes `count` sums, rows `pitch` and tiles `next` (64 or 1024) bytes apart.
///
/// # Safety
/// Tile registers are set up; the tiles can be written.
unsafe fn end(count: usize, out: *mut f32, pitch: usize, next: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let place = |tile: usize| out.byte_add(tile * next);
        asm!("tilestored [{0} + {1}], tmm0", in(reg) place(0), in(reg) pitch, options(nostack));
        if count > 1 {
            asm!("tilestored [{0} + {1}], tmm1", in(reg) place(1), in(reg) pitch, options(nostack));
        }
        if count > 2 {
            asm!("tilestored [{0} + {1}], tmm2", in(reg) place(2), in(reg) pitch, options(nostack));
        }
        if count > 3 {
            asm!("tilestored [{0} + {1}], tmm3", in(reg) place(3), in(reg) pitch, options(nostack));
        }
    }
}

/// One pass over `depth` left-hand tiles (rows `pitch`, tiles `next` bytes apart) and `count` times as many right-hand ones.
macro_rules! pass {
    ($left:ident, $pitch:ident, $next:ident, $right:ident, $depth:ident, $($product:literal),+) => {
        asm!(
            "2:",
            "tileloadd tmm4, [{left} + {pitch}]",
            $($product,)+
            "add {left}, {next}",
            "dec {depth}",
            "jnz 2b",
            left = inout(reg) $left => _,
            right = inout(reg) $right => _,
            depth = inout(reg) $depth => _,
            pitch = in(reg) $pitch,
            next = in(reg) $next,
            row = in(reg) 64_usize,
            options(nostack),
        )
    };
}

/// tmm0 .. += left x right, summed over `depth` tiles.
///
/// # Safety
/// Tile registers are set up; all tiles can be read; depth is at least 1.
unsafe fn multiply(
    count: usize,
    left: *const Line,
    pitch: usize,
    next: usize,
    right: *const Line,
    depth: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match count {
            1 => pass!(
                left,
                pitch,
                next,
                right,
                depth,
                "tileloadd tmm5, [{right} + {row}]",
                "tdpbf16ps tmm0, tmm4, tmm5",
                "add {right}, 1024"
            ),
            2 => pass!(
                left,
                pitch,
                next,
                right,
                depth,
                "tileloadd tmm5, [{right} + {row}]",
                "tileloadd tmm6, [{right} + {row} + 1024]",
                "tdpbf16ps tmm0, tmm4, tmm5",
                "tdpbf16ps tmm1, tmm4, tmm6",
                "add {right}, 2048"
            ),
            3 => pass!(
                left,
                pitch,
                next,
                right,
                depth,
                "tileloadd tmm5, [{right} + {row}]",
                "tileloadd tmm6, [{right} + {row} + 1024]",
                "tileloadd tmm7, [{right} + {row} + 2048]",
                "tdpbf16ps tmm0, tmm4, tmm5",
                "tdpbf16ps tmm1, tmm4, tmm6",
                "tdpbf16ps tmm2, tmm4, tmm7",
                "add {right}, 3072"
            ),
            _ => pass!(
                left,
                pitch,
                next,
                right,
                depth,
                "tileloadd tmm5, [{right} + {row}]",
                "tileloadd tmm6, [{right} + {row} + 1024]",
                "tileloadd tmm7, [{right} + {row} + 2048]",
                "tdpbf16ps tmm0, tmm4, tmm5",
                "tileloadd tmm5, [{right} + {row} + 3072]",
                "tdpbf16ps tmm1, tmm4, tmm6",
                "tdpbf16ps tmm2, tmm4, tmm7",
                "tdpbf16ps tmm3, tmm4, tmm5",
                "add {right}, 4096"
            ),
        }
    }
}

/// Whether this path can run here.
pub(super) fn available() -> bool {
    amx::available(Product::Bfloat16)
}
