//! The reference's evaluation in batches, so that progress can be shown between them.

use crate::progress::Progress;
use spinwright_contract::{Problem, Start, ValidConfig};
use spinwright_reference::data::Dataset;
use spinwright_reference::evaluate::{Evaluation, Score, evaluate};
use spinwright_reference::image::BankImage;

/// Pictures of a batch. Every picture has its own place in the streams, so this changes no result.
const PICTURES: usize = 1024;

/// Runs every picture. With the start `keep` they are one batch, since each goes on where the last one ended.
pub fn score(
    machine: &ValidConfig,
    image: &BankImage,
    data: &Dataset,
    options: &Evaluation,
    progress: &mut Progress,
) -> Result<Score, Problem> {
    let batch = if options.start == Start::Keep { data.len().max(1) } else { PICTURES };
    let part = |first: usize| {
        let indices: Vec<usize> = (first..data.len().min(first + batch)).collect();
        let options = Evaluation { first_picture: first as u64, ..options.clone() };
        evaluate(machine, image, &data.select(&indices), &options)
    };
    let mut score = part(0)?;
    for first in (batch..data.len()).step_by(batch) {
        progress.set(first as u64, "");
        score.append(part(first)?);
    }
    Ok(score)
}
