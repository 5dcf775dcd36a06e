//! `spinwright export`: five formats, one content.

use crate::support::{folder_with_digits, json, read, refused, succeeds};
use std::path::Path;

/// The words of a memory, read from one of the formats by a decoder that shares nothing with the encoder.
fn words(folder: &Path, memory: &str, format: &str, width: u64) -> Vec<u32> {
    let bytes = read(folder, &format!("{format}/{memory}.{format}"));
    if format == "bin" {
        let bytes_per_word = width.div_ceil(8) as usize;
        let word = |chunk: &[u8]| chunk.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
        return bytes.chunks_exact(bytes_per_word).map(word).collect();
    }
    let text = String::from_utf8(bytes).expect("text");
    let hex = |digits: &str| u32::from_str_radix(digits, 16).expect("a hexadecimal number");
    match format {
        "mem" => text.lines().filter(|line| !line.starts_with(['/', '@'])).map(hex).collect(),
        "hex" => text
            .lines()
            .filter(|line| &line[7..9] == "00")
            .map(|line| {
                let bytes: Vec<u32> = (1..line.len()).step_by(2).map(|i| hex(&line[i..i + 2])).collect();
                assert_eq!(bytes.iter().sum::<u32>() % 256, 0, "the checksum of {line}");
                hex(&line[9..line.len() - 2])
            })
            .collect(),
        "mif" => text
            .lines()
            .filter_map(|line| line.split_once(" : "))
            .map(|(_, word)| hex(word.trim_end_matches(';')))
            .collect(),
        "coe" => {
            let vector = text.split_once("memory_initialization_vector=\n").expect("a vector").1;
            vector.trim_end().trim_end_matches(';').split(",\n").map(hex).collect()
        }
        other => panic!("unknown format {other}"),
    }
}

#[test]
fn every_format_holds_the_same_words() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    for format in ["mem", "hex", "mif", "coe", "bin"] {
        succeeds(folder.path(), &format!("export a.image --machine digits --format {format} --out {format}"));
    }
    let index: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "bin/index.json")).expect("JSON");
    let memories = index["memories"].as_array().expect("memories");
    // Schedule, two tables, two columns and the biases of each of four lanes.
    assert_eq!(memories.len(), 3 + 4 * 3);
    let mut table_hidden = Vec::new();
    for memory in memories {
        let name = memory["file"].as_str().expect("a name").trim_end_matches(".bin").to_owned();
        let width = memory["width"].as_u64().expect("a width");
        let expected = words(folder.path(), &name, "bin", width);
        assert_eq!(expected.len() as u64, memory["depth"].as_u64().expect("a depth"), "{name}");
        for format in ["mem", "hex", "mif", "coe"] {
            assert_eq!(words(folder.path(), &name, format, width), expected, "{name}.{format}");
        }
        if name == "table_hidden" {
            table_hidden = expected;
        }
    }
    // 7 field bits, 15 draw bits: threshold of field 0 is one half, of -f it is one minus that of f.
    assert_eq!((table_hidden.len(), table_hidden[0]), (128, 1 << 14));
    assert!((1..64).all(|f| table_hidden[f] + table_hidden[128 - f] == 1 << 15));
}

#[test]
fn a_model_exports_as_its_image_does() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    succeeds(folder.path(), "export a.image --machine digits --format mem --out a");
    let index = json(folder.path(), "export digits --format mem --out b");
    for memory in index["memories"].as_array().expect("memories") {
        let file = memory["file"].as_str().expect("a name");
        assert!(
            read(folder.path(), &format!("a/{file}")) == read(folder.path(), &format!("b/{file}")),
            "{file}"
        );
    }
}

#[test]
fn an_image_needs_its_machine() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    insta::assert_snapshot!(
        "image_without_machine",
        refused(folder.path(), "export a.image --format mem --out x")
    );
}
