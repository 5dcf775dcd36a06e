//! Standard output: text for people or one JSON value for machines, quiet when the reader goes away.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{ErrorKind, Write};

/// Writes one line (or several, when `text` holds line feeds) to standard output.
pub fn line(text: impl AsRef<str>) -> Result<(), Failure> {
    bytes(format!("{}\n", text.as_ref()).as_bytes())
}

/// Writes bytes to standard output as they are.
pub fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::PipeClosed,
        _ => Failure::Check(format!("error: cannot write to standard output: {error}")),
    })
}

/// Writes `value` as one line of JSON.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(serde_json::to_string(value).expect("the program's own results are always valid JSON"))
}

/// A number with separators, for people: 12,345,678.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A part of one as a percentage with two decimals.
pub fn percent(part: f64) -> String {
    format!("{:.2} %", 100.0 * part)
}

/// The name that a value has in JSON files.
pub fn json_name(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{grouped, percent};

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }

    #[test]
    fn percentages_have_two_decimals() {
        assert_eq!(percent(0.97526), "97.53 %");
        assert_eq!(percent(1.0), "100.00 %");
    }
}
