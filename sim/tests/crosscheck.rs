//! The bar: at least ten million updates over at least four machines, every value equal.

mod common;

use spinwright_contract::ValidConfig;
use spinwright_sim::compare::{VerifyOptions, VerifyReport, verify};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Updates per machine; five machines make 11 million.
const UPDATES: u64 = 2_200_000;

#[test]
fn ten_million_updates_of_five_machines_are_equal() {
    let machines = [common::replicas(), common::digits(), common::odd(), common::lonely(), common::narrow()];
    let reports = verify_all(&machines);
    let mut total = 0;
    for (machine, report) in machines.iter().zip(&reports) {
        let c = report.counts;
        println!(
            "{:<9} {:>8} updates, {:>8} sums, {:>4} runs, {:>3} swaps in runs, {:>3} idle, {:>3} stops, {:>3} uploads, \
             {:>9} clocks",
            machine.name(),
            report.updates_compared,
            c.sums,
            c.runs,
            c.swaps,
            c.idle_swaps,
            c.stops,
            c.uploads,
            report.cycles
        );
        if let Some(first) = &report.first_divergence {
            panic!("{}: {first}", machine.name());
        }
        assert_eq!(report.divergences, 0);
        // Nothing may be counted that was not there, and every kind of event was there.
        assert!(report.updates_compared >= UPDATES, "{}", machine.name());
        assert_eq!((c.fields, c.updates), (report.updates_compared, report.updates_compared));
        assert_eq!(c.spins, c.draws);
        assert!(c.spins > c.updates, "random starts were compared");
        assert!(c.sums > c.updates / 100 && c.cycle_counts > 0 && c.read_sums > 0 && c.registers > 0);
        assert!(c.swaps > 0 && c.idle_swaps > 0 && c.stops > 0 && c.uploads > 3, "{c:?}");
        assert!(c.upload_words >= machine.coupling_stream_words());
        total += report.updates_compared;
    }
    println!("{total} updates, 0 divergences");
    assert!(total >= 10_000_000);
}

/// Two machines at a time: a build or a simulation each.
fn verify_all(machines: &[ValidConfig]) -> Vec<VerifyReport> {
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(vec![None; machines.len()]);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(machine) = machines.get(i) else { return };
                    let report = verify(machine, None, UPDATES, 20 + i as u64, &VerifyOptions::default())
                        .unwrap_or_else(|e| panic!("{}: {e}", machine.name()));
                    reports.lock().expect("no thread has panicked")[i] = Some(report);
                }
            });
        }
    });
    let reports = reports.into_inner().expect("no thread has panicked");
    reports.into_iter().map(|r| r.expect("every machine has a report")).collect()
}
