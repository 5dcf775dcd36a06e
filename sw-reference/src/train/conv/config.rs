//! What a training run of a convolutional model is told.

use crate::train::config::{Format, range, refuse};
use serde::{Deserialize, Serialize};
use spinwright_contract::config::{BiasScope, BlockShape, Kernel, Plane};
use spinwright_contract::{Problem, Readout};

/// The number formats of the whole device: encoder, blocks and decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvFormat {
    /// Of every block; its `weight_bits` and `bias_bits` hold for encoder and decoder too.
    pub block: Format,
    /// Fraction bits of the encoder's weights.
    pub encoder_fraction: i32,
    /// Left shift of the encoder's biases; their step is 2^(shift - fraction - 8).
    pub encoder_bias_shift: u32,
    /// Fraction bits of the decoder's weights.
    pub decoder_fraction: i32,
    /// Left shift of the decoder's biases; their step is 2^(shift - fraction).
    pub decoder_bias_shift: u32,
}

/// The sign convolution on pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderConfig {
    /// Channels of its output plane.
    pub channels: usize,
    /// Size, stride (1 to 4) and padding.
    pub kernel: Kernel,
}

/// One thermodynamic block; its input plane is what comes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockConfig {
    /// Channels of the hidden plane.
    pub hidden: usize,
    /// Channels of the output plane.
    pub output: usize,
    /// Hidden from input.
    pub k1: Kernel,
    /// Output from hidden.
    pub k2: Kernel,
    /// Output from input, if any.
    pub k3: Option<Kernel>,
    /// Who shares a bias.
    pub bias: BiasScope,
}

/// Cells of the linear decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoderConfig {
    /// Rows of cells.
    pub rows: usize,
    /// Columns of cells.
    pub columns: usize,
}

/// What a training step does with the blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recipe {
    /// Sampled sweeps in the loop.
    #[default]
    Chain,
    /// Straight-through feed-forward pass, and a loss that asks the dynamics to stay at it.
    Paper,
    /// Feed-forward pass with smooth activations tanh(gain x field); the gains are folded when the phase is over.
    Ptanh,
}

/// The fixed-point loss of the recipe `paper`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixedPoint {
    /// Its weight after the ramp; the loss is a mean over spins, sweeps and pictures.
    pub weight: f32,
    /// Epochs of the phase in which the weight grows from 0.
    pub weight_ramp: f32,
    /// Sweeps G at the start of the phase; they grow to the phase's `sweeps`.
    pub first_sweeps: usize,
    /// Epochs in which G grows, and with it from 0 to 1 the chance q that a p-bit goes on with its sample.
    pub sweeps_ramp: f32,
    /// How far the channels' weights follow how often they flip: 0 all equal, 1 in proportion.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flip_weighting: f32,
}

/// A stretch of training with its own learning rate schedule: linear warm-up, then a cosine down to
/// `final_rate` x `learning_rate`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Passes over the training pictures.
    pub epochs: usize,
    /// Sampled sweeps T of every block inside the training step.
    pub sweeps: usize,
    /// What comes after a block: the sign of the mean field or of the mean spin.
    pub readout: Readout,
    /// Adam's step size at its peak.
    pub learning_rate: f32,
    /// Length of the warm-up in epochs.
    pub warmup_epochs: f32,
    /// Last rate as a part of the peak.
    pub final_rate: f32,
    /// Whether all weights are rounded to the machine's grids in the forward pass (straight-through gradients).
    pub quantized: bool,
    /// What a step does with the blocks. All but `chain` read the field, whatever `readout` says, and `sweeps` are those of
    /// the fixed-point loss.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recipe: Recipe,
    /// Whether the encoder's pre-activations, K1 x and K3 x are normalized by batch; folded exactly into weights and
    /// biases after the last of the phases in a row that normalize. Not together with `quantized`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub normalize: bool,
    /// Only for the recipe `paper`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fixed_point: Option<FixedPoint>,
}

/// Random distortions of the training pictures, each drawn evenly from -value to +value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distortion {
    /// Shift in pixels, in both directions.
    pub shift: f32,
    /// Rotation, as the tangent of half the angle.
    pub turn: f32,
    /// Horizontal shear.
    pub shear: f32,
    /// Relative change of width and, independently, of height.
    pub scale: f32,
    /// Smooth local displacement in pixels (between random vectors on a grid of 5 x 5 points).
    pub elastic: f32,
    /// Whether pictures are mirrored, half of the time.
    pub mirror: bool,
    /// Whether shifts are whole pixels, so that they do not blur.
    #[serde(default, skip_serializing_if = "is_default")]
    pub whole: bool,
}

/// Terms of the loss beside cross-entropy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Losses {
    /// Weight of the magnitude loss: every mean output field is asked to be at least `magnitude_margin` in size.
    pub magnitude_weight: f32,
    /// See `magnitude_weight`.
    pub magnitude_margin: f32,
    /// Part w of the classification loss that the teacher's word has, 0 to 1: (1 - w) cross-entropy + w t^2 KL(teacher,
    /// model), both at temperature t (Hinton, Vinyals and Dean 2015, section 2). Needs `teacher`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub distill_weight: f32,
    /// Temperature t, by which both scores are divided before the softmax.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub distill_temperature: f32,
}

impl Default for Losses {
    fn default() -> Self {
        Losses { magnitude_weight: 0.0, magnitude_margin: 0.0, distill_weight: 0.0, distill_temperature: 1.0 }
    }
}

/// Gradual pruning by magnitude: in each of the tensors the smallest weights are set to zero for good, in a part of them
/// that grows as target x (1 - (1 - t)^3) while t goes from 0 to 1 (Zhu and Gupta 2017, equation 1). Epochs count over
/// all phases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pruning {
    /// Target of every K1, K2 and K3 on its own: part of weights that are zero in the end, 0 to 0.99.
    pub blocks: f32,
    /// Target of the encoder's weights.
    #[serde(default)]
    pub encoder: f32,
    /// Target of the decoder's weights.
    #[serde(default)]
    pub decoder: f32,
    /// Epochs before the first weight goes.
    pub from_epoch: f32,
    /// Epochs after which the target is reached.
    pub until_epoch: f32,
}

/// Whether a key says nothing that its absence would not.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn one() -> f32 {
    1.0
}

fn is_one(value: &f32) -> bool {
    *value == 1.0
}

/// Everything that decides a training run; the same configuration and data give the same bytes for any number of
/// threads on machines with the same vector instructions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Names every random stream of the run.
    pub seed: u64,
    /// From pixels to the first block's inputs.
    pub encoder: EncoderConfig,
    /// The blocks in order; none for a control.
    pub blocks: Vec<BlockConfig>,
    /// The linear decoder.
    pub decoder: DecoderConfig,
    /// Strength of the outputs' couplings and biases.
    pub delta: f32,
    /// The machine's number formats.
    pub format: ConvFormat,
    /// Stretches of training, in order.
    pub phases: Vec<Phase>,
    /// Pictures per step.
    pub batch: usize,
    /// Parts of a batch that may run in parallel; fixed, so that the result does not depend on the threads.
    pub shards: usize,
    /// Largest norm of the gradient.
    pub clip: f32,
    /// What is minimized beside cross-entropy.
    pub losses: Losses,
    /// Distortions of the training pictures.
    pub distortion: Distortion,
    /// Pictures set aside for validation.
    pub validation: usize,
    /// Epochs of the control (encoder and decoder of this shape without any block); 0 trains none.
    pub control_epochs: usize,
    /// Folder of a trained convolutional model whose scores are taught (`losses.distill_weight`); same picture size and
    /// classes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub teacher: Option<String>,
    /// Gradual pruning.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pruning: Option<Pruning>,
}

impl TrainConfig {
    /// The encoder's output plane for pictures of this size.
    pub fn encoded(&self, rows: usize, columns: usize) -> Plane {
        let reach = |length| out_length(length, self.encoder.kernel);
        Plane { rows: reach(rows), columns: reach(columns), channels: self.encoder.channels }
    }

    /// The blocks with their planes, for pictures of this size.
    pub fn shapes(&self, rows: usize, columns: usize) -> Vec<BlockShape> {
        let mut input = self.encoded(rows, columns);
        self.blocks
            .iter()
            .map(|block| {
                let through = |from: Plane, kernel: Kernel, channels: usize| Plane {
                    rows: out_length(from.rows, kernel),
                    columns: out_length(from.columns, kernel),
                    channels,
                };
                let hidden = through(input, block.k1, block.hidden);
                let output = through(hidden, block.k2, block.output);
                let BlockConfig { k1, k2, k3, bias, .. } = *block;
                let shape = BlockShape { input, hidden, output, k1, k2, k3, bias };
                input = output;
                shape
            })
            .collect()
    }

    /// Checks every range.
    ///
    /// # Errors
    /// A [`Problem`] that names the key, its value and the range.
    pub fn validate(&self) -> Result<(), Problem> {
        let format = &self.format;
        range("delta", self.delta.into(), 1e-3, 10.0)?;
        format.block.validate("format.block")?;
        range("format.encoder_fraction", format.encoder_fraction.into(), -16.0, 16.0)?;
        range("format.encoder_bias_shift", format.encoder_bias_shift.into(), 0.0, 12.0)?;
        range("format.decoder_fraction", format.decoder_fraction.into(), -16.0, 16.0)?;
        range("format.decoder_bias_shift", format.decoder_bias_shift.into(), 0.0, 12.0)?;
        range("encoder.channels", self.encoder.channels as f64, 1.0, 4096.0)?;
        kernel("encoder.kernel", self.encoder.kernel)?;
        range("blocks", self.blocks.len() as f64, 0.0, 8.0)?;
        for (index, block) in self.blocks.iter().enumerate() {
            let key = |name: &str| format!("blocks[{index}].{name}");
            range(&key("hidden"), block.hidden as f64, 1.0, 4096.0)?;
            range(&key("output"), block.output as f64, 1.0, 4096.0)?;
            kernel(&key("k1"), block.k1)?;
            kernel(&key("k2"), block.k2)?;
            block.k3.map_or(Ok(()), |k3| kernel(&key("k3"), k3))?;
        }
        if self.phases.is_empty() {
            return Err(refuse("phases", "the list is empty".into(), "give at least one phase".into()));
        }
        for (index, phase) in self.phases.iter().enumerate() {
            let key = |name: &str| format!("phases[{index}].{name}");
            range(&key("epochs"), phase.epochs as f64, 1.0, 1e5)?;
            range(&key("sweeps"), phase.sweeps as f64, 1.0, 64.0)?;
            range(&key("learning_rate"), phase.learning_rate.into(), 1e-7, 1.0)?;
            range(&key("warmup_epochs"), phase.warmup_epochs.into(), 0.0, phase.epochs as f64)?;
            range(&key("final_rate"), phase.final_rate.into(), 0.0, 1.0)?;
            if (phase.normalize || phase.recipe == Recipe::Ptanh) && phase.quantized {
                let why = "its gains are not folded in yet, so there is nothing to round".to_string();
                return Err(refuse(
                    &key("quantized"),
                    why,
                    "set it to false, and round in a later phase".into(),
                ));
            }
            if phase.normalize && phase.recipe == Recipe::Ptanh {
                let why = "the recipe `ptanh` has gains of its own".to_string();
                return Err(refuse(&key("normalize"), why, "choose one of both".into()));
            }
            if phase.fixed_point.is_some() != (phase.recipe == Recipe::Paper) {
                let why = "the recipe `paper` has a fixed-point loss, the others have none".to_string();
                return Err(refuse(&key("fixed_point"), why, "give the key with that recipe only".into()));
            }
            if let Some(fixed) = &phase.fixed_point {
                range(&key("fixed_point.weight"), fixed.weight.into(), 0.0, 1e3)?;
                range(&key("fixed_point.weight_ramp"), fixed.weight_ramp.into(), 0.0, 1e5)?;
                range(&key("fixed_point.first_sweeps"), fixed.first_sweeps as f64, 1.0, phase.sweeps as f64)?;
                range(&key("fixed_point.sweeps_ramp"), fixed.sweeps_ramp.into(), 0.0, 1e5)?;
                range(&key("fixed_point.flip_weighting"), fixed.flip_weighting.into(), 0.0, 1.0)?;
            }
        }
        range("batch", self.batch as f64, 1.0, 65536.0)?;
        range("shards", self.shards as f64, 1.0, self.batch as f64)?;
        range("clip", self.clip.into(), 1e-6, 1e9)?;
        range("losses.magnitude_weight", self.losses.magnitude_weight.into(), 0.0, 1e3)?;
        range("losses.magnitude_margin", self.losses.magnitude_margin.into(), 0.0, 1e3)?;
        range("losses.distill_weight", self.losses.distill_weight.into(), 0.0, 1.0)?;
        range("losses.distill_temperature", self.losses.distill_temperature.into(), 0.1, 100.0)?;
        if self.teacher.is_some() != (self.losses.distill_weight > 0.0) {
            let why = format!(
                "it is {}, and there is {} teacher",
                self.losses.distill_weight,
                if self.teacher.is_some() { "a" } else { "no" }
            );
            return Err(refuse(
                "losses.distill_weight",
                why,
                "give both `teacher` and a weight above 0, or neither".into(),
            ));
        }
        if let Some(pruning) = &self.pruning {
            let epochs = self.phases.iter().map(|phase| phase.epochs).sum::<usize>() as f64;
            range("pruning.blocks", pruning.blocks.into(), 0.0, 0.99)?;
            range("pruning.encoder", pruning.encoder.into(), 0.0, 0.99)?;
            range("pruning.decoder", pruning.decoder.into(), 0.0, 0.99)?;
            range("pruning.until_epoch", pruning.until_epoch.into(), 0.0, epochs)?;
            range("pruning.from_epoch", pruning.from_epoch.into(), 0.0, pruning.until_epoch.into())?;
        }
        range("distortion.shift", self.distortion.shift.into(), 0.0, 8.0)?;
        range("distortion.turn", self.distortion.turn.into(), 0.0, 0.5)?;
        range("distortion.shear", self.distortion.shear.into(), 0.0, 1.0)?;
        range("distortion.scale", self.distortion.scale.into(), 0.0, 0.5)?;
        range("distortion.elastic", self.distortion.elastic.into(), 0.0, 8.0)?;
        range("control_epochs", self.control_epochs as f64, 0.0, 1e4)
    }

    /// Checks that the planes and kernels fit pictures of this size.
    ///
    /// # Errors
    /// A [`Problem`] that names the block.
    pub fn accepts(&self, rows: usize, columns: usize) -> Result<(), Problem> {
        let misfit = |key: String, why: String| {
            Problem::new("the planes do not fit", key, why, "choose another size, stride or padding")
        };
        let too_small = |plane: Plane, kernel: Kernel| {
            plane.rows + 2 * kernel.padding < kernel.size || plane.columns + 2 * kernel.padding < kernel.size
        };
        let picture = Plane { rows, columns, channels: 1 };
        if too_small(picture, self.encoder.kernel) {
            let why = format!("pictures of {rows} x {columns} are smaller than the kernel");
            return Err(misfit("key `encoder.kernel`".into(), why));
        }
        let mut last = self.encoded(rows, columns);
        for (index, shape) in self.shapes(rows, columns).iter().enumerate() {
            if too_small(shape.input, shape.k1) || too_small(shape.hidden, shape.k2) {
                let why = format!("the planes {:?} and {:?} are too small", shape.input, shape.hidden);
                return Err(misfit(format!("key `blocks[{index}]`"), why));
            }
            if let Some(k3) = shape.k3 {
                let reach = (out_length(shape.input.rows, k3), out_length(shape.input.columns, k3));
                if reach != (shape.output.rows, shape.output.columns) {
                    let why = format!(
                        "K3 gives {} x {} positions, the outputs have {} x {}",
                        reach.0, reach.1, shape.output.rows, shape.output.columns
                    );
                    return Err(misfit(format!("key `blocks[{index}].k3`"), why));
                }
            }
            last = shape.output;
        }
        let DecoderConfig { rows, columns } = self.decoder;
        if rows == 0 || columns == 0 || rows > last.rows || columns > last.columns {
            let why = format!("{rows} x {columns} cells on {} x {} positions", last.rows, last.columns);
            return Err(misfit("key `decoder`".into(), why));
        }
        Ok(())
    }
}

/// Positions that a kernel has along a line of `length`.
pub(crate) fn out_length(length: usize, kernel: Kernel) -> usize {
    (length + 2 * kernel.padding).saturating_sub(kernel.size) / kernel.stride.max(1) + 1
}

fn kernel(key: &str, kernel: Kernel) -> Result<(), Problem> {
    range(&format!("{key}.size"), kernel.size as f64, 1.0, 7.0)?;
    range(&format!("{key}.stride"), kernel.stride as f64, 1.0, 4.0)?;
    range(&format!("{key}.padding"), kernel.padding as f64, 0.0, kernel.size as f64 - 1.0)
}
