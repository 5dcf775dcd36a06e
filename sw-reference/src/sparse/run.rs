//! One run of a sparse machine, from its start to its end. `docs/contract.md`, section 14.

use super::energy::Energies;
use super::ladder::{Due, Exchanges};
use super::sampler::Bank;
use super::{
    SparseBest, SparseExchanges, SparseImage, SparseObserver, SparseSampler, SparseStart, SparseUpdate,
};
use spinwright_contract::{Problem, Readout, Start};

/// Another pair of banks becomes active at a sweep boundary.
#[derive(Debug, Clone, Copy)]
pub struct SparseSwap<'a> {
    /// Sweep at whose end it takes effect, from 1; if the run ends there or before, in the idle machine.
    pub after_sweep: u64,
    /// Couplings, tables and schedules.
    pub image: &'a SparseImage,
    /// The bias set of `image`.
    pub bias_set: usize,
}

/// What a run does beside following its schedule.
#[derive(Debug, Clone)]
pub struct SparseRun<'a> {
    /// Where it starts.
    pub start: Start,
    /// Swaps, in ascending order of their sweeps, at most one per sweep.
    pub swaps: Vec<SparseSwap<'a>>,
    /// A stop command takes effect after this sweep, from 1.
    pub stop_after: Option<u64>,
}

impl SparseRun<'_> {
    /// A run without swaps and stop.
    pub fn from(start: Start) -> Self {
        Self { start, swaps: Vec::new(), stop_after: None }
    }
}

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseOutcome {
    /// Sums of all p-bits.
    pub sums: Vec<i32>,
    /// Signs of the sums, true = up; a tie is decided by the last value added (up when nothing was added).
    pub signs: Vec<bool>,
    /// Spins by replica, then p-bit, true = up.
    pub spins: Vec<Vec<bool>>,
    /// Sweeps of one replica that were made, over all banks.
    pub sweeps: u64,
    /// Sweeps of one replica that the sums contain.
    pub retained: u32,
    /// Draws that every lane took.
    pub draws: u64,
    /// Whether a stop ended it; at the boundary where the schedule ends too, the stop comes first.
    pub stopped: bool,
    /// Energies and best states by replica; only of machines with `energy`.
    pub energies: Option<Vec<SparseBest>>,
    /// Places and exchanges; only of machines with `ladder`.
    pub exchanges: Option<SparseExchanges>,
}

/// The readout accumulators.
struct Accumulators {
    readout: Readout,
    sums: Vec<i32>,
    /// The last value added, which decides ties.
    last: Vec<i32>,
}

impl Accumulators {
    fn new(readout: Readout, p_bits: usize) -> Self {
        Self { readout, sums: vec![0; p_bits], last: vec![0; p_bits] }
    }

    fn add(&mut self, p_bit: usize, spin: bool, field: i32) -> i32 {
        let value = match self.readout {
            Readout::Spin if spin => 1,
            Readout::Spin => -1,
            Readout::Field => field,
        };
        self.last[p_bit] = value;
        self.sums[p_bit] += value;
        self.sums[p_bit]
    }

    fn signs(&self) -> Vec<bool> {
        let sign = |(&sum, &last): (&i32, &i32)| if sum == 0 { last >= 0 } else { sum > 0 };
        self.sums.iter().zip(&self.last).map(sign).collect()
    }
}

/// Where a run stands.
#[derive(Clone, Copy)]
struct Sweep {
    /// Of the run, from 1.
    number: u64,
    /// Since the active bank became active, from 1.
    of_bank: u64,
}

impl<'a> SparseSampler<'a> {
    /// Runs the active bank's schedule. The streams go on where they stand; spins, streams and the active bank stay as the run
    /// leaves them.
    ///
    /// # Errors
    /// When a swap's image is for another machine or has no such bias set, or swaps are out of order; nothing has run then.
    pub fn run(
        &mut self,
        run: &SparseRun<'a>,
        observer: &mut impl SparseObserver,
    ) -> Result<SparseOutcome, Problem> {
        let mut swaps = self.prepare(&run.swaps)?.into_iter().peekable();
        let p_bits = self.graph.p_bits();
        let mut accumulators = Accumulators::new(self.bank.schedule.readout, p_bits);
        let mut energies = Energies::new(self.config);
        let mut exchanges = Exchanges::new(self.config);
        if run.start != Start::Keep {
            self.order = (0..self.config.replicas()).collect();
        }
        let mut draws = self.start(run.start, observer);
        let mut sweep = Sweep { number: 0, of_bank: 0 };
        let stopped = loop {
            sweep = Sweep { number: sweep.number + 1, of_bank: sweep.of_bank + 1 };
            let schedule = self.bank.schedule;
            let retain = sweep.of_bank > u64::from(schedule.burn_in);
            for color in 0..self.graph.colors() {
                draws += self.color(color, sweep, retain.then_some(&mut accumulators), observer);
            }
            if let Some(energies) = &mut energies {
                energies.swept(sweep.number, &self.bank, &self.spins, observer);
            }
            // The order at a sweep boundary: stop, end of the schedule, swap.
            let ended = sweep.of_bank == u64::from(schedule.burn_in) + u64::from(schedule.retained);
            let stopped = run.stop_after.is_some_and(|last| sweep.number >= last);
            if stopped || ended {
                break stopped;
            }
            if let Some((_, bank)) = swaps.next_if(|(after, _)| *after <= sweep.number) {
                self.bank = bank;
                accumulators = Accumulators::new(self.bank.schedule.readout, p_bits);
                energies.iter_mut().for_each(Energies::forget);
                sweep.of_bank = 0;
                observer.swapped(sweep.number);
            } else if let (Some(exchanges), Some(energies)) = (&mut exchanges, &energies) {
                let ladder = self.bank.image.contents().ladder.as_ref().expect("images of a ladder have one");
                let energies = energies.last();
                let due = Due { sweep: sweep.number, of_bank: sweep.of_bank, energies: &energies };
                exchanges.swept(self.config, ladder, &due, &mut self.order, &mut self.streams, observer);
            }
        };
        let retained = sweep.of_bank.saturating_sub(self.bank.schedule.burn_in.into()) as u32;
        let (signs, sums) = (accumulators.signs(), accumulators.sums);
        observer.done(&sums, &signs);
        // What is still pending takes effect in the idle machine and leaves the results alone.
        if let Some((_, bank)) = swaps.last() {
            self.bank = bank;
        }
        Ok(SparseOutcome {
            sums,
            signs,
            spins: self.spins.clone(),
            sweeps: sweep.number,
            retained,
            draws,
            stopped,
            energies: energies.map(Energies::results),
            exchanges: exchanges.map(|exchanges| exchanges.results(&self.order)),
        })
    }

    /// The swaps' banks, checked before anything runs.
    fn prepare(&self, swaps: &[SparseSwap<'a>]) -> Result<Vec<(u64, Bank<'a>)>, Problem> {
        if swaps.first().is_some_and(|swap| swap.after_sweep == 0)
            || swaps.windows(2).any(|pair| pair[0].after_sweep >= pair[1].after_sweep)
        {
            return Err(Problem::new(
                "the swaps are not in order",
                "swaps",
                "a swap takes effect after a sweep, counted from 1, and at most one after each",
                "give ascending sweep numbers from 1",
            ));
        }
        swaps.iter().map(|swap| Ok((swap.after_sweep, self.other_bank(swap.image, swap.bias_set)?))).collect()
    }

    /// Makes the start state; returns the draws that every lane took.
    fn start(&mut self, start: Start, observer: &mut impl SparseObserver) -> u64 {
        let half = 1 << (self.config.draw_bits() - 1);
        let mut draws = 0;
        for color in 0..self.graph.colors() {
            for slot in self.graph.slots_of(color) {
                for replica in 0..self.config.replicas() {
                    draws += u64::from(start == Start::Random);
                    for lane in 0..self.config.lanes() {
                        // Padding takes its draw as well.
                        let draw = (start == Start::Random).then(|| self.streams.draw(lane));
                        let Some(p_bit) = self.p_bit(slot, lane) else { continue };
                        let id = p_bit.0 as usize;
                        if let Some(draw) = draw {
                            self.spins[replica][id] = self.clamp[id].unwrap_or(draw < half);
                        }
                        let spin = self.spins[replica][id];
                        observer.start(&SparseStart { color, replica, p_bit, draw, spin });
                    }
                }
            }
            observer.color_done(0, color);
        }
        draws
    }

    /// Updates all p-bits of a color in all replicas; returns the draws that every lane took.
    fn color(
        &mut self,
        color: usize,
        at: Sweep,
        mut accumulators: Option<&mut Accumulators>,
        observer: &mut impl SparseObserver,
    ) -> u64 {
        let tables: Vec<usize> =
            (0..self.config.replicas()).map(|replica| self.table(replica, at.of_bank)).collect();
        let mut draws = 0;
        for slot in self.graph.slots_of(color) {
            for (replica, &table) in tables.iter().enumerate() {
                draws += 1;
                for lane in 0..self.config.lanes() {
                    let draw = self.streams.draw(lane);
                    let Some(p_bit) = self.p_bit(slot, lane) else { continue };
                    let id = p_bit.0 as usize;
                    let field = self.field(id, replica);
                    let threshold = self.bank.image.contents().tables[table].threshold(field);
                    let spin = self.clamp[id].unwrap_or(draw < threshold);
                    // No p-bit of this color reads another one's spin, so the new one can stand at once.
                    self.spins[replica][id] = spin;
                    let sum = accumulators.as_mut().map(|a| a.add(id, spin, field));
                    let sweep = at.number;
                    observer.update(&SparseUpdate {
                        sweep,
                        color,
                        replica,
                        p_bit,
                        field,
                        table,
                        draw,
                        spin,
                        sum,
                    });
                }
            }
        }
        observer.color_done(at.number, color);
        draws
    }
}
