//! Elementary functions that vectorize and give the same bytes everywhere.

/// tanh, by the rational approximation that Eigen uses; the error is below 1e-6.
pub(crate) fn tanh(value: f32) -> f32 {
    let x = value.clamp(-7.9, 7.9);
    let square = x * x;
    let numerator =
        [2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619_5e-4, 4.893_525e-3];
    let denominator = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    let evaluate = |first: f32, parts: &[f32]| parts.iter().fold(first, |sum, &part| sum * square + part);
    x * evaluate(-2.760_768_5e-16, &numerator) / evaluate(0.0, &denominator)
}

/// 1 - tanh^2.
pub(crate) fn slope_of(value: f32) -> f32 {
    let t = tanh(value);
    1.0 - t * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_is_close() {
        for step in -1000..=1000 {
            let x = step as f32 * 0.01;
            let error = (f64::from(tanh(x)) - f64::from(x).tanh()).abs();
            assert!(error < 1e-6, "tanh({x}) is off by {error}");
        }
    }
}
