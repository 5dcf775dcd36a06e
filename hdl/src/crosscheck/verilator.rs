//! Many cells in one Verilator build: compiling dominates, so a whole test suite shares one.

use super::tools::{ToolError, connections, files, packed_hex, packed_width, run, temporary_folder};
use super::{CellPorts, Port, Values};
use crate::verilog::VerilogDesign;
use std::fmt::Write;

/// Cells that will run together. Each has its own stimuli.
#[derive(Default)]
pub struct VerilatorBatch {
    cells: Vec<BatchCell>,
    ignore_memory_rules: bool,
}

struct BatchCell {
    design: VerilogDesign,
    pins: String,
    nets: String,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    stimuli: Vec<Values>,
}

impl VerilatorBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out the simulation-only checks of memories, so that one mutant that breaks a rule does not stop
    /// the whole batch. Memories still start as zeros.
    pub fn ignoring_memory_rules(mut self) -> Self {
        self.ignore_memory_rules = true;
        self
    }

    /// Adds a cell with its Verilog (possibly mutated) and stimuli; returns its number in the results.
    pub fn add(&mut self, cell: &impl CellPorts, design: VerilogDesign, stimuli: &[Values]) -> usize {
        let number = self.cells.len();
        let (nets, pins) = connections(cell, &format!("c{number}_"), "clock", false);
        self.cells.push(BatchCell {
            design,
            pins,
            nets,
            inputs: cell.inputs(),
            outputs: cell.outputs(),
            stimuli: stimuli.to_vec(),
        });
        number
    }

    /// The design's text with every module renamed, so that cells can share one build.
    fn renamed(design: &VerilogDesign, number: usize) -> String {
        let names: Vec<&str> = design.files.iter().map(|f| f.module.as_str()).collect();
        let mut out = String::new();
        for line in design.files.iter().flat_map(|f| f.text.lines()) {
            let body = line.trim_start();
            let first = body.split([' ', '(']).next().unwrap_or("");
            let rest = body.strip_prefix("module ").map(|r| r.split([' ', '(']).next().unwrap_or(""));
            let target = rest.unwrap_or(first);
            if names.contains(&target) && (rest.is_some() || body.ends_with('(')) {
                out += &line.replacen(target, &format!("c{number}_{target}"), 1);
            } else {
                out += line;
            }
            out.push('\n');
        }
        out
    }

    fn top(&self) -> String {
        let mut out = String::from(
            "module batch (\n  input wire clock,\n  input wire sample,\n  input wire [31:0] at\n);\n",
        );
        for (n, cell) in self.cells.iter().enumerate() {
            let (width, rows) = (packed_width(&cell.inputs), cell.stimuli.len());
            let list = |kind: &str, count: usize| {
                (0..count).map(|i| format!("c{n}_{kind}_{i}")).collect::<Vec<_>>().join(", ")
            };
            writeln!(out, "  reg [{}:0] c{n}_stimuli [0:{}];", width - 1, rows.max(1) - 1).ok();
            writeln!(out, "  initial $readmemh(\"c{n}.hex\", c{n}_stimuli);\n{}", cell.nets).ok();
            if !cell.inputs.is_empty() {
                writeln!(out, "  assign {{{}}} = c{n}_stimuli[at];", list("in", cell.inputs.len())).ok();
            }
            writeln!(out, "  c{n}_{} c{n} ({});", cell.design.top, cell.pins).ok();
            let format = vec!["%h"; cell.outputs.len()].join(" ");
            writeln!(
                out,
                "  always @(posedge sample) if (at < {rows}) $display(\"c{n} {format}\", {});",
                list("out", cell.outputs.len())
            )
            .ok();
        }
        out + "endmodule\n"
    }
}

const MAIN: &str = r#"#include "Vbatch.h"
#include "verilated.h"
#include <cstdlib>
int main(int argc, char** argv) {
    Verilated::commandArgs(argc, argv);
    Vbatch batch;
    const unsigned clocks = std::strtoul(argv[1], nullptr, 10);
    batch.clock = 0;
    batch.sample = 0;
    batch.at = 0;
    for (unsigned at = 0; at < clocks; ++at) {
        batch.at = at;
        batch.eval();
        batch.sample = 1;
        batch.eval();
        batch.sample = 0;
        batch.clock = 1;
        batch.eval();
        batch.clock = 0;
        batch.eval();
    }
    return 0;
}
"#;

/// Builds the batch once and runs it; returns the printed outputs per cell and clock.
pub fn run_verilator(batch: &VerilatorBatch) -> Result<Vec<Vec<Vec<String>>>, ToolError> {
    let folder = temporary_folder("verilator")?;
    let path = folder.path();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).map_err(files("verilator"));
    let mut sources = String::new();
    for (n, cell) in batch.cells.iter().enumerate() {
        sources += &VerilatorBatch::renamed(&cell.design, n);
        let hex: String = cell.stimuli.iter().map(|row| packed_hex(row, &cell.inputs) + "\n").collect();
        write(&format!("c{n}.hex"), &hex)?;
    }
    write("cells.v", &sources)?;
    write("batch.v", &batch.top())?;
    write("main.cpp", MAIN)?;
    let mut args = vec![
        "--cc",
        "--exe",
        "--build",
        "-j",
        "2",
        "-O3",
        "-Wno-lint",
        "-Wno-style",
        "--x-assign",
        "fast",
        "--top-module",
        "batch",
        "batch.v",
        "cells.v",
        "main.cpp",
    ];
    if batch.ignore_memory_rules {
        args.push("-DSYNTHESIS");
    }
    run("verilator", path, &args, false)?;
    let clocks = batch.cells.iter().map(|c| c.stimuli.len()).max().unwrap_or(0);
    let output = std::process::Command::new(path.join("obj_dir").join("Vbatch"))
        .arg(clocks.to_string())
        .current_dir(path)
        .output()
        .map_err(files("verilator"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let output =
            format!("{}{}", text.lines().last().unwrap_or(""), String::from_utf8_lossy(&output.stderr));
        return Err(ToolError::Failed { tool: "verilator", output });
    }
    let mut rows = vec![vec![]; batch.cells.len()];
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let number = words.next().and_then(|w| w.strip_prefix('c')).and_then(|w| w.parse::<usize>().ok());
        if let Some(cell) = number.and_then(|n| rows.get_mut(n)) {
            cell.push(words.map(String::from).collect());
        }
    }
    Ok(rows)
}
