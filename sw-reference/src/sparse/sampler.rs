//! The bit-exact sampler of sparse machines: slow, obvious, and the judge of every other implementation.
//!
//! It follows `docs/contract.md`, section 14, one update at a time, in the order in which a lane issues them: for every sweep,
//! color and slot all replicas, for every replica all lanes.

use super::{BetaStep, SparseImage, check};
use crate::image::check::schedule_within;
use crate::stream::{Jump, LaneStreams};
use spinwright_contract::{PBitId, Problem, Schedule, SparseGraph, ValidSparse};

/// The active pair of banks: couplings with tables and schedules, and one bias set.
#[derive(Debug, Clone)]
pub(super) struct Bank<'a> {
    pub(super) image: &'a SparseImage,
    pub(super) schedule: Schedule,
    pub(super) beta_schedule: Vec<BetaStep>,
    /// The bias of every p-bit on the field's grid.
    biases: Vec<i64>,
    /// Neighbor and raw coupling, by p-bit.
    couplings: Vec<Vec<(usize, i64)>>,
}

impl<'a> Bank<'a> {
    pub(super) fn new(
        config: &ValidSparse,
        image: &'a SparseImage,
        bias_set: usize,
    ) -> Result<Self, Problem> {
        if image.machine_id() != config.hash().id() {
            return Err(Problem::new(
                "the bank image is for another machine",
                config.name(),
                format!("machine ID {:016x} instead of {:016x}", image.machine_id(), config.hash().id()),
                "compile the model for this machine",
            ));
        }
        let c = image.contents();
        let set = c.bias_sets.get(bias_set).ok_or_else(|| {
            Problem::new(
                "there is no such bias set",
                format!("bias set {bias_set}"),
                format!("the image has the sets 0 to {}", c.bias_sets.len() - 1),
                "choose one of them",
            )
        })?;
        let graph = c.graph_on(config);
        let mut couplings = vec![Vec::new(); graph.p_bits()];
        for ([i, j], &raw) in graph.edges().into_iter().zip(&c.couplings) {
            couplings[i as usize].push((j as usize, i64::from(raw)));
            couplings[j as usize].push((i as usize, i64::from(raw)));
        }
        Ok(Self {
            image,
            schedule: c.schedule,
            beta_schedule: c.beta_schedule.clone(),
            biases: set.iter().map(|&raw| i64::from(raw) << config.shifts().bias).collect(),
            couplings,
        })
    }

    /// The exact field of a p-bit: its shifted bias plus the shifted sum of its couplings.
    fn exact_field(&self, p_bit: usize, spins: &[bool], shift: u32) -> i64 {
        let term = |&(j, raw): &(usize, i64)| if spins[j] { raw } else { -raw };
        let sum: i64 = self.couplings[p_bit].iter().map(term).sum();
        self.biases[p_bit] + (sum << shift)
    }

    /// The energy of a state, in units of 2^-g: every coupling once, from its end with the smaller id.
    pub(super) fn energy(&self, spins: &[bool], shift: u32) -> i64 {
        let signed = |value: i64, up: bool| if up { value } else { -value };
        let mut sum = 0;
        for (i, couplings) in self.couplings.iter().enumerate() {
            let own = couplings.iter().filter(|&&(j, _)| i < j);
            let pairs: i64 = own.map(|&(j, raw)| signed(raw, spins[i] == spins[j])).sum();
            sum += (pairs << shift) + signed(self.biases[i], spins[i]);
        }
        -sum
    }

    /// The beta schedule's table in a sweep, numbered from 1 since this bank became active.
    pub(super) fn scheduled_table(&self, sweep: u64) -> usize {
        let mut end = 0;
        for step in &self.beta_schedule {
            end += u64::from(step.sweeps);
            if sweep <= end {
                return step.table as usize;
            }
        }
        self.beta_schedule.last().map_or(0, |step| step.table as usize)
    }
}

/// A sparse machine with one active pair of banks, its spins and its streams. Runs can follow one another, as on a device.
#[derive(Debug, Clone)]
pub struct SparseSampler<'a> {
    pub(super) config: &'a ValidSparse,
    pub(super) graph: &'a SparseGraph,
    pub(super) bank: Bank<'a>,
    pub(super) streams: LaneStreams,
    /// The p-bit at slot x lanes + lane.
    p_bit_at: Vec<Option<PBitId>>,
    /// Value of a clamped p-bit.
    pub(super) clamp: Vec<Option<bool>>,
    /// Table of every replica; not used with a ladder.
    pub(super) table_select: Vec<usize>,
    /// With a ladder, the replica at every place.
    pub(super) order: Vec<usize>,
    /// Spins (true = up) by replica, then p-bit.
    pub(super) spins: Vec<Vec<bool>>,
}

impl<'a> SparseSampler<'a> {
    /// A sampler with `image` and one of its bias sets as the active banks. As in a simulated device after reset, spins are
    /// down, no p-bit is clamped and every replica selects table 0; the streams are those of seed 1 at draw 0.
    ///
    /// # Errors
    /// When the image is for another machine or has no such bias set.
    pub fn new(config: &'a ValidSparse, image: &'a SparseImage, bias_set: usize) -> Result<Self, Problem> {
        let bank = Bank::new(config, image, bias_set)?;
        let graph = image.contents().graph_on(config);
        let mut p_bit_at = vec![None; graph.slots() * config.lanes()];
        for (id, place) in graph.placement.iter().enumerate() {
            p_bit_at[place.slot as usize * config.lanes() + place.lane as usize] = Some(PBitId(id as u32));
        }
        Ok(Self {
            config,
            graph,
            bank,
            streams: sparse_streams(config, 1),
            p_bit_at,
            clamp: vec![None; graph.p_bits()],
            table_select: vec![0; config.replicas()],
            order: (0..config.replicas()).collect(),
            spins: vec![vec![false; graph.p_bits()]; config.replicas()],
        })
    }

    /// The machine.
    pub fn config(&self) -> &'a ValidSparse {
        self.config
    }

    /// Starts all streams again: those of `seed` at draw 0.
    pub fn seed(&mut self, seed: u64) {
        self.streams = sparse_streams(self.config, seed);
    }

    /// Replaces the streams, for example by such that stand at a later image.
    ///
    /// # Panics
    /// If the number of streams is not that of the machine's generators.
    pub fn set_streams(&mut self, streams: LaneStreams) {
        assert_eq!(streams.generators().len(), self.config.generators(), "one stream for every generator");
        self.streams = streams;
    }

    /// The streams where they stand.
    pub fn streams(&self) -> &LaneStreams {
        &self.streams
    }

    /// Clamps p-bits; `None` is free. A clamped p-bit takes its draws all the same.
    ///
    /// # Panics
    /// If there is not one entry for every p-bit.
    pub fn set_clamp(&mut self, clamp: &[Option<bool>]) {
        assert_eq!(clamp.len(), self.clamp.len(), "one entry for every p-bit");
        self.clamp.copy_from_slice(clamp);
    }

    /// Chooses the table of every replica. A ladder's replicas use that of their rung instead.
    ///
    /// # Panics
    /// If there is not one entry for every replica or a table does not exist.
    pub fn set_table_select(&mut self, tables: &[usize]) {
        assert_eq!(tables.len(), self.table_select.len(), "one table for every replica");
        assert!(tables.iter().all(|&table| table < self.config.tables()), "tables exist");
        self.table_select.copy_from_slice(tables);
    }

    /// Puts replicas at the places of ladders, as an earlier run left them; the start `keep` goes on from there.
    ///
    /// # Panics
    /// If it is not an order of all replicas.
    pub fn set_order(&mut self, order: &[usize]) {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..self.config.replicas()), "every replica has one place");
        self.order.copy_from_slice(order);
    }

    /// The replica at every place; replica r at place r where there is no ladder.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Writes the spins of one replica, true = up. The start `host` begins from them.
    ///
    /// # Panics
    /// If there is no such replica or not one spin for every p-bit.
    pub fn set_spins(&mut self, replica: usize, spins: &[bool]) {
        self.spins[replica].copy_from_slice(spins);
    }

    /// Spins by replica, then p-bit, true = up.
    pub fn spins(&self) -> &[Vec<bool>] {
        &self.spins
    }

    /// Replaces the schedule of the active coupling bank, as the host may through the register `SCHEDULE`.
    ///
    /// # Errors
    /// When the machine's accumulators do not hold it.
    pub fn set_schedule(&mut self, schedule: Schedule) -> Result<(), Problem> {
        schedule_within(&schedule, self.config.max_sweeps())?;
        self.bank.schedule = schedule;
        Ok(())
    }

    /// Replaces the beta schedule of the active coupling bank, as the host may through the register `BETA_SCHEDULE`.
    ///
    /// # Errors
    /// When the machine does not hold it.
    pub fn set_beta_schedule(&mut self, steps: &[BetaStep]) -> Result<(), Problem> {
        check::beta_schedule(steps, self.config)?;
        self.bank.beta_schedule = steps.to_vec();
        Ok(())
    }

    /// The schedule of the active coupling bank.
    pub fn schedule(&self) -> Schedule {
        self.bank.schedule
    }

    /// The beta schedule of the active coupling bank.
    pub fn beta_schedule(&self) -> &[BetaStep] {
        &self.bank.beta_schedule
    }

    /// Makes another pair the active one while the machine is idle; its schedules count from the next run on.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn set_bank(&mut self, image: &'a SparseImage, bias_set: usize) -> Result<(), Problem> {
        self.bank = self.other_bank(image, bias_set)?;
        Ok(())
    }

    /// The active image and its active biases on the field's grid.
    pub(crate) fn active(&self) -> (&'a SparseImage, &[i64]) {
        (self.bank.image, &self.bank.biases)
    }

    /// The value of every clamped p-bit.
    pub(crate) fn clamp(&self) -> &[Option<bool>] {
        &self.clamp
    }

    /// A pair of banks for the p-bits that this sampler has; an addressed machine's graph may couple them otherwise.
    pub(super) fn other_bank(&self, image: &'a SparseImage, bias_set: usize) -> Result<Bank<'a>, Problem> {
        let bank = Bank::new(self.config, image, bias_set)?;
        let graph = image.contents().graph_on(self.config);
        if (&graph.placement, &graph.slot_colors) == (&self.graph.placement, &self.graph.slot_colors) {
            return Ok(bank);
        }
        Err(Problem::new(
            "the images place their p-bits differently",
            self.config.name(),
            "spins stay at their positions when banks are swapped, so p-bits must stay there too",
            "place both graphs alike, or use one image after the other",
        ))
    }

    /// The p-bit of a lane in a slot; `None` is padding.
    pub(super) fn p_bit(&self, slot: usize, lane: usize) -> Option<PBitId> {
        self.p_bit_at[slot * self.config.lanes() + lane]
    }

    /// The saturated field of a p-bit in one replica: exact integers, saturated once.
    pub(super) fn field(&self, p_bit: usize, replica: usize) -> i32 {
        let shift = self.config.shifts().coupling;
        let exact = self.bank.exact_field(p_bit, &self.spins[replica], shift);
        let max = i64::from(self.config.field_max());
        exact.clamp(-max, max) as i32
    }

    /// The table that a replica looks up in a sweep, numbered from 1 since the active bank became active.
    pub(crate) fn table(&self, replica: usize, sweep: u64) -> usize {
        if self.config.ladder() {
            let place = self.order.iter().position(|&r| r == replica).expect("every replica has a place");
            return place % self.config.tables();
        }
        (self.table_select[replica] + self.bank.scheduled_table(sweep)).min(self.config.tables() - 1)
    }
}

/// The streams of a sparse machine for a seed, at draw 0: one per lane, and with a ladder one more that decides exchanges.
pub fn sparse_streams(config: &ValidSparse, seed: u64) -> LaneStreams {
    LaneStreams::new(config.random_source(), config.draw_bits(), config.generators(), seed)
}

/// Skips runs of which each takes `draws` of every lane and `exchange_draws` of a ladder's generator.
pub fn advance_runs(
    streams: &mut LaneStreams,
    config: &ValidSparse,
    [draws, exchange_draws]: [u64; 2],
    runs: u64,
) {
    let decider = streams.generators().get(config.lanes()).copied();
    streams.advance(u128::from(runs) * u128::from(draws));
    if let Some(mut generator) = decider {
        generator.jump(&Jump::draws(config.random_source(), u128::from(runs) * u128::from(exchange_draws)));
        streams.set(config.lanes(), generator);
    }
}
