//! Stock rust-hdl emission of the same design, as a second opinion on our back end.

use crate::verilog::index::{Numbers, flatten};
use crate::verilog::tree::{Tree, literal_parts};
use rust_hdl_core::ast::*;
use rust_hdl_core::prelude::*;

/// Verilog by rust-hdl's own generator; the top module is called `top`. The block must be connected.
///
/// The generator cannot evaluate nested indices, nor [`Size`](crate::width::Size) fields in them. Kernels that
/// use either are handed to it with loops unrolled and indices calculated; nothing else is touched.
pub fn stock_verilog(top: &impl Block) -> String {
    let tree = Tree::of(top, "top");
    let mut probe = StockProbe { inner: ModuleDefines::default(), tree, next: 0 };
    top.accept("top", &mut probe);
    probe.inner.defines()
}

struct StockProbe {
    inner: ModuleDefines,
    tree: Tree,
    next: usize,
}

/// Stands for a block while its rewritten kernel is read.
struct Rewritten(Verilog);

impl Logic for Rewritten {
    fn update(&mut self) {}
    fn hdl(&self) -> Verilog {
        self.0.clone()
    }
}

impl Block for Rewritten {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {}
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, _: &str, _: &mut dyn Probe) {}
}

impl Probe for StockProbe {
    fn visit_start_scope(&mut self, name: &str, node: &dyn Block) {
        let scope = &self.tree.scopes[self.next];
        self.next += 1;
        let numbers: Numbers =
            scope.atoms.iter().filter(|a| a.is_size).map(|a| (a.name.clone(), a.value as i64)).collect();
        match &scope.code {
            Verilog::Combinatorial(block) if !numbers.is_empty() || nests(block) => {
                let mut numbers = numbers;
                let code = Verilog::Combinatorial(unroll(block, &mut numbers));
                self.inner.visit_start_scope(name, &Rewritten(code));
            }
            _ => self.inner.visit_start_scope(name, node),
        }
    }
    fn visit_start_namespace(&mut self, name: &str, node: &dyn Block) {
        self.inner.visit_start_namespace(name, node);
    }
    fn visit_atom(&mut self, name: &str, signal: &dyn Atom) {
        if signal.descriptor().name != crate::width::SIZE_TYPE {
            self.inner.visit_atom(name, signal);
        }
    }
    fn visit_end_namespace(&mut self, name: &str, node: &dyn Block) {
        self.inner.visit_end_namespace(name, node);
    }
    fn visit_end_scope(&mut self, name: &str, node: &dyn Block) {
        self.inner.visit_end_scope(name, node);
    }
}

/// Whether a name in the kernel has two indices, as in `field[c][k]` or `lane[i].port[k]`.
fn nests(block: &VerilogBlock) -> bool {
    struct Finder(bool);
    impl VerilogVisitor for Finder {
        fn visit_signal(&mut self, name: &str) {
            self.0 |= name.matches('[').count() > 1;
        }
    }
    let mut finder = Finder(false);
    finder.visit_block(block);
    finder.0
}

fn unroll(block: &VerilogBlock, numbers: &mut Numbers) -> VerilogBlock {
    let mut out = vec![];
    for statement in block {
        match statement {
            VerilogStatement::Loop(l) => {
                for i in l.from.as_usize()..l.to.as_usize() {
                    numbers.insert(l.index.clone(), i as i64);
                    out.extend(unroll(&l.block, numbers));
                }
                numbers.remove(&l.index);
            }
            VerilogStatement::Assignment(target, value) => out
                .push(VerilogStatement::Assignment(expression(target, numbers), expression(value, numbers))),
            VerilogStatement::If(c) => out.push(VerilogStatement::If(conditional(c, numbers))),
            VerilogStatement::Match(m) => out.push(VerilogStatement::Match(VerilogMatch {
                test: expression(&m.test, numbers),
                cases: m
                    .cases
                    .iter()
                    .map(|c| VerilogCase { condition: c.condition.clone(), block: unroll(&c.block, numbers) })
                    .collect(),
            })),
            VerilogStatement::Macro(block) => out.push(VerilogStatement::Macro(unroll(block, numbers))),
            other => out.push(other.clone()),
        }
    }
    out
}

fn conditional(c: &VerilogConditional, numbers: &mut Numbers) -> VerilogConditional {
    VerilogConditional {
        test: expression(&c.test, numbers),
        then: unroll(&c.then, numbers),
        otherwise: match &c.otherwise {
            VerilogBlockOrConditional::None => VerilogBlockOrConditional::None,
            VerilogBlockOrConditional::Block(b) => VerilogBlockOrConditional::Block(unroll(b, numbers)),
            VerilogBlockOrConditional::Conditional(s) => {
                let mut block = unroll(&vec![(**s).clone()], numbers);
                match block.pop() {
                    Some(single) if block.is_empty() => {
                        VerilogBlockOrConditional::Conditional(Box::new(single))
                    }
                    last => VerilogBlockOrConditional::Block(block.into_iter().chain(last).collect()),
                }
            }
        },
    }
}

fn number(e: &VerilogExpression, numbers: &Numbers) -> Option<i64> {
    match e {
        VerilogExpression::Signal(name) => {
            numbers.get(name.trim_end_matches("$get()").trim_end_matches("$get")).copied()
        }
        VerilogExpression::Literal(l) => literal_parts(l).map(|(_, v)| v as i64),
        VerilogExpression::Paren(a) => number(a, numbers),
        VerilogExpression::Binary(a, op, b) => {
            let (a, b) = (number(a, numbers)?, number(b, numbers)?);
            match op {
                VerilogOp::Add => Some(a + b),
                VerilogOp::Sub => Some(a - b),
                VerilogOp::Mul => Some(a * b),
                _ => None,
            }
        }
        _ => None,
    }
}

fn expression(e: &VerilogExpression, numbers: &Numbers) -> VerilogExpression {
    use VerilogExpression as E;
    if !matches!(e, E::Literal(_))
        && let Some(value) = number(e, numbers)
    {
        return E::Signal(value.to_string());
    }
    let inner = |e: &VerilogExpression| Box::new(expression(e, numbers));
    match e {
        E::Signal(name) => E::Signal(flatten(name, numbers, '$').unwrap_or_else(|_| name.clone())),
        E::Literal(l) => E::Literal(l.clone()),
        E::Cast(a, n) => E::Cast(inner(a), *n),
        E::Signed(a) => E::Signed(inner(a)),
        E::Unsigned(a) => E::Unsigned(inner(a)),
        E::Paren(a) => E::Paren(inner(a)),
        E::Binary(a, op, b) => E::Binary(inner(a), op.clone(), inner(b)),
        E::Unary(op, a) => E::Unary(op.clone(), inner(a)),
        E::Index(a, b) => E::Index(inner(a), inner(b)),
        E::Slice(a, n, b) => E::Slice(inner(a), *n, inner(b)),
        E::IndexReplace(a, b, c) => E::IndexReplace(inner(a), inner(b), inner(c)),
    }
}
