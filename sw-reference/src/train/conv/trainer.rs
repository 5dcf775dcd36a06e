//! The training loop of convolutional models.

use super::block::{Chain, Objective};
use super::checkpoint::Checkpoint;
use super::config::{Losses, Phase, Recipe, TrainConfig};
use super::distill::Lessons;
use super::distort::distort;
use super::evaluate::{Sampling, folded_accuracy};
use super::kernels::Path;
use super::norm;
use super::paper::FixedPointLoss;
use super::params::{Folded, Layout, limit};
use super::record::{TrainRecord, Trained, ValidationRow};
use super::shard::Shard;
use super::{prune, ptanh, running};
use crate::data::{Dataset, Stream};
use crate::train::adam::Adam;
use crate::train::checkpoint::{Checkpoint as Dense, Position};
use crate::train::error::TrainError;
use crate::train::rate::rate;
use crate::train::record::{EpochRecord, Observer, Progress};
use crate::train::table::Table;
use rayon::prelude::*;
use spinwright_contract::{Problem, Readout, Schedule};

/// What is measured on the validation pictures at the end: readout, replicas, retained sweeps of each. No burn-in.
const MEASURED: [(Readout, usize, u32); 8] = [
    (Readout::Field, 1, 4),
    (Readout::Field, 4, 1),
    (Readout::Field, 4, 2),
    (Readout::Spin, 1, 8),
    (Readout::Spin, 4, 2),
    (Readout::Spin, 8, 1),
    (Readout::Spin, 4, 8),
    (Readout::Spin, 1, 32),
];

/// Trains a convolutional model, and its control, on the training split `data`.
///
/// The same data and configuration give the same bytes for any number of threads (of rayon's current pool) on
/// machines with the same vector instructions.
///
/// # Errors
/// [`TrainError`]: a configuration out of range, a teacher that cannot be read, too few pictures, an interruption, a loss that is no number.
pub fn train(
    data: &Dataset,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<Trained, TrainError> {
    let layout = layout(data, config)?;
    let flat = layout.initial(config.seed, config.delta).to_vec();
    let mask = if config.pruning.is_some() { vec![1.0; flat.len()] } else { Vec::new() };
    let lessons = Lessons::learn(config, &data.split_validation(config.validation, config.seed)?.0)?;
    let checkpoint = Checkpoint {
        config: config.clone(),
        data_crc: Dense::fingerprint(data),
        adam: Adam::new(flat.len()),
        flat,
        position: Position::default(),
        history: Vec::new(),
        mask,
        lessons_crc: lessons.as_ref().map_or(0, Lessons::fingerprint),
        running: Vec::new(),
        flips: Vec::new(),
    };
    Run::new(data, layout, checkpoint, lessons)?.finish(data, observer)
}

/// Trains once for every seed; the other settings are those of `config`.
///
/// # Errors
/// As for [`train`].
pub fn train_seeds(
    data: &Dataset,
    config: &TrainConfig,
    seeds: &[u64],
    observer: &mut dyn Observer,
) -> Result<Vec<Trained>, TrainError> {
    seeds.iter().map(|&seed| train(data, &TrainConfig { seed, ..config.clone() }, observer)).collect()
}

/// Continues from a checkpoint; the result has the same bytes as that of a run that was never interrupted.
///
/// # Errors
/// As for [`train`], and when `data` or the teacher is not what the checkpoint was made with.
pub fn resume(
    data: &Dataset,
    checkpoint: Checkpoint,
    observer: &mut dyn Observer,
) -> Result<Trained, TrainError> {
    let layout = layout(data, &checkpoint.config)?;
    checkpoint.accepts(data, &layout)?;
    let config = &checkpoint.config;
    let lessons = Lessons::learn(config, &data.split_validation(config.validation, config.seed)?.0)?;
    if lessons.as_ref().map_or(0, Lessons::fingerprint) != checkpoint.lessons_crc {
        return Err(Problem::new(
            "the teacher has changed",
            "key `teacher`",
            "it does not say what it said when the run began",
            "put the old teacher back, or start a new run",
        )
        .into());
    }
    Run::new(data, layout, checkpoint, lessons)?.finish(data, observer)
}

fn layout(data: &Dataset, config: &TrainConfig) -> Result<Layout, TrainError> {
    config.validate()?;
    config.accepts(data.rows, data.cols)?;
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
    Ok(Layout::new(config, data.rows, data.cols, data.classes))
}

/// A run under way: the state that a checkpoint holds, and what follows from it.
struct Run {
    state: Checkpoint,
    layout: Layout,
    train: Dataset,
    validation: Dataset,
    tables: (Table, Table),
    folded: Folded,
    gradient: Vec<f32>,
    lessons: Option<Lessons>,
}

impl Run {
    fn new(
        data: &Dataset,
        layout: Layout,
        state: Checkpoint,
        lessons: Option<Lessons>,
    ) -> Result<Run, TrainError> {
        let config = &state.config;
        let (train, validation) = data.split_validation(config.validation, config.seed)?;
        let format = &config.format.block;
        Ok(Run {
            train,
            validation,
            tables: (Table::new(format, format.hidden_fraction), Table::new(format, format.output_fraction)),
            folded: Folded::new(&layout, config.delta),
            gradient: vec![0.0; layout.total],
            layout,
            state,
            lessons,
        })
    }

    fn finish(mut self, data: &Dataset, observer: &mut dyn Observer) -> Result<Trained, TrainError> {
        let phases = self.state.config.phases.clone();
        while let Some(phase) = phases.get(self.state.position.phase) {
            let mut shards = self.shards(phase);
            while self.state.position.epoch < phase.epochs {
                self.epoch(phase, &mut shards, observer)?;
                observer.conv_checkpoint(&self.state)?;
            }
            self.fold(phase, phases.get(self.state.position.phase + 1));
            self.state.position.phase += 1;
            self.state.position.epoch = 0;
        }
        let control = match control(&self.state.config, &self.layout) {
            Some(config) => Some(train(data, &config, &mut Quiet(observer))?),
            None => None,
        };
        Ok(self.result(control))
    }

    /// Memory for every part of a batch. The first parts take what does not divide evenly.
    fn shards(&self, phase: &Phase) -> Vec<Shard> {
        let largest = self.state.config.batch.div_ceil(self.state.config.shards);
        let kept = phase.recipe != Recipe::Chain;
        (0..self.state.config.shards).map(|_| Shard::new(&self.layout, largest, phase.sweeps, kept)).collect()
    }

    /// Puts gains and statistics into weights and biases when `phase` is over.
    fn fold(&mut self, phase: &Phase, next: Option<&Phase>) {
        let state = &mut self.state;
        if phase.recipe == Recipe::Ptanh && next.is_none_or(|next| next.recipe != Recipe::Ptanh) {
            ptanh::fold(&self.layout, &mut state.flat);
        } else if phase.normalize && next.is_none_or(|next| !next.normalize) {
            norm::fold(&self.layout, &mut state.flat, &state.running, state.config.delta);
            state.running.clear();
        } else {
            return;
        }
        // The moments belong to weights of another scale.
        state.adam = Adam::new(state.flat.len());
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
        let name = [seed, 0x636f_6e76_6f72, at.phase as u64, at.epoch as u64];
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
                observer.conv_checkpoint(&self.state)?;
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
        let before = config.phases[..at.phase].iter().map(|phase| phase.epochs).sum::<usize>();
        let done = at.epoch as f32 + at.step as f32 / steps as f32;
        if let Some(pruning) = &config.pruning {
            let (mask, flat) = (&mut self.state.mask, &mut self.state.flat);
            prune::update(mask, flat, &self.layout, pruning, before as f32 + done, at.step);
            prune::apply(mask, flat);
        }
        let format = phase.quantized.then_some(&config.format);
        let smooth = phase.recipe == Recipe::Ptanh;
        if smooth {
            self.folded.fill(&self.layout, &ptanh::applied(&self.layout, &self.state.flat), None);
        } else {
            self.folded.fill(&self.layout, &self.state.flat, format);
        }
        let chain = if smooth {
            Chain::Smooth
        } else {
            Chain::Sampled { hidden: &self.tables.0, output: &self.tables.1 }
        };
        let paper = (phase.recipe != Recipe::Chain).then(|| {
            phase.fixed_point.map_or(FixedPointLoss::default(), |fixed| fixed.at(phase.sweeps, done))
        });
        let objective = Objective {
            sweeps: phase.sweeps,
            readout: if paper.is_some() { Readout::Field } else { phase.readout },
            losses: config.losses,
            batch: config.batch,
            normalize: phase.normalize,
            paper,
        };
        let weighting = phase.fixed_point.map_or(0.0, |fixed| fixed.flip_weighting);
        if weighting > 0.0 {
            running::spread_weights(shards, &self.state.flips, weighting);
        }
        let path = Path::fastest(phase.quantized.then_some(config.format.block.weight_bits));
        let (train, layout, folded, lessons) = (&self.train, &self.layout, &self.folded, &self.lessons);
        let parts = chosen.chunks(config.batch.div_ceil(config.shards));
        shards.par_iter_mut().zip(parts.collect::<Vec<_>>()).enumerate().for_each(
            |(index, (shard, part))| {
                let place = [at.phase as u64, at.epoch as u64, at.step as u64, index as u64];
                let mut stream = Stream::new(&[[config.seed, 0x636f_6e76_7374].as_slice(), &place].concat());
                let mut image = vec![0; train.pixels()];
                shard.lessons.clear();
                for (row, &picture) in part.iter().enumerate() {
                    let size = (train.rows, train.cols);
                    distort(&config.distortion, train.image(picture), size, &mut image, &mut stream);
                    shard.patches.fill(row, &image);
                    shard.labels[row] = train.labels[picture];
                    lessons.iter().for_each(|lessons| shard.lessons.extend_from_slice(lessons.of(picture)));
                }
                shard.run(path, part.len(), layout, folded, &chain, &objective, &mut stream);
            },
        );
        // A fixed order of addition, shard by shard, whatever the number of threads.
        self.gradient.fill(0.0);
        let used = chosen.len().div_ceil(config.batch.div_ceil(config.shards));
        for shard in &shards[..used] {
            self.gradient.iter_mut().zip(&*shard.gradient).for_each(|(sum, part)| *sum += part);
            self.state.position.count(shard.loss, shard.correct);
        }
        let parts: Vec<usize> =
            chosen.chunks(config.batch.div_ceil(config.shards)).map(<[usize]>::len).collect();
        if phase.normalize {
            let step = running::statistics(&self.layout, &shards[..used], &parts);
            norm::run_on(&mut self.state.running, step);
        }
        if weighting > 0.0 {
            norm::run_on(&mut self.state.flips, running::flips(&shards[..used], &parts));
        }
        if smooth {
            ptanh::through(&self.layout, &self.state.flat, &mut self.gradient);
        }
        prune::apply(&self.state.mask, &mut self.gradient);
        let Phase { epochs, learning_rate, warmup_epochs, final_rate, .. } = *phase;
        let rate = rate(epochs, learning_rate, warmup_epochs, final_rate, done);
        self.state.adam.step(&mut self.state.flat, &self.gradient, rate, config.clip);
        prune::apply(&self.state.mask, &mut self.state.flat);
        limit(&mut self.state.flat, &self.layout, &config.format, config.delta);
    }

    /// Accuracy on the validation pictures of the rounded parameters as they stand.
    fn measure(&mut self, readout: Readout, replicas: usize, retained: u32) -> f64 {
        let config = &self.state.config;
        let mut flat = self.state.flat.clone();
        // Inside such a phase the model is what it would be folded now.
        if let Some(phase) = config.phases.get(self.state.position.phase) {
            if phase.recipe == Recipe::Ptanh {
                ptanh::fold(&self.layout, &mut flat);
            } else if phase.normalize {
                norm::fold(&self.layout, &mut flat, &self.state.running, config.delta);
            }
        }
        self.folded.fill(&self.layout, &flat, Some(&config.format));
        let schedules = vec![Schedule { burn_in: 0, retained, readout }];
        let sampling = Sampling { replicas, schedules, delta: config.delta, seed: config.seed };
        folded_accuracy(&self.layout, &self.folded, &config.format, &self.validation, &sampling)
    }

    /// Measures on the validation pictures (`field` mode, 4 sweeps) and moves on to the next epoch.
    fn close_epoch(&mut self, train_images: usize) {
        if let Some(pruning) = self.state.config.pruning {
            let done = self.overall_epoch() as f32;
            prune::update(&mut self.state.mask, &self.state.flat, &self.layout, &pruning, done, 0);
            prune::apply(&self.state.mask, &mut self.state.flat);
        }
        let accuracy = self.measure(Readout::Field, 1, 4);
        let (position, batch) = (self.state.position, self.state.config.batch);
        self.state.history.push(EpochRecord {
            epoch: self.overall_epoch(),
            loss: (position.loss() / (train_images / batch) as f64) as f32,
            train_correct: position.correct,
            train_images,
            validation_correct: (accuracy * self.validation.len() as f64).round() as usize,
            validation_images: self.validation.len(),
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

    fn result(mut self, control: Option<Trained>) -> Trained {
        let blocks = self.layout.blocks.len();
        // Without blocks nothing is sampled: one number says it all.
        let measured = if blocks == 0 { &MEASURED[..1] } else { &MEASURED };
        let validation = measured.iter().map(|&(readout, replicas, retained)| ValidationRow {
            readout,
            replicas,
            retained,
            sweeps: replicas * retained as usize * blocks,
            accuracy: self.measure(readout, replicas, retained),
        });
        let validation = validation.collect();
        let config = self.state.config;
        self.folded.fill(&self.layout, &self.state.flat, Some(&config.format));
        Trained {
            model: self.layout.model(&self.folded.unfolded(&self.layout), config.delta),
            record: TrainRecord {
                train_images: self.train.len(),
                validation_images: self.validation.len(),
                validation,
                control: control.as_ref().map(|control| control.record.validation[0].accuracy),
                history: self.state.history,
                config,
            },
            control: control.map(|control| control.model),
        }
    }
}

/// The control's configuration: same encoder, decoder and bits, no block.
fn control(config: &TrainConfig, layout: &Layout) -> Option<TrainConfig> {
    if config.control_epochs == 0 || config.blocks.is_empty() {
        return None;
    }
    let mut control = TrainConfig {
        blocks: Vec::new(),
        control_epochs: 0,
        teacher: None,
        pruning: None,
        losses: Losses { distill_weight: 0.0, distill_temperature: 1.0, ..config.losses },
        ..config.clone()
    };
    control.decoder.rows = control.decoder.rows.min(layout.encoded.rows);
    control.decoder.columns = control.decoder.columns.min(layout.encoded.columns);
    let warmup_epochs = config.phases[0].warmup_epochs.min(config.control_epochs as f32);
    let phase = Phase {
        epochs: config.control_epochs,
        warmup_epochs,
        quantized: true,
        recipe: Recipe::Chain,
        normalize: false,
        fixed_point: None,
        ..config.phases[0]
    };
    control.phases = vec![phase];
    Some(control)
}

/// Passes on only the wish to stop: the control shows no progress and keeps no checkpoint.
struct Quiet<'a>(&'a mut dyn Observer);

impl Observer for Quiet<'_> {
    fn interrupted(&mut self) -> bool {
        self.0.interrupted()
    }
}
