//! The theory against the real-valued sampler.

use super::super::*;
use super::{conv, dense};

const SWEEPS: [u32; 4] = [8, 32, 128, 512];

/// Predicted against measured errors of one block: the largest relative difference.
fn worst(operator: &dyn BlockOperator, inputs: &[Clamped], retained: &[u32], replicas: u32) -> f64 {
    let prediction =
        predict(operator, inputs, retained, &PredictOptions { replicas, ..PredictOptions::default() });
    assert_eq!(prediction.unsettled, 0, "the means come to rest");
    let options = MeasureOptions { replicas, burn_in: 0, repetitions: 4, reference_sweeps: 4000, seed: 5 };
    let measured = measure(operator, inputs, retained, &options);
    let ratios = prediction.error.iter().zip(&measured).map(|(p, m)| (p / m.error() - 1.0).abs());
    ratios.fold(0.0, f64::max)
}

/// The measured errors at 512 sweeps have a noise of a few percent of their own; the bar is a fifth.
#[test]
fn errors_of_a_dense_block_are_predicted_within_a_fifth() {
    for delta in [0.1, 0.3, 0.5] {
        let (operator, inputs) = dense(21, [24, 24], delta, 80);
        let worst = worst(&operator, &inputs, &SWEEPS, 1);
        assert!(worst < 0.2, "delta {delta}: off by {worst}");
    }
}

/// As above, on planes with masked padding, and sums over replicas that start apart.
#[test]
fn errors_of_a_convolutional_block_are_predicted_within_a_fifth() {
    for (delta, replicas) in [(0.2, 1), (0.5, 4)] {
        let (operator, inputs) = conv(22, delta, 10);
        let retained = SWEEPS.map(|sweeps| sweeps / replicas);
        let worst = worst(&operator, &inputs, &retained, replicas);
        assert!(worst < 0.2, "delta {delta}: off by {worst}");
    }
}

/// The measured autocorrelations have a noise of about 0.01 (8,000 sweeps), the predicted ones spread over 0.4.
#[test]
fn leading_modes_decay_as_predicted() {
    let mut pairs = Vec::new();
    for delta in [0.2, 0.4, 0.6] {
        let (operator, inputs) = dense(23, [24, 24], delta, 3);
        for input in &inputs {
            let means = MeanField::relax_correlated(&operator, input, &Gauss::new(11), 16);
            let modes = Linearized::new(&operator, &means).leading(6, 1);
            let mut lag_one = LagOne::new(&modes, 1);
            let mut chain = Chain::new(&operator, input, 9);
            (0..100).for_each(|_| chain.sweep());
            for _ in 0..8000 {
                chain.sweep();
                lag_one.push(0, chain.outputs());
            }
            pairs.extend(modes.iter().map(|mode| mode.lag_one).zip(lag_one.values()));
        }
    }
    assert!(pairs.iter().any(|pair| pair.0 > 0.3), "some modes are slow: {pairs:?}");
    let correlation = pearson(&pairs);
    assert!(correlation >= 0.95, "Pearson {correlation}");
}

/// The chain itself against the exact conditional expectations: a block without couplings, means tanh(field). 40,000 sweeps, 5 standard
/// errors, 4 means: another seed fails about once in 400,000.
#[test]
fn a_chain_draws_spins_of_the_right_mean() {
    let operator = DenseOperator::new(3, vec![0.0; 12]);
    let input = Clamped { hidden: vec![0.0; 3], output: vec![0.0, 0.3, -1.0, 2.0] };
    let mut chain = Chain::new(&operator, &input, 3);
    let mut sums = [0.0; 4];
    for _ in 0..40_000 {
        chain.sweep();
        sums.iter_mut().zip(chain.outputs()).for_each(|(sum, spin)| *sum += spin);
    }
    for (sum, field) in sums.iter().zip(&input.output) {
        let (found, expected) = (sum / 40_000.0, field.tanh());
        let error = ((1.0 - expected * expected) / 40_000.0).sqrt();
        assert!((found - expected).abs() < 5.0 * error, "field {field}: {found}");
    }
}

#[test]
fn measurements_do_not_depend_on_the_threads() {
    let (operator, inputs) = dense(24, [6, 6], 0.4, 9);
    let options = MeasureOptions { replicas: 2, burn_in: 1, repetitions: 2, reference_sweeps: 100, seed: 1 };
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let prediction = predict(&operator, &inputs, &[4, 8], &PredictOptions::default());
            (measure(&operator, &inputs, &[4, 8], &options), prediction)
        })
    };
    assert_eq!(with(1), with(3));
}
