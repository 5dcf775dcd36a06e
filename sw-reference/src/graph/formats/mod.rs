//! Graph files of other programs.
//!
//! Every reader gives the same thing: labels, biases, edges, an offset, and what the numbers mean. Nothing is guessed:
//! what a format allows but a model does not (a self loop, an edge given twice, a number that is not finite) is refused with its
//! line, and content that could be two formats is refused until one is named.

mod build;
mod coo;
mod detect;
mod dimacs;
mod dimod;
mod edge_list;
mod node_link;
mod rudy;
#[cfg(test)]
mod tests;
mod write;

use super::{Graph, Reading};
use serde::{Deserialize, Serialize};
use spinwright_contract::{Problem, files};
use std::path::Path;

pub use write::{Target, write};

/// A graph file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// G-set (rudy): "nodes edges", then "i j weight" from 1.
    Gset,
    /// dimod's serializable binary quadratic model.
    Dimod,
    /// dimod's coordinates: "i j value" from 0, the diagonal is the bias.
    Coo,
    /// `label label [weight]`.
    Edges,
    /// networkx node-link JSON.
    NodeLink,
    /// DIMACS graph: "p edge nodes edges", "e i j" from 1.
    Dimacs,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Gset, Self::Dimod, Self::Coo, Self::Edges, Self::NodeLink, Self::Dimacs];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gset => "gset",
            Self::Dimod => "dimod",
            Self::Coo => "coo",
            Self::Edges => "edges",
            Self::NodeLink => "node-link",
            Self::Dimacs => "dimacs",
        }
    }
}

/// Reads a graph file.
///
/// # Errors
/// A [`Problem`] with file, line and reason.
pub fn read(path: &Path, reading: Reading) -> Result<(Graph, Format), Problem> {
    let text = String::from_utf8(files::read_bytes(path)?).map_err(|error| {
        Problem::new(
            "the file is not text",
            path.display().to_string(),
            error.to_string(),
            "graph files are UTF-8 text; decompress it, or export it as one of the formats in docs/graphs.md",
        )
    })?;
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    parse(&text, &extension, reading).map_err(|problem| problem.within(path.display()))
}

/// Parses the text of a graph file with this (lower-case) file extension.
///
/// # Errors
/// A [`Problem`] with line and reason.
pub fn parse(text: &str, extension: &str, reading: Reading) -> Result<(Graph, Format), Problem> {
    let format = match reading.format {
        Some(format) => format,
        None => detect::format(text, extension)?,
    };
    let raw = match format {
        Format::Gset => rudy::parse(text),
        Format::Dimod => dimod::parse(text),
        Format::Coo => coo::parse(text, reading.coo_binary),
        Format::Edges => edge_list::parse(text),
        Format::NodeLink => node_link::parse(text),
        Format::Dimacs => dimacs::parse(text),
    }?;
    Ok((raw.graph(reading.max_cut)?, format))
}
