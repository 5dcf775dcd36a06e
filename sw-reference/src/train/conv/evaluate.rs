//! Quick accuracy of a model on labeled pictures, on the machine's numbers but with this module's own draws.
//!
//! For choosing and watching. The published numbers come from the bit-exact reference, which takes the machine's
//! very draws; both sample the same chain, so they agree within the sampling error.

use super::block::{Wires, plane_buffer, span};
use super::buffer::{Buffer, padded};
use super::config::ConvFormat;
use super::encode::Patches;
use super::kernels::elementwise::{add, signs};
use super::kernels::{Path, Rows, Start, convolve};
use super::params::{Folded, Layout};
use super::shard::{Cells, patch_rows, weights};
use super::taps::Gather;
use crate::data::{Dataset, Stream};
use crate::models::ConvModel;
use crate::train::table::{Table, random_spins};
use rayon::prelude::*;
use spinwright_contract::{Readout, Schedule};

/// Pictures that are computed together; fixed, so that the result does not depend on the threads.
const PICTURES: usize = 16;

/// How to sample in [`sampled_accuracy`].
#[derive(Clone, Debug)]
pub struct Sampling {
    /// Independent chains per picture, each from its own random spins.
    pub replicas: usize,
    /// Burn-in, retained sweeps (of every replica) and readout of every block; the last one holds for all that follow.
    pub schedules: Vec<Schedule>,
    /// Delta to fold in.
    pub delta: f32,
    /// Names the draws.
    pub seed: u64,
}

impl Sampling {
    /// The schedule of block `index`.
    fn schedule(&self, index: usize) -> Schedule {
        self.schedules[index.min(self.schedules.len() - 1)]
    }
}

/// Part of the pictures that the sampled model classifies correctly, 0 to 1 (0 without pictures). Every picture counts
/// `replicas` x (burn-in + retained) sweeps for every block.
///
/// # Panics
/// If the pictures do not have the encoder's size, the model is not valid, or `schedules` is empty.
pub fn sampled_accuracy(model: &ConvModel, format: &ConvFormat, data: &Dataset, sampling: &Sampling) -> f64 {
    let layout = Layout::of_model(model);
    let mut folded = Folded::new(&layout, sampling.delta);
    folded.fill(&layout, &layout.flatten(model), Some(format));
    folded_accuracy(&layout, &folded, format, data, sampling)
}

/// As [`sampled_accuracy`], of folded parameters.
pub(crate) fn folded_accuracy(
    layout: &Layout,
    folded: &Folded,
    format: &ConvFormat,
    data: &Dataset,
    sampling: &Sampling,
) -> f64 {
    let scores = folded_scores(layout, folded, format, data, sampling);
    let found = scores.chunks_exact(layout.classes).map(first_largest);
    let correct = found.zip(&data.labels).filter(|(found, label)| *found == usize::from(**label)).count();
    if data.is_empty() { 0.0 } else { correct as f64 / data.len() as f64 }
}

/// The decoder's scores of the sampled model, pictures x classes.
pub(crate) fn folded_scores(
    layout: &Layout,
    folded: &Folded,
    format: &ConvFormat,
    data: &Dataset,
    sampling: &Sampling,
) -> Vec<f32> {
    let chunks = data.len().div_ceil(PICTURES);
    let tables = (
        Table::new(&format.block, format.block.hidden_fraction),
        Table::new(&format.block, format.block.output_fraction),
    );
    let parts: Vec<Vec<f32>> = (0..chunks)
        .into_par_iter()
        .map_init(
            || Memory::new(layout, format),
            |memory, chunk| {
                let pictures = chunk * PICTURES..((chunk + 1) * PICTURES).min(data.len());
                memory.scores(layout, folded, &tables, data, pictures, sampling)
            },
        )
        .collect();
    parts.concat()
}

struct BlockMemory {
    wires: Wires,
    hidden_base: Buffer,
    output_base: Buffer,
    hidden_field: Buffer,
    output_field: Buffer,
    hidden_spin: Buffer,
    output_spin: Buffer,
    slopes: Vec<f32>,
    sums: Vec<f32>,
    last: Vec<f32>,
    y: Buffer,
}

struct Memory {
    path: Path,
    patches: Patches,
    field: Buffer,
    x: Buffer,
    blocks: Vec<BlockMemory>,
    cells: Cells,
    cell_values: Buffer,
    rows: Gather,
    scores: Buffer,
}

impl Memory {
    fn new(layout: &Layout, format: &ConvFormat) -> Self {
        let blocks = layout.shapes.iter().map(|&shape| {
            let (hidden, output) =
                (plane_buffer(shape.hidden, PICTURES), plane_buffer(shape.output, PICTURES));
            BlockMemory {
                wires: Wires::new(shape, PICTURES),
                slopes: vec![0.0; hidden.len().max(output.len())],
                sums: vec![0.0; output.len()],
                last: vec![0.0; output.len()],
                hidden_base: hidden.clone(),
                hidden_field: hidden.clone(),
                hidden_spin: hidden,
                output_base: output.clone(),
                output_field: output.clone(),
                output_spin: output.clone(),
                y: output,
            }
        });
        let cells = Cells::new(layout);
        Memory {
            path: Path::fastest(Some(format.block.weight_bits)),
            patches: Patches::new(layout.picture, layout.encoded, layout.encoder_kernel, PICTURES),
            field: plane_buffer(layout.encoded, PICTURES),
            x: plane_buffer(layout.encoded, PICTURES),
            blocks: blocks.collect(),
            cell_values: Buffer::zeros(PICTURES * cells.span()),
            cells,
            rows: Gather::same(1, PICTURES),
            scores: Buffer::zeros(PICTURES * layout.decoder.width()),
        }
    }

    fn scores(
        &mut self,
        layout: &Layout,
        folded: &Folded,
        tables: &(Table, Table),
        data: &Dataset,
        range: std::ops::Range<usize>,
        sampling: &Sampling,
    ) -> Vec<f32> {
        let (path, pictures) = (self.path, range.len());
        let mut stream = Stream::new(&[sampling.seed, 0x6576_616c, range.start as u64]);
        for (place, index) in range.enumerate() {
            self.patches.fill(place, data.image(index));
        }
        let (rows, width) = (pictures * layout.encoded.positions(), padded(layout.encoded.channels));
        let field = &mut self.field[..rows * width];
        let bias = Start::Row(&folded.values[layout.encoder_bias.range()]);
        let encoder = &folded.values[layout.encoder.range()];
        convolve(
            path.exact(),
            &self.patches.gather,
            rows,
            patch_rows(&self.patches, layout),
            encoder,
            field,
            width,
            bias,
        );
        signs(path, field, field, &mut self.x[..rows * width]);
        for index in 0..self.blocks.len() {
            let (before, after) = self.blocks.split_at_mut(index);
            let x = before.last().map_or(&self.x, |block| &block.y);
            let weights = weights(layout, folded, index);
            let block = &mut after[0];
            block.wires.bases(path, pictures, &weights, x, &mut block.hidden_base, &mut block.output_base);
            let schedule = sampling.schedule(index);
            block.sample(path, pictures, &weights, tables, (sampling.replicas, schedule), &mut stream);
        }
        let y = self.blocks.last().map_or(&self.x, |block| &block.y);
        let (width, span) = (layout.decoder.width(), self.cells.span());
        self.cells.gather(layout.last(), y, &mut self.cell_values[..pictures * span]);
        let scores = &mut self.scores[..pictures * width];
        let bias = Start::Row(&folded.values[layout.decoder_bias.range()]);
        let source = Rows { values: &self.cell_values, stride: span, channels: span };
        let decoder = &folded.values[layout.decoder.range()];
        convolve(path.exact(), &self.rows, pictures, source, decoder, scores, width, bias);
        scores.chunks_exact(width).flat_map(|row| &row[..layout.classes]).copied().collect()
    }
}

impl BlockMemory {
    /// All replicas, one after the other; leaves the signs in `y`.
    fn sample(
        &mut self,
        path: Path,
        pictures: usize,
        weights: &super::block::Weights,
        tables: &(Table, Table),
        (replicas, schedule): (usize, Schedule),
        stream: &mut Stream,
    ) {
        let (hs, ns) = (pictures * span(self.wires.shape.hidden), pictures * span(self.wires.shape.output));
        let Schedule { burn_in, retained, readout } = schedule;
        self.sums[..ns].fill(0.0);
        for _ in 0..replicas {
            random_spins(&mut self.output_spin[..ns], stream);
            for sweep in 0..burn_in + retained {
                let (base, field) = (&self.hidden_base, &mut self.hidden_field);
                self.wires.to_hidden(path, pictures, weights, &self.output_spin, base, field);
                let slopes = &mut self.slopes[..hs];
                tables.0.sample(&mut self.hidden_field[..hs], &mut self.hidden_spin[..hs], slopes, stream);
                let (base, field) = (&self.output_base, &mut self.output_field);
                self.wires.to_output(path, pictures, weights, &self.hidden_spin, base, field);
                let slopes = &mut self.slopes[..ns];
                tables.1.sample(&mut self.output_field[..ns], &mut self.output_spin[..ns], slopes, stream);
                if sweep >= burn_in {
                    let added = match readout {
                        Readout::Field => &self.output_field[..ns],
                        Readout::Spin => &self.output_spin[..ns],
                    };
                    self.last[..ns].copy_from_slice(added);
                    add(path, &mut self.sums[..ns], added);
                }
            }
        }
        signs(path, &self.sums[..ns], &self.last[..ns], &mut self.y[..ns]);
    }
}

/// The class with the largest score, the lowest among equals.
fn first_largest(scores: &[f32]) -> usize {
    let mut best = 0;
    for (class, &score) in scores.iter().enumerate() {
        if score > scores[best] {
            best = class;
        }
    }
    best
}
