//! One color of a thermodynamic block: its spins, draws and fields.

use super::batch::RunPlan;
use super::draws::{Bank, DrawBuffer, DrawPlan};
use super::kernels::{Entered, Updated};
use super::layout::{COLUMNS, GROUP, PlaneLayout, Row, TILE, Tile};
use super::link::Link;
use super::model::PackedColor;
use super::table::Table;
use spinwright_contract::Color;
use spinwright_contract::config::BlockSizes;

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
    pub layout: PlaneLayout,
    pub tiles: usize,
    /// Draw rows from one position to the next.
    draw_rows_at: usize,
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
    /// Memory for one color of a block.
    pub(super) fn new(plan: &RunPlan, sizes: &BlockSizes, color: Color) -> Self {
        let (config, model) = (plan.config, plan.model);
        let bits = config.draw_bits();
        let colors = &model.blocks[sizes.index];
        let layout = colors[color.index()].layout;
        let tiles = layout.tiles();
        let spin_rows = layout.spin_rows(model.kernels.packing);
        let draw_rows_at = sizes.groups(color) * config.lanes();
        // The last tile of a position may reach beyond the position's rows.
        let last = (layout.positions - 1) * draw_rows_at + layout.tiles_at() * TILE;
        let stride = (sizes.slots(color) * config.lanes()).max(last);
        let draw_plan = DrawPlan {
            slots: sizes.slots(color),
            replicas: config.replicas(),
            lanes: config.lanes(),
            stride,
            bits,
        };
        ColorState {
            color,
            layout,
            tiles,
            draw_rows_at,
            spin_rows,
            amplitude: colors[color.source().index()].coupling_amplitude,
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
                let first = plan.first_p_bit(sizes.index, color);
                let mut masks = vec![([u32::MAX; TILE], [0; TILE]); tiles];
                for p_bit in (0..layout.p_bits()).filter(|p_bit| clamps.mask[first + p_bit]) {
                    let row = layout.row(p_bit);
                    let (free, value) = &mut masks[row / TILE];
                    free[row % TILE] = 0;
                    value[row % TILE] = if clamps.value[first + p_bit] { u32::MAX } else { 0 };
                }
                masks
            }),
        }
    }

    /// base = constant part + inputs' contribution.
    pub(super) fn set_base(&mut self, plan: &RunPlan, color: &PackedColor, inputs: &[Row<u32>]) {
        let constant = |tile: usize| &color.constant[tile * TILE..][..TILE];
        let tiles_at = self.layout.tiles_at();
        match &mut self.base {
            Base::Narrow(base) => {
                for (tile, base) in base.iter_mut().enumerate() {
                    let constant = constant(tile);
                    *base = std::array::from_fn(|row| Row([constant[row] as i32; COLUMNS]));
                }
                let Some(link) = &color.input else { return };
                let kernels = (&plan.model.kernels, &plan.model.kernels.enter());
                for (position, base) in base.chunks_exact_mut(tiles_at).enumerate() {
                    for (group, base) in base.chunks_mut(GROUP).enumerate() {
                        let mut sums = [Tile::default(); GROUP];
                        let sums = &mut sums[..base.len()];
                        link.product(kernels, inputs, (position, group * GROUP), base, sums);
                        base.copy_from_slice(sums);
                    }
                }
            }
            Base::Wide(base) => {
                for (tile, base) in base.iter_mut().enumerate() {
                    let constant = constant(tile);
                    let constant: Tile<i64> = std::array::from_fn(|row| Row([constant[row]; COLUMNS]));
                    match &color.input {
                        None => *base = constant,
                        Some(link) => {
                            let place = (tile / tiles_at, tile % tiles_at);
                            link.product_wide(inputs, place, &constant, color.input_amplitude, base);
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

    /// The groups of tiles of the plane, every one within a position: first tile and count.
    pub(super) fn groups(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let tiles_at = self.layout.tiles_at();
        let positions = 0..self.layout.positions;
        positions.flat_map(move |position| {
            (0..tiles_at)
                .step_by(GROUP)
                .map(move |first| (position * tiles_at + first, GROUP.min(tiles_at - first)))
        })
    }

    /// Exact fields of the `count` tiles of a group from `first` on.
    pub(super) fn exact(
        &self,
        (plan, entered): (&RunPlan, &Entered),
        color: &PackedColor,
        source: &[Row<u32>],
        (first, count): (usize, usize),
        out: &mut [Tile<i32>; GROUP],
    ) {
        let out = &mut out[..count];
        let (position, at) = (first / self.layout.tiles_at(), first % self.layout.tiles_at());
        match &self.base {
            Base::Narrow(base) => {
                let (base, kernels) = (&base[first..first + count], (&plan.model.kernels, entered));
                color.coupling.product(kernels, source, (position, at), base, out);
            }
            Base::Wide(base) => {
                for (tile, out) in out.iter_mut().enumerate() {
                    let (place, amplitude) = ((position, at + tile), color.coupling_amplitude);
                    narrow(&color.coupling, source, place, (&base[first + tile], amplitude), out);
                }
            }
        }
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
        let (position, within) = (tile / self.layout.tiles_at(), tile % self.layout.tiles_at());
        let first = replica * self.plan.stride + position * self.draw_rows_at + within * TILE;
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

    /// The spins of a replica.
    pub(super) fn of_replica(&self, replica: usize) -> &[[u32; TILE]] {
        &self.masks[replica * self.tiles..][..self.tiles]
    }

    pub(super) fn spin(&self, replica: usize, p_bit: usize, image: usize) -> bool {
        let row = self.layout.row(p_bit);
        self.masks[replica * self.tiles + row / TILE][row % TILE] >> image & 1 == 1
    }

    pub(super) fn field(&self, p_bit: usize, image: usize) -> i16 {
        let row = self.layout.row(p_bit);
        self.fields[row / TILE][row % TILE].0[image]
    }

    pub(super) fn draw(&self, replica: usize, p_bit: usize, image: usize) -> u32 {
        let (position, channel) = (p_bit / self.layout.channels, p_bit % self.layout.channels);
        self.draws.get(replica * self.plan.stride + position * self.draw_rows_at + channel, image)
    }
}

/// A product in 64 bits, limited to what 32 bits hold: far outside every field's range, so that saturating twice is saturating
/// once.
fn narrow(
    link: &Link,
    source: &[Row<u32>],
    place: (usize, usize),
    (base, amplitude): (&Tile<i64>, u32),
    out: &mut Tile<i32>,
) {
    let mut exact = Tile::default();
    link.product_wide(source, place, base, amplitude, &mut exact);
    for (out, exact) in out.iter_mut().zip(&exact) {
        out.0 = exact.0.map(|v| v.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
    }
}

/// Eight rows of a buffer.
fn tile_of<T>(rows: &[Row<T>], first: usize) -> &Tile<T> {
    match rows[first..].first_chunk() {
        Some(tile) => tile,
        None => unreachable!("buffers hold whole tiles"),
    }
}
