//! Area of the wired machine by Yosys: the numbers of docs/decisions/0011-wired-lane.md.

mod lattice;

use lattice::lattice;
use spinwright_hdl::cells::SumUnit;
use spinwright_hdl::crosscheck::{our_verilog, yosys_cells_within};
use spinwright_hdl::verilog::VerilogDesign;
use spinwright_hdl::wired::{WiredLane, WiredShape};
use std::collections::BTreeMap;

const COMMAND: &str = "synth_xilinx -flatten -nodsp -noiopad";

/// Logic, memory and shift-register LUTs, carry cells, flip-flops and block RAMs.
#[derive(Debug, Default)]
struct Area {
    logic: usize,
    memory: usize,
    shift: usize,
    carry: usize,
    flip_flops: usize,
    block_rams: usize,
}

impl Area {
    fn of(design: &VerilogDesign) -> Self {
        let cells: BTreeMap<String, usize> =
            yosys_cells_within(design, COMMAND, 4 * 3600).unwrap_or_else(|e| panic!("{e}"));
        let mut area = Area::default();
        for (name, count) in cells {
            match name.as_str() {
                "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" => area.logic += count,
                "RAM32M" | "RAM64M" | "RAM128X1D" => area.memory += 4 * count,
                "RAM32X1D" | "RAM64X1D" => area.memory += 2 * count,
                "SRL16E" | "SRLC32E" => area.shift += count,
                "CARRY4" => area.carry += count,
                "RAMB18E1" | "RAMB36E1" => area.block_rams += count,
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

/// Degree 6, 6-bit weights, 8-bit biases, 2 slots, 2 banks, 16 replicas, clamps, 64-entry table, 16-bit draws.
#[test]
fn a_lane_and_its_share_of_the_sums_are_small() {
    let shape = WiredShape::of(&lattice("area", [4, 4, 4], 16, true)).unwrap();
    let lane = Area::of(&our_verilog(&mut WiredLane::new(&shape, 0), "lane_of_area").unwrap());
    let unit = SumUnit::new(shape.unit, shape.slots, shape.burst_bits, shape.sum_bits);
    let sums = Area::of(&our_verilog(&mut { unit }, "sums_of_area").unwrap());
    println!(
        "lane {lane:?} {} LUT; sum unit of {} lanes {sums:?} {} LUT",
        lane.luts(),
        shape.unit,
        sums.luts()
    );
    let per_lane = lane.luts() as f64 + sums.luts() as f64 / shape.unit as f64;
    // The bar is 166 per lane of 2 p-bits with everything that all lanes share.
    assert!((100.0..=155.0).contains(&per_lane), "{per_lane} LUT6 per lane");
    assert_eq!((lane.block_rams, sums.block_rams), (0, 0));
}

/// 1,024 p-bits, everything included but the UART: a quarter of an hour of Yosys. Where the placement is mirrored, no tap needs a multiplexer.
#[test]
#[cfg(feature = "full")]
fn a_mirrored_machine_of_1024_p_bits_is_small() {
    whole_machine(true);
}

#[test]
#[cfg(feature = "full")]
fn a_machine_of_1024_p_bits_is_small() {
    whole_machine(false);
}

#[cfg(feature = "full")]
fn whole_machine(mirrored: bool) {
    use rust_hdl_core::prelude::*;
    use spinwright_hdl::verilog::{EmitOptions, emit};
    use spinwright_hdl::wired::WiredCore;
    let mut core = WiredCore::new(&lattice("area", [16, 8, 8], 16, mirrored));
    core.connect_all();
    let design = emit(&core, &EmitOptions::new("area_core")).unwrap_or_else(|e| panic!("{e}"));
    let area = Area::of(&design);
    let per_p_bit = area.luts() as f64 / 1024.0;
    let updates = 512.0 / (area.luts() as f64 / 1000.0);
    println!(
        "mirrored {mirrored}: {area:?}, {per_p_bit:.1} LUT6 per p-bit, {updates:.2} updates per clock and kLUT"
    );
    assert!(per_p_bit <= 83.0 && updates >= 6.0);
}
