//! Structural checks of a block tree, before anything is emitted.

use crate::verilog::tree::{Scope, Tree};
use crate::verilog::{is_keyword, name_problem};
use rust_hdl_core::check_error::CheckError as StockError;
use rust_hdl_core::prelude::*;
use std::collections::HashSet;

/// What is wrong with the structure of a design; the paths name instances.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// A signal has no driver.
    #[error(
        "{block}: `{signal}` is driven by nothing\n  help: assign it in the kernel of the block that owns it; \
         if every signal is listed, `connect_all()` was not called"
    )]
    Undriven {
        /// Instance path of the block that the signal belongs to.
        block: String,
        /// The signal.
        signal: String,
    },
    /// A name that Verilog does not accept.
    #[error(
        "{block}: `{name}` cannot be a Verilog name: {problem}\n  help: rename the field or the instance"
    )]
    BadName {
        /// Instance path of the block.
        block: String,
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Two fields of a block get the same Verilog name.
    #[error(
        "{block}: the name `{name}` occurs twice\n  help: rename one; `a[1]` and a field `a_1` both become a_1"
    )]
    DuplicateName {
        /// Instance path of the block.
        block: String,
        /// The name.
        name: String,
    },
    /// A signal or memory wider than 64 bits, or of no bits.
    #[error("{block}: `{signal}` has {width} bits\n  help: a bus has 1 to 64 bits; split it into several")]
    BadWidth {
        /// Instance path of the block.
        block: String,
        /// The signal.
        signal: String,
        /// Its width.
        width: usize,
    },
    /// rust-hdl found a combinational loop within a kernel.
    #[error(
        "{block}: `{signal}` depends on itself\n  help: assign locals and outputs before they are read, or break the loop with a register"
    )]
    LogicLoop {
        /// Instance path of the block.
        block: String,
        /// A signal of the loop.
        signal: String,
    },
    /// A kernel writes to an input of its own block.
    #[error(
        "{block}: the kernel writes to its own input `{signal}`\n  help: inputs are driven by the owner of the block"
    )]
    WritesToInput {
        /// Instance path of the block.
        block: String,
        /// The input.
        signal: String,
    },
}

/// Checks names, widths and drivers, then runs rust-hdl's own checks (drivers, loops, written inputs).
///
/// `name` is the top's name in messages. The first problem in the order of the tree is reported.
pub fn check(top: &dyn Block, name: &str) -> Result<(), CheckError> {
    check_tree(top, &Tree::of(top, name), name)
}

/// As [`check`], of a tree that is there already.
pub(crate) fn check_tree(top: &dyn Block, tree: &Tree, name: &str) -> Result<(), CheckError> {
    for (id, scope) in tree.scopes.iter().enumerate() {
        names(scope)?;
        widths(scope)?;
        drivers(scope, id == 0)?;
    }
    for scope in &tree.scopes {
        let mut seen = HashSet::new();
        let own = scope.atoms.iter().map(|a| &a.name);
        let parts = scope.children.iter().map(|&c| &tree.scopes[c].instance);
        for name in own.chain(parts) {
            if !seen.insert(name) {
                return Err(CheckError::DuplicateName { block: scope.path.clone(), name: name.clone() });
            }
        }
    }
    check_all(top).map_err(|error| stock(error, name))
}

fn names(scope: &Scope) -> Result<(), CheckError> {
    let all = scope.atoms.iter().map(|a| &a.name).chain([&scope.instance]);
    for name in all {
        if let Some(problem) = name_problem(name) {
            return Err(CheckError::BadName { block: scope.path.clone(), name: name.clone(), problem });
        }
    }
    debug_assert!(!is_keyword(&scope.instance));
    Ok(())
}

fn widths(scope: &Scope) -> Result<(), CheckError> {
    match scope.atoms.iter().find(|a| !(1..=crate::width::MAX_WIDTH).contains(&a.width)) {
        Some(a) => {
            Err(CheckError::BadWidth { block: scope.path.clone(), signal: a.name.clone(), width: a.width })
        }
        None => Ok(()),
    }
}

fn drivers(scope: &Scope, top: bool) -> Result<(), CheckError> {
    let driven_outside = |kind| top && matches!(kind, AtomKind::InputParameter | AtomKind::InOutParameter);
    let open = |a: &&crate::verilog::tree::AtomInfo| !a.connected && !driven_outside(a.kind);
    match scope.atoms.iter().find(open) {
        Some(a) => Err(CheckError::Undriven { block: scope.path.clone(), signal: a.name.clone() }),
        None => Ok(()),
    }
}

/// rust-hdl's errors in our words; it calls the top `uut`.
fn stock(error: StockError, top: &str) -> CheckError {
    let path = |p: &str| {
        let inner = p.strip_prefix("uut").unwrap_or(p);
        format!("{top}{}", inner.replace('$', "."))
    };
    let first = |mut list: Vec<(String, String)>| {
        list.sort();
        list.into_iter().next().unwrap_or_default()
    };
    match error {
        StockError::OpenSignal(map) => {
            let (block, signal) = first(map.into_values().map(|p| (path(&p.path), p.name)).collect());
            CheckError::Undriven { block, signal }
        }
        StockError::LogicLoops(list) => {
            let (block, signal) = first(list.into_iter().map(|p| (path(&p.path), p.name)).collect());
            CheckError::LogicLoop { block, signal }
        }
        StockError::WritesToInputs(list) => {
            let (block, signal) = first(list.into_iter().map(|p| (path(&p.path), p.name)).collect());
            CheckError::WritesToInput { block, signal }
        }
    }
}
