//! The 3-D lattice that the areas are measured with.

use spinwright_contract::CONTRACT_VERSION;
use spinwright_contract::sparse::{SparseConfig, SparseGraph, SparseShifts, Topology, ValidSparse};
use spinwright_contract::*;

/// A 3-D lattice with periodic ends (all sizes even), degree 6 where sizes are above 2, 2 colors, 2 slots.
///
/// With `mirrored` a p-bit shares its lane with its mirror image in x, so that no tap needs a multiplexer; else with its right
/// neighbor.
pub fn lattice(name: &str, size: [usize; 3], replicas: usize, mirrored: bool) -> ValidSparse {
    let [nx, ny, nz] = size;
    let id = |x: usize, y: usize, z: usize| (x * ny + y) * nz + z;
    let at = |p: usize| [p / nz / ny, p / nz % ny, p % nz];
    let steps = |[x, y, z]: [usize; 3]| {
        [
            id((x + 1) % nx, y, z),
            id((x + nx - 1) % nx, y, z),
            id(x, (y + 1) % ny, z),
            id(x, (y + ny - 1) % ny, z),
            id(x, y, (z + 1) % nz),
            id(x, y, (z + nz - 1) % nz),
        ]
    };
    let n = nx * ny * nz;
    let mirror = |p: usize| {
        let [x, y, z] = at(p);
        id(nx - 1 - x, y, z)
    };
    let (mut neighbors, mut placement) = (vec![vec![]; n], vec![Place { lane: 0, slot: 0 }; n]);
    let mut lane = 0;
    for p in 0..n {
        let [x, y, z] = at(p);
        if (x + y + z) % 2 == 1 {
            continue;
        }
        let partner = if mirrored { mirror(p) } else { steps([x, y, z])[0] };
        placement[p] = Place { lane, slot: 0 };
        placement[partner] = Place { lane, slot: 1 };
        lane += 1;
        let taps: Vec<usize> = steps([x, y, z]).into_iter().collect();
        neighbors[p] = taps.iter().map(|&t| Some(t as u32)).collect();
        let theirs = |t: &usize| if mirrored { mirror(*t) } else { steps(at(*t))[0] };
        neighbors[partner] = if mirrored {
            taps.iter().map(|t| Some(theirs(t) as u32)).collect()
        } else {
            steps(at(partner)).into_iter().map(|t| Some(t as u32)).collect()
        };
    }
    let config = SparseConfig {
        contract: CONTRACT_VERSION,
        name: name.to_owned(),
        topology: Topology::Wired {
            graph: SparseGraph { neighbors, placement, slot_colors: vec![0, 1] },
            group: 3,
        },
        lanes: n / 2,
        replicas,
        weight_bits: 6,
        bias_bits: 8,
        field_bits: 6,
        draw_bits: 16,
        shifts: SparseShifts::default(),
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 1,
        max_sweeps: 65536,
        beta_steps: 0,
        energy: false,
        ladder: false,
        timing: Default::default(),
    };
    config.validate().unwrap_or_else(|problem| panic!("{problem}"))
}
