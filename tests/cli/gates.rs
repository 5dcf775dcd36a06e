//! A patched bitstream turned back into gates and simulated: part of `./test --full`.

use crate::bitstream::placed;
use crate::support::{json, read, run, succeeds, write};
use spinwright_contract::{Start, ValidConfig};
use spinwright_reference::stream::LaneStreams;
use spinwright_sim::host::{Client, FramedPort, Port, PortError};
use spinwright_sim::loader::{RunInput, RunSetup};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A serial line to a simulation: `s` sends the byte that follows in hexadecimal digits, `r` waits at most so many clocks for a byte.
const BENCH: &str = r#"`timescale 1ns/1ns
module bench;
  reg clock = 1'b0, uart_rx = 1'b1;
  wire uart_tx, busy;
  tiny_gates gates (.clock(clock), .uart_rx(uart_rx), .uart_tx(uart_tx), .busy(busy), .button(1'b1));
  always #1 clock = !clock;
  localparam BIT = 12;
  // Received characters wait in a queue.
  reg [7:0] queue [0:1023];
  integer head = 0, tail = 0, n;
  reg [7:0] got;
  always begin
    @(negedge uart_tx);
    repeat (BIT + BIT / 2) @(posedge clock);
    for (n = 0; n < 8; n = n + 1) begin
      got[n] = uart_tx;
      repeat (BIT) @(posedge clock);
    end
    queue[head] = got;
    head = (head + 1) % 1024;
  end
  integer command, value, count, k;
  initial begin
    repeat (4000) @(posedge clock);
    command = $fgetc('h8000_0000);
    while (command != -1) begin
      if (command == "s") begin
        count = $fscanf('h8000_0000, "%h", value);
        uart_rx = 1'b0;
        repeat (BIT) @(posedge clock);
        for (k = 0; k < 8; k = k + 1) begin
          uart_rx = value >> k;
          repeat (BIT) @(posedge clock);
        end
        uart_rx = 1'b1;
        repeat (BIT) @(posedge clock);
      end
      if (command == "r") begin
        count = $fscanf('h8000_0000, "%h", value);
        k = 0;
        while (head == tail && k < value) begin
          @(posedge clock);
          k = k + 1;
        end
        if (head == tail) $display("none");
        else begin
          $display("%h", queue[tail]);
          tail = (tail + 1) % 1024;
        end
        $fflush;
      end
      command = $fgetc('h8000_0000);
    end
    $finish;
  end
endmodule
"#;

/// Clocks of a character at the machine's default baud rate.
const CHARACTER: u32 = 120;

struct Gates {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Gates {
    fn byte(&mut self, clocks: u32) -> Result<Option<u8>, PortError> {
        let failed = |error: std::io::Error| PortError::Io(error.to_string());
        writeln!(self.input, "r{clocks:x}").and_then(|()| self.input.flush()).map_err(failed)?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(failed)?;
        match line.trim() {
            "none" => Ok(None),
            text => u8::from_str_radix(text, 16)
                .map(Some)
                .map_err(|_| PortError::Io(format!("the simulation said `{text}`"))),
        }
    }
}

impl Port for Gates {
    fn send(&mut self, bytes: &[u8]) -> Result<(), PortError> {
        let text: String = bytes.iter().map(|byte| format!("s{byte:x}\n")).collect();
        self.input.write_all(text.as_bytes()).map_err(|error| PortError::Io(error.to_string()))
    }

    fn receive(&mut self, count: usize, characters: u32) -> Result<Vec<u8>, PortError> {
        let mut received = vec![];
        while received.len() < count {
            match self.byte(characters * CHARACTER)? {
                Some(byte) => received.push(byte),
                None => return Err(PortError::Timeout { characters, received: received.len() }),
            }
        }
        Ok(received)
    }

    fn drain(&mut self, characters: u32) -> Result<(), PortError> {
        while self.byte(characters * CHARACTER)?.is_some() {}
        Ok(())
    }
}

fn tool(at: &Path, program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).current_dir(at).args(arguments).output().expect(program);
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Bitstream to Verilog, and that running; its pins are those of the folder `made`.
fn gates(at: &Path, made: &str, bitstream: &str) -> Gates {
    tool(at, "iceunpack", &[bitstream, "gates.asc"]);
    // icebox_vlog knows no options of `set_io`.
    let pins = String::from_utf8(read(at, &format!("{made}/icebreaker.pcf"))).expect("text");
    write(at, "gates.pcf", pins.replace("-pullup yes ", ""));
    let verilog = tool(at, "icebox_vlog", &["-s", "-l", "-n", "tiny_gates", "-p", "gates.pcf", "gates.asc"]);
    write(at, "gates.v", verilog);
    write(at, "bench.v", BENCH);
    // Yosys's models of the cells lie beside it.
    let paths = std::env::var_os("PATH").expect("a search path");
    let models = std::env::split_paths(&paths)
        .map(|folder| folder.join("../share/yosys/ice40/cells_sim.v"))
        .find(|file| file.is_file())
        .expect("share/yosys/ice40/cells_sim.v: install yosys");
    let models = models.to_str().expect("a path in UTF-8");
    let arguments =
        ["-g2012", "-DNO_ICE40_DEFAULT_ASSIGNMENTS", "-o", "gates.vvp", "-s", "bench", "bench.v", "gates.v"];
    tool(at, "iverilog", &[&arguments[..], &[models]].concat());
    let mut child = Command::new("vvp")
        .args(["-n", "gates.vvp"])
        .current_dir(at)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("vvp");
    let (input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    Gates { child, input, output: BufReader::new(output) }
}

#[test]
fn a_patched_bitstream_classifies_as_gates_over_its_uart() {
    let at = placed();
    succeeds(at, "patch up5k/design.bin one --out gates.bin");
    let machine = ValidConfig::read(&at.join("tiny.json")).expect("the machine");
    let mut client = Client::new(FramedPort::new(gates(at, "up5k", "gates.bin")), &machine);
    client.identify().expect("it answers");
    let banks = client.banks().expect("banks");
    assert_eq!((banks.coupling_valid, banks.bias_valid), (1, 1), "valid without an upload");
    assert_eq!(client.status().expect("status").self_test, None);
    classifies(at, &machine, &mut client);
    end(client);
}

/// Until the test is over, whose frames nobody hears.
fn wait(client: &mut Client<FramedPort<Gates>>) {
    let answered = (0..100).any(|_| client.identify().is_ok());
    assert!(answered, "it answers");
}

/// One picture with the streams of the reference's run; its sums are in the trace's last line.
fn classifies(at: &Path, machine: &ValidConfig, client: &mut Client<FramedPort<Gates>>) {
    succeeds(at, "draw --out drawn");
    let trace = succeeds(at, "run model --image one --digits --images 1 --seed 9 --trace -");
    let last: serde_json::Value = serde_json::from_str(trace.lines().last().expect("lines")).expect("JSON");
    let expected: Vec<i32> = serde_json::from_value(last["sums"].clone()).expect("sums");
    let picture = &read(at, "drawn/t10k-images-idx3-ubyte")[16..16 + 144];
    let model: serde_json::Value = serde_json::from_slice(&read(at, "model/model.json")).expect("JSON");
    let threshold = model["encoder"]["threshold"].as_u64().expect("a threshold") as u32;
    let mut setup = RunSetup::plain(machine, Start::Random);
    setup.input = RunInput::Spins(picture.iter().map(|&pixel| u32::from(pixel) >= threshold).collect());
    let streams = LaneStreams::of(machine, 9);
    setup.generator_states = Some(streams.generators().iter().map(|g| g.words()).collect());
    client.set_up(&setup).expect("set up");
    client.run().expect("the run is accepted");
    client.wait_until_idle(1000).expect("it ends");
    assert_eq!(client.sums(0).expect("sums"), expected);
    assert!(expected.iter().any(|&sum| sum != 0));
    let errors = client.errors().expect("errors");
    assert_eq!((errors.refused, errors.load), (0, 0));
}

fn end(mut client: Client<FramedPort<Gates>>) {
    let gates = client.registers().port_mut();
    gates.child.kill().expect("vvp ends");
    gates.child.wait().expect("vvp ends");
}

#[test]
fn patched_gates_test_themselves_before_they_classify() {
    let at = placed();
    let report = json(at, "synth tiny.json --board icebreaker --out tested --patchable --self-test");
    assert_eq!((&report["fits"], &report["clock"]["met"]), (&true.into(), &true.into()), "{report}");
    let patched = json(at, "patch tested/design.bin one --out tested.bin");
    let extracted = json(at, "extract tested.bin --image one");
    let signature = &patched["self_test_signature"];
    assert!(signature.is_string());
    assert_eq!((&extracted["self_test_signature"], &extracted["expected_signature"]), (signature, signature));

    // As it should be: passed, and a run of the host's is the reference's.
    let machine = ValidConfig::read(&at.join("tiny.json")).expect("the machine");
    let mut client = Client::new(FramedPort::new(gates(at, "tested", "tested.bin")), &machine);
    wait(&mut client);
    assert_eq!(client.status().expect("status").self_test, Some(true));
    let errors = client.errors().expect("errors");
    assert_eq!((errors.refused, errors.load), (0, 0), "as after a reset");
    classifies(at, &machine, &mut client);
    end(client);

    // The schedule and banks of the first model with the second one's couplings: the signature goes with a pair from one image.
    let mixed = json(at, "patch tested.bin two --out mixed.bin --bias-bank 1");
    assert!(mixed["self_test_signature"].is_null(), "{mixed}");

    // Two bits of every weight exchanged on the way into the bitstream: the file is whole, and the machine finds it out.
    let mut map: serde_json::Value =
        serde_json::from_slice(&read(at, "tested/design.map.json")).expect("JSON");
    let memories = map["memories"].as_array_mut().expect("memories");
    let of_weights =
        |memory: &&mut serde_json::Value| memory["path"].as_str().is_some_and(|p| p.contains("weights"));
    let weights = memories.iter_mut().find(of_weights).expect("a memory of weights");
    weights["columns"].as_array_mut().expect("columns").swap(0, 1);
    write(at, "exchanged.map.json", map.to_string());
    succeeds(at, "patch tested/design.bin one --map exchanged.map.json --out wrong.bin");
    std::fs::copy(at.join("tested/design.map.json"), at.join("wrong.map.json")).expect("the map");
    assert_eq!(run(at, "extract wrong.bin --image one").code, 1);
    let mut client = Client::new(FramedPort::new(gates(at, "tested", "wrong.bin")), &machine);
    wait(&mut client);
    assert_eq!(client.status().expect("status").self_test, Some(false));
    let banks = client.banks().expect("banks");
    assert_eq!((banks.coupling_valid, banks.bias_valid), (0, 0));
    assert!(client.run().is_err(), "nothing runs");
    end(client);
}

#[test]
fn a_patched_bitstream_is_the_one_of_a_full_run() {
    let at = placed();
    succeeds(at, "patch up5k/design.bin two --out two.bin");
    succeeds(at, "synth tiny.json --board icebreaker --out full --image two");
    let (patched, full) = (read(at, "two.bin"), read(at, "full/design.bin"));
    assert_eq!(patched.len(), full.len());
    let different: Vec<usize> = (0..full.len()).filter(|&at| patched[at] != full[at]).collect();
    assert!(different.is_empty(), "bytes {different:?}");
}
