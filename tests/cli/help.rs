//! Help, versions, usage errors and pipes.

use crate::support::{folder, run};
use std::process::{Command, Stdio};

const COMMANDS: [&str; 24] = [
    "demo",
    "train",
    "compile",
    "generate",
    "run",
    "evaluate",
    "schedule",
    "synth",
    "verify",
    "export",
    "inspect",
    "doctor",
    "graph",
    "sample",
    "anneal",
    "place",
    "sparsify",
    "learn",
    "complete",
    "patch",
    "extract",
    "simulate",
    "board",
    "registers",
];

#[test]
fn without_arguments_there_is_help_and_exit_code_2() {
    let ran = run(folder().path(), "");
    assert_eq!(ran.code, 2);
    for command in COMMANDS {
        assert!(ran.stderr.contains(&format!("\n  {command} ")), "{command} is not listed");
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in COMMANDS {
        let ran = run(folder().path(), &format!("{command} --help"));
        assert_eq!(ran.code, 0, "{command}");
        assert!(
            ran.stdout.contains(&format!("Example:\n  spinwright {command}")),
            "{command}: {}",
            ran.stdout
        );
        assert!(ran.stdout.contains("--json"), "{command} has no --json");
    }
}

#[test]
fn an_unknown_option_is_named_with_exit_code_2() {
    let ran = run(folder().path(), "doctor --jsno");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--jsno") && ran.stderr.contains("--json"), "{}", ran.stderr);
}

#[test]
fn a_reader_that_goes_away_is_no_reason_for_a_message() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_spinwright"))
        .arg("doctor")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(141));
}
