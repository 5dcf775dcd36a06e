//! What a wired machine's graph, couplings and biases become before they run.

use super::super::planes::{MAX_DEGREE, fields, set_threshold, set_thresholds, thresholds};
use super::super::routes::{Links, Routes, Tile};
use super::super::vector::{BITS, Block};
use crate::image::Table;
use crate::sparse::SparseSampler;
use spinwright_contract::{RandomSource, Readout};

/// A machine with its active bank.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Tiles in the order of issue: slot by slot, 512 lanes each.
    pub routes: Routes,
    /// Tiles of a slot.
    pub groups: usize,
    /// Neighbors of every p-bit, and whether their coupling is negative.
    pub links: Links,
    /// Most neighbors.
    pub degree: usize,
    /// All p-bits have `degree` neighbors and no bias: one set of thresholds serves all.
    pub folded: bool,
    /// Size of all couplings on the field's grid.
    weight: i64,
    /// Bias of every p-bit, likewise.
    pub biases: Vec<i64>,
    /// Largest field.
    field_max: i64,
    draw_bits: u32,
}

impl Plan {
    /// `None` where the machine's couplings have several sizes, a p-bit has more than 7 of them, draws are not from `lfsr64`, or
    /// fields or energies are asked for.
    pub(super) fn new(machine: &SparseSampler) -> Option<Self> {
        let config = machine.config();
        let graph = config.graph()?;
        let (image, biases) = machine.active();
        if config.random_source() != RandomSource::Lfsr64 || machine.schedule().readout != Readout::Spin {
            return None;
        }
        if config.energy() {
            return None;
        }
        let mut links = vec![Vec::new(); graph.p_bits()];
        let mut size = None;
        // A coupling of 0 is none.
        for ([i, j], &raw) in graph.edges().into_iter().zip(&image.contents().couplings) {
            if raw != 0 {
                if *size.get_or_insert(raw.unsigned_abs()) != raw.unsigned_abs() {
                    return None;
                }
                links[i as usize].push((j, raw < 0));
                links[j as usize].push((i, raw < 0));
            }
        }
        let degree = links.iter().map(Vec::len).max().unwrap_or(0);
        if degree > MAX_DEGREE {
            return None;
        }
        let groups = config.lanes().div_ceil(BITS);
        let mut members = vec![vec![u32::MAX; BITS]; groups * graph.slots()];
        for (i, place) in graph.placement.iter().enumerate() {
            let (slot, lane) = (place.slot as usize, place.lane as usize);
            members[slot * groups + lane / BITS][lane % BITS] = i as u32;
        }
        // Whatever the routes cost, one update at a time costs more.
        let free = vec![false; graph.p_bits()];
        let routes = Routes::of_tiles(&members, &links, &free, degree, usize::MAX)?;
        let mut plan = Self {
            routes,
            groups,
            degree,
            folded: degree > 0
                && links.iter().all(|links| links.len() == degree)
                && biases.iter().all(|&bias| bias == 0),
            links,
            weight: i64::from(size.unwrap_or(0)) << config.shifts().coupling,
            biases: biases.to_vec(),
            field_max: config.field_max().into(),
            draw_bits: config.draw_bits(),
        };
        // Folded thresholds have no digit for 2^B.
        let certain = |table: &Table| {
            fields(degree, true).any(|field| plan.threshold(table, 0, field) >> plan.draw_bits != 0)
        };
        plan.folded &= !image.contents().tables.iter().any(certain);
        Some(plan)
    }

    /// Digits of a threshold.
    pub(super) fn digits(&self) -> usize {
        self.draw_bits as usize + usize::from(!self.folded)
    }

    /// Blocks of thresholds of a tile.
    pub(super) fn tile_planes(&self) -> usize {
        self.digits() * thresholds(self.degree, self.folded)
    }

    /// The threshold for a bias and `field` coupling sizes.
    fn threshold(&self, table: &Table, bias: i64, field: f64) -> u32 {
        let exact = bias + self.weight * field as i64;
        table.threshold(exact.clamp(-self.field_max, self.field_max) as i32)
    }

    /// Thresholds of a p-bit, one for every number of neighbors that pull it up.
    pub(super) fn thresholds_of(&self, table: &Table, p_bit: usize) -> impl Iterator<Item = u32> {
        let bias = self.biases[p_bit];
        fields(self.links[p_bit].len(), false).map(move |field| self.threshold(table, bias, field))
    }

    /// A threshold's digits, the highest in bit 31.
    pub(super) fn aligned(&self, threshold: u32) -> u32 {
        threshold << (32 - self.digits())
    }

    /// The thresholds of a table: for every tile, or once for all.
    pub(super) fn planes(&self, table: &Table) -> Vec<Block> {
        let (stride, digits) = (thresholds(self.degree, self.folded), self.digits());
        if self.folded {
            let mut planes = vec![Block::default(); self.tile_planes()];
            for (k, field) in fields(self.degree, true).enumerate() {
                let threshold = self.aligned(self.threshold(table, 0, field));
                set_thresholds(&mut planes[k..], stride, digits, threshold);
            }
            return planes;
        }
        let tile = |tile: &Tile| {
            let mut planes = vec![Block::default(); self.tile_planes()];
            for (bit, &i) in tile.p_bits.iter().enumerate().filter(|(_, i)| **i != u32::MAX) {
                for (k, threshold) in self.thresholds_of(table, i as usize).enumerate() {
                    set_threshold(&mut planes[k..], stride, digits, bit, self.aligned(threshold));
                }
            }
            planes
        };
        self.routes.tiles.iter().flat_map(tile).collect()
    }
}
