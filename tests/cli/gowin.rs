//! A patched bitstream of a Gowin is the one of a full run: `./test --full`, whose stage `gowin-bitstreams` brings the tools.

use crate::bitstream::TINY;
use crate::support::{folder, json, read, run, succeeds, write};
use std::path::Path;

fn patched_is_a_full_run(board: &str, at: &Path) {
    let report = json(at, &format!("synth tiny.json --board {board} --out {board} --patchable"));
    assert_eq!((&report["fits"], &report["bitstream"]), (&true.into(), &"design.fs".into()), "{report}");
    let patched = json(at, &format!("patch {board}/design.fs one --out one.fs"));
    assert_eq!(patched["family"], "Gowin");
    succeeds(at, "patch one.fs two --out two.fs");
    let extracted = json(at, "extract two.fs --image two");
    assert_eq!(
        (&extracted["different_words"], &extracted["coupling_banks"]),
        (&0.into(), &serde_json::json!([0]))
    );
    assert_eq!(run(at, "extract two.fs --image one").code, 1);
    succeeds(at, &format!("synth tiny.json --board {board} --out {board}-full --image two"));
    let (patched, full) = (read(at, "two.fs"), read(at, &format!("{board}-full/design.fs")));
    assert_eq!(patched.len(), full.len());
    let different: Vec<usize> = (0..full.len()).filter(|&at| patched[at] != full[at]).collect();
    assert!(different.is_empty(), "bytes {different:?}");
}

#[test]
fn a_patched_bitstream_is_the_one_of_a_full_run() {
    let folder = folder();
    let at = folder.path();
    write(at, "tiny.json", TINY);
    succeeds(at, "train --digits --machine tiny.json --epochs 1 --seed 3 --out model");
    succeeds(at, "compile model --readout field --retained 3 --burn-in 1 --out one");
    succeeds(at, "compile model --readout spin --retained 9 --delta 0.3 --out two");
    for board in ["tang_nano_9k", "tang_nano_20k"] {
        patched_is_a_full_run(board, at);
    }
}
