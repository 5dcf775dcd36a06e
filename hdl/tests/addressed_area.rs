//! Area of the addressed machine by Yosys: the numbers of docs/decisions/0013-addressed-lane.md.

use spinwright_contract::sparse::{AddressedRoom, SparseConfig, SparseShifts, Topology, ValidSparse};
use spinwright_contract::{CONTRACT_VERSION, RandomSource};
use spinwright_hdl::addressed::{AddressedLane, AddressedShape};
use spinwright_hdl::crosscheck::{our_verilog, yosys_cells_within};
use spinwright_hdl::verilog::VerilogDesign;
use std::collections::BTreeMap;

const COMMAND: &str = "synth_xilinx -flatten -nodsp -noiopad";

/// Logic, memory and shift-register LUTs, carry cells, flip-flops and halves of block RAMs.
#[derive(Debug, Default)]
struct Area {
    logic: usize,
    memory: usize,
    shift: usize,
    carry: usize,
    flip_flops: usize,
    half_block_rams: usize,
}

impl Area {
    fn of(design: &VerilogDesign, seconds: u64) -> Self {
        let cells: BTreeMap<String, usize> =
            yosys_cells_within(design, COMMAND, seconds).unwrap_or_else(|e| panic!("{e}"));
        let mut area = Area::default();
        for (name, count) in cells {
            match name.as_str() {
                "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" => area.logic += count,
                "RAM32M" | "RAM64M" | "RAM128X1D" => area.memory += 4 * count,
                "RAM32X1D" | "RAM64X1D" => area.memory += 2 * count,
                "SRL16E" | "SRLC32E" => area.shift += count,
                "CARRY4" => area.carry += count,
                "RAMB18E1" => area.half_block_rams += count,
                "RAMB36E1" => area.half_block_rams += 2 * count,
                "INV" | "MUXF7" | "MUXF8" | "BUFG" => {}
                _ if name.starts_with("FD") => area.flip_flops += count,
                _ => panic!("a cell of another kind: {name}"),
            }
        }
        area
    }

    fn luts(&self) -> usize {
        self.logic + self.memory + self.shift
    }
}

/// 6 taps, 6-bit weights, 8-bit biases, 2 coupling and 2 bias banks, clamps, 64-entry table, 16-bit draws; 16 replicas.
fn machine(lanes: usize, slots: usize) -> ValidSparse {
    let config = SparseConfig {
        contract: CONTRACT_VERSION,
        name: "area".into(),
        topology: Topology::Addressed(AddressedRoom { slots, rows: slots, taps: 6, degree: 6, group: 3 }),
        lanes,
        replicas: 16,
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

#[test]
fn a_lane_is_small() {
    let shape = AddressedShape::of(&machine(16, 64)).expect("an addressed machine");
    let lane = Area::of(&our_verilog(&mut AddressedLane::new(&shape), "lane_of_area").unwrap(), 300);
    println!("lane {lane:?} {} LUT", lane.luts());
    assert!(lane.luts() <= 150 && lane.half_block_rams <= 5, "{lane:?}");
}

/// 1,024 p-bits of degree 6 and 2 colors on 16 lanes, everything included but the UART: many minutes of Yosys.
#[test]
#[cfg(feature = "full")]
fn a_machine_of_1024_p_bits_is_small() {
    use rust_hdl_core::prelude::*;
    use spinwright_hdl::addressed::AddressedCore;
    use spinwright_hdl::verilog::{EmitOptions, emit};
    let machine = machine(16, 64);
    let mut core = AddressedCore::new(&machine);
    core.connect_all();
    let area = Area::of(&emit(&core, &EmitOptions::new("area_core")).unwrap_or_else(|e| panic!("{e}")), 3600);
    // A graph of two colors that fills the machine, one row per slot.
    let shape = AddressedShape::of(&machine).expect("an addressed machine");
    let updates = (shape.positions() * shape.replicas) as f64;
    let per_clock = updates / shape.clocks_per_sweep(shape.slots, 2) as f64;
    let per_kilo_lut = per_clock / (area.luts() as f64 / 1000.0);
    println!("{area:?} {} LUT, {per_clock:.2} updates per clock, {per_kilo_lut:.2} per kLUT", area.luts());
    assert!(per_kilo_lut >= 3.0);
}
