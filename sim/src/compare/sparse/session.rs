//! One simulated sparse device and the reference's idea of it, run by run.

use super::super::comparer::Compared;
use super::super::divergence::{AnyColor, Counts, Divergence, Signal};
use super::super::live::{Live, SimulatedDevice};
use super::super::request::{Acted, Moment};
use super::super::timeline::{NEVER, Timeline};
use super::clocks::Clocks;
use super::contents::streams;
use super::readback::{self, RunFacts};
use super::verify::Took;
use super::{SparseComparer, SparseModelOfDevice};
use crate::host::Client;
use crate::loader::{
    SparseMap, SparseSetup, SparseWords, Upload, sparse_bias_upload, sparse_coupling_upload,
    sparse_table_upload,
};
use crate::verilator::{Event, SimError, encode};
use spinwright_contract::{PBitId, Schedule, Start, ValidSparse};
use spinwright_reference::sparse::{
    SparseContents, SparseImage, SparseLayout, SparseOutcome, SparseRun, SparseSampler, SparseSilent,
    SparseSwap,
};
use spinwright_reference::stream::{Generator, LaneStreams};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// What a run does besides following its schedule.
#[derive(Debug, Clone, Default)]
pub struct SparseRequest {
    /// When it acts.
    pub moment: Moment,
    /// Upload these couplings into this bank, while the run goes on.
    pub upload: Option<(u32, SparseContents)>,
    /// Then swap to this pair.
    pub swap: Option<(u32, u32)>,
    /// Swap to the previous pair instead.
    pub roll_back: bool,
    /// Then stop.
    pub stop: bool,
}

impl SparseRequest {
    fn acts(&self) -> bool {
        self.upload.is_some() || self.swap.is_some() || self.roll_back || self.stop
    }
}

/// A device, the model of its banks, and the state that the reference carries from run to run.
pub struct SparseSession<D> {
    pub(super) machine: ValidSparse,
    clocks: Clocks,
    /// By coupling bank, where its graph's p-bits are; a wired machine has one graph for all of them.
    maps: Vec<Option<Arc<SparseMap>>>,
    /// The device.
    pub client: Client<D, ValidSparse>,
    /// What its banks hold.
    pub model: SparseModelOfDevice,
    pub(super) counts: Counts,
    divergences: u64,
    pub(super) first: Option<Divergence>,
    streams: LaneStreams,
    /// Spins by replica and p-bit.
    spins: Vec<Vec<bool>>,
    /// The replica at every place of ladders.
    order: Vec<usize>,
    /// The active graph has p-bits at other places than the one before it: what their spins are is not said anywhere.
    spins_unknown: bool,
    runs: u64,
}

impl<D: SimulatedDevice> SparseSession<D> {
    /// A session with a device that has just been reset. Streams start at a state that the first run must overwrite.
    pub fn new(machine: &ValidSparse, device: D) -> Self {
        Self {
            machine: machine.clone(),
            clocks: Clocks::of(machine),
            maps: vec![machine.graph().map(|_| Arc::new(SparseMap::new(machine))); machine.coupling_banks()],
            client: Client::new(device, machine),
            model: SparseModelOfDevice::new(machine),
            counts: Counts::default(),
            divergences: 0,
            first: None,
            streams: streams(machine, 1),
            spins: vec![vec![false; machine.p_bits()]; machine.replicas()],
            order: (0..machine.replicas()).collect(),
            spins_unknown: false,
            runs: 0,
        }
    }

    /// Where the p-bits of the active graph are.
    ///
    /// # Panics
    /// If an addressed machine's active bank has not been loaded.
    pub(super) fn map(&self) -> Arc<SparseMap> {
        Arc::clone(self.maps[self.model.active.0 as usize].as_ref().expect("the active bank has a graph"))
    }

    /// Whether a coupling bank's graph has its p-bits where the active one has them, so that a run may swap to it.
    pub(super) fn same_places(&self, bank: u32) -> bool {
        self.maps[bank as usize].as_ref().is_some_and(|map| map.same_places(&self.map()))
    }

    /// Whether a run may go on from the spins that the machine has.
    pub(super) fn can_keep_spins(&self) -> bool {
        !self.spins_unknown
    }

    /// The active graph took the place of `before`.
    fn graph_changed(&mut self, before: Option<Arc<SparseMap>>) {
        let map = self.map();
        if before.as_ref().is_none_or(|before| !before.same_places(&map)) {
            self.spins = vec![vec![false; map.p_bits()]; self.machine.replicas()];
            self.spins_unknown = before.is_some();
        }
    }

    /// What has been compared so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Unequal values so far, and the first of them.
    pub fn divergences(&self) -> (u64, Option<&Divergence>) {
        (self.divergences, self.first.as_ref())
    }

    /// Every image goes through its words, as a file would.
    fn decode(&self, contents: &SparseContents) -> Result<SparseWords, SimError> {
        let image = SparseLayout::place(&self.machine, contents.clone())?.into_image();
        Ok(SparseWords::decode(&self.machine, &image.to_words())?)
    }

    fn upload(&mut self, upload: &Upload, bank: u32) -> Result<(), SimError> {
        self.client.upload(upload, bank)?;
        self.counts.uploads += 1;
        self.counts.upload_words += upload.words.len() as u64;
        Ok(())
    }

    /// Loads couplings, tables and schedules through the device's load path.
    pub fn load_couplings(&mut self, bank: u32, contents: &SparseContents) -> Result<(), SimError> {
        let words = self.decode(contents)?;
        let upload = sparse_coupling_upload(&self.machine, &words)?;
        self.upload(&upload, bank)?;
        self.model.set_couplings(bank, contents.clone());
        if words.map.is_addressed() {
            let before = self.maps[bank as usize].replace(Arc::new(words.map));
            if bank == self.model.active.0 {
                self.graph_changed(before);
            }
        }
        Ok(())
    }

    /// Loads the tables of `contents` alone.
    pub fn load_tables(&mut self, bank: u32, contents: &SparseContents) -> Result<(), SimError> {
        let upload = sparse_table_upload(&self.decode(contents)?)?;
        self.upload(&upload, bank)?;
        self.model.set_tables(bank, contents);
        Ok(())
    }

    /// Loads one bias set of `contents`.
    pub fn load_biases(&mut self, bank: u32, contents: &SparseContents, set: usize) -> Result<(), SimError> {
        let upload = sparse_bias_upload(&self.machine, &self.decode(contents)?, set)?;
        self.upload(&upload, bank)?;
        self.model.set_biases(bank, contents, set);
        Ok(())
    }

    /// Swaps the idle device to a pair of valid banks.
    pub fn swap_idle(&mut self, pair: (u32, u32)) -> Result<(), SimError> {
        let before = self.maps[self.model.active.0 as usize].clone();
        self.client.swap(pair.0, pair.1)?;
        self.model.swapped(pair);
        self.graph_changed(before);
        self.counts.idle_swaps += 1;
        Ok(())
    }

    /// Writes another schedule of a valid bank over the register window.
    pub fn set_schedule(&mut self, bank: u32, schedule: Schedule) -> Result<(), SimError> {
        self.client.set_schedule(bank, &schedule)?;
        self.model.set_schedule(bank, schedule);
        Ok(())
    }

    /// Writes all entries of another beta schedule over the register window and reads them back.
    pub fn set_beta_schedule(&mut self, bank: u32, entries: &[[u32; 2]]) -> Result<(), SimError> {
        self.client.set_beta_schedule(bank, entries)?;
        self.model.set_beta_schedule(bank, entries);
        for (written, read) in entries.iter().zip(self.client.beta_schedule(bank)?) {
            for (expected, found) in written.iter().zip(read) {
                self.counts.registers += 1;
                if *expected != found {
                    let signal = Signal::Register("BETA_SCHEDULE");
                    self.diverge(0, signal, (i64::from(*expected), i64::from(found)), None);
                }
            }
        }
        Ok(())
    }

    /// Clocks of a run of the active bank by the generator's formula.
    pub fn cycles_of_run(&self, start: Start) -> u64 {
        let s = self.model.schedule(self.model.active.0);
        let sweeps = u64::from(s.burn_in) + u64::from(s.retained);
        let exchanges = self.machine.exchanges(sweeps, self.model.every(self.model.active.0));
        self.clocks.of_run(&self.map(), sweeps, exchanges, start == Start::Random)
    }

    /// Sets up and runs, compares every observation, then everything that can be read back. False after a divergence.
    pub fn run(&mut self, setup: &SparseSetup, request: &SparseRequest) -> Result<bool, SimError> {
        if request.acts() {
            return self.run_with(setup, request.moment, |session| session.act(request));
        }
        self.prepare(setup)?;
        let image = self.model.image(self.model.active)?;
        let clocks = self.cycles_of_run(setup.start);
        self.client.run()?;
        let outcome = if self.client.registers().stream_until_idle(clocks) {
            let (machine, map) = (self.machine.clone(), self.map());
            let mut sampler = self.sampler(&machine, &image, setup)?;
            let live = Live::new(self.client.registers().harness());
            let mut comparer = SparseComparer::new(&map, machine.replicas(), self.runs, live);
            let outcome = sampler.run(&SparseRun::from(setup.start), &mut comparer)?;
            let compared = comparer.finish()?;
            self.take(compared);
            self.carry(&sampler);
            outcome
        } else {
            self.client.wait_until_idle(u32::MAX)?;
            let events = self.client.registers().harness().take_observed().into();
            self.compare(setup, &image, SparseRun::from(setup.start), events)?
        };
        readback::compare(self, &outcome, &RunFacts { stopped: false, swap: None, clocks: Some(clocks) })?;
        self.runs += 1;
        Ok(self.divergences == 0)
    }

    /// Sets up and runs a device that shows no observations, and compares everything that can be read back. Returns how long the
    /// simulation ran.
    pub fn run_read_back(&mut self, setup: &SparseSetup) -> Result<Took, SimError> {
        self.prepare(setup)?;
        let image = self.model.image(self.model.active)?;
        let clocks = self.cycles_of_run(setup.start);
        let began = (Instant::now(), self.client.registers().harness().cpu_seconds());
        self.client.run()?;
        if self.client.registers().stream_until_idle(clocks) {
            match self.client.registers().harness().answer()? {
                Event::Polled { reached: true, .. } => {}
                other => return Err(SimError::Harness(format!("{other:?} does not end a run"))),
            }
        } else {
            self.client.wait_until_idle(u32::MAX)?;
        }
        let cpu = self.client.registers().harness().cpu_seconds();
        let took = Took {
            seconds: began.0.elapsed().as_secs_f64(),
            cpu_seconds: began.1.zip(cpu).map(|(before, after)| after - before),
        };
        let machine = self.machine.clone();
        let mut sampler = self.sampler(&machine, &image, setup)?;
        let outcome = sampler.run(&SparseRun::from(setup.start), &mut SparseSilent)?;
        self.carry(&sampler);
        self.counts.runs += 1;
        readback::compare(self, &outcome, &RunFacts { stopped: false, swap: None, clocks: Some(clocks) })?;
        self.runs += 1;
        Ok(took)
    }

    /// Writes the setup and leaves no observation of an earlier run behind.
    fn prepare(&mut self, setup: &SparseSetup) -> Result<(), SimError> {
        self.client.set_up(&self.map(), setup)?;
        if self.spins_unknown && setup.start == Start::Keep {
            return Err(SimError::Harness("a run cannot go on from spins of another graph".into()));
        }
        self.spins_unknown = false;
        if let Some(states) = &setup.generator_states {
            for (lane, words) in states.iter().enumerate() {
                let generator = Generator::from_words(self.machine.random_source(), words)
                    .map_err(|e| SimError::Harness(e.to_string()))?;
                self.streams.set(lane, generator);
            }
        }
        if let Some(spins) = &setup.host_spins {
            self.spins.clone_from(spins);
        }
        let harness = self.client.registers().harness();
        harness.send(encode::new_run());
        match harness.answer()? {
            Event::Done => {}
            other => return Err(SimError::Harness(format!("{other:?} does not answer a new run"))),
        }
        match harness.take_observed().first() {
            None => Ok(()),
            Some(event) => Err(SimError::Harness(format!("the idle machine made {event:?}"))),
        }
    }

    /// Ends the simulation in order.
    pub fn finish(mut self) -> Result<(), SimError> {
        self.client.registers().harness().finish()
    }

    /// The simulation's clock.
    pub fn clock(&mut self) -> Result<u64, SimError> {
        let harness = self.client.registers().harness();
        harness.send(vec![b'Y']);
        match harness.answer()? {
            Event::Clock(clock) => Ok(clock),
            other => Err(SimError::Harness(format!("{other:?} does not answer the clock"))),
        }
    }

    /// The reference in the state that the device is in.
    fn sampler<'i>(
        &self,
        machine: &'i ValidSparse,
        image: &'i SparseImage,
        setup: &SparseSetup,
    ) -> Result<SparseSampler<'i>, SimError> {
        let mut sampler = SparseSampler::new(machine, image, 0)?;
        sampler.set_streams(self.streams.clone());
        sampler.set_clamp(&setup.clamps);
        let tables: Vec<usize> = setup.table_select.iter().map(|&t| t as usize).collect();
        sampler.set_table_select(&tables);
        for (replica, spins) in self.spins.iter().enumerate() {
            sampler.set_spins(replica, spins);
        }
        sampler.set_order(&self.order);
        Ok(sampler)
    }

    fn carry(&mut self, sampler: &SparseSampler) {
        self.streams = sampler.streams().clone();
        self.spins = sampler.spins().to_vec();
        self.order = sampler.order().to_vec();
    }

    fn compare<'i>(
        &mut self,
        setup: &SparseSetup,
        image: &'i SparseImage,
        run: SparseRun<'i>,
        events: VecDeque<Event>,
    ) -> Result<SparseOutcome, SimError> {
        let (machine, map) = (self.machine.clone(), self.map());
        let machine_of_images: &ValidSparse = &machine;
        let mut sampler = self.sampler(machine_of_images, image, setup)?;
        let mut comparer = SparseComparer::new(&map, machine.replicas(), self.runs, events);
        let outcome = sampler.run(&run, &mut comparer)?;
        let compared = comparer.finish()?;
        self.take(compared);
        self.carry(&sampler);
        Ok(outcome)
    }

    fn take(&mut self, compared: Compared) {
        self.counts.add(&compared.counts);
        self.divergences += compared.divergences;
        if self.first.is_none() {
            self.first = compared.first;
        }
    }

    /// What a request asks for, in the middle of a run.
    fn act(&mut self, request: &SparseRequest) -> Result<Acted, SimError> {
        let mut acted = Acted::default();
        if let Some((bank, contents)) = &request.upload {
            self.load_couplings(*bank, contents)?;
        }
        let target = if request.roll_back { Some(self.model.previous) } else { request.swap };
        if let Some(pair) = target {
            let before = self.clock()?;
            if request.roll_back {
                self.client.roll_back()?;
            } else {
                self.client.swap(pair.0, pair.1)?;
            }
            acted.swap = Some((pair, (before, self.clock()?)));
        }
        if request.stop {
            let before = self.clock()?;
            self.client.stop()?;
            acted.stop = Some((before, self.clock()?));
        }
        Ok(acted)
    }

    /// Runs, does something in the middle, and compares as [`Self::run`]. The action says what it commanded.
    pub fn run_with(
        &mut self,
        setup: &SparseSetup,
        moment: Moment,
        action: impl FnOnce(&mut Self) -> Result<Acted, SimError>,
    ) -> Result<bool, SimError> {
        self.prepare(setup)?;
        let image = self.model.image(self.model.active)?;
        let clocks = self.cycles_of_run(setup.start);
        self.client.run()?;

        let harness = self.client.registers().harness();
        let limit = (2 * clocks + 1000).min(u32::MAX.into()) as u32;
        let (block, sweep, slot) = moment.at;
        harness.send(encode::observe(block, sweep, slot, limit));
        match harness.answer()? {
            Event::Observed { .. } => {}
            other => return Err(SimError::Harness(format!("{other:?} does not answer a wait"))),
        }
        if moment.delay > 0 {
            harness.send(encode::clocks(moment.delay));
            harness.answer()?;
        }
        let acted = action(self)?;
        let polls = u32::try_from(clocks).unwrap_or(u32::MAX).saturating_add(100_000);
        let status = self.client.wait_until_idle(polls)?;

        let events: VecDeque<Event> = self.client.registers().harness().take_observed().into();
        let timeline = Timeline::of(&events);
        let swap_sweep = self.swap_sweep(&events);
        let target = acted.swap.map(|(pair, _)| self.model.image(pair)).transpose()?;
        let mut run = SparseRun::from(setup.start);
        if let (Some(target), Some((_, commanded))) = (&target, acted.swap) {
            if let Some(sweep) = swap_sweep {
                run.swaps.push(SparseSwap { after_sweep: sweep.into(), image: target, bias_set: 0 });
            }
            // Without a boundary after it, it takes effect in the idle machine.
            let effect = swap_sweep.unwrap_or(NEVER);
            self.check_boundary(Signal::Swap, timeline.swap_window(commanded), effect, commanded);
        }
        if let Some(commanded) = acted.stop {
            let effect = if status.stopped { timeline.sweeps() } else { NEVER };
            let signal = Signal::Register("CONTROL_STATUS, sweep of the stop");
            self.check_boundary(signal, timeline.stop_window(commanded), effect, commanded);
            if status.stopped {
                run.stop_after = Some(effect.into());
                self.counts.stops += 1;
            }
        }
        let stopped = run.stop_after.is_some();
        let outcome = self.compare(setup, &image, run, events)?;
        if let Some((pair, _)) = acted.swap {
            self.model.swapped(pair);
            self.counts.idle_swaps += u64::from(swap_sweep.is_none());
        }
        // The formula knows neither swaps nor stops: a swap changes how many sweeps there are.
        let clocks = (swap_sweep.is_none() && !stopped).then_some(clocks);
        let facts = RunFacts { stopped, swap: acted.swap.map(|_| swap_sweep), clocks };
        readback::compare(self, &outcome, &facts)?;
        self.runs += 1;
        Ok(self.divergences == 0)
    }

    /// The last sweep before the observed swap. A wired machine decides the swap when the sweep's last updates are issued; they are
    /// observed up to a pipeline's depth later, but its first one was issued at least a depth before.
    fn swap_sweep(&self, events: &VecDeque<Event>) -> Option<u32> {
        let swap = events.iter().find_map(|e| match e {
            Event::Swap { cycle } => Some(*cycle),
            _ => None,
        })?;
        let last = swap + self.clocks.behind_swap();
        let sweep = |e: &Event| match e {
            Event::Update(u) if u.cycle <= last => Some(u.sweep),
            _ => None,
        };
        Some(events.iter().filter_map(sweep).max().unwrap_or(0))
    }

    /// Whether what was commanded between two clocks took effect at a boundary where it may: at the first one that hears it.
    fn check_boundary(&mut self, signal: Signal, window: (u32, u32), effect: u32, commanded: (u64, u64)) {
        if effect < window.0 || effect > window.1 {
            let number = |sweep: u32| if sweep == NEVER { -1 } else { i64::from(sweep) };
            let sweep = if effect == NEVER { window.0 } else { effect };
            self.diverge(sweep, signal, (number(window.1), number(effect)), Some(commanded.1));
        }
    }

    /// `values`: the reference's, then the hardware's.
    pub(super) fn diverge(&mut self, sweep: u32, signal: Signal, values: (i64, i64), clock: Option<u64>) {
        self.divergences += 1;
        if self.first.is_some() {
            return;
        }
        self.first = Some(Divergence {
            image: self.runs,
            block: 0,
            sweep,
            color: None,
            p_bit: None,
            lane: None,
            slot: None,
            replica: None,
            signal,
            reference: values.0,
            hardware: values.1,
            clock,
            clock_before: clock.unwrap_or(0).saturating_sub(1000),
        });
    }

    /// A divergence of a value read back of a p-bit.
    pub(super) fn diverge_at(
        &mut self,
        p_bit: usize,
        replica: Option<usize>,
        sweep: u32,
        signal: Signal,
        values: (i64, i64),
    ) {
        let fresh = self.first.is_none();
        self.diverge(sweep, signal, values, None);
        let p_bit = PBitId(p_bit as u32);
        let map = self.map();
        let place = map.place(p_bit);
        if let (true, Some(first)) = (fresh, &mut self.first) {
            first.color = Some(AnyColor::Sparse(map.color(p_bit)));
            first.p_bit = Some(p_bit.0);
            first.lane = Some(place.lane);
            first.slot = Some(place.slot);
            first.replica = replica.map(|r| r as u32);
        }
    }
}
