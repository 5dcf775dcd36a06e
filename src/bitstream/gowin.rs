//! Bitstreams of Gowin's GW1N-9C and GW2A-18C as gowin_pack writes them: lines of the characters 0 and 1, which are commands and
//! frames; the block RAMs' contents are the frames behind the fabric's (Project Apicula, "Command structure").

use super::{Layout, Mode, Seal, ecp5};
use std::ops::Range;

/// A block RAM holds 2,048 words of 9 bits and is read in the widths of an ECP5's.
pub const MODES: [Mode; 6] = ecp5::MODES;
pub use super::ecp5::bit;
/// Bits of a block RAM.
const RAM_BITS: usize = 2048 * 9;
/// Frames of a row of block RAMs.
const RAM_FRAMES: usize = 256;
/// A block RAM is three tiles wide; columns of the chip left of the first place for one.
const RAM_COLUMNS: usize = 180;
const FIRST_COLUMN: usize = 68;

/// Column of bit `d` of the words `256 q` to `256 q + 255` of 1024 x 18 within a block RAM: at `4 d + q`. The same on both chips.
const COLUMNS: [u8; 72] = [
    21, 22, 27, 28, 30, 31, 35, 37, 38, 39, 44, 45, 47, 48, 53, 54, 56, 57, 61, 62, 64, 65, 70, 71, 72, 73,
    79, 80, 82, 83, 87, 89, 90, 91, 96, 97, 98, 99, 105, 106, 107, 109, 113, 114, 116, 117, 122, 123, 124,
    125, 131, 132, 133, 134, 139, 140, 142, 143, 148, 149, 150, 151, 156, 157, 159, 160, 165, 166, 168, 169,
    173, 175,
];

/// A chip.
struct Chip {
    /// What the file asks the chip for.
    idcode: u32,
    /// Frames of the fabric.
    frames: usize,
    /// Bits of a frame; ones before it fill it up to whole bytes.
    columns: usize,
    /// Which places of each row of block RAMs hold one: the first of some, and the one behind them.
    rams: &'static [&'static [(usize, usize)]],
}

const CHIPS: [Chip; 2] = [
    Chip { idcode: 0x1100_481b, frames: 712, columns: 2836, rams: &[&[(1, 8), (10, 14)], &[(0, 15)]] },
    Chip {
        idcode: 0x0000_081b,
        frames: 1342,
        columns: 3376,
        rams: &[&[(1, 17)], &[(0, 8), (10, 16)], &[(1, 17)]],
    },
];

/// Characters of a frame behind its bits: a CRC with the lower byte first, and ones.
const CRC: usize = 16;
const ONES: usize = 48;

/// The CRC of a text as the characters of the file: CRC-16/ARC over the bytes that zeros and ones make, the lower byte first. Line ends
/// count for nothing.
pub fn checksum(text: &[u8]) -> Vec<u8> {
    let mut bits = text.iter().filter(|character| character.is_ascii_digit());
    let mut crc = 0u16;
    while let Some(first) = bits.next() {
        let byte = bits.by_ref().take(7).fold(first & 1, |byte, character| byte << 1 | character & 1);
        crc = crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)];
    }
    let [low, high] = crc.to_le_bytes();
    format!("{low:08b}{high:08b}").into_bytes()
}

/// Of CRC-16/ARC: polynomial 0x8005, the lowest bit first.
const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte as u16, 0);
        while bit < 8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xa001 } else { 0 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// The places of all memory bits; nothing when it is no text of this kind, else what is wrong with it.
pub fn layout(bytes: &[u8]) -> Option<Result<Layout, String>> {
    matches!(bytes, [b'0' | b'1' | b'/', ..]).then(|| walk(bytes))
}

/// Lines of zeros and ones; comments are left out.
fn lines(bytes: &[u8]) -> Result<Vec<Range<usize>>, String> {
    let mut lines = vec![];
    let mut from = 0;
    for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        let next = from + line.len() + 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() && !line.starts_with(b"//") {
            if let Some(other) = line.iter().find(|character| !matches!(character, b'0' | b'1')) {
                return Err(format!("line {number} has the byte {other:#04x}, which is neither 0 nor 1"));
            }
            lines.push(from..from + line.len());
        }
        from = next;
    }
    Ok(lines)
}

/// Reads the whole file.
fn walk(bytes: &[u8]) -> Result<Layout, String> {
    const PREAMBLE: &[u8] = b"1010010111000011";
    let lines = lines(bytes)?;
    let preamble = lines
        .iter()
        .position(|line| &bytes[line.clone()] == PREAMBLE)
        .ok_or("it has no preamble a5c3: it was cut off, or is of another tool")?;
    let mut lines = lines[preamble + 1..].iter().cloned();
    let (chip, count, mut covered) = commands(bytes, &mut lines)?;
    if count == chip.frames {
        return Err("it holds no contents of block RAMs".into());
    }
    if count != chip.frames + RAM_FRAMES * chip.rams.len() {
        return Err(format!(
            "it announces {count} frames, which this chip has neither with block RAMs nor without"
        ));
    }
    let padding = chip.columns.next_multiple_of(8) - chip.columns;
    let length = padding + chip.columns + CRC + ONES;
    let mut frames = vec![];
    for frame in 0..count {
        let line = lines.next().ok_or("it ends before its last frame: it was cut off")?;
        if line.len() != length {
            let found = line.len();
            return Err(format!(
                "frame {frame} has {found} characters and not {length}: it was cut off or altered"
            ));
        }
        frames.push(line);
    }
    if !lines.any(|line| bytes[line.clone()].starts_with(b"00001000")) {
        return Err("it ends before its last command: it was cut off".into());
    }
    // The first frame's CRC covers the commands too, every other one the ones of the frame before.
    let place = |frame: usize| frames[frame].end - ONES - CRC..frames[frame].end - ONES;
    covered.extend(&bytes[frames[0].start..place(0).start]);
    if checksum(&covered) != bytes[place(0)] {
        return Err("the CRC of its first frame does not fit: it was altered or damaged".into());
    }
    let seals = (1..count)
        .map(|frame| Seal { covered: frames[frame - 1].end - ONES..place(frame).start, place: place(frame) });
    let first = |frame: usize| frames[chip.frames + frame].start + padding;
    Ok(Layout { rams: rams(chip, first), seals: seals.collect() })
}

/// The commands between preamble and frames: the chip, the number of frames and the characters that the first CRC covers.
fn commands(
    bytes: &[u8],
    lines: &mut impl Iterator<Item = Range<usize>>,
) -> Result<(&'static Chip, usize, Vec<u8>), String> {
    let (mut chip, mut covered) = (None, vec![]);
    loop {
        let line = lines.next().ok_or("it ends before its frames: it was cut off")?;
        let text = &bytes[line];
        if !matches!(text.len(), 32 | 64) {
            return Err(format!("a command has {} bits and not 32 or 64", text.len()));
        }
        let value = text.iter().fold(0u64, |value, character| value << 1 | u64::from(character & 1));
        match value >> (text.len() - 8) {
            // The place in a flash memory.
            0xd2 => continue,
            0x06 => {
                let known = CHIPS.iter().find(|chip| chip.idcode == value as u32);
                chip = Some(known.ok_or_else(|| {
                    format!(
                        "it is for a chip with the IDCODE {:08x}, known are 1100481b (GW1N-9C) and 0000081b (GW2A-18C)",
                        value as u32
                    )
                })?);
            }
            0x10 if value >> 13 & 1 == 1 => return Err("it is compressed".into()),
            0x3b if value >> 23 & 1 == 0 => return Err("its frames have no CRCs".into()),
            command @ 0x80.. => return Err(format!("its command {command:#04x} switches CRCs off")),
            _ => {}
        }
        covered.extend(text);
        if text.starts_with(b"00111011") {
            let chip = chip.ok_or("it names no chip before its frames")?;
            return Ok((chip, value as usize & 0xffff, covered));
        }
    }
}

/// The places of all block RAMs' bits; `first` gives the first character of a frame of block RAMs.
fn rams(chip: &Chip, first: impl Fn(usize) -> usize) -> Vec<Vec<u32>> {
    let mut rams = vec![];
    for (row, places) in chip.rams.iter().enumerate() {
        for place in places.iter().flat_map(|&(from, to)| from..to) {
            let bit = |bit: usize| {
                // Bit `d` of word `w` of 1024 x 18. Frames run against the words, columns from right to left.
                let (w, d) = (bit / 18, bit % 18);
                let frame = ((w & 1) << 1 | w >> 1 & 1) << 6 | w >> 2 & 63;
                let column = FIRST_COLUMN + RAM_COLUMNS * place + usize::from(COLUMNS[4 * d + (w >> 8)]);
                let at = first(RAM_FRAMES * row + RAM_FRAMES - 1 - frame) + chip.columns - 1 - column;
                // The lowest bit of the character.
                (8 * at + 7) as u32
            };
            rams.push((0..RAM_BITS).map(bit).collect());
        }
    }
    rams
}
