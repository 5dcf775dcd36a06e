//! Quick accuracy of a model on labeled pictures, on the machine's numbers but with this module's own draws.
//!
//! For choosing and watching. The published numbers come from the bit-exact reference, which takes the machine's
//! very draws; both sample the same chain, so they agree within the sampling error.

use super::gemm;
use super::model::{DenseBlock, Linear, Model};
use super::params::{Folded, Layout};
use super::step::repeat_rows;
use crate::data::{Dataset, Encoder, Stream};
use crate::train::config::Format;
use crate::train::sign::sign;
use crate::train::table::{Table, random_spins};
use rayon::prelude::*;
use spinwright_contract::{Readout, Schedule};

/// Pictures that are computed together; fixed, so that the result does not depend on the threads.
const PICTURES: usize = 64;

/// How to sample in [`sampled_accuracy`].
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// Independent chains per picture, each from its own random spins.
    pub replicas: usize,
    /// Burn-in, retained sweeps (of every replica) and readout.
    pub schedule: Schedule,
    /// Delta to fold in.
    pub delta: f32,
    /// Names the draws.
    pub seed: u64,
}

/// Part of the pictures that the sampled model classifies correctly, 0 to 1 (0 without pictures).
///
/// # Panics
/// If the pictures do not have the encoder's size or the model is not valid.
pub fn sampled_accuracy(model: &Model, format: &Format, data: &Dataset, sampling: &Sampling) -> f64 {
    let folded = Folded::of_model(&model.block, &model.decoder, sampling.delta, Some(format));
    folded_accuracy(&folded, &model.encoder, format, data, sampling)
}

/// As [`sampled_accuracy`], of folded parameters.
pub(crate) fn folded_accuracy(
    folded: &Folded,
    encoder: &Encoder,
    format: &Format,
    data: &Dataset,
    sampling: &Sampling,
) -> f64 {
    let tables = (Table::new(format, format.hidden_fraction), Table::new(format, format.output_fraction));
    share_correct(data, |start, end| {
        let mut stream = Stream::new(&[sampling.seed, 0x0073_616d_706c, start as u64]);
        let pictures = end - start;
        let x = encode_all(encoder, data, start, end);
        let y = sample_signs(folded, &x, pictures, (&tables.0, &tables.1), sampling, &mut stream);
        let Layout { outputs, classes, .. } = folded.layout;
        let decoder =
            Linear { classes, inputs: outputs, weight: folded.weight.clone(), bias: folded.bias.clone() };
        count_correct(&decoder, &y, &data.labels[start..end])
    })
}

/// Part of the pictures classified correctly without any sampling: s1 = sign(b1 + K1 x), s2 = sign(b2 + K2 s1 +
/// K3 x), a zero counting as up, with the model's real numbers. A yardstick for what sampling costs.
///
/// # Panics
/// As for [`sampled_accuracy`].
pub fn feed_forward_accuracy(model: &Model, data: &Dataset) -> f64 {
    let DenseBlock { inputs, hidden, outputs, .. } = model.block;
    share_correct(data, |start, end| {
        let pictures = end - start;
        let x = encode_all(&model.encoder, data, start, end);
        let mut s1 = vec![0.0; pictures * hidden];
        repeat_rows(&model.block.b1, &mut s1);
        gemm::times_transposed(&x, &model.block.k1, &mut s1, (pictures, inputs, hidden), true);
        s1.iter_mut().for_each(|field| *field = sign(*field, 0.0));
        let mut s2 = vec![0.0; pictures * outputs];
        repeat_rows(&model.block.b2, &mut s2);
        gemm::times_transposed(&s1, &model.block.k2, &mut s2, (pictures, hidden, outputs), true);
        if let Some(k3) = &model.block.k3 {
            gemm::times_transposed(&x, k3, &mut s2, (pictures, inputs, outputs), true);
        }
        s2.iter_mut().for_each(|field| *field = sign(*field, 0.0));
        count_correct(&model.decoder, &s2, &data.labels[start..end])
    })
}

/// Part of the pictures that the control classifies correctly: its linear map directly on the inputs.
///
/// # Panics
/// As for [`sampled_accuracy`].
pub fn control_accuracy(control: &Linear, encoder: &Encoder, data: &Dataset) -> f64 {
    share_correct(data, |start, end| {
        count_correct(control, &encode_all(encoder, data, start, end), &data.labels[start..end])
    })
}

/// Runs all replicas of a few pictures and gives the sign of the sum for every output.
fn sample_signs(
    folded: &Folded,
    x: &[f32],
    pictures: usize,
    (hidden_table, output_table): (&Table, &Table),
    sampling: &Sampling,
    stream: &mut Stream,
) -> Vec<f32> {
    let Layout { inputs, hidden: h, outputs: n, skip, .. } = folded.layout;
    let mut hidden_base = vec![0.0; pictures * h];
    repeat_rows(&folded.b1, &mut hidden_base);
    gemm::times_transposed(x, &folded.k1, &mut hidden_base, (pictures, inputs, h), true);
    let mut output_base = vec![0.0; pictures * n];
    repeat_rows(&folded.b2, &mut output_base);
    if skip {
        gemm::times_transposed(x, &folded.k3, &mut output_base, (pictures, inputs, n), true);
    }
    let (mut hidden_field, mut hidden_spin) = (hidden_base.clone(), hidden_base.clone());
    let (mut output_field, mut output_spin) = (output_base.clone(), output_base.clone());
    let mut slopes = vec![0.0; pictures * h.max(n)];
    let (mut sums, mut last) = (vec![0.0; pictures * n], vec![0.0; pictures * n]);
    let Schedule { burn_in, retained, readout } = sampling.schedule;
    for _ in 0..sampling.replicas {
        random_spins(&mut output_spin, stream);
        for sweep in 0..burn_in + retained {
            hidden_field.copy_from_slice(&hidden_base);
            gemm::times(&output_spin, &folded.k2, &mut hidden_field, (pictures, n, h), true);
            hidden_table.sample(&mut hidden_field, &mut hidden_spin, &mut slopes, stream);
            output_field.copy_from_slice(&output_base);
            gemm::times_transposed(&hidden_spin, &folded.k2, &mut output_field, (pictures, h, n), true);
            output_table.sample(&mut output_field, &mut output_spin, &mut slopes, stream);
            if sweep >= burn_in {
                last.copy_from_slice(match readout {
                    Readout::Field => &output_field,
                    Readout::Spin => &output_spin,
                });
                sums.iter_mut().zip(&last).for_each(|(sum, value)| *sum += value);
            }
        }
    }
    sums.iter().zip(&last).map(|(&sum, &last)| sign(sum, last)).collect()
}

/// The inputs of pictures `start..end`, one row each.
pub(crate) fn encode_all(encoder: &Encoder, data: &Dataset, start: usize, end: usize) -> Vec<f32> {
    let mut x = vec![0.0; (end - start) * encoder.inputs()];
    for (index, row) in x.chunks_exact_mut(encoder.inputs()).enumerate() {
        encoder.encode_into(data.image(start + index), row);
    }
    x
}

fn count_correct(map: &Linear, rows: &[f32], labels: &[u8]) -> usize {
    let rows = rows.chunks_exact(map.inputs);
    rows.zip(labels).filter(|(row, label)| map.classify(row) == usize::from(**label)).count()
}

/// Adds up `correct(start, end)` over chunks of the pictures.
fn share_correct(data: &Dataset, correct: impl Fn(usize, usize) -> usize + Sync) -> f64 {
    let chunks = data.len().div_ceil(PICTURES);
    let total: usize = (0..chunks)
        .into_par_iter()
        .map(|chunk| correct(chunk * PICTURES, ((chunk + 1) * PICTURES).min(data.len())))
        .sum();
    if data.is_empty() { 0.0 } else { total as f64 / data.len() as f64 }
}
