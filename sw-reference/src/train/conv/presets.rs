//! Recipes that were measured.

use super::config::{
    BlockConfig, ConvFormat, DecoderConfig, Distortion, EncoderConfig, Losses, Phase, TrainConfig,
};
use crate::train::config::Format;
use spinwright_contract::config::{BiasScope, ColorShifts, Kernel};
use spinwright_contract::{Readout, Shifts};

/// 3 x 3, the same size out as in.
const THREE: Kernel = Kernel { size: 3, stride: 1, padding: 1 };

impl TrainConfig {
    /// For handwritten digits of 28 x 28 pixels with 32 channels: 36,842 parameters of 4 bits.
    pub fn mnist() -> Self {
        let shifts = ColorShifts { input: 0, coupling: 0, bias: 0 };
        let phase = Phase {
            epochs: 20,
            sweeps: 2,
            readout: Readout::Field,
            learning_rate: 2e-3,
            warmup_epochs: 0.5,
            final_rate: 0.01,
            quantized: true,
        };
        TrainConfig {
            seed: 1,
            encoder: EncoderConfig { channels: 32, kernel: Kernel { size: 7, stride: 4, padding: 2 } },
            blocks: vec![BlockConfig {
                hidden: 32,
                output: 32,
                k1: THREE,
                k2: THREE,
                k3: Some(Kernel::POINT),
                bias: BiasScope::Channel,
            }],
            decoder: DecoderConfig { rows: 7, columns: 7 },
            delta: 0.5,
            format: ConvFormat {
                block: Format {
                    weight_bits: 4,
                    bias_bits: 8,
                    field_bits: 8,
                    draw_bits: 16,
                    hidden_fraction: 4,
                    output_fraction: 4,
                    shifts: Shifts { hidden: shifts, output: shifts },
                },
                encoder_fraction: 4,
                encoder_bias_shift: 7,
                decoder_fraction: 5,
                decoder_bias_shift: 0,
            },
            phases: vec![
                phase,
                Phase { epochs: 4, sweeps: 4, readout: Readout::Spin, learning_rate: 5e-4, ..phase },
            ],
            batch: 64,
            shards: 8,
            clip: 5.0,
            losses: Losses { magnitude_weight: 0.05, magnitude_margin: 1.5 },
            distortion: Distortion {
                shift: 1.0,
                turn: 0.06,
                shear: 0.1,
                scale: 0.08,
                elastic: 0.0,
                mirror: false,
            },
            validation: 5000,
            control_epochs: 5,
        }
    }
}
