//! The control: the same encoder and a linear decoder directly on it, trained without any block.

use super::augment::encode_distorted;
use super::evaluate::control_accuracy;
use super::gemm;
use super::model::Linear;
use super::step::{repeat_rows, sum_rows};
use crate::data::{Dataset, Encoder, Stream};
use crate::train::adam::Adam;
use crate::train::config::{Augment, TrainConfig};
use crate::train::loss::softmax_gradient;

/// Peak step size; a linear map needs no tuning.
const RATE: f32 = 1e-3;

/// Trains the control twice, with and without the block's distortions of the pictures (a linear map may lose by
/// them), and keeps whichever is better on `validation`, rounded to 8 bits: the block has to beat the better one.
pub(crate) fn train_control(
    train: &Dataset,
    validation: &Dataset,
    encoder: &Encoder,
    config: &TrainConfig,
) -> Linear {
    let plain = fit(train, encoder, config, None).rounded_to_8_bits();
    let distorted = fit(train, encoder, config, Some(&config.augment)).rounded_to_8_bits();
    let score = |control: &Linear| control_accuracy(control, encoder, validation);
    if score(&distorted) > score(&plain) { distorted } else { plain }
}

fn fit(train: &Dataset, encoder: &Encoder, config: &TrainConfig, augment: Option<&Augment>) -> Linear {
    let (inputs, classes) = (encoder.inputs(), train.classes);
    let batch = config.batch.min(train.len());
    let weights = classes * inputs;
    let mut flat = vec![0.0; weights + classes];
    let mut gradient = flat.clone();
    let mut adam = Adam::new(flat.len());
    let mut x = vec![0.0; batch * inputs];
    let mut scores = vec![0.0; batch * classes];
    let steps = train.len() / batch;
    for epoch in 0..config.control_epochs {
        let order = Stream::new(&[config.seed, 0x636f_6e74_726f, epoch as u64]).permutation(train.len());
        let mut stream = Stream::new(&[config.seed, 0x636f_6e74_7261, epoch as u64]);
        for (step, chosen) in order.chunks_exact(batch).enumerate() {
            for (row, &index) in x.chunks_exact_mut(inputs).zip(chosen) {
                match augment {
                    Some(augment) => encode_distorted(encoder, augment, train.image(index), row, &mut stream),
                    None => encoder.encode_into(train.image(index), row),
                }
            }
            let (weight, bias) = flat.split_at(weights);
            repeat_rows(bias, &mut scores);
            gemm::times_transposed(&x, weight, &mut scores, (batch, inputs, classes), true);
            for (scores, &index) in scores.chunks_exact_mut(classes).zip(chosen) {
                softmax_gradient(scores, usize::from(train.labels[index]), 1.0 / batch as f32);
            }
            gemm::transposed_times(&scores, &x, &mut gradient[..weights], (classes, batch, inputs), false);
            sum_rows(&scores, &mut gradient[weights..]);
            let done = (epoch * steps + step) as f32 / (config.control_epochs * steps) as f32;
            adam.step(&mut flat, &gradient, RATE * (1.0 - done), config.clip);
        }
    }
    let bias = flat.split_off(weights);
    Linear { classes, inputs, weight: flat, bias }
}
