//! Every weight at its place in a sparse machine's load streams. `docs/contract.md`, section 14.
//!
//! This is the compiler's view of the streams; their checksums travel in the image. The loader that fills a device is
//! written separately, from the same contract, so a device that accepts an upload has compared both.

use super::contents::canonical;
use super::{SparseContents, SparseImage, check};
use crate::image::{LoadCheck, StreamCheck};
use crate::layout::crc_of;
use spinwright_contract::load::SCHEDULE_WORDS;
use spinwright_contract::sparse::{AddressedRoom, ENDS_COLOR, ENDS_SLOT, ENDS_SWEEP, TAP_IN_USE};
use spinwright_contract::{Problem, SparseGraph, ValidSparse};
use std::collections::HashMap;

/// Contents that fit a machine, with their load streams.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseLayout<'a> {
    config: &'a ValidSparse,
    contents: SparseContents,
    couplings: Vec<u32>,
    biases: Vec<Vec<u32>>,
}

impl<'a> SparseLayout<'a> {
    /// Checks contents against the machine and places every weight.
    ///
    /// # Errors
    /// A [`Problem`] for the first shape, range, grid, symmetry or schedule that is not the machine's.
    pub fn place(config: &'a ValidSparse, contents: SparseContents) -> Result<Self, Problem> {
        check::contents(&contents, config)?;
        let mut contents = contents;
        contents.graph = contents.graph.as_ref().map(canonical);
        let graph = contents.graph_on(config);
        let p_bit_at: HashMap<(usize, usize), usize> = graph
            .placement
            .iter()
            .enumerate()
            .map(|(id, place)| ((place.lane as usize, place.slot as usize), id))
            .collect();
        let map = Map { config, graph, p_bit_at };
        let couplings = map.coupling_stream(&contents);
        let biases = contents.bias_sets.iter().map(|set| map.bias_stream(set)).collect();
        Ok(Self { config, contents, couplings, biases })
    }

    /// The contents.
    pub fn contents(&self) -> &SparseContents {
        &self.contents
    }

    /// The words that fill a coupling bank.
    pub fn coupling_stream(&self) -> &[u32] {
        &self.couplings
    }

    /// The words of an upload of tables alone, a ladder's included.
    pub fn table_stream(&self) -> &[u32] {
        let first = (SCHEDULE_WORDS + self.config.beta_stream_words()) as usize;
        &self.couplings[first..first + self.config.table_stream_words() as usize]
    }

    /// The words that fill a bias bank with one bias set.
    ///
    /// # Panics
    /// If there is no such set.
    pub fn bias_stream(&self, set: usize) -> &[u32] {
        &self.biases[set]
    }

    /// The image with the checksums of these streams.
    pub fn into_image(self) -> SparseImage {
        let check = |words: &[u32]| StreamCheck { words: words.len() as u32, crc: crc_of(words) };
        let load_check = LoadCheck {
            couplings: check(self.coupling_stream()),
            tables: check(self.table_stream()),
            biases: self.biases.iter().map(|words| check(words)).collect(),
        };
        SparseImage::from_layout(self.config, self.contents, load_check)
    }
}

/// Where the weights of a machine go.
struct Map<'a> {
    config: &'a ValidSparse,
    graph: &'a SparseGraph,
    /// P-bit of a lane and slot; what is missing is padding.
    p_bit_at: HashMap<(usize, usize), usize>,
}

impl Map<'_> {
    fn coupling_stream(&self, c: &SparseContents) -> Vec<u32> {
        let s = c.schedule;
        let mut words = vec![s.burn_in, s.retained, s.readout.code()];
        words.extend(beta_words(c, self.config));
        words.extend(c.tables.iter().flat_map(|table| &table.thresholds));
        words.extend(c.ladder.iter().flat_map(|ladder| ladder.words(self.config.exchange_bits())));
        let weights: HashMap<[u32; 2], i16> =
            self.graph.edges().into_iter().zip(c.couplings.iter().copied()).collect();
        if let Some(room) = self.config.room() {
            self.lists(room, &weights, &mut words);
            return words;
        }
        let group = self.config.group();
        for (lane, groups) in self.config.lane_groups().into_iter().enumerate() {
            for slot in 0..self.graph.slots() {
                let own = self.p_bit_at.get(&(lane, slot)).copied();
                let weight = |tap: usize| -> i16 {
                    let Some(i) = own else { return 0 };
                    let Some(&Some(j)) = self.graph.neighbors[i].get(tap) else { return 0 };
                    let i = i as u32;
                    weights[&[i.min(j), i.max(j)]]
                };
                for g in 0..groups {
                    let taps = (0..group).map(|k| weight(g * group + k));
                    words.push(packed(taps, self.config.weight_bits()));
                }
            }
        }
        words
    }

    /// Rows with taps and weights, lane by lane, of an addressed machine.
    fn lists(&self, room: AddressedRoom, weights: &HashMap<[u32; 2], i16>, words: &mut Vec<u32>) {
        // Slot and first tap of every row in use.
        let mut rows = Vec::new();
        for (slot, count) in room.rows_of(self.graph).into_iter().enumerate() {
            rows.extend((0..count).map(|k| (slot, k * room.taps)));
        }
        let color = |slot: usize| self.graph.slot_colors[slot];
        let row_word = |row: usize| match (rows.get(row), rows.get(row + 1)) {
            (None, _) => 0,
            (Some(_), None) => ENDS_SLOT | ENDS_COLOR | ENDS_SWEEP,
            (Some((slot, _)), Some((after, _))) if color(*after) != color(*slot) => ENDS_SLOT | ENDS_COLOR,
            (Some((slot, _)), Some((after, _))) if after != slot => ENDS_SLOT,
            (Some(_), Some(_)) => 0,
        };
        for lane in 0..self.config.lanes() {
            for row in 0..room.rows {
                words.push(row_word(row));
                let of_row = rows.get(row).copied();
                let own = of_row.and_then(|(slot, first)| Some((*self.p_bit_at.get(&(lane, slot))?, first)));
                let neighbors: Vec<u32> = own.map_or(Vec::new(), |(i, first)| {
                    self.graph.neighbors_of(i).skip(first).take(room.taps).collect()
                });
                for tap in 0..room.taps {
                    words.push(neighbors.get(tap).map_or(0, |&j| {
                        let place = self.graph.placement[j as usize];
                        TAP_IN_USE | (place.slot * self.config.lanes() as u32 + place.lane)
                    }));
                }
                let weight = |tap: usize| {
                    let i = own.map_or(0, |(i, _)| i as u32);
                    neighbors.get(tap).map_or(0, |&j| weights[&[i.min(j), i.max(j)]])
                };
                for g in 0..room.groups() {
                    let taps = (0..room.group).map(|k| weight(g * room.group + k));
                    words.push(packed(taps, self.config.weight_bits()));
                }
            }
        }
    }

    fn bias_stream(&self, set: &[i16]) -> Vec<u32> {
        let mut words = Vec::with_capacity(self.config.bias_stream_words() as usize);
        for lane in 0..self.config.lanes() {
            for slot in 0..self.config.slots() {
                let raw = self.p_bit_at.get(&(lane, slot)).map_or(0, |&id| set[id]);
                words.push(i32::from(raw) as u32);
            }
        }
        words
    }
}

/// One word of weights: weight k at bit k x bits.
fn packed(weights: impl Iterator<Item = i16>, bits: u32) -> u32 {
    let mask = u32::MAX >> (32 - bits);
    weights.enumerate().fold(0, |word, (k, weight)| word | (weight as u32 & mask) << (k as u32 * bits))
}

/// The beta schedule as a machine holds it: pairs of sweeps and table, filled up with zeros.
pub(super) fn beta_words(c: &SparseContents, config: &ValidSparse) -> Vec<u32> {
    let mut words: Vec<u32> = c.beta_schedule.iter().flat_map(|step| [step.sweeps, step.table]).collect();
    words.resize(config.beta_stream_words() as usize, 0);
    words
}
