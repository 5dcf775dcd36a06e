//! Small addressed machines.

use spinwright_contract::sparse::{AddressedRoom, SparseConfig, SparseShifts, Topology, ValidSparse};
use spinwright_contract::{CONTRACT_VERSION, RandomSource};

/// What varies between the machines of the tests.
pub struct Plan<'a> {
    pub name: &'a str,
    pub lanes: usize,
    /// Slots, rows, taps, degree, group.
    pub room: [usize; 5],
    /// Colors of the slots in use, one list per coupling bank (repeated).
    pub slot_colors: &'a [&'a [u32]],
    pub edges: usize,
    pub replicas: usize,
    pub bits: [u32; 4],
    pub shifts: [u32; 2],
    pub banks: [usize; 2],
    pub tables: usize,
    pub beta_steps: usize,
    pub xoshiro: bool,
    pub seed: u64,
}

pub fn machine(plan: &Plan) -> ValidSparse {
    let [weight_bits, bias_bits, field_bits, draw_bits] = plan.bits;
    let [slots, rows, taps, degree, group] = plan.room;
    let config = SparseConfig {
        contract: CONTRACT_VERSION,
        name: plan.name.to_owned(),
        topology: Topology::Addressed(AddressedRoom { slots, rows, taps, degree, group }),
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
        energy: false,
        ladder: false,
        timing: Default::default(),
    };
    config.validate().unwrap_or_else(|problem| panic!("{problem}"))
}
