//! The numbers that a machine's modules are built from.

use crate::cells::{BiasFormat, CouplingUnit, FIXED_STAGES, FieldFormat, SequencerShape};
use spinwright_contract::{Color, RandomSource, Start, ValidConfig};

/// Every width, depth and count of a machine, derived once from its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MachineShape {
    /// Hardware update units.
    pub lanes: usize,
    /// Source spins per lane and clock.
    pub tree_width: usize,
    /// Bits of a coupling weight.
    pub weight_bits: usize,
    /// Levels of the adder tree per register stage.
    pub tree_levels_per_stage: usize,
    /// Register stages of the adder tree.
    pub tree_stages: usize,
    /// Coupling banks.
    pub coupling_banks: usize,
    /// Tables per color and bank.
    pub tables: usize,
    /// Bits of a draw.
    pub draw_bits: usize,
    /// Bits of a readout sum.
    pub sum_bits: usize,
    /// Whether the random source is xoshiro128++, else lfsr64.
    pub xoshiro: bool,
    /// Order of a run.
    pub sequencer: SequencerShape,
    /// Widths and shifts of fields.
    pub field: FieldFormat,
    /// Biases.
    pub bias: BiasFormat,
}

impl MachineShape {
    /// The shape of a machine.
    pub fn of(config: &ValidConfig) -> Self {
        let levels = config.timing().tree_levels_per_stage;
        let tree_stages = CouplingUnit::stages(config.tree_width(), levels);
        let field = FieldFormat::of(config);
        Self {
            lanes: config.lanes(),
            tree_width: config.tree_width(),
            weight_bits: config.weight_bits() as usize,
            tree_levels_per_stage: levels,
            tree_stages,
            coupling_banks: config.coupling_banks(),
            tables: config.tables(),
            draw_bits: config.draw_bits() as usize,
            sum_bits: config.sum_bits() as usize,
            xoshiro: config.random_source() == RandomSource::Xoshiro128PlusPlus,
            sequencer: SequencerShape::of(config, tree_stages + FIXED_STAGES),
            field,
            bias: BiasFormat {
                banks: config.bias_banks(),
                slots: config.total_slots(),
                hidden_slots: config.slots(Color::Hidden),
                bias_bits: config.bias_bits() as usize,
                base_bits: field.base_bits,
                shift: Color::ALL.map(|c| config.shifts(c).bias as usize),
            },
        }
    }

    /// Clocks from the issue of an update's last chunk to the first issue that may read its spin.
    pub fn pipeline_depth(&self) -> usize {
        self.sequencer.pipeline_depth
    }
}

/// Clocks of a run that is neither stopped nor swapped, as the register `CONTROL_CYCLES` counts them (before modulo 2^32).
///
/// `burn_in + retained` must be at least 1, as every valid schedule's is.
pub fn cycles_per_run(config: &ValidConfig, burn_in: u32, retained: u32, start: Start) -> u64 {
    let sweeps = u64::from(burn_in) + u64::from(retained);
    MachineShape::of(config).sequencer.cycles(sweeps, start == Start::Random)
}
