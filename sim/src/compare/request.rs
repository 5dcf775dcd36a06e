//! What a run does besides following its schedule.

use crate::loader::RunInput;
use spinwright_reference::image::BankContents;

/// A moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// When an update of this block, this sweep of the block and this slot of the block, or a later one, has been seen. With the
    /// default at once: while the encoder works, or before the first update.
    pub at: (u8, u32, u16),
    /// Clocks after that.
    pub delay: u32,
}

/// What a run does besides following its schedule.
#[derive(Debug, Clone, Default)]
pub struct RunRequest {
    /// When it acts.
    pub moment: Moment,
    /// Write this into the input buffer that the run does not use.
    pub next_input: Option<RunInput>,
    /// Upload these couplings into this bank, while the run goes on.
    pub upload: Option<(u32, BankContents)>,
    /// Then swap to this pair.
    pub swap: Option<(u32, u32)>,
    /// Swap to the previous pair instead.
    pub roll_back: bool,
    /// Then stop.
    pub stop: bool,
}

impl RunRequest {
    /// Whether it does anything.
    pub(super) fn acts(&self) -> bool {
        self.next_input.is_some()
            || self.upload.is_some()
            || self.swap.is_some()
            || self.roll_back
            || self.stop
    }
}

/// Commands that an action in the middle of a run gave, and between which clocks.
#[derive(Debug, Clone, Default)]
pub struct Acted {
    /// Target of a swap that the device accepted.
    pub swap: Option<((u32, u32), (u64, u64))>,
    /// A stop.
    pub stop: Option<(u64, u64)>,
}
