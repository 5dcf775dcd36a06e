//! The trained model as real numbers.

use crate::data::Encoder;
use spinwright_contract::Problem;

/// A dense thermodynamic block (Moore 2026, section 3): X clamped inputs, H hidden and N output p-bits, beta 1.
///
/// ```text
/// I1 = b1 + K1 x + delta K2^T s2        I2 = delta (b2 + K2 s1 + K3 x)
/// ```
///
/// All matrices are row-major. delta is not folded in; `delta` says with which value the block was trained.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseBlock {
    /// Number of inputs X.
    pub inputs: usize,
    /// Number of hidden p-bits H.
    pub hidden: usize,
    /// Number of output p-bits N.
    pub outputs: usize,
    /// Input to hidden, H x X.
    pub k1: Vec<f32>,
    /// Hidden to output, N x H; also output to hidden, transposed.
    pub k2: Vec<f32>,
    /// Input to output, N x X, if the block has it.
    pub k3: Option<Vec<f32>>,
    /// Hidden biases, H.
    pub b1: Vec<f32>,
    /// Output biases, N.
    pub b2: Vec<f32>,
    /// Strength of the output's couplings and biases in training.
    pub delta: f32,
}

/// A linear map to class scores: `score[c] = sum_j weight[c][j] y[j] + bias[c]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Number of classes C.
    pub classes: usize,
    /// Number of inputs of the map.
    pub inputs: usize,
    /// C x inputs, row-major.
    pub weight: Vec<f32>,
    /// C.
    pub bias: Vec<f32>,
}

/// Encoder, block and decoder, and the control that was trained beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// From pixels to inputs.
    pub encoder: Encoder,
    /// The thermodynamic part.
    pub block: DenseBlock,
    /// From the signs of the outputs to class scores.
    pub decoder: Linear,
    /// The same encoder and kind of decoder without any block: what the thermodynamic part has to beat.
    pub control: Linear,
}

impl DenseBlock {
    /// Number of distinct couplings.
    pub fn weights(&self) -> usize {
        self.k1.len() + self.k2.len() + self.k3.as_ref().map_or(0, Vec::len)
    }

    /// Checks shapes and that every number is finite.
    ///
    /// # Errors
    /// A [`Problem`] that names the tensor and, for a number, its place.
    pub fn validate(&self) -> Result<(), Problem> {
        let (x, h, n) = (self.inputs, self.hidden, self.outputs);
        if x == 0 || h == 0 || n == 0 {
            return Err(Problem::new(
                "a block has an empty layer",
                "block0",
                format!("{x} inputs, {h} hidden and {n} output p-bits were given"),
                "every layer needs at least one p-bit",
            ));
        }
        check("block0.k1", &self.k1, &[h, x])?;
        check("block0.k2", &self.k2, &[n, h])?;
        check("block0.b1", &self.b1, &[h])?;
        check("block0.b2", &self.b2, &[n])?;
        if let Some(k3) = &self.k3 {
            check("block0.k3", k3, &[n, x])?;
        }
        check("block0.delta", &[self.delta], &[1])
    }
}

impl Linear {
    /// Checks shapes and that every number is finite; `name` stands before the tensor's name in messages.
    ///
    /// # Errors
    /// As for [`DenseBlock::validate`].
    pub fn validate(&self, name: &str) -> Result<(), Problem> {
        check(&format!("{name}.weight"), &self.weight, &[self.classes, self.inputs])?;
        check(&format!("{name}.bias"), &self.bias, &[self.classes])
    }

    /// The class with the largest score, the lowest among equals.
    ///
    /// # Panics
    /// If `input` is shorter than [`Linear::inputs`].
    pub fn classify(&self, input: &[f32]) -> usize {
        let mut best = (0, f32::NEG_INFINITY);
        for (class, (row, bias)) in self.weight.chunks_exact(self.inputs).zip(&self.bias).enumerate() {
            let score = row.iter().zip(input).map(|(w, y)| w * y).sum::<f32>() + bias;
            if score > best.1 {
                best = (class, score);
            }
        }
        best.0
    }

    /// Rounds to 8 bits: weights to a power-of-two grid that holds them all, biases to the same grid shifted left
    /// as little as needed. Both stay exact in f32.
    pub fn rounded_to_8_bits(&self) -> Linear {
        let fraction = decoder_fraction(&self.weight);
        let bias_fraction = decoder_fraction(&self.bias).min(fraction);
        let round = |values: &[f32], fraction: i32| {
            let scale = 2f64.powi(fraction);
            values.iter().map(|&v| ((f64::from(v) * scale).round_ties_even() / scale) as f32).collect()
        };
        Linear { weight: round(&self.weight, fraction), bias: round(&self.bias, bias_fraction), ..*self }
    }
}

/// The most fraction bits (at most 24) with which all of `values` fit signed 8 bits, range +-127.
pub fn decoder_fraction(values: &[f32]) -> i32 {
    let largest = values.iter().fold(0.0_f64, |top, &v| top.max(f64::from(v).abs()));
    let mut fraction = 24;
    while fraction > -24 && (largest * 2f64.powi(fraction)).round_ties_even() > 127.0 {
        fraction -= 1;
    }
    fraction
}

impl Model {
    /// Everything that was trained: couplings, biases and decoder (the encoder's threshold is fixed).
    pub fn parameters(&self) -> usize {
        self.block.weights()
            + self.block.b1.len()
            + self.block.b2.len()
            + self.decoder.weight.len()
            + self.decoder.bias.len()
    }

    /// Checks all parts and that they fit together.
    ///
    /// # Errors
    /// A [`Problem`] that names the part.
    pub fn validate(&self) -> Result<(), Problem> {
        self.encoder.validate().map_err(|error| mismatch("encoder", error.to_string()))?;
        self.block.validate()?;
        self.decoder.validate("decoder")?;
        self.control.validate("control")?;
        let inputs = self.encoder.inputs();
        let joints = [
            ("block0.k1", self.block.inputs, "the encoder's inputs", inputs),
            ("decoder.weight", self.decoder.inputs, "the block's outputs", self.block.outputs),
            ("control.weight", self.control.inputs, "the encoder's inputs", inputs),
            ("control.bias", self.control.classes, "the decoder's classes", self.decoder.classes),
        ];
        for (name, found, of, expected) in joints {
            if found != expected {
                return Err(mismatch(name, format!("it is made for {found}, but {of} are {expected}")));
            }
        }
        Ok(())
    }
}

fn mismatch(place: &str, why: String) -> Problem {
    Problem::new("the model's parts do not fit together", place, why, "train the model again")
}

/// Checks length and finiteness of one tensor.
fn check(name: &str, values: &[f32], shape: &[usize]) -> Result<(), Problem> {
    let expected: usize = shape.iter().product();
    if values.len() != expected {
        return Err(Problem::new(
            "a tensor has the wrong size",
            name,
            format!("shape {shape:?} needs {expected} numbers, {} were given", values.len()),
            "train the model again, or correct its shape",
        ));
    }
    let Some(position) = values.iter().position(|value| !value.is_finite()) else { return Ok(()) };
    let place = match shape {
        [_, columns] => format!("{name}[{}][{}]", position / columns, position % columns),
        _ => format!("{name}[{position}]"),
    };
    Err(Problem::new(
        "a weight is not a number",
        place,
        format!("it is {}", values[position]),
        "train the model again, with a lower learning rate if training diverged",
    ))
}
