//! Exact numbers of small machines, by enumeration.

use super::{Moments, Rows, Shape};
use crate::ideal::enumerate;
use crate::models::IsingModel;
use spinwright_contract::Problem;
use std::collections::BTreeMap;

/// The mean over the rows of ln p(row), in nats, at beta 1: hidden p-bits summed over.
///
/// # Errors
/// When the model has more p-bits than are enumerated.
pub fn log_likelihood(model: &IsingModel, shape: &Shape, rows: &Rows) -> Result<f64, Problem> {
    let exact = enumerate(model, 1.0, &vec![None; model.p_bits()])?;
    let mut visible = vec![0.0; 1 << shape.visible().len()];
    for (state, p) in exact.probabilities().iter().enumerate() {
        // Nothing is fixed: bit b of a state is p-bit b.
        let seen = shape.visible().iter().enumerate().fold(0, |seen, (k, &i)| seen | (state >> i & 1) << k);
        visible[seen] += p;
    }
    Ok(kinds(rows).iter().map(|(row, &count)| count as f64 * visible[*row].ln()).sum::<f64>()
        / rows.len() as f64)
}

/// The gradient of [`log_likelihood`]: exact moments with the rows clamped, minus exact moments running free.
///
/// # Errors
/// When the model has more p-bits than are enumerated.
pub fn exact_gradient(model: &IsingModel, shape: &Shape, rows: &Rows) -> Result<Moments, Problem> {
    let free = moments(model, shape, &vec![None; model.p_bits()])?;
    let mut clamped = Moments { means: vec![0.0; shape.p_bits()], products: vec![0.0; shape.edges().len()] };
    for (row, count) in kinds(rows) {
        let mut fixed = vec![None; model.p_bits()];
        shape.visible().iter().enumerate().for_each(|(k, &i)| fixed[i] = Some(row >> k & 1 == 1));
        let weight = count as f64 / rows.len() as f64;
        let own = moments(model, shape, &fixed)?;
        clamped.means.iter_mut().zip(&own.means).for_each(|(sum, value)| *sum += weight * value);
        clamped.products.iter_mut().zip(&own.products).for_each(|(sum, value)| *sum += weight * value);
    }
    Ok(clamped.minus(&free))
}

/// How often every kind of row is there.
fn kinds(rows: &Rows) -> BTreeMap<usize, usize> {
    let mut kinds = BTreeMap::new();
    for k in 0..rows.len() {
        let row = rows.row(k).iter().enumerate().fold(0, |row, (b, &up)| row | usize::from(up) << b);
        *kinds.entry(row).or_default() += 1;
    }
    kinds
}

/// Exact moments with some p-bits fixed.
fn moments(model: &IsingModel, shape: &Shape, fixed: &[Option<bool>]) -> Result<Moments, Problem> {
    let exact = enumerate(model, 1.0, fixed)?;
    let mut place = vec![None; fixed.len()];
    exact.free().iter().enumerate().for_each(|(b, &i)| place[i] = Some(b));
    // The product of p-bits: the signs of the fixed ones, times a moment of the free ones.
    let product = |p_bits: &[usize]| {
        let (mut sign, mut mask) = (1.0, 0);
        for &i in p_bits {
            match (place[i], fixed[i]) {
                (Some(b), _) => mask |= 1 << b,
                (None, Some(false)) => sign = -sign,
                _ => {}
            }
        }
        sign * exact.moment(mask)
    };
    Ok(Moments {
        means: (0..fixed.len()).map(|i| product(&[i])).collect(),
        products: shape.edges().iter().map(|&(i, j)| product(&[i, j])).collect(),
    })
}
