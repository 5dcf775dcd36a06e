//! Compilation for sparse machines: a quantized model, its tables and its schedules become a bank image.

use super::contents::ladder;
use super::{BetaStep, SparseContents, SparseImage, SparseLayout, SparseModel};
use crate::image::Table;
use spinwright_contract::{Problem, Schedule, Start, ValidSparse};

/// What an image says beside its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseProgram {
    /// Lengths and readout of a run.
    pub schedule: Schedule,
    /// Where a run starts.
    pub start: Start,
    /// Inverse temperature of every table of the machine.
    pub betas: Vec<f32>,
    /// Table of every sweep; empty for none.
    pub beta_schedule: Vec<BetaStep>,
    /// Sweeps between exchanges, of a machine with `ladder`; 0: none.
    pub every: u32,
}

/// The image of a quantized model. Its words are decoded again and compared before it is handed out.
///
/// # Errors
/// When the model was quantized for another machine, a beta is not finite or negative, there is not one beta for every table,
/// or a schedule does not fit.
///
/// # Panics
/// If the decoder does not find what the encoder wrote, which would be a defect of this program.
pub fn compile(
    model: SparseModel,
    config: &ValidSparse,
    program: &SparseProgram,
) -> Result<SparseImage, Problem> {
    if model.machine_id != config.hash().id() {
        return Err(Problem::new(
            "the model was quantized for another machine",
            config.name(),
            format!("machine ID {:016x} instead of {:016x}", model.machine_id, config.hash().id()),
            "quantize it for this machine",
        ));
    }
    if let Some(beta) = program.betas.iter().find(|beta| !(beta.is_finite() && **beta >= 0.0)) {
        return Err(Problem::new(
            "a table cannot be made",
            "betas",
            format!("beta is {beta}; an inverse temperature is finite and not negative"),
            "give betas such as 1.0",
        ));
    }
    if config.ladder() && program.betas.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(Problem::new(
            "a ladder cannot be made",
            "betas",
            "the rungs of a ladder go from hot to cold, and a beta is smaller than the one before it",
            "give the betas in ascending order",
        ));
    }
    let grid = model.grids.field;
    let table = |&beta: &f32| Table::sigmoid(beta, grid, config.field_bits(), config.draw_bits());
    let contents = SparseContents {
        graph: model.graph,
        schedule: program.schedule,
        start: program.start,
        beta_schedule: program.beta_schedule.clone(),
        field_frac_bits: grid,
        tables: program.betas.iter().map(table).collect(),
        ladder: ladder(config, &program.betas, program.every, grid),
        bias_sets: model.bias_sets,
        couplings: model.couplings,
    };
    let image = SparseLayout::place(config, contents)?.into_image();
    let decoded = SparseImage::from_words(&image.to_words(), config)?;
    assert!(decoded == image, "decoding an image gives what was encoded");
    Ok(image)
}
