//! Whole machines behind their ports in Icarus, driven by cocotb's models of AXI4-Lite, Wishbone (`bench.py`) and SPI (`bench_spi.py`).

use super::{machine_support, machines};
use spinwright_contract::{Color, Port, registers};
use spinwright_hdl::bus::StreamShape;
use spinwright_hdl::host::{HostConfig, identity_words};
use spinwright_hdl::{machine, wired};
use std::path::Path;
use std::process::Command;

/// Random accesses of the first part; the parts behind it make some hundreds more.
const TRANSACTIONS: usize = if cfg!(feature = "full") { 5000 } else { 250 };

/// Runs a bench on a top in Icarus, with a plan; so many of its tests must pass.
pub(super) fn bench(
    name: &str,
    files: &[(String, String)],
    top: &str,
    plan: &serde_json::Value,
    tests: usize,
) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("Verilog is written");
    }
    let python = std::env::var("SPINWRIGHT_PYTHON_BUS").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bus/run.py");
    let output = Command::new(&python)
        .args([script.as_path(), Path::new(top), folder.path(), Path::new(name)])
        .env("SPINWRIGHT_PLAN", plan.to_string())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap_or_else(|error| panic!("{python}: {error}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}\n  help: ./test makes the Python environment of hdl/tests/bus/requirements.txt and names it in SPINWRIGHT_PYTHON_BUS",
        &said[said.len().saturating_sub(6000)..]
    );
    assert!(said.contains(&format!("{tests} tests, 0 failed")), "{said}");
}

fn drive(port: Port, files: &[(String, String)], top: &str, config: &impl HostConfig) {
    let shape = config.host_shape();
    let plan = serde_json::json!({
        "port": port,
        "transactions": TRANSACTIONS,
        "identity": identity_words(&shape),
        "hash": [shape.hash.hi(), shape.hash.lo()],
        "coupling_words": shape.coupling_words,
        "bias_words": shape.bias_words,
    });
    let tests = if port == Port::Axi4Lite { 3 } else { 2 };
    bench("bench", files, top, &plan, tests);
}

#[test]
fn a_layered_machine_behind_axi4_lite_obeys_cocotbext_axi() {
    let config = machine_support::small().validate().unwrap_or_else(|e| panic!("{e}"));
    let made = machine::generate_with(&config, Port::Axi4Lite).unwrap_or_else(|e| panic!("{e}"));
    drive(Port::Axi4Lite, &made.files, &made.manifest.top, &config);
}

#[test]
fn a_wired_machine_behind_wishbone_obeys_cocotbext_wishbone() {
    let config = machines::machine(&machines::Plan {
        name: "small",
        lanes: 3,
        slot_colors: &[0, 0, 1, 1],
        p_bits: 10,
        edges: 12,
        replicas: 2,
        group: 2,
        bits: [4, 6, 6, 12],
        shifts: [0, 0],
        banks: [2, 2],
        tables: 1,
        beta_steps: 0,
        energy: false,
        xoshiro: false,
        seed: 3,
    });
    let made = wired::generate_with(&config, Port::Wishbone).unwrap_or_else(|e| panic!("{e}"));
    drive(Port::Wishbone, &made.files, &made.manifest.top, &config);
}

#[test]
fn a_machine_behind_spi_answers_as_behind_the_uart() {
    let clocks_per_bit = 4;
    let named = |name: &str| {
        // Short streams: the lines are slow.
        let mut config = machine_support::small();
        config.field_bits = 3;
        config.timing.baud = config.timing.clock_hz / clocks_per_bit;
        config.name = name.into();
        config.validate().unwrap_or_else(|e| panic!("{e}"))
    };
    let (uart, spi) = (named("small"), named("spi_small"));
    assert_eq!(uart.hash(), spi.hash());
    let made = [
        machine::generate(&uart).unwrap_or_else(|e| panic!("{e}")),
        machine::generate_with(&spi, Port::Spi).unwrap_or_else(|e| panic!("{e}")),
    ];
    let mut files: Vec<(String, String)> = made.into_iter().flat_map(|machine| machine.files).collect();
    let pair = "`default_nettype none\nmodule pair (input wire clock, input wire reset, input wire uart_rx, output wire uart_tx,\n  \
        input wire spi_sck, input wire spi_cs_n, input wire spi_mosi, output wire spi_miso);\n  \
        small_top uart (.clock(clock), .reset(reset), .uart_rx(uart_rx), .uart_tx(uart_tx), .busy());\n  \
        spi_small_top spi (.clock(clock), .reset(reset), .spi_sck(spi_sck), .spi_cs_n(spi_cs_n), .spi_mosi(spi_mosi),\n    \
        .spi_miso(spi_miso), .busy());\nendmodule\n`default_nettype wire\n";
    files.push(("pair.v".into(), pair.into()));
    let (couplings, biases) = any_contents(&uart);
    let shape = uart.host_shape();
    let slots = uart.slots(Color::Hidden) + uart.slots(Color::Output);
    let plan = serde_json::json!({
        "clocks_per_bit": clocks_per_bit,
        "identity": identity_words(&shape),
        "hash": [shape.hash.hi(), shape.hash.lo()],
        "couplings": couplings,
        "biases": biases,
        "written": [[registers::SEED, 2], [registers::SEED + 4, 2], [registers::INPUT, 2]],
        "read": [
            [registers::SUMS, uart.slots(Color::Output) * uart.lanes()],
            [registers::SIGNS, uart.slots(Color::Output)],
            [registers::SPINS, slots * uart.replicas()],
            [registers::CONTROL_CYCLES, 1],
        ],
        // More than a run takes.
        "run_clocks": 1500,
        "rounds": if cfg!(feature = "full") { 40 } else { 1 },
        "odd_rounds": if cfg!(feature = "full") { 10 } else { 0 },
    });
    bench("bench_spi", &files, "pair", &plan, if cfg!(feature = "full") { 3 } else { 2 });
}

/// Streams of any contents behind a good schedule.
fn any_contents(config: &impl HostConfig) -> (Vec<u32>, Vec<u32>) {
    let mut state = 5u32;
    let mut word = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.rotate_left(15)
    };
    let shape = config.host_shape();
    let mut couplings: Vec<u32> = (0..shape.coupling_words).map(|_| word()).collect();
    couplings[..3].copy_from_slice(&[1, 9, 0]);
    (couplings, (0..shape.bias_words).map(|_| word()).collect())
}

/// A machine's packets, driven by cocotbext-axi (`bench_stream.py`); results are those of the same run through registers.
fn stream(
    files: &[(String, String)],
    top: &str,
    config: &impl HostConfig,
    packets: &StreamShape,
    seeds: &[u16],
) {
    let (couplings, biases) = any_contents(config);
    let shape = config.host_shape();
    let plan = serde_json::json!({
        "identity": identity_words(&shape),
        "hash": [shape.hash.hi(), shape.hash.lo()],
        "couplings": couplings,
        "biases": biases,
        "input": packets.input,
        "result": packets.result,
        "seeds": seeds,
        "rounds": if cfg!(feature = "full") { 200 } else { 6 },
    });
    bench("bench_stream", files, top, &plan, 2);
}

#[test]
fn a_layered_machine_takes_inputs_and_gives_results_by_streams() {
    let mut config = machine_support::small();
    config.field_bits = 3;
    let config = config.validate().unwrap_or_else(|e| panic!("{e}"));
    let made = machine::generate_with(&config, Port::Axi4Stream).unwrap_or_else(|e| panic!("{e}"));
    let seeds = [0, 1, 4, 5].map(|word| registers::SEED + word);
    stream(&made.files, &made.manifest.top, &config, &StreamShape::layered(&config), &seeds);
}
