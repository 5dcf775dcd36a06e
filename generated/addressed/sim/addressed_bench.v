// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by spinwright generate; changes will be lost.
//
// addressed_bench: Reads the first register of the machine through its port.
`timescale 1ns / 1ps
`default_nettype none

module addressed_bench;
  reg clock = 1'b0;
  always #5 clock = !clock;
  reg reset = 1'b1;

  localparam BIT = 12;
  localparam [79:0] REQUEST = 80'h5a0107010000238c5767;
  localparam [95:0] RESPONSE = 96'ha500070152575053706427fd;
  reg uart_rx = 1'b1;
  wire uart_tx;
  wire busy;
  addressed_top machine (.clock(clock), .reset(reset), .uart_rx(uart_rx), .uart_tx(uart_tx), .busy(busy));

  // Characters of the answer, each bit taken in its middle.
  reg [95:0] answer = 0;
  integer answered = 0;
  reg [7:0] character;
  integer bit_in;
  always begin
    @(negedge uart_tx);
    repeat (BIT / 2) @(posedge clock);
    for (bit_in = 0; bit_in < 8; bit_in = bit_in + 1) begin
      repeat (BIT) @(posedge clock);
      #1 character[bit_in] = uart_tx;
    end
    repeat (BIT) @(posedge clock);
    answer = {answer[87:0], character};
    answered = answered + 1;
  end

  integer byte_out, bit_out;
  reg [9:0] frame;

  initial begin
    repeat (20) @(posedge clock);
    #1 reset = 1'b0;
    repeat (20) @(posedge clock);
    for (byte_out = 9; byte_out >= 0; byte_out = byte_out - 1) begin
      frame = {1'b1, REQUEST[8 * byte_out +: 8], 1'b0};
      for (bit_out = 0; bit_out < 10; bit_out = bit_out + 1) begin
        uart_rx = frame[bit_out];
        repeat (BIT) @(posedge clock);
      end
    end
    wait (answered == 12);
    if (answer !== RESPONSE) $fatal(1, "%h instead of %h", answer, RESPONSE);
    $display("addressed: passed");
    $finish;
  end

  initial begin
    repeat (1000000) @(posedge clock);
    $fatal(1, "addressed: no answer");
  end
endmodule

`default_nettype wire
