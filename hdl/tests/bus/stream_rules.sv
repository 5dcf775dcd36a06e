  // Rules of AXI4-Stream (ARM IHI 0051, 2.2) and of our port, proven by temporal induction for all inputs of all clocks
  // (hdl/tests/bus/formal.rs). These lines stand at the end of the port's module, so that the induction knows its registers.
  // Packets of 2 + 1 words in at 16 and 32, of 1 + 1 words out at 48 and 64.

  localparam DATA = $bits(in_data), INPUTS = 3, RESULTS = 2;
  reg running = 0, was_reset;
  reg was_in_valid, was_in_ready, was_in_last, was_out_valid, was_out_ready, was_out_last, was_out_error;
  reg was_write, was_read, was_done, was_host_write, was_host_read, was_host_ready;
  reg [DATA-1:0] was_in_data, was_out_data, was_bus_data, was_host_data;
  reg [15:0] was_address, was_host_address;
  always @(posedge clock) begin
    running <= 1;
    was_reset <= reset;
    {was_in_valid, was_in_ready, was_in_last, was_in_data} <= {in_valid, in_ready, in_last, in_data};
    {was_out_valid, was_out_ready, was_out_last, was_out_error, was_out_data} <= {out_valid, out_ready, out_last, out_error, out_data};
    {was_write, was_read, was_done, was_address, was_bus_data} <= {bus_write, bus_read, bus_ready, bus_address, bus_write_data};
    {was_host_write, was_host_read, was_host_ready} <= {host_write, host_read, host_ready};
    {was_host_address, was_host_data} <= {host_address, host_write_data};
  end

  // The others keep their side: a sender its word, the host its access; the register bus answers only an access.
  always @(*) begin
    if (!running) assume (reset);
    if (reset) assume (!in_valid && !host_write && !host_read);
    if (running && !was_reset && !reset) begin
      if (was_in_valid && !was_in_ready) assume (in_valid && (in_data == was_in_data) && (in_last == was_in_last));
      if ((was_host_write || was_host_read) && !was_host_ready)
        assume ((host_write == was_host_write) && (host_read == was_host_read) && (host_address == was_host_address) && (host_write_data == was_host_data));
    end
    assume (!(host_write && host_read));
    assume (!bus_ready || bus_write || bus_read);
  end

  // Counted from the wires alone: the packet on its way, and what has been done for it.
  reg [2:0] taken = 0;       // words taken of the packet, at most one more than it may have
  reg [2:0] written = 0;     // of them written
  reg ended = 0;             // its last word was taken
  reg ran = 0, stopped = 0;  // a run was started; it was seen to have ended
  reg refusal = 0;
  reg [1:0] sent = 0;        // words of the results that were taken
  reg fetched = 0;           // a word of the results was read and not yet taken
  reg [DATA-1:0] seen_word, seen_result;
  wire own = mine && (bus_write || bus_read);
  wire in_now = in_valid && in_ready, out_now = out_valid && out_ready;
  always @(posedge clock) begin
    if (in_now) begin
      if (taken != INPUTS + 1) taken <= taken + 3'd1;
      seen_word <= in_data;
      ended <= in_last;
    end
    if (own && bus_ready) begin
      if (bus_write && !ended || bus_write && written != taken) written <= written + 3'd1;
      else if (bus_write) begin
        ran <= bus_status == 0;
        refusal <= bus_status != 0;
      end else if (!stopped) stopped <= !bus_read_data[0];
      else {fetched, seen_result} <= {1'b1, bus_read_data};
    end
    if (out_now) begin
      sent <= sent + 2'd1;
      fetched <= 0;
      if (out_last) {taken, written, ended, ran, stopped, refusal, sent} <= 0;
    end
    if (reset) {taken, written, ended, ran, stopped, refusal, sent, fetched} <= 0;
  end
  wire [15:0] input_at = (written == 2) ? 16'd32 : 16'd16 + written;
  wire [15:0] result_at = (sent == 1) ? 16'd64 : 16'd48;

  always @(*) begin
    if (running) begin
      // Reset: nothing is offered, no access.
      if (was_reset) assert (!out_valid && !bus_write && !bus_read);
      if (!was_reset) begin
        // A word stays until it is taken, and does not change (2.2.1).
        if (was_out_valid && !was_out_ready)
          assert (out_valid && (out_data == was_out_data) && (out_last == was_out_last) && (out_error == was_out_error));
        // Nothing is taken behind a packet before its results have gone.
        if (in_ready) assert (!ended && !out_valid);
        // Results: the words of the machine, in order, the last one marked; errors: one word.
        if (out_valid && !out_error) assert (ran && stopped && fetched && (out_data == seen_result) && (out_last == (sent == RESULTS - 1)));
        if (out_valid && out_error) assert (ended && !ran && out_last && (sent == 0) && (out_data == (refusal ? 2 : 1)));
        // An error is said of packets of another length and of refused runs, and of no others.
        if (out_valid && out_error) assert (refusal || (taken != INPUTS));
        if (ran) assert ((taken == INPUTS) && (written == INPUTS) && ended);
        // The stream's accesses: every word that is taken once, at its place; then the command; then results at theirs.
        if (own && bus_write && (written != taken)) assert ((bus_write_data == seen_word) && (bus_address == input_at) && (written < INPUTS) && (taken == written + 1));
        if (own && bus_write && (written == taken)) assert ((bus_address == 16'h0100) && (bus_write_data == 1) && ended && !ran && (taken == INPUTS));
        if (own && bus_read && !stopped) assert ((bus_address == 16'h0101) && ran);
        if (own && bus_read && stopped) assert ((bus_address == result_at) && ran && !fetched);
        // The host's accesses pass as they are, and are answered when the register bus answers them.
        if (!mine && (bus_write || bus_read))
          assert ((bus_write == host_write) && (bus_read == host_read) && (bus_address == host_address) && (bus_write_data == host_write_data));
        if (host_ready) assert (!mine && bus_ready && (host_write || host_read));
        // One access at a time, steady until it is done, and a clock between two.
        assert (!(bus_write && bus_read));
        if ((was_write || was_read) && !was_done && !reset)
          assert ((bus_write == was_write) && (bus_read == was_read) && (bus_address == was_address) && (bus_read || bus_write_data == was_bus_data));
        if ((was_write || was_read) && was_done) assert (!bus_write && !bus_read);
        // The induction's own: what the port holds is what was counted.
        assert (state <= 3'd5);
        assert ((state == 0) == in_ready);
        if (state == 0) assert (!ended && (written == taken || taken == INPUTS + 1) && !ran && !stopped && !refusal && (sent == 0) && !fetched && !error && (count == written) && (written <= INPUTS));
        if (state == 0) assert ((written < INPUTS) ? (taken == written) && (address == input_at) : (taken >= INPUTS));
        if (state == 1) assert ((taken == written + 1) && (count == written) && (address == input_at) && (word == seen_word) && (last == ended) && (written < INPUTS) && !ran && !stopped && !refusal && (sent == 0) && !fetched && !error);
        if (state == 2) assert ((taken == INPUTS) && (written == INPUTS) && ended && last && !ran && !stopped && !refusal && (sent == 0) && !fetched && !error);
        if (state == 3) assert (ran && !stopped && (sent == 0) && !fetched && !refusal && !error && (count == 0) && (address == 16'd48));
        if (state == 4) assert (ran && stopped && !fetched && !refusal && !error && (count == sent) && (address == result_at) && (sent < RESULTS));
        if (state == 5) assert (error || (ran && stopped && fetched && !refusal && (count == sent + 1) && (word == seen_result) && (address == ((sent == 0) ? 16'd64 : address)) && (last == (sent == RESULTS - 1)) && (sent < RESULTS)));
        if (state == 5 && error) assert (ended && last && !ran && !stopped && !fetched && (sent == 0) && (taken <= INPUTS + 1) && (word == (refusal ? 2 : 1)) && (refusal ? taken == INPUTS : taken != INPUTS));
        if (active && mine) assert (state >= 1 && state <= 4);
        if (active && !mine && !reset) assert (host_write || host_read);
        if (ended) assert (state != 0);
        assert (taken <= INPUTS + 1 && written <= INPUTS);
      end
    end
  end

  // Nothing waits for ever. The register bus answers within 3 clocks here; a run is over when it is asked for the first time.
  reg [1:0] access_age = 0;
  reg [4:0] host_age = 0;
  always @(posedge clock) begin
    access_age <= ((bus_write || bus_read) && !bus_ready && !reset) ? access_age + 2'd1 : 2'd0;
    host_age <= ((host_write || host_read) && !host_ready && !reset) ? host_age + 5'd1 : 5'd0;
  end
  always @(*) begin
    assume (access_age != 2'd2 || !(bus_write || bus_read) || bus_ready);
    if (running && !was_reset) begin
      assert (access_age <= 2'd2);
      // Own access: a clock and three more. One of the stream's before it: as many. Two would be one too many.
      assert (host_age <= 5'd8);
    end
  end
