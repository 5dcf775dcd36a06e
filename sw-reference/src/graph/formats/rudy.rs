//! G-set files, as the generator rudy writes them: a line "nodes edges", then one line "i j weight" per edge, nodes from 1. A missing
//! weight is 1.

use super::build::{Numbers, Raw, line, malformed, node, number, whole};
use spinwright_contract::Problem;

pub(super) fn parse(text: &str) -> Result<Raw, Problem> {
    let mut lines = content(text);
    let (at, header) = lines.next().ok_or_else(|| malformed(1, "", "a line \"nodes edges\""))?;
    let words: Vec<&str> = header.split_whitespace().collect();
    let &[nodes, edges] = &words[..] else {
        return Err(malformed(at, header, "a line \"nodes edges\""));
    };
    let nodes = whole(nodes, &line(at), "the number of nodes")?;
    let edges = whole(edges, &line(at), "the number of edges")?;
    let mut raw = Raw::new(Numbers::Weights);
    raw.numbered(nodes, 1, &line(at))?;
    let mut last = at;
    for (at, text) in lines {
        last = at;
        let words: Vec<&str> = text.split_whitespace().collect();
        let (i, j, weight) = match words[..] {
            [i, j] => (i, j, 1.0),
            [i, j, weight] => (i, j, number(weight, &line(at), "the weight")?),
            _ => return Err(malformed(at, text, "\"i j weight\"")),
        };
        raw.edge(node(i, 1, nodes, &line(at))?, node(j, 1, nodes, &line(at))?, weight, line(at))?;
    }
    if raw.edge_count() != edges {
        return Err(Problem::new(
            "the number of edges is not the announced one",
            line(last),
            format!("the header says {edges}, the file has {}", raw.edge_count()),
            "is the file complete?",
        ));
    }
    Ok(raw)
}

/// Lines with their numbers, without empty ones and comments.
pub(super) fn content(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, text)| (index + 1, text));
    lines.filter(|(_, text)| !text.trim().is_empty() && !text.trim_start().starts_with('#'))
}
