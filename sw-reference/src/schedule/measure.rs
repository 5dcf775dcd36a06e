//! The block error as it is measured.

use super::chain::{Chain, Clamped};
use super::operator::BlockOperator;
use rayon::prelude::*;

/// Counts wrong signs, input by input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Of every input: wrong signs, signs.
    inputs: Vec<(u64, u64)>,
}

impl Tally {
    /// Adds the next input: its repetitions' signs beside the reference signs.
    pub fn push<'a>(&mut self, reference: &[bool], repetitions: impl IntoIterator<Item = &'a [bool]>) {
        let mut counts = (0, 0);
        for signs in repetitions {
            counts.0 += signs.iter().zip(reference).filter(|(a, b)| a != b).count() as u64;
            counts.1 += signs.len() as u64;
        }
        self.inputs.push(counts);
    }

    /// Adds the inputs of another tally behind these.
    pub fn append(&mut self, other: &Tally) {
        self.inputs.extend_from_slice(&other.inputs);
    }

    /// Part of the signs that were wrong; 0 without any.
    pub fn error(&self) -> f64 {
        let (wrong, all) = self.inputs.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        if all == 0 { 0.0 } else { wrong as f64 / all as f64 }
    }

    /// Standard error of [`Self::error`] over the choice of inputs (which also carries the sampling noise).
    pub fn standard_error(&self) -> f64 {
        let (n, mean) = (self.inputs.len() as f64, self.error());
        let rate = |&(wrong, all): &(u64, u64)| wrong as f64 / all.max(1) as f64;
        let squares: f64 = self.inputs.iter().map(|count| (rate(count) - mean).powi(2)).sum();
        if n < 2.0 { f64::INFINITY } else { (squares / (n * (n - 1.0))).sqrt() }
    }
}

/// How to measure with the real-valued sampler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasureOptions {
    /// Chains whose sums are added; each starts at random.
    pub replicas: u32,
    /// Sweeps of every chain that are discarded first.
    pub burn_in: u32,
    /// Independent runs of every input.
    pub repetitions: u32,
    /// Sweeps of the run that decides the long-run sign, after an eighth of them as burn-in.
    pub reference_sweeps: u32,
    /// Seed of all chains.
    pub seed: u64,
}

/// Measures the error of one block at every number of retained sweeps (ascending) with the real-valued sampler, on the current
/// rayon pool.
///
/// The long-run sign of an output is that of its mean conditional expectation E[tanh(field)] over an independent long run. That run's own
/// error adds to the result a factor of at most sqrt(1 + sweeps / reference sweeps).
///
/// # Panics
/// If a number of sweeps is 0 or they do not ascend.
pub fn measure<O: BlockOperator + ?Sized>(
    operator: &O,
    inputs: &[Clamped],
    retained: &[u32],
    options: &MeasureOptions,
) -> Vec<Tally> {
    assert!(retained.is_sorted() && retained.first() != Some(&0), "ascending numbers of sweeps");
    let parts: Vec<Vec<Tally>> = (inputs.par_iter().enumerate())
        .map(|(index, input)| {
            let chains = 1 + u64::from(options.repetitions) * u64::from(options.replicas);
            let seed = options.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(index as u64 * chains);
            let reference = long_run_signs(operator, input, options.reference_sweeps, seed);
            let runs: Vec<Vec<Vec<bool>>> = (0..u64::from(options.repetitions))
                .map(|run| {
                    let first = seed + 1 + run * u64::from(options.replicas);
                    run_signs(operator, input, retained, options, first)
                })
                .collect();
            let tally = |place: usize| {
                let mut tally = Tally::default();
                tally.push(&reference, runs.iter().map(|run| run[place].as_slice()));
                tally
            };
            (0..retained.len()).map(tally).collect()
        })
        .collect();
    let mut all = vec![Tally::default(); retained.len()];
    for part in &parts {
        all.iter_mut().zip(part).for_each(|(all, part)| all.append(part));
    }
    all
}

/// Signs of the long-run means, up = true.
pub fn long_run_signs<O: BlockOperator + ?Sized>(
    operator: &O,
    input: &Clamped,
    sweeps: u32,
    seed: u64,
) -> Vec<bool> {
    let mut chain = Chain::new(operator, input, seed);
    (0..sweeps / 8).for_each(|_| chain.sweep());
    let mut sums = vec![0.0; operator.outputs()];
    for _ in 0..sweeps {
        chain.sweep();
        sums.iter_mut().zip(chain.output_fields()).for_each(|(sum, field)| *sum += field.tanh());
    }
    sums.iter().map(|&sum| sum >= 0.0).collect()
}

/// Signs of the sums of one run at every number of retained sweeps. A tie goes to the last spin, as in the contract.
fn run_signs<O: BlockOperator + ?Sized>(
    operator: &O,
    input: &Clamped,
    retained: &[u32],
    options: &MeasureOptions,
    seed: u64,
) -> Vec<Vec<bool>> {
    let n = operator.outputs();
    let mut sums = vec![vec![0.0; n]; retained.len()];
    let mut last = vec![vec![0.0; n]; retained.len()];
    for replica in 0..u64::from(options.replicas) {
        let mut chain = Chain::new(operator, input, seed + replica);
        (0..options.burn_in).for_each(|_| chain.sweep());
        let mut total = vec![0.0; n];
        let mut done = 0;
        for (place, &sweeps) in retained.iter().enumerate() {
            while done < sweeps {
                chain.sweep();
                total.iter_mut().zip(chain.outputs()).for_each(|(sum, spin)| *sum += spin);
                done += 1;
            }
            sums[place].iter_mut().zip(&total).for_each(|(sum, part)| *sum += part);
            last[place].copy_from_slice(chain.outputs());
        }
    }
    let sign = |(&sum, &last): (&f64, &f64)| if sum == 0.0 { last > 0.0 } else { sum > 0.0 };
    sums.iter().zip(&last).map(|(sums, last)| sums.iter().zip(last).map(sign).collect()).collect()
}
