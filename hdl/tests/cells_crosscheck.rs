//! Every cell of the sampler: rust-hdl simulation, our Verilog and stock rust-hdl's Verilog agree on every output of every clock.

use spinwright_hdl::crosscheck::{
    check_cell, check_cell_without_stock, icarus_lint, our_verilog, verilator_lint, yosys_latches,
};
use spinwright_hdl::machine::cells_of_tests;
use std::collections::BTreeSet;

#[test]
fn every_cell_simulates_the_same_in_all_three() {
    let mut failures = vec![];
    for case in cells_of_tests() {
        // Stock emission prints one big `always @(*)` per kernel. Between the engine and its parts, which drive each other
        // combinationally, its defaults and corrections wake the other side without end: Icarus never leaves time 0.
        let stock = !case.name.starts_with("engine");
        let compared = if stock {
            check_cell(&case.name, || (case.make)(), &case.stimuli)
        } else {
            check_cell_without_stock(&case.name, || (case.make)(), &case.stimuli)
        };
        match compared {
            Ok(compared) => assert!(compared.values > 1000, "{}: {compared:?}", case.name),
            Err(error) => failures.push(error.to_string()),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_cell_is_clean_for_verilator_icarus_and_yosys() {
    let mut seen = BTreeSet::new();
    for case in cells_of_tests() {
        let kind = case.name.split(' ').next().unwrap_or_default().to_owned();
        let design = our_verilog(&mut (case.make)(), "cell_under_test")
            .unwrap_or_else(|e| panic!("{}: {e}", case.name));
        verilator_lint(&design).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        icarus_lint(&design).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        yosys_latches(&design).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        seen.insert(kind);
    }
    assert_eq!(seen.len(), 28, "kinds of cells: {seen:?}");
}
