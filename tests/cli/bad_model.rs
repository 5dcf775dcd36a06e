//! Models, images and schedules that do not fit.

use crate::support::{copy, digits_machine, folder_with_digits, read, refused, succeeds, write};
use serde_json::json;
use std::path::Path;

/// Replaces the first value of a tensor by a number that is none.
fn poison(folder: &Path, tensor: &str) {
    let name = "digits/model.safetensors";
    let mut bytes = read(folder, name);
    let header = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
    let layout: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header]).expect("a JSON header");
    let start = 8 + header + layout[tensor]["data_offsets"][0].as_u64().expect("an offset") as usize;
    match layout[tensor]["dtype"].as_str().expect("a type") {
        "BF16" => bytes[start..start + 2].copy_from_slice(&0x7fc0u16.to_le_bytes()),
        "F32" => bytes[start..start + 4].copy_from_slice(&f32::NAN.to_le_bytes()),
        other => panic!("a type that this test does not know: {other}"),
    }
    write(folder, name, bytes);
}

#[test]
fn a_weight_that_is_no_number() {
    let folder = folder_with_digits();
    poison(folder.path(), "block0.k2");
    insta::assert_snapshot!("nan_weight", refused(folder.path(), "compile digits --out a.image"));
}

#[test]
fn a_model_with_too_many_outputs_for_the_machine() {
    let folder = folder_with_digits();
    write(folder.path(), "small.json", digits_machine(|m| m["blocks"][0]["outputs"] = json!(24)));
    let message = refused(folder.path(), "compile digits --machine small.json --out a.image");
    insta::assert_snapshot!("model_has_too_many_outputs", message);
}

#[test]
fn a_model_with_too_many_inputs_for_the_machine() {
    let folder = folder_with_digits();
    copy("examples/mnist", folder.path(), "mnist");
    let message = refused(folder.path(), "compile mnist --machine digits --out a.image");
    insta::assert_snapshot!("model_has_too_many_inputs", message);
}

#[test]
fn weights_too_large_for_the_machine() {
    let folder = folder_with_digits();
    write(folder.path(), "narrow.json", digits_machine(|m| m["weight_bits"] = json!(2)));
    let message = refused(folder.path(), "compile digits --machine narrow.json --out a.image");
    insta::assert_snapshot!("weights_do_not_fit", message);
    succeeds(folder.path(), "compile digits --machine narrow.json --saturate --out a.image");
}

#[test]
fn an_unknown_key_in_a_model() {
    let folder = folder_with_digits();
    let text = String::from_utf8(read(folder.path(), "digits/model.json")).expect("text");
    write(folder.path(), "digits/model.json", text.replacen("\"encoder\"", "\"encodre\"", 1));
    let message = refused(folder.path(), "evaluate digits --sweeps 8");
    assert!(message.contains("model.json, line ") && message.contains("encodre"), "{message}");
}

#[test]
fn weights_that_are_cut_off() {
    let folder = folder_with_digits();
    let bytes = read(folder.path(), "digits/model.safetensors");
    write(folder.path(), "digits/model.safetensors", &bytes[..bytes.len() / 2]);
    insta::assert_snapshot!("weights_cut_off", refused(folder.path(), "compile digits --out a.image"));
}

#[test]
fn a_schedule_longer_than_the_accumulators_hold() {
    let folder = folder_with_digits();
    let compile = refused(folder.path(), "compile digits --retained 1025 --out a.image");
    insta::assert_snapshot!("schedule_too_long", compile);
    let evaluate = refused(folder.path(), "evaluate digits --sweeps 5000");
    assert!(evaluate.contains("max_sweeps"), "{evaluate}");
    succeeds(folder.path(), "compile digits --out a.image");
    let run = refused(folder.path(), "run digits --image a.image --burn-in 2000");
    assert!(run.contains("max_sweeps"), "{run}");
}

#[test]
fn an_image_for_another_machine() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    write(folder.path(), "other.json", digits_machine(|m| m["lanes"] = json!(8)));
    let message = refused(folder.path(), "run other.json --image a.image");
    insta::assert_snapshot!("image_for_another_machine", message);
}

#[test]
fn an_image_with_one_wrong_bit() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    let mut bytes = read(folder.path(), "a.image");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    write(folder.path(), "a.image", bytes);
    let message = refused(folder.path(), "run digits --image a.image");
    assert!(message.contains("CRC"), "{message}");
}

#[test]
fn a_folder_that_is_no_model() {
    let folder = folder_with_digits();
    write(folder.path(), "empty/readme.txt", "nothing");
    insta::assert_snapshot!("not_a_model", refused(folder.path(), "evaluate empty"));
}

#[test]
fn too_few_sweeps() {
    let folder = folder_with_digits();
    insta::assert_snapshot!("too_few_sweeps", refused(folder.path(), "evaluate digits --sweeps 3"));
}

#[test]
fn a_model_of_other_data_without_data() {
    let folder = folder_with_digits();
    copy("examples/mnist", folder.path(), "mnist");
    insta::assert_snapshot!("data_needed", refused(folder.path(), "evaluate mnist --sweeps 8"));
}

#[test]
fn outputs_that_cannot_be_written() {
    let folder = folder_with_digits();
    write(folder.path(), "file", "no folder");
    for command in [
        "compile digits --out file/a.image",
        "export digits --format mem --out file/memories",
        "generate digits --out file/verilog",
        "demo --out file/demo",
    ] {
        let message = refused(folder.path(), command);
        assert!(message.contains("file"), "{message}");
    }
}
