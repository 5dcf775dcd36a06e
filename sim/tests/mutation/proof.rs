//! Whether a mutant that no stimuli noticed can be noticed at all.
//!
//! Yosys turns registers and parts of both modules into inputs and outputs, so that what is left is combinational, and a SAT
//! solver compares the two for all values. Equal next values, equal inputs of all parts and equal outputs mean equal behavior from
//! every state: such a mutant is no fault. A dropped assignment that makes a latch is a fault that simulation may not
//! show; the latch check finds it (as `sim/tests/lint.rs` does in the whole machine).

use spinwright_hdl::verilog::VerilogDesign;
use spinwright_sim::verilator::{SimError, Tool};
use std::fs;

/// What Yosys says about a survivor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Equal for all inputs and all states.
    Equivalent,
    /// It infers a latch.
    Latch,
    /// Neither could be shown.
    Open,
}

/// Compares a module with its mutant; `design.files[0]` is the module, called `cell_under_test`.
pub fn judge(design: &VerilogDesign, mutant: &str) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("it can be written");
    let mut parts = String::new();
    for file in &design.files[1..] {
        put(&file.file_name, &file.text);
        parts += &format!("read_verilog {}; ", file.file_name);
    }
    put("gold.v", &design.files[0].text);
    put("gate.v", mutant);
    let yosys = |script: &str| match Tool::Yosys.run(folder.path(), &["-q", "-p", script]) {
        Ok(_) => true,
        Err(error @ SimError::ToolMissing { .. }) => panic!("{error}"),
        Err(_) => false,
    };
    let read = |file: &str| format!("{parts}read_verilog {file}; proc; ");
    if !yosys(&format!("{}select -assert-none cell_under_test/t:$dlatch", read("gate.v"))) {
        return Verdict::Latch;
    }
    let sides = format!(
        "{}rename cell_under_test gold; read_verilog gate.v; rename cell_under_test gate; proc; expose -evert -evert-dff gold; \
         expose -evert -evert-dff gate; delete gold/t:$dff gate/t:$dff; ",
        read("gold.v")
    );
    let proof = "miter -equiv gold gate miter; flatten miter; sat -timeout 60 -verify -prove trigger 0 miter";
    if yosys(&(sides + proof)) { Verdict::Equivalent } else { Verdict::Open }
}
