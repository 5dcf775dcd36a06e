//! Rows of inputs, written like a bench: set ports by name, then clock.

use crate::crosscheck::{CellPorts, Port, Values};

/// Inputs over time. A port keeps its value until it is set again; choices are the same in every run.
pub(crate) struct Stimuli {
    ports: Vec<Port>,
    now: Values,
    rows: Vec<Values>,
    state: u64,
}

impl Stimuli {
    /// All inputs 0.
    pub(crate) fn of(cell: &impl CellPorts, seed: u64) -> Self {
        let ports = cell.inputs();
        Self { now: vec![0; ports.len()], ports, rows: vec![], state: seed }
    }

    /// The next number of splitmix64.
    pub(crate) fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.state ^ self.state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }

    /// Whether an event of one in `n` happens.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of `choices`.
    pub(crate) fn pick(&mut self, choices: &[u64]) -> u64 {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// Puts a value on a port; bits above its width are dropped.
    pub(crate) fn set(&mut self, port: &str, value: u64) {
        let at =
            self.ports.iter().position(|p| p.name == port).unwrap_or_else(|| panic!("no input `{port}`"));
        self.now[at] = value & (u64::MAX >> (64 - self.ports[at].width));
    }

    /// Raises a one-bit port in one of `n` clocks, lowers it in the others.
    pub(crate) fn sometimes(&mut self, port: &str, n: u64) {
        let value = self.one_in(n).into();
        self.set(port, value);
    }

    /// A random pattern on a port.
    pub(crate) fn any(&mut self, port: &str) {
        let value = self.roll();
        self.set(port, value);
    }

    /// One clock with these inputs.
    pub(crate) fn clock(&mut self) {
        self.rows.push(self.now.clone());
    }

    /// So many clocks with these inputs.
    pub(crate) fn clocks(&mut self, count: u64) {
        (0..count).for_each(|_| self.clock());
    }

    /// One clock with a port raised, which is lowered after it.
    pub(crate) fn strobe(&mut self, port: &str) {
        self.set(port, 1);
        self.clock();
        self.set(port, 0);
    }

    /// The inputs of the coming clock.
    pub(crate) fn now(&self) -> &Values {
        &self.now
    }

    /// The rows.
    pub(crate) fn rows(self) -> Vec<Values> {
        self.rows
    }
}

/// CRC-32 bit by bit, the blocks' twin in here.
pub(crate) fn crc32(bytes: impl IntoIterator<Item = u8>) -> u32 {
    !bytes.into_iter().fold(!0u32, |mut crc, byte| {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
        crc
    })
}
