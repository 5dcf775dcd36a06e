//! Every cell of the sampler against a plain Rust twin written here, over the cell's stimuli (`cells_of_tests`).

mod cells_support;

use cells_support::*;
use spinwright_hdl::crosscheck::{CellPorts, run_rust};
use spinwright_hdl::machine::cells_of_tests;
use std::collections::{BTreeSet, HashMap};

/// The twin of a case; lane, engine and core are compared as whole machines in `machine_core.rs`.
fn twin_of(case: &str) -> Option<Box<dyn Twin>> {
    let plain = Order { slots: [3, 2], chunks: [2, 0], couplings: [1, 2], replicas: 2, depth: 7 };
    let skipping = Order { slots: [3, 4], chunks: [1, 1], couplings: [1, 1], replicas: 3, depth: 9 };
    Some(match case {
        "leap_lfsr 15 bits" => Box::new(Lfsr::new(15)),
        "leap_lfsr 19 bits" => Box::new(Lfsr::new(19)),
        "xoshiro128pp" => Box::new(Xoshiro::new(20)),
        "adder_tree 8 terms" => Box::new(Tree::new(8, 2)),
        "adder_tree 2 terms" => Box::new(Tree::new(2, 1)),
        "coupling_unit 4 of 4 bits" => Box::new(Couplings::new(4, 2, 4, 1)),
        "coupling_unit 8 of 6 bits" => Box::new(Couplings::new(8, 2, 6, 3)),
        "coupling_unit 1 of 16 bits" => Box::new(Couplings::new(1, 1, 16, 1)),
        "field_accumulator plain" => Box::new(Accumulator::new([0, 0], [0, 0])),
        "field_accumulator shifts" => Box::new(Accumulator::new([1, 0], [2, 3])),
        "readout" => Box::new(Sums::new(9)),
        "spin_address 5 slots" => Box::new(Divide::new(5, 3)),
        "spin_address 1 replica" => Box::new(Divide::new(7, 1)),
        "threshold_table" => Box::new(Table::default()),
        "p_bit" => Box::new(Settle::default()),
        "clamp" => Box::new(Masks::default()),
        "table_select 1 table" => Box::new(Selects::new(1)),
        "table_select 3 tables" => Box::new(Selects::new(3)),
        "weight_bank 5 bits" => Box::new(Weights::new(vec![30, 10])),
        "weight_bank 4 bits" => Box::new(Weights::new(vec![16])),
        "bias_bank" => Box::new(Biases::default()),
        "spin_memory 2 columns" => Box::new(Spins::new(2, 2)),
        "spin_memory 1 column" => Box::new(Spins::new(1, 4)),
        "input_memory 1 part" => Box::new(Pictures::new(8, 2, 1)),
        "input_memory 2 parts" => Box::new(Pictures::new(32, 16, 2)),
        "sequencer small" => Box::new(Sequence::new(plain)),
        "sequencer skip" => Box::new(Sequence::new(skipping)),
        "update_pipeline 1 stage" => Box::new(Stages::new(1)),
        "update_pipeline 3 stages" => Box::new(Stages::new(3)),
        _ => return None,
    })
}

#[test]
fn every_cell_equals_its_twin() {
    let (mut compared, mut without) = (0, BTreeSet::new());
    for case in cells_of_tests() {
        let Some(mut twin) = twin_of(&case.name) else {
            without.insert(case.name.split(' ').next().unwrap_or_default().to_owned());
            continue;
        };
        let mut cell = (case.make)();
        let (inputs, outputs) = (cell.inputs(), cell.outputs());
        let rows = run_rust(&mut cell, &case.stimuli);
        let mut values = 0;
        for (clock, (row, found)) in case.stimuli.iter().zip(&rows).enumerate() {
            let named = inputs.iter().zip(row).map(|(port, value)| (port.name.clone(), (*value, port.width)));
            let expected: HashMap<String, u64> = twin.clock(&Inputs(named.collect())).into_iter().collect();
            for (port, value) in outputs.iter().zip(found) {
                let Some(wanted) = expected.get(&port.name) else { continue };
                let wanted = wanted & (u64::MAX >> (64 - port.width));
                assert_eq!(*value, wanted, "{}: {} in clock {clock}", case.name, port.name);
                values += 1;
            }
            for name in expected.keys() {
                assert!(outputs.iter().any(|p| p.name == *name), "{}: no output {name}", case.name);
            }
        }
        assert!(values >= case.stimuli.len() * 9 / 10, "{}: {values} values compared", case.name);
        compared += values;
    }
    assert!(compared > 50_000, "{compared} values compared");
    assert_eq!(without.into_iter().collect::<Vec<_>>(), ["engine", "lane"]);
}
