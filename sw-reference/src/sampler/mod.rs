//! The bit-exact sampler: slow, obvious, and the judge of every other implementation.
//!
//! It follows `docs/contract.md`, sections 3 to 7 and 10, one update at a time, in the order in which a lane issues them: for
//! every block, sweep, color and slot all replicas, for every replica all lanes. Everything that an update sees and produces goes to an
//! [`Observer`].

mod bank;
mod observe;
mod run;
mod self_test;
pub(crate) mod taps;

pub use observe::{Observer, Silent, StartUpdate, Update};
pub use run::{BlockOutcome, Outcome, Run, Swap};
pub use self_test::self_test_signature;

use crate::image::{BankImage, check};
use crate::stream::LaneStreams;
use bank::Bank;
use spinwright_contract::{Color, PBitId, Problem, Schedule, ValidConfig};

/// A machine with one active pair of banks, its spins and its streams. Runs can follow one another, as on a device.
#[derive(Debug, Clone)]
pub struct Sampler<'a> {
    config: &'a ValidConfig,
    bank: Bank<'a>,
    streams: LaneStreams,
    /// The machine's p-bit at slot x lanes + lane; slots of all blocks.
    p_bit_at: Vec<Option<PBitId>>,
    /// First slot and first p-bit of every block, then the machine's number of both.
    bases: Vec<(usize, usize)>,
    /// What the host wrote: the first block's input spins, or a picture where the device encodes.
    inputs: Vec<bool>,
    picture: Vec<u8>,
    /// The block that runs, or that ran last.
    block: usize,
    /// Input spins of that block.
    block_inputs: Vec<bool>,
    /// Bias and input part of the exact fields of its p-bits, hidden then output.
    input_fields: Vec<i64>,
    /// Value of a clamped p-bit, by p-bit id.
    clamp: Vec<Option<bool>>,
    /// Table of every replica.
    table_select: Vec<usize>,
    /// Spins (true = up) by replica, then p-bit of the block, hidden then output.
    spins: Vec<Vec<bool>>,
}

impl<'a> Sampler<'a> {
    /// A sampler with `image` and one of its bias sets as the active banks. As in a simulated device after reset, inputs and
    /// spins are down, pixels 0, no p-bit is clamped and every replica uses table 0; the streams are those of seed 1 at draw 0.
    ///
    /// # Errors
    /// When the image is for another machine or has no such bias set.
    pub fn new(config: &'a ValidConfig, image: &'a BankImage, bias_set: usize) -> Result<Self, Problem> {
        let bank = Bank::new(config, image, bias_set)?;
        let mut p_bit_at = vec![None; config.total_slots() * config.lanes()];
        for (id, place) in config.placement().places().iter().enumerate() {
            p_bit_at[place.slot as usize * config.lanes() + place.lane as usize] = Some(PBitId(id as u32));
        }
        let mut bases = vec![(0, 0)];
        for sizes in config.blocks() {
            let (slot, id) = bases[sizes.index];
            let p_bits = sizes.shape.hidden.p_bits() + sizes.shape.output.p_bits();
            bases.push((slot + sizes.total_slots(), id + p_bits));
        }
        let inputs = vec![false; config.block().input.p_bits()];
        Ok(Self {
            config,
            bank,
            streams: LaneStreams::of(config, 1),
            p_bit_at,
            block: 0,
            block_inputs: inputs.clone(),
            inputs,
            picture: vec![0; config.encoder().map_or(0, |e| e.pixels())],
            input_fields: Vec::new(),
            clamp: vec![None; config.total_p_bits()],
            table_select: vec![0; config.replicas()],
            spins: vec![vec![false; bases[1].1]; config.replicas()],
            bases,
        })
    }

    /// The machine.
    pub fn config(&self) -> &'a ValidConfig {
        self.config
    }

    /// Starts all streams again: those of `seed` at draw 0.
    pub fn seed(&mut self, seed: u64) {
        self.streams = LaneStreams::of(self.config, seed);
    }

    /// Replaces the streams, for example by such that stand at a later image.
    ///
    /// # Panics
    /// If the number of lanes is not the machine's.
    pub fn set_streams(&mut self, streams: LaneStreams) {
        assert_eq!(streams.generators().len(), self.config.lanes(), "one stream for every lane");
        self.streams = streams;
    }

    /// The streams where they stand.
    pub fn streams(&self) -> &LaneStreams {
        &self.streams
    }

    /// Writes the first block's input p-bits, true = up; for machines without an encoder.
    ///
    /// # Panics
    /// If there is not one spin for every input p-bit, or the machine encodes pictures itself.
    pub fn set_inputs(&mut self, inputs: &[bool]) {
        assert!(self.config.encoder().is_none(), "the machine encodes pictures");
        assert_eq!(inputs.len(), self.inputs.len(), "one spin for every input p-bit");
        self.inputs.copy_from_slice(inputs);
    }

    /// Writes the picture that the encoder on the device reads: one byte per pixel, row by row.
    ///
    /// # Panics
    /// If the machine has no encoder or the number of pixels is not its.
    pub fn set_picture(&mut self, picture: &[u8]) {
        assert!(self.config.encoder().is_some(), "the machine has an encoder");
        assert_eq!(picture.len(), self.picture.len(), "one byte for every pixel");
        self.picture.copy_from_slice(picture);
    }

    /// Clamps p-bits, by p-bit id; `None` is free. A clamped p-bit takes its draws all the same.
    ///
    /// # Panics
    /// If there is not one entry for every hidden and output p-bit of all blocks.
    pub fn set_clamp(&mut self, clamp: &[Option<bool>]) {
        assert_eq!(clamp.len(), self.clamp.len(), "one entry for every p-bit");
        self.clamp.copy_from_slice(clamp);
    }

    /// Chooses the table of every replica, for both colors of all blocks.
    ///
    /// # Panics
    /// If there is not one entry for every replica or a table does not exist.
    pub fn set_table_select(&mut self, tables: &[usize]) {
        assert_eq!(tables.len(), self.table_select.len(), "one table for every replica");
        assert!(tables.iter().all(|&table| table < self.config.tables()), "tables exist");
        self.table_select.copy_from_slice(tables);
    }

    /// Writes the spins of one replica, hidden then output, true = up. The start `host` begins from them; machines with several
    /// blocks do not have it.
    ///
    /// # Panics
    /// If there is no such replica or the number of p-bits is not that of [`Self::block`].
    pub fn set_spins(&mut self, replica: usize, spins: &[bool]) {
        self.spins[replica].copy_from_slice(spins);
    }

    /// Spins of the block that ran last, by replica, then p-bit (hidden then output), true = up.
    pub fn spins(&self) -> &[Vec<bool>] {
        &self.spins
    }

    /// The block that ran last; 0 before the first run.
    pub fn block(&self) -> usize {
        self.block
    }

    /// Replaces a block's schedule in the active coupling bank, as the host may through the register `SCHEDULE`.
    ///
    /// # Errors
    /// When the machine's accumulators do not hold it.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn set_schedule(&mut self, block: usize, schedule: Schedule) -> Result<(), Problem> {
        check::schedule(&schedule, self.config)?;
        self.bank.schedules[block] = schedule;
        Ok(())
    }

    /// Replaces the schedules of all blocks.
    ///
    /// # Errors
    /// As [`Self::set_schedule`], and when there is not one for every block.
    pub fn set_schedules(&mut self, schedules: &[Schedule]) -> Result<(), Problem> {
        check::schedules(schedules, self.config)?;
        self.bank.schedules.copy_from_slice(schedules);
        Ok(())
    }

    /// The blocks' schedules in the active coupling bank.
    pub fn schedules(&self) -> &[Schedule] {
        &self.bank.schedules
    }

    /// Makes another pair the active one while the machine is idle; its schedules count from the next run on.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn set_bank(&mut self, image: &'a BankImage, bias_set: usize) -> Result<(), Problem> {
        self.bank = Bank::new(self.config, image, bias_set)?;
        Ok(())
    }

    /// P-bits of a color of the running block.
    fn p_bits(&self, color: Color) -> usize {
        self.config.sizes(self.block).shape.p_bits(color)
    }

    /// Computes the running block's input part of every field again.
    fn refresh_input_fields(&mut self) {
        let mut fields = Vec::with_capacity(self.p_bits(Color::Hidden) + self.p_bits(Color::Output));
        for color in Color::ALL {
            for index in 0..self.p_bits(color) {
                fields.push(self.bank.input_field(self.block, color, index, &self.block_inputs));
            }
        }
        self.input_fields = fields;
    }

    /// The saturated field of a p-bit of the running block (its index in the color's plane) in one replica: exact integers,
    /// saturated once.
    fn field(&self, color: Color, index: usize, replica: usize) -> i32 {
        let (hidden, output) = self.spins[replica].split_at(self.p_bits(Color::Hidden));
        let (own, others) = match color {
            Color::Hidden => (index, output),
            Color::Output => (hidden.len() + index, hidden),
        };
        let exact = self.input_fields[own] + self.bank.coupling_field(self.block, color, index, others);
        let max = i64::from(self.config.field_max());
        exact.clamp(-max, max) as i32
    }

    /// The p-bit of a lane in a slot; `None` is padding.
    fn p_bit(&self, slot: usize, lane: usize) -> Option<PBitId> {
        self.p_bit_at[slot * self.config.lanes() + lane]
    }

    /// A p-bit's number within the running block, hidden then output.
    fn in_block(&self, p_bit: PBitId) -> usize {
        p_bit.0 as usize - self.bases[self.block].1
    }

    /// The slots of a color of the running block.
    fn slots(&self, color: Color) -> std::ops::Range<usize> {
        let (first, end) = (self.bases[self.block].0, self.bases[self.block + 1].0);
        let output = first + self.config.sizes(self.block).slots(Color::Hidden);
        match color {
            Color::Hidden => first..output,
            Color::Output => output..end,
        }
    }
}

#[cfg(test)]
mod conv_tests;
#[cfg(test)]
mod tests;
