//! What a run of a sparse machine needs besides its banks, as register writes.

use super::super::setup::{RegisterWrite, pack_bits};
use super::SparseMap;
use spinwright_contract::{Start, ValidSparse, registers};

/// Everything that the host chooses for a run, in p-bit order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseSetup {
    /// Per p-bit: the spin it is held at, or none.
    pub clamps: Vec<Option<bool>>,
    /// Per replica: the table it selects; with a ladder its rung decides.
    pub table_select: Vec<u32>,
    /// Where the run starts.
    pub start: Start,
    /// `spins[replica][p-bit]` for a start from the host's states.
    pub host_spins: Option<Vec<Vec<bool>>>,
    /// `states[lane]`: generator state, least significant word first, and with a ladder that of its generator; none leaves the streams where they are.
    pub generator_states: Option<Vec<Vec<u32>>>,
}

impl SparseSetup {
    /// Nothing clamped, table 0, streams where they are.
    pub fn plain(machine: &ValidSparse, map: &SparseMap, start: Start) -> Self {
        Self {
            clamps: vec![None; map.p_bits()],
            table_select: vec![0; machine.replicas()],
            start,
            host_spins: None,
            generator_states: None,
        }
    }

    /// The writes that bring a device into this state. `map` is that of the graph that the device has active.
    pub fn writes(&self, machine: &ValidSparse, map: &SparseMap) -> Vec<RegisterWrite> {
        let bit_words = |bits: &dyn Fn(usize) -> bool| bit_words(machine, map, bits);
        let write = |address, words| RegisterWrite { address, words };
        let mut writes = vec![
            write(registers::CLAMP_MASK, bit_words(&|p| self.clamps[p].is_some())),
            write(registers::CLAMP_VALUE, bit_words(&|p| self.clamps[p] == Some(true))),
            write(registers::CONTROL_START_MODE, vec![self.start.code()]),
        ];
        if !machine.ladder() {
            writes.insert(2, write(registers::TABLE_SELECT, self.table_select.clone()));
        }
        if let Some(states) = &self.generator_states {
            // Lanes follow one another: 2 or 4 words each.
            let words = if machine.seed_words() == 2 { 2 } else { 4 };
            assert!(
                states.iter().all(|state| state.len() == words),
                "a state has the words of its generator"
            );
            writes.push(write(registers::SEED, states.concat()));
        }
        if let Some(spins) = &self.host_spins {
            let words = spins.iter().flat_map(|replica| bit_words(&|p| replica[p])).collect();
            writes.push(write(registers::SPINS, words));
        }
        writes
    }
}

/// Bit b of word w belongs to the p-bit at 32 w + b of the windows.
fn bit_words(machine: &ValidSparse, map: &SparseMap, bit: &dyn Fn(usize) -> bool) -> Vec<u32> {
    let mut bits = vec![false; machine.p_bits()];
    for p_bit in 0..map.p_bits() {
        bits[map.window(p_bit)] = bit(p_bit);
    }
    bits.chunks(32).map(|word| pack_bits(word.iter().copied())).collect()
}
