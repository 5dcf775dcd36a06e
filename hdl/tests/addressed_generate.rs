//! Generated addressed machines: names, manifest, tools, folders.

#[expect(dead_code, reason = "these tests need no graphs")]
#[path = "addressed_support/machines.rs"]
mod machines;

use machines::{Plan, machine};
use spinwright_contract::{AddressedManifest, ValidSparse};
use spinwright_hdl::addressed::{AddressedShape, GeneratedAddressed, generate};
use spinwright_hdl::crosscheck::{icarus_lint, verilator_lint, yosys_latches};
use spinwright_hdl::verilog::{VerilogDesign, VerilogFile};
use std::path::Path;

/// Several rows per slot, three words of positions, a beta schedule.
fn plan(name: &str) -> Plan<'_> {
    Plan {
        name,
        lanes: 4,
        room: [18, 30, 3, 7, 2],
        slot_colors: &[&[0, 1]],
        edges: 1,
        replicas: 4,
        bits: [5, 6, 6, 13],
        shifts: [0, 1],
        banks: [2, 3],
        tables: 3,
        beta_steps: 2,
        xoshiro: false,
        seed: 7,
    }
}

fn generated(config: &ValidSparse) -> GeneratedAddressed {
    generate(config).unwrap_or_else(|e| panic!("{e}"))
}

fn design(machine: &GeneratedAddressed) -> VerilogDesign {
    let file = |(file_name, text): &(String, String)| VerilogFile {
        module: file_name.trim_end_matches(".v").to_owned(),
        file_name: file_name.clone(),
        text: text.clone(),
    };
    VerilogDesign { files: machine.files.iter().map(file).collect(), top: machine.manifest.top.clone() }
}

#[test]
fn shapes_are_clean_for_the_tools() {
    let smallest = Plan {
        lanes: 1,
        room: [1, 1, 1, 1, 1],
        replicas: 1,
        bits: [2, 3, 3, 8],
        banks: [2, 2],
        tables: 1,
        beta_steps: 0,
        ..plan("one")
    };
    // xoshiro128++, as many rows as slots, one table but a beta schedule.
    let wide =
        Plan { lanes: 16, room: [4, 4, 6, 6, 3], tables: 1, xoshiro: true, replicas: 16, ..plan("wide") };
    for plan in [plan("uneven"), smallest, wide] {
        let design = design(&generated(&machine(&plan)));
        verilator_lint(&design).unwrap_or_else(|e| panic!("{}: {e}", plan.name));
    }
    let design = design(&generated(&machine(&plan("uneven"))));
    icarus_lint(&design).unwrap_or_else(|e| panic!("{e}"));
    yosys_latches(&design).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn modules_carry_the_machines_name_and_the_manifest_lists_them() {
    let config = machine(&plan("small"));
    let made = generated(&config);
    let m = &made.manifest;
    assert_eq!((m.top.as_str(), m.host.as_str(), m.core.as_str()), ("small_top", "small_host", "small_core"));
    assert_eq!(m.p_bits, 72);
    let (shape, c) = (AddressedShape::of(&config).unwrap(), m.cycles);
    let formula = (c.clocks_per_row * 9 + c.clocks_per_color * 3) * 8 + c.clocks_per_run;
    assert_eq!(formula, shape.cycles(9, 3, 7, true));
    assert_eq!(made.files.len(), m.files.len());
    for (listed, (file, text)) in m.files.iter().zip(&made.files) {
        assert_eq!((&listed.file, format!("{}.v", listed.module)), (file, file.clone()));
        assert!(listed.module.starts_with("small_"), "{}", listed.module);
        assert!(text.contains(&format!("\nmodule {}", listed.module)));
        assert!(text.contains(&format!("Machine small, hash {}.", m.machine_hash)));
    }
    for module in ["small_top", "small_host", "small_core", "small_engine", "small_row_order"] {
        assert!(m.files.iter().any(|f| f.module == module), "{module}");
    }
    assert_eq!(generated(&config).files, made.files, "the same bytes again");
    let text = serde_json::to_string(m).unwrap();
    assert_eq!(&serde_json::from_str::<AddressedManifest>(&text).unwrap(), m);
}

#[test]
fn folders_are_written_and_compared() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let made = generated(&machine(&plan("small")));
    let check = |folder: &Path| made.check_machine(folder, "spinwright generate small");
    assert!(check(folder.path()).unwrap_err().to_string().contains("small_top.v"));
    made.write_machine(folder.path()).unwrap();
    check(folder.path()).unwrap();
    std::fs::write(folder.path().join("small_row_order.v"), "// changed\n").unwrap();
    let message = check(folder.path()).unwrap_err().to_string();
    assert!(message.contains("small_row_order.v differs"), "{message}");
}
