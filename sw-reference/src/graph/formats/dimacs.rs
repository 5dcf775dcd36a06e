//! DIMACS graphs: "c" comments, "p edge nodes edges" (or "p col", "p edges"), "e i j" or "e i j weight", nodes from 1. Files
//! that list every edge in both directions, as some colorings do, are understood.

use super::build::{Numbers, Raw, line, malformed, node, number, whole};
use spinwright_contract::Problem;
use std::collections::HashMap;

/// Edges by (from, to), in the order of the file.
type Listed = Vec<(usize, usize, f64, usize)>;

pub(super) fn parse(text: &str) -> Result<Raw, Problem> {
    let mut raw = Raw::new(Numbers::Weights);
    let mut header: Option<(usize, usize)> = None;
    let mut listed: Listed = Vec::new();
    let mut last = 1;
    for (index, text) in text.lines().enumerate() {
        let at = index + 1;
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some(&kind) = words.first() else { continue };
        last = at;
        match (kind, &words[1..]) {
            ("c", _) => {}
            ("p", &[problem, nodes, edges, ..]) => {
                refuse_problem(problem, at)?;
                if words.len() > 4 || header.is_some() {
                    return Err(malformed(at, text, "one line \"p edge nodes edges\""));
                }
                let nodes = whole(nodes, &line(at), "the number of nodes")?;
                raw.numbered(nodes, 1, &line(at))?;
                header = Some((nodes, whole(edges, &line(at), "the number of edges")?));
            }
            ("e", &[i, j, ref weight @ ..]) if weight.len() <= 1 => {
                let Some((nodes, _)) = header else {
                    return Err(malformed(at, text, "\"p edge nodes edges\" before the first edge"));
                };
                let weight = weight.first().map_or(Ok(1.0), |w| number(w, &line(at), "the weight"))?;
                listed.push((node(i, 1, nodes, &line(at))?, node(j, 1, nodes, &line(at))?, weight, at));
            }
            ("n" | "v" | "d" | "x", _) => {
                return Err(Problem::new(
                    "node lines are not read",
                    line(at),
                    format!("`{kind}` gives nodes a weight or a place, which a model of couplings has not"),
                    "remove these lines if only the edges matter",
                ));
            }
            ("a", _) => return Err(not_a_graph(at, "arcs have a direction, couplings have none")),
            _ => return Err(malformed(at, text, "a line that begins with c, p or e")),
        }
    }
    let Some((_, announced)) = header else {
        return Err(malformed(last, "", "a line \"p edge nodes edges\""));
    };
    let found = listed.len();
    let edges = if both_directions(&listed) {
        listed.into_iter().filter(|&(i, j, ..)| i < j).collect()
    } else {
        listed
    };
    if announced != found && announced != edges.len() {
        return Err(Problem::new(
            "the number of edges is not the announced one",
            line(last),
            format!("the header says {announced}, the file has {found}"),
            "is the file complete?",
        ));
    }
    for (i, j, weight, at) in edges {
        raw.edge(i, j, weight, line(at))?;
    }
    Ok(raw)
}

/// Whether every edge stands there exactly twice, once from each end, with one weight.
fn both_directions(listed: &Listed) -> bool {
    let forward: HashMap<(usize, usize), f64> = listed.iter().map(|&(i, j, w, _)| ((i, j), w)).collect();
    !listed.is_empty()
        && forward.len() == listed.len()
        && listed.iter().all(|&(i, j, w, _)| i != j && forward.get(&(j, i)) == Some(&w))
}

fn refuse_problem(problem: &str, at: usize) -> Result<(), Problem> {
    match problem {
        "edge" | "edges" | "col" => Ok(()),
        "cnf" | "wcnf" => {
            Err(not_a_graph(at, "clauses of a satisfiability problem are no couplings of two p-bits"))
        }
        "sp" | "max" | "min" | "asn" => {
            Err(not_a_graph(at, "flows and paths have a direction, couplings have none"))
        }
        _ => Err(not_a_graph(at, &format!("`p {problem}` is not known"))),
    }
}

fn not_a_graph(at: usize, why: &str) -> Problem {
    Problem::new(
        "this DIMACS file holds no undirected graph",
        line(at),
        why,
        "give a file with `p edge` or `p col`",
    )
}
