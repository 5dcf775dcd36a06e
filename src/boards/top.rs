//! The thin top of a board, rendered as Verilog: clock, reset, LED, and the machine's top below.

use super::{Board, Pll, megahertz};
use crate::generated::Facts;

/// A rendered top.
#[derive(Debug, Clone)]
pub struct BoardTop {
    /// Its module, `<name>_board`.
    pub module: String,
    /// Its file.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// Renders the top of a machine on a board. `pll` makes the machine's clock; without it the oscillator does.
///
/// The reset ends 1,024 clocks after the configuration and the PLL's lock, and comes again while the button is pressed.
pub fn board_top(board: &Board, machine: &Facts, pll: Option<&Pll>) -> BoardTop {
    let (name, title) = (machine.name, board.title);
    let module = format!("{name}_board");
    let hz = pll.map_or(board.oscillator_hz, |pll| pll.hz);
    let clocks = format!("oscillator {} MHz, machine {} MHz", megahertz(board.oscillator_hz), megahertz(hz));
    let clocking = match pll {
        Some(pll) => pll.verilog(board.oscillator_hz),
        None => "  assign machine_clock = clock;\n  assign locked = 1'b1;\n".to_owned(),
    };
    let (port, pressed, until) = match board.button {
        Some(button) => (
            "  input  wire button,\n",
            if button.on { "button" } else { "!button" },
            ", and again while the button is pressed",
        ),
        None => ("", "1'b0", ""),
    };
    let lit = if board.led.on { "running" } else { "!running" };
    let top = machine.top;
    let text = format!(
        "// SPDX-License-Identifier: MIT OR Apache-2.0\n\
         // Written by spinwright synth; changes will be lost.\n\
         // Machine {name}, hash {hash}.\n\
         // {title}: {clocks}.\n\
         //\n\
         // {module}: Clock, reset and pins of the board, and the machine.\n\
         `default_nettype none\n\n\
         module {module} (\n  input  wire clock,\n{port}  input  wire uart_rx,\n  output wire uart_tx,\n  output wire busy\n);\n  \
         wire machine_clock;\n  wire locked;\n\n{clocking}\n  \
         // Reset: until 1024 clocks after the clock has settled{until}. Registers start at 0.\n  \
         reg [1:0] hold = 2'b00;\n  reg [9:0] settle = 10'd0;\n  reg ready = 1'b0;\n  \
         always @(posedge machine_clock) begin\n    hold <= {{hold[0], !locked || {pressed}}};\n    \
         if (hold[1]) settle <= 10'd0;\n    else if (!(&settle)) settle <= settle + 10'd1;\n    \
         ready <= &settle;\n  end\n\n  \
         wire running;\n  assign busy = {lit};\n\n  \
         {top} machine (\n    .clock(machine_clock),\n    .reset(!ready),\n    .uart_rx(uart_rx),\n    \
         .uart_tx(uart_tx),\n    .busy(running)\n  );\nendmodule\n\n`default_nettype wire\n",
        hash = machine.machine_hash,
    );
    BoardTop { file: format!("{module}.v"), module, text }
}
