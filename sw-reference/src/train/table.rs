//! The update rule of a p-bit on the machine's numbers: saturated field, table of thresholds, uniform draw.

use super::config::Format;
use crate::data::Stream;

/// Threshold and slope for every saturated field of one color.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// 2^fraction: field in steps of the grid.
    scale: f32,
    /// 2^-fraction.
    step: f32,
    /// Largest field in steps.
    limit: f32,
    /// By field + limit: up when the draw is below.
    thresholds: Vec<u32>,
    /// By field + limit: 1 - tanh^2, the derivative of the mean spin.
    slopes: Vec<f32>,
    /// Shifts a 16-bit number down to a draw.
    surplus_bits: u32,
}

impl Table {
    /// The table at beta 1 for a field with `fraction` fraction bits; `docs/contract.md` section 4.
    pub(crate) fn new(format: &Format, fraction: i32) -> Table {
        let limit = (1_i32 << (format.field_bits - 1)) - 1;
        let draw_bits = format.draw_bits.min(16);
        let full = f64::from(1_u32 << draw_bits);
        let threshold = |field: i32| {
            let up = |field: i32| {
                let exponent = -2.0 * f64::from(field) * 2f64.powi(-fraction);
                (full / (1.0 + exponent.exp())).round_ties_even() as u32
            };
            // Mirrored, so that up and down are exactly equally likely at opposite fields.
            if field < 0 { full as u32 - up(-field) } else { up(field) }
        };
        let slope = |field: i32| 1.0 - (f64::from(field) * 2f64.powi(-fraction)).tanh().powi(2);
        Table {
            scale: 2f32.powi(fraction),
            step: 2f32.powi(-fraction),
            limit: limit as f32,
            thresholds: (-limit..=limit).map(threshold).collect(),
            slopes: (-limit..=limit).map(|field| slope(field) as f32).collect(),
            surplus_bits: 16 - draw_bits,
        }
    }

    /// Saturates `fields` in place, samples a spin (+1 or -1) and notes the slope of each.
    pub(crate) fn sample(
        &self,
        fields: &mut [f32],
        spins: &mut [f32],
        slopes: &mut [f32],
        stream: &mut Stream,
    ) {
        let mut done = 0;
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f") {
            done = fields.len() / avx512::LANES * avx512::LANES;
            let (fields, spins, slopes) = (&mut fields[..done], &mut spins[..done], &mut slopes[..done]);
            // SAFETY: the instructions are there.
            unsafe { avx512::sample(self, fields, spins, slopes, stream) };
        }
        self.sample_portably(&mut fields[done..], &mut spins[done..], &mut slopes[done..], stream);
    }

    fn sample_portably(
        &self,
        fields: &mut [f32],
        spins: &mut [f32],
        slopes: &mut [f32],
        stream: &mut Stream,
    ) {
        let quads = fields.chunks_mut(4).zip(spins.chunks_mut(4)).zip(slopes.chunks_mut(4));
        for ((fields, spins), slopes) in quads {
            let mut bits = stream.bits();
            for ((field, spin), slope) in fields.iter_mut().zip(spins).zip(slopes) {
                let steps = (*field * self.scale).clamp(-self.limit, self.limit);
                // Fields of rounded weights are whole steps; others go to the nearest.
                let index = (steps + self.limit + 0.5) as usize;
                let draw = (bits & 0xffff) as u32 >> self.surplus_bits;
                bits >>= 16;
                *field = steps * self.step;
                *spin = if draw < self.thresholds[index] { 1.0 } else { -1.0 };
                *slope = self.slopes[index];
            }
        }
    }
}

/// [`Table::sample`] sixteen at a time; the same draws and the same results.
#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::Table;
    use crate::data::Stream;
    use std::arch::x86_64::*;

    /// P-bits per step.
    pub(super) const LANES: usize = 16;

    /// # Safety
    /// The processor has AVX-512 F.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn sample(
        table: &Table,
        fields: &mut [f32],
        spins: &mut [f32],
        slopes: &mut [f32],
        stream: &mut Stream,
    ) {
        let (scale, step) = (_mm512_set1_ps(table.scale), _mm512_set1_ps(table.step));
        let (low, high) = (_mm512_set1_ps(-table.limit), _mm512_set1_ps(table.limit));
        let to_index = _mm512_set1_ps(table.limit + 0.5);
        let largest = _mm512_set1_epi32(table.thresholds.len() as i32 - 1);
        let surplus = _mm_cvtsi32_si128(table.surplus_bits as i32);
        let (up, down) = (_mm512_set1_ps(1.0), _mm512_set1_ps(-1.0));
        let parts = fields.chunks_exact_mut(LANES).zip(spins.chunks_exact_mut(LANES));
        for ((fields, spins), slopes) in parts.zip(slopes.chunks_exact_mut(LANES)) {
            let bits: [u64; 4] = std::array::from_fn(|_| stream.bits());
            // SAFETY: all three slices have 16 floats, `bits` has 32 bytes; the index is held inside the tables, which
            // are equally long, whatever the field (even a NaN).
            unsafe {
                let draws = _mm512_cvtepu16_epi32(_mm256_loadu_si256(bits.as_ptr().cast()));
                let draws = _mm512_srl_epi32(draws, surplus);
                let steps = _mm512_mul_ps(_mm512_loadu_ps(fields.as_ptr()), scale);
                let steps = _mm512_min_ps(_mm512_max_ps(steps, low), high);
                let index = _mm512_cvttps_epi32(_mm512_add_ps(steps, to_index));
                let index = _mm512_max_epi32(_mm512_min_epi32(index, largest), _mm512_setzero_si512());
                let threshold = _mm512_i32gather_epi32::<4>(index, table.thresholds.as_ptr().cast());
                let slope = _mm512_i32gather_ps::<4>(index, table.slopes.as_ptr());
                let below = _mm512_cmplt_epi32_mask(draws, threshold);
                _mm512_storeu_ps(fields.as_mut_ptr(), _mm512_mul_ps(steps, step));
                _mm512_storeu_ps(spins.as_mut_ptr(), _mm512_mask_blend_ps(below, down, up));
                _mm512_storeu_ps(slopes.as_mut_ptr(), slope);
            }
        }
    }
}

/// Random spins: the machine's default start.
pub(crate) fn random_spins(spins: &mut [f32], stream: &mut Stream) {
    for chunk in spins.chunks_mut(64) {
        let mut bits = stream.bits();
        for spin in chunk {
            *spin = if bits & 1 == 1 { 1.0 } else { -1.0 };
            bits >>= 1;
        }
    }
}

/// The differentiable stand-in for [`Table::sample`]: the mean spin tanh(I), nothing random, nothing rounded. The
/// straight-through gradient of the sampled chain is the exact gradient of this chain, which the tests use.
pub(crate) fn mean_spins(fields: &[f32], spins: &mut [f32], slopes: &mut [f32]) {
    for ((field, spin), slope) in fields.iter().zip(spins).zip(slopes) {
        *spin = field.tanh();
        *slope = 1.0 - *spin * *spin;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::TrainConfig;

    /// Whole vectors and a rest, fields on and off the grid, small and far beyond the range.
    #[test]
    fn every_path_samples_the_same() {
        for draw_bits in [16, 11] {
            let format = Format { draw_bits, ..TrainConfig::mnist().format };
            let table = Table::new(&format, format.hidden_fraction);
            let mut stream = Stream::new(&[7]);
            let fields: Vec<f32> = (0..1003).map(|i| stream.around(9.0) as f32 * [0.1, 1.0][i % 2]).collect();
            let run = |portable: bool| {
                let (mut fields, mut spins) = (fields.clone(), vec![0.0; fields.len()]);
                let (mut slopes, mut stream) = (spins.clone(), Stream::new(&[8]));
                if portable {
                    table.sample_portably(&mut fields, &mut spins, &mut slopes, &mut stream);
                } else {
                    table.sample(&mut fields, &mut spins, &mut slopes, &mut stream);
                }
                (fields, spins, slopes, stream.bits())
            };
            assert_eq!(run(false), run(true));
        }
    }
}
