//! What an image of a sparse machine says, in p-bit order.

use crate::image::Table;
use spinwright_contract::{Schedule, Start, ValidSparse};

/// One entry of a beta schedule: so many sweeps with this table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BetaStep {
    /// Sweeps of one replica, 1 to the machine's `max_sweeps`. The last entry lasts on.
    pub sweeps: u32,
    /// Added to the table that a replica selects, 0 to `tables` - 1; the sum stops at the last table.
    pub table: u32,
}

/// The fraction bits of a machine's numbers: all follow from those of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SparseGrids {
    /// g of the field.
    pub field: i32,
    /// Of the couplings.
    pub coupling: i32,
    /// Of the biases.
    pub bias: i32,
}

impl SparseGrids {
    /// The grids of a machine whose field has `field_frac_bits` fraction bits.
    pub fn of(config: &ValidSparse, field_frac_bits: i32) -> Self {
        let shifts = config.shifts();
        Self {
            field: field_frac_bits,
            coupling: field_frac_bits - shifts.coupling as i32,
            bias: field_frac_bits - shifts.bias as i32,
        }
    }

    /// Whether every number is -32 to 31.
    pub fn in_range(&self) -> bool {
        [self.field, self.coupling, self.bias].iter().all(|n| (-32..=31).contains(n))
    }
}

/// What an image says, in p-bit order. Shapes and ranges are the machine's only after [`super::SparseLayout::place`].
#[derive(Debug, Clone, PartialEq)]
pub struct SparseContents {
    /// Lengths and readout of a run.
    pub schedule: Schedule,
    /// Where a run starts.
    pub start: Start,
    /// Which table every sweep uses; empty: that of the replica. At most the machine's `beta_steps` entries.
    pub beta_schedule: Vec<BetaStep>,
    /// Fraction bits g of the field; decides those of couplings and biases.
    pub field_frac_bits: i32,
    /// The machine's tables.
    pub tables: Vec<Table>,
    /// Bias sets, one raw bias per p-bit each; a run uses one.
    pub bias_sets: Vec<Vec<i16>>,
    /// One raw coupling per edge, in the order of [`spinwright_contract::SparseGraph::edges`].
    pub couplings: Vec<i16>,
}

impl SparseContents {
    /// Contents of a wired machine's shape with all weights zero, one bias set, no beta schedule, and sigmoid tables for the given betas.
    ///
    /// # Panics
    /// If the number of betas is not the machine's number of tables.
    pub fn zeros(
        config: &ValidSparse,
        field_frac_bits: i32,
        betas: &[f32],
        schedule: Schedule,
        start: Start,
    ) -> Self {
        assert_eq!(betas.len(), config.tables(), "one beta for every table");
        let table =
            |&beta: &f32| Table::sigmoid(beta, field_frac_bits, config.field_bits(), config.draw_bits());
        let edges = config.graph().map_or(0, |graph| graph.edges().len());
        Self {
            schedule,
            start,
            beta_schedule: Vec::new(),
            field_frac_bits,
            tables: betas.iter().map(table).collect(),
            bias_sets: vec![vec![0; config.p_bits()]],
            couplings: vec![0; edges],
        }
    }
}
