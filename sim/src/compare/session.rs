//! One simulated device and the reference's idea of it, run by run.

use super::comparer::Comparer;
use super::divergence::{AnyColor, Counts, Divergence, Signal};
use super::live::{Live, SimulatedDevice};
use super::model::DeviceModel;
use super::readback::{self, RunFacts};
use super::request::{Acted, Moment, RunRequest};
use super::timeline::{NEVER, Timeline};
use crate::host::Client;
use crate::loader::{
    ModelContents, RunInput, RunSetup, SlotMap, Upload, bias_upload, coupling_upload, table_upload,
};
use crate::verilator::{Event, SimError, encode};
use spinwright_contract::{PBitId, Schedule, Start, ValidConfig};
use spinwright_hdl::machine::cycles_per_run;
use spinwright_reference::image::{BankContents, BankImage};
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::{Outcome, Run, Sampler, Swap};
use spinwright_reference::stream::{Generator, LaneStreams};
use std::collections::VecDeque;

/// A device, the model of its banks, and the state that the reference carries from run to run.
pub struct Session<D> {
    pub(super) machine: ValidConfig,
    /// The device.
    pub client: Client<D>,
    /// What its banks hold.
    pub model: DeviceModel,
    pub(super) counts: Counts,
    pub(super) divergences: u64,
    pub(super) first: Option<Divergence>,
    pub(super) map: SlotMap,
    /// Scores and class of the last run that was decoded.
    pub(super) decoded: (Vec<i64>, usize),
    streams: LaneStreams,
    /// Spins by replica and p-bit, of machines with one block.
    spins: Vec<Vec<bool>>,
    pub(super) runs: u64,
}

impl<D: SimulatedDevice> Session<D> {
    /// A session with a device that has just been reset. Streams start at a state that the first run must overwrite.
    pub fn new(machine: &ValidConfig, device: D) -> Self {
        Self {
            machine: machine.clone(),
            client: Client::new(device, machine),
            model: DeviceModel::new(machine),
            counts: Counts::default(),
            divergences: 0,
            first: None,
            map: SlotMap::new(machine),
            decoded: (vec![0; machine.decoder().map_or(0, |d| d.classes)], 0),
            streams: LaneStreams::of(machine, 1),
            spins: vec![vec![false; machine.total_p_bits()]; machine.replicas()],
            runs: 0,
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

    fn decode(&self, contents: &BankContents) -> Result<ModelContents, SimError> {
        let image = BankLayout::place(&self.machine, contents.clone())?.into_image();
        Ok(ModelContents::decode(&self.machine, &image.to_words())?)
    }

    fn upload(&mut self, upload: &Upload, bank: u32) -> Result<(), SimError> {
        self.client.upload(upload, bank)?;
        self.counts.uploads += 1;
        self.counts.upload_words += upload.words.len() as u64;
        Ok(())
    }

    /// Loads couplings, tables and schedule through the device's load path.
    pub fn load_couplings(&mut self, bank: u32, contents: &BankContents) -> Result<(), SimError> {
        let upload = coupling_upload(&self.machine, &self.decode(contents)?)?;
        self.upload(&upload, bank)?;
        self.model.set_couplings(bank, contents.clone());
        Ok(())
    }

    /// Loads the tables of `contents` alone.
    pub fn load_tables(&mut self, bank: u32, contents: &BankContents) -> Result<(), SimError> {
        let upload = table_upload(&self.decode(contents)?)?;
        self.upload(&upload, bank)?;
        self.model.set_tables(bank, contents);
        Ok(())
    }

    /// Loads one bias set of `contents`.
    pub fn load_biases(&mut self, bank: u32, contents: &BankContents, set: usize) -> Result<(), SimError> {
        let upload = bias_upload(&self.machine, &self.decode(contents)?, set)?;
        self.upload(&upload, bank)?;
        self.model.set_biases(bank, contents, set);
        Ok(())
    }

    /// Swaps the idle device to a pair of valid banks.
    pub fn swap_idle(&mut self, pair: (u32, u32)) -> Result<(), SimError> {
        self.client.swap(pair.0, pair.1)?;
        self.model.swapped(pair);
        self.counts.idle_swaps += 1;
        Ok(())
    }

    /// Writes another schedule of a valid bank over the register window.
    pub fn set_schedule(&mut self, bank: u32, block: usize, schedule: Schedule) -> Result<(), SimError> {
        self.client.set_schedule(bank, block, &schedule)?;
        self.model.set_schedule(bank, block, schedule);
        Ok(())
    }

    /// Clocks of a run of the active bank by the generator's formula.
    pub fn cycles_of_run(&self, start: Start) -> u64 {
        cycles_per_run(&self.machine, &self.model.schedules(self.model.active.0), start)
    }

    /// Sets up and runs, compares every observation, then everything that can be read back. False after a divergence.
    pub fn run(&mut self, setup: &RunSetup, request: &RunRequest) -> Result<bool, SimError> {
        if request.acts() {
            let other = 1 - setup.buffer.min(1);
            return self.run_with(setup, request.moment, |session| session.act(request, other));
        }
        self.prepare(setup)?;
        let image = self.model.image(self.model.active)?;
        let clocks = self.cycles_of_run(setup.start);
        self.client.run()?;
        let outcome = if self.client.registers().stream_until_idle(clocks) {
            let machine = self.machine.clone();
            let mut sampler = self.sampler(&machine, &image, setup)?;
            let harness = self.client.registers().harness();
            let mut comparer = Comparer::new(&machine, self.runs, Live::new(harness));
            let outcome = sampler.run(&Run::from(setup.start), &mut comparer)?;
            let compared = comparer.finish()?;
            self.take(compared);
            self.carry(&sampler);
            outcome
        } else {
            self.client.wait_until_idle(u32::MAX)?;
            let events = self.observed();
            self.compare(setup, &image, Run::from(setup.start), events)?
        };
        readback::compare(self, &outcome, &RunFacts { stopped: false, swap: None, clocks: Some(clocks) })?;
        self.runs += 1;
        Ok(self.divergences == 0)
    }

    /// Writes the setup and leaves no observation of an earlier run behind.
    fn prepare(&mut self, setup: &RunSetup) -> Result<(), SimError> {
        self.client.set_up(setup)?;
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

    fn observed(&mut self) -> VecDeque<Event> {
        self.client.registers().harness().take_observed().into()
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
        machine: &'i ValidConfig,
        image: &'i BankImage,
        setup: &RunSetup,
    ) -> Result<Sampler<'i>, SimError> {
        let mut sampler = Sampler::new(machine, image, 0)?;
        sampler.set_streams(self.streams.clone());
        match &setup.input {
            RunInput::Spins(inputs) => sampler.set_inputs(inputs),
            RunInput::Picture(pixels) => sampler.set_picture(pixels),
        }
        sampler.set_clamp(&setup.clamps);
        let tables: Vec<usize> = setup.table_select.iter().map(|&t| t as usize).collect();
        sampler.set_table_select(&tables);
        // With several blocks every run starts at random.
        if machine.block_count() == 1 {
            for (replica, spins) in self.spins.iter().enumerate() {
                sampler.set_spins(replica, spins);
            }
        }
        Ok(sampler)
    }

    fn carry(&mut self, sampler: &Sampler) {
        self.streams = sampler.streams().clone();
        if self.machine.block_count() == 1 {
            self.spins = sampler.spins().to_vec();
        }
    }

    fn compare<'i>(
        &mut self,
        setup: &RunSetup,
        image: &'i BankImage,
        run: Run<'i>,
        events: VecDeque<Event>,
    ) -> Result<Outcome, SimError> {
        let machine = self.machine.clone();
        let machine_of_images: &ValidConfig = &machine;
        // The sampler borrows the images for as long as the run; the machine lives as long as this function.
        let mut sampler = self.sampler(machine_of_images, image, setup)?;
        let mut comparer = Comparer::new(&machine, self.runs, events);
        let outcome = sampler.run(&run, &mut comparer)?;
        let compared = comparer.finish()?;
        self.take(compared);
        self.carry(&sampler);
        Ok(outcome)
    }

    fn take(&mut self, compared: super::comparer::Compared) {
        self.counts.add(&compared.counts);
        self.divergences += compared.divergences;
        if self.first.is_none() {
            self.first = compared.first;
        }
    }

    /// What a request asks for, in the middle of a run that does not use the input buffer `other`.
    fn act(&mut self, request: &RunRequest, other: u32) -> Result<Acted, SimError> {
        let mut acted = Acted::default();
        if let Some(input) = &request.next_input {
            self.client.write_input(input, other)?;
            self.counts.inputs_during_runs += u64::from(self.client.status()?.busy);
        }
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
        setup: &RunSetup,
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

        let mut events = self.observed();
        let timeline = Timeline::of(&events);
        let swap_sweep = events.iter().position(|e| matches!(e, Event::Swap { .. })).map(|at| {
            let rest = events.split_off(at);
            let before = Timeline::of(&events).sweeps();
            events.extend(rest);
            before
        });
        let target = acted.swap.map(|(pair, _)| self.model.image(pair)).transpose()?;
        let mut run = Run::from(setup.start);
        if let (Some(target), Some((_, commanded))) = (&target, acted.swap) {
            if let Some(sweep) = swap_sweep {
                run.swaps.push(Swap { after_sweep: sweep.into(), image: target, bias_set: 0 });
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
        // The formula knows neither swaps nor stops.
        let clocks = (swap_sweep.is_none() && !stopped).then_some(clocks);
        let facts = RunFacts { stopped, swap: acted.swap.map(|_| swap_sweep), clocks };
        readback::compare(self, &outcome, &facts)?;
        self.runs += 1;
        Ok(self.divergences == 0)
    }

    /// Whether what was commanded between two clocks took effect at a boundary where it may: at the first one that hears it.
    fn check_boundary(&mut self, signal: Signal, window: (u32, u32), effect: u32, commanded: (u64, u64)) {
        if effect < window.0 || effect > window.1 {
            let number = |sweep: u32| if sweep == NEVER { -1 } else { i64::from(sweep) };
            let sweep = if effect == NEVER { window.0 } else { effect };
            self.diverge(0, sweep, signal, number(window.1), number(effect), Some(commanded.1));
        }
    }

    pub(super) fn diverge(
        &mut self,
        block: usize,
        sweep: u32,
        signal: Signal,
        reference: i64,
        hardware: i64,
        clock: Option<u64>,
    ) {
        self.divergences += 1;
        if self.first.is_some() {
            return;
        }
        self.first = Some(Divergence {
            image: self.runs,
            block: block as u32,
            sweep,
            color: None,
            p_bit: None,
            lane: None,
            slot: None,
            replica: None,
            signal,
            reference,
            hardware,
            clock,
            clock_before: clock.unwrap_or(0).saturating_sub(1000),
        });
    }

    /// A divergence of a value read back of a p-bit, by its id.
    pub(super) fn diverge_at(
        &mut self,
        id: usize,
        replica: Option<usize>,
        sweep: u32,
        signal: Signal,
        values: (i64, i64),
    ) {
        let fresh = self.first.is_none();
        let member = self.map.member(PBitId(id as u32));
        let place = self.machine.placement().places()[id];
        self.diverge(member.block, sweep, signal, values.0, values.1, None);
        if let (true, Some(first)) = (fresh, &mut self.first) {
            first.color = Some(AnyColor::Layered(member.color));
            first.p_bit = Some(member.index as u32);
            first.lane = Some(place.lane);
            first.slot = Some(place.slot - self.map.slots_of_block(member.block).start as u32);
            first.replica = replica.map(|r| r as u32);
        }
    }

    /// The start that the reference would choose if nothing else is said.
    pub fn default_start(&self) -> Start {
        self.model.couplings(self.model.active.0).map_or(Start::Random, |c| c.start)
    }
}
