//! Update by update, and the sum of every p-bit after every retained sweep; of addressed machines the spins of all replicas at once.

use super::super::comparer::{Compared, Observations};
use super::super::divergence::{AnyColor, Counts, Divergence, Signal};
use crate::loader::SparseMap;
use crate::verilator::{
    EnergyRecord, Event, ExchangeRecord, SimError, StoredSumRecord, UpdateRecord, WordRecord,
};
use spinwright_contract::PBitId;
use spinwright_reference::sparse::{SparseEnergy, SparseExchange, SparseObserver, SparseStart, SparseUpdate};
use std::collections::VecDeque;

/// A [`SparseObserver`] of the reference that checks the hardware's stream of the same run.
///
/// Updates are taken one by one in the order of issue. A sum is stored by the hardware some clocks after the last replica's update;
/// what the reference expects of a lane and what the lane stores are paired in order. So are the words of spins that an addressed machine
/// writes; a wired one shows the spin of every update.
pub struct SparseComparer<'a, S> {
    map: &'a SparseMap,
    last_replica: usize,
    source: S,
    run: u64,
    counts: Counts,
    divergences: u64,
    first: Option<Divergence>,
    error: Option<SimError>,
    lost: bool,
    current: Option<UpdateRecord>,
    updates: VecDeque<UpdateRecord>,
    sums: Vec<Pairs<ExpectedSum, StoredSumRecord>>,
    words: Vec<Pairs<ExpectedWord, WordRecord>>,
    /// By lane, the spins of the replicas so far.
    word: Vec<u64>,
    energies: Pairs<SparseEnergy, EnergyRecord>,
    exchanges: Pairs<SparseExchange, ExchangeRecord>,
    swaps_seen: usize,
    swap_clocks: Vec<u32>,
    sweep_clocks: [u32; 2],
    seen_sweep: Option<u32>,
}

/// What has no partner yet of a lane; one of the two is always empty.
struct Pairs<E, F> {
    expected: VecDeque<E>,
    found: VecDeque<F>,
}

impl<E, F> Default for Pairs<E, F> {
    fn default() -> Self {
        Self { expected: VecDeque::new(), found: VecDeque::new() }
    }
}

/// The spins of a p-bit that the hardware must write.
#[derive(Clone, Copy)]
struct ExpectedWord {
    p_bit: PBitId,
    sweep: u32,
    spins: u64,
}

/// A sum that the hardware must store.
#[derive(Clone, Copy)]
struct ExpectedSum {
    p_bit: PBitId,
    sweep: u32,
    sum: i32,
}

/// Place of an update in the hardware's order.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    sweep: u32,
    slot: u16,
    replica: u16,
}

impl Key {
    fn of(update: &UpdateRecord) -> Self {
        Self { sweep: update.sweep, slot: update.slot, replica: update.replica }
    }

    /// As in the divergences of layered machines, block 0.
    fn number(self) -> i64 {
        i64::from(self.sweep) << 32 | i64::from(self.slot) << 16 | i64::from(self.replica)
    }
}

/// A pair of places with its replicas, in one number.
fn expected_pair(exchange: &SparseExchange) -> i64 {
    let [lower, upper] = exchange.replicas;
    (exchange.place as i64) << 32 | (lower as i64) << 16 | upper as i64
}

fn found_pair(exchange: &ExchangeRecord) -> i64 {
    let [lower, upper] = exchange.replicas.map(i64::from);
    i64::from(exchange.place) << 32 | lower << 16 | upper
}

impl<'a, S: Observations> SparseComparer<'a, S> {
    /// Compares run number `run` of a machine with so many replicas.
    pub fn new(map: &'a SparseMap, replicas: usize, run: u64, source: S) -> Self {
        Self {
            map,
            last_replica: replicas - 1,
            source,
            run,
            counts: Counts { runs: 1, ..Counts::default() },
            divergences: 0,
            first: None,
            error: None,
            lost: false,
            current: None,
            updates: VecDeque::new(),
            sums: (0..map.lanes()).map(|_| Pairs::default()).collect(),
            words: (0..map.lanes()).map(|_| Pairs::default()).collect(),
            word: vec![0; map.lanes()],
            energies: Pairs::default(),
            exchanges: Pairs::default(),
            swaps_seen: 0,
            swap_clocks: Vec::new(),
            sweep_clocks: [0; 2],
            seen_sweep: None,
        }
    }

    /// Ends the comparison: whatever the hardware still has to say is too much, and every sum must have come.
    pub fn finish(mut self) -> Result<Compared, SimError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if self.lost {
            // Leave the stream at the end of the run.
            while self.source.next_observation()?.is_some() {}
        } else {
            while let Some(event) = self.source.next_observation()? {
                self.sort(event);
            }
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            if let Some(extra) = self.updates.pop_front() {
                self.out_of_step(None, Some((Key::of(&extra), extra.cycle)));
            }
            self.unpaired_words();
            self.unpaired_sums();
            self.unpaired_energies();
            self.unpaired_exchanges();
            if self.swaps_seen < self.swap_clocks.len() {
                self.record(None, self.seen_sweep.unwrap_or_default(), Signal::Swap, (-1, 0), None);
            }
        }
        Ok(Compared { counts: self.counts, divergences: self.divergences, first: self.first })
    }

    fn unpaired_sums(&mut self) {
        for lane in 0..self.sums.len() {
            let Pairs { expected, found } = std::mem::take(&mut self.sums[lane]);
            for missing in expected {
                let who = Some((missing.p_bit, self.last_replica));
                let slot = self.map.place(missing.p_bit).slot.into();
                self.record(who, missing.sweep, Signal::SumOrder, (slot, -1), None);
            }
            for extra in found {
                let who = self.map.p_bit(lane, extra.slot.into()).map(|p| (p, self.last_replica));
                let sweep = self.seen_sweep.unwrap_or_default();
                self.record(who, sweep, Signal::SumOrder, (-1, extra.slot.into()), Some(extra.cycle));
            }
        }
    }

    fn unpaired_words(&mut self) {
        for lane in 0..self.words.len() {
            let Pairs { expected, found } = std::mem::take(&mut self.words[lane]);
            for missing in expected {
                let slot = self.map.place(missing.p_bit).slot.into();
                self.record(Some((missing.p_bit, 0)), missing.sweep, Signal::WordOrder, (slot, -1), None);
            }
            for extra in found {
                let who = self.map.p_bit(lane, extra.slot.into()).map(|p| (p, 0));
                let sweep = self.seen_sweep.unwrap_or_default();
                self.record(who, sweep, Signal::WordOrder, (-1, extra.slot.into()), Some(extra.cycle));
            }
        }
    }

    fn unpaired_energies(&mut self) {
        let Pairs { expected, found } = std::mem::take(&mut self.energies);
        for missing in expected {
            let values = (missing.replica as i64, -1);
            self.record(None, missing.sweep as u32, Signal::EnergyOrder, values, None);
        }
        for extra in found {
            let sweep = self.seen_sweep.unwrap_or_default();
            self.record(None, sweep, Signal::EnergyOrder, (-1, extra.replica.into()), Some(extra.cycle));
        }
    }

    fn unpaired_exchanges(&mut self) {
        let Pairs { expected, found } = std::mem::take(&mut self.exchanges);
        for missing in expected {
            let values = (expected_pair(&missing), -1);
            self.record(None, missing.sweep as u32, Signal::ExchangeOrder, values, None);
        }
        for extra in found {
            let sweep = self.seen_sweep.unwrap_or_default();
            self.record(None, sweep, Signal::ExchangeOrder, (-1, found_pair(&extra)), Some(extra.cycle));
        }
    }

    fn compare_exchange(&mut self, expected: SparseExchange, found: ExchangeRecord) {
        let (sweep, clock) = (expected.sweep as u32, Some(found.cycle));
        let pairs = (expected_pair(&expected), found_pair(&found));
        if pairs.0 != pairs.1 {
            self.record(None, sweep, Signal::ExchangeOrder, pairs, clock);
            return;
        }
        self.counts.exchanges += 1;
        if found.made != expected.made {
            self.record(None, sweep, Signal::Exchange, (expected.made.into(), found.made.into()), clock);
        }
    }

    fn compare_energy(&mut self, expected: SparseEnergy, found: EnergyRecord) {
        let (sweep, clock) = (expected.sweep as u32, Some(found.cycle));
        if usize::from(found.replica) != expected.replica {
            let values = (expected.replica as i64, found.replica.into());
            self.record(None, sweep, Signal::EnergyOrder, values, clock);
            return;
        }
        self.counts.energies += 1;
        if i64::from(found.energy) != expected.energy {
            let fresh = self.first.is_none();
            self.record(None, sweep, Signal::Energy, (expected.energy, found.energy.into()), clock);
            if let (true, Some(first)) = (fresh, &mut self.first) {
                first.replica = Some(expected.replica as u32);
            }
        }
    }

    fn sort(&mut self, event: Event) {
        match event {
            Event::Update(update) => self.updates.push_back(update),
            Event::StoredSum(sum) => self.stored(sum),
            Event::Word(word) => self.written(word),
            Event::Energy(found) => match self.energies.expected.pop_front() {
                Some(expected) => self.compare_energy(expected, found),
                None => self.energies.found.push_back(found),
            },
            Event::Exchange(found) => match self.exchanges.expected.pop_front() {
                Some(expected) => self.compare_exchange(expected, found),
                None => self.exchanges.found.push_back(found),
            },
            Event::Swap { cycle } => self.swap_clocks.push(cycle),
            other => {
                let error = SimError::Harness(format!("{other:?} came in the middle of a run"));
                self.error.get_or_insert(error);
                self.lost = true;
            }
        }
    }

    /// Whether there is a p-bit; padding has neither sums nor spins.
    fn is_p_bit(&mut self, what: &str, lane: usize, slot: usize) -> bool {
        if lane >= self.map.lanes() || slot >= self.map.slots() {
            let error =
                format!("{what} of lane {lane}, slot {slot} was stored, which the machine does not have");
            self.error.get_or_insert(SimError::Harness(error));
            self.lost = true;
            return false;
        }
        self.map.p_bit(lane, slot).is_some()
    }

    fn written(&mut self, found: WordRecord) {
        let (lane, slot) = (usize::from(found.lane), usize::from(found.slot));
        if !self.is_p_bit("a word of spins", lane, slot) {
            return;
        }
        match self.words[lane].expected.pop_front() {
            Some(expected) => self.compare_word(expected, found),
            None => self.words[lane].found.push_back(found),
        }
    }

    /// A spin of the reference; with the last replica's the word must come.
    fn expect_spin(&mut self, lane: usize, p_bit: PBitId, sweep: u32, replica: usize, spin: bool) {
        self.word[lane] |= u64::from(spin) << replica;
        if replica < self.last_replica {
            return;
        }
        let expected = ExpectedWord { p_bit, sweep, spins: std::mem::take(&mut self.word[lane]) };
        match self.words[lane].found.pop_front() {
            Some(found) => self.compare_word(expected, found),
            None => self.words[lane].expected.push_back(expected),
        }
    }

    fn compare_word(&mut self, expected: ExpectedWord, found: WordRecord) {
        let (slot, clock) = (self.map.place(expected.p_bit).slot, Some(found.cycle));
        if u32::from(found.slot) != slot {
            let values = (slot.into(), found.slot.into());
            self.record(Some((expected.p_bit, 0)), expected.sweep, Signal::WordOrder, values, clock);
            return;
        }
        self.counts.spins += self.last_replica as u64 + 1;
        for replica in 0..=self.last_replica {
            let [wanted, spin] = [expected.spins, found.spins].map(|word| word >> replica & 1 == 1);
            if wanted != spin {
                let who = Some((expected.p_bit, replica));
                self.record(who, expected.sweep, Signal::Spin, (wanted.into(), spin.into()), clock);
            }
        }
    }

    fn stored(&mut self, found: StoredSumRecord) {
        let (lane, slot) = (usize::from(found.lane), usize::from(found.slot));
        if !self.is_p_bit("a sum", lane, slot) {
            return;
        }
        match self.sums[lane].expected.pop_front() {
            Some(expected) => self.compare_sum(expected, found),
            None => self.sums[lane].found.push_back(found),
        }
    }

    fn expect_sum(&mut self, lane: usize, expected: ExpectedSum) {
        match self.sums[lane].found.pop_front() {
            Some(found) => self.compare_sum(expected, found),
            None => self.sums[lane].expected.push_back(expected),
        }
    }

    fn compare_sum(&mut self, expected: ExpectedSum, found: StoredSumRecord) {
        let who = Some((expected.p_bit, self.last_replica));
        let slot = self.map.place(expected.p_bit).slot;
        let clock = Some(found.cycle);
        if u32::from(found.slot) != slot {
            let values = (slot.into(), found.slot.into());
            self.record(who, expected.sweep, Signal::SumOrder, values, clock);
            return;
        }
        self.counts.sums += 1;
        if found.sum != expected.sum {
            let values = (expected.sum.into(), found.sum.into());
            self.record(who, expected.sweep, Signal::Sum, values, clock);
        }
    }

    /// Pulls observations until `enough` or the end of the run.
    fn pull(&mut self, enough: impl Fn(&Self) -> bool) {
        while !enough(self) && !self.lost {
            match self.source.next_observation() {
                Ok(Some(event)) => self.sort(event),
                Ok(None) => return,
                Err(error) => {
                    self.error = Some(error);
                    self.lost = true;
                }
            }
        }
    }

    fn out_of_step(&mut self, expected: Option<Key>, found: Option<(Key, u32)>) {
        let values = (expected.map_or(-1, Key::number), found.map_or(-1, |(key, _)| key.number()));
        let at = expected.or(found.map(|(key, _)| key));
        let clock = found.map(|(_, clock)| clock);
        self.record(None, at.map_or(0, |key| key.sweep), Signal::Order, values, clock);
        self.lost = true;
    }

    /// `values`: the reference's, then the hardware's.
    fn record(
        &mut self,
        who: Option<(PBitId, usize)>,
        sweep: u32,
        signal: Signal,
        values: (i64, i64),
        clock: Option<u32>,
    ) {
        self.divergences += 1;
        if self.first.is_some() {
            return;
        }
        let place = who.map(|(p_bit, _)| self.map.place(p_bit));
        self.first = Some(Divergence {
            image: self.run,
            block: 0,
            sweep,
            color: who.map(|(p_bit, _)| AnyColor::Sparse(self.map.color(p_bit))),
            p_bit: who.map(|(p_bit, _)| p_bit.0),
            lane: place.map(|p| p.lane),
            slot: place.map(|p| p.slot),
            replica: who.map(|(_, replica)| replica as u32),
            signal,
            reference: values.0,
            hardware: values.1,
            clock: clock.map(u64::from),
            clock_before: self.sweep_clocks[0].into(),
        });
    }

    /// Makes the hardware's record of this update the current one. False when the stream is out of step.
    fn at(&mut self, key: Key) -> bool {
        if self.lost {
            return false;
        }
        if self.current.as_ref().is_some_and(|u| Key::of(u) == key) {
            return true;
        }
        self.pull(|s| !s.updates.is_empty());
        if let Some(used) = self.current.take() {
            self.source.recycle(used);
        }
        let Some(next) = self.updates.pop_front() else {
            if self.error.is_none() {
                self.out_of_step(Some(key), None);
            }
            return false;
        };
        let found = Key::of(&next);
        if found != key || next.start != (key.sweep == 0) {
            self.out_of_step(Some(key), Some((found, next.cycle)));
            return false;
        }
        if self.seen_sweep != Some(key.sweep) {
            let before = if self.seen_sweep.is_none() { next.cycle } else { self.sweep_clocks[1] };
            self.sweep_clocks = [before, next.cycle];
            self.seen_sweep = Some(key.sweep);
        }
        self.current = Some(next);
        true
    }

    fn key(&self, sweep: u64, p_bit: PBitId, replica: usize) -> (Key, usize) {
        let place = self.map.place(p_bit);
        let key = Key { sweep: sweep as u32, slot: place.slot as u16, replica: replica as u16 };
        (key, place.lane as usize)
    }
}

impl<S: Observations> SparseObserver for SparseComparer<'_, S> {
    fn start(&mut self, u: &SparseStart) {
        // Without draws nothing is issued: the hardware shows no start pass.
        let Some(draw) = u.draw else { return };
        let (key, lane) = self.key(0, u.p_bit, u.replica);
        if !self.at(key) {
            return;
        }
        let record = self.current.as_ref().expect("`at` has put it there");
        let (spin, drawn, clock) = (record.spin(lane), record.draws[lane], Some(record.cycle));
        let who = Some((u.p_bit, u.replica));
        self.counts.draws += 1;
        if drawn != draw {
            self.record(who, 0, Signal::Draw, (draw.into(), drawn.into()), clock);
        }
        if self.map.is_addressed() {
            return self.expect_spin(lane, u.p_bit, 0, u.replica, u.spin);
        }
        self.counts.spins += 1;
        if spin != u.spin {
            self.record(who, 0, Signal::Spin, (u.spin.into(), spin.into()), clock);
        }
    }

    fn update(&mut self, u: &SparseUpdate) {
        let (key, lane) = self.key(u.sweep, u.p_bit, u.replica);
        if !self.at(key) {
            return;
        }
        let record = self.current.as_ref().expect("`at` has put it there");
        let (spin, field, drawn) = (record.spin(lane), record.fields[lane], record.draws[lane]);
        let (retained, clock) = (record.retained, Some(record.cycle));
        let who = Some((u.p_bit, u.replica));
        self.counts.fields += 1;
        self.counts.draws += 1;
        self.counts.updates += 1;
        if i32::from(field) != u.field {
            self.record(who, key.sweep, Signal::Field, (u.field.into(), field.into()), clock);
        }
        if drawn != u.draw {
            self.record(who, key.sweep, Signal::Draw, (u.draw.into(), drawn.into()), clock);
        }
        if self.map.is_addressed() {
            self.expect_spin(lane, u.p_bit, key.sweep, u.replica, u.spin);
        } else {
            self.counts.spins += 1;
            if spin != u.spin {
                self.record(who, key.sweep, Signal::Spin, (u.spin.into(), spin.into()), clock);
            }
        }
        if retained != u.sum.is_some() {
            let values = (u.sum.is_some().into(), retained.into());
            self.record(who, key.sweep, Signal::Retained, values, clock);
        }
        if let (Some(sum), true) = (u.sum, u.replica == self.last_replica) {
            self.expect_sum(lane, ExpectedSum { p_bit: u.p_bit, sweep: key.sweep, sum });
        }
    }

    fn energy(&mut self, e: &SparseEnergy) {
        match self.energies.found.pop_front() {
            Some(found) => self.compare_energy(*e, found),
            None => self.energies.expected.push_back(*e),
        }
    }

    fn exchange(&mut self, e: &SparseExchange) {
        match self.exchanges.found.pop_front() {
            Some(found) => self.compare_exchange(*e, found),
            None => self.exchanges.expected.push_back(*e),
        }
    }

    fn swapped(&mut self, after_sweep: u64) {
        self.counts.swaps += 1;
        self.swaps_seen += 1;
        if self.lost {
            return;
        }
        // The swap is observed before the first update of the new pair.
        let seen = self.swaps_seen;
        self.pull(|s| s.swap_clocks.len() >= seen || !s.updates.is_empty());
        if self.swap_clocks.len() < seen && !self.lost {
            self.record(None, after_sweep as u32, Signal::Swap, (after_sweep as i64, -1), None);
        }
    }
}
