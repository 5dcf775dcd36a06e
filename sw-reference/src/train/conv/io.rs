//! Convolutional models on disk: a folder with `model.safetensors` and `model.json`.
//!
//! Tensors (row-major, in the order of PyTorch's convolutions), stored as `train::packing` says:
//!
//! ```text
//! encoder.weight [C, 1, size, size]                    encoder.bias [C]
//! block0.k1 [hidden, input, size, size]                block0.b1 [hidden]   or [hidden, rows, columns]
//! block0.k2 [output, hidden, size, size]               block0.b2 [output]   or [output, rows, columns]
//! block0.k3 [output, input, size, size] (optional)     block1.k1 ...
//! decoder.weight [classes, channels, rows, columns]    decoder.bias [classes]
//! control.encoder.weight, control.encoder.bias, control.decoder.weight, control.decoder.bias   (optional)
//! ```
//!
//! `model.json` holds the rest: shapes, delta, number formats, and the training record (null for an imported model).

use super::config::ConvFormat;
use super::record::{TrainRecord, Trained};
use crate::models::{CellDecoder, ConvBlock, ConvModel, SignConv};
use crate::train::io::{DESCRIPTION_FILE, Tensors, WEIGHTS_FILE, read_tensors, write_tensors};
use serde::{Deserialize, Serialize};
use spinwright_contract::config::{BlockShape, Kernel, Plane};
use spinwright_contract::{Problem, files};
use std::collections::BTreeMap;
use std::path::Path;

/// Version of both files; 1 is that of dense models.
const FORMAT_VERSION: u32 = 2;

/// What `model.json` says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format_version: u32,
    kind: Kind,
    encoder: EncoderDescription,
    blocks: Vec<BlockShape>,
    decoder: DecoderDescription,
    delta: f32,
    format: ConvFormat,
    #[serde(default)]
    training: Option<TrainRecord>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Conv,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EncoderDescription {
    rows: usize,
    columns: usize,
    channels: usize,
    kernel: Kernel,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecoderDescription {
    classes: usize,
    rows: usize,
    columns: usize,
}

/// A model as it lies on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The model.
    pub model: ConvModel,
    /// Its number formats.
    pub format: ConvFormat,
    /// The same without any block, if it is there.
    pub control: Option<ConvModel>,
    /// How it was trained; none for an imported model.
    pub training: Option<TrainRecord>,
}

/// Writes a trained model into `folder`, which is created if needed. Each file appears whole or not at all.
///
/// # Errors
/// When the folder cannot be written to.
pub fn save(folder: &Path, trained: &Trained) -> Result<(), Problem> {
    let stored = Stored {
        model: trained.model.clone(),
        format: trained.record.config.format,
        control: trained.control.clone(),
        training: Some(trained.record.clone()),
    };
    store(folder, &stored)
}

/// As [`save`], for any model.
///
/// # Errors
/// When the folder cannot be written to or the model is not valid.
pub fn store(folder: &Path, stored: &Stored) -> Result<(), Problem> {
    stored.model.validate()?;
    files::create_folder(folder)?;
    let mut tensors: Tensors = BTreeMap::new();
    put(&mut tensors, "", &stored.model);
    if let Some(control) = &stored.control {
        put(&mut tensors, "control.", control);
    }
    write_tensors(&folder.join(WEIGHTS_FILE), &tensors, None)?;
    let ConvModel { encoder, blocks, decoder, delta } = &stored.model;
    let SignConv { rows, columns, channels, kernel, .. } = *encoder;
    let description = Description {
        format_version: FORMAT_VERSION,
        kind: Kind::Conv,
        encoder: EncoderDescription { rows, columns, channels, kernel },
        blocks: blocks.iter().map(|block| block.shape).collect(),
        decoder: DecoderDescription {
            classes: decoder.classes,
            rows: decoder.rows,
            columns: decoder.columns,
        },
        delta: *delta,
        format: stored.format,
        training: stored.training.clone(),
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
pub fn load(folder: &Path) -> Result<Stored, Problem> {
    let path = folder.join(DESCRIPTION_FILE);
    let text = String::from_utf8(files::read_bytes(&path)?)
        .map_err(|error| refuse("the file is not text", &path, error.to_string(), "train again"))?;
    let description: Description = files::parse_json(&text, &path)?;
    if description.format_version != FORMAT_VERSION {
        let why = format!("it has format version {}, this program reads 2", description.format_version);
        return Err(refuse("the model is from another version", &path, why, "train it again"));
    }
    description.format.block.validate("format.block").map_err(|problem| problem.within(path.display()))?;
    let path = folder.join(WEIGHTS_FILE);
    let (mut tensors, _) = read_tensors(&path)?;
    let model = take(&path, &mut tensors, "", &description)?;
    let control = if tensors.keys().any(|name| name.starts_with("control.")) {
        let mut bare = Description { blocks: Vec::new(), ..description.clone() };
        bare.decoder.rows = bare.decoder.rows.min(model.encoder.plane().rows);
        bare.decoder.columns = bare.decoder.columns.min(model.encoder.plane().columns);
        Some(take(&path, &mut tensors, "control.", &bare)?)
    } else {
        None
    };
    if let Some(name) = tensors.keys().next() {
        let why = format!("tensor {name} is not part of a model");
        return Err(refuse("the weights' file has a tensor too many", &path, why, "remove that tensor"));
    }
    Ok(Stored { model, format: description.format, control, training: description.training })
}

/// Whether `folder` holds a model of this kind (and not a dense one).
///
/// # Errors
/// When `model.json` cannot be read.
pub fn is_conv(folder: &Path) -> Result<bool, Problem> {
    let path = folder.join(DESCRIPTION_FILE);
    let bytes = files::read_bytes(&path)?;
    let value: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| refuse("the file is not JSON", &path, error.to_string(), "train again"))?;
    Ok(value.get("kind").is_some_and(|kind| kind == "conv"))
}

fn put(tensors: &mut Tensors, prefix: &str, model: &ConvModel) {
    let ConvModel { encoder, blocks, decoder, .. } = model;
    let mut put = |name: String, shape: Vec<usize>, values: &[f32]| {
        tensors.insert(format!("{prefix}{name}"), (shape, values.to_vec()));
    };
    let size = encoder.kernel.size;
    put("encoder.weight".into(), vec![encoder.channels, 1, size, size], &encoder.weight);
    put("encoder.bias".into(), vec![encoder.channels], &encoder.bias);
    for (index, block) in blocks.iter().enumerate() {
        let [k1, k2, k3, b1, b2] = ConvBlock::tensor_shapes(&block.shape);
        put(format!("block{index}.k1"), k1, &block.k1);
        put(format!("block{index}.k2"), k2, &block.k2);
        if let Some(values) = &block.k3 {
            put(format!("block{index}.k3"), k3, values);
        }
        put(format!("block{index}.b1"), b1, &block.b1);
        put(format!("block{index}.b2"), b2, &block.b2);
    }
    let shape = vec![decoder.classes, decoder.plane.channels, decoder.rows, decoder.columns];
    put("decoder.weight".into(), shape, &decoder.weight);
    put("decoder.bias".into(), vec![decoder.classes], &decoder.bias);
}

fn take(
    path: &Path,
    tensors: &mut Tensors,
    prefix: &str,
    description: &Description,
) -> Result<ConvModel, Problem> {
    let mut take = |name: &str, expected: Vec<usize>| {
        let name = format!("{prefix}{name}");
        let (shape, values) = tensors.remove(&name).ok_or_else(|| {
            let why = format!("tensor {name} is missing");
            refuse("the weights' file is incomplete", path, why, "train the model again")
        })?;
        if shape == expected {
            return Ok(values);
        }
        let why = format!("tensor {name} has shape {shape:?}, {DESCRIPTION_FILE} says {expected:?}");
        Err(refuse("a tensor has the wrong shape", path, why, "train the model again"))
    };
    let EncoderDescription { rows, columns, channels, kernel } = description.encoder;
    let encoder = SignConv {
        rows,
        columns,
        channels,
        kernel,
        weight: take("encoder.weight", vec![channels, 1, kernel.size, kernel.size])?,
        bias: take("encoder.bias", vec![channels])?,
    };
    let mut blocks = Vec::new();
    for (index, &shape) in description.blocks.iter().enumerate() {
        let [k1, k2, k3, b1, b2] = ConvBlock::tensor_shapes(&shape);
        blocks.push(ConvBlock {
            shape,
            k1: take(&format!("block{index}.k1"), k1)?,
            k2: take(&format!("block{index}.k2"), k2)?,
            k3: shape.k3.map(|_| take(&format!("block{index}.k3"), k3)).transpose()?,
            b1: take(&format!("block{index}.b1"), b1)?,
            b2: take(&format!("block{index}.b2"), b2)?,
        });
    }
    let plane: Plane = description.blocks.last().map_or(encoder.plane(), |shape| shape.output);
    let DecoderDescription { classes, rows, columns } = description.decoder;
    let decoder = CellDecoder {
        classes,
        plane,
        rows,
        columns,
        weight: take("decoder.weight", vec![classes, plane.channels, rows, columns])?,
        bias: take("decoder.bias", vec![classes])?,
    };
    let model = ConvModel { encoder, blocks, decoder, delta: description.delta };
    model.validate().map_err(|problem| problem.within(path.display()))?;
    Ok(model)
}

fn refuse(what: &str, path: &Path, why: impl Into<String>, help: &str) -> Problem {
    Problem::new(what, path.display().to_string(), why, help)
}
