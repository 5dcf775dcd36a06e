//! What can be seen of a run of a sparse machine.

use super::{SparseEnergy, SparseExchange};
use spinwright_contract::PBitId;

/// A p-bit's state after the start, before the first sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SparseStart {
    /// Color of the p-bit.
    pub color: usize,
    /// Replica, from 0.
    pub replica: usize,
    /// The p-bit.
    pub p_bit: PBitId,
    /// Its draw, with a random start.
    pub draw: Option<u32>,
    /// Its spin, true = up.
    pub spin: bool,
}

/// One update of one p-bit in one replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SparseUpdate {
    /// Sweep of the run, from 1; swaps do not reset it.
    pub sweep: u64,
    /// Color of the p-bit.
    pub color: usize,
    /// Replica, from 0.
    pub replica: usize,
    /// The p-bit.
    pub p_bit: PBitId,
    /// Its saturated field.
    pub field: i32,
    /// The table that was looked up: that of the replica plus that of the beta schedule.
    pub table: usize,
    /// Its draw.
    pub draw: u32,
    /// Its new spin, true = up.
    pub spin: bool,
    /// In a retained sweep: its sum after this replica's contribution.
    pub sum: Option<i32>,
}

/// Receives everything observable of a run, in the order of issue: slot by slot, all replicas of a slot, all lanes of a
/// replica. Padding is not observable.
pub trait SparseObserver {
    /// The state of one p-bit after the start.
    fn start(&mut self, _update: &SparseStart) {}

    /// One update.
    fn update(&mut self, _update: &SparseUpdate) {}

    /// All updates of one color in one sweep are done (sweep 0 is the start).
    fn color_done(&mut self, _sweep: u64, _color: usize) {}

    /// The energy of a replica after a sweep, of machines with `energy`.
    fn energy(&mut self, _energy: &SparseEnergy) {}

    /// Two neighboring rungs were tried after a sweep, of machines with `ladder`.
    fn exchange(&mut self, _exchange: &SparseExchange) {}

    /// A swap took effect after this sweep.
    fn swapped(&mut self, _after_sweep: u64) {}

    /// The run ended with these sums and signs of all p-bits.
    fn done(&mut self, _sums: &[i32], _signs: &[bool]) {}
}

/// Sees nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct SparseSilent;

impl SparseObserver for SparseSilent {}
