//! Update by update: the reference's against the hardware's.

use super::divergence::{AnyColor, Counts, Divergence, Signal};
use crate::loader::SlotMap;
use crate::verilator::{EncodedRecord, Event, SimError, SumRecord, UpdateRecord};
use spinwright_contract::{PBitId, ValidConfig};
use spinwright_reference::sampler::{Observer, StartUpdate, Update};
use std::collections::VecDeque;

/// Where the hardware's observations of one run come from.
pub trait Observations {
    /// The next observation, none at the end of the run.
    fn next_observation(&mut self) -> Result<Option<Event>, SimError>;

    /// Takes a record's memory back.
    fn recycle(&mut self, _record: UpdateRecord) {}
}

impl Observations for VecDeque<Event> {
    fn next_observation(&mut self) -> Result<Option<Event>, SimError> {
        Ok(self.pop_front())
    }
}

/// An [`Observer`] of the reference that checks the hardware's stream of the same run.
///
/// The first unequal value is kept. Later ones of the run are counted; a stream that is out of step ends the comparison of
/// the run, because nothing after it can be attributed.
pub struct Comparer<'a, S> {
    machine: &'a ValidConfig,
    map: SlotMap,
    source: S,
    image: u64,
    counts: Counts,
    divergences: u64,
    first: Option<Divergence>,
    error: Option<SimError>,
    lost: bool,
    current: Option<UpdateRecord>,
    updates: VecDeque<UpdateRecord>,
    sums: VecDeque<SumRecord>,
    encoded: VecDeque<EncodedRecord>,
    current_sum: Option<SumRecord>,
    swaps_seen: u64,
    swap_clocks: Vec<u32>,
    sweep_clocks: [u32; 2],
    /// Block and sweep of the latest update.
    seen_sweep: Option<(u8, u32)>,
}

/// What a finished comparison says.
pub struct Compared {
    /// Values compared.
    pub counts: Counts,
    /// Unequal values.
    pub divergences: u64,
    /// The first of them.
    pub first: Option<Divergence>,
}

/// Place of an update in the hardware's order.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    block: u8,
    /// Within the block.
    sweep: u32,
    /// Within the block.
    slot: u16,
    replica: u16,
}

impl Key {
    fn number(self) -> i64 {
        i64::from(self.block) << 56
            | i64::from(self.sweep) << 32
            | i64::from(self.slot) << 16
            | i64::from(self.replica)
    }
}

/// The p-bit that a divergence is about.
#[derive(Clone, Copy)]
struct Who {
    p_bit: PBitId,
    replica: usize,
}

impl<'a, S: Observations> Comparer<'a, S> {
    /// Compares run number `image` of a machine.
    pub fn new(machine: &'a ValidConfig, image: u64, source: S) -> Self {
        Self {
            machine,
            map: SlotMap::new(machine),
            source,
            image,
            counts: Counts { runs: 1, ..Counts::default() },
            divergences: 0,
            first: None,
            error: None,
            lost: false,
            current: None,
            updates: VecDeque::new(),
            sums: VecDeque::new(),
            encoded: VecDeque::new(),
            current_sum: None,
            swaps_seen: 0,
            swap_clocks: Vec::new(),
            sweep_clocks: [0; 2],
            seen_sweep: None,
        }
    }

    /// Ends the comparison: whatever the hardware still has to say is too much.
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
            if let Some(extra) = self.updates.pop_front() {
                let key = key_of(&extra);
                self.out_of_step(None, Some((key, extra.cycle)));
            } else if let Some(extra) = self.sums.pop_front() {
                let key = self.key_of_sum(&extra);
                self.out_of_step(None, Some((key, extra.cycle)));
            } else if let Some(extra) = self.encoded.pop_front() {
                self.record_input(
                    extra.slot.into(),
                    Signal::EncodedOrder,
                    -1,
                    extra.slot.into(),
                    extra.cycle,
                );
            }
            if self.swaps_seen < self.swap_clocks.len() as u64 {
                let (block, sweep) = self.seen_sweep.unwrap_or_default();
                self.record(None, block, sweep, Signal::Swap, -1, 0, None);
            }
        }
        Ok(Compared { counts: self.counts, divergences: self.divergences, first: self.first })
    }

    fn sort(&mut self, event: Event) {
        match event {
            Event::Update(update) => self.updates.push_back(update),
            Event::Sum(sum) => self.sums.push_back(sum),
            Event::Encoded(encoded) => self.encoded.push_back(encoded),
            Event::Swap { cycle } => self.swap_clocks.push(cycle),
            other => {
                let error = SimError::Harness(format!("{other:?} came in the middle of a run"));
                self.error.get_or_insert(error);
                self.lost = true;
            }
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
        let (reference, hardware) =
            (expected.map_or(-1, Key::number), found.map_or(-1, |(key, _)| key.number()));
        let at = expected.or(found.map(|(key, _)| key));
        let (block, sweep) = at.map_or((0, 0), |key| (key.block, key.sweep));
        let clock = found.map(|(_, clock)| clock);
        self.record(None, block, sweep, Signal::Order, reference, hardware, clock);
        self.lost = true;
    }

    #[expect(clippy::too_many_arguments, reason = "they are the fields of a divergence")]
    fn record(
        &mut self,
        who: Option<Who>,
        block: u8,
        sweep: u32,
        signal: Signal,
        reference: i64,
        hardware: i64,
        clock: Option<u32>,
    ) {
        self.divergences += 1;
        if self.first.is_some() {
            return;
        }
        let place = who.map(|w| self.machine.placement().place(w.p_bit));
        let member = who.map(|w| self.map.member(w.p_bit));
        let first_slot = self.map.slots_of_block(block.into()).start as u32;
        self.first = Some(Divergence {
            image: self.image,
            block: block.into(),
            sweep,
            color: member.map(|m| AnyColor::Layered(m.color)),
            p_bit: member.map(|m| m.index as u32),
            lane: place.map(|p| p.lane),
            slot: place.map(|p| p.slot - first_slot),
            replica: who.map(|w| w.replica as u32),
            signal,
            reference,
            hardware,
            clock: clock.map(u64::from),
            clock_before: self.sweep_clocks[0].into(),
        });
    }

    /// A divergence of an encoded input spin, or of the order in which they come.
    fn record_input(&mut self, index: usize, signal: Signal, reference: i64, hardware: i64, clock: u32) {
        let fresh = self.first.is_none();
        self.record(None, 0, 0, signal, reference, hardware, Some(clock));
        if let (true, Some(first)) = (fresh, &mut self.first) {
            first.p_bit = Some(index as u32);
            first.clock_before = u64::from(clock).saturating_sub(1000);
        }
    }

    /// Key of a sum record: it belongs to the block that is being compared.
    fn key_of_sum(&self, sum: &SumRecord) -> Key {
        let block = self.seen_sweep.map_or(0, |(block, _)| block);
        Key { block, sweep: sum.sweep, slot: sum.slot, replica: sum.replica }
    }

    /// Key of an update of the reference, and its lane.
    fn key(&self, block: usize, sweep: u64, p_bit: PBitId, replica: usize) -> (Key, usize) {
        let place = self.machine.placement().place(p_bit);
        let slot = place.slot as usize - self.map.slots_of_block(block).start;
        let key = Key { block: block as u8, sweep: sweep as u32, slot: slot as u16, replica: replica as u16 };
        (key, place.lane as usize)
    }

    /// Makes the hardware's record of this update the current one. False when the stream is out of step.
    fn at(&mut self, key: Key) -> bool {
        if self.lost {
            return false;
        }
        if self.current.as_ref().is_some_and(|u| key_of(u) == key) {
            return true;
        }
        self.pull(|s| !s.updates.is_empty());
        if let Some(used) = self.current.take() {
            self.source.recycle(used);
        }
        self.current_sum = None;
        let Some(next) = self.updates.pop_front() else {
            if self.error.is_none() {
                self.out_of_step(Some(key), None);
            }
            return false;
        };
        let (found, start) = (key_of(&next), next.start);
        if found != key || start != (key.sweep == 0) {
            self.out_of_step(Some(key), Some((found, next.cycle)));
            return false;
        }
        if self.seen_sweep != Some((key.block, key.sweep)) {
            self.sweep_clocks =
                [if self.seen_sweep.is_none() { next.cycle } else { self.sweep_clocks[1] }, next.cycle];
            self.seen_sweep = Some((key.block, key.sweep));
        }
        self.current = Some(next);
        true
    }

    /// Makes the hardware's sum record of the current update the current one.
    fn sum_at(&mut self, key: Key) -> bool {
        if self.current_sum.is_some() {
            return true;
        }
        self.pull(|s| !s.sums.is_empty());
        if self.lost {
            return false;
        }
        let Some(next) = self.sums.pop_front() else {
            self.out_of_step(Some(key), None);
            return false;
        };
        let found = self.key_of_sum(&next);
        if found != key {
            self.out_of_step(Some(key), Some((found, next.cycle)));
            return false;
        }
        self.current_sum = Some(next);
        true
    }
}

fn key_of(update: &UpdateRecord) -> Key {
    Key { block: update.block, sweep: update.sweep, slot: update.slot, replica: update.replica }
}

impl<S: Observations> Observer for Comparer<'_, S> {
    /// Input spins of the first block are seen where the device encodes a picture; those of later blocks are signs, which show
    /// themselves in the fields.
    fn block_begins(&mut self, block: usize, inputs: &[bool]) {
        if block > 0 || self.machine.encoder().is_none() {
            return;
        }
        let (plane, lanes) = (self.machine.block().input, self.machine.lanes());
        let groups = plane.channels.div_ceil(lanes);
        for slot in 0..plane.rows * plane.columns * groups {
            self.pull(|s| !s.encoded.is_empty() || !s.updates.is_empty());
            if self.lost {
                return;
            }
            let Some(record) = self.encoded.pop_front() else {
                if self.error.is_none() {
                    let clock = self.updates.front().map_or(0, |u| u.cycle);
                    self.record_input(slot * lanes, Signal::EncodedOrder, slot as i64, -1, clock);
                    self.lost = true;
                }
                return;
            };
            if usize::from(record.slot) != slot {
                let found = record.slot.into();
                self.record_input(slot * lanes, Signal::EncodedOrder, slot as i64, found, record.cycle);
                self.lost = true;
                return;
            }
            for channel in (slot % groups * lanes..plane.channels).take(lanes) {
                let index = slot / groups * plane.channels + channel;
                let (expected, found) = (inputs[index], record.spins >> (channel % lanes) & 1 == 1);
                self.counts.encoded += 1;
                if expected != found {
                    self.record_input(index, Signal::Encoded, expected.into(), found.into(), record.cycle);
                }
            }
        }
    }

    fn start(&mut self, u: &StartUpdate) {
        // Without draws nothing is issued: the hardware shows no start pass.
        let Some(draw) = u.draw else { return };
        let (key, lane) = self.key(u.block, 0, u.p_bit, u.replica);
        if !self.at(key) {
            return;
        }
        let record = self.current.as_ref().expect("`at` has put it there");
        let (spin, drawn, clock) = (u32::from(record.spin(lane)), record.draws[lane], record.cycle);
        let who = Some(Who { p_bit: u.p_bit, replica: u.replica });
        self.counts.draws += 1;
        self.counts.spins += 1;
        if drawn != draw {
            self.record(who, key.block, 0, Signal::Draw, draw.into(), drawn.into(), Some(clock));
        }
        if spin != u32::from(u.spin) {
            self.record(who, key.block, 0, Signal::Spin, u.spin.into(), spin.into(), Some(clock));
        }
    }

    fn update(&mut self, u: &Update) {
        let (key, lane) = self.key(u.block, u.sweep, u.p_bit, u.replica);
        if !self.at(key) {
            return;
        }
        let record = self.current.as_ref().expect("`at` has put it there");
        let (spin, field, drawn) = (u32::from(record.spin(lane)), record.fields[lane], record.draws[lane]);
        let (retained, clock) = (record.retained, Some(record.cycle));
        let who = Some(Who { p_bit: u.p_bit, replica: u.replica });
        let (block, sweep) = (key.block, key.sweep);
        self.counts.fields += 1;
        self.counts.draws += 1;
        self.counts.spins += 1;
        self.counts.updates += 1;
        if i32::from(field) != u.field {
            self.record(who, block, sweep, Signal::Field, u.field.into(), field.into(), clock);
        }
        if drawn != u.draw {
            self.record(who, block, sweep, Signal::Draw, u.draw.into(), drawn.into(), clock);
        }
        if spin != u32::from(u.spin) {
            self.record(who, block, sweep, Signal::Spin, u.spin.into(), spin.into(), clock);
        }
        if retained != u.sum.is_some() {
            let expected = u.sum.is_some().into();
            self.record(who, block, sweep, Signal::Retained, expected, retained.into(), clock);
        } else if let Some(sum) = u.sum
            && self.sum_at(key)
        {
            let found = self.current_sum.as_ref().expect("`sum_at` has put it there").sums[lane];
            self.counts.sums += 1;
            if found != sum {
                self.record(who, block, sweep, Signal::Sum, sum.into(), found.into(), clock);
            }
        }
    }

    fn swapped(&mut self, block: usize, after_sweep: u64) {
        self.counts.swaps += 1;
        self.swaps_seen += 1;
        if self.lost {
            return;
        }
        // The swap is observed before the first update of the new pair.
        let seen = self.swaps_seen as usize;
        self.pull(|s| s.swap_clocks.len() >= seen || !s.updates.is_empty());
        if self.swap_clocks.len() < seen && !self.lost {
            let sweep = after_sweep as u32;
            self.record(None, block as u8, sweep, Signal::Swap, after_sweep as i64, -1, None);
        }
    }
}
