//! `spinwright fit`: estimates, proposals and refusals. How far off the estimates are stands in docs/boards.md.

use crate::support::{copy, folder, json, refused, run, succeeds, write};
use serde_json::Value;

fn board<'a>(report: &'a Value, name: &str) -> &'a Value {
    let boards = report["boards"].as_array().expect("a list");
    boards.iter().find(|board| board["board"] == name).unwrap_or_else(|| panic!("{name} is missing"))
}

#[test]
fn every_board_has_its_fastest_machine_and_the_files_are_machines() {
    let folder = folder();
    copy("examples/digits", folder.path(), "machine.json");
    let report = json(folder.path(), "fit machine.json --out proposed");
    assert_eq!((&report["machine"], &report["sweeps"]), (&"digits".into(), &8.into()));
    assert_eq!(report["boards"].as_array().unwrap().len(), 10);
    for name in ["hx8k", "ulx3s_85f"] {
        let fit = board(&report, name);
        let best = &fit["choices"][fit["best"].as_u64().expect("it fits") as usize];
        let faster = |choice: &&Value| {
            choice["fits"] == true
                && choice["images_per_second"].as_f64() > best["images_per_second"].as_f64()
        };
        assert!(best["fits"] == true && !fit["choices"].as_array().unwrap().iter().any(|c| faster(&c)));
        let machine = json(folder.path(), &format!("inspect proposed/{name}"));
        assert_eq!(machine["machine_hash"], best["machine_hash"], "{machine}");
    }
    assert!(board(&report, "ulx3s_25f")["choices"].as_array().unwrap().len() >= 5);
}

#[test]
fn a_wired_machine_is_placed_anew() {
    let folder = folder();
    copy("examples/lattice", folder.path(), "machine.json");
    let report = json(folder.path(), "fit machine.json --board ulx3s_25f");
    let fit = board(&report, "ulx3s_25f");
    let best = &fit["choices"][fit["best"].as_u64().expect("it fits") as usize];
    assert!(best["images_per_second"].is_null() && best["lanes"].as_u64() > Some(4), "{best}");
    let text = succeeds(folder.path(), "fit machine.json --board ulx3s_25f");
    assert!(text.contains("million updates per second at 50 MHz"), "{text}");
}

#[test]
fn what_fits_nowhere_is_said_and_bad_options_are_refused() {
    let folder = folder();
    copy("examples/mnist_conv", folder.path(), "machine.json");
    let ran = run(folder.path(), "fit machine.json --board icebreaker");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("does not fit; the smallest: 1 lanes"), "{}", ran.stdout);
    assert!(refused(folder.path(), "fit machine.json --board nexys").contains("icebreaker, hx8k"));
    assert!(refused(folder.path(), "fit machine.json --sweeps 0").contains("--sweeps"));
    write(folder.path(), "bad.json", "{}");
    refused(folder.path(), "fit bad.json");
}
