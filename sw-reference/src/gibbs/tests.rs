//! Engines against the obvious loop, against each other's paths, and against enumerated distributions.

use super::GibbsSampler;
use crate::fast::Path;
use crate::ideal::{IdealSampler, enumerate};
use crate::models::{ColorId, ColoredModel, IsingModel};
use crate::stream::SplitMix64;

/// A number of mean 0 and variance 1: twelve uniform ones.
fn normal(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| (random.next_word() >> 11) as f64 * (-53f64).exp2()).sum::<f64>() - 6.0
}

fn sign(random: &mut SplitMix64) -> f64 {
    if random.next_word() & 1 == 1 { 1.0 } else { -1.0 }
}

/// What the couplings and biases of a test's model are.
#[derive(Clone, Copy, PartialEq)]
enum Numbers {
    Signs,
    SignsAndBiases,
    Normal,
}

/// A model on a graph.
fn model(inputs: usize, n: usize, edges: &[(usize, usize)], numbers: Numbers, seed: u64) -> ColoredModel {
    let mut random = SplitMix64::new(seed);
    let size = 0.7;
    let pairs: Vec<_> = edges
        .iter()
        .map(|&(i, j)| {
            let value = if numbers == Numbers::Normal { normal(&mut random) } else { sign(&mut random) };
            (i, j, size * value)
        })
        .collect();
    let bias = |i: usize| match numbers {
        Numbers::Signs => 0.0,
        Numbers::SignsAndBiases => [0.3, 0.0, -0.2][i % 3],
        Numbers::Normal => 0.3 * ((i * 7 % 11) as f64 - 5.0) / 5.0,
    };
    ColoredModel::color(IsingModel::from_pairs(inputs, (0..n).map(bias).collect(), &pairs).unwrap())
}

/// Edges of a grid, periodic or open.
fn grid(rows: usize, columns: usize, periodic: bool) -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    for (r, c) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
        if periodic && rows > 2 || r + 1 < rows {
            edges.push((r * columns + c, (r + 1) % rows * columns + c));
        }
        if periodic && columns > 2 || c + 1 < columns {
            edges.push((r * columns + c, r * columns + (c + 1) % columns));
        }
    }
    edges
}

/// A random graph in which nobody has more than `degree` neighbors, most as many.
fn random_graph(n: usize, degree: usize, seed: u64) -> Vec<(usize, usize)> {
    let (mut random, mut edges, mut degrees) = (SplitMix64::new(seed), Vec::new(), vec![0; n]);
    for _ in 0..20 * n * degree {
        let (i, j) = ((random.next_word() % n as u64) as usize, (random.next_word() % n as u64) as usize);
        if i < j && degrees[i] < degree && degrees[j] < degree && !edges.contains(&(i, j)) {
            edges.push((i, j));
            degrees[i] += 1;
            degrees[j] += 1;
        }
    }
    edges
}

/// Every pair.
fn complete(n: usize) -> Vec<(usize, usize)> {
    (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect()
}

/// One model for every engine and kernel: regular, irregular, of many degrees, with inputs.
fn models() -> Vec<(&'static str, ColoredModel)> {
    use Numbers::*;
    vec![
        ("lattice", model(0, 96, &grid(8, 12, true), Signs, 1)),
        ("open lattice with biases", model(0, 70, &grid(7, 10, false), SignsAndBiases, 2)),
        ("random, 7 signs", model(3, 150, &random_graph(150, 7, 3), Signs, 3)),
        ("random, 3 signs and biases", model(0, 61, &random_graph(61, 3, 4), SignsAndBiases, 4)),
        ("random, 6 normal", model(5, 90, &random_graph(90, 6, 5), Normal, 5)),
        ("random, 20 normal", model(0, 80, &random_graph(80, 20, 6), Normal, 6)),
        ("complete, signs", model(1, 14, &complete(14), Signs, 7)),
        ("large lattice", model(0, 40 * 40, &grid(40, 40, true), Signs, 8)),
    ]
}

/// Below and above every engine's limits.
const REPLICAS: [usize; 6] = [1, 7, 8, 50, 300, 700];

/// Everything a sampler can be told, and all spins after it.
fn script(model: &ColoredModel, replicas: usize, path: Path) -> Vec<Vec<bool>> {
    let mut sampler = GibbsSampler::on_path(model, replicas, 11, path);
    let each: Vec<f64> = (0..replicas).map(|r| 0.1 + 0.9 * r as f64 / replicas as f64).collect();
    sampler.run(&[0.2, 0.2, 0.2, 0.5, 1.0]);
    sampler.run_with(2, &each);
    sampler.clamp(model.model().p_bits() - 1, Some(true));
    sampler.sweep(0.7);
    sampler.sweep(0.7);
    sampler.sweep_with(&each);
    sampler.clamp(model.model().p_bits() - 1, None);
    sampler.set_spins(replicas - 1, &vec![true; model.model().p_bits()]);
    sampler.run(&[0.6; 3]);
    (0..replicas).map(|r| sampler.spins(r)).collect()
}

#[test]
fn all_paths_give_the_same_spins() {
    for (name, model) in models() {
        for replicas in REPLICAS {
            let expected = script(&model, replicas, Path::Portable);
            for path in Path::available() {
                assert!(script(&model, replicas, path) == expected, "{name}, {replicas} replicas, {path:?}");
            }
        }
    }
}

#[test]
fn threads_do_not_matter() {
    for (name, model) in models().into_iter().take(6) {
        for replicas in [5, 1100] {
            // Enough updates for several threads in the larger case.
            let with = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| script(&model, replicas, Path::Auto))
            };
            assert!(with(1) == with(3), "{name}, {replicas} replicas");
        }
    }
}

/// At an enormous beta an update is the sign of the field, wherever that is not 0.
#[test]
fn cold_sweeps_are_the_obvious_loop() {
    for (name, model) in models() {
        for replicas in REPLICAS {
            let mut sampler = GibbsSampler::new(&model, replicas, 5);
            let held = model.model().p_bits() / 2;
            sampler.hold(&[held], true);
            for _ in 0..2 {
                let mut expected: Vec<Vec<bool>> = (0..replicas).map(|r| sampler.spins(r)).collect();
                sampler.sweep(1e12);
                for (r, spins) in expected.iter_mut().enumerate() {
                    for color in 0..model.color_count() {
                        for i in model.members(ColorId(color)).into_iter().filter(|&i| i != held) {
                            let field = model.model().local_field(i, spins);
                            spins[i] = if field.abs() < 1e-6 { sampler.spin(r, i) } else { field > 0.0 };
                        }
                    }
                    assert!(sampler.spins(r) == *spins, "{name}, replica {r} of {replicas}");
                }
            }
        }
    }
}

#[test]
fn energies_and_magnetizations_are_those_of_the_spins() {
    for (name, model) in models() {
        for replicas in REPLICAS {
            let mut sampler = GibbsSampler::new(&model, replicas, 6);
            sampler.run(&[0.5; 2]);
            let (energies, sums) = (sampler.energies(), sampler.magnetizations());
            assert_eq!((energies.len(), sums.len()), (replicas, replicas));
            for r in 0..replicas {
                let spins = sampler.spins(r);
                assert!((energies[r] - model.model().energy(&spins)).abs() < 1e-9, "{name}, {r}");
                let up = spins.iter().filter(|&&up| up).count() as i64;
                assert_eq!(sums[r], 2 * up - spins.len() as i64);
            }
        }
    }
}

#[test]
fn new_numbers_keep_the_spins() {
    let edges = grid(6, 6, true);
    let signs = model(2, 36, &edges, Numbers::Signs, 1);
    let normal = model(2, 36, &edges, Numbers::Normal, 1);
    for replicas in REPLICAS {
        let mut sampler = GibbsSampler::new(&signs, replicas, 7);
        sampler.run(&[0.4; 3]);
        for next in [&normal, &normal, &signs] {
            let before: Vec<_> = (0..replicas).map(|r| sampler.spins(r)).collect();
            sampler.set_model(next);
            assert!((0..replicas).all(|r| sampler.spins(r) == before[r]), "{replicas} replicas");
            sampler.sweep(0.4);
            assert!((0..replicas).any(|r| sampler.spins(r) != before[r]), "{replicas} replicas");
        }
    }
}

/// Small models: total variation to the exact distribution, free and with held p-bits and inputs.
///
/// Samples of one replica are `GAP` sweeps apart; what correlation is left makes the histogram noisier than that of independent
/// samples, by up to 4 % here. The bar of 1.15 times the mean for independent samples is far outside the scatter (about
/// 2 %) of a correct sampler; one that is wrong by a third of the noise (0.3 %) fails.
#[test]
fn small_models_are_sampled_exactly() {
    const SAMPLES: usize = 1 << 18;
    const GAP: usize = 6;
    use Numbers::*;
    let models = [
        ("ring of signs", model(0, 12, &grid(3, 4, true), Signs, 21), 0.6),
        ("signs and biases", model(0, 12, &grid(3, 4, false), SignsAndBiases, 22), 0.8),
        ("7 neighbors", model(0, 11, &random_graph(11, 7, 23), SignsAndBiases, 23), 0.3),
        ("6 neighbors", model(0, 12, &random_graph(12, 6, 24), Normal, 24), 0.4),
        ("complete", model(0, 11, &complete(11), Normal, 25), 0.3),
        ("inputs", model(4, 15, &random_graph(15, 5, 26), Normal, 26), 0.5),
    ];
    for (name, model, beta) in models {
        for replicas in [1, 4, 128, 2048] {
            let mut sampler = GibbsSampler::new(&model, replicas, 31);
            let mut fixed = vec![None; model.model().p_bits()];
            (0..model.model().inputs()).for_each(|i| fixed[i] = Some(i % 2 == 0));
            if replicas > 1 {
                fixed[model.model().p_bits() - 1] = Some(true);
                sampler.clamp(model.model().p_bits() - 1, Some(true));
            }
            for (r, i) in (0..replicas).flat_map(|r| (0..model.model().inputs()).map(move |i| (r, i))) {
                sampler.set_spin(r, i, i % 2 == 0);
            }
            let exact = enumerate(model.model(), beta, &fixed).unwrap();
            let mut counts = vec![0u64; exact.probabilities().len()];
            sampler.run(&[beta; 50]);
            for _ in 0..SAMPLES / replicas {
                sampler.run(&[beta; GAP]);
                for r in 0..replicas {
                    let bits = exact.free().iter().enumerate();
                    counts[bits.fold(0, |state, (b, &i)| state | usize::from(sampler.spin(r, i)) << b)] += 1;
                }
            }
            let ratio = exact.total_variation(&counts) / floor(exact.probabilities(), SAMPLES);
            assert!((0.85..1.15).contains(&ratio), "{name}, {replicas} replicas: {ratio} times the floor");
        }
    }
}

/// Mean total variation of as many independent exact samples.
fn floor(probabilities: &[f64], samples: usize) -> f64 {
    let deviation = |p: &f64| (2.0 * p * (1.0 - p) / (std::f64::consts::PI * samples as f64)).sqrt();
    0.5 * probabilities.iter().map(deviation).sum::<f64>()
}

/// Replicas at betas of their own, against the sampler in double precision at each beta: mean energies of 60 replicas per beta
/// within 4.5 standard errors, for every engine that takes several betas.
#[test]
fn every_replica_has_its_own_beta() {
    const BETAS: [f64; 4] = [0.1, 0.3, 0.5, 0.7];
    for (name, model) in [models().swap_remove(0), models().swap_remove(4), models().swap_remove(5)] {
        let mut slow = Vec::new();
        for beta in BETAS {
            let energies: Vec<f64> = (0..60)
                .map(|seed| {
                    let mut sampler = IdealSampler::new(&model, beta, 100 + seed);
                    (0..60).for_each(|_| sampler.sweep());
                    model.model().energy(sampler.spins())
                })
                .collect();
            slow.push(mean_and_error(&energies));
        }
        for replicas in [7, 240, 800] {
            let betas: Vec<f64> = (0..replicas).map(|r| BETAS[r % 4]).collect();
            let mut energies = vec![Vec::new(); 4];
            for seed in 0..(240 / replicas).max(1) as u64 * 2 {
                let mut sampler = GibbsSampler::new(&model, replicas, seed);
                sampler.run_with(60, &betas);
                sampler.energies().iter().enumerate().for_each(|(r, &e)| energies[r % 4].push(e));
            }
            for ((energies, slow), beta) in energies.iter().zip(&slow).zip(BETAS) {
                let fast = mean_and_error(energies);
                let z = (fast.0 - slow.0) / fast.1.hypot(slow.1);
                assert!(z.abs() < 4.5, "{name}, {replicas} replicas, beta {beta}: {fast:?}, {slow:?}");
            }
        }
    }
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
