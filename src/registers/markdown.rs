//! A page of the manual.

use super::{byte_offset, origin};
use spinwright_contract::registers::{ALL, Access};
use std::fmt::Write;

/// The map by pages, with bits and values.
pub fn text() -> String {
    let [what, whence] = origin("markdown");
    let mut text = format!(
        "# Registers\n\n{what} {whence}\n\nWhat the registers do stands in the [contract](contract.md), section 11; how they are reached in \
         [integration](integration.md). The same map: `contract/registers/` as C header, SystemRDL, Verilog and JSON.\n\n\
         | word | bytes | name | words | | meaning |\n|---|---|---|---|---|---|\n"
    );
    for r in ALL {
        let access = match r.access {
            Access::Read => "R",
            Access::Write => "W",
            Access::ReadWrite => "RW",
        };
        let words = if r.words() > 1 { format!("up to {}", r.words()) } else { "1".to_owned() };
        writeln!(
            text,
            "| `0x{:04x}` | `0x{:05x}` | `{}` | {words} | {access} | {} |",
            r.address,
            byte_offset(r),
            r.name,
            r.doc.trim().replace('|', "\\|")
        )
        .expect("writing to a String");
    }
    for r in ALL.iter().filter(|r| !(r.bits().is_empty() && r.codes().is_empty())) {
        writeln!(text, "\n`{}`:\n", r.name).expect("writing to a String");
        for bit in r.bits() {
            writeln!(text, "- bit {} `{}`: {}", bit.value.trailing_zeros(), bit.name, bit.doc.trim())
                .expect("writing to a String");
        }
        for code in r.codes() {
            writeln!(text, "- {} `{}`: {}", code.value, code.name, code.doc.trim())
                .expect("writing to a String");
        }
    }
    text
}
