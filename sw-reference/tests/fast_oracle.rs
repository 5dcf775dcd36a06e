//! The fast sampler against the scalar bit-exact sampler, which runs bank images one update at a time and one image after
//! the other, its streams never set back.

#[expect(dead_code, reason = "only its cases are needed here, its runs are in fast_paths.rs")]
mod fast_naive;

use fast_naive::{Case, Cases, Limits};
use spinwright_contract::{Color, Start};
use spinwright_reference::evaluate::raw_model;
use spinwright_reference::fast::{BatchSampler, BatchStart, Path, Step};
use spinwright_reference::image::{BankImage, RandomContents};
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::{Observer, Outcome, Run, Sampler, StartUpdate, Update};

/// Collects the scalar sampler's updates as steps. They arrive slot by slot, replicas within: in p-bit order per replica.
struct Collector {
    image: usize,
    replicas: usize,
    open: Vec<Step>,
    steps: Vec<Step>,
}

impl Collector {
    fn step(&mut self, sweep: u64, color: Color, replica: usize) -> &mut Step {
        if self.open.is_empty() {
            let step = |replica| Step {
                image: self.image,
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
        let step = self.step(0, update.color, update.replica);
        step.spins.push(update.spin);
        step.draws.extend(update.draw);
    }

    fn update(&mut self, update: &Update) {
        let step = self.step(update.sweep, update.color, update.replica);
        step.spins.push(update.spin);
        step.fields.push(update.field);
        step.draws.push(update.draw);
        step.sums.extend(update.sum);
    }

    fn color_done(&mut self, _sweep: u64, _color: Color) {
        self.steps.append(&mut self.open);
    }
}

/// Runs the case's images through the scalar sampler, one after the other.
fn scalar(case: &Case, image: &BankImage, seed: u64) -> (Vec<Outcome>, Vec<Step>) {
    let mut sampler = Sampler::new(&case.config, image, 0).expect("an image of the machine");
    sampler.seed(seed);
    sampler.set_schedule(case.schedule).expect("a schedule of the machine");
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
    for index in 0..case.inputs.rows() {
        sampler.set_inputs(&case.inputs.row(index).collect::<Vec<_>>());
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

#[test]
fn every_path_is_the_scalar_sampler() {
    let mut cases = Cases::new(9);
    let (mut updates, mut machines) = (0, 0);
    for limits in [
        Limits { largest: 24, images: 36, weight_bits: (2, 16), shift: 8 },
        Limits { largest: 60, images: 36, weight_bits: (2, 8), shift: 6 },
        Limits { largest: 150, images: 5, weight_bits: (4, 12), shift: 2 },
    ] {
        for seed in 0..12 {
            let mut case = Case::draw(&mut cases, &limits);
            let contents = RandomContents::new(&case.config, seed).generate(&case.config);
            let image =
                BankLayout::place(&case.config, contents).expect("contents of the machine").into_image();
            case.model = raw_model(image.contents(), 0, &case.config);
            case.streams = spinwright_reference::stream::LaneStreams::of(&case.config, seed);
            case.first_image = 0;
            let (outcomes, steps) = scalar(&case, &image, seed);
            for path in Path::available() {
                let sampler =
                    BatchSampler::new(&case.config, &case.model, path).expect("a model of the machine");
                let mut seen = Vec::new();
                let result =
                    sampler.run_observed(&case.batch(), &mut |step| seen.push(step)).expect("a batch");
                assert_eq!(sampler.run(&case.batch()).expect("a batch"), result);
                seen.sort_by_key(|step| (step.image, step.sweep, step.color, step.replica));
                assert_eq!(seen.len(), steps.len());
                for (seen, expected) in seen.iter().zip(&steps) {
                    assert_eq!(seen, expected, "{path:?} on {:?}", case.config.config());
                }
                let outputs = case.config.p_bits(Color::Output);
                for (index, outcome) in outcomes.iter().enumerate() {
                    assert_eq!(result.sums[index * outputs..][..outputs], outcome.sums);
                    assert_eq!(result.signs.row(index).collect::<Vec<_>>(), outcome.signs);
                    assert_eq!(result.draws_per_image, outcome.draws);
                    for (replica, spins) in outcome.spins.iter().enumerate() {
                        let row = index * outcome.spins.len() + replica;
                        assert_eq!(&result.states.row(row).collect::<Vec<_>>(), spins);
                    }
                }
            }
            machines += 1;
            updates += steps.iter().filter(|step| step.sweep > 0).map(|step| step.spins.len()).sum::<usize>();
        }
    }
    let paths: Vec<&str> = Path::available().iter().map(|path| path.name()).collect();
    println!("scalar sampler: {machines} machines, {updates} updates, each on: {}", paths.join(", "));
    assert!(updates > 100_000, "enough was compared");
}

/// Start `keep` is what the scalar sampler does when its runs follow one another.
#[test]
fn keep_follows_the_scalar_sampler() {
    let mut cases = Cases::new(10);
    let case = Case::draw(&mut cases, &Limits { largest: 30, images: 6, weight_bits: (8, 8), shift: 1 });
    let contents = RandomContents::new(&case.config, 3).generate(&case.config);
    let image = BankLayout::place(&case.config, contents).expect("contents of the machine").into_image();
    let model = raw_model(image.contents(), 0, &case.config);
    let streams = spinwright_reference::stream::LaneStreams::of(&case.config, 3);
    let first =
        spinwright_reference::fast::SpinRows::down(case.config.total_p_bits(), case.config.replicas());
    let mut batch = case.batch();
    (batch.start, batch.first_image, batch.streams) = (BatchStart::Keep(&first), 0, &streams);
    (batch.clamps, batch.table_select) = (None, &[]);
    let fast = BatchSampler::new(&case.config, &model, Path::Auto).expect("a model of the machine");
    let result = fast.run(&batch).expect("a batch");
    let mut sampler = Sampler::new(&case.config, &image, 0).expect("an image of the machine");
    sampler.seed(3);
    sampler.set_schedule(case.schedule).expect("a schedule of the machine");
    let outputs = case.config.p_bits(Color::Output);
    for index in 0..case.inputs.rows() {
        sampler.set_inputs(&case.inputs.row(index).collect::<Vec<_>>());
        let outcome =
            sampler.run(&Run::from(Start::Keep), &mut spinwright_reference::sampler::Silent).expect("a run");
        assert_eq!(result.sums[index * outputs..][..outputs], outcome.sums, "image {index}");
    }
}
