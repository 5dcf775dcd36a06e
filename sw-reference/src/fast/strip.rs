//! A run of 32 images side by side: encoder, blocks, decoder.

use super::batch::{BatchInputs, BatchResult, Part, RunPlan};
use super::bits::SpinRows;
use super::draws::{Bank, DrawBuffer};
use super::ends;
use super::layout::{COLUMNS, GROUP, PlaneLayout, Row, TILE, Tile};
use super::stage::{Masks, Observe, Stage, each_pass, pair};
use spinwright_contract::Color;

/// Working memory of one strip, reused from strip to strip.
pub(super) struct Strip {
    stages: Vec<Stage>,
    /// The last block's signs as the decoder reads them.
    signs: Vec<Row<u32>>,
}

impl Strip {
    /// Memory for strips of `plan`.
    pub(super) fn new(plan: &RunPlan) -> Self {
        let last = PlaneLayout::of(plan.config.last_block().output);
        let rows = if plan.model.decoder.is_some() { last.spin_rows(plan.model.kernels.packing) } else { 0 };
        Self {
            stages: plan.config.blocks().map(|sizes| Stage::new(plan, &sizes)).collect(),
            signs: vec![Row::default(); rows],
        }
    }

    /// Runs the images from `first` on.
    pub(super) fn run(&mut self, plan: &RunPlan, first: usize, mut observe: Observe) -> BatchResult {
        let images = (plan.images() - first).min(COLUMNS);
        let mut bank = generators(plan, first);
        let mut spins = inputs(plan, first);
        for stage in &mut self.stages {
            stage.run(plan, &spins, (first, images), &mut bank, &mut observe);
            spins = stage.signs(plan);
        }
        self.result(plan, images, &spins)
    }

    /// Repeats one part of a sweep of every block on the first images, for benchmarks.
    pub(super) fn repeat(&mut self, plan: &RunPlan, part: Part, times: u32) {
        let mut bank = generators(plan, 0);
        let mut spins = inputs(plan, 0);
        let mut exact = [Tile::default(); GROUP];
        for stage in &mut self.stages {
            stage.add_inputs(plan, &spins);
            stage.start(plan, 0, &mut bank);
            let block = &plan.model.blocks[stage.block];
            for (color, replica) in (0..times).flat_map(|_| each_pass(plan)) {
                let (state, source) = pair(&mut stage.colors, color);
                let packed = &block[color.index()];
                let source = &source.spins[replica * source.spin_rows..][..source.spin_rows];
                match part {
                    Part::Draws if replica == 0 => state.take_draws(plan, &mut bank),
                    Part::Draws => {}
                    Part::Product => {
                        let entered = plan.model.kernels.enter();
                        for group in state.groups() {
                            state.exact((plan, &entered), packed, source, group, &mut exact);
                        }
                    }
                    Part::Decision => {
                        for tile in 0..state.tiles {
                            state.compare_into(plan, replica, tile, &exact[0], &packed.tables[0], 0);
                            state.write_back(plan, replica, tile);
                        }
                    }
                }
            }
            spins = stage.signs(plan);
        }
        std::hint::black_box(&exact);
    }

    /// Sums, last states and scores of the first `images` columns; `signs` are the last block's.
    fn result(&mut self, plan: &RunPlan, images: usize, signs: &Masks) -> BatchResult {
        let mut result = plan.no_images();
        let Some(stage) = self.stages.last() else { return result };
        let [hidden, output] = &stage.colors;
        for image in 0..images {
            result.sums.extend(stage.sums(plan, image));
            result.signs.push((0..output.layout.p_bits()).map(|p_bit| {
                let row = output.layout.row(p_bit);
                signs[row / TILE][row % TILE] >> image & 1 == 1
            }));
            for replica in 0..plan.config.replicas() {
                let of = |color: Color| {
                    let state = if color == Color::Hidden { hidden } else { output };
                    (0..state.layout.p_bits()).map(move |p_bit| state.spin(replica, p_bit, image))
                };
                result.states.push(of(Color::Hidden).chain(of(Color::Output)));
            }
        }
        if let Some(decoder) = &plan.model.decoder {
            let mut scores = ends::scores(plan, decoder, signs, &mut self.signs);
            scores.truncate(images * decoder.classes);
            result.classes = scores.chunks_exact(decoder.classes).map(ends::class).collect();
            result.scores = scores;
        }
        result
    }
}

/// The generators of the strip that starts at image `first`.
fn generators(plan: &RunPlan, first: usize) -> Bank {
    let bits = plan.config.draw_bits();
    Bank::new(plan.config.lanes(), |lane, place| {
        plan.generator(first + DrawBuffer::image_at(bits, place), lane)
    })
}

/// The first block's input spins, written by the host or by the encoder.
fn inputs(plan: &RunPlan, first: usize) -> Masks {
    let layout = PlaneLayout::of(plan.config.block().input);
    match (plan.batch.inputs, &plan.model.encoder) {
        (BatchInputs::Pictures(pixels), Some(encoder)) => ends::encode(plan, encoder, |image| {
            &pixels[plan.image_or_last(first + image) * encoder.picture..][..encoder.picture]
        }),
        (BatchInputs::Spins(inputs), _) => turned(plan, inputs, first, layout),
        (BatchInputs::Pictures(_), None) => unreachable!("refused by `Batch::check`"),
    }
}

/// Input spins of 32 images as masks.
fn turned(plan: &RunPlan, inputs: &SpinRows, first: usize, layout: PlaneLayout) -> Masks {
    let rows: [&[u64]; COLUMNS] = std::array::from_fn(|i| inputs.row_words(plan.image_or_last(first + i)));
    let mut masks = vec![[0; TILE]; layout.tiles()];
    for word in 0..layout.p_bits().div_ceil(64) {
        let mut bits = [0u32; 64];
        for (image, row) in rows.iter().enumerate() {
            for (bit, mask) in bits.iter_mut().enumerate() {
                *mask |= ((row[word] >> bit & 1) as u32) << image;
            }
        }
        for (p_bit, &mask) in (word * 64..layout.p_bits()).zip(&bits) {
            let row = layout.row(p_bit);
            masks[row / TILE][row % TILE] = mask;
        }
    }
    masks
}
