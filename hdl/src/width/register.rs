//! Registers: one clock, one value, a power-up value, no reset.

use super::Bus;
use super::bus::literal;
use rust_hdl_core::prelude::*;

/// The text of rust-hdl's own DFF, by which the back end knows a register and prints it in its owner.
fn register_text(init: VerilogLiteral) -> Verilog {
    Verilog::Custom(format!(
        "initial begin\n  q = {init:x};\nend\n\nalways @(posedge clock) begin\n  q <= d;\nend\n"
    ))
}

fn register_timing() -> Vec<TimingInfo> {
    vec![TimingInfo {
        name: "register".into(),
        clock: "clock".into(),
        inputs: vec!["d".into()],
        outputs: vec!["q".into()],
    }]
}

/// A register of run-time width: `q` takes `d` at each rising edge of `clock`.
///
/// It powers up with its initial value (which the bitstream of every target sets) and has no reset. Start a
/// kernel with `dff_setup!(self, clock, a, b)` so that a register which nothing assigns keeps its value.
#[derive(LogicBlock)]
pub struct Register {
    /// Clock; the rising edge counts.
    pub clock: Signal<In, Clock>,
    /// The value to take.
    pub d: Bus<In>,
    /// The value held.
    pub q: Bus<Out>,
    _init: u64,
}

impl Register {
    /// Unsigned register of `width` bits, powering up as 0.
    pub fn unsigned(width: usize) -> Self {
        Self { clock: Default::default(), d: Bus::unsigned(width), q: Bus::unsigned(width), _init: 0 }
    }

    /// Signed register of `width` bits, powering up as 0.
    pub fn signed(width: usize) -> Self {
        Self { clock: Default::default(), d: Bus::signed(width), q: Bus::signed(width), _init: 0 }
    }

    /// The same register powering up as `value`; panics if that does not fit.
    pub fn starting_at(mut self, value: i64) -> Self {
        self.q.set(value);
        self.q.update_all();
        self._init = self.q.val().raw();
        self
    }
}

impl Logic for Register {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.q.next = self.d.val();
        }
    }
    fn connect(&mut self) {
        self.q.connect();
    }
    fn hdl(&self) -> Verilog {
        register_text(literal(self.q.width(), self._init))
    }
    fn timing(&self) -> Vec<TimingInfo> {
        register_timing()
    }
}

/// A one-bit register read and written as `bool`.
#[derive(LogicBlock, Default)]
pub struct BitRegister {
    /// Clock; the rising edge counts.
    pub clock: Signal<In, Clock>,
    /// The value to take.
    pub d: Signal<In, Bit>,
    /// The value held.
    pub q: Signal<Out, Bit>,
    _init: bool,
}

impl BitRegister {
    /// A bit register powering up as `value`.
    pub fn starting_at(value: bool) -> Self {
        let mut register = Self { _init: value, ..Self::default() };
        register.q.next = value;
        register.q.update_all();
        register
    }
}

impl Logic for BitRegister {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.q.next = self.d.val();
        }
    }
    fn connect(&mut self) {
        self.q.connect();
    }
    fn hdl(&self) -> Verilog {
        register_text(self._init.into())
    }
    fn timing(&self) -> Vec<TimingInfo> {
        register_timing()
    }
}
