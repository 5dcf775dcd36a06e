//! One run, from its start to its end. `docs/contract.md`, sections 7 and 10.

use super::bank::Bank;
use super::{Observer, Sampler, StartUpdate, Update};
use crate::image::BankImage;
use spinwright_contract::{Color, PBitId, Problem, Readout, Start};

/// Another pair of banks becomes active at a sweep boundary.
#[derive(Debug, Clone, Copy)]
pub struct Swap<'a> {
    /// Sweep after which it takes effect, from 1, counted from the run's start. If the run ends with or before this sweep, it
    /// takes effect in the idle machine.
    pub after_sweep: u64,
    /// Couplings, tables and schedule.
    pub image: &'a BankImage,
    /// The bias set of `image`.
    pub bias_set: usize,
}

/// What a run does beside following its schedule.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// Where it starts.
    pub start: Start,
    /// Swaps, in ascending order of their sweeps, at most one per sweep.
    pub swaps: Vec<Swap<'a>>,
    /// A stop command takes effect after this sweep, from 1.
    pub stop_after: Option<u64>,
}

impl Run<'_> {
    /// A run without swaps and stop.
    pub fn from(start: Start) -> Self {
        Self { start, swaps: Vec::new(), stop_after: None }
    }
}

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Sums of the output p-bits.
    pub sums: Vec<i32>,
    /// Signs of the sums, true = up; a tie is decided by the last value added (up when nothing was added).
    pub signs: Vec<bool>,
    /// Spins by replica, then p-bit id (hidden then output), true = up.
    pub spins: Vec<Vec<bool>>,
    /// Sweeps of one replica that were made, over all banks.
    pub sweeps: u64,
    /// Sweeps of one replica that the sums contain.
    pub retained: u32,
    /// Draws that every lane took.
    pub draws: u64,
    /// Whether a stop ended it; at the boundary where the schedule ends too, the stop comes first.
    pub stopped: bool,
}

/// The readout accumulators.
struct Accumulators {
    readout: Readout,
    sums: Vec<i32>,
    /// The last value added, which decides ties.
    last: Vec<i32>,
}

impl Accumulators {
    fn new(readout: Readout, outputs: usize) -> Self {
        Self { readout, sums: vec![0; outputs], last: vec![0; outputs] }
    }

    fn add(&mut self, output: usize, spin: bool, field: i32) -> i32 {
        let value = match self.readout {
            Readout::Spin if spin => 1,
            Readout::Spin => -1,
            Readout::Field => field,
        };
        self.last[output] = value;
        self.sums[output] += value;
        self.sums[output]
    }

    fn signs(&self) -> Vec<bool> {
        let sign = |(&sum, &last): (&i32, &i32)| if sum == 0 { last >= 0 } else { sum > 0 };
        self.sums.iter().zip(&self.last).map(sign).collect()
    }
}

impl<'a> Sampler<'a> {
    /// Runs the active bank's schedule. The streams go on where they stand; spins, streams and the active bank stay as the
    /// run leaves them.
    ///
    /// # Errors
    /// When a swap's image is for another machine or has no such bias set, or swaps are out of order; nothing has run then.
    pub fn run(&mut self, run: &Run<'a>, observer: &mut impl Observer) -> Result<Outcome, Problem> {
        let mut swaps = self.prepare(&run.swaps)?.into_iter().peekable();
        let outputs = self.config.p_bits(Color::Output);
        let mut accumulators = Accumulators::new(self.bank.schedule.readout, outputs);
        let mut draws = self.start(run.start, observer);
        // `since` counts the sweeps of the active bank, `sweep` those of the run.
        let (mut sweep, mut since) = (0u64, 0u64);
        let stopped = loop {
            (sweep, since) = (sweep + 1, since + 1);
            let schedule = self.bank.schedule;
            let retain = since > u64::from(schedule.burn_in);
            for color in Color::ALL {
                draws += self.color(color, sweep, retain.then_some(&mut accumulators), observer);
            }
            // The order at a sweep boundary: stop, end of the schedule, swap.
            let ended = since == u64::from(schedule.burn_in) + u64::from(schedule.retained);
            let stop = run.stop_after.is_some_and(|last| sweep >= last);
            if stop || ended {
                break stop;
            }
            if let Some((_, bank)) = swaps.next_if(|(after, _)| *after == sweep) {
                self.activate(bank);
                accumulators = Accumulators::new(self.bank.schedule.readout, outputs);
                since = 0;
                observer.swapped(sweep);
            }
        };
        let retained = since.saturating_sub(self.bank.schedule.burn_in.into()) as u32;
        // What is still pending takes effect in the idle machine and leaves the results alone.
        if let Some((_, bank)) = swaps.last() {
            self.activate(bank);
        }
        let (signs, sums, spins) = (accumulators.signs(), accumulators.sums, self.spins.clone());
        Ok(Outcome { sums, signs, spins, sweeps: sweep, retained, draws, stopped })
    }

    /// The swaps' banks, checked before anything runs.
    fn prepare(&self, swaps: &[Swap<'a>]) -> Result<Vec<(u64, Bank<'a>)>, Problem> {
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
        swaps
            .iter()
            .map(|swap| Ok((swap.after_sweep, Bank::new(self.config, swap.image, swap.bias_set)?)))
            .collect()
    }

    /// Makes the start state; returns the draws that every lane took.
    fn start(&mut self, start: Start, observer: &mut impl Observer) -> u64 {
        let half = 1 << (self.config.draw_bits() - 1);
        let mut draws = 0;
        for color in Color::ALL {
            for slot in self.slots(color) {
                for replica in 0..self.config.replicas() {
                    draws += u64::from(start == Start::Random);
                    for lane in 0..self.config.lanes() {
                        // Padding takes its draw as well.
                        let draw = (start == Start::Random).then(|| self.streams.draw(lane));
                        let Some(p_bit) = self.p_bit(slot, lane) else { continue };
                        let spin = &mut self.spins[replica][p_bit.0 as usize];
                        if let Some(draw) = draw {
                            *spin = self.clamp[p_bit.0 as usize].unwrap_or(draw < half);
                        }
                        let spin = *spin;
                        observer.start(&StartUpdate { color, replica, p_bit, draw, spin });
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
        color: Color,
        sweep: u64,
        mut accumulators: Option<&mut Accumulators>,
        observer: &mut impl Observer,
    ) -> u64 {
        let mut draws = 0;
        for slot in self.slots(color) {
            for replica in 0..self.config.replicas() {
                draws += 1;
                for lane in 0..self.config.lanes() {
                    let draw = self.streams.draw(lane);
                    let Some(p_bit) = self.p_bit(slot, lane) else { continue };
                    let field = self.field(p_bit, replica);
                    let threshold = self.bank.threshold(color, self.table_select[replica], field);
                    let spin = self.clamp[p_bit.0 as usize].unwrap_or(draw < threshold);
                    // No p-bit of this color reads another one's spin, so the new one can stand at once.
                    self.spins[replica][p_bit.0 as usize] = spin;
                    let sum = match (&mut accumulators, color) {
                        (Some(a), Color::Output) => Some(a.add(self.output_index(p_bit), spin, field)),
                        _ => None,
                    };
                    observer.update(&Update { sweep, color, replica, p_bit, field, draw, spin, sum });
                }
            }
        }
        observer.color_done(sweep, color);
        draws
    }

    fn output_index(&self, p_bit: PBitId) -> usize {
        p_bit.0 as usize - self.config.p_bits(Color::Hidden)
    }
}
