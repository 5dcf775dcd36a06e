//! Cross-checks of a cell: the same stimuli through its rust-hdl simulation, our Verilog and stock rust-hdl's
//! Verilog, every output of every clock compared.
//!
//! A cell takes part by naming its ports once:
//!
//! ```
//! # use rust_hdl_core::prelude::*;
//! # use spinwright_hdl::width::*;
//! # #[derive(LogicBlock)]
//! # struct Invert { pub x: Bus<In>, pub y: Bus<Out> }
//! # impl Logic for Invert { #[hdl_gen] fn update(&mut self) { self.y.next = !self.x.val(); } }
//! # impl Invert { fn new(w: usize) -> Self { Self { x: Bus::unsigned(w), y: Bus::unsigned(w) } } }
//! spinwright_hdl::cell_ports!(Invert, [x], [y]); // with a clock: cell_ports!(Cell, clock, [..], [..])
//! use spinwright_hdl::crosscheck::*;
//! let stimuli = random_stimuli(&Invert::new(5).inputs(), 100, 1);
//! let outputs = run_rust(&mut Invert::new(5), &stimuli);
//! assert_eq!(outputs[0][0], !stimuli[0][0] & 31);
//! ```
//!
//! Per clock: inputs are applied and settle, outputs are compared, then the clock rises and falls.

mod cases;
mod mutants;
mod ports;
mod stock;
mod tools;
mod verilator;

pub use cases::{AnyCell, CellCase};
pub use mutants::{Mutant, mutants};
pub use ports::{CellPorts, DrivePort, Port, ReadPort};
pub use stock::stock_verilog;
pub use tools::{
    ToolError, icarus_lint, run_icarus, verilator_lint, verilog_testbench, yosys_cells, yosys_cells_within,
    yosys_latches,
};
pub use verilator::{VerilatorBatch, run_verilator};

use crate::verilog::{EmitError, EmitOptions, VerilogDesign, emit};
use crate::width::settle;

/// Values of all inputs, or of all outputs, in one clock, in the order of [`CellPorts`].
pub type Values = Vec<u64>;

/// Why a cross-check did not pass.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrosscheckError {
    /// The cell could not be emitted.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// A tool is missing or failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// Two descriptions of the cell differ.
    #[error(
        "{cell}: {what} differs from the rust-hdl simulation at clock {clock}, output {port}: {found}, not {expected}"
    )]
    Differs {
        /// Name of the cell.
        cell: String,
        /// Which description.
        what: &'static str,
        /// Clock, from 0.
        clock: usize,
        /// Name of the output.
        port: String,
        /// Value in the simulation.
        expected: String,
        /// Value found.
        found: String,
    },
}

/// What a passed cross-check compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Clocks simulated.
    pub clocks: usize,
    /// Output values compared, over all descriptions.
    pub values: usize,
}

/// Pseudo-random values for `ports` over `clocks` clocks; one in four is a corner (0, 1, all ones, top bit).
///
/// The same seed gives the same values.
pub fn random_stimuli(ports: &[Port], clocks: usize, seed: u64) -> Vec<Values> {
    let mut state = seed;
    let mut draw = move || {
        // splitmix64 (Steele, Lea, Flood 2014)
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let mut value = |port: &Port| {
        let all = if port.width >= 64 { u64::MAX } else { (1 << port.width) - 1 };
        match draw() & 15 {
            0 => 0,
            1 => all,
            2 => 1,
            3 => 1 << (port.width - 1),
            _ => draw() & all,
        }
    };
    (0..clocks).map(|_| ports.iter().map(&mut value).collect()).collect()
}

/// Outputs of the rust-hdl simulation, one row per clock. The cell is connected here.
pub fn run_rust<C: CellPorts>(cell: &mut C, stimuli: &[Values]) -> Vec<Values> {
    cell.connect_all();
    let mut rows = Vec::with_capacity(stimuli.len());
    for values in stimuli {
        cell.drive(values);
        settle(cell);
        rows.push(cell.read());
        for level in [true, false] {
            if let Some(clock) = cell.clock() {
                clock.next = level.into();
                settle(cell);
            }
        }
    }
    rows
}

/// Emits a fresh cell with our back end; the cell is connected here.
pub fn our_verilog<C: CellPorts>(cell: &mut C, top: &str) -> Result<VerilogDesign, EmitError> {
    cell.connect_all();
    emit(cell, &EmitOptions::new(top))
}

/// Checks that rust-hdl simulation, our Verilog and stock Verilog (both in Icarus) agree on all outputs.
///
/// `make` builds a fresh cell, since simulating changes one.
pub fn check_cell<C: CellPorts>(
    name: &str,
    make: impl Fn() -> C,
    stimuli: &[Values],
) -> Result<Compared, CrosscheckError> {
    let mut compared = check_cell_without_stock(name, &make, stimuli)?;
    let mut cell = make();
    let expected = run_rust(&mut cell, stimuli);
    let mut fresh = make();
    fresh.connect_all();
    let stock = stock_verilog(&fresh);
    let rows = run_icarus(&verilog_testbench(&cell, "top", true), &stock, stimuli, &cell.inputs())?;
    compared.values += compare(name, "stock Verilog in Icarus", &cell.outputs(), &expected, &rows)?;
    Ok(compared)
}

/// Like [`check_cell`] without stock Verilog, for constructs that stock emission is known to miscompile.
pub fn check_cell_without_stock<C: CellPorts>(
    name: &str,
    make: impl Fn() -> C,
    stimuli: &[Values],
) -> Result<Compared, CrosscheckError> {
    let mut cell = make();
    let expected = run_rust(&mut cell, stimuli);
    let top = "cell_under_test";
    let design = our_verilog(&mut make(), top)?;
    let bench = verilog_testbench(&cell, top, false);
    let rows = run_icarus(&bench, &design.concatenated(), stimuli, &cell.inputs())?;
    let values = compare(name, "our Verilog in Icarus", &cell.outputs(), &expected, &rows)?;
    Ok(Compared { clocks: stimuli.len(), values })
}

/// Compares rows of outputs as printed (hexadecimal, `x` for unknown bits) with those of the simulation.
pub fn compare(
    cell: &str,
    what: &'static str,
    ports: &[Port],
    expected: &[Values],
    found: &[Vec<String>],
) -> Result<usize, CrosscheckError> {
    let mut values = 0;
    for clock in 0..expected.len().max(found.len()) {
        for (at, port) in ports.iter().enumerate() {
            let want = expected.get(clock).map(|row| format!("{:x}", row[at]));
            let have = found.get(clock).and_then(|row| row.get(at)).map(|text| {
                u64::from_str_radix(text, 16).map_or_else(|_| text.clone(), |value| format!("{value:x}"))
            });
            if want != have || want.is_none() {
                let or_none = |v: Option<String>| v.unwrap_or_else(|| "nothing".into());
                return Err(CrosscheckError::Differs {
                    cell: cell.into(),
                    what,
                    clock,
                    port: port.name.clone(),
                    expected: or_none(want),
                    found: or_none(have),
                });
            }
            values += 1;
        }
    }
    Ok(values)
}
