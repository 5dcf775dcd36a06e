//! The text of one module.

use super::error::EmitError;
use super::schedule::{Group, check_assignments, drop_dead, split};
use super::settle::{reactive, reads, rename, to_settle, variable_name};
use super::statement::{Statement, lower};
use super::symbols::{Role, SymbolId, Symbols};
use super::text::{Shape, literal_text};
use super::tree::{Scope, Tree};
use rust_hdl_core::ast::Verilog;
use rust_hdl_core::prelude::AtomKind;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// How a signal driven in the module is declared and driven.
#[derive(Clone, Copy, PartialEq)]
enum Drive {
    /// `assign`, or an instance's output.
    Wire,
    /// `always @(*)`.
    Process,
    /// Stands directly in a port connection or a clocked block; no name of its own.
    Inlined,
}

/// One module while it is written.
struct Writer<'a> {
    tree: &'a Tree,
    scope: &'a Scope,
    symbols: &'a Symbols,
    /// Module names of the children that are no registers.
    kinds: &'a HashMap<usize, String>,
    clocks: HashMap<SymbolId, SymbolId>,
    drives: HashMap<SymbolId, Drive>,
    /// Text to connect instead of an inlined signal.
    inlined: HashMap<SymbolId, String>,
    read: HashSet<SymbolId>,
    read_whole: HashSet<SymbolId>,
}

fn range_text(width: usize) -> String {
    if width == 1 { String::new() } else { format!("[{}:0] ", width - 1) }
}

fn declaration(signed: bool, width: usize) -> String {
    format!("{}{}", if signed { "signed " } else { "" }, range_text(width))
}

/// Everything of the module after its name: ports, body, `endmodule`.
pub(crate) fn module_text(
    tree: &Tree,
    scope: &Scope,
    kinds: &HashMap<usize, String>,
) -> Result<String, EmitError> {
    let mut symbols = Symbols::of(tree, scope)?;
    match &scope.code {
        Verilog::Combinatorial(block) => {
            let body = lower(block, &mut symbols)?;
            check_assignments(&body.statements, &symbols)?;
            let groups = split(drop_dead(body.statements));
            Writer::new(tree, scope, &symbols, kinds, body.clocks).kernel(groups)
        }
        Verilog::Custom(text) => {
            let mut out = ports(scope, |_| "output reg ");
            let tagged = scope.declared_kind().is_some();
            for line in text.trim_end().lines().skip(tagged as usize) {
                let indent = if line.is_empty() || line.starts_with('`') { "" } else { "  " };
                writeln!(out, "{indent}{line}").ok();
            }
            Ok(out + "endmodule\n")
        }
        Verilog::Empty => Err(EmitError::Unsupported {
            module: scope.path.clone(),
            what: "a block without Verilog",
            help: "put #[hdl_gen] on its update function",
        }),
        Verilog::Blackbox(_) | Verilog::Wrapper(_) => Err(EmitError::Unsupported {
            module: scope.path.clone(),
            what: "a black box",
            help: "describe the part in rust-hdl",
        }),
    }
}

/// The port list: inputs, then outputs, each in the order of the fields.
fn ports(scope: &Scope, output: impl Fn(&str) -> &'static str) -> String {
    let of_kind = |kind: AtomKind| scope.atoms.iter().filter(move |a| a.kind == kind);
    let mut lines = vec![];
    for atom in of_kind(AtomKind::InputParameter) {
        lines.push(format!("  input  wire {}{}", declaration(atom.signed, atom.width), atom.name));
    }
    for atom in of_kind(AtomKind::OutputParameter) {
        lines.push(format!("  {}{}{}", output(&atom.name), declaration(atom.signed, atom.width), atom.name));
    }
    if lines.is_empty() { " ();\n".into() } else { format!(" (\n{}\n);\n", lines.join(",\n")) }
}

impl<'a> Writer<'a> {
    fn new(
        tree: &'a Tree,
        scope: &'a Scope,
        symbols: &'a Symbols,
        kinds: &'a HashMap<usize, String>,
        clocks: HashMap<SymbolId, SymbolId>,
    ) -> Self {
        let (read, read_whole) = Default::default();
        Writer {
            tree,
            scope,
            symbols,
            kinds,
            clocks,
            drives: HashMap::new(),
            inlined: HashMap::new(),
            read,
            read_whole,
        }
    }

    fn kernel(mut self, groups: Vec<Group>) -> Result<String, EmitError> {
        for group in &groups {
            for statement in &group.statements {
                statement.each_read(&mut |read| {
                    self.read.insert(read.symbol);
                    if read.whole {
                        self.read_whole.insert(read.symbol);
                    }
                });
            }
        }
        let logic = self.logic(&groups)?;
        let instances = self.instances()?;
        let registers = self.registers()?;
        let ports =
            ports(self.scope, |name| match self.symbols.find(name).and_then(|id| self.drives.get(&id)) {
                Some(Drive::Process) => "output reg ",
                _ => "output wire ",
            });
        let sections = [self.constants(), self.declarations(), registers, logic, instances, self.unused()];
        let body: Vec<String> = sections.into_iter().filter(|s| !s.is_empty()).collect();
        Ok(format!("{ports}{}endmodule\n", body.join("\n")))
    }

    fn text(&self, id: SymbolId) -> &str {
        &self.symbols.list[id].text
    }

    /// Assignments, combinational processes and clocked processes.
    fn logic(&mut self, groups: &[Group]) -> Result<String, EmitError> {
        let (mut assigns, mut processes) = (String::new(), String::new());
        let reads = reads(groups);
        let reactive = reactive(groups, &reads, self.symbols);
        for (index, group) in groups.iter().enumerate() {
            if let Some(clock) = self.clock_of(group) {
                let mut text = String::new();
                self.clocked(group, clock, &mut text);
                if !processes.is_empty() {
                    processes.push('\n');
                }
                processes += &text;
                continue;
            }
            match &group.statements[..] {
                [comments @ .., Statement::Assign { target, value, .. }]
                    if comments.iter().all(|c| matches!(c, Statement::Comment(_))) =>
                {
                    let symbol = &self.symbols.list[*target];
                    let simple = value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'\'');
                    if symbol.role == Role::ChildInput && simple && !self.read.contains(target) {
                        self.drives.insert(*target, Drive::Inlined);
                        self.inlined.insert(*target, value.clone());
                        continue;
                    }
                    self.drives.insert(*target, Drive::Wire);
                    self.block(comments, 1, "=", &mut assigns);
                    writeln!(assigns, "  assign {} = {value};", symbol.text).ok();
                }
                statements => {
                    self.refuse_constant_logic(group)?;
                    for target in &group.targets {
                        self.drives.insert(*target, Drive::Process);
                    }
                    if !processes.is_empty() {
                        processes.push('\n');
                    }
                    let settled = to_settle(groups, &reads, index, &reactive, self.symbols);
                    processes += &self.process(statements, &settled);
                }
            }
        }
        let gap = if assigns.is_empty() || processes.is_empty() { "" } else { "\n" };
        Ok(format!("{assigns}{gap}{processes}"))
    }

    /// `always @(*)`, with the variables of the signals that it hands over at its end.
    fn process(&self, statements: &[Statement], settled: &[SymbolId]) -> String {
        let (mut declared, mut handed) = (String::new(), String::new());
        let mut names = HashMap::new();
        for &id in settled {
            let (symbol, name) = (&self.symbols.list[id], variable_name(id, self.symbols));
            writeln!(declared, "  reg  {}{name};", declaration(symbol.signed, symbol.width)).ok();
            writeln!(handed, "    {} = {name};", symbol.text).ok();
            names.insert(symbol.text.as_str(), name);
        }
        let mut body = String::new();
        self.block(statements, 2, "=", &mut body);
        format!("{declared}  always @(*) begin\n{}{handed}  end\n", rename(&body, &names))
    }

    fn refuse_constant_logic(&self, group: &Group) -> Result<(), EmitError> {
        let mut sensitive = false;
        for statement in &group.statements {
            statement.each_read(&mut |read| {
                let constant = matches!(self.symbols.list[read.symbol].role, Role::Constant(_));
                sensitive |= !constant && !group.targets.contains(&read.symbol);
            });
        }
        match group.targets.first() {
            Some(&target) if !sensitive => Err(EmitError::ConstantLogic {
                module: self.scope.path.clone(),
                signal: self.symbols.list[target].kernel_name.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// The clock if the group drives nothing but registers of one clock whose `d` nobody reads.
    fn clock_of(&self, group: &Group) -> Option<SymbolId> {
        let mut clock = None;
        for &target in &group.targets {
            let Role::RegisterInput(child) = self.symbols.list[target].role else { return None };
            let bits_only = group.statements.iter().any(|s| matches!(s, Statement::AssignBit { .. }));
            if self.read.contains(&target) || bits_only {
                return None;
            }
            let of_register = self.register_clock(child)?;
            if clock.is_some_and(|known| known != of_register) {
                return None;
            }
            clock = Some(of_register);
        }
        clock
    }

    fn register_clock(&self, child: usize) -> Option<SymbolId> {
        let name = format!("{}_clock", self.tree.scopes[child].instance);
        self.clocks.get(&self.symbols.find(&name)?).copied()
    }

    fn clocked(&mut self, group: &Group, clock: SymbolId, out: &mut String) {
        let mut held = HashMap::new();
        for &target in &group.targets {
            let Role::RegisterInput(child) = self.symbols.list[target].role else { continue };
            let register = self.tree.scopes[child].instance.clone();
            held.insert(target, register);
            self.drives.insert(target, Drive::Inlined);
        }
        // A register keeps its value anyway.
        let keeps = |s: &Statement| match s {
            Statement::Assign { target, value, .. } => held.get(target) == Some(value),
            _ => false,
        };
        let statements: Vec<Statement> = group.statements.iter().filter(|s| !keeps(s)).cloned().collect();
        self.inlined.extend(held.clone());
        let clock = self.text(clock);
        match &statements[..] {
            [] => {}
            [Statement::Assign { target, value, .. }] => {
                writeln!(out, "  always @(posedge {clock}) {} <= {value};", held[target]).ok();
            }
            statements => {
                writeln!(out, "  always @(posedge {clock}) begin").ok();
                self.block(statements, 2, "<=", out);
                *out += "  end\n";
            }
        }
    }

    fn block(&self, statements: &[Statement], depth: usize, operator: &str, out: &mut String) {
        let pad = "  ".repeat(depth);
        for statement in statements {
            match statement {
                Statement::Assign { target, value, .. } => {
                    writeln!(out, "{pad}{} {operator} {value};", self.target(*target)).ok();
                }
                Statement::AssignBit { target, bit, value, .. } => {
                    writeln!(out, "{pad}{}[{bit}] {operator} {value};", self.target(*target)).ok();
                }
                Statement::Comment(text) => {
                    writeln!(out, "{pad}// {text}").ok();
                }
                Statement::If { condition, then, other, .. } => {
                    writeln!(out, "{pad}if ({condition}) begin").ok();
                    self.block(then, depth + 1, operator, out);
                    self.otherwise(other, depth, operator, out);
                }
                Statement::Case { test, arms, full, .. } => {
                    writeln!(out, "{pad}case ({test})").ok();
                    for (label, arm) in arms {
                        writeln!(out, "{pad}  {label}: begin").ok();
                        self.block(arm, depth + 2, operator, out);
                        writeln!(out, "{pad}  end").ok();
                    }
                    let last = arms.last().is_some_and(|(label, _)| label == "default");
                    if !last && !full {
                        writeln!(out, "{pad}  default: begin\n{pad}  end").ok();
                    }
                    writeln!(out, "{pad}endcase").ok();
                }
            }
        }
    }

    fn otherwise(&self, other: &[Statement], depth: usize, operator: &str, out: &mut String) {
        let pad = "  ".repeat(depth);
        match other {
            [] => {
                writeln!(out, "{pad}end").ok();
            }
            [Statement::If { condition, then, other, .. }] => {
                writeln!(out, "{pad}end else if ({condition}) begin").ok();
                self.block(then, depth + 1, operator, out);
                self.otherwise(other, depth, operator, out);
            }
            other => {
                writeln!(out, "{pad}end else begin").ok();
                self.block(other, depth + 1, operator, out);
                writeln!(out, "{pad}end").ok();
            }
        }
    }

    /// In clocked blocks the register itself is the target.
    fn target(&self, id: SymbolId) -> &str {
        match self.symbols.list[id].role {
            Role::RegisterInput(_) => self.inlined.get(&id).map_or(self.text(id), |r| r),
            _ => self.text(id),
        }
    }

    fn constants(&self) -> String {
        let mut out = String::new();
        for (id, symbol) in self.symbols.list.iter().enumerate() {
            let Role::Constant(value) = symbol.role else { continue };
            if self.read.contains(&id) {
                let shape = Shape { width: symbol.width, signed: symbol.signed };
                let kind = declaration(symbol.signed, symbol.width);
                let negative = symbol.signed && value >> (symbol.width - 1) & 1 == 1;
                let magnitude = value.wrapping_neg() & (u64::MAX >> (64 - symbol.width));
                let (sign, value) = if negative { ("-", magnitude) } else { ("", value) };
                writeln!(out, "  localparam {kind}{} = {sign}{};", symbol.text, literal_text(value, shape))
                    .ok();
            }
        }
        out
    }

    /// Locals and the nets around instances.
    fn declarations(&self) -> String {
        let mut out = String::new();
        for (id, symbol) in self.symbols.list.iter().enumerate() {
            let drive = self.drives.get(&id);
            let keyword = match symbol.role {
                Role::Local | Role::ChildInput | Role::RegisterInput(_) if !symbol.clock => match drive {
                    Some(Drive::Wire) => "wire",
                    Some(Drive::Process) => "reg ",
                    Some(Drive::Inlined) | None => continue,
                },
                Role::ChildOutput => "wire",
                _ => continue,
            };
            writeln!(out, "  {keyword} {}{};", declaration(symbol.signed, symbol.width), symbol.text).ok();
        }
        out
    }

    /// Registers with their power-up values; those not updated in a clocked block take `..._next`.
    fn registers(&self) -> Result<String, EmitError> {
        let (mut declared, mut updates) = (String::new(), String::new());
        for &child in &self.scope.children {
            let part = &self.tree.scopes[child];
            let Some(init) = part.register_init() else { continue };
            let Some(q) = part.atoms.iter().find(|a| a.name == "q") else { continue };
            let shape = Shape { width: q.width, signed: q.signed };
            let value = parse_init(init).unwrap_or(0);
            let kind = declaration(q.signed, q.width);
            writeln!(declared, "  reg {kind}{} = {};", part.instance, literal_text(value, shape)).ok();
            let clock = self.register_clock(child).ok_or_else(|| EmitError::ClockLogic {
                module: self.scope.path.clone(),
                signal: format!("{}.clock", part.instance),
            })?;
            let d = self.symbols.find(&format!("{}_d", part.instance));
            if d.and_then(|d| self.drives.get(&d)) != Some(&Drive::Inlined) {
                let (clock, name) = (self.text(clock), &part.instance);
                writeln!(updates, "  always @(posedge {clock}) {name} <= {name}_next;").ok();
            }
        }
        let gap = if updates.is_empty() { "" } else { "\n" };
        Ok(format!("{declared}{gap}{updates}"))
    }

    fn instances(&mut self) -> Result<String, EmitError> {
        let mut out = vec![];
        for &child in &self.scope.children {
            let Some(kind) = self.kinds.get(&child) else { continue };
            let part = &self.tree.scopes[child];
            let mut pins = vec![];
            for atom in &part.atoms {
                if !matches!(atom.kind, AtomKind::InputParameter | AtomKind::OutputParameter) {
                    continue;
                }
                let Some(id) = self.symbols.find(&format!("{}_{}", part.instance, atom.name)) else {
                    continue;
                };
                let net = if atom.clock && atom.kind == AtomKind::InputParameter {
                    let source = self.clocks.get(&id).ok_or_else(|| EmitError::ClockLogic {
                        module: self.scope.path.clone(),
                        signal: format!("{}.{}", part.instance, atom.name),
                    })?;
                    self.read_whole.insert(*source);
                    self.text(*source).to_string()
                } else {
                    match self.inlined.get(&id) {
                        Some(text) => text.clone(),
                        None => {
                            if atom.kind == AtomKind::InputParameter {
                                self.read_whole.insert(id);
                            }
                            self.text(id).to_string()
                        }
                    }
                };
                pins.push(format!("    .{}({net})", atom.name));
            }
            out.push(format!("  {kind} {} (\n{}\n  );\n", part.instance, pins.join(",\n")));
        }
        Ok(out.join("\n"))
    }

    /// Names what is deliberately not read in full, the way lint tools expect it.
    fn unused(&mut self) -> String {
        let mut names = vec![];
        for &child in &self.scope.children {
            if self.tree.scopes[child].register_init().is_some()
                && let Some(clock) = self.register_clock(child)
            {
                self.read_whole.insert(clock);
            }
        }
        for (id, symbol) in self.symbols.list.iter().enumerate() {
            let readable = match symbol.role {
                Role::Input | Role::ChildOutput | Role::RegisterOutput(_) => true,
                Role::Local => self.drives.contains_key(&id),
                _ => false,
            };
            if readable && !self.read_whole.contains(&id) {
                names.push(symbol.text.clone());
            }
        }
        if names.is_empty() {
            return String::new();
        }
        let mut name = String::from("unused");
        while self.symbols.list.iter().any(|s| s.text == name) {
            name += "_bits";
        }
        format!("  wire {name} = &{{1'b0, {}}};\n", names.join(", "))
    }
}

/// Value of a sized literal such as `8'h1f`, or of a plain number.
fn parse_init(text: &str) -> Option<u64> {
    match text.split_once('\'') {
        Some((_, digits)) => {
            let radix = match digits.chars().next()? {
                'h' => 16,
                'b' => 2,
                'd' => 10,
                _ => return None,
            };
            u64::from_str_radix(&digits[1..], radix).ok()
        }
        None => text.parse().ok(),
    }
}
