//! The register map is one piece of data: no two registers overlap, and the document shows exactly this map.

use spinwright_contract::registers::{ALL, Access, IDENT_CAPABILITIES, capability};

#[test]
fn addresses_are_unique_and_ascending() {
    for pair in ALL.windows(2) {
        assert!(pair[0].address < pair[1].address, "{} and {} collide", pair[0].name, pair[1].name);
    }
}

#[test]
fn the_document_lists_every_register() {
    let text = include_str!("../../docs/contract.md");
    let listed: Vec<&str> = text.lines().filter(|l| l.starts_with("| `0x")).collect();
    let expected: Vec<String> = ALL
        .iter()
        .map(|r| {
            let access = match r.access {
                Access::Read => "R",
                Access::Write => "W",
                Access::ReadWrite => "RW",
            };
            format!("| `0x{:04x}` | `{}` | {access} | {} |", r.address, r.name, r.doc.trim())
        })
        .collect();
    assert_eq!(listed, expected, "docs/contract.md section 11 and contract/src/registers.rs differ");
}

#[test]
fn capability_bits_are_those_that_the_register_names() {
    let register = ALL.iter().find(|r| r.address == IDENT_CAPABILITIES).expect("it is there");
    let bits: Vec<String> = capability::ALL
        .iter()
        .map(|bit| format!("{} {}", bit.value.trailing_zeros(), bit.doc.trim()))
        .collect();
    assert_eq!(register.doc.trim(), format!("Capability bits: {}.", bits.join(", ")));
}

#[test]
fn windows_end_before_the_next_register() {
    for pair in ALL.windows(2) {
        let end = u32::from(pair[0].address) + pair[0].words();
        assert!(end <= u32::from(pair[1].address), "{} runs into {}", pair[0].name, pair[1].name);
    }
    let words = |name: &str| ALL.iter().find(|r| r.name == name).expect("it is there").words();
    assert_eq!(
        [words("SPINS"), words("SCHEDULE"), words("SCORES"), words("LOAD_DATA")],
        [0x2000, 0x100, 0x1000, 1]
    );
}
