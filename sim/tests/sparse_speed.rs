//! A wired machine of 4,096 p-bits: how long it takes to generate and to lint, how long its model without observation ports builds in
//! Verilator, and how fast that runs.
//!
//! Bars are of processor time, added up over all processes and threads: it does not shrink with the number of cores and grows little
//! beside other work, so that a busy machine does not fail the test. Times on the clock are printed beside it. The time of the model's build
//! is that of a build only with an empty cache: `./test --full` sets `SPINWRIGHT_CACHE` to one.

mod common;

use spinwright_sim::compare::verify_sparse_read_back;
use spinwright_sim::verilator::{CpuTime, Sources, Tool};
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// The bars, in seconds.
const GENERATE_SECONDS: f64 = 2.0;
const LINT_SECONDS: f64 = 60.0;
const BUILD_SECONDS: f64 = 300.0;
/// Updates per second over all replicas.
const UPDATES_PER_SECOND: f64 = 20e6;
/// Updates of the measurement.
const UPDATES: u64 = 100_000_000;

/// What a piece of work took.
struct Cost {
    clock: f64,
    /// Processor time of this process.
    own: f64,
    /// Processor time of the programs it ran.
    programs: f64,
}

fn measured<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let now = || CpuTime::of_this_process().expect("the system tells processor time");
    let (began, before) = (Instant::now(), now());
    let done = work();
    let after = now();
    let cost = Cost {
        clock: began.elapsed().as_secs_f64(),
        own: after.own - before.own,
        programs: after.children - before.children,
    };
    (done, cost)
}

/// One test: the measurements come one after the other.
#[test]
fn four_thousand_wired_p_bits_are_generated_linted_built_and_run_fast_enough() {
    let machine = common::sparse::cube("cube", 16, 16);
    assert_eq!((machine.p_bits(), machine.lanes(), machine.slots()), (4096, 2048, 2));

    let (sources, cost) = measured(|| Sources::generate_sparse(&machine).unwrap_or_else(|e| panic!("{e}")));
    println!("generated in {:.2} s, {:.2} s of processor time", cost.clock, cost.own);
    assert!(cost.own <= GENERATE_SECONDS);

    let (remarks, cost) = measured(|| lint(&sources));
    println!("linted in {:.1} s, {:.1} s of processor time", cost.clock, cost.programs);
    assert!(remarks.is_empty(), "{remarks}");
    assert!(cost.programs <= LINT_SECONDS);

    let found = verify_sparse_read_back(&machine, UPDATES, 5).unwrap_or_else(|e| panic!("{e}"));
    let built = found.building.cpu_seconds.expect("the system tells processor time");
    let rate = found.updates_per_cpu_second().expect("the system tells processor time");
    let c = found.report.counts;
    println!(
        "model built in {:.1} s, {built:.1} s of processor time; {} updates in {:.2} s: {:.1} M per second, {:.1} M per second of processor \
         time; {} spins, {} sums, {} signs, {} cycle counts read back, {} divergences",
        found.building.seconds,
        found.updates_made,
        found.took.seconds,
        found.updates_per_second() / 1e6,
        rate / 1e6,
        c.read_spins,
        c.read_sums,
        c.read_signs,
        c.cycle_counts,
        found.report.divergences
    );
    assert_eq!((found.report.divergences, found.report.first_divergence), (0, None));
    assert!(found.updates_made >= UPDATES && built >= 1.0, "the model was built before: empty the cache");
    assert!(built <= BUILD_SECONDS && rate >= UPDATES_PER_SECOND);
}

/// Lint with the optimizations left out that find nothing: a file with 13 kinds of faults (widths, latches, drivers, loops, resets, unused
/// and undriven signals) gets the same remarks with and without them.
const LINT: [&str; 14] = [
    "--lint-only",
    "-Wall",
    "--unroll-count",
    "1",
    "-fno-life",
    "-fno-life-post",
    "-fno-split",
    "-fno-reorder",
    "-fno-dfg",
    "-fno-combine",
    "-fno-localize",
    "-fno-subst",
    "-fno-expand",
    "--top-module",
];

/// The whole machine in one piece, as `verilator_and_icarus_have_no_remarks` does it with the others. What Verilator had to say.
fn lint(sources: &Sources) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in &sources.files {
        fs::write(folder.path().join(name), text).expect("it can be written");
    }
    let waivers = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("lint.vlt");
    let mut arguments: Vec<String> = LINT.map(String::from).into();
    arguments.push(sources.top.clone());
    arguments.push(waivers.display().to_string());
    arguments.extend(sources.files.iter().map(|(name, _)| name.clone()));
    let said = Tool::Verilator.run(folder.path(), &arguments).unwrap_or_else(|e| panic!("{e}"));
    String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned()
}
