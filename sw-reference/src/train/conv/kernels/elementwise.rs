//! Loops over single numbers, compiled once for every machine and once for AVX-512; the same results on both.

use super::super::math::{slope_of, tanh};
use super::Path;
use crate::train::sign::sign;
use spinwright_contract::Readout;

/// Defines a function that runs its body with the instructions of the path it is given.
macro_rules! on_every_path {
    ($(#[$doc:meta])* fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        pub(crate) fn $name(path: Path, $($argument: $kind),*) $(-> $result)? {
            #[inline(always)]
            fn body($($argument: $kind),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
            fn wide($($argument: $kind),*) $(-> $result)? {
                body($($argument),*)
            }

            match path {
                // SAFETY: `Path::available` has found the instructions.
                #[cfg(target_arch = "x86_64")]
                Path::Avx512 | Path::Amx => unsafe { wide($($argument),*) },
                _ => body($($argument),*),
            }
        }
    };
}

on_every_path! {
    /// sum += values.
    fn add(sum: &mut [f32], values: &[f32]) {
        sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
}

on_every_path! {
    /// values *= factors.
    fn multiply(values: &mut [f32], factors: &[f32]) {
        values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
    }
}

on_every_path! {
    /// sums of the rows, each as long as `sum`.
    fn sum_rows(rows: &[f32], sum: &mut [f32]) {
        sum.fill(0.0);
        for row in rows.chunks_exact(sum.len()) {
            sum.iter_mut().zip(row).for_each(|(total, value)| *total += value);
        }
    }
}

on_every_path! {
    /// The signs of sums, ties decided by what was added last.
    fn signs(sums: &[f32], last: &[f32], y: &mut [f32]) {
        y.iter_mut().zip(sums.iter().zip(last)).for_each(|(y, (&sum, &last))| *y = sign(sum, last));
    }
}

on_every_path! {
    /// gradients *= 1 - tanh^2(fields).
    fn multiply_slopes(gradients: &mut [f32], fields: &[f32]) {
        gradients.iter_mut().zip(fields).for_each(|(gradient, &field)| *gradient *= slope_of(field));
    }
}

on_every_path! {
    /// values = tanh(fields).
    fn tanhs(fields: &[f32], values: &mut [f32]) {
        values.iter_mut().zip(fields).for_each(|(value, &field)| *value = tanh(field));
    }
}

on_every_path! {
    /// Through the sign of mean fields: gradients *= 1 - tanh^2(means), less the gradient of the magnitude loss `share` x
    /// max(0, margin - |mean|)^2. Gives the sum of these squares.
    fn through_sign(gradients: &mut [f32], means: &[f32], share: f32, margin: f32) -> f32 {
        let mut squares = 0.0;
        for (gradient, &mean) in gradients.iter_mut().zip(means) {
            let missing = (margin - mean.abs()).max(0.0);
            squares += missing * missing;
            *gradient = *gradient * slope_of(mean) - (2.0 * share * missing).copysign(mean);
        }
        squares
    }
}

on_every_path! {
    /// What reaches the outputs' fields of one sweep: from the mean over sweeps (times `share`) and from the next sweep.
    fn mix(target: &mut [f32], means: &[f32], spins: &[f32], slopes: &[f32], share: f32, readout: Readout) {
        let parts = means.iter().zip(spins).zip(slopes);
        match readout {
            Readout::Field => {
                for (target, ((mean, spin), slope)) in target.iter_mut().zip(parts) {
                    *target = mean * share + spin * slope;
                }
            }
            Readout::Spin => {
                for (target, ((mean, spin), slope)) in target.iter_mut().zip(parts) {
                    *target = (mean * share + spin) * slope;
                }
            }
        }
    }
}

on_every_path! {
    /// Expected disagreement (1 - wanted tanh(field)) / 2 of every p-bit, `weights` x `share` times as a loss, rows of
    /// channels as long as `weights`. Sets the fields' gradient, adds to that of
    /// `wanted` and, without weight and share, to `flips`; gives the weighted sum.
    #[allow(clippy::too_many_arguments, clippy::needless_range_loop)]
    fn disagree(
        fields: &[f32],
        wanted: &[f32],
        weights: &[f32],
        share: f32,
        field_gradient: &mut [f32],
        wanted_gradient: &mut [f32],
        flips: &mut [f32],
    ) -> f32 {
        let (width, mut sum) = (weights.len(), 0.0);
        let targets = field_gradient.chunks_exact_mut(width).zip(wanted_gradient.chunks_exact_mut(width));
        let sources = fields.chunks_exact(width).zip(wanted.chunks_exact(width));
        for ((fields, wanted), (field_gradient, wanted_gradient)) in sources.zip(targets) {
            for channel in 0..width {
                let (mean, sign) = (tanh(fields[channel]), wanted[channel]);
                let part = 0.5 - 0.5 * sign * mean;
                sum += weights[channel] * part;
                flips[channel] += part;
                let factor = -0.5 * share * weights[channel];
                field_gradient[channel] = factor * sign * (1.0 - mean * mean);
                wanted_gradient[channel] += factor * mean;
            }
        }
        sum
    }
}

on_every_path! {
    /// target = values x factor, rounded to multiples of `step` (1 / `scale`), at most `largest` steps in size; ties to even.
    fn round(values: &[f32], factor: f32, scale: f32, step: f32, largest: f32, target: &mut [f32]) {
        // Adding and subtracting it rounds to a whole number: from there on, floats are whole.
        const WHOLE: f32 = 12_582_912.0;
        for (target, &value) in target.iter_mut().zip(values) {
            let raw = (value * factor * scale).clamp(-largest, largest);
            *target = (raw + WHOLE - WHOLE) * step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Stream;

    #[test]
    fn rounding_is_to_even_and_saturates() {
        let values: Vec<f32> = (-100..=100).map(|i| i as f32 * 0.125).collect();
        for path in Path::available() {
            let mut target = vec![0.0; values.len()];
            round(path, &values, 0.5, 4.0, 0.25, 7.0, &mut target);
            for (&value, &rounded) in values.iter().zip(&target) {
                let expected = (value * 0.5 * 4.0).round_ties_even().clamp(-7.0, 7.0) * 0.25;
                assert_eq!(rounded, expected, "{path:?} {value}");
            }
        }
    }

    #[test]
    fn all_paths_agree() {
        let mut stream = Stream::new(&[2]);
        let mut numbers = || (0..1001).map(|_| stream.around(3.0) as f32).collect::<Vec<f32>>();
        let (a, b, c) = (numbers(), numbers(), numbers());
        let run = |path| {
            let mut results = vec![a.clone(); 6];
            multiply_slopes(path, &mut results[0], &b);
            let squares = through_sign(path, &mut results[1], &b, 0.1, 1.5);
            mix(path, &mut results[2], &a, &b, &c, 0.5, Readout::Field);
            mix(path, &mut results[3], &a, &b, &c, 0.5, Readout::Spin);
            signs(path, &a, &b, &mut results[4]);
            tanhs(path, &a, &mut results[5]);
            (results, squares)
        };
        let expected = run(Path::Portable);
        for path in Path::available() {
            let (results, squares) = run(path);
            assert_eq!(results, expected.0, "{path:?}");
            assert!((squares - expected.1).abs() < 1e-3 * expected.1, "{path:?}");
        }
    }
}
