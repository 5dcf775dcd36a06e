//! From a colored graph to lanes, slots and taps of a wired machine.
//!
//! A lane serves one p-bit per slot. Tap t of a lane is a wire to every p-bit that is neighbor t of one of the lane's p-bits; with more than
//! one there is a multiplexer over the slots. Two things cost area: taps (summed in groups, one small memory per group, and a lane has
//! as many as its largest p-bit) and wires. So p-bits of like degree share a lane, and of these, p-bits with common neighbors,
//! which then arrive on one wire.

use super::coloring::sizes;
use crate::models::ColoredModel;
use crate::stream::SplitMix64;
use spinwright_contract::Problem;
use spinwright_contract::placement::Place;
use spinwright_contract::sparse::{MAX_LANES, MAX_SLOTS, SparseGraph};
use std::collections::BTreeMap;

/// What one group of taps costs in wires, for the search: its memory and its adder are about 16 cells, a wire is one.
const GROUP_COST: i64 = 16;
/// Exchanges that the search tries per p-bit.
const TRIES: usize = 200;

/// A graph on lanes and slots, with what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// For `machine.json`.
    pub graph: SparseGraph,
    /// Lanes.
    pub lanes: usize,
    /// What the wires come to.
    pub wires: Wires,
}

/// Counts over all lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Wires {
    /// Taps: per lane as many as its p-bit with the most neighbors has.
    pub taps: usize,
    /// Groups of taps, each with its memory of partial sums.
    pub groups: usize,
    /// Wires into taps: distinct (lane, tap, source).
    pub wires: usize,
    /// Wires if no two p-bits of a lane shared any: the graph's degrees added up.
    pub unshared: usize,
    /// Taps with one source: no multiplexer.
    pub straight: usize,
    /// Most sources of one tap.
    pub widest: usize,
}

/// Places a colored graph on `lanes` lanes with as few slots as its colors allow, `group` taps per look-up.
///
/// The search is a descent: two p-bits of one color exchange places when that costs less; which two is drawn from `seed`.
///
/// # Errors
/// When the graph needs more slots than a machine has, or `lanes` is out of range.
pub fn place(model: &ColoredModel, lanes: usize, group: usize, seed: u64) -> Result<Placed, Problem> {
    let refuse = |why: String, help: &str| {
        Err(Problem::new("the graph cannot be placed", format!("{lanes} lanes"), why, help))
    };
    if lanes == 0 || lanes > MAX_LANES {
        return refuse(format!("a machine has 1 to {MAX_LANES} lanes"), "choose another number of lanes");
    }
    let colors: Vec<usize> =
        model.colors().iter().map(|color| color.expect("graphs have no inputs").0).collect();
    let slot_colors: Vec<u32> = sizes(&colors)
        .iter()
        .enumerate()
        .flat_map(|(color, size)| std::iter::repeat_n(color as u32, size.div_ceil(lanes)))
        .collect();
    if slot_colors.len() > MAX_SLOTS {
        let why = format!("its colors need {} slots per lane, a machine has {MAX_SLOTS}", slot_colors.len());
        return refuse(why, "give it more lanes");
    }
    let mut search = Search::new(model, lanes, group, &slot_colors, &colors);
    search.descend(TRIES * colors.len(), seed);
    Ok(search.placed(slot_colors))
}

/// One lane's p-bits by slot.
type Lane = Vec<Option<usize>>;

struct Search<'a> {
    model: &'a ColoredModel,
    group: usize,
    lanes: Vec<Lane>,
    /// (lane, slot) of every place by color; empty places too.
    places: Vec<Vec<(usize, usize)>>,
}

impl<'a> Search<'a> {
    /// The p-bits of every color by falling degree, dealt to the lanes slot by slot: a lane's p-bits then have like degrees. Among p-bits
    /// of one degree those that hang together come one after the other.
    fn new(
        model: &'a ColoredModel,
        lanes: usize,
        group: usize,
        slot_colors: &[u32],
        colors: &[usize],
    ) -> Self {
        let rank = breadth_first(model);
        let mut order: Vec<usize> = (0..colors.len()).collect();
        order.sort_by_key(|&i| (std::cmp::Reverse(degree(model, i)), rank[i]));
        let mut search =
            Self { model, group, lanes: vec![vec![None; slot_colors.len()]; lanes], places: Vec::new() };
        for color in 0..sizes(colors).len() {
            let slots: Vec<usize> =
                (0..slot_colors.len()).filter(|&s| slot_colors[s] as usize == color).collect();
            // Neighbors in the order fill the slots of one lane.
            let places: Vec<(usize, usize)> =
                (0..lanes).flat_map(|lane| slots.iter().map(move |&slot| (lane, slot))).collect();
            let members = order.iter().filter(|&&i| colors[i] == color);
            members.zip(&places).for_each(|(&i, &(lane, slot))| search.lanes[lane][slot] = Some(i));
            search.places.push(places);
        }
        search
    }

    /// Cost of a lane: groups of taps, and distinct sources of all its taps if none had to be doubled.
    fn cost(&self, lane: &Lane) -> i64 {
        let mut sources = Vec::new();
        let mut taps = 0;
        for &i in lane.iter().flatten() {
            taps = taps.max(degree(self.model, i));
            sources.extend(self.model.model().couplings().row(i).map(|(j, _)| j));
        }
        sources.sort_unstable();
        sources.dedup();
        GROUP_COST * taps.div_ceil(self.group) as i64 + sources.len() as i64
    }

    fn descend(&mut self, tries: usize, seed: u64) {
        let mut random = SplitMix64::new(seed);
        let mut pick = |below: usize| ((u128::from(random.next_word()) * below as u128) >> 64) as usize;
        let mut costs: Vec<i64> = self.lanes.iter().map(|lane| self.cost(lane)).collect();
        for _ in 0..tries {
            let places = &self.places[pick(self.places.len())];
            let ((a, s), (b, t)) = (places[pick(places.len())], places[pick(places.len())]);
            if a == b {
                continue;
            }
            self.exchange((a, s), (b, t));
            let (of_a, of_b) = (self.cost(&self.lanes[a]), self.cost(&self.lanes[b]));
            // Steps that cost the same are taken too: they lead across plateaus.
            if of_a + of_b <= costs[a] + costs[b] {
                (costs[a], costs[b]) = (of_a, of_b);
            } else {
                self.exchange((a, s), (b, t));
            }
        }
    }

    fn exchange(&mut self, (a, s): (usize, usize), (b, t): (usize, usize)) {
        let kept = self.lanes[a][s];
        self.lanes[a][s] = self.lanes[b][t];
        self.lanes[b][t] = kept;
    }

    fn placed(&self, slot_colors: Vec<u32>) -> Placed {
        let n = self.model.model().p_bits();
        let mut placement = vec![Place { lane: 0, slot: 0 }; n];
        let mut neighbors = vec![Vec::new(); n];
        let mut wires = Wires::default();
        for (lane, p_bits) in self.lanes.iter().enumerate() {
            for (slot, &i) in p_bits.iter().enumerate().filter_map(|(slot, i)| Some((slot, i.as_ref()?))) {
                placement[i] = Place { lane: lane as u32, slot: slot as u32 };
            }
            let taps = self.tap_order(p_bits);
            wires.count(&taps, self.group);
            for (&i, taps) in p_bits.iter().zip(taps).filter_map(|(i, taps)| Some((i.as_ref()?, taps))) {
                neighbors[i] = taps.into_iter().map(|tap| tap.map(|j| j as u32)).collect();
            }
        }
        Placed { graph: SparseGraph { neighbors, placement, slot_colors }, lanes: self.lanes.len(), wires }
    }

    /// The neighbors of every slot by tap, with one tap for a neighbor of several slots wherever that is possible. Sources of many
    /// slots choose first, and take the first tap that is free in all of them; where there is none, each slot takes
    /// its own first free tap. No tap beyond the lane's largest degree is used.
    fn tap_order(&self, lane: &Lane) -> Vec<Vec<Option<usize>>> {
        let mut slots_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut width = 0;
        for (slot, &i) in lane.iter().enumerate().filter_map(|(slot, i)| Some((slot, i.as_ref()?))) {
            width = width.max(degree(self.model, i));
            self.model
                .model()
                .couplings()
                .row(i)
                .for_each(|(j, _)| slots_of.entry(j).or_default().push(slot));
        }
        let mut sources: Vec<(usize, Vec<usize>)> = slots_of.into_iter().collect();
        sources.sort_by_key(|(j, slots)| (std::cmp::Reverse(slots.len()), *j));
        let mut taps: Vec<Vec<Option<usize>>> = vec![vec![None; width]; lane.len()];
        for (j, slots) in sources {
            if let Some(tap) = (0..width).find(|&tap| slots.iter().all(|&slot| taps[slot][tap].is_none())) {
                slots.iter().for_each(|&slot| taps[slot][tap] = Some(j));
                continue;
            }
            for slot in slots {
                let tap = taps[slot]
                    .iter()
                    .position(Option::is_none)
                    .expect("a slot has no more neighbors than taps");
                taps[slot][tap] = Some(j);
            }
        }
        for row in &mut taps {
            let used = row.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            row.truncate(used);
        }
        taps
    }
}

impl Wires {
    fn count(&mut self, taps: &[Vec<Option<usize>>], group: usize) {
        let width = taps.iter().map(Vec::len).max().unwrap_or(0);
        self.taps += width;
        self.groups += width.div_ceil(group);
        for tap in 0..width {
            let mut sources: Vec<usize> = taps.iter().filter_map(|slot| *slot.get(tap)?).collect();
            self.unshared += sources.len();
            sources.sort_unstable();
            sources.dedup();
            self.wires += sources.len();
            self.straight += usize::from(sources.len() == 1);
            self.widest = self.widest.max(sources.len());
        }
    }
}

fn degree(model: &ColoredModel, i: usize) -> usize {
    model.model().couplings().row_ptr[i + 1] - model.model().couplings().row_ptr[i]
}

/// The position of every p-bit in a breadth-first walk through the graph.
fn breadth_first(model: &ColoredModel) -> Vec<usize> {
    let n = model.model().p_bits();
    let mut rank = vec![usize::MAX; n];
    let mut walk = Vec::with_capacity(n);
    for first in 0..n {
        if rank[first] != usize::MAX {
            continue;
        }
        rank[first] = walk.len();
        walk.push(first);
        let mut next = walk.len() - 1;
        while let Some(&i) = walk.get(next) {
            next += 1;
            for (j, _) in model.model().couplings().row(i) {
                if rank[j] == usize::MAX {
                    rank[j] = walk.len();
                    walk.push(j);
                }
            }
        }
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::coloring::{Method, color};
    use crate::graph::families::{Family, Shape, Weights};
    use spinwright_contract::RandomSource;
    use spinwright_contract::sparse::{SparseConfig, SparseShifts, Topology};

    fn machine(placed: &Placed, group: usize) -> SparseConfig {
        SparseConfig {
            contract: spinwright_contract::CONTRACT_VERSION,
            name: "test".into(),
            topology: Topology::Wired { graph: placed.graph.clone(), group },
            lanes: placed.lanes,
            replicas: 4,
            weight_bits: 6,
            bias_bits: 6,
            field_bits: 8,
            draw_bits: 16,
            shifts: SparseShifts::default(),
            random_source: RandomSource::Lfsr64,
            coupling_banks: 2,
            bias_banks: 2,
            tables: 1,
            max_sweeps: 1024,
            beta_steps: 0,
            energy: false,
            ladder: false,
            timing: Default::default(),
        }
    }

    fn colored(shape: Shape, seed: u64) -> ColoredModel {
        color(Family { shape, weights: Weights::Signs }.draw(seed).unwrap().model, Method::Balanced)
    }

    /// The contract's own door accepts what comes out, the graph is the one that went in, and the counts are those of the lists.
    #[test]
    fn placements_are_machines() {
        for (shape, lanes) in [
            (Shape::Torus { rows: 6, columns: 10 }, 30),
            (Shape::Torus { rows: 6, columns: 10 }, 7),
            (Shape::Random { nodes: 90, edges: 300 }, 20),
            (Shape::Planar { nodes: 100, percent: 99 }, 16),
            (Shape::Regular { nodes: 64, degree: 6 }, 11),
            (Shape::Random { nodes: 5, edges: 0 }, 9),
        ] {
            for group in 1..=4 {
                let model = colored(shape, 5);
                let placed = place(&model, lanes, group, 1).unwrap();
                machine(&placed, group).validate().unwrap_or_else(|problem| panic!("{problem}"));
                let edges: Vec<[u32; 2]> = placed.graph.edges();
                let wanted: Vec<[u32; 2]> = model
                    .model()
                    .couplings()
                    .row_ptr
                    .windows(2)
                    .enumerate()
                    .flat_map(|(i, row)| {
                        let row = &model.model().couplings().col_idx[row[0]..row[1]];
                        row.iter()
                            .filter(move |&&j| j > i)
                            .map(move |&j| [i as u32, j as u32])
                            .collect::<Vec<_>>()
                    })
                    .collect();
                assert_eq!(edges, wanted);
                let taps = placed.graph.lane_taps(lanes);
                assert_eq!(placed.wires.taps, taps.iter().sum::<usize>());
                assert_eq!(placed.wires.groups, taps.iter().map(|t| t.div_ceil(group)).sum::<usize>());
                assert_eq!(placed.wires.unshared, 2 * edges.len());
                assert!(placed.wires.wires <= placed.wires.unshared);
            }
        }
    }

    /// A lattice folded so that two p-bits of each color share a lane: diagonal neighbors have two neighbors in common, so that 768 wires
    /// are the least, and random pairs share next to none.
    #[test]
    fn the_search_finds_common_neighbors() {
        let model = colored(Shape::Torus { rows: 16, columns: 16 }, 1);
        let placed = place(&model, 64, 3, 1).unwrap();
        assert_eq!(placed.graph.slots(), 4);
        assert_eq!(placed.wires.unshared, 1024);
        assert!(placed.wires.wires <= 780, "{:?}", placed.wires);
        assert_eq!(placed.wires.taps, 256);
    }

    /// Stars: lanes with the hubs are wide, all others have one tap.
    #[test]
    fn lanes_are_as_wide_as_what_they_carry() {
        let pairs: Vec<_> =
            (0..8).flat_map(|hub| (1..9).map(move |leaf| (9 * hub, 9 * hub + leaf, 1.0))).collect();
        let model = crate::models::IsingModel::from_pairs(0, vec![0.0; 72], &pairs).unwrap();
        let placed = place(&color(model, Method::Dsatur), 16, 3, 1).unwrap();
        // 8 hubs in 8 lanes of the first slot; 64 leaves in 4 slots of 16 lanes.
        assert_eq!(placed.graph.slots(), 5);
        let taps = placed.graph.lane_taps(16);
        assert_eq!(taps.iter().filter(|&&t| t == 8).count(), 8);
        assert_eq!(taps.iter().filter(|&&t| t == 1).count(), 8, "{taps:?}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let model = colored(Shape::Torus { rows: 16, columns: 16 }, 1);
        assert!(place(&model, 0, 3, 1).is_err());
        assert!(place(&model, 2049, 3, 1).is_err());
        let message = place(&model, 3, 3, 1).unwrap_err().to_string();
        assert!(message.contains("86 slots") && message.contains("more lanes"), "{message}");
    }
}
