//! SystemRDL 2.0.

use super::{byte_offset, origin};
use spinwright_contract::registers::{ALL, Access, INTERRUPT_PENDING, Register};
use std::fmt::Write;

/// One address map of bytes, as a bus sees it.
pub fn text() -> String {
    let [what, whence] = origin("systemrdl");
    let mut text = format!(
        "// SPDX-License-Identifier: MIT OR Apache-2.0\n// {what}\n// {whence}\n\naddrmap spinwright {{\n  \
         name = \"Spinwright machine\";\n  default regwidth = 32;\n  default accesswidth = 32;\n"
    );
    for r in ALL {
        let array = if r.words() > 1 { format!("[{}]", r.words()) } else { String::new() };
        writeln!(
            text,
            "\n  reg {{\n    desc = \"{}\";\n{}  }} {}{array} @ 0x{:05x};",
            escaped(r.doc.trim()),
            fields(r),
            r.name,
            byte_offset(r)
        )
        .expect("writing to a String");
    }
    text + "};\n"
}

fn fields(register: &Register) -> String {
    let (software, hardware) = match register.access {
        Access::Read => ("r", "w"),
        Access::Write => ("w", "r"),
        Access::ReadWrite => ("rw", "rw"),
    };
    let clears = if register.address == INTERRUPT_PENDING { " onwrite = woclr;" } else { "" };
    if register.bits().is_empty() {
        return format!("    field {{ sw = {software}; hw = {hardware}; }} value[31:0];\n");
    }
    let field = |bit: &spinwright_contract::registers::Value| {
        format!(
            "    field {{ desc = \"{}\"; sw = {software}; hw = {hardware};{clears} }} {}[{n}:{n}];\n",
            escaped(bit.doc.trim()),
            bit.name.to_lowercase(),
            n = bit.value.trailing_zeros()
        )
    };
    register.bits().iter().map(field).collect()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
