//! Faults planted into the Verilog of a whole machine: verification must find them.

mod common;

use spinwright_contract::{MachineConfig, ValidConfig};
use spinwright_sim::compare::{Signal, VerifyOptions, verify_sources};
use spinwright_sim::verilator::Sources;

/// Small, so that every build is short.
fn machine() -> ValidConfig {
    let config =
        MachineConfig { name: "planted".into(), max_sweeps: 200, ..common::narrow().config().clone() };
    config.validate().expect("it is valid")
}

#[test]
fn a_fault_in_the_comparator_is_found_and_shown() {
    let machine = machine();
    let sources = Sources::generate(&machine).unwrap_or_else(|e| panic!("{e}"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fst = folder.path().join("divergence.fst");
    let options = VerifyOptions { fst: Some(fst.clone()), plain: false };

    let good =
        verify_sources(&machine, &sources, None, 20_000, 3, &VerifyOptions::default()).expect("it runs");
    assert_eq!((good.divergences, good.first_divergence), (0, None));

    let faulty = sources
        .with_fault("settled <= {1'b0, draw} < threshold;", "settled <= {1'b0, draw} <= threshold;")
        .unwrap_or_else(|e| panic!("{e}"));
    let report = verify_sources(&machine, &faulty, None, 200_000, 3, &options).expect("it runs");
    let first = report.first_divergence.expect("draw <= threshold is not draw < threshold");
    println!("{first}");
    assert_eq!(first.signal, Signal::Spin);
    assert!(report.updates_compared < 200_000, "verification stops after the run that diverged");
    let bytes = std::fs::metadata(&fst).expect("the FST was written").len();
    assert!(bytes > 1000, "{bytes}");
}

#[test]
fn a_fault_in_an_accumulator_is_found() {
    let machine = machine();
    let sources = Sources::generate(&machine).unwrap_or_else(|e| panic!("{e}"));
    let faulty = sources
        .with_fault("new_sum_value = old + value;", "new_sum_value = old + {value[23:1], 1'b1};")
        .unwrap_or_else(|e| panic!("{e}"));
    let report =
        verify_sources(&machine, &faulty, None, 200_000, 3, &VerifyOptions::default()).expect("it runs");
    let first = report.first_divergence.expect("an even field is added as an odd one");
    assert_eq!(first.signal, Signal::Sum);
    assert_eq!(first.hardware, first.reference + 1);
}
