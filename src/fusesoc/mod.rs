//! FuseSoC: a core file for a generated machine, and the bench of its target `sim`.

mod bench;

use crate::boards::{BOARDS, Flow};
use spinwright_contract::Port;
use spinwright_contract::config::Timing;
use std::fmt::Write;

/// What a core file says of a machine.
pub struct Machine<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its hash, for the description.
    pub hash: &'a str,
    /// Its top module.
    pub top: &'a str,
    /// The port of the top.
    pub port: Port,
    /// Clock and baud rate of the UART.
    pub timing: Timing,
    /// The Verilog files.
    pub files: Vec<&'a str>,
}

/// Families of chips that yosys synthesizes for, by their names there.
const FAMILIES: [&str; 3] = ["ice40", "ecp5", "xilinx"];

impl Machine<'_> {
    /// Files beside the Verilog, by their names in the machine's folder: the core file and the bench.
    pub fn files(&self) -> [(String, String); 2] {
        let bench = format!("sim/{}_bench.v", self.name);
        [(format!("{}.core", self.name), self.core(&bench)), (bench, self.bench())]
    }

    /// The core file, CAPI 2.
    fn core(&self, bench: &str) -> String {
        let Self { name, hash, top, .. } = self;
        let mut text = format!(
            "CAPI=2:\n# Written by spinwright generate; changes will be lost.\nname: spinwright:machines:{name}:0.1.0\n\
             description: p-bit machine {name}, hash {hash}, port {}\n\nfilesets:\n  rtl:\n    files:\n",
            self.port.name()
        );
        for file in &self.files {
            writeln!(text, "      - {file}").expect("writing to a String");
        }
        write!(
            text,
            "    file_type: verilogSource\n  bench:\n    files:\n      - {bench}\n    file_type: verilogSource\n\n\
             targets:\n  default:\n    filesets: [rtl]\n    toplevel: {top}\n  lint:\n    filesets: [rtl]\n    \
             toplevel: {top}\n    default_tool: verilator\n    tools:\n      verilator:\n        mode: lint-only\n        \
             verilator_options: [-Wall]\n  sim:\n    filesets: [rtl, bench]\n    toplevel: {name}_bench\n    \
             default_tool: icarus\n    tools:\n      icarus:\n        iverilog_options: [-g2012]\n"
        )
        .expect("writing to a String");
        for family in FAMILIES {
            write!(
                text,
                "  synth_{family}:\n    filesets: [rtl]\n    toplevel: {top}\n    default_tool: yosys\n    tools:\n      \
                 yosys:\n        arch: {family}\n        output_format: json\n"
            )
            .expect("writing to a String");
        }
        for board in BOARDS {
            let options = board.flow.synthesis_options().join(", ");
            write!(
                text,
                "  synth_{}:\n    description: {} ({}), without its pins\n    filesets: [rtl]\n    toplevel: {top}\n    \
                 default_tool: yosys\n    tools:\n      yosys:\n        arch: {}\n        output_format: json\n        \
                 yosys_synth_options: [{options}]\n",
                board.name,
                board.title,
                board.part,
                board.flow.name()
            )
            .expect("writing to a String");
            if let Flow::Xilinx { .. } = board.flow {
                writeln!(text, "      vivado:\n        part: {}", board.part).expect("writing to a String");
            }
        }
        text
    }
}
