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
