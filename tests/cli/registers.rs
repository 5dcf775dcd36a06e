//! `spinwright registers`: the committed files are what it prints, and the tools they are for read them.

use crate::support::{folder, project, read, succeeds, write};
use std::process::Command;

const FILES: [(&str, &str); 5] = [
    ("c", "contract/registers/spinwright_registers.h"),
    ("systemrdl", "contract/registers/spinwright_registers.rdl"),
    ("verilog", "contract/registers/spinwright_registers.vh"),
    ("json", "contract/registers/spinwright_registers.json"),
    ("markdown", "docs/registers.md"),
];

/// Runs a tool in a folder; what it says on success.
fn tool(program: &str, arguments: &[&str], folder: &std::path::Path, help: &str) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}\n  help: {help}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}\n  help: {help}");
    said
}

#[test]
fn committed_register_files_are_up_to_date() {
    let folder = folder();
    for (format, file) in FILES {
        let printed = succeeds(folder.path(), &format!("registers --format {format}"));
        let committed = std::fs::read_to_string(project(file)).unwrap_or_default();
        assert!(
            printed == committed,
            "{file} is not up to date\n  help: spinwright registers --format {format} > {file}"
        );
    }
}

#[test]
fn the_c_header_compiles_without_a_warning_and_has_the_numbers() {
    let folder = folder();
    write(folder.path(), "spinwright_registers.h", succeeds(folder.path(), "registers --format c"));
    let program = "#include \"spinwright_registers.h\"\n#include \"spinwright_registers.h\"\n#include <stdio.h>\n\
        int main(void) {\n  uint32_t words[0x600] = {0};\n  spinwright_write(words, SPINWRIGHT_CONTROL_COMMAND, SPINWRIGHT_CONTROL_COMMAND_RUN);\n  \
        printf(\"%x %x %x %x\\n\", (unsigned)spinwright_read(words, 0x100), (unsigned)SPINWRIGHT_CONTROL_STATUS_SWAP_PENDING,\n    \
        SPINWRIGHT_INTERRUPT_PENDING, SPINWRIGHT_SPINS_WORDS);\n  return 0;\n}\n";
    write(folder.path(), "main.c", program);
    let flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "main.c", "-o", "main"];
    tool("gcc", &flags, folder.path(), "apt-get install --no-install-recommends g++");
    assert_eq!(tool("./main", &[], folder.path(), "").trim(), "1 8 501 2000");
}

#[test]
fn verilog_and_systemrdl_compile() {
    let folder = folder();
    write(folder.path(), "registers.vh", succeeds(folder.path(), "registers --format verilog"));
    let bench = "module bench;\n  `include \"registers.vh\"\n  initial $display(\"%h\", SPINWRIGHT_INTERRUPT_PENDING);\nendmodule\n";
    write(folder.path(), "bench.v", bench);
    let help = "apt-get install --no-install-recommends iverilog";
    tool("iverilog", &["-g2005", "-Wall", "-o", "bench.vvp", "bench.v"], folder.path(), help);
    assert_eq!(tool("vvp", &["bench.vvp"], folder.path(), help).trim(), "0501");

    // The compiler's own view of the map, against the map.
    write(folder.path(), "registers.rdl", succeeds(folder.path(), "registers --format systemrdl"));
    let script = "import json, sys\nfrom systemrdl import RDLCompiler\nfrom systemrdl.node import RegNode\n\
        compiler = RDLCompiler()\ncompiler.compile_file('registers.rdl')\ntop = compiler.elaborate().top\n\
        rows = [[n.inst_name, n.raw_absolute_address // 4, n.array_dimensions[0] if n.is_array else 1,\n         \
        sorted(f.inst_name for f in n.fields())]\n        for n in top.children() if isinstance(n, RegNode)]\nprint(json.dumps(rows))\n";
    write(folder.path(), "read.py", script);
    let python = std::env::var("SPINWRIGHT_PYTHON_BUS").unwrap_or_else(|_| "python3".to_owned());
    let help = "./test makes the Python environment of hdl/tests/bus/requirements.txt";
    let said = tool(&python, &["read.py"], folder.path(), help);
    let rows: Vec<(String, u32, u32, Vec<String>)> =
        serde_json::from_str(said.trim()).expect("JSON of the script");
    write(folder.path(), "map.json", succeeds(folder.path(), "registers --json"));
    let map: serde_json::Value = serde_json::from_slice(&read(folder.path(), "map.json")).expect("JSON");
    let registers = map["registers"].as_array().expect("registers");
    assert_eq!(rows.len(), registers.len());
    for ((name, address, words, fields), register) in rows.iter().zip(registers) {
        assert_eq!(*name, register["name"]);
        assert_eq!(
            (*address, *words),
            (register["address"].as_u64().unwrap() as u32, register["words"].as_u64().unwrap() as u32),
            "{name}"
        );
        let bits = register["bits"].as_array().map_or(1, Vec::len);
        assert_eq!(fields.len(), bits, "{name}");
    }
}
