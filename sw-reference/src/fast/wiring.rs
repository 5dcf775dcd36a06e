//! Which source positions feed a target position, through which taps.
//!
//! Taps are put into an order in which neighbors in the order read neighbors in the source plane, so that a target position's
//! taps fall into few *stretches*: consecutive weights times consecutive spins. Masked taps are in no stretch.

use spinwright_contract::config::{DecoderShape, Kernel, Plane};

/// Consecutive taps (in the wiring's order) that read consecutive source positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Place of the first tap in the order.
    pub tap: usize,
    /// First source position.
    pub source: usize,
    /// Taps.
    pub count: usize,
}

/// The stretches of every target position.
#[derive(Debug, Clone)]
pub(super) struct Wiring {
    /// The contract's tap at every place of the order.
    pub order: Vec<usize>,
    stretches: Vec<Stretch>,
    /// Where every target position's stretches end.
    ends: Vec<usize>,
}

impl Wiring {
    /// `source(target, tap)` is the source position that a tap reads, `None` where it is masked.
    fn new(order: Vec<usize>, targets: usize, source: impl Fn(usize, usize) -> Option<usize>) -> Self {
        let mut wiring = Self { order, stretches: Vec::new(), ends: Vec::with_capacity(targets) };
        for target in 0..targets {
            for (place, &tap) in wiring.order.iter().enumerate() {
                if let Some(source) = source(target, tap) {
                    let first = wiring.ends.last().copied().unwrap_or(0);
                    extend(&mut wiring.stretches, first, place, source);
                }
            }
            wiring.ends.push(wiring.stretches.len());
        }
        wiring
    }

    /// Target from source through a kernel: K1, K2 seen from the outputs, K3.
    pub(super) fn forward(kernel: Kernel, source: Plane, target: Plane) -> Self {
        let along = |place: usize, tap: usize, size: usize| {
            (place * kernel.stride + tap).checked_sub(kernel.padding).filter(|&at| at < size)
        };
        Self::new((0..kernel.taps()).collect(), target.positions(), |position, tap| {
            let row = along(position / target.columns, tap / kernel.size, source.rows)?;
            let column = along(position % target.columns, tap % kernel.size, source.columns)?;
            Some(row * source.columns + column)
        })
    }

    /// The transpose of [`Self::forward`] from `target` to `source`: K2 seen from the hidden p-bits.
    pub(super) fn transposed(kernel: Kernel, source: Plane, target: Plane) -> Self {
        let along = |place: usize, tap: usize, size: usize| {
            let reached = (place + kernel.padding).checked_sub(tap)?;
            (reached.is_multiple_of(kernel.stride) && reached / kernel.stride < size)
                .then(|| reached / kernel.stride)
        };
        // Taps of one remainder, the last one first, read ascending positions.
        let mut along_one: Vec<usize> = (0..kernel.size).rev().collect();
        along_one.sort_by_key(|tap| tap % kernel.stride);
        let order = along_one.iter().flat_map(|row| along_one.iter().map(move |c| row * kernel.size + c));
        Self::new(order.collect(), target.positions(), |position, tap| {
            let row = along(position / target.columns, tap / kernel.size, source.rows)?;
            let column = along(position % target.columns, tap % kernel.size, source.columns)?;
            Some(row * source.columns + column)
        })
    }

    /// A decoder: one target position, its taps are the cells, and every source position is read through its cell.
    pub(super) fn cells(decoder: &DecoderShape, source: Plane) -> Self {
        let mut stretches = Vec::new();
        for position in 0..source.positions() {
            let (row, column) = (position / source.columns, position % source.columns);
            let cell = row * decoder.rows / source.rows * decoder.columns
                + column * decoder.columns / source.columns;
            extend(&mut stretches, 0, cell, position);
        }
        Self { order: (0..decoder.cells()).collect(), ends: vec![stretches.len()], stretches }
    }

    /// Target positions.
    pub(super) fn targets(&self) -> usize {
        self.ends.len()
    }

    /// The stretches of a target position.
    pub(super) fn at(&self, target: usize) -> &[Stretch] {
        let first = if target == 0 { 0 } else { self.ends[target - 1] };
        &self.stretches[first..self.ends[target]]
    }
}

/// Adds a tap to the last stretch, or begins another one; `first` is the first stretch of the target.
fn extend(stretches: &mut Vec<Stretch>, first: usize, tap: usize, source: usize) {
    if stretches.len() > first
        && let Some(last) = stretches.last_mut()
        && (last.tap + last.count, last.source + last.count) == (tap, source)
    {
        last.count += 1;
    } else {
        stretches.push(Stretch { tap, source, count: 1 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The (tap, source) pairs of every target.
    fn pairs(wiring: &Wiring) -> Vec<Vec<(usize, usize)>> {
        let of = |target| {
            let mut all: Vec<(usize, usize)> = wiring
                .at(target)
                .iter()
                .flat_map(|s| (0..s.count).map(|i| (wiring.order[s.tap + i], s.source + i)))
                .collect();
            all.sort_unstable();
            all
        };
        (0..wiring.targets()).map(of).collect()
    }

    /// Every pair of the transpose is one of the kernel, seen from the other side.
    #[test]
    fn the_transpose_has_the_same_pairs() {
        let (hidden, output) =
            (Plane { rows: 6, columns: 7, channels: 1 }, Plane { rows: 3, columns: 4, channels: 1 });
        for (size, stride, padding) in [(1, 1, 0), (3, 1, 1), (3, 2, 1), (5, 2, 2), (4, 4, 3), (7, 2, 6)] {
            let kernel = Kernel { size, stride, padding };
            let forward = pairs(&Wiring::forward(kernel, hidden, output));
            let mut turned = vec![Vec::new(); hidden.positions()];
            for (target, all) in forward.iter().enumerate() {
                for &(tap, source) in all {
                    turned[source].push((tap, target));
                }
            }
            turned.iter_mut().for_each(|all| all.sort_unstable());
            assert_eq!(pairs(&Wiring::transposed(kernel, output, hidden)), turned, "{kernel:?}");
        }
    }

    /// A 3 x 3 kernel over an inner position is three stretches of three taps, in both directions and for every stride.
    #[test]
    fn inner_positions_have_few_stretches() {
        let plane = Plane { rows: 7, columns: 7, channels: 32 };
        let kernel = Kernel { size: 3, stride: 1, padding: 1 };
        for wiring in [Wiring::forward(kernel, plane, plane), Wiring::transposed(kernel, plane, plane)] {
            assert_eq!(wiring.at(24).iter().map(|s| s.count).collect::<Vec<_>>(), [3, 3, 3]);
            assert_eq!(wiring.at(0).iter().map(|s| s.count).collect::<Vec<_>>(), [2, 2]);
        }
        let narrow = Plane { rows: 3, columns: 3, channels: 32 };
        let kernel = Kernel { size: 4, stride: 2, padding: 1 };
        assert_eq!(Wiring::transposed(kernel, narrow, plane).at(16).len(), 2);
    }
}
