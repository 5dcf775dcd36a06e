//! `spinwright generate`: the same bytes every time, and a check that notices everything.

use crate::support::{folder_with_digits, json, read, run, succeeds, write};

#[test]
fn regenerating_changes_nothing_and_every_change_is_noticed() {
    let folder = folder_with_digits();
    let summary = json(folder.path(), "generate digits --out verilog");
    let manifest: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "verilog/manifest.json")).expect("JSON");
    assert_eq!(manifest["top"], summary["top"]);
    assert_eq!((&manifest["p_bits"], &summary["p_bits"]), (&64.into(), &64.into()));
    let files = manifest["files"].as_array().expect("files");
    assert!(files.len() > 5 && files.len() as u64 == summary["files"].as_u64().expect("a number"));

    let check = "generate digits --out verilog --check";
    assert!(succeeds(folder.path(), check).contains("up to date"));

    let name = format!("verilog/{}", files[0]["file"].as_str().expect("a name"));
    let original = read(folder.path(), &name);
    let notices = |expected: &str| {
        let ran = run(folder.path(), check);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("help: run `spinwright generate digits --out verilog`"),
            "{}",
            ran.stderr
        );
    };
    write(folder.path(), &name, [&original[..], b"// edited\n"].concat());
    notices("differs");
    write(folder.path(), &name, [b"// edited\n", &original[..]].concat());
    notices("differs");
    std::fs::remove_file(folder.path().join(&name)).expect("removed");
    notices("No such file");
    write(folder.path(), &name, original);
    write(folder.path(), "verilog/other.v", "module other; endmodule\n");
    notices("other.v is not generated any more");
    std::fs::remove_file(folder.path().join("verilog/other.v")).expect("removed");
    succeeds(folder.path(), check);
}

#[test]
fn every_verilog_file_has_licence_and_a_module_of_its_own() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "generate digits --out verilog");
    let manifest: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "verilog/manifest.json")).expect("JSON");
    for file in manifest["files"].as_array().expect("files") {
        let (name, module) =
            (file["file"].as_str().expect("a name"), file["module"].as_str().expect("a module"));
        let text = String::from_utf8(read(folder.path(), &format!("verilog/{name}"))).expect("text");
        assert!(text.contains("SPDX-License-Identifier: MIT OR Apache-2.0"), "{name} has no licence");
        assert_eq!(name, format!("{module}.v"));
        assert_eq!(text.matches("\nmodule ").count(), 1, "{name}");
        assert!(text.contains(&format!("\nmodule {module}")), "{name} holds another module");
    }
}

/// FuseSoC runs a target of a generated machine's core file.
fn fusesoc(folder: &std::path::Path, library: &str, machine: &str, target: &str) -> String {
    let python = std::env::var("SPINWRIGHT_PYTHON_BUS").unwrap_or_else(|_| "python3".to_owned());
    let core = format!("spinwright:machines:{machine}");
    let output = std::process::Command::new(&python)
        .args([
            "-c",
            "from fusesoc.main import main; main()",
            "--cores-root",
            library,
            "run",
            "--target",
            target,
            &core,
        ])
        .current_dir(folder)
        .env("HOME", folder)
        .output();
    let output = output.unwrap_or_else(|error| panic!("{python}: {error}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{said}\n  help: ./test makes the Python environment of hdl/tests/bus/requirements.txt and names it in SPINWRIGHT_PYTHON_BUS"
    );
    said
}

#[test]
fn fusesoc_lints_and_simulates_a_machine_behind_every_port() {
    let folder = folder_with_digits();
    for port in ["uart", "axi4-lite", "wishbone", "spi", "axi4-stream"] {
        let summary = json(folder.path(), &format!("generate digits --port {port} --out {port}"));
        assert_eq!(summary["port"], *port);
        let said = fusesoc(folder.path(), port, "digits", "sim");
        assert!(said.contains("digits: passed"), "{port}: {said}");
    }
    fusesoc(folder.path(), "axi4-lite", "digits", "lint");
    // Every board has a target; `./test --full` runs one per family.
    let core = String::from_utf8(read(folder.path(), "uart/digits.core")).expect("text");
    for board in
        ["icebreaker", "hx8k", "ulx3s_25f", "ulx3s_85f", "orangecrab", "tang_nano_9k", "tang_nano_20k"]
            .into_iter()
            .chain(["arty_a7_35t", "arty_a7_100t", "pynq_z2"])
    {
        assert!(core.contains(&format!("\n  synth_{board}:\n")), "{board}");
    }
    // A file of the machine's folder that is changed is noticed, the core file included.
    let core = read(folder.path(), "wishbone/digits.core");
    write(folder.path(), "wishbone/digits.core", [&core[..], b"# edited\n"].concat());
    let ran = run(folder.path(), "generate digits --port wishbone --out wishbone --check");
    assert!(ran.code == 1 && ran.stderr.contains("--port wishbone"), "{}", ran.stderr);
}

#[test]
fn a_machine_with_banks_in_its_bitstream_needs_the_uart() {
    let folder = folder_with_digits();
    let text = String::from_utf8(read(folder.path(), "digits/machine.json")).expect("text");
    let mut machine: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    machine["timing"]["power_on"] = true.into();
    write(folder.path(), "machine.json", machine.to_string());
    let ran = run(folder.path(), "generate machine.json --port axi4-lite --out verilog");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("timing.power_on") && ran.stderr.contains("help:"), "{}", ran.stderr);
    assert!(!folder.path().join("verilog").exists());
}
