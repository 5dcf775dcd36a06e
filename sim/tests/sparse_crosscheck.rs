//! Sparse machines beside their reference: every spin, field, draw and sum of at least a million updates over wired and addressed machines.

mod common;

use spinwright_contract::ValidSparse;
use spinwright_sim::compare::{VerifyOptions, VerifyReport, verify_sparse};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Updates per machine; eight wired and three addressed machines make over a million.
const UPDATES: u64 = 93_000;

#[test]
fn a_million_updates_of_small_sparse_machines_are_equal() {
    let mut machines = common::sparse::small();
    machines.extend(common::sparse::small_addressed());
    assert_eq!(machines.len(), 11);
    let updates = vec![UPDATES; machines.len()];
    assert!(all_equal(&machines, &updates) >= 1_000_000);
}

/// The heavy form: ten wired machines and ten addressed ones, made for random graphs with 8 to 2,000 p-bits; 10^8 updates. An addressed
/// machine runs many other graphs beside one that fills it.
#[cfg(feature = "full")]
#[test]
fn a_hundred_million_updates_of_twenty_sparse_machines_are_equal() {
    let machine = |seed: u64| match seed % 2 {
        0 => common::sparse::any_addressed(&format!("graph_{seed}"), seed, 2000),
        _ => common::sparse::any(&format!("graph_{seed}"), seed, 2000),
    };
    let machines: Vec<ValidSparse> = (1..=20).map(machine).collect();
    let sizes = machines.iter().map(ValidSparse::p_bits);
    assert!(sizes.clone().max().expect("there are some") > 1000 && sizes.min().expect("there are some") < 30);
    // Half a million each, and the rest by size: machines of few p-bits and replicas wait for their pipeline most of the time.
    let size = |machine: &ValidSparse| (machine.p_bits() * machine.replicas()).min(8_000) as u64;
    let all: u64 = machines.iter().map(size).sum();
    let updates: Vec<u64> =
        machines.iter().map(|machine| 500_000 + 90_000_000 * size(machine) / all + 1).collect();
    assert!(all_equal(&machines, &updates) >= 100_000_000);
}

/// Verifies machines with random models. No value may differ and every kind of event must have been there. Updates compared.
fn all_equal(machines: &[ValidSparse], updates: &[u64]) -> u64 {
    let (mut total, mut swaps, mut stops) = (0, 0, 0);
    for ((machine, &updates), report) in machines.iter().zip(updates).zip(&verify_all(machines, updates)) {
        let c = report.counts;
        let shape = match (machine.graph(), machine.room()) {
            (Some(graph), _) => format!("degree {:>2}, {} colors", graph.max_degree(), graph.colors()),
            (_, Some(room)) => format!("degree {:>2}, {} rows of {}", room.degree, room.rows, room.taps),
            _ => unreachable!("a machine is wired or addressed"),
        };
        println!(
            "{:<9} {:>4} p-bits, {shape}, {:>2} lanes, {:>2} slots, {:>2} replicas: {:>8} updates, {:>8} sums, {:>4} \
             runs, {:>6} exchanges, {:>3} swaps in runs, {:>3} idle, {:>3} stops, {:>3} uploads, {:>9} clocks",
            machine.name(),
            machine.p_bits(),
            machine.lanes(),
            machine.slots(),
            machine.replicas(),
            report.updates_compared,
            c.sums,
            c.runs,
            c.exchanges,
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
        assert!(report.updates_compared >= updates, "{}", machine.name());
        assert_eq!((c.fields, c.updates), (report.updates_compared, report.updates_compared));
        assert_eq!(c.spins, c.draws);
        assert!(c.spins > c.updates, "random starts were compared");
        assert!(c.sums > 0 && c.cycle_counts > 0 && c.registers > 0);
        if machine.graph().is_some() {
            assert_eq!(c.read_sums, c.runs * machine.p_bits() as u64);
        }
        // A graph of an addressed machine has fewer p-bits than there is room for.
        assert!(c.read_sums >= c.runs && c.read_sums <= c.runs * machine.p_bits() as u64);
        assert_eq!(c.read_spins, c.read_sums * machine.replicas() as u64);
        assert_eq!(c.read_signs, c.read_sums);
        let with_energies = u64::from(machine.energy());
        assert_eq!(c.read_best_spins, with_energies * c.read_spins);
        assert_eq!(c.energies * machine.p_bits() as u64, with_energies * report.updates_compared);
        assert_eq!(c.read_energies, with_energies * 3 * c.runs * machine.replicas() as u64);
        if machine.ladder() {
            assert!(c.exchanges > c.runs, "{c:?}");
            let read = machine.replicas() + 2 * (machine.tables() - 1);
            assert_eq!(c.read_exchanges, c.runs * read as u64);
        } else {
            assert_eq!((c.exchanges, c.read_exchanges), (0, 0));
        }
        assert!(c.swaps + c.idle_swaps > 0 && c.uploads > 3, "{c:?}");
        assert!(c.upload_words >= machine.coupling_stream_words());
        total += report.updates_compared;
        swaps += c.swaps;
        stops += c.stops;
    }
    println!("{total} updates, {swaps} swaps in runs, {stops} stops, 0 divergences");
    assert!(swaps >= machines.len() as u64 && stops >= machines.len() as u64);
    total
}

/// Two machines at a time: a build or a simulation each.
fn verify_all(machines: &[ValidSparse], updates: &[u64]) -> Vec<VerifyReport> {
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(vec![None; machines.len()]);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(machine) = machines.get(i) else { return };
                    let began = Instant::now();
                    let report =
                        verify_sparse(machine, None, updates[i], 40 + i as u64, &VerifyOptions::default())
                            .unwrap_or_else(|e| panic!("{}: {e}", machine.name()));
                    println!(
                        "{}, {} p-bits, {} replicas: {} updates, {} clocks, {} divergences, {:.0} s",
                        machine.name(),
                        machine.p_bits(),
                        machine.replicas(),
                        report.updates_compared,
                        report.cycles,
                        report.divergences,
                        began.elapsed().as_secs_f64()
                    );
                    reports.lock().expect("no thread has panicked")[i] = Some(report);
                }
            });
        }
    });
    let reports = reports.into_inner().expect("no thread has panicked");
    reports.into_iter().map(|r| r.expect("every machine has a report")).collect()
}
