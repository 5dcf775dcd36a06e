//! The training loop.

use super::augment::encode_distorted;
use super::control::train_control;
use super::evaluate::{Sampling, control_accuracy, feed_forward_accuracy, folded_accuracy, sampled_accuracy};
use super::model::{Linear, Model};
use super::params::{Folded, Layout, Tensor, limit};
use super::step::{Chain, Objective, Shard};
use crate::data::{Dataset, Encoder, Stream};
use crate::train::adam::Adam;
use crate::train::checkpoint::{Checkpoint, Position};
use crate::train::config::{Phase, TrainConfig};
use crate::train::error::TrainError;
use crate::train::rate::rate;
use crate::train::record::{EpochRecord, Observer, Progress, TrainRecord, Trained, ValidationScores};
use crate::train::table::Table;
use rayon::prelude::*;
use spinwright_contract::{Problem, Readout, Schedule};

/// Replicas of the machine in validation.
const REPLICAS: usize = 4;
/// Validation in `field` mode: 4 x 2 = 8 sweeps.
const FIELD: Schedule = Schedule { burn_in: 0, retained: 2, readout: Readout::Field };
/// Validation in `spin` mode: 4 x 46 = 184 sweeps.
const SPIN: Schedule = Schedule { burn_in: 0, retained: 46, readout: Readout::Spin };

/// Trains a block, its decoder and the control on the training split `data`.
///
/// The same data and configuration give the same bytes for any number of threads (of rayon's current pool) on
/// machines with the same vector instructions.
///
/// # Errors
/// [`TrainError`]: a configuration out of range, too few pictures, an interruption, a loss that is no number.
pub fn train(
    data: &Dataset,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<Trained, TrainError> {
    config.validate()?;
    let layout = layout(data, config)?;
    let flat = layout.initial(config.seed, config.delta);
    let checkpoint = Checkpoint {
        config: config.clone(),
        data_crc: Checkpoint::fingerprint(data),
        adam: Adam::new(flat.len()),
        flat,
        position: Position::default(),
        history: Vec::new(),
        control: None,
    };
    Run::new(data, checkpoint)?.finish(observer)
}

/// Continues from a checkpoint; the result has the same bytes as that of a run that was never interrupted.
///
/// # Errors
/// As for [`train`], and when `data` is not what the checkpoint was made with.
pub fn resume(
    data: &Dataset,
    checkpoint: Checkpoint,
    observer: &mut dyn Observer,
) -> Result<Trained, TrainError> {
    checkpoint.config.validate()?;
    checkpoint.accepts(data, layout(data, &checkpoint.config)?)?;
    Run::new(data, checkpoint)?.finish(observer)
}

fn layout(data: &Dataset, config: &TrainConfig) -> Result<Layout, TrainError> {
    let encoder = config.encoder(data.rows, data.cols);
    encoder.validate()?;
    let usable = data.len().saturating_sub(config.validation);
    if usable < config.batch {
        return Err(Problem::new(
            "too few pictures to train on",
            "key `batch`",
            format!(
                "{} pictures less {} for validation leave {usable}, and a batch needs {}",
                data.len(),
                config.validation,
                config.batch
            ),
            "use more pictures, a smaller batch or fewer validation pictures",
        )
        .into());
    }
    let TrainConfig { hidden, outputs, skip, .. } = *config;
    Ok(Layout { inputs: encoder.inputs(), hidden, outputs, classes: data.classes, skip })
}

/// A run under way: the state that a checkpoint holds, and what follows from it.
struct Run {
    state: Checkpoint,
    layout: Layout,
    encoder: Encoder,
    train: Dataset,
    validation: Dataset,
    tables: (Table, Table),
    folded: Folded,
    gradient: Vec<f32>,
}

impl Run {
    fn new(data: &Dataset, state: Checkpoint) -> Result<Run, TrainError> {
        let layout = layout(data, &state.config)?;
        let config = &state.config;
        let (train, validation) = data.split_validation(config.validation, config.seed)?;
        let format = &config.format;
        Ok(Run {
            layout,
            encoder: config.encoder(data.rows, data.cols),
            train,
            validation,
            tables: (Table::new(format, format.hidden_fraction), Table::new(format, format.output_fraction)),
            folded: Folded::new(layout, config.delta),
            gradient: vec![0.0; layout.total()],
            state,
        })
    }

    fn finish(mut self, observer: &mut dyn Observer) -> Result<Trained, TrainError> {
        if self.state.control.is_none() {
            let config = &self.state.config;
            self.state.control = Some(train_control(&self.train, &self.validation, &self.encoder, config));
        }
        let phases = self.state.config.phases.clone();
        while let Some(phase) = phases.get(self.state.position.phase) {
            let mut shards = self.shards(phase.sweeps);
            while self.state.position.epoch < phase.epochs {
                self.epoch(phase, &mut shards, observer)?;
                observer.checkpoint(&self.state)?;
            }
            self.state.position.phase += 1;
            self.state.position.epoch = 0;
        }
        Ok(self.result())
    }

    /// Memory for every part of a batch. The first parts take what does not divide evenly.
    fn shards(&self, sweeps: usize) -> Vec<Shard> {
        let largest = self.state.config.batch.div_ceil(self.state.config.shards);
        (0..self.state.config.shards).map(|_| Shard::new(self.layout, largest, sweeps)).collect()
    }

    /// The rest of an epoch, from the position's step on.
    fn epoch(
        &mut self,
        phase: &Phase,
        shards: &mut [Shard],
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        let (batch, seed) = (self.state.config.batch, self.state.config.seed);
        let at = self.state.position;
        let name = [seed, 0x6f72_6465, at.phase as u64, at.epoch as u64];
        let order = Stream::new(&name).permutation(self.train.len());
        let steps = self.train.len() / batch;
        for (step, chosen) in order.chunks_exact(batch).enumerate().skip(at.step) {
            self.step(phase, shards, chosen, steps);
            self.state.position.step = step + 1;
            let loss = self.state.position.loss();
            if !loss.is_finite() {
                return Err(TrainError::Diverged { epoch: self.overall_epoch(), loss });
            }
            observer.progress(&self.progress(steps));
            if observer.interrupted() {
                observer.checkpoint(&self.state)?;
                let epochs = self.epochs();
                return Err(TrainError::Interrupted { epoch: self.overall_epoch(), epochs });
            }
        }
        self.close_epoch(steps * batch);
        Ok(())
    }

    /// One step on the pictures `chosen`.
    fn step(&mut self, phase: &Phase, shards: &mut [Shard], chosen: &[usize], steps: usize) {
        let (config, at) = (&self.state.config, self.state.position);
        self.folded.fill(&self.state.flat, Some(&config.format));
        let chain = Chain::Sampled { hidden: &self.tables.0, output: &self.tables.1 };
        let objective = Objective {
            sweeps: phase.sweeps,
            readout: phase.readout,
            delta: config.delta,
            magnitude_weight: config.magnitude_weight,
            magnitude_margin: config.magnitude_margin,
            batch: config.batch,
        };
        let (train, encoder, folded) = (&self.train, &self.encoder, &self.folded);
        let parts = chosen.chunks(config.batch.div_ceil(config.shards));
        shards.par_iter_mut().zip(parts.collect::<Vec<_>>()).enumerate().for_each(
            |(index, (shard, part))| {
                let place = [at.phase as u64, at.epoch as u64, at.step as u64, index as u64];
                let mut stream = Stream::new(&[[config.seed, 0x7374_6570].as_slice(), &place].concat());
                for (row, &picture) in part.iter().enumerate() {
                    let inputs = &mut shard.x[row * encoder.inputs()..(row + 1) * encoder.inputs()];
                    encode_distorted(encoder, &config.augment, train.image(picture), inputs, &mut stream);
                    shard.labels[row] = train.labels[picture];
                }
                shard.run(part.len(), folded, &chain, &objective, &mut stream);
            },
        );
        // A fixed order of addition, shard by shard, whatever the number of threads.
        self.gradient.fill(0.0);
        let used = chosen.len().div_ceil(config.batch.div_ceil(config.shards));
        for shard in &shards[..used] {
            self.gradient.iter_mut().zip(&shard.gradient).for_each(|(sum, part)| *sum += part);
            self.state.position.count(shard.loss, shard.correct);
        }
        let done = at.epoch as f32 + at.step as f32 / steps as f32;
        let Phase { epochs, learning_rate, warmup_epochs, final_rate, .. } = *phase;
        let rate = rate(epochs, learning_rate, warmup_epochs, final_rate, done);
        self.state.adam.step(&mut self.state.flat, &self.gradient, rate, config.clip);
        limit(&mut self.state.flat, &self.layout, config);
    }

    /// Measures on the validation pictures and moves on to the next epoch.
    fn close_epoch(&mut self, train_images: usize) {
        let config = &self.state.config;
        self.folded.fill(&self.state.flat, Some(&config.format));
        let sampling =
            Sampling { replicas: REPLICAS, schedule: FIELD, delta: config.delta, seed: config.seed };
        let data = &self.validation;
        let accuracy = folded_accuracy(&self.folded, &self.encoder, &config.format, data, &sampling);
        let position = self.state.position;
        self.state.history.push(EpochRecord {
            epoch: self.overall_epoch(),
            loss: (position.loss() / (train_images / config.batch) as f64) as f32,
            train_correct: position.correct,
            train_images,
            validation_correct: (accuracy * data.len() as f64).round() as usize,
            validation_images: data.len(),
        });
        self.state.position =
            Position { phase: position.phase, epoch: position.epoch + 1, ..Position::default() };
    }

    fn epochs(&self) -> usize {
        self.state.config.phases.iter().map(|phase| phase.epochs).sum()
    }

    /// The epoch under way, from 1, over all phases.
    fn overall_epoch(&self) -> usize {
        let before = &self.state.config.phases[..self.state.position.phase];
        before.iter().map(|phase| phase.epochs).sum::<usize>() + self.state.position.epoch + 1
    }

    fn progress(&self, steps: usize) -> Progress {
        let position = &self.state.position;
        Progress {
            epoch: self.overall_epoch(),
            epochs: self.epochs(),
            step: position.step,
            steps,
            loss: position.loss() / position.step as f64,
            accuracy: position.correct as f64 / (position.step * self.state.config.batch) as f64,
            validation: self
                .state
                .history
                .last()
                .filter(|last| last.validation_images > 0)
                .map(|last| last.validation_correct as f64 / last.validation_images as f64),
        }
    }

    fn result(mut self) -> Trained {
        let config = self.state.config;
        self.folded.fill(&self.state.flat, Some(&config.format));
        let decoder = Linear {
            classes: self.layout.classes,
            inputs: self.layout.outputs,
            weight: self.state.flat[self.layout.range(Tensor::Weight)].to_vec(),
            bias: self.state.flat[self.layout.range(Tensor::Bias)].to_vec(),
        };
        let model = Model {
            encoder: self.encoder,
            block: self.folded.unfolded(),
            decoder: decoder.rounded_to_8_bits(),
            control: self.state.control.expect("finish() trains the control first"),
        };
        let data = &self.validation;
        let sampled = |schedule| {
            let sampling = Sampling { replicas: REPLICAS, schedule, delta: config.delta, seed: config.seed };
            sampled_accuracy(&model, &config.format, data, &sampling)
        };
        let validation = ValidationScores {
            images: data.len(),
            field: sampled(FIELD),
            spin: sampled(SPIN),
            feed_forward: feed_forward_accuracy(&model, data),
            control: control_accuracy(&model.control, &model.encoder, data),
        };
        let record =
            TrainRecord { train_images: self.train.len(), validation, history: self.state.history, config };
        Trained { model, record }
    }
}
