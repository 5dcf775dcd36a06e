//! Bitstreams of iCE40s as icepack writes them: commands with up to 15 bytes of payload, blocks of configuration and of memory bits,
//! one CRC at the end (Project IceStorm, "Bitstream File Format").

use super::{Layout, Mode, Seal};
use std::collections::BTreeMap;

const PREAMBLE: [u8; 4] = [0x7e, 0xaa, 0x99, 0x7e];
/// Bits of a block RAM.
const RAM_BITS: usize = 4096;

/// 256 x 16, 512 x 8, 1024 x 4, 2048 x 2.
pub const MODES: [Mode; 4] = [
    Mode { depth: 256, lanes: 16 },
    Mode { depth: 512, lanes: 8 },
    Mode { depth: 1024, lanes: 4 },
    Mode { depth: 2048, lanes: 2 },
];

/// Bit 16 w + d is data bit d of word w of 256 x 16. In the narrower modes the words share each group of data bits in the order that
/// the hardware's address lines give.
pub fn bit(mode: usize, lane: usize, row: usize) -> usize {
    const ORDER: [&[usize]; 4] = [&[0], &[0, 1], &[0, 2, 1, 3], &[0, 4, 2, 6, 1, 5, 3, 7]];
    let (order, per_word) = (ORDER[mode], 1 << mode);
    row / per_word * 16 + lane * per_word + order[row % per_word]
}

/// The places of all memory bits; nothing when it is no file for an iCE40, else what is wrong with it.
pub fn layout(bytes: &[u8]) -> Option<Result<Layout, String>> {
    let start = bytes.windows(4).position(|window| window == PREAMBLE)?;
    // A comment may stand before the preamble, and nothing else.
    (start < 4096).then(|| walk(bytes, start + PREAMBLE.len()))
}

fn walk(bytes: &[u8], mut at: usize) -> Result<Layout, String> {
    let (mut bank, mut width, mut height, mut offset) = (0usize, 0usize, 0usize, 0usize);
    let mut rams: BTreeMap<(usize, usize), Vec<u32>> = BTreeMap::new();
    let (mut covered, mut seals) = (None, vec![]);
    loop {
        let &command = bytes.get(at).ok_or("it ends before its wake-up command: it was cut off")?;
        let payload = at + 1..at + 1 + usize::from(command & 15);
        let value = bytes.get(payload.clone()).ok_or("it ends inside a command: it was cut off")?;
        let value = value.iter().fold(0usize, |value, &byte| value << 8 | usize::from(byte));
        at = payload.end;
        match (command >> 4, value) {
            (0, 1 | 3) => {
                let block = at..at + width * height / 8;
                at = block.end + 2;
                if bytes.get(block.end..at) != Some(&[0, 0]) {
                    return Err(
                        "a block of bits does not end where it should: it was cut off or altered".into()
                    );
                }
                if value == 1 {
                    continue;
                }
                for (group, row) in (0..width / 16).flat_map(|group| (0..height).map(move |row| (group, row)))
                {
                    let ram = rams.entry((bank, group)).or_insert_with(|| vec![u32::MAX; RAM_BITS]);
                    for x in 0..16 {
                        let place =
                            ram.get_mut((offset + row) * 16 + 15 - x).ok_or("a memory is too deep")?;
                        *place = (8 * block.start + row * width + group * 16 + x) as u32;
                    }
                }
            }
            (0, 5) => covered = Some(at),
            (0, 6) => break,
            (1, _) => bank = value,
            (2, _) => {
                let from = covered.ok_or("it has a CRC without a start")?;
                seals.push(Seal { covered: from..payload.start, place: payload.start..payload.start + 2 });
            }
            (6, _) => width = value + 1,
            (7, _) => height = value,
            (8, _) => offset = value,
            (5 | 9, _) => {}
            _ => return Err(format!("command {command:#04x} at byte {} is unknown", payload.start - 1)),
        }
    }
    if seals.is_empty() {
        return Err("it has no CRC".into());
    }
    if rams.values().flatten().any(|&place| place == u32::MAX) {
        return Err("a memory lacks bits".into());
    }
    Ok(Layout { rams: rams.into_values().collect(), seals })
}
