//! Import against fields written out tap by tap, and one message per way to be refused.

use super::{ImportOptions, Imported, import};
use crate::models::{ConvBlock, ConvModel};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use safetensors::tensor::{Dtype, TensorView};
use spinwright_contract::config::{BiasScope, Kernel, Plane};
use spinwright_contract::{MachineConfig, Problem, ValidConfig, files};
use std::collections::BTreeMap;
use std::path::Path;

const MACHINE: &str = r#"{
  "contract": 1, "name": "small", "kind": "layered",
  "blocks": [{"input": {"rows": 4, "columns": 3, "channels": 2}, "hidden": {"rows": 4, "columns": 3, "channels": 3},
    "output": {"rows": 2, "columns": 2, "channels": 4}, "k1": {"size": 3, "stride": 1, "padding": 1},
    "k2": {"size": 3, "stride": 2, "padding": 1}, "k3": {"size": 2, "stride": 2, "padding": 0}, "bias": "position"}],
  "encoder": {"rows": 8, "columns": 6, "kernel": {"size": 3, "stride": 2, "padding": 1}, "bias_shift": 4},
  "decoder": {"classes": 3, "rows": 2, "columns": 1, "bias_shift": 0},
  "lanes": 2, "replicas": 2, "tree_width": 4, "weight_bits": 8, "bias_bits": 12, "field_bits": 8, "draw_bits": 16,
  "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 1, "max_sweeps": 64
}"#;

type Named = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn machine(change: impl FnOnce(&mut MachineConfig)) -> ValidConfig {
    let mut config = files::parse_json::<MachineConfig>(MACHINE, Path::new("machine.json")).expect("JSON");
    change(&mut config);
    config.validate().expect("a valid machine")
}

/// Tensors of [`MACHINE`] with values that are multiples of 1/64 up to 0.5: on a grid that 8 bits hold.
fn tensors() -> Named {
    let shapes: [(&str, &[usize]); 9] = [
        ("encoder.weight", &[2, 1, 3, 3]),
        ("encoder.bias", &[2]),
        ("block0.k1", &[3, 2, 3, 3]),
        ("block0.k2", &[4, 3, 3, 3]),
        ("block0.k3", &[4, 2, 2, 2]),
        ("block0.b1", &[3, 4, 3]),
        ("block0.b2", &[4, 2, 2]),
        ("decoder.weight", &[3, 4, 2, 1]),
        ("decoder.bias", &[3]),
    ];
    let mut draw = Xoshiro256PlusPlus::seed_from_u64(5);
    shapes
        .iter()
        .map(|&(name, shape)| (name.to_string(), (shape.to_vec(), values(&mut draw, shape))))
        .collect()
}

fn values(draw: &mut Xoshiro256PlusPlus, shape: &[usize]) -> Vec<f32> {
    (0..shape.iter().product()).map(|_| draw.random_range(-32..=32) as f32 / 64.0).collect()
}

fn write(tensors: &Named) -> tempfile::NamedTempFile {
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let data: Vec<(String, Vec<usize>, Vec<u8>)> =
        tensors.iter().map(|(name, (shape, values))| (name.clone(), shape.clone(), bytes(values))).collect();
    let views = data.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("shape and bytes agree"))
    });
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), safetensors::serialize(views, None).expect("tensors")).expect("written");
    file
}

fn imported(tensors: &Named, machine: &ValidConfig) -> Result<Imported, Problem> {
    import(write(tensors).path(), machine, &ImportOptions { delta: 0.5, ..ImportOptions::default() })
}

/// The message, with the temporary file's name taken out.
fn refusal(tensors: &Named, machine: &ValidConfig) -> String {
    let mut problem = imported(tensors, machine).expect_err("must be refused");
    problem.place = problem.place.split_once(", ").map_or(String::new(), |(_, rest)| rest.to_string());
    problem.to_string()
}

#[test]
fn values_on_the_grid_are_kept_exactly() {
    let (tensors, machine) = (tensors(), machine(|_| {}));
    // K1 has multiples of 1/64, delta K2 of 1/128: 7 fraction bits hold both.
    let options = ImportOptions { delta: 0.5, hidden_fraction: Some(7), ..ImportOptions::default() };
    let Imported { model, fits, .. } = import(write(&tensors).path(), &machine, &options).expect("it fits");
    for fit in &fits {
        assert_eq!((fit.relative_error, fit.saturated), (0.0, 0), "{fit:?}");
    }
    assert_eq!(model.blocks[0].k1, tensors["block0.k1"].1);
    assert_eq!(model.blocks[0].k3.as_ref(), Some(&tensors["block0.k3"].1));
    assert_eq!(model.decoder.weight, tensors["decoder.weight"].1);
    // Left alone, the import keeps room for fields of 3: 127 / 32 with 5 fraction bits, 127 / 64 would be too little.
    let format = imported(&tensors, &machine).expect("it fits").format;
    assert_eq!((format.block.hidden_fraction, format.block.output_fraction), (5, 5));
}

#[test]
fn rounding_to_fewer_bits_is_reported() {
    let narrow = machine(|c| c.weight_bits = 3);
    let fits = imported(&tensors(), &narrow).expect("it fits").fits;
    let k1 = fits.iter().find(|fit| fit.tensor == "block0.k1").expect("K1 is reported");
    assert!(k1.relative_error > 0.02 && k1.relative_error < 0.5, "{k1:?}");
}

/// Spins with their offsets: [channel][position].
type Units = Vec<Vec<f32>>;

fn at(kernel: Kernel, target: (usize, usize), tap: (usize, usize), source: Plane) -> Option<usize> {
    let row = (target.0 * kernel.stride + tap.0) as isize - kernel.padding as isize;
    let column = (target.1 * kernel.stride + tap.1) as isize - kernel.padding as isize;
    let inside = row >= 0 && column >= 0 && row < source.rows as isize && column < source.columns as isize;
    inside.then(|| row as usize * source.columns + column as usize)
}

/// Fields of hidden and output p-bits, written out from the model's equations.
fn fields(block: &ConvBlock, delta: f32, x: &Units, hidden: &Units, output: &Units) -> (Units, Units) {
    let shape = block.shape;
    let bias = |values: &[f32], plane: Plane, channel: usize, position: usize| match shape.bias {
        BiasScope::Channel => values[channel],
        BiasScope::Position => values[channel * plane.positions() + position],
    };
    let mut first = vec![vec![0.0; shape.hidden.positions()]; shape.hidden.channels];
    let mut second = vec![vec![0.0; shape.output.positions()]; shape.output.channels];
    for (channel, row) in first.iter_mut().enumerate() {
        for (position, field) in row.iter_mut().enumerate() {
            *field = bias(&block.b1, shape.hidden, channel, position);
        }
    }
    for (channel, row) in second.iter_mut().enumerate() {
        for (position, field) in row.iter_mut().enumerate() {
            *field = delta * bias(&block.b2, shape.output, channel, position);
        }
    }
    let couple = |kernel: Kernel,
                  to: Plane,
                  from: Plane,
                  mut visit: Box<dyn FnMut(usize, usize, usize, usize, usize) + '_>| {
        for p in 0..to.positions() {
            for tap in 0..kernel.taps() {
                let place = (tap / kernel.size, tap % kernel.size);
                let Some(q) = at(kernel, (p / to.columns, p % to.columns), place, from) else { continue };
                for a in 0..to.channels {
                    for b in 0..from.channels {
                        visit(a, p, b, q, (a * from.channels + b) * kernel.taps() + tap);
                    }
                }
            }
        }
    };
    couple(
        shape.k1,
        shape.hidden,
        shape.input,
        Box::new(|a, p, b, q, w| first[a][p] += block.k1[w] * x[b][q]),
    );
    if let (Some(k3), Some(weights)) = (shape.k3, &block.k3) {
        couple(
            k3,
            shape.output,
            shape.input,
            Box::new(|a, p, b, q, w| second[a][p] += delta * weights[w] * x[b][q]),
        );
    }
    couple(
        shape.k2,
        shape.output,
        shape.hidden,
        Box::new(|a, p, b, q, w| {
            second[a][p] += delta * block.k2[w] * hidden[b][q];
            first[b][q] += delta * block.k2[w] * output[a][p];
        }),
    );
    (first, second)
}

#[test]
fn offsets_become_biases_that_give_the_same_fields() {
    let machine = machine(|c| c.weight_bits = 16);
    let plain = tensors();
    let mut with_offsets = plain.clone();
    let mut draw = Xoshiro256PlusPlus::seed_from_u64(9);
    for (name, channels) in
        [("block0.d_input", 2), ("block0.d_hidden", 3), ("block0.d_output", 4), ("decoder.d", 4)]
    {
        with_offsets.insert(name.into(), (vec![channels], values(&mut draw, &[channels])));
    }
    // Fine grids, so that rounding is far below what a dropped offset would do.
    let options = ImportOptions {
        delta: 0.5,
        hidden_fraction: Some(10),
        encoder_fraction: Some(8),
        decoder_fraction: Some(8),
    };
    let wide = |c: &mut MachineConfig| c.bias_bits = 16;
    let mut config = machine.config().clone();
    wide(&mut config);
    let machine = config.validate().unwrap();
    let model = |named: &Named| -> ConvModel {
        import(write(named).path(), &machine, &options).expect("it fits").model
    };
    let (plain_model, expanded) = (model(&plain), model(&with_offsets));
    let shape = expanded.blocks[0].shape;
    let spins = |plane: Plane, draw: &mut Xoshiro256PlusPlus| -> Units {
        (0..plane.channels)
            .map(|_| (0..plane.positions()).map(|_| if draw.random::<bool>() { 1.0 } else { -1.0 }).collect())
            .collect()
    };
    let shifted = |units: &Units, name: &str| -> Units {
        let d = &with_offsets[name].1;
        units.iter().zip(d).map(|(row, d)| row.iter().map(|s| s + d).collect()).collect()
    };
    let (x, s1, s2) =
        (spins(shape.input, &mut draw), spins(shape.hidden, &mut draw), spins(shape.output, &mut draw));
    let theirs = fields(
        &plain_model.blocks[0],
        0.5,
        &shifted(&x, "block0.d_input"),
        &shifted(&s1, "block0.d_hidden"),
        &shifted(&s2, "block0.d_output"),
    );
    let ours = fields(&expanded.blocks[0], 0.5, &x, &s1, &s2);
    let flat = |(a, b): &(Units, Units)| a.iter().chain(b).flatten().copied().collect::<Vec<f32>>();
    for (a, b) in flat(&theirs).iter().zip(flat(&ours)) {
        assert!((a - b).abs() < 2e-3, "{a} and {b}");
    }
    // The decoder: cells are rows 0 and 1 of a 2 x 2 plane, two positions each.
    for class in 0..3 {
        let d = &with_offsets["decoder.d"].1;
        let extra: f32 = (0..4)
            .flat_map(|channel| (0..2).map(move |cell| (channel, cell)))
            .map(|(channel, cell)| {
                2.0 * plain["decoder.weight"].1[(class * 4 + channel) * 2 + cell] * d[channel]
            })
            .sum();
        assert!((expanded.decoder.bias[class] - plain["decoder.bias"].1[class] - extra).abs() < 1e-2);
    }
}

#[test]
fn messages() {
    let good = machine(|_| {});
    let shared = machine(|c| c.blocks[0].bias = BiasScope::Channel);
    let changed = |change: &dyn Fn(&mut Named)| {
        let mut tensors = tensors();
        change(&mut tensors);
        tensors
    };
    let per_channel = |tensors: &mut Named| {
        tensors.insert("block0.b1".into(), (vec![3], vec![0.0; 3]));
        tensors.insert("block0.b2".into(), (vec![4], vec![0.0; 4]));
    };
    let cases = [
        ("missing", refusal(&changed(&|t| drop(t.remove("block0.k2"))), &good)),
        ("shape", refusal(&changed(&|t| t.get_mut("block0.k1").unwrap().0 = vec![2, 3, 3, 3]), &good)),
        (
            "a tensor too many",
            refusal(&changed(&|t| drop(t.insert("block1.k1".into(), (vec![1], vec![1.0])))), &good),
        ),
        ("not a number", refusal(&changed(&|t| t.get_mut("encoder.bias").unwrap().1[1] = f32::NAN), &good)),
        ("biases by position", refusal(&tensors(), &shared)),
        (
            "offsets at a border",
            refusal(
                &changed(&|t| {
                    per_channel(t);
                    t.insert("block0.d_input".into(), (vec![2], vec![0.5, 0.25]));
                }),
                &shared,
            ),
        ),
        ("no decoder", refusal(&tensors(), &machine(|c| c.decoder = None))),
    ];
    let text: String = cases.iter().map(|(name, message)| format!("# {name}\n{message}\n\n")).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn offsets_without_a_border_fit_shared_biases() {
    // K1 without padding on a plane that is large enough: no tap falls outside, so one bias per channel is enough.
    let machine = machine(|c| {
        let block = &mut c.blocks[0];
        block.bias = BiasScope::Channel;
        block.k1 = Kernel::POINT;
        block.k3 = None;
        block.k2 = Kernel { size: 1, stride: 2, padding: 0 };
    });
    let mut tensors = tensors();
    tensors.remove("block0.k3");
    tensors.insert("block0.k1".into(), (vec![3, 2, 1, 1], vec![0.25; 6]));
    tensors.insert("block0.k2".into(), (vec![4, 3, 1, 1], vec![0.5; 12]));
    tensors.insert("block0.b1".into(), (vec![3], vec![0.0; 3]));
    tensors.insert("block0.b2".into(), (vec![4], vec![0.0; 4]));
    tensors.insert("block0.d_input".into(), (vec![2], vec![0.5, 0.25]));
    let model = imported(&tensors, &machine).expect("it fits").model;
    assert_eq!(model.blocks[0].b1, vec![0.25 * 0.75; 3]);
}

#[test]
fn half_precision_is_read() {
    let halves: [u16; 6] = [0x3c00, 0xc000, 0x0001, 0x3555, 0x7bff, 0x8000];
    let bytes: Vec<u8> = halves.iter().flat_map(|h| h.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F16, vec![6], &bytes).unwrap();
    let file = safetensors::serialize([("t", view)], None).unwrap();
    let read = super::tensors::Tensors::parse(&file).unwrap().take("t", &[6]).unwrap();
    assert_eq!(read, [1.0, -2.0, 2f32.powi(-24), 1365.0 / 4096.0, 65504.0, -0.0]);
}
