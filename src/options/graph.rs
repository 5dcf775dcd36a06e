//! Options of the commands that read a graph.

use clap::ValueEnum;
use spinwright_contract::Problem;
use spinwright_reference::graph::formats::{self, Format};
use spinwright_reference::graph::{Graph, Reading};
use std::path::PathBuf;

/// A graph file and how it is read.
#[derive(clap::Args)]
pub struct GraphInput {
    /// Graph file: G-set, dimod JSON or COO, edge list, node-link JSON, DIMACS.
    pub graph: PathBuf,
    #[command(flatten)]
    pub reading: ReadingOptions,
}

/// How a graph file is read.
#[derive(clap::Args)]
pub struct ReadingOptions {
    /// The file's format [default: by name and content].
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<FormatName>,
    /// Weights w are those of a Max-Cut problem: J = -w.
    #[arg(long)]
    pub maxcut: bool,
    /// What the variables of COO text without a header are.
    #[arg(long, value_enum, value_name = "TYPE")]
    vartype: Option<Vartype>,
}

/// Formats on the command line.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// "nodes edges", then "i j weight" from 1.
    Gset,
    /// dimod's BinaryQuadraticModel.to_serializable().
    Dimod,
    /// dimod's "i j value" from 0, diagonal = bias.
    Coo,
    /// `label label [weight]`.
    Edges,
    /// networkx node-link JSON.
    NodeLink,
    /// "p edge", "e i j" from 1.
    Dimacs,
}

/// Variables of COO text.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Vartype {
    /// -1 and +1.
    Spin,
    /// 0 and 1.
    Binary,
}

impl ReadingOptions {
    /// For the reader.
    pub fn reading(&self) -> Reading {
        let format = self.format.map(|name| match name {
            FormatName::Gset => Format::Gset,
            FormatName::Dimod => Format::Dimod,
            FormatName::Coo => Format::Coo,
            FormatName::Edges => Format::Edges,
            FormatName::NodeLink => Format::NodeLink,
            FormatName::Dimacs => Format::Dimacs,
        });
        let coo_binary = self.vartype.map(|vartype| vartype == Vartype::Binary);
        Reading { format, max_cut: self.maxcut, coo_binary }
    }
}

impl GraphInput {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is no graph of a known format.
    pub fn read(&self) -> Result<Graph, Problem> {
        Ok(formats::read(&self.graph, self.reading.reading())?.0)
    }
}

/// Parses `--clamp`: `LABEL=0` or `LABEL=1`, apart by commas. One entry per p-bit comes back; `None` is free.
///
/// # Errors
/// When an entry is not of that form, or names no node or one twice.
pub fn label_clamps(text: Option<&str>, graph: &Graph) -> Result<Vec<Option<bool>>, Problem> {
    let mut clamps = vec![None; graph.labels.len()];
    for entry in text.into_iter().flat_map(|text| text.split(',')) {
        let refuse = |why: String| {
            let place = format!("option --clamp, entry {entry:?}");
            Problem::new("a clamp cannot be read", place, why, "write label = spin, such as a=1,b=0")
        };
        let (label, value) = entry.rsplit_once('=').ok_or_else(|| refuse("it has no =".into()))?;
        let up = match value.trim() {
            "1" => true,
            "0" => false,
            other => return Err(refuse(format!("the spin {other:?} is neither 0 (down) nor 1 (up)"))),
        };
        let p_bit = graph.find(label.trim()).map_err(|problem| problem.within("option --clamp"))?;
        if clamps[p_bit].replace(up).is_some() {
            return Err(refuse(format!("{} is clamped twice", label.trim())));
        }
    }
    if !clamps.is_empty() && clamps.iter().all(Option::is_some) {
        return Err(Problem::new(
            "nothing is left to sample",
            "option --clamp",
            "every node is clamped",
            "leave at least one node free",
        ));
    }
    Ok(clamps)
}

/// Refuses a number outside its range.
///
/// # Errors
/// With the option's name and the range.
pub fn in_range(option: &str, value: usize, least: usize, most: usize) -> Result<(), Problem> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Problem::new(
        "this option is not possible",
        format!("option {option}"),
        format!("{value} was given"),
        format!("choose {least} to {most}"),
    ))
}

/// Refuses an inverse temperature that is none.
///
/// # Errors
/// With the option's name.
pub fn possible_beta(option: &str, beta: f64) -> Result<(), Problem> {
    if beta.is_finite() && beta >= 0.0 {
        return Ok(());
    }
    Err(Problem::new(
        "this option is not possible",
        format!("option {option}"),
        format!("{beta} was given"),
        "choose a finite number of at least 0",
    ))
}
