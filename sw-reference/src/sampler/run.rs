//! One run, from its start to its end. `docs/contract.md`, sections 7 and 10.

use super::bank::Bank;
use super::{Observer, Sampler, StartUpdate, Update};
use crate::image::{BankImage, Encoder, check, class_of};
use spinwright_contract::{Color, Problem, Readout, Start};
use std::iter::Peekable;
use std::vec::IntoIter;

/// Another pair of banks becomes active at a sweep boundary.
#[derive(Debug, Clone, Copy)]
pub struct Swap<'a> {
    /// Sweep at whose end it is pending, from 1, counted over all blocks of the run. It takes effect there, or, where that sweep
    /// ends a block, with the next sweep that does not; if the run ends before, in the idle machine.
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
    /// A stop command takes effect after this sweep, from 1, counted over all blocks of the run.
    pub stop_after: Option<u64>,
}

impl Run<'_> {
    /// A run without swaps and stop.
    pub fn from(start: Start) -> Self {
        Self { start, swaps: Vec::new(), stop_after: None }
    }
}

/// What one block of a run leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockOutcome {
    /// Its input spins: the host's, the encoded picture, or the signs of the block before.
    pub inputs: Vec<bool>,
    /// Sums of its output p-bits.
    pub sums: Vec<i32>,
    /// Signs of the sums, true = up; a tie is decided by the last value added (up when nothing was added).
    pub signs: Vec<bool>,
    /// Sweeps of one replica that it made, over all banks.
    pub sweeps: u64,
    /// Sweeps of one replica that the sums contain.
    pub retained: u32,
}

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Sums of the output p-bits of the block that ran last.
    pub sums: Vec<i32>,
    /// Their signs, as in [`BlockOutcome`].
    pub signs: Vec<bool>,
    /// Spins of the block that ran last, by replica, then p-bit (hidden then output), true = up.
    pub spins: Vec<Vec<bool>>,
    /// Sweeps of one replica that were made, over all blocks and banks.
    pub sweeps: u64,
    /// Sweeps of one replica that the sums contain.
    pub retained: u32,
    /// Draws that every lane took.
    pub draws: u64,
    /// Whether a stop ended it; at the boundary where the schedule ends too, the stop comes first.
    pub stopped: bool,
    /// The blocks that ran, in order.
    pub blocks: Vec<BlockOutcome>,
    /// Scores of the decoder on the device; empty without one and after a stop.
    pub scores: Vec<i64>,
    /// Class of the decoder on the device.
    pub class: Option<usize>,
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

/// What has happened in a run so far.
struct Progress<'a> {
    /// Swaps that have not taken effect.
    swaps: Peekable<IntoIter<(u64, Bank<'a>)>>,
    /// Sweeps of all blocks.
    sweeps: u64,
    /// Draws of every lane.
    draws: u64,
    stopped: bool,
}

impl<'a> Sampler<'a> {
    /// Runs the active bank's schedules: encoder, blocks, decoder, as far as the machine has them. The streams go on where they
    /// stand; spins, streams and the active bank stay as the run leaves them.
    ///
    /// # Errors
    /// When a swap's image is for another machine or has no such bias set, swaps are out of order, or the start is one that a
    /// machine with several blocks does not have; nothing has run then.
    pub fn run(&mut self, run: &Run<'a>, observer: &mut impl Observer) -> Result<Outcome, Problem> {
        check::start(run.start, self.config)?;
        let swaps = self.prepare(&run.swaps)?.into_iter().peekable();
        let mut progress = Progress { swaps, sweeps: 0, draws: 0, stopped: false };
        let mut blocks: Vec<BlockOutcome> = Vec::with_capacity(self.config.block_count());
        for block in 0..self.config.block_count() {
            let inputs = blocks.last().map_or_else(|| self.first_inputs(), |before| before.signs.clone());
            blocks.push(self.run_block(block, inputs, run, &mut progress, observer));
            if progress.stopped {
                break;
            }
        }
        let last = blocks.last().expect("a machine has a block").clone();
        let mut scores = Vec::new();
        let mut class = None;
        let decoder = self.bank.image.contents().decoder.as_ref();
        if let (Some(_), Some(decoder), false) = (self.config.decoder(), decoder, progress.stopped) {
            scores = decoder.scores(&last.signs);
            class = Some(class_of(&scores));
            observer.decoded(&scores, class_of(&scores));
        }
        // What is still pending takes effect in the idle machine and leaves the results alone.
        if let Some((_, bank)) = progress.swaps.last() {
            self.bank = bank;
        }
        Ok(Outcome {
            sums: last.sums,
            signs: last.signs,
            spins: self.spins.clone(),
            sweeps: progress.sweeps,
            retained: last.retained,
            draws: progress.draws,
            stopped: progress.stopped,
            blocks,
            scores,
            class,
        })
    }

    /// The first block's inputs: encoded on the device, or as the host wrote them.
    fn first_inputs(&self) -> Vec<bool> {
        match (&self.bank.image.contents().encoder, self.config.encoder()) {
            (Some(Encoder::Device(encoder)), Some(_)) => encoder.encode(&self.picture),
            _ => self.inputs.clone(),
        }
    }

    /// One block, from its start to its end.
    fn run_block(
        &mut self,
        block: usize,
        inputs: Vec<bool>,
        run: &Run<'a>,
        progress: &mut Progress<'a>,
        observer: &mut impl Observer,
    ) -> BlockOutcome {
        observer.block_begins(block, &inputs);
        self.block = block;
        self.block_inputs = inputs.clone();
        self.refresh_input_fields();
        let (hidden, outputs) = (self.p_bits(Color::Hidden), self.p_bits(Color::Output));
        self.spins.iter_mut().for_each(|spins| spins.resize(hidden + outputs, false));
        let mut accumulators = Accumulators::new(self.bank.schedules[block].readout, outputs);
        progress.draws += self.start(run.start, observer);
        // `since` counts the sweeps of the active bank, `sweep` those of the block.
        let (mut sweep, mut since) = (0u64, 0u64);
        loop {
            (sweep, since, progress.sweeps) = (sweep + 1, since + 1, progress.sweeps + 1);
            let schedule = self.bank.schedules[block];
            let retain = since > u64::from(schedule.burn_in);
            for color in Color::ALL {
                progress.draws += self.color(color, sweep, retain.then_some(&mut accumulators), observer);
            }
            // The order at a sweep boundary: stop, end of the block, swap.
            let ended = since == u64::from(schedule.burn_in) + u64::from(schedule.retained);
            progress.stopped = run.stop_after.is_some_and(|last| progress.sweeps >= last);
            if progress.stopped || ended {
                break;
            }
            if let Some((_, bank)) = progress.swaps.next_if(|(after, _)| *after <= progress.sweeps) {
                self.bank = bank;
                self.refresh_input_fields();
                accumulators = Accumulators::new(self.bank.schedules[block].readout, outputs);
                since = 0;
                observer.swapped(block, sweep);
            }
        }
        let retained = since.saturating_sub(self.bank.schedules[block].burn_in.into()) as u32;
        let (signs, sums) = (accumulators.signs(), accumulators.sums);
        observer.block_done(block, &sums, &signs);
        BlockOutcome { inputs, sums, signs, sweeps: sweep, retained }
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

    /// Makes the start state of the running block; returns the draws that every lane took.
    fn start(&mut self, start: Start, observer: &mut impl Observer) -> u64 {
        let (block, half) = (self.block, 1 << (self.config.draw_bits() - 1));
        let mut draws = 0;
        for color in Color::ALL {
            for slot in self.slots(color) {
                for replica in 0..self.config.replicas() {
                    draws += u64::from(start == Start::Random);
                    for lane in 0..self.config.lanes() {
                        // Padding takes its draw as well.
                        let draw = (start == Start::Random).then(|| self.streams.draw(lane));
                        let Some(p_bit) = self.p_bit(slot, lane) else { continue };
                        let index = self.in_block(p_bit);
                        let spin = &mut self.spins[replica][index];
                        if let Some(draw) = draw {
                            *spin = self.clamp[p_bit.0 as usize].unwrap_or(draw < half);
                        }
                        let spin = *spin;
                        observer.start(&StartUpdate { block, color, replica, p_bit, draw, spin });
                    }
                }
            }
            observer.color_done(block, 0, color);
        }
        draws
    }

    /// Updates all p-bits of a color of the running block in all replicas; returns the draws that every lane took.
    fn color(
        &mut self,
        color: Color,
        sweep: u64,
        mut accumulators: Option<&mut Accumulators>,
        observer: &mut impl Observer,
    ) -> u64 {
        let block = self.block;
        let first = if color == Color::Hidden { 0 } else { self.p_bits(Color::Hidden) };
        let mut draws = 0;
        for slot in self.slots(color) {
            for replica in 0..self.config.replicas() {
                draws += 1;
                for lane in 0..self.config.lanes() {
                    let draw = self.streams.draw(lane);
                    let Some(p_bit) = self.p_bit(slot, lane) else { continue };
                    let index = self.in_block(p_bit) - first;
                    let field = self.field(color, index, replica);
                    let threshold = self.bank.threshold(block, color, self.table_select[replica], field);
                    let spin = self.clamp[p_bit.0 as usize].unwrap_or(draw < threshold);
                    // No p-bit of this color reads another one's spin, so the new one can stand at once.
                    self.spins[replica][first + index] = spin;
                    let sum = match (&mut accumulators, color) {
                        (Some(a), Color::Output) => Some(a.add(index, spin, field)),
                        _ => None,
                    };
                    observer.update(&Update { block, sweep, color, replica, p_bit, field, draw, spin, sum });
                }
            }
        }
        observer.color_done(block, sweep, color);
        draws
    }
}
