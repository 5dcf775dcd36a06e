//! What a run needs besides its banks, as register writes (contract, section 11).

use super::SlotMap;
use spinwright_contract::{PBitId, Start, ValidConfig, registers};

/// Words for consecutive addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterWrite {
    /// First address.
    pub address: u16,
    /// One word per address.
    pub words: Vec<u32>,
}

/// Addresses from one input buffer to the next.
const BUFFER_DISTANCE: u16 = 0x800;

/// What the first block is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunInput {
    /// Input spins, X of them, up = true: for a machine without an encoder.
    Spins(Vec<bool>),
    /// Pixels 0 to 255, row by row: for a machine with an encoder.
    Picture(Vec<u8>),
}

impl RunInput {
    /// All inputs down, or a black picture.
    pub fn dark(machine: &ValidConfig) -> Self {
        match machine.encoder() {
            Some(encoder) => Self::Picture(vec![0; encoder.pixels()]),
            None => Self::Spins(vec![false; machine.inputs()]),
        }
    }

    /// The writes that bring it into a buffer.
    ///
    /// # Panics
    /// If it is not of the machine's kind and size.
    pub fn writes(&self, machine: &ValidConfig, buffer: u32) -> RegisterWrite {
        let offset = BUFFER_DISTANCE * buffer as u16;
        match self {
            Self::Spins(spins) => {
                assert!(machine.encoder().is_none(), "the machine encodes pictures");
                assert_eq!(spins.len(), machine.inputs(), "one spin for every input p-bit");
                RegisterWrite { address: registers::INPUT + offset, words: spin_words(machine, spins) }
            }
            Self::Picture(pixels) => {
                let encoder = machine.encoder().expect("the machine has an encoder");
                assert_eq!(pixels.len(), encoder.pixels(), "pixels of a picture");
                let word = |four: &[u8]| four.iter().rev().fold(0, |word, &v| word << 8 | u32::from(v));
                RegisterWrite {
                    address: registers::PIXELS + offset,
                    words: pixels.chunks(4).map(word).collect(),
                }
            }
        }
    }
}

/// Every position in source words of `tree_width` spins, each in whole words of 32.
fn spin_words(machine: &ValidConfig, spins: &[bool]) -> Vec<u32> {
    let (lanes, width) = (machine.lanes(), machine.tree_width());
    let channels = machine.block().input.channels;
    let source_words = (channels.div_ceil(lanes) * lanes).div_ceil(width);
    let mut words = Vec::new();
    for position in spins.chunks(channels) {
        for first in (0..source_words).map(|k| k * width) {
            let spin = |q: usize| position.get(first + q).copied().unwrap_or(false);
            for part in (0..width).step_by(32) {
                words.push(pack_bits((part..width.min(part + 32)).map(spin)));
            }
        }
    }
    words
}

/// Everything that the host chooses for a run, in p-bit order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSetup {
    /// What the first block is shown.
    pub input: RunInput,
    /// The buffer that holds it.
    pub buffer: u32,
    /// It stands in that buffer already, because it was written during an earlier run.
    pub preloaded: bool,
    /// Per p-bit of all blocks: the spin it is held at, or none.
    pub clamps: Vec<Option<bool>>,
    /// Per replica: the table it uses.
    pub table_select: Vec<u32>,
    /// Where the run starts.
    pub start: Start,
    /// `spins[replica][p-bit]` for a start from the host's states; machines of one block.
    pub host_spins: Option<Vec<Vec<bool>>>,
    /// `states[lane]`: generator state, least significant word first; none leaves the streams where they are.
    pub generator_states: Option<Vec<Vec<u32>>>,
}

impl RunSetup {
    /// All inputs down or a black picture in buffer 0, nothing clamped, table 0, streams where they are.
    pub fn plain(machine: &ValidConfig, start: Start) -> Self {
        Self {
            input: RunInput::dark(machine),
            buffer: 0,
            preloaded: false,
            clamps: vec![None; machine.total_p_bits()],
            table_select: vec![0; machine.replicas()],
            start,
            host_spins: None,
            generator_states: None,
        }
    }

    /// The writes that bring a device into this state.
    pub fn writes(&self, machine: &ValidConfig) -> Vec<RegisterWrite> {
        let map = SlotMap::new(machine);
        let mut writes = Vec::new();
        if !self.preloaded {
            writes.push(self.input.writes(machine, self.buffer));
        }
        if machine.input_buffers() > 1 {
            let address = registers::CONTROL_INPUT_BUFFER;
            writes.push(RegisterWrite { address, words: vec![self.buffer] });
        }
        writes.extend([
            RegisterWrite {
                address: registers::CLAMP_MASK,
                words: slot_words(machine, &map, |id| self.clamps[id.0 as usize].is_some()),
            },
            RegisterWrite {
                address: registers::CLAMP_VALUE,
                words: slot_words(machine, &map, |id| self.clamps[id.0 as usize] == Some(true)),
            },
            RegisterWrite { address: registers::TABLE_SELECT, words: self.table_select.clone() },
            RegisterWrite { address: registers::CONTROL_START_MODE, words: vec![self.start.code()] },
        ]);
        if let Some(states) = &self.generator_states {
            for (lane, state) in states.iter().enumerate() {
                let address = registers::SEED + 4 * lane as u16;
                writes.push(RegisterWrite { address, words: state.clone() });
            }
        }
        if let Some(spins) = &self.host_spins {
            let words = spins
                .iter()
                .flat_map(|replica| slot_words(machine, &map, |id| replica[id.0 as usize]))
                .collect();
            writes.push(RegisterWrite { address: registers::SPINS, words });
        }
        writes
    }
}

/// One word per slot: bit l says `bit` of the p-bit that lane l serves there; padding is 0.
fn slot_words(machine: &ValidConfig, map: &SlotMap, bit: impl Fn(PBitId) -> bool) -> Vec<u32> {
    (0..machine.total_slots())
        .map(|slot| pack_bits((0..machine.lanes()).map(|lane| map.p_bit(lane, slot).is_some_and(&bit))))
        .collect()
}

pub(super) fn pack_bits(bits: impl Iterator<Item = bool>) -> u32 {
    bits.enumerate().fold(0, |word, (i, up)| word | (u32::from(up) << i))
}
