//! A block tree as plain data, collected by a rust-hdl probe.

use super::PURPOSE_PREFIX;
use crate::width::SIZE_TYPE;
use rust_hdl_core::ast::{Verilog, VerilogStatement};
use rust_hdl_core::atom::is_atom_signed;
use rust_hdl_core::prelude::*;

/// A signal or constant of a block.
pub(crate) struct AtomInfo {
    pub name: String,
    pub kind: AtomKind,
    pub width: usize,
    pub signed: bool,
    pub clock: bool,
    /// Value of a constant or a [`crate::width::Size`].
    pub value: u64,
    pub is_size: bool,
    pub connected: bool,
    /// Labels of an enum signal in the order of their codes.
    pub labels: Vec<String>,
}

/// One block instance.
pub(crate) struct Scope {
    /// Instance name in its parent, `$` replaced.
    pub instance: String,
    /// Dotted path from the top, for messages.
    pub path: String,
    pub atoms: Vec<AtomInfo>,
    pub children: Vec<usize>,
    pub code: Verilog,
}

/// All instances; 0 is the top, parents before children.
#[derive(Default)]
pub(crate) struct Tree {
    pub scopes: Vec<Scope>,
    open: Vec<usize>,
    namespace: Vec<String>,
}

impl Tree {
    pub fn of(top: &dyn Block, name: &str) -> Self {
        let mut tree = Tree::default();
        top.accept(name, &mut tree);
        tree
    }
}

/// Bits and value of a rust-hdl literal, whose fields are private; `None` for a negative one.
pub(crate) fn literal_parts(literal: &VerilogLiteral) -> Option<(usize, u128)> {
    let hex = format!("{literal:x}");
    let (bits, digits) = hex.split_once("'h")?;
    Some((bits.parse().ok()?, u128::from_str_radix(digits, 16).ok()?))
}

/// The words of a kernel comment: `hdl_gen` strips the macro call only for one spelling of its tokens.
pub(crate) fn comment_words(text: &str) -> &str {
    let text =
        text.strip_prefix("comment").map_or(text, |rest| rest.trim_start_matches([' ', '!', '(', '"']));
    text.trim_end_matches(['"', ')', ' '])
}

impl Scope {
    /// Kind name and purpose that the block gives itself: `comment!("module NAME: PURPOSE")` in a kernel, the
    /// same as a first comment line in hand-written Verilog.
    pub fn declared_kind(&self) -> Option<(String, String)> {
        let line = match &self.code {
            Verilog::Combinatorial(block) => block.iter().find_map(|s| match s {
                VerilogStatement::Comment(text) => Some(comment_words(text).to_string()),
                _ => None,
            })?,
            Verilog::Custom(text) => text.lines().next()?.strip_prefix("// ")?.to_string(),
            _ => return None,
        };
        let (name, purpose) = line.strip_prefix(PURPOSE_PREFIX)?.split_once(':')?;
        Some((name.trim().to_string(), purpose.trim().to_string()))
    }

    /// The power-up literal if this block is a register: `q` takes `d` at the rising edge of `clock`.
    pub fn register_init(&self) -> Option<&str> {
        let Verilog::Custom(text) = &self.code else { return None };
        let mut words = text.split_whitespace();
        for expected in ["initial", "begin", "q", "="] {
            if words.next()? != expected {
                return None;
            }
        }
        let init = words.next()?.strip_suffix(';')?;
        let rest: Vec<&str> = words.collect();
        (rest.join(" ") == "end always @(posedge clock) begin q <= d; end").then_some(init)
    }
}

impl Probe for Tree {
    fn visit_start_scope(&mut self, name: &str, node: &dyn Block) {
        let instance = name.replace('$', "_");
        let path = match self.open.last() {
            Some(&parent) => format!("{}.{instance}", self.scopes[parent].path),
            None => instance.clone(),
        };
        let id = self.scopes.len();
        self.scopes.push(Scope { instance, path, atoms: vec![], children: vec![], code: node.hdl() });
        if let Some(&parent) = self.open.last() {
            self.scopes[parent].children.push(id);
        }
        self.open.push(id);
    }
    fn visit_start_namespace(&mut self, name: &str, _: &dyn Block) {
        self.namespace.push(name.into());
    }
    fn visit_end_namespace(&mut self, _: &str, _: &dyn Block) {
        self.namespace.pop();
    }
    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.open.pop();
    }
    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        let Some(&scope) = self.open.last() else { return };
        let mut full = self.namespace.join("_");
        if !full.is_empty() {
            full.push('_');
        }
        full += &name.replace('$', "_");
        let descriptor = atom.descriptor();
        let constant = atom.kind() == AtomKind::Constant;
        let labels = match &descriptor.kind {
            TypeKind::Enum(labels) => labels.iter().map(|l| l.replace("::", "_")).collect(),
            _ => vec![],
        };
        self.scopes[scope].atoms.push(AtomInfo {
            name: full,
            kind: atom.kind(),
            width: atom.bits(),
            signed: is_atom_signed(atom),
            clock: descriptor.name == "clock",
            value: if constant { literal_parts(&atom.verilog()).map_or(0, |(_, v)| v as u64) } else { 0 },
            is_size: descriptor.name == SIZE_TYPE,
            connected: atom.connected(),
            labels,
        });
    }
}
