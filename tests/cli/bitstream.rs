//! `spinwright synth --patchable`, `patch`, `extract`: models in a placed and routed bitstream of an iCE40.

use crate::support::{folder, json, read, refused, run, succeeds, write};
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

/// One lane, 8 p-bits behind 144 inputs: place and route takes seconds.
const TINY: &str = r#"{
  "contract": 1, "name": "tiny", "kind": "layered",
  "blocks": [{ "inputs": 144, "hidden": 4, "outputs": 4 }],
  "lanes": 1, "replicas": 1, "tree_width": 4,
  "weight_bits": 4, "bias_bits": 6, "field_bits": 5, "draw_bits": 15,
  "shifts": {
    "hidden": { "input": 0, "coupling": 0, "bias": 0 },
    "output": { "input": 0, "coupling": 0, "bias": 1 }
  },
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1, "max_sweeps": 64
}
"#;

/// A folder with `tiny.json`, a model `model` and images `one` and `two`.
pub fn images() -> TempDir {
    let folder = folder();
    let at = folder.path();
    write(at, "tiny.json", TINY);
    succeeds(at, "train --digits --machine tiny.json --epochs 1 --seed 3 --out model");
    succeeds(at, "compile model --readout field --retained 3 --burn-in 1 --out one");
    succeeds(at, "compile model --readout spin --retained 9 --delta 0.3 --out two");
    folder
}

/// A folder with `tiny.json`, a model `model`, images `one` and `two`, and the patchable bitstream `up5k/design.bin`; made once.
pub fn placed() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = images();
            let report = json(folder.path(), "synth tiny.json --board icebreaker --out up5k --patchable");
            assert_eq!((&report["fits"], &report["clock"]["met"]), (&true.into(), &true.into()), "{report}");
            folder
        })
        .path()
}

#[test]
fn a_model_goes_into_a_bitstream_and_comes_out_again() {
    let at = placed();
    let patched = json(at, "patch up5k/design.bin one --out one.bin");
    assert_eq!((&patched["family"], &patched["bias_banks"]), (&"iCE40".into(), &serde_json::json!([0])));
    assert!(patched["changed_bytes"].as_u64().unwrap() > 100);
    let extracted = json(at, "extract one.bin --image one");
    assert_eq!(extracted["different_words"], 0);
    assert_eq!(
        extracted["schedules"],
        serde_json::json!([{"burn_in": 1, "retained": 3, "readout": "field"}])
    );
    assert_eq!(
        (&extracted["coupling_banks"], &extracted["bias_banks"]),
        (&serde_json::json!([0]), &serde_json::json!([0]))
    );
    // The streams' CRCs are those that the image announces.
    let image = json(at, "inspect one --machine tiny.json");
    assert!(image.to_string().contains(extracted["coupling_crc"].as_str().unwrap()), "{image}");
    let ran = run(at, "extract one.bin --image two");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("words of the load streams differ"), "{}", ran.stderr);

    // The other banks of a patched bitstream; the first ones stay.
    succeeds(at, "patch one.bin two --out both.bin --coupling-bank 1 --bias-bank 1");
    assert_eq!(json(at, "extract both.bin --image one")["different_words"], 0);
    let second =
        json(at, "extract both.bin --image two --coupling-bank 1 --bias-bank 1 --out both --format hex");
    assert_eq!(
        (&second["different_words"], &second["coupling_banks"]),
        (&0.into(), &serde_json::json!([0, 1]))
    );
    // What was taken out is what `export` writes of the image.
    succeeds(at, "export two --machine tiny.json --format hex --out exported");
    for file in ["schedule.hex", "table_hidden.hex", "lane0_column0.hex", "lane0_bias.hex"] {
        assert_eq!(read(at, &format!("both/{file}")), read(at, &format!("exported/{file}")), "{file}");
    }
    // Outside of memories and checksums nothing changed: patching back to the first model gives its bytes again.
    succeeds(at, "patch up5k/design.bin two --out direct.bin");
    succeeds(at, "patch direct.bin one --out back.bin");
    assert_eq!(read(at, "back.bin"), read(at, "one.bin"));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    // Its own copies: a refusal must leave the folder as it was.
    let folder = folder();
    let at = folder.path();
    for name in [
        "tiny.json",
        "one",
        "up5k/design.bin",
        "up5k/design.map.json",
        "model/model.json",
        "model/model.safetensors",
        "model/machine.json",
    ] {
        write(at, name, read(placed(), name));
    }
    let said = refused(at, "extract up5k/design.bin");
    assert!(said.contains("holds no model"), "{said}");
    let said = refused(at, "patch up5k/design.bin one --out x.bin --coupling-bank 2");
    assert!(said.contains("no such coupling bank"), "{said}");
    let other = TINY.replace(r#""tables": 1"#, r#""tables": 2"#);
    write(at, "other.json", other);
    succeeds(at, "compile model --machine other.json --out other.image");
    let said = refused(at, "patch up5k/design.bin other.image --out x.bin");
    assert!(said.contains("machine"), "{said}");
    let good = read(at, "up5k/design.bin");
    for (name, bytes) in [
        ("short", good[..good.len() / 2].to_vec()),
        ("text", b"no bitstream".to_vec()),
        ("altered", {
            let mut bytes = good.clone();
            bytes[4000] ^= 8;
            bytes
        }),
    ] {
        write(at, &format!("{name}.bin"), bytes);
        let said = refused(at, &format!("patch {name}.bin one --map up5k/design.map.json --out x.bin"));
        assert!(said.contains("no whole bitstream"), "{name}: {said}");
    }
    let said = refused(at, "patch up5k/design.bin one --map nowhere.json --out x.bin");
    assert!(said.contains("nowhere.json"), "{said}");
    write(at, "text.image", "no image");
    let said = refused(at, "patch up5k/design.bin text.image --out x.bin");
    assert!(said.contains("text.image"), "{said}");
    let said = refused(at, "synth tiny.json --board arty_a7_35t --image one");
    assert!(said.contains("updatemem"), "{said}");
}
