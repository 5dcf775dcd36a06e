//! Each part against its definition.

use super::super::*;
use super::{Numbers, conv, dense, matrix};
use crate::ideal::enumerate;
use crate::models::{ColorId, ColoredModel, IsingModel};
use nalgebra::{DMatrix, SymmetricEigen};
use spinwright_contract::config::{Kernel, Plane};

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} and {b} differ by more than {tolerance}");
}

#[test]
fn a_convolution_couples_the_positions_that_the_contract_says() {
    let (source, target) =
        (Plane { rows: 5, columns: 4, channels: 2 }, Plane { rows: 3, columns: 2, channels: 3 });
    let kernel = Kernel { size: 3, stride: 2, padding: 1 };
    let weights = Numbers::new(1).normals(3 * 9 * 2, 1.0);
    let operator = ConvOperator::new(source, target, kernel, weights.clone());
    let (values, squares) = (matrix(&operator, Entries::Values), matrix(&operator, Entries::Squares));
    let mut coupled = 0;
    for output in 0..target.p_bits() {
        let (place, o) = (output / 3, output % 3);
        let (r, c) = ((place / 2) as isize, (place % 2) as isize);
        for hidden in 0..source.p_bits() {
            let (place, i) = (hidden / 2, hidden % 2);
            let (dr, dc) = ((place / 4) as isize - 2 * r + 1, (place % 4) as isize - 2 * c + 1);
            let inside = (0..3).contains(&dr) && (0..3).contains(&dc);
            let expected = if inside { weights[(o * 9 + (3 * dr + dc) as usize) * 2 + i] } else { 0.0 };
            coupled += usize::from(inside);
            assert_eq!(values[(output, hidden)], expected, "output {output}, hidden {hidden}");
            assert_eq!(squares[(output, hidden)], expected * expected);
        }
    }
    assert!(coupled > 100 && coupled < values.len(), "some pairs are coupled, some are not");
}

#[test]
fn the_way_back_is_the_transpose() {
    let (dense, _) = dense(2, [7, 5], 0.4, 1);
    let (conv, _) = conv(2, 0.4, 1);
    for operator in [&dense as &dyn BlockOperator, &conv] {
        for entries in [Entries::Values, Entries::Squares] {
            let w = matrix(operator, entries);
            for output in 0..operator.outputs() {
                let mut unit = vec![0.0; operator.outputs()];
                unit[output] = 1.0;
                let mut row = vec![0.0; operator.hidden()];
                operator.add_to_hidden(entries, &unit, &mut row);
                assert!(row.iter().zip(w.row(output).iter()).all(|(a, b)| a == b), "output {output}");
            }
        }
    }
}

#[test]
fn a_dense_block_is_a_convolution_of_one_position() {
    let weights = Numbers::new(3).normals(5 * 7, 1.0);
    let one = ConvOperator::new(Plane::dense(7), Plane::dense(5), Kernel::POINT, weights.clone());
    let other = DenseOperator::new(7, weights);
    assert_eq!(matrix(&one, Entries::Values), matrix(&other, Entries::Values));
}

#[test]
fn gaussian_averages_are_integrals() {
    let gauss = Gauss::new(11);
    close(gauss.mean_and_gain(0.7, 0.0).0, 0.7f64.tanh(), 1e-12);
    for (h, v) in [(0.0, 0.3), (0.4, 0.2), (-1.1, 0.8), (2.0, 0.5)] {
        let (mut mean, mut gain, step) = (0.0, 0.0, 1e-3);
        for i in -8000..=8000 {
            let z = f64::from(i) * step;
            let weight = step * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
            let tanh = (h + f64::sqrt(v) * z).tanh();
            mean += weight * tanh;
            gain += weight * (1.0 - tanh * tanh);
        }
        let found = gauss.mean_and_gain(h, v);
        close(found.0, mean, 2e-3);
        close(found.1, gain, 2e-3);
    }
}

#[test]
fn sign_errors_without_correlation_are_binomial() {
    for n in 1u64..=9 {
        for mean in [0.0, 0.1, 0.5, 0.9, -0.3] {
            let down = 0.5 * (1.0 - mean);
            let mut wrong = 0.0;
            for outcome in 0..1u64 << n {
                let downs = outcome.count_ones() as i32;
                let probability = f64::powi(down, downs) * f64::powi(1.0 - down, n as i32 - downs);
                let tie = 2 * downs as u64 == n;
                let last_down = outcome >> (n - 1) == 1;
                if 2 * downs as u64 > n || tie && last_down {
                    wrong += probability;
                }
            }
            close(thermal::sign_error(mean, 1.0, n), wrong, 1e-9);
        }
    }
    // Never fewer than one sweep is left, however long the correlation; one sweep is wrong as often as its spin is down.
    close(thermal::sign_error(0.5, 100.0, 8), 0.25, 1e-12);
}

#[test]
fn the_normal_formula_is_the_limit_and_the_power_law_its_integral() {
    close(thermal::normal_cdf(1.0), 0.841_344_746, 1e-8);
    close(thermal::sign_error(0.05, 1.0, 2000), thermal::normal_error(0.05, 1.0, 2000.0), 2e-4);
    close(
        thermal::normal_error_of_field(0.3, 1.7, 20.0),
        thermal::normal_error(0.3f64.tanh(), 1.7, 20.0),
        1e-12,
    );
    // Uniform density 1/4 on -2 .. 2.
    let (n, tau, step) = (4000.0, 1.5, 1e-4);
    let fields = (-20_000..20_000).map(|i| (f64::from(i) + 0.5) * step);
    let mean: f64 = fields.map(|a| 0.25 * step * thermal::normal_error_of_field(a, tau, n)).sum();
    close(mean, thermal::power_law(0.25, tau) / n.sqrt(), 1e-3 * mean);
}

#[test]
fn an_average_of_correlated_spins_varies_as_the_double_sum_says() {
    let spectrum = Spectrum::new(vec![(0.0, 0.5), (0.3, 0.3), (0.8, 0.2)]);
    for n in [1u32, 2, 7, 40] {
        let pairs = (0..n).flat_map(|s| (0..n).map(move |t| s.abs_diff(t)));
        let sum: f64 = pairs.map(|lag| spectrum.autocorrelation(lag)).sum();
        close(spectrum.inflation(n), sum / f64::from(n), 1e-12);
    }
    close(spectrum.autocorrelation(0), 1.0, 1e-12);
    close(spectrum.inflation(1_000_000), spectrum.tau(), 1e-4);
}

#[test]
fn lanczos_finds_what_the_dense_eigensystem_says() {
    let (operator, inputs) = dense(5, [12, 14], 0.5, 1);
    let means = MeanField::relax(&operator, &inputs[0], &Closure::Gaussian(Gauss::new(11)));
    let linear = Linearized::new(&operator, &means);
    let w = matrix(&operator, Entries::Values);
    let diagonal = |values: &[f64]| DMatrix::from_diagonal(&nalgebra::DVector::from_row_slice(values));
    let a = diagonal(&means.output_gain) * &w * diagonal(&means.hidden_gain) * w.transpose();
    let root: Vec<f64> = means.output_gain.iter().map(|g| g.sqrt()).collect();
    let b = diagonal(&root) * &w * diagonal(&means.hidden_gain) * w.transpose() * diagonal(&root);
    let eigen = SymmetricEigen::new(b);
    let mut sorted: Vec<f64> = eigen.eigenvalues.iter().copied().collect();
    sorted.sort_by(|x, y| y.total_cmp(x));
    for (mode, &expected) in linear.leading(5, 1).iter().zip(&sorted) {
        close(mode.lag_one, expected, 1e-9);
        let left = nalgebra::RowDVector::from_row_slice(&mode.left);
        let residual = &left * &a - &left * mode.lag_one;
        assert!(residual.norm() < 1e-7 * left.norm(), "a left eigenvector of A: {}", residual.norm());
    }
    for output in [0, 9] {
        let shares = (0..14).map(|i| (eigen.eigenvalues[i], eigen.eigenvectors[(output, i)].powi(2)));
        let exact = Spectrum::new(shares.collect());
        let found = linear.spectrum(output, 8);
        close(found.tau(), exact.tau(), 1e-3);
        close(found.autocorrelation(3), exact.autocorrelation(3), 1e-6);
    }
}

#[test]
fn gaussian_fields_come_closer_to_the_exact_means() {
    let (h, n) = (7, 6);
    let mut errors = [0.0; 3];
    for seed in 0..10 {
        let (operator, inputs) = dense(100 + seed, [h, n], 0.5, 1);
        let w = matrix(&operator, Entries::Values);
        let biases = [inputs[0].hidden.clone(), inputs[0].output.clone()].concat();
        let pairs: Vec<(usize, usize, f64)> = (0..n)
            .flat_map(|o| (0..h).map(move |i| (h + o, i)))
            .map(|(o, i)| (o, i, w[(o - h, i)]))
            .collect();
        let colors = (0..h + n).map(|i| Some(ColorId(usize::from(i >= h)))).collect();
        let model = ColoredModel::new(IsingModel::from_pairs(0, biases, &pairs).unwrap(), colors).unwrap();
        let exact = enumerate(model.model(), 1.0, &vec![None; h + n]).unwrap();
        let gauss = Gauss::new(11);
        let means = [
            MeanField::relax(&operator, &inputs[0], &Closure::Naive),
            MeanField::relax(&operator, &inputs[0], &Closure::Gaussian(gauss.clone())),
            MeanField::relax_correlated(&operator, &inputs[0], &gauss, 200),
        ];
        for (error, means) in errors.iter_mut().zip(means) {
            assert!(means.converged);
            let square = |o: usize| (means.output_mean[o] - exact.moment(1 << (h + o))).powi(2);
            *error += (0..n).map(square).sum::<f64>();
        }
    }
    let [naive, gaussian, correlated] = errors;
    assert!(gaussian < 0.25 * naive && correlated < 0.8 * gaussian, "squared errors: {errors:?}");
}

#[test]
fn the_mean_over_a_run_is_that_of_its_sweeps() {
    let (operator, inputs) = dense(7, [9, 8], 0.6, 1);
    let means = MeanField::relax(&operator, &inputs[0], &Closure::Naive);
    // The same map, written out.
    let w = matrix(&operator, Entries::Values);
    let mut output = nalgebra::DVector::zeros(8);
    let hidden_field = nalgebra::DVector::from_row_slice(&inputs[0].hidden);
    let output_field = nalgebra::DVector::from_row_slice(&inputs[0].output);
    let mut sums = [0.0; 8];
    for sweep in 1..=12 {
        let hidden = (&hidden_field + w.transpose() * &output).map(f64::tanh);
        output = (&output_field + &w * hidden).map(f64::tanh);
        if sweep > 2 {
            sums.iter_mut().zip(output.iter()).for_each(|(sum, m)| *sum += m / 10.0);
        }
    }
    for (o, &sum) in sums.iter().enumerate() {
        close(means.mean_over(o, 2, 10), sum, 1e-5);
        close(means.mean_over(o, 5000, 10), means.output_mean[o], 1e-12);
    }
}

#[test]
fn a_mixture_finds_two_humps() {
    let mut numbers = Numbers::new(11);
    let mut values = numbers.normals(3000, 0.5);
    values.iter_mut().take(2000).for_each(|v| *v = *v * 2.0 - 3.0);
    let mixture = Mixture::fit(&values, 4);
    assert_eq!(mixture.components.len(), 2, "{mixture:?}");
    let [low, high] = [mixture.components[0], mixture.components[1]];
    close(low.mean, -3.0, 0.1);
    close(low.deviation, 1.0, 0.1);
    close(low.weight, 2.0 / 3.0, 0.03);
    close(high.mean, 0.0, 0.1);
    close(high.deviation, 0.5, 0.05);
    close(mixture.mean_of(12.0, |_| 1.0), 1.0, 1e-6);
    close(mixture.mean_of(12.0, |x| x), values.iter().sum::<f64>() / 3000.0, 1e-3);
}

#[test]
fn sweeps_follow_from_the_target() {
    let sweeps: Vec<u32> = (0..60).map(|i| (8.0 * 1.15f64.powi(i)).round() as u32).collect();
    let curve =
        |c: f64| Curve::new(&sweeps, &sweeps.iter().map(|&n| c / f64::from(n).sqrt()).collect::<Vec<_>>());
    let one = curve(0.1);
    assert_eq!(one.sweeps_for(0.010_001, 1), Some(100));
    assert_eq!(one.sweeps_for(0.010_001, 8), Some(104));
    assert_eq!(one.sweeps_for(1e-4, 1), None);
    // Two blocks, errors c / sqrt(n): sweeps in the ratio c^(2/3), here 4 : 1.
    let curves = [curve(0.8), curve(0.1)];
    let split = split(&curves, 0.05, 1).unwrap();
    let total = curves[0].at(split[0]) + curves[1].at(split[1]);
    assert!(total <= 0.05 && total > 0.0495, "{split:?} leave {total}");
    close(f64::from(split[0]) / f64::from(split[1]), 4.0, 0.2);
    let least = (0.8f64.powf(2.0 / 3.0) + 0.1f64.powf(2.0 / 3.0)).powi(3) / 0.0025;
    close(f64::from(split[0] + split[1]), least, 0.01 * least);
    assert_eq!(super::super::split(&curves, 1e-6, 1), None);
    let coarse = super::super::split(&curves, 0.05, 4).unwrap();
    assert!(coarse.iter().all(|n| n.is_multiple_of(4)), "{coarse:?}");
}

/// True values of spread 0.3 measured with noise of 0.4 have spread 0.5: a perfect prediction correlates with 0.3 / 0.5.
#[test]
fn noise_limits_the_correlation_of_a_perfect_prediction() {
    let measured: Vec<(f64, f64)> = [-0.5, 0.5].map(|value| (value, 0.4)).to_vec();
    close(pearson_limit(&measured), 0.6, 1e-12);
    close(pearson_limit(&measured.iter().map(|&(value, _)| (value, 0.6)).collect::<Vec<_>>()), 0.0, 0.0);
    close(lag_one_error(0.6, 64), 0.1, 1e-12);
}
