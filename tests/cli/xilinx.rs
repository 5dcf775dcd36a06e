//! Xilinx: the map of the parameter memories that Vivado writes, read back as updatemem does. A stand-in for Vivado's objects says where
//! the memories came to lie; the script's Tcl runs in Yosys's interpreter.

use crate::support::{read, succeeds, write};
use spinwright_contract::{Readout, Schedule, ValidConfig};
use spinwright_reference::layout::BankLayout;
use spinwright_sim::compare::random_contents;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// A block RAM that holds a part of a memory: addresses and bits, both ends included.
struct Piece {
    addresses: (usize, usize),
    bits: (usize, usize),
    site: String,
}

/// Cuts a memory as Vivado might: at most 9 or 16 bits wide, deep ones in two halves.
fn pieces(number: usize, depth: usize, width: usize) -> Vec<Piece> {
    let widest = if number.is_multiple_of(2) { 9 } else { 16 };
    let cut = if depth > 100 { depth / 2 } else { depth };
    let mut pieces = Vec::new();
    for first in (0..depth).step_by(cut) {
        for low in (0..width).step_by(widest) {
            let kind = if pieces.len() % 3 == 2 { 18 } else { 36 };
            let site = format!("RAMB{kind}_X{}Y{}", number, pieces.len());
            let addresses = (first, (first + cut).min(depth) - 1);
            pieces.push(Piece { addresses, bits: (low, (low + widest).min(width) - 1), site });
        }
    }
    pieces
}

/// Commands that answer for these pieces, by the names of older and newer versions of Vivado in turn.
fn stand_in(memories: &[(String, usize, usize)], lost: Option<usize>) -> String {
    let mut text = String::new();
    for (number, (path, depth, width)) in memories.iter().enumerate() {
        let prefix = if number.is_multiple_of(3) { "ram" } else { "bram" };
        let mut cells = Vec::new();
        for (k, piece) in pieces(number, *depth, *width).iter().enumerate() {
            if lost == Some(number) && k == 0 {
                continue;
            }
            let cell = format!("{path}_reg_{k}");
            let mut property = |name: &str, value: &str| text += &format!("set p({cell}|{name}) {value}\n");
            for (name, value) in [
                ("addr_begin", piece.addresses.0),
                ("addr_end", piece.addresses.1),
                ("slice_begin", piece.bits.0),
                ("slice_end", piece.bits.1),
            ] {
                property(&format!("{prefix}_{name}"), &value.to_string());
            }
            property("LOC", &piece.site);
            let wide = piece.bits.1 - piece.bits.0 == 8;
            property("MEM.PORTA.DATA_BIT_LAYOUT", if wide { "p1_d8" } else { "p0_d16" });
            cells.push(cell);
        }
        text += &format!("set cells({path}) {{{}}}\n", cells.join(" "));
    }
    text + "proc get_property {name cell} { global p; if {[info exists p($cell|$name)]} { return $p($cell|$name) }; return {} }\n\
            proc get_cells {args} { global cells; regexp {NAME =~ (\\S+)_reg\\*} [lindex $args end] -> path; return $cells($path) }\n"
}

/// Runs the map's script; the error where there was one.
fn vivado(folder: &Path, memories: &[(String, usize, usize)], lost: Option<usize>) -> Result<String, String> {
    let script = stand_in(memories, lost)
        + "if {[catch {source memories.tcl} why]} { puts stderr $why; exit 3 }\nexit 0\n";
    write(folder, "stand_in.tcl", script);
    let ran = Command::new("yosys")
        .args(["-q", "-c", "stand_in.tcl"])
        .current_dir(folder)
        .output()
        .expect("yosys starts");
    let errors = String::from_utf8_lossy(&ran.stderr).into_owned();
    if ran.status.success() {
        Ok(String::from_utf8(read(folder, "design.mmi")).expect("text"))
    } else {
        Err(errors)
    }
}

/// The value of an attribute.
fn attribute<'a>(line: &'a str, name: &str) -> &'a str {
    let rest = line.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("no {name} in {line}")).1;
    rest.split_once('"').expect("it ends").0
}

/// What lies where in the map: by memory and bit of memory, the block RAM.
fn read_map(map: &str) -> BTreeMap<String, BTreeMap<(usize, usize), String>> {
    let mut found: BTreeMap<String, BTreeMap<_, _>> = BTreeMap::new();
    let (mut path, mut site, mut bits) = (String::new(), String::new(), (0, 0));
    let number = |line: &str, name: &str| attribute(line, name).parse::<usize>().expect("a number");
    for line in map.lines().map(str::trim) {
        match line.split([' ', '>']).next() {
            Some("<Processor") => path = attribute(line, "InstPath").to_owned(),
            Some("<BitLane") => {
                site = format!("{} {}", attribute(line, "MemType"), attribute(line, "Placement"));
            }
            Some("<DataWidth") => bits = (number(line, "LSB"), number(line, "MSB")),
            Some("<AddressRange") => {
                for address in number(line, "Begin")..=number(line, "End") {
                    for bit in bits.0..=bits.1 {
                        let twice =
                            found.entry(path.clone()).or_default().insert((address, bit), site.clone());
                        assert!(twice.is_none(), "{path}: bit {bit} of word {address} twice");
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// Checks a folder of `synth --board arty_a7_35t --patchable` of the machine in `machine`.
pub fn map_is_whole(folder: &Path, out: &str, machine: &str) {
    let small = ValidConfig::read(&folder.join(machine)).unwrap_or_else(|e| panic!("{e}"));
    let schedule = Schedule { burn_in: 1, retained: 4, readout: Readout::Spin };
    let image = BankLayout::place(&small, random_contents(&small, 3, &[schedule])).expect("it fits");
    image.into_image().write(&folder.join("some.image")).unwrap_or_else(|e| panic!("{e}"));
    // The machine as synth wrote it, with the record of filled banks.
    let mut config = small.config().clone();
    config.timing.power_on = true;
    write(folder, "filled.json", serde_json::to_string(&config).expect("JSON"));
    succeeds(folder, "export some.image --machine filled.json --device --format mem --out memories");
    let index: serde_json::Value =
        serde_json::from_slice(&read(folder, "memories/index.json")).expect("JSON");
    let shell = String::from_utf8(read(folder, "memories/updatemem.sh")).expect("text");
    let memories: Vec<(String, usize, usize)> = index["memories"]
        .as_array()
        .expect("memories")
        .iter()
        .map(|memory| {
            let file = memory["file"].as_str().expect("a name");
            let path = format!("machine/{}", file.trim_end_matches(".mem").replace('.', "/"));
            // The machine's path, with the last part a memory of the Verilog.
            let path = if file.ends_with(".mem.mem") {
                format!("{}/mem", path.trim_end_matches("/mem"))
            } else {
                path
            };
            assert!(shell.contains(&format!("/{file}\" -proc {path}")), "{file}: {shell}");
            let number = |key: &str| memory[key].as_u64().expect("a number") as usize;
            (path, number("depth"), number("width"))
        })
        .collect();
    let at = folder.join(out);
    let map = read_map(&vivado(&at, &memories, None).unwrap_or_else(|error| panic!("{error}")));
    assert_eq!(map.len(), memories.len());
    for (number, (path, depth, width)) in memories.iter().enumerate() {
        let found = &map[path];
        assert_eq!(found.len(), depth * width, "{path}");
        for piece in pieces(number, *depth, *width) {
            let (kind, site) = piece.site.split_once('_').expect("kind and place");
            let expected = format!("{} {site}", if kind == "RAMB36" { "RAMB32" } else { "RAMB16" });
            for address in piece.addresses.0..=piece.addresses.1 {
                for bit in piece.bits.0..=piece.bits.1 {
                    assert_eq!(found[&(address, bit)], expected, "{path}");
                }
            }
        }
    }
    // A memory that is not in block RAM as a whole is no map.
    let error = vivado(&at, &memories, Some(1)).unwrap_err();
    assert!(error.contains(&memories[1].0) && error.contains("memories.xdc"), "{error}");
    // The constraint names every memory.
    let constraints = String::from_utf8(read(&at, "memories.xdc")).expect("text");
    for (path, ..) in &memories {
        assert!(constraints.contains(&format!("{{{path}_reg}}")), "{path}");
    }
}
