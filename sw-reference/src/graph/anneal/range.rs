//! Which betas a search goes through.

use crate::models::IsingModel;
use serde::Serialize;

/// From hot to cold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BetaRange {
    /// Smallest beta.
    pub hot: f64,
    /// Largest beta.
    pub cold: f64,
}

/// How beta goes from hot to cold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// In equal steps.
    Linear,
    /// In equal ratios.
    Geometric,
}

impl BetaRange {
    /// A range from the couplings alone, by the idea of D-Wave's annealer.
    ///
    /// Hot: the flip that costs most, 2 (|h| + sum |J|) for the worst p-bit, is made by Metropolis half of the time:
    /// beta = ln 2 / that. Cold: a p-bit can be excited at the cost 2 x (smallest of |h| and |J| that are not 0) of its own;
    /// beta is the one where, with the cheapest cost of all and as many p-bits as have it, 0.01 excitations are left:
    /// ln(p-bits / 0.01) / cost. The cheapest cost of a p-bit is an estimate: fields of several couplings can cancel to less.
    pub fn of(model: &IsingModel) -> Self {
        let (mut worst, mut cheapest, mut count) = (0.0f64, f64::INFINITY, 0usize);
        for i in 0..model.p_bits() {
            let terms = || {
                let couplings = model.couplings().row(i).map(|(_, value)| value.abs());
                couplings.chain([model.biases()[i].abs()]).filter(|&term| term > 0.0)
            };
            worst = worst.max(2.0 * terms().sum::<f64>());
            let own = 2.0 * terms().fold(f64::INFINITY, f64::min);
            match own.partial_cmp(&cheapest) {
                Some(std::cmp::Ordering::Less) => (cheapest, count) = (own, 1),
                Some(std::cmp::Ordering::Equal) if own.is_finite() => count += 1,
                _ => {}
            }
        }
        if count == 0 {
            // No coupling and no bias: every state is as good as any other.
            return Self { hot: 1.0, cold: 1.0 };
        }
        let hot = std::f64::consts::LN_2 / worst;
        Self { hot, cold: ((count as f64 / 0.01).ln() / cheapest).max(hot) }
    }
}

/// `count` betas from hot to cold; a single one is the cold one.
pub fn betas(range: BetaRange, curve: Curve, count: usize) -> Vec<f64> {
    let BetaRange { hot, cold } = range;
    let at = |k: usize| {
        let part = if count == 1 { 1.0 } else { k as f64 / (count - 1) as f64 };
        match curve {
            Curve::Linear => hot + part * (cold - hot),
            Curve::Geometric => hot * (cold / hot).powf(part),
        }
    };
    (0..count).map(at).collect()
}
