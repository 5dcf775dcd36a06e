//! networkx node-link JSON: `nodes` with `id` and, if wanted, `bias`; edges under `edges` or `links` with `source`, `target` and, if
//! wanted, `weight` (missing: 1). Other attributes say nothing about a model and are passed over.

use super::build::{Numbers, Raw};
use super::dimod::from_json;
use crate::graph::Label;
use serde::Deserialize;
use serde_json::Value;
use spinwright_contract::Problem;
use std::collections::HashMap;

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    directed: bool,
    #[serde(default)]
    graph: Value,
    nodes: Vec<Node>,
    edges: Option<Vec<Edge>>,
    links: Option<Vec<Edge>>,
}

#[derive(Deserialize)]
struct Node {
    id: Value,
    bias: Option<f64>,
}

#[derive(Deserialize)]
struct Edge {
    source: Value,
    target: Value,
    weight: Option<f64>,
}

pub(super) fn parse(text: &str) -> Result<Raw, Problem> {
    let document: Document = from_json(text)?;
    let refuse = |place: &str, why: &str, help: &str| {
        Err(Problem::new("the graph cannot be taken as a model", format!("key `{place}`"), why, help))
    };
    if document.directed {
        return refuse("directed", "couplings have no direction", "write G.to_undirected()");
    }
    if !document.graph["vartype"].is_null() {
        return refuse(
            "graph.vartype",
            "dimod's graphs keep biases under other names and in another sign",
            "write the model with BinaryQuadraticModel.to_serializable()",
        );
    }
    let (key, edges) = match (document.edges, document.links) {
        (Some(edges), None) => ("edges", edges),
        (None, Some(links)) => ("links", links),
        (None, None) => {
            return refuse("edges", "it is missing", "give `edges` (or `links`), if only an empty list");
        }
        (Some(_), Some(_)) => {
            return refuse("links", "both `edges` and `links` are there", "keep one of them");
        }
    };
    let mut raw = Raw::new(Numbers::Weights);
    let mut index = HashMap::new();
    for (i, node) in document.nodes.iter().enumerate() {
        let label = Label::from_json(&node.id);
        let p_bit = raw.p_bit(label.clone());
        if index.insert(label, p_bit).is_some() {
            return refuse(
                &format!("nodes[{i}].id"),
                "another node has it already",
                "give every node its own id",
            );
        }
        if let Some(bias) = node.bias {
            raw.bias(p_bit, bias, format!("key `nodes[{i}].bias`"))?;
        }
    }
    for (k, edge) in edges.iter().enumerate() {
        let end = |value: &Value, name: &str| {
            index.get(&Label::from_json(value)).copied().ok_or_else(|| {
                Problem::new(
                    "an edge names a node that does not exist",
                    format!("key `{key}[{k}].{name}`"),
                    format!("no node has the id {value}"),
                    "correct the id or add the node",
                )
            })
        };
        let (i, j) = (end(&edge.source, "source")?, end(&edge.target, "target")?);
        raw.edge(i, j, edge.weight.unwrap_or(1.0), format!("key `{key}[{k}]`"))?;
    }
    Ok(raw)
}
