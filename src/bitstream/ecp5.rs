//! Bitstreams of ECP5s as ecppack writes them: the contents of a block RAM are a command of their own, never compressed, with a CRC
//! (Project Trellis, "Bitstream format"; Lattice FPGA-TN-02039).

use super::{Layout, Mode, Seal};

const PREAMBLE: [u8; 4] = [0xff, 0xff, 0xbd, 0xb3];
/// Bits of a block RAM: 2,048 words of 9.
const RAM_BITS: usize = 2048 * 9;

/// 2048 x 9, 1024 x 18, 512 x 36, 4096 x 4, 8192 x 2, 16384 x 1.
pub const MODES: [Mode; 6] = [
    Mode { depth: 2048, lanes: 9 },
    Mode { depth: 1024, lanes: 18 },
    Mode { depth: 512, lanes: 36 },
    Mode { depth: 4096, lanes: 4 },
    Mode { depth: 8192, lanes: 2 },
    Mode { depth: 16384, lanes: 1 },
];

/// Bit 9 w + d is bit d of word w of 2048 x 9. Wider rows are neighboring words; narrower ones share the lower eight bits of one.
pub fn bit(mode: usize, lane: usize, row: usize) -> usize {
    match mode {
        0..=2 => ((row << mode) + lane / 9) * 9 + lane % 9,
        _ => {
            let lanes = MODES[mode].lanes;
            let per_word = 8 / lanes;
            row / per_word * 9 + row % per_word * lanes + lane
        }
    }
}

/// The places of all memory bits; nothing when it is no file for an ECP5, else what is wrong with it.
pub fn layout(bytes: &[u8]) -> Option<Result<Layout, String>> {
    let start = bytes.windows(4).position(|window| window == PREAMBLE)?;
    (start < 4096).then(|| walk(bytes, start + PREAMBLE.len()))
}

/// LSC_EBR_ADDRESS with three zero bytes; four bytes of address follow.
const ADDRESS: [u8; 4] = [0xf6, 0, 0, 0];
/// LSC_EBR_WRITE: 256 parts of nine bytes, then a CRC over all from the address command on.
const WRITE: [u8; 4] = [0xb2, 0xd0, 0x01, 0x00];

fn walk(bytes: &[u8], mut at: usize) -> Result<Layout, String> {
    let (mut rams, mut seals) = (vec![], vec![]);
    while at + 12 <= bytes.len() {
        if bytes[at..at + 4] != ADDRESS || bytes[at + 8..at + 12] != WRITE {
            at += 1;
            continue;
        }
        let block = at + 12..at + 12 + RAM_BITS / 8;
        if block.end + 2 > bytes.len() {
            return Err("it ends inside a memory's contents: it was cut off".into());
        }
        // Words of nine bits one after the other, the highest bit first.
        let place = |bit: usize| (8 * block.start + bit / 9 * 9 + 8 - bit % 9) as u32;
        rams.push((0..RAM_BITS).map(place).collect());
        seals.push(Seal { covered: at..block.end, place: block.end..block.end + 2 });
        at = block.end + 2;
    }
    if rams.is_empty() {
        return Err("it holds no contents of block RAMs".into());
    }
    Ok(Layout { rams, seals })
}
