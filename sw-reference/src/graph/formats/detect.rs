//! Which format a file has.

use super::Format;
use super::edge_list::words;
use super::rudy::content;
use spinwright_contract::Problem;

/// The format by extension where it says so, else by content.
pub(super) fn format(text: &str, extension: &str) -> Result<Format, Problem> {
    match extension {
        "coo" => return Ok(Format::Coo),
        "edges" | "edgelist" | "el" | "csv" => return Ok(Format::Edges),
        "rud" | "rudy" | "mc" | "gset" => return Ok(Format::Gset),
        "col" | "mis" | "clq" | "dimacs" => return Ok(Format::Dimacs),
        _ => {}
    }
    if text.trim_start().starts_with('{') {
        return json(text);
    }
    if super::coo::vartype(text).ok().flatten().is_some() {
        return Ok(Format::Coo);
    }
    if let Some(first) = text.lines().find(|text| !text.trim().is_empty())
        && (first.starts_with("c ") || first.trim_end() == "c" || first.starts_with("p "))
    {
        return Ok(Format::Dimacs);
    }
    counted(text)
}

fn json(text: &str) -> Result<Format, Problem> {
    let refuse = |why: String| {
        Problem::new(
            "this JSON is no known graph",
            "",
            why,
            "give dimod's BinaryQuadraticModel.to_serializable() or networkx.node_link_data(G)",
        )
    };
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    if value["type"] == "BinaryQuadraticModel" {
        return Ok(Format::Dimod);
    }
    if value["nodes"].is_array() {
        return Ok(Format::NodeLink);
    }
    let keys: Vec<&str> =
        value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).take(8).collect();
    Err(refuse(format!("its keys are: {}", keys.join(", "))))
}

/// G-set files and edge lists look alike; the header of a G-set file counts the lines that follow.
fn counted(text: &str) -> Result<Format, Problem> {
    let mut lines = content(text).map(|(_, text)| words(text));
    let Some(first) = lines.next() else { return Ok(Format::Edges) };
    let header = match first[..] {
        [nodes, edges] => nodes.parse::<usize>().ok().zip(edges.parse::<usize>().ok()),
        _ => None,
    };
    let Some((_, edges)) = header else { return Ok(Format::Edges) };
    let (mut count, mut weighted) = (0, true);
    for line in lines {
        count += 1;
        weighted &= line.len() == 3;
    }
    match (count == edges, weighted && count > 0) {
        // A first line of two numbers before lines of three: a header, right or wrong.
        (_, true) => Ok(Format::Gset),
        (false, false) => Ok(Format::Edges),
        (true, false) => Err(Problem::new(
            "this could be two formats",
            "line 1",
            "two numbers, the second of which counts the lines that follow: the header of a G-set file, or the first edge of a list",
            "say which: --format gset or --format edges",
        )),
    }
}
