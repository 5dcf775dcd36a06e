//! `spinwright doctor`.

use crate::support::{folder, json, program};

#[test]
fn it_lists_every_tool_with_version_and_purpose() {
    let report = json(folder().path(), "doctor");
    assert_eq!(report["ready_for_tests"], true, "the tests need all of these tools: {report}");
    let tools = report["tools"].as_array().expect("a list");
    let names: Vec<&str> = tools.iter().map(|tool| tool["program"].as_str().expect("a name")).collect();
    for name in ["verilator", "yosys", "iverilog", "nextpnr-ice40", "icepack", "z3", "python3", "g++", "make"]
    {
        assert!(names.contains(&name), "{name} is not looked for");
    }
    for tool in tools {
        assert!(!tool["purpose"].as_str().expect("a purpose").is_empty());
    }
    let verilator = tools.iter().find(|tool| tool["program"] == "verilator").expect("verilator");
    assert!(verilator["version"].as_str().expect("a version").starts_with("Verilator "), "{verilator}");
}

#[test]
fn without_tools_it_names_the_one_command_that_installs_them_and_fails() {
    let empty = folder();
    let output = program(empty.path()).arg("doctor").env("PATH", empty.path()).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    let command =
        "sudo apt-get install --yes verilator g++ make yosys iverilog nextpnr-ice40 fpga-icestorm z3 python3";
    assert!(text.contains(command), "{text}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("missing for ./test: verilator"));
}
