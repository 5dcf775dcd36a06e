//! dimod's COO text: "i j value" with variables from 0; i = j is the linear bias. A header "# vartype=SPIN" or "# vartype=BINARY" says what
//! the variables are; without it dimod wants to be told, and so do we.

use super::build::{Numbers, Raw, line, malformed, number, whole};
use super::rudy::content;
use crate::graph::Label;
use spinwright_contract::Problem;
use std::collections::BTreeMap;

pub(super) fn parse(text: &str, binary: Option<bool>) -> Result<Raw, Problem> {
    let binary = match (vartype(text)?, binary) {
        (Some(own), Some(given)) if own != given => {
            return Err(Problem::new(
                "the file says otherwise",
                "option --vartype",
                format!("its header says {}", if own { "BINARY" } else { "SPIN" }),
                "leave the option out",
            ));
        }
        (own, given) => own.or(given),
    };
    let Some(binary) = binary else {
        return Err(Problem::new(
            "the file does not say what its variables are",
            "line 1",
            "COO text is about spins (-1, +1) or bits (0, 1), with other energies; a header `# vartype=SPIN` is missing",
            "add the header (dimod: coo.dumps(bqm, vartype_header=True)), or give --vartype spin or binary",
        ));
    };
    let mut raw = Raw::new(if binary { Numbers::BitEnergy } else { Numbers::SpinEnergy });
    let mut entries = Vec::new();
    let mut index = BTreeMap::new();
    for (at, text) in content(text) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let &[i, j, value] = &words[..] else { return Err(malformed(at, text, "\"i j value\"")) };
        let place = line(at);
        let (i, j) = (whole(i, &place, "the variable")?, whole(j, &place, "the variable")?);
        entries.push((i, j, number(value, &place, "the value")?, place));
        index.insert(i, 0);
        index.insert(j, 0);
    }
    for (&variable, place) in &mut index {
        *place = raw.p_bit(Label::Number(variable as i64));
    }
    for (i, j, value, place) in entries {
        let (a, b) = (index[&i], index[&j]);
        if i == j { raw.bias(a, value, place)? } else { raw.edge(a, b, value, place)? }
    }
    Ok(raw)
}

/// What a comment "vartype=..." before the first entry says: Some(true) for bits.
pub(super) fn vartype(text: &str) -> Result<Option<bool>, Problem> {
    let comments = text.lines().enumerate().take_while(|(_, text)| {
        let text = text.trim_start();
        text.is_empty() || text.starts_with('#')
    });
    for (index, text) in comments {
        let Some(place) = text.find("vartype") else { continue };
        let rest = text[place + "vartype".len()..].trim_start_matches(['=', ':', ' ', '\t']);
        return match rest.split_whitespace().next().unwrap_or("") {
            "SPIN" | "Vartype.SPIN" => Ok(Some(false)),
            "BINARY" | "Vartype.BINARY" => Ok(Some(true)),
            _ => Err(malformed(index + 1, text, "\"# vartype=SPIN\" or \"# vartype=BINARY\"")),
        };
    }
    Ok(None)
}
