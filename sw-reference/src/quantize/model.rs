//! From a colored model to a machine's integers.

use super::{Formats, Overflow, QFormat, QuantizeError};
use crate::image::{BiasSet, Grids, Matrix};
use crate::models::{ColorId, ColoredModel};
use spinwright_contract::{Color, ValidConfig};

/// A model as integers of one machine's shape: K1, K2, K3 and bias sets, padded with zeros where the model is smaller.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedModel {
    pub(crate) machine_id: u64,
    pub(crate) grids: Grids,
    pub(crate) k1: Matrix,
    pub(crate) k2: Matrix,
    pub(crate) k3: Option<Matrix>,
    pub(crate) bias_sets: Vec<BiasSet>,
    formats: Formats,
    /// The model's p-bits of each color, ascending: position on the machine to index in the model.
    members: [Vec<usize>; 2],
    saturated: usize,
}

impl QuantizedModel {
    /// Fraction bits of every tensor.
    pub fn grids(&self) -> Grids {
        self.grids
    }

    /// Input to hidden, H x X of the machine.
    pub fn k1(&self) -> &Matrix {
        &self.k1
    }

    /// Hidden and output, N x H of the machine.
    pub fn k2(&self) -> &Matrix {
        &self.k2
    }

    /// Input to output, N x X of the machine, if it has `skip`.
    pub fn k3(&self) -> Option<&Matrix> {
        self.k3.as_ref()
    }

    /// The bias sets; set 0 is the model's own.
    pub fn bias_sets(&self) -> &[BiasSet] {
        &self.bias_sets
    }

    /// The model's p-bits that became hidden (0) and output (1) p-bits of the machine, in their order there.
    pub fn members(&self) -> &[Vec<usize>; 2] {
        &self.members
    }

    /// How many numbers stopped at the end of their format ([`Overflow::Saturate`]).
    pub fn saturated(&self) -> usize {
        self.saturated
    }

    /// Adds a bias set: one number per p-bit of the model (those of inputs are ignored), in the same formats.
    ///
    /// # Errors
    /// [`QuantizeError`] as [`quantize`].
    pub fn add_biases(&mut self, biases: &[f64]) -> Result<(), QuantizeError> {
        let mut rounding = Rounder::new(&self.formats);
        let mut set = self.bias_sets[0].clone();
        set.raw[0].iter_mut().for_each(|raw| raw.fill(0));
        for (color, members) in self.members.iter().enumerate() {
            let format = if color == 0 { self.formats.b1 } else { self.formats.b2 };
            for (position, &i) in members.iter().enumerate() {
                let value =
                    *biases.get(i).ok_or(QuantizeError::BiasCount { found: biases.len(), missing: i })?;
                set.raw[0][color][position] = rounding.raw(value, format, || format!("h[{i}]"))?;
            }
        }
        self.saturated += rounding.finish()?;
        self.bias_sets.push(set);
        Ok(())
    }
}

/// Rounds numbers one by one and remembers the one that passes its format the furthest.
pub(super) struct Rounder<'a> {
    formats: &'a Formats,
    saturated: usize,
    worst: Option<(f64, QuantizeError)>,
}

impl<'a> Rounder<'a> {
    pub(super) fn new(formats: &'a Formats) -> Self {
        Self { formats, saturated: 0, worst: None }
    }

    pub(super) fn raw(
        &mut self,
        value: f64,
        format: QFormat,
        name: impl Fn() -> String,
    ) -> Result<i16, QuantizeError> {
        if !value.is_finite() {
            return Err(QuantizeError::NotFinite { name: name(), value });
        }
        let raw = format.unlimited_raw(value, self.formats.rounding);
        let excess = raw.abs() / f64::from(format.max_raw());
        if excess > 1.0 {
            self.saturated += 1;
            if self.worst.as_ref().is_none_or(|(worst, _)| excess > *worst) {
                // Half a unit above the largest raw value still rounds down to it, except that ties go to even.
                let scale = format.value(format.max_raw()) / value.abs();
                let extra_bits = excess.log2().ceil() as i32;
                let error =
                    QuantizeError::Range { name: name(), value, raw, format, scale, extra_bits, count: 0 };
                self.worst = Some((excess, error));
            }
        }
        let saturated = format.raw(value, self.formats.rounding, Overflow::Saturate);
        Ok(saturated.expect("a finite number saturates") as i16)
    }

    /// The number of saturated values, or the worst of them as the error.
    pub(super) fn finish(self) -> Result<usize, QuantizeError> {
        match (self.formats.overflow, self.worst) {
            (Overflow::Refuse, Some((_, mut error))) => {
                if let QuantizeError::Range { count, .. } = &mut error {
                    *count = self.saturated;
                }
                Err(error)
            }
            _ => Ok(self.saturated),
        }
    }
}

/// Rounds a model to a machine's integers: color 0 becomes the hidden, color 1 the output p-bits, each in ascending order.
///
/// # Errors
/// [`QuantizeError`]: the model does not fit the machine (colors, p-bits, couplings that it has no wires for), the formats are
/// not the machine's, or a weight does not fit its format.
pub fn quantize(
    model: &ColoredModel,
    config: &ValidConfig,
    formats: &Formats,
) -> Result<QuantizedModel, QuantizeError> {
    let grids = check_formats(config, formats)?;
    let members = check_shape(model, config)?;
    let (m, inputs) = (model.model(), model.model().inputs());
    let [x, h, n] = [config.inputs(), config.p_bits(Color::Hidden), config.p_bits(Color::Output)];
    let mut position = vec![0; m.p_bits()];
    members.iter().flat_map(|list| list.iter().enumerate()).for_each(|(p, &i)| position[i] = p);

    let mut rounding = Rounder::new(formats);
    let mut k1 = Matrix::zeros(h, x, grids.k1);
    let mut k2 = Matrix::zeros(n, h, grids.k2);
    let mut k3 = config.block().skip().then(|| Matrix::zeros(n, x, grids.k3));
    for &i in &members[0] {
        for (j, value) in m.couplings().row(i).filter(|&(j, _)| j < inputs) {
            k1.raw[position[i] * x + j] = rounding.raw(value, formats.k1, || format!("J[{i}][{j}]"))?;
        }
    }
    for &i in &members[1] {
        for (j, value) in m.couplings().row(i) {
            let name = || format!("J[{i}][{j}]");
            if j >= inputs {
                k2.raw[position[i] * h + position[j]] = rounding.raw(value, formats.k2, name)?;
            } else if let Some(k3) = &mut k3 {
                k3.raw[position[i] * x + j] = rounding.raw(value, formats.k3, name)?;
            } else {
                return Err(QuantizeError::NoSkip { input: j, output: i, value });
            }
        }
    }
    let raw = vec![[vec![0; h], vec![0; n]]];
    let empty = BiasSet { hidden_frac_bits: grids.b1, output_frac_bits: grids.b2, raw };
    let mut quantized = QuantizedModel {
        machine_id: config.hash().id(),
        grids,
        k1,
        k2,
        k3,
        bias_sets: vec![empty],
        formats: *formats,
        members,
        saturated: 0,
    };
    // A bias may be the worst number of all, so both kinds are rounded before one is refused.
    let couplings_worst = rounding.worst.as_ref().map_or(0.0, |&(excess, _)| excess);
    let couplings = rounding.finish();
    let biases = quantized.add_biases(m.biases());
    quantized.saturated += match (couplings, biases) {
        (Ok(saturated), Ok(())) => saturated,
        (Err(error), Ok(())) => return Err(error),
        (Ok(_), Err(error)) => return Err(error),
        (Err(coupling), Err(bias)) => {
            let worse = bias.excess().is_some_and(|excess| excess > couplings_worst);
            return Err(if worse { bias } else { coupling });
        }
    };
    quantized.bias_sets.remove(0);
    Ok(quantized)
}

/// The grids that the formats stand for, if they are the machine's.
fn check_formats(config: &ValidConfig, formats: &Formats) -> Result<Grids, QuantizeError> {
    let hidden_frac_bits = formats.k1.frac_bits + config.shifts(Color::Hidden).input as i32;
    let grids = Grids::of(config, hidden_frac_bits);
    let expected = Formats::of(config, hidden_frac_bits, formats.rounding, formats.overflow);
    let pairs = [
        ("K1", formats.k1, expected.k1),
        ("K2", formats.k2, expected.k2),
        ("the hidden biases", formats.b1, expected.b1),
        ("the output biases", formats.b2, expected.b2),
    ];
    let skip = config.block().skip().then_some(("K3", formats.k3, expected.k3));
    for (tensor, found, expected) in pairs.into_iter().chain(skip) {
        if found != expected {
            return Err(QuantizeError::Grid { tensor, found, expected, hidden_frac_bits });
        }
    }
    if grids.in_range() { Ok(grids) } else { Err(QuantizeError::GridRange { hidden_frac_bits }) }
}

/// Which p-bits become hidden and output p-bits, if the machine has room and wires for them.
fn check_shape(model: &ColoredModel, config: &ValidConfig) -> Result<[Vec<usize>; 2], QuantizeError> {
    let m = model.model();
    if model.color_count() > 2 {
        return Err(QuantizeError::Colors { found: model.color_count() });
    }
    let members = [ColorId(0), ColorId(1)].map(|color| model.members(color));
    let limits = [
        ("inputs", m.inputs(), config.inputs()),
        ("hidden", members[0].len(), config.p_bits(Color::Hidden)),
        ("outputs", members[1].len(), config.p_bits(Color::Output)),
    ];
    for (key, found, limit) in limits {
        if found > limit {
            return Err(QuantizeError::TooLarge { key, found, limit });
        }
    }
    for i in 0..m.inputs() {
        if let Some((j, value)) = m.couplings().row(i).find(|&(j, _)| j < m.inputs()) {
            return Err(QuantizeError::InputTerm { name: format!("J[{i}][{j}]"), value });
        }
        if m.biases()[i] != 0.0 {
            return Err(QuantizeError::InputTerm { name: format!("h[{i}]"), value: m.biases()[i] });
        }
    }
    Ok(members)
}
