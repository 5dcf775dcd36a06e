//! The fast sampler against the scalar bit-exact sampler, which runs bank images one update at a time and one image after
//! the other, its streams never set back.

#[expect(dead_code, reason = "only its cases are needed here, its runs are in fast_paths.rs")]
mod fast_naive;

use fast_naive::{Case, Cases, Inputs, Limits};
use spinwright_contract::{Color, Start};
use spinwright_reference::evaluate::raw_model;
use spinwright_reference::fast::{BatchResult, BatchSampler, BatchStart, Path, SpinRows, Step};
use spinwright_reference::image::{BankImage, RandomContents};
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::{Observer, Outcome, Run, Sampler, Silent, StartUpdate, Update};
use spinwright_reference::stream::LaneStreams;

/// Collects the scalar sampler's updates as steps. They arrive slot by slot, replicas within: in p-bit order per replica.
struct Collector {
    image: usize,
    replicas: usize,
    open: Vec<Step>,
    steps: Vec<Step>,
}

impl Collector {
    fn step(&mut self, block: usize, sweep: u64, color: Color, replica: usize) -> &mut Step {
        if self.open.is_empty() {
            let step = |replica| Step {
                image: self.image,
                block,
                sweep: sweep as u32,
                color,
                replica,
                spins: Vec::new(),
                fields: Vec::new(),
                draws: Vec::new(),
                sums: Vec::new(),
            };
            self.open = (0..self.replicas).map(step).collect();
        }
        &mut self.open[replica]
    }
}

impl Observer for Collector {
    fn start(&mut self, update: &StartUpdate) {
        let step = self.step(update.block, 0, update.color, update.replica);
        step.spins.push(update.spin);
        step.draws.extend(update.draw);
    }

    fn update(&mut self, update: &Update) {
        let step = self.step(update.block, update.sweep, update.color, update.replica);
        step.spins.push(update.spin);
        step.fields.push(update.field);
        step.draws.push(update.draw);
        step.sums.extend(update.sum);
    }

    fn color_done(&mut self, _block: usize, _sweep: u64, _color: Color) {
        self.steps.append(&mut self.open);
    }
}

/// Shows one image of the case to the sampler.
fn show(sampler: &mut Sampler, case: &Case, image: usize) {
    match case.part(image..image + 1) {
        Inputs::Spins(rows) => sampler.set_inputs(&rows.row(0).collect::<Vec<_>>()),
        Inputs::Pictures(pixels) => sampler.set_picture(&pixels),
    }
}

/// Runs the case's images through the scalar sampler, one after the other.
fn scalar(case: &Case, image: &BankImage, seed: u64) -> (Vec<Outcome>, Vec<Step>) {
    let mut sampler = Sampler::new(&case.config, image, 0).expect("an image of the machine");
    sampler.seed(seed);
    sampler.set_schedules(&case.schedules).expect("schedules of the machine");
    if let Some(clamps) = &case.clamps {
        let clamp: Vec<Option<bool>> =
            clamps.mask.iter().zip(&clamps.value).map(|(&held, &value)| held.then_some(value)).collect();
        sampler.set_clamp(&clamp);
    }
    if !case.table_select.is_empty() {
        sampler.set_table_select(&case.table_select);
    }
    let (mut outcomes, mut steps) = (Vec::new(), Vec::new());
    let replicas = case.config.replicas();
    for index in 0..case.images() {
        show(&mut sampler, case, index);
        let start = match &case.host {
            None => Start::Random,
            Some(host) => {
                for replica in 0..replicas {
                    let row = if host.rows() == replicas { replica } else { index * replicas + replica };
                    sampler.set_spins(replica, &host.row(row).collect::<Vec<_>>());
                }
                Start::Host
            }
        };
        let mut collector = Collector { image: index, replicas, open: Vec::new(), steps: Vec::new() };
        outcomes.push(sampler.run(&Run::from(start), &mut collector).expect("a run"));
        steps.append(&mut collector.steps);
    }
    (outcomes, steps)
}

/// A case whose model is that of a random bank image.
fn with_image(cases: &mut Cases, limits: &Limits, seed: u64) -> (Case, BankImage) {
    let mut case = Case::draw(cases, limits);
    let contents = RandomContents::new(&case.config, seed).generate(&case.config);
    let image = BankLayout::place(&case.config, contents).expect("contents of the machine").into_image();
    case.model = raw_model(image.contents(), 0, &case.config);
    case.streams = LaneStreams::of(&case.config, seed);
    case.first_image = 0;
    (case, image)
}

/// Compares what the runs left behind.
fn compare_results(case: &Case, result: &BatchResult, outcomes: &[Outcome]) {
    let outputs = case.config.last_block().output.p_bits();
    let classes = case.config.decoder().map_or(0, |d| d.classes);
    for (index, outcome) in outcomes.iter().enumerate() {
        assert_eq!(result.sums[index * outputs..][..outputs], outcome.sums);
        assert_eq!(result.signs.row(index).collect::<Vec<_>>(), outcome.signs);
        assert_eq!(result.draws_per_image, outcome.draws);
        assert_eq!(result.scores[index * classes..][..classes], outcome.scores);
        assert_eq!(result.classes.get(index).copied(), outcome.class);
        for (replica, spins) in outcome.spins.iter().enumerate() {
            let row = index * outcome.spins.len() + replica;
            assert_eq!(&result.states.row(row).collect::<Vec<_>>(), spins);
        }
    }
}

/// Runs `count` machines on the scalar sampler and on every path.
fn compare_many(name: &str, cases: &mut Cases, count: u64, limits: &Limits) {
    let (mut updates, mut several, mut encoders, mut decoders) = (0, 0, 0, 0);
    for seed in 0..count {
        let (case, image) = with_image(cases, limits, seed);
        several += usize::from(case.config.block_count() > 1);
        encoders += usize::from(case.config.encoder().is_some());
        decoders += usize::from(case.config.decoder().is_some());
        let (outcomes, steps) = scalar(&case, &image, seed);
        for path in Path::available() {
            let sampler = BatchSampler::new(&case.config, &case.model, path).expect("a model of the machine");
            let mut seen = Vec::new();
            let result = sampler.run_observed(&case.batch(), &mut |step| seen.push(step)).expect("a batch");
            assert_eq!(sampler.run(&case.batch()).expect("a batch"), result);
            seen.sort_by_key(|step| (step.image, step.block, step.sweep, step.color, step.replica));
            assert_eq!(seen.len(), steps.len());
            for (seen, expected) in seen.iter().zip(&steps) {
                assert_eq!(seen, expected, "{path:?} on {:?}", case.config.config());
            }
            compare_results(&case, &result, &outcomes);
        }
        updates += steps.iter().filter(|step| step.sweep > 0).map(|step| step.spins.len()).sum::<usize>();
    }
    let paths: Vec<&str> = Path::available().iter().map(|path| path.name()).collect();
    println!(
        "{name}: {count} machines ({several} with several blocks, {encoders} with an encoder, {decoders} with a decoder), \
         {updates} updates of the scalar sampler, each on: {}",
        paths.join(", ")
    );
    assert!(updates > 30_000, "enough was compared");
    if limits.planes {
        assert!(several.min(encoders).min(decoders) > 1, "every kind of machine was compared");
    }
}

#[test]
fn every_path_is_the_scalar_sampler() {
    let mut cases = Cases::new(9);
    for limits in [
        Limits { largest: 24, images: 36, weight_bits: (2, 16), shift: 8, planes: false },
        Limits { largest: 60, images: 36, weight_bits: (2, 8), shift: 6, planes: false },
        Limits { largest: 150, images: 5, weight_bits: (4, 12), shift: 2, planes: false },
    ] {
        compare_many("dense", &mut cases, 12, &limits);
    }
}

#[test]
fn every_path_is_the_scalar_sampler_on_planes() {
    let mut cases = Cases::new(15);
    for limits in [
        Limits { largest: 24, images: 36, weight_bits: (2, 16), shift: 8, planes: true },
        Limits { largest: 60, images: 8, weight_bits: (2, 8), shift: 6, planes: true },
        Limits { largest: 200, images: 3, weight_bits: (2, 8), shift: 2, planes: true },
    ] {
        compare_many("planes", &mut cases, 12, &limits);
    }
}

/// Start `keep` is what the scalar sampler does when its runs follow one another.
#[test]
fn keep_follows_the_scalar_sampler() {
    let mut cases = Cases::new(10);
    let mut machines = 0;
    while machines < 4 {
        let planes = machines % 2 == 1;
        let limits = Limits { largest: 30, images: 6, weight_bits: (8, 8), shift: 1, planes };
        let (mut case, image) = with_image(&mut cases, &limits, 3);
        if case.config.block_count() > 1 {
            continue;
        }
        machines += 1;
        (case.clamps, case.table_select) = (None, Vec::new());
        let first = SpinRows::down(case.config.total_p_bits(), case.config.replicas());
        let mut batch = case.batch();
        batch.start = BatchStart::Keep(&first);
        let fast = BatchSampler::new(&case.config, &case.model, Path::Auto).expect("a model of the machine");
        let result = fast.run(&batch).expect("a batch");
        let mut sampler = Sampler::new(&case.config, &image, 0).expect("an image of the machine");
        sampler.seed(3);
        sampler.set_schedules(&case.schedules).expect("schedules of the machine");
        let outputs = case.config.last_block().output.p_bits();
        for index in 0..case.images() {
            show(&mut sampler, &case, index);
            let outcome = sampler.run(&Run::from(Start::Keep), &mut Silent).expect("a run");
            assert_eq!(result.sums[index * outputs..][..outputs], outcome.sums, "image {index}");
        }
    }
}
