//! The public face: a batch in, sums, signs and classes out.

use super::batch::{Batch, BatchInputs, BatchResult, BatchStart, Part, RunPlan, Step};
use super::bits::SpinRows;
use super::kernels::Path;
use super::layout::COLUMNS;
use super::model::PackedModel;
use super::raw::RawModel;
use super::strip::Strip;
use rayon::prelude::*;
use spinwright_contract::{Problem, ValidConfig};

/// The sampler of one machine and model.
#[derive(Clone)]
pub struct BatchSampler {
    config: ValidConfig,
    model: PackedModel,
}

impl BatchSampler {
    /// Packs a model for a path.
    ///
    /// # Errors
    /// A matrix of the wrong shape, a raw value or threshold out of range, or a path that this processor does not have.
    pub fn new(config: &ValidConfig, model: &RawModel, path: Path) -> Result<Self, Problem> {
        Ok(Self { config: config.clone(), model: PackedModel::new(config, model, path)? })
    }

    /// The path that runs, never [`Path::Auto`]. Machines whose exact fields need more than 32 bits always run portable.
    pub fn path(&self) -> Path {
        self.model.path
    }

    /// The machine.
    pub fn config(&self) -> &ValidConfig {
        &self.config
    }

    /// Runs a batch on the threads of the current rayon pool. Any number of threads gives the same bytes.
    ///
    /// # Errors
    /// Shapes that are not the machine's, a schedule outside its limits, a table that does not exist.
    pub fn run(&self, batch: &Batch) -> Result<BatchResult, Problem> {
        batch.check(&self.config)?;
        if let BatchStart::Keep(first) = batch.start {
            return self.run_chained(batch, first);
        }
        let plan = RunPlan::new(&self.config, &self.model, batch);
        let strips: Vec<BatchResult> = (0..plan.images().div_ceil(COLUMNS))
            .into_par_iter()
            .map_init(|| Strip::new(&plan), |strip, index| strip.run(&plan, index * COLUMNS, None))
            .collect();
        Ok(self.join(plan.draws_per_image, &strips))
    }

    /// Runs a batch and calls `observe` for every image, block, sweep, color and replica: the images of 32 interleaved, each
    /// image's steps in trace order. For traces and tests; on the current thread.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_observed(&self, batch: &Batch, observe: &mut dyn FnMut(Step)) -> Result<BatchResult, Problem> {
        batch.check(&self.config)?;
        let plan = RunPlan::new(&self.config, &self.model, batch);
        let mut strip = Strip::new(&plan);
        let starts = (0..plan.images()).step_by(COLUMNS);
        let strips: Vec<BatchResult> =
            starts.map(|first| strip.run(&plan, first, Some(&mut *observe))).collect();
        Ok(self.join(plan.draws_per_image, &strips))
    }

    /// Repeats one part of a sweep `times` times on a strip of the batch's first 32 images and drops what comes out: for
    /// benchmarks.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn repeat_part(&self, batch: &Batch, part: Part, times: u32) -> Result<(), Problem> {
        batch.check(&self.config)?;
        let plan = RunPlan::new(&self.config, &self.model, batch);
        if plan.images() > 0 {
            Strip::new(&plan).repeat(&plan, part, times);
        }
        Ok(())
    }

    /// Image after image, each from the state that the last one left.
    fn run_chained(&self, batch: &Batch, first: &SpinRows) -> Result<BatchResult, Problem> {
        let mut state = first.clone();
        let images = batch.images(&self.config);
        let mut results = Vec::with_capacity(images);
        for image in 0..images {
            let mut row = SpinRows::new(self.config.inputs());
            let inputs = match (batch.inputs, self.config.encoder()) {
                (BatchInputs::Pictures(pixels), Some(encoder)) => {
                    BatchInputs::Pictures(&pixels[image * encoder.pixels()..][..encoder.pixels()])
                }
                (BatchInputs::Spins(spins), _) => {
                    row.push(spins.row(image));
                    BatchInputs::Spins(&row)
                }
                (BatchInputs::Pictures(_), None) => unreachable!("refused by `Batch::check`"),
            };
            let first_image = batch.first_image + image as u64;
            let one = Batch { inputs, first_image, start: BatchStart::Host(&state), ..*batch };
            let result = self.run(&one)?;
            state = result.states.clone();
            results.push(result);
        }
        Ok(self.join(self.config.draws_per_image(batch.schedules, false), &results))
    }

    /// Results of consecutive images as one.
    fn join(&self, draws_per_image: u64, parts: &[BatchResult]) -> BatchResult {
        let mut all = BatchResult::none(&self.config, draws_per_image);
        parts.iter().for_each(|part| all.append(part));
        all
    }
}
