//! Named tensors of a safetensors file: read, checked, each taken once.

use crate::train::packing::{apply_scales, unpacked};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use spinwright_contract::config::{BiasScope, Plane};
use spinwright_contract::{Problem, files};
use std::collections::BTreeMap;
use std::path::Path;

/// Tensors that were read and not yet taken.
pub(super) struct Tensors {
    left: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Tensors {
    /// Reads a file of F16, BF16, F32, F64 or scaled I8 tensors.
    pub(super) fn read(path: &Path) -> Result<Self, Problem> {
        let bytes = files::read_bytes(path)?;
        Self::parse(&bytes).map_err(|problem| problem.within(path.display()))
    }

    /// The same from the file's bytes.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let parsed = SafeTensors::deserialize(bytes).map_err(|error| {
            let help = "write it with the safetensors library, or copy it again";
            Problem::new("the tensors' file is damaged", "its header", error.to_string(), help)
        })?;
        let mut left = BTreeMap::new();
        for (name, view) in parsed.tensors() {
            let values = values(&view).ok_or_else(|| {
                let why = format!("it has type {:?}", view.dtype());
                let place = format!("tensor {name}");
                Problem::new(
                    "a tensor has the wrong type",
                    place,
                    why,
                    "store it as floats (F16, BF16, F32, F64) or as I8 with a scale",
                )
            })?;
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                return Err(Problem::new(
                    "a tensor holds a value that is not a number",
                    format!("tensor {name}, element {at} (row-major)"),
                    format!("it is {}", values[at]),
                    "train again, or repair the export",
                ));
            }
            left.insert(name, (view.shape().to_vec(), values));
        }
        apply_scales(&mut left)?;
        Ok(Self { left })
    }

    /// Takes a tensor that must be there with this shape.
    pub(super) fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Problem> {
        self.take_if_there(name, shape)?.ok_or_else(|| {
            Problem::new(
                "a tensor is missing",
                format!("tensor {name}"),
                format!("the machine needs it with shape {shape:?}; {}", self.names()),
                "name the tensors as in docs/exchange.md",
            )
        })
    }

    /// Takes a tensor with this shape if there is one of this name.
    pub(super) fn take_if_there(&mut self, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>, Problem> {
        match self.left.get(name) {
            None => Ok(None),
            Some((found, _)) if found == shape => Ok(self.left.remove(name).map(|(_, values)| values)),
            Some((found, _)) => Err(Problem::new(
                "a tensor has the wrong shape",
                format!("tensor {name}"),
                format!("it is {found:?}, the machine needs {shape:?}"),
                "export it in PyTorch's order [out, in, rows, columns], or use the machine that it was trained for",
            )),
        }
    }

    /// Takes biases: one per channel, or `[channels, rows, columns]` where the machine has one per p-bit. One per channel is
    /// spread over the positions there; the other way round they must be the same at every position.
    pub(super) fn bias(&mut self, name: &str, plane: Plane, scope: BiasScope) -> Result<Vec<f32>, Problem> {
        let by_channel = [plane.channels];
        let by_position = [plane.channels, plane.rows, plane.columns];
        let positions = self.left.get(name).is_some_and(|(shape, _)| shape.len() == 3);
        match (scope, positions) {
            (BiasScope::Channel, false) => self.take(name, &by_channel),
            (BiasScope::Position, true) => self.take(name, &by_position),
            (BiasScope::Position, false) => {
                let values = self.take(name, &by_channel)?;
                Ok(values.iter().flat_map(|&value| vec![value; plane.positions()]).collect())
            }
            (BiasScope::Channel, true) => per_channel(name, &self.take(name, &by_position)?, plane),
        }
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<(), Problem> {
        let Some(name) = self.left.keys().next() else { return Ok(()) };
        Err(Problem::new(
            "the file has a tensor that this machine has no place for",
            format!("tensor {name}"),
            "nothing of a model is dropped in silence",
            "remove it from the file, or use a machine that has it (a further block, K3)",
        ))
    }

    fn names(&self) -> String {
        match self.left.len() {
            0 => "the file has no tensors left".into(),
            _ => format!(
                "the file has {}",
                self.left.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

/// Biases `[channels, positions]` that do not depend on the position, one per channel.
pub(super) fn per_channel(name: &str, values: &[f32], plane: Plane) -> Result<Vec<f32>, Problem> {
    let mut channels = Vec::with_capacity(plane.channels);
    for (channel, row) in values.chunks_exact(plane.positions()).enumerate() {
        if let Some(at) = row.iter().position(|&value| value != row[0]) {
            let (r, c) = (at / plane.columns, at % plane.columns);
            return Err(Problem::new(
                "biases depend on the position, the machine's do not",
                format!("{name}, channel {channel}"),
                format!("{} at row 0, column 0 and {} at row {r}, column {c}", row[0], row[at]),
                "use a machine whose block says \"bias\": \"position\"",
            ));
        }
        channels.push(row[0]);
    }
    Ok(channels)
}

fn values(view: &TensorView) -> Option<Vec<f32>> {
    let bytes = view.data();
    Some(match view.dtype() {
        Dtype::F64 => bytes.as_chunks::<8>().0.iter().map(|&w| f64::from_le_bytes(w) as f32).collect(),
        Dtype::F16 => bytes.as_chunks::<2>().0.iter().map(|&w| half(u16::from_le_bytes(w))).collect(),
        _ => return unpacked(view),
    })
}

/// IEEE half precision.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}
