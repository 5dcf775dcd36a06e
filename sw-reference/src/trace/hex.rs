//! Spins as hexadecimal numbers: bit i is p-bit i, most significant digit first.

use spinwright_contract::Problem;

/// ceil(spins / 4) lowercase digits.
pub fn spins_to_hex(spins: &[bool]) -> String {
    let digit = |four: &[bool]| four.iter().enumerate().fold(0, |d, (i, &up)| d | u32::from(up) << i);
    spins
        .chunks(4)
        .rev()
        .map(|four| char::from_digit(digit(four), 16).expect("four bits are one digit"))
        .collect()
}

/// The spins of `count` p-bits from their hexadecimal number; `None` when it has another length, another character or a bit
/// beyond the last p-bit.
pub fn spins_from_hex(text: &str, count: usize) -> Option<Vec<bool>> {
    if text.len() != count.div_ceil(4) {
        return None;
    }
    let digits: Vec<u32> = text.chars().rev().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bit = |i: usize| digits[i / 4] >> (i % 4) & 1 == 1;
    if (count..4 * digits.len()).any(bit) {
        return None;
    }
    Some((0..count).map(bit).collect())
}

/// An inputs file: one image per line, each the hexadecimal number of its `inputs` input p-bits.
///
/// # Errors
/// A [`Problem`] with the line that is no such number, or when there is no line at all.
pub fn parse_inputs(text: &str, inputs: usize) -> Result<Vec<Vec<bool>>, Problem> {
    let line = |(index, line): (usize, &str)| {
        spins_from_hex(line.trim_end_matches('\r'), inputs).ok_or_else(|| {
            Problem::new(
                "a line of the inputs file is not the spins of one image",
                format!("line {}", index + 1),
                format!(
                    "{inputs} input p-bits are a hexadecimal number of {} digits below 2^{inputs}, the line has {} characters",
                    inputs.div_ceil(4),
                    line.chars().count()
                ),
                "write one such number per line, bit i is input p-bit i",
            )
        })
    };
    let images: Vec<_> = text.lines().enumerate().map(line).collect::<Result<_, _>>()?;
    if images.is_empty() {
        return Err(Problem::new(
            "the inputs file has no image",
            "line 1",
            "the file is empty",
            "write one line per image, or leave the file out for one image with all inputs down",
        ));
    }
    Ok(images)
}

/// A pixels file: one picture per line, two hexadecimal digits per pixel, row by row.
///
/// # Errors
/// A [`Problem`] with the line that is no picture of `pixels` pixels, or when there is no line at all.
pub fn parse_pictures(text: &str, pixels: usize) -> Result<Vec<Vec<u8>>, Problem> {
    let picture = |line: &str| -> Option<Vec<u8>> {
        let digits: Vec<u8> = line.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
        (digits.len() == 2 * pixels).then(|| digits.chunks(2).map(|two| two[0] << 4 | two[1]).collect())
    };
    let line = |(index, line): (usize, &str)| {
        picture(line.trim_end_matches('\r')).ok_or_else(|| {
            Problem::new(
                "a line of the pixels file is not a picture",
                format!("line {}", index + 1),
                format!(
                    "{pixels} pixels are {} hexadecimal digits, the line has {} characters",
                    2 * pixels,
                    line.chars().count()
                ),
                "write one picture per line, two hexadecimal digits per pixel, row by row",
            )
        })
    };
    let pictures: Vec<_> = text.lines().enumerate().map(line).collect::<Result<_, _>>()?;
    if pictures.is_empty() {
        return Err(Problem::new(
            "the pixels file has no picture",
            "line 1",
            "the file is empty",
            "write one line per picture, or leave the file out for one picture of zeros",
        ));
    }
    Ok(pictures)
}
