//! Edge lists: "label label" or "label label weight", apart by blanks or by commas; # begins a comment. A missing weight is 1.
//! networkx's empty attribute "{}" is understood; other attributes are refused, because they would be lost.

use super::build::{Numbers, Raw, line, malformed, number};
use super::rudy::content;
use crate::graph::Label;
use spinwright_contract::Problem;
use std::collections::HashMap;

pub(super) fn parse(text: &str) -> Result<Raw, Problem> {
    let mut raw = Raw::new(Numbers::Weights);
    let mut index: HashMap<String, usize> = HashMap::new();
    for (at, text) in content(text) {
        let text = text.split(" #").next().unwrap_or(text);
        let words = words(text);
        let weight = match words[..] {
            [_, _] | [_, _, "{}"] => 1.0,
            [_, _, weight] if !weight.starts_with('{') => number(weight, &line(at), "the weight")?,
            [_, _, attribute, ..] if attribute.starts_with('{') => {
                return Err(Problem::new(
                    "edge attributes are not read",
                    line(at),
                    "only a weight has a meaning here",
                    "write the graph with networkx.write_weighted_edgelist, or as node-link JSON",
                ));
            }
            _ => return Err(malformed(at, text, "\"label label\" or \"label label weight\"")),
        };
        let mut p_bit =
            |name: &str| *index.entry(name.to_owned()).or_insert_with(|| raw.p_bit(Label::from_text(name)));
        let (i, j) = (p_bit(words[0]), p_bit(words[1]));
        raw.edge(i, j, weight, line(at))?;
    }
    raw.sort_numbers();
    Ok(raw)
}

/// The parts of a line; with a comma in it, commas are what separates.
pub(super) fn words(text: &str) -> Vec<&str> {
    if text.contains(',') && !text.contains('{') {
        text.split(',').map(str::trim).collect()
    } else {
        text.split_whitespace().collect()
    }
}
