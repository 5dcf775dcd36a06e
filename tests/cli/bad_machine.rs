//! machine.json with one thing wrong at a time.

use crate::support::{digits_machine, folder, refused, write};
use serde_json::{Value, json};

/// The message for a machine with one change.
fn message(change: impl FnOnce(&mut Value)) -> String {
    let folder = folder();
    write(folder.path(), "machine.json", digits_machine(change));
    refused(folder.path(), "inspect machine.json")
}

#[test]
fn weights_too_wide() {
    insta::assert_snapshot!("weight_bits_out_of_range", message(|m| m["weight_bits"] = json!(17)));
}

#[test]
fn field_too_narrow() {
    insta::assert_snapshot!("field_bits_out_of_range", message(|m| m["field_bits"] = json!(2)));
}

#[test]
fn draws_wider_than_the_source_gives() {
    insta::assert_snapshot!("draw_bits_out_of_range", message(|m| m["draw_bits"] = json!(20)));
}

#[test]
fn an_empty_layer() {
    insta::assert_snapshot!("empty_layer", message(|m| m["blocks"][0]["hidden"] = json!(0)));
}

#[test]
fn an_empty_layer_list() {
    insta::assert_snapshot!("no_blocks", message(|m| m["blocks"] = json!([])));
}

#[test]
fn an_unknown_key() {
    insta::assert_snapshot!("unknown_key", message(|m| m["blocks"][0]["hiden"] = json!(32)));
}

#[test]
fn a_missing_key() {
    insta::assert_snapshot!(
        "missing_key",
        message(|m| {
            m.as_object_mut().expect("an object").remove("lanes");
        })
    );
}

#[test]
fn accumulators_that_would_overflow() {
    insta::assert_snapshot!(
        "sums_too_wide",
        message(|m| {
            m["max_sweeps"] = json!(1_048_576);
            m["replicas"] = json!(64);
        })
    );
}

#[test]
fn text_that_is_no_json() {
    let folder = folder();
    write(folder.path(), "machine.json", "{\"contract\": 1,\n \"name\": digits}\n");
    insta::assert_snapshot!("no_json", refused(folder.path(), "inspect machine.json"));
}
