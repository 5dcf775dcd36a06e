//! What is learned: rows of spins for the visible p-bits.

use crate::data::Dataset;
use spinwright_contract::Problem;

/// Rows of spins of one width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    width: usize,
    spins: Vec<bool>,
}

impl Rows {
    /// Rows that lie one behind the other, true = up.
    ///
    /// # Panics
    /// If the width is 0 or does not divide the number of spins.
    pub fn new(width: usize, spins: Vec<bool>) -> Self {
        assert!(width > 0 && spins.len().is_multiple_of(width), "whole rows");
        Self { width, spins }
    }

    /// Pictures: a pixel of at least `threshold` is up.
    pub fn of_pictures(data: &Dataset, threshold: u8) -> Self {
        let pixels = data.images[..data.len() * data.pixels()].iter();
        Self::new(data.pixels(), pixels.map(|&pixel| pixel >= threshold).collect())
    }

    /// Text: one row per line, one 0 (down) or 1 (up) per spin; blanks and commas between them are allowed, lines with # are comments.
    ///
    /// # Errors
    /// With the line: another character, rows of different lengths, no row.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let refuse = |place: String, why: String| {
            Problem::new(
                "the data cannot be read",
                place,
                why,
                "write one row per line, a 0 (down) or 1 (up) for every visible p-bit",
            )
        };
        let (mut width, mut spins) = (0, Vec::new());
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = || format!("line {}", number + 1);
            let before = spins.len();
            for c in line.chars().filter(|c| !c.is_whitespace() && *c != ',') {
                match c {
                    '0' => spins.push(false),
                    '1' => spins.push(true),
                    other => return Err(refuse(place(), format!("{other:?} is neither 0 nor 1"))),
                }
            }
            let own = spins.len() - before;
            if width > 0 && own != width {
                return Err(refuse(place(), format!("it has {own} spins, the rows before have {width}")));
            }
            width = own;
        }
        if width == 0 {
            return Err(refuse("the whole text".into(), "there is no row".into()));
        }
        Ok(Self::new(width, spins))
    }

    /// Spins per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.spins.len() / self.width
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.spins.is_empty()
    }

    /// One row, true = up.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, index: usize) -> &[bool] {
        &self.spins[index * self.width..(index + 1) * self.width]
    }

    /// The first `count` rows (all if there are fewer).
    pub fn first(&self, count: usize) -> Self {
        Self::new(self.width, self.spins[..count.min(self.len()) * self.width].to_vec())
    }

    /// How many rows have each spin up.
    pub fn ups(&self) -> Vec<usize> {
        let mut ups = vec![0; self.width];
        for row in self.spins.chunks_exact(self.width) {
            ups.iter_mut().zip(row).for_each(|(count, &up)| *count += usize::from(up));
        }
        ups
    }

    /// Biases of p-bits without couplings that are up as often as these spins, one row of each kind added to what was counted:
    /// h = atanh(mean), at beta 1.
    pub fn biases(&self) -> Vec<f64> {
        let bias = |ups: usize| 0.5 * ((ups as f64 + 1.0) / ((self.len() - ups) as f64 + 1.0)).ln();
        self.ups().into_iter().map(bias).collect()
    }

    /// CRC-32 over shape and spins: a run must go on with the data that it began with.
    pub fn crc(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&(self.width as u64).to_le_bytes());
        hasher.update(&self.spins.iter().map(|&up| u8::from(up)).collect::<Vec<_>>());
        hasher.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_rows_of_bits() {
        let rows = Rows::parse("# two of three\n101\n\n0, 1 0\n").unwrap();
        assert_eq!((rows.width(), rows.len()), (3, 2));
        assert_eq!(rows.row(1), [false, true, false]);
        assert_eq!(rows.ups(), [1, 1, 1]);
        assert_eq!(rows.biases(), [0.0; 3]);
        for (text, why) in [("10\n101", "3 spins"), ("102", "'2'"), ("# nothing\n", "no row")] {
            assert!(Rows::parse(text).unwrap_err().why.contains(why), "{text}");
        }
    }
}
