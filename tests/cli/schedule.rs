//! `spinwright schedule` on the example of the drawn digits.

use crate::support::{folder_with_digits, json, read, refused, run, succeeds};

const SMALL: &str =
    "schedule digits --images 40 --repetitions 4 --reference-sweeps 8192 --delta 0.2,0.5 --sweeps 8,32,128";

/// 40 pictures; the measured errors have a noise of about 8 % at 128 sweeps.
#[test]
fn predictions_stand_beside_measurements() {
    let folder = folder_with_digits();
    let report = json(folder.path(), &format!("{SMALL} --mode-images 4 --target 0.05 --out out"));
    let curves = report["curves"].as_array().expect("curves");
    assert_eq!(curves.len(), 2);
    assert_eq!((&curves[0]["formats"], &curves[1]["formats"]), (&"wide".into(), &"own".into()));
    for curve in curves {
        let points = curve["points"].as_array().expect("points");
        assert_eq!(points.len(), 3);
        for point in points {
            let number = |key: &str| point[key].as_f64().expect("a number");
            assert!(number("measured") > 0.01 && number("standard_error") > 0.0, "{point}");
            assert!((number("predicted") / number("measured") - 1.0).abs() < 0.25, "{point}");
        }
        assert_eq!(curve["modes"].as_array().expect("modes").len(), 4 * 8);
    }
    assert!(report["pearson"].as_f64().expect("a number") > 0.95, "{}", report["pearson"]);
    // Noise of 0.0055 beside values that spread over a tenth.
    let limit = report["pearson_limit"].as_f64().expect("a number");
    assert!(limit > 0.99 && limit < 1.0, "{limit}");
    // Fewer sweeps at the larger delta, and the errors that they leave are below the target.
    let sweeps = |place: usize| report["schedules"][place]["sweeps"][0].as_u64().expect("sweeps");
    assert!(sweeps(1) < sweeps(0) && sweeps(1) >= 8, "{}", report["schedules"]);
    assert!(report["schedules"][1]["predicted"][0].as_f64().expect("a number") <= 0.05);
    let saved: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "out/schedule.json")).expect("JSON");
    assert_eq!(saved, report);
    let text = String::from_utf8(read(folder.path(), "out/schedule.txt")).expect("text");
    assert!(text.contains("delta 0.5, block 0 (own formats)") && text.contains("Pearson"), "{text}");
    let svg = String::from_utf8(read(folder.path(), "out/schedule.svg")).expect("text");
    assert!(svg.starts_with("<svg") && svg.contains("wrong signs"), "a drawing");
}

#[test]
fn threads_change_nothing() {
    let folder = folder_with_digits();
    let with = |threads: usize| {
        let few =
            "schedule digits --images 6 --repetitions 1 --reference-sweeps 256 --delta 0.5 --sweeps 8,16";
        succeeds(folder.path(), &format!("{few} --mode-images 0 --threads {threads} --json"))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn nothing_is_measured_when_only_a_prediction_is_asked_for() {
    let folder = folder_with_digits();
    let report = json(
        folder.path(),
        "schedule digits --images 20 --predict-only --sweeps 8 --delta 0.5 --target 0.001",
    );
    assert!(report["curves"][0]["points"][0]["measured"].is_null());
    assert!(report["worst_relative_error"].is_null() && report["pearson"].is_null());
    let sweeps = &report["schedules"][0]["sweeps"];
    assert!(sweeps[0].as_u64().is_some_and(|n| n > 1000), "{sweeps}");
}

#[test]
fn impossible_options_are_refused() {
    let folder = folder_with_digits();
    for (options, said) in [
        ("--target 0", "--target"),
        ("--delta 0.5,-1", "--delta"),
        ("--images 0", "--images"),
        ("--mode-sweeps 0", "--mode-sweeps"),
        ("--sweeps 8,9", "4 replicas"),
        ("--replicas 65", "--replicas"),
    ] {
        let message = refused(folder.path(), &format!("schedule digits {options} --out out"));
        assert!(message.contains(said), "{options}: {message}");
    }
    assert_eq!(run(folder.path(), "schedule digits --data a --digits").code, 2);
}
