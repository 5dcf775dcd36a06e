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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;
    use crate::train::{Augment, Silent, TrainConfig, train};

    /// What a person reads when training is refused or ends early.
    #[test]
    fn refusals_read_well() {
        let pictures = digits::draw(40, 1, digits::Split::Train);
        let fails = |config: TrainConfig| train(&pictures, &config, &mut Silent).unwrap_err();
        let usual = TrainConfig::digits;
        let messages = [
            fails(TrainConfig { batch: 0, ..usual() }),
            fails(TrainConfig { delta: f32::NAN, ..usual() }),
            fails(TrainConfig { phases: Vec::new(), ..usual() }),
            fails(TrainConfig { augment: Augment { turn: -1.0, ..usual().augment }, ..usual() }),
            fails(TrainConfig { validation: 10, batch: 32, ..usual() }),
            fails(TrainConfig { margin: 14, batch: 8, validation: 0, ..usual() }),
            TrainError::Interrupted { epoch: 2, epochs: 7 },
            TrainError::Diverged { epoch: 1, loss: f64::NAN },
        ];
        insta::assert_snapshot!("refusals", messages.map(|error| error.to_string()).join("\n"));
    }
}
