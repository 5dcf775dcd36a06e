//! One block of a machine: its couplings as real numbers for the theory, and its bit-exact sampler for the measurement.

use super::chain::Clamped;
use super::measure::Tally;
use super::modes::{LagOne, Mode};
use super::operator::{BlockOperator, ConvOperator, Entries};
use crate::evaluate::raw_model;
use crate::fast::{Batch, BatchInputs, BatchSampler, BatchStart, Path, RawModel, SpinRows};
use crate::image::{BankImage, Matrix};
use crate::stream::LaneStreams;
use spinwright_contract::{Color, Problem, Readout, Schedule, ValidConfig};

/// A block of an image, alone on a machine of the same formats.
pub struct MachineBlock {
    k2: ConvOperator,
    k1: ConvOperator,
    k3: Option<ConvOperator>,
    biases: [Vec<f64>; 2],
    config: ValidConfig,
    sampler: BatchSampler,
}

/// How to measure a block on the bit-exact machine. Sweeps are those of one replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineMeasure {
    /// Sweeps discarded first.
    pub burn_in: u32,
    /// Independent runs of every input.
    pub repetitions: u32,
    /// Sweeps of the run that decides the long-run signs, after a sixteenth of them as burn-in.
    pub reference: u32,
    /// Seed of the streams; the reference takes the next one.
    pub seed: u64,
}

impl MachineBlock {
    /// Block `block` of an image with its bias set 0, on a machine with only this block, whose schedules may have `longest` sweeps.
    ///
    /// # Errors
    /// When such a machine is not possible.
    ///
    /// # Panics
    /// If the image is not the machine's, or has no such block.
    pub fn of(config: &ValidConfig, image: &BankImage, block: usize, longest: u32) -> Result<Self, Problem> {
        let contents = image.contents();
        let whole = raw_model(contents, 0, config);
        let raw = RawModel { blocks: vec![whole.blocks[block].clone()], encoder: None, decoder: None };
        let mut alone = config.config().clone();
        let shape = alone.blocks[block];
        alone.blocks = vec![shape];
        (alone.encoder, alone.decoder) = (None, None);
        alone.max_sweeps = alone.max_sweeps.max(longest);
        let alone = alone.validate().map_err(|problem| problem.within("machine of the measurement"))?;
        let matrices = &contents.blocks[block];
        let set = &contents.bias_sets[0];
        let bias = |color: Color, frac_bits: i32| -> Vec<f64> {
            let raw = &set.raw[block][color.index()];
            let p_bits = if color == Color::Hidden { shape.hidden } else { shape.output }.p_bits();
            // One per channel or one per p-bit: the channel is the fastest index of both.
            (0..p_bits).map(|i| f64::from(raw[i % raw.len()]) * (-f64::from(frac_bits)).exp2()).collect()
        };
        Ok(Self {
            k2: ConvOperator::new(shape.hidden, shape.output, shape.k2, values(&matrices.k2)),
            k1: ConvOperator::new(shape.input, shape.hidden, shape.k1, values(&matrices.k1)),
            k3: (matrices.k3.as_ref().zip(shape.k3))
                .map(|(k3, kernel)| ConvOperator::new(shape.input, shape.output, kernel, values(k3))),
            biases: [bias(Color::Hidden, set.hidden_frac_bits), bias(Color::Output, set.output_frac_bits)],
            sampler: BatchSampler::new(&alone, &raw, Path::Auto)?,
            config: alone,
        })
    }

    /// K2, as the machine has it.
    pub fn operator(&self) -> &ConvOperator {
        &self.k2
    }

    /// The clamped parts of the fields for one input, true = up.
    ///
    /// # Panics
    /// If there are not as many spins as input p-bits.
    pub fn clamped(&self, input: impl Iterator<Item = bool>) -> Clamped {
        let spins: Vec<f64> = input.map(|up| if up { 1.0 } else { -1.0 }).collect();
        let [mut hidden, mut output] = self.biases.clone();
        self.k1.add_to_outputs(Entries::Values, &spins, &mut hidden);
        if let Some(k3) = &self.k3 {
            k3.add_to_outputs(Entries::Values, &spins, &mut output);
        }
        Clamped { hidden, output }
    }

    /// Signs of the outputs after a run of every input from a random start.
    fn signs(
        &self,
        inputs: &SpinRows,
        schedule: Schedule,
        seed: u64,
        first_image: u64,
    ) -> Result<SpinRows, Problem> {
        let streams = LaneStreams::of(&self.config, seed);
        let batch = Batch {
            inputs: BatchInputs::Spins(inputs),
            streams: &streams,
            first_image,
            schedules: &[schedule],
            start: BatchStart::Random,
            clamps: None,
            table_select: &[],
        };
        Ok(self.sampler.run(&batch)?.signs)
    }

    /// Signs of the long-run means (spin readout over all replicas).
    ///
    /// # Errors
    /// When the machine's accumulators do not hold the schedule.
    pub fn long_run(&self, inputs: &SpinRows, options: &MachineMeasure) -> Result<SpinRows, Problem> {
        let burn_in = options.reference / 16;
        let schedule = Schedule { burn_in, retained: options.reference, readout: Readout::Spin };
        self.signs(inputs, schedule, options.seed + 1, 0)
    }

    /// Wrong signs at one number of retained sweeps (spin readout): runs of every input beside the long-run signs.
    ///
    /// # Errors
    /// When the machine's accumulators do not hold the schedule.
    pub fn measure(
        &self,
        inputs: &SpinRows,
        long_run: &SpinRows,
        retained: u32,
        options: &MachineMeasure,
    ) -> Result<Tally, Problem> {
        let schedule = Schedule { burn_in: options.burn_in, retained, readout: Readout::Spin };
        let mut runs = Vec::new();
        for run in 0..u64::from(options.repetitions) {
            runs.push(self.signs(inputs, schedule, options.seed, run * inputs.rows() as u64)?);
        }
        let mut tally = Tally::default();
        for row in 0..inputs.rows() {
            let reference: Vec<bool> = long_run.row(row).collect();
            let signs: Vec<Vec<bool>> = runs.iter().map(|run| run.row(row).collect()).collect();
            tally.push(&reference, signs.iter().map(Vec::as_slice));
        }
        Ok(tally)
    }

    /// Measured lag-1 autocorrelations of every input's modes over `sweeps` sweeps of every replica.
    ///
    /// # Errors
    /// When the machine does not hold such a schedule.
    ///
    /// # Panics
    /// If there is not one list of modes for every input.
    pub fn lag_one(
        &self,
        inputs: &SpinRows,
        modes: &[Vec<Mode>],
        sweeps: u32,
        seed: u64,
    ) -> Result<Vec<Vec<f64>>, Problem> {
        assert_eq!(modes.len(), inputs.rows(), "modes of every input");
        let burn_in = sweeps / 16;
        let schedule = Schedule { burn_in, retained: sweeps, readout: Readout::Spin };
        let streams = LaneStreams::of(&self.config, seed);
        let batch = Batch {
            inputs: BatchInputs::Spins(inputs),
            streams: &streams,
            first_image: 0,
            schedules: &[schedule],
            start: BatchStart::Random,
            clamps: None,
            table_select: &[],
        };
        let mut lags: Vec<LagOne> =
            modes.iter().map(|modes| LagOne::new(modes, self.config.replicas())).collect();
        self.sampler.run_observed(&batch, &mut |step| {
            if step.color == Color::Output && step.sweep > burn_in {
                let spins: Vec<f64> = step.spins.iter().map(|&up| if up { 1.0 } else { -1.0 }).collect();
                lags[step.image].push(step.replica, &spins);
            }
        })?;
        Ok(lags.iter().map(LagOne::values).collect())
    }
}

/// Raw weights as numbers.
fn values(matrix: &Matrix) -> Vec<f64> {
    let step = (-f64::from(matrix.frac_bits)).exp2();
    matrix.raw.iter().map(|&raw| f64::from(raw) * step).collect()
}
