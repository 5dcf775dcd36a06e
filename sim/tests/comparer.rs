//! The comparer itself: a stream made from the reference passes, and every planted fault is reported at its place.

mod common;

use spinwright_contract::{Color, PBitId, Readout, Schedule, Start, ValidConfig};
use spinwright_reference::image::BankImage;
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::{Observer, Run, Sampler, StartUpdate, Swap, Update};
use spinwright_sim::compare::{AnyColor, Comparer, Counts, Divergence, Signal, random_contents};
use spinwright_sim::loader::SlotMap;
use spinwright_sim::verilator::{EncodedRecord, Event, SumRecord, UpdateRecord};
use std::collections::VecDeque;

/// Block, sweep and slot within the block, replica.
type Key = (u8, u32, u16, u16);

fn key_of(u: &UpdateRecord) -> Key {
    (u.block, u.sweep, u.slot, u.replica)
}

/// Turns what the reference reports into what faultless hardware would show.
struct Faultless<'a> {
    machine: &'a ValidConfig,
    map: SlotMap,
    events: Vec<Event>,
}

impl<'a> Faultless<'a> {
    fn new(machine: &'a ValidConfig) -> Self {
        Self { machine, map: SlotMap::new(machine), events: Vec::new() }
    }

    fn clock(&self) -> u32 {
        1000 + self.events.len() as u32
    }

    /// Key and lane of a p-bit's update.
    fn place(&self, block: usize, sweep: u32, p_bit: PBitId, replica: usize) -> (Key, usize) {
        let place = self.machine.placement().place(p_bit);
        let slot = place.slot as usize - self.map.slots_of_block(block).start;
        ((block as u8, sweep, slot as u16, replica as u16), place.lane as usize)
    }

    fn lane(&mut self, at: (Key, usize), spin: bool, field: i32, draw: u32, sum: Option<i32>) {
        let (key, lane) = at;
        let lanes = self.machine.lanes();
        let same = |u: &UpdateRecord| key_of(u) == key && u.start == (key.1 == 0);
        let fresh = !self.events.iter().rev().take(2).any(|e| matches!(e, Event::Update(u) if same(u)));
        if fresh {
            let cycle = self.clock();
            self.events.push(Event::Update(UpdateRecord {
                cycle,
                start: key.1 == 0,
                retained: sum.is_some(),
                block: key.0,
                sweep: key.1,
                slot: key.2,
                replica: key.3,
                spins: vec![0],
                fields: vec![77; lanes], // padding may show anything
                draws: vec![77; lanes],
            }));
            if sum.is_some() {
                self.events.push(Event::Sum(SumRecord {
                    cycle: 0,
                    sweep: key.1,
                    slot: key.2,
                    replica: key.3,
                    sums: vec![77; lanes],
                }));
            }
        }
        for event in self.events.iter_mut().rev().take(2) {
            match event {
                Event::Update(u) if key_of(u) == key => {
                    u.spins[0] |= u32::from(spin) << lane;
                    u.fields[lane] = field as i16;
                    u.draws[lane] = draw;
                }
                Event::Sum(s) => {
                    if let Some(sum) = sum {
                        s.sums[lane] = sum;
                    }
                }
                _ => {}
            }
        }
    }
}

impl Observer for Faultless<'_> {
    fn block_begins(&mut self, block: usize, inputs: &[bool]) {
        if block > 0 || self.machine.encoder().is_none() {
            return;
        }
        let (channels, lanes) = (self.machine.block().input.channels, self.machine.lanes());
        for position in inputs.chunks(channels) {
            for group in position.chunks(lanes) {
                let slot = self.events.len() as u16;
                let bits = |(lane, &up): (usize, &bool)| u32::from(up) << lane;
                // Lanes beyond the channels may show anything.
                let padding = u32::MAX << group.len() & ((1 << lanes) - 1);
                let spins = group.iter().enumerate().map(bits).sum::<u32>() | padding;
                self.events.push(Event::Encoded(EncodedRecord { cycle: self.clock(), slot, spins }));
            }
        }
    }

    fn start(&mut self, u: &StartUpdate) {
        if let Some(draw) = u.draw {
            let at = self.place(u.block, 0, u.p_bit, u.replica);
            self.lane(at, u.spin, 0, draw, None);
        }
    }

    fn update(&mut self, u: &Update) {
        let at = self.place(u.block, u.sweep as u32, u.p_bit, u.replica);
        self.lane(at, u.spin, u.field, u.draw, u.sum);
    }

    fn swapped(&mut self, _block: usize, _after: u64) {
        self.events.push(Event::Swap { cycle: self.clock() });
    }
}

struct Setting {
    machine: ValidConfig,
    first: BankImage,
    second: BankImage,
    /// Sweep of the run after which the second image comes.
    swap_after: u64,
}

fn setting_of(machine: ValidConfig, swap_after: u64) -> Setting {
    let image = |seed, readout| {
        let schedules = vec![Schedule { burn_in: 2, retained: 6, readout }; machine.block_count()];
        let contents = random_contents(&machine, seed, &schedules);
        BankLayout::place(&machine, contents).expect("it fits").into_image()
    };
    let (first, second) = (image(1, Readout::Spin), image(2, Readout::Field));
    Setting { machine, first, second, swap_after }
}

/// One dense block, swapped after its fifth sweep.
fn setting() -> Setting {
    setting_of(common::odd(), 5)
}

/// Encoder, two blocks, decoder; swapped after the third sweep of the second block.
fn conv_setting() -> Setting {
    setting_of(common::conv::two_blocks(), 8 + 3)
}

impl Setting {
    fn run(&self, observer: &mut impl Observer) {
        let mut sampler = Sampler::new(&self.machine, &self.first, 0).expect("it fits");
        if let Some(encoder) = self.machine.encoder() {
            let picture: Vec<u8> = (0..encoder.pixels()).map(|i| (i * 89 % 256) as u8).collect();
            sampler.set_picture(&picture);
        }
        let mut run = Run::from(Start::Random);
        run.swaps.push(Swap { after_sweep: self.swap_after, image: &self.second, bias_set: 1 });
        sampler.run(&run, observer).expect("it runs");
    }

    fn events(&self) -> Vec<Event> {
        let mut faultless = Faultless::new(&self.machine);
        self.run(&mut faultless);
        faultless.events
    }

    fn compare(&self, events: Vec<Event>) -> (u64, Option<Divergence>, Counts) {
        let mut comparer = Comparer::new(&self.machine, 3, VecDeque::from(events));
        self.run(&mut comparer);
        let compared = comparer.finish().expect("a stream in memory has no errors");
        (compared.divergences, compared.first, compared.counts)
    }

    /// Position of the update of a sweep, slot and replica of the first block.
    fn find(events: &[Event], (sweep, slot, replica): (u32, u16, u16)) -> usize {
        Self::find_in(events, (0, sweep, slot, replica))
    }

    fn find_in(events: &[Event], key: Key) -> usize {
        let is = |e: &Event| matches!(e, Event::Update(u) if key_of(u) == key);
        events.iter().position(is).expect("there is such an update")
    }
}

#[test]
fn a_faultless_stream_passes_and_every_value_is_counted() {
    let setting = setting();
    let (divergences, first, counts) = setting.compare(setting.events());
    assert_eq!((divergences, first), (0, None));
    // 13 + 11 p-bits, 3 replicas, 5 + 8 sweeps; 11 outputs retained in 3 + 6 of them; one start.
    let (start, updates) = (24 * 3, 24 * 3 * 13);
    assert_eq!((counts.updates, counts.fields), (updates, updates));
    assert_eq!((counts.spins, counts.draws), (start + updates, start + updates));
    assert_eq!((counts.sums, counts.swaps), (11 * 3 * 9, 1));
}

#[test]
fn a_changed_value_is_reported_at_its_place() {
    let setting = setting();
    // Sweep 9, slot 5 = second output slot, replica 2, lane 1: output p-bit 5.
    let key = (9, 5, 2);
    let plant = |change: &dyn Fn(&mut UpdateRecord)| {
        let mut events = setting.events();
        let at = Setting::find(&events, key);
        let Event::Update(update) = &mut events[at] else { unreachable!("it was found as one") };
        change(update);
        let clock = update.cycle;
        let (count, first, _) = setting.compare(events);
        let first = first.expect("the fault is found");
        assert_eq!(count, 1);
        assert_eq!((first.image, first.sweep, first.color), (3, 9, Some(AnyColor::Layered(Color::Output))));
        assert_eq!(
            (first.p_bit, first.lane, first.slot, first.replica),
            (Some(5), Some(1), Some(5), Some(2))
        );
        assert_eq!(first.clock, Some(clock.into()));
        first
    };
    let spin = plant(&|u| u.spins[0] ^= 2);
    assert_eq!((spin.signal, spin.reference + spin.hardware), (Signal::Spin, 1));
    let field = plant(&|u| u.fields[1] -= 1);
    assert_eq!((field.signal, field.reference - field.hardware), (Signal::Field, 1));
    let draw = plant(&|u| u.draws[1] ^= 0x40);
    assert_eq!((draw.signal, (draw.reference ^ draw.hardware)), (Signal::Draw, 0x40));
}

#[test]
fn a_changed_sum_is_reported() {
    let setting = setting();
    let mut events = setting.events();
    let at = Setting::find(&events, (9, 6, 0)) + 1;
    let Event::Sum(sum) = &mut events[at] else { panic!("the sum follows its update") };
    sum.sums[2] += 1;
    let (count, first, _) = setting.compare(events);
    let first = first.expect("it is found");
    assert_eq!((count, first.signal, first.sweep, first.p_bit), (1, Signal::Sum, 9, Some(10)));
    assert_eq!(first.hardware - first.reference, 1);
    insta::assert_snapshot!(first.to_string());
}

#[test]
fn a_missing_an_extra_and_a_swapped_update_are_out_of_step() {
    let setting = setting();
    let check = |events: Vec<Event>, what: &str| {
        let (count, first, counts) = setting.compare(events);
        let first = first.expect(what);
        assert_eq!((count, first.signal), (1, Signal::Order), "{what}");
        assert!(counts.updates < 24 * 3 * 13 || what == "extra", "{what}");
        first
    };
    let mut missing = setting.events();
    let at = Setting::find(&missing, (4, 1, 1));
    missing.remove(at);
    assert_eq!(check(missing, "missing").sweep, 4);

    let mut exchanged = setting.events();
    let at = Setting::find(&exchanged, (4, 1, 1));
    exchanged.swap(at, at + 1);
    assert_eq!(check(exchanged, "exchanged").sweep, 4);

    let mut extra = setting.events();
    let last = extra.iter().rposition(|e| matches!(e, Event::Update(_))).expect("there are updates");
    extra.push(extra[last].clone());
    check(extra, "extra");

    let mut cut = setting.events();
    cut.truncate(Setting::find(&cut, (12, 0, 0)));
    let first = check(cut, "cut off");
    assert_eq!((first.sweep, first.hardware), (12, -1));
}

#[test]
fn a_swap_that_is_not_observed_or_not_expected_is_reported() {
    let setting = setting();
    let mut events = setting.events();
    events.retain(|e| !matches!(e, Event::Swap { .. }));
    let (_, first, _) = setting.compare(events);
    assert_eq!(first.map(|d| (d.signal, d.sweep)), Some((Signal::Swap, 5)));

    let mut events = setting.events();
    events.push(Event::Swap { cycle: 1 });
    let (_, first, _) = setting.compare(events);
    assert_eq!(first.map(|d| d.signal), Some(Signal::Swap));
}

#[test]
fn a_wrong_retained_flag_is_reported() {
    let setting = setting();
    let mut events = setting.events();
    let at = Setting::find(&events, (1, 4, 0)); // burn-in
    let Event::Update(update) = &mut events[at] else { unreachable!("it was found as one") };
    update.retained = true;
    let (_, first, _) = setting.compare(events);
    let first = first.expect("it is found");
    assert_eq!((first.signal, first.reference, first.hardware), (Signal::Retained, 0, 1));
}

#[test]
fn a_faultless_stream_of_two_blocks_passes_and_every_value_is_counted() {
    let setting = conv_setting();
    let (divergences, first, counts) = setting.compare(setting.events());
    assert_eq!((divergences, first), (0, None));
    // Block 0: 40 + 28 p-bits, 8 sweeps; block 1: 9 + 11, 3 + 8 sweeps. 2 replicas, one start each.
    let updates = 2 * (68 * 8 + 20 * 11);
    assert_eq!((counts.updates, counts.fields), (updates, updates));
    assert_eq!((counts.spins, counts.draws), (updates + 2 * 88, updates + 2 * 88));
    assert_eq!((counts.sums, counts.swaps), (2 * (28 * 6 + 11 * (1 + 6)), 1));
    assert_eq!(counts.encoded, 4 * 4 * 6);
}

#[test]
fn a_wrong_encoded_input_is_reported_as_the_input_p_bit() {
    let setting = conv_setting();
    let mut events = setting.events();
    // Position 3, second group of 6 channels on 4 lanes, lane 1.
    let Event::Encoded(record) = &mut events[7] else { panic!("the encoder comes first") };
    record.spins ^= 2;
    let (count, first, _) = setting.compare(events);
    let first = first.expect("it is found");
    assert_eq!((count, first.signal, first.p_bit), (1, Signal::Encoded, Some(3 * 6 + 5)));
    assert_eq!(first.reference + first.hardware, 1);
    assert!(first.to_string().contains("input p-bit 23, encoded input"), "{first}");
}

#[test]
fn missing_extra_and_exchanged_encoded_inputs_are_out_of_step() {
    let setting = conv_setting();
    let check = |change: &dyn Fn(&mut Vec<Event>)| {
        let mut events = setting.events();
        change(&mut events);
        setting.compare(events).1.expect("it is found").signal
    };
    assert_eq!(check(&|events| drop(events.remove(31))), Signal::EncodedOrder);
    assert_eq!(check(&|events| events.swap(4, 5)), Signal::EncodedOrder);
    assert_eq!(check(&|events| events.insert(31, events[31].clone())), Signal::EncodedOrder);
}

#[test]
fn faults_of_a_later_block_are_reported_there() {
    let setting = conv_setting();
    let (machine, mut events) = (&setting.machine, setting.events());
    // Slot 5 of block 1: the third output slot after 3 hidden ones, lane 2: output channel 10.
    let at = Setting::find_in(&events, (1, 6, 5, 1));
    let Event::Update(update) = &mut events[at] else { unreachable!("it was found as one") };
    update.fields[2] += 1;
    let (count, first, _) = setting.compare(events);
    let first = first.expect("it is found");
    assert_eq!((count, first.signal, first.block, first.sweep), (1, Signal::Field, 1, 6));
    assert_eq!((first.color, first.p_bit), (Some(AnyColor::Layered(Color::Output)), Some(10)));
    assert_eq!((first.lane, first.slot, first.replica), (Some(2), Some(5), Some(1)));
    assert_eq!(SlotMap::new(machine).slots_of_block(1).len(), 6);

    let mut events = setting.events();
    let at = Setting::find_in(&events, (1, 0, 0, 0));
    let Event::Update(update) = &mut events[at] else { unreachable!("it was found as one") };
    update.block = 0;
    let (_, first, _) = setting.compare(events);
    let first = first.expect("it is found");
    assert_eq!((first.signal, first.block), (Signal::Order, 1));
}
