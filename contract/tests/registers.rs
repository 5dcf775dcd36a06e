//! The register map is one piece of data: no two registers overlap, and the document shows exactly this map.

use spinwright_contract::registers::{ALL, Access};

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
