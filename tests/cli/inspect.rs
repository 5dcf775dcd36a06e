//! `spinwright inspect` on machines; images and models are looked at where they are made.

use crate::support::{folder, json, refused, succeeds, write};

#[test]
fn a_machine_is_shown_with_what_follows_from_it() {
    let folder = folder();
    write(folder.path(), "machine.json", include_str!("../../examples/digits/machine.json"));
    insta::assert_snapshot!("machine", succeeds(folder.path(), "inspect machine.json"));
    let shown = json(folder.path(), "inspect machine.json");
    assert_eq!(shown["p_bits"], 64);
    assert_eq!(shown["weights"], 5632);
    assert_eq!(shown["config"]["name"], "digits");
}

#[test]
fn what_it_cannot_recognize_it_refuses() {
    let folder = folder();
    write(folder.path(), "other.json", "{\"a\": 1}\n");
    write(folder.path(), "noise", [0xff, 0xfe, 0x00]);
    write(folder.path(), "empty/readme.txt", "nothing here");
    for (name, path) in
        [("json_of_nothing", "other.json"), ("noise", "noise"), ("folder_of_nothing", "empty")]
    {
        insta::assert_snapshot!(name, refused(folder.path(), &format!("inspect {path}")));
    }
}
