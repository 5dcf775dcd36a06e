//! The graph of a sparse machine as data: couplings, places and the order of updates.

use super::{MAX_P_BITS, MAX_TAPS};
use crate::placement::Place;
use crate::problem::Problem;
use std::collections::HashSet;
use std::ops::Range;

/// Which p-bits are coupled, which lane and slot serve them, and the color of every slot.
///
/// P-bit ids are positions in these lists, from 0. A p-bit has the color of its slot; p-bits of one color are never coupled, so
/// all of them see the same state of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseGraph {
    /// The neighbors of every p-bit in tap order; `None` is an empty tap. Symmetric, no p-bit with itself, no pair twice. The
    /// order is wiring and never changes a trace.
    pub neighbors: Vec<Vec<Option<u32>>>,
    /// Lane and slot of every p-bit; no two p-bits share a place.
    pub placement: Vec<Place>,
    /// Color of every slot, not descending; every color from 0 to the largest is there.
    pub slot_colors: Vec<u32>,
}

impl SparseGraph {
    /// Number of p-bits.
    pub fn p_bits(&self) -> usize {
        self.placement.len()
    }

    /// Slots of a lane.
    pub fn slots(&self) -> usize {
        self.slot_colors.len()
    }

    /// Number of colors.
    pub fn colors(&self) -> usize {
        self.slot_colors.last().map_or(0, |&color| color as usize + 1)
    }

    /// Color of a p-bit.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn color(&self, p_bit: usize) -> usize {
        self.slot_colors[self.placement[p_bit].slot as usize] as usize
    }

    /// The p-bits of a color in id order: the order of their bits and numbers in a trace.
    pub fn members(&self, color: usize) -> Vec<u32> {
        (0..self.p_bits()).filter(|&i| self.color(i) == color).map(|i| i as u32).collect()
    }

    /// The slots of a color.
    pub fn slots_of(&self, color: usize) -> Range<usize> {
        let first = self.slot_colors.partition_point(|&c| (c as usize) < color);
        first..self.slot_colors.partition_point(|&c| c as usize <= color)
    }

    /// The neighbors of a p-bit, empty taps left out.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn neighbors_of(&self, p_bit: usize) -> impl Iterator<Item = u32> + '_ {
        self.neighbors[p_bit].iter().flatten().copied()
    }

    /// Number of neighbors of a p-bit.
    ///
    /// # Panics
    /// If there is no such p-bit.
    pub fn degree(&self, p_bit: usize) -> usize {
        self.neighbors_of(p_bit).count()
    }

    /// Largest number of neighbors of a p-bit.
    pub fn max_degree(&self) -> usize {
        (0..self.p_bits()).map(|i| self.degree(i)).max().unwrap_or(0)
    }

    /// Every coupled pair once as (i, j) with i < j, lexicographic: the order of couplings in an image.
    pub fn edges(&self) -> Vec<[u32; 2]> {
        let mut edges = Vec::new();
        for i in 0..self.p_bits() {
            let mut above: Vec<u32> = self.neighbors_of(i).filter(|&j| j as usize > i).collect();
            above.sort_unstable();
            edges.extend(above.into_iter().map(|j| [i as u32, j]));
        }
        edges
    }

    /// Taps of a lane: the longest tap list of its p-bits.
    pub fn lane_taps(&self, lanes: usize) -> Vec<usize> {
        let mut taps = vec![0; lanes];
        for (place, neighbors) in self.placement.iter().zip(&self.neighbors) {
            let of_lane = &mut taps[place.lane as usize];
            *of_lane = neighbors.len().max(*of_lane);
        }
        taps
    }

    /// Refuses what is no graph for a machine of `lanes` lanes of `most` slots.
    pub(super) fn check(&self, lanes: usize, most: usize) -> Result<(), Problem> {
        let n = self.placement.len();
        if n == 0 || n > MAX_P_BITS {
            return Err(Problem::new(
                "the number of p-bits is out of range",
                "key `placement`",
                format!("{n} places were given, a machine has 1 to {MAX_P_BITS} p-bits"),
                "use a smaller graph, or split it over several machines",
            ));
        }
        if self.neighbors.len() != n {
            return Err(Problem::new(
                "neighbors and placement disagree about the number of p-bits",
                "keys `neighbors`, `placement`",
                format!("there are {} neighbor lists and {n} places", self.neighbors.len()),
                "give one neighbor list and one place for every p-bit",
            ));
        }
        self.check_slots(most)?;
        self.check_places(lanes)?;
        self.check_neighbors()
    }

    fn check_slots(&self, most: usize) -> Result<(), Problem> {
        let slots = self.slot_colors.len();
        if slots == 0 || slots > most {
            return Err(Problem::new(
                "the number of slots is out of range",
                "key `slot_colors`",
                format!("{slots} colors were given, a lane has 1 to {most} slots"),
                "give the color of every slot, and more lanes for fewer slots",
            ));
        }
        let mut before = 0;
        for (slot, &color) in self.slot_colors.iter().enumerate() {
            let first = slot == 0 && color != 0;
            if first || color < before || color > before + 1 {
                return Err(Problem::new(
                    "the colors of the slots are out of order",
                    format!("key `slot_colors[{slot}]`"),
                    format!(
                        "it is {color} after {}; colors start at 0 and stay or go up by 1",
                        if slot == 0 { "nothing".into() } else { before.to_string() }
                    ),
                    "number the colors from 0 and sort the slots by color",
                ));
            }
            before = color;
        }
        Ok(())
    }

    fn check_places(&self, lanes: usize) -> Result<(), Problem> {
        let slots = self.slots();
        let mut taken = HashSet::with_capacity(self.placement.len());
        for (i, &Place { lane, slot }) in self.placement.iter().enumerate() {
            if lane as usize >= lanes || slot as usize >= slots {
                return Err(Problem::new(
                    "a p-bit has a place that does not exist",
                    format!("key `placement[{i}]`"),
                    format!(
                        "lane {lane}, slot {slot} was given; lanes are 0 to {}, slots 0 to {}",
                        lanes - 1,
                        slots - 1
                    ),
                    "correct the place, or raise lanes",
                ));
            }
            if !taken.insert((lane, slot)) {
                let other =
                    self.placement.iter().position(|p| (p.lane, p.slot) == (lane, slot)).unwrap_or_default();
                return Err(Problem::new(
                    "two p-bits share a place",
                    format!("key `placement[{i}]`"),
                    format!("lane {lane}, slot {slot} already serves p-bit {other}"),
                    "give every p-bit a place of its own",
                ));
            }
        }
        Ok(())
    }

    fn check_neighbors(&self) -> Result<(), Problem> {
        let n = self.p_bits();
        let mut pairs = HashSet::new();
        for (i, taps) in self.neighbors.iter().enumerate() {
            let place = || format!("key `neighbors[{i}]`");
            if taps.len() > MAX_TAPS {
                return Err(Problem::new(
                    "a p-bit has too many neighbors",
                    place(),
                    format!("{} taps were given, at most {MAX_TAPS} are possible", taps.len()),
                    "sparsify the graph with copies of the p-bit",
                ));
            }
            for &j in taps.iter().flatten() {
                let (what, why, help) = if j as usize >= n {
                    (
                        "a neighbor does not exist",
                        format!("p-bit {j} was given, the machine has the p-bits 0 to {}", n - 1),
                        "correct the number, or give the p-bit a place",
                    )
                } else if j as usize == i {
                    (
                        "a p-bit is its own neighbor",
                        "s * s is always 1, so a coupling with itself changes no probability".into(),
                        "remove it from the list",
                    )
                } else if !pairs.insert((i as u32, j)) {
                    (
                        "a neighbor is given twice",
                        format!("p-bit {j} stands in the list more than once"),
                        "every pair has one coupling: remove one of them",
                    )
                } else if self.color(i) == self.color(j as usize) {
                    (
                        "two neighbors have the same color",
                        format!("p-bits {i} and {j} are coupled, and both have color {}", self.color(i)),
                        "color the graph so that neighbors differ, and place them in slots of their colors",
                    )
                } else {
                    continue;
                };
                return Err(Problem::new(what, place(), why, help));
            }
        }
        for (i, taps) in self.neighbors.iter().enumerate() {
            if let Some(&j) = taps.iter().flatten().find(|&&j| !pairs.contains(&(j, i as u32))) {
                return Err(Problem::new(
                    "the neighbor lists are not symmetric",
                    format!("key `neighbors[{i}]`"),
                    format!("p-bit {j} is a neighbor of {i}, but {i} is none of {j}"),
                    format!("add {i} to neighbors[{j}]: couplings act in both directions"),
                ));
            }
        }
        Ok(())
    }
}
