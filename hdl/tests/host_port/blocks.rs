//! Every block by itself: rust-hdl simulation, our Verilog and stock Verilog agree, the tools accept it, and plain Rust twins agree.

use crate::bench::Dice;
use crate::model::crc32;
use rust_hdl_core::prelude::*;
use spinwright_hdl::crosscheck::{
    CellPorts, check_cell, icarus_lint, our_verilog, run_rust, verilator_lint, yosys_latches,
};
use spinwright_hdl::host::{ByteCrc, COUNTERS, ErrorCounters, RESIDUE, cells_of_tests};
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
    let mut unit = ByteCrc::default();
    unit.connect_all();
    let feed = |unit: &mut ByteCrc, byte: u8| {
        unit.data.set(byte.into());
        unit.enable.next = true;
        tick(unit);
        unit.enable.next = false;
        for _ in 0..8 {
            assert!(unit.busy.val());
            tick(unit);
        }
        assert!(!unit.busy.val());
    };
    let mut dice = Dice(1);
    for length in [0, 1, 2, 9, 300] {
        let bytes: Vec<u8> = (0..length).map(|_| dice.roll() as u8).collect();
        unit.clear.next = true;
        unit.enable.next = true; // clear wins
        tick(&mut unit);
        unit.clear.next = false;
        unit.enable.next = false;
        bytes.iter().for_each(|&byte| feed(&mut unit, byte));
        let crc = crc32(bytes.iter().copied());
        assert_eq!(!unit.remainder.val().raw() as u32, crc, "{length} bytes");
        // Its own bytes shift the remainder out, least significant first; the message with its CRC leaves the residue.
        crc.to_le_bytes().into_iter().for_each(|byte| feed(&mut unit, byte));
        assert_eq!(unit.remainder.val().raw(), RESIDUE);
    }
}

/// The counters with a memory beside them, as the schedule memory is.
struct Counters {
    cell: ErrorCounters,
    memory: [u64; 8],
}

impl Counters {
    fn clock(&mut self) {
        settle(&mut self.cell);
        let cell = &self.cell;
        let (read, write) = (cell.memory_read.val(), cell.memory_write.val());
        let word = self.memory[cell.memory_read_index.val().raw() as usize];
        if write {
            self.memory[cell.memory_write_index.val().raw() as usize] = cell.memory_write_data.val().raw();
        }
        tick(&mut self.cell);
        if read {
            self.cell.memory_read_data.set(word as i64);
            settle(&mut self.cell);
        }
    }

    fn count(&mut self, events: u64) {
        (0..COUNTERS).for_each(|i| self.cell.events[i].next = events >> i & 1 == 1);
        self.clock();
        (0..COUNTERS).for_each(|i| self.cell.events[i].next = false);
        for clock in 0..8 * COUNTERS {
            // The memory is not always free.
            self.cell.memory_readable.next = clock % 5 != 1;
            self.cell.memory_writable.next = clock % 7 != 2;
            self.clock();
            if !self.cell.busy.val() {
                return;
            }
        }
        panic!("still busy");
    }
}

#[test]
fn error_counters_stop_at_65535() {
    let mut counters = Counters { cell: ErrorCounters::default(), memory: [7; 8] };
    counters.cell.connect_all();
    counters.cell.memory_readable.next = true;
    counters.cell.memory_writable.next = true;
    (0..10).for_each(|_| counters.clock());
    (0..65_530).for_each(|_| counters.count(0b0100000));
    (0..8).for_each(|_| counters.count(0b1100001));
    counters.cell.memory_readable.next = true;
    for (index, expected) in [(0, 8), (1, 0), (4, 0), (5, 65_535), (6, 8)] {
        counters.cell.read_index.set(index);
        counters.cell.read_request.next = true;
        counters.clock();
        assert!(counters.cell.read_done.val());
        assert_eq!(counters.cell.memory_read_data.val().raw(), expected, "counter {index}");
        counters.cell.read_request.next = false;
        counters.clock();
    }
}
