//! Models in bitstreams of Gowins, with the real tools: `./test --full`, whose stage `gowin-bitstreams` brings them.

use crate::bitstream::TINY;
use crate::support::{folder, json, read, run, succeeds, write};
use std::path::Path;

/// Frames of commands and fabric, which no patch touches.
fn fabric(text: &[u8]) -> Vec<&[u8]> {
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let first =
        lines.iter().position(|line| line.starts_with(b"00111011")).expect("the command before the frames")
            + 1;
    let frames = if lines[first].len() == 2904 { 712 } else { 1342 };
    lines[..first + frames].to_vec()
}

fn patches(board: &str, at: &Path) {
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
    // What was patched before leaves no trace, and nothing but frames of memory changes.
    let (made, one, two) = (read(at, &format!("{board}/design.fs")), read(at, "one.fs"), read(at, "two.fs"));
    succeeds(at, &format!("patch {board}/design.fs two --out direct.fs"));
    assert_eq!(read(at, "direct.fs"), two);
    assert_ne!(one, two);
    assert_eq!((fabric(&one), fabric(&two)), (fabric(&made), fabric(&made)));
}

#[test]
fn a_model_goes_into_a_gowins_bitstream_and_comes_out_again() {
    let folder = folder();
    let at = folder.path();
    write(at, "tiny.json", TINY);
    succeeds(at, "train --digits --machine tiny.json --epochs 1 --seed 3 --out model");
    succeeds(at, "compile model --readout field --retained 3 --burn-in 1 --out one");
    succeeds(at, "compile model --readout spin --retained 9 --delta 0.3 --out two");
    for board in ["tang_nano_9k", "tang_nano_20k"] {
        patches(board, at);
    }
}
