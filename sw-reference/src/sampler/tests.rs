//! What the contract says about runs, as properties.

use super::*;
use crate::image::RandomContents;
use crate::layout::BankLayout;
use crate::testing::any_machine;
use proptest::prelude::*;
use spinwright_contract::{Readout, Start};

/// Everything that a run shows.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Log {
    pub(super) starts: Vec<StartUpdate>,
    pub(super) updates: Vec<Update>,
    /// Blocks and sweeps after which swaps took effect.
    pub(super) swaps: Vec<(usize, u64)>,
}

impl Observer for Log {
    fn start(&mut self, update: &StartUpdate) {
        self.starts.push(*update);
    }
    fn update(&mut self, update: &Update) {
        self.updates.push(*update);
    }
    fn swapped(&mut self, block: usize, after_sweep: u64) {
        self.swaps.push((block, after_sweep));
    }
}

impl Log {
    fn draws(&self) -> Vec<u32> {
        self.starts.iter().filter_map(|s| s.draw).chain(self.updates.iter().map(|u| u.draw)).collect()
    }
}

fn image(config: &ValidConfig, seed: u64, burn_in: u32, retained: u32, readout: Readout) -> BankImage {
    let schedule = Schedule { burn_in, retained, readout };
    let schedules = vec![schedule; config.block_count()];
    let recipe = RandomContents { schedules, bias_sets: 2, ..RandomContents::new(config, seed) };
    BankLayout::place(config, recipe.generate(config)).unwrap().into_image()
}

pub(super) fn random_spins(seed: u64, count: usize) -> Vec<bool> {
    let mut random = crate::stream::SplitMix64::new(seed);
    (0..count).map(|_| random.next_word() & 1 == 1).collect()
}

pub(super) fn clamps(seed: u64, config: &ValidConfig) -> Vec<Option<bool>> {
    let (mask, value) =
        (random_spins(seed, config.total_p_bits()), random_spins(!seed, config.total_p_bits()));
    mask.iter().zip(value).map(|(&clamped, up)| clamped.then_some(up)).collect()
}

/// A sampler with random inputs, clamps and table selects.
fn sampler<'a>(config: &'a ValidConfig, image: &'a BankImage, seed: u64) -> Sampler<'a> {
    let mut sampler = Sampler::new(config, image, (seed % 2) as usize).unwrap();
    sampler.seed(seed);
    sampler.set_inputs(&random_spins(seed ^ 1, config.inputs()));
    sampler.set_clamp(&clamps(seed ^ 2, config));
    let select: Vec<usize> =
        (0..config.replicas()).map(|r| (r + seed as usize % 7) % config.tables()).collect();
    sampler.set_table_select(&select);
    sampler
}

fn log(sampler: &mut Sampler, start: Start) -> (Log, Outcome) {
    let mut log = Log::default();
    let outcome = sampler.run(&Run::from(start), &mut log).unwrap();
    (log, outcome)
}

const READOUTS: [Readout; 2] = [Readout::Spin, Readout::Field];

proptest! {
    /// Every observed update again, from the observed spins alone and the formulas of sections 3, 4 and 7.
    #[test]
    fn updates_follow_the_formulas(config in any_machine(), seed in any::<u64>(), field in any::<bool>()) {
        let image = image(&config, seed, 1, 2, READOUTS[usize::from(field)]);
        let mut sampler = sampler(&config, &image, seed);
        let (log, outcome) = log(&mut sampler, Start::Random);
        let (contents, h) = (image.contents(), config.p_bits(Color::Hidden));
        let c = &contents.blocks[0];
        let inputs: Vec<i64> = random_spins(seed ^ 1, config.inputs()).iter().map(|&up| if up { 1 } else { -1 }).collect();
        let clamp = clamps(seed ^ 2, &config);
        let mut s = vec![vec![0i64; config.total_p_bits()]; config.replicas()];
        for start in &log.starts {
            let up = clamp[start.p_bit.0 as usize].unwrap_or(start.draw.unwrap() < 1 << (config.draw_bits() - 1));
            prop_assert_eq!(start.spin, up);
            s[start.replica][start.p_bit.0 as usize] = if up { 1 } else { -1 };
        }
        let mut sums = vec![0i64; config.p_bits(Color::Output)];
        for u in &log.updates {
            let (id, spins) = (u.p_bit.0 as usize, &s[u.replica]);
            let shifts = config.shifts(u.color);
            let (mut input, mut coupling) = (0i64, 0i64);
            if u.color == Color::Hidden {
                (0..inputs.len()).for_each(|i| input += i64::from(c.k1.at(id, i)) * inputs[i]);
                (h..spins.len()).for_each(|n| coupling += i64::from(c.k2.at(n - h, id)) * spins[n]);
            } else {
                (0..inputs.len()).for_each(|i| input += c.k3.as_ref().map_or(0, |k| i64::from(k.at(id - h, i)) * inputs[i]));
                (0..h).for_each(|j| coupling += i64::from(c.k2.at(id - h, j)) * spins[j]);
            }
            let biases: Vec<i16> = contents.bias_sets[(seed % 2) as usize].raw[0].concat();
            let bias = i64::from(biases[id]);
            let exact = bias * (1 << shifts.bias) + input * (1 << shifts.input) + coupling * (1 << shifts.coupling);
            let max = i64::from(config.field_max());
            prop_assert_eq!(i64::from(u.field), exact.min(max).max(-max));
            let table = &c.tables[u.color.index()][(u.replica + seed as usize % 7) % config.tables()];
            let index = (u.field & ((1 << config.field_bits()) - 1)) as usize;
            prop_assert_eq!(u.spin, clamp[id].unwrap_or(u.draw < table.thresholds[index]));
            s[u.replica][id] = if u.spin { 1 } else { -1 };
            if u.color == Color::Output && u.sweep > 1 {
                sums[id - h] += if field { i64::from(u.field) } else { s[u.replica][id] };
                prop_assert_eq!(u.sum.map(i64::from), Some(sums[id - h]));
            } else {
                prop_assert_eq!(u.sum, None);
            }
        }
        prop_assert_eq!(outcome.sums.iter().map(|&v| i64::from(v)).collect::<Vec<_>>(), sums);
    }

    /// Updates come in the order of issue, and every p-bit exactly once per sweep and replica.
    #[test]
    fn order_of_issue(config in any_machine(), seed in any::<u64>()) {
        let image = image(&config, seed, 0, 2, Readout::Spin);
        let (log, outcome) = log(&mut sampler(&config, &image, seed), Start::Random);
        let key = |u: &Update| {
            let place = config.placement().place(u.p_bit);
            (u.sweep, place.slot, u.replica, place.lane)
        };
        prop_assert!(log.updates.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
        prop_assert_eq!(log.updates.len(), 2 * config.replicas() * config.total_p_bits());
        prop_assert_eq!(outcome.draws, config.draws_per_run(2, true));
    }

    #[test]
    fn clamps_never_shift_a_stream(config in any_machine(), seed in any::<u64>()) {
        let image = image(&config, seed, 1, 2, Readout::Spin);
        let (mut clamped, mut free) = (sampler(&config, &image, seed), sampler(&config, &image, seed));
        free.set_clamp(&vec![None; config.total_p_bits()]);
        let (a, b) = (log(&mut clamped, Start::Random).0, log(&mut free, Start::Random).0);
        prop_assert_eq!(a.draws(), b.draws());
        prop_assert_eq!(clamped.streams(), free.streams());
        let values = clamps(seed ^ 2, &config);
        prop_assert!(a.updates.iter().all(|u| values[u.p_bit.0 as usize].is_none_or(|up| u.spin == up)));
    }

    /// Image k of a batch is the same whether its predecessors ran or were jumped over.
    #[test]
    fn batch_position(config in any_machine(), seed in any::<u64>(), k in 0u64..4, random in any::<bool>()) {
        let image = image(&config, seed, 1, 2, Readout::Spin);
        let start = if random { Start::Random } else { Start::Host };
        let (mut stepped, mut jumped) = (sampler(&config, &image, seed), sampler(&config, &image, seed));
        let zeros = vec![false; config.total_p_bits()];
        let expected = (0..=k).map(|_| {
            (0..config.replicas()).for_each(|r| stepped.set_spins(r, &zeros));
            log(&mut stepped, start)
        }).last().unwrap();
        let mut streams = LaneStreams::of(&config, seed);
        streams.advance(u128::from(k) * u128::from(config.draws_per_run(3, random)));
        jumped.set_streams(streams);
        prop_assert_eq!(log(&mut jumped, start), expected);
    }

    /// A replica sees only its own spins: other start spins in one replica change no other one.
    #[test]
    fn replicas_are_independent(config in any_machine(), seed in any::<u64>()) {
        let image = image(&config, seed, 0, 3, Readout::Spin);
        let (mut a, mut b) = (sampler(&config, &image, seed), sampler(&config, &image, seed));
        let changed = config.replicas() - 1;
        b.set_spins(changed, &vec![true; config.total_p_bits()]);
        let (a, b) = (log(&mut a, Start::Host).0, log(&mut b, Start::Host).0);
        for (x, y) in a.updates.iter().zip(&b.updates).filter(|(x, _)| x.replica != changed) {
            prop_assert_eq!((x.field, x.draw, x.spin), (y.field, y.draw, y.spin));
        }
    }

    /// A table select reads the table that it names: the same as an image whose tables are all that one.
    #[test]
    fn table_selects(config in any_machine(), seed in any::<u64>()) {
        let image = image(&config, seed, 0, 2, Readout::Spin);
        let table = config.tables() - 1;
        let mut contents = image.contents().clone();
        for tables in &mut contents.blocks[0].tables {
            let chosen = tables[table].clone();
            tables.fill(chosen);
        }
        let uniform = BankLayout::place(&config, contents).unwrap().into_image();
        let (mut selected, mut plain) = (sampler(&config, &image, seed), sampler(&config, &uniform, seed));
        selected.set_table_select(&vec![table; config.replicas()]);
        prop_assert_eq!(log(&mut selected, Start::Random), log(&mut plain, Start::Random));
    }

    /// A stop after sweep n leaves what a schedule of n sweeps leaves.
    #[test]
    fn stop_is_a_shorter_schedule(config in any_machine(), seed in any::<u64>(), n in 1u64..6, field in any::<bool>()) {
        let image = image(&config, seed, 2, 4, READOUTS[usize::from(field)]);
        let mut stopped = sampler(&config, &image, seed);
        let run = Run { stop_after: Some(n), ..Run::from(Start::Random) };
        let outcome = stopped.run(&run, &mut Silent).unwrap();
        prop_assert_eq!((outcome.sweeps, outcome.stopped), (n, true));
        prop_assert_eq!(u64::from(outcome.retained), n.saturating_sub(2));
        if n > 2 {
            let mut shorter = sampler(&config, &image, seed);
            shorter.set_schedule(0, Schedule { retained: n as u32 - 2, ..image.schedules()[0] }).unwrap();
            let expected = log(&mut shorter, Start::Random).1;
            prop_assert_eq!(Outcome { stopped: false, ..outcome }, expected);
        } else {
            prop_assert!(outcome.sums.iter().all(|&sum| sum == 0));
        }
    }

    /// Before a swap nothing differs; from it on the trace is a run of the new image that keeps spins and streams.
    #[test]
    fn swap_at_a_sweep_boundary(config in any_machine(), seed in any::<u64>(), after in 1u64..4) {
        let old = image(&config, seed, 1, 4, Readout::Spin);
        let new = image(&config, !seed, 1, 2, Readout::Field);
        let mut swapping = sampler(&config, &old, seed);
        let run = Run { swaps: vec![Swap { after_sweep: after, image: &new, bias_set: 1 }], ..Run::from(Start::Random) };
        let mut seen = Log::default();
        let outcome = swapping.run(&run, &mut seen).unwrap();

        let mut first = sampler(&config, &old, seed);
        let mut before = Log::default();
        first.run(&Run { stop_after: Some(after), ..Run::from(Start::Random) }, &mut before).unwrap();
        first.set_bank(&new, 1).unwrap();
        let (mut later, expected) = log(&mut first, Start::Keep);
        later.updates.iter_mut().for_each(|u| u.sweep += after);
        before.updates.extend(later.updates);
        prop_assert_eq!(seen.updates, before.updates);
        prop_assert_eq!(&outcome.sums, &expected.sums);
        prop_assert_eq!(outcome.signs, expected.signs);
        prop_assert_eq!(outcome.sweeps, after + 3);
        prop_assert_eq!(swapping.streams(), first.streams());
    }

    /// A swap that the end of the run overtakes acts in the idle machine: results are the old bank's, the next run the new's.
    #[test]
    fn swap_after_the_end(config in any_machine(), seed in any::<u64>()) {
        let (old, new) = (image(&config, seed, 1, 2, Readout::Spin), image(&config, !seed, 0, 1, Readout::Spin));
        let (mut swapping, mut plain) = (sampler(&config, &old, seed), sampler(&config, &old, seed));
        let run = Run { swaps: vec![Swap { after_sweep: 3, image: &new, bias_set: 0 }], ..Run::from(Start::Random) };
        prop_assert_eq!(swapping.run(&run, &mut Silent).unwrap(), log(&mut plain, Start::Random).1);
        plain.set_bank(&new, 0).unwrap();
        prop_assert_eq!(log(&mut swapping, Start::Keep), log(&mut plain, Start::Keep));
    }
}

/// Ties: the last value decides, and a field of 0 counts as up.
#[test]
fn ties_are_decided_by_the_last_value() {
    let config = crate::testing::machine("ties").validate().unwrap();
    let mut contents = RandomContents::new(&config, 5).generate(&config);
    let block = &mut contents.blocks[0];
    block.k1.raw.fill(0);
    block.k2.raw.fill(0);
    contents.bias_sets[0].raw[0].iter_mut().for_each(|raw| raw.fill(0));
    block.schedule = Schedule { burn_in: 0, retained: 2, readout: Readout::Spin };
    let mut field = contents.clone();
    field.blocks[0].schedule.readout = Readout::Field;
    let spin = BankLayout::place(&config, contents).unwrap().into_image();
    let field = BankLayout::place(&config, field).unwrap().into_image();
    let (mut ties, mut down) = (0, 0);
    for seed in 0..50 {
        let mut sampler = Sampler::new(&config, &spin, 0).unwrap();
        sampler.seed(seed);
        let outcome = log(&mut sampler, Start::Random).1;
        for (n, (&sum, &sign)) in outcome.sums.iter().zip(&outcome.signs).enumerate() {
            let last = outcome.spins[2][7 + n];
            assert_eq!(sign, if sum == 0 { last } else { sum > 0 });
            ties += u32::from(sum == 0);
            down += u32::from(sum == 0 && !last);
        }
        let mut sampler = Sampler::new(&config, &field, 0).unwrap();
        sampler.seed(seed);
        assert!(log(&mut sampler, Start::Random).1.signs.iter().all(|&sign| sign));
    }
    assert!(ties > 20 && down > 5 && down < ties, "{ties} ties, {down} of them down");
}

#[test]
fn wrong_images_are_refused() {
    let config = crate::testing::machine("right").validate().unwrap();
    let mut other = crate::testing::machine("wrong");
    other.replicas = 2;
    let other = other.validate().unwrap();
    let image = image(&config, 1, 0, 1, Readout::Spin);
    let refused = |result: Result<Sampler, Problem>| result.err().unwrap();
    let messages = [refused(Sampler::new(&other, &image, 0)), refused(Sampler::new(&config, &image, 2))];
    insta::assert_snapshot!("wrong_images", messages.map(|message| message.to_string()).join("\n"));
}
