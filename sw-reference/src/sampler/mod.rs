//! The bit-exact sampler: slow, obvious, and the judge of every other implementation.
//!
//! It follows `docs/contract.md`, sections 3 to 7 and 10, one update at a time, in the order in which a lane issues them: for
//! every sweep, color and slot all replicas, for every replica all lanes. Everything that an update sees and produces goes to an
//! [`Observer`].

mod bank;
mod observe;
mod run;

pub use observe::{Observer, Silent, StartUpdate, Update};
pub use run::{Outcome, Run, Swap};

use crate::image::BankImage;
use crate::stream::LaneStreams;
use bank::Bank;
use spinwright_contract::{Color, PBitId, Problem, Schedule, ValidConfig};

/// A machine with one active pair of banks, its spins and its streams. Runs can follow one another, as on a device.
#[derive(Debug, Clone)]
pub struct Sampler<'a> {
    config: &'a ValidConfig,
    bank: Bank<'a>,
    streams: LaneStreams,
    inputs: Vec<bool>,
    /// Input part of every p-bit's exact field, without its bias; computed again when inputs or banks change.
    input_fields: Vec<i64>,
    /// Value of a clamped p-bit, by p-bit id.
    clamp: Vec<Option<bool>>,
    /// Table of every replica.
    table_select: Vec<usize>,
    /// Spins (true = up) by replica, then p-bit id.
    spins: Vec<Vec<bool>>,
}

impl<'a> Sampler<'a> {
    /// A sampler with `image` and one of its bias sets as the active banks. As in a simulated device after reset, inputs and
    /// spins are down, no p-bit is clamped and every replica uses table 0; the streams are those of seed 1 at draw 0.
    ///
    /// # Errors
    /// When the image is for another machine or has no such bias set.
    pub fn new(config: &'a ValidConfig, image: &'a BankImage, bias_set: usize) -> Result<Self, Problem> {
        let bank = Bank::new(config, image, bias_set)?;
        let mut sampler = Self {
            config,
            bank,
            streams: LaneStreams::of(config, 1),
            inputs: vec![false; config.inputs()],
            input_fields: Vec::new(),
            clamp: vec![None; config.total_p_bits()],
            table_select: vec![0; config.replicas()],
            spins: vec![vec![false; config.total_p_bits()]; config.replicas()],
        };
        sampler.refresh_input_fields();
        Ok(sampler)
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

    /// Writes the input p-bits, true = up.
    ///
    /// # Panics
    /// If there are not X of them.
    pub fn set_inputs(&mut self, inputs: &[bool]) {
        assert_eq!(inputs.len(), self.config.inputs(), "one spin for every input p-bit");
        self.inputs.copy_from_slice(inputs);
        self.refresh_input_fields();
    }

    /// Clamps p-bits, by p-bit id; `None` is free. A clamped p-bit takes its draws all the same.
    ///
    /// # Panics
    /// If there is not one entry for every hidden and output p-bit.
    pub fn set_clamp(&mut self, clamp: &[Option<bool>]) {
        assert_eq!(clamp.len(), self.clamp.len(), "one entry for every p-bit");
        self.clamp.copy_from_slice(clamp);
    }

    /// Chooses the table of every replica, for both colors.
    ///
    /// # Panics
    /// If there is not one entry for every replica or a table does not exist.
    pub fn set_table_select(&mut self, tables: &[usize]) {
        assert_eq!(tables.len(), self.table_select.len(), "one table for every replica");
        assert!(tables.iter().all(|&table| table < self.config.tables()), "tables exist");
        self.table_select.copy_from_slice(tables);
    }

    /// Writes the spins of one replica, hidden then output, true = up. The start `host` begins from them.
    ///
    /// # Panics
    /// If there is no such replica or the number of p-bits is not the machine's.
    pub fn set_spins(&mut self, replica: usize, spins: &[bool]) {
        self.spins[replica].copy_from_slice(spins);
    }

    /// Spins by replica, then p-bit id (hidden then output), true = up.
    pub fn spins(&self) -> &[Vec<bool>] {
        &self.spins
    }

    /// Replaces the schedule of the active coupling bank, as the host may through the register `SCHEDULE`.
    ///
    /// # Errors
    /// When the machine's accumulators do not hold it.
    pub fn set_schedule(&mut self, schedule: Schedule) -> Result<(), Problem> {
        crate::image::check::schedule(&schedule, self.config)?;
        self.bank.schedule = schedule;
        Ok(())
    }

    /// The schedule of the active coupling bank.
    pub fn schedule(&self) -> Schedule {
        self.bank.schedule
    }

    /// Makes another pair the active one while the machine is idle; its schedule counts from the next run on.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn set_bank(&mut self, image: &'a BankImage, bias_set: usize) -> Result<(), Problem> {
        self.activate(Bank::new(self.config, image, bias_set)?);
        Ok(())
    }

    fn activate(&mut self, bank: Bank<'a>) {
        self.bank = bank;
        self.refresh_input_fields();
    }

    fn refresh_input_fields(&mut self) {
        let ids = 0..self.config.total_p_bits();
        self.input_fields = ids.map(|id| self.bank.input_field(PBitId(id as u32), &self.inputs)).collect();
    }

    /// The saturated field of a p-bit in one replica: exact integers, saturated once.
    fn field(&self, id: PBitId, replica: usize) -> i32 {
        let exact = self.input_fields[id.0 as usize] + self.bank.coupling_field(id, &self.spins[replica]);
        let max = i64::from(self.config.field_max());
        exact.clamp(-max, max) as i32
    }

    /// The p-bit of a lane in a slot; `None` is padding.
    fn p_bit(&self, slot: usize, lane: usize) -> Option<PBitId> {
        self.bank.p_bit_at[slot * self.config.lanes() + lane]
    }

    /// The slots of a color.
    fn slots(&self, color: Color) -> std::ops::Range<usize> {
        match color {
            Color::Hidden => 0..self.config.slots(Color::Hidden),
            Color::Output => self.config.slots(Color::Hidden)..self.config.total_slots(),
        }
    }
}

#[cfg(test)]
mod tests;
