//! The two-dimensional ferromagnet on a torus of 64 x 64 against Kaufman's exact energy of the finite lattice (B. Kaufman, Phys.
//! Rev. 76, 1232, 1949; the form of Ferdinand and Fisher, Phys. Rev. 185, 832, 1969), at five temperatures around the critical
//! one.
//!
//! 32 replicas run on their own; a replica's mean over `SWEEPS` sweeps is one independent value, so the standard error of the
//! mean of 32 needs no autocorrelation time. Deviations of 4.5 standard errors (31 degrees of freedom) come about once in 10^4;
//! ten numbers are compared, seeds are fixed. The energy's standard error is 2 10^-4 to 10^-3.

use spinwright_reference::gibbs::GibbsSampler;
use spinwright_reference::models::{ColorId, ColoredModel, IsingModel};

const SIDE: usize = 64;
const REPLICAS: usize = 32;
/// Far longer than the energy remembers at the critical point (a few thousand sweeps).
const BURN_IN: usize = 20_000;
/// Sweeps of a replica: 1.28 million at every temperature.
const SWEEPS: usize = 40_000;
/// Sweeps between measurements.
const GAP: usize = 100;

/// log Z of a torus of `side` x `side` at K = beta J.
fn log_z(side: usize, k: f64) -> f64 {
    let n = side as f64;
    let gamma = |l: usize| {
        if l == 0 {
            // Its sign changes at the critical point.
            return 2.0 * k + k.tanh().ln();
        }
        let cosh = (2.0 * k).cosh().powi(2) / (2.0 * k).sinh() - (std::f64::consts::PI * l as f64 / n).cos();
        cosh.acosh()
    };
    // Every product as sign and logarithm: 2 cosh x and 2 sinh x are exp|x| (1 +- exp(-2|x|)).
    let product = |first: usize, hyperbolic: f64| {
        (0..side).map(|r| n / 2.0 * gamma(2 * r + first)).fold((1.0, 0.0), |(sign, log), x: f64| {
            let sign = if hyperbolic < 0.0 && x < 0.0 { -sign } else { sign };
            (sign, log + x.abs() + (hyperbolic * (-2.0 * x.abs()).exp()).ln_1p())
        })
    };
    let products: [(f64, f64); 4] = [product(1, 1.0), product(1, -1.0), product(0, 1.0), product(0, -1.0)];
    let largest = products.iter().map(|product| product.1).fold(f64::MIN, f64::max);
    let sum: f64 = products.iter().map(|(sign, log)| sign * (log - largest).exp()).sum();
    n * n / 2.0 * (2.0 * (2.0 * k).sinh()).ln() - 2f64.ln() + largest + sum.ln()
}

/// Energy per p-bit, -d log Z / dK / N.
fn kaufman(side: usize, k: f64) -> f64 {
    let step = 2e-5;
    -(log_z(side, k + step) - log_z(side, k - step)) / (2.0 * step * (side * side) as f64)
}

fn ferromagnet(side: usize) -> ColoredModel {
    let place = |row: usize, column: usize| row % side * side + column % side;
    let pairs: Vec<_> = (0..side * side)
        .flat_map(|i| [(i, place(i / side + 1, i % side), 1.0), (i, place(i / side, i % side + 1), 1.0)])
        .collect();
    let colors = (0..side * side).map(|i| Some(ColorId((i / side + i % side) % 2))).collect();
    ColoredModel::new(IsingModel::from_pairs(0, vec![0.0; side * side], &pairs).unwrap(), colors).unwrap()
}

#[test]
fn kaufmans_formula_is_the_enumerated_energy_of_a_small_lattice() {
    let model = ferromagnet(4);
    for k in [0.2, 0.44, 0.7] {
        let (mut z, mut sum) = (0.0, 0.0);
        for state in 0..1u32 << 16 {
            let spins: Vec<bool> = (0..16).map(|i| state >> i & 1 == 1).collect();
            let energy = model.model().energy(&spins);
            let weight = (-k * (energy + 32.0)).exp();
            z += weight;
            sum += weight * energy;
        }
        let (exact, formula) = (sum / z / 16.0, kaufman(4, k));
        assert!((exact - formula).abs() < 1e-8, "K = {k}: {formula} for {exact}");
    }
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

#[test]
fn energies_around_the_critical_point_are_kaufmans() {
    let critical = (1.0 + 2f64.sqrt()).ln() / 2.0;
    let (model, n) = (ferromagnet(SIDE), (SIDE * SIDE) as f64);
    for (k, beta) in [0.38, 0.42, critical, 0.46, 0.5].into_iter().enumerate() {
        let mut sampler = GibbsSampler::new(&model, REPLICAS, 64 + k as u64);
        if beta >= critical {
            // All up or all down: random spins would fall into stripes.
            (0..REPLICAS).for_each(|r| sampler.set_spins(r, &[r % 2 == 0; SIDE * SIDE]));
        }
        sampler.run(&[beta; BURN_IN]);
        let (mut energies, mut magnetizations) = (vec![0.0; REPLICAS], vec![0.0; REPLICAS]);
        for _ in 0..SWEEPS / GAP {
            sampler.run(&[beta; GAP]);
            let scale = GAP as f64 / (SWEEPS as f64 * n);
            energies.iter_mut().zip(sampler.energies()).for_each(|(sum, e)| *sum += e * scale);
            let sums = sampler.magnetizations();
            magnetizations.iter_mut().zip(sums).for_each(|(sum, m)| *sum += m as f64 * scale);
        }
        let ((energy, error), exact) = (mean_and_error(&energies), kaufman(SIDE, beta));
        let z = (energy - exact) / error;
        println!("beta {beta:.4}: energy {energy:.6} +- {error:.6}, exact {exact:.6}, {z:.2} errors");
        assert!(z.abs() < 4.5, "beta {beta}: {energy} +- {error}, Kaufman {exact}");
        let (magnetization, error) = mean_and_error(&magnetizations);
        println!("beta {beta:.4}: magnetization {magnetization:.5} +- {error:.5}");
        assert!(magnetization.abs() < 4.5 * error, "beta {beta}: {magnetization} +- {error}");
    }
}
