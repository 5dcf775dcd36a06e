//! What can stop training.

use crate::data::{DataError, EncoderError};
use spinwright_contract::Problem;

/// Why training stopped without a model.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A configuration, model or checkpoint that is refused, or a file that cannot be written.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The data cannot be split as asked.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The pictures do not fit the encoder.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The observer asked to stop; the checkpoint it was handed last continues from there.
    #[error(
        "training was interrupted in epoch {epoch} of {epochs}\n  help: run the same command with --resume to continue"
    )]
    Interrupted {
        /// Epoch under way, from 1, over all phases.
        epoch: usize,
        /// Epochs in all.
        epochs: usize,
    },
    /// The loss is no longer a number.
    #[error(
        "training diverged in epoch {epoch}: the loss is {loss}\n  help: lower learning_rate, or clip more"
    )]
    Diverged {
        /// Epoch under way, from 1, over all phases.
        epoch: usize,
        /// The loss.
        loss: f64,
    },
}
