//! The bar: at least ten million updates over at least four dense machines and, with fewer, over machines of planes; every value equal.

mod common;

use spinwright_contract::ValidConfig;
use spinwright_sim::compare::{VerifyOptions, VerifyReport, verify};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Updates per dense machine; five machines make 11 million.
const UPDATES: u64 = 2_200_000;
/// Updates per machine of planes. Each takes many clocks: a p-bit sums a beat per tap and source word.
const UPDATES_OF_PLANES: u64 = 300_000;

#[test]
fn ten_million_updates_of_five_machines_are_equal() {
    let machines = [common::replicas(), common::digits(), common::odd(), common::lonely(), common::narrow()];
    let total = all_equal(&machines, UPDATES);
    assert!(total >= 10_000_000);
}

#[test]
fn machines_of_planes_with_encoders_decoders_and_several_blocks_are_equal() {
    all_equal(&common::conv::all(), UPDATES_OF_PLANES);
}

/// Verifies machines with random models. No value may differ and every kind of event must have been there. Updates compared.
fn all_equal(machines: &[ValidConfig], updates: u64) -> u64 {
    let reports = verify_all(machines, updates);
    let mut total = 0;
    for (machine, report) in machines.iter().zip(&reports) {
        let c = report.counts;
        println!(
            "{:<10} {:>8} updates, {:>8} sums, {:>6} encoded, {:>4} runs, {:>3} swaps in runs, {:>3} idle, {:>3} stops, {:>3} \
             uploads, {:>3} inputs in runs, {:>9} clocks",
            machine.name(),
            report.updates_compared,
            c.sums,
            c.encoded,
            c.runs,
            c.swaps,
            c.idle_swaps,
            c.stops,
            c.uploads,
            c.inputs_during_runs,
            report.cycles
        );
        if let Some(first) = &report.first_divergence {
            panic!("{}: {first}", machine.name());
        }
        assert_eq!(report.divergences, 0);
        // Nothing may be counted that was not there, and every kind of event was there.
        assert!(report.updates_compared >= updates, "{}", machine.name());
        assert_eq!((c.fields, c.updates), (report.updates_compared, report.updates_compared));
        assert_eq!(c.spins, c.draws);
        assert!(c.spins > c.updates, "random starts were compared");
        assert!(c.sums > c.updates / 100 && c.cycle_counts > 0 && c.read_sums > 0 && c.registers > 0);
        assert!(c.swaps > 0 && c.idle_swaps > 0 && c.stops > 0 && c.uploads > 3, "{c:?}");
        assert!(c.upload_words >= machine.coupling_stream_words());
        let encoded = machine.encoder().map_or(0, |_| machine.inputs() as u64);
        assert_eq!(c.encoded, c.runs * encoded, "{}", machine.name());
        let classes = machine.decoder().map_or(0, |d| d.classes as u64);
        assert_eq!((c.read_scores, c.read_classes), (c.runs * classes, c.runs * classes.min(1)));
        assert_eq!(c.inputs_during_runs > 0, machine.input_buffers() > 1, "{}", machine.name());
        total += report.updates_compared;
    }
    println!("{total} updates, 0 divergences");
    total
}

/// Two machines at a time: a build or a simulation each.
fn verify_all(machines: &[ValidConfig], updates: u64) -> Vec<VerifyReport> {
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(vec![None; machines.len()]);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(machine) = machines.get(i) else { return };
                    let report = verify(machine, None, updates, 20 + i as u64, &VerifyOptions::default())
                        .unwrap_or_else(|e| panic!("{}: {e}", machine.name()));
                    reports.lock().expect("no thread has panicked")[i] = Some(report);
                }
            });
        }
    });
    let reports = reports.into_inner().expect("no thread has panicked");
    reports.into_iter().map(|r| r.expect("every machine has a report")).collect()
}
