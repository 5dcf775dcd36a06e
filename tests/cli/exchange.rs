//! `spinwright draw` and `spinwright import`, and models of PyTorch and JAX all the way to a trace that the other one computes
//! again.

use crate::support::{json, project, python, refused, succeeds};
use std::path::Path;

const MACHINE: &str = "examples/exchange/machine.json";

/// Trains with one framework, imports, evaluates, runs, and lets both frameworks compute every number of the run again.
fn there_and_back(folder: &Path, framework: &str) {
    let machine = project(MACHINE);
    let script = |name: &str| project(&format!("examples/exchange/{name}_model.py"));
    succeeds(folder, "draw --out drawn");
    let options = format!(
        "train --machine {machine} --data drawn --images 6000 --epochs 2 --out {framework}.safetensors"
    );
    succeeds_in_python(framework, folder, &script(framework), &options);
    let summary =
        json(folder, &format!("import {framework}.safetensors --machine {machine} --delta 0.5 --out model"));
    assert_eq!(summary["parameters"], 4258);
    for fit in summary["tensors"].as_array().expect("a list") {
        // Biases are few and small; what their rounding does to the sums is little.
        let of_weights =
            fit["tensor"].as_str().is_some_and(|name| name.contains("weight") || name.contains(".k"));
        assert!(!of_weights || fit["relative_error"].as_f64().expect("a number") < 0.2, "{fit}");
    }
    let report = json(folder, "evaluate model --data drawn --readout field --sweeps 8");
    let accuracy = report["accuracy"].as_f64().expect("a number");
    assert!(accuracy > 0.8, "{framework}: {accuracy}");
    for readout in ["spin", "field"] {
        succeeds(folder, &format!("compile model --readout {readout} --retained 2 --out model.image"));
        succeeds(folder, "run model --image model.image --data drawn --images 3 --trace trace.jsonl");
        for reader in ["pytorch", "jax"] {
            let options = format!("check --model model --trace trace.jsonl --data drawn --readout {readout}");
            let said = succeeds_in_python(reader, folder, &script(reader), &options);
            // 3 pictures: 288 encoded inputs, 2 sweeps of 4 replicas with 288 + 144 fields, 10 scores and a class each.
            let numbers = 3 * (288 + 2 * 4 * (288 + 144) + 10 + 1);
            assert!(said.contains(&format!("{numbers} numbers of the trace are equal")), "{said}");
        }
        // One changed field is found: the check can fail.
        let trace = std::fs::read_to_string(folder.join("trace.jsonl")).expect("the trace");
        let wrong = with_a_wrong_field(&trace);
        std::fs::write(folder.join("wrong.jsonl"), wrong).expect("written");
        let options = format!("check --model model --trace wrong.jsonl --data drawn --readout {readout}");
        let output = python("jax", folder, &script("jax"), &options);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("differ"), "a changed trace was accepted: {said}");
    }
}

/// The trace with its first field one larger.
fn with_a_wrong_field(trace: &str) -> String {
    let key = "\"fields\":[";
    let places = trace.match_indices(key).map(|(at, _)| at + key.len());
    let at = places.into_iter().find(|&at| !trace[at..].starts_with(']')).expect("a line with fields");
    let (number, rest) = trace[at..].split_once(',').expect("several fields");
    format!("{}{},{rest}", &trace[..at], number.parse::<i32>().expect("a field") + 1)
}

fn succeeds_in_python(framework: &str, folder: &Path, script: &str, options: &str) -> String {
    let output = python(framework, folder, script, options);
    let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.success(),
        "{framework}: {said}{error}\nhelp: ./test installs PyTorch and JAX and names them to the tests"
    );
    said.into_owned()
}

#[test]
fn a_model_of_pytorch_goes_all_the_way() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    there_and_back(folder.path(), "pytorch");
}

#[test]
fn a_model_of_jax_goes_all_the_way() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    there_and_back(folder.path(), "jax");
}

#[test]
fn a_file_without_tensors_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("none.safetensors"), b"not tensors").expect("written");
    let machine = project(MACHINE);
    let said = refused(folder.path(), &format!("import none.safetensors --machine {machine} --out model"));
    assert!(said.contains("the tensors' file is damaged") && said.contains("none.safetensors"), "{said}");
    assert!(!folder.path().join("model").exists(), "nothing may be written");
}
