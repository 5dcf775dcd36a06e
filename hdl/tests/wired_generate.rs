//! Generated wired machines: names, manifest, tools, folders, memories.

#[path = "wired_support/machines.rs"]
mod machines;

use machines::{Plan, machine};
use spinwright_contract::{SparseManifest, ValidSparse};
use spinwright_hdl::crosscheck::{icarus_lint, verilator_lint, yosys_cells, yosys_latches};
use spinwright_hdl::verilog::{VerilogDesign, VerilogFile};
use spinwright_hdl::wired::{GeneratedWired, WiredShape, generate};
use std::path::Path;

fn plan(name: &str, p_bits: usize) -> Plan<'_> {
    Plan {
        name,
        lanes: 5,
        slot_colors: &[0, 0, 1, 2],
        p_bits,
        edges: 22,
        replicas: 4,
        group: 3,
        bits: [5, 6, 6, 13],
        shifts: [0, 1],
        banks: [2, 3],
        tables: 3,
        beta_steps: 2,
        energy: false,
        xoshiro: false,
        seed: 7,
    }
}

fn generated(config: &ValidSparse) -> GeneratedWired {
    generate(config).unwrap_or_else(|e| panic!("{e}"))
}

fn design(machine: &GeneratedWired) -> VerilogDesign {
    let file = |(file_name, text): &(String, String)| VerilogFile {
        module: file_name.trim_end_matches(".v").to_owned(),
        file_name: file_name.clone(),
        text: text.clone(),
    };
    VerilogDesign { files: machine.files.iter().map(file).collect(), top: machine.manifest.top.clone() }
}

#[test]
fn shapes_are_clean_for_verilator_icarus_and_yosys() {
    let smallest = Plan {
        lanes: 1,
        slot_colors: &[0],
        edges: 0,
        replicas: 1,
        group: 1,
        bits: [2, 3, 3, 8],
        tables: 1,
        beta_steps: 0,
        energy: false,
        ..plan("one", 1)
    };
    // A second word of p-bits, xoshiro128++, lanes without taps, one table but a beta schedule.
    let wide = Plan { lanes: 12, edges: 7, tables: 1, xoshiro: true, replicas: 16, ..plan("wide", 40) };
    for plan in [plan("uneven", 14), smallest, wide] {
        let design = design(&generated(&machine(&plan)));
        verilator_lint(&design).unwrap_or_else(|e| panic!("{}: {e}", plan.name));
        icarus_lint(&design).unwrap_or_else(|e| panic!("{}: {e}", plan.name));
        yosys_latches(&design).unwrap_or_else(|e| panic!("{}: {e}", plan.name));
    }
}

#[test]
fn modules_carry_the_machines_name_and_the_manifest_lists_them() {
    let config = machine(&plan("small", 14));
    let made = generated(&config);
    let m = &made.manifest;
    assert_eq!((m.top.as_str(), m.host.as_str(), m.core.as_str()), ("small_top", "small_host", "small_core"));
    assert_eq!((m.p_bits, m.clusters.as_slice()), (14, &[4, 1][..]));
    let shape = WiredShape::of(&config).unwrap();
    let formula = m.cycles.clocks_per_sweep * 8 + m.cycles.clocks_per_run;
    assert_eq!(formula, shape.cycles(7, true));
    assert_eq!(made.files.len(), m.files.len());
    for (listed, (file, text)) in m.files.iter().zip(&made.files) {
        assert_eq!((&listed.file, format!("{}.v", listed.module)), (file, file.clone()));
        assert!(listed.module.starts_with("small_"), "{}", listed.module);
        assert!(text.contains(&format!("\nmodule {}", listed.module)));
        assert!(text.contains(&format!("Machine small, hash {}.", m.machine_hash)));
    }
    for module in ["small_top", "small_host", "small_core", "small_engine", "small_beta_schedule"] {
        assert!(m.files.iter().any(|f| f.module == module), "{module}");
    }
    assert_eq!(generated(&config).files, made.files, "the same bytes again");
    let text = serde_json::to_string(m).unwrap();
    assert_eq!(&serde_json::from_str::<SparseManifest>(&text).unwrap(), m);
}

#[test]
fn folders_are_written_and_compared() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let made = generated(&machine(&plan("small", 14)));
    let check = |folder: &Path| made.check_machine(folder, "spinwright generate small");
    assert!(check(folder.path()).unwrap_err().to_string().contains("small_top.v"));
    made.write_machine(folder.path()).unwrap();
    check(folder.path()).unwrap();
    std::fs::write(folder.path().join("small_tap_wires.v"), "// changed\n").unwrap();
    let message = check(folder.path()).unwrap_err().to_string();
    assert!(message.contains("small_tap_wires.v differs"), "{message}");
}

/// Couplings, biases and thresholds lie in memory cells: two lanes more are two lanes' memories more.
#[test]
fn memories_stay_memories() {
    let cells = |p_bits: usize, lanes: usize| {
        let made = generated(&machine(&Plan { lanes, ..plan("small", p_bits) }));
        yosys_cells(&design(&made), "synth_ecp5 -noccu2").unwrap_or_else(|e| panic!("{e}"))
    };
    let made = cells(14, 5);
    let rams: usize = made
        .iter()
        .filter(|(n, _)| n.starts_with("TRELLIS_DPR16X4") || n.starts_with("DP16KD"))
        .map(|(_, c)| c)
        .sum();
    assert!(rams >= 5 * 3, "{made:?}");
}
