//! Recipes that were measured.

use super::config::{
    BlockConfig, ConvFormat, DecoderConfig, Distortion, EncoderConfig, Losses, Phase, Recipe, TrainConfig,
};
use crate::train::config::Format;
use spinwright_contract::config::{BiasScope, ColorShifts, Kernel};
use spinwright_contract::{Readout, Shifts};

/// 3 x 3, the same size out as in.
const THREE: Kernel = Kernel { size: 3, stride: 1, padding: 1 };

impl TrainConfig {
    /// For handwritten digits of 28 x 28 pixels with 32 channels: 36,810 parameters of 4 bits, under three CPU minutes
    /// with AMX, about five with AVX-512.
    pub fn mnist() -> Self {
        let shifts = ColorShifts { input: 0, coupling: 0, bias: 0 };
        let phase = Phase {
            epochs: 24,
            sweeps: 2,
            readout: Readout::Field,
            learning_rate: 2.5e-3,
            warmup_epochs: 0.5,
            final_rate: 0.01,
            quantized: true,
            recipe: Recipe::Chain,
            normalize: false,
            fixed_point: None,
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
                Phase {
                    epochs: 5,
                    sweeps: 4,
                    readout: Readout::Spin,
                    learning_rate: 6e-4,
                    warmup_epochs: 0.2,
                    ..phase
                },
            ],
            batch: 64,
            shards: 8,
            clip: 5.0,
            losses: Losses { magnitude_weight: 0.05, magnitude_margin: 1.5, ..Losses::default() },
            distortion: Distortion {
                shift: 1.0,
                turn: 0.04,
                shear: 0.06,
                scale: 0.06,
                elastic: 0.0,
                mirror: false,
                whole: false,
            },
            validation: 5000,
            control_epochs: 5,
            teacher: None,
            pruning: None,
        }
    }

    /// A thin control: encoder and decoder alone stay below 93 %, because the decoder reads only 2 x 2 cells; a second block
    /// with strides carries what the first one finds to them. 65,274 parameters of 4 bits.
    pub fn mnist_thin() -> Self {
        let mnist = TrainConfig::mnist();
        let half = Kernel { stride: 2, ..THREE };
        let second =
            BlockConfig { hidden: 48, output: 64, k1: half, k2: half, k3: None, bias: BiasScope::Channel };
        let [field, spin] = [mnist.phases[0], mnist.phases[1]];
        TrainConfig {
            blocks: vec![mnist.blocks[0], second],
            decoder: DecoderConfig { rows: 2, columns: 2 },
            phases: vec![Phase { epochs: 18, ..field }, Phase { epochs: 3, learning_rate: 5e-4, ..spin }],
            control_epochs: 4,
            ..mnist
        }
    }

    /// For an iCE40 HX8K, everything on the chip: 16 channels of 3 bits without K3, 9,450 parameters, about a CPU minute.
    pub fn mnist_ice40() -> Self {
        let mnist = TrainConfig::mnist();
        let block = BlockConfig { hidden: 16, output: 16, k3: None, ..mnist.blocks[0] };
        let machine = Format {
            weight_bits: 3,
            field_bits: 6,
            draw_bits: 15,
            hidden_fraction: 3,
            output_fraction: 3,
            ..mnist.format.block
        };
        TrainConfig {
            encoder: EncoderConfig { channels: 16, ..mnist.encoder },
            blocks: vec![block],
            decoder: DecoderConfig { rows: 5, columns: 5 },
            format: ConvFormat { block: machine, encoder_fraction: 3, decoder_fraction: 4, ..mnist.format },
            phases: vec![Phase { epochs: 30, sweeps: 3, learning_rate: 4e-3, ..mnist.phases[0] }],
            distortion: Distortion { turn: 0.02, shear: 0.03, scale: 0.03, ..mnist.distortion },
            ..mnist
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::conv::params::Layout;

    #[test]
    fn recipes_are_valid_and_as_small_as_they_say() {
        let recipes = [
            (TrainConfig::mnist(), 36_810),
            (TrainConfig::mnist_thin(), 65_274),
            (TrainConfig::mnist_ice40(), 9_450),
        ];
        for (recipe, parameters) in recipes {
            recipe.validate().unwrap();
            recipe.accepts(28, 28).unwrap();
            let layout = Layout::new(&recipe, 28, 28, 10);
            let model = layout.model(&layout.initial(1, recipe.delta), recipe.delta);
            model.validate().unwrap();
            assert_eq!(model.parameters(), parameters);
        }
    }
}
