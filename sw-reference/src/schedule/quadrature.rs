//! Averages over a Gaussian field.

use nalgebra::{DMatrix, SymmetricEigen};

/// Gauss-Hermite quadrature for the standard normal distribution: E f(z) = sum of weight x f(node).
#[derive(Debug, Clone)]
pub struct Gauss {
    nodes: Vec<(f64, f64)>,
}

impl Gauss {
    /// `points` nodes, exact for polynomials up to degree 2 points - 1 (Golub and Welsch 1969: eigenvalues of the recurrence's
    /// tridiagonal matrix, off-diagonal sqrt(k)).
    pub fn new(points: usize) -> Self {
        let matrix = DMatrix::from_fn(points, points, |row, column| match row.abs_diff(column) {
            1 => (row.max(column) as f64).sqrt(),
            _ => 0.0,
        });
        let eigen = SymmetricEigen::new(matrix);
        let mut nodes: Vec<(f64, f64)> = (eigen.eigenvalues.iter().zip(eigen.eigenvectors.row(0).iter()))
            .map(|(&node, &first)| (node, first * first))
            .collect();
        nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { nodes }
    }

    /// Mean m = E tanh(h + sqrt(v) z) and gain g = E [1 - tanh^2(h + sqrt(v) z)] of a p-bit whose field has mean h and
    /// variance v.
    pub fn mean_and_gain(&self, h: f64, v: f64) -> (f64, f64) {
        let width = v.max(0.0).sqrt();
        let (mut mean, mut gain) = (0.0, 0.0);
        for &(node, weight) in &self.nodes {
            let tanh = (h + width * node).tanh();
            mean += weight * tanh;
            gain += weight * (1.0 - tanh * tanh);
        }
        (mean, gain)
    }
}
