//! Random walks through everything that the contract offers of a sparse machine.

use super::super::contents::{Dice, random_schedule};
use super::super::live::SimulatedDevice;
use super::super::request::Moment;
use super::contents::{
    random_beta_schedule, random_setup, random_sparse_contents_on, random_sparse_graph, rewired,
};
use super::verify::Took;
use super::{SparseRequest, SparseSession};
use crate::loader::SparseSetup;
use crate::verilator::SimError;
use spinwright_contract::{SparseGraph, Start, ValidSparse};
use spinwright_reference::sparse::SparseImage;

/// Updates of a run without a given schedule, about; never fewer than a few sweeps. Graphs of addressed machines change often.
const UPDATES_PER_RUN: [u64; 2] = [20_000, 6_000];
/// Runs of a long walk, about: a load word takes tens of clocks, so where many updates are to be compared, uploads would take most of the time.
const MOST_RUNS: u64 = 40;
/// Runs after which a random model of a long walk gives way to the next.
const RUNS_PER_LONG_MODEL: u64 = 12;
/// Runs after which a random model gives way to the next.
const RUNS_PER_MODEL: [u64; 2] = [8, 4];

/// Decides, run by run, what a device has to do.
pub(super) struct Walk<'a> {
    machine: &'a ValidSparse,
    dice: Dice,
    /// The graph of the active bank.
    graph: SparseGraph,
    /// Only the image's start, nothing clamped, no swaps.
    plain: bool,
    start: Option<Start>,
    /// No run was made yet.
    first: bool,
    /// Most sweeps of a random schedule.
    sweeps: u32,
}

impl<'a> Walk<'a> {
    /// A walk named by a seed.
    pub(super) fn new(machine: &'a ValidSparse, seed: u64, plain: bool) -> Self {
        let per_sweep = (machine.p_bits() * machine.replicas()) as u64;
        let kind = usize::from(machine.room().is_some());
        let sweeps = (UPDATES_PER_RUN[kind] / per_sweep).clamp(6, 1000) as u32;
        let mut dice = Dice::new(seed);
        // An addressed machine first runs a graph that fills it.
        let graph = random_sparse_graph(machine, dice.word(), true);
        Self { machine, dice, graph, plain, start: None, first: true, sweeps }
    }

    fn setup<D: SimulatedDevice>(
        &mut self,
        session: &SparseSession<D>,
        start: Option<Start>,
        clamps: bool,
    ) -> SparseSetup {
        let wanted = [clamps, self.first, session.can_keep_spins()];
        random_setup(self.machine, &session.map(), &mut self.dice, start, wanted)
    }

    /// Random models until so many updates were compared, or up to a divergence.
    pub(super) fn random_models<D: SimulatedDevice>(
        &mut self,
        session: &mut SparseSession<D>,
        updates: u64,
    ) -> Result<(), SimError> {
        self.plain = false;
        let per_sweep = (self.machine.p_bits() * self.machine.replicas()) as u64;
        let longer = (updates / MOST_RUNS / per_sweep) as u32;
        let mut runs_per_model = RUNS_PER_MODEL[usize::from(self.machine.room().is_some())];
        if longer > self.sweeps {
            (self.sweeps, runs_per_model) = (longer, RUNS_PER_LONG_MODEL);
        }
        while session.counts().updates < updates {
            self.next_model(session)?;
            for _ in 0..runs_per_model {
                if session.counts().updates >= updates {
                    break;
                }
                let setup = self.setup(session, None, true);
                self.first = false;
                let request = self.request(session);
                if !session.run(&setup, &request)? {
                    return Ok(());
                }
                self.between_runs(session)?;
                if session.divergences().0 > 0 {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Random models in a device without observations, until so many updates were made, or up to a divergence. The time that the
    /// runs took.
    pub(super) fn read_back<D: SimulatedDevice>(
        &mut self,
        session: &mut SparseSession<D>,
        updates: u64,
    ) -> Result<(u64, Took), SimError> {
        let most = (self.machine.p_bits() * self.machine.replicas()) as u64;
        // The upload of a large machine is simulated for longer than its run: fewer models.
        let models = (2048 / self.machine.p_bits()).clamp(1, 4) as u64;
        self.sweeps = updates.div_ceil(models * most).clamp(6, 1 << 20) as u32;
        let (mut made, mut took) = (0, Took { seconds: 0.0, cpu_seconds: Some(0.0) });
        while made < updates && session.divergences().0 == 0 {
            self.next_model(session)?;
            let setup = self.setup(session, None, true);
            self.first = false;
            let per_sweep = (self.graph.p_bits() * self.machine.replicas()) as u64;
            let schedule = session.model.schedule(session.model.active.0);
            took = took.plus(session.run_read_back(&setup)?);
            made += per_sweep * (u64::from(schedule.burn_in) + u64::from(schedule.retained));
        }
        Ok((made, took))
    }

    /// Random clamps and streams through one image; its copy lies in a second bank, so that swaps can be met.
    pub(super) fn one_image<D: SimulatedDevice>(
        &mut self,
        image: &SparseImage,
        session: &mut SparseSession<D>,
        updates: u64,
    ) -> Result<(), SimError> {
        let contents = image.contents();
        let sets = contents.bias_sets.len();
        self.graph = contents.graph_on(self.machine).clone();
        session.load_couplings(0, contents)?;
        session.load_couplings(1, contents)?;
        for bank in 0..self.machine.bias_banks() {
            session.load_biases(bank as u32, contents, bank % sets)?;
        }
        self.start = self.plain.then_some(contents.start);
        while session.counts().updates < updates {
            let setup = self.setup(session, self.start, !self.plain);
            let mut request = SparseRequest::default();
            if !self.plain && !self.first && self.dice.once_in(4) {
                request.moment = self.moment(session);
                let bias = self.dice.below(self.machine.bias_banks() as u64) as u32;
                request.swap = Some((1 - session.model.active.0, bias));
            }
            self.first = false;
            if !session.run(&setup, &request)? {
                break;
            }
        }
        Ok(())
    }

    /// The other bank of two or more.
    fn another(&mut self, current: u32, banks: usize) -> u32 {
        (current + 1 + self.dice.below(banks as u64 - 1) as u32) % banks as u32
    }

    /// Loads a new random model into idle banks and swaps to it.
    fn next_model<D: SimulatedDevice>(&mut self, session: &mut SparseSession<D>) -> Result<(), SimError> {
        let machine = self.machine;
        let schedule = random_schedule(machine.max_sweeps(), &mut self.dice, self.sweeps);
        if !self.first {
            let full = self.dice.once_in(4);
            self.graph = random_sparse_graph(machine, self.dice.word(), full);
        }
        let contents = random_sparse_contents_on(machine, &self.graph, self.dice.word(), schedule);
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

    /// Some moment of the next run: any sweep, any slot, or at once.
    fn moment<D: SimulatedDevice>(&mut self, session: &SparseSession<D>) -> Moment {
        let schedule = session.model.schedule(session.model.active.0);
        let total = u64::from(schedule.burn_in) + u64::from(schedule.retained);
        if self.dice.once_in(8) {
            return Moment { delay: self.dice.below(60) as u32, ..Moment::default() };
        }
        let slot = self.dice.below(session.map().slots() as u64) as u16;
        Moment { at: (0, 1 + self.dice.below(total) as u32, slot), delay: self.dice.below(40) as u32 }
    }

    /// Half of the runs are left alone; the others meet a swap, an upload and a swap, a roll back, a stop, or a swap and a stop.
    fn request<D: SimulatedDevice>(&mut self, session: &SparseSession<D>) -> SparseRequest {
        let machine = self.machine;
        let (active, previous) = (session.model.active, session.model.previous);
        let mut request = SparseRequest { moment: self.moment(session), ..SparseRequest::default() };
        let coupling = self.another(active.0, machine.coupling_banks());
        let bias = self.dice.below(machine.bias_banks() as u64) as u32;
        match self.dice.below(12) {
            0 | 1 => {
                let schedule = random_schedule(machine.max_sweeps(), &mut self.dice, self.sweeps);
                // Spins stay where they are, so the p-bits do too.
                let graph = rewired(machine, &self.graph, &mut self.dice);
                let contents = random_sparse_contents_on(machine, &graph, self.dice.word(), schedule);
                request.upload = Some((coupling, contents));
                request.swap = Some((coupling, bias));
                request.moment = Moment { at: (0, 1, request.moment.at.2), delay: 0 };
            }
            2 if session.model.is_valid((coupling, bias)) && session.same_places(coupling) => {
                request.swap = Some((coupling, bias))
            }
            // Only the biases change.
            3 => request.swap = Some((active.0, bias)),
            4 if session.model.is_valid(previous) && session.same_places(previous.0) => {
                request.roll_back = true
            }
            5 => request.stop = true,
            6 => {
                request.swap = Some((active.0, bias));
                request.stop = true;
            }
            _ => {}
        }
        request
    }

    /// Now and then: another schedule or beta schedule over the register windows, other tables alone.
    fn between_runs<D: SimulatedDevice>(&mut self, session: &mut SparseSession<D>) -> Result<(), SimError> {
        let machine = self.machine;
        let active = session.model.active;
        if self.dice.once_in(3) {
            let schedule = random_schedule(machine.max_sweeps(), &mut self.dice, self.sweeps);
            session.set_schedule(active.0, schedule)?;
        }
        if machine.beta_steps() > 0 && self.dice.once_in(3) {
            // What stands behind the first entry without sweeps must not matter.
            let steps = random_beta_schedule(machine, &mut self.dice);
            let mut entries: Vec<[u32; 2]> = steps.iter().map(|step| [step.sweeps, step.table]).collect();
            if entries.len() < machine.beta_steps() {
                entries.push([0, 0]);
            }
            while entries.len() < machine.beta_steps() {
                let table = self.dice.below(machine.tables() as u64) as u32;
                entries.push([self.dice.below(3) as u32, table]);
            }
            session.set_beta_schedule(active.0, &entries)?;
        }
        if self.dice.once_in(3) {
            let bank = self.another(active.0, machine.coupling_banks());
            if let Some(schedule) = session.model.couplings(bank).map(|contents| contents.schedule) {
                let donor = random_sparse_contents_on(machine, &self.graph, self.dice.word(), schedule);
                session.load_tables(bank, &donor)?;
            }
        }
        Ok(())
    }
}
