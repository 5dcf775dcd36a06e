//! Calls of Icarus, Verilator and Yosys.

use super::{CellPorts, Port, Values};
use crate::verilog::VerilogDesign;
use process_control::{ChildExt, Control};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Far above what any cell needs, far below what a person would wait for.
const LIMIT_SECONDS: u64 = 300;

/// A tool that is missing or refuses its input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The program is not installed.
    #[error("`{tool}` is not installed\n  help: apt-get install --no-install-recommends {package}")]
    Missing {
        /// Program name.
        tool: &'static str,
        /// Debian package.
        package: &'static str,
    },
    /// The program ran and complained.
    #[error("`{tool}` failed:\n{output}")]
    Failed {
        /// Program name.
        tool: &'static str,
        /// What it printed.
        output: String,
    },
    /// The program did not come to an end.
    #[error(
        "`{tool}` did not finish within {seconds} s\n  help: a simulation that stands still has blocks that wake each other for ever"
    )]
    Endless {
        /// Program name.
        tool: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// A file could not be written or read.
    #[error(
        "cannot write files for `{tool}`: {reason}\n  help: check the free space of the temporary folder"
    )]
    Files {
        /// Program name.
        tool: &'static str,
        /// The system's words.
        reason: String,
    },
}

/// Runs a program in a folder and returns what it printed; `quiet` makes any message a failure.
pub(super) fn run(
    tool: &'static str,
    folder: &Path,
    args: &[&str],
    quiet: bool,
) -> Result<String, ToolError> {
    run_within(tool, folder, args, quiet, LIMIT_SECONDS)
}

fn run_within(
    tool: &'static str,
    folder: &Path,
    args: &[&str],
    quiet: bool,
    seconds: u64,
) -> Result<String, ToolError> {
    let started = |error: std::io::Error| {
        if error.kind() != std::io::ErrorKind::NotFound {
            return files(tool)(error);
        }
        let package = match tool {
            "iverilog" | "vvp" => "iverilog",
            "verilator" => "verilator g++ make",
            other => other,
        };
        ToolError::Missing { tool, package }
    };
    let mut command = Command::new(tool);
    command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(started)?;
    let output = child
        .controlled_with_output()
        .time_limit(Duration::from_secs(seconds))
        .terminate_for_timeout()
        .wait()
        .map_err(files(tool))?
        .ok_or(ToolError::Endless { tool, seconds })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || quiet && !(complaints.trim().is_empty() && text.trim().is_empty()) {
        return Err(ToolError::Failed { tool, output: format!("{text}{complaints}") });
    }
    Ok(text)
}

pub(super) fn files(tool: &'static str) -> impl Fn(std::io::Error) -> ToolError {
    move |error| ToolError::Files { tool, reason: error.to_string() }
}

pub(super) fn temporary_folder(tool: &'static str) -> Result<tempfile::TempDir, ToolError> {
    tempfile::tempdir().map_err(files(tool))
}

/// A row of stimuli as one hexadecimal word, first port in the highest bits.
pub(super) fn packed_hex(values: &[u64], ports: &[Port]) -> String {
    let mut bits = String::new();
    for (value, port) in values.iter().zip(ports) {
        write!(bits, "{value:0width$b}", width = port.width).ok();
    }
    let padded = format!("{}{bits}", "0".repeat((4 - bits.len() % 4) % 4));
    let nibble = |at: usize| u8::from_str_radix(&padded[at..at + 4], 2).unwrap_or(0);
    (0..padded.len()).step_by(4).map(|at| format!("{:x}", nibble(at))).collect()
}

/// Total width of the stimuli word; at least 1.
pub(super) fn packed_width(ports: &[Port]) -> usize {
    ports.iter().map(|p| p.width).sum::<usize>().max(1)
}

/// `.port(net)` for every port of the cell, the clock included, and the declarations of the nets.
pub(super) fn connections(cell: &impl CellPorts, prefix: &str, clock: &str, stock: bool) -> (String, String) {
    let (mut nets, mut pins) = (String::new(), vec![]);
    if let Some(name) = cell.clock_name() {
        pins.push(format!(".{name}({clock})"));
    }
    for (ports, kind) in [(cell.inputs(), "in"), (cell.outputs(), "out")] {
        for (at, port) in ports.iter().enumerate() {
            writeln!(nets, "  wire [{}:0] {prefix}{kind}_{at};", port.width - 1).ok();
            let name = if stock { &port.stock_name } else { &port.name };
            pins.push(format!(".{name}({prefix}{kind}_{at})"));
        }
    }
    (nets, pins.join(", "))
}

/// A test bench for Icarus: applies each line of `stimuli.hex`, prints the outputs in hexadecimal on one line
/// per clock, then gives a clock. `stock` uses stock rust-hdl's port names.
pub fn verilog_testbench(cell: &impl CellPorts, module: &str, stock: bool) -> String {
    let (inputs, outputs) = (cell.inputs(), cell.outputs());
    let width = packed_width(&inputs);
    let (nets, pins) = connections(cell, "", "clock", stock);
    let mut out = String::from("`timescale 1ns/1ns\nmodule testbench;\n  parameter CLOCKS = 1;\n");
    writeln!(
        out,
        "  reg clock;\n  reg [{}:0] stimuli [0:CLOCKS-1];\n  reg [{}:0] now;",
        width - 1,
        width - 1
    )
    .ok();
    out += &nets;
    let list = |kind: &str, n: usize| (0..n).map(|i| format!("{kind}_{i}")).collect::<Vec<_>>().join(", ");
    if !inputs.is_empty() {
        writeln!(out, "  assign {{{}}} = now;", list("in", inputs.len())).ok();
    }
    let format = vec!["%h"; outputs.len()].join(" ");
    writeln!(
        out,
        "  {module} dut ({pins});\n  integer i;\n  initial begin\n    $readmemh(\"stimuli.hex\", stimuli);\n    \
         clock = 0;\n    #1;\n    for (i = 0; i < CLOCKS; i = i + 1) begin\n      now = stimuli[i];\n      #1 \
         $display(\"{format}\", {});\n      #1 clock = 1;\n      #1 clock = 0;\n    end\n    $finish;\n  end\nendmodule",
        list("out", outputs.len())
    )
    .ok();
    out
}

/// Runs a test bench in Icarus; returns the printed outputs, one row per clock.
pub fn run_icarus(
    bench: &str,
    verilog: &str,
    stimuli: &[Values],
    inputs: &[Port],
) -> Result<Vec<Vec<String>>, ToolError> {
    let folder = temporary_folder("iverilog")?;
    let path = folder.path();
    let hex: String = stimuli.iter().map(|row| packed_hex(row, inputs) + "\n").collect();
    for (name, text) in [("bench.v", bench), ("design.v", verilog), ("stimuli.hex", &hex)] {
        std::fs::write(path.join(name), text).map_err(files("iverilog"))?;
    }
    let clocks = format!("-Ptestbench.CLOCKS={}", stimuli.len());
    let args = ["-g2005", "-s", "testbench", &clocks, "-o", "bench.vvp", "bench.v", "design.v"];
    run("iverilog", path, &args, false)?;
    let printed = run("vvp", path, &["-n", "bench.vvp"], false)?;
    Ok(printed.lines().map(|line| line.split_whitespace().map(String::from).collect()).collect())
}

/// Writes the files of a design into a folder; returns their names.
pub(super) fn write_design(
    design: &VerilogDesign,
    folder: &Path,
    tool: &'static str,
) -> Result<Vec<String>, ToolError> {
    for file in &design.files {
        std::fs::write(folder.join(&file.file_name), &file.text).map_err(files(tool))?;
    }
    Ok(design.files.iter().map(|f| f.file_name.clone()).collect())
}

/// Lints a design with `verilator --lint-only -Wall`; any message is a failure.
pub fn verilator_lint(design: &VerilogDesign) -> Result<(), ToolError> {
    let folder = temporary_folder("verilator")?;
    let names = write_design(design, folder.path(), "verilator")?;
    let mut args = vec!["--lint-only", "-Wall", "--top-module", &design.top];
    args.extend(names.iter().map(String::as_str));
    run("verilator", folder.path(), &args, true).map(|_| ())
}

/// Compiles a design with `iverilog -g2005 -Wall`; any message is a failure, save about missing timescales.
pub fn icarus_lint(design: &VerilogDesign) -> Result<(), ToolError> {
    let folder = temporary_folder("iverilog")?;
    let names = write_design(design, folder.path(), "iverilog")?;
    let mut args = vec!["-g2005", "-Wall", "-Wno-timescale", "-s", &design.top, "-o", "design.vvp"];
    args.extend(names.iter().map(String::as_str));
    run("iverilog", folder.path(), &args, true).map(|_| ())
}

/// Elaborates a design in Yosys and fails on latches, undriven or multiply driven nets.
pub fn yosys_latches(design: &VerilogDesign) -> Result<(), ToolError> {
    let folder = temporary_folder("yosys")?;
    let names = write_design(design, folder.path(), "yosys")?;
    let script = format!(
        "read_verilog {}; hierarchy -check -top {}; proc; flatten; opt_expr; opt_clean; select -assert-none \
         t:$dlatch t:$_DLATCH_*; check -assert",
        names.join(" "),
        design.top
    );
    run("yosys", folder.path(), &["-q", "-p", &script], true).map(|_| ())
}

/// Synthesizes a design in Yosys (`command` such as `synth_ice40`) and counts the cells by type.
pub fn yosys_cells(design: &VerilogDesign, command: &str) -> Result<BTreeMap<String, usize>, ToolError> {
    yosys_cells_within(design, command, LIMIT_SECONDS)
}

/// As [`yosys_cells`], for designs that need more `seconds` than a cell.
pub fn yosys_cells_within(
    design: &VerilogDesign,
    command: &str,
    seconds: u64,
) -> Result<BTreeMap<String, usize>, ToolError> {
    let folder = temporary_folder("yosys")?;
    let names = write_design(design, folder.path(), "yosys")?;
    let script = format!(
        "read_verilog {}; {command} -top {}; flatten; tee -o cells.txt stat",
        names.join(" "),
        design.top
    );
    run_within("yosys", folder.path(), &["-q", "-p", &script], false, seconds)?;
    let text = std::fs::read_to_string(folder.path().join("cells.txt")).map_err(files("yosys"))?;
    let mut cells = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(Ok(count)), None) =
            (words.next(), words.next().map(str::parse), words.next())
        {
            cells.insert(name.to_string(), count);
        }
    }
    Ok(cells)
}
