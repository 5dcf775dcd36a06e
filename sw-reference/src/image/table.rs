//! The table from a saturated field to a threshold. `docs/contract.md`, section 4.

/// p_up of a field as an integer: p_up = threshold / 2^draw_bits.
///
/// # Precision
/// Thresholds have draw_bits + 1 bits: p_up is a multiple of 2^-draw_bits, 0 and 1 included. The smallest probability other
/// than 0 is 2^-draw_bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Inverse temperature it was made for. Only a note: the thresholds decide.
    pub beta: f32,
    /// 2^field_bits thresholds; that of a field stands at index field mod 2^field_bits.
    pub thresholds: Vec<u32>,
}

impl Table {
    /// threshold\[f\] = round(2^B / (1 + exp(-2 beta f 2^-g))) for f > 0, ties to even, in double precision; negative fields
    /// by symmetry, which is exact.
    ///
    /// # Panics
    /// If beta is not finite.
    pub fn sigmoid(beta: f32, field_frac_bits: i32, field_bits: u32, draw_bits: u32) -> Self {
        assert!(beta.is_finite(), "beta is a finite number");
        let (max, one) = ((1i32 << (field_bits - 1)) - 1, 1u32 << draw_bits);
        let mut thresholds = vec![one / 2; 1 << field_bits];
        for field in 1..=max {
            let exponent = -2.0 * f64::from(beta) * f64::from(field) * f64::from(-field_frac_bits).exp2();
            let up = (f64::from(one) / (1.0 + exponent.exp())).round_ties_even() as u32;
            thresholds[field as usize] = up;
            thresholds[index(-field, field_bits)] = one - up;
        }
        // No saturated field reaches -2^(F-1); its entry is a copy of its neighbor's.
        thresholds[1 << (field_bits - 1)] = one - thresholds[max as usize];
        Self { beta, thresholds }
    }

    /// The threshold of a saturated field.
    ///
    /// # Panics
    /// If the field is far outside the table.
    pub fn threshold(&self, field: i32) -> u32 {
        let entries = self.thresholds.len();
        self.thresholds[field.rem_euclid(entries as i32) as usize]
    }

    /// The first field whose entry breaks the symmetry, with what is wrong.
    pub(crate) fn asymmetry(&self, field_bits: u32, draw_bits: u32) -> Option<String> {
        let (max, one) = ((1i32 << (field_bits - 1)) - 1, 1u32 << draw_bits);
        let zero = self.threshold(0);
        if zero != one / 2 {
            return Some(format!("threshold[0] is {zero}, one half is {}", one / 2));
        }
        for field in 1..=max {
            let (up, down) = (self.threshold(field), self.threshold(-field));
            if up > one || down > one || up + down != one {
                return Some(format!(
                    "threshold[{field}] = {up} and threshold[-{field}] = {down} do not add up to {one}"
                ));
            }
        }
        let (spare, last) = (self.threshold(-max - 1), self.threshold(-max));
        (spare != last).then(|| {
            format!("the entry at index {} is {spare}, not a copy of threshold[-{max}] = {last}", max + 1)
        })
    }
}

fn index(field: i32, field_bits: u32) -> usize {
    field.rem_euclid(1 << field_bits) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_entries() {
        // beta 1, g = 2, 8-bit draws: sigmoid(2 * 1/4) = 0.62246, sigmoid(2 * 3/4) = 0.81757.
        let table = Table::sigmoid(1.0, 2, 3, 8);
        assert_eq!(table.thresholds, [128, 159, 187, 209, 47, 47, 69, 97]);
        assert_eq!(table.threshold(-3), 47);
    }

    #[test]
    fn extremes_reach_zero_and_one() {
        let table = Table::sigmoid(50.0, 0, 6, 19);
        assert_eq!((table.threshold(31), table.threshold(-31)), (1 << 19, 0));
    }

    proptest! {
        #[test]
        fn always_symmetric_and_monotone(
            beta in 0.0f32..20.0, frac_bits in -4i32..12, field_bits in 3u32..=12, draw_bits in 8u32..=24
        ) {
            let table = Table::sigmoid(beta, frac_bits, field_bits, draw_bits);
            prop_assert_eq!(table.asymmetry(field_bits, draw_bits), None);
            let max = (1i32 << (field_bits - 1)) - 1;
            prop_assert!((-max..max).all(|f| table.threshold(f) <= table.threshold(f + 1)));
        }

        /// Within half a unit of the real sigmoid, the best that an integer can be.
        #[test]
        fn within_half_a_unit(beta in 0.1f32..4.0, field in -127i32..=127) {
            let table = Table::sigmoid(beta, 5, 8, 16);
            let p_up = 1.0 / (1.0 + (-2.0 * f64::from(beta) * f64::from(field) / 32.0).exp());
            prop_assert!((f64::from(table.threshold(field)) - p_up * 65536.0).abs() <= 0.5 + 1e-9);
        }
    }
}
