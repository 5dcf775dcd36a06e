//! Rules of AXI4-Lite, Wishbone and AXI4-Stream, for all inputs of all clocks, by temporal induction (yosys's own SAT solver).

use spinwright_hdl::bus::{AxiLitePort, StreamPort, StreamShape, WishbonePort};
use spinwright_hdl::crosscheck::our_verilog;
use std::process::Command;

/// A port and the lines that judge it.
struct Rules {
    module: &'static str,
    text: String,
    rules: &'static str,
    /// Clocks of the induction's base and step, at most.
    longest: usize,
}

fn axi_lite() -> Rules {
    let design =
        our_verilog(&mut AxiLitePort::with_widths(2, 2), "axi_lite_port").unwrap_or_else(|e| panic!("{e}"));
    Rules {
        module: "axi_lite_port",
        text: design.concatenated(),
        rules: include_str!("axi_lite_rules.sv"),
        longest: 10,
    }
}

fn wishbone() -> Rules {
    let design =
        our_verilog(&mut WishbonePort::with_widths(2, 2), "wishbone_port").unwrap_or_else(|e| panic!("{e}"));
    Rules {
        module: "wishbone_port",
        text: design.concatenated(),
        rules: include_str!("wishbone_rules.sv"),
        longest: 10,
    }
}

fn stream() -> Rules {
    let shape = StreamShape { input: [(16, 2), (32, 1)], result: [(48, 1), (64, 1)] };
    let design =
        our_verilog(&mut StreamPort::with_width(&shape, 2), "stream_port").unwrap_or_else(|e| panic!("{e}"));
    Rules {
        module: "stream_port",
        text: design.concatenated(),
        rules: include_str!("stream_rules.sv"),
        longest: 12,
    }
}

impl Rules {
    /// Whether the rules hold of this text of the port; else what yosys says.
    fn hold(&self, text: &str) -> Result<(), String> {
        let at = text.rfind("endmodule").expect("a module");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let whole = format!("{}{}{}", &text[..at], self.rules, &text[at..]);
        std::fs::write(folder.path().join("port.sv"), whole).expect("the port is written");
        let (module, longest) = (self.module, self.longest);
        let script = format!(
            "read_verilog -sv -formal port.sv; prep -top {module}; chformal -early; \
             sat -tempinduct -prove-asserts -set-assumes -maxsteps {longest} -verify {module}"
        );
        let output = Command::new("yosys").args(["-p", &script]).current_dir(folder.path()).output();
        let output = output.expect("`yosys` runs\n  help: apt-get install --no-install-recommends yosys");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            assert!(
                said.contains("Induction step proven: SUCCESS!"),
                "{}",
                &said[said.len().saturating_sub(2000)..]
            );
            return Ok(());
        }
        // Nothing but a failed proof counts as one.
        assert!(complaints.contains("proof did fail"), "{module}: {complaints}");
        Err(complaints)
    }

    /// Every one of these faults must break a rule.
    fn see(&self, faults: &[(&str, &str)]) {
        for (right, wrong) in faults {
            let spoiled = self.text.replacen(right, wrong, 1);
            assert_ne!(self.text, spoiled, "{}: `{right}` is not in its text", self.module);
            assert!(self.hold(&spoiled).is_err(), "{}: `{wrong}` for `{right}` breaks no rule", self.module);
        }
    }
}

#[test]
fn axi4_lite_keeps_its_rules() {
    let port = axi_lite();
    port.hold(&port.text).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn wishbone_keeps_its_rules() {
    let port = wishbone();
    port.hold(&port.text).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn axi4_stream_keeps_its_rules() {
    let port = stream();
    port.hold(&port.text).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn faults_break_the_rules_of_axi4_lite() {
    axi_lite().see(&[
        // An answer is withdrawn before it is taken; a ready that lies; a request overwritten while it is held.
        ("if (rready) begin", "if (1'b1) begin"),
        ("assign awready = !write_address_held", "assign awready = 1'b1"),
        ("if (awvalid && (!write_address_held)) begin", "if (awvalid) begin"),
        // An access without data, with a part of a word, with the error kept silent, over an answer that waits.
        ("write_address_held && write_data_held", "write_address_held || write_data_held"),
        ("if (strobe == all_strobes) begin", "if (|strobe) begin"),
        ("write_response <= slave_error", "write_response <= okay"),
        ("&& (!write_answered)", ""),
        // Writes that wait for reads without end; another register's word.
        ("&& (!read_answered)", ""),
        ("read_data <= bus_read_data", "read_data <= write_data"),
    ]);
}

#[test]
fn faults_break_the_rules_of_wishbone() {
    wishbone().see(&[
        // An end outside its cycle; one that belongs to a request which was given up; two ends for one request.
        ("ack_register && request", "ack_register"),
        ("(wanted && request) && (!(|bus_status))", "request && (!(|bus_status))"),
        ("wanted <= wanted && request", "wanted <= wanted"),
        ("(request && (!ack_register))", "request"),
        // Writes of a part of a word; reads refused for it; another register; another word.
        ("ack_register <= !(|sel)", "ack_register <= 1'b1"),
        ("if (we && (sel != all_lanes)) begin", "if (sel != all_lanes) begin"),
        ("address <= adr", "address <= address"),
        ("data <= bus_read_data", "data <= data"),
    ]);
}

#[test]
fn faults_break_the_rules_of_axi4_stream() {
    let faults = [
        // A result that is withdrawn; words taken while there is no room; one that is written to another place; a command without an end.
        ("if (out_ready) begin", "if (1'b1) begin"),
        ("assign in_ready = state == StreamState_Take", "assign in_ready = 1'b1"),
        ("if (next_count == first_inputs) begin", "if (1'b0) begin"),
        ("if (next_count != all_inputs) begin", "if (1'b0) begin"),
        // The stream's answer given to the host; a host that waits for ever.
        ("assign host_ready = (active && (!mine)) && bus_ready", "assign host_ready = active && bus_ready"),
        ("(turn || (!host_wants))", "1'b1"),
        ("turn <= !mine", "turn <= 1'b1"),
        // Lengths; refusals kept silent; results of a run that goes on.
        ("last <= in_last", "last <= 1'b0"),
        ("if (count == all_inputs) begin", "if (count == first_inputs) begin"),
        ("if (|bus_status) begin", "if (1'b0) begin"),
        ("if (done && (!bus_read_data[0])) begin", "if (done) begin"),
        // Results: their end, their words, their places; an error that stays; an access that goes on in a reset.
        ("last <= next_count == all_results", "last <= next_count == first_results"),
        ("word <= bus_read_data", "word <= bus_read_data + 2'd1"),
        ("address <= result_address", "address <= address"),
        ("error <= 1'b0;\n            state", "state"),
        ("active <= 1'b0;\n        turn", "turn"),
    ];
    let shown = if cfg!(feature = "full") { faults.len() } else { 5 };
    stream().see(&faults[..shown]);
}
