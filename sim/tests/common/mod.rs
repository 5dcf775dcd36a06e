//! Machines that several tests use.
#![allow(dead_code, reason = "every test binary uses its own part of this module")]

pub mod addressed;
pub mod conv;
pub mod sparse;
pub mod wired;

use spinwright_contract::config::{ColorShifts, Kind, Timing};
use spinwright_contract::{BlockShape, CONTRACT_VERSION, MachineConfig, RandomSource, Shifts, ValidConfig};
use spinwright_hdl::crosscheck::CellCase;
use std::path::Path;

/// The demo's machine, from its file.
pub fn digits() -> ValidConfig {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/digits/machine.json");
    ValidConfig::read(&file).unwrap_or_else(|e| panic!("{e}"))
}

/// What the machines below change: everything that they do not name is as here.
pub fn base() -> MachineConfig {
    MachineConfig {
        contract: CONTRACT_VERSION,
        name: "base".into(),
        kind: Kind::Layered,
        blocks: vec![BlockShape::dense(144, 32, 32, false)],
        encoder: None,
        decoder: None,
        input_buffers: 1,
        lanes: 4,
        replicas: 4,
        tree_width: 16,
        weight_bits: 4,
        bias_bits: 8,
        field_bits: 7,
        draw_bits: 16,
        shifts: Shifts::default(),
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 1,
        max_sweeps: 1024,
        timing: Timing::default(),
    }
}

/// xoshiro draws, more tables and banks, many replicas: more of them than the pipeline has stages.
pub fn replicas() -> ValidConfig {
    MachineConfig {
        name: "replicas".into(),
        blocks: vec![BlockShape::dense(20, 24, 16, false)],
        lanes: 8,
        replicas: 24,
        tree_width: 16,
        weight_bits: 6,
        bias_bits: 9,
        field_bits: 8,
        draw_bits: 24,
        shifts: Shifts::default(),
        random_source: RandomSource::Xoshiro128PlusPlus,
        coupling_banks: 3,
        bias_banks: 5,
        tables: 4,
        max_sweeps: 4096,
        ..base()
    }
    .validate()
    .expect("it is valid")
}

/// Skip, shifts, odd sizes with padding in both colors and in every chunk, several tables.
pub fn odd() -> ValidConfig {
    MachineConfig {
        name: "odd".into(),
        blocks: vec![BlockShape::dense(37, 13, 11, true)],
        lanes: 4,
        replicas: 3,
        tree_width: 8,
        weight_bits: 5,
        bias_bits: 7,
        field_bits: 9,
        draw_bits: 19,
        shifts: Shifts {
            hidden: ColorShifts { input: 1, coupling: 2, bias: 0 },
            output: ColorShifts { input: 0, coupling: 1, bias: 3 },
        },
        random_source: RandomSource::Lfsr64,
        coupling_banks: 4,
        bias_banks: 3,
        tables: 3,
        max_sweeps: 1000,
        ..base()
    }
    .validate()
    .expect("it is valid")
}

/// One replica behind a deep pipeline: every update waits for the one before.
pub fn lonely() -> ValidConfig {
    MachineConfig {
        name: "lonely".into(),
        blocks: vec![BlockShape::dense(5, 23, 17, false)],
        lanes: 4,
        replicas: 1,
        tree_width: 64,
        weight_bits: 8,
        bias_bits: 12,
        field_bits: 10,
        draw_bits: 12,
        shifts: Shifts::default(),
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 2,
        max_sweeps: 65_536,
        timing: Timing { tree_levels_per_stage: 1, weight_register: true, ..Timing::default() },
        ..base()
    }
    .validate()
    .expect("it is valid")
}

/// One lane, narrow everything: the smallest widths of the contract.
pub fn narrow() -> ValidConfig {
    MachineConfig {
        name: "narrow".into(),
        blocks: vec![BlockShape::dense(1, 3, 2, true)],
        lanes: 1,
        replicas: 2,
        tree_width: 1,
        weight_bits: 2,
        bias_bits: 2,
        field_bits: 3,
        draw_bits: 8,
        shifts: Shifts::default(),
        random_source: RandomSource::Xoshiro128PlusPlus,
        tables: 1,
        max_sweeps: 1_048_576,
        ..base()
    }
    .validate()
    .expect("it is valid")
}

/// Every cell of every machine, with their stimuli.
pub fn cells() -> Vec<CellCase> {
    let mut cases = declared_cells();
    cases.extend(wired::cells());
    cases.extend(addressed::cells());
    let mut names: Vec<&str> = cases.iter().map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "names are unique: {names:?}");
    cases
}

/// The cells that the generator's rooms declare; those of sparse machines alone are in [`wired::cells`] and
/// [`addressed::cells`].
pub fn declared_cells() -> Vec<CellCase> {
    let mut cases = spinwright_hdl::machine::cells_of_tests();
    cases.extend(spinwright_hdl::host::cells_of_tests());
    cases.extend(spinwright_hdl::cells::end_cases());
    cases
}
