//! One shape for every message about bad input: what, where, why, and what to do.

use std::fmt;

/// A refused input, ready to be shown to a person.
///
/// ```text
/// error: weight_bits is out of range
///   at ring.json, key `weight_bits`
///   why: 17 was given, weights have 2 to 16 bits
///   help: choose weight_bits between 2 and 16
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong, one sentence without a full stop.
    pub what: String,
    /// Where: a file, a key, a line.
    pub place: String,
    /// Why it is wrong, with the facts (values, ranges).
    pub why: String,
    /// What to do next.
    pub help: String,
}

impl Problem {
    /// A problem with all four parts.
    pub fn new(
        what: impl Into<String>,
        place: impl Into<String>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { what: what.into(), place: place.into(), why: why.into(), help: help.into() }
    }

    /// The same problem, its place prefixed with `outer` (for example the file that holds the key).
    #[must_use]
    pub fn within(mut self, outer: impl fmt::Display) -> Self {
        self.place =
            if self.place.is_empty() { outer.to_string() } else { format!("{outer}, {}", self.place) };
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n  at {}\n  why: {}\n  help: {}", self.what, self.place, self.why, self.help)
    }
}

impl std::error::Error for Problem {}
