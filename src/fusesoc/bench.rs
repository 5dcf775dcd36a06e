//! A bench that reads the machine's first register through its port: does it live?

use super::Machine;
use spinwright_contract::Port;

/// The request READ of `IDENT_MAGIC` with tag 7 and its answer: the example of the contract, section 12.
const REQUEST: &str = "5a0107010000238c5767";
const RESPONSE: &str = "a500070152575053706427fd";

impl Machine<'_> {
    /// The bench, Verilog with `$fatal` when the machine does not answer as it must.
    pub(super) fn bench(&self) -> String {
        let Self { name, top, .. } = self;
        let (wires, body) = match self.port {
            Port::Uart => {
                uart(top, ((self.timing.clock_hz + self.timing.baud / 2) / self.timing.baud).max(4))
            }
            Port::Axi4Lite => (AXI_WIRES.replace("TOP", top), AXI_BODY.to_owned()),
            Port::Spi => spi(top),
            // The streams are asked by a user's own bench: here the registers answer, with nothing on the streams.
            Port::Axi4Stream => (
                AXI_WIRES.replace("TOP", top).replace(
                    ".irq(irq)",
                    ".s_axis_tvalid(1'b0), .s_axis_tready(), .s_axis_tdata(32'd0), .s_axis_tlast(1'b0), .m_axis_tvalid(),\n    \
                     .m_axis_tready(1'b1), .m_axis_tdata(), .m_axis_tlast(), .m_axis_tuser(), .irq(irq)",
                ),
                AXI_BODY.to_owned(),
            ),
            Port::Wishbone => (WISHBONE_WIRES.replace("TOP", top), WISHBONE_BODY.to_owned()),
        };
        format!(
            "// SPDX-License-Identifier: MIT OR Apache-2.0\n// Written by spinwright generate; changes will be lost.\n//\n\
             // {name}_bench: Reads the first register of the machine through its port.\n`timescale 1ns / 1ps\n\
             `default_nettype none\n\nmodule {name}_bench;\n  reg clock = 1'b0;\n  always #5 clock = !clock;\n  reg reset = 1'b1;\n\
             {wires}\n  initial begin\n    repeat (20) @(posedge clock);\n    #1 reset = 1'b0;\n    repeat (20) @(posedge clock);\n\
             {body}    $display(\"{name}: passed\");\n    $finish;\n  end\n\n  initial begin\n    repeat (1000000) @(posedge clock);\n    \
             $fatal(1, \"{name}: no answer\");\n  end\nendmodule\n\n`default_nettype wire\n"
        )
    }
}

fn uart(top: &str, clocks: u64) -> (String, String) {
    let (sent, answered) = (REQUEST.len() / 2, RESPONSE.len() / 2);
    let wires = format!(
        "\n  localparam BIT = {clocks};\n  localparam [{}:0] REQUEST = {}'h{REQUEST};\n  localparam [{}:0] RESPONSE = {}'h{RESPONSE};\n  \
         reg uart_rx = 1'b1;\n  wire uart_tx;\n  wire busy;\n  \
         {top} machine (.clock(clock), .reset(reset), .uart_rx(uart_rx), .uart_tx(uart_tx), .busy(busy));\n\n  \
         // Characters of the answer, each bit taken in its middle.\n  reg [{}:0] answer = 0;\n  integer answered = 0;\n  \
         reg [7:0] character;\n  integer bit_in;\n  always begin\n    @(negedge uart_tx);\n    repeat (BIT / 2) @(posedge clock);\n    \
         for (bit_in = 0; bit_in < 8; bit_in = bit_in + 1) begin\n      repeat (BIT) @(posedge clock);\n      #1 character[bit_in] = uart_tx;\n    end\n    \
         repeat (BIT) @(posedge clock);\n    answer = {{answer[{}:0], character}};\n    answered = answered + 1;\n  end\n\n  \
         integer byte_out, bit_out;\n  reg [9:0] frame;\n",
        8 * sent - 1,
        8 * sent,
        8 * answered - 1,
        8 * answered,
        8 * answered - 1,
        8 * answered - 9
    );
    let body = format!(
        "    for (byte_out = {last}; byte_out >= 0; byte_out = byte_out - 1) begin\n      frame = {{1'b1, REQUEST[8 * byte_out +: 8], 1'b0}};\n      \
         for (bit_out = 0; bit_out < 10; bit_out = bit_out + 1) begin\n        uart_rx = frame[bit_out];\n        \
         repeat (BIT) @(posedge clock);\n      end\n    end\n    wait (answered == {answered});\n    \
         if (answer !== RESPONSE) $fatal(1, \"%h instead of %h\", answer, RESPONSE);\n",
        last = sent - 1
    );
    (wires, body)
}

const AXI_WIRES: &str = "
  reg awvalid = 1'b0, wvalid = 1'b0, bready = 1'b1, arvalid = 1'b0, rready = 1'b1;
  reg [17:0] address = 18'd0;
  reg [31:0] wdata = 32'd0;
  wire awready, wready, bvalid, arready, rvalid, irq, busy;
  wire [1:0] bresp, rresp;
  wire [31:0] rdata;
  TOP machine (
    .aclk(clock), .aresetn(!reset), .s_axi_awvalid(awvalid), .s_axi_awready(awready), .s_axi_awaddr(address),
    .s_axi_wvalid(wvalid), .s_axi_wready(wready), .s_axi_wdata(wdata), .s_axi_wstrb(4'hf), .s_axi_bvalid(bvalid),
    .s_axi_bready(bready), .s_axi_bresp(bresp), .s_axi_arvalid(arvalid), .s_axi_arready(arready), .s_axi_araddr(address),
    .s_axi_rvalid(rvalid), .s_axi_rready(rready), .s_axi_rdata(rdata), .s_axi_rresp(rresp), .irq(irq), .busy(busy)
  );

  // One access; the answer stands in rdata and rresp, or bresp, when it ends.
  task read(input [15:0] register, input [31:0] expected, input [1:0] response);
    begin
      address = {register, 2'b00};
      arvalid = 1'b1;
      @(posedge clock) #1;
      arvalid = 1'b0;
      while (!rvalid) @(posedge clock) #1;
      if (rdata !== expected || rresp !== response) $fatal(1, \"register %h: %h, %h\", register, rdata, rresp);
      @(posedge clock) #1;
    end
  endtask
  task write(input [15:0] register, input [31:0] value);
    begin
      address = {register, 2'b00};
      wdata = value;
      awvalid = 1'b1;
      wvalid = 1'b1;
      @(posedge clock) #1;
      awvalid = 1'b0;
      wvalid = 1'b0;
      while (!bvalid) @(posedge clock) #1;
      if (bresp !== 2'b00) $fatal(1, \"register %h: %h\", register, bresp);
      @(posedge clock) #1;
    end
  endtask
";
const AXI_BODY: &str = "    #1 read(16'h0000, 32'h53505752, 2'b00);
    read(16'h0600, 32'd0, 2'b11);
    write(16'h0500, 32'd1);
    read(16'h0500, 32'd1, 2'b00);
";

const WISHBONE_WIRES: &str = "
  reg cyc = 1'b0, we = 1'b0;
  reg [15:0] address = 16'd0;
  reg [31:0] data = 32'd0;
  wire ack, err, irq, busy;
  wire [31:0] read_data;
  TOP machine (
    .wb_clk_i(clock), .wb_rst_i(reset), .wb_cyc_i(cyc), .wb_stb_i(cyc), .wb_we_i(we), .wb_adr_i(address), .wb_dat_i(data),
    .wb_sel_i(4'hf), .wb_dat_o(read_data), .wb_ack_o(ack), .wb_err_o(err), .irq(irq), .busy(busy)
  );

  // One access.
  task access(input writing, input [15:0] register, input [31:0] value, input good);
    begin
      address = register;
      data = value;
      we = writing;
      cyc = 1'b1;
      @(posedge clock) #1;
      while (!ack && !err) @(posedge clock) #1;
      if (ack !== good || (good && !writing && read_data !== value)) $fatal(1, \"register %h: %h\", register, read_data);
      @(posedge clock) #1;
      cyc = 1'b0;
      @(posedge clock) #1;
    end
  endtask
";
const WISHBONE_BODY: &str = "    #1 access(1'b0, 16'h0000, 32'h53505752, 1'b1);
    access(1'b0, 16'h0600, 32'd0, 1'b0);
    access(1'b1, 16'h0500, 32'd1, 1'b1);
    access(1'b0, 16'h0500, 32'd1, 1'b1);
";

/// A master with half periods of four clocks, which asks until the answer begins.
fn spi(top: &str) -> (String, String) {
    let (sent, answered) = (REQUEST.len() / 2, RESPONSE.len() / 2);
    let wires = SPI_WIRES
        .replace("TOP", top)
        .replace("SENT", &(8 * sent).to_string())
        .replace("ANSWERED", &(8 * answered).to_string())
        .replace("REQUEST_BYTES", &format!("h{REQUEST}"))
        .replace("RESPONSE_BYTES", &format!("h{RESPONSE}"));
    let body = format!(
        "    for (number = {}; number >= 0; number = number - 1) begin\n      exchange(REQUEST[8 * number +: 8]);\n      \
         if (received !== 8'h00) $fatal(1, \"%h before the answer\", received);\n    end\n    \
         while (received === 8'h00) exchange(8'h00);\n    answer = {{answer, received}};\n    \
         repeat ({}) begin\n      exchange(8'h00);\n      answer = {{answer, received}};\n    end\n    \
         if (answer !== RESPONSE) $fatal(1, \"%h instead of %h\", answer, RESPONSE);\n",
        sent - 1,
        answered - 1
    );
    (wires, body)
}

const SPI_WIRES: &str = "
  localparam [SENT-1:0] REQUEST = SENT'REQUEST_BYTES;
  localparam [ANSWERED-1:0] RESPONSE = ANSWERED'RESPONSE_BYTES;
  reg sck = 1'b0, cs_n = 1'b1, mosi = 1'b0;
  wire miso, busy;
  TOP machine (
    .clock(clock), .reset(reset), .spi_sck(sck), .spi_cs_n(cs_n), .spi_mosi(mosi), .spi_miso(miso), .busy(busy)
  );

  reg [ANSWERED-1:0] answer = 0;
  reg [7:0] received;
  integer number, bit_number;

  // One byte each way, mode 0, with CS_N of its own.
  task exchange(input [7:0] value);
    begin
      cs_n = 1'b0;
      repeat (4) @(posedge clock);
      for (bit_number = 7; bit_number >= 0; bit_number = bit_number - 1) begin
        mosi = value[bit_number];
        repeat (4) @(posedge clock);
        #1 sck = 1'b1;
        received[bit_number] = miso;
        repeat (4) @(posedge clock);
        #1 sck = 1'b0;
      end
      repeat (4) @(posedge clock);
      #1 cs_n = 1'b1;
      repeat (4) @(posedge clock);
    end
  endtask
";
