//! Every cell of the sampler against a plain Rust twin written here, over the cell's stimuli (`cells_of_tests`).

mod cells_support;
mod twin_support;

use cells_support::*;
use spinwright_hdl::machine::cells_of_tests;
use std::collections::BTreeSet;
use twin_support::{Twin, compare};

/// The twin of a case; lane, engine and core are compared as whole machines in `machine_core.rs`.
fn twin_of(case: &str) -> Option<Box<dyn Twin>> {
    let plain = Order { slots: [3, 2], chunks: [2, 0], couplings: [1, 2], replicas: 2, depth: 7 };
    let skipping = Order { slots: [3, 4], chunks: [1, 1], couplings: [1, 1], replicas: 3, depth: 10 };
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
        "table_select 1 table" => Box::new(Selects::new(1, 1)),
        "table_select 3 tables" => Box::new(Selects::new(3, 1)),
        "weight_bank 5 bits" => Box::new(Weights::new(vec![30, 10])),
        "weight_bank 4 bits" => Box::new(Weights::new(vec![16])),
        "bias_bank" => Box::new(Biases::default()),
        "spin_memory 2 columns" => Box::new(Spins::new(2, 2)),
        "spin_memory 1 column" => Box::new(Spins::new(1, 4)),
        "input_memory 1 part" => Box::new(Pictures::new(8, 2, 1)),
        "input_memory 2 parts" => Box::new(Pictures::new(32, 16, 2)),
        "sequencer small" => Box::new(Sequence::new(plain)),
        "sequencer skip" => Box::new(Sequence::new(skipping)),
        "table_select 2 blocks" => Box::new(Selects::new(2, 2)),
        "update_pipeline 1 stage" => Box::new(Stages::new(1, false)),
        "update_pipeline 3 stages" => Box::new(Stages::new(3, false)),
        "update_pipeline planes" => Box::new(Stages::new(2, true)),
        "kernel_axis" => Box::new(Axis::new(deep_passes().iter().map(|p| p[1]).collect())),
        "tap_walker" => Box::new(Walk::new(deep_passes())),
        "slot_counter" => {
            let block = |hidden, output, shared| [hidden, output, hidden, output].map(|row| (row, shared));
            Box::new(Counter::new([block(0, 6, false), block(9, 11, true)].concat()))
        }
        "pass_counter" => {
            Box::new(Beats::new(vec![(2, 3), (2, 3), (1, 3), (1, 3), (1, 2), (1, 1), (2, 2), (0, 1)]))
        }
        "slot_place" => Box::new(Places::new(1, vec![[(6, 1), (6, 1)]], 1)),
        "slot_place gaps" => Box::new(Places::new(4, vec![[(6, 3), (3, 3)], [(2, 2), (1, 1)]], 2)),
        "cell_walker" => Box::new(Cells::new([1, 2], [2, 3], 1)),
        "delay 1 clock" => Box::new(Late::new(1)),
        "delay 4 clocks" => Box::new(Late::new(4)),
        "plane_memory 2 parts" => Box::new(Planes::new(2)),
        "plane_memory 1 part" => Box::new(Planes::new(1)),
        _ => return None,
    })
}

/// Rows and columns of the passes of the machine `deep_cells`.
fn deep_passes() -> Vec<[AxisOrder; 2]> {
    let dense = |unit| [axis([1, 1, 1, unit, 1, 0], false); 2];
    vec![
        [axis([1, 2, 1, 2, 2, 0], true), axis([2, 2, 1, 2, 2, 0], true)],
        [axis([1, 2, 1, 4, 2, 0], false), axis([1, 2, 2, 2, 2, 0], false)],
        [axis([1, 3, 2, 3, 2, 1], false), axis([2, 3, 3, 1, 2, 1], false)],
        [axis([1, 1, 2, 3, 1, 0], false), axis([1, 1, 3, 1, 1, 0], false)],
        dense(1),
        dense(1),
        dense(2),
        dense(0),
    ]
}

fn kind_of(name: &str) -> String {
    name.split(' ').next().unwrap_or_default().to_owned()
}

#[test]
fn every_cell_equals_its_twin() {
    let (mut compared, mut with, mut all) = (0, BTreeSet::new(), BTreeSet::new());
    for case in cells_of_tests() {
        let kind = kind_of(&case.name);
        all.insert(kind.clone());
        let Some(mut twin) = twin_of(&case.name) else { continue };
        with.insert(kind);
        compared += compare(&case, &mut *twin, |_, _| ());
    }
    assert!(compared > 50_000, "{compared} values compared");
    let without: Vec<_> = all.difference(&with).collect();
    assert_eq!(without, ["engine", "lane", "windows"]);
}
