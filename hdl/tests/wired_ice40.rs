//! A wired machine on the iCE40 HX8K: part of `./test --full`.
#![cfg(feature = "full")]

use spinwright_contract::sparse::{SparseConfig, SparseGraph, SparseShifts, Topology};
use spinwright_contract::{CONTRACT_VERSION, Place, RandomSource, ValidSparse};
use spinwright_hdl::wired::generate;
use std::path::Path;
use std::process::Command;

/// A 4 x 4 x 4 lattice with periodic ends, degree 6, on 4 lanes of 16 slots: thresholds of 16 bits and 256 sums of taps fill a block
/// RAM exactly.
fn lattice_on_four_lanes() -> ValidSparse {
    let at = |p: u32| [p / 16, p / 4 % 4, p % 4];
    let id = |[x, y, z]: [u32; 3]| (x % 4 * 4 + y % 4) * 4 + z % 4;
    let steps = |p: u32| {
        let neighbor = |axis: usize, step: u32| {
            let mut place = at(p);
            place[axis] += step;
            Some(id(place))
        };
        (0..3).flat_map(|axis| [neighbor(axis, 1), neighbor(axis, 3)]).collect::<Vec<_>>()
    };
    let mut used = [0; 2];
    let place = |p: u32| {
        let color = (at(p).iter().sum::<u32>() % 2) as usize;
        let number = used[color];
        used[color] += 1;
        Place { lane: number % 4, slot: 8 * color as u32 + number / 4 }
    };
    let graph = SparseGraph {
        placement: (0..64).map(place).collect(),
        neighbors: (0..64).map(steps).collect(),
        slot_colors: (0..16).map(|slot| slot / 8).collect(),
    };
    let config = SparseConfig {
        contract: CONTRACT_VERSION,
        name: "hx64".to_owned(),
        topology: Topology::Wired { graph, group: 3 },
        lanes: 4,
        replicas: 8,
        weight_bits: 6,
        bias_bits: 8,
        field_bits: 6,
        draw_bits: 15,
        shifts: SparseShifts::default(),
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 1,
        max_sweeps: 4096,
        beta_steps: 0,
        energy: false,
        ladder: false,
        timing: Default::default(),
    };
    config.validate().unwrap_or_else(|problem| panic!("{problem}"))
}

fn tool(folder: &Path, name: &str, arguments: &[&str]) -> String {
    let output = Command::new(name).args(arguments).current_dir(folder).output().unwrap_or_else(|e| {
        panic!("{name}: {e}; apt-get install --no-install-recommends yosys nextpnr-ice40")
    });
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name}:\n{text}");
    text
}

#[test]
fn p_bits_of_degree_6_pass_place_and_route_on_the_hx8k() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let made = generate(&lattice_on_four_lanes()).unwrap_or_else(|e| panic!("{e}"));
    made.write_machine(folder.path()).unwrap_or_else(|e| panic!("{e}"));
    let files: Vec<&str> = made.files.iter().map(|(name, _)| name.as_str()).collect();
    let script =
        format!("read_verilog {}; synth_ice40 -top {} -json design.json", files.join(" "), made.manifest.top);
    tool(folder.path(), "yosys", &["-q", "-p", &script]);
    let arguments = "--hx8k --package ct256 --json design.json --asc design.asc --seed 1 --freq 40";
    let log = tool(folder.path(), "nextpnr-ice40", &arguments.split(' ').collect::<Vec<_>>());
    let told = ["ICESTORM_LC:", "ICESTORM_RAM:", "Max frequency"]
        .map(|what| log.lines().rfind(|l| l.contains(what)));
    told.iter().for_each(|line| println!("{}", line.unwrap_or("nothing told")));
    assert!(log.contains("(PASS at 40.00 MHz)") && !log.contains("(FAIL"), "{log}");
}
