//! The thermodynamic block as an Ising model.

use super::{ColorId, ColoredModel, IsingModel, ModelError};
use crate::train::DenseBlock;

/// The block with `delta` folded into K2, K3 and the output biases (Moore 2026, eqs. 5, 8, 9): p-bits 0 .. X-1 are the inputs,
/// then H hidden p-bits of color 0, then N output p-bits of color 1.
///
/// # Errors
/// [`ModelError`] when a number is not finite.
pub fn block_model(block: &DenseBlock, delta: f64) -> Result<ColoredModel, ModelError> {
    let (x, h, n) = (block.inputs, block.hidden, block.outputs);
    let folded = |value: f32| delta * f64::from(value);
    let mut biases = vec![0.0; x];
    biases.extend(block.b1.iter().map(|&b| f64::from(b)));
    biases.extend(block.b2.iter().map(|&b| folded(b)));
    let mut pairs = Vec::with_capacity(block.weights());
    for hidden in 0..h {
        pairs.extend((0..x).map(|i| (x + hidden, i, f64::from(block.k1[hidden * x + i]))));
    }
    for output in 0..n {
        let id = x + h + output;
        pairs.extend((0..h).map(|j| (id, x + j, folded(block.k2[output * h + j]))));
        if let Some(k3) = &block.k3 {
            pairs.extend((0..x).map(|i| (id, i, folded(k3[output * x + i]))));
        }
    }
    let color = |id: usize| (id >= x).then(|| ColorId(usize::from(id >= x + h)));
    ColoredModel::new(IsingModel::from_pairs(x, biases, &pairs)?, (0..x + h + n).map(color).collect())
}
