//! What an image of a sparse machine says, in p-bit order.

use super::SparseLadder;
use crate::image::Table;
use spinwright_contract::{Schedule, SparseGraph, Start, ValidSparse};

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
    /// The graph, for an addressed machine; a wired one has its own. Neighbors in ascending order, no empty taps.
    pub graph: Option<SparseGraph>,
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
    /// Exchanges between rungs, of a machine with `ladder`.
    pub ladder: Option<SparseLadder>,
    /// Bias sets, one raw bias per p-bit each; a run uses one.
    pub bias_sets: Vec<Vec<i16>>,
    /// One raw coupling per edge, in the order of [`spinwright_contract::SparseGraph::edges`].
    pub couplings: Vec<i16>,
}

impl SparseContents {
    /// Contents of a wired machine's shape with all weights zero, one bias set, no beta schedule, and sigmoid tables
    /// for the given betas; with a ladder that exchanges after every sweep.
    ///
    /// # Panics
    /// If the number of betas is not the machine's number of tables, or the machine is addressed.
    pub fn zeros(
        config: &ValidSparse,
        field_frac_bits: i32,
        betas: &[f32],
        schedule: Schedule,
        start: Start,
    ) -> Self {
        let graph = config.graph().expect("a wired machine has a graph");
        Self::zeros_on(config, graph, field_frac_bits, betas, schedule, start)
    }

    /// [`Self::zeros`] on a graph: the machine's own, or one that an addressed machine is to take.
    ///
    /// # Panics
    /// If the number of betas is not the machine's number of tables.
    pub fn zeros_on(
        config: &ValidSparse,
        graph: &SparseGraph,
        field_frac_bits: i32,
        betas: &[f32],
        schedule: Schedule,
        start: Start,
    ) -> Self {
        assert_eq!(betas.len(), config.tables(), "one beta for every table");
        let table =
            |&beta: &f32| Table::sigmoid(beta, field_frac_bits, config.field_bits(), config.draw_bits());
        Self {
            graph: config.room().map(|_| canonical(graph)),
            schedule,
            start,
            beta_schedule: Vec::new(),
            field_frac_bits,
            tables: betas.iter().map(table).collect(),
            ladder: ladder(config, betas, 1, field_frac_bits),
            bias_sets: vec![vec![0; graph.p_bits()]],
            couplings: vec![0; graph.edges().len()],
        }
    }
    /// The graph that these contents are for: their own, or the machine's.
    ///
    /// # Panics
    /// If neither has one; [`super::SparseLayout::place`] refuses such contents.
    pub fn graph_on<'a>(&'a self, config: &'a ValidSparse) -> &'a SparseGraph {
        self.graph.as_ref().or(config.graph()).expect("contents or machine have a graph")
    }
}

/// The ladder of a machine's betas; none where it has none.
pub(super) fn ladder(
    config: &ValidSparse,
    betas: &[f32],
    every: u32,
    field_frac_bits: i32,
) -> Option<SparseLadder> {
    let (bits, draw_bits) = (config.exchange_bits(), config.draw_bits());
    config.ladder().then(|| SparseLadder::between(betas, every, field_frac_bits, bits, draw_bits))
}

/// The same graph with neighbors in ascending order and without empty taps: what an image can say.
pub(super) fn canonical(graph: &SparseGraph) -> SparseGraph {
    let sorted = |i: usize| {
        let mut neighbors: Vec<u32> = graph.neighbors_of(i).collect();
        neighbors.sort_unstable();
        neighbors.into_iter().map(Some).collect()
    };
    SparseGraph { neighbors: (0..graph.neighbors.len()).map(sorted).collect(), ..graph.clone() }
}
