//! `spinwright demo`: the main job.

use crate::support::{Ran, folder, json, program, read};
use std::path::Path;

/// The demo without any outside program.
fn without_tools(folder: &Path, arguments: &[&str]) -> Ran {
    let output = program(folder).arg("demo").args(arguments).env("PATH", folder).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran {
        code: output.status.code().expect("a code"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

#[test]
fn the_whole_chain_within_its_time() {
    let folder = folder();
    let summary = json(folder.path(), "demo");
    let number = |key: &str| summary[key].as_f64().unwrap_or_else(|| panic!("{key}: {summary}"));
    assert_eq!((&summary["simulated"], &summary["divergences"]), (&true.into(), &0.into()));
    assert!(number("updates_compared") >= 1e6, "{summary}");
    assert!(number("spin_accuracy") > 0.93 && number("field_accuracy") > 0.92, "{summary}");
    assert!(number("spin_accuracy") > number("control_accuracy") + 0.05, "{summary}");
    assert_eq!((&summary["spin_sweeps"], &summary["field_sweeps"]), (&184.into(), &8.into()));
    assert!(number("seconds") < 120.0, "the bar of the demo: {summary}");

    let report = String::from_utf8(read(folder.path(), "out/demo/report.html")).expect("text");
    for part in [
        "Accuracy against sweeps",
        "Confusion matrix",
        "Digits and their spins",
        "The machine",
        "What this run compared",
        "Commands that repeat it",
        "spinwright evaluate out/demo/model",
        "divergences",
    ] {
        assert!(report.contains(part), "{part} is missing in the report");
    }
    for outside in ["src=", "href=", "url(", "@import", "<script"] {
        assert!(!report.contains(outside), "{outside} could load something from outside");
    }
}

#[test]
fn without_verilator_it_says_what_was_not_checked() {
    let folder = folder();
    let ran = without_tools(folder.path(), &["--epochs", "2"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("NOT CHECKED: the generated Verilog was not simulated"), "{}", ran.stdout);
    assert!(ran.stdout.contains("sudo apt-get install --yes verilator g++ make"), "{}", ran.stdout);
    assert!(ran.stdout.lines().count() <= 24, "one screen:\n{}", ran.stdout);
    let report = String::from_utf8(read(folder.path(), "out/demo/report.html")).expect("text");
    assert!(report.contains("was not simulated and not compared"));
}

#[test]
fn an_output_folder_that_cannot_be_written_is_refused_before_any_work() {
    let folder = folder();
    crate::support::write(folder.path(), "out", "a file");
    let ran = without_tools(folder.path(), &[]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.starts_with("error: the output folder cannot be written\n  at out\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
}
