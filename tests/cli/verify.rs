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
