//! One simulated device and the reference's idea of it, run by run.

use super::comparer::{Comparer, Observations};
use super::divergence::{Counts, Divergence, Signal};
use super::model::DeviceModel;
use super::readback::{self, RunFacts};
use crate::host::{Client, FramedPort, Registers};
use crate::loader::{ModelContents, RunInput, RunSetup, Upload, bias_upload, coupling_upload, table_upload};
use crate::verilator::{CoreDevice, Event, Harness, SimError, UartDevice, UpdateRecord, encode};
use spinwright_contract::{Color, Start, ValidConfig, registers};
use spinwright_hdl::machine::cycles_per_run;
use spinwright_reference::image::{BankContents, BankImage};
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::{Outcome, Run, Sampler, Swap};
use spinwright_reference::stream::{Generator, LaneStreams};
use std::collections::VecDeque;

/// A device that runs in a harness here, so that its observations can be had.
pub trait SimulatedDevice: Registers {
    /// The simulation.
    fn harness(&mut self) -> &mut Harness;

    /// Asks the simulation to go on until the run ends, if it can do so by itself; its observations then come as they are
    /// made, ended by the poll's answer. False: the caller polls.
    fn stream_until_idle(&mut self, clocks: u64) -> bool;
}

impl SimulatedDevice for CoreDevice {
    fn harness(&mut self) -> &mut Harness {
        &mut self.harness
    }

    fn stream_until_idle(&mut self, clocks: u64) -> bool {
        const INTERVAL: u32 = 61;
        let polls = (2 * clocks / u64::from(INTERVAL) + 1000).min(u32::MAX.into()) as u32;
        let busy = registers::status::BUSY;
        self.harness.send(encode::poll(registers::CONTROL_STATUS, busy, 0, INTERVAL, polls));
        true
    }
}

impl SimulatedDevice for FramedPort<UartDevice> {
    fn harness(&mut self) -> &mut Harness {
        &mut self.port_mut().harness
    }

    fn stream_until_idle(&mut self, _clocks: u64) -> bool {
        false
    }
}

/// The engine decides at a boundary a few clocks before or after its last update is observed; so long around a command the
/// boundary's sweep is not predicted.
const MARGIN: u64 = 96;

/// Observations of a run that is still going on.
struct Live<'h> {
    harness: &'h mut Harness,
    ended: bool,
}

impl Observations for Live<'_> {
    fn next_observation(&mut self) -> Result<Option<Event>, SimError> {
        if self.ended {
            return Ok(None);
        }
        match self.harness.next_event()? {
            Event::Polled { reached: true, .. } => {
                self.ended = true;
                Ok(None)
            }
            Event::Polled { reached: false, data } => {
                Err(SimError::Harness(format!("the run did not end: CONTROL_STATUS stays 0x{data:x}")))
            }
            other => Ok(Some(other)),
        }
    }

    fn recycle(&mut self, record: UpdateRecord) {
        self.harness.recycle(record);
    }
}

/// What a run does besides following its schedule.
#[derive(Debug, Clone, Default)]
pub struct RunRequest {
    /// Act when an update of this sweep and slot, or a later one, has been seen.
    pub act_at: (u32, u16),
    /// Upload these couplings into this bank first, while the run goes on.
    pub upload: Option<(u32, BankContents)>,
    /// Then swap to this pair.
    pub swap: Option<(u32, u32)>,
    /// Swap to the previous pair instead.
    pub roll_back: bool,
    /// Then stop.
    pub stop: bool,
}

impl RunRequest {
    fn acts(&self) -> bool {
        self.upload.is_some() || self.swap.is_some() || self.roll_back || self.stop
    }
}

/// Commands that an action in the middle of a run gave, and between which clocks.
#[derive(Debug, Clone, Default)]
pub struct Acted {
    /// Target of a swap that the device accepted.
    pub swap: Option<((u32, u32), (u64, u64))>,
    /// A stop.
    pub stop: Option<(u64, u64)>,
}

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
    streams: LaneStreams,
    spins: Vec<Vec<bool>>,
    runs: u64,
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
        self.model.set_tables(bank, contents.tables.clone());
        Ok(())
    }

    /// Loads one bias set of `contents`.
    pub fn load_biases(&mut self, bank: u32, contents: &BankContents, set: usize) -> Result<(), SimError> {
        let upload = bias_upload(&self.machine, &self.decode(contents)?, set)?;
        self.upload(&upload, bank)?;
        self.model.set_biases(bank, contents.bias_sets[set].clone());
        Ok(())
    }

    /// Swaps the idle device to a pair of valid banks.
    pub fn swap_idle(&mut self, pair: (u32, u32)) -> Result<(), SimError> {
        self.client.swap(pair.0, pair.1)?;
        self.model.swapped(pair);
        self.counts.idle_swaps += 1;
        Ok(())
    }

    /// Sets up and runs, compares every observation, then everything that can be read back. False after a divergence.
    pub fn run(&mut self, setup: &RunSetup, request: &RunRequest) -> Result<bool, SimError> {
        if request.acts() {
            return self.run_with(setup, request.act_at, |session| session.act(request));
        }
        self.prepare(setup)?;
        let image = self.model.image(self.model.active)?;
        let schedule = self.model.schedule(self.model.active.0);
        let clocks = cycles_per_run(&self.machine, schedule.burn_in, schedule.retained, setup.start);
        self.client.run()?;
        if self.client.registers().stream_until_idle(clocks) {
            let machine = self.machine.clone();
            let mut sampler = self.sampler(&machine, &image, setup)?;
            let harness = self.client.registers().harness();
            let mut comparer = Comparer::new(&machine, self.runs, Live { harness, ended: false });
            let outcome = sampler.run(&Run::from(setup.start), &mut comparer)?;
            let compared = comparer.finish()?;
            self.take(compared);
            self.carry(&sampler);
            readback::compare(
                self,
                &outcome,
                &RunFacts { stopped: false, swap: None, clocks: Some(clocks) },
            )?;
        } else {
            self.client.wait_until_idle(u32::MAX)?;
            let events = self.observed();
            let outcome = self.compare(setup, &image, Run::from(setup.start), events)?;
            readback::compare(
                self,
                &outcome,
                &RunFacts { stopped: false, swap: None, clocks: Some(clocks) },
            )?;
        }
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
            RunInput::Picture(_) => return Err(SimError::Harness("pictures are not compared yet".into())),
        }
        sampler.set_clamp(&setup.clamps);
        let tables: Vec<usize> = setup.table_select.iter().map(|&t| t as usize).collect();
        sampler.set_table_select(&tables);
        for (replica, spins) in self.spins.iter().enumerate() {
            sampler.set_spins(replica, spins);
        }
        Ok(sampler)
    }

    fn carry(&mut self, sampler: &Sampler) {
        self.streams = sampler.streams().clone();
        self.spins = sampler.spins().to_vec();
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

    /// What a request asks for, in the middle of a run.
    fn act(&mut self, request: &RunRequest) -> Result<Acted, SimError> {
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
        setup: &RunSetup,
        act_at: (u32, u16),
        action: impl FnOnce(&mut Self) -> Result<Acted, SimError>,
    ) -> Result<bool, SimError> {
        self.prepare(setup)?;
        let image = self.model.image(self.model.active)?;
        let schedule = self.model.schedule(self.model.active.0);
        let clocks = cycles_per_run(&self.machine, schedule.burn_in, schedule.retained, setup.start);
        self.client.run()?;

        let harness = self.client.registers().harness();
        let limit = (2 * clocks + 1000).min(u32::MAX.into()) as u32;
        harness.send(encode::observe(act_at.0, act_at.1, limit));
        match harness.answer()? {
            Event::Observed { .. } => {}
            other => return Err(SimError::Harness(format!("{other:?} does not answer a wait"))),
        }
        let acted = action(self)?;
        let polls = u32::try_from(clocks).unwrap_or(u32::MAX).saturating_add(100_000);
        let status = self.client.wait_until_idle(polls)?;

        let events = self.observed();
        let last = last_sweep(events.iter());
        let swap_at = events.iter().position(|e| matches!(e, Event::Swap { .. }));
        let swap_sweep = swap_at.map(|at| last_sweep(events.range(..at)));
        let bounds = Boundaries::of(&events);
        let target = acted.swap.map(|(pair, _)| self.model.image(pair)).transpose()?;
        let mut run = Run::from(setup.start);
        if let (Some(target), Some(sweep), Some((_, commanded))) = (&target, swap_sweep, acted.swap) {
            run.swaps.push(Swap { after_sweep: sweep.into(), image: target, bias_set: 0 });
            self.check_boundary(&bounds, sweep, commanded);
        } else if let Some((_, commanded)) = acted.swap {
            // Only the run's last boundary may have let it wait: there it takes effect in the idle machine.
            self.check_boundary(&bounds, last, commanded);
        }
        if let (Some(commanded), true) = (acted.stop, status.stopped) {
            run.stop_after = Some(last.into());
            self.check_boundary(&bounds, last, commanded);
            self.counts.stops += 1;
        } else if let Some(commanded) = acted.stop {
            // It came when the run had ended, so no boundary may follow it.
            self.check_nothing_follows(&bounds, last, commanded.1);
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

    /// A stop that had no effect must have come after the last boundary.
    fn check_nothing_follows(&mut self, bounds: &Boundaries, last: u32, commanded: u64) {
        if let Some((_, end)) = bounds.ends.last()
            && *end > commanded + MARGIN
        {
            self.diverge(last, Signal::Register("CONTROL_STATUS, stopped"), 1, 0, Some(commanded));
        }
    }

    /// Whether what was commanded between two clocks took effect at the boundary where it must: at the end of the sweep that
    /// was going on.
    fn check_boundary(&mut self, bounds: &Boundaries, effect: u32, commanded: (u64, u64)) {
        let earliest = bounds.sweep_ending_after(commanded.0.saturating_sub(MARGIN));
        let latest = bounds.sweep_ending_after(commanded.1 + MARGIN);
        if effect < earliest || effect > latest {
            let clock = Some(commanded.1);
            self.diverge(effect, Signal::Swap, latest.into(), effect.into(), clock);
        }
    }

    pub(super) fn diverge(
        &mut self,
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

    pub(super) fn diverge_at(
        &mut self,
        id: usize,
        replica: Option<usize>,
        sweep: u32,
        signal: Signal,
        values: (i64, i64),
    ) {
        let place = self.machine.placement().places()[id];
        let hidden = self.machine.p_bits(Color::Hidden);
        self.diverge(sweep, signal, values.0, values.1, None);
        let runs = self.runs;
        if let Some(first) = &mut self.first
            && first.image == runs
            && first.signal == signal
            && first.p_bit.is_none()
        {
            first.color = Some(if id < hidden { Color::Hidden } else { Color::Output });
            first.p_bit = Some(if id < hidden { id } else { id - hidden } as u32);
            first.lane = Some(place.lane);
            first.slot = Some(place.slot);
            first.replica = replica.map(|r| r as u32);
        }
    }

    /// The start that the reference would choose if nothing else is said.
    pub fn default_start(&self) -> Start {
        self.model.couplings(self.model.active.0).map_or(Start::Random, |c| c.start)
    }
}

fn last_sweep<'e>(events: impl Iterator<Item = &'e Event>) -> u32 {
    events
        .filter_map(|event| match event {
            Event::Update(update) => Some(update.sweep),
            _ => None,
        })
        .last()
        .unwrap_or(0)
}

/// When the last update of every sweep was observed.
struct Boundaries {
    /// (sweep, clock), ascending.
    ends: Vec<(u32, u64)>,
}

impl Boundaries {
    fn of(events: &VecDeque<Event>) -> Self {
        let mut ends: Vec<(u32, u64)> = Vec::new();
        for event in events {
            if let Event::Update(u) = event {
                match ends.last_mut() {
                    Some(last) if last.0 == u.sweep => last.1 = u.cycle.into(),
                    _ => ends.push((u.sweep, u.cycle.into())),
                }
            }
        }
        Self { ends }
    }

    /// The first sweep whose last update was observed after a clock; the run's last one if there is none.
    fn sweep_ending_after(&self, clock: u64) -> u32 {
        let found = self.ends.iter().find(|(sweep, end)| *sweep > 0 && *end > clock);
        found.or(self.ends.last()).map_or(0, |(sweep, _)| *sweep)
    }
}
