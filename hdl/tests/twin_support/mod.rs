//! Plain Rust twins beside cells: what a twin sees and foretells, and the comparison over a case's stimuli.

use spinwright_hdl::crosscheck::{CellCase, CellPorts, run_rust};
use std::collections::HashMap;

/// Inputs of one clock by port name: bits and width.
pub struct Inputs(pub HashMap<String, (u64, usize)>);

impl Inputs {
    pub fn get(&self, port: &str) -> u64 {
        self.0[port].0
    }
    pub fn on(&self, port: &str) -> bool {
        self.get(port) == 1
    }
    /// The port read as two's complement.
    pub fn signed(&self, port: &str) -> i64 {
        let (bits, width) = self.0[port];
        signed(bits, width)
    }
}

/// The lowest `width` bits as two's complement.
pub fn signed(bits: u64, width: usize) -> i64 {
    (bits << (64 - width)) as i64 >> (64 - width)
}

/// Outputs that the twin foretells; those that are not named may be anything.
pub type Outputs = Vec<(String, u64)>;

pub fn out(name: &str, value: impl Into<i128>) -> (String, u64) {
    (name.to_owned(), value.into() as u64)
}

/// What a cell's outputs are in a clock with these inputs; then the clock's edge.
pub trait Twin {
    fn clock(&mut self, i: &Inputs) -> Outputs;
}

/// Runs the case's cell beside its twin and compares every output that the twin foretells. Calls `visit` with the name and
/// the value of each. Returns how many there were: at least 9 in 10 clocks.
pub fn compare(case: &CellCase, twin: &mut dyn Twin, mut visit: impl FnMut(&str, u64)) -> usize {
    let mut cell = (case.make)();
    let (inputs, outputs) = (cell.inputs(), cell.outputs());
    let rows = run_rust(&mut cell, &case.stimuli);
    let mut values = 0;
    for (clock, (row, found)) in case.stimuli.iter().zip(&rows).enumerate() {
        let named = inputs.iter().zip(row).map(|(port, value)| (port.name.clone(), (*value, port.width)));
        let expected: HashMap<String, u64> = twin.clock(&Inputs(named.collect())).into_iter().collect();
        for (port, value) in outputs.iter().zip(found) {
            let Some(wanted) = expected.get(&port.name) else { continue };
            let wanted = wanted & (u64::MAX >> (64 - port.width));
            assert_eq!(*value, wanted, "{}: {} in clock {clock}", case.name, port.name);
            values += 1;
            visit(&port.name, wanted);
        }
        for name in expected.keys() {
            assert!(outputs.iter().any(|p| p.name == *name), "{}: no output {name}", case.name);
        }
    }
    assert!(values >= case.stimuli.len() * 9 / 10, "{}: {values} values compared", case.name);
    values
}
