//! The memories that a load stream fills: their names in the generated Verilog, and where each word of the streams lies.

use super::shape::MachineShape;
use crate::cells::{CouplingUnit, ThresholdTable, WeightBank};
use crate::width::address_width;
use spinwright_contract::ValidConfig;
use spinwright_contract::power_on::RECORD_BYTES;

/// What a memory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The power-on record, later the host's frames; a byte per word.
    Record,
    /// All thresholds of a coupling bank, of one lane: word i of the stream's tables at i.
    Thresholds,
    /// One column of one lane's rows of weights.
    Weights {
        /// The lane.
        lane: usize,
        /// The column.
        column: usize,
    },
    /// The biases of one lane, stored already shifted, and cached fields.
    Biases {
        /// The lane.
        lane: usize,
    },
}

/// One memory of a machine that takes parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterMemory {
    /// Instance path below `<machine>_top` and the name of the memory, parts apart by dots.
    pub path: String,
    /// Words.
    pub depth: usize,
    /// Bits of a word.
    pub width: usize,
    /// What it holds.
    pub holds: Holds,
}

/// The memories of a layered machine and the places of its banks in them.
#[derive(Clone, Debug)]
pub struct ParameterMemories {
    /// Record, then lane by lane: thresholds, weights by column, biases.
    pub memories: Vec<ParameterMemory>,
    shape: MachineShape,
    table_bits: usize,
    weight_rows: usize,
    planes: bool,
}

impl ParameterMemories {
    /// Those of a machine.
    pub fn of(config: &ValidConfig) -> Self {
        let shape = MachineShape::of(config);
        let planes = shape.sequencer.planes;
        let (banks, weight_rows) = (shape.coupling_banks, shape.sequencer.rows());
        let tables = shape.sequencer.blocks * shape.tables;
        let field_bits = shape.field.field_bits;
        let table_depth = ThresholdTable::new(banks, tables, field_bits, shape.draw_bits).depth();
        let weight_depth = if planes { banks * weight_rows } else { WeightBank::depth(banks, weight_rows) };
        let memory = |path: String, depth: usize, width: usize, holds: Holds| ParameterMemory {
            path,
            depth,
            width,
            holds,
        };
        let mut memories = vec![memory("hosted.bridge.buffer.mem".into(), RECORD_BYTES, 8, Holds::Record)];
        for lane in 0..shape.lanes {
            let path = |part: &str| format!("hosted.core.engine.lane_{lane}.{part}.mem");
            memories.push(memory(
                path("p_bit.thresholds.memory"),
                table_depth,
                shape.draw_bits + 1,
                Holds::Thresholds,
            ));
            let columns = CouplingUnit::column_weights(shape.tree_width, shape.weight_bits);
            for (column, weights) in columns.into_iter().enumerate() {
                memories.push(memory(
                    path(&format!("weights.memory_{column}")),
                    weight_depth,
                    weights * shape.weight_bits,
                    Holds::Weights { lane, column },
                ));
            }
            let bases = path("bases.memory");
            memories.push(memory(bases, shape.bias.depth(), shape.bias.base_bits, Holds::Biases { lane }));
        }
        let table_bits = address_width(2 * tables) + field_bits;
        Self { memories, shape, table_bits, weight_rows, planes }
    }

    /// Address of threshold `index` (in the order of the stream) of a coupling bank.
    pub fn threshold(&self, bank: usize, index: usize) -> usize {
        (bank << self.table_bits) + index
    }

    /// Address of row `row` of a coupling bank.
    pub fn weight(&self, bank: usize, row: usize) -> usize {
        if self.planes {
            bank * self.weight_rows + row
        } else {
            (bank << address_width(self.weight_rows)) + row
        }
    }

    /// Address of bias row `row` of a bias bank.
    pub fn bias(&self, bank: usize, row: usize) -> usize {
        let rows = self.shape.bias_rows;
        if self.planes {
            self.shape.cached_slots + bank * rows + row
        } else {
            (bank << address_width(rows)) + row
        }
    }

    /// The word that stands for a bias of that row.
    pub fn stored_bias(&self, bank: usize, row: usize, bias: i32) -> u64 {
        let mask = (1u64 << self.shape.bias.base_bits) - 1;
        ((i64::from(bias) << self.bias_shift(bank, row)) as u64) & mask
    }

    /// The bias that a word of that row stands for; nothing when it is none of the machine's.
    pub fn loaded_bias(&self, bank: usize, row: usize, word: u64) -> Option<i32> {
        let unused = 64 - self.shape.bias.base_bits;
        let (value, shift) = (((word << unused) as i64) >> unused, self.bias_shift(bank, row));
        let bias = value >> shift;
        let bits = 64 - self.shape.bias.bias_bits;
        (bias << shift == value && bias << bits >> bits == bias).then_some(bias as i32)
    }

    fn bias_shift(&self, bank: usize, row: usize) -> usize {
        let row = if self.planes { self.bias(bank, row) } else { row };
        let shifts = &self.shape.bias.shifts;
        shifts.iter().find(|&&(end, _)| row < end).map_or(0, |&(_, shift)| shift)
    }
}
