//! A client's view of a layered machine.

use super::client::IDENTITY_WORDS;
use super::{Client, HostError, HostedMachine, Registers};
use crate::loader::{RunInput, RunSetup, SlotMap};
use spinwright_contract::registers;
use spinwright_contract::{CONTRACT_VERSION, Color, MachineHash, Schedule, ValidConfig};

impl HostedMachine for ValidConfig {
    type Map = SlotMap;

    fn name(&self) -> &str {
        self.name()
    }

    fn hash(&self) -> MachineHash {
        self.hash()
    }

    fn map(&self) -> SlotMap {
        SlotMap::new(self)
    }

    fn identity(&self) -> [u32; IDENTITY_WORDS] {
        let m = self;
        let widths = m.weight_bits() | m.bias_bits() << 8 | m.field_bits() << 16 | m.draw_bits() << 24;
        let (first, last) = (m.block(), m.last_block());
        [
            registers::MAGIC,
            CONTRACT_VERSION,
            m.hash().hi(),
            m.hash().lo(),
            capabilities(m),
            m.lanes() as u32,
            m.total_slots() as u32,
            m.replicas() as u32,
            m.coupling_banks() as u32,
            m.bias_banks() as u32,
            m.tables() as u32,
            first.input.p_bits() as u32,
            last.hidden.p_bits() as u32,
            last.output.p_bits() as u32,
            m.tree_width() as u32,
            widths,
            m.block_count() as u32,
            m.encoder().map_or(0, |e| e.pixels()) as u32,
            m.decoder().map_or(0, |d| d.classes) as u32,
            m.input_buffers() as u32,
        ]
    }
}

impl<R: Registers> Client<R> {
    /// Writes inputs, clamps, table selects, start mode, and, where given, generator states and start spins.
    pub fn set_up(&mut self, setup: &RunSetup) -> Result<(), HostError> {
        let machine = self.machine.clone();
        setup.writes(&machine).iter().try_for_each(|w| self.registers.write(w.address, &w.words))
    }

    /// Writes a picture or input spins into a buffer. While a run goes on the device accepts it for the buffer that the run does not
    /// use.
    pub fn write_input(&mut self, input: &RunInput, buffer: u32) -> Result<(), HostError> {
        let write = input.writes(&self.machine, buffer);
        self.registers.write(write.address, &write.words)
    }

    /// Chooses the input buffer that the next run reads.
    pub fn select_input(&mut self, buffer: u32) -> Result<(), HostError> {
        self.registers.write(registers::CONTROL_INPUT_BUFFER, &[buffer])
    }

    /// Overwrites the schedule of a block in a coupling bank.
    pub fn set_schedule(&mut self, bank: u32, block: usize, schedule: &Schedule) -> Result<(), HostError> {
        let words = [schedule.burn_in, schedule.retained, schedule.readout.code()];
        let index = bank as usize * self.machine.block_count() + block;
        self.registers.write(registers::SCHEDULE + 4 * index as u16, &words)
    }

    /// Spins of the block that ran last, which the caller names, `[replica][p-bit of the block]`, hidden ones first. The device
    /// must be idle.
    pub fn spins(&mut self, block: usize) -> Result<Vec<Vec<bool>>, HostError> {
        let (slots, replicas) = (self.machine.most_slots(), self.machine.replicas());
        let words = self.registers.read(registers::SPINS, slots * replicas)?;
        let base = self.map.slots_of_block(block).start;
        let places = &self.machine.placement().places()[self.map.p_bits_of_block(block)];
        Ok(words
            .chunks(slots)
            .map(|w| places.iter().map(|p| w[p.slot as usize - base] >> p.lane & 1 == 1).collect())
            .collect())
    }

    /// Readout sums of the output p-bits of the block that ran last, which the caller names. The device must be idle.
    pub fn sums(&mut self, block: usize) -> Result<Vec<i32>, HostError> {
        let lanes = self.machine.lanes();
        let slots = self.map.slots(block, Color::Output).len();
        let words = self.registers.read(registers::SUMS, slots * lanes)?;
        Ok(self.output_places(block).map(|(slot, lane)| words[slot * lanes + lane] as i32).collect())
    }

    /// Signs of those sums, up = true. The device must be idle.
    pub fn signs(&mut self, block: usize) -> Result<Vec<bool>, HostError> {
        let slots = self.map.slots(block, Color::Output).len();
        let words = self.registers.read(registers::SIGNS, slots)?;
        Ok(self.output_places(block).map(|(slot, lane)| words[slot] >> lane & 1 == 1).collect())
    }

    fn output_places(&self, block: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let base = self.map.first_slot(block, Color::Output);
        self.machine.placement().places()[self.map.p_bits_of_color(block, Color::Output)]
            .iter()
            .map(move |p| (p.slot as usize - base, p.lane as usize))
    }

    /// Class of the last run that was decoded; 0 before. Only with a decoder on the device.
    pub fn class(&mut self) -> Result<u32, HostError> {
        self.one(registers::CONTROL_CLASS)
    }

    /// Scores of the last run that was decoded, one per class; 0 before. Only with a decoder on the device, which must be idle.
    pub fn scores(&mut self) -> Result<Vec<i32>, HostError> {
        let classes = self.machine.decoder().map_or(0, |d| d.classes);
        let words = self.registers.read(registers::SCORES, classes)?;
        Ok(words.into_iter().map(|word| word as i32).collect())
    }
}

/// Capability bits that a machine must show.
fn capabilities(m: &ValidConfig) -> u32 {
    const ALWAYS: u32 = 0x4f; // layered, both readouts, clamp, upload of tables alone
    let one_block = m.block_count() == 1;
    let convolution = m.config().blocks.iter().any(|block| !block.is_dense());
    let flags = [
        (4, one_block),
        (5, m.tables() > 1),
        (7, convolution),
        (8, !one_block),
        (9, m.encoder().is_some()),
        (10, m.decoder().is_some()),
        (11, m.input_buffers() > 1),
    ];
    flags.into_iter().fold(ALWAYS, |bits, (bit, set)| bits | u32::from(set) << bit)
}
