//! A C99 header.

use super::{access, frames, origin};
use spinwright_contract::registers::{ALL, MAGIC};
use std::fmt::Write;

/// Word addresses, window lengths, masks and values as macros, and two functions for a mapped bus.
pub fn text() -> String {
    let [what, whence] = origin("c");
    let mut text = format!(
        "/* SPDX-License-Identifier: MIT OR Apache-2.0\n * {what}\n * {whence} */\n#ifndef SPINWRIGHT_REGISTERS_H\n\
         #define SPINWRIGHT_REGISTERS_H\n\n#include <stdint.h>\n\n/* What IDENT_MAGIC reads. */\n\
         #define SPINWRIGHT_MAGIC UINT32_C(0x{MAGIC:08x})\n\n/* Word addresses; a bus of bytes has them times 4. */\n"
    );
    for r in ALL {
        define(
            &mut text,
            r.name,
            &format!("0x{:04x}u", r.address),
            &format!("{}: {}", access(r), r.doc.trim()),
        );
    }
    text += "\n/* Lengths of windows in words; a machine may have fewer. */\n";
    for r in ALL.iter().filter(|r| r.words() > 1) {
        writeln!(text, "#define SPINWRIGHT_{}_WORDS 0x{:x}u", r.name, r.words())
            .expect("writing to a String");
    }
    text += "\n/* Bits. */\n";
    for r in ALL {
        for bit in r.bits() {
            define(
                &mut text,
                &format!("{}_{}", r.name, bit.name),
                &format!("UINT32_C(0x{:x})", bit.value),
                bit.doc.trim(),
            );
        }
    }
    text += "\n/* Values. */\n";
    for r in ALL {
        for code in r.codes() {
            define(
                &mut text,
                &format!("{}_{}", r.name, code.name),
                &format!("{}u", code.value),
                code.doc.trim(),
            );
        }
    }
    text += "\n/* Frames of the UART. */\n";
    for (name, value, doc) in frames() {
        define(&mut text, &format!("FRAME_{name}"), &format!("0x{value:02x}u"), doc);
    }
    text + "\n/* A register behind AXI4-Lite or Wishbone whose window begins at `base`. */\n\
            static inline uint32_t spinwright_read(const volatile uint32_t *base, uint32_t word) { return base[word]; }\n\n\
            static inline void spinwright_write(volatile uint32_t *base, uint32_t word, uint32_t value) { base[word] = value; }\n\n\
            #endif\n"
}

fn define(text: &mut String, name: &str, value: &str, doc: &str) {
    writeln!(text, "#define SPINWRIGHT_{name} {value} /* {doc} */").expect("writing to a String");
}
