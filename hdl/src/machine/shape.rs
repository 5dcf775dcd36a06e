//! The numbers that a machine's modules are built from.

use crate::cells::{
    BiasFormat, CouplingUnit, CycleCount, FIXED_STAGES, FieldFormat, PatchShape, SequencerShape,
};
use spinwright_contract::{Color, RandomSource, Schedule, Start, ValidConfig};

/// Every width, depth and count of a machine, derived once from its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineShape {
    /// Hardware update units.
    pub lanes: usize,
    /// Source spins per lane and clock.
    pub tree_width: usize,
    /// Bits of a coupling weight.
    pub weight_bits: usize,
    /// Levels of the adder tree per register stage.
    pub tree_levels_per_stage: usize,
    /// Whether weights and source spins come to the adder tree out of registers.
    pub weight_register: bool,
    /// Register stages from weights to their sum: the adder tree's, and one in front of it with a weight register.
    pub tree_stages: usize,
    /// Clocks from a beat's issue to its weights' read: 1 on a machine of planes, which registers source words twice.
    pub lead: usize,
    /// Coupling banks.
    pub coupling_banks: usize,
    /// Bias banks.
    pub bias_banks: usize,
    /// Tables per color and bank.
    pub tables: usize,
    /// Bits of a draw.
    pub draw_bits: usize,
    /// Bits of a readout sum.
    pub sum_bits: usize,
    /// Whether the random source is xoshiro128++, else lfsr64.
    pub xoshiro: bool,
    /// Buffers of inputs or pictures.
    pub input_buffers: usize,
    /// Bits of a score; 0 without decoder.
    pub score_bits: usize,
    /// The encoder on the device.
    pub patch: Option<PatchShape>,
    /// Order of a run.
    pub sequencer: SequencerShape,
    /// Widths and shifts of fields.
    pub field: FieldFormat,
    /// Biases.
    pub bias: BiasFormat,
    /// Biases of a bank.
    pub bias_rows: usize,
    /// Slots below this have their inputs' fields cached; others have no inputs but their bias.
    pub cached_slots: usize,
}

impl MachineShape {
    /// The shape of a machine.
    pub fn of(config: &ValidConfig) -> Self {
        let levels = config.timing().tree_levels_per_stage;
        let weight_register = config.timing().weight_register;
        let tree_stages = CouplingUnit::stages(config.tree_width(), levels) + usize::from(weight_register);
        let field = FieldFormat::of(config);
        let lead = usize::from(!config.is_one_dense_block());
        let stages = tree_stages + lead + usize::from(config.encoder().is_some());
        let sequencer = SequencerShape::of(config, stages + FIXED_STAGES);
        let skips = config.blocks().any(|b| b.input_chunks(Color::Output) > 0);
        let cached_slots =
            if sequencer.planes && !skips { sequencer.most_color_slots(0) } else { sequencer.most_slots() };
        Self {
            lanes: config.lanes(),
            tree_width: config.tree_width(),
            weight_bits: config.weight_bits() as usize,
            tree_levels_per_stage: levels,
            weight_register,
            tree_stages,
            coupling_banks: config.coupling_banks(),
            bias_banks: config.bias_banks(),
            tables: config.tables(),
            draw_bits: config.draw_bits() as usize,
            sum_bits: config.sum_bits() as usize,
            xoshiro: config.random_source() == RandomSource::Xoshiro128PlusPlus,
            bias: bias_format(config, cached_slots, field.base_bits),
            bias_rows: config.bias_rows(),
            cached_slots,
            lead,
            input_buffers: config.input_buffers(),
            score_bits: config.score_bits() as usize,
            patch: PatchShape::of(config),
            sequencer,
            field,
        }
    }

    /// Register stages before a chunk's sum.
    pub fn stages(&self) -> usize {
        self.sequencer.pipeline_depth - FIXED_STAGES
    }

    /// Clocks from a contribution to the readout's sum: 1 where sums are in LUT RAM, 2 in block RAM.
    pub fn sum_clocks(&self) -> usize {
        if self.sequencer.planes { 2 } else { 1 }
    }

    /// Clocks from the issue of an update's last chunk to the first issue that may read its spin.
    pub fn pipeline_depth(&self) -> usize {
        self.sequencer.pipeline_depth
    }
}

/// On a machine of planes every word of the memory is used: biases of all banks follow the cached fields, and the engine counts their rows
/// from the cache's end on.
fn bias_format(config: &ValidConfig, cached_slots: usize, base_bits: usize) -> BiasFormat {
    let (banks, rows, shifts) = (config.bias_banks(), config.bias_rows(), bias_shifts(config));
    let cache_first = !config.is_one_dense_block();
    let start = |bank: usize| cached_slots + bank * rows;
    let of_bank = |bank: usize| shifts.iter().map(move |&(row, shift)| (start(bank) + row, shift)).collect();
    let compact = |bank: usize| -> Vec<(usize, usize)> { of_bank(bank) };
    BiasFormat {
        banks: if cache_first { 1 } else { banks },
        rows: if cache_first { start(banks) } else { rows },
        slots: cached_slots,
        shifts: if cache_first { (0..banks).flat_map(compact).collect() } else { shifts.clone() },
        bias_bits: config.bias_bits() as usize,
        base_bits,
        cache_first,
    }
}

/// Shifts of the biases in order of their rows: blocks, encoder, decoder.
fn bias_shifts(config: &ValidConfig) -> Vec<(usize, usize)> {
    let mut row = 0;
    let mut shifts = vec![];
    let mut push = |rows: usize, shift: u32| {
        row += rows;
        shifts.push((row, shift as usize));
    };
    for b in config.blocks() {
        Color::ALL.iter().for_each(|&c| push(b.bias_rows(c), config.shifts(c).bias));
    }
    if let Some(e) = config.encoder() {
        push(config.sizes(0).input_groups(), e.bias_shift);
    }
    if let Some(d) = config.decoder() {
        push(config.class_groups(), d.bias_shift);
    }
    shifts
}

/// Clocks of a run that is neither stopped nor swapped, as the register `CONTROL_CYCLES` counts them (before modulo 2^32), part by part.
///
/// `schedules` are the blocks'.
pub fn cycle_count(config: &ValidConfig, schedules: &[Schedule], start: Start) -> CycleCount {
    let sweeps: Vec<u64> = schedules.iter().map(|s| u64::from(s.burn_in) + u64::from(s.retained)).collect();
    MachineShape::of(config).sequencer.cycles(&sweeps, start == Start::Random)
}

/// All clocks of a run that is neither stopped nor swapped; see [`cycle_count`].
pub fn cycles_per_run(config: &ValidConfig, schedules: &[Schedule], start: Start) -> u64 {
    cycle_count(config, schedules, start).total()
}
