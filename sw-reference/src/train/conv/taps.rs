//! Which position of a source plane a kernel's tap reads, as tables of rows.

use spinwright_contract::config::{Kernel, Plane};

/// A source outside the plane.
const NOWHERE: u32 = u32::MAX;

/// For every target row (picture, position) and tap the source row that it reads. Rows of a picture follow each
/// other; behind the last picture's comes one row of zeros, which stands for everything outside the plane.
#[derive(Clone, Debug)]
pub(crate) struct Gather {
    /// Row-major, targets x taps.
    pub(crate) sources: Vec<u32>,
    /// Taps of the kernel.
    pub(crate) taps: usize,
    /// Rows that a source needs, the row of zeros included.
    pub(crate) source_rows: usize,
}

impl Gather {
    /// Target (r, c), tap (dr, dc) reads source (r stride + dr - padding, c stride + dc - padding).
    pub(crate) fn forward(target: Plane, source: Plane, kernel: Kernel, pictures: usize) -> Self {
        Self::build(target, source, kernel, pictures, |at, tap, length| {
            let place = (at * kernel.stride + tap).checked_sub(kernel.padding)?;
            (place < length).then_some(place)
        })
    }

    /// The transpose: target (r, c), tap (dr, dc) reads source ((r + padding - dr) / stride, (c + padding - dc) /
    /// stride) where both divide.
    pub(crate) fn transposed(target: Plane, source: Plane, kernel: Kernel, pictures: usize) -> Self {
        Self::build(target, source, kernel, pictures, |at, tap, length| {
            let place = (at + kernel.padding).checked_sub(tap)?;
            (place.is_multiple_of(kernel.stride) && place / kernel.stride < length)
                .then_some(place / kernel.stride)
        })
    }

    /// Every row reads the same row: a matrix product.
    pub(crate) fn same(rows: usize, pictures: usize) -> Self {
        let sources = (0..(rows * pictures) as u32).collect();
        Gather { sources, taps: 1, source_rows: rows * pictures }
    }

    fn build(
        target: Plane,
        source: Plane,
        kernel: Kernel,
        pictures: usize,
        place: impl Fn(usize, usize, usize) -> Option<usize>,
    ) -> Self {
        let mut one = Vec::with_capacity(target.positions() * kernel.taps());
        for row in 0..target.rows {
            for column in 0..target.columns {
                for tap in 0..kernel.taps() {
                    let at = place(row, tap / kernel.size, source.rows).zip(place(
                        column,
                        tap % kernel.size,
                        source.columns,
                    ));
                    one.push(at.map_or(NOWHERE, |(row, column)| (row * source.columns + column) as u32));
                }
            }
        }
        let zeros = (pictures * source.positions()) as u32;
        let sources = (0..pictures as u32)
            .flat_map(|picture| {
                let first = picture * source.positions() as u32;
                one.iter().map(move |&at| if at == NOWHERE { zeros } else { first + at })
            })
            .collect();
        Gather { sources, taps: kernel.taps(), source_rows: zeros as usize + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tap of the transpose reads exactly the targets that read it forward.
    #[test]
    fn transpose_mirrors_forward() {
        for (stride, padding, size) in [(1, 1, 3), (2, 1, 3), (2, 2, 5), (4, 2, 7), (1, 0, 1), (1, 0, 3)] {
            let kernel = Kernel { size, stride, padding };
            let source = Plane { rows: 9, columns: 7, channels: 1 };
            let out = |length: usize| (length + 2 * padding - size) / stride + 1;
            let target = Plane { rows: out(9), columns: out(7), channels: 1 };
            let forward = Gather::forward(target, source, kernel, 2);
            let back = Gather::transposed(source, target, kernel, 2);
            let mut pairs = 0;
            for row in 0..2 * target.positions() {
                for tap in 0..kernel.taps() {
                    let from = forward.sources[row * kernel.taps() + tap] as usize;
                    if from + 1 < forward.source_rows {
                        assert_eq!(back.sources[from * kernel.taps() + tap] as usize, row);
                        pairs += 1;
                    }
                }
            }
            let inside = back.sources.iter().filter(|&&at| at as usize + 1 < back.source_rows).count();
            assert_eq!((pairs, inside), (pairs, pairs), "{kernel:?}");
            assert!(pairs > 0);
        }
    }
}
