//! Statements of a kernel: loops unrolled, names resolved, values as Verilog text.

use super::error::EmitError;
use super::expression::{Read, Translator};
use super::symbols::{Role, SymbolId, Symbols};
use super::text::{BIT, Shape, bare, describe, literal_text};
use super::tree::comment_words;
use rust_hdl_core::ast::{
    VerilogBlock, VerilogBlockOrConditional, VerilogConditional, VerilogExpression as Ast, VerilogMatch,
    VerilogStatement,
};
use std::collections::HashMap;

/// A statement with what it reads directly.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    /// `target = value`.
    Assign { target: SymbolId, value: String, reads: Vec<Read> },
    /// `target[bit] = value`.
    AssignBit { target: SymbolId, bit: usize, value: String, reads: Vec<Read> },
    /// `if`; the other branch may be empty.
    If { condition: String, reads: Vec<Read>, then: Vec<Statement>, other: Vec<Statement> },
    /// `case`; the label `default` comes last if it is there.
    Case { test: String, reads: Vec<Read>, arms: Vec<(String, Vec<Statement>)>, full: bool },
    /// A comment of the kernel.
    Comment(String),
}

/// The body of a kernel.
#[derive(Default)]
pub(crate) struct Body {
    pub statements: Vec<Statement>,
    /// Clock inputs of parts and the clock each is wired to.
    pub clocks: HashMap<SymbolId, SymbolId>,
}

/// Lowers a kernel. `symbols.numbers` gains the loop variables meanwhile.
pub(crate) fn lower(block: &VerilogBlock, symbols: &mut Symbols) -> Result<Body, EmitError> {
    let mut body = Body::default();
    let mut statements = vec![];
    lower_block(block, symbols, &mut body.clocks, true, &mut statements)?;
    body.statements = statements;
    Ok(body)
}

fn lower_block(
    block: &VerilogBlock,
    symbols: &mut Symbols,
    clocks: &mut HashMap<SymbolId, SymbolId>,
    top: bool,
    out: &mut Vec<Statement>,
) -> Result<(), EmitError> {
    for statement in block {
        match statement {
            VerilogStatement::Assignment(target, value) => {
                if let Some(statement) = assignment(target, value, symbols, clocks, top)? {
                    out.push(statement);
                }
            }
            VerilogStatement::If(c) => out.push(conditional(c, symbols, clocks)?),
            VerilogStatement::Match(m) => out.push(case(m, symbols, clocks)?),
            VerilogStatement::Loop(l) => {
                let shadowed = symbols.numbers.get(&l.index).copied();
                if shadowed.is_some() || symbols.find(&l.index).is_some() {
                    return Err(EmitError::NameCollision {
                        module: symbols.module.clone(),
                        name: l.index.clone(),
                        first: "loop variable".into(),
                        second: "a field or an outer loop variable".into(),
                    });
                }
                for i in l.from.as_usize()..l.to.as_usize() {
                    symbols.numbers.insert(l.index.clone(), i as i64);
                    lower_block(&l.block, symbols, clocks, top, out)?;
                }
                symbols.numbers.remove(&l.index);
            }
            VerilogStatement::Macro(block) => lower_block(block, symbols, clocks, top, out)?,
            VerilogStatement::Comment(text) => {
                let words = comment_words(text);
                if !words.starts_with(super::PURPOSE_PREFIX) {
                    out.push(Statement::Comment(words.to_string()));
                }
            }
            VerilogStatement::SliceAssignment { .. } => {
                return Err(EmitError::Unsupported {
                    module: symbols.module.clone(),
                    what: "an assignment to a struct field",
                    help: "use one bus per field",
                });
            }
            VerilogStatement::Link(_) => {
                return Err(EmitError::Unsupported {
                    module: symbols.module.clone(),
                    what: "`link` and `join`",
                    help: "assign the signals one by one",
                });
            }
        }
    }
    Ok(())
}

fn assignment(
    target: &Ast,
    value: &Ast,
    symbols: &Symbols,
    clocks: &mut HashMap<SymbolId, SymbolId>,
    top: bool,
) -> Result<Option<Statement>, EmitError> {
    let Ast::Signal(name) = target else {
        return Err(EmitError::Unsupported {
            module: symbols.module.clone(),
            what: "an assignment to something that is no signal",
            help: "assign to `self.signal.next`",
        });
    };
    let id = symbols.resolve(name)?;
    let symbol = &symbols.list[id];
    if symbol.clock {
        let source = match value {
            Ast::Signal(source) if top => Some(symbols.resolve(source)?),
            _ => None,
        };
        let fine = |s: &SymbolId| symbols.list[*s].clock && symbols.list[*s].role == Role::Input;
        let Some(source) = source.filter(fine) else {
            return Err(EmitError::ClockLogic {
                module: symbols.module.clone(),
                signal: symbol.kernel_name.clone(),
            });
        };
        clocks.insert(id, source);
        return Ok(None);
    }
    let shape = Shape { width: symbol.width, signed: symbol.signed };
    let mut translator = Translator::new(symbols);
    // `m = m with one bit replaced` reads best as an assignment to that bit.
    if let Ast::IndexReplace(base, index, bit) = value
        && matches!(&**base, Ast::Signal(b) if symbols.resolve(b)? == id)
        && let Some(place) = translator.number(index)
        && (0..shape.width as i64).contains(&place)
        && shape.width > 1
    {
        let value = translator.text(bit, BIT)?;
        let mut reads = translator.reads;
        reads.push(Read { symbol: id, whole: false });
        return Ok(Some(Statement::AssignBit {
            target: id,
            bit: place as usize,
            value: bare(&value).to_string(),
            reads,
        }));
    }
    let text = translator.text(value, shape).map_err(|error| match error {
        EmitError::WidthMismatch { module, context, left, right } => {
            let whole = format!("`{} = ...`: {context}", describe(target));
            EmitError::WidthMismatch { module, context: whole, left, right }
        }
        other => other,
    })?;
    Ok(Some(Statement::Assign { target: id, value: bare(&text).to_string(), reads: translator.reads }))
}

fn conditional(
    c: &VerilogConditional,
    symbols: &mut Symbols,
    clocks: &mut HashMap<SymbolId, SymbolId>,
) -> Result<Statement, EmitError> {
    let mut translator = Translator::new(symbols);
    let condition = bare(&translator.text(&c.test, BIT)?).to_string();
    let reads = translator.reads;
    let (mut then, mut other) = (vec![], vec![]);
    lower_block(&c.then, symbols, clocks, false, &mut then)?;
    match &c.otherwise {
        VerilogBlockOrConditional::None => {}
        VerilogBlockOrConditional::Block(b) => lower_block(b, symbols, clocks, false, &mut other)?,
        VerilogBlockOrConditional::Conditional(s) => {
            lower_block(&vec![(**s).clone()], symbols, clocks, false, &mut other)?
        }
    }
    Ok(Statement::If { condition, reads, then, other })
}

fn case(
    m: &VerilogMatch,
    symbols: &mut Symbols,
    clocks: &mut HashMap<SymbolId, SymbolId>,
) -> Result<Statement, EmitError> {
    let mut translator = Translator::new(symbols);
    let (test, shape) = translator.text_and_shape(&m.test)?;
    let mut reads = translator.reads;
    let mut arms = vec![];
    let mut full = false;
    for arm in &m.cases {
        let label = arm_label(&arm.condition, shape, symbols, &mut reads)?;
        let mut statements = vec![];
        lower_block(&arm.block, symbols, clocks, false, &mut statements)?;
        full |= label == "default";
        arms.push((label, statements));
    }
    full |= shape.width < 16 && arms.len() == 1 << shape.width;
    Ok(Statement::Case { test: bare(&test).to_string(), reads, arms, full })
}

/// Label of a match arm: `default`, an enum label or constant, or a literal of the tested width.
fn arm_label(
    condition: &str,
    shape: Shape,
    symbols: &Symbols,
    reads: &mut Vec<Read>,
) -> Result<String, EmitError> {
    if condition == "default" {
        return Ok(condition.into());
    }
    let digits = condition.replace('_', "");
    let literal = match digits.as_str() {
        "true" => Some(1),
        "false" => Some(0),
        hex if hex.starts_with("0x") => u64::from_str_radix(&hex[2..], 16).ok(),
        binary if binary.starts_with("0b") => u64::from_str_radix(&binary[2..], 2).ok(),
        decimal => decimal.parse().ok(),
    };
    if let Some(value) = literal {
        if shape.width < 64 && value >> shape.width != 0 {
            return Err(EmitError::LiteralTooLarge {
                module: symbols.module.clone(),
                value: value.to_string(),
                width: shape.width,
            });
        }
        return Ok(literal_text(value, shape));
    }
    let id = symbols.resolve(condition)?;
    let symbol = &symbols.list[id];
    let (label, tested) = (Shape { width: symbol.width, signed: symbol.signed }, shape);
    if label != tested {
        return Err(EmitError::WidthMismatch {
            module: symbols.module.clone(),
            context: format!("match arm `{condition}`"),
            left: tested.text(),
            right: label.text(),
        });
    }
    reads.push(Read { symbol: id, whole: true });
    Ok(symbol.text.clone())
}

impl Statement {
    /// Calls `f` for every read in the statement, inner statements included.
    pub fn each_read(&self, f: &mut impl FnMut(Read)) {
        match self {
            Statement::Assign { reads, .. } | Statement::AssignBit { reads, .. } => {
                reads.iter().for_each(|r| f(*r))
            }
            Statement::If { reads, then, other, .. } => {
                reads.iter().for_each(|r| f(*r));
                then.iter().chain(other).for_each(|s| s.each_read(f));
            }
            Statement::Case { reads, arms, .. } => {
                reads.iter().for_each(|r| f(*r));
                arms.iter().flat_map(|a| &a.1).for_each(|s| s.each_read(f));
            }
            Statement::Comment(_) => {}
        }
    }

    /// Calls `f` for every signal that the statement may assign.
    pub fn each_write(&self, f: &mut impl FnMut(SymbolId)) {
        match self {
            Statement::Assign { target, .. } | Statement::AssignBit { target, .. } => f(*target),
            Statement::If { then, other, .. } => then.iter().chain(other).for_each(|s| s.each_write(f)),
            Statement::Case { arms, .. } => arms.iter().flat_map(|a| &a.1).for_each(|s| s.each_write(f)),
            Statement::Comment(_) => {}
        }
    }
}
