//! The register map of the contract as files for other tools: C, SystemRDL, Verilog, JSON, and a page of the manual.

mod c;
mod markdown;
mod systemrdl;
mod verilog;

use serde::Serialize;
use spinwright_contract::registers::{ALL, Access, Register, Value, frame};

/// What a register map is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// C99 header.
    C,
    /// SystemRDL 2.0.
    Systemrdl,
    /// Verilog `localparam`s, to include in a module.
    Verilog,
    /// Page of the manual.
    Markdown,
    /// One JSON object.
    Json,
}

impl Format {
    /// The text of the file.
    pub fn text(self) -> String {
        match self {
            Self::C => c::text(),
            Self::Systemrdl => systemrdl::text(),
            Self::Verilog => verilog::text(),
            Self::Markdown => markdown::text(),
            Self::Json => serde_json::to_string_pretty(&map()).expect("a register map is valid JSON") + "\n",
        }
    }
}

#[derive(Serialize)]
struct Map {
    contract: u32,
    registers: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    /// Word address.
    address: u16,
    /// Of AXI4-Lite.
    byte_offset: u32,
    words: u32,
    access: &'static str,
    meaning: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bits: Vec<Named>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
    /// Number of a bit, or the value.
    number: u32,
    meaning: &'static str,
}

fn map() -> Map {
    let named = |values: &[Value], bits: bool| {
        let number = |v: &Value| if bits { v.value.trailing_zeros() } else { v.value };
        values.iter().map(|v| Named { name: v.name, number: number(v), meaning: v.doc.trim() }).collect()
    };
    let entry = |r: &Register| Entry {
        name: r.name,
        address: r.address,
        byte_offset: byte_offset(r),
        words: r.words(),
        access: access(r),
        meaning: r.doc.trim(),
        bits: named(r.bits(), true),
        values: named(r.codes(), false),
    };
    Map { contract: spinwright_contract::CONTRACT_VERSION, registers: ALL.iter().map(entry).collect() }
}

/// Offset in a window of bytes, as AXI4-Lite counts.
fn byte_offset(register: &Register) -> u32 {
    4 * u32::from(register.address)
}

fn access(register: &Register) -> &'static str {
    match register.access {
        Access::Read => "r",
        Access::Write => "w",
        Access::ReadWrite => "rw",
    }
}

/// Lines that say where a file comes from.
fn origin(format: &str) -> [String; 2] {
    [
        format!(
            "Register map of Spinwright machines, contract version {}.",
            spinwright_contract::CONTRACT_VERSION
        ),
        format!("Written by `spinwright registers --format {format}`; changes will be lost."),
    ]
}

/// Numbers of the UART's frames, which stand in headers beside the registers.
fn frames() -> [(&'static str, u32, &'static str); 11] {
    [
        ("REQUEST_SYNC", frame::REQUEST_SYNC.into(), "First byte of a request."),
        ("RESPONSE_SYNC", frame::RESPONSE_SYNC.into(), "First byte of a response."),
        ("READ", frame::READ.into(), "Opcode: read consecutive words."),
        ("WRITE", frame::WRITE.into(), "Opcode: write consecutive words."),
        ("WRITE_FIXED", frame::WRITE_FIXED.into(), "Opcode: write words to one address."),
        ("LOAD", frame::LOAD.into(), "Opcode: a sequence number and words of a load stream."),
        ("OK", frame::OK.into(), "Status: done."),
        ("BAD_CRC", frame::BAD_CRC.into(), "Status: the request's CRC was wrong."),
        ("BAD_FORMAT", frame::BAD_FORMAT.into(), "Status: unknown opcode or bad count."),
        ("BAD_ADDRESS", frame::BAD_ADDRESS.into(), "Status: no such address or direction."),
        ("REFUSED", frame::REFUSED.into(), "Status: refused in the present state."),
    ]
}
