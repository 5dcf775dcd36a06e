//! Index arithmetic: `leaf[c * per_word + k]` becomes `leaf_7`.

use std::collections::HashMap;

/// Values of loop variables and `Size` fields.
pub(crate) type Numbers = HashMap<String, i64>;

/// Evaluates an index expression over + - * / % and parentheses.
pub(crate) fn evaluate(text: &str, numbers: &Numbers) -> Result<i64, String> {
    let mut parser = Parser { text: text.as_bytes(), at: 0, numbers };
    let value = parser.sum()?;
    if parser.at < parser.text.len() {
        return Err(format!("`{}` is not understood", &text[parser.at..]));
    }
    Ok(value)
}

/// Turns a kernel name (`part[i]$q$next`) into a Verilog one (`part_3_q`, with separator `_`). `Err` holds the
/// index and the reason.
pub(crate) fn flatten(name: &str, numbers: &Numbers, separator: char) -> Result<String, (String, String)> {
    let name = name.trim_start_matches('.');
    let name = name.strip_suffix("$next").unwrap_or(name);
    let mut flat = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find(['[', ':', '$', '.']) {
        flat += &rest[..open];
        if rest.as_bytes()[open] != b'[' {
            if !flat.ends_with(separator) || rest.as_bytes()[open] != b':' {
                flat.push(separator);
            }
            rest = &rest[open + 1..];
            continue;
        }
        let close = matching(rest, open).ok_or_else(|| (rest.to_string(), "`]` is missing".to_string()))?;
        let inner = &rest[open + 1..close];
        let value = evaluate(inner, numbers).map_err(|reason| (inner.to_string(), reason))?;
        if value < 0 {
            return Err((inner.to_string(), format!("it is {value}")));
        }
        flat += &format!("{separator}{value}");
        rest = &rest[close + 1..];
    }
    flat += rest;
    Ok(flat)
}

fn matching(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    numbers: &'a Numbers,
}

impl Parser<'_> {
    fn take(&mut self, set: &[u8]) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        set.contains(&byte).then(|| {
            self.at += 1;
            byte
        })
    }

    fn sum(&mut self) -> Result<i64, String> {
        let mut value = self.product()?;
        while let Some(operator) = self.take(b"+-") {
            let right = self.product()?;
            value = if operator == b'+' { value + right } else { value - right };
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<i64, String> {
        let mut value = self.factor()?;
        while let Some(operator) = self.take(b"*/%") {
            let right = self.factor()?;
            if operator != b'*' && right == 0 {
                return Err("division by zero".into());
            }
            value = match operator {
                b'*' => value * right,
                b'/' => value / right,
                _ => value % right,
            };
        }
        Ok(value)
    }

    fn factor(&mut self) -> Result<i64, String> {
        if self.take(b"(").is_some() {
            let value = self.sum()?;
            return match self.take(b")") {
                Some(_) => Ok(value),
                None => Err("`)` is missing".into()),
            };
        }
        let start = self.at;
        while self.text.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')) {
            self.at += 1;
        }
        let word = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        if word.ends_with("$get") && (self.take(b"(").is_none() || self.take(b")").is_none()) {
            return Err(format!("`{word}` is not understood"));
        }
        let word = word.trim_end_matches("$get").replace('$', "_");
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let digits = word.trim_end_matches("usize").replace('_', "");
            return digits.parse().map_err(|_| format!("`{word}` is no number"));
        }
        self.numbers.get(&word).copied().ok_or(format!("`{word}` has no value known here"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_flatten() {
        let numbers = Numbers::from([("i".into(), 3), ("per_word".into(), 4)]);
        let flat = |name| flatten(name, &numbers, '_');
        assert_eq!(flat("part[i]$q$next").unwrap(), "part_3_q");
        assert_eq!(flat("leaf[i*per_word+1]").unwrap(), "leaf_13");
        assert_eq!(flat("leaf[(i-1)*(per_word$get()-2)]$d").unwrap(), "leaf_4_d");
        assert_eq!(flat("a[i][2*i+1]").unwrap(), "a_3_7");
        assert_eq!(flat("State$Idle").unwrap(), "State_Idle");
        assert_eq!(flat("State::Idle").unwrap(), "State_Idle");
        assert_eq!(flat("a[_n]").unwrap_err().1, "`_n` has no value known here");
        assert_eq!(flat("a[1-2]").unwrap_err().1, "it is -1");
        assert_eq!(flat("a[1/0]").unwrap_err().1, "division by zero");
        assert!(flat("a[(1]").is_err());
    }
}
