//! Models on disk: a folder with `model.safetensors` and `model.json`.
//!
//! Tensors (row-major, with C classes), stored as `packing.rs` says:
//!
//! ```text
//! block0.k1 [H, X]   block0.k2 [N, H]   block0.b1 [H]   block0.b2 [N]   block0.k3 [N, X] (optional)
//! decoder.weight [C, N]   decoder.bias [C]   control.weight [C, X]   control.bias [C]
//! ```
//!
//! `model.json` holds the rest: encoder, delta, and the training record with the number formats.

use super::dense::model::{DenseBlock, Linear, Model};
use super::packing::{self, Stored};
use super::record::{TrainRecord, Trained};
use crate::data::Encoder;
use safetensors::tensor::{SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use spinwright_contract::{Problem, files};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Name of the weights' file in a model's folder.
pub const WEIGHTS_FILE: &str = "model.safetensors";
/// Name of the description's file in a model's folder.
pub const DESCRIPTION_FILE: &str = "model.json";
/// Version of both files.
const FORMAT_VERSION: u32 = 1;

/// Tensors by name: shape and values.
pub(crate) type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// What `model.json` says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format_version: u32,
    encoder: Encoder,
    delta: f32,
    training: TrainRecord,
}

/// Writes a trained model into `folder`, which is created if needed. Each file appears whole or not at all.
///
/// # Errors
/// When the folder cannot be written to.
pub fn save(folder: &Path, trained: &Trained) -> Result<(), Problem> {
    files::create_folder(folder)?;
    let Model { encoder, block, decoder, control } = &trained.model;
    let (x, h, n) = (block.inputs, block.hidden, block.outputs);
    let mut tensors: Tensors = BTreeMap::new();
    let mut put = |name: &str, shape: &[usize], values: &[f32]| {
        tensors.insert(name.into(), (shape.to_vec(), values.to_vec()));
    };
    put("block0.k1", &[h, x], &block.k1);
    put("block0.k2", &[n, h], &block.k2);
    put("block0.b1", &[h], &block.b1);
    put("block0.b2", &[n], &block.b2);
    if let Some(k3) = &block.k3 {
        put("block0.k3", &[n, x], k3);
    }
    put("decoder.weight", &[decoder.classes, decoder.inputs], &decoder.weight);
    put("decoder.bias", &[decoder.classes], &decoder.bias);
    put("control.weight", &[control.classes, control.inputs], &control.weight);
    put("control.bias", &[control.classes], &control.bias);
    write_tensors(&folder.join(WEIGHTS_FILE), &tensors, None)?;
    let description = Description {
        format_version: FORMAT_VERSION,
        encoder: *encoder,
        delta: block.delta,
        training: trained.record.clone(),
    };
    let path = folder.join(DESCRIPTION_FILE);
    let mut text = serde_json::to_string_pretty(&description).map_err(|error| {
        refuse("the model cannot be written as JSON", &path, error.to_string(), "train again")
    })?;
    text.push('\n');
    files::write_whole(&path, text.as_bytes())
}

/// Reads the model in `folder` and checks it: shapes, finite numbers, parts that fit together.
///
/// # Errors
/// A [`Problem`] with the file and what is wrong in it.
pub fn load(folder: &Path) -> Result<Trained, Problem> {
    let path = folder.join(DESCRIPTION_FILE);
    let bytes = files::read_bytes(&path)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| refuse("the file is not text", &path, error.to_string(), "train again"))?;
    let description: Description = files::parse_json(&text, &path)?;
    if description.format_version != FORMAT_VERSION {
        let why = format!("it has format version {}, this program reads 1", description.format_version);
        return Err(refuse("the model is from another version", &path, why, "train it again"));
    }
    let path = folder.join(WEIGHTS_FILE);
    let (mut tensors, _) = read_tensors(&path)?;
    let model = assemble(&path, &mut tensors, &description)?;
    if let Some(name) = tensors.keys().next() {
        let why = format!("tensor {name} is not part of a model");
        return Err(refuse("the weights' file has a tensor too many", &path, why, "remove that tensor"));
    }
    model.validate().map_err(|problem| problem.within(path.display()))?;
    Ok(Trained { model, record: description.training })
}

fn assemble(path: &Path, tensors: &mut Tensors, description: &Description) -> Result<Model, Problem> {
    let mut take = |name: &str, dimensions: usize| {
        let (shape, values) = tensors.remove(name).ok_or_else(|| {
            let why = format!("tensor {name} is missing");
            refuse("the weights' file is incomplete", path, why, "train the model again")
        })?;
        if shape.len() == dimensions {
            return Ok((shape, values));
        }
        let why = format!("tensor {name} has shape {shape:?}, expected {dimensions} dimensions");
        Err(refuse("a tensor has the wrong shape", path, why, "train the model again"))
    };
    let (k1_shape, k1) = take("block0.k1", 2)?;
    let (k2_shape, k2) = take("block0.k2", 2)?;
    let b1 = take("block0.b1", 1)?.1;
    let b2 = take("block0.b2", 1)?.1;
    let (inputs, hidden, outputs) = (k1_shape[1], k1_shape[0], k2_shape[0]);
    let k3 = match description.training.config.skip {
        true => Some(take("block0.k3", 2)?.1),
        false => None,
    };
    let mut linear = |name: &str| {
        let (shape, weight) = take(&format!("{name}.weight"), 2)?;
        let bias = take(&format!("{name}.bias"), 1)?.1;
        Ok::<_, Problem>(Linear { classes: shape[0], inputs: shape[1], weight, bias })
    };
    let (decoder, control) = (linear("decoder")?, linear("control")?);
    let block = DenseBlock { inputs, hidden, outputs, k1, k2, k3, b1, b2, delta: description.delta };
    Ok(Model { encoder: description.encoder, block, decoder, control })
}

/// Writes tensors and one metadata entry as a safetensors file.
pub(crate) fn write_tensors(
    path: &Path,
    tensors: &Tensors,
    metadata: Option<(&str, String)>,
) -> Result<(), Problem> {
    let fail = |error: safetensors::SafeTensorError| {
        refuse("the tensors cannot be written", path, error.to_string(), "train again")
    };
    let stored: Vec<Stored> =
        tensors.iter().flat_map(|(name, (shape, values))| packing::stored(name, shape, values)).collect();
    let views = stored
        .iter()
        .map(|s| Ok((&s.name, TensorView::new(s.kind, s.shape.clone(), &s.bytes)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(fail)?;
    let metadata = metadata.map(|(key, text)| HashMap::from([(key.to_string(), text)]));
    files::write_whole(path, &safetensors::serialize(views, metadata).map_err(fail)?)
}

/// Reads all tensors of a safetensors file, which must be F32, BF16 or scaled I8, and its metadata.
pub(crate) fn read_tensors(path: &Path) -> Result<(Tensors, HashMap<String, String>), Problem> {
    let bytes = files::read_bytes(path)?;
    let damaged = |error: safetensors::SafeTensorError| {
        let help = "check that it is a safetensors file, or copy it again";
        refuse("the weights' file is damaged", path, error.to_string(), help)
    };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
    let metadata = header.metadata().clone().unwrap_or_default();
    let mut tensors = BTreeMap::new();
    for (name, view) in SafeTensors::deserialize(&bytes).map_err(damaged)?.tensors() {
        let values = packing::unpacked(&view).ok_or_else(|| {
            let why = format!("tensor {name} has type {:?}", view.dtype());
            refuse("a tensor has the wrong type", path, why, "store it as F32, BF16 or scaled I8")
        })?;
        tensors.insert(name, (view.shape().to_vec(), values));
    }
    packing::apply_scales(&mut tensors).map_err(|problem| problem.within(path.display()))?;
    Ok((tensors, metadata))
}

fn refuse(what: &str, path: &Path, why: impl Into<String>, help: &str) -> Problem {
    Problem::new(what, path.display().to_string(), why, help)
}
