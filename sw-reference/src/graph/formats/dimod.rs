//! dimod's serializable binary quadratic model (`BinaryQuadraticModel.to_serializable()`, schema 3), spins or bits.
//!
//! dimod's energy is E = offset + sum a_i v_i + sum b_ij v_i v_j: minus ours for spins.

use super::build::{Numbers, Raw};
use crate::graph::Label;
use serde::Deserialize;
use serde_json::Value;
use spinwright_contract::{Problem, files};
use std::collections::HashSet;
use std::path::Path;

#[derive(Deserialize)]
struct Model {
    version: Version,
    #[serde(default)]
    use_bytes: bool,
    num_variables: usize,
    num_interactions: usize,
    variable_labels: Vec<Value>,
    variable_type: String,
    #[serde(default)]
    offset: f64,
    linear_biases: Value,
    quadratic_biases: Value,
    quadratic_head: Value,
    quadratic_tail: Value,
}

#[derive(Deserialize)]
struct Version {
    bqm_schema: String,
}

pub(super) fn parse(text: &str) -> Result<Raw, Problem> {
    let model: Model = from_json(text)?;
    if !model.version.bqm_schema.starts_with("3.") {
        return Err(refuse(
            "version.bqm_schema",
            format!("{} was given, schema 3 is read", model.version.bqm_schema),
        ));
    }
    if model.use_bytes {
        return Err(refuse("use_bytes", "the numbers are packed as bytes; only lists are read".into()));
    }
    let numbers = match model.variable_type.as_str() {
        "SPIN" => Numbers::SpinEnergy,
        "BINARY" => Numbers::BitEnergy,
        other => return Err(refuse("variable_type", format!("{other} was given, SPIN and BINARY are read"))),
    };
    let linear: Vec<f64> = list("linear_biases", model.linear_biases, model.num_variables)?;
    let quadratic: Vec<f64> = list("quadratic_biases", model.quadratic_biases, model.num_interactions)?;
    let head: Vec<usize> = list("quadratic_head", model.quadratic_head, model.num_interactions)?;
    let tail: Vec<usize> = list("quadratic_tail", model.quadratic_tail, model.num_interactions)?;
    if model.variable_labels.len() != model.num_variables {
        return Err(counted("variable_labels", model.variable_labels.len(), model.num_variables));
    }

    let mut raw = Raw::new(numbers);
    raw.set_offset(model.offset, "key `offset`")?;
    let mut known = HashSet::new();
    for (i, (label, &bias)) in model.variable_labels.iter().zip(&linear).enumerate() {
        let label = Label::from_json(label);
        if !known.insert(label.clone()) {
            return Err(refuse(&format!("variable_labels[{i}]"), format!("{label} stands there twice")));
        }
        let p_bit = raw.p_bit(label);
        raw.bias(p_bit, bias, format!("key `linear_biases[{i}]`"))?;
    }
    for (k, ((&i, &j), &bias)) in head.iter().zip(&tail).zip(&quadratic).enumerate() {
        if i.max(j) >= raw.p_bits() {
            let why = format!("variable {} is named, there are {}", i.max(j), raw.p_bits());
            return Err(refuse(&format!("quadratic_head[{k}] or quadratic_tail[{k}]"), why));
        }
        raw.edge(i, j, bias, format!("key `quadratic_biases[{k}]`"))?;
    }
    Ok(raw)
}

/// Parses JSON; messages name line, column and key.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Problem> {
    files::parse_json(text, Path::new("")).map_err(|mut problem| {
        problem.place = problem.place.trim_start_matches(", ").to_owned();
        problem.help = "docs/graphs.md lists the keys that are read".into();
        problem
    })
}

fn list<T: serde::de::DeserializeOwned>(key: &str, value: Value, expected: usize) -> Result<Vec<T>, Problem> {
    let list: Vec<T> = serde_json::from_value(value).map_err(|error| refuse(key, error.to_string()))?;
    if list.len() == expected { Ok(list) } else { Err(counted(key, list.len(), expected)) }
}

fn counted(key: &str, found: usize, expected: usize) -> Problem {
    refuse(key, format!("it has {found} entries, {expected} are announced"))
}

fn refuse(key: &str, why: String) -> Problem {
    Problem::new(
        "the binary quadratic model does not have the expected form",
        format!("key `{key}`"),
        why,
        "write it with BinaryQuadraticModel.to_serializable() and json.dump",
    )
}
