//! Pieces of text: shapes, literals, slices, and expressions for messages.

use super::tree::literal_parts;
use rust_hdl_core::ast::{VerilogExpression as Ast, VerilogOp, VerilogOpUnary};

/// Width and sign of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    pub width: usize,
    pub signed: bool,
}

/// A condition, or one unsigned bit.
pub(crate) const BIT: Shape = Shape { width: 1, signed: false };

impl Shape {
    pub fn text(self) -> String {
        let plural = if self.width == 1 { "" } else { "s" };
        format!("{} bit{plural} {}", self.width, if self.signed { "signed" } else { "unsigned" })
    }
}

/// Exact literal: decimal when short, hexadecimal else.
pub(crate) fn literal_text(value: u64, shape: Shape) -> String {
    let sign = if shape.signed { "s" } else { "" };
    let Shape { width, .. } = shape;
    if width == 1 && !shape.signed {
        return format!("1'b{value}");
    }
    if value < 1024 { format!("{width}'{sign}d{value}") } else { format!("{width}'{sign}h{value:x}") }
}

/// `[high:low]`, or `[bit]` for one bit.
pub(crate) fn range(low: usize, width: usize) -> String {
    if width == 1 { format!("[{low}]") } else { format!("[{}:{low}]", low + width - 1) }
}

/// Drops one pair of parentheses around the whole text.
pub(crate) fn bare(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) else { return text };
    let mut depth = 0i32;
    for byte in inner.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return text;
        }
    }
    inner
}

/// A short rendering of an expression for messages, as the kernel might have said it.
pub(crate) fn describe(e: &Ast) -> String {
    let operator = |op: &VerilogOp| match op {
        VerilogOp::Add => "+",
        VerilogOp::Sub => "-",
        VerilogOp::Mul => "*",
        VerilogOp::LogicalAnd => "&&",
        VerilogOp::LogicalOr => "||",
        VerilogOp::BitXor => "^",
        VerilogOp::BitAnd => "&",
        VerilogOp::BitOr => "|",
        VerilogOp::Shl => "<<",
        VerilogOp::Shr => ">>",
        VerilogOp::Eq => "==",
        VerilogOp::Lt => "<",
        VerilogOp::Le => "<=",
        VerilogOp::Ne => "!=",
        VerilogOp::Ge => ">=",
        VerilogOp::Gt => ">",
    };
    match e {
        Ast::Signal(name) => name.trim_end_matches("$next").replace('$', "."),
        Ast::Literal(l) => literal_parts(l).map_or(l.to_string(), |(_, value)| value.to_string()),
        Ast::Cast(a, width) => format!("bit_cast_to({}, {width})", describe(a)),
        Ast::Signed(a) => format!("signed_cast({})", describe(a)),
        Ast::Unsigned(a) => format!("unsigned_cast({})", describe(a)),
        Ast::Paren(a) => format!("({})", describe(a)),
        Ast::Binary(a, op, b) => format!("{} {} {}", describe(a), operator(op), describe(b)),
        Ast::Unary(VerilogOpUnary::Not, a) => format!("!{}", describe(a)),
        Ast::Unary(VerilogOpUnary::Neg, a) => format!("-{}", describe(a)),
        Ast::Unary(VerilogOpUnary::All, a) => format!("{}.all()", describe(a)),
        Ast::Unary(VerilogOpUnary::Any, a) => format!("{}.any()", describe(a)),
        Ast::Unary(VerilogOpUnary::Xor, a) => format!("{}.xor()", describe(a)),
        Ast::Index(a, i) => format!("{}.get_bit({})", describe(a), describe(i)),
        Ast::Slice(a, n, i) => format!("{}.get_bits::<{n}>({})", describe(a), describe(i)),
        Ast::IndexReplace(a, i, b) => {
            format!("{}.replace_bit({}, {})", describe(a), describe(i), describe(b))
        }
    }
}
