//! Forward and backward pass of one part of a batch through encoder, blocks and decoder.

use super::block::{BlockMemory, Chain, Objective, Weights, plane_buffer, rows_of, span};
use super::buffer::{Buffer, padded};
use super::distill::taught_gradient;
use super::encode::Patches;
use super::kernels::elementwise::{multiply_slopes, signs, sum_rows, tanhs};
use super::kernels::{Path, Rows, Start, convolve, correlate};
use super::norm::{Norm, add_bias};
use super::params::{Folded, Layout};
use super::taps::Gather;
use crate::data::Stream;
use crate::train::loss::softmax_gradient;
use spinwright_contract::config::{BlockShape, Plane};

/// Sums over the positions of a cell, and the way back.
pub(crate) struct Cells {
    /// Cell of every position.
    cell: Vec<usize>,
    stride: usize,
    count: usize,
}

impl Cells {
    pub(crate) fn new(layout: &Layout) -> Self {
        let (plane, (rows, columns)) = (layout.last(), layout.cells);
        let place = |row, column| row * rows / plane.rows * columns + column * columns / plane.columns;
        let positions = (0..plane.rows).flat_map(|row| (0..plane.columns).map(move |column| (row, column)));
        let cell = positions.map(|(row, column)| place(row, column)).collect();
        Cells { cell, stride: padded(plane.channels), count: rows * columns }
    }

    /// Floats of one picture's cells.
    pub(crate) fn span(&self) -> usize {
        self.count * self.stride
    }

    /// cells = sums of y, for every picture; surplus channels stay zero.
    pub(crate) fn gather(&self, plane: Plane, y: &[f32], cells: &mut [f32]) {
        cells.fill(0.0);
        let pictures = cells.chunks_exact_mut(self.span()).zip(y.chunks_exact(span(plane)));
        for (cells, y) in pictures {
            for (&cell, row) in self.cell.iter().zip(y.chunks_exact(self.stride)) {
                let target = &mut cells[cell * self.stride..][..plane.channels];
                target.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        }
    }

    /// y gets the gradient of its cell.
    fn scatter(&self, plane: Plane, cells: &[f32], y: &mut [f32]) {
        let pictures = cells.chunks_exact(self.span()).zip(y.chunks_exact_mut(span(plane)));
        for (cells, y) in pictures {
            for (&cell, row) in self.cell.iter().zip(y.chunks_exact_mut(self.stride)) {
                row.copy_from_slice(&cells[cell * self.stride..][..self.stride]);
            }
        }
    }
}

/// Memory of one part of a batch, reused from step to step.
pub(crate) struct Shard {
    pub(crate) patches: Patches,
    pub(crate) labels: Vec<u8>,
    /// The teacher's probabilities of every picture's classes; empty without a teacher.
    pub(crate) lessons: Vec<f32>,
    field: Buffer,
    x: Buffer,
    x_gradient: Buffer,
    pub(crate) blocks: Vec<BlockMemory>,
    pub(crate) norm: Norm,
    cells: Cells,
    cell_values: Buffer,
    cell_gradient: Buffer,
    rows: Gather,
    scores: Buffer,
    /// Gradient of the flat parameters.
    pub(crate) gradient: Buffer,
    /// Sum of the losses of these pictures, divided by the batch.
    pub(crate) loss: f64,
    /// Pictures classified correctly.
    pub(crate) correct: usize,
}

impl Shard {
    /// Memory for up to `pictures` pictures and `sweeps` sweeps, for the recipe `paper` if `kept`.
    pub(crate) fn new(layout: &Layout, pictures: usize, sweeps: usize, kept: bool) -> Self {
        let memory = |&shape: &BlockShape| BlockMemory::new(shape, pictures, sweeps, kept);
        let cells = Cells::new(layout);
        let buffer = || plane_buffer(layout.encoded, pictures);
        Shard {
            patches: Patches::new(layout.picture, layout.encoded, layout.encoder_kernel, pictures),
            labels: vec![0; pictures],
            lessons: Vec::new(),
            field: buffer(),
            x: buffer(),
            x_gradient: buffer(),
            blocks: layout.shapes.iter().map(memory).collect(),
            norm: Norm::default(),
            cell_values: Buffer::zeros(pictures * cells.span()),
            cell_gradient: Buffer::zeros(pictures * cells.span()),
            cells,
            rows: Gather::same(1, pictures),
            scores: Buffer::zeros(pictures * layout.decoder.width()),
            gradient: Buffer::zeros(layout.total),
            loss: 0.0,
            correct: 0,
        }
    }

    /// One pass over the first `pictures` pictures of `patches` and `labels`: sets `gradient`, `loss` and `correct`.
    #[expect(clippy::too_many_arguments, reason = "all of it changes from call to call")]
    pub(crate) fn run(
        &mut self,
        path: Path,
        pictures: usize,
        layout: &Layout,
        folded: &Folded,
        chains: &Chain,
        objective: &Objective,
        stream: &mut Stream,
    ) {
        self.encode(path, pictures, layout, folded, chains, objective.normalize);
        for index in 0..self.blocks.len() {
            let (before, after) = self.blocks.split_at_mut(index);
            let x = before.last().map_or(&self.x, |block| &block.y);
            let weights = weights(layout, folded, index);
            match objective.paper {
                Some(paper) => {
                    after[0].forward_paper(path, pictures, x, &weights, chains, objective, paper, stream);
                }
                None => after[0].forward(path, pictures, x, &weights, chains, objective, stream),
            }
        }
        self.decode(path, pictures, layout, folded, objective);
        for index in (0..self.blocks.len()).rev() {
            let (before, after) = self.blocks.split_at_mut(index);
            let (x, target) = match before.last_mut() {
                Some(block) => (&block.y, &mut block.y_gradient),
                None => (&self.x, &mut self.x_gradient),
            };
            let weights = weights(layout, folded, index);
            let (block, sum) = (&mut after[0], &mut self.gradient);
            self.loss += match objective.paper {
                Some(paper) => {
                    block.backward_paper(path, pictures, x, &weights, objective, paper, sum, Some(target))
                }
                None => {
                    let loss = block.through_sign(path, pictures, objective);
                    block.backward(path, pictures, x, &weights, objective, sum, Some(target));
                    loss
                }
            };
        }
        self.encode_backward(path, pictures, layout, folded, objective.normalize);
    }

    fn encode(
        &mut self,
        path: Path,
        pictures: usize,
        layout: &Layout,
        folded: &Folded,
        chain: &Chain,
        normalize: bool,
    ) {
        let plane = layout.encoded;
        let (rows, width) = (pictures * plane.positions(), padded(plane.channels));
        let field = &mut self.field[..rows * width];
        let bias = &folded.values[layout.encoder_bias.range()];
        let start = if normalize { Start::Zero } else { Start::Row(bias) };
        let weights = &folded.values[layout.encoder.range()];
        convolve(
            path.exact(),
            &self.patches.gather,
            rows,
            patch_rows(&self.patches, layout),
            weights,
            field,
            width,
            start,
        );
        if let (true, Some(gains)) = (normalize, &layout.gains) {
            self.norm.forward(field, &folded.values[gains.encoder.range()]);
            add_bias(field, bias);
        }
        let x = &mut self.x[..rows * width];
        match chain {
            Chain::Sampled { .. } => signs(path, field, field, x),
            Chain::Smooth => tanhs(path, field, x),
        }
    }

    /// Straight through the sign with the slope of tanh.
    fn encode_backward(
        &mut self,
        path: Path,
        pictures: usize,
        layout: &Layout,
        folded: &Folded,
        normalize: bool,
    ) {
        let plane = layout.encoded;
        let (rows, width) = (pictures * plane.positions(), padded(plane.channels));
        let gradients = &mut self.x_gradient[..rows * width];
        multiply_slopes(path, gradients, &self.field);
        sum_rows(path, gradients, &mut self.gradient[layout.encoder_bias.range()]);
        if let (true, Some(gains)) = (normalize, &layout.gains) {
            let range = gains.encoder.range();
            self.norm.backward(gradients, &folded.values[range.clone()], &mut self.gradient[range]);
        }
        let sum = &mut self.gradient[layout.encoder.range()];
        sum.fill(0.0);
        correlate(
            path.exact(),
            &self.patches.gather,
            rows,
            patch_rows(&self.patches, layout),
            gradients,
            width,
            sum,
        );
    }

    /// Scores, cross-entropy, and their gradients for the decoder and for every y.
    fn decode(
        &mut self,
        path: Path,
        pictures: usize,
        layout: &Layout,
        folded: &Folded,
        objective: &Objective,
    ) {
        let (plane, width, span) = (layout.last(), layout.decoder.width(), self.cells.span());
        let y = self.blocks.last().map_or(&self.x, |block| &block.y);
        let cells = &mut self.cell_values[..pictures * span];
        self.cells.gather(plane, y, cells);
        let source = Rows { values: &self.cell_values, stride: span, channels: span };
        let (weight, bias) = (layout.decoder.range(), layout.decoder_bias.range());
        let scores = &mut self.scores[..pictures * width];
        let start = Start::Row(&folded.values[bias.clone()]);
        convolve(
            path.exact(),
            &self.rows,
            pictures,
            source,
            &folded.values[weight.clone()],
            scores,
            width,
            start,
        );
        let share = 1.0 / objective.batch as f32;
        (self.loss, self.correct) = (0.0, 0);
        for (picture, (row, &label)) in scores.chunks_exact_mut(width).zip(&self.labels).enumerate() {
            let (row, label) = (&mut row[..layout.classes], usize::from(label));
            let lesson = self.lessons.get(picture * layout.classes..(picture + 1) * layout.classes);
            let (loss, correct) = match lesson {
                Some(lesson) => taught_gradient(row, label, lesson, &objective.losses, share),
                None => softmax_gradient(row, label, share),
            };
            self.loss += loss;
            self.correct += usize::from(correct);
        }
        sum_rows(path, scores, &mut self.gradient[bias]);
        let sum = &mut self.gradient[weight];
        sum.fill(0.0);
        correlate(path.exact(), &self.rows, pictures, source, scores, width, sum);
        let source = Rows { values: &self.scores, stride: width, channels: layout.classes };
        let turned = &folded.decoder_transposed;
        convolve(
            path.exact(),
            &self.rows,
            pictures,
            source,
            turned,
            &mut self.cell_gradient,
            span,
            Start::Zero,
        );
        let target = match self.blocks.last_mut() {
            Some(block) => &mut block.y_gradient,
            None => &mut self.x_gradient,
        };
        self.cells.scatter(plane, &self.cell_gradient[..pictures * span], target);
    }
}

/// The folded weights of block `index`.
pub(crate) fn weights<'a>(layout: &'a Layout, folded: &'a Folded, index: usize) -> Weights<'a> {
    Weights {
        tensors: &layout.blocks[index],
        values: &folded.values,
        transposed: &folded.transposed[index],
        delta: folded.delta,
        gains: layout.gains.as_ref().map(|gains| &gains.blocks[index]),
    }
}

/// Patches as the source of a product.
pub(crate) fn patch_rows<'a>(patches: &'a Patches, layout: &Layout) -> Rows<'a> {
    let taps = layout.encoder_kernel.taps();
    rows_of(&patches.values, Plane { channels: taps, ..layout.encoded })
}
