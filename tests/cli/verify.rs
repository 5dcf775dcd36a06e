//! `spinwright verify`; the proofs themselves are the sim crate's tests.

use crate::support::{folder_with_digits, program, run, succeeds};

#[test]
fn the_keys_are_those_that_scripts_rely_on() {
    let folder = folder_with_digits();
    let text = succeeds(folder.path(), "verify digits --updates 20000 --seed 3 --json");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let keys: Vec<&String> = report.as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 3, "{text}");
    assert!(report["updates_compared"].as_u64().expect("a number") >= 20_000);
    assert_eq!((&report["divergences"], &report["first_divergence"]), (&0.into(), &serde_json::Value::Null));
}

#[test]
fn test_pictures_run_through_the_simulated_machine() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    let text = succeeds(folder.path(), "verify digits --image a.image --digits --images 3 --json --details");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    // 64 p-bits, 4 replicas, 46 sweeps.
    assert_eq!(report["updates_compared"], 3 * 64 * 4 * 46);
    assert_eq!((&report["counts"]["runs"], &report["divergences"]), (&3.into(), &0.into()));
}

#[test]
fn without_verilator_it_says_what_installs_it() {
    let folder = folder_with_digits();
    let output = program(folder.path())
        .args(["verify", "digits", "--updates", "1000"])
        .env("PATH", folder.path())
        .env("SPINWRIGHT_CACHE", folder.path().join("cache"))
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("apt-get install") && said.contains("verilator"), "{said}");
}

#[test]
fn an_image_of_another_machine_is_refused() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    let machine = crate::support::digits_machine(|m| m["lanes"] = 8.into());
    crate::support::write(folder.path(), "other.json", machine);
    let ran = run(folder.path(), "verify other.json --image a.image --updates 1000");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("another machine"), "{}", ran.stderr);
}

/// A ring of eight p-bits on two lanes: as small as a wired machine with every part gets.
const RING: &str = r#"{
  "contract": 1, "name": "ring", "kind": "wired", "lanes": 2, "replicas": 2, "weight_bits": 3, "bias_bits": 3, "field_bits": 4,
  "draw_bits": 8, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 2, "max_sweeps": 100,
  "beta_steps": 2, "slot_colors": [0, 0, 1, 1],
  "placement": [[0, 0], [0, 2], [1, 0], [1, 2], [0, 1], [0, 3], [1, 1], [1, 3]],
  "neighbors": [[1, 7], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 7], [6, 0]]
}"#;

#[test]
fn a_sparse_machine_is_verified_as_a_layered_one() {
    let folder = crate::support::folder();
    std::fs::write(folder.path().join("ring.json"), RING).expect("it can be written");
    let text = succeeds(folder.path(), "verify ring.json --updates 20000 --seed 3 --json --details");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(report["updates_compared"].as_u64().expect("a number") >= 20_000);
    assert_eq!((&report["divergences"], &report["first_divergence"]), (&0.into(), &serde_json::Value::Null));
    let counts = &report["counts"];
    assert_eq!(counts["fields"], report["updates_compared"]);
    for kind in
        ["sums", "read_spins", "read_sums", "read_signs", "registers", "cycle_counts", "swaps", "stops"]
    {
        assert!(counts[kind].as_u64().expect("a number") > 0, "{kind}: {counts}");
    }
}

#[test]
fn a_sparse_machine_is_verified_over_the_uart_and_by_what_is_read_back() {
    let folder = crate::support::folder();
    std::fs::write(folder.path().join("ring.json"), RING).expect("it can be written");
    let text = succeeds(folder.path(), "verify ring.json --uart --updates 500 --seed 4 --json");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(report["updates_compared"].as_u64().expect("a number") >= 500);
    assert_eq!(report["divergences"], 0);

    let text = succeeds(folder.path(), "verify ring.json --read-back --updates 5000 --json");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let made = report["read_back"]["updates_made"].as_u64().expect("a number");
    assert!(made >= 5000 && report["read_back"]["updates_per_second"].as_f64().expect("a number") > 0.0);
    assert_eq!((&report["updates_compared"], &report["divergences"]), (&0.into(), &0.into()));
}

#[test]
fn pictures_for_a_sparse_machine_and_reading_back_of_a_layered_one_are_refused() {
    let folder = folder_with_digits();
    std::fs::write(folder.path().join("ring.json"), RING).expect("it can be written");
    let said = crate::support::refused(folder.path(), "verify ring.json --image a.image --digits");
    assert!(said.contains("a sparse machine takes no pictures"), "{said}");
    let said = crate::support::refused(folder.path(), "verify digits --read-back");
    assert!(said.contains("--read-back"), "{said}");
}
