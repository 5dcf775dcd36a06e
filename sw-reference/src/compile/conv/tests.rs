//! From a convolutional model to an image, and what the image means in real numbers.

use super::*;
use crate::image::{Decoder, SignEncoder};
use crate::models::{CellDecoder, ConvBlock, SignConv};
use crate::stream::SplitMix64;
use crate::testing::conv_machine;
use spinwright_contract::{MachineConfig, Readout};

/// Random numbers on a grid of 2^-frac_bits, from -max to max steps; divided by `factor`, so that factor x number lies on it.
fn numbers(random: &mut SplitMix64, count: usize, max: i64, frac_bits: i32, factor: f32) -> Vec<f32> {
    let one = |_| {
        let raw = (random.next_word() % (2 * max as u64 + 1)) as i64 - max;
        raw as f32 * 2f32.powi(-frac_bits) / factor
    };
    (0..count).map(one).collect()
}

const DELTA: f32 = 0.5;
const G: i32 = 3;
const FE: i32 = 5;
const FD: i32 = 6;

/// A model of the machine's shape whose numbers all lie on its grids.
fn model(config: &ValidConfig) -> ConvModel {
    let mut random = SplitMix64::new(11);
    let r = &mut random;
    let (weight, bias) = (i64::from(config.weight_max()), i64::from(config.bias_max()));
    let formats = ConvFormats::of(config, G, [FE, FD], Rounding::HalfEven, Overflow::Refuse);
    let f = formats.block;
    let block = |r: &mut SplitMix64, shape: spinwright_contract::BlockShape| {
        let lengths = ConvBlock::tensor_shapes(&shape).map(|s| s.iter().product::<usize>());
        ConvBlock {
            shape,
            k1: numbers(r, lengths[0], weight, f.k1.frac_bits, 1.0),
            k2: numbers(r, lengths[1], weight, f.k2.frac_bits, DELTA),
            k3: shape.k3.map(|_| numbers(r, lengths[2], weight, f.k3.frac_bits, DELTA)),
            b1: numbers(r, lengths[3], bias, f.b1.frac_bits, 1.0),
            b2: numbers(r, lengths[4], bias, f.b2.frac_bits, DELTA),
        }
    };
    let blocks: Vec<ConvBlock> = config.blocks().map(|sizes| block(r, sizes.shape)).collect();
    let (e, input, plane) = (config.encoder().unwrap(), config.block().input, config.last_block().output);
    let d = config.decoder().map_or((3, 1, 2), |d| (d.classes, d.rows, d.columns));
    ConvModel {
        encoder: SignConv {
            rows: e.rows,
            columns: e.columns,
            channels: input.channels,
            kernel: e.kernel,
            weight: numbers(r, input.channels * e.kernel.taps(), weight, FE, 1.0),
            bias: numbers(r, input.channels, bias, formats.encoder_bias.frac_bits, 1.0),
        },
        blocks,
        decoder: CellDecoder {
            classes: d.0,
            plane,
            rows: d.1,
            columns: d.2,
            weight: numbers(r, d.0 * d.1 * d.2 * plane.channels, weight, FD, 1.0),
            bias: numbers(r, d.0, bias, formats.decoder_bias.frac_bits, 1.0),
        },
        delta: DELTA,
    }
}

fn config(change: impl Fn(&mut MachineConfig)) -> ValidConfig {
    let mut config = conv_machine("compile_conv");
    change(&mut config);
    config.validate().unwrap()
}

fn options(config: &ValidConfig) -> ConvOptions {
    ConvOptions {
        delta: DELTA.into(),
        hidden_frac_bits: G,
        encoder_frac_bits: FE,
        decoder_frac_bits: FD,
        overflow: Overflow::Refuse,
        schedules: vec![Schedule { burn_in: 1, retained: 2, readout: Readout::Field }; config.block_count()],
        start: Start::Random,
        betas: vec![1.0, 0.5],
    }
}

/// Every number of the image is the model's own, at the place that the contract names.
#[test]
fn an_image_means_the_model() {
    let config = config(|c| {
        c.shifts.output.bias = 1;
        c.shifts.hidden.input = 1;
    });
    let model = model(&config);
    let image = compile_conv_model(&model, &config, &options(&config)).unwrap();
    let c = image.contents();
    let value = |raw: i16, frac_bits: i32| f32::from(raw) * 2f32.powi(-frac_bits);
    for (b, (block, found)) in model.blocks.iter().zip(&c.blocks).enumerate() {
        let shape = block.shape;
        let k3 = block.k3.as_ref().zip(found.k3.as_ref());
        let matrices = [
            (&block.k1, &found.k1, shape.input, shape.hidden, 1.0),
            (&block.k2, &found.k2, shape.hidden, shape.output, DELTA),
        ];
        let k3 = k3.map(|(real, found)| (real, found, shape.input, shape.output, DELTA));
        for (real, found, source, target, factor) in matrices.into_iter().chain(k3) {
            let taps = real.len() / source.channels / target.channels;
            for (i, &number) in real.iter().enumerate() {
                // PyTorch's order: [out][in][dr][dc].
                let (out, channel, tap) = (i / taps / source.channels, i / taps % source.channels, i % taps);
                let raw = found.at(out, tap * source.channels + channel);
                assert_eq!(value(raw, found.frac_bits), factor * number);
            }
        }
        let set = &c.bias_sets[0];
        let both = [
            (&block.b1, &set.raw[b][0], shape.hidden, 1.0, set.hidden_frac_bits),
            (&block.b2, &set.raw[b][1], shape.output, DELTA, set.output_frac_bits),
        ];
        for (real, raw, plane, factor, frac_bits) in both {
            let positions = real.len() / plane.channels;
            for (i, &number) in real.iter().enumerate() {
                let (channel, position) = (i / positions, i % positions);
                assert_eq!(value(raw[position * plane.channels + channel], frac_bits), factor * number);
            }
        }
    }
    assert_eq!(c.blocks[1].tables[1][1], Table::sigmoid(0.5, 3, 6, 16));
}

/// On pictures, the integer encoder and the integer decoder decide as the real ones.
#[test]
fn encoder_and_decoder_mean_the_model() {
    for host_decoder in [false, true] {
        let config = config(|c| {
            if host_decoder {
                c.decoder = None;
            }
        });
        let model = model(&config);
        let image = compile_conv_model(&model, &config, &options(&config)).unwrap();
        let (Some(Encoder::Device(found)), Some(decoder)) =
            (&image.contents().encoder, &image.contents().decoder)
        else {
            panic!("an encoder on the device and a decoder")
        };
        let found: &SignEncoder = found;
        let decoder: &Decoder = decoder;
        let mut random = SplitMix64::new(5);
        let e = &model.encoder;
        for _ in 0..20 {
            let picture: Vec<u8> =
                (0..e.rows * e.columns).map(|_| (random.next_word() >> 56) as u8).collect();
            let sums = found.sums(&picture);
            let spins = found.encode(&picture);
            let plane = e.plane();
            for (i, (&sum, &up)) in sums.iter().zip(&spins).enumerate() {
                let (row, column) = (i / plane.channels / plane.columns, i / plane.channels % plane.columns);
                let channel = i % plane.channels;
                let mut real = f64::from(e.bias[channel]);
                for tap in 0..9 {
                    let r = (row * 2 + tap / 3) as i64 - 1;
                    let c = (column * 2 + tap % 3) as i64 - 1;
                    let inside = (0..e.rows as i64).contains(&r) && (0..e.columns as i64).contains(&c);
                    let pixel = if inside { picture[r as usize * e.columns + c as usize] } else { 0 };
                    real += f64::from(e.weight[channel * 9 + tap]) * (2.0 * f64::from(pixel) - 255.0) / 256.0;
                }
                assert_eq!(sum as f64 * 2f64.powi(-found.weight_frac_bits), real);
                assert_eq!(up, real >= 0.0);
            }
            let d = &model.decoder;
            let signs: Vec<bool> = (0..d.plane.p_bits()).map(|_| random.next_word() & 1 == 1).collect();
            let scores = decoder.scores(&signs);
            for (class, &score) in scores.iter().enumerate() {
                let mut real = d.bias[class];
                for (j, &up) in signs.iter().enumerate() {
                    let (position, channel) = (j / d.plane.channels, j % d.plane.channels);
                    let cell = d.cell(position / d.plane.columns, position % d.plane.columns);
                    let at = (class * d.plane.channels + channel) * d.rows * d.columns + cell;
                    real += if up { d.weight[at] } else { -d.weight[at] };
                }
                assert_eq!(score as f32 * 2f32.powi(-decoder.weight_frac_bits), real);
            }
        }
    }
}

#[test]
fn saturation_is_counted() {
    let config = config(|_| {});
    let mut model = model(&config);
    model.encoder.weight[2] = 100.0;
    model.blocks[1].b2[0] = -1e9;
    let formats = ConvFormats::of(&config, G, [FE, FD], Rounding::HalfEven, Overflow::Saturate);
    let quantized = quantize_conv(&model, 0.5, &config, &formats).unwrap();
    assert_eq!(quantized.saturated(), 2);
    assert_eq!(quantized.encoder().weights[2], config.weight_max() as i16);
    assert_eq!(quantized.biases().raw[1][1][0], -config.bias_max() as i16);
}

#[test]
fn refusals_read_well() {
    let config = config(|_| {});
    let good = model(&config);
    let refuse = |config: &ValidConfig, change: &dyn Fn(&mut ConvModel, &mut ConvOptions)| {
        let (mut model, mut options) = (good.clone(), options(config));
        change(&mut model, &mut options);
        compile_conv_model(&model, config, &options).unwrap_err().to_string()
    };
    let changed = |change: &dyn Fn(&mut MachineConfig)| {
        let mut config = conv_machine("compile_conv");
        change(&mut config);
        config.validate().unwrap()
    };
    let messages = [
        refuse(&config, &|m, _| m.blocks[1].k1[0] = f32::NAN),
        refuse(&config, &|m, _| m.blocks[0].k2[7] = 4.0),
        refuse(&config, &|m, _| m.encoder.weight[1] = -0.3),
        refuse(&config, &|m, _| m.decoder.bias[2] = 99.0),
        refuse(&config, &|m, _| {
            m.blocks.pop();
            m.decoder.plane = m.blocks[0].shape.output;
            m.decoder.weight.truncate(18);
        }),
        refuse(
            &changed(&|c| c.blocks[0].bias = spinwright_contract::config::BiasScope::Position),
            &|_, _| {},
        ),
        refuse(&changed(&|c| c.encoder.as_mut().unwrap().kernel.padding = 0), &|_, _| {}),
        refuse(&changed(&|c| c.encoder = None), &|_, _| {}),
        refuse(&changed(&|c| c.decoder.as_mut().unwrap().columns = 1), &|_, _| {}),
        refuse(&config, &|_, o| o.hidden_frac_bits = 40),
        refuse(&config, &|_, o| o.schedules.truncate(1)),
        refuse(&config, &|_, o| o.schedules[1].retained = 0),
        refuse(&config, &|_, o| o.start = Start::Keep),
        refuse(&config, &|_, o| o.betas = vec![f32::NAN, 1.0]),
        refuse(&config, &|_, o| o.betas = vec![1.0]),
    ];
    insta::assert_snapshot!("refusals", messages.join("\n"));
}
