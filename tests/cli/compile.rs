//! `spinwright compile`, and `inspect` on what it writes.

use crate::support::{folder_with_digits, json, read, succeeds};

#[test]
fn the_same_model_gives_the_same_image() {
    let folder = folder_with_digits();
    let first = json(folder.path(), "compile digits --out a.image");
    json(folder.path(), "compile digits --machine digits/machine.json --out b.image");
    assert!(read(folder.path(), "a.image") == read(folder.path(), "b.image"));
    assert_eq!(read(folder.path(), "a.image").len() as u64, 4 * first["words"].as_u64().expect("words"));
    assert_eq!(first["schedules"], serde_json::json!([{"burn_in": 0, "retained": 46, "readout": "spin"}]));
}

#[test]
fn schedule_and_start_are_the_images() {
    let folder = folder_with_digits();
    succeeds(
        folder.path(),
        "compile digits --burn-in 3 --retained 5 --readout field --start keep --out a.image",
    );
    let shown = json(folder.path(), "inspect a.image --machine digits");
    assert_eq!(
        shown["contents"]["schedules"],
        serde_json::json!([{"burn_in": 3, "retained": 5, "readout": "field"}])
    );
    assert_eq!(shown["contents"]["start"], "keep");
    assert_eq!(shown["contents"]["classes"], 10);
    let sections: Vec<&str> = shown["sections"]
        .as_array()
        .expect("sections")
        .iter()
        .map(|s| s["section"].as_str().expect("a name"))
        .collect();
    let order = [
        "Schedule",
        "Table",
        "Table",
        "Bias",
        "K1",
        "K2",
        "DecoderWeight",
        "DecoderBias",
        "LoadCheck",
        "Encoder",
    ];
    assert_eq!(sections, order, "the order of the contract");
}

#[test]
fn a_model_is_shown() {
    let folder = folder_with_digits();
    let shown = json(folder.path(), "inspect digits");
    assert_eq!((&shown["weights"], &shown["classes"]), (&5632.into(), &10.into()));
    assert!(succeeds(folder.path(), "inspect digits").contains("5,632 weights"));
}
