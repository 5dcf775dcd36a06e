// SPDX-License-Identifier: MIT OR Apache-2.0
// A hand-written stand-in for a core: known values on every observed port, four registers on the bus. It tests the harness,
// not a machine. A write of n to register 0 makes it show n updates.
`default_nettype none
module stub_core (
    input  wire        clock,
    input  wire        reset,
    input  wire        bus_write,
    input  wire        bus_read,
    input  wire [15:0] bus_address,
    input  wire [31:0] bus_write_data,
    output reg         bus_ready,
    output reg  [31:0] bus_read_data,
    output reg  [1:0]  bus_status,
    input  wire        count_frame_crc,
    input  wire        count_frame_format,
    input  wire        count_frame_timeout,
    input  wire        count_uart,
    output wire        observe_valid,
    output wire        observe_start,
    output wire [31:0] observe_sweep,
    output wire [1:0]  observe_slot,
    output wire [0:0]  observe_replica,
    output wire        observe_retained,
    output wire [1:0]  observe_spin,
    output wire signed [4:0]  observe_field_0,
    output wire signed [4:0]  observe_field_1,
    output wire [7:0]  observe_draw_0,
    output wire [7:0]  observe_draw_1,
    output wire signed [11:0] observe_sum_0,
    output wire signed [11:0] observe_sum_1,
    output wire        observe_swap
);
    reg [31:0] words [0:3];
    reg [31:0] left, shown;
    wire strobe = (bus_write | bus_read) & ~bus_ready;
    integer i;
    always @(posedge clock) begin
        bus_ready <= strobe;
        bus_status <= bus_address >= 16'd4 ? 2'd1 : 2'd0;
        bus_read_data <= bus_address == 16'd1 ? left : words[bus_address[1:0]];
        if (left != 0) begin
            left <= left - 1;
            shown <= shown + 1;
        end
        if (strobe & bus_write & bus_address < 16'd4) begin
            words[bus_address[1:0]] <= bus_write_data;
            if (bus_address == 0) begin
                left <= bus_write_data;
                shown <= 0;
            end
        end
        if (reset) begin
            left <= 0;
            shown <= 0;
            bus_ready <= 0;
            for (i = 0; i < 4; i = i + 1) words[i] <= 0;
        end
    end
    assign observe_valid = left != 0;
    assign observe_start = shown < 4;
    assign observe_sweep = shown / 4;
    assign observe_slot = shown[1:0];
    assign observe_replica = 1'b0;
    assign observe_retained = shown[1] & ~observe_start;
    assign observe_spin = shown[1:0] ^ 2'b10;
    assign observe_field_0 = -shown[4:0];
    assign observe_field_1 = shown[4:0];
    assign observe_draw_0 = shown[7:0];
    assign observe_draw_1 = ~shown[7:0];
    assign observe_sum_0 = -shown[11:0];
    assign observe_sum_1 = {shown[10:0], 1'b1};
    assign observe_swap = left == 1;
    wire unused = &{count_frame_crc, count_frame_format, count_frame_timeout, count_uart, bus_address[15:2], 1'b0};
endmodule
`default_nettype wire
