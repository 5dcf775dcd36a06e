//! One thermodynamic block of a strip: start, sweeps, sums.

use super::batch::{BatchStart, RunPlan, Step, sweeps};
use super::color::ColorState;
use super::draws::Bank;
use super::layout::{COLUMNS, GROUP, PlaneLayout, Row, TILE, Tile};
use super::table::Table;
use spinwright_contract::config::BlockSizes;
use spinwright_contract::{Color, Readout, Schedule};

/// Spins of a plane as masks: tile by tile, bit i of a row is image i of the strip.
pub(super) type Masks = Vec<[u32; TILE]>;

/// What is told of every pass over a color.
pub(super) type Observe<'a> = Option<&'a mut dyn FnMut(Step)>;

/// Working memory of one block of the machine, reused from strip to strip.
pub(super) struct Stage {
    /// The block's number.
    pub block: usize,
    schedule: Schedule,
    pub colors: [ColorState; 2],
    inputs: Vec<Row<u32>>,
    /// Per row of the output plane: up spins, or the sum of fields.
    sums: Vec<Row<i32>>,
    start_table: Table,
}

/// Sums that are being taken: how many contributions so far.
#[derive(Clone, Copy)]
struct Retained {
    readout: Readout,
    contributions: i32,
}

impl Stage {
    /// Memory for one block.
    pub(super) fn new(plan: &RunPlan, sizes: &BlockSizes) -> Self {
        let bits = plan.config.draw_bits();
        let input_layout = PlaneLayout::of(sizes.shape.input);
        let colors = Color::ALL.map(|color| ColorState::new(plan, sizes, color));
        Self {
            block: sizes.index,
            schedule: plan.batch.schedules[sizes.index],
            inputs: vec![Row::default(); input_layout.spin_rows(plan.model.kernels.packing)],
            sums: vec![Row::default(); colors[1].tiles * TILE],
            colors,
            // One table of one threshold, one half, for every field: the random start.
            start_table: Table::new(&[1 << (bits - 1); 2], bits),
        }
    }

    /// Runs the block on input spins for the strip of `images` images from `first` on.
    pub(super) fn run(
        &mut self,
        plan: &RunPlan,
        inputs: &Masks,
        (first, images): (usize, usize),
        bank: &mut Bank,
        observe: &mut Observe,
    ) {
        self.add_inputs(plan, inputs);
        self.start(plan, first, bank);
        self.sums.fill(Row::default());
        let random = matches!(plan.batch.start, BatchStart::Random);
        if let Some(observe) = observe {
            for (color, replica) in each_pass(plan) {
                self.report(color, replica, (first, images), (0, None, random), &mut **observe);
            }
        }
        let (schedule, replicas) = (self.schedule, plan.config.replicas());
        for sweep in 1..=sweeps(&schedule) as u32 {
            let done = sweep.saturating_sub(schedule.burn_in + 1) as i32 * replicas as i32;
            for (color, replica) in each_pass(plan) {
                let retained = (sweep > schedule.burn_in && color == Color::Output)
                    .then(|| Retained { readout: schedule.readout, contributions: done + replica as i32 });
                if replica == 0 {
                    self.colors[color.index()].take_draws(plan, bank);
                }
                let keep_fields = observe.is_some() || retained.is_some();
                self.update(plan, color, replica, keep_fields, retained);
                if let Some(observe) = observe {
                    self.report(color, replica, (first, images), (sweep, retained, true), &mut **observe);
                }
            }
        }
    }

    /// The inputs' contribution to every field.
    pub(super) fn add_inputs(&mut self, plan: &RunPlan, inputs: &Masks) {
        let kernels = &plan.model.kernels;
        for state in &mut self.colors {
            let color = &plan.model.blocks[self.block][state.color.index()];
            if color.input.is_some() {
                let rows = TILE / kernels.packing.p_bits();
                for (masks, rows) in inputs.iter().zip(self.inputs.chunks_exact_mut(rows)) {
                    // SAFETY: the processor has the path's instructions (`Kernels::of`).
                    unsafe { (kernels.store)(masks, color.input_amplitude, rows) }
                }
            }
            state.set_base(plan, color, &self.inputs);
        }
    }

    /// The states before the first sweep.
    pub(super) fn start(&mut self, plan: &RunPlan, first: usize, bank: &mut Bank) {
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
                    let offset = plan.first_p_bit(self.block, state.color);
                    for replica in 0..replicas {
                        let row = |image| {
                            let image = if shared { 0 } else { plan.image_or_last(first + image) };
                            image * replicas + replica
                        };
                        let of_replica = &mut state.masks[replica * state.tiles..][..state.tiles];
                        of_replica.fill([0; TILE]);
                        for p_bit in 0..state.layout.p_bits() {
                            let place = state.layout.row(p_bit);
                            of_replica[place / TILE][place % TILE] = (0..COLUMNS).fold(0, |mask, image| {
                                mask | u32::from(states.get(row(image), offset + p_bit)) << image
                            });
                        }
                        (0..state.tiles).for_each(|tile| state.write_back(plan, replica, tile));
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
        let packed = &plan.model.blocks[self.block][color.index()];
        let (state, source) = pair(&mut self.colors, color);
        let kernels = &plan.model.kernels;
        let table = &packed.tables[plan.table(replica)];
        let source = &source.spins[replica * source.spin_rows..][..source.spin_rows];
        let entered = plan.model.kernels.enter();
        let mut exact = [Tile::default(); GROUP];
        for (first, count) in state.groups() {
            state.exact((plan, &entered), packed, source, (first, count), &mut exact);
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

    /// Contributions of a whole run.
    fn all_contributions(&self, plan: &RunPlan) -> i32 {
        (u64::from(self.schedule.retained) * plan.config.replicas() as u64) as i32
    }

    /// Sum of a row of the output plane after `contributions` contributions.
    fn sum(&self, contributions: i32, row: usize, image: usize) -> i32 {
        let value = self.sums[row].0[image];
        match self.schedule.readout {
            Readout::Spin => 2 * value - contributions,
            Readout::Field => value,
        }
    }

    /// The readout sums of the first `images` images, image by image, output p-bits in order.
    pub(super) fn sums(&self, plan: &RunPlan, images: usize) -> Vec<i32> {
        let (layout, contributions) = (self.colors[1].layout, self.all_contributions(plan));
        let mut sums = Vec::with_capacity(images * layout.p_bits());
        for image in 0..images {
            sums.extend(layout.rows().map(|row| self.sum(contributions, row, image)));
        }
        sums
    }

    /// The signs of the sums; rows of the plane without a p-bit are down.
    pub(super) fn signs(&self, plan: &RunPlan) -> Masks {
        let (output, last) = (&self.colors[1], plan.config.replicas() - 1);
        let contributions = self.all_contributions(plan);
        let mut signs = vec![[0; TILE]; output.tiles];
        for row in output.layout.rows() {
            let (mut up, mut tied) = (0, 0);
            for image in 0..COLUMNS {
                let sum = self.sum(contributions, row, image);
                up |= u32::from(sum > 0) << image;
                tied |= u32::from(sum == 0) << image;
            }
            if tied != 0 {
                // The last value added decides.
                let latest = match self.schedule.readout {
                    Readout::Spin => output.masks[last * output.tiles + row / TILE][row % TILE],
                    Readout::Field => {
                        let fields = &output.fields[row / TILE][row % TILE];
                        fields.0.iter().rev().fold(0, |mask, &field| mask << 1 | u32::from(field >= 0))
                    }
                };
                up |= tied & latest;
            }
            signs[row / TILE][row % TILE] = up;
        }
        signs
    }

    /// Calls `observe` for the images of the strip.
    fn report(
        &self,
        color: Color,
        replica: usize,
        (first, images): (usize, usize),
        (sweep, retained, draws): (u32, Option<Retained>, bool),
        observe: &mut dyn FnMut(Step),
    ) {
        let state = &self.colors[color.index()];
        let p_bits = state.layout.p_bits();
        for image in 0..images {
            let all = 0..p_bits;
            let fields = if sweep == 0 { 0..0 } else { 0..p_bits };
            let drawn = if draws { 0..p_bits } else { 0..0 };
            observe(Step {
                image: first + image,
                block: self.block,
                sweep,
                color,
                replica,
                spins: all.clone().map(|p_bit| state.spin(replica, p_bit, image)).collect(),
                fields: fields.map(|p_bit| state.field(p_bit, image).into()).collect(),
                draws: drawn.map(|p_bit| state.draw(replica, p_bit, image)).collect(),
                sums: retained.map_or(Vec::new(), |r| {
                    let sum = |p_bit| self.sum(r.contributions + 1, state.layout.row(p_bit), image);
                    all.map(sum).collect()
                }),
            });
        }
    }
}

/// A color, and the one whose spins it reads.
pub(super) fn pair(colors: &mut [ColorState; 2], color: Color) -> (&mut ColorState, &ColorState) {
    let [hidden, output] = colors;
    match color {
        Color::Hidden => (hidden, output),
        Color::Output => (output, hidden),
    }
}

/// Colors and replicas in the order of a sweep.
pub(super) fn each_pass(plan: &RunPlan) -> impl Iterator<Item = (Color, usize)> + use<> {
    let replicas = plan.config.replicas();
    Color::ALL.into_iter().flat_map(move |color| (0..replicas).map(move |replica| (color, replica)))
}
