//! What the sampler asks of its engines.

use super::vector::resolve;
use crate::fast::Path;
use crate::models::{ColorId, ColoredModel};
use rayon::prelude::*;

/// What all sweeps of a call have in common.
#[derive(Debug, Clone, Copy)]
pub(super) enum Betas<'a> {
    /// One sweep of all replicas for every beta.
    Schedule(&'a [f64]),
    /// Sweeps with a beta for every replica.
    Each(usize, &'a [f64]),
}

impl<'a> Betas<'a> {
    /// Number of sweeps.
    pub(super) fn sweeps(self) -> usize {
        match self {
            Betas::Schedule(betas) => betas.len(),
            Betas::Each(sweeps, _) => sweeps,
        }
    }

    /// What replicas `first..first + count` see.
    pub(super) fn part(self, first: usize, count: usize) -> Betas<'a> {
        match self {
            Betas::Schedule(betas) => Betas::Schedule(betas),
            Betas::Each(sweeps, betas) => Betas::Each(sweeps, &betas[first..first + count]),
        }
    }

    /// Stretches of sweeps at unchanged betas, and how many sweeps each has: one beta for all, or one for every replica.
    pub(super) fn stretches(self) -> impl Iterator<Item = (&'a [f64], usize)> {
        let (schedule, each) = match self {
            Betas::Schedule(betas) => (betas, None),
            Betas::Each(sweeps, betas) if betas.windows(2).all(|pair| pair[0] == pair[1]) => {
                (&[][..], Some((&betas[..1], sweeps)))
            }
            Betas::Each(sweeps, betas) => (&[][..], Some((betas, sweeps))),
        };
        schedule.chunk_by(|a, b| a == b).map(|stretch| (&stretch[..1], stretch.len())).chain(each)
    }
}

/// A way of sampling: how replicas and p-bits lie in vectors.
pub(super) trait Engine: Send + Sync {
    /// Sweeps.
    fn run(&mut self, betas: Betas);
    /// One spin.
    fn spin(&self, replica: usize, p_bit: usize) -> bool;
    /// Sets one spin.
    fn set_spin(&mut self, replica: usize, p_bit: usize, up: bool);
    /// Gives every free p-bit a random spin, in every replica.
    fn randomize(&mut self);
    /// Takes new numbers or other held p-bits; false when this engine cannot.
    fn replan(&mut self, model: &ColoredModel, held: &[bool]) -> bool;
    /// Energy of every replica, without beta.
    fn energies(&self, model: &ColoredModel) -> Vec<f64>;
}

/// What every engine is built from.
pub(super) struct Setup<'a> {
    /// The model.
    pub model: &'a ColoredModel,
    /// P-bits that are not updated, inputs apart.
    pub held: &'a [bool],
    /// Replicas.
    pub replicas: usize,
    /// Seed of all streams.
    pub seed: u64,
    /// Instruction set, resolved.
    pub path: Path,
}

impl<'a> Setup<'a> {
    /// Checks the path.
    pub(super) fn new(
        (model, held): (&'a ColoredModel, &'a [bool]),
        replicas: usize,
        seed: u64,
        path: Path,
    ) -> Self {
        Self { model, held, replicas, seed, path: resolve(path) }
    }
}

/// The p-bits that are updated, color by color.
pub(super) fn free_by_color(model: &ColoredModel, held: &[bool]) -> Vec<Vec<u32>> {
    let mut colors = vec![Vec::new(); model.color_count()];
    for (i, color) in model.colors().iter().enumerate() {
        if let Some(ColorId(color)) = color
            && !held[i]
        {
            colors[*color].push(i as u32);
        }
    }
    colors
}

/// The neighbors of a p-bit and their couplings, without those of 0.
pub(super) fn neighbors(model: &ColoredModel, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
    model.model().couplings().row(i).filter(|&(_, value)| value != 0.0)
}

/// Fewest updates that are worth waking a thread for.
const WORTH_A_THREAD: usize = 1 << 16;

/// Runs groups of replicas, on all threads where there are `updates` enough; what a group does depends on nothing outside it.
pub(super) fn for_all<G: Send>(groups: &mut [G], updates: usize, run: impl Fn(usize, &mut G) + Sync) {
    if groups.len() == 1 || updates < WORTH_A_THREAD {
        groups.iter_mut().enumerate().for_each(|(k, group)| run(k, group));
    } else {
        groups.par_iter_mut().enumerate().for_each(|(k, group)| run(k, group));
    }
}
