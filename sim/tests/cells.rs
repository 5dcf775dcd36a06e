//! Every cell in Verilator, all in one build, against its rust-hdl simulation.

mod common;

use spinwright_hdl::crosscheck::{CellPorts, VerilatorBatch, compare, our_verilog, run_rust, run_verilator};

#[test]
fn every_cell_in_verilator_is_its_rust_hdl_simulation() {
    let cases = common::cells();
    let mut batch = VerilatorBatch::new();
    for case in &cases {
        let design = our_verilog(&mut (case.make)(), "cell_under_test")
            .unwrap_or_else(|e| panic!("{}: {e}", case.name));
        batch.add(&(case.make)(), design, &case.stimuli);
    }
    let found = run_verilator(&batch).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(found.len(), cases.len());
    let mut values = 0;
    for (case, rows) in cases.iter().zip(&found) {
        let mut cell = (case.make)();
        let expected = run_rust(&mut cell, &case.stimuli);
        assert!(!expected.is_empty(), "{} has stimuli", case.name);
        values += compare(&case.name, "our Verilog in Verilator", &cell.outputs(), &expected, rows)
            .unwrap_or_else(|e| panic!("{e}"));
    }
    println!("{} cells, {values} values equal", cases.len());
    assert!(values > 10_000);
}
