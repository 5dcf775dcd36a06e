//! Simulated annealing: all replicas go from hot to cold together, again for every restart.

use super::{Best, Found, Point, descend};
use crate::gibbs::GibbsSampler;
use crate::models::ColoredModel;

/// What to do.
#[derive(Debug, Clone)]
pub struct Annealing<'a> {
    /// The model.
    pub model: &'a ColoredModel,
    /// Beta of every sweep.
    pub betas: &'a [f64],
    /// Replicas that anneal side by side.
    pub replicas: usize,
    /// Times that they start again from random spins; at least 1.
    pub restarts: usize,
    /// Sweeps between two looks at the energies.
    pub every: usize,
    /// P-bits that are held, with their spins.
    pub clamps: &'a [Option<bool>],
    /// The search ends at an energy that is this low.
    pub target: Option<f64>,
    /// Seed.
    pub seed: u64,
}

/// Anneals. After every `every` sweeps `watch` sees where the search stands and may end it by returning false. The end states of every
/// restart descend to a local minimum.
///
/// # Panics
/// If there are no betas, replicas or restarts.
pub fn anneal(work: &Annealing, mut watch: impl FnMut(&Point) -> bool) -> Found {
    assert!(!work.betas.is_empty() && work.replicas > 0 && work.restarts > 0, "something to do");
    let model = work.model.model();
    let held: Vec<bool> = work.clamps.iter().map(Option::is_some).collect();
    let mut sampler = GibbsSampler::new(work.model, work.replicas, work.seed);
    work.clamps
        .iter()
        .enumerate()
        .filter(|(_, clamp)| clamp.is_some())
        .for_each(|(i, &c)| sampler.clamp(i, c));
    let mut best = Best::none();
    let mut restarts = Vec::new();
    let (mut sweep, mut stopped) = (0, false);
    let reached = |energy: f64| work.target.is_some_and(|target| energy <= target + 1e-9 * target.abs());
    for restart in 0..work.restarts {
        if restart > 0 {
            sampler.randomize();
        }
        let mut own = f64::INFINITY;
        for part in work.betas.chunks(work.every.max(1)) {
            sampler.run(part);
            sweep += part.len();
            let energies = sampler.energies();
            let (replica, lowest) = minimum(&energies);
            own = own.min(lowest);
            best.offer(lowest, sweep, || sampler.spins(replica));
            let mean = energies.iter().sum::<f64>() / energies.len() as f64;
            let beta = *part.last().expect("chunks are not empty");
            stopped = !watch(&Point { sweep, beta, lowest, mean, best: best.energy });
            if stopped || reached(best.energy) {
                break;
            }
        }
        for replica in 0..work.replicas {
            let mut spins = sampler.spins(replica);
            descend(model, &held, &mut spins);
            let energy = model.energy(&spins);
            own = own.min(energy);
            best.offer(energy, sweep, || spins);
        }
        restarts.push(own);
        if stopped || reached(best.energy) {
            break;
        }
    }
    let Best { energy, spins, sweep: found } = best;
    Found { energy, spins, sweep: found, sweeps: sweep, restarts, stopped, acceptance: Vec::new() }
}

/// Place and value of the smallest number, the first of several.
pub(super) fn minimum(energies: &[f64]) -> (usize, f64) {
    let better = |best: (usize, f64), (i, &e): (usize, &f64)| if e < best.1 { (i, e) } else { best };
    energies.iter().enumerate().fold((0, f64::INFINITY), better)
}
