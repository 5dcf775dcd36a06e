//! From the sequence of a kernel to independent pieces of hardware.
//!
//! A kernel runs from top to bottom; hardware has no such order. The statements are split into groups such
//! that every group sees only final values of what other groups drive; a group of one assignment is a wire.

use super::error::EmitError;
use super::statement::Statement;
use super::symbols::{Role, SymbolId, Symbols};
use std::collections::{HashMap, HashSet};

/// Statements that belong together, in kernel order, and the signals they drive.
pub(crate) struct Group {
    pub statements: Vec<Statement>,
    pub targets: Vec<SymbolId>,
}

/// Checks that every signal is written before it is read and on every path.
pub(crate) fn check_assignments(statements: &[Statement], symbols: &Symbols) -> Result<(), EmitError> {
    let mut done = HashSet::new();
    walk(statements, symbols, &mut done)?;
    let mut missing = None;
    for statement in statements {
        statement.each_write(&mut |target| {
            if missing.is_none() && !done.contains(&target) {
                missing = Some(target);
            }
        });
    }
    match missing {
        Some(id) => Err(EmitError::Latch {
            module: symbols.module.clone(),
            signal: symbols.list[id].kernel_name.clone(),
        }),
        None => check_early_reads(statements, symbols),
    }
}

/// Checks reads in order; returns the signals newly assigned on every path (already added to `done`).
fn walk(
    statements: &[Statement],
    symbols: &Symbols,
    done: &mut HashSet<SymbolId>,
) -> Result<Vec<SymbolId>, EmitError> {
    let mut fresh = vec![];
    for statement in statements {
        let reads = match statement {
            Statement::Assign { reads, .. }
            | Statement::AssignBit { reads, .. }
            | Statement::If { reads, .. }
            | Statement::Case { reads, .. } => reads,
            Statement::Comment(_) => continue,
        };
        for read in reads {
            if symbols.list[read.symbol].role.is_driven_here() && !done.contains(&read.symbol) {
                return Err(EmitError::ReadBeforeWrite {
                    module: symbols.module.clone(),
                    signal: symbols.list[read.symbol].kernel_name.clone(),
                });
            }
        }
        let common = match statement {
            Statement::Assign { target, .. } => vec![*target],
            Statement::If { then, other, .. } => {
                in_all_branches([then, other].into_iter(), false, symbols, done)?
            }
            Statement::Case { arms, full, .. } => {
                in_all_branches(arms.iter().map(|(_, arm)| arm), !full, symbols, done)?
            }
            Statement::AssignBit { .. } | Statement::Comment(_) => vec![],
        };
        fresh.extend(common.into_iter().filter(|id| done.insert(*id)));
    }
    Ok(fresh)
}

/// Signals that every branch assigns; none if a branch may be missing.
fn in_all_branches<'a>(
    branches: impl Iterator<Item = &'a Vec<Statement>>,
    may_skip: bool,
    symbols: &Symbols,
    done: &mut HashSet<SymbolId>,
) -> Result<Vec<SymbolId>, EmitError> {
    let mut common: Option<Vec<SymbolId>> = None;
    for branch in branches {
        let fresh = walk(branch, symbols, done)?;
        for id in &fresh {
            done.remove(id);
        }
        common = Some(match common {
            None => fresh,
            Some(so_far) => {
                let fresh: HashSet<SymbolId> = fresh.into_iter().collect();
                so_far.into_iter().filter(|id| fresh.contains(id)).collect()
            }
        });
    }
    Ok(if may_skip { vec![] } else { common.unwrap_or_default() })
}

/// In Rust an input of a part reads as its final value, in Verilog as the value so far.
fn check_early_reads(statements: &[Statement], symbols: &Symbols) -> Result<(), EmitError> {
    let mut last_write = HashMap::new();
    for (at, statement) in statements.iter().enumerate() {
        statement.each_write(&mut |target| {
            last_write.insert(target, at);
        });
    }
    let mut early = None;
    for (at, statement) in statements.iter().enumerate() {
        statement.each_read(&mut |read| {
            let of_part = matches!(symbols.list[read.symbol].role, Role::ChildInput | Role::RegisterInput(_));
            if of_part && last_write.get(&read.symbol).is_some_and(|&last| last >= at) {
                early.get_or_insert(read.symbol);
            }
        });
    }
    match early {
        Some(id) => Err(EmitError::EarlyRead {
            module: symbols.module.clone(),
            signal: symbols.list[id].kernel_name.clone(),
        }),
        None => Ok(()),
    }
}

/// Removes assignments that a later unconditional one replaces unread (defaults of registers, mostly).
pub(crate) fn drop_dead(statements: Vec<Statement>) -> Vec<Statement> {
    let mut replaced: HashSet<SymbolId> = HashSet::new();
    let mut kept = vec![];
    for statement in statements.into_iter().rev() {
        if let Statement::Assign { target, .. } = &statement
            && !replaced.insert(*target)
        {
            continue;
        }
        statement.each_read(&mut |read| {
            replaced.remove(&read.symbol);
        });
        kept.push(statement);
    }
    kept.reverse();
    kept
}

/// Splits the statements into groups; the order of groups is that of their first statements.
pub(crate) fn split(statements: Vec<Statement>) -> Vec<Group> {
    let mut parent: HashMap<SymbolId, SymbolId> = HashMap::new();
    fn root(parent: &mut HashMap<SymbolId, SymbolId>, id: SymbolId) -> SymbolId {
        let mut top = id;
        while let Some(&next) = parent.get(&top) {
            if next == top {
                break;
            }
            top = next;
        }
        parent.insert(id, top);
        top
    }
    let mut last_write = HashMap::new();
    for (at, statement) in statements.iter().enumerate() {
        statement.each_write(&mut |target| {
            last_write.insert(target, at);
        });
    }
    let mut anchors = vec![None; statements.len()];
    for (at, statement) in statements.iter().enumerate() {
        let mut together = vec![];
        statement.each_write(&mut |target| together.push(target));
        anchors[at] = together.first().copied();
        if together.is_empty() {
            continue;
        }
        // A value that is overwritten later must be read in sequence.
        statement.each_read(&mut |read| {
            if last_write.get(&read.symbol).is_some_and(|&last| last > at) {
                together.push(read.symbol);
            }
        });
        let first = root(&mut parent, together[0]);
        for other in together {
            let other = root(&mut parent, other);
            parent.insert(other, first);
        }
    }
    let mut groups: Vec<Group> = vec![];
    let mut place: HashMap<SymbolId, usize> = HashMap::new();
    let mut known = HashSet::new();
    let mut comments = vec![];
    for (statement, anchor) in statements.into_iter().zip(anchors) {
        let Some(anchor) = anchor else {
            if matches!(statement, Statement::Comment(_)) {
                comments.push(statement);
            }
            continue;
        };
        let key = root(&mut parent, anchor);
        let at = *place.entry(key).or_insert_with(|| {
            groups.push(Group { statements: vec![], targets: vec![] });
            groups.len() - 1
        });
        let group = &mut groups[at];
        statement.each_write(&mut |target| {
            if known.insert(target) {
                group.targets.push(target);
            }
        });
        group.statements.append(&mut comments);
        group.statements.push(statement);
    }
    groups
}
