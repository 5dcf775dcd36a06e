//! Random walks through everything that the contract offers.

use super::contents::{Dice, RandomSetup, random_contents, random_input, random_schedule, random_schedules};
use super::live::SimulatedDevice;
use super::request::{Moment, RunRequest};
use super::session::Session;
use crate::loader::{RunInput, RunSetup, SlotMap};
use crate::verilator::SimError;
use spinwright_contract::ValidConfig;
use spinwright_reference::image::BankImage;

/// Updates of one run of a dense block without a given schedule: long enough for sums to grow, short enough for many runs.
const UPDATES_PER_RUN: u64 = 40_000;
/// As many of any other machine: there is more to meet between and around the blocks, and a sweep takes more clocks.
const UPDATES_PER_RUN_OF_PLANES: u64 = 8_000;
/// Runs after which a random model gives way to the next.
const RUNS_PER_MODEL: u64 = 8;

/// Decides, run by run, what a device has to do.
pub(super) struct Walk<'a> {
    machine: &'a ValidConfig,
    map: SlotMap,
    dice: Dice,
    setups: RandomSetup,
    /// No run was made yet.
    first: bool,
    /// Buffer and content of what was written during the last run.
    preloaded: Option<(u32, RunInput)>,
}

impl<'a> Walk<'a> {
    /// A walk named by a seed. A `plain` one keeps to the image's start and only its inputs are random.
    pub(super) fn new(machine: &'a ValidConfig, seed: u64, plain: bool) -> Self {
        Self {
            machine,
            map: SlotMap::new(machine),
            dice: Dice::new(seed),
            setups: RandomSetup { clamps: !plain, start: None },
            first: true,
            preloaded: None,
        }
    }

    /// Random models until so many updates were compared, or up to a divergence.
    pub(super) fn random_models<D: SimulatedDevice>(
        &mut self,
        session: &mut Session<D>,
        updates: u64,
    ) -> Result<(), SimError> {
        self.setups = RandomSetup { clamps: true, start: None };
        let per_sweep = (self.machine.total_p_bits() * self.machine.replicas()) as u64;
        let wanted =
            if self.machine.is_one_dense_block() { UPDATES_PER_RUN } else { UPDATES_PER_RUN_OF_PLANES };
        let sweeps = (wanted / per_sweep).clamp(3, u64::from(u32::MAX)) as u32;
        while session.counts().updates < updates {
            self.next_model(session, sweeps)?;
            for _ in 0..RUNS_PER_MODEL {
                if session.counts().updates >= updates {
                    break;
                }
                let setup = self.setup();
                let mut request = self.request(session, sweeps);
                self.write_ahead(&setup, &mut request);
                if !session.run(&setup, &request)? {
                    return Ok(());
                }
                self.between_runs(session, sweeps)?;
            }
        }
        Ok(())
    }

    /// Random inputs through one image; its copy lies in a second bank, so that swaps can be met.
    pub(super) fn one_image<D: SimulatedDevice>(
        &mut self,
        image: &BankImage,
        session: &mut Session<D>,
        updates: u64,
    ) -> Result<(), SimError> {
        let contents = image.contents();
        let sets = contents.bias_sets.len();
        session.load_couplings(0, contents)?;
        session.load_couplings(1, contents)?;
        for bank in 0..self.machine.bias_banks() {
            session.load_biases(bank as u32, contents, bank % sets)?;
        }
        let plain = !self.setups.clamps;
        self.setups.start = plain.then(|| image.start());
        while session.counts().updates < updates {
            let first = self.first;
            let setup = self.setup();
            let mut request = RunRequest::default();
            if !plain && !first && self.dice.once_in(4) {
                request.moment = self.moment(session);
                let bias = self.dice.below(self.machine.bias_banks() as u64) as u32;
                request.swap = Some((1 - session.model.active.0, bias));
            }
            self.write_ahead(&setup, &mut request);
            if !session.run(&setup, &request)? {
                break;
            }
        }
        Ok(())
    }

    /// What the next run is set up with; what was written during the last one is used.
    fn setup(&mut self) -> RunSetup {
        let mut setup = self.setups.generate(self.machine, &mut self.dice, self.first);
        self.first = false;
        if let Some((buffer, input)) = self.preloaded.take() {
            setup.buffer = buffer;
            setup.input = input;
            setup.preloaded = true;
        }
        setup
    }

    /// With two input buffers, now and then: the next input is written while the run goes on.
    fn write_ahead(&mut self, setup: &RunSetup, request: &mut RunRequest) {
        if self.machine.input_buffers() > 1 && self.dice.once_in(2) {
            let input = random_input(self.machine, &mut self.dice);
            request.next_input = Some(input.clone());
            self.preloaded = Some((1 - setup.buffer, input));
        }
    }

    /// The other bank of two or more.
    fn another(&mut self, current: u32, banks: usize) -> u32 {
        (current + 1 + self.dice.below(banks as u64 - 1) as u32) % banks as u32
    }

    /// Loads a new random model into idle banks and swaps to it.
    fn next_model<D: SimulatedDevice>(
        &mut self,
        session: &mut Session<D>,
        sweeps: u32,
    ) -> Result<(), SimError> {
        let machine = self.machine;
        let schedules = random_schedules(machine, &mut self.dice, sweeps);
        let contents = random_contents(machine, self.dice.word(), &schedules);
        let active = session.model.active;
        if self.first {
            session.load_couplings(active.0, &contents)?;
            for bank in 0..machine.bias_banks() as u32 {
                session.load_biases(bank, &contents, bank as usize)?;
            }
            return Ok(());
        }
        let coupling = self.another(active.0, machine.coupling_banks());
        let bias = self.another(active.1, machine.bias_banks());
        session.load_couplings(coupling, &contents)?;
        let set = self.dice.below(contents.bias_sets.len() as u64) as usize;
        session.load_biases(bias, &contents, set)?;
        session.swap_idle((coupling, bias))
    }

    /// Some moment of the next run: in any sweep of any block, while the encoder works, or after the last sweep's last updates, where
    /// the decoder works.
    fn moment<D: SimulatedDevice>(&mut self, session: &Session<D>) -> Moment {
        let schedules = session.model.schedules(session.model.active.0);
        let ends = self.machine.encoder().is_some() || self.machine.decoder().is_some();
        let kind = if ends { self.dice.below(6) } else { 5 };
        let block = match kind {
            0 => return Moment { delay: self.dice.below(60) as u32, ..Moment::default() },
            1 => schedules.len() - 1,
            _ => self.dice.below(schedules.len() as u64) as usize,
        };
        let total = u64::from(schedules[block].burn_in) + u64::from(schedules[block].retained);
        let slots = self.map.slots_of_block(block).len() as u64;
        if kind == 1 {
            let at = (block as u8, total as u32, slots as u16 - 1);
            return Moment { at, delay: self.dice.below(120) as u32 };
        }
        let at = (block as u8, 1 + self.dice.below(total) as u32, self.dice.below(slots) as u16);
        Moment { at, delay: 0 }
    }

    /// Half of the runs are left alone; the others meet a swap, an upload and a swap, a roll back, a stop, or a swap and a stop.
    fn request<D: SimulatedDevice>(&mut self, session: &Session<D>, sweeps: u32) -> RunRequest {
        let machine = self.machine;
        let (active, previous) = (session.model.active, session.model.previous);
        let mut request = RunRequest { moment: self.moment(session), ..RunRequest::default() };
        let coupling = self.another(active.0, machine.coupling_banks());
        let bias = self.dice.below(machine.bias_banks() as u64) as u32;
        match self.dice.below(12) {
            0 | 1 => {
                let schedules = random_schedules(machine, &mut self.dice, sweeps);
                request.upload = Some((coupling, random_contents(machine, self.dice.word(), &schedules)));
                request.swap = Some((coupling, bias));
                request.moment = Moment { at: (0, 1, request.moment.at.2), delay: 0 };
            }
            2 if session.model.is_valid((coupling, bias)) => request.swap = Some((coupling, bias)),
            // Only the biases change: same couplings, another class.
            3 => request.swap = Some((active.0, bias)),
            4 if session.model.is_valid(previous) => request.roll_back = true,
            5 => request.stop = true,
            6 => {
                request.swap = Some((active.0, bias));
                request.stop = true;
            }
            _ => request.moment = Moment::default(),
        }
        request
    }

    /// Now and then: another schedule over the register window, other tables alone.
    fn between_runs<D: SimulatedDevice>(
        &mut self,
        session: &mut Session<D>,
        sweeps: u32,
    ) -> Result<(), SimError> {
        let machine = self.machine;
        let active = session.model.active;
        if self.dice.once_in(3) {
            let block = self.dice.below(machine.block_count() as u64) as usize;
            let schedule = random_schedule(machine.max_sweeps(), &mut self.dice, sweeps);
            session.set_schedule(active.0, block, schedule)?;
        }
        if self.dice.once_in(3) {
            let bank = self.another(active.0, machine.coupling_banks());
            let schedules = session.model.couplings(bank).map(|contents| contents.schedules());
            if let Some(schedules) = schedules {
                let donor = random_contents(machine, self.dice.word(), &schedules);
                session.load_tables(bank, &donor)?;
            }
        }
        Ok(())
    }
}
