//! `spinwright evaluate` on the example of the drawn digits.

use crate::support::{folder_with_digits, json, succeeds};

#[test]
fn the_keys_are_those_that_scripts_rely_on() {
    let folder = folder_with_digits();
    let text = succeeds(folder.path(), "evaluate digits --readout field --sweeps 8 --images 100 --json");
    let order = [
        "accuracy",
        "images",
        "sweeps",
        "readout",
        "delta",
        "replicas",
        "burn_in",
        "retained",
        "start",
        "seed",
        "weights",
        "weight_bits",
        "parameters",
        "feed_forward_accuracy",
        "control_accuracy",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|key| text.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("no {key}")))
        .collect();
    assert!(places.is_sorted(), "{text}");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report.as_object().expect("an object").len(), order.len());
}

#[test]
fn both_readouts_beat_the_control() {
    let folder = folder_with_digits();
    for (options, at_least) in [("--readout spin --sweeps 184", 0.93), ("--readout field --sweeps 8", 0.92)] {
        let report = json(folder.path(), &format!("evaluate digits {options}"));
        let number = |key: &str| report[key].as_f64().expect("a number");
        assert_eq!(report["images"], 2000);
        assert!(number("accuracy") >= at_least, "{options}: {report}");
        assert!(number("accuracy") >= number("control_accuracy") + 0.05, "{options}: {report}");
        assert!(number("feed_forward_accuracy") > 0.9, "{options}: {report}");
    }
}

#[test]
fn threads_change_nothing_and_the_seed_does() {
    let folder = folder_with_digits();
    let with =
        |options: &str| succeeds(folder.path(), &format!("evaluate digits --sweeps 16 {options} --json"));
    assert_eq!(with("--threads 1"), with("--threads 3"));
    assert_ne!(with("--seed 1"), with("--seed 2"));
}

#[test]
fn sweeps_are_counted_over_all_replicas() {
    let folder = folder_with_digits();
    let report = json(folder.path(), "evaluate digits --sweeps 186 --images 10");
    assert_eq!(report["sweeps"], 184, "4 replicas cannot share 2 sweeps more");
    let report =
        json(folder.path(), "evaluate digits --sweeps 186 --replicas 6 --burn-in 1 --start keep --images 10");
    assert_eq!((&report["sweeps"], &report["replicas"]), (&186.into(), &6.into()));
    assert_eq!((&report["burn_in"], &report["start"]), (&1.into(), &"keep".into()));
}
