//! Verilog from a rust-hdl block tree.
//!
//! Stock rust-hdl prints one module per instance and leaves operator precedence and widths to chance. This
//! back end reads the same syntax tree and prints what a person would write:
//!
//! * one module per kind, one file per module; instances with equal text share it;
//! * the kind's name and purpose come from the kernel's first line, `comment!("module lane: One lane: ...")`;
//!   a second variant of a kind (other widths) is called `lane_2`, and so on in order of first use; a block
//!   that does not name itself is called after its owner and instance;
//! * registers as `always @(posedge clock)`, single assignments as `assign`, the rest as `always @(*)`;
//! * literals of exact width, full parentheses, no implicit extension: clean under `verilator -Wall`.
//!
//! What Verilog would understand differently from the rust-hdl simulation is refused with an [`EmitError`].

mod error;
mod expression;
pub(crate) mod index;
mod module;
pub(crate) mod names;
mod schedule;
mod settle;
mod statement;
mod symbols;
mod text;
pub(crate) mod tree;

pub use error::EmitError;
pub use names::{is_keyword, name_problem};

use rust_hdl_core::prelude::{AtomKind, Block};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use tree::Tree;

/// How a kernel's first comment begins when it names its module.
pub(crate) const PURPOSE_PREFIX: &str = "module ";

/// License line of generated files.
pub const DEFAULT_SPDX: &str = "MIT OR Apache-2.0";

/// What the files say about themselves.
#[derive(Clone, Debug)]
pub struct EmitOptions {
    /// Name of the top module.
    pub top_name: String,
    /// Put before the name of every other module, so that two machines fit into one project.
    pub module_prefix: String,
    /// Lines for the header of every file: the configuration, machine hash and so on. No line breaks inside.
    pub header: Vec<String>,
    /// SPDX license expression.
    pub spdx: String,
}

impl EmitOptions {
    /// A top name, no prefix, no header lines, the project's license.
    pub fn new(top_name: &str) -> Self {
        Self {
            top_name: top_name.into(),
            module_prefix: String::new(),
            header: vec![],
            spdx: DEFAULT_SPDX.into(),
        }
    }
}

/// One file with one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerilogFile {
    /// Name of the module.
    pub module: String,
    /// File name: the module's name and `.v`.
    pub file_name: String,
    /// Contents.
    pub text: String,
}

/// A design as files: the top first, then the others by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerilogDesign {
    /// The files.
    pub files: Vec<VerilogFile>,
    /// Name of the top module.
    pub top: String,
}

impl VerilogDesign {
    /// All files in one text, for tools that read a single file.
    pub fn concatenated(&self) -> String {
        self.files.iter().map(|f| f.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// Emits a connected design (`top.connect_all()` has run).
///
/// Checks the design first (see [`crate::check`]). Takes time linear in the number of instances; the result
/// depends on nothing but the design and the options.
pub fn emit(top: &impl Block, options: &EmitOptions) -> Result<VerilogDesign, EmitError> {
    let tree = Tree::of(top, &options.top_name);
    crate::check::check_tree(top, &tree, &options.top_name)?;
    let mut emitter = Emitter {
        options,
        tree: &tree,
        by_content: HashMap::new(),
        by_text: HashMap::new(),
        modules: BTreeMap::new(),
    };
    emitter.module(0, "")?;
    let mut files: Vec<VerilogFile> = vec![];
    for (module, entry) in &emitter.modules {
        let file = VerilogFile {
            module: module.clone(),
            file_name: format!("{module}.v"),
            text: emitter.file_text(module, entry),
        };
        if *module == options.top_name { files.insert(0, file) } else { files.push(file) }
    }
    Ok(VerilogDesign { files, top: options.top_name.clone() })
}

/// A finished module.
struct Module {
    kind: String,
    purpose: String,
    body: String,
    path: String,
}

struct Emitter<'a> {
    options: &'a EmitOptions,
    tree: &'a Tree,
    /// Module name by everything that decides the module's text: equal parts are written once only.
    by_content: HashMap<String, String>,
    /// Module name by declared kind (if any) and text.
    by_text: HashMap<(Option<String>, String), String>,
    modules: BTreeMap<String, Module>,
}

impl Emitter<'_> {
    /// Emits the module of a scope, parts first, unless there is an equal one; returns its name.
    fn module(&mut self, id: usize, owner_kind: &str) -> Result<String, EmitError> {
        let scope = &self.tree.scopes[id];
        let declared = scope.declared_kind();
        let base = match &declared {
            _ if id == 0 => self.options.top_name.clone(),
            Some((kind, _)) => format!("{}{kind}", self.options.module_prefix),
            None => {
                let plain = scope.instance.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
                format!("{owner_kind}_{}", if plain.is_empty() { &scope.instance } else { plain })
            }
        };
        let mut kinds = HashMap::new();
        for &child in &scope.children {
            if self.tree.scopes[child].register_init().is_none() {
                kinds.insert(child, self.module(child, &base)?);
            }
        }
        let content = self.content(scope, &kinds);
        if id != 0
            && let Some(name) = self.by_content.get(&content)
        {
            return Ok(name.clone());
        }
        let body = module::module_text(self.tree, scope, &kinds)?;
        let key = (declared.as_ref().map(|(kind, _)| kind.clone()), body);
        if id != 0
            && let Some(name) = self.by_text.get(&key)
        {
            self.by_content.insert(content, name.clone());
            return Ok(name.clone());
        }
        let purpose = match (declared, id) {
            (Some((_, purpose)), _) => purpose,
            (None, 0) => "Top of the design.".into(),
            (None, _) => format!("Part of {owner_kind}."),
        };
        let name = self.free_name(&base, &purpose, scope)?;
        let module = Module { kind: base, purpose, body: key.1.clone(), path: scope.path.clone() };
        self.modules.insert(name.clone(), module);
        self.by_text.insert(key, name.clone());
        self.by_content.insert(content, name.clone());
        Ok(name)
    }

    /// What [`module::module_text`] reads: the kernel, the signals, the parts' names, ports and modules.
    fn content(&self, scope: &tree::Scope, kinds: &HashMap<usize, String>) -> String {
        let mut content = String::new();
        let atom = |content: &mut String, a: &tree::AtomInfo| {
            write!(content, "{} {:?} {} {} {} ", a.name, a.kind, a.width, a.signed, a.clock).ok();
            write!(content, "{} {} {:?};", a.value, a.is_size, a.labels).ok();
        };
        scope.atoms.iter().for_each(|a| atom(&mut content, a));
        for child in &scope.children {
            let part = &self.tree.scopes[*child];
            let what = kinds.get(child).map(String::as_str).or_else(|| part.register_init());
            write!(content, "\n{} {}:", part.instance, what.unwrap_or_default()).ok();
            let ports = [AtomKind::InputParameter, AtomKind::OutputParameter];
            part.atoms.iter().filter(|a| ports.contains(&a.kind)).for_each(|a| atom(&mut content, a));
        }
        write!(content, "\n{:?}", scope.code).ok();
        content
    }

    /// `base`, or `base_2`, `base_3` ... for further variants of the same kind.
    fn free_name(&self, base: &str, purpose: &str, scope: &tree::Scope) -> Result<String, EmitError> {
        let collision = |name: &str, first: &Module| EmitError::NameCollision {
            module: scope.path.clone(),
            name: name.into(),
            first: format!("module of kind `{}` (\"{}\", {})", first.kind, first.purpose, first.path),
            second: format!("module of kind `{base}` (\"{purpose}\")"),
        };
        if let Some(problem) = name_problem(base) {
            return Err(crate::check::CheckError::BadName {
                block: scope.path.clone(),
                name: base.into(),
                problem,
            }
            .into());
        }
        if let Some(atom) = scope.atoms.iter().find(|a| a.name == base) {
            return Err(EmitError::NameCollision {
                module: scope.path.clone(),
                name: base.into(),
                first: format!("the module `{base}`"),
                second: format!("its signal `{}`", atom.name),
            });
        }
        let mut name = base.to_string();
        let mut variant = 1;
        loop {
            match self.modules.get(&name) {
                None if name == self.options.top_name && scope.path != self.options.top_name => {
                    let top = Module {
                        kind: name.clone(),
                        purpose: "the top".into(),
                        body: String::new(),
                        path: self.options.top_name.clone(),
                    };
                    return Err(collision(&name, &top));
                }
                None => return Ok(name),
                Some(first) if first.kind != base || first.purpose != purpose => {
                    return Err(collision(&name, first));
                }
                Some(_) => {
                    variant += 1;
                    name = format!("{base}_{variant}");
                }
            }
        }
    }

    fn file_text(&self, name: &str, module: &Module) -> String {
        let mut text = format!(
            "// SPDX-License-Identifier: {}\n// Generated by {} {}; changes will be lost.\n",
            self.options.spdx,
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION")
        );
        for line in &self.options.header {
            text += format!("// {}\n", line.replace(['\n', '\r'], " ")).trim_end();
            text.push('\n');
        }
        text += &format!("//\n// {name}: {}\n`default_nettype none\n\n", module.purpose);
        text += &format!("module {name}{}\n`default_nettype wire\n", module.body);
        text
    }
}
