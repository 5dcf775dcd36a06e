//! Sweep boundaries of an observed run, and where commands must take effect.

use crate::verilator::Event;
use std::collections::VecDeque;

/// The end of one sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    /// Number of the sweep within the run, over all blocks.
    sweep: u32,
    /// Clock in which its last update was observed.
    clock: u64,
    /// It is the last sweep of its block.
    last_of_block: bool,
}

/// When the last update of every sweep was observed.
#[derive(Debug, Clone, Default)]
pub(super) struct Timeline {
    ends: Vec<End>,
}

/// A boundary that never comes in the run.
pub(super) const NEVER: u32 = u32::MAX;

impl Timeline {
    /// Reads the boundaries off a run's observations.
    pub(super) fn of(events: &VecDeque<Event>) -> Self {
        let mut ends: Vec<End> = Vec::new();
        let (mut block, mut before) = (0, 0);
        for event in events {
            let Event::Update(u) = event else { continue };
            if u.block != block {
                before = ends.last().map_or(0, |end| end.sweep);
                block = u.block;
                if let Some(last) = ends.last_mut() {
                    last.last_of_block = true;
                }
            }
            if u.sweep == 0 {
                continue;
            }
            let sweep = before + u.sweep;
            match ends.last_mut() {
                Some(last) if last.sweep == sweep => last.clock = u.cycle.into(),
                _ => ends.push(End { sweep, clock: u.cycle.into(), last_of_block: false }),
            }
        }
        if let Some(last) = ends.last_mut() {
            last.last_of_block = true;
        }
        Self { ends }
    }

    /// Sweeps of all blocks so far.
    pub(super) fn sweeps(&self) -> u32 {
        self.ends.last().map_or(0, |end| end.sweep)
    }

    /// The boundaries, first and last possible one, at which a swap commanded between two clocks takes effect: ends of sweeps that
    /// end no block. [`NEVER`] if none follows.
    pub(super) fn swap_window(&self, commanded: (u64, u64)) -> (u32, u32) {
        self.window(commanded, |end| !end.last_of_block)
    }

    /// As [`Self::swap_window`] for a stop, which every boundary hears.
    pub(super) fn stop_window(&self, commanded: (u64, u64)) -> (u32, u32) {
        self.window(commanded, |_| true)
    }

    fn window(&self, commanded: (u64, u64), hears: impl Fn(&End) -> bool) -> (u32, u32) {
        let after = |clock: u64| {
            self.ends.iter().find(|end| hears(end) && end.clock > clock).map_or(NEVER, |end| end.sweep)
        };
        (after(commanded.0.saturating_sub(MARGIN)), after(commanded.1 + MARGIN))
    }
}

/// The engine decides at a boundary a few clocks before or after its last update is observed; so long around a command the
/// boundary's sweep is not predicted.
const MARGIN: u64 = 96;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verilator::UpdateRecord;

    /// Two blocks, one update per sweep at clocks 1000, 2000 ...: sweeps 0, 1, 2 and 0, 1, 2, 3.
    fn timeline() -> Timeline {
        let places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (1, 3)];
        let update = |(i, &(block, sweep)): (usize, &(u8, u32))| {
            let cycle = 1000 * (i as u32 + 1);
            Event::Update(UpdateRecord { block, sweep, cycle, ..UpdateRecord::default() })
        };
        Timeline::of(&places.iter().enumerate().map(update).collect())
    }

    #[test]
    fn swaps_pass_over_the_end_of_a_block() {
        let t = timeline();
        assert_eq!(t.sweeps(), 5);
        assert_eq!(t.swap_window((1500, 1510)), (1, 1));
        // Sweep 2 ends block 0, at clock 3000; the next boundary is that of block 1's first sweep, at 5000.
        assert_eq!(t.swap_window((2500, 2510)), (3, 3));
        assert_eq!(t.swap_window((5950, 6050)), (4, NEVER));
    }

    #[test]
    fn a_stop_is_heard_at_every_boundary() {
        let t = timeline();
        assert_eq!(t.stop_window((2500, 2510)), (2, 2));
        assert_eq!(t.stop_window((6500, 6510)), (5, 5));
        assert_eq!(t.stop_window((7500, 7510)), (NEVER, NEVER));
    }
}
