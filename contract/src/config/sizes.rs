//! Sizes that follow from a valid configuration. `docs/contract.md`, "Sizes", defines each in words.

use super::{
    BiasScope, BlockShape, Color, ColorShifts, DecoderShape, EncoderShape, MachineConfig, RandomSource,
    Timing, ValidConfig,
};
use crate::hash::MachineHash;
use crate::load::SCHEDULE_WORDS;
use crate::placement::Placement;
use crate::schedule::Schedule;

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

    /// The blocks with their sizes on this machine, in order.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = BlockSizes> + '_ {
        (0..self.config.blocks.len()).map(|b| self.sizes(b))
    }

    /// One block with its sizes on this machine. Panics when there is no such block.
    pub fn sizes(&self, block: usize) -> BlockSizes {
        BlockSizes::of(&self.config, block)
    }

    /// Number of blocks.
    pub fn block_count(&self) -> usize {
        self.config.blocks.len()
    }

    /// The first block.
    pub fn block(&self) -> BlockShape {
        self.config.blocks[0]
    }

    /// The last block.
    pub fn last_block(&self) -> BlockShape {
        self.config.blocks[self.config.blocks.len() - 1]
    }

    /// Whether the machine is one dense block without encoder, decoder and second input buffer: what version 1 began with.
    pub fn is_one_dense_block(&self) -> bool {
        let c = &self.config;
        c.blocks.len() == 1
            && c.blocks[0].is_dense()
            && c.encoder.is_none()
            && c.decoder.is_none()
            && c.input_buffers == 1
    }

    /// The encoder on the device, if there is one.
    pub fn encoder(&self) -> Option<EncoderShape> {
        self.config.encoder
    }

    /// The decoder on the device, if there is one.
    pub fn decoder(&self) -> Option<DecoderShape> {
        self.config.decoder
    }

    /// Buffers for a picture or for input spins.
    pub fn input_buffers(&self) -> usize {
        self.config.input_buffers
    }

    /// Number of input p-bits (of the first block).
    pub fn inputs(&self) -> usize {
        self.block().input.p_bits()
    }

    /// Number of p-bits of a color of the first block.
    pub fn p_bits(&self, color: Color) -> usize {
        self.block().p_bits(color)
    }

    /// P-bits that have a slot: hidden and output ones of all blocks.
    pub fn total_p_bits(&self) -> usize {
        self.config.blocks.iter().map(|b| b.hidden.p_bits() + b.output.p_bits()).sum()
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

    /// Slots of a color of the first block.
    pub fn slots(&self, color: Color) -> usize {
        self.sizes(0).slots(color)
    }

    /// Slots of both colors of all blocks, padding included.
    pub fn total_slots(&self) -> usize {
        self.blocks().map(|b| b.total_slots()).sum()
    }

    /// Slots of the block that has most: what the spin memory holds.
    pub fn most_slots(&self) -> usize {
        self.blocks().map(|b| b.total_slots()).max().expect("a machine has a block")
    }

    /// Clocks in which a p-bit of the color of the first block sums its inputs; 0 when no input couples to it.
    pub fn input_chunks(&self, color: Color) -> usize {
        self.sizes(0).input_chunks(color)
    }

    /// Clocks in which a p-bit of the color of the first block sums its neighbors of the other color.
    pub fn coupling_chunks(&self, color: Color) -> usize {
        self.sizes(0).coupling_chunks(color)
    }

    /// Weight words of `tree_width` weights that one lane holds in one bank, for the inputs' contribution to all blocks.
    pub fn input_rows(&self) -> usize {
        self.blocks().map(|b| b.input_rows()).sum()
    }

    /// Weight words of `tree_width` weights that one lane holds in one bank, for the sweeps of all blocks.
    pub fn coupling_rows(&self) -> usize {
        self.blocks().map(|b| b.coupling_rows()).sum()
    }

    /// Weight words of the encoder that one lane holds in one bank.
    pub fn encoder_rows(&self) -> usize {
        self.encoder().map_or(0, |e| self.block().input.groups(self.lanes()) * e.chunks(self.tree_width()))
    }

    /// Groups of `lanes` classes; 0 without a decoder on the device.
    pub fn class_groups(&self) -> usize {
        self.decoder().map_or(0, |d| d.classes.div_ceil(self.lanes()))
    }

    /// Weight words of the decoder that one lane holds in one bank.
    pub fn decoder_rows(&self) -> usize {
        let chunks = self.last_block().output.chunks(self.lanes(), self.tree_width());
        self.decoder().map_or(0, |d| self.class_groups() * d.cells() * chunks)
    }

    /// All weight words that one lane holds in one bank.
    pub fn weight_rows(&self) -> usize {
        self.input_rows() + self.coupling_rows() + self.encoder_rows() + self.decoder_rows()
    }

    /// Biases that one lane holds in one bank: of all blocks, then of the encoder, then of the decoder.
    pub fn bias_rows(&self) -> usize {
        let blocks: usize =
            self.blocks().map(|b| b.bias_rows(Color::Hidden) + b.bias_rows(Color::Output)).sum();
        let encoder = self.encoder().map_or(0, |_| self.block().input.groups(self.lanes()));
        blocks + encoder + self.class_groups()
    }

    /// Weights in one 32-bit word of an image or a load stream.
    pub fn weights_per_word(&self) -> usize {
        (32 / self.config.weight_bits) as usize
    }

    /// 32-bit words that hold the `tree_width` weights of one row.
    pub fn columns(&self) -> usize {
        self.tree_width().div_ceil(self.weights_per_word())
    }

    /// Bits, sign included, that hold every exact field of a color, in any block.
    pub fn exact_field_bits(&self, color: Color) -> u32 {
        let (s, w) = (self.shifts(color), self.weight_max() as u64);
        let worst = |b: BlockSizes| {
            let from_input =
                b.shape.input_kernel(color).map_or(0, |k| (k.taps() * b.shape.input.channels) as u64);
            let from_other = (b.shape.k2.taps() * b.shape.plane(color.source()).channels) as u64;
            ((from_input * w) << s.input)
                + ((from_other * w) << s.coupling)
                + ((self.bias_max() as u64) << s.bias)
        };
        bits_for(self.blocks().map(worst).max().expect("a machine has a block"))
    }

    /// Bits, sign included, that hold every exact sum of the encoder; 0 without one.
    pub fn encoder_sum_bits(&self) -> u32 {
        self.encoder().map_or(0, |e| {
            let pixels = (e.kernel.taps() as u64) * 255 * self.weight_max() as u64;
            bits_for(pixels + ((self.bias_max() as u64) << e.bias_shift))
        })
    }

    /// Bits, sign included, that hold every score of the decoder on the device; 0 without one.
    pub fn score_bits(&self) -> u32 {
        self.decoder().map_or(0, |d| {
            let outputs = self.last_block().output.p_bits() as u64 * self.weight_max() as u64;
            bits_for(outputs + ((self.bias_max() as u64) << d.bias_shift))
        })
    }

    /// Bits, sign included, of a readout accumulator.
    pub fn sum_bits(&self) -> u32 {
        bits_for(self.field_max() as u64 * self.replicas() as u64 * u64::from(self.max_sweeps()))
    }

    /// Draws that every lane takes in one run in which every block makes the same number of sweeps: slots x replicas x (sweeps of
    /// one replica + 1 for a random start).
    pub fn draws_per_run(&self, sweeps: u64, random_start: bool) -> u64 {
        (self.total_slots() * self.replicas()) as u64 * (sweeps + u64::from(random_start))
    }

    /// Draws that every lane takes in one run: of every block, its slots x replicas x (its sweeps + 1 for a random start).
    /// `schedules` are the blocks'.
    pub fn draws_per_image(&self, schedules: &[Schedule], random_start: bool) -> u64 {
        let draws = |(b, s): (BlockSizes, &Schedule)| {
            let sweeps = u64::from(s.burn_in) + u64::from(s.retained) + u64::from(random_start);
            (b.total_slots() * self.replicas()) as u64 * sweeps
        };
        self.blocks().zip(schedules).map(draws).sum()
    }

    /// Words of a coupling bank's load stream: schedules, tables, then every lane's rows.
    pub fn coupling_stream_words(&self) -> u64 {
        let weights = (self.lanes() * self.weight_rows() * self.columns()) as u64;
        SCHEDULE_WORDS * self.block_count() as u64 + self.table_stream_words() + weights
    }

    /// Words of a bias bank's load stream.
    pub fn bias_stream_words(&self) -> u64 {
        (self.bias_rows() * self.lanes()) as u64
    }

    /// Words of the tables in a load stream: blocks x colors x tables x 2^field_bits.
    pub fn table_stream_words(&self) -> u64 {
        (2 * self.block_count() as u64 * self.tables() as u64) << self.field_bits()
    }
}

/// Bits, sign included, of a number whose magnitude is at most `worst`.
const fn bits_for(worst: u64) -> u32 {
    65 - worst.leading_zeros()
}

/// A block's shape with what follows from the machine's lanes and tree. `docs/contract.md`, "Sizes".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockSizes {
    /// Its number, from 0.
    pub index: usize,
    /// Its planes and kernels.
    pub shape: BlockShape,
    lanes: usize,
    tree_width: usize,
}

impl BlockSizes {
    pub(super) fn of(config: &MachineConfig, index: usize) -> Self {
        Self { index, shape: config.blocks[index], lanes: config.lanes, tree_width: config.tree_width }
    }

    /// L-wide channel groups at one position of a color.
    pub fn groups(&self, color: Color) -> usize {
        self.shape.plane(color).groups(self.lanes)
    }

    /// L-wide channel groups at one position of the input.
    pub fn input_groups(&self) -> usize {
        self.shape.input.groups(self.lanes)
    }

    /// Source words at one position of the input plane.
    pub fn input_words(&self) -> usize {
        self.shape.input.chunks(self.lanes, self.tree_width)
    }

    /// Source words at one position of a color's plane.
    pub fn words(&self, color: Color) -> usize {
        self.shape.plane(color).chunks(self.lanes, self.tree_width)
    }

    /// Slots of a color: positions x groups.
    pub fn slots(&self, color: Color) -> usize {
        self.shape.plane(color).positions() * self.groups(color)
    }

    /// Slots of both colors, padding included.
    pub fn total_slots(&self) -> usize {
        self.slots(Color::Hidden) + self.slots(Color::Output)
    }

    /// Clocks in which a p-bit of the color sums its inputs (taps x source words); 0 when no input couples to it.
    pub fn input_chunks(&self, color: Color) -> usize {
        self.shape.input_kernel(color).map_or(0, |k| k.taps() * self.input_words())
    }

    /// Clocks in which a p-bit of the color sums its neighbors of the other color.
    pub fn coupling_chunks(&self, color: Color) -> usize {
        self.shape.k2.taps() * self.words(color.source())
    }

    /// Weight words that one lane holds in one bank for the inputs' contribution.
    pub fn input_rows(&self) -> usize {
        Color::ALL.iter().map(|&c| self.groups(c) * self.input_chunks(c)).sum()
    }

    /// Weight words that one lane holds in one bank for the sweeps.
    pub fn coupling_rows(&self) -> usize {
        Color::ALL.iter().map(|&c| self.groups(c) * self.coupling_chunks(c)).sum()
    }

    /// Biases of a color that one lane holds: one per group, or one per slot where positions have their own.
    pub fn bias_rows(&self, color: Color) -> usize {
        match self.shape.bias {
            BiasScope::Channel => self.groups(color),
            BiasScope::Position => self.slots(color),
        }
    }
}
