//! Numbers that take part in index arithmetic.

use super::bus::literal;
use rust_hdl_core::prelude::*;
use rust_hdl_core::signal::get_signal_id;
use std::ops;

/// A count known when the machine is built, for index arithmetic: `self.node[self.leaves + i]`,
/// `self.leaf[c * self.per_word + k]`, `x.val() >> (i * self.field)`.
///
/// A plain `_n: usize` field serves as a loop bound, but the Verilog back end cannot see its value inside
/// an index; a `Size` field it can. As a loop bound write `0..self.leaves.get()`. No hardware is made of it.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    value: usize,
    id: usize,
}

/// Name of the type in rust-hdl's description, by which the back end knows an index constant.
pub(crate) const SIZE_TYPE: &str = "Size";

impl Size {
    /// The count `value`; below 2^32.
    pub fn new(value: usize) -> Self {
        assert!(value < 1 << 32, "a size of {value} is too large");
        Self { value, id: get_signal_id() }
    }

    /// The count as a Rust number.
    pub fn get(&self) -> usize {
        self.value
    }
}

macro_rules! arithmetic {
    ($($trait:ident $method:ident),*) => {$(
        impl ops::$trait<usize> for Size {
            type Output = usize;
            fn $method(self, right: usize) -> usize { ops::$trait::$method(self.value, right) }
        }
        impl ops::$trait<Size> for usize {
            type Output = usize;
            fn $method(self, right: Size) -> usize { ops::$trait::$method(self, right.value) }
        }
        impl ops::$trait<Size> for Size {
            type Output = usize;
            fn $method(self, right: Size) -> usize { ops::$trait::$method(self.value, right.value) }
        }
    )*};
}
arithmetic!(Add add, Sub sub, Mul mul, Div div, Rem rem);

impl Atom for Size {
    fn bits(&self) -> usize {
        32
    }
    fn connected(&self) -> bool {
        true
    }
    fn changed(&self) -> bool {
        false
    }
    fn kind(&self) -> AtomKind {
        AtomKind::Constant
    }
    fn descriptor(&self) -> TypeDescriptor {
        TypeDescriptor { name: SIZE_TYPE.into(), kind: TypeKind::Bits(32) }
    }
    fn vcd(&self) -> VCDValue {
        VCDValue::from(false)
    }
    fn id(&self) -> usize {
        self.id
    }
    fn verilog(&self) -> VerilogLiteral {
        literal(32, self.value as u64)
    }
    fn constraints(&self) -> Vec<PinConstraint> {
        vec![]
    }
}

impl Logic for Size {
    fn update(&mut self) {}
}

impl Block for Size {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {}
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_atom(name, self);
    }
}
