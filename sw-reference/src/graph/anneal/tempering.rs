//! Parallel tempering (Hukushima, Nemoto 1996): replicas at neighboring betas exchange them, so that a state can warm up,
//! leave its valley and cool down elsewhere.

use super::annealing::minimum;
use super::{Best, Found, Point, descend};
use crate::gibbs::GibbsSampler;
use crate::models::ColoredModel;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// What to do.
#[derive(Debug, Clone)]
pub struct Tempering<'a> {
    /// The model.
    pub model: &'a ColoredModel,
    /// The ladder, hottest first.
    pub betas: &'a [f64],
    /// Ladders side by side, without exchange between them.
    pub ladders: usize,
    /// Sweeps of every replica.
    pub sweeps: usize,
    /// Sweeps between two rounds of exchanges.
    pub every: usize,
    /// P-bits that are held, with their spins.
    pub clamps: &'a [Option<bool>],
    /// The search ends at an energy that is this low.
    pub target: Option<f64>,
    /// Seed.
    pub seed: u64,
}

/// Tempers. After every round of exchanges `watch` sees where the search stands and may end it by returning false. At the end all states
/// descend to a local minimum.
///
/// An exchange of neighbors a and b is made with probability min(1, exp((beta_a - beta_b)(E_a - E_b))); even and odd pairs of
/// the ladder take turns.
///
/// # Panics
/// If there are no betas or ladders.
pub fn temper(work: &Tempering, mut watch: impl FnMut(&Point) -> bool) -> Found {
    let rungs = work.betas.len();
    assert!(rungs > 0 && work.ladders > 0, "something to do");
    let model = work.model.model();
    let held: Vec<bool> = work.clamps.iter().map(Option::is_some).collect();
    let replicas = rungs * work.ladders;
    let mut sampler = GibbsSampler::new(work.model, replicas, work.seed);
    work.clamps
        .iter()
        .enumerate()
        .filter(|(_, clamp)| clamp.is_some())
        .for_each(|(i, &c)| sampler.clamp(i, c));
    let mut random = Xoshiro256PlusPlus::seed_from_u64(!work.seed);
    // holder[ladder][rung]: the replica that has this beta.
    let mut holder: Vec<Vec<usize>> =
        (0..work.ladders).map(|l| (l * rungs..(l + 1) * rungs).collect()).collect();
    let mut betas: Vec<f64> = (0..replicas).map(|replica| work.betas[replica % rungs]).collect();
    let (mut tried, mut made) = (vec![0u64; rungs.saturating_sub(1)], vec![0u64; rungs.saturating_sub(1)]);
    let mut best = Best::none();
    let (mut sweep, mut stopped, mut round) = (0, false, 0);
    let reached = |energy: f64| work.target.is_some_and(|target| energy <= target + 1e-9 * target.abs());
    while sweep < work.sweeps {
        let part = work.every.max(1).min(work.sweeps - sweep);
        sampler.run_with(part, &betas);
        sweep += part;
        let energies = sampler.energies();
        let (replica, lowest) = minimum(&energies);
        best.offer(lowest, sweep, || sampler.spins(replica));
        for ladder in &mut holder {
            for rung in (round % 2..rungs.saturating_sub(1)).step_by(2) {
                let (a, b) = (ladder[rung], ladder[rung + 1]);
                let uniform = (random.next_u64() >> 11) as f64 * (-53f64).exp2();
                tried[rung] += 1;
                if uniform < ((betas[a] - betas[b]) * (energies[a] - energies[b])).exp() {
                    made[rung] += 1;
                    ladder.swap(rung, rung + 1);
                    betas.swap(a, b);
                }
            }
        }
        round += 1;
        let coldest =
            holder.iter().map(|ladder| energies[ladder[rungs - 1]]).sum::<f64>() / work.ladders as f64;
        let beta = work.betas[rungs - 1];
        stopped = !watch(&Point { sweep, beta, lowest, mean: coldest, best: best.energy });
        if stopped || reached(best.energy) {
            break;
        }
    }
    for replica in 0..replicas {
        let mut spins = sampler.spins(replica);
        descend(model, &held, &mut spins);
        best.offer(model.energy(&spins), sweep, || spins);
    }
    let part = |(made, tried): (&u64, &u64)| *made as f64 / (*tried).max(1) as f64;
    let acceptance = made.iter().zip(&tried).map(part).collect();
    let Best { energy, spins, sweep: found } = best;
    Found { energy, spins, sweep: found, sweeps: sweep, restarts: vec![energy], stopped, acceptance }
}
