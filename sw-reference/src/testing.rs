//! Machines for the tests of this crate.

use proptest::prelude::*;
use spinwright_contract::config::{ColorShifts, Kind};
use spinwright_contract::{BlockShape, CONTRACT_VERSION, MachineConfig, RandomSource, Shifts, ValidConfig};

/// A small machine with odd sizes: padding in both colors, several chunks, two tables.
pub fn machine(name: &str) -> MachineConfig {
    MachineConfig {
        contract: CONTRACT_VERSION,
        name: name.into(),
        kind: Kind::Layered,
        blocks: vec![BlockShape::dense(11, 7, 5, false)],
        encoder: None,
        decoder: None,
        input_buffers: 1,
        lanes: 2,
        replicas: 3,
        tree_width: 4,
        weight_bits: 4,
        bias_bits: 6,
        field_bits: 6,
        draw_bits: 16,
        shifts: Shifts::default(),
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 2,
        max_sweeps: 100,
        timing: Default::default(),
    }
}

fn any_shifts() -> impl Strategy<Value = ColorShifts> {
    (0u32..3, 0u32..3, 0u32..3).prop_map(|(input, coupling, bias)| ColorShifts { input, coupling, bias })
}

/// Any small valid machine.
pub fn any_machine() -> impl Strategy<Value = ValidConfig> {
    let block = (1usize..12, 1usize..12, 1usize..12, any::<bool>());
    let shape = (0u32..4, 1usize..5, 0u32..3);
    let bits = (2u32..=16, 2u32..=16, 3u32..=9, 8u32..=19);
    let rest = (any_shifts(), any_shifts(), any::<bool>(), 1usize..3);
    (block, shape, bits, rest).prop_map(
        |((inputs, hidden, outputs, skip), (lanes, replicas, wider), bits, rest)| {
            let config = MachineConfig {
                blocks: vec![BlockShape::dense(inputs, hidden, outputs, skip)],
                encoder: None,
                decoder: None,
                input_buffers: 1,
                lanes: 1 << lanes,
                replicas,
                tree_width: 1 << (lanes + wider),
                weight_bits: bits.0,
                bias_bits: bits.1,
                field_bits: bits.2,
                draw_bits: bits.3,
                shifts: Shifts { hidden: rest.0, output: rest.1 },
                random_source: if rest.2 { RandomSource::Lfsr64 } else { RandomSource::Xoshiro128PlusPlus },
                tables: rest.3,
                ..machine("any")
            };
            config.validate().expect("the ranges above are those of the contract")
        },
    )
}
