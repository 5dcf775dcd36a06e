//! A client's view of a sparse machine. Contract, section 14.

use super::client::IDENTITY_WORDS;
use super::{Client, HostError, HostedMachine, Registers};
use crate::loader::{SparseMap, SparseSetup};
use spinwright_contract::{CONTRACT_VERSION, MachineHash, Schedule, ValidSparse, registers};

impl HostedMachine for ValidSparse {
    /// The graph of an addressed machine comes with an image, so calls take its map.
    type Map = ();

    fn name(&self) -> &str {
        self.name()
    }

    fn hash(&self) -> MachineHash {
        self.hash()
    }

    fn map(&self) {}

    fn identity(&self) -> [u32; IDENTITY_WORDS] {
        let widths =
            self.weight_bits() | self.bias_bits() << 8 | self.field_bits() << 16 | self.draw_bits() << 24;
        // Both readouts, clamps, host start, upload of tables alone.
        let always = 0b0101_1110;
        let kind = if self.room().is_some() { 1 << 13 } else { 1 << 12 };
        let capabilities = always
            | kind
            | u32::from(self.tables() > 1) << 5
            | u32::from(self.beta_steps() > 0) << 14
            | u32::from(self.energy()) << 16
            | u32::from(self.ladder()) << 17;
        [
            registers::MAGIC,
            CONTRACT_VERSION,
            self.hash().hi(),
            self.hash().lo(),
            capabilities,
            self.lanes() as u32,
            self.slots() as u32,
            self.replicas() as u32,
            self.coupling_banks() as u32,
            self.bias_banks() as u32,
            self.tables() as u32,
            0,
            0,
            self.p_bits() as u32,
            self.room().map_or(self.group(), |room| room.taps) as u32,
            widths,
            1,
            0,
            0,
            1,
        ]
    }
}

/// What a device with energies knows of a replica. Energies are in units of 2^-g.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceEnergies {
    /// Energy of the last state.
    pub energy: i32,
    /// Lowest energy after a sweep of the last run.
    pub best_energy: i32,
    /// The first sweep that had it, modulo 2^32.
    pub best_sweep: u32,
}

/// What a device with a ladder knows of its places and exchanges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLadder {
    /// The replica at every place.
    pub order: Vec<u32>,
    /// By rung but the last: exchanges with the next one that the last run tried, modulo 2^32.
    pub tried: Vec<u32>,
    /// Those of them that were made.
    pub made: Vec<u32>,
}

impl<R: Registers> Client<R, ValidSparse> {
    /// Writes clamps, table selects, start mode, and, where given, generator states and start spins.
    /// `map` is that of the active graph.
    pub fn set_up(&mut self, map: &SparseMap, setup: &SparseSetup) -> Result<(), HostError> {
        let writes = setup.writes(&self.machine, map);
        writes.iter().try_for_each(|w| self.registers.write(w.address, &w.words))
    }

    /// Overwrites the schedule of a coupling bank.
    pub fn set_schedule(&mut self, bank: u32, schedule: &Schedule) -> Result<(), HostError> {
        let words = [schedule.burn_in, schedule.retained, schedule.readout.code()];
        self.registers.write(registers::SCHEDULE + 4 * bank as u16, &words)
    }

    /// Overwrites the beta schedule of a coupling bank: sweeps and table of every entry; entries that are not given become 0, 0.
    pub fn set_beta_schedule(&mut self, bank: u32, steps: &[[u32; 2]]) -> Result<(), HostError> {
        let words = 2 * self.machine.beta_steps();
        let mut written = steps.concat();
        written.resize(words, 0);
        self.registers.write(registers::BETA_SCHEDULE + bank as u16 * words as u16, &written)
    }

    /// The beta schedule of a coupling bank as the device holds it.
    pub fn beta_schedule(&mut self, bank: u32) -> Result<Vec<[u32; 2]>, HostError> {
        let words = 2 * self.machine.beta_steps();
        let read = self.registers.read(registers::BETA_SCHEDULE + bank as u16 * words as u16, words)?;
        Ok(read.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect())
    }

    /// Spins, `[replica][p-bit]`. The device must be idle.
    pub fn spins(&mut self, map: &SparseMap) -> Result<Vec<Vec<bool>>, HostError> {
        let words = self.machine.p_bit_words();
        let read = self.registers.read(registers::SPINS, words * self.machine.replicas())?;
        Ok(read.chunks(words).map(|replica| bits(replica, map)).collect())
    }

    /// Energies of all replicas, of a machine with energies. The device must be idle.
    pub fn energies(&mut self) -> Result<Vec<DeviceEnergies>, HostError> {
        let replicas = self.machine.replicas();
        let energies = self.registers.read(registers::ENERGY, replicas)?;
        let best = self.registers.read(registers::BEST_ENERGY, replicas)?;
        let sweeps = self.registers.read(registers::BEST_SWEEP, replicas)?;
        let known = |((&energy, &best_energy), &best_sweep): ((&u32, &u32), &u32)| DeviceEnergies {
            energy: energy as i32,
            best_energy: best_energy as i32,
            best_sweep,
        };
        Ok(energies.iter().zip(&best).zip(&sweeps).map(known).collect())
    }

    /// Places and exchanges of a machine with a ladder. The device must be idle.
    pub fn ladder(&mut self) -> Result<DeviceLadder, HostError> {
        let pairs = self.machine.tables() - 1;
        Ok(DeviceLadder {
            order: self.registers.read(registers::LADDER, self.machine.replicas())?,
            tried: self.registers.read(registers::LADDER_TRIED, pairs)?,
            made: self.registers.read(registers::LADDER_MADE, pairs)?,
        })
    }

    /// Best states, `[replica][p-bit]`, of a machine with energies. The device must be idle.
    pub fn best_spins(&mut self, map: &SparseMap) -> Result<Vec<Vec<bool>>, HostError> {
        let words = self.machine.p_bit_words();
        let read = self.registers.read(registers::BEST_SPINS, words * self.machine.replicas())?;
        Ok(read.chunks(words).map(|replica| bits(replica, map)).collect())
    }

    /// Readout sums of all p-bits. The device must be idle.
    pub fn sums(&mut self, map: &SparseMap) -> Result<Vec<i32>, HostError> {
        let words = self.registers.read(registers::SUMS, self.machine.p_bits())?;
        Ok((0..map.p_bits()).map(|p| words[map.window(p)] as i32).collect())
    }

    /// Signs of those sums, up = true. The device must be idle.
    pub fn signs(&mut self, map: &SparseMap) -> Result<Vec<bool>, HostError> {
        let words = self.registers.read(registers::SIGNS, self.machine.p_bit_words())?;
        Ok(bits(&words, map))
    }
}

/// What stands at 32 w + b of the windows is bit b of word w.
fn bits(words: &[u32], map: &SparseMap) -> Vec<bool> {
    (0..map.p_bits()).map(|p| map.window(p)).map(|at| words[at / 32] >> (at % 32) & 1 == 1).collect()
}
