//! A matrix with its wiring: the products of one target plane with one source plane.

use super::kernels::{self, Entered, Kernels, PackList, Segment};
use super::layout::{COLUMNS, GROUP, PACK, PackedMatrix, Packing, PlaneLayout, Row, TILE, Tile, padded};
use super::wiring::{Stretch, Wiring};
use std::collections::BTreeMap;

/// Weights that all positions of the target share, packed for a path, and the places that each position reads.
#[derive(Debug, Clone)]
pub(super) struct Link {
    matrix: PackedMatrix,
    segments: Vec<Segment>,
    /// Where every target position's segments end.
    ends: Vec<usize>,
    groups: Option<Groups>,
}

/// The same for the group product: 32 channels of a position, packs of 64 source spins.
#[derive(Debug, Clone)]
struct Groups {
    /// Group by group, pack by pack: 32 channels x 16 words.
    weights: Vec<Row<u32>>,
    /// Rows of `weights` per group.
    rows: usize,
    /// Weights' and spins' places of every pack, target position by target position.
    packs: Vec<[u32; 2]>,
    /// Where every target position's packs end.
    ends: Vec<usize>,
    /// Rows of spins that the packs reach.
    spin_rows: usize,
}

/// Rows of 128 bytes in a pack of weights, and in a pack of spins.
const PACK_ROWS: usize = GROUP * TILE * PACK / Packing::Bytes.p_bits() / COLUMNS;
const _: () = assert!(PACK_ROWS == PACK / Packing::Bytes.p_bits());

impl Link {
    /// Packs `weight(channel, tap, source channel)`, taps as the contract numbers them.
    pub(super) fn new(
        (packing, amplitude): (Packing, u32),
        wiring: &Wiring,
        target_channels: usize,
        source: PlaneLayout,
        weight: impl Fn(usize, usize, usize) -> i16,
    ) -> Self {
        // A tap's source channels are filled up to whole tiles, as the spins of a position are.
        let width = padded(source.channels);
        let shape = (target_channels, wiring.order.len() * width);
        let matrix = PackedMatrix::new(packing, amplitude, shape, |channel, column| {
            let (place, from) = (column / width, column % width);
            if from < source.channels { weight(channel, wiring.order[place], from) } else { 0 }
        });
        let steps = width / packing.p_bits();
        let segment = |stretch: &Stretch| Segment {
            weights: (stretch.tap * steps) as u32,
            spins: (stretch.source * steps) as u32,
            steps: (stretch.count * steps) as u32,
        };
        let (mut segments, mut ends) = (Vec::new(), Vec::new());
        for target in 0..wiring.targets() {
            segments.extend(wiring.at(target).iter().map(segment));
            ends.push(segments.len());
        }
        Self { matrix, segments, ends, groups: None }
    }

    /// Adds the packing of the group product; the matrix must be of bytes.
    pub(super) fn with_groups(mut self) -> Self {
        let tiles = self.matrix.tiles() / GROUP * GROUP;
        if tiles == 0 {
            return self;
        }
        let words_per_pack = PACK / Packing::Bytes.p_bits();
        // Equal stretches of weights are packed once; their first pack, by place and length.
        let mut shapes = BTreeMap::new();
        let (mut packs, mut ends, mut spin_rows, mut first) = (Vec::new(), Vec::new(), 0, 0);
        let mut segment = 0;
        for &end in &self.ends {
            for s in &self.segments[segment..end] {
                let count = (s.steps as usize).div_ceil(words_per_pack);
                let place = *shapes.entry((s.weights, s.steps)).or_insert(first);
                first = first.max(place + count);
                for pack in 0..count {
                    let spins = s.spins as usize + pack * words_per_pack;
                    let bytes = PACK_ROWS * size_of::<Row<u32>>();
                    packs.push([((place + pack) * bytes) as u32, (spins * size_of::<Row<u32>>()) as u32]);
                    spin_rows = spin_rows.max(spins + PACK_ROWS);
                }
            }
            segment = end;
            ends.push(packs.len());
        }
        let mut weights = vec![Row::default(); tiles / GROUP * first * PACK_ROWS];
        for group in 0..tiles / GROUP {
            for (&(step, steps), &place) in &shapes {
                let (step, steps) = (step as usize, steps as usize);
                for row in 0..GROUP * TILE {
                    let words = self.matrix.tile(group * GROUP + row / TILE);
                    for word in 0..steps {
                        let pack = place + word / words_per_pack;
                        let at = row * words_per_pack + word % words_per_pack;
                        let row_of = (group * first + pack) * PACK_ROWS + at / COLUMNS;
                        weights[row_of].0[at % COLUMNS] = words[step + word][row % TILE];
                    }
                }
            }
        }
        self.groups = Some(Groups { weights, rows: first * PACK_ROWS, packs, ends, spin_rows });
        self
    }

    /// The segments of a target position.
    fn at(&self, position: usize) -> &[Segment] {
        let first = if position == 0 { 0 } else { self.ends[position - 1] };
        &self.segments[first..self.ends[position]]
    }

    /// exact = base + weights x spins for tiles of one target position, from its tile `first` on, at most a group.
    pub(super) fn product(
        &self,
        (kernels, entered): (&Kernels, &Entered),
        spins: &[Row<u32>],
        (position, first): (usize, usize),
        base: &[Tile<i32>],
        exact: &mut [Tile<i32>],
    ) {
        if let Some(groups) = &self.groups
            && base.len() == GROUP
            && entered.product(&groups.list(position, first), spins, base, exact)
        {
            return;
        }
        let segments = self.at(position);
        for (tile, (base, exact)) in base.iter().zip(exact).enumerate() {
            // SAFETY: the processor has the path's instructions (`Kernels::of`).
            unsafe { (kernels.product)(self.matrix.tile(first + tile), spins, segments, base, exact) }
        }
    }

    /// The same for one tile in 64 bits, with weights and spins packed as masks of amplitude 1.
    pub(super) fn product_wide(
        &self,
        spins: &[Row<u32>],
        (position, tile): (usize, usize),
        base: &Tile<i64>,
        amplitude: u32,
        exact: &mut Tile<i64>,
    ) {
        kernels::product_wide(self.matrix.tile(tile), spins, self.at(position), base, amplitude, exact);
    }
}

impl Groups {
    /// What the group product reads for the group that starts at a position's tile `first`.
    fn list(&self, position: usize, first: usize) -> PackList<'_> {
        let start = if position == 0 { 0 } else { self.ends[position - 1] };
        PackList {
            weights: &self.weights[first / GROUP * self.rows..][..self.rows],
            packs: &self.packs[start..self.ends[position]],
            spin_rows: self.spin_rows,
        }
    }
}
