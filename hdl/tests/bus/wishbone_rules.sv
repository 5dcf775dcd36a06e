  // Rules of Wishbone B4, classic cycles, and of our port, proven by temporal induction for all inputs of all clocks
  // (hdl/tests/bus/formal.rs). These lines stand at the end of the port's module, so that the induction knows its registers.

  localparam ADDRESS = $bits(adr), DATA = $bits(write_data);
  reg running = 0, was_reset, was_request, was_we, was_ended, was_write, was_read, was_done;
  reg [ADDRESS-1:0] was_adr, was_address;
  reg [DATA-1:0] was_data, was_bus_data;
  reg [3:0] was_sel;
  always @(posedge clock) begin
    running <= 1;
    {was_reset, was_request, was_we, was_ended} <= {reset, request, we, ack || err};
    {was_write, was_read, was_done} <= {bus_write, bus_read, bus_ready};
    {was_adr, was_data, was_sel} <= {adr, write_data, sel};
    {was_address, was_bus_data} <= {bus_address, bus_write_data};
  end

  // A request that goes on without an end is the same one (3.1.3); a master may give it up. The register bus answers only an
  // access, with one of its three codes.
  always @(*) begin
    if (!running) assume (reset);
    if (running && was_request && !was_ended && request && !was_reset)
      assume ((we == was_we) && (adr == was_adr) && (write_data == was_data) && (sel == was_sel));
    assume (!bus_ready || bus_write || bus_read);
    assume (bus_status != 2'd3);
  end

  // From the wires alone: the request that goes on, and what was done for it. An access that began for a request which was given up
  // is nobody's.
  reg owned = 0, done = 0;
  reg [1:0] status;
  reg [DATA-1:0] answer;
  always @(posedge clock) begin
    if (!request || ack || err) {owned, done} <= 0;
    else begin
      if (!(bus_write || bus_read)) owned <= 1;
      if ((bus_write || bus_read) && bus_ready && owned) {done, status, answer} <= {1'b1, bus_status, bus_read_data};
    end
    if (reset) {owned, done} <= 0;
  end

  always @(*) begin
    if (running) begin
      if (was_reset) assert (!ack && !err && !bus_write && !bus_read);
      // An end only inside its cycle (3.35), of one kind (3.45), for a request that stood in the clock before.
      if (ack || err) assert (request && was_request && !was_reset);
      assert (!(ack && err));
      // One end for a request: the clock behind it has none.
      if (was_ended) assert (!ack && !err);
      if (!was_reset) begin
        // An access ends with what its register said; a write of a part of a word has no access and ends with an error.
        if (ack && done) assert ((status == 0) && (we || (read_data == answer)));
        if (err && done) assert (status != 0);
        if ((ack || err) && !done) assert (we && (sel != 4'hf) && (ack == (sel == 0)));
        if (done && request && we) assert (sel == 4'hf);
        // The register bus: steady until it is done, one clock of rest behind it.
        assert (!(bus_write && bus_read));
        if ((was_write || was_read) && !was_done)
          assert ((bus_write == was_write) && (bus_read == was_read) && (bus_address == was_address) && (bus_write_data == was_bus_data));
        if ((was_write || was_read) && was_done) assert (!bus_write && !bus_read);
        // An access begins only for a request, asks for what that one asks, and is not made twice.
        if ((bus_write || bus_read) && !(was_write || was_read))
          assert (was_request && !was_ended && (bus_write == was_we) && (bus_address == was_adr) && (bus_write_data == was_data) && (was_sel == 4'hf || !was_we));
        if (bus_write || bus_read) assert (!done);
        // A request that has its access is the one whose access it is.
        if (owned && request && (bus_write || bus_read)) assert ((bus_write == we) && (bus_address == adr) && (bus_write_data == write_data));
        // The induction's own: what the port remembers.
        if (bus_write || bus_read) assert (!ack_register && !err_register && (wanted == owned));
        if (done) assert (ack_register == (status == 0) && err_register == (status != 0) && was_request);
        if (done && request && !we) assert (data == answer);
        if (ack_register || err_register) assert (was_request && owned);
        assert (!(ack_register && err_register));
        if ((ack_register || err_register) && !done) assert (was_we && (was_sel != 4'hf) && (ack_register == (was_sel == 0)));
        if ((ack_register || err_register) && done && was_we) assert (was_sel == 4'hf);
      end
    end
  end

  // Nothing waits for ever: with a register bus that answers within 3 clocks a request ends after 4, or after 7 behind an access
  // that was given up.
  reg [1:0] access_age = 0;
  reg [3:0] age = 0;
  always @(posedge clock) begin
    access_age <= ((bus_write || bus_read) && !bus_ready && !reset) ? access_age + 2'd1 : 2'd0;
    age <= (request && !ack && !err && !reset) ? age + 4'd1 : 4'd0;
  end
  always @(*) begin
    assume (access_age != 2'd2 || !(bus_write || bus_read) || bus_ready);
    if (running && !was_reset) begin
      assert (access_age <= 2'd2);
      assert (age <= 4'd7);
    end
  end
