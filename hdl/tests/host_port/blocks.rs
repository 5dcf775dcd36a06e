//! Every block by itself: rust-hdl simulation, our Verilog and stock Verilog agree, the tools accept it, and plain Rust twins agree.

use crate::bench::Dice;
use crate::model::crc32;
use rust_hdl_core::prelude::*;
use spinwright_hdl::crosscheck::{
    CellPorts, check_cell, icarus_lint, our_verilog, run_rust, verilator_lint, yosys_latches,
};
use spinwright_hdl::host::{COUNTERS, Crc32, ErrorCounters, RESIDUE, cells_of_tests};
use spinwright_hdl::width::{settle, tick};
use std::collections::BTreeMap;

#[test]
fn every_block_is_the_same_in_three_descriptions() {
    for case in cells_of_tests() {
        let compared =
            check_cell(&case.name, || (case.make)(), &case.stimuli).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(compared.clocks, case.stimuli.len());
        assert!(compared.values >= 2 * compared.clocks, "{}: {compared:?}", case.name);
    }
}

#[test]
fn every_block_passes_the_tools() {
    for case in cells_of_tests() {
        let name = case.name.split(' ').next().expect("a name");
        let design = our_verilog(&mut (case.make)(), name).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        for verdict in [verilator_lint(&design), icarus_lint(&design), yosys_latches(&design)] {
            verdict.unwrap_or_else(|e| panic!("{}: {e}", case.name));
        }
    }
}

#[test]
fn stimuli_move_every_output() {
    // In one configuration of its kind at least: some machines have outputs that cannot move.
    let mut moves: BTreeMap<(String, String), bool> = BTreeMap::new();
    for case in cells_of_tests() {
        let kind = case.name.split(' ').next().expect("a name");
        let mut cell = (case.make)();
        let rows = run_rust(&mut cell, &case.stimuli);
        for (at, port) in cell.outputs().iter().enumerate() {
            *moves.entry((kind.into(), port.name.clone())).or_default() |=
                rows.iter().any(|row| row[at] != rows[0][at]);
        }
    }
    for ((kind, port), moved) in moves {
        assert!(moved, "{kind}: {port} never moves");
    }
}

#[test]
fn names_of_cases_are_unique() {
    let mut names: Vec<String> = cells_of_tests().into_iter().map(|case| case.name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn the_crc_unit_is_the_crc() {
    // The check value of this CRC in every catalog.
    assert_eq!(crc32(*b"123456789"), 0xcbf4_3926);
    let mut unit = Crc32::default();
    unit.connect_all();
    let mut dice = Dice(1);
    for length in [0, 1, 2, 9, 300] {
        let bytes: Vec<u8> = (0..length).map(|_| dice.roll() as u8).collect();
        unit.clear.next = true;
        unit.enable.next = true; // clear wins
        tick(&mut unit);
        unit.clear.next = false;
        for &byte in &bytes {
            unit.data.set(byte.into());
            unit.enable.next = true;
            tick(&mut unit);
            unit.enable.next = false;
            tick(&mut unit);
        }
        let crc = crc32(bytes.iter().copied());
        assert_eq!(!unit.remainder.val().raw() as u32, crc, "{length} bytes");
        for byte in crc.to_le_bytes() {
            unit.data.set(byte.into());
            unit.enable.next = true;
            tick(&mut unit);
        }
        assert_eq!(unit.remainder.val().raw(), RESIDUE);
    }
}

#[test]
fn error_counters_stop_at_65535() {
    let mut cell = ErrorCounters::default();
    cell.connect_all();
    (0..10).for_each(|_| tick(&mut cell));
    let count = |cell: &mut ErrorCounters, events: i64| {
        (0..COUNTERS).for_each(|i| cell.events[i].next = events >> i & 1 == 1);
        tick(cell);
        (0..COUNTERS).for_each(|i| cell.events[i].next = false);
        for _ in 0..2 * COUNTERS {
            tick(cell);
            if !cell.busy.val() {
                return;
            }
        }
        panic!("still busy");
    };
    (0..65_530).for_each(|_| count(&mut cell, 0b0100000));
    (0..8).for_each(|_| count(&mut cell, 0b1100001));
    for (index, expected) in [(0, 8), (1, 0), (4, 0), (5, 65_535), (6, 8)] {
        cell.read_index.set(index);
        cell.read_request.next = true;
        tick(&mut cell);
        assert!(cell.read_done.val());
        assert_eq!(cell.read_data.val().raw(), expected, "counter {index}");
        cell.read_request.next = false;
        tick(&mut cell);
        settle(&mut cell);
    }
}
