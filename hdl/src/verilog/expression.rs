//! Expressions of a kernel as Verilog text of exact width.
//!
//! rust-hdl's syntax tree drops most widths. Here every expression gets a [`Shape`]: signals, casts and
//! comparisons have one of their own, literals and `signed_cast_to` / `unsigned_cast_to` take that of their
//! surroundings. Where Verilog would extend or cut silently, the design is refused.

use super::error::EmitError;
use super::symbols::{Role, SymbolId, Symbols};
use super::text::{BIT, Shape, bare, describe, literal_text, range};
use super::tree::literal_parts;
use rust_hdl_core::ast::{VerilogExpression as Ast, VerilogOp, VerilogOpUnary};
use rust_hdl_core::prelude::VerilogLiteral;

/// What an expression reads: a whole signal, or only some of its bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Read {
    pub symbol: SymbolId,
    pub whole: bool,
}

/// Translates expressions of one module and notes what they read.
pub(crate) struct Translator<'a> {
    pub symbols: &'a Symbols,
    pub reads: Vec<Read>,
}

fn strip_parens(e: &Ast) -> &Ast {
    match e {
        Ast::Paren(inner) => strip_parens(inner),
        other => other,
    }
}

impl<'a> Translator<'a> {
    pub fn new(symbols: &'a Symbols) -> Self {
        Self { symbols, reads: vec![] }
    }

    fn refuse(&self, what: &'static str, e: &Ast, help: &'static str) -> EmitError {
        EmitError::Refused { module: self.symbols.module.clone(), what, expression: describe(e), help }
    }

    fn unknown_width(&self, e: &Ast) -> EmitError {
        EmitError::UnknownWidth { module: self.symbols.module.clone(), expression: describe(e) }
    }

    /// A number known at build time: literals, loop variables, `Size` fields and arithmetic on them.
    pub fn number(&self, e: &Ast) -> Option<i64> {
        match e {
            Ast::Literal(l) => literal_parts(l).and_then(|(_, v)| i64::try_from(v).ok()),
            Ast::Paren(a) => self.number(a),
            Ast::Signal(name) => {
                let flat = self.symbols.flat(name).ok()?;
                self.symbols.numbers.get(flat.trim_end_matches("_get()")).copied()
            }
            Ast::Binary(a, op, b) => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                match op {
                    VerilogOp::Add => a.checked_add(b),
                    VerilogOp::Sub => a.checked_sub(b),
                    VerilogOp::Mul => a.checked_mul(b),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The shape an expression has by itself; `None` where its surroundings decide.
    fn shape(&self, e: &Ast) -> Result<Option<Shape>, EmitError> {
        Ok(match e {
            Ast::Signal(name) => {
                if self.number(e).is_some() {
                    return Ok(None);
                }
                let symbol = &self.symbols.list[self.symbols.resolve(name)?];
                Some(Shape { width: symbol.width, signed: symbol.signed })
            }
            Ast::Literal(l) => literal_parts(l).filter(|&(bits, _)| bits == 1).map(|_| BIT),
            Ast::Cast(_, width) => Some(Shape { width: *width, signed: false }),
            Ast::Signed(_) | Ast::Unsigned(_) => None,
            Ast::Paren(a) | Ast::IndexReplace(a, ..) => self.shape(a)?,
            Ast::Unary(VerilogOpUnary::Not | VerilogOpUnary::Neg, a) => self.shape(a)?,
            Ast::Unary(..) | Ast::Index(..) => Some(BIT),
            Ast::Slice(_, width, _) => Some(Shape { width: *width, signed: false }),
            Ast::Binary(a, op, b) => match op {
                VerilogOp::Shl | VerilogOp::Shr => self.shape(a)?,
                VerilogOp::Add
                | VerilogOp::Sub
                | VerilogOp::BitAnd
                | VerilogOp::BitOr
                | VerilogOp::BitXor => self.shape(a)?.or(self.shape(b)?),
                VerilogOp::Mul => None,
                _ => Some(BIT),
            },
        })
    }

    fn demand(&self, e: &Ast, found: Shape, want: Option<Shape>) -> Result<(), EmitError> {
        match want {
            Some(want) if want != found => Err(EmitError::WidthMismatch {
                module: self.symbols.module.clone(),
                context: format!("`{}`", describe(e)),
                left: want.text(),
                right: found.text(),
            }),
            _ => Ok(()),
        }
    }

    fn read(&mut self, symbol: SymbolId, whole: bool) -> String {
        self.reads.push(Read { symbol, whole });
        self.symbols.list[symbol].text.clone()
    }

    /// Text of `e` with exactly the shape `want`.
    pub fn text(&mut self, e: &Ast, want: Shape) -> Result<String, EmitError> {
        self.translate(e, Some(want))
    }

    /// Text and shape of an expression that must have a shape of its own.
    pub fn text_and_shape(&mut self, e: &Ast) -> Result<(String, Shape), EmitError> {
        let shape = self.shape(e)?.ok_or_else(|| self.unknown_width(e))?;
        Ok((self.translate(e, Some(shape))?, shape))
    }

    fn translate(&mut self, e: &Ast, want: Option<Shape>) -> Result<String, EmitError> {
        match e {
            Ast::Paren(a) => self.translate(a, want),
            Ast::Signal(name) => {
                if let Some(value) = self.number(e) {
                    let want = want.ok_or_else(|| self.unknown_width(e))?;
                    return self.fitting_literal(value as u128, want);
                }
                let id = self.symbols.resolve(name)?;
                let symbol = &self.symbols.list[id];
                self.demand(e, Shape { width: symbol.width, signed: symbol.signed }, want)?;
                Ok(self.read(id, true))
            }
            Ast::Literal(l) => {
                let own = self.shape(e)?;
                let shape = want.or(own).ok_or_else(|| self.unknown_width(e))?;
                self.fitting_literal(self.literal(l)?, shape)
            }
            Ast::Cast(a, width) => {
                self.demand(e, Shape { width: *width, signed: false }, want)?;
                self.unsigned_cast(a, *width)
            }
            Ast::Unsigned(a) => {
                let want = want.ok_or_else(|| self.unknown_width(e))?;
                self.demand(e, Shape { signed: false, ..want }, Some(want))?;
                self.unsigned_cast(a, want.width)
            }
            Ast::Signed(a) => {
                let want = want.ok_or_else(|| self.unknown_width(e))?;
                self.demand(e, Shape { signed: true, ..want }, Some(want))?;
                self.signed_cast(a, want.width)
            }
            Ast::Binary(a, op, b) => self.binary(e, a, op, b, want),
            Ast::Unary(op, a) => self.unary(e, op, a, want),
            Ast::Index(a, index) => {
                self.demand(e, BIT, want)?;
                self.bit_select(a, index, 1)
            }
            Ast::Slice(a, width, offset) => {
                self.demand(e, Shape { width: *width, signed: false }, want)?;
                self.bit_select(a, offset, *width)
            }
            Ast::IndexReplace(a, index, bit) => {
                let shape = want.or(self.shape(a)?).ok_or_else(|| self.unknown_width(e))?;
                let base = self.text(a, shape)?;
                let at = self.distance(index)?;
                let bit = self.text(bit, BIT)?;
                let one = literal_text(1, shape);
                let wide = match shape.width {
                    1 => bit,
                    width => format!(
                        "{{{}, {}}}",
                        literal_text(0, Shape { width: width - 1, signed: false }),
                        bare(&bit)
                    ),
                };
                let merged = format!("(({base} & (~({one} << {at}))) | ({wide} << {at}))");
                Ok(if shape.signed { format!("$signed{merged}") } else { merged })
            }
        }
    }

    fn literal(&self, literal: &VerilogLiteral) -> Result<u128, EmitError> {
        literal_parts(literal).map(|(_, value)| value).ok_or_else(|| EmitError::Unsupported {
            module: self.symbols.module.clone(),
            what: "a negative literal",
            help: "use `Const::signed`",
        })
    }

    fn fitting_literal(&self, value: u128, shape: Shape) -> Result<String, EmitError> {
        if shape.width < 128 && value >> shape.width != 0 {
            return Err(EmitError::LiteralTooLarge {
                module: self.symbols.module.clone(),
                value: value.to_string(),
                width: shape.width,
            });
        }
        Ok(literal_text(value as u64, shape))
    }

    /// Zero-extends or cuts to `width` unsigned bits.
    fn unsigned_cast(&mut self, a: &Ast, width: usize) -> Result<String, EmitError> {
        if let Ast::Literal(l) = strip_parens(a) {
            return self.fitting_literal(self.literal(l)?, Shape { width, signed: false });
        }
        let from = self.shape(a)?.ok_or_else(|| self.unknown_width(a))?;
        if width < from.width {
            return self.cut(a, from, width);
        }
        let text = self.text(a, from)?;
        if width > from.width {
            let zeros = literal_text(0, Shape { width: width - from.width, signed: false });
            return Ok(format!("{{{zeros}, {}}}", bare(&text)));
        }
        Ok(if from.signed { format!("$unsigned({})", bare(&text)) } else { text })
    }

    /// Reads the bits as two's complement; sign-extends or cuts to `width`.
    fn signed_cast(&mut self, a: &Ast, width: usize) -> Result<String, EmitError> {
        let from = self.shape(a)?.ok_or_else(|| self.unknown_width(a))?;
        if width < from.width {
            return Ok(format!("$signed({})", self.cut(a, from, width)?));
        }
        if width == from.width {
            let text = self.text(a, from)?;
            return Ok(if from.signed { text } else { format!("$signed({})", bare(&text)) });
        }
        let Ast::Signal(name) = strip_parens(a) else {
            return Err(self.refuse(
                "sign extension of an expression",
                a,
                "assign the expression to a `Bus<Local>` of its own width, then cast that",
            ));
        };
        let id = self.symbols.resolve(name)?;
        if let Role::Constant(value) = self.symbols.list[id].role {
            let extension = if value >> (from.width - 1) & 1 == 1 { u64::MAX << from.width } else { 0 };
            let kept = if width >= 64 { u64::MAX } else { (1 << width) - 1 };
            return Ok(literal_text((value | extension) & kept, Shape { width, signed: true }));
        }
        let text = self.read(id, true);
        let top = if from.width == 1 { text.clone() } else { format!("{text}[{}]", from.width - 1) };
        Ok(format!("$signed({{{{{}{{{top}}}}}, {text}}})", width - from.width))
    }

    /// The lowest `width` bits of a signal, or of a signal shifted right by a fixed distance.
    fn cut(&mut self, a: &Ast, from: Shape, width: usize) -> Result<String, EmitError> {
        let (base, low) = match strip_parens(a) {
            Ast::Binary(base, VerilogOp::Shr, by) => match self.number(by) {
                Some(low) if !from.signed => (strip_parens(base), usize::try_from(low).unwrap_or(usize::MAX)),
                _ => (strip_parens(a), 0),
            },
            other => (other, 0),
        };
        let Ast::Signal(name) = base else {
            return Err(self.refuse(
                "narrowing of an expression",
                a,
                "assign the expression to a `Bus<Local>` of its own width, then cast that",
            ));
        };
        let id = self.symbols.resolve(name)?;
        if let Role::Constant(value) = self.symbols.list[id].role {
            let shifted = if low >= 64 { 0 } else { value >> low };
            return Ok(literal_text(shifted & ((1 << width) - 1), Shape { width, signed: false }));
        }
        if low >= from.width {
            return Ok(literal_text(0, Shape { width, signed: false }));
        }
        let there = width.min(from.width - low);
        let whole = low == 0 && there == from.width;
        let text = self.read(id, whole);
        let slice = if whole { text } else { format!("{text}{}", range(low, there)) };
        if there == width {
            return Ok(slice);
        }
        Ok(format!("{{{}, {slice}}}", literal_text(0, Shape { width: width - there, signed: false })))
    }

    /// Distance of a shift or place of a bit: a plain number, or a self-determined expression.
    fn distance(&mut self, e: &Ast) -> Result<String, EmitError> {
        if let Some(number) = self.number(e) {
            return Ok(number.to_string());
        }
        Ok(self.text_and_shape(e)?.0)
    }

    /// `a[index]`, or `a[index +: width]`.
    fn bit_select(&mut self, a: &Ast, index: &Ast, width: usize) -> Result<String, EmitError> {
        let Ast::Signal(name) = strip_parens(a) else {
            return Err(self.refuse(
                "bit selection from an expression",
                a,
                "assign the expression to a `Bus<Local>`, then select from that",
            ));
        };
        let id = self.symbols.resolve(name)?;
        let symbol = &self.symbols.list[id];
        let (total, constant) = (symbol.width, matches!(symbol.role, Role::Constant(_)));
        if let Some(low) = self.number(index) {
            let low = usize::try_from(low).unwrap_or(usize::MAX);
            if low.saturating_add(width) > total {
                return Err(self.refuse("a bit beyond the width", a, "select bits 0 to width - 1"));
            }
            if let Role::Constant(value) = symbol.role {
                let kept = if width >= 64 { u64::MAX } else { (1 << width) - 1 };
                return Ok(literal_text(value >> low & kept, Shape { width, signed: false }));
            }
            let whole = width == total;
            let text = self.read(id, whole);
            let select = if whole { text } else { format!("{text}{}", range(low, width)) };
            return Ok(if whole && self.symbols.list[id].signed {
                format!("$unsigned({select})")
            } else {
                select
            });
        }
        if constant || total == 1 {
            return Err(self.refuse(
                "selection by a signal from a constant or a single bit",
                a,
                "hold the table in a memory, or shift it",
            ));
        }
        // Verilator wants the index exactly as wide as the signal needs.
        let needed = crate::width::address_width(total);
        let (place, shape) = self.text_and_shape(index)?;
        let place = match shape.width.cmp(&needed) {
            std::cmp::Ordering::Equal => bare(&place).to_string(),
            std::cmp::Ordering::Less => {
                let zeros = literal_text(0, Shape { width: needed - shape.width, signed: false });
                format!("{{{zeros}, {}}}", bare(&place))
            }
            std::cmp::Ordering::Greater => self.cut(index, shape, needed)?,
        };
        let text = self.read(id, true);
        Ok(if width == 1 { format!("{text}[{place}]") } else { format!("{text}[{place} +: {width}]") })
    }

    fn unary(
        &mut self,
        e: &Ast,
        op: &VerilogOpUnary,
        a: &Ast,
        want: Option<Shape>,
    ) -> Result<String, EmitError> {
        let reduce = match op {
            VerilogOpUnary::Not | VerilogOpUnary::Neg => {
                let shape = want.or(self.shape(a)?).ok_or_else(|| self.unknown_width(e))?;
                let text = self.text(a, shape)?;
                let negated = matches!(op, VerilogOpUnary::Neg);
                let sign = if negated {
                    "-"
                } else if shape.width == 1 {
                    "!"
                } else {
                    "~"
                };
                return Ok(format!("({sign}{text})"));
            }
            VerilogOpUnary::All => "&",
            VerilogOpUnary::Any => "|",
            VerilogOpUnary::Xor => "^",
        };
        self.demand(e, BIT, want)?;
        let (text, shape) = self.text_and_shape(a)?;
        Ok(if shape.width == 1 { text } else { format!("({reduce}{text})") })
    }

    fn binary(
        &mut self,
        e: &Ast,
        a: &Ast,
        op: &VerilogOp,
        b: &Ast,
        want: Option<Shape>,
    ) -> Result<String, EmitError> {
        let arithmetic = |symbol| (symbol, false);
        let (symbol, compares) = match op {
            VerilogOp::Shl | VerilogOp::Shr => return self.shift(e, a, op, b, want),
            VerilogOp::LogicalAnd | VerilogOp::LogicalOr => {
                self.demand(e, BIT, want)?;
                let symbol = if matches!(op, VerilogOp::LogicalAnd) { "&&" } else { "||" };
                return Ok(format!("({} {symbol} {})", self.text(a, BIT)?, self.text(b, BIT)?));
            }
            VerilogOp::Mul => {
                return Err(EmitError::Unsupported {
                    module: self.symbols.module.clone(),
                    what: "a product",
                    help: "shift and add, or select between sums",
                });
            }
            VerilogOp::Add => arithmetic("+"),
            VerilogOp::Sub => arithmetic("-"),
            VerilogOp::BitXor => arithmetic("^"),
            VerilogOp::BitAnd => arithmetic("&"),
            VerilogOp::BitOr => arithmetic("|"),
            VerilogOp::Eq => ("==", true),
            VerilogOp::Ne => ("!=", true),
            VerilogOp::Lt => ("<", true),
            VerilogOp::Le => ("<=", true),
            VerilogOp::Gt => (">", true),
            VerilogOp::Ge => (">=", true),
        };
        let own = self.shape(a)?.or(self.shape(b)?);
        let operands = if compares {
            self.demand(e, BIT, want)?;
            let operands = own.ok_or_else(|| self.unknown_width(e))?;
            self.check_literal_comparison(a, b, operands)?;
            self.check_literal_comparison(b, a, operands)?;
            operands
        } else {
            own.or(want).ok_or_else(|| self.unknown_width(e))?
        };
        if !compares {
            self.demand(e, operands, want)?;
        }
        Ok(format!("({} {symbol} {})", self.text(a, operands)?, self.text(b, operands)?))
    }

    /// Stock rust-hdl prints literals with 32 bits, which changes these comparisons.
    fn check_literal_comparison(&self, a: &Ast, literal: &Ast, shape: Shape) -> Result<(), EmitError> {
        let wide =
            matches!(strip_parens(literal), Ast::Literal(l) if literal_parts(l).is_none_or(|(b, _)| b > 1));
        if wide && (shape.signed || !matches!(strip_parens(a), Ast::Signal(_) | Ast::Cast(..))) {
            return Err(self.refuse(
                "comparison of a signed value or an expression with a literal",
                a,
                "compare with a `Const`, or assign the expression to a `Bus<Local>` first",
            ));
        }
        Ok(())
    }

    fn shift(
        &mut self,
        e: &Ast,
        a: &Ast,
        op: &VerilogOp,
        b: &Ast,
        want: Option<Shape>,
    ) -> Result<String, EmitError> {
        let left = matches!(op, VerilogOp::Shl);
        let shape = self.shape(a)?.or(want).ok_or_else(|| self.unknown_width(e))?;
        self.demand(e, shape, want)?;
        if !left && shape.signed {
            return Err(self.refuse(
                "right shift of a signed value",
                a,
                "cast to unsigned first; Verilog's >> fills with zeros",
            ));
        }
        if !left && !matches!(strip_parens(a), Ast::Signal(_) | Ast::Cast(..)) {
            return Err(self.refuse(
                "right shift of an expression",
                a,
                "assign the expression to a `Bus<Local>` first, then shift that",
            ));
        }
        let text = self.text(a, shape)?;
        if self.number(b) == Some(0) {
            return Ok(text);
        }
        Ok(format!("({text} {} {})", if left { "<<" } else { ">>" }, self.distance(b)?))
    }
}
