//! A run of 32 images side by side: encoder, blocks, decoder.

use super::batch::{BatchInputs, BatchResult, Part, RunPlan};
use super::bits::{SpinRows, TURNED, turn};
use super::draws::{Bank, DrawBuffer};
use super::ends;
use super::layout::{COLUMNS, GROUP, PlaneLayout, Row, TILE, Tile};
use super::stage::{Masks, Observe, Stage, each_pass, pair};

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
        let of = |masks: &[[u32; TILE]], layout: PlaneLayout| -> Vec<u32> {
            layout.rows().map(|row| masks[row / TILE][row % TILE]).collect()
        };
        result.sums = stage.sums(plan, images);
        result.signs.push_turned(&of(signs, output.layout), images);
        // One row per image and replica: the replicas' rows alternate.
        let replicas = plan.config.replicas();
        let width = result.states.width();
        let of_replica = (0..replicas).map(|replica| {
            let mut masks = of(hidden.of_replica(replica), hidden.layout);
            masks.extend(of(output.of_replica(replica), output.layout));
            let mut rows = SpinRows::new(width);
            rows.push_turned(&masks, images);
            rows
        });
        result.states = SpinRows::interleaved(width, &of_replica.collect::<Vec<_>>());
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
    let mut places = layout.rows();
    for part in 0..layout.p_bits().div_ceil(TURNED) {
        let mut bits = rows.map(|row| (row[part / 2] >> (part % 2 * TURNED)) as u32);
        turn(&mut bits);
        for (mask, row) in bits.into_iter().zip(places.by_ref()) {
            masks[row / TILE][row % TILE] = mask;
        }
    }
    masks
}
