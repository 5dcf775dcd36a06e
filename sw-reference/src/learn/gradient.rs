//! Moments of spins, and what learning follows.

use super::{Chains, Shape};
use crate::models::ColoredModel;
use rayon::prelude::*;

/// Means of spins and of the products of coupled pairs; also differences of such.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Of every p-bit.
    pub means: Vec<f64>,
    /// Of every edge.
    pub products: Vec<f64>,
}

impl Moments {
    /// Of many chains.
    pub fn of(chains: &Chains, shape: &Shape) -> Self {
        let part = |sum: i64| sum as f64 / chains.count() as f64;
        Self {
            means: (0..shape.p_bits()).map(|i| part(chains.sum(i))).collect(),
            products: shape.edges().iter().map(|&(i, j)| part(chains.product_sum(i, j))).collect(),
        }
    }

    /// These minus others.
    pub fn minus(mut self, other: &Self) -> Self {
        let pairs = self.means.iter_mut().zip(&other.means);
        pairs.chain(self.products.iter_mut().zip(&other.products)).for_each(|(own, other)| *own -= other);
        self
    }

    /// The root of the mean square.
    pub fn size(&self) -> f64 {
        let count = self.means.len() + self.products.len();
        (self.means.iter().chain(&self.products).map(|x| x * x).sum::<f64>() / count as f64).sqrt()
    }
}

/// Chains that one task looks at; fixed, so that sums do not depend on the number of threads.
const SHARD: usize = 16;

/// The gradient of the mean log pseudo-likelihood sum_i ln p(s_i | all others) at beta 1 (Besag 1975): with r_i = s_i - tanh(I_i), the
/// mean of r_i for a bias and of r_i s_j + r_j s_i for a coupling.
pub(super) fn pseudo_likelihood(model: &ColoredModel, shape: &Shape, chains: &Chains) -> Moments {
    let zeros = || Moments { means: vec![0.0; shape.p_bits()], products: vec![0.0; shape.edges().len()] };
    let shard = |first: usize| {
        let mut sum = zeros();
        for c in first..(first + SHARD).min(chains.count()) {
            let spins = chains.spins(c);
            let signs: Vec<f64> = spins.iter().map(|&up| if up { 1.0 } else { -1.0 }).collect();
            let rest = |i: usize| signs[i] - model.model().local_field(i, &spins).tanh();
            let rests: Vec<f64> = (0..signs.len()).map(rest).collect();
            sum.means.iter_mut().zip(&rests).for_each(|(mean, r)| *mean += r);
            for (product, &(i, j)) in sum.products.iter_mut().zip(shape.edges()) {
                *product += rests[i] * signs[j] + rests[j] * signs[i];
            }
        }
        sum
    };
    let firsts: Vec<usize> = (0..chains.count()).step_by(SHARD).collect();
    let shards: Vec<Moments> = firsts.into_par_iter().map(shard).collect();
    let mut total = zeros();
    for shard in &shards {
        total.means.iter_mut().zip(&shard.means).for_each(|(sum, part)| *sum += part);
        total.products.iter_mut().zip(&shard.products).for_each(|(sum, part)| *sum += part);
    }
    let count = chains.count() as f64;
    total.means.iter_mut().chain(&mut total.products).for_each(|value| *value /= count);
    total
}
