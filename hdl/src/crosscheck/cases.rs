//! Cells of any type in one list, for the tests that run over all of them.

use super::{CellPorts, Port, Values};
use rust_hdl_core::prelude::*;

/// A cell whose type is forgotten; behaves as the cell.
pub struct AnyCell(Box<dyn CellPorts>);

impl AnyCell {
    /// Forgets the type of `cell`.
    pub fn new(cell: impl CellPorts + 'static) -> Self {
        Self(Box::new(cell))
    }
}

impl Logic for AnyCell {
    fn update(&mut self) {
        self.0.update();
    }
    fn connect(&mut self) {
        self.0.connect();
    }
    fn hdl(&self) -> Verilog {
        self.0.hdl()
    }
    fn timing(&self) -> Vec<TimingInfo> {
        self.0.timing()
    }
}

impl Block for AnyCell {
    fn connect_all(&mut self) {
        self.0.connect_all();
    }
    fn update_all(&mut self) {
        self.0.update_all();
    }
    fn has_changed(&self) -> bool {
        self.0.has_changed()
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        self.0.accept(name, probe);
    }
}

impl CellPorts for AnyCell {
    fn inputs(&self) -> Vec<Port> {
        self.0.inputs()
    }
    fn outputs(&self) -> Vec<Port> {
        self.0.outputs()
    }
    fn drive(&mut self, values: &[u64]) {
        self.0.drive(values);
    }
    fn read(&self) -> Vec<u64> {
        self.0.read()
    }
    fn clock(&mut self) -> Option<&mut Signal<In, Clock>> {
        self.0.clock()
    }
    fn clock_name(&self) -> Option<&'static str> {
        self.0.clock_name()
    }
}

/// One cell in one configuration, with stimuli that respect its rules and reach its corners.
pub struct CellCase {
    /// Name of the cell and, where it has several, of the configuration; unique in a list.
    pub name: String,
    /// Builds a fresh cell.
    pub make: Box<dyn Fn() -> AnyCell>,
    /// One row of inputs per clock.
    pub stimuli: Vec<Values>,
}

impl CellCase {
    /// A case; `make` builds a fresh cell each time.
    pub fn new<C: CellPorts + 'static>(
        name: impl Into<String>,
        make: impl Fn() -> C + 'static,
        stimuli: Vec<Values>,
    ) -> Self {
        Self { name: name.into(), make: Box::new(move || AnyCell::new(make())), stimuli }
    }
}
