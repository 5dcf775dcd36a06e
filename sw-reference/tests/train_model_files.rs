//! Models on disk: what is written is read back, lies on the machine's grids, and bad files are refused.

use safetensors::tensor::{Dtype, TensorView};
use spinwright_reference::data::digits;
use spinwright_reference::train::{Phase, Silent, TrainConfig, Trained, decoder_fraction, io, train};
use std::path::Path;

fn trained(skip: bool) -> Trained {
    let config = TrainConfig::digits();
    let phases = vec![Phase { epochs: 6, sweeps: 2, learning_rate: 2e-2, ..config.phases[0] }];
    let config = TrainConfig { hidden: 10, outputs: 8, skip, phases, batch: 16, validation: 100, ..config };
    train(&digits::draw(600, 3, digits::Split::Train), &config, &mut Silent).unwrap()
}

#[test]
fn written_and_read_back() {
    for skip in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("made/on/demand");
        let trained = trained(skip);
        io::save(&inner, &trained).unwrap();
        assert_eq!(io::load(&inner).unwrap(), trained);
        // The same model gives the same bytes, and nothing but the two files is left.
        let bytes = std::fs::read(inner.join(io::WEIGHTS_FILE)).unwrap();
        io::save(&inner, &trained).unwrap();
        assert_eq!(std::fs::read(inner.join(io::WEIGHTS_FILE)).unwrap(), bytes);
        assert_eq!(std::fs::read_dir(&inner).unwrap().count(), 2);
        // Two bytes a number, and the header.
        let Trained { model, .. } = &trained;
        let numbers = model.parameters() + model.control.weight.len() + model.control.bias.len();
        assert!((2 * numbers..2 * numbers + 1500).contains(&bytes.len()), "{} bytes", bytes.len());
    }
}

/// Every number is an integer multiple of its grid's step and within its range, delta folded in.
#[test]
fn stored_numbers_lie_on_the_grids() {
    let Trained { model, record } = trained(true);
    let format = record.config.format;
    let fractions = format.fractions();
    let block = &model.block;
    let on_grid = |name: &str, values: &[f32], factor: f32, fraction: i32, bits: u32| {
        let largest = f64::from((1 << (bits - 1)) - 1);
        let raws: Vec<f64> =
            values.iter().map(|&v| f64::from(v) * f64::from(factor) * 2f64.powi(fraction)).collect();
        assert!(raws.iter().all(|raw| raw.abs() <= largest + 1e-3), "{name} out of range");
        assert!(raws.iter().all(|raw| (raw - raw.round()).abs() < 1e-3), "{name} off the grid");
        assert!(raws.iter().any(|raw| *raw != 0.0), "{name} is all zero");
    };
    on_grid("k1", &block.k1, 1.0, fractions.k1, format.weight_bits);
    on_grid("b1", &block.b1, 1.0, fractions.b1, format.bias_bits);
    on_grid("k2", &block.k2, block.delta, fractions.k2, format.weight_bits);
    on_grid("b2", &block.b2, block.delta, fractions.b2, format.bias_bits);
    on_grid("k3", block.k3.as_ref().unwrap(), block.delta, fractions.k3, format.weight_bits);
    for (name, map) in [("decoder", &model.decoder), ("control", &model.control)] {
        on_grid(name, &map.weight, 1.0, decoder_fraction(&map.weight), 8);
        on_grid(name, &map.bias, 1.0, decoder_fraction(&map.bias).min(decoder_fraction(&map.weight)), 8);
    }
    assert_eq!(block.weights(), 10 * 144 + 8 * 10 + 8 * 144);
    assert_eq!(model.parameters(), block.weights() + 10 + 8 + 10 * 8 + 10);
}

fn refused(folder: &Path, parts: &[&str]) {
    let text = io::load(folder).expect_err("this must be refused").to_string();
    for part in parts.iter().chain(&["help:"]) {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

/// Writes one tensor of a model anew.
fn replace(folder: &Path, name: &str, shape: &[usize], values: &[f32]) {
    let path = folder.join(io::WEIGHTS_FILE);
    let bytes = std::fs::read(&path).unwrap();
    let old = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let mut views: Vec<(String, TensorView)> = old.tensors().into_iter().filter(|(n, _)| n != name).collect();
    views.push((name.into(), TensorView::new(Dtype::F32, shape.to_vec(), &data).unwrap()));
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
}

#[test]
fn bad_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let model = trained(false);
    let fresh = || io::save(folder, &model).unwrap();
    refused(&folder.join("nowhere"), &["model.json"]);

    fresh();
    let mut b2 = model.model.block.b2.clone();
    b2[3] = f32::NAN;
    replace(folder, "block0.b2", &[8], &b2);
    refused(folder, &["block0.b2[3]", "NaN"]);

    fresh();
    let mut k1 = model.model.block.k1.clone();
    k1[144 + 2] = f32::INFINITY;
    replace(folder, "block0.k1", &[10, 144], &k1);
    refused(folder, &["block0.k1[1][2]", "inf"]);

    fresh();
    replace(folder, "block0.b1", &[9], &[0.0; 9]);
    refused(folder, &["block0.b1", "10", "9"]);

    fresh();
    replace(folder, "block0.k2", &[80], &model.model.block.k2);
    refused(folder, &["block0.k2", "[80]"]);

    fresh();
    replace(folder, "decoder.weight", &[10, 7], &[0.0; 70]);
    refused(folder, &["decoder.weight", "7", "8"]);

    fresh();
    replace(folder, "block1.k1", &[1], &[0.0]);
    refused(folder, &["block1.k1"]);

    fresh();
    replace(folder, "block0.k1", &[0, 144], &[]);
    refused(folder, &["empty layer"]);

    fresh();
    let view = TensorView::new(Dtype::I16, vec![3], &[1, 0, 2, 0, 3, 0]).unwrap();
    let odd = safetensors::serialize([("block0.k1", view)], None).unwrap();
    std::fs::write(folder.join(io::WEIGHTS_FILE), odd).unwrap();
    refused(folder, &["block0.k1", "I16"]);

    fresh();
    let weights = folder.join(io::WEIGHTS_FILE);
    let bytes = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &bytes[..bytes.len() - 5]).unwrap();
    refused(folder, &["model.safetensors"]);

    fresh();
    let description = folder.join(io::DESCRIPTION_FILE);
    let text = std::fs::read_to_string(&description).unwrap();
    std::fs::write(&description, text.replace("\"threshold\"", "\"treshold\"")).unwrap();
    refused(folder, &["model.json", "treshold", "line"]);
    std::fs::write(&description, text.replace("\"format_version\": 1", "\"format_version\": 9")).unwrap();
    refused(folder, &["version 9"]);
}

#[test]
fn folder_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let text = io::save(&file.join("inside"), &trained(false)).unwrap_err().to_string();
    assert!(text.contains("help:"), "{text}");
}
