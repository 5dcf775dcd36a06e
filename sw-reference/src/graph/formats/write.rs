//! Graph files for other programs.

use crate::graph::{Graph, Label};
use serde_json::json;
use spinwright_contract::Problem;
use std::fmt::Write;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// dimod's serializable binary quadratic model over spins.
    Dimod,
    /// dimod's COO text over spins; p-bits by number.
    Coo,
    /// A G-set file with weights w = J, or w = -J for Max-Cut.
    Gset {
        /// Whether the file is read with `--maxcut`.
        max_cut: bool,
    },
}

/// The text of a graph file.
///
/// # Errors
/// When the format cannot hold the graph: biases in a G-set file, an offset in COO text.
pub fn write(graph: &Graph, target: Target) -> Result<String, Problem> {
    match target {
        Target::Dimod => Ok(dimod(graph)),
        Target::Coo => coo(graph),
        Target::Gset { max_cut } => gset(graph, max_cut),
    }
}

/// Minus a number, without a minus sign before zero.
fn minus(value: f64) -> f64 {
    0.0 - value
}

fn dimod(graph: &Graph) -> String {
    let edges = graph.edges();
    let model = json!({
        "type": "BinaryQuadraticModel",
        "version": {"bqm_schema": "3.0.0"},
        "use_bytes": false,
        "index_type": "int32",
        "bias_type": "float64",
        "num_variables": graph.labels.len(),
        "num_interactions": edges.len(),
        "variable_labels": graph.labels,
        "variable_type": "SPIN",
        "offset": graph.offset,
        "info": {},
        "linear_biases": graph.model.biases().iter().map(|&h| minus(h)).collect::<Vec<_>>(),
        "quadratic_biases": edges.iter().map(|e| minus(e.2)).collect::<Vec<_>>(),
        "quadratic_head": edges.iter().map(|e| e.0).collect::<Vec<_>>(),
        "quadratic_tail": edges.iter().map(|e| e.1).collect::<Vec<_>>(),
    });
    model.to_string() + "\n"
}

fn coo(graph: &Graph) -> Result<String, Problem> {
    if graph.offset != 0.0 {
        return Err(cannot(format!("COO text has no place for the offset {}", graph.offset)));
    }
    let name = |i: usize| match graph.labels[i] {
        Label::Number(number) if number >= 0 => number,
        _ => i as i64,
    };
    let numbered = graph.labels.iter().all(|label| matches!(label, Label::Number(number) if *number >= 0));
    let name = |i: usize| if numbered { name(i) } else { i as i64 };
    let mut text = String::from("# vartype=SPIN\n");
    for (i, &h) in graph.model.biases().iter().enumerate() {
        // A zero keeps a p-bit without couplings in the file.
        if h != 0.0 || graph.model.couplings().row(i).next().is_none() {
            writeln!(text, "{0} {0} {1}", name(i), minus(h)).expect("text grows");
        }
    }
    for (i, j, value) in graph.edges() {
        writeln!(text, "{} {} {}", name(i), name(j), minus(value)).expect("text grows");
    }
    Ok(text)
}

fn gset(graph: &Graph, max_cut: bool) -> Result<String, Problem> {
    if let Some(i) = graph.model.biases().iter().position(|&h| h != 0.0) {
        let why = format!("G-set files have no biases, {} has {}", graph.labels[i], graph.model.biases()[i]);
        return Err(cannot(why));
    }
    let edges = graph.edges();
    let mut text = format!("{} {}\n", graph.labels.len(), edges.len());
    for (i, j, value) in edges {
        writeln!(text, "{} {} {}", i + 1, j + 1, if max_cut { minus(value) } else { value })
            .expect("text grows");
    }
    Ok(text)
}

fn cannot(why: String) -> Problem {
    Problem::new("the graph does not fit this format", "option --to", why, "write it with --to dimod")
}
