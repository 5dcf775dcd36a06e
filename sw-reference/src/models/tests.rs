//! Models and colorings, and what is refused.

use super::*;
use crate::stream::SplitMix64;
use crate::train::DenseBlock;
use proptest::prelude::*;

fn random_pairs(seed: u64, p_bits: usize, percent: u64) -> Vec<(usize, usize, f64)> {
    let mut random = SplitMix64::new(seed);
    let all = (0..p_bits).flat_map(|i| (0..i).map(move |j| (i, j)));
    all.filter(|_| random.next_word() % 100 < percent).map(|(i, j)| (i, j, (i + j) as f64 - 3.5)).collect()
}

/// The rules of a coloring, written out.
fn is_coloring(colored: &ColoredModel) -> bool {
    let m = colored.model();
    (0..m.p_bits()).all(|i| {
        (colored.colors()[i].is_some() == (i >= m.inputs()))
            && m.couplings()
                .row(i)
                .all(|(j, _)| colored.colors()[i].is_none() || colored.colors()[i] != colored.colors()[j])
    })
}

proptest! {
    #[test]
    fn every_model_is_colored(seed in any::<u64>(), n in 1usize..25, percent in 0u64..100, inputs in 0usize..4) {
        let inputs = inputs.min(n - 1);
        let model = IsingModel::from_pairs(inputs, vec![0.5; n], &random_pairs(seed, n, percent)).unwrap();
        let degree = (inputs..n).map(|i| model.couplings().row(i).filter(|&(j, _)| j >= inputs).count()).max().unwrap();
        let bipartite = bipartite(&model).is_some();
        let colored = ColoredModel::color(model);
        prop_assert!(is_coloring(&colored));
        prop_assert!(colored.color_count() <= degree + 1);
        prop_assert!(!bipartite || colored.color_count() <= 2);
        prop_assert!(ColoredModel::new(colored.model().clone(), colored.colors().to_vec()).is_ok());
    }

    /// Dense and sparse descriptions are one model, and flipping a p-bit changes E by 2 s I.
    #[test]
    fn energy_and_field_agree(seed in any::<u64>(), n in 2usize..10, state in any::<u64>()) {
        let pairs = random_pairs(seed, n, 60);
        let biases: Vec<f64> = (0..n).map(|i| i as f64 / 4.0 - 1.0).collect();
        let mut matrix = vec![0.0; n * n];
        pairs.iter().for_each(|&(i, j, v)| { matrix[i * n + j] = v; matrix[j * n + i] = v; });
        let model = IsingModel::from_pairs(0, biases.clone(), &pairs).unwrap();
        prop_assert_eq!(&IsingModel::from_dense(0, biases.clone(), &matrix).unwrap(), &model);
        let spins: Vec<bool> = (0..n).map(|i| state >> i & 1 == 1).collect();
        let s: Vec<f64> = spins.iter().map(|&up| if up { 1.0 } else { -1.0 }).collect();
        let energy = -pairs.iter().map(|&(i, j, v)| v * s[i] * s[j]).sum::<f64>()
            - (0..n).map(|i| biases[i] * s[i]).sum::<f64>();
        prop_assert!((model.energy(&spins) - energy).abs() < 1e-9);
        for i in 0..n {
            let mut flipped = spins.clone();
            flipped[i] = !flipped[i];
            let change = model.energy(&flipped) - model.energy(&spins);
            prop_assert!((change - 2.0 * s[i] * model.local_field(i, &spins)).abs() < 1e-9);
        }
    }
}

#[test]
fn small_graphs_need_what_is_known() {
    let count = |n: usize, pairs: &[(usize, usize)]| {
        let pairs: Vec<_> = pairs.iter().map(|&(i, j)| (i, j, 1.0)).collect();
        ColoredModel::color(IsingModel::from_pairs(0, vec![0.0; n], &pairs).unwrap()).color_count()
    };
    assert_eq!(count(4, &[]), 1);
    assert_eq!(count(4, &[(0, 1), (1, 2), (2, 3), (3, 0)]), 2);
    assert_eq!(count(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]), 3);
    assert_eq!(count(4, &[(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]), 4);
}

#[test]
fn a_block_is_an_ising_model() {
    let block = DenseBlock {
        inputs: 2,
        hidden: 1,
        outputs: 2,
        k1: vec![0.5, -0.25],
        k2: vec![1.0, -2.0],
        k3: Some(vec![0.125, 0.0, 0.75, 1.5]),
        b1: vec![0.375],
        b2: vec![-1.0, 3.0],
        delta: 0.9,
    };
    let colored = block_model(&block, 0.5).unwrap();
    assert_eq!(colored.members(ColorId(0)), [2]);
    assert_eq!(colored.members(ColorId(1)), [3, 4]);
    let spins = [true, false, true, false, true];
    let field = |i| colored.model().local_field(i, &spins);
    // I1 = b1 + K1 x + delta K2^T s2, I2 = delta (b2 + K2 s1 + K3 x) with x = (+, -), s1 = +, s2 = (-, +).
    assert_eq!(field(2), 0.375 + 0.5 + 0.25 + 0.5 * (-1.0 - 2.0));
    assert_eq!(field(3), 0.5 * (-1.0 + 1.0 + 0.125));
    assert_eq!(field(4), 0.5 * (3.0 - 2.0 + 0.75 - 1.5));
}

#[test]
fn refusals_read_well() {
    let dense = |matrix: &[f64]| IsingModel::from_dense(0, vec![0.0; 2], matrix).unwrap_err();
    let pairs = |pairs: &[(usize, usize, f64)]| IsingModel::from_pairs(0, vec![0.0; 3], pairs).unwrap_err();
    let ring = || IsingModel::from_pairs(1, vec![0.0; 3], &[(1, 2, 0.5)]).unwrap();
    let colors = |colors: &[i32]| {
        let colors = colors.iter().map(|&c| usize::try_from(c).ok().map(ColorId)).collect();
        ColoredModel::new(ring(), colors).unwrap_err()
    };
    let messages = [
        dense(&[0.0; 3]),
        IsingModel::from_pairs(2, vec![0.0; 2], &[]).unwrap_err(),
        IsingModel::from_pairs(0, vec![0.0, f64::NAN], &[]).unwrap_err(),
        dense(&[0.0, f64::INFINITY, 1.0, 0.0]),
        dense(&[0.0, 0.5, 0.25, 0.0]),
        dense(&[0.0, 0.5, 0.5, 1.0]),
        pairs(&[(0, 3, 1.0)]),
        pairs(&[(0, 1, 1.0), (1, 0, 1.0)]),
        colors(&[-1, 0]),
        colors(&[0, 0, 1]),
        colors(&[-1, 0, -1]),
        colors(&[-1, 0, 0]),
    ];
    insta::assert_snapshot!("refusals", messages.map(|error| error.to_string()).join("\n"));
}
