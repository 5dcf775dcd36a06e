//! Recipes beside the sampled chain: distillation, pruning, feed-forward recipes, on drawn digits.

mod train_support;

use spinwright_contract::config::{BiasScope, Kernel};
use spinwright_contract::{Readout, Schedule};
use spinwright_reference::data::{Dataset, digits};
use spinwright_reference::train::conv::{
    BlockConfig, Checkpoint, DecoderConfig, EncoderConfig, FixedPoint, Losses, Phase, Pruning, Recipe,
    Sampling, TrainConfig, io, resume, sampled_accuracy, train,
};
use spinwright_reference::train::{Silent, TrainError};
use train_support::StopAfter;

/// One small block on pictures of 12 x 12 pixels.
fn small(epochs: usize) -> TrainConfig {
    let kernel = |size, stride, padding| Kernel { size, stride, padding };
    let mnist = TrainConfig::mnist();
    TrainConfig {
        encoder: EncoderConfig { channels: 12, kernel: kernel(3, 2, 1) },
        blocks: vec![BlockConfig {
            hidden: 12,
            output: 12,
            k1: kernel(3, 1, 1),
            k2: kernel(3, 1, 1),
            k3: Some(Kernel::POINT),
            bias: BiasScope::Channel,
        }],
        decoder: DecoderConfig { rows: 3, columns: 3 },
        phases: vec![Phase { epochs, learning_rate: 5e-3, ..mnist.phases[0] }],
        validation: 200,
        control_epochs: 0,
        ..mnist
    }
}

fn accuracy(model: &spinwright_reference::models::ConvModel, config: &TrainConfig) -> f64 {
    let test = digits::draw(1000, 1, digits::Split::Test);
    let schedules = vec![Schedule { burn_in: 0, retained: 8, readout: Readout::Field }];
    let sampling = Sampling { replicas: 1, schedules, delta: config.delta, seed: 5 };
    sampled_accuracy(model, &config.format, &test, &sampling)
}

/// Stops a run after `steps` steps, and gives what comes out when it goes on from its file.
fn stopped_and_resumed(
    data: &Dataset,
    config: &TrainConfig,
    steps: usize,
) -> spinwright_reference::train::conv::Trained {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let error = train(data, config, &mut StopAfter::new(steps, path.clone())).unwrap_err();
    assert!(matches!(error, TrainError::Interrupted { .. }), "{error}");
    resume(data, Checkpoint::load(&path).unwrap(), &mut Silent).unwrap()
}

/// The pupil's labels say nothing; what it knows in the end it has from the teacher.
#[test]
fn a_pupil_learns_from_its_teacher_alone() {
    let data = digits::draw(2000, 11, digits::Split::Train);
    let teacher = train(&data, &small(5), &mut Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    io::save(folder.path(), &teacher).unwrap();
    let mut mute = data.clone();
    mute.labels.fill(0);
    let config = TrainConfig {
        losses: Losses { distill_weight: 1.0, distill_temperature: 2.0, ..small(4).losses },
        teacher: Some(folder.path().display().to_string()),
        seed: 7,
        ..small(4)
    };
    let pupil = train(&mute, &config, &mut Silent).unwrap();
    let (taught, own) = (accuracy(&pupil.model, &config), accuracy(&teacher.model, &config));
    println!("pupil {taught}, teacher {own}");
    assert!(own > 0.7 && taught > own - 0.15, "pupil {taught}, teacher {own}");
    assert_eq!(stopped_and_resumed(&mute, &config, 40), pupil);
    // Another teacher in the same place is noticed.
    let path = folder.path().join("checkpoint.safetensors");
    train(&mute, &config, &mut StopAfter::new(3, path.clone())).unwrap_err();
    io::save(folder.path(), &pupil).unwrap();
    let text = resume(&mute, Checkpoint::load(&path).unwrap(), &mut Silent).unwrap_err().to_string();
    assert!(text.contains("the teacher has changed") && text.contains("help:"), "{text}");
    let refused = TrainConfig { teacher: None, ..config };
    let text = train(&mute, &refused, &mut Silent).unwrap_err().to_string();
    assert!(text.contains("losses.distill_weight") && text.contains("help:"), "{text}");
}

#[test]
fn pruned_weights_are_zero_in_the_model_and_it_still_works() {
    let data = digits::draw(2000, 11, digits::Split::Train);
    let pruning = Pruning { blocks: 0.75, encoder: 0.0, decoder: 0.5, from_epoch: 1.0, until_epoch: 4.0 };
    let config = TrainConfig { pruning: Some(pruning), ..small(6) };
    let trained = train(&data, &config, &mut Silent).unwrap();
    let zeros =
        |values: &[f32]| values.iter().filter(|&&value| value == 0.0).count() as f64 / values.len() as f64;
    let block = &trained.model.blocks[0];
    for (name, part, values) in [
        ("k1", 0.74, &block.k1),
        ("k2", 0.74, &block.k2),
        ("k3", 0.74, block.k3.as_ref().unwrap()),
        ("decoder", 0.49, &trained.model.decoder.weight),
    ] {
        assert!(zeros(values) >= part && zeros(values) < 0.97, "{name}: {} zeros", zeros(values));
    }
    assert!(zeros(&trained.model.encoder.weight) < 0.3, "the encoder was not to be pruned");
    let found = accuracy(&trained.model, &config);
    println!("pruned {found}");
    assert!(found > 0.6, "pruned to {found}");
    // 28 steps an epoch: in the middle of the ramp.
    assert_eq!(stopped_and_resumed(&data, &config, 75), trained);
    let text = TrainConfig { pruning: Some(Pruning { until_epoch: 9.0, ..pruning }), ..config }.validate();
    assert!(text.unwrap_err().to_string().contains("pruning.until_epoch"));
}

/// Absent keys mean no recipe beside the chain, and are not written.
#[test]
fn old_configurations_keep_their_text() {
    let text = serde_json::to_string(&TrainConfig::mnist()).unwrap();
    for key in ["distill", "teacher", "pruning", "recipe", "normalize", "fixed_point"] {
        assert!(!text.contains(key), "{key} in {text}");
    }
    assert_eq!(serde_json::from_str::<TrainConfig>(&text).unwrap(), TrainConfig::mnist());
}

/// Smooth pretraining, then the feed-forward recipe with its ramps; the dynamics stay at what the feed-forward pass gave.
#[test]
fn the_paper_recipe_works_in_the_sampled_machine() {
    let data = digits::draw(2000, 11, digits::Split::Train);
    let usual = small(1).phases[0];
    let smooth = Phase { epochs: 2, sweeps: 1, recipe: Recipe::Ptanh, quantized: false, ..usual };
    let fixed =
        FixedPoint { weight: 0.3, weight_ramp: 1.0, first_sweeps: 1, sweeps_ramp: 2.0, flip_weighting: 0.5 };
    let paper = Phase { epochs: 4, sweeps: 3, recipe: Recipe::Paper, fixed_point: Some(fixed), ..usual };
    let config = TrainConfig { phases: vec![smooth, paper], ..small(1) };
    let trained = train(&data, &config, &mut Silent).unwrap();
    let found = accuracy(&trained.model, &config);
    println!("paper {found}, {:?}", trained.record.history);
    assert!(found > 0.7, "{found}");
    for steps in [40, 100] {
        assert_eq!(stopped_and_resumed(&data, &config, steps), trained);
    }
    let mut wrong = config;
    wrong.phases[1].fixed_point = None;
    assert!(wrong.validate().unwrap_err().to_string().contains("phases[1].fixed_point"));
}
