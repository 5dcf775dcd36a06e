//! The cells of a machine's ends: rust-hdl, our Verilog and stock Verilog agree; and each equals a plain twin written here from
//! what the contract says, not from how the cell does it.

#[path = "../twin_support/mod.rs"]
mod twin_support;
mod twins;

use rust_hdl_core::prelude::Block;
use spinwright_hdl::cells::{PATCHES, end_cases};
use spinwright_hdl::cells::{PatchUnit, PictureMemory, PlaneAccumulator};
use spinwright_hdl::crosscheck::{check_cell, icarus_lint, our_verilog, verilator_lint, yosys_latches};
use spinwright_hdl::width::{settle, tick};
use twin_support::{Twin, compare};
use twins::*;

#[test]
fn every_cell_simulates_the_same_in_all_three() {
    let mut failures = vec![];
    for case in end_cases() {
        match check_cell(&case.name, || (case.make)(), &case.stimuli) {
            Ok(compared) => assert!(compared.values > 1000, "{}: {compared:?}", case.name),
            Err(error) => failures.push(error.to_string()),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_cell_is_clean_for_verilator_icarus_and_yosys() {
    for case in end_cases() {
        let design = our_verilog(&mut (case.make)(), "cell_under_test")
            .unwrap_or_else(|e| panic!("{}: {e}", case.name));
        verilator_lint(&design).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        icarus_lint(&design).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        yosys_latches(&design).unwrap_or_else(|e| panic!("{}: {e}", case.name));
    }
}

fn twin_of(case: &str) -> Box<dyn Twin> {
    match case {
        "picture_memory 1 of 22" => Box::new(Pictures::new(1)),
        "picture_memory 2 of 35" => Box::new(Pictures::new(2)),
        "masked_ram_6x8_by_2" => Box::new(Masked::new(2)),
        "masked_ram_8x5_by_1" => Box::new(Masked::new(1)),
        "masked_ram_4x3_by_3" => Box::new(Masked::new(3)),
        "clamp_memory" => Box::new(Clamps::default()),
        "readout_memory" => Box::new(Sums::default()),
        "plane_accumulator" => Box::new(Planes::default()),
        "class_select 10 of 4" => Box::new(Classes::new(10, 4)),
        "class_select 3 of 1" => Box::new(Classes::new(3, 1)),
        "class_select 2 of 2" => Box::new(Classes::new(2, 2)),
        _ => {
            let patch = PATCHES.into_iter().find(|(name, _)| case == format!("patch_unit {name}"));
            Box::new(Patches::new(patch.unwrap_or_else(|| panic!("{case} has no twin")).1))
        }
    }
}

#[test]
fn every_cell_equals_its_twin() {
    let mut beats = 0;
    for case in end_cases() {
        compare(&case, &mut *twin_of(&case.name), |port, value| {
            beats += u64::from(port == "last_plane") & value;
        });
    }
    assert!(beats > 150, "{beats} chunks of taps in all");
}

/// A whole picture through memory, patches and planes: the sums of a sign convolution, worked out pixel by pixel.
#[test]
fn a_picture_becomes_its_convolution() {
    for (name, shape) in PATCHES {
        let pixel = |at: usize| (at * 37 + at * at * 11 + 5) % 256;
        let weight = |tap: usize| (tap as i64 * 5 + 3) % 7 - 3;
        let pixels = shape.rows * shape.columns;
        let mut memory = PictureMemory::new(pixels, 2);
        let mut patch = PatchUnit::new(shape);
        let mut planes = PlaneAccumulator::new(12);
        memory.connect_all();
        patch.connect_all();
        planes.connect_all();
        memory.write_buffer.next = true;
        for word in 0..pixels.div_ceil(4) {
            memory.write.next = true;
            memory.write_index.set(word as i64);
            memory.write_data.set((0..4).map(|i| (pixel(4 * word + i) as i64) << (8 * i)).sum());
            tick(&mut memory);
        }
        memory.write.next = false;
        memory.read_buffer.next = true;
        let taps = shape.size * shape.size;
        let mut clocks = 0;
        for position in 0..shape.target_rows * shape.target_columns {
            let (mut sum, mut expected) = (0, 0);
            for chunk in 0..taps.div_ceil(shape.tree_width) {
                patch.restart.next = position == 0 && chunk == 0;
                patch.advance.next = position > 0 && chunk == 0;
                patch.start.next = true;
                patch.first.next = chunk == 0;
                loop {
                    settle(&mut patch);
                    memory.read.next = patch.pixel_read.val();
                    memory.read_pixel.set(patch.pixel_address.val().raw() as i64);
                    let bits =
                        |tap: usize| patch.source[tap / shape.lanes].val().raw() >> (tap % shape.lanes) & 1;
                    let first_tap = chunk * shape.tree_width;
                    let term = |k: usize| if first_tap + k < taps { weight(first_tap + k) } else { 0 };
                    let partial =
                        (0..shape.tree_width).map(|k| if bits(k) == 1 { term(k) } else { -term(k) }).sum();
                    planes.partial.set(partial);
                    planes.first.next = patch.first_plane.val();
                    let last = patch.last_plane.val();
                    tick(&mut planes);
                    tick(&mut memory);
                    tick(&mut patch);
                    clocks += 1;
                    patch.pixel.set(memory.pixel.val().raw() as i64);
                    patch.start.next = false;
                    patch.restart.next = false;
                    patch.advance.next = false;
                    if last {
                        break;
                    }
                }
                sum += planes.total.val().value();
            }
            for tap in 0..taps {
                let row = (position / shape.target_columns * shape.stride + tap / shape.size) as i64
                    - shape.padding as i64;
                let column = (position % shape.target_columns * shape.stride + tap % shape.size) as i64
                    - shape.padding as i64;
                let inside =
                    (0..shape.rows as i64).contains(&row) && (0..shape.columns as i64).contains(&column);
                let v = if inside { pixel(row as usize * shape.columns + column as usize) as i64 } else { 0 };
                expected += weight(tap) * (2 * v - 255);
            }
            assert_eq!(sum, expected, "{name}, position {position}");
        }
        // Waiting for the last beat costs three clocks per chunk more than starting as early as possible.
        let chunks = shape.target_rows * shape.target_columns * taps.div_ceil(shape.tree_width);
        let early = shape.target_rows * shape.target_columns * shape.clocks();
        assert_eq!(clocks, early + 3 * chunks, "{name}");
    }
}
