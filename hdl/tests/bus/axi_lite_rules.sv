  // Rules of AXI4-Lite (ARM IHI 0022) and of our port, proven by temporal induction for all inputs of all clocks
  // (hdl/tests/bus/formal.rs). These lines stand at the end of the port's module, so that the induction knows its registers.

  // What was true in the last clock; nothing is claimed in the first, which is a reset (A3.1.2).
  localparam ADDRESS = $bits(bus_address), DATA = $bits(wdata);
  reg running = 0, was_reset;
  reg was_awvalid, was_awready, was_wvalid, was_wready, was_arvalid, was_arready;
  reg was_bvalid, was_bready, was_rvalid, was_rready, was_write, was_read, was_done;
  reg [ADDRESS+1:0] was_awaddr, was_araddr;
  reg [DATA-1:0] was_wdata, was_rdata, was_bus_data, was_answer;
  reg [3:0] was_wstrb;
  reg [1:0] was_bresp, was_rresp, was_status;
  reg [ADDRESS-1:0] was_address;
  always @(posedge clock) begin
    running <= 1;
    was_reset <= reset;
    {was_awvalid, was_awready, was_wvalid, was_wready} <= {awvalid, awready, wvalid, wready};
    {was_arvalid, was_arready} <= {arvalid, arready};
    {was_bvalid, was_bready, was_rvalid, was_rready} <= {bvalid, bready, rvalid, rready};
    {was_write, was_read, was_done} <= {bus_write, bus_read, bus_ready};
    {was_awaddr, was_araddr, was_wdata, was_wstrb} <= {awaddr, araddr, wdata, wstrb};
    {was_bresp, was_rresp, was_rdata} <= {bresp, rresp, rdata};
    {was_address, was_bus_data} <= {bus_address, bus_write_data};
    {was_status, was_answer} <= {bus_status, bus_read_data};
  end

  // The manager keeps its side (A3.2.1), the register bus answers only an access, with one of its three codes.
  always @(*) begin
    if (!running) assume (reset);
    if (reset) assume (!awvalid && !wvalid && !arvalid);
    if (running && !was_reset && !reset) begin
      if (was_awvalid && !was_awready) assume (awvalid && (awaddr == was_awaddr));
      if (was_wvalid && !was_wready) assume (wvalid && (wdata == was_wdata) && (wstrb == was_wstrb));
      if (was_arvalid && !was_arready) assume (arvalid && (araddr == was_araddr));
    end
    assume (!bus_ready || bus_write || bus_read);
    assume (bus_status != 2'd3);
  end

  // Counted from the wires alone: what was requested and not answered, and what has been done for it on the register bus.
  reg [1:0] addresses = 0, data = 0, reads = 0;
  reg [ADDRESS-1:0] seen_write_address, seen_read_address;
  reg [DATA-1:0] seen_write_data, seen_read_data;
  reg [3:0] seen_strobe;
  reg [1:0] seen_write_status, seen_read_status;
  reg seen_write_done = 0, seen_read_done = 0;
  always @(posedge clock) begin
    addresses <= addresses + {1'b0, awvalid && awready} - {1'b0, bvalid && bready};
    data <= data + {1'b0, wvalid && wready} - {1'b0, bvalid && bready};
    reads <= reads + {1'b0, arvalid && arready} - {1'b0, rvalid && rready};
    if (awvalid && awready) seen_write_address <= awaddr[ADDRESS+1:2];
    if (wvalid && wready) {seen_write_data, seen_strobe} <= {wdata, wstrb};
    if (arvalid && arready) seen_read_address <= araddr[ADDRESS+1:2];
    if (bvalid && bready) seen_write_done <= 0;
    if (rvalid && rready) seen_read_done <= 0;
    if (bus_write && bus_ready) {seen_write_done, seen_write_status} <= {1'b1, bus_status};
    if (bus_read && bus_ready) {seen_read_done, seen_read_status, seen_read_data} <= {1'b1, bus_status, bus_read_data};
    if (reset) {addresses, data, reads, seen_write_done, seen_read_done} <= 0;
  end
  reg [3:0] answered_strobe;
  always @(posedge clock) if (write_address_held && write_data_held && !bvalid) answered_strobe <= strobe;

  wire [1:0] write_code = {seen_write_status != 0, seen_write_status == 1}, read_code = {seen_read_status != 0, seen_read_status == 1};

  always @(*) begin
    if (running) begin
      // Reset: no answer, no access.
      if (was_reset) assert (!bvalid && !rvalid && !bus_write && !bus_read && awready && wready && arready);
      if (!was_reset) begin
        // An answer stays until it is taken, and does not change (A3.2.1).
        if (was_bvalid && !was_bready) assert (bvalid && (bresp == was_bresp));
        if (was_rvalid && !was_rready) assert (rvalid && (rresp == was_rresp) && (rdata == was_rdata));
        // An answer comes up only after its request was taken: write response behind address and data (A3.3.1).
        if (bvalid) assert ((addresses != 0) && (data != 0));
        if (rvalid) assert (reads != 0);
        // One answer for each: of a kind, one request is answered and one more is held, at most.
        assert (addresses == {1'b0, !awready} + {1'b0, bvalid});
        assert (data == {1'b0, !wready} + {1'b0, bvalid});
        assert (reads == {1'b0, !arready} + {1'b0, rvalid});
        // No exclusive access: EXOKAY does not exist in AXI4-Lite (B1.1.1).
        assert ((!bvalid || bresp != 2'b01) && (!rvalid || rresp != 2'b01));
        // The register bus: one access at a time, of a request that was taken, steady until it is done.
        assert (!(bus_write && bus_read));
        if (bus_write) assert (!bvalid && (addresses == 1) && (data == 1) && !seen_write_done);
        if (bus_read) assert (!rvalid && (reads == 1) && !seen_read_done);
        if ((was_write || was_read) && !was_done)
          assert ((bus_write == was_write) && (bus_read == was_read) && (bus_address == was_address) && (bus_read || bus_write_data == was_bus_data));
        if ((was_write || was_read) && was_done) assert (!bus_write && !bus_read);
        // It asks for what the manager asked for, and a write is of a whole word.
        if (bus_write) assert ((bus_address == seen_write_address) && (bus_write_data == seen_write_data) && (seen_strobe == 4'hf));
        if (bus_read) assert (bus_address == seen_read_address);
        // The answer is the register's.
        if (bvalid && seen_write_done) assert (bresp == write_code);
        if (rvalid) assert (seen_read_done && (rresp == read_code) && (rdata == ((seen_read_status == 0) ? seen_read_data : {DATA{1'b0}})));
        // Strobes: without all of them there is no access; none is fine, some are refused.
        if (bvalid && !seen_write_done) assert ((answered_strobe != 4'hf) && (bresp == ((answered_strobe == 0) ? 2'b00 : 2'b10)));
        if (bvalid && seen_write_done) assert (answered_strobe == 4'hf);
        // The induction's own: what the port holds is what came.
        assert (write_address_held == !awready && write_data_held == !wready && read_address_held == !arready);
        if (write_address_held) assert (write_address == seen_write_address);
        if (write_data_held) assert ((write_data == seen_write_data) && (strobe == seen_strobe));
        if (read_address_held) assert (read_address == seen_read_address);
        assert (state != 2'd3);
        if (!bvalid) assert (!seen_write_done);
        if (!rvalid) assert (!seen_read_done);
      end
    end
  end

  // Nothing waits for ever. The register bus answers within 3 clocks here; answers are taken at once.
  reg [1:0] access_age = 0;
  reg [4:0] write_age = 0, read_age = 0;
  wire write_is_due = (addresses != 0) && (data != 0) && !bvalid;
  wire read_is_due = (reads != 0) && !rvalid;
  always @(posedge clock) begin
    access_age <= ((bus_write || bus_read) && !bus_ready && !reset) ? access_age + 2'd1 : 2'd0;
    write_age <= (write_is_due && !reset) ? write_age + 5'd1 : 5'd0;
    read_age <= (read_is_due && !reset) ? read_age + 5'd1 : 5'd0;
  end
  always @(*) begin
    assume (access_age != 2'd2 || !(bus_write || bus_read) || bus_ready);
    if (running && !was_reset) begin
      assert (access_age <= 2'd2);
      // Own access: 1 + 3 clocks. One of the other kind before it: as many. Two would be one too many.
      assert ((write_age <= 5'd8) && (read_age <= 5'd8));
    end
  end
