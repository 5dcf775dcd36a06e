//! Random sparse machines.

use spinwright_contract::config::Timing;
use spinwright_contract::sparse::{AddressedRoom, MAX_ROWS, Topology};
use spinwright_contract::{Place, RandomSource, SparseConfig, SparseGraph, SparseShifts, ValidSparse};
use spinwright_reference::sparse::RandomGraph;
use spinwright_reference::stream::SplitMix64;

/// A number of `low ..= high`.
pub fn between(random: &mut SplitMix64, low: usize, high: usize) -> usize {
    low + (random.next_word() % (high - low + 1) as u64) as usize
}

fn pick<T: Copy>(random: &mut SplitMix64, from: &[T]) -> T {
    from[between(random, 0, from.len() - 1)]
}

/// As `pick`, with small numbers as often as large ones.
fn spread(random: &mut SplitMix64, low: usize, high: usize) -> usize {
    let octaves = (high / low).ilog2() as usize;
    let from = low << between(random, 0, octaves);
    between(random, from, high.min(2 * from))
}

/// Any machine that the contract allows with 8 to `most` p-bits: degree 1 to 32, 2 to 9 colors, 1 to 64 replicas, places, padding, tap
/// order, empty taps, widths, shifts, banks, tables, beta steps and random source at random.
pub fn any(name: &str, seed: u64, most: usize) -> ValidSparse {
    let r = &mut SplitMix64::new(seed);
    let p_bits = spread(r, 8, most);
    let degree = spread(r, 1, 32);
    let colors = between(r, 2, 9).min(p_bits);
    // A lane has a slot of every color at least, up to 64 of them.
    let fewest = p_bits.div_ceil(48).max(1);
    let lanes = between(r, fewest, (2 * p_bits).div_ceil(colors).clamp(fewest, 96));
    let graph = RandomGraph { seed: r.next_word() >> 8, p_bits, degree, colors, lanes };
    for more in 0.. {
        let graph = RandomGraph { lanes: lanes + more, ..graph };
        let base = SparseConfig { name: name.into(), ..graph.config() };
        if base_slots(&base) <= 64 {
            let graph = graph_of(&base);
            return vary(base, graph.p_bits(), |group| Topology::Wired { graph: graph.clone(), group }, r);
        }
    }
    unreachable!("with a lane per p-bit there is a slot per color")
}

/// Any addressed machine with room for a graph of 8 to `most` p-bits of degree 1 to 32 in 2 to 9 colors, often just enough room.
pub fn any_addressed(name: &str, seed: u64, most: usize) -> ValidSparse {
    let r = &mut SplitMix64::new(seed);
    let p_bits = spread(r, 8, most);
    let (degree, colors) = (spread(r, 1, 32), between(r, 2, 9).min(p_bits));
    let fewest = p_bits.div_ceil(256).next_power_of_two().ilog2() as usize;
    let lanes = 1 << between(r, fewest, (p_bits / colors).max(1).ilog2().clamp(fewest as u32, 6) as usize);
    let graph = RandomGraph { seed: r.next_word() >> 8, p_bits, degree, colors, lanes };
    let base = SparseConfig { name: name.into(), ..graph.config() };
    let graph = graph_of(&base);
    let (degree, slots) = (graph.max_degree().max(1), graph.slots() + between(r, 0, 2));
    let mut taps = between(r, 1, 10);
    let room = loop {
        let room = AddressedRoom { slots, rows: 0, taps, degree, group: 1 };
        let rows = room.rows_of(&graph).iter().sum::<usize>().max(slots) + between(r, 0, 3);
        if rows <= MAX_ROWS {
            break AddressedRoom { rows, ..room };
        }
        taps += 1;
    };
    vary(base, slots * lanes, |group| Topology::Addressed(AddressedRoom { group, ..room }), r)
}

fn graph_of(config: &SparseConfig) -> SparseGraph {
    let Topology::Wired { graph, .. } = &config.topology else { unreachable!("these machines are wired") };
    graph.clone()
}

fn base_slots(config: &SparseConfig) -> usize {
    graph_of(config).slots()
}

/// Everything beside the graph and its places, at random.
fn vary(
    base: SparseConfig,
    p_bits: usize,
    topology: impl Fn(usize) -> Topology,
    r: &mut SplitMix64,
) -> ValidSparse {
    let lfsr = between(r, 0, 1) == 0;
    let most = (8192 / p_bits.div_ceil(32)).min(64);
    let replicas = pick(r, &[1, 2, 5, 7, 8, 13, 16, 31, 33, 64]).min(most);
    let field_bits = between(r, 3, 10) as u32;
    let group = between(r, 1, 4);
    let limit = (1usize << 31) / (1 << (field_bits - 1)) / replicas - 1;
    let topology = topology(group);
    let takes_energy = matches!(topology, Topology::Wired { .. });
    let mut config = SparseConfig {
        topology,
        replicas,
        weight_bits: between(r, 2, (32 / group).min(8)) as u32,
        bias_bits: between(r, 2, 10) as u32,
        field_bits,
        draw_bits: if lfsr { between(r, 8, 19) } else { between(r, 8, 24) } as u32,
        shifts: SparseShifts { coupling: between(r, 0, 3) as u32, bias: between(r, 0, 3) as u32 },
        random_source: if lfsr { RandomSource::Lfsr64 } else { RandomSource::Xoshiro128PlusPlus },
        coupling_banks: pick(r, &[2, 3, 4]),
        bias_banks: pick(r, &[2, 3, 5]),
        tables: pick(r, &[1, 2, 3, 8]),
        max_sweeps: pick(r, &[40, 1000, 1 << 20]).min(limit) as u32,
        beta_steps: pick(r, &[0, 1, 5, 16]),
        energy: between(r, 0, 1) == 0 && takes_energy,
        timing: Timing { tree_levels_per_stage: between(r, 1, 3), ..Timing::default() },
        ..base
    };
    // Every machine that may have a ladder has one.
    if config.energy && config.tables > 1 && config.replicas.is_multiple_of(config.tables) {
        config = SparseConfig { ladder: true, beta_steps: 0, ..config };
    }
    config.validate().unwrap_or_else(|e| panic!("{e}"))
}

/// Name; p-bits, degree, colors, lanes; replicas, group; bits of weights, biases, fields and draws; coupling banks, bias banks, tables,
/// beta steps; random source.
type Plan = (&'static str, [usize; 4], [usize; 2], [u32; 4], [usize; 4], RandomSource);

/// Small machines that together have every option at both ends: builds are short.
pub fn small() -> Vec<ValidSparse> {
    let lfsr = RandomSource::Lfsr64;
    let xoshiro = RandomSource::Xoshiro128PlusPlus;
    let plans: [Plan; 8] = [
        ("tiny", [8, 3, 2, 5], [1, 3], [2, 2, 3, 8], [2, 2, 1, 0], xoshiro),
        ("pairs", [30, 1, 2, 8], [3, 1], [8, 10, 8, 16], [3, 2, 2, 4], lfsr),
        ("three", [70, 6, 3, 13], [16, 3], [6, 8, 8, 16], [2, 3, 5, 16], lfsr),
        ("many", [61, 5, 2, 16], [64, 3], [4, 4, 6, 12], [2, 2, 4, 0], xoshiro),
        ("nine", [90, 12, 9, 7], [8, 2], [7, 9, 9, 19], [4, 5, 1, 0], lfsr),
        ("dense", [66, 32, 5, 9], [5, 4], [8, 6, 12, 24], [2, 2, 1, 1], xoshiro),
        ("banks", [40, 4, 4, 11], [6, 3], [5, 5, 5, 10], [16, 32, 2, 0], lfsr),
        ("tables", [33, 8, 6, 3], [13, 2], [16, 16, 6, 17], [2, 2, 64, 64], lfsr),
    ];
    let machine = |(i, plan): (usize, &Plan)| {
        let (name, [p_bits, degree, colors, lanes], [replicas, group], bits, banks, random_source) = *plan;
        let graph = RandomGraph { seed: 100 + i as u64, p_bits, degree, colors, lanes };
        let base = graph.config();
        let Topology::Wired { graph, .. } = base.topology else { unreachable!("these machines are wired") };
        SparseConfig {
            name: name.into(),
            topology: Topology::Wired { graph, group },
            replicas,
            weight_bits: bits[0],
            bias_bits: bits[1],
            field_bits: bits[2],
            draw_bits: bits[3],
            shifts: SparseShifts { coupling: i as u32 % 3, bias: (i as u32 / 3) % 3 },
            random_source,
            coupling_banks: banks[0],
            bias_banks: banks[1],
            tables: banks[2],
            max_sweeps: if i == 0 { 1 << 20 } else { 3000 },
            beta_steps: banks[3],
            energy: [0, 2, 3, 6].contains(&i),
            ladder: [3, 6].contains(&i),
            timing: Timing { tree_levels_per_stage: 1 + i % 3, ..Timing::default() },
            ..base
        }
        .validate()
        .unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    plans.iter().enumerate().map(machine).collect()
}

/// Name; lanes; slots, rows, taps, degree, group; replicas; bits of weights, biases, fields and draws; coupling banks, bias banks, tables,
/// beta steps; random source.
type AddressedPlan = (&'static str, usize, [usize; 5], usize, [u32; 4], [usize; 4], RandomSource);

/// Small addressed machines with every option at both ends: one row per slot and several, more lanes than replicas and fewer, one lane.
pub fn small_addressed() -> Vec<ValidSparse> {
    let (lfsr, xoshiro) = (RandomSource::Lfsr64, RandomSource::Xoshiro128PlusPlus);
    let plans: [AddressedPlan; 3] = [
        ("lists", 4, [18, 40, 3, 9, 2], 5, [5, 6, 6, 13], [2, 3, 3, 4], lfsr),
        ("broad", 16, [5, 5, 6, 6, 3], 16, [6, 8, 8, 16], [3, 2, 1, 0], lfsr),
        ("alone", 1, [40, 90, 1, 3, 1], 64, [8, 10, 5, 24], [2, 2, 2, 1], xoshiro),
    ];
    let machine = |(i, plan): (usize, &AddressedPlan)| {
        let &(name, lanes, [slots, rows, taps, degree, group], replicas, bits, banks, random_source) = plan;
        SparseConfig {
            name: String::from(name),
            topology: Topology::Addressed(AddressedRoom { slots, rows, taps, degree, group }),
            lanes,
            replicas,
            weight_bits: bits[0],
            bias_bits: bits[1],
            field_bits: bits[2],
            draw_bits: bits[3],
            shifts: SparseShifts { coupling: i as u32, bias: 2 - i as u32 },
            random_source,
            coupling_banks: banks[0],
            bias_banks: banks[1],
            tables: banks[2],
            max_sweeps: 3000,
            beta_steps: banks[3],
            timing: Timing { tree_levels_per_stage: 1 + i % 3, ..Timing::default() },
            ..RandomGraph { seed: 1, p_bits: 2, degree: 1, colors: 2, lanes: 1 }.config()
        }
        .validate()
        .unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    plans.iter().enumerate().map(machine).collect()
}

/// A cubic lattice with periodic ends (an even `size`): 6 neighbors, 2 colors, 2 slots. Every p-bit shares its lane with its mirror
/// image, so that all slots of a lane have the same wires.
pub fn cube(name: &str, size: usize, replicas: usize) -> ValidSparse {
    let id = |x: usize, y: usize, z: usize| (x * size + y) * size + z;
    let mirror = |p: usize| {
        let (x, yz) = (p / (size * size), p % (size * size));
        (size - 1 - x) * size * size + yz
    };
    let up = |k: usize| (k + 1) % size;
    let down = |k: usize| (k + size - 1) % size;
    let p_bits = size * size * size;
    let mut neighbors = vec![Vec::new(); p_bits];
    let mut placement = vec![Place { lane: 0, slot: 0 }; p_bits];
    let mut lane = 0;
    for x in 0..size {
        for y in 0..size {
            for z in (0..size).filter(|z| (x + y + z) % 2 == 0) {
                let (p, partner) = (id(x, y, z), mirror(id(x, y, z)));
                let taps = [
                    id(up(x), y, z),
                    id(down(x), y, z),
                    id(x, up(y), z),
                    id(x, down(y), z),
                    id(x, y, up(z)),
                    id(x, y, down(z)),
                ];
                neighbors[p] = taps.iter().map(|&t| Some(t as u32)).collect();
                neighbors[partner] = taps.iter().map(|&t| Some(mirror(t) as u32)).collect();
                placement[p] = Place { lane, slot: 0 };
                placement[partner] = Place { lane, slot: 1 };
                lane += 1;
            }
        }
    }
    let graph = SparseGraph { neighbors, placement, slot_colors: vec![0, 1] };
    SparseConfig {
        name: name.into(),
        topology: Topology::Wired { graph, group: 3 },
        lanes: lane as usize,
        replicas,
        weight_bits: 6,
        bias_bits: 8,
        field_bits: 7,
        draw_bits: 16,
        shifts: SparseShifts::default(),
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 1,
        max_sweeps: 1 << 16,
        beta_steps: 0,
        energy: false,
        timing: Timing::default(),
        ..RandomGraph { seed: 1, p_bits: 2, degree: 1, colors: 2, lanes: 1 }.config()
    }
    .validate()
    .unwrap_or_else(|e| panic!("{e}"))
}
