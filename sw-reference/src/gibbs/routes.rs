//! How spins travel when a graph's p-bits are packed into bits: which words, turned by how much, bring 512 p-bits their neighbors.
//!
//! On a lattice the neighbors of the p-bits in one word lie in a few other words, at places that differ by a few distances; so a
//! neighbor of 64 p-bits is a few words, rotated and masked. Any graph can be described like this, but only with regular ones
//! are the terms few.

use super::engine::neighbors;
use super::vector::{BITS, Block, Vector, WORDS};
use crate::models::{ColorId, ColoredModel};
use std::collections::BTreeMap;

/// Eight words, each rotated left and masked.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// Source words.
    pub words: [u32; WORDS],
    /// Rotations to the left.
    pub turns: Block,
    /// What is taken.
    pub mask: Block,
}

/// One neighbor of each of 512 p-bits.
#[derive(Debug, Clone)]
pub(super) struct Neighbor {
    /// Its terms among the route's.
    pub terms: std::ops::Range<usize>,
    /// Where the coupling is negative.
    pub signs: Block,
}

/// Up to 512 p-bits of one color: places 512 k to 512 k + 511.
#[derive(Debug, Clone)]
pub(super) struct Tile {
    /// The most neighbors that any p-bit has, here as in every tile; missing ones are never up.
    pub neighbors: Vec<Neighbor>,
    /// P-bits that are updated.
    pub free: Block,
    /// The p-bits by place; `u32::MAX` where there is none.
    pub p_bits: Vec<u32>,
}

/// The routes of a model.
#[derive(Debug, Clone)]
pub(super) struct Routes {
    /// Tiles in the order of the update.
    pub tiles: Vec<Tile>,
    /// Terms of all tiles.
    pub terms: Vec<Term>,
    /// Place of every p-bit.
    pub places: Vec<u32>,
    /// Words of a replica.
    pub words: usize,
}

/// Which p-bits of a word take a source word at one rotation.
type Keys = BTreeMap<(u32, u32), u64>;
/// For every neighbor its terms (source word, rotation, mask).
type Slots = Vec<Vec<(u32, u32, u64)>>;

impl Routes {
    /// Which neighbors of a tile's p-bits pull up, slot by slot.
    ///
    /// # Safety
    /// `spins` has as many words as the routes.
    #[inline(always)]
    pub(super) unsafe fn neighbors<V: Vector, const D: usize>(&self, tile: &Tile, spins: &[u64]) -> [V; D] {
        let around: &[_; D] = tile.neighbors.first_chunk().expect("a slot for every neighbor");
        let mut neighbors = [V::splat(0); D];
        for d in 0..D {
            let mut bits = V::load(&around[d].signs);
            for term in &self.terms[around[d].terms.clone()] {
                // SAFETY: places lie below the routes' words, which are as many as the spins'.
                let words = unsafe { V::gather(spins, &term.words) };
                bits = bits.xor(words.rotate_by(V::load(&term.turns)).and(V::load(&term.mask)));
            }
            neighbors[d] = bits;
        }
        neighbors
    }
}

/// Neighbors of every p-bit, and whether their coupling is negative.
pub(super) type Links = Vec<Vec<(u32, bool)>>;

impl Routes {
    /// The routes of a model, 512 p-bits of one color per tile; `None` when they have more than `most` terms per tile.
    pub(super) fn new(model: &ColoredModel, held: &[bool], degree: usize, most: usize) -> Option<Self> {
        let mut members = Vec::new();
        for color in 0..model.color_count() {
            let ids: Vec<u32> = model.members(ColorId(color)).into_iter().map(|i| i as u32).collect();
            members.extend(ids.chunks(BITS).map(<[u32]>::to_vec));
        }
        let link = |(j, value): (usize, f64)| (j as u32, value < 0.0);
        let links = (0..model.model().p_bits()).map(|i| neighbors(model, i).map(link).collect()).collect();
        Self::of_tiles(&members, &links, held, degree, most)
    }

    /// The routes between tiles of given members; at most 512 each, `u32::MAX` where there is none.
    pub(super) fn of_tiles(
        members: &[Vec<u32>],
        links: &Links,
        held: &[bool],
        degree: usize,
        most: usize,
    ) -> Option<Self> {
        let mut places = vec![u32::MAX; links.len()];
        for (t, members) in members.iter().enumerate() {
            let taken = members.iter().zip(t * BITS..).filter(|(i, _)| **i != u32::MAX);
            taken.for_each(|(&i, place)| places[i as usize] = place as u32);
        }
        let mut size = members.len() * BITS;
        for place in places.iter_mut().filter(|place| **place == u32::MAX) {
            *place = size as u32;
            size += 1;
        }
        let words = size.div_ceil(64).next_multiple_of(WORDS);
        let mut routes = Self { tiles: Vec::new(), terms: Vec::new(), places, words };
        for members in members {
            let tile = routes.tile(links, held, members, degree);
            routes.tiles.push(tile);
            if routes.terms.len() > most.saturating_mul(routes.tiles.len()) {
                return None;
            }
        }
        Some(routes)
    }

    fn tile(&mut self, links: &Links, held: &[bool], members: &[u32], degree: usize) -> Tile {
        let slots: Vec<Slots> = members.chunks(64).map(|word| self.slots(links, word, degree)).collect();
        let mut tile = Tile {
            neighbors: Vec::new(),
            free: Block::default(),
            p_bits: (0..BITS).map(|k| members.get(k).copied().unwrap_or(u32::MAX)).collect(),
        };
        for (bit, &i) in members.iter().enumerate() {
            tile.free.set(bit, i != u32::MAX && !held[i as usize]);
        }
        for d in 0..degree {
            let first = self.terms.len();
            let count = slots.iter().map(|slots| slots[d].len()).max().unwrap_or(0);
            let none = Term { words: [0; WORDS], turns: Block::default(), mask: Block::default() };
            self.terms.resize(first + count, none);
            let mut signs = Block::default();
            for (w, (slots, members)) in slots.iter().zip(members.chunks(64)).enumerate() {
                for (term, &(word, turn, mask)) in self.terms[first..].iter_mut().zip(&slots[d]) {
                    term.words[w] = word;
                    term.turns.0[w] = turn.into();
                    term.mask.0[w] = mask;
                    for bit in (0..64).filter(|bit| mask >> bit & 1 == 1) {
                        let source = word * 64 + (bit + 64 - turn) % 64;
                        let negative = links[members[bit as usize] as usize]
                            .iter()
                            .any(|&(j, negative)| self.places[j as usize] == source && negative);
                        signs.0[w] |= u64::from(negative) << bit;
                    }
                }
            }
            tile.neighbors.push(Neighbor { terms: first..first + count, signs });
        }
        tile
    }

    /// Gives every neighbor of 64 p-bits one of `degree` slots, so that the slots have few terms.
    fn slots(&self, links: &Links, members: &[u32], degree: usize) -> Slots {
        let mut keys = Keys::new();
        for (bit, &i) in members.iter().enumerate().filter(|(_, i)| **i != u32::MAX) {
            for &(j, _) in &links[i as usize] {
                let place = self.places[j as usize];
                let (word, source) = (place / 64, place % 64);
                *keys.entry((word, (bit as u32 + 64 - source) % 64)).or_default() |= 1 << bit;
            }
        }
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_by_key(|&(key, mask)| (std::cmp::Reverse(mask.count_ones()), key));
        let (mut slots, mut used) = (vec![Vec::new(); degree], vec![0u64; degree]);
        for ((word, turn), mut mask) in keys {
            // A slot that takes all of it, else as much as each slot takes: a p-bit never has more neighbors than slots.
            let whole = (0..degree).find(|&d| used[d] & mask == 0);
            for d in whole.map_or(0..degree, |d| d..d + 1) {
                let part = mask & !used[d];
                if part != 0 {
                    slots[d].push((word, turn, part));
                    used[d] |= part;
                    mask &= !part;
                }
            }
            assert_eq!(mask, 0, "every neighbor has a slot");
        }
        // Long slots first in every word: a tile's slot is as long as the longest of its words.
        slots.sort_by_key(|terms| std::cmp::Reverse(terms.len()));
        slots
    }
}
