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

/// Everything that the host chooses for a run, in p-bit order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSetup {
    /// Input spins, X of them, up = true.
    pub inputs: Vec<bool>,
    /// Per p-bit: the spin it is held at, or none.
    pub clamps: Vec<Option<bool>>,
    /// Per replica: the table it uses.
    pub table_select: Vec<u32>,
    /// Where the run starts.
    pub start: Start,
    /// `spins[replica][p-bit]` for a start from the host's states.
    pub host_spins: Option<Vec<Vec<bool>>>,
    /// `states[lane]`: generator state, least significant word first; none leaves the streams where they are.
    pub generator_states: Option<Vec<Vec<u32>>>,
}

impl RunSetup {
    /// All inputs down, nothing clamped, table 0, streams where they are.
    pub fn plain(machine: &ValidConfig, start: Start) -> Self {
        Self {
            inputs: vec![false; machine.inputs()],
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
        let mut writes = vec![
            RegisterWrite { address: registers::INPUT, words: self.input_words(machine) },
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
        ];
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

    /// Chunks of `tree_width` inputs, each in whole words of 32.
    fn input_words(&self, machine: &ValidConfig) -> Vec<u32> {
        self.inputs
            .chunks(machine.tree_width())
            .flat_map(|chunk| {
                let parts = machine.tree_width().div_ceil(32);
                (0..parts).map(|k| pack_bits(chunk.iter().skip(32 * k).take(32).copied())).collect::<Vec<_>>()
            })
            .collect()
    }
}

/// One word per slot: bit l says `bit` of the p-bit that lane l serves there; padding is 0.
fn slot_words(machine: &ValidConfig, map: &SlotMap, bit: impl Fn(PBitId) -> bool) -> Vec<u32> {
    (0..machine.total_slots())
        .map(|slot| pack_bits((0..machine.lanes()).map(|lane| map.p_bit(lane, slot).is_some_and(&bit))))
        .collect()
}

fn pack_bits(bits: impl Iterator<Item = bool>) -> u32 {
    bits.enumerate().fold(0, |word, (i, up)| word | (u32::from(up) << i))
}
