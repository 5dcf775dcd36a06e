//! One color of a block: its spins, draws and fields.

use super::draws::{Bank, DrawBuffer, DrawPlan};
use super::kernels::{self, Entered, Kernels, Updated};
use super::layout::{COLUMNS, GROUP, PackedMatrix, Row, TILE, Tile, padded, padded_sources};
use super::model::PackedColor;
use super::sampler::RunPlan;
use super::table::Table;
use spinwright_contract::Color;

/// The inputs' contribution, bias and constant parts of the fields.
enum Base {
    /// The usual case.
    Narrow(Vec<Tile<i32>>),
    /// Machines whose exact fields need more than 32 bits.
    Wide(Vec<Tile<i64>>),
}

/// The state of one color.
pub(super) struct ColorState {
    pub color: Color,
    pub p_bits: usize,
    pub tiles: usize,
    /// Double-word rows per replica, as the other color's product reads them.
    pub spin_rows: usize,
    /// Amplitude of the spins for the other color's product.
    pub amplitude: u32,
    /// Spins per replica, packed.
    pub spins: Vec<Row<u32>>,
    /// The same as masks in image order, replica by replica, tile by tile.
    pub masks: Vec<[u32; TILE]>,
    base: Base,
    pub draws: DrawBuffer,
    pub plan: DrawPlan,
    /// Saturated fields of the replica updated last: all tiles when they are needed, else one.
    pub fields: Vec<Tile<i16>>,
    /// Per tile: which spins stay free, and the values of the others.
    pub clamps: Option<Vec<([u32; TILE], [u32; TILE])>>,
}

impl ColorState {
    /// Memory for one color.
    pub(super) fn new(plan: &RunPlan, color: Color) -> Self {
        let (config, model) = (plan.config, plan.model);
        let bits = config.draw_bits();
        let p_bits = config.p_bits(color);
        let tiles = padded(p_bits) / TILE;
        let spin_rows = padded_sources(p_bits) / model.kernels.packing.p_bits();
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
    }

    /// base = constant part + inputs' contribution.
    pub(super) fn set_base(&mut self, plan: &RunPlan, color: &PackedColor, inputs: &[Row<u32>]) {
        let constant = |tile: usize, row: usize| color.constant.get(tile * TILE + row).copied().unwrap_or(0);
        match &mut self.base {
            Base::Narrow(base) => {
                for (tile, base) in base.iter_mut().enumerate() {
                    *base = std::array::from_fn(|row| Row([constant(tile, row) as i32; COLUMNS]));
                }
                if let Some(matrix) = &color.input {
                    let constants = base.clone();
                    let kernels = (&plan.model.kernels, &plan.model.kernels.enter());
                    let groups = constants.chunks(GROUP).zip(base.chunks_mut(GROUP));
                    for (group, (constants, base)) in groups.enumerate() {
                        product(kernels, matrix, inputs, group * GROUP, constants, base);
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
    pub(super) fn take_draws(&mut self, plan: &RunPlan, bank: &mut Bank) {
        // SAFETY: the processor has the path's instructions (`Kernels::of`).
        unsafe { (plan.model.kernels.fill)(bank, &self.plan, &mut self.draws) }
    }

    /// Exact fields of the tiles from `first` on, at most a group; returns how many.
    pub(super) fn exact(
        &self,
        (plan, entered): (&RunPlan, &Entered),
        color: &PackedColor,
        source: &[Row<u32>],
        first: usize,
        out: &mut [Tile<i32>; GROUP],
    ) -> usize {
        let tiles = first..(first + GROUP).min(self.tiles);
        let out = &mut out[..tiles.len()];
        match &self.base {
            Base::Narrow(base) => {
                let base = &base[tiles.clone()];
                product((&plan.model.kernels, entered), &color.coupling, source, first, base, out);
            }
            Base::Wide(base) => {
                for (tile, out) in tiles.clone().zip(out) {
                    let weights = color.coupling.tile(tile);
                    let mut exact = Tile::default();
                    kernels::product_wide(weights, source, &base[tile], color.coupling_amplitude, &mut exact);
                    for (out, exact) in out.iter_mut().zip(&exact) {
                        // Far outside every field's range: saturating twice is saturating once.
                        out.0 = exact.0.map(|v| v.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
                    }
                }
            }
        }
        tiles.len()
    }

    pub(super) fn compare(
        &mut self,
        plan: &RunPlan,
        replica: usize,
        tile: usize,
        exact: &Tile<i32>,
        table: &Table,
    ) {
        self.compare_into(plan, replica, tile, exact, table, tile);
    }

    /// New spins of a tile; its saturated fields go to place `at` of `fields`.
    pub(super) fn compare_into(
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
    pub(super) fn clamp(&mut self, replica: usize, tile: usize) {
        if let Some(clamps) = &self.clamps {
            let (free, value) = &clamps[tile];
            for (row, mask) in self.masks[replica * self.tiles + tile].iter_mut().enumerate() {
                *mask = *mask & free[row] | value[row];
            }
        }
    }

    /// Writes a tile's spins where the other color's product reads them.
    pub(super) fn write_back(&mut self, plan: &RunPlan, replica: usize, tile: usize) {
        let rows = TILE / plan.model.kernels.packing.p_bits();
        let masks = &self.masks[replica * self.tiles + tile];
        let rows = &mut self.spins[replica * self.spin_rows + tile * rows..][..rows];
        // SAFETY: the processor has the path's instructions (`Kernels::of`).
        unsafe { (plan.model.kernels.store)(masks, self.amplitude, rows) }
    }

    pub(super) fn spin(&self, replica: usize, p_bit: usize, image: usize) -> bool {
        self.masks[replica * self.tiles + p_bit / TILE][p_bit % TILE] >> image & 1 == 1
    }

    pub(super) fn field(&self, p_bit: usize, image: usize) -> i16 {
        self.fields[p_bit / TILE][p_bit % TILE].0[image]
    }
}

/// exact = base + weights x spins for the tiles from `first` on, at most a group.
fn product(
    (kernels, entered): (&Kernels, &Entered),
    matrix: &PackedMatrix,
    spins: &[Row<u32>],
    first: usize,
    base: &[Tile<i32>],
    exact: &mut [Tile<i32>],
) {
    if entered.product(matrix.group(first), spins, base, exact) {
        return;
    }
    for (tile, (base, exact)) in base.iter().zip(exact).enumerate() {
        // SAFETY: the processor has the path's instructions (`Kernels::of`).
        unsafe { (kernels.product)(matrix.tile(first + tile), spins, base, exact) }
    }
}

/// Eight rows of a buffer.
fn tile_of<T>(rows: &[Row<T>], first: usize) -> &Tile<T> {
    match rows[first..].first_chunk() {
        Some(tile) => tile,
        None => unreachable!("buffers hold whole tiles"),
    }
}
