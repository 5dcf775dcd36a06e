//! A run of one block: 32 images side by side through the whole schedule.

use super::bits::SpinRows;
use super::color::ColorState;
use super::draws::{Bank, DrawBuffer};
use super::layout::{COLUMNS, GROUP, Row, TILE, Tile, padded, padded_sources};
use super::sampler::{BatchResult, BatchStart, Part, RunPlan, Step, sweeps};
use super::table::Table;
use spinwright_contract::{Color, Readout};

/// Working memory of one block, reused from block to block.
pub(super) struct Block {
    colors: [ColorState; 2],
    inputs: Vec<Row<u32>>,
    /// Per output p-bit: up spins, or the sum of fields.
    sums: Vec<Row<i32>>,
    start_table: Table,
}

/// Sums that are being taken: how many contributions so far.
#[derive(Clone, Copy)]
struct Retained {
    readout: Readout,
    contributions: i32,
}

impl Block {
    /// Memory for blocks of `plan`.
    pub(super) fn new(plan: &RunPlan) -> Self {
        let config = plan.config;
        let bits = config.draw_bits();
        // One table of one threshold, one half, for every field: the random start.
        let start_table = Table::new(&[1 << (bits - 1); 2], bits);
        Self {
            colors: Color::ALL.map(|color| ColorState::new(plan, color)),
            inputs: vec![Row::default(); padded_sources(config.inputs())],
            sums: vec![Row::default(); padded(config.p_bits(Color::Output))],
            start_table,
        }
    }

    /// Runs the images from `first` on.
    pub(super) fn run(
        &mut self,
        plan: &RunPlan,
        first: usize,
        mut observe: Option<&mut dyn FnMut(Step)>,
    ) -> BatchResult {
        let images = (plan.batch.inputs.rows() - first).min(COLUMNS);
        let bits = plan.config.draw_bits();
        let mut bank = Bank::new(plan.config.lanes(), |lane, place| {
            plan.generator(first + DrawBuffer::image_at(bits, place), lane)
        });
        self.add_inputs(plan, first);
        self.start(plan, first, &mut bank);
        self.sums.fill(Row::default());
        let random = matches!(plan.batch.start, BatchStart::Random);
        if let Some(observe) = &mut observe {
            for (color, replica) in each_pass(plan) {
                self.report(color, replica, (first, images), (0, None, random), &mut **observe);
            }
        }
        let (schedule, replicas) = (&plan.batch.schedule, plan.config.replicas());
        for sweep in 1..=sweeps(schedule) as u32 {
            let done = sweep.saturating_sub(schedule.burn_in + 1) as i32 * replicas as i32;
            for (color, replica) in each_pass(plan) {
                let retained = (sweep > schedule.burn_in && color == Color::Output)
                    .then(|| Retained { readout: schedule.readout, contributions: done + replica as i32 });
                if replica == 0 {
                    self.colors[color.index()].take_draws(plan, &mut bank);
                }
                let keep_fields = observe.is_some() || retained.is_some();
                self.update(plan, color, replica, keep_fields, retained);
                if let Some(observe) = &mut observe {
                    self.report(color, replica, (first, images), (sweep, retained, true), &mut **observe);
                }
            }
        }
        self.result(plan, images)
    }

    /// Repeats one part of a sweep on the first images, for benchmarks.
    pub(super) fn repeat(&mut self, plan: &RunPlan, part: Part, times: u32) {
        let bits = plan.config.draw_bits();
        let mut bank = Bank::new(plan.config.lanes(), |lane, place| {
            plan.generator(DrawBuffer::image_at(bits, place), lane)
        });
        self.add_inputs(plan, 0);
        self.start(plan, 0, &mut bank);
        let mut exact = [Tile::default(); GROUP];
        for _ in 0..times {
            for (color, replica) in each_pass(plan) {
                let [hidden, output] = &mut self.colors;
                let (state, source) = match color {
                    Color::Hidden => (hidden, output),
                    Color::Output => (output, hidden),
                };
                let packed = &plan.model.colors[color.index()];
                let source = &source.spins[replica * source.spin_rows..][..source.spin_rows];
                match part {
                    Part::Draws if replica == 0 => state.take_draws(plan, &mut bank),
                    Part::Draws => {}
                    Part::Product => {
                        let entered = plan.model.kernels.enter();
                        for first in (0..state.tiles).step_by(GROUP) {
                            state.exact((plan, &entered), packed, source, first, &mut exact);
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
        }
        std::hint::black_box(&exact);
    }

    /// The inputs' contribution to every field.
    fn add_inputs(&mut self, plan: &RunPlan, first: usize) {
        let model = plan.model;
        let rows: [&[u64]; COLUMNS] =
            std::array::from_fn(|i| plan.batch.inputs.row_words(plan.image_or_last(first + i)));
        let mut masks = vec![[0; TILE]; padded(plan.config.inputs()) / TILE];
        for (word, masks) in masks.chunks_mut(64 / TILE).enumerate() {
            for (image, row) in rows.iter().enumerate() {
                for (bit, mask) in masks.iter_mut().flatten().enumerate() {
                    *mask |= ((row[word] >> bit & 1) as u32) << image;
                }
            }
        }
        for state in &mut self.colors {
            let color = &model.colors[state.color.index()];
            if color.input.is_some() {
                let rows = TILE / model.kernels.packing.p_bits();
                for (masks, rows) in masks.iter().zip(self.inputs.chunks_mut(rows)) {
                    // SAFETY: the processor has the path's instructions (`Kernels::of`).
                    unsafe { (model.kernels.store)(masks, color.input_amplitude, rows) }
                }
            }
            state.set_base(plan, color, &self.inputs);
        }
    }

    /// The states before the first sweep.
    fn start(&mut self, plan: &RunPlan, first: usize, bank: &mut Bank) {
        let replicas = plan.config.replicas();
        for state in &mut self.colors {
            match plan.batch.start {
                BatchStart::Random => {
                    state.take_draws(plan, bank);
                    for replica in 0..replicas {
                        for tile in 0..state.tiles {
                            state.compare(plan, replica, tile, &Tile::default(), &self.start_table);
                            state.clamp(replica, tile);
                            state.write_back(plan, replica, tile);
                        }
                    }
                }
                BatchStart::Host(states) | BatchStart::Keep(states) => {
                    let shared = states.rows() == replicas;
                    let offset =
                        if state.color == Color::Hidden { 0 } else { plan.config.p_bits(Color::Hidden) };
                    for replica in 0..replicas {
                        let row = |image| {
                            let image = if shared { 0 } else { plan.image_or_last(first + image) };
                            image * replicas + replica
                        };
                        for tile in 0..state.tiles {
                            let mut masks = [0; TILE];
                            for (p_bit, mask) in (tile * TILE..state.p_bits).zip(&mut masks) {
                                *mask = (0..COLUMNS).fold(0, |mask, image| {
                                    mask | u32::from(states.get(row(image), offset + p_bit)) << image
                                });
                            }
                            state.masks[replica * state.tiles + tile] = masks;
                            state.write_back(plan, replica, tile);
                        }
                    }
                }
            }
        }
    }

    /// Updates one color of one replica.
    fn update(
        &mut self,
        plan: &RunPlan,
        color: Color,
        replica: usize,
        keep_fields: bool,
        retained: Option<Retained>,
    ) {
        let [hidden, output] = &mut self.colors;
        let (state, source) = match color {
            Color::Hidden => (hidden, output),
            Color::Output => (output, hidden),
        };
        let packed = &plan.model.colors[color.index()];
        let kernels = &plan.model.kernels;
        let table = &packed.tables[plan.table(replica)];
        let source = &source.spins[replica * source.spin_rows..][..source.spin_rows];
        let entered = plan.model.kernels.enter();
        let mut exact = [Tile::default(); GROUP];
        for first in (0..state.tiles).step_by(GROUP) {
            let count = state.exact((plan, &entered), packed, source, first, &mut exact);
            for (tile, exact) in (first..).zip(&exact[..count]) {
                let at = if keep_fields { tile } else { 0 };
                state.compare_into(plan, replica, tile, exact, table, at);
                state.clamp(replica, tile);
                state.write_back(plan, replica, tile);
                if let Some(retained) = retained {
                    let sums = &mut self.sums[tile * TILE..][..TILE];
                    let masks = &state.masks[replica * state.tiles + tile];
                    // SAFETY: the processor has the path's instructions (`Kernels::of`).
                    unsafe {
                        match retained.readout {
                            Readout::Spin => (kernels.count)(masks, sums),
                            Readout::Field => (kernels.add_fields)(&state.fields[tile], sums),
                        }
                    }
                }
            }
        }
    }

    /// Sum of an output p-bit after `contributions` contributions.
    fn sum(&self, readout: Readout, contributions: i32, p_bit: usize, image: usize) -> i32 {
        let value = self.sums[p_bit].0[image];
        match readout {
            Readout::Spin => 2 * value - contributions,
            Readout::Field => value,
        }
    }

    /// Sums, signs and last states of the first `images` columns.
    fn result(&self, plan: &RunPlan, images: usize) -> BatchResult {
        let (config, schedule) = (plan.config, &plan.batch.schedule);
        let [hidden, output] = &self.colors;
        let last = config.replicas() - 1;
        let contributions = (u64::from(schedule.retained) * config.replicas() as u64) as i32;
        let mut result = BatchResult {
            sums: Vec::with_capacity(images * output.p_bits),
            signs: SpinRows::new(output.p_bits),
            states: SpinRows::new(config.total_p_bits()),
            draws_per_image: plan.draws_per_image,
        };
        for image in 0..images {
            let sum = |p_bit| self.sum(schedule.readout, contributions, p_bit, image);
            result.sums.extend((0..output.p_bits).map(sum));
            result.signs.push((0..output.p_bits).map(|p_bit| {
                match (sum(p_bit).signum(), schedule.readout) {
                    (0, Readout::Spin) => output.spin(last, p_bit, image),
                    (0, Readout::Field) => output.field(p_bit, image) >= 0,
                    (sign, _) => sign > 0,
                }
            }));
            for replica in 0..config.replicas() {
                let spins = |state: &ColorState| {
                    (0..state.p_bits).map(|p_bit| state.spin(replica, p_bit, image)).collect::<Vec<_>>()
                };
                result.states.push(spins(hidden).into_iter().chain(spins(output)));
            }
        }
        result
    }

    /// Calls `observe` for the images of the block.
    fn report(
        &self,
        color: Color,
        replica: usize,
        (first, images): (usize, usize),
        (sweep, retained, draws): (u32, Option<Retained>, bool),
        observe: &mut dyn FnMut(Step),
    ) {
        let state = &self.colors[color.index()];
        for image in 0..images {
            let all = 0..state.p_bits;
            let (spins, fields, drawn) = (
                all.clone(),
                if sweep > 0 { all.clone() } else { 0..0 },
                if draws { all.clone() } else { 0..0 },
            );
            observe(Step {
                image: first + image,
                sweep,
                color,
                replica,
                spins: spins.map(|p_bit| state.spin(replica, p_bit, image)).collect(),
                fields: fields.map(|p_bit| state.field(p_bit, image).into()).collect(),
                draws: drawn
                    .map(|p_bit| state.draws.get(replica * state.plan.stride + p_bit, image))
                    .collect(),
                sums: retained.map_or(Vec::new(), |r| {
                    all.map(|p_bit| self.sum(r.readout, r.contributions + 1, p_bit, image)).collect()
                }),
            });
        }
    }
}

/// Colors and replicas in the order of a sweep.
fn each_pass(plan: &RunPlan) -> impl Iterator<Item = (Color, usize)> + use<> {
    let replicas = plan.config.replicas();
    Color::ALL.into_iter().flat_map(move |color| (0..replicas).map(move |replica| (color, replica)))
}
