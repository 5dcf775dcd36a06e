//! How a tensor is stored in a safetensors file without losing anything (but the sign of a zero).
//!
//! Trained weights lie on coarse power-of-two grids. A tensor of at least [`LARGE`] values that are all integers of -127 to 127 times one
//! power of two is stored as I8, with that power as a second tensor `<name>.scale` of one F32. Any other is stored as BF16 where
//! that is exact, else as F32.

use safetensors::tensor::{Dtype, TensorView};
use spinwright_contract::Problem;
use std::collections::BTreeMap;

/// Fewest values that are stored as I8: smaller tensors gain nothing worth a second tensor.
pub(crate) const LARGE: usize = 4096;
/// End of the name of a tensor that holds the scale of another one.
const SCALE: &str = ".scale";

/// One tensor as it goes into the file.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) kind: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

/// A tensor and, where it is stored as I8, its scale.
pub(crate) fn stored(name: &str, shape: &[usize], values: &[f32]) -> Vec<Stored> {
    let tensor = |kind, bytes| Stored { name: name.to_string(), kind, shape: shape.to_vec(), bytes };
    if values.len() >= LARGE
        && let Some((scale, raw)) = integers(values)
    {
        let bytes = scale.to_le_bytes().to_vec();
        let scale = Stored { name: format!("{name}{SCALE}"), kind: Dtype::F32, shape: vec![1], bytes };
        return vec![tensor(Dtype::I8, raw.iter().map(|&raw| raw as u8).collect()), scale];
    }
    // BF16 is the upper half of an f32: it holds a value exactly when the lower half is zero.
    if values.iter().all(|value| value.to_bits() & 0xffff == 0) {
        let halves = values.iter().flat_map(|value| ((value.to_bits() >> 16) as u16).to_le_bytes());
        return vec![tensor(Dtype::BF16, halves.collect())];
    }
    vec![tensor(Dtype::F32, values.iter().flat_map(|value| value.to_le_bytes()).collect())]
}

/// The values as integers times a power of two, if integers of -127 to 127 hold them exactly. The power is the largest value's, so that it
/// uses the integers' upper half. Zeros alone have no power.
fn integers(values: &[f32]) -> Option<(f32, Vec<i8>)> {
    let most = values.iter().fold(0f32, |most, value| most.max(value.abs()));
    if !most.is_normal() {
        return None;
    }
    let exponent = (most.to_bits() >> 23) as i32 - 127;
    let scale = 2f32.powi(exponent - 6);
    let raw: Option<Vec<i8>> = values
        .iter()
        .map(|value| {
            let raw = value / scale;
            (raw.fract() == 0.0 && raw.abs() <= 127.0).then_some(raw as i8)
        })
        .collect();
    raw.filter(|_| scale.is_normal()).map(|raw| (scale, raw))
}

/// The values of a tensor that [`stored`] could have written, I8 without its scale; `None` for other types.
pub(crate) fn unpacked(view: &TensorView) -> Option<Vec<f32>> {
    let words = |size| view.data().chunks_exact(size);
    match view.dtype() {
        Dtype::F32 => Some(words(4).map(|w| f32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect()),
        Dtype::BF16 => Some(
            words(2).map(|w| f32::from_bits(u32::from(u16::from_le_bytes([w[0], w[1]])) << 16)).collect(),
        ),
        Dtype::I8 => Some(view.data().iter().map(|&byte| f32::from(byte as i8)).collect()),
        _ => None,
    }
}

/// Multiplies every tensor that has a scale with it, and takes the scales out.
///
/// # Errors
/// A scale without its tensor, or one that is not a single finite number above 0. (An I8 tensor without a scale is taken as it is.)
pub(crate) fn apply_scales(tensors: &mut BTreeMap<String, (Vec<usize>, Vec<f32>)>) -> Result<(), Problem> {
    let names: Vec<String> = tensors.keys().filter(|name| name.ends_with(SCALE)).cloned().collect();
    for name in names {
        let (shape, scale) = tensors.remove(&name).expect("the name was just listed");
        let refuse = |why: String, help: &str| {
            Problem::new("a scale does not fit its tensor", format!("tensor {name}"), why, help)
        };
        let &[factor] = scale.as_slice() else {
            return Err(refuse(format!("it has shape {shape:?}"), "give one scale for the whole tensor"));
        };
        if !(factor.is_finite() && factor > 0.0) {
            return Err(refuse(format!("it is {factor}"), "a scale is a finite number above 0"));
        }
        let tensor = &name[..name.len() - SCALE.len()];
        let Some((_, values)) = tensors.get_mut(tensor) else {
            return Err(refuse(
                format!("there is no tensor {tensor}"),
                "remove the scale, or add its tensor",
            ));
        };
        values.iter_mut().for_each(|value| *value *= factor);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a reader makes of what [`stored`] wrote.
    fn read_back(parts: &[Stored]) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
        let mut tensors = BTreeMap::new();
        for part in parts {
            let view = TensorView::new(part.kind, part.shape.clone(), &part.bytes).expect("a tensor");
            tensors.insert(part.name.clone(), (part.shape.clone(), unpacked(&view).expect("our types")));
        }
        apply_scales(&mut tensors).expect("scales of our own");
        tensors
    }

    proptest! {
        /// Nothing is lost, whatever the values are.
        #[test]
        fn every_tensor_comes_back_bit_by_bit(
            raw in proptest::collection::vec(-127i32..=127, 1..40),
            exponent in -20i32..20,
            odd in proptest::option::of(-1e3f32..1e3),
        ) {
            let unit = 2f32.powi(exponent);
            let mut values: Vec<f32> = raw.iter().map(|&raw| raw as f32 * unit).cycle().take(LARGE).collect();
            values[7] = odd.unwrap_or(values[7]);
            let parts = stored("t", &[LARGE], &values);
            let (_, back) = &read_back(&parts)["t"];
            prop_assert!(back == &values);
            if odd.is_none() && raw.iter().any(|&raw| raw.abs() >= 64) {
                prop_assert_eq!(parts[0].kind, Dtype::I8);
            }
        }
    }

    #[test]
    fn small_tensors_and_fine_values_are_floats() {
        assert_eq!(stored("t", &[2], &[0.5, -3.0])[0].kind, Dtype::BF16);
        let mut fine = vec![1.0; LARGE];
        fine[0] = 1.0 + 2f32.powi(-20);
        assert_eq!(stored("t", &[LARGE], &fine)[0].kind, Dtype::F32);
    }

    #[test]
    fn scales_that_fit_nothing_are_refused() {
        let refused = |entries: &[(&str, &[f32])]| {
            let mut tensors =
                entries.iter().map(|(name, v)| (name.to_string(), (vec![v.len()], v.to_vec()))).collect();
            apply_scales(&mut tensors).expect_err("refused").why
        };
        assert_eq!(refused(&[("t", &[1.0]), ("t.scale", &[0.5, 0.5])]), "it has shape [2]");
        assert_eq!(refused(&[("t", &[1.0]), ("t.scale", &[0.0])]), "it is 0");
        assert_eq!(refused(&[("t.scale", &[0.5])]), "there is no tensor t");
    }
}
