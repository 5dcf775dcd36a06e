//! Faults planted into the Verilog of whole sparse machines: verification must find them.

mod common;

use spinwright_contract::config::Timing;
use spinwright_contract::sparse::{AddressedRoom, Topology};
use spinwright_contract::{RandomSource, SparseConfig, ValidSparse};
use spinwright_reference::sparse::RandomGraph;
use spinwright_sim::compare::{Divergence, Signal, VerifyOptions, verify_sparse_sources};
use spinwright_sim::verilator::Sources;
use std::path::PathBuf;

/// One cluster of four lanes: every cell is there once, so that builds are short and a text stands in one place.
fn machine() -> ValidSparse {
    let graph = RandomGraph { seed: 4, p_bits: 11, degree: 3, colors: 2, lanes: 4 };
    let base = graph.config();
    let Topology::Wired { graph, .. } = base.topology else { unreachable!("these machines are wired") };
    SparseConfig {
        name: "planted".into(),
        topology: Topology::Wired { graph, group: 3 },
        replicas: 2,
        weight_bits: 3,
        bias_bits: 4,
        field_bits: 5,
        draw_bits: 8,
        random_source: RandomSource::Lfsr64,
        coupling_banks: 2,
        bias_banks: 2,
        tables: 3,
        max_sweeps: 60,
        beta_steps: 3,
        energy: true,
        ladder: false,
        timing: Timing::default(),
        ..base
    }
    .validate()
    .unwrap_or_else(|e| panic!("{e}"))
}

/// Two ladders of three rungs.
fn with_ladders() -> ValidSparse {
    let config = machine().config().clone();
    SparseConfig { name: "ladders".into(), replicas: 6, beta_steps: 0, ladder: true, ..config }
        .validate()
        .unwrap_or_else(|e| panic!("{e}"))
}

/// Two lanes, rows of two taps, slots with several rows: every module of the addressed engine is there.
fn addressed() -> ValidSparse {
    let room = AddressedRoom { slots: 6, rows: 10, taps: 2, degree: 5, group: 2 };
    let config = machine().config().clone();
    SparseConfig { topology: Topology::Addressed(room), lanes: 2, energy: false, ladder: false, ..config }
        .validate()
        .unwrap_or_else(|e| panic!("{e}"))
}

fn found(find: &str, replace: &str, fst: Option<PathBuf>) -> Divergence {
    found_in(&machine(), find, replace, fst)
}

fn found_in(machine: &ValidSparse, find: &str, replace: &str, fst: Option<PathBuf>) -> Divergence {
    let sources = Sources::generate_sparse(machine).unwrap_or_else(|e| panic!("{e}"));
    let faulty = sources.with_fault(find, replace).unwrap_or_else(|e| panic!("{e}"));
    let options = VerifyOptions { fst, plain: false };
    let report = verify_sparse_sources(machine, &faulty, None, 100_000, 3, &options).expect("it runs");
    let first =
        report.first_divergence.unwrap_or_else(|| panic!("`{replace}` instead of `{find}` was not found"));
    println!("{first}");
    assert!(report.updates_compared < 100_000, "verification stops after the run that diverged");
    first
}

/// draw < threshold becomes draw <= threshold: one draw of 256 where the threshold is met.
#[test]
fn a_fault_in_the_comparator_is_found_and_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fst = folder.path().join("divergence.fst");
    let sum = "assign difference = {1'b0, memory_read_data} + compared";
    let first = found(&format!("{sum};"), &format!("{sum} + 1'b1;"), Some(fst.clone()));
    assert_eq!(first.signal, Signal::Spin);
    let bytes = std::fs::metadata(&fst).expect("the FST was written").len();
    assert!(bytes > 1000, "{bytes}");
}

/// Sums are never begun anew: the first retained sweep of a run adds to the run before.
#[test]
fn a_sum_that_is_not_begun_anew_is_found() {
    assert_eq!(found("if (!added_first) begin", "if (1'b1) begin", None).signal, Signal::Sum);
}

/// The last value added is forgotten: it matters only where a sum is 0.
#[test]
fn a_tie_that_is_forgotten_is_found() {
    assert_eq!(found("added_tie <= taken_tie;", "added_tie <= 1'b0;", None).signal, Signal::ReadSign);
}

/// A clamp that is not taken over: the spins are those that were drawn.
#[test]
fn a_clamp_that_an_addressed_machine_forgets_is_found() {
    let first = found_in(&addressed(), "final_word <= clamped;", "final_word <= taken_word;", None);
    assert_eq!(first.signal, Signal::Spin);
}

/// Every row of a slot begins anew with the bias instead of going on from the row before.
#[test]
fn a_partial_field_that_is_lost_is_found() {
    assert_eq!(
        found_in(&addressed(), "if (!first_row) begin", "if (1'b0) begin", None).signal,
        Signal::Field
    );
}

/// A flip counts half: energies are wrong from the first sweep with a flip on.
#[test]
fn a_wrong_energy_is_found() {
    assert_eq!(found("scaled_value = sum << 2;", "scaled_value = sum << 1;", None).signal, Signal::Energy);
}

/// Of two states with the same energy the later one is kept.
#[test]
fn a_best_state_that_is_not_the_first_is_found() {
    let first = found("(after > best_energy)", "(after >= best_energy)", None);
    assert!(matches!(first.signal, Signal::ReadBestSweep | Signal::ReadBestSpin), "{first}");
}

fn found_in_ladders(find: &str, replace: &str) -> Signal {
    found_in(&with_ladders(), find, replace, None).signal
}

/// Draws at the threshold pass: one in 256 where a bit of the difference is set.
#[test]
fn an_exchange_with_a_wrong_comparison_is_found() {
    let passes = "assign passes = {1'b0, drawn} < words_read_data;";
    assert_eq!(found_in_ladders(passes, &passes.replace('<', "<=")), Signal::Exchange);
}

/// Replicas are exchanged, but the upper one keeps its table.
#[test]
fn a_table_that_does_not_follow_its_replica_is_found() {
    let signal =
        found_in_ladders("select_data_value = {30'd0, upper_rung};", "select_data_value = {30'd0, rung};");
    assert!(matches!(signal, Signal::Spin | Signal::Draw), "{signal}");
}

/// Bits that are not set decide, pairs of even rungs only, a start that keeps forgets places, a sweep too many between exchanges, a place that
/// keeps its replica, counts that go on from run to run, exchanges counted that were not made.
#[cfg(feature = "full")]
const FAULTS_OF_LADDERS: [(&str, &str); 7] = [
    ("if (rest[0] & (!passes)) begin", "if (!passes) begin"),
    ("odd <= !odd;", "odd <= 1'b0;"),
    ("renewing <= !keeps;", "renewing <= 1'b1;"),
    ("left <= every;", "left <= every + 8'd1;"),
    ("order_write_data_value = lower;", "order_write_data_value = upper;"),
    ("tried_write_data_value = 32'd0;", "tried_write_data_value = tried_read_data;"),
    ("made_write_enable_value = deciding & exchanged;", "made_write_enable_value = deciding;"),
];

/// One fault per rule more; each costs a build.
#[cfg(feature = "full")]
#[test]
fn every_other_rule_of_ladders_is_watched() {
    for (find, replace) in FAULTS_OF_LADDERS {
        found_in_ladders(find, replace);
    }
}
