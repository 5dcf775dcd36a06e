//! What a training run is told.

use crate::data::Encoder;
use serde::{Deserialize, Serialize};
use spinwright_contract::config::ColorShifts;
use spinwright_contract::{Color, Problem, Readout, Shifts, ValidConfig};

/// The number formats of the machine that the model is trained for. The forward pass computes on exactly these
/// integers, so what is trained is what the hardware runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// Bits of a coupling weight, range +-(2^(bits-1) - 1).
    pub weight_bits: u32,
    /// Bits of a bias.
    pub bias_bits: u32,
    /// Bits of the saturated field.
    pub field_bits: u32,
    /// Bits of a draw; the table has thresholds of one bit more. Training itself uses at most 16 of them, which is
    /// finer than it can notice.
    pub draw_bits: u32,
    /// Fraction bits of the hidden field, g_0 of the contract.
    pub hidden_fraction: i32,
    /// Fraction bits of the output field, g_1 of the contract.
    pub output_fraction: i32,
    /// Left shifts of the terms of both fields.
    pub shifts: Shifts,
}

impl Format {
    /// The formats of a machine, with these fraction bits of the two fields.
    pub fn of(machine: &ValidConfig, hidden_fraction: i32, output_fraction: i32) -> Self {
        Format {
            weight_bits: machine.weight_bits(),
            bias_bits: machine.bias_bits(),
            field_bits: machine.field_bits(),
            draw_bits: machine.draw_bits(),
            hidden_fraction,
            output_fraction,
            shifts: Shifts { hidden: machine.shifts(Color::Hidden), output: machine.shifts(Color::Output) },
        }
    }

    /// Fraction bits of (K1, b1, delta K2, delta b2, delta K3).
    pub fn fractions(&self) -> Fractions {
        let (hidden, output) = (self.shifts.hidden, self.shifts.output);
        Fractions {
            k1: self.hidden_fraction - hidden.input as i32,
            b1: self.hidden_fraction - hidden.bias as i32,
            k2: self.hidden_fraction - hidden.coupling as i32,
            b2: self.output_fraction - output.bias as i32,
            k3: self.output_fraction - output.input as i32,
        }
    }

    /// Checks every range; `key` is the format's name in messages.
    ///
    /// # Errors
    /// A [`Problem`] that names the key, its value and the range.
    pub(crate) fn validate(&self, key: &str) -> Result<(), Problem> {
        let format = self;
        let name = |part: &str| format!("{key}.{part}");
        range(&name("weight_bits"), format.weight_bits.into(), 2.0, 16.0)?;
        range(&name("bias_bits"), format.bias_bits.into(), 2.0, 16.0)?;
        range(&name("field_bits"), format.field_bits.into(), 3.0, 12.0)?;
        range(&name("draw_bits"), format.draw_bits.into(), 8.0, 24.0)?;
        range(&name("hidden_fraction"), format.hidden_fraction.into(), -8.0, 16.0)?;
        range(&name("output_fraction"), format.output_fraction.into(), -8.0, 16.0)?;
        for (color, shifts) in [("hidden", format.shifts.hidden), ("output", format.shifts.output)] {
            for shift in [shifts.input, shifts.coupling, shifts.bias] {
                range(&name(&format!("shifts.{color}")), shift.into(), 0.0, 8.0)?;
            }
        }
        let (hidden, output) = (format.shifts.hidden.coupling as i32, format.shifts.output.coupling as i32);
        if format.hidden_fraction - hidden != format.output_fraction - output {
            return Err(refuse(
                &name("shifts"),
                format!(
                    "K2 would have {} fraction bits for the hidden and {} for the output field, but is stored once",
                    format.hidden_fraction - hidden,
                    format.output_fraction - output
                ),
                "make fraction minus coupling shift equal for both colors".into(),
            ));
        }
        Ok(())
    }
}

/// Fraction bits per folded parameter: value = raw x 2^-fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fractions {
    /// Of K1.
    pub k1: i32,
    /// Of b1.
    pub b1: i32,
    /// Of delta K2.
    pub k2: i32,
    /// Of delta b2.
    pub b2: i32,
    /// Of delta K3.
    pub k3: i32,
}

/// A stretch of training with its own learning rate schedule: linear warm-up, then a cosine down to
/// `final_rate` x `learning_rate`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Passes over the training pictures.
    pub epochs: usize,
    /// Sampled sweeps T inside the training step.
    pub sweeps: usize,
    /// What the decoder sees: the sign of the mean field or of the mean spin.
    pub readout: Readout,
    /// Adam's step size at its peak.
    pub learning_rate: f32,
    /// Length of the warm-up in epochs.
    pub warmup_epochs: f32,
    /// Last rate as a part of the peak.
    pub final_rate: f32,
}

/// Random distortions of the training pictures, each drawn evenly from -value to +value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// Shift in pixels, in both directions.
    pub shift: f32,
    /// Rotation, as the tangent of half the angle.
    pub turn: f32,
    /// Horizontal shear.
    pub shear: f32,
    /// Relative change of width and, independently, of height.
    pub scale: f32,
}

/// Everything that decides a training run; the same configuration and data give the same bytes for any number of
/// threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Names every random stream of the run.
    pub seed: u64,
    /// Encoder: pixels left out on every side.
    pub margin: usize,
    /// Encoder: smallest pixel value that counts as up.
    pub threshold: u8,
    /// Hidden p-bits H.
    pub hidden: usize,
    /// Output p-bits N.
    pub outputs: usize,
    /// Whether the block has K3 (input to output).
    pub skip: bool,
    /// Strength of the output's couplings and biases.
    pub delta: f32,
    /// The machine's number formats.
    pub format: Format,
    /// Stretches of training, in order.
    pub phases: Vec<Phase>,
    /// Pictures per step.
    pub batch: usize,
    /// Parts of a batch that may run in parallel; fixed, so that the result does not depend on the threads.
    pub shards: usize,
    /// Largest norm of the gradient.
    pub clip: f32,
    /// Weight of the magnitude loss, which asks every output field to be at least `magnitude_margin` in size.
    pub magnitude_weight: f32,
    /// See `magnitude_weight`.
    pub magnitude_margin: f32,
    /// Distortions of the training pictures.
    pub augment: Augment,
    /// Pictures set aside for validation.
    pub validation: usize,
    /// Epochs of the control (a linear decoder on the encoder, without any block).
    pub control_epochs: usize,
}

impl TrainConfig {
    /// For handwritten digits of 28 x 28 pixels: 67,584 couplings, under two minutes on two cores.
    pub fn mnist() -> Self {
        TrainConfig {
            seed: 1,
            margin: 4,
            threshold: 128,
            hidden: 128,
            outputs: 128,
            skip: false,
            delta: 0.5,
            format: Format {
                weight_bits: 5,
                bias_bits: 8,
                field_bits: 8,
                draw_bits: 16,
                hidden_fraction: 5,
                output_fraction: 5,
                shifts: Shifts {
                    hidden: ColorShifts { input: 0, coupling: 1, bias: 0 },
                    output: ColorShifts { input: 0, coupling: 1, bias: 0 },
                },
            },
            phases: vec![Phase {
                epochs: 50,
                sweeps: 4,
                readout: Readout::Field,
                learning_rate: 2e-3,
                warmup_epochs: 0.5,
                final_rate: 0.01,
            }],
            batch: 128,
            shards: 4,
            clip: 5.0,
            magnitude_weight: 0.05,
            magnitude_margin: 1.5,
            augment: Augment { shift: 1.0, turn: 0.06, shear: 0.1, scale: 0.08 },
            validation: 5000,
            control_epochs: 5,
        }
    }

    /// For the digit set that the project draws itself ([`crate::data::digits`]): small enough for an iCE40 HX8K,
    /// trained in ten to twenty seconds.
    pub fn digits() -> Self {
        let mnist = TrainConfig::mnist();
        TrainConfig {
            margin: 0,
            threshold: 100,
            hidden: 32,
            outputs: 32,
            format: Format {
                weight_bits: 4,
                field_bits: 7,
                hidden_fraction: 4,
                output_fraction: 4,
                ..mnist.format
            },
            phases: vec![Phase { epochs: 35, sweeps: 6, learning_rate: 6e-3, ..mnist.phases[0] }],
            magnitude_weight: 0.01,
            augment: Augment { shift: 0.0, turn: 0.0, shear: 0.0, scale: 0.0 },
            validation: 2000,
            ..mnist
        }
    }

    /// The encoder for pictures of this size.
    pub fn encoder(&self, rows: usize, cols: usize) -> Encoder {
        Encoder { rows, cols, margin: self.margin, threshold: self.threshold }
    }

    /// Checks every range.
    ///
    /// # Errors
    /// A [`Problem`] that names the key, its value and the range.
    pub fn validate(&self) -> Result<(), Problem> {
        let format = &self.format;
        range("hidden", self.hidden as f64, 1.0, 4096.0)?;
        range("outputs", self.outputs as f64, 1.0, 4096.0)?;
        range("delta", self.delta.into(), 1e-3, 10.0)?;
        range("threshold", self.threshold.into(), 1.0, 255.0)?;
        format.validate("format")?;
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
        }
        range("batch", self.batch as f64, 1.0, 65536.0)?;
        range("shards", self.shards as f64, 1.0, self.batch as f64)?;
        range("clip", self.clip.into(), 1e-6, 1e9)?;
        range("magnitude_weight", self.magnitude_weight.into(), 0.0, 1e3)?;
        range("magnitude_margin", self.magnitude_margin.into(), 0.0, 1e3)?;
        range("augment.shift", self.augment.shift.into(), 0.0, 8.0)?;
        range("augment.turn", self.augment.turn.into(), 0.0, 0.5)?;
        range("augment.shear", self.augment.shear.into(), 0.0, 1.0)?;
        range("augment.scale", self.augment.scale.into(), 0.0, 0.5)?;
        range("control_epochs", self.control_epochs as f64, 1.0, 1e4)
    }
}

/// Refuses a value outside `low..=high`, and NaN.
pub(crate) fn range(key: &str, value: f64, low: f64, high: f64) -> Result<(), Problem> {
    if value.is_finite() && (low..=high).contains(&value) {
        return Ok(());
    }
    Err(refuse(key, format!("{value} was given"), format!("choose {low} to {high}")))
}

pub(crate) fn refuse(key: &str, why: String, help: String) -> Problem {
    Problem::new("training configuration out of range", format!("key `{key}`"), why, help)
}
