//! Enumeration against sums written out, the sampler against enumeration.

use super::*;
use crate::models::{ColoredModel, IsingModel};
use proptest::prelude::*;

/// A ring of five with a chord: three colors, no two couplings equal.
fn small() -> IsingModel {
    let pairs = [(0, 1, 0.4), (1, 2, -0.3), (2, 3, 0.7), (3, 4, -0.5), (4, 0, 0.2), (1, 3, 0.1)];
    IsingModel::from_pairs(0, vec![0.1, -0.2, 0.3, 0.0, -0.1], &pairs).unwrap()
}

proptest! {
    /// Gray code and formula give the same probabilities, free and fixed p-bits in any mixture.
    #[test]
    fn enumeration_is_boltzmann(beta in 0.0f64..2.0, mask in 0usize..32, values in 0usize..32) {
        let model = small();
        let fixed: Vec<Option<bool>> = (0..5).map(|i| (mask >> i & 1 == 1).then_some(values >> i & 1 == 1)).collect();
        let exact = enumerate(&model, beta, &fixed).unwrap();
        let weight = |state: usize| {
            let mut spins: Vec<bool> = fixed.iter().map(|s| s.unwrap_or(false)).collect();
            exact.free().iter().enumerate().for_each(|(b, &i)| spins[i] = state >> b & 1 == 1);
            (-beta * model.energy(&spins)).exp()
        };
        let total: f64 = (0..exact.probabilities().len()).map(weight).sum();
        for (state, p) in exact.probabilities().iter().enumerate() {
            prop_assert!((p - weight(state) / total).abs() < 1e-12);
        }
    }
}

#[test]
fn moments_of_two_p_bits() {
    // <s0 s1> = tanh(beta J) without biases.
    let model = IsingModel::from_pairs(0, vec![0.0; 2], &[(0, 1, 0.8)]).unwrap();
    let exact = enumerate(&model, 1.5, &[None, None]).unwrap();
    assert!((exact.moment(0b11) - 1.2f64.tanh()).abs() < 1e-12);
    assert!(exact.moment(0b01).abs() < 1e-12);
    // One p-bit: <s> = tanh(beta h).
    let model = IsingModel::from_pairs(0, vec![0.3], &[]).unwrap();
    assert!((enumerate(&model, 2.0, &[None]).unwrap().moment(1) - 0.6f64.tanh()).abs() < 1e-12);
}

#[test]
fn total_variation_of_a_histogram() {
    let model = IsingModel::from_pairs(0, vec![0.0], &[]).unwrap();
    let exact = enumerate(&model, 1.0, &[None]).unwrap();
    assert_eq!(exact.total_variation(&[1, 1]), 0.0);
    assert_eq!(exact.total_variation(&[3, 1]), 0.25);
}

/// 200,000 sweeps of 32 states: the expected total variation of independent samples is about 0.005; 0.02 would be exceeded by
/// chance less than once in 10^9 seeds, and this seed is fixed.
#[test]
fn the_sampler_approaches_the_enumeration() {
    for clamped in [None, Some((3, true)), Some((0, false))] {
        let model = ColoredModel::color(small());
        let mut sampler = IdealSampler::new(&model, 0.9, 11);
        let mut fixed = vec![None; 5];
        if let Some((i, value)) = clamped {
            sampler.clamp(i, Some(value));
            fixed[i] = Some(value);
        }
        let exact = enumerate(model.model(), 0.9, &fixed).unwrap();
        let mut counts = vec![0; exact.probabilities().len()];
        for _ in 0..200_000 {
            sampler.sweep();
            let state = exact
                .free()
                .iter()
                .enumerate()
                .map(|(b, &i)| usize::from(sampler.spins()[i]) << b)
                .sum::<usize>();
            counts[state] += 1;
        }
        let distance = exact.total_variation(&counts);
        assert!(distance < 0.02, "{distance} with {clamped:?}");
    }
}

#[test]
fn refusals_read_well() {
    let large = IsingModel::from_pairs(1, vec![0.0; 22], &[]).unwrap();
    let mut fixed = vec![None; 22];
    let unfixed = enumerate(&large, 1.0, &fixed).unwrap_err();
    fixed[0] = Some(true);
    let messages = [unfixed, enumerate(&large, 1.0, &fixed).unwrap_err()];
    insta::assert_snapshot!("refusals", messages.map(|problem| problem.to_string()).join("\n"));
}
