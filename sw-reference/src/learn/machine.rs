//! Phases sampled by the bit-exact machine.

use super::{Chains, Grid, PhaseSampler};
use crate::models::ColoredModel;
use crate::quantize::Overflow;
use crate::sparse::{
    SparseImage, SparseOptions, SparseProgram, SparseRun, SparseSampler, SparseSilent, compile, quantize,
};
use crate::stream::SplitMix64;
use rayon::prelude::*;
use spinwright_contract::{Problem, Readout, Schedule, Start, ValidSparse};

/// The bit-exact reference of a sparse machine: every phase is compiled to a bank image and run from spins that the host writes.
///
/// A machine's clamps hold for all its replicas. So chains whose held spins are equal and that follow one another share a run, as many as
/// there are replicas; replicas that are left over run along unseen. Every run begins with streams of its own seed.
#[derive(Debug, Clone)]
pub struct MachineSampler {
    machine: ValidSparse,
    grid: Grid,
}

impl MachineSampler {
    /// A sampler for a machine whose p-bits are those of the models.
    pub fn new(machine: ValidSparse, grid: Grid) -> Self {
        Self { machine, grid }
    }

    /// The image of a phase: no burn-in, `sweeps` retained sweeps.
    fn image(&self, model: &ColoredModel, sweeps: usize) -> Result<SparseImage, Problem> {
        let betas = vec![1.0; self.machine.tables()];
        let options = SparseOptions {
            field_frac_bits: Some(self.grid.field_fraction),
            overflow: Overflow::Saturate,
            betas: betas.clone(),
        };
        let quantized = quantize(model.model(), &self.machine, &options)?;
        let retained = u32::try_from(sweeps).unwrap_or(u32::MAX);
        let program = SparseProgram {
            schedule: Schedule { burn_in: 0, retained, readout: Readout::Spin },
            start: Start::Host,
            betas,
            beta_schedule: Vec::new(),
            every: 0,
        };
        compile(quantized, &self.machine, &program)
    }

    /// Chains that share a run: first and number.
    fn groups(&self, held: &[usize], chains: &Chains) -> Vec<(usize, usize)> {
        let same = |a: usize, b: usize| held.iter().all(|&i| chains.get(i, a) == chains.get(i, b));
        let mut groups: Vec<(usize, usize)> = Vec::new();
        for c in 0..chains.count() {
            match groups.last_mut() {
                Some((first, count)) if *count < self.machine.replicas() && same(*first, c) => *count += 1,
                _ => groups.push((c, 1)),
            }
        }
        groups
    }
}

impl PhaseSampler for MachineSampler {
    fn sweep(
        &self,
        model: &ColoredModel,
        held: &[bool],
        sweeps: usize,
        seed: u64,
        chains: &mut Chains,
    ) -> Result<(), Problem> {
        let image = self.image(model, sweeps)?;
        let list: Vec<usize> = (0..held.len()).filter(|&i| held[i]).collect();
        let groups = self.groups(&list, chains);
        let mut words = SplitMix64::new(seed);
        let seeds: Vec<u64> = groups.iter().map(|_| words.next_word()).collect();
        let start = &*chains;
        let ends: Result<Vec<Vec<Vec<bool>>>, Problem> = groups
            .par_iter()
            .zip(&seeds)
            .map(|(&(first, count), &seed)| {
                let mut sampler = SparseSampler::new(&self.machine, &image, 0)?;
                sampler.seed(seed);
                let mut clamp = vec![None; self.machine.p_bits()];
                list.iter().for_each(|&i| clamp[i] = Some(start.get(i, first)));
                sampler.set_clamp(&clamp);
                (0..count).for_each(|replica| sampler.set_spins(replica, &start.spins(first + replica)));
                let outcome = sampler.run(&SparseRun::from(Start::Host), &mut SparseSilent)?;
                Ok(outcome.spins.into_iter().take(count).collect())
            })
            .collect();
        for (&(first, _), spins) in groups.iter().zip(ends?) {
            spins.iter().enumerate().for_each(|(k, spins)| chains.set_spins(first + k, spins));
        }
        Ok(())
    }

    fn name(&self) -> &'static str {
        "machine"
    }
}
