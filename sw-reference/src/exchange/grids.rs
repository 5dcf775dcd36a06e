//! Which grids a model's tensors get, and what rounding them to these grids changes.

use super::ImportOptions;
use crate::models::ConvModel;
use crate::train::Format;
use crate::train::conv::ConvFormat;
use serde::Serialize;
use spinwright_contract::{Color, Problem, ValidConfig};

/// Fraction bits that are tried.
const FRACTIONS: std::ops::RangeInclusive<i32> = -16..=24;
/// A field of this size settles a p-bit with probability 0.9975; a grid whose largest field is smaller would keep p-bits random
/// that the model means to be certain.
const LEAST_FIELD_RANGE: f64 = 3.0;

/// What the grid made of one tensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// Name of the tensor.
    pub tensor: String,
    /// Fraction bits of its raw values (of delta x value for K2, K3 and b2).
    pub fraction_bits: i32,
    /// Root of (sum of squared changes / sum of squared values); 0 when every value lies on the grid.
    pub relative_error: f64,
    /// Values beyond the range, which were saturated.
    pub saturated: usize,
}

/// A tensor with what its grid must hold: raw = value x scale x 2^n, at most `max`.
struct Part<'a> {
    name: String,
    values: &'a mut Vec<f32>,
    scale: f64,
    max: f64,
    /// n less the fraction bits that are being chosen.
    relative: i32,
}

impl Part<'_> {
    fn rounded(&self, value: f32, fraction: i32) -> (f64, bool) {
        let step = 2f64.powi(fraction + self.relative);
        let raw = (f64::from(value) * self.scale * step).round_ties_even();
        (raw.clamp(-self.max, self.max) / (self.scale * step), raw.abs() > self.max)
    }

    /// Sum of squared changes, sum of squares, and the values saturated.
    fn error(&self, fraction: i32) -> (f64, f64, usize) {
        let (mut change, mut total, mut saturated) = (0.0, 0.0, 0);
        for &value in self.values.iter() {
            let (rounded, beyond) = self.rounded(value, fraction);
            change += (rounded - f64::from(value)).powi(2);
            total += f64::from(value).powi(2);
            saturated += usize::from(beyond);
        }
        (change, total, saturated)
    }

    fn apply(&mut self, fraction: i32) -> Fit {
        let (change, total, saturated) = self.error(fraction);
        for at in 0..self.values.len() {
            self.values[at] = self.rounded(self.values[at], fraction).0 as f32;
        }
        let fraction_bits = fraction + self.relative;
        let relative_error = if total > 0.0 { (change / total).sqrt() } else { 0.0 };
        Fit { tensor: self.name.clone(), fraction_bits, relative_error, saturated }
    }
}

/// Rounds the model to the best grids of the machine.
pub(super) fn choose(
    model: &mut ConvModel,
    machine: &ValidConfig,
    options: &ImportOptions,
) -> Result<(ConvFormat, Vec<Fit>), Problem> {
    let (Some(encoder), Some(decoder)) = (machine.encoder(), machine.decoder()) else {
        unreachable!("the caller has refused machines without encoder and decoder");
    };
    let (weight, bias) = (f64::from(machine.weight_max()), f64::from(machine.bias_max()));
    let (hidden, output) = (machine.shifts(Color::Hidden), machine.shifts(Color::Output));
    let delta = f64::from(model.delta);
    let mut fits = Vec::new();
    let mut settle = |parts: Vec<Part>, given: Option<i32>, most: i32| {
        let (fraction, mut settled) = best(parts, given, most)?;
        fits.append(&mut settled);
        Ok::<_, Problem>(fraction)
    };
    let part =
        |name: &str, values, scale, max, relative| Part { name: name.into(), values, scale, max, relative };

    let e = &mut model.encoder;
    let parts = vec![
        part("encoder.weight", &mut e.weight, 1.0, weight, 0),
        part("encoder.bias", &mut e.bias, 1.0, bias, 8 - encoder.bias_shift as i32),
    ];
    let encoder_fraction = settle(parts, options.encoder_fraction, *FRACTIONS.end())?;

    // Everything relative to g_0, the hidden field's fraction bits; contract, section 3.
    let output_relative = output.coupling as i32 - hidden.coupling as i32;
    let mut parts = Vec::new();
    for (b, block) in model.blocks.iter_mut().enumerate() {
        let mut add = |name: &str, values, scale, max, relative: i32| {
            parts.push(part(&format!("block{b}.{name}"), values, scale, max, relative));
        };
        add("k1", &mut block.k1, 1.0, weight, -(hidden.input as i32));
        add("k2", &mut block.k2, delta, weight, -(hidden.coupling as i32));
        if let Some(k3) = &mut block.k3 {
            add("k3", k3, delta, weight, output_relative - output.input as i32);
        }
        add("b1", &mut block.b1, 1.0, bias, -(hidden.bias as i32));
        add("b2", &mut block.b2, delta, bias, output_relative - output.bias as i32);
    }
    let field_max = f64::from(machine.field_max());
    let most = (field_max / LEAST_FIELD_RANGE).log2().floor() as i32 - output_relative.max(0);
    let hidden_fraction = settle(parts, options.hidden_fraction, most)?;

    let d = &mut model.decoder;
    let parts = vec![
        part("decoder.weight", &mut d.weight, 1.0, weight, 0),
        part("decoder.bias", &mut d.bias, 1.0, bias, -(decoder.bias_shift as i32)),
    ];
    let decoder_fraction = settle(parts, options.decoder_fraction, *FRACTIONS.end())?;

    let format = ConvFormat {
        block: Format::of(machine, hidden_fraction, hidden_fraction + output_relative),
        encoder_fraction,
        encoder_bias_shift: encoder.bias_shift,
        decoder_fraction,
        decoder_bias_shift: decoder.bias_shift,
    };
    Ok((format, fits))
}

/// The fraction bits with the least summed squared change, at most `most`; and the parts rounded to them.
fn best(mut parts: Vec<Part>, given: Option<i32>, most: i32) -> Result<(i32, Vec<Fit>), Problem> {
    let fraction = match given {
        Some(fraction) if FRACTIONS.contains(&fraction) => fraction,
        Some(fraction) => {
            return Err(Problem::new(
                "fraction bits are out of range",
                format!("those of {}", parts[0].name),
                format!("{fraction} was given, {} to {} are possible", FRACTIONS.start(), FRACTIONS.end()),
                "leave the option out, or choose a number in the range",
            ));
        }
        None => {
            // What counts is the change of a sum of all of them: K2, K3 and b2 enter it times delta.
            let total = |fraction: i32| {
                parts.iter().map(|part| part.error(fraction).0 * part.scale * part.scale).sum::<f64>()
            };
            (*FRACTIONS.start()..=most.clamp(*FRACTIONS.start(), *FRACTIONS.end()))
                .map(|fraction| (fraction, total(fraction)))
                .min_by(|a, b| a.1.total_cmp(&b.1))
                .expect("the range is not empty")
                .0
        }
    };
    let fits = parts.iter_mut().map(|part| part.apply(fraction)).collect();
    Ok((fraction, fits))
}
