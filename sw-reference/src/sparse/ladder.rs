//! Ladders: parallel tempering on the machine, exchanges of replicas between rungs. `docs/contract.md`, section 14, "Ladders".
//!
//! The rule is that of Swendsen and Wang 1986 and Hukushima and Nemoto 1996 (J. Phys. Soc. Jpn. 65, 1604, eqs. 4 and 5): two states at
//! neighboring betas are exchanged with probability min(1, exp(-(beta' - beta) d)), d = E - E'. For d > 0 it is made of one decision per
//! set bit of d, since exp(-a d) is the product of exp(-a 2^b) over those bits.

use super::SparseObserver;
use crate::stream::LaneStreams;
use spinwright_contract::ValidSparse;

/// What an image says about exchanges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseLadder {
    /// Sweeps from one exchange to the next, 0 to [`MAX_EVERY`](spinwright_contract::sparse::MAX_EVERY); 0: there is none.
    pub every: u32,
    /// By rung but the last, then by bit b of the difference: of 2^B draws so many let a difference of 2^b pass, 0 to 2^B.
    pub thresholds: Vec<Vec<u32>>,
}

impl SparseLadder {
    /// The thresholds between neighboring betas, computed once: t\[k\]\[b\] = round(2^B exp(-(beta_(k+1) - beta_k) 2^(b - g))), ties to even,
    /// at most 2^B. Betas ascend in a ladder that means something.
    ///
    /// # Precision
    /// Every factor is a multiple of 2^-B, so it is within 2^-(B + 1) of the exact one; a factor below that is 0.
    pub fn between(betas: &[f32], every: u32, field_frac_bits: i32, bits: usize, draw_bits: u32) -> Self {
        let one = 2f64.powi(draw_bits as i32);
        let threshold = |step: f64, bit: usize| {
            let exponent = -step * 2f64.powi(bit as i32 - field_frac_bits);
            (one * exponent.exp()).min(one).round_ties_even() as u32
        };
        let rung = |pair: &[f32]| {
            let step = f64::from(pair[1]) - f64::from(pair[0]);
            (0..bits).map(|bit| threshold(step, bit)).collect()
        };
        Self { every, thresholds: betas.windows(2).map(rung).collect() }
    }

    /// The words of the section and of the load stream: a row of thresholds per rung but the last, then a row that begins with `every`.
    pub(super) fn words(&self, bits: usize) -> Vec<u32> {
        let mut words = self.thresholds.concat();
        words.push(self.every);
        words.resize(words.len() + bits - 1, 0);
        words
    }

    /// What [`Self::words`] has written; what else stands there is found when the whole file is compared.
    pub(super) fn of_words(words: &[u32], bits: usize) -> Self {
        let mut rows: Vec<Vec<u32>> = words.chunks(bits).map(<[u32]>::to_vec).collect();
        let last = rows.pop().unwrap_or_default();
        Self { every: last.first().copied().unwrap_or(0), thresholds: rows }
    }
}

/// A pair of neighboring rungs that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SparseExchange {
    /// The sweep before it, from 1; swaps do not reset it.
    pub sweep: u64,
    /// The lower place; the other one is the next.
    pub place: usize,
    /// Replicas that stood at the two places.
    pub replicas: [usize; 2],
    /// Whether they were exchanged.
    pub made: bool,
}

/// Exchanges of a run by rung, over all ladders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparseExchanges {
    /// Replica at every place after the run.
    pub order: Vec<usize>,
    /// Exchanges of every rung but the last with the next one that were tried.
    pub tried: Vec<u64>,
    /// Those of them that were made.
    pub made: Vec<u64>,
}

/// Counts exchanges of a run, and when the next one is due.
pub(super) struct Exchanges {
    tried: Vec<u64>,
    made: Vec<u64>,
}

/// One exchange: after which sweep of the run, and of the bank; energies by replica.
pub(super) struct Due<'a> {
    pub sweep: u64,
    pub of_bank: u64,
    pub energies: &'a [i64],
}

impl Exchanges {
    /// None where the machine has no ladder.
    pub(super) fn new(config: &ValidSparse) -> Option<Self> {
        let pairs = config.tables() - 1;
        config.ladder().then(|| Self { tried: vec![0; pairs], made: vec![0; pairs] })
    }

    /// Tries every second pair of rungs where an exchange is due after this sweep.
    pub(super) fn swept(
        &mut self,
        config: &ValidSparse,
        ladder: &SparseLadder,
        due: &Due,
        order: &mut [usize],
        streams: &mut LaneStreams,
        observer: &mut impl SparseObserver,
    ) {
        let every = u64::from(ladder.every);
        if every == 0 || !due.of_bank.is_multiple_of(every) {
            return;
        }
        let (rungs, first) = (config.tables(), (due.of_bank / every + 1) % 2);
        for place in 0..order.len() {
            let rung = place % rungs;
            if rung + 1 == rungs || rung as u64 % 2 != first {
                continue;
            }
            let replicas = [order[place], order[place + 1]];
            let difference = due.energies[replicas[0]] - due.energies[replicas[1]];
            // Every pair takes all its draws, whatever they are needed for.
            let mut passes = true;
            for (bit, &threshold) in ladder.thresholds[rung].iter().enumerate() {
                let draw = streams.draw(config.lanes());
                passes &= difference >> bit & 1 == 0 || draw < threshold;
            }
            let made = difference <= 0 || passes;
            self.tried[rung] += 1;
            self.made[rung] += u64::from(made);
            observer.exchange(&SparseExchange { sweep: due.sweep, place, replicas, made });
            if made {
                order.swap(place, place + 1);
            }
        }
    }

    pub(super) fn results(self, order: &[usize]) -> SparseExchanges {
        SparseExchanges { order: order.to_vec(), tried: self.tried, made: self.made }
    }
}
