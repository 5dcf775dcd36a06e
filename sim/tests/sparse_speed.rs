//! A wired machine of 4,096 p-bits in Verilator without observation ports: how long its model builds, how fast it runs.
//!
//! The time of the build is that of a build only with an empty cache: `./test --full` sets `SPINWRIGHT_CACHE` to one.

mod common;

use spinwright_sim::compare::verify_sparse_read_back;

/// The bars: seconds for the model, updates per second over all replicas.
const BUILD_SECONDS: f64 = 300.0;
const UPDATES_PER_SECOND: f64 = 20e6;
/// Updates of the measurement.
const UPDATES: u64 = 100_000_000;

#[test]
fn four_thousand_wired_p_bits_build_and_run_fast_enough() {
    let machine = common::sparse::cube("cube", 16, 16);
    assert_eq!((machine.p_bits(), machine.lanes(), machine.slots()), (4096, 2048, 2));
    let found = verify_sparse_read_back(&machine, UPDATES, 5).unwrap_or_else(|e| panic!("{e}"));
    let rate = found.updates_made as f64 / found.seconds;
    let c = found.report.counts;
    println!(
        "model built in {:.1} s; {} updates in {:.2} s: {:.1} M per second; {} spins, {} sums, {} signs, {} cycle counts read back, {} \
         divergences",
        found.build_seconds,
        found.updates_made,
        found.seconds,
        rate / 1e6,
        c.read_spins,
        c.read_sums,
        c.read_signs,
        c.cycle_counts,
        found.report.divergences
    );
    assert_eq!((found.report.divergences, found.report.first_divergence), (0, None));
    assert!(found.updates_made >= UPDATES);
    assert!(found.build_seconds <= BUILD_SECONDS && rate >= UPDATES_PER_SECOND);
}
