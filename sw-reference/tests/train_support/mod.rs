//! What the tests of training share.

use spinwright_contract::Problem;
use spinwright_reference::train::{Checkpoint, Observer, Progress, conv};
use std::path::PathBuf;

/// Stops a run after a number of steps and keeps the last checkpoint, through its file.
pub struct StopAfter {
    left: usize,
    path: PathBuf,
    /// Checkpoints written.
    pub calls: usize,
}

impl StopAfter {
    pub fn new(steps: usize, path: PathBuf) -> Self {
        Self { left: steps, path, calls: 0 }
    }
}

impl Observer for StopAfter {
    fn progress(&mut self, progress: &Progress) {
        assert!(progress.step >= 1 && progress.step <= progress.steps && progress.epoch <= progress.epochs);
        self.left -= 1;
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), Problem> {
        self.calls += 1;
        checkpoint.save(&self.path)
    }

    fn conv_checkpoint(&mut self, checkpoint: &conv::Checkpoint) -> Result<(), Problem> {
        self.calls += 1;
        checkpoint.save(&self.path)
    }

    fn interrupted(&mut self) -> bool {
        self.left == 0
    }
}
