//! Every path of the fast sampler against the naive one: spins, fields, draws, sums, signs, last states.

mod fast_naive;

use fast_naive::{Case, Cases, Inputs, Limits};
use spinwright_reference::fast::{
    Batch, BatchInputs, BatchSampler, BatchStart, Path, RawLinear, RawModel, SpinRows, Step,
};

/// Runs a case on every path of this processor and compares everything.
fn compare(case: &Case) -> usize {
    let (result, mut steps) = fast_naive::run::run(case);
    for path in Path::available() {
        let sampler = BatchSampler::new(&case.config, &case.model, path).expect("a model of the machine");
        let at = || format!("{path:?} runs {:?} on {:?}", sampler.path(), case.config.config());
        assert_eq!(sampler.run(&case.batch()).expect("a batch of the machine"), result, "{}", at());
        let mut seen: Vec<Step> = Vec::new();
        let observed = sampler.run_observed(&case.batch(), &mut |step| seen.push(step));
        assert_eq!(observed.expect("a batch of the machine"), result, "{}", at());
        let order = |step: &Step| (step.image, step.block, step.sweep, step.color, step.replica);
        seen.sort_by_key(order);
        steps.sort_by_key(order);
        for (seen, expected) in seen.iter().zip(&steps) {
            assert_eq!(seen, expected, "{}", at());
        }
        assert_eq!(seen.len(), steps.len());
    }
    steps.iter().filter(|step| step.sweep > 0).map(|step| step.spins.len()).sum()
}

/// Compares `count` cases and says what was compared.
fn compare_many(name: &str, seed: u64, count: usize, limits: &Limits) {
    let mut cases = Cases::new(seed);
    let updates: usize = (0..count).map(|_| compare(&Case::draw(&mut cases, limits))).sum();
    let paths: Vec<&str> = Path::available().iter().map(|path| path.name()).collect();
    println!("{name}: {count} machines, {updates} updates, each on: {}", paths.join(", "));
    assert!(updates > 10_000, "enough was compared");
}

#[test]
fn small_machines_of_every_kind() {
    compare_many(
        "any width",
        1,
        150,
        &Limits { largest: 20, images: 40, weight_bits: (2, 16), shift: 8, planes: false },
    );
}

#[test]
fn byte_weights() {
    compare_many(
        "bytes",
        2,
        60,
        &Limits { largest: 40, images: 70, weight_bits: (2, 8), shift: 6, planes: false },
    );
}

#[test]
fn word_weights() {
    compare_many(
        "words",
        3,
        40,
        &Limits { largest: 40, images: 33, weight_bits: (9, 16), shift: 3, planes: false },
    );
}

#[test]
fn planes_of_every_kind() {
    let limits = Limits { largest: 24, images: 36, weight_bits: (2, 16), shift: 8, planes: true };
    compare_many("planes", 11, 90, &limits);
}

#[test]
fn planes_of_byte_weights() {
    let limits = Limits { largest: 60, images: 40, weight_bits: (2, 8), shift: 6, planes: true };
    compare_many("planes, bytes", 12, 60, &limits);
}

/// Planes with enough channels for whole groups of tiles.
#[test]
fn planes_of_many_channels() {
    let limits = Limits { largest: 300, images: 3, weight_bits: (2, 8), shift: 2, planes: true };
    compare_many("planes, many channels", 13, 16, &limits);
}

#[test]
fn large_machines() {
    compare_many(
        "large",
        4,
        4,
        &Limits { largest: 300, images: 33, weight_bits: (8, 8), shift: 1, planes: false },
    );
}

/// Planes with weights of 16 bits and the largest shifts.
#[test]
fn planes_with_fields_beyond_32_bits() {
    let limits = Limits { largest: 200, images: 2, weight_bits: (16, 16), shift: 8, planes: true };
    let mut cases = Cases::new(14);
    let mut wide = 0;
    while wide < 3 {
        let case = Case::draw(&mut cases, &limits);
        let bits = spinwright_contract::Color::ALL.map(|color| case.config.exact_field_bits(color));
        if bits.iter().any(|&bits| bits > 32) {
            compare(&case);
            wide += 1;
        }
    }
}

/// Weights of 16 bits on many inputs with the largest shifts: exact fields beyond 32 bits.
#[test]
fn fields_beyond_32_bits() {
    let limits = Limits { largest: 2000, images: 2, weight_bits: (16, 16), shift: 8, planes: false };
    let mut cases = Cases::new(5);
    let mut wide = 0;
    while wide < 2 {
        let case = Case::draw(&mut cases, &limits);
        let bits = spinwright_contract::Color::ALL.map(|color| case.config.exact_field_bits(color));
        if bits.iter().any(|&bits| bits > 32) {
            compare(&case);
            wide += 1;
        }
    }
}

/// The same bytes for any number of threads, and for a batch cut anywhere.
#[test]
fn threads_and_cuts_change_nothing() {
    let mut cases = Cases::new(6);
    for planes in [false, true, false, true, true] {
        let limits = Limits { largest: 30, images: 400, weight_bits: (8, 8), shift: 2, planes };
        let mut case = Case::draw(&mut cases, &limits);
        case.host = None;
        let sampler =
            BatchSampler::new(&case.config, &case.model, Path::Auto).expect("a model of the machine");
        let batch = case.batch();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool");
            pool.install(|| sampler.run(&batch)).expect("a batch of the machine")
        };
        let one = run(1);
        for threads in [2, 3, 8] {
            assert_eq!(run(threads), one, "{threads} threads");
        }
        let cut = case.images() / 3;
        let part = |range: std::ops::Range<usize>| {
            let first_image = batch.first_image + range.start as u64;
            let inputs = case.part(range);
            sampler
                .run(&Batch { inputs: inputs.batch(), first_image, ..batch })
                .expect("a batch of the machine")
        };
        let (first, second) = (part(0..cut), part(cut..case.images()));
        assert_eq!([first.sums, second.sums].concat(), one.sums);
        assert_eq!([first.scores, second.scores].concat(), one.scores);
        let signs: Vec<Vec<bool>> = [&first.signs, &second.signs]
            .iter()
            .flat_map(|rows| (0..rows.rows()).map(|row| rows.row(row).collect()))
            .collect();
        assert_eq!(
            signs,
            (0..one.signs.rows()).map(|row| one.signs.row(row).collect::<Vec<_>>()).collect::<Vec<_>>()
        );
    }
}

/// Start `keep`: each image starts from what the one before it left.
#[test]
fn keep_goes_on_from_image_to_image() {
    let mut cases = Cases::new(7);
    let mut planes = 0;
    while planes < 6 {
        let limits =
            Limits { largest: 20, images: 5, weight_bits: (6, 8), shift: 1, planes: planes % 2 == 1 };
        let mut case = Case::draw(&mut cases, &limits);
        if case.config.block_count() > 1 {
            continue;
        }
        planes += 1;
        let first = SpinRows::down(case.config.total_p_bits(), case.config.replicas());
        let parts: Vec<Inputs> = (0..case.images()).map(|image| case.part(image..image + 1)).collect();
        let first_image = case.first_image;
        let sampler =
            BatchSampler::new(&case.config, &case.model, Path::Auto).expect("a model of the machine");
        let mut batch = case.batch();
        batch.start = BatchStart::Keep(&first);
        let kept = sampler.run(&batch).expect("a batch of the machine");
        case.host = Some(first);
        let outputs = case.config.block().output.p_bits();
        for (image, part) in parts.into_iter().enumerate() {
            case.inputs = part;
            case.first_image = first_image + image as u64;
            let (result, _) = fast_naive::run::run(&case);
            assert_eq!(result.sums, kept.sums[image * outputs..][..outputs], "image {image}");
            case.host = Some(result.states);
        }
    }
}

/// What cannot run is refused with the four parts of a problem.
#[test]
fn misfits_are_refused() {
    let mut cases = Cases::new(8);
    let case = Case::draw(
        &mut cases,
        &Limits { largest: 10, images: 3, weight_bits: (4, 4), shift: 0, planes: false },
    );
    let sampler = BatchSampler::new(&case.config, &case.model, Path::Auto).expect("a model of the machine");
    let wrong_inputs = SpinRows::down(case.config.inputs() + 1, 1);
    let problem = sampler.run(&Batch { inputs: BatchInputs::Spins(&wrong_inputs), ..case.batch() });
    assert_eq!(problem.expect_err("too many inputs").what, "the inputs are not the machine's");
    let pictures = sampler.run(&Batch { inputs: BatchInputs::Pictures(&[0; 9]), ..case.batch() });
    assert_eq!(pictures.expect_err("no encoder").what, "the inputs are not the machine's");
    let mut schedules = case.schedules.clone();
    schedules[0].retained = case.config.max_sweeps() + 1;
    let long = Batch { schedules: &schedules, ..case.batch() };
    let none = sampler.run(&Batch { schedules: &[], ..case.batch() });
    assert_eq!(none.expect_err("no schedule").what, "there must be one schedule per block");
    assert_eq!(sampler.run(&long).expect_err("too long").what, "the schedule does not fit the machine");
    let mut select = case.batch();
    let tables = vec![case.config.tables(); case.config.replicas()];
    select.table_select = &tables;
    assert_eq!(
        sampler.run(&select).expect_err("no such table").what,
        "the table selects are not the machine's"
    );
    let mut heavy = case.model.clone();
    heavy.blocks[0].k1[0] = case.config.weight_max() as i16 + 1;
    let problem = BatchSampler::new(&case.config, &heavy, Path::Auto).err().expect("too heavy");
    assert_eq!(problem.what, "a raw value does not fit the machine");
    let mut extra = case.model.clone();
    extra.decoder = Some(RawLinear { weights: Vec::new(), biases: Vec::new() });
    let problem = BatchSampler::new(&case.config, &extra, Path::Auto).err().expect("no such decoder");
    assert_eq!(problem.what, "the model's decoder is not the machine's");
    let problem = BatchSampler::new(
        &case.config,
        &RawModel { blocks: Vec::new(), encoder: None, decoder: None },
        Path::Auto,
    );
    assert_eq!(problem.err().expect("no blocks").what, "the model does not have the machine's blocks");
}
