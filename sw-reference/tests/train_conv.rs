//! Training of convolutional models as a whole: reproducible, resumable, interruptible, better than the control, and the
//! files that it leaves.

mod train_support;

use spinwright_contract::config::{BiasScope, Kernel};
use spinwright_contract::{Readout, Schedule};
use spinwright_reference::data::{Dataset, digits};
use spinwright_reference::train::conv::{
    BlockConfig, Checkpoint, DecoderConfig, Distortion, EncoderConfig, Phase, Sampling, Spread, TrainConfig,
    Trained, io, resume, sampled_accuracy, train, train_seeds,
};
use spinwright_reference::train::{Silent, TrainError};
use train_support::StopAfter;

const fn kernel(size: usize, stride: usize, padding: usize) -> Kernel {
    Kernel { size, stride, padding }
}

/// Two blocks on pictures of 12 x 12 pixels: the first with K3, the second with a stride and a bias per position.
fn small() -> TrainConfig {
    let config = TrainConfig::mnist();
    let field = Phase { epochs: 2, sweeps: 2, learning_rate: 4e-3, ..config.phases[0] };
    let spin = Phase { epochs: 1, sweeps: 3, readout: Readout::Spin, warmup_epochs: 0.2, ..field };
    TrainConfig {
        encoder: EncoderConfig { channels: 8, kernel: kernel(3, 2, 1) },
        blocks: vec![
            BlockConfig {
                hidden: 6,
                output: 10,
                k1: kernel(3, 1, 1),
                k2: kernel(3, 1, 1),
                k3: Some(Kernel::POINT),
                bias: BiasScope::Channel,
            },
            BlockConfig {
                hidden: 8,
                output: 12,
                k1: kernel(1, 1, 0),
                k2: kernel(3, 2, 1),
                k3: None,
                bias: BiasScope::Position,
            },
        ],
        decoder: DecoderConfig { rows: 3, columns: 2 },
        phases: vec![field, spin],
        batch: 50,
        shards: 4,
        distortion: Distortion {
            shift: 0.5,
            turn: 0.05,
            shear: 0.1,
            scale: 0.05,
            elastic: 0.3,
            mirror: false,
            whole: false,
        },
        validation: 200,
        control_epochs: 1,
        ..config
    }
}

fn pictures() -> Dataset {
    digits::draw(1200, 11, digits::Split::Train)
}

fn with_threads(threads: usize, work: impl FnOnce() -> Trained + Send) -> Trained {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn thread_count_changes_no_byte_and_seeds_do() {
    let (data, config) = (pictures(), small());
    let run = |threads| with_threads(threads, || train(&data, &config, &mut Silent).unwrap());
    let one = run(1);
    assert_eq!(one, run(3));
    let seeds = train_seeds(&data, &config, &[config.seed, 2], &mut Silent).unwrap();
    assert_eq!(seeds[0], one);
    assert_ne!(seeds[1].model.blocks, one.model.blocks, "the seed has no effect");
    assert_eq!(seeds[1].record.config.seed, 2);
}

#[test]
fn interrupted_and_resumed_equals_uninterrupted() {
    let (data, config) = (pictures(), small());
    let whole = train(&data, &config, &mut Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    // 20 steps an epoch: in the middle of the first, at the very end of the second, early in the other phase.
    let stop = |steps| StopAfter::new(steps, path.clone());
    let error = train(&data, &config, &mut stop(7)).unwrap_err();
    assert!(matches!(error, TrainError::Interrupted { epoch: 1, epochs: 3 }), "{error}");
    for steps in [33, 4] {
        let error = resume(&data, Checkpoint::load(&path).unwrap(), &mut stop(steps)).unwrap_err();
        assert!(matches!(error, TrainError::Interrupted { .. }), "{error}");
    }
    let checkpoint = Checkpoint::load(&path).unwrap();
    assert_eq!(checkpoint.config(), &config);
    assert_eq!(checkpoint.history().iter().map(|record| record.epoch).collect::<Vec<_>>(), [1, 2]);
    let mut observer = stop(usize::MAX);
    let resumed = with_threads(2, || resume(&data, checkpoint, &mut observer).unwrap());
    assert_eq!(observer.calls, 1, "one checkpoint at the end of the last epoch");
    assert_eq!(resumed, whole);
    // From the checkpoint of the finished run, only the control and the result are left to compute.
    assert_eq!(resume(&data, Checkpoint::load(&path).unwrap(), &mut Silent).unwrap(), whole);
    let other = digits::draw(1200, 12, digits::Split::Train);
    let text = resume(&other, Checkpoint::load(&path).unwrap(), &mut Silent).unwrap_err().to_string();
    assert!(text.contains("belongs to other data") && text.contains("help:"), "{text}");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let text = Checkpoint::load(&path).unwrap_err().to_string();
    assert!(text.contains(&path.display().to_string()) && text.contains("help:"), "{text}");
}

/// What a folder holds is what was trained, on the machine's grids; a dense model is not mistaken for it.
#[test]
fn files_hold_the_model() {
    let trained = train(&pictures(), &small(), &mut Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    io::save(folder.path(), &trained).unwrap();
    assert!(io::is_conv(folder.path()).unwrap());
    let stored = io::load(folder.path()).unwrap();
    assert_eq!(stored.model, trained.model);
    assert_eq!(stored.control, trained.control);
    assert_eq!(stored.training.as_ref(), Some(&trained.record));
    let format = stored.format;
    let fractions = format.block.fractions();
    let largest = 7.0;
    let on_grid = |name: &str, values: &[f32], factor: f32, fraction: i32| {
        assert!(values.iter().any(|&v| v != 0.0), "{name} is all zero");
        for &value in values {
            let raw = f64::from(value) * f64::from(factor) * 2f64.powi(fraction);
            assert!(raw == raw.round() && raw.abs() <= largest, "{name}: {value} is raw {raw}");
        }
    };
    on_grid("encoder", &stored.model.encoder.weight, 1.0, format.encoder_fraction);
    on_grid("decoder", &stored.model.decoder.weight, 1.0, format.decoder_fraction);
    for block in &stored.model.blocks {
        on_grid("k1", &block.k1, 1.0, fractions.k1);
        on_grid("k2", &block.k2, stored.model.delta, fractions.k2);
        block.k3.iter().for_each(|k3| on_grid("k3", k3, stored.model.delta, fractions.k3));
    }
    // Damage: a tensor too many is impossible to write by accident, a wrong shape is not.
    let path = folder.path().join("model.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replacen("\"channels\": 8", "\"channels\": 9", 1);
    assert_ne!(text, changed);
    std::fs::write(&path, changed).unwrap();
    let problem = io::load(folder.path()).unwrap_err().to_string();
    assert!(problem.contains("encoder.weight") && problem.contains("help:"), "{problem}");
}

#[test]
fn block_beats_the_control_on_drawn_digits() {
    let data = digits::draw(5000, 1, digits::Split::Train);
    let config = TrainConfig {
        encoder: EncoderConfig { channels: 16, kernel: kernel(3, 2, 1) },
        blocks: vec![BlockConfig {
            hidden: 16,
            output: 16,
            k1: kernel(3, 1, 1),
            k2: kernel(3, 1, 1),
            k3: Some(Kernel::POINT),
            bias: BiasScope::Channel,
        }],
        decoder: DecoderConfig { rows: 2, columns: 2 },
        phases: vec![Phase { epochs: 6, learning_rate: 5e-3, ..TrainConfig::mnist().phases[0] }],
        distortion: Distortion {
            shift: 0.0,
            turn: 0.0,
            shear: 0.0,
            scale: 0.0,
            elastic: 0.0,
            mirror: false,
            whole: false,
        },
        validation: 1000,
        control_epochs: 6,
        ..TrainConfig::mnist()
    };
    let trained = train(&data, &config, &mut Silent).unwrap();
    let test = digits::draw(2000, 1, digits::Split::Test);
    let sampled = |model, replicas, retained, readout| {
        let schedules = vec![Schedule { burn_in: 0, retained, readout }];
        sampled_accuracy(model, &config.format, &test, &Sampling { replicas, schedules, delta: 0.5, seed: 5 })
    };
    let field = sampled(&trained.model, 1, 8, Readout::Field);
    let spin = sampled(&trained.model, 4, 16, Readout::Spin);
    let control = sampled(trained.control.as_ref().unwrap(), 1, 1, Readout::Field);
    println!("field {field} spin {spin} control {control}");
    let (first, last) = (trained.record.history[0], trained.record.history[5]);
    assert!(last.loss < 0.5 * first.loss, "loss {} to {}", first.loss, last.loss);
    assert!(control > 0.5, "the control learned nothing: {control}");
    assert!(field > control + 0.05, "field {field}, control {control}");
    assert!(spin > control + 0.05, "spin {spin}, control {control}");
    let rows = &trained.record.validation;
    assert!(rows.iter().all(|row| row.sweeps == row.replicas * row.retained as usize), "{rows:?}");
    assert_eq!(trained.record.accuracy(Readout::Spin, 4, 8), Some(rows[6].accuracy));
}

#[test]
fn configurations_out_of_range_are_refused() {
    let good = TrainConfig::mnist();
    good.validate().unwrap();
    let refused = |change: &dyn Fn(&mut TrainConfig), key: &str| {
        let mut config = small();
        change(&mut config);
        let text = train(&pictures(), &config, &mut Silent).expect_err(key).to_string();
        assert!(text.contains(key) && text.contains("help:"), "{text}");
    };
    refused(&|config| config.format.block.weight_bits = 17, "format.block.weight_bits");
    refused(&|config| config.format.block.shifts.output.coupling += 1, "stored once");
    refused(&|config| config.format.decoder_bias_shift = 13, "format.decoder_bias_shift");
    refused(&|config| config.delta = f32::NAN, "delta");
    refused(&|config| config.blocks[1].hidden = 0, "blocks[1].hidden");
    refused(&|config| config.blocks[0].k1.size = 8, "blocks[0].k1.size");
    refused(&|config| config.blocks[1].k3 = Some(Kernel::POINT), "blocks[1].k3");
    refused(&|config| config.decoder.rows = 4, "decoder");
    refused(&|config| config.phases.clear(), "phases");
    refused(&|config| config.phases[1].sweeps = 0, "phases[1].sweeps");
    refused(&|config| config.shards = 1000, "shards");
    refused(&|config| config.distortion.elastic = -1.0, "distortion.elastic");
    refused(&|config| config.validation = 1190, "too few pictures");
}

#[test]
fn spread_of_several_seeds() {
    let spread = Spread::of(&[0.98, 0.99, 0.97]);
    assert!((spread.mean - 0.98).abs() < 1e-12 && (spread.deviation - 0.01).abs() < 1e-12);
    assert_eq!(Spread::of(&[0.5]).deviation, 0.0);
}
