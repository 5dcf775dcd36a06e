//! `spinwright run`: the golden traces of the contract, over the command line.

use crate::support::{copy, folder, folder_with_digits, json, read, refused, succeeds, write};
use serde_json::Value;

const GOLDEN: [&str; 5] = ["lfsr_spin", "lfsr_swap", "lfsr_clamp_host", "xoshiro_skip_field", "xoshiro_wide"];

/// The options that a golden case's description asks for.
fn options(case: &Value) -> String {
    let mut options = format!(" --seed {} --bias-set {}", case["seed"], case["bias_set"]);
    let list = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join(",");
    if let Some(tables) = case["table_select"].as_array().filter(|tables| !tables.is_empty()) {
        options += &format!(" --table-select {}", list(tables));
    }
    if let Some(clamps) = case["clamp"].as_object().filter(|clamps| !clamps.is_empty()) {
        let clamps: Vec<String> = clamps.iter().map(|(id, up)| format!("{id}={up}")).collect();
        options += &format!(" --clamp {}", clamps.join(","));
    }
    if let Some(start) = case["start"].as_str() {
        options += &format!(" --start {start}");
    }
    if case["host_spins"].as_array().is_some_and(|spins| !spins.is_empty()) {
        options += " --spins spins.txt";
    }
    if let Some(swap) = case["swap"].as_object() {
        let after = swap.get("after").or_else(|| swap.get("after_sweep")).expect("a sweep");
        options +=
            &format!(" --swap-image swap.bank --swap-after {after} --swap-bias-set {}", swap["bias_set"]);
    }
    options
}

#[test]
fn golden_traces_come_out_byte_by_byte() {
    for name in GOLDEN {
        let folder = folder();
        copy(&format!("sw-reference/tests/golden/{name}"), folder.path(), ".");
        let case: Value = serde_json::from_slice(&read(folder.path(), "case.json")).expect("a description");
        if let Some(spins) = case["host_spins"].as_array() {
            let lines: String =
                spins.iter().map(|s| format!("{}\n", s.as_str().expect("a number"))).collect();
            write(folder.path(), "spins.txt", lines);
        }
        let run = format!(
            "run machine.json --image image.bank --inputs inputs.txt --trace out.jsonl{}",
            options(&case)
        );
        succeeds(folder.path(), &run);
        assert!(read(folder.path(), "out.jsonl") == read(folder.path(), "trace.jsonl"), "{name}: {run}");
    }
}

#[test]
fn a_trace_keeps_only_the_keys_asked_for() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --retained 2 --out a.image");
    let trace = succeeds(folder.path(), "run digits --image a.image --trace - --trace-keys spins");
    // Start and two sweeps, two colors, four replicas.
    assert_eq!(trace.lines().count(), 3 * 2 * 4);
    let first: Value = serde_json::from_str(trace.lines().next().expect("a line")).expect("JSON");
    let keys: Vec<&String> = first.as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 6, "{keys:?}");
    assert_eq!(first["spins"].as_str().expect("spins").len(), 8);
}

#[test]
fn pictures_are_classified_as_evaluate_does() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    let ran = json(folder.path(), "run digits --image a.image --digits --images 50");
    let results = ran["results"].as_array().expect("results");
    let right = results.iter().filter(|result| result["class"] == result["label"]).count();
    let evaluated = json(folder.path(), "evaluate digits --sweeps 184 --images 50");
    assert_eq!(evaluated["accuracy"].as_f64().expect("a number"), right as f64 / 50.0);
    assert_eq!(ran["sweeps"], 50 * 184);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    write(folder.path(), "inputs.txt", "123\n");
    for (name, options) in [
        ("clamp_of_no_p_bit", "--clamp 64=1"),
        ("table_that_does_not_exist", "--table-select 0,0,0,1"),
        ("trace_key_that_does_not_exist", "--trace-keys spin"),
        ("inputs_of_another_machine", "--inputs inputs.txt"),
        ("bias_set_that_does_not_exist", "--bias-set 1"),
        ("swap_in_a_batch", "--digits --images 2 --swap-image a.image --swap-after 1"),
        ("spins_without_host_start", "--spins inputs.txt"),
    ] {
        let message =
            refused(folder.path(), &format!("run digits --image a.image --trace new/t.jsonl {options}"));
        insta::assert_snapshot!(name, message);
    }
}
