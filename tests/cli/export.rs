//! `spinwright export`: five formats, one content.

use crate::support::{copy, folder, folder_with_digits, json, project, read, refused, succeeds};
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

#[test]
fn memories_of_the_device_hold_every_bank_and_every_set_of_biases() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "compile digits --out a.image");
    for format in ["mem", "hex", "mif", "coe", "bin"] {
        let options = "--device --also a.image";
        succeeds(
            folder.path(),
            &format!("export a.image --machine digits {options} --format {format} --out {format}"),
        );
        let one = "--device --coupling-bank 1 --bias-bank 1";
        succeeds(
            folder.path(),
            &format!("export a.image --machine digits {one} --format {format} --out one/{format}"),
        );
    }
    succeeds(folder.path(), "export a.image --machine digits --format bin --out stream");
    let index: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "bin/index.json")).expect("JSON");
    let stream: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "stream/index.json")).expect("JSON");
    // Thresholds, two columns and biases of each of four lanes.
    let memories = index["memories"].as_array().expect("memories");
    assert_eq!(memories.len(), 4 * 4);
    for memory in memories {
        let name = memory["file"].as_str().expect("a name").trim_end_matches(".bin").to_owned();
        let width = memory["width"].as_u64().expect("a width");
        let expected = words(folder.path(), &name, "bin", width);
        assert_eq!(expected.len() as u64, memory["depth"].as_u64().expect("a depth"), "{name}");
        for format in ["mem", "hex", "mif", "coe"] {
            assert_eq!(words(folder.path(), &name, format, width), expected, "{name}.{format}");
        }
        // What the load stream brings lies in each bank: 104 rows of weights at 128 b, 256 thresholds at 256 b, 16 biases at 16 b.
        let lane = name.split("lane_").nth(1).and_then(|rest| rest.split('.').next()).expect("a lane");
        let of_stream = |file: &str| {
            let memories = stream["memories"].as_array().expect("memories");
            let of = |m: &&serde_json::Value| m["file"] == format!("{file}.bin");
            let width = memories.iter().find(of).expect("it is there")["width"].as_u64().expect("a width");
            words(folder.path(), &format!("../stream/{file}"), "bin", width)
        };
        let (bank, mask, expected_bank) = if let Some(column) = name.split("weights.memory_").nth(1) {
            let column = column.split('.').next().expect("its number");
            (128, u32::MAX, of_stream(&format!("lane{lane}_column{column}")))
        } else if name.contains("thresholds") {
            (256, u32::MAX, [of_stream("table_hidden"), of_stream("table_output")].concat())
        } else {
            (16, 0xff, of_stream(&format!("lane{lane}_bias")))
        };
        let one = words(&folder.path().join("one"), &name, "bin", width);
        let part = |words: &[u32], at: usize| -> Vec<u32> {
            words[at..at + expected_bank.len()].iter().map(|word| word & mask).collect()
        };
        for at in [0, bank] {
            assert_eq!(part(&expected, at), expected_bank, "{name} at {at}");
        }
        assert_eq!(part(&one, bank), expected_bank, "{name}");
        assert!(part(&one, 0).iter().all(|&word| word == 0), "{name}");
    }
}

#[test]
fn sparse_machines_export_what_their_streams_bring() {
    let folder = folder();
    let f = folder.path();
    copy("examples/addressed", f, "rows");
    let graph = project("examples/graphs/pegs.txt");
    succeeds(f, &format!("compile {graph} --machine rows --beta 0.5 --out a.image"));
    succeeds(f, "export a.image --machine rows --format mem --out m");
    succeeds(f, "board streams rows --image a.image --out streams.json");
    let streams: serde_json::Value = serde_json::from_slice(&read(f, "streams.json")).expect("JSON");
    let index: serde_json::Value = serde_json::from_slice(&read(f, "m/index.json")).expect("JSON");
    let memories = index["memories"].as_array().expect("memories");
    let memory = |name: &str| {
        let text = String::from_utf8(read(f, &format!("m/{name}.mem"))).expect("text");
        let hex = |line: &str| u64::from_str_radix(line, 16).expect("a hexadecimal number");
        text.lines().filter(|line| !line.starts_with(['/', '@'])).map(hex).collect::<Vec<_>>()
    };
    // The host's own loader makes the same streams: lane 2's word of row 1 that holds its neighbor 3.
    let machine: serde_json::Value = serde_json::from_slice(&read(f, "rows/machine.json")).expect("JSON");
    let number = |key: &str| machine[key].as_u64().expect("a number") as usize;
    let (rows, taps) = (number("rows"), number("taps"));
    let columns = 1 + taps + taps.div_ceil(number("group"));
    let before = 3 + 2 * number("beta_steps") + (number("tables") << number("field_bits"));
    let stream = streams["couplings"]["words"].as_array().expect("words");
    for lane in 0..number("lanes") {
        for tap in 0..taps {
            let found = memory(&format!("lane{lane}_tap{tap}"));
            assert_eq!(found.len(), rows);
            for (row, word) in found.iter().enumerate() {
                let at = before + (lane * rows + row) * columns + 1 + tap;
                assert_eq!(stream[at].as_u64(), Some(*word), "lane {lane}, row {row}, tap {tap}");
            }
        }
        let biases = memory(&format!("lane{lane}_bias"));
        let stream = streams["biases"][0]["words"].as_array().expect("words");
        let mask = (1 << number("bias_bits")) - 1;
        for (slot, word) in biases.iter().enumerate() {
            assert_eq!(stream[lane * number("slots") + slot].as_u64().map(|w| w & mask), Some(*word));
        }
    }
    // Schedule, beta schedule, tables; per lane rows, neighbors, groups of weights, biases.
    let per_lane = columns + 1;
    assert_eq!(memories.len(), 2 + number("tables") + number("lanes") * per_lane);
    let said = refused(f, "export a.image --machine rows --format mem --device --out x");
    assert!(said.contains("sums of its groups"), "{said}");
}
