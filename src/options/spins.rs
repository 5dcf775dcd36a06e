//! Spins as hexadecimal numbers: bit i is p-bit i, most significant digit first (`docs/contract.md`, section 13).

use spinwright_contract::{Problem, files};
use std::path::Path;

/// The `count` spins of one number, true = up.
///
/// # Errors
/// When it has another number of digits, other characters, or bits beyond `count`.
pub fn from_hex(text: &str, count: usize) -> Result<Vec<bool>, String> {
    let digits = count.div_ceil(4);
    if text.chars().count() != digits {
        return Err(format!(
            "{} characters, but {count} spins are {digits} hexadecimal digits",
            text.chars().count()
        ));
    }
    let mut spins = Vec::with_capacity(4 * digits);
    for character in text.chars().rev() {
        let digit =
            character.to_digit(16).ok_or_else(|| format!("{character:?} is not a hexadecimal digit"))?;
        spins.extend((0..4).map(|bit| digit >> bit & 1 == 1));
    }
    if spins[count..].contains(&true) {
        return Err(format!("a bit above p-bit {} is set", count - 1));
    }
    spins.truncate(count);
    Ok(spins)
}

/// Reads a file with one number per line.
///
/// # Errors
/// As [`from_hex`], with file and line; and when the file is empty.
pub fn read_rows(path: &Path, count: usize) -> Result<Vec<Vec<bool>>, Problem> {
    let bytes = files::read_bytes(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let rows: Result<Vec<_>, _> = text
        .lines()
        .enumerate()
        .map(|(index, line)| {
            from_hex(line.trim_end(), count).map_err(|why| {
                Problem::new(
                    "a line of spins cannot be read",
                    format!("{}, line {}", path.display(), index + 1),
                    why,
                    format!(
                        "write {} hexadecimal digits per line, p-bit 0 in the lowest bit",
                        count.div_ceil(4)
                    ),
                )
            })
        })
        .collect();
    let rows = rows?;
    if rows.is_empty() {
        return Err(Problem::new(
            "the file holds no spins",
            path.display().to_string(),
            "it is empty",
            "write one line per image (inputs) or per replica (start states)",
        ));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::from_hex;

    #[test]
    fn bit_i_is_p_bit_i() {
        assert_eq!(from_hex("1c", 5).unwrap(), [false, false, true, true, true]);
        assert_eq!(from_hex("A", 4).unwrap(), [false, true, false, true]);
    }

    #[test]
    fn wrong_numbers_are_refused() {
        assert!(from_hex("1", 5).unwrap_err().contains("2 hexadecimal digits"));
        assert!(from_hex("3g", 5).unwrap_err().contains("'g'"));
        assert!(from_hex("3c", 5).unwrap_err().contains("above p-bit 4"));
    }
}
