//! What can be seen of a run.

use spinwright_contract::{Color, PBitId};

/// A p-bit's state after the start, before the first sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartUpdate {
    /// Block, from 0.
    pub block: usize,
    /// Color of the p-bit.
    pub color: Color,
    /// Replica, from 0.
    pub replica: usize,
    /// The p-bit, numbered over all blocks.
    pub p_bit: PBitId,
    /// Its draw, with a random start.
    pub draw: Option<u32>,
    /// Its spin, true = up.
    pub spin: bool,
}

/// One update of one p-bit in one replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    /// Block, from 0.
    pub block: usize,
    /// Sweep of the block, from 1; swaps do not reset it.
    pub sweep: u64,
    /// Color of the p-bit.
    pub color: Color,
    /// Replica, from 0.
    pub replica: usize,
    /// The p-bit, numbered over all blocks.
    pub p_bit: PBitId,
    /// Its saturated field.
    pub field: i32,
    /// Its draw.
    pub draw: u32,
    /// Its new spin, true = up.
    pub spin: bool,
    /// Of an output p-bit in a retained sweep: its sum after this replica's contribution.
    pub sum: Option<i32>,
}

/// Receives everything observable of a run, in the order of issue: block by block, slot by slot, all replicas of a slot, all
/// lanes of a replica. Padding is not observable.
pub trait Observer {
    /// A block begins with these input spins (true = up): those that the host wrote, the encoded picture, or the signs of the block
    /// before.
    fn block_begins(&mut self, _block: usize, _inputs: &[bool]) {}

    /// The state of one p-bit after the start.
    fn start(&mut self, _update: &StartUpdate) {}

    /// One update.
    fn update(&mut self, _update: &Update) {}

    /// All updates of one color in one sweep of a block are done (sweep 0 is the start).
    fn color_done(&mut self, _block: usize, _sweep: u64, _color: Color) {}

    /// A swap took effect after this sweep of the block that runs.
    fn swapped(&mut self, _block: usize, _after_sweep: u64) {}

    /// A block ended, by its schedule or by a stop, with these sums and signs of its outputs.
    fn block_done(&mut self, _block: usize, _sums: &[i32], _signs: &[bool]) {}

    /// The decoder on the device has run.
    fn decoded(&mut self, _scores: &[i64], _class: usize) {}
}

/// Sees nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}
