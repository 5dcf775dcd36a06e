//! The comparer of sparse machines itself: a stream made from the reference passes, and every planted fault is reported at its place.

mod common;

use spinwright_contract::{PBitId, Readout, Schedule, Start, ValidSparse};
use spinwright_reference::sparse::{
    SparseEnergy, SparseImage, SparseLayout, SparseObserver, SparseRun, SparseSampler, SparseStart,
    SparseSwap, SparseUpdate,
};
use spinwright_sim::compare::{
    AnyColor, Counts, Divergence, Signal, SparseComparer, random_sparse_contents_on, random_sparse_graph,
};
use spinwright_sim::loader::{SparseMap, SparseWords};
use spinwright_sim::verilator::{EnergyRecord, Event, StoredSumRecord, UpdateRecord, WordRecord};
use std::collections::VecDeque;

/// Sweep, slot, replica.
type Key = (u32, u16, u16);

fn key_of(u: &UpdateRecord) -> Key {
    (u.sweep, u.slot, u.replica)
}

/// Turns what the reference reports into what faultless hardware would show: sums of a slot after its last replica.
struct Faultless<'a> {
    machine: &'a ValidSparse,
    map: SparseMap,
    events: Vec<Event>,
    /// Sums of the slot that is being updated.
    stored: Vec<StoredSumRecord>,
    /// Its spins, by lane, where the machine shows them when they are written.
    words: Vec<WordRecord>,
    /// Energies of the last sweep.
    energies: Vec<EnergyRecord>,
}

impl Faultless<'_> {
    fn lane(&mut self, (sweep, replica): (u32, usize), p_bit: PBitId, value: (bool, i32, u32, Option<i32>)) {
        let (spin, field, draw, sum) = value;
        let place = self.map.place(p_bit);
        let key = (sweep, place.slot as u16, replica as u16);
        let lanes = self.machine.lanes();
        let fresh = !matches!(self.events.last(), Some(Event::Update(u)) if key_of(u) == key);
        if fresh {
            if self.events.last().is_some_and(|e| matches!(e, Event::Update(u) if u.slot != key.1)) {
                self.flush();
            }
            self.events.push(Event::Update(UpdateRecord {
                cycle: 1000 + self.events.len() as u32,
                start: sweep == 0,
                retained: sum.is_some(),
                block: 0,
                sweep,
                slot: key.1,
                replica: key.2,
                spins: vec![0; lanes.div_ceil(32)],
                fields: vec![77; lanes], // padding may show anything
                draws: vec![77; lanes],
            }));
        }
        let Some(Event::Update(u)) = self.events.last_mut() else { unreachable!("it was pushed") };
        let lane = place.lane as usize;
        if self.map.is_addressed() {
            let fits = |w: &&mut WordRecord| usize::from(w.lane) == lane;
            if let Some(word) = self.words.iter_mut().find(fits) {
                word.spins |= u64::from(spin) << replica;
            } else {
                let (lane, spins) = (place.lane as u16, u64::from(spin) << replica);
                self.words.push(WordRecord { cycle: 7, lane, slot: place.slot as u16, spins });
            }
        } else {
            u.spins[lane / 32] |= u32::from(spin) << (lane % 32);
        }
        u.fields[lane] = field as i16;
        u.draws[lane] = draw;
        if let (Some(sum), true) = (sum, replica + 1 == self.machine.replicas()) {
            let (lane, slot) = (place.lane as u16, place.slot as u16);
            self.stored.push(StoredSumRecord { cycle: 5, lane, slot, sum });
        }
    }

    /// As in hardware, the sums come while the next slot is updated.
    fn flush(&mut self) {
        self.events.extend(self.words.drain(..).map(Event::Word));
        self.events.extend(self.stored.drain(..).map(Event::StoredSum));
        self.events.extend(self.energies.drain(..).map(Event::Energy));
    }
}

impl SparseObserver for Faultless<'_> {
    fn start(&mut self, u: &SparseStart) {
        if let Some(draw) = u.draw {
            self.lane((0, u.replica), u.p_bit, (u.spin, 0, draw, None));
        }
    }

    fn update(&mut self, u: &SparseUpdate) {
        self.lane((u.sweep as u32, u.replica), u.p_bit, (u.spin, u.field, u.draw, u.sum));
    }

    fn energy(&mut self, e: &SparseEnergy) {
        let (replica, energy) = (e.replica as u16, e.energy as i32);
        self.energies.push(EnergyRecord { cycle: 6, replica, energy });
    }

    fn swapped(&mut self, _after: u64) {
        self.flush();
        self.events.push(Event::Swap { cycle: 0 });
    }

    fn done(&mut self, _sums: &[i32], _signs: &[bool]) {
        self.flush();
    }
}

struct Setting {
    machine: ValidSparse,
    map: SparseMap,
    first: SparseImage,
    second: SparseImage,
}

/// 70 p-bits of three colors, 16 replicas; swapped after the fifth sweep.
fn setting() -> Setting {
    Setting::on(common::sparse::small().swap_remove(2))
}

impl Setting {
    fn on(machine: ValidSparse) -> Self {
        let graph = random_sparse_graph(&machine, 5, true);
        let image = |seed, readout| {
            let schedule = Schedule { burn_in: 2, retained: 6, readout };
            let contents = random_sparse_contents_on(&machine, &graph, seed, schedule);
            SparseLayout::place(&machine, contents).expect("it fits").into_image()
        };
        let (first, second) = (image(1, Readout::Spin), image(2, Readout::Field));
        let map = SparseWords::decode(&machine, &first.to_words()).expect("it is good").map;
        Setting { map, machine, first, second }
    }

    fn run(&self, observer: &mut impl SparseObserver) {
        let mut sampler = SparseSampler::new(&self.machine, &self.first, 0).expect("it fits");
        let mut run = SparseRun::from(Start::Random);
        run.swaps.push(SparseSwap { after_sweep: 5, image: &self.second, bias_set: 1 });
        sampler.run(&run, observer).expect("it runs");
    }

    fn events(&self) -> Vec<Event> {
        let (machine, map) = (&self.machine, self.map.clone());
        let mut faultless =
            Faultless { machine, map, events: vec![], stored: vec![], words: vec![], energies: vec![] };
        self.run(&mut faultless);
        faultless.events
    }

    fn compare(&self, events: Vec<Event>) -> (u64, Option<Divergence>, Counts) {
        let source = VecDeque::from(events);
        let mut comparer = SparseComparer::new(&self.map, self.machine.replicas(), 3, source);
        self.run(&mut comparer);
        let compared = comparer.finish().expect("a stream in memory has no errors");
        (compared.divergences, compared.first, compared.counts)
    }

    /// The one divergence after a change of the stream.
    fn only(&self, change: impl Fn(&mut Vec<Event>)) -> Divergence {
        let mut events = self.events();
        change(&mut events);
        let (count, first, _) = self.compare(events);
        assert_eq!(count, 1);
        first.expect("it is counted")
    }

    /// Some p-bit, and the position of its update in sweep 9, replica 11.
    fn target(&self) -> (PBitId, usize) {
        let p_bit = PBitId(64);
        let key = (9, self.map.place(p_bit).slot as u16, 11);
        let is = |e: &Event| matches!(e, Event::Update(u) if key_of(u) == key);
        (p_bit, self.events().iter().position(is).expect("there is such an update"))
    }
}

fn update(events: &mut [Event], at: usize) -> &mut UpdateRecord {
    let Event::Update(update) = &mut events[at] else { unreachable!("it was found as one") };
    update
}

#[test]
fn a_faultless_stream_passes_and_every_value_is_counted() {
    let setting = setting();
    let (divergences, first, counts) = setting.compare(setting.events());
    assert_eq!((divergences, first), (0, None));
    // 5 + 8 sweeps of 70 p-bits in 16 replicas; retained in 3 + 6 of them; one start.
    let (start, updates) = (70 * 16, 70 * 16 * 13);
    assert_eq!((counts.updates, counts.fields), (updates, updates));
    assert_eq!((counts.spins, counts.draws), (start + updates, start + updates));
    assert_eq!((counts.sums, counts.swaps), (70 * 9, 1));
    assert_eq!(counts.energies, 16 * 13);
}

#[test]
fn changed_and_missing_energies_are_reported() {
    let setting = setting();
    let nth = |events: &[Event]| {
        events
            .iter()
            .enumerate()
            .filter(|(_, e)| matches!(e, Event::Energy(_)))
            .nth(35)
            .expect("there are 208")
            .0
    };
    let changed = setting.only(|events| {
        let at = nth(events);
        let Event::Energy(energy) = &mut events[at] else { unreachable!("it was found as one") };
        energy.energy += 1;
    });
    // The 36th: sweep 3, replica 3.
    assert_eq!((changed.signal, changed.sweep, changed.replica), (Signal::Energy, 3, Some(3)));
    assert_eq!(changed.hardware - changed.reference, 1);
    let mut events = setting.events();
    let at = nth(&events);
    events.remove(at);
    let (divergences, first, _) = setting.compare(events);
    assert!(divergences > 0);
    assert_eq!(first.expect("one is missing").signal, Signal::EnergyOrder);
}

#[test]
fn a_changed_value_is_reported_at_its_place() {
    let setting = setting();
    let (p_bit, at) = setting.target();
    let place = setting.map.place(p_bit);
    let lane = place.lane as usize;
    let plant = |change: &dyn Fn(&mut UpdateRecord)| {
        let first = setting.only(|events| change(update(events, at)));
        assert_eq!((first.image, first.block, first.sweep, first.replica), (3, 0, 9, Some(11)));
        assert_eq!((first.p_bit, first.lane, first.slot), (Some(64), Some(place.lane), Some(place.slot)));
        assert_eq!(first.color, Some(AnyColor::Sparse(setting.map.color(p_bit))));
        assert_eq!(first.clock, Some(1000 + at as u64));
        first
    };
    let spin = plant(&|u| u.spins[lane / 32] ^= 1 << (lane % 32));
    assert_eq!((spin.signal, spin.reference + spin.hardware), (Signal::Spin, 1));
    let field = plant(&|u| u.fields[lane] -= 1);
    assert_eq!((field.signal, field.reference - field.hardware), (Signal::Field, 1));
    let draw = plant(&|u| u.draws[lane] ^= 0x40);
    assert_eq!((draw.signal, draw.reference ^ draw.hardware), (Signal::Draw, 0x40));
}

#[test]
fn changed_missing_and_extra_sums_are_reported() {
    let setting = setting();
    let is_sum = |e: &Event| matches!(e, Event::StoredSum(_));
    let nth = |events: &[Event], n: usize| {
        events.iter().enumerate().filter(|(_, e)| is_sum(e)).nth(n).expect("there are so many").0
    };
    let changed = setting.only(|events| {
        let at = nth(events, 100);
        let Event::StoredSum(sum) = &mut events[at] else { unreachable!("it was found as one") };
        sum.sum += 1;
    });
    assert_eq!((changed.signal, changed.hardware - changed.reference), (Signal::Sum, 1));
    assert_eq!((changed.sweep, changed.replica), (4, Some(15)));

    let mut events = setting.events();
    events.remove(nth(&events, 100));
    let (count, first, _) = setting.compare(events);
    assert!(count > 0 && matches!(first.expect("it is found").signal, Signal::Sum | Signal::SumOrder));

    let last = setting.only(|events| {
        let at = nth(events, 70 * 9 - 1);
        events.remove(at);
    });
    assert_eq!((last.signal, last.hardware, last.sweep), (Signal::SumOrder, -1, 13));

    let extra = setting.only(|events| {
        let last = events[nth(events, 70 * 9 - 1)].clone();
        events.push(last);
    });
    assert_eq!((extra.signal, extra.reference), (Signal::SumOrder, -1));
}

#[test]
fn a_missing_an_exchanged_and_an_extra_update_are_out_of_step() {
    let setting = setting();
    let (_, at) = setting.target();
    let missing = setting.only(|events| drop(events.remove(at)));
    assert_eq!((missing.signal, missing.sweep), (Signal::Order, 9));
    let exchanged = setting.only(|events| events.swap(at, at + 1));
    assert_eq!((exchanged.signal, exchanged.sweep), (Signal::Order, 9));
    let extra = setting.only(|events| events.push(events[at].clone()));
    assert_eq!((extra.signal, extra.reference), (Signal::Order, -1));
    let cut = setting.only(|events| events.truncate(at));
    assert_eq!((cut.signal, cut.hardware), (Signal::Order, -1));
}

#[test]
fn a_wrong_flag_and_a_wrong_swap_are_reported() {
    let setting = setting();
    let (_, at) = setting.target();
    let mut events = setting.events();
    update(&mut events, at).retained = false;
    let (_, first, _) = setting.compare(events);
    let first = first.expect("it is found");
    assert_eq!((first.signal, first.reference, first.hardware), (Signal::Retained, 1, 0));

    let unseen = setting.only(|events| events.retain(|e| !matches!(e, Event::Swap { .. })));
    assert_eq!((unseen.signal, unseen.sweep), (Signal::Swap, 5));
    let unexpected = setting.only(|events| events.push(Event::Swap { cycle: 1 }));
    assert_eq!(unexpected.signal, Signal::Swap);
}

/// Spins of an addressed machine come word by word: each is compared, a wrong one is reported with its replica, a missing word too.
#[test]
fn words_of_spins_are_compared() {
    let setting = Setting::on(common::sparse::small_addressed().swap_remove(0));
    let (p_bits, replicas) = (setting.map.p_bits() as u64, setting.machine.replicas() as u64);
    let (divergences, first, counts) = setting.compare(setting.events());
    assert_eq!((divergences, first), (0, None));
    assert_eq!(counts.spins, p_bits * replicas * 14);
    assert_eq!((counts.updates, counts.draws), (p_bits * replicas * 13, counts.spins));
    let p_bit = PBitId(9);
    let place = setting.map.place(p_bit);
    let is = |e: &Event| matches!(e, Event::Word(w) if (u32::from(w.lane), u32::from(w.slot)) == (place.lane, place.slot));
    // The third one: the start's, the first sweep's, the second's.
    let at = setting.events().iter().enumerate().filter(|(_, e)| is(e)).nth(2).expect("it is written").0;
    let first = setting.only(|events| {
        let Event::Word(word) = &mut events[at] else { unreachable!("it was found as one") };
        word.spins ^= 1 << 3;
    });
    assert_eq!((first.signal, first.sweep, first.p_bit), (Signal::Spin, 2, Some(9)));
    assert_eq!((first.replica, first.lane, first.slot), (Some(3), Some(place.lane), Some(place.slot)));
    let mut events = setting.events();
    events.remove(at);
    let (divergences, first, _) = setting.compare(events);
    assert_eq!((divergences > 0, first.expect("it is counted").signal), (true, Signal::WordOrder));
}
