//! A model together with what its file says about it.

use crate::models::IsingModel;
use serde_json::Value;
use spinwright_contract::Problem;
use std::fmt;

/// The name of a p-bit in the file that it came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// Anything else that JSON has (dimod writes tuples as lists), as compact JSON.
    Other(String),
}

impl Label {
    /// A label written in a text file: a number when it reads as one and is written back the same way.
    pub fn from_text(text: &str) -> Self {
        match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Self::Number(number),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// A label of a JSON file.
    pub fn from_json(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.clone()),
            Value::Number(number) => {
                number.as_i64().map_or_else(|| Self::Other(value.to_string()), Self::Number)
            }
            other => Self::Other(other.to_string()),
        }
    }

    /// The label as a JSON value.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Number(number) => Value::from(*number),
            Self::Text(text) => Value::from(text.as_str()),
            Self::Other(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str())),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) | Self::Other(text) => f.write_str(text),
        }
    }
}

impl serde::Serialize for Label {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

/// How a file's numbers become a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// The format; `None`: by the file's name and content.
    pub format: Option<super::formats::Format>,
    /// Weights w of edges become J = -w, so that the lowest energy is the largest cut.
    pub max_cut: bool,
    /// What the variables of COO text are when its header does not say: spins (false) or bits (true).
    pub coo_binary: Option<bool>,
}

/// An Ising model with labels. Our energy is E(s) = -(sum J s s + sum h s).
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// The model; no inputs.
    pub model: IsingModel,
    /// One name per p-bit, all different.
    pub labels: Vec<Label>,
    /// What has to be added to E to get the energy that the file means (dimod's offset, and what is left of
    /// 0/1 variables).
    pub offset: f64,
}

impl Graph {
    /// A graph whose p-bits are numbered from 0.
    pub fn numbered(model: IsingModel) -> Self {
        let labels = (0..model.p_bits() as i64).map(Label::Number).collect();
        Self { model, labels, offset: 0.0 }
    }

    /// Every coupling once, as (i, j, J) with i < j, ascending.
    pub fn edges(&self) -> Vec<(usize, usize, f64)> {
        let rows = 0..self.model.p_bits();
        rows.flat_map(|i| {
            self.model.couplings().row(i).filter(move |&(j, _)| i < j).map(move |(j, value)| (i, j, value))
        })
        .collect()
    }

    /// Number of couplings.
    pub fn edge_count(&self) -> usize {
        self.model.couplings().col_idx.len() / 2
    }

    /// The cut of a state: the sum of the weights w = -J of all edges whose ends differ.
    pub fn cut(&self, spins: &[bool]) -> f64 {
        // Subtracting from +0.0 keeps an empty cut from being printed as -0.
        self.edges().iter().filter(|&&(i, j, _)| spins[i] != spins[j]).fold(0.0, |sum, edge| sum - edge.2)
    }

    /// The p-bit of a label, written as [`Label`] displays it.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, label: &str) -> Result<usize, Problem> {
        self.labels.iter().position(|own| own.to_string() == label).ok_or_else(|| {
            Problem::new(
                "there is no such p-bit",
                format!("label {label}"),
                format!("the graph has {} p-bits, the first is {}", self.labels.len(), self.labels[0]),
                "give a label as it stands in the graph's file",
            )
        })
    }
}
