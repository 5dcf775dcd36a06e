//! A run of one block: 32 images side by side through the whole schedule.

use super::bits::SpinRows;
use super::draws::{Bank, DrawBuffer, DrawPlan};
use super::kernels::{self, Updated};
use super::layout::{COLUMNS, Row, TILE, Tile, padded};
use super::model::PackedColor;
use super::sampler::{BatchResult, BatchStart, RunPlan, Step, sweeps};
use super::table::Table;
use spinwright_contract::{Color, Readout};

/// The inputs' contribution, bias and constant parts of the fields.
enum Base {
    /// The usual case.
    Narrow(Vec<Tile<i32>>),
    /// Machines whose exact fields need more than 32 bits.
    Wide(Vec<Tile<i64>>),
}

/// The state of one color.
struct ColorState {
    color: Color,
    p_bits: usize,
    tiles: usize,
    /// Double-word rows per replica, as the other color's product reads them.
    spin_rows: usize,
    /// Amplitude of the spins for the other color's product.
    amplitude: u32,
    /// Spins per replica, packed.
    spins: Vec<Row<u32>>,
    /// The same as masks in image order, replica by replica, tile by tile.
    masks: Vec<[u32; TILE]>,
    base: Base,
    draws: DrawBuffer,
    plan: DrawPlan,
    /// Saturated fields of the replica updated last: all tiles when they are needed, else one.
    fields: Vec<Tile<i16>>,
    /// Per tile: which spins stay free, and the values of the others.
    clamps: Option<Vec<([u32; TILE], [u32; TILE])>>,
}

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
        let (config, model) = (plan.config, plan.model);
        let bits = config.draw_bits();
        let state = |color: Color| {
            let p_bits = config.p_bits(color);
            let tiles = padded(p_bits) / TILE;
            let spin_rows = padded(p_bits) / model.kernels.packing.p_bits();
            let stride = (config.slots(color) * config.lanes()).max(padded(p_bits));
            let draw_plan = DrawPlan {
                slots: config.slots(color),
                replicas: config.replicas(),
                lanes: config.lanes(),
                stride,
                bits,
            };
            ColorState {
                color,
                p_bits,
                tiles,
                spin_rows,
                amplitude: model.colors[color.source().index()].coupling_amplitude,
                spins: vec![Row::default(); spin_rows * config.replicas()],
                masks: vec![[0; TILE]; tiles * config.replicas()],
                base: if model.wide {
                    Base::Wide(vec![Tile::default(); tiles])
                } else {
                    Base::Narrow(vec![Tile::default(); tiles])
                },
                draws: DrawBuffer::new(bits, stride * config.replicas()),
                plan: draw_plan,
                fields: vec![Tile::default(); tiles],
                clamps: plan.batch.clamps.map(|clamps| {
                    let first = if color == Color::Hidden { 0 } else { config.p_bits(Color::Hidden) };
                    let of = |flags: &[bool], p_bit: usize| {
                        if p_bit < p_bits && flags[first + p_bit] { u32::MAX } else { 0 }
                    };
                    let masks = |tile: usize| {
                        let at = |row| tile * TILE + row;
                        let held: [u32; TILE] = std::array::from_fn(|row| of(&clamps.mask, at(row)));
                        let value: [u32; TILE] =
                            std::array::from_fn(|row| of(&clamps.value, at(row)) & held[row]);
                        (held.map(|mask| !mask), value)
                    };
                    (0..tiles).map(masks).collect()
                }),
            }
        };
        // One table of one threshold, one half, for every field: the random start.
        let start_table = Table::new(&[1 << (bits - 1); 2]);
        Self {
            colors: Color::ALL.map(state),
            inputs: vec![Row::default(); padded(config.inputs())],
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
        let mut exact = Tile::default();
        for tile in 0..state.tiles {
            state.exact(plan, packed, source, tile, &mut exact);
            let at = if keep_fields { tile } else { 0 };
            state.compare_into(plan, replica, tile, &exact, table, at);
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

impl ColorState {
    /// base = constant part + inputs' contribution.
    fn set_base(&mut self, plan: &RunPlan, color: &PackedColor, inputs: &[Row<u32>]) {
        let constant = |tile: usize, row: usize| color.constant.get(tile * TILE + row).copied().unwrap_or(0);
        match &mut self.base {
            Base::Narrow(base) => {
                for (tile, base) in base.iter_mut().enumerate() {
                    let constants: Tile<i32> =
                        std::array::from_fn(|row| Row([constant(tile, row) as i32; COLUMNS]));
                    match &color.input {
                        None => *base = constants,
                        // SAFETY: the processor has the path's instructions (`Kernels::of`).
                        Some(matrix) => unsafe {
                            (plan.model.kernels.product)(matrix.tile(tile), inputs, &constants, base);
                        },
                    }
                }
            }
            Base::Wide(base) => {
                for (tile, base) in base.iter_mut().enumerate() {
                    let constants: Tile<i64> = std::array::from_fn(|row| Row([constant(tile, row); COLUMNS]));
                    match &color.input {
                        None => *base = constants,
                        Some(matrix) => {
                            let weights = matrix.tile(tile);
                            kernels::product_wide(weights, inputs, &constants, color.input_amplitude, base);
                        }
                    }
                }
            }
        }
    }

    /// Draws of all replicas for one pass over the color.
    fn take_draws(&mut self, plan: &RunPlan, bank: &mut Bank) {
        // SAFETY: the processor has the path's instructions (`Kernels::of`).
        unsafe { (plan.model.kernels.fill)(bank, &self.plan, &mut self.draws) }
    }

    /// Exact fields of a tile.
    fn exact(
        &self,
        plan: &RunPlan,
        color: &PackedColor,
        source: &[Row<u32>],
        tile: usize,
        out: &mut Tile<i32>,
    ) {
        let weights = color.coupling.tile(tile);
        match &self.base {
            // SAFETY: the processor has the path's instructions (`Kernels::of`).
            Base::Narrow(base) => unsafe { (plan.model.kernels.product)(weights, source, &base[tile], out) },
            Base::Wide(base) => {
                let mut exact = Tile::default();
                kernels::product_wide(weights, source, &base[tile], color.coupling_amplitude, &mut exact);
                for (out, exact) in out.iter_mut().zip(&exact) {
                    // Far outside every field's range: saturating twice is saturating once.
                    out.0 = exact.0.map(|v| v.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
                }
            }
        }
    }

    fn compare(&mut self, plan: &RunPlan, replica: usize, tile: usize, exact: &Tile<i32>, table: &Table) {
        self.compare_into(plan, replica, tile, exact, table, tile);
    }

    /// New spins of a tile; its saturated fields go to place `at` of `fields`.
    fn compare_into(
        &mut self,
        plan: &RunPlan,
        replica: usize,
        tile: usize,
        exact: &Tile<i32>,
        table: &Table,
        at: usize,
    ) {
        let first = replica * self.plan.stride + tile * TILE;
        let spins = &mut self.masks[replica * self.tiles + tile];
        let out = Updated { spins, fields: &mut self.fields[at] };
        let kernels = &plan.model.kernels;
        // SAFETY: the processor has the path's instructions (`Kernels::of`).
        unsafe {
            match &self.draws {
                DrawBuffer::Words(draws) => (kernels.update_words)(exact, tile_of(draws, first), table, out),
                DrawBuffer::DoubleWords(draws) => {
                    (kernels.update_double_words)(exact, tile_of(draws, first), table, out);
                }
            }
        }
    }

    /// Gives clamped p-bits their values.
    fn clamp(&mut self, replica: usize, tile: usize) {
        if let Some(clamps) = &self.clamps {
            let (free, value) = &clamps[tile];
            for (row, mask) in self.masks[replica * self.tiles + tile].iter_mut().enumerate() {
                *mask = *mask & free[row] | value[row];
            }
        }
    }

    /// Writes a tile's spins where the other color's product reads them.
    fn write_back(&mut self, plan: &RunPlan, replica: usize, tile: usize) {
        let rows = TILE / plan.model.kernels.packing.p_bits();
        let masks = &self.masks[replica * self.tiles + tile];
        let rows = &mut self.spins[replica * self.spin_rows + tile * rows..][..rows];
        // SAFETY: the processor has the path's instructions (`Kernels::of`).
        unsafe { (plan.model.kernels.store)(masks, self.amplitude, rows) }
    }

    fn spin(&self, replica: usize, p_bit: usize, image: usize) -> bool {
        self.masks[replica * self.tiles + p_bit / TILE][p_bit % TILE] >> image & 1 == 1
    }

    fn field(&self, p_bit: usize, image: usize) -> i16 {
        self.fields[p_bit / TILE][p_bit % TILE].0[image]
    }
}

/// Eight rows of a buffer.
fn tile_of<T>(rows: &[Row<T>], first: usize) -> &Tile<T> {
    match rows[first..].first_chunk() {
        Some(tile) => tile,
        None => unreachable!("buffers hold whole tiles"),
    }
}
