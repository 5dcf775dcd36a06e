//! What the names in one module stand for.

use super::error::EmitError;
use super::index::{Numbers, flatten};
use super::tree::{Scope, Tree};
use rust_hdl_core::prelude::*;
use std::collections::HashMap;

/// Role of a name inside a module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    Input,
    Output,
    Local,
    /// A `localparam` of this value.
    Constant(u64),
    /// Input of a child instance, driven here.
    ChildInput,
    /// Output of a child instance.
    ChildOutput,
    /// `d` of the register of this child index.
    RegisterInput(usize),
    /// `q` of the register of this child index.
    RegisterOutput(usize),
}

impl Role {
    /// Whether the kernel drives it.
    pub fn is_driven_here(self) -> bool {
        matches!(self, Role::Output | Role::Local | Role::ChildInput | Role::RegisterInput(_))
    }
}

/// A name of a module.
#[derive(Clone, Debug)]
pub(crate) struct Symbol {
    /// Name as the kernel says it, flattened.
    pub kernel_name: String,
    /// Name in Verilog.
    pub text: String,
    pub role: Role,
    pub width: usize,
    pub signed: bool,
    pub clock: bool,
}

/// Index into [`Symbols::list`].
pub(crate) type SymbolId = usize;

/// All names of a module, with the numbers known for index arithmetic.
pub(crate) struct Symbols {
    pub module: String,
    pub list: Vec<Symbol>,
    by_name: HashMap<String, SymbolId>,
    pub numbers: Numbers,
}

impl Symbols {
    pub fn of(tree: &Tree, scope: &Scope) -> Result<Self, EmitError> {
        let mut symbols = Symbols {
            module: scope.path.clone(),
            list: vec![],
            by_name: HashMap::new(),
            numbers: Numbers::new(),
        };
        for atom in &scope.atoms {
            let role = match atom.kind {
                AtomKind::InputParameter => Role::Input,
                AtomKind::OutputParameter => Role::Output,
                AtomKind::LocalSignal => Role::Local,
                AtomKind::Constant if atom.is_size => {
                    symbols.numbers.insert(atom.name.clone(), atom.value as i64);
                    continue;
                }
                AtomKind::Constant => Role::Constant(atom.value),
                _ => {
                    return Err(EmitError::Unsupported {
                        module: scope.path.clone(),
                        what: "a bidirectional port",
                        help: "split it into an input, an output and an enable",
                    });
                }
            };
            symbols.add(Symbol {
                kernel_name: atom.name.clone(),
                text: atom.name.clone(),
                role,
                width: atom.width,
                signed: atom.signed,
                clock: atom.clock,
            })?;
            symbols.add_labels(&atom.labels, atom.width)?;
        }
        for &child in &scope.children {
            symbols.add_child(child, &tree.scopes[child])?;
        }
        symbols.refuse_equal_texts()?;
        Ok(symbols)
    }

    fn add_child(&mut self, id: usize, child: &Scope) -> Result<(), EmitError> {
        let register = child.register_init().is_some();
        for atom in &child.atoms {
            let name = format!("{}_{}", child.instance, atom.name);
            let (role, text) = match (atom.kind, register, atom.name.as_str()) {
                (AtomKind::InputParameter, true, "d") => {
                    (Role::RegisterInput(id), format!("{}_next", child.instance))
                }
                (AtomKind::OutputParameter, true, "q") => (Role::RegisterOutput(id), child.instance.clone()),
                (AtomKind::InputParameter, ..) => (Role::ChildInput, name.clone()),
                (AtomKind::OutputParameter, ..) => (Role::ChildOutput, name.clone()),
                _ => continue,
            };
            let (width, signed, clock) = (atom.width, atom.signed, atom.clock);
            self.add(Symbol { kernel_name: name, text, role, width, signed, clock })?;
            self.add_labels(&atom.labels, atom.width)?;
        }
        Ok(())
    }

    /// Labels of an enum become constants of the module; several signals may share the type.
    fn add_labels(&mut self, labels: &[String], width: usize) -> Result<(), EmitError> {
        for (code, label) in labels.iter().enumerate() {
            let role = Role::Constant(code as u64);
            match self.by_name.get(label) {
                Some(&known) if self.list[known].role == role && self.list[known].width == width => {}
                _ => self.add(Symbol {
                    kernel_name: label.clone(),
                    text: label.clone(),
                    role,
                    width,
                    signed: false,
                    clock: false,
                })?,
            }
        }
        Ok(())
    }

    fn add(&mut self, symbol: Symbol) -> Result<(), EmitError> {
        let name = symbol.kernel_name.clone();
        if let Some(first) = self.by_name.insert(name.clone(), self.list.len()) {
            return Err(self.collision(name, &self.list[first], &symbol));
        }
        self.list.push(symbol);
        Ok(())
    }

    fn refuse_equal_texts(&self) -> Result<(), EmitError> {
        let mut seen: HashMap<&str, &Symbol> = HashMap::new();
        for symbol in self.list.iter().filter(|s| !(s.clock && s.role == Role::ChildInput)) {
            if let Some(first) = seen.insert(&symbol.text, symbol) {
                return Err(self.collision(symbol.text.clone(), first, symbol));
            }
        }
        Ok(())
    }

    fn collision(&self, name: String, first: &Symbol, second: &Symbol) -> EmitError {
        let describe = |s: &Symbol| {
            let what = match s.role {
                Role::Input | Role::Output => "port",
                Role::Local => "signal",
                Role::Constant(_) => "constant",
                Role::ChildInput | Role::ChildOutput => "port of a part",
                Role::RegisterInput(_) | Role::RegisterOutput(_) => "register port",
            };
            format!("{what} `{}`", s.kernel_name)
        };
        EmitError::NameCollision {
            module: self.module.clone(),
            name,
            first: describe(first),
            second: describe(second),
        }
    }

    /// The Verilog-to-be name that a kernel name flattens to.
    pub fn flat(&self, name: &str) -> Result<String, EmitError> {
        flatten(name, &self.numbers, '_').map_err(|(index, reason)| EmitError::BadIndex {
            module: self.module.clone(),
            index,
            reason,
        })
    }

    pub fn find(&self, flat: &str) -> Option<SymbolId> {
        self.by_name.get(flat).copied()
    }

    /// The symbol that a kernel name stands for.
    pub fn resolve(&self, name: &str) -> Result<SymbolId, EmitError> {
        let flat = self.flat(name)?;
        self.find(&flat)
            .ok_or_else(|| EmitError::UnknownName { module: self.module.clone(), name: name.into() })
    }
}
