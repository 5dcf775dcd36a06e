//! The two inner loops for any vector type.

use super::vector::Vector;
use super::{Gather, Rows};

/// See [`super::convolve`].
pub(super) struct Convolution<'a> {
    pub(super) gather: &'a Gather,
    pub(super) rows: usize,
    pub(super) source: Rows<'a>,
    pub(super) weights: &'a [f32],
    pub(super) width: usize,
    /// Where the sums begin: null for zero; rows `pitch` floats apart.
    pub(super) start: *const f32,
    pub(super) pitch: usize,
    pub(super) target: *mut f32,
}

/// See [`super::correlate`].
pub(super) struct Correlation<'a> {
    pub(super) gather: &'a Gather,
    pub(super) rows: usize,
    pub(super) source: Rows<'a>,
    pub(super) gradient: &'a [f32],
    pub(super) width: usize,
}

/// Rows of source and gradient that stay in the first cache while all weights pass.
const BLOCK_ROWS: usize = 128;

/// Vectors of the next tile when `left` are left: 3, 2 or 1, never leaving a lone one behind 2.
#[inline(always)]
fn tile_width(left: usize) -> usize {
    if left % 2 == 1 && left >= 3 { 3 } else { left.min(2) }
}

/// # Safety
/// `super::convolve` has checked all lengths; the instructions of `V` are there.
#[inline(always)]
pub(super) unsafe fn convolve<V: Vector, const R: usize>(job: &Convolution) {
    let vectors = job.width / V::LANES;
    let mut row = 0;
    while row < job.rows {
        let full = job.rows - row >= R;
        let mut vector = 0;
        while vector < vectors {
            let wide = tile_width(vectors - vector);
            let column = vector * V::LANES;
            // SAFETY: the rows row .. row + R (or the one row) and the columns of the tile are inside the target.
            unsafe {
                match (full, wide) {
                    (true, 3) => convolve_tile::<V, R, 3>(job, row, column),
                    (true, 2) => convolve_tile::<V, R, 2>(job, row, column),
                    (true, _) => convolve_tile::<V, R, 1>(job, row, column),
                    (false, 3) => convolve_tile::<V, 1, 3>(job, row, column),
                    (false, 2) => convolve_tile::<V, 1, 2>(job, row, column),
                    (false, _) => convolve_tile::<V, 1, 1>(job, row, column),
                }
            }
            vector += wide;
        }
        row += if full { R } else { 1 };
    }
}

/// # Safety
/// As for `convolve`; rows row .. row + R and columns column .. column + C vectors exist.
#[inline(always)]
unsafe fn convolve_tile<V: Vector, const R: usize, const C: usize>(
    job: &Convolution,
    row: usize,
    column: usize,
) {
    let (taps, channels, stride) = (job.gather.taps, job.source.channels, job.source.stride);
    // SAFETY: all offsets stay below the lengths that the caller's caller has checked.
    unsafe {
        let out = job.target.add(row * job.width + column);
        let mut sums = [[V::zero(); C]; R];
        if !job.start.is_null() {
            let start = job.start.add(row * job.pitch + column);
            for (r, sums) in sums.iter_mut().enumerate() {
                for (c, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(start.add(r * job.pitch + c * V::LANES));
                }
            }
        }
        let sources = job.gather.sources.as_ptr().add(row * taps);
        let mut weights = job.weights.as_ptr().add(column);
        for tap in 0..taps {
            let from: [*const f32; R] = std::array::from_fn(|r| {
                job.source.values.as_ptr().add(*sources.add(r * taps + tap) as usize * stride)
            });
            for channel in 0..channels {
                let weight: [V; C] = std::array::from_fn(|c| V::load(weights.add(c * V::LANES)));
                for r in 0..R {
                    let spin = V::splat(*from[r].add(channel));
                    for c in 0..C {
                        sums[r][c] = spin.times_plus(weight[c], sums[r][c]);
                    }
                }
                weights = weights.add(job.width);
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (c, sum) in sums.iter().enumerate() {
                sum.store(out.add(r * job.width + c * V::LANES));
            }
        }
    }
}

/// # Safety
/// `super::correlate` has checked all lengths; the instructions of `V` are there.
#[inline(always)]
pub(super) unsafe fn correlate<V: Vector, const R: usize>(job: &Correlation, sum: &mut [f32]) {
    let (vectors, channels) = (job.width / V::LANES, job.source.channels);
    let mut first = 0;
    while first < job.rows {
        let rows = first..(first + BLOCK_ROWS).min(job.rows);
        for tap in 0..job.gather.taps {
            let mut channel = 0;
            while channel < channels {
                let full = channels - channel >= R;
                let mut vector = 0;
                while vector < vectors {
                    let wide = tile_width(vectors - vector);
                    let column = vector * V::LANES;
                    let place = (tap, channel, column);
                    let rows = rows.clone();
                    // SAFETY: channels channel .. channel + R (or the one) and the columns of the tile are inside.
                    unsafe {
                        match (full, wide) {
                            (true, 3) => correlate_tile::<V, R, 3>(job, sum, rows, place),
                            (true, 2) => correlate_tile::<V, R, 2>(job, sum, rows, place),
                            (true, _) => correlate_tile::<V, R, 1>(job, sum, rows, place),
                            (false, 3) => correlate_tile::<V, 1, 3>(job, sum, rows, place),
                            (false, 2) => correlate_tile::<V, 1, 2>(job, sum, rows, place),
                            (false, _) => correlate_tile::<V, 1, 1>(job, sum, rows, place),
                        }
                    }
                    vector += wide;
                }
                channel += if full { R } else { 1 };
            }
        }
        first = rows.end;
    }
}

/// # Safety
/// As for `correlate`; the tile at `place` (tap, channel, column) exists.
#[inline(always)]
unsafe fn correlate_tile<V: Vector, const R: usize, const C: usize>(
    job: &Correlation,
    sum: &mut [f32],
    rows: std::ops::Range<usize>,
    (tap, channel, column): (usize, usize, usize),
) {
    let (taps, channels, stride) = (job.gather.taps, job.source.channels, job.source.stride);
    let zeros = job.gather.source_rows - 1;
    // SAFETY: all offsets stay below the lengths that the caller's caller has checked.
    unsafe {
        let out = sum.as_mut_ptr().add((tap * channels + channel) * job.width + column);
        let mut sums = [[V::zero(); C]; R];
        let source = job.source.values.as_ptr().add(channel);
        let gradient = job.gradient.as_ptr().add(column);
        let sources = job.gather.sources.as_ptr().add(tap);
        for row in rows {
            let at = *sources.add(row * taps) as usize;
            if taps > 1 && at == zeros {
                continue;
            }
            let from = source.add(at * stride);
            let to: [V; C] = std::array::from_fn(|c| V::load(gradient.add(row * job.width + c * V::LANES)));
            for (r, sums) in sums.iter_mut().enumerate() {
                let spin = V::splat(*from.add(r));
                for (sum, &to) in sums.iter_mut().zip(&to) {
                    *sum = spin.times_plus(to, *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (c, part) in sums.iter().enumerate() {
                let place = out.add(r * job.width + c * V::LANES);
                V::load(place).plus(*part).store(place);
            }
        }
    }
}
