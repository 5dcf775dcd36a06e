//! Combinational blocks that show only final values.
//!
//! A block that first gives a signal a default and then another value changes it twice within one instant. An event-driven
//! simulator wakes every reader at both changes; if a reader in another module wakes this block in turn (through an unrelated
//! signal of the same two blocks), the two can wake each other for ever, although no signal depends on itself. So a block that
//! reacts to inputs or to instances computes such signals in variables of its own and hands each over once, at its end.

use super::schedule::Group;
use super::symbols::{Role, SymbolId, Symbols};
use std::collections::{HashMap, HashSet};

/// Signals that follow an input or an instance's output within the same clock.
pub(crate) fn reactive(
    groups: &[Group],
    reads: &[HashSet<SymbolId>],
    symbols: &Symbols,
) -> HashSet<SymbolId> {
    let mut known: HashSet<SymbolId> = symbols
        .list
        .iter()
        .enumerate()
        .filter(|(_, symbol)| matches!(symbol.role, Role::Input | Role::ChildOutput) && !symbol.clock)
        .map(|(id, _)| id)
        .collect();
    loop {
        let before = known.len();
        for (group, reads) in groups.iter().zip(reads) {
            if reads.iter().any(|id| known.contains(id)) {
                known.extend(&group.targets);
            }
        }
        if known.len() == before {
            return known;
        }
    }
}

/// What every group reads, in their order.
pub(crate) fn reads(groups: &[Group]) -> Vec<HashSet<SymbolId>> {
    let of = |group: &Group| {
        let mut reads = HashSet::new();
        group.statements.iter().for_each(|s| s.each_read(&mut |read| _ = reads.insert(read.symbol)));
        reads
    };
    groups.iter().map(of).collect()
}

/// The signals of `groups[index]` that it must hand over once: written more than once, and seen outside of the block.
pub(crate) fn to_settle(
    groups: &[Group],
    reads: &[HashSet<SymbolId>],
    index: usize,
    reactive: &HashSet<SymbolId>,
    symbols: &Symbols,
) -> Vec<SymbolId> {
    let group = &groups[index];
    let mut writes: HashMap<SymbolId, usize> = HashMap::new();
    group.statements.iter().for_each(|s| s.each_write(&mut |id| *writes.entry(id).or_default() += 1));
    let elsewhere =
        |id: SymbolId| reads.iter().enumerate().any(|(other, reads)| other != index && reads.contains(&id));
    group
        .targets
        .iter()
        .copied()
        .filter(|id| reactive.contains(id) && writes.get(id).is_some_and(|&count| count > 1))
        .filter(|&id| match symbols.list[id].role {
            Role::Output | Role::ChildInput => true,
            Role::Local | Role::RegisterInput(_) => elsewhere(id),
            _ => false,
        })
        .collect()
}

/// A free name for the variable behind a signal.
pub(crate) fn variable_name(id: SymbolId, symbols: &Symbols) -> String {
    let mut name = format!("{}_value", symbols.list[id].text);
    while symbols.list.iter().any(|symbol| symbol.text == name) {
        name += "_of_block";
    }
    name
}

/// `text` with whole identifiers replaced; comments and literals such as `8'd1` stay as they are.
pub(crate) fn rename(text: &str, names: &HashMap<&str, String>) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (code, comment) = line.split_at(line.find("//").unwrap_or(line.len()));
        let mut rest = code;
        while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            let (before, tail) = rest.split_at(start);
            let end = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(tail.len());
            let (word, tail) = tail.split_at(end);
            out += before;
            match names.get(word) {
                Some(name) if !before.ends_with('\'') => out += name,
                _ => out += word,
            }
            rest = tail;
        }
        out += rest;
        out += comment;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::rename;
    use std::collections::HashMap;

    #[test]
    fn only_whole_identifiers_outside_comments_and_literals_are_renamed() {
        let names = HashMap::from([("d1", "d1_value".to_string()), ("send", "send_value".to_string())]);
        let text = "if (send && resend) begin // send\n  d1 = 8'd1 + d1[3:0];\n";
        let expected = "if (send_value && resend) begin // send\n  d1_value = 8'd1 + d1_value[3:0];\n";
        assert_eq!(rename(text, &names), expected);
    }
}
