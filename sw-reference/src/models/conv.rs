//! A convolutional model as real numbers: sign-convolution encoder, thermodynamic blocks, linear decoder on cells.

use spinwright_contract::Problem;
use spinwright_contract::config::{BiasScope, BlockShape, Kernel, Plane};

/// Sign convolution on 8-bit pixels: input p-bit (position p, channel c) is up exactly when
///
/// ```text
/// bias[c] + sum over taps t of weight[c][t] u(p, t) >= 0,    u = (2 v - 255) / 256
/// ```
///
/// with v the pixel, 0 outside the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct SignConv {
    /// Rows of the picture.
    pub rows: usize,
    /// Columns of the picture.
    pub columns: usize,
    /// Channels C of the plane that comes out.
    pub channels: usize,
    /// Taps, stride and padding.
    pub kernel: Kernel,
    /// `[C, 1, size, size]`.
    pub weight: Vec<f32>,
    /// `[C]`.
    pub bias: Vec<f32>,
}

/// A convolutional thermodynamic block (Moore 2026, eqs. 5, 8, 9): x inputs, s1 hidden, s2 outputs, `*` a convolution
/// with zeros outside the plane, beta 1.
///
/// ```text
/// I1 = b1 + K1 * x + delta K2^T * s2        I2 = delta (b2 + K2 * s1 + K3 * x)
/// ```
///
/// delta is not folded in: [`ConvModel::delta`] says with which value the block was trained.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvBlock {
    /// Planes, kernels and who shares a bias.
    pub shape: BlockShape,
    /// `[hidden channels, input channels, size, size]`.
    pub k1: Vec<f32>,
    /// `[output channels, hidden channels, size, size]`.
    pub k2: Vec<f32>,
    /// `[output channels, input channels, size, size]`, if the block has it.
    pub k3: Option<Vec<f32>>,
    /// `[hidden channels]`, or `[hidden channels, rows, columns]` with a bias per position.
    pub b1: Vec<f32>,
    /// `[output channels]`, or `[output channels, rows, columns]` with a bias per position.
    pub b2: Vec<f32>,
}

/// Linear decoder on signs y whose positions share weights in cells:
/// `score[k] = bias[k] + sum over positions p and channels c of weight[k][c][cell(p)] y[p][c]`.
#[derive(Clone, Debug, PartialEq)]
pub struct CellDecoder {
    /// Number of classes.
    pub classes: usize,
    /// The plane that it reads.
    pub plane: Plane,
    /// Rows of cells, at most the plane's.
    pub rows: usize,
    /// Columns of cells, at most the plane's.
    pub columns: usize,
    /// `[classes, channels, rows, columns]`.
    pub weight: Vec<f32>,
    /// `[classes]`.
    pub bias: Vec<f32>,
}

/// Encoder, blocks in order, decoder. Without blocks it is a control: what the thermodynamic part has to beat.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvModel {
    /// From pixels to the first block's inputs.
    pub encoder: SignConv,
    /// The thermodynamic part; the signs of a block's outputs are the next one's inputs.
    pub blocks: Vec<ConvBlock>,
    /// From the signs of the last block's outputs to class scores.
    pub decoder: CellDecoder,
    /// Strength of the outputs' couplings and biases in training.
    pub delta: f32,
}

impl SignConv {
    /// The plane that comes out.
    pub fn plane(&self) -> Plane {
        let out = |length: usize| {
            (length + 2 * self.kernel.padding).saturating_sub(self.kernel.size) / self.kernel.stride + 1
        };
        Plane { rows: out(self.rows), columns: out(self.columns), channels: self.channels }
    }

    fn validate(&self) -> Result<(), Problem> {
        let Kernel { size, .. } = self.kernel;
        check("encoder.weight", &self.weight, &[self.channels, 1, size, size])?;
        check("encoder.bias", &self.bias, &[self.channels])
    }
}

impl ConvBlock {
    /// Number of distinct couplings.
    pub fn weights(&self) -> usize {
        self.shape.weights().iter().sum()
    }

    /// Shape of the tensors k1, k2, k3, b1, b2.
    pub fn tensor_shapes(shape: &BlockShape) -> [Vec<usize>; 5] {
        let kernel = |to: Plane, from: Plane, k: Kernel| vec![to.channels, from.channels, k.size, k.size];
        let bias = |plane: Plane| match shape.bias {
            BiasScope::Channel => vec![plane.channels],
            BiasScope::Position => vec![plane.channels, plane.rows, plane.columns],
        };
        [
            kernel(shape.hidden, shape.input, shape.k1),
            kernel(shape.output, shape.hidden, shape.k2),
            shape.k3.map_or(Vec::new(), |k3| kernel(shape.output, shape.input, k3)),
            bias(shape.hidden),
            bias(shape.output),
        ]
    }

    fn validate(&self, name: &str) -> Result<(), Problem> {
        let [k1, k2, k3, b1, b2] = Self::tensor_shapes(&self.shape);
        check(&format!("{name}.k1"), &self.k1, &k1)?;
        check(&format!("{name}.k2"), &self.k2, &k2)?;
        check(&format!("{name}.b1"), &self.b1, &b1)?;
        check(&format!("{name}.b2"), &self.b2, &b2)?;
        match (&self.k3, self.shape.k3) {
            (Some(values), Some(_)) => check(&format!("{name}.k3"), values, &k3),
            (None, None) => Ok(()),
            (given, _) => {
                let given = if given.is_some() { "is there" } else { "is missing" };
                let why = format!("the tensor {given}, the block's shape says otherwise");
                Err(mismatch(&format!("{name}.k3"), why))
            }
        }
    }
}

impl CellDecoder {
    /// Cell of a position.
    pub fn cell(&self, row: usize, column: usize) -> usize {
        (row * self.rows) / self.plane.rows * self.columns + (column * self.columns) / self.plane.columns
    }

    fn validate(&self) -> Result<(), Problem> {
        check("decoder.weight", &self.weight, &[self.classes, self.plane.channels, self.rows, self.columns])?;
        check("decoder.bias", &self.bias, &[self.classes])
    }
}

impl ConvModel {
    /// Everything that was trained: encoder, couplings, biases and decoder.
    pub fn parameters(&self) -> usize {
        let ends = [&self.encoder.weight, &self.encoder.bias, &self.decoder.weight, &self.decoder.bias];
        let biases = self.blocks.iter().map(|block| block.b1.len() + block.b2.len()).sum::<usize>();
        ends.iter().map(|values| values.len()).sum::<usize>() + self.weights() + biases
    }

    /// Distinct couplings of all blocks.
    pub fn weights(&self) -> usize {
        self.blocks.iter().map(ConvBlock::weights).sum()
    }

    /// Checks shapes, finite numbers, and that the parts fit together.
    ///
    /// # Errors
    /// A [`Problem`] that names the part.
    pub fn validate(&self) -> Result<(), Problem> {
        self.encoder.validate()?;
        let mut plane = self.encoder.plane();
        for (index, block) in self.blocks.iter().enumerate() {
            let name = format!("block{index}");
            block.validate(&name)?;
            if block.shape.input != plane {
                let why =
                    format!("it takes {:?}, but what comes before it gives {plane:?}", block.shape.input);
                return Err(mismatch(&name, why));
            }
            plane = block.shape.output;
        }
        self.decoder.validate()?;
        if self.decoder.plane != plane {
            let why = format!("it takes {:?}, but what comes before it gives {plane:?}", self.decoder.plane);
            return Err(mismatch("decoder.weight", why));
        }
        check("delta", &[self.delta], &[1])
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
    Err(Problem::new(
        "a weight is not a number",
        format!("{name}, number {position} in row-major order"),
        format!("it is {}", values[position]),
        "train the model again, with a lower learning rate if training diverged",
    ))
}
