//! Models in bitstreams of ECP5s and Gowins, with the real tools: `./test --full`, whose stage `ecp5-gowin-bitstreams` brings them.

use crate::bitstream::images;
use crate::support::{json, read, run, succeeds};
use std::path::Path;

/// Patches the bitstream of a board in all ways; the three bitstreams, as made and with either model.
fn patches(board: &str, file: &str, family: &str, at: &Path) -> [Vec<u8>; 3] {
    let report = json(at, &format!("synth tiny.json --board {board} --out {board} --patchable"));
    assert_eq!((&report["fits"], &report["bitstream"]), (&true.into(), &file.into()), "{report}");
    let patched = json(at, &format!("patch {board}/{file} one --out one-{file}"));
    assert_eq!(patched["family"], family);
    succeeds(at, &format!("patch one-{file} two --out two-{file}"));
    let extracted = json(at, &format!("extract two-{file} --image two"));
    assert_eq!(
        (&extracted["different_words"], &extracted["coupling_banks"]),
        (&0.into(), &serde_json::json!([0]))
    );
    assert_eq!(run(at, &format!("extract two-{file} --image one")).code, 1);
    // What was patched before leaves no trace.
    let made = read(at, &format!("{board}/{file}"));
    let [one, two] = ["one", "two"].map(|name| read(at, &format!("{name}-{file}")));
    succeeds(at, &format!("patch {board}/{file} two --out direct-{file}"));
    assert_eq!(read(at, &format!("direct-{file}")), two);
    assert_ne!(one, two);
    // Yosys cuts the model into block RAMs, place and route and the packer carry it: nothing of ours in between but its place in the netlist.
    succeeds(at, &format!("synth tiny.json --board {board} --out {board}-full --image two"));
    let full = read(at, &format!("{board}-full/{file}"));
    let different = two.iter().zip(&full).filter(|(patched, full)| patched != full).count();
    assert_eq!((two.len(), different), (full.len(), 0), "a patched bitstream against the one of a full run");
    [made, one, two]
}

/// An ECP5's file without the commands that fill block RAMs.
fn without_block_rams(bytes: &[u8]) -> Vec<u8> {
    let mut rest = vec![];
    let mut at = 0;
    while at < bytes.len() {
        let here = &bytes[at..];
        if here.starts_with(&[0xf6, 0, 0, 0]) && here.len() > 12 && here[8..12] == [0xb2, 0xd0, 0x01, 0x00] {
            at += 12 + 256 * 9 + 2;
        } else {
            rest.push(here[0]);
            at += 1;
        }
    }
    rest
}

/// Frames of a Gowin's commands and fabric.
fn fabric(text: &[u8]) -> Vec<&[u8]> {
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let first =
        lines.iter().position(|line| line.starts_with(b"00111011")).expect("the command before the frames")
            + 1;
    let frames = if lines[first].len() == 2904 { 712 } else { 1342 };
    lines[..first + frames].to_vec()
}

#[test]
fn a_model_in_an_ecp5s_bitstream_is_the_one_of_a_full_run() {
    let folder = images();
    let [made, one, two] = patches("ulx3s_25f", "design.bit", "ECP5", folder.path());
    let rest = without_block_rams(&made);
    assert!(rest.len() + 2 * 2304 < made.len(), "block RAMs are in the file");
    assert!(without_block_rams(&one) == rest && without_block_rams(&two) == rest, "only memory differs");
}

#[test]
fn a_model_in_a_gowins_bitstream_is_the_one_of_a_full_run() {
    let folder = images();
    for board in ["tang_nano_9k", "tang_nano_20k"] {
        let [made, one, two] = patches(board, "design.fs", "Gowin", folder.path());
        assert!(
            fabric(&one) == fabric(&made) && fabric(&two) == fabric(&made),
            "{board}: only memory differs"
        );
    }
}
