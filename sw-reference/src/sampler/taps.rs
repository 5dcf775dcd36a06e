//! Which positions a kernel's taps name. `docs/contract.md`, section 1, "Kernels".

use spinwright_contract::config::{Kernel, Plane};

/// The source position that a tap of a target position names: row r x stride + dr - padding, likewise the column; `None` outside the
/// source plane.
pub(crate) fn forward(
    kernel: Kernel,
    target: Plane,
    source: Plane,
    position: usize,
    tap: usize,
) -> Option<usize> {
    let (row, column) = (position / target.columns, position % target.columns);
    let (dr, dc) = (tap / kernel.size, tap % kernel.size);
    let source_row = (row * kernel.stride + dr).checked_sub(kernel.padding)?;
    let source_column = (column * kernel.stride + dc).checked_sub(kernel.padding)?;
    let inside = source_row < source.rows && source_column < source.columns;
    inside.then_some(source_row * source.columns + source_column)
}

/// The same pairs seen from the source side: the target position that names this source position with this tap, row
/// (r + padding - dr) / stride where that is an integer, likewise the column; `None` where there is none.
pub(super) fn transposed(
    kernel: Kernel,
    target: Plane,
    source: Plane,
    position: usize,
    tap: usize,
) -> Option<usize> {
    let (row, column) = (position / source.columns, position % source.columns);
    let (dr, dc) = (tap / kernel.size, tap % kernel.size);
    let row = (row + kernel.padding).checked_sub(dr)?;
    let column = (column + kernel.padding).checked_sub(dc)?;
    if row % kernel.stride != 0 || column % kernel.stride != 0 {
        return None;
    }
    let (row, column) = (row / kernel.stride, column / kernel.stride);
    (row < target.rows && column < target.columns).then_some(row * target.columns + column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_by_three_with_a_border() {
        let (target, source) =
            (Plane { rows: 2, columns: 2, channels: 1 }, Plane { rows: 3, columns: 4, channels: 1 });
        let kernel = Kernel { size: 3, stride: 2, padding: 1 };
        let taps =
            |position| (0..9).map(|tap| forward(kernel, target, source, position, tap)).collect::<Vec<_>>();
        assert_eq!(taps(0), [None, None, None, None, Some(0), Some(1), None, Some(4), Some(5)]);
        let all = [5, 6, 7, 9, 10, 11].map(Some);
        assert_eq!(taps(3)[..6], all);
        assert_eq!(taps(3)[6..], [None; 3]);
    }

    proptest! {
        /// Both directions name the same pairs.
        #[test]
        fn the_transpose_has_the_same_pairs(
            (size, stride, padding) in (1usize..8, 0u32..3).prop_flat_map(|(s, t)| (Just(s), Just(1usize << t), 0..s)),
            sides in (1usize..9, 1usize..9, 1usize..9, 1usize..9),
        ) {
            let kernel = Kernel { size, stride, padding };
            let target = Plane { rows: sides.0, columns: sides.1, channels: 1 };
            let source = Plane { rows: sides.2, columns: sides.3, channels: 1 };
            for tap in 0..kernel.taps() {
                for t in 0..target.positions() {
                    for s in 0..source.positions() {
                        let there = forward(kernel, target, source, t, tap) == Some(s);
                        let back = transposed(kernel, target, source, s, tap) == Some(t);
                        prop_assert_eq!(there, back);
                    }
                }
            }
        }
    }
}
