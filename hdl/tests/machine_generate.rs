//! Generated machines: names, manifest, tools, folders.

mod machine_support;

use machine_support::{deep, narrow, odd, plane, small, strided, whole};
use spinwright_contract::{MachineConfig, ValidConfig};
use spinwright_hdl::crosscheck::{icarus_lint, verilator_lint, yosys_latches};
use spinwright_hdl::machine::{GeneratedMachine, ResourceEstimate, generate};
use spinwright_hdl::verilog::{VerilogDesign, VerilogFile};
use std::process::Command;

fn valid(config: MachineConfig) -> ValidConfig {
    config.validate().unwrap_or_else(|e| panic!("{e}"))
}

fn generated(config: MachineConfig) -> GeneratedMachine {
    generate(&valid(config)).unwrap_or_else(|e| panic!("{e}"))
}

fn design(machine: &GeneratedMachine) -> VerilogDesign {
    let file = |(file_name, text): &(String, String)| VerilogFile {
        module: file_name.trim_end_matches(".v").to_owned(),
        file_name: file_name.clone(),
        text: text.clone(),
    };
    VerilogDesign { files: machine.files.iter().map(file).collect(), top: machine.manifest.top.clone() }
}

#[test]
fn seven_shapes_are_clean_for_verilator_icarus_and_yosys() {
    for config in [small(), odd(), narrow(), plane(), strided(), deep(), whole()] {
        let name = config.name.clone();
        let design = design(&generated(config));
        verilator_lint(&design).unwrap_or_else(|e| panic!("{name}: {e}"));
        icarus_lint(&design).unwrap_or_else(|e| panic!("{name}: {e}"));
        yosys_latches(&design).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[test]
fn modules_carry_the_machines_name_and_the_manifest_lists_them() {
    let machine = generated(small());
    let m = &machine.manifest;
    assert_eq!((m.top.as_str(), m.core.as_str(), m.p_bits), ("small_top", "small_core", 8));
    assert_eq!(machine.files.len(), m.files.len());
    for (listed, (file, text)) in m.files.iter().zip(&machine.files) {
        assert_eq!((&listed.file, format!("{}.v", listed.module)), (file, file.clone()));
        assert!(listed.module.starts_with("small_"), "{}", listed.module);
        assert!(text.contains(&format!("\nmodule {}", listed.module)));
        assert!(text.contains(&format!("Machine small, hash {}.", m.machine_hash)));
    }
    for module in ["small_top", "small_host", "small_core", "small_engine", "small_lane", "small_p_bit"] {
        assert!(m.files.iter().any(|f| f.module == module), "{module}");
    }
    assert_eq!(generated(small()).files, machine.files, "the same bytes again");
}

#[test]
fn folders_are_written_compared_and_repaired() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let machine = generated(small());
    let check =
        || machine.check_machine(folder.path(), "spinwright generate small").map_err(|e| e.to_string());
    assert!(check().unwrap_err().contains("small_top.v"));
    machine.write_machine(folder.path()).unwrap();
    check().unwrap();
    std::fs::write(folder.path().join("small_lane.v"), "// changed\n").unwrap();
    std::fs::write(folder.path().join("old.v"), "").unwrap();
    let message = check().unwrap_err();
    assert!(message.contains("small_lane.v differs; old.v is not generated any more"), "{message}");
    assert!(message.contains("help: run `spinwright generate small`"), "{message}");
}

/// Runs yosys on a design; every memory of weights, biases and thresholds must become memory cells.
fn synthesis(machine: &GeneratedMachine, command: &str, cells: &[&str], flip_flop_limit: u64) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    machine.write_machine(folder.path()).unwrap();
    let files: Vec<&str> = machine.files.iter().map(|(name, _)| name.as_str()).collect();
    let script = format!(
        "read_verilog {}; {command} -top {}; tee -o stat.txt stat",
        files.join(" "),
        machine.manifest.top
    );
    let output = Command::new("yosys")
        .args(["-q", "-l", "log.txt", "-p", &script])
        .current_dir(folder.path())
        .output()
        .expect("yosys runs (apt-get install yosys)");
    let log = std::fs::read_to_string(folder.path().join("log.txt")).unwrap_or_default();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    // These two say what becomes of every memory; for Xilinx the counts of cells and flip-flops below decide.
    for memory in
        ["weights.memory_", "bases.memory", "thresholds.memory"].iter().filter(|_| command != "synth_xilinx")
    {
        let mapped = log.lines().filter(|l| l.starts_with("mapping memory") && l.contains(memory)).count();
        assert!(mapped >= 2, "{command}: {memory} mapped {mapped} times");
        let lost = log.lines().find(|l| l.starts_with("using FF mapping") && l.contains(memory));
        assert_eq!(lost, None, "{command}");
    }
    let stat = std::fs::read_to_string(folder.path().join("stat.txt")).unwrap_or_default();
    // The last table is that of the whole design.
    let whole = stat.rsplit("===").next().unwrap_or_default();
    let count = |prefix: &str| -> u64 {
        let cells =
            whole.lines().filter_map(|l| l.trim().split_once(' ')).filter(|(n, _)| n.starts_with(prefix));
        cells.filter_map(|(_, n)| n.trim().parse::<u64>().ok()).sum()
    };
    assert!(cells.iter().map(|c| count(c)).sum::<u64>() >= 6, "{command}:\n{stat}");
    let flip_flops = ["SB_DFF", "TRELLIS_FF", "FDRE", "FDSE"].iter().map(|c| count(c)).sum::<u64>();
    assert!(flip_flops <= flip_flop_limit, "{command}: {flip_flops} flip-flops, expected {flip_flop_limit}");
}

#[test]
fn memories_stay_memories_on_three_families() {
    let machine = generated(small());
    let e = machine.estimate;
    // iCE40 has no LUT RAM: there the small memories are flip-flops too. Tools may keep fewer, and duplicate some.
    synthesis(&machine, "synth_ice40", &["SB_RAM40_4K"], e.flip_flops + 2 * e.small_memory_bits + 200);
    synthesis(&machine, "synth_ecp5", &["DP16KD", "TRELLIS_DPR16X4"], e.flip_flops + 200);
    synthesis(
        &machine,
        "synth_xilinx",
        &["RAMB18", "RAMB36", "RAM32M", "RAM64", "RAM32X1D", "RAM16X1D"],
        e.flip_flops + 200,
    );
}

#[test]
fn estimates_are_those_of_the_formulas() {
    let e = ResourceEstimate::of(&valid(small()));
    // H 5, N 3, X 7; 4-bit weights; 3 + 2 slots of 2 lanes; tree 4: 2 input chunks, 1 and 2 coupling chunks: 13 rows.
    assert_eq!(e.coupling_bits, (5 * 7 + 5 * 3) * 4);
    assert_eq!(e.transposed_bits, 5 * 3 * 4);
    assert_eq!(e.stored_weight_bits, 2 * 13 * 4 * 4);
    assert_eq!(e.weight_memory_bits, 2 * e.stored_weight_bits);
    assert_eq!(e.table_memory_bits, 2 * 2 * 2 * 64 * 16);
    assert_eq!((e.tree_adders, e.tree_adder_bits), (2 * 3, 2 * (2 * 5 + 6)));
    // Pipeline of 7 clocks, 2 replicas, at least one chunk: 5 idle clocks between colors.
    assert_eq!((e.pipeline_depth, e.clocks_per_sweep), (7, 2 * (3 + 2 * 2) + 2 * 5));
    assert!(e.flip_flops > 300);
    assert_eq!(e.rows().len(), 12);
}
