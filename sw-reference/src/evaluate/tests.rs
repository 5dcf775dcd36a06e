//! The evaluation against the scalar sampler, picture by picture, and what does not change it.

use super::*;
use crate::image::{Encoder, PixelEncoder, RandomContents};
use crate::layout::BankLayout;
use crate::sampler::{Run, Sampler, Silent};
use crate::stream::LaneStreams;
use crate::stream::SplitMix64;
use crate::testing::{any_machine, conv_machine, machine};
use proptest::prelude::*;
use spinwright_contract::Readout;

fn image(config: &ValidConfig, seed: u64, schedule: Schedule) -> BankImage {
    let schedules = vec![schedule];
    let recipe =
        RandomContents { schedules, classifier: true, bias_sets: 2, ..RandomContents::new(config, seed) };
    let mut contents = recipe.generate(config);
    // Pictures of 5 x 4 pixels; the margin leaves 3 x 2.
    let encoder = PixelEncoder { threshold: 100, margin: 1, rows: 5, columns: 4 };
    contents.encoder = Some(Encoder::Host(encoder));
    BankLayout::place(config, contents).unwrap().into_image()
}

fn pictures(seed: u64, count: usize) -> Dataset {
    let mut random = SplitMix64::new(seed);
    Dataset {
        images: (0..20 * count).map(|_| random.next_word() as u8).collect(),
        labels: (0..count).map(|_| (random.next_word() % 10) as u8).collect(),
        rows: 5,
        cols: 4,
        classes: 10,
    }
}

fn options(image: &BankImage, seed: u64, config: &ValidConfig) -> Evaluation {
    Evaluation {
        start: [Start::Random, Start::Host, Start::Keep][seed as usize % 3],
        seed,
        bias_set: seed as usize / 3 % 2,
        table_select: (0..config.replicas()).map(|r| r % config.tables()).collect(),
        first_picture: seed % 5,
        ..Evaluation::of(image)
    }
}

/// The same, one picture after the other with the slow sampler.
fn oracle(config: &ValidConfig, image: &BankImage, data: &Dataset, o: &Evaluation) -> Score {
    let mut sampler = Sampler::new(config, image, o.bias_set).unwrap();
    let schedule = o.schedules[0];
    sampler.set_schedule(0, schedule).unwrap();
    sampler.set_table_select(&o.table_select);
    let encoder = image.contents().encoder.as_ref().unwrap();
    let decoder = image.contents().decoder.as_ref().unwrap();
    let sweeps = u64::from(schedule.burn_in + schedule.retained);
    let mut score = Score {
        pictures: data.len(),
        correct: 0,
        confusion: vec![vec![0; 10]; 10],
        classes: vec![],
        sums: vec![],
        sweeps: sweeps * config.replicas() as u64,
    };
    for k in 0..data.len() {
        let mut streams = LaneStreams::of(config, o.seed);
        let draws = config.draws_per_run(sweeps, o.start == Start::Random);
        streams.advance(u128::from(o.first_picture + k as u64) * u128::from(draws));
        sampler.set_streams(streams);
        sampler.set_inputs(&encoder.encode(data.image(k), config.inputs()));
        if o.start == Start::Host {
            (0..config.replicas()).for_each(|r| sampler.set_spins(r, &vec![false; config.total_p_bits()]));
        }
        let outcome = sampler.run(&Run::from(o.start), &mut Silent).unwrap();
        let class = decoder.classify(&outcome.signs);
        score.confusion[usize::from(data.labels[k])][class] += 1;
        score.correct += usize::from(class == usize::from(data.labels[k]));
        score.classes.push(class);
        score.sums.extend(outcome.sums);
    }
    score
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn equals_the_scalar_sampler(config in any_machine(), seed in any::<u64>(), field in any::<bool>(), count in 1usize..40) {
        prop_assume!(config.inputs() >= 6);
        let readout = if field { Readout::Field } else { Readout::Spin };
        let image = image(&config, seed, Schedule { burn_in: 1, retained: 2, readout });
        let (data, options) = (pictures(seed, count), options(&image, seed, &config));
        prop_assert_eq!(evaluate(&config, &image, &data, &options), Ok(oracle(&config, &image, &data, &options)));
    }
}

/// Two blocks between encoder and decoder: the classes are the sampler's own, picture by picture, for any number of threads, and on
/// a machine whose host decodes.
#[test]
fn pixels_in_class_out() {
    for host_decodes in [false, true] {
        let mut config = conv_machine("pictures");
        if host_decodes {
            config.decoder = None;
        }
        let config = config.validate().unwrap();
        let recipe = RandomContents { classifier: true, ..RandomContents::new(&config, 3) };
        let image = BankLayout::place(&config, recipe.generate(&config)).unwrap().into_image();
        let mut random = SplitMix64::new(4);
        let data = Dataset {
            images: (0..40 * 30).map(|_| (random.next_word() >> 56) as u8).collect(),
            labels: (0..30).map(|k| k % 3).collect(),
            rows: 8,
            cols: 5,
            classes: 3,
        };
        let options = Evaluation { first_picture: 2, seed: 9, ..Evaluation::of(&image) };
        let mut sampler = Sampler::new(&config, &image, 0).unwrap();
        let (mut classes, mut sums) = (Vec::new(), Vec::new());
        sampler.seed(9);
        for k in 0..32 {
            // Two pictures come before the first one.
            sampler.set_picture(data.image(usize::max(k, 2) - 2));
            let outcome = sampler.run(&Run::from(Start::Random), &mut Silent).unwrap();
            if k >= 2 {
                let decoder = image.contents().decoder.as_ref().unwrap();
                assert_eq!(outcome.class, (!host_decodes).then(|| decoder.classify(&outcome.signs)));
                classes.push(decoder.classify(&outcome.signs));
                sums.extend(outcome.sums);
            }
        }
        let score = evaluate_with(&Scalar, &config, &image, &data, &options).unwrap();
        assert_eq!((&score.classes, &score.sums), (&classes, &sums));
        assert_eq!((score.pictures, score.sweeps), (30, 2 * 3 * 4));
        let correct = classes.iter().zip(&data.labels).filter(|(c, l)| **c == usize::from(**l)).count();
        assert_eq!(score.correct, correct);
        assert_eq!(evaluate(&config, &image, &data, &options).unwrap(), score);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| evaluate(&config, &image, &data, &options).unwrap()), score);
        let host = Evaluation { start: Start::Host, ..options.clone() };
        assert!(evaluate(&config, &image, &data, &host).is_err());
        let short = Evaluation { schedules: image.schedules()[..1].to_vec(), ..options };
        assert!(evaluate(&config, &image, &data, &short).is_err());
    }
}

/// The scalar engine and the vectorized one, starts that depend on the picture before included.
#[test]
fn engines_agree() {
    let config = machine("engines").validate().unwrap();
    let image = image(&config, 5, Schedule { burn_in: 1, retained: 3, readout: Readout::Spin });
    let data = pictures(6, 20);
    for seed in 0..6 {
        let options = options(&image, seed, &config);
        let scalar = evaluate_with(&Scalar, &config, &image, &data, &options).unwrap();
        assert_eq!(evaluate_with(&Fast, &config, &image, &data, &options).unwrap(), scalar);
    }
}

#[test]
fn threads_and_batches_change_nothing() {
    let config = machine("threads").validate().unwrap();
    let image = image(&config, 8, Schedule { burn_in: 1, retained: 4, readout: Readout::Field });
    let data = pictures(9, 150);
    let options = Evaluation { seed: 42, ..Evaluation::of(&image) };
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| evaluate(&config, &image, &data, &options).unwrap())
    };
    let whole = with_threads(1);
    assert_eq!((whole.pictures, whole.sweeps, whole.sums.len()), (150, 15, 150 * 5));
    assert_eq!(whole.confusion.iter().flatten().sum::<u64>(), 150);
    assert!((whole.accuracy() - whole.correct as f64 / 150.0).abs() < 1e-12);
    assert_eq!(with_threads(2), whole);
    assert_eq!(with_threads(7), whole);
    let part = |from: usize, to: usize| {
        let part = data.select(&(from..to).collect::<Vec<_>>());
        let options = Evaluation { first_picture: from as u64, ..options.clone() };
        evaluate(&config, &image, &part, &options).unwrap()
    };
    let mut joined = part(0, 13);
    joined.append(part(13, 77));
    joined.append(part(77, 150));
    assert_eq!(joined, whole);
}

#[test]
fn refusals_read_well() {
    let config = machine("evaluate").validate().unwrap();
    let with = image(&config, 1, Schedule { burn_in: 1, retained: 4, readout: Readout::Field });
    let plain = RandomContents::new(&config, 1).generate(&config);
    let plain = BankLayout::place(&config, plain).unwrap().into_image();
    let data = pictures(1, 3);
    let default = Evaluation::of(&with);
    let long =
        Evaluation { schedules: vec![Schedule { burn_in: 101, ..default.schedules[0] }], ..default.clone() };
    let wide = Dataset { rows: 4, cols: 5, ..data.clone() };
    let mut labels = data.clone();
    labels.labels[2] = 10;
    let messages = [
        evaluate(&config, &plain, &data, &default),
        evaluate(&config, &with, &wide, &default),
        evaluate(&config, &with, &labels, &default),
        evaluate(&config, &with, &data, &long),
        evaluate(&config, &with, &data, &Evaluation { bias_set: 2, ..default }),
    ];
    insta::assert_snapshot!("refusals", messages.map(|result| result.unwrap_err().to_string()).join("\n"));
}
