// Properties of bank_manager, proven by temporal induction for all inputs of all clocks (hdl/tests/host_port/formal.rs).
`default_nettype none
module bank_properties (
  input wire clock, input wire reset, input wire swap, input wire roll_back, input wire cancel,
  input wire [5:0] target_coupling, input wire [5:0] target_bias, input wire idle, input wire swap_take,
  input wire [31:0] sweep_number, input wire [5:0] load_bank, input wire load_bias, input wire load_begin, input wire load_commit
);
  wire swap_refused, active_valid, load_exists, load_valid, load_in_use, swap_pending;
  wire [1:0] active_coupling, previous_coupling;
  wire [2:0] active_bias, previous_bias;
  wire [2:0] coupling_valid;
  wire [4:0] bias_valid;
  wire [31:0] swap_sweep, swap_count;
  bank_manager dut (
    .clock(clock), .reset(reset), .swap(swap), .roll_back(roll_back), .cancel(cancel), .target_coupling(target_coupling),
    .target_bias(target_bias), .idle(idle), .swap_take(swap_take), .sweep_number(sweep_number), .load_bank(load_bank),
    .load_bias(load_bias), .load_begin(load_begin), .load_commit(load_commit), .swap_refused(swap_refused),
    .active_valid(active_valid), .load_exists(load_exists), .load_valid(load_valid), .load_in_use(load_in_use),
    .swap_pending(swap_pending), .active_coupling(active_coupling), .active_bias(active_bias),
    .previous_coupling(previous_coupling), .previous_bias(previous_bias), .coupling_valid(coupling_valid),
    .bias_valid(bias_valid), .swap_sweep(swap_sweep), .swap_count(swap_count)
  );

  // What was true in the last clock; nothing is claimed in the first.
  reg running = 0, was_reset, was_boundary, was_pending, was_swap, was_refused, was_commit, was_bias;
  reg [5:0] was_bank;
  reg [4:0] was_active;
  reg [7:0] was_valid;
  reg [31:0] was_count, was_sweep;
  wire [4:0] active = {active_coupling, active_bias};
  wire [4:0] previous = {previous_coupling, previous_bias};
  wire [7:0] valid = {coupling_valid, bias_valid};
  wire [7:0] named = was_bias ? (8'd1 << was_bank) & 8'h1f : (8'd32 << was_bank) & 8'he0;
  always @(posedge clock) begin
    running <= 1;
    was_reset <= reset;
    was_boundary <= swap_take || idle;
    was_pending <= swap_pending;
    was_swap <= swap;
    was_refused <= swap_refused;
    was_commit <= load_commit;
    was_bias <= load_bias;
    was_bank <= load_bank;
    was_active <= active;
    was_valid <= valid;
    was_count <= swap_count;
    was_sweep <= sweep_number;
  end
  always @(*) begin
    if (running && !was_reset) begin
      // The active pair changes only at a boundary, and only when a swap was pending; the old pair becomes the previous one.
      if (active != was_active) assert (was_boundary && was_pending);
      if (swap_count != was_count) assert (was_boundary && was_pending && (previous == was_active) && (swap_sweep == was_sweep));
      // A pending swap that meets a boundary is taken.
      if (was_boundary && was_pending) assert (swap_count == was_count + 32'd1);
      // A swap becomes pending only by a command that was not refused.
      if (swap_pending && !was_pending) assert (was_swap && !was_refused);
      // A bank becomes valid only by a commit that names it.
      assert ((valid & ~was_valid & ~(was_commit ? named : 8'd0)) == 8'd0);
    end
    if (running && was_reset) assert ((valid == 8'd0) && (active == 5'd0) && !swap_pending);
    // What is refused: a target that does not exist or is not valid.
    if (!swap_refused && !roll_back) assert ((target_coupling < 6'd3) && (target_bias < 6'd5)
      && |((8'd32 << target_coupling) & valid) && |((8'd1 << target_bias) & valid) && !swap_pending);
  end
endmodule
`default_nettype wire
