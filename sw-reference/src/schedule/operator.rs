//! The couplings between the hidden and the output p-bits of a block, as an operator.

use spinwright_contract::config::{Kernel, Plane};

/// Which numbers an operator applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entries {
    /// The couplings W.
    Values,
    /// Their squares, entry by entry: W has variance sum W^2 (1 - m^2) when independent spins of mean m go through it.
    Squares,
}

/// The coupling matrix W = delta K2 of a block, N outputs x H hidden p-bits, without its storage.
///
/// The block's p-bits see `hidden field = clamped hidden field + W^T s2` and `output field = clamped output field + W s1`
/// (Moore 2026, eqs. 5, 8, 9).
pub trait BlockOperator: Sync {
    /// Number of hidden p-bits H.
    fn hidden(&self) -> usize;

    /// Number of output p-bits N.
    fn outputs(&self) -> usize;

    /// `outputs += W hidden`, or with the squares of W.
    ///
    /// # Panics
    /// If the slices do not have the lengths H and N.
    fn add_to_outputs(&self, entries: Entries, hidden: &[f64], outputs: &mut [f64]);

    /// `hidden += W^T outputs`, or with the squares of W.
    ///
    /// # Panics
    /// If the slices do not have the lengths N and H.
    fn add_to_hidden(&self, entries: Entries, outputs: &[f64], hidden: &mut [f64]);
}

/// A dense block: every output is coupled to every hidden p-bit.
#[derive(Debug, Clone)]
pub struct DenseOperator {
    hidden: usize,
    /// W and its squares, row-major N x H.
    rows: [Vec<f64>; 2],
}

impl DenseOperator {
    /// From W, row-major N x H, delta folded in.
    ///
    /// # Panics
    /// If the matrix has no whole number of rows, or no hidden p-bits.
    pub fn new(hidden: usize, w: Vec<f64>) -> Self {
        assert!(hidden > 0 && w.len().is_multiple_of(hidden), "whole rows of {hidden} couplings");
        let squares = w.iter().map(|w| w * w).collect();
        Self { hidden, rows: [w, squares] }
    }

    fn rows(&self, entries: Entries) -> impl Iterator<Item = &[f64]> {
        self.rows[usize::from(entries == Entries::Squares)].chunks_exact(self.hidden)
    }
}

impl BlockOperator for DenseOperator {
    fn hidden(&self) -> usize {
        self.hidden
    }

    fn outputs(&self) -> usize {
        self.rows[0].len() / self.hidden
    }

    fn add_to_outputs(&self, entries: Entries, hidden: &[f64], outputs: &mut [f64]) {
        assert_eq!((hidden.len(), outputs.len()), (self.hidden, self.outputs()), "H and N");
        for (row, output) in self.rows(entries).zip(outputs) {
            *output += dot(row, hidden);
        }
    }

    fn add_to_hidden(&self, entries: Entries, outputs: &[f64], hidden: &mut [f64]) {
        assert_eq!((hidden.len(), outputs.len()), (self.hidden, self.outputs()), "H and N");
        for (row, &output) in self.rows(entries).zip(outputs) {
            add_scaled(hidden, row, output);
        }
    }
}

/// A convolution from a source plane to a target plane: target position (r, c), tap (dr, dc) is coupled to source position
/// (r x stride + dr - padding, c x stride + dc - padding), with weights that all positions share; nothing beyond the plane.
///
/// As a [`BlockOperator`] it is K2: its source is the hidden, its target the output plane.
#[derive(Debug, Clone)]
pub struct ConvOperator {
    source: Plane,
    target: Plane,
    /// Target position, source position and tap of every coupled pair of positions.
    pairs: Vec<(usize, usize, usize)>,
    /// Weight of target channel o, tap t, source channel i at (o x taps + t) x source channels + i, and its square.
    weights: [Vec<f64>; 2],
    taps: usize,
}

impl ConvOperator {
    /// From weights `[target channel][tap][source channel]` as in bank images (tap = dr x size + dc), delta folded in.
    ///
    /// # Panics
    /// If there are not target channels x taps x source channels weights.
    pub fn new(source: Plane, target: Plane, kernel: Kernel, weights: Vec<f64>) -> Self {
        let taps = kernel.taps();
        assert_eq!(weights.len(), target.channels * taps * source.channels, "weights of the kernel");
        let reach = |place: usize, offset: usize, limit: usize| {
            (place * kernel.stride + offset).checked_sub(kernel.padding).filter(|&place| place < limit)
        };
        let mut pairs = Vec::new();
        for position in 0..target.rows * target.columns {
            let (row, column) = (position / target.columns, position % target.columns);
            for tap in 0..taps {
                let (dr, dc) = (tap / kernel.size, tap % kernel.size);
                let place = (reach(row, dr, source.rows), reach(column, dc, source.columns));
                if let (Some(r), Some(c)) = place {
                    pairs.push((position, r * source.columns + c, tap));
                }
            }
        }
        let squares = weights.iter().map(|w| w * w).collect();
        Self { source, target, pairs, weights: [weights, squares], taps }
    }

    /// The weights of all target channels at one tap.
    fn rows(&self, entries: Entries, tap: usize) -> impl Iterator<Item = &[f64]> {
        let weights = &self.weights[usize::from(entries == Entries::Squares)];
        weights.chunks_exact(self.source.channels).skip(tap).step_by(self.taps)
    }
}

impl BlockOperator for ConvOperator {
    fn hidden(&self) -> usize {
        self.source.p_bits()
    }

    fn outputs(&self) -> usize {
        self.target.p_bits()
    }

    fn add_to_outputs(&self, entries: Entries, hidden: &[f64], outputs: &mut [f64]) {
        assert_eq!((hidden.len(), outputs.len()), (self.hidden(), self.outputs()), "H and N");
        let (from, to) = (self.source.channels, self.target.channels);
        for &(target, source, tap) in &self.pairs {
            let spins = &hidden[source * from..(source + 1) * from];
            for (row, output) in self.rows(entries, tap).zip(&mut outputs[target * to..(target + 1) * to]) {
                *output += dot(row, spins);
            }
        }
    }

    fn add_to_hidden(&self, entries: Entries, outputs: &[f64], hidden: &mut [f64]) {
        assert_eq!((hidden.len(), outputs.len()), (self.hidden(), self.outputs()), "H and N");
        let (from, to) = (self.source.channels, self.target.channels);
        for &(target, source, tap) in &self.pairs {
            let fields = &mut hidden[source * from..(source + 1) * from];
            for (row, &spin) in self.rows(entries, tap).zip(&outputs[target * to..(target + 1) * to]) {
                add_scaled(fields, row, spin);
            }
        }
    }
}

/// Four sums side by side: a fixed order that vectorizes.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (mut sums, mut rest) = ([0.0; 4], 0.0);
    let (heads, tails) = (a.chunks_exact(4), b.chunks_exact(4));
    for (x, y) in heads.remainder().iter().zip(tails.remainder()) {
        rest += x * y;
    }
    for (x, y) in heads.zip(tails) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

pub(super) fn add_scaled(to: &mut [f64], from: &[f64], factor: f64) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}
