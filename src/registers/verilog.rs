//! Verilog constants.

use super::{access, origin};
use spinwright_contract::registers::ALL;
use std::fmt::Write;

/// `localparam`s for a bench or a bus master, to be included inside a module.
pub fn text() -> String {
    let [what, whence] = origin("verilog");
    let mut text = format!(
        "// SPDX-License-Identifier: MIT OR Apache-2.0\n// {what}\n// {whence}\n\n// Word addresses.\n"
    );
    let mut line = |name: &str, value: String, doc: &str| {
        writeln!(text, "localparam SPINWRIGHT_{name} = {value}; // {doc}").expect("writing to a String");
    };
    for r in ALL {
        line(r.name, format!("16'h{:04x}", r.address), &format!("{}: {}", access(r), r.doc.trim()));
    }
    for r in ALL {
        for value in r.bits().iter().chain(r.codes()) {
            line(&format!("{}_{}", r.name, value.name), format!("32'h{:x}", value.value), value.doc.trim());
        }
    }
    text
}
