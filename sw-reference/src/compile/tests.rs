//! From a trained model to an image, and what the image means in real numbers.

use super::*;
use crate::data::Encoder;
use crate::stream::SplitMix64;
use crate::testing::machine;
use crate::train::DenseBlock;
use spinwright_contract::{MachineConfig, Readout};

fn trained(inputs_side: usize, hidden: usize, outputs: usize) -> Model {
    let mut random = SplitMix64::new(4);
    let mut numbers = |count: usize, spread: f32| -> Vec<f32> {
        (0..count).map(|_| spread * (random.next_word() as u32 as f32 / 2f32.powi(31) - 1.0)).collect()
    };
    let inputs = inputs_side * inputs_side;
    Model {
        encoder: Encoder { rows: inputs_side + 2, cols: inputs_side + 2, margin: 1, threshold: 77 },
        block: DenseBlock {
            inputs,
            hidden,
            outputs,
            k1: numbers(hidden * inputs, 0.8),
            k2: numbers(outputs * hidden, 1.2),
            k3: None,
            b1: numbers(hidden, 1.0),
            b2: numbers(outputs, 1.0),
            delta: 0.5,
        },
        decoder: Linear {
            classes: 3,
            inputs: outputs,
            weight: numbers(3 * outputs, 0.9),
            bias: numbers(3, 2.5),
        },
        control: Linear { classes: 3, inputs, weight: numbers(3 * inputs, 1.0), bias: numbers(3, 1.0) },
    }
}

fn options(config: &ValidConfig) -> ModelOptions {
    ModelOptions {
        delta: 0.5,
        hidden_frac_bits: 3,
        overflow: Overflow::Refuse,
        schedule: Schedule { burn_in: 2, retained: 5, readout: Readout::Field },
        start: Start::Random,
        betas: (0..config.tables()).map(|i| 1.0 / (i + 1) as f32).collect(),
    }
}

fn config(change: impl Fn(&mut MachineConfig)) -> ValidConfig {
    let mut config = machine("compile");
    change(&mut config);
    config.validate().unwrap()
}

#[test]
fn an_image_means_the_model() {
    let config = config(|c| c.shifts.output.bias = 1);
    let model = trained(3, 5, 4);
    let image = compile_model(&model, &config, &options(&config)).unwrap();
    let (contents, c) = (image.contents(), &image.contents().blocks[0]);
    let set = &contents.bias_sets[0];
    assert_eq!((contents.field_frac_bits, c.k1.frac_bits, set.output_frac_bits), ([3, 3], 3, 2));
    let near = |raw: i16, frac_bits: i32, value: f64| {
        let error = f64::from(raw) * f64::from(-frac_bits).exp2() - value;
        assert!(error.abs() <= 0.5 * f64::from(-frac_bits).exp2(), "raw {raw} for {value}");
    };
    for (h, i) in (0..5).flat_map(|h| (0..9).map(move |i| (h, i))) {
        near(c.k1.at(h, i), 3, model.block.k1[h * 9 + i].into());
    }
    for (n, h) in (0..4).flat_map(|n| (0..5).map(move |h| (n, h))) {
        near(c.k2.at(n, h), 3, 0.5 * f64::from(model.block.k2[n * 5 + h]));
    }
    (0..5).for_each(|h| near(set.raw[0][0][h], 3, model.block.b1[h].into()));
    (0..4).for_each(|n| near(set.raw[0][1][n], 2, 0.5 * f64::from(model.block.b2[n])));
    assert_eq!(c.tables[1][1], Table::sigmoid(0.5, 3, 6, 16));
}

/// The integer decoder decides as the same decoder rounded to 8 bits in real numbers.
#[test]
fn decoder_and_encoder_mean_the_model() {
    let config = config(|_| {});
    let model = trained(3, 5, 4);
    let image = compile_model(&model, &config, &options(&config)).unwrap();
    let (encoder, decoder) =
        (image.contents().encoder.clone().unwrap(), image.contents().decoder.clone().unwrap());
    let rounded = model.decoder.rounded_to_8_bits();
    for state in 0..16u32 {
        let signs: Vec<bool> = (0..5).map(|n| state >> n & 1 == 1).collect();
        let real: Vec<f32> = signs[..4].iter().map(|&up| if up { 1.0 } else { -1.0 }).collect();
        assert_eq!(decoder.classify(&signs), rounded.classify(&real));
    }
    let picture: Vec<u8> = (0..25).map(|i| (i * 41 % 256) as u8).collect();
    let spins = encoder.encode(&picture, config.inputs());
    let expected: Vec<bool> = model.encoder.encode(&picture).iter().map(|&s| s > 0).collect();
    assert_eq!(spins[..9], expected);
    assert_eq!(spins[9..], [false, false]);
}

#[test]
fn refusals_read_well() {
    let machine = config(|_| {});
    let narrow = config(|c| c.blocks[0].output.channels = 2);
    let model = trained(3, 5, 4);
    let mut nan = model.clone();
    nan.block.k2[7] = f32::NAN;
    let refuse = |model: &Model, config: &ValidConfig, change: &dyn Fn(&mut ModelOptions)| {
        let mut options = options(config);
        change(&mut options);
        compile_model(model, config, &options).unwrap_err()
    };
    let quantized = quantize(
        &block_model(&model.block, 0.5).unwrap(),
        &machine,
        &Formats::of(&machine, 3, Rounding::HalfEven, Overflow::Refuse),
    )
    .unwrap();
    let program = Program {
        schedule: options(&machine).schedule,
        start: Start::Random,
        betas: vec![1.0, 1.0],
        classifier: None,
    };
    let messages = [
        refuse(&model, &machine, &|o| o.hidden_frac_bits = 6),
        refuse(&nan, &machine, &|_| {}),
        refuse(&trained(4, 5, 4), &machine, &|_| {}),
        refuse(&model, &narrow, &|_| {}),
        classifier(&model.encoder, &model.decoder, &narrow).unwrap_err(),
        refuse(&model, &machine, &|o| o.betas = vec![1.0]),
        refuse(&model, &machine, &|o| o.betas[1] = -0.5),
        refuse(&model, &machine, &|o| o.schedule.retained = 101),
        compile(quantized, &narrow, &program).unwrap_err(),
    ];
    insta::assert_snapshot!("refusals", messages.map(|problem| problem.to_string()).join("\n"));
}
