//! Properties that hold for all inputs of all clocks, proven by temporal induction (yosys's own SAT solver).

use crate::bench::small;
use spinwright_hdl::crosscheck::our_verilog;
use spinwright_hdl::host::BankManager;
use std::process::Command;

/// Clocks of the induction's base and step.
const LONGEST: &str = "4";

fn prove(design: &str, properties: &str, top: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("design.v"), design).expect("the design is written");
    std::fs::write(folder.path().join("properties.sv"), properties).expect("the properties are written");
    let script = format!(
        "read_verilog design.v; read_verilog -sv -formal properties.sv; prep -flatten -top {top}; async2sync; chformal -early; \
         sat -tempinduct -prove-asserts -maxsteps {LONGEST} -verify {top}"
    );
    let output = Command::new("yosys").args(["-p", &script]).current_dir(folder.path()).output();
    let output = output.expect("`yosys` runs\n  help: apt-get install --no-install-recommends yosys");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaints}\n{}", &text[text.len().saturating_sub(3000)..]);
    text
}

#[test]
fn banks_change_only_as_the_contract_says() {
    let mut cell = BankManager::new(&small());
    let design = our_verilog(&mut cell, "bank_manager").unwrap_or_else(|e| panic!("{e}"));
    let properties = include_str!("bank_properties.sv");
    let text = prove(&design.concatenated(), properties, "bank_properties");
    assert!(text.contains("Induction step proven: SUCCESS!"), "{}", &text[text.len().saturating_sub(2000)..]);
}

#[test]
#[should_panic(expected = "proof did fail")]
fn the_proof_sees_a_bank_that_becomes_valid_by_itself() {
    let mut cell = BankManager::new(&small());
    let design = our_verilog(&mut cell, "bank_manager").unwrap_or_else(|e| panic!("{e}"));
    // The same design with one fault: begin validates too.
    let text = design.concatenated();
    let spoiled = text.replace("load_commit}", "load_begin}");
    assert_ne!(text, spoiled, "the fault is in");
    prove(&spoiled, include_str!("bank_properties.sv"), "bank_properties");
}
