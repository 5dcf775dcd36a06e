//! Training as a whole: reproducible, resumable, interruptible, and better than the control.

mod train_support;

use spinwright_contract::{Readout, Schedule};
use spinwright_reference::data::{Dataset, digits};
use spinwright_reference::train::{
    Augment, Checkpoint, EpochRecord, Phase, Sampling, Silent, TrainConfig, TrainError, Trained,
    control_accuracy, feed_forward_accuracy, resume, sampled_accuracy, train,
};
use train_support::StopAfter;

/// A run of about a hundred steps in two phases, both readouts, with distortions and an uneven split of the batch.
fn small() -> TrainConfig {
    let config = TrainConfig::digits();
    let field = Phase { epochs: 2, sweeps: 2, ..config.phases[0] };
    let spin = Phase { epochs: 1, sweeps: 3, readout: Readout::Spin, warmup_epochs: 0.2, ..field };
    TrainConfig {
        hidden: 12,
        outputs: 16,
        skip: true,
        phases: vec![field, spin],
        batch: 50,
        shards: 4,
        augment: Augment { shift: 0.5, turn: 0.05, shear: 0.1, scale: 0.05 },
        validation: 200,
        control_epochs: 2,
        ..config
    }
}

fn pictures() -> Dataset {
    digits::draw(2000, 11, digits::Split::Train)
}

fn with_threads(threads: usize, work: impl FnOnce() -> Trained + Send) -> Trained {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn thread_count_changes_no_byte() {
    let (data, config) = (pictures(), small());
    let run = |threads| with_threads(threads, || train(&data, &config, &mut Silent).unwrap());
    let one = run(1);
    assert_eq!(one, run(3));
    assert_eq!(one, run(4));
    let other = train(&data, &TrainConfig { seed: 2, ..config }, &mut Silent).unwrap();
    assert_ne!(one.model.block, other.model.block, "the seed has no effect");
}

#[test]
fn interrupted_and_resumed_equals_uninterrupted() {
    let (data, config) = (pictures(), small());
    let whole = train(&data, &config, &mut Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    // 36 steps an epoch: in the middle of the first, at the very end of the second, early in the other phase.
    let stop = |steps| StopAfter::new(steps, path.clone());
    let error = train(&data, &config, &mut stop(17)).unwrap_err();
    assert!(matches!(error, TrainError::Interrupted { epoch: 1, epochs: 3 }), "{error}");
    for steps in [55, 5] {
        let error = resume(&data, Checkpoint::load(&path).unwrap(), &mut stop(steps)).unwrap_err();
        assert!(matches!(error, TrainError::Interrupted { .. }), "{error}");
    }
    let checkpoint = Checkpoint::load(&path).unwrap();
    assert_eq!(checkpoint.history().iter().map(|record| record.epoch).collect::<Vec<_>>(), [1, 2]);
    let mut observer = stop(usize::MAX);
    let resumed = with_threads(2, || resume(&data, checkpoint, &mut observer).unwrap());
    assert_eq!(observer.calls, 1, "one checkpoint at the end of the last epoch");
    assert_eq!(resumed, whole);
    // From the checkpoint of the finished run, only the result is left to compute.
    assert_eq!(resume(&data, Checkpoint::load(&path).unwrap(), &mut Silent).unwrap(), whole);
}

#[test]
fn resume_refuses_other_data_and_damaged_files() {
    let (data, config) = (pictures(), small());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    train(&data, &config, &mut StopAfter::new(3, path.clone())).unwrap_err();
    let checkpoint = Checkpoint::load(&path).unwrap();
    let other = digits::draw(2000, 12, digits::Split::Train);
    let text = resume(&other, checkpoint, &mut Silent).unwrap_err().to_string();
    assert!(text.contains("belongs to other data") && text.contains("help:"), "{text}");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let text = Checkpoint::load(&path).unwrap_err().to_string();
    assert!(text.contains(&path.display().to_string()) && text.contains("help:"), "{text}");
    let text = Checkpoint::load(&folder.path().join("none")).unwrap_err().to_string();
    assert!(text.contains("help:"), "{text}");
}

/// A checkpoint that cannot be written stops the run with its own message.
#[test]
fn unwritable_checkpoint_stops_training() {
    let path = std::path::PathBuf::from("no/such/folder/checkpoint.safetensors");
    let error = train(&pictures(), &small(), &mut StopAfter::new(1000, path)).unwrap_err().to_string();
    assert!(error.contains("no/such/folder") && error.contains("help:"), "{error}");
}

#[test]
fn block_beats_the_control_on_drawn_digits() {
    let data = digits::draw(6000, 1, digits::Split::Train);
    let config = TrainConfig::digits();
    let config =
        TrainConfig { phases: vec![Phase { epochs: 15, ..config.phases[0] }], validation: 1000, ..config };
    let Trained { model, record } = train(&data, &config, &mut Silent).unwrap();
    assert_eq!(record.history.len(), 15);
    assert_eq!((record.train_images, record.validation.images), (5000, 1000));
    let (first, last): (&EpochRecord, &EpochRecord) = (&record.history[0], &record.history[14]);
    assert!(last.loss < 0.5 * first.loss, "loss {} to {}", first.loss, last.loss);
    let test = digits::draw(2000, 1, digits::Split::Test);
    let sampled = |retained, readout| {
        let schedule = Schedule { burn_in: 0, retained, readout };
        sampled_accuracy(
            &model,
            &config.format,
            &test,
            &Sampling { replicas: 4, schedule, delta: config.delta, seed: 5 },
        )
    };
    let (field, spin) = (sampled(2, Readout::Field), sampled(46, Readout::Spin));
    let control = control_accuracy(&model.control, &model.encoder, &test);
    let feed_forward = feed_forward_accuracy(&model, &test);
    println!("field {field} spin {spin} feed-forward {feed_forward} control {control}");
    assert!(control > 0.75, "the control learned nothing: {control}");
    assert!(field > control + 0.03, "field {field}, control {control}");
    assert!(spin > control + 0.03, "spin {spin}, control {control}");
    assert!((spin - feed_forward).abs() < 0.05, "spin {spin}, feed-forward {feed_forward}");
}

#[test]
fn configurations_out_of_range_are_refused() {
    let good = TrainConfig::mnist();
    good.validate().unwrap();
    TrainConfig::digits().validate().unwrap();
    let refused = |change: &dyn Fn(&mut TrainConfig), key: &str| {
        let mut config = good.clone();
        change(&mut config);
        let text = config.validate().expect_err(key).to_string();
        assert!(text.contains(key) && text.contains("help:"), "{text}");
    };
    refused(&|config| config.format.weight_bits = 17, "format.weight_bits");
    refused(&|config| config.format.draw_bits = 7, "format.draw_bits");
    refused(&|config| config.hidden = 0, "hidden");
    refused(&|config| config.delta = f32::NAN, "delta");
    refused(&|config| config.phases.clear(), "phases");
    refused(&|config| config.phases[0].sweeps = 0, "phases[0].sweeps");
    refused(&|config| config.shards = 1000, "shards");
    refused(&|config| config.format.shifts.output.coupling += 1, "stored once");
}

#[test]
fn too_few_pictures_and_wrong_margins_are_refused() {
    let data = pictures();
    let few = TrainConfig { validation: 1980, ..small() };
    let text = train(&data, &few, &mut Silent).unwrap_err().to_string();
    assert!(text.contains("too few pictures") && text.contains("help:"), "{text}");
    let cropped = TrainConfig { margin: 6, ..small() };
    assert!(matches!(train(&data, &cropped, &mut Silent), Err(TrainError::Encoder(_))));
}

/// A number that went astray (here: planted in a checkpoint) stops the run instead of spoiling a model.
#[test]
fn divergence_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let data = pictures();
    train(&data, &small(), &mut StopAfter::new(3, path.clone())).unwrap_err();
    let mut bytes = std::fs::read(&path).unwrap();
    // The last of the parameters is a decoder bias; the file's JSON header says where they end.
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let json: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header]).unwrap();
    let end = 8 + header + json["parameters"]["data_offsets"][1].as_u64().unwrap() as usize;
    bytes[end - 4..end].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let error = resume(&data, Checkpoint::load(&path).unwrap(), &mut Silent).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { epoch: 1, loss } if loss.is_nan()), "{error}");
}
