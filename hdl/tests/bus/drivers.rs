//! Whole machines behind their ports in Icarus, driven by cocotb's AXI4-Lite and Wishbone models (`bench.py`).

use super::{machine_support, machines};
use spinwright_contract::Port;
use spinwright_hdl::host::{HostConfig, identity_words};
use spinwright_hdl::{machine, wired};
use std::path::Path;
use std::process::Command;

/// Random accesses of the first part; the parts behind it make some hundreds more.
const TRANSACTIONS: usize = if cfg!(feature = "full") { 5000 } else { 250 };

fn drive(port: Port, files: &[(String, String)], top: &str, config: &impl HostConfig) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("Verilog is written");
    }
    let shape = config.host_shape();
    let plan = serde_json::json!({
        "port": port,
        "transactions": TRANSACTIONS,
        "identity": identity_words(&shape),
        "hash": [shape.hash.hi(), shape.hash.lo()],
        "coupling_words": shape.coupling_words,
        "bias_words": shape.bias_words,
    });
    let python = std::env::var("SPINWRIGHT_PYTHON_BUS").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bus/run.py");
    let output = Command::new(&python)
        .args([script.as_path(), Path::new(top), folder.path()])
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
    let tests = if port == Port::Axi4Lite { 3 } else { 2 };
    assert!(said.contains(&format!("{tests} tests, 0 failed")), "{said}");
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
