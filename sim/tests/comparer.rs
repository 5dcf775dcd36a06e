//! The comparer itself: a stream made from the reference passes, and every planted fault is reported at its place.

mod common;

use spinwright_contract::{Color, Readout, Schedule, Start, ValidConfig};
use spinwright_reference::image::BankImage;
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::{Observer, Run, Sampler, StartUpdate, Swap, Update};
use spinwright_sim::compare::{Comparer, Counts, Divergence, Signal, random_contents};
use spinwright_sim::verilator::{Event, SumRecord, UpdateRecord};
use std::collections::VecDeque;

/// Turns what the reference reports into what faultless hardware would show.
struct Faultless<'a> {
    machine: &'a ValidConfig,
    events: Vec<Event>,
}

impl Faultless<'_> {
    fn lane(
        &mut self,
        key: (u32, u16, u16),
        lane: usize,
        spin: bool,
        field: i32,
        draw: u32,
        sum: Option<i32>,
    ) {
        let lanes = self.machine.lanes();
        let fresh = !self.events.iter().rev().take(2).any(
            |e| matches!(e, Event::Update(u) if (u.sweep, u.slot, u.replica) == key && u.start == (key.0 == 0)),
        );
        if fresh {
            self.events.push(Event::Update(UpdateRecord {
                cycle: 1000 + self.events.len() as u32,
                start: key.0 == 0,
                retained: sum.is_some(),
                sweep: key.0,
                slot: key.1,
                replica: key.2,
                spins: 0,
                fields: vec![77; lanes], // padding may show anything
                draws: vec![77; lanes],
            }));
            if sum.is_some() {
                self.events.push(Event::Sum(SumRecord {
                    cycle: 0,
                    sweep: key.0,
                    slot: key.1,
                    replica: key.2,
                    sums: vec![77; lanes],
                }));
            }
        }
        for event in self.events.iter_mut().rev().take(2) {
            match event {
                Event::Update(u) if (u.sweep, u.slot, u.replica) == key => {
                    u.spins |= u32::from(spin) << lane;
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
    fn start(&mut self, u: &StartUpdate) {
        let place = self.machine.placement().place(u.p_bit);
        if let Some(draw) = u.draw {
            self.lane((0, place.slot as u16, u.replica as u16), place.lane as usize, u.spin, 0, draw, None);
        }
    }

    fn update(&mut self, u: &Update) {
        let place = self.machine.placement().place(u.p_bit);
        let key = (u.sweep as u32, place.slot as u16, u.replica as u16);
        self.lane(key, place.lane as usize, u.spin, u.field, u.draw, u.sum);
    }

    fn swapped(&mut self, _after: u64) {
        self.events.push(Event::Swap { cycle: 1000 + self.events.len() as u32 });
    }
}

struct Setting {
    machine: ValidConfig,
    first: BankImage,
    second: BankImage,
}

fn setting() -> Setting {
    let machine = common::odd();
    let image = |seed, readout| {
        let schedule = Schedule { burn_in: 2, retained: 6, readout };
        let contents = random_contents(&machine, seed, schedule);
        BankLayout::place(&machine, contents).expect("it fits").into_image()
    };
    let (first, second) = (image(1, Readout::Spin), image(2, Readout::Field));
    Setting { machine, first, second }
}

impl Setting {
    fn run(&self, observer: &mut impl Observer) {
        let mut sampler = Sampler::new(&self.machine, &self.first, 0).expect("it fits");
        let mut run = Run::from(Start::Random);
        run.swaps.push(Swap { after_sweep: 5, image: &self.second, bias_set: 1 });
        sampler.run(&run, observer).expect("it runs");
    }

    fn events(&self) -> Vec<Event> {
        let mut faultless = Faultless { machine: &self.machine, events: Vec::new() };
        self.run(&mut faultless);
        faultless.events
    }

    fn compare(&self, events: Vec<Event>) -> (u64, Option<Divergence>, Counts) {
        let mut comparer = Comparer::new(&self.machine, 3, VecDeque::from(events));
        self.run(&mut comparer);
        let compared = comparer.finish().expect("a stream in memory has no errors");
        (compared.divergences, compared.first, compared.counts)
    }

    /// Position of the update of a sweep, slot and replica.
    fn find(events: &[Event], key: (u32, u16, u16)) -> usize {
        let is = |e: &Event| matches!(e, Event::Update(u) if (u.sweep, u.slot, u.replica) == key);
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
        assert_eq!((first.image, first.sweep, first.color), (3, 9, Some(Color::Output)));
        assert_eq!(
            (first.p_bit, first.lane, first.slot, first.replica),
            (Some(5), Some(1), Some(5), Some(2))
        );
        assert_eq!(first.clock, Some(clock.into()));
        first
    };
    let spin = plant(&|u| u.spins ^= 2);
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
