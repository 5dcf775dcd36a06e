//! Small wired machines with random graphs.

use spinwright_contract::sparse::{SparseConfig, SparseGraph, SparseShifts, Topology, ValidSparse};
use spinwright_contract::*;
use std::collections::HashSet;

/// A small generator of test data.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut y = self.0;
        y = (y ^ (y >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        y = (y ^ (y >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        y ^ (y >> 31)
    }
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// What varies between the machines of the tests.
pub struct Plan<'a> {
    pub name: &'a str,
    pub lanes: usize,
    pub slot_colors: &'a [u32],
    pub p_bits: usize,
    pub edges: usize,
    pub replicas: usize,
    pub group: usize,
    pub bits: [u32; 4],
    pub shifts: [u32; 2],
    pub banks: [usize; 2],
    pub tables: usize,
    pub beta_steps: usize,
    pub energy: bool,
    pub xoshiro: bool,
    pub seed: u64,
}

/// A machine with a random graph: random places, random tap order with empty taps.
pub fn machine(plan: &Plan) -> ValidSparse {
    let mut dice = Dice(plan.seed);
    let slots = plan.slot_colors.len();
    let mut places: Vec<(usize, usize)> =
        (0..plan.lanes).flat_map(|lane| (0..slots).map(move |slot| (lane, slot))).collect();
    for i in (1..places.len()).rev() {
        places.swap(i, dice.below(i as u64 + 1) as usize);
    }
    places.truncate(plan.p_bits);
    let color = |p: usize| plan.slot_colors[places[p].1];
    let mut neighbors: Vec<Vec<Option<u32>>> = vec![vec![]; plan.p_bits];
    let mut pairs = HashSet::new();
    for _ in 0..20 * plan.edges {
        // The first p-bits get more neighbors than the others.
        let i = dice.below(plan.p_bits as u64).min(dice.below(plan.p_bits as u64)) as usize;
        let j = dice.below(plan.p_bits as u64) as usize;
        if pairs.len() < plan.edges && color(i) != color(j) && pairs.insert((i.min(j), i.max(j))) {
            for (a, b) in [(i, j), (j, i)] {
                if dice.below(6) == 0 {
                    neighbors[a].push(None);
                }
                neighbors[a].push(Some(b as u32));
            }
        }
    }
    let [weight_bits, bias_bits, field_bits, draw_bits] = plan.bits;
    let config = SparseConfig {
        contract: CONTRACT_VERSION,
        name: plan.name.to_owned(),
        topology: Topology::Wired {
            graph: SparseGraph {
                neighbors,
                placement: places.iter().map(|&(l, s)| Place { lane: l as u32, slot: s as u32 }).collect(),
                slot_colors: plan.slot_colors.to_vec(),
            },
            group: plan.group,
        },
        lanes: plan.lanes,
        replicas: plan.replicas,
        weight_bits,
        bias_bits,
        field_bits,
        draw_bits,
        shifts: SparseShifts { coupling: plan.shifts[0], bias: plan.shifts[1] },
        random_source: if plan.xoshiro { RandomSource::Xoshiro128PlusPlus } else { RandomSource::Lfsr64 },
        coupling_banks: plan.banks[0],
        bias_banks: plan.banks[1],
        tables: plan.tables,
        max_sweeps: 1000,
        beta_steps: plan.beta_steps,
        energy: plan.energy,
        ladder: false,
        timing: Default::default(),
    };
    config.validate().unwrap_or_else(|problem| panic!("{problem}"))
}
