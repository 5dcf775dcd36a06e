//! Sizes that follow from a valid configuration. `docs/contract.md`, "Sizes", defines each in words.

use super::{BlockShape, Color, ColorShifts, MachineConfig, RandomSource, Timing, ValidConfig};
use crate::hash::MachineHash;
use crate::load;
use crate::placement::Placement;

impl ValidConfig {
    /// The configuration as written in the file.
    pub fn config(&self) -> &MachineConfig {
        &self.config
    }

    /// The machine's name.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// The machine's identity.
    pub fn hash(&self) -> MachineHash {
        self.hash
    }

    /// Which lane and slot serve a p-bit.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The (only) block.
    pub fn block(&self) -> BlockShape {
        self.config.blocks[0]
    }

    /// Number of input p-bits.
    pub fn inputs(&self) -> usize {
        self.block().inputs
    }

    /// Number of p-bits of a color.
    pub fn p_bits(&self, color: Color) -> usize {
        match color {
            Color::Hidden => self.block().hidden,
            Color::Output => self.block().outputs,
        }
    }

    /// P-bits that have a slot: hidden and output.
    pub fn total_p_bits(&self) -> usize {
        self.p_bits(Color::Hidden) + self.p_bits(Color::Output)
    }

    /// Hardware update units.
    pub fn lanes(&self) -> usize {
        self.config.lanes
    }

    /// Independent spin states.
    pub fn replicas(&self) -> usize {
        self.config.replicas
    }

    /// Source spins summed per lane and clock.
    pub fn tree_width(&self) -> usize {
        self.config.tree_width
    }

    /// Bits of a coupling weight.
    pub fn weight_bits(&self) -> u32 {
        self.config.weight_bits
    }

    /// Largest weight; the smallest is its negative.
    pub fn weight_max(&self) -> i32 {
        (1 << (self.config.weight_bits - 1)) - 1
    }

    /// Bits of a bias weight.
    pub fn bias_bits(&self) -> u32 {
        self.config.bias_bits
    }

    /// Largest bias weight; the smallest is its negative.
    pub fn bias_max(&self) -> i32 {
        (1 << (self.config.bias_bits - 1)) - 1
    }

    /// Bits of the saturated field.
    pub fn field_bits(&self) -> u32 {
        self.config.field_bits
    }

    /// Largest saturated field; the smallest is its negative.
    pub fn field_max(&self) -> i32 {
        (1 << (self.config.field_bits - 1)) - 1
    }

    /// Bits of a draw.
    pub fn draw_bits(&self) -> u32 {
        self.config.draw_bits
    }

    /// Where draws come from.
    pub fn random_source(&self) -> RandomSource {
        self.config.random_source
    }

    /// Left shifts of a color's terms.
    pub fn shifts(&self, color: Color) -> ColorShifts {
        match color {
            Color::Hidden => self.config.shifts.hidden,
            Color::Output => self.config.shifts.output,
        }
    }

    /// Coupling banks.
    pub fn coupling_banks(&self) -> usize {
        self.config.coupling_banks
    }

    /// Bias banks.
    pub fn bias_banks(&self) -> usize {
        self.config.bias_banks
    }

    /// Tables per color and coupling bank.
    pub fn tables(&self) -> usize {
        self.config.tables
    }

    /// Longest burn-in and longest retained part in sweeps of one replica.
    pub fn max_sweeps(&self) -> u32 {
        self.config.max_sweeps
    }

    /// What does not change a trace.
    pub fn timing(&self) -> Timing {
        self.config.timing
    }

    /// Slots of a color: its p-bits divided by the lanes, rounded up.
    pub fn slots(&self, color: Color) -> usize {
        self.p_bits(color).div_ceil(self.lanes())
    }

    /// Slots of both colors, padding included.
    pub fn total_slots(&self) -> usize {
        self.slots(Color::Hidden) + self.slots(Color::Output)
    }

    /// Clocks in which a p-bit of the color sums its inputs; 0 when no input couples to it.
    pub fn input_chunks(&self, color: Color) -> usize {
        match (color, self.block().skip) {
            (Color::Output, false) => 0,
            _ => self.inputs().div_ceil(self.tree_width()),
        }
    }

    /// Clocks in which a p-bit of the color sums its neighbors of the other color.
    pub fn coupling_chunks(&self, color: Color) -> usize {
        (self.slots(color.source()) * self.lanes()).div_ceil(self.tree_width())
    }

    /// Weight words of `tree_width` weights that one lane holds in one bank, for the inputs' contribution.
    pub fn input_rows(&self) -> usize {
        Color::ALL.iter().map(|&c| self.slots(c) * self.input_chunks(c)).sum()
    }

    /// Weight words of `tree_width` weights that one lane holds in one bank, for the sweeps.
    pub fn coupling_rows(&self) -> usize {
        Color::ALL.iter().map(|&c| self.slots(c) * self.coupling_chunks(c)).sum()
    }

    /// Weights in one 32-bit word of an image or a load stream.
    pub fn weights_per_word(&self) -> usize {
        (32 / self.config.weight_bits) as usize
    }

    /// 32-bit words that hold the `tree_width` weights of one row.
    pub fn columns(&self) -> usize {
        self.tree_width().div_ceil(self.weights_per_word())
    }

    /// Bits, sign included, that hold every exact field of a color.
    pub fn exact_field_bits(&self, color: Color) -> u32 {
        let (s, w) = (self.shifts(color), self.weight_max() as u64);
        let from_input = if self.input_chunks(color) == 0 { 0 } else { self.inputs() as u64 };
        let from_other = self.p_bits(color.source()) as u64;
        let worst = ((from_input * w) << s.input)
            + ((from_other * w) << s.coupling)
            + ((self.bias_max() as u64) << s.bias);
        65 - worst.leading_zeros()
    }

    /// Bits, sign included, of a readout accumulator.
    pub fn sum_bits(&self) -> u32 {
        let worst = self.field_max() as u64 * self.replicas() as u64 * u64::from(self.max_sweeps());
        65 - worst.leading_zeros()
    }

    /// Draws that every lane takes in one run: slots x replicas x (sweeps of one replica + 1 for a random start).
    pub fn draws_per_run(&self, sweeps: u64, random_start: bool) -> u64 {
        (self.total_slots() * self.replicas()) as u64 * (sweeps + u64::from(random_start))
    }

    /// Words of a coupling bank's load stream.
    pub fn coupling_stream_words(&self) -> u64 {
        load::coupling_stream_words(&self.config)
    }

    /// Words of a bias bank's load stream.
    pub fn bias_stream_words(&self) -> u64 {
        (self.total_slots() * self.lanes()) as u64
    }

    /// Words of the tables in a load stream: colors x tables x 2^field_bits.
    pub fn table_stream_words(&self) -> u64 {
        (2 * self.tables() as u64) << self.field_bits()
    }
}
