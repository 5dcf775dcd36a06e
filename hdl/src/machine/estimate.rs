//! What a machine needs, by formula, before any synthesis.

use super::host::Top;
use super::shape::MachineShape;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidConfig;
use spinwright_contract::config::PIXEL_BITS;

/// Sizes of a machine's memories and logic. Bits are those that are used: rounding to memory blocks is the tools' matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceEstimate {
    /// Bits of the blocks' distinct couplings, K2 once.
    pub coupling_bits: u64,
    /// Bits of weights in one coupling bank of the device: padding, the transposed copy of K2, encoder and decoder included.
    pub stored_weight_bits: u64,
    /// Of these: the second copy of K2's weights, for the other direction.
    pub transposed_bits: u64,
    /// Weight memory of all lanes and banks.
    pub weight_memory_bits: u64,
    /// Threshold memory of all lanes and banks.
    pub table_memory_bits: u64,
    /// Memory of biases (all banks) and cached input fields, all lanes.
    pub bias_memory_bits: u64,
    /// Small memories: spins, inputs or pictures, clamps, table selects, sums. LUT RAM, or flip-flops on iCE40.
    pub small_memory_bits: u64,
    /// Adders of all lanes' trees.
    pub tree_adders: u64,
    /// Bits of these adders.
    pub tree_adder_bits: u64,
    /// Flip-flops of the whole machine, host port included, small memories not.
    pub flip_flops: u64,
    /// Clocks of one sweep of all replicas, in every block.
    pub clocks_per_sweep: u64,
    /// Clocks from the issue of an update to its spin being readable.
    pub pipeline_depth: u64,
}

/// Adds up the registers of a block tree: `q` of every register.
#[derive(Default)]
pub(crate) struct Registers(pub u64);

impl Probe for Registers {
    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        if name == "q" && atom.kind() == AtomKind::OutputParameter {
            self.0 += atom.bits() as u64;
        }
    }
}

impl ResourceEstimate {
    /// The estimate of a machine.
    pub fn of(config: &ValidConfig) -> Self {
        let mut registers = Registers::default();
        Top::new(config).accept("top", &mut registers);
        Self::with_registers(config, registers.0)
    }

    fn with_registers(config: &ValidConfig, flip_flops: u64) -> Self {
        let shape = MachineShape::of(config);
        let (lanes, weight) = (config.lanes() as u64, u64::from(config.weight_bits()));
        let q = &shape.sequencer;
        let [k1, k2, k3] = config.blocks().fold([0; 3], |sum: [u64; 3], b| {
            let own = b.shape.weights();
            [0, 1, 2].map(|k| sum[k] + own[k] as u64)
        });
        let stored = lanes * q.rows() as u64 * config.tree_width() as u64 * weight;
        let slots = config.total_slots() as u64;
        let bases = shape.bias.depth() as u64 * shape.field.base_bits as u64;
        let thresholds = config.coupling_banks() as u64 * config.table_stream_words();
        let spins = (config.replicas() * q.most_slots()) as u64 * lanes;
        let inner = |b: usize| config.sizes(b).shape.input.p_bits() as u64;
        let pixels = config.encoder().map(|e| (e.pixels() * PIXEL_BITS) as u64);
        let inputs = config.input_buffers() as u64 * pixels.unwrap_or(inner(0));
        let encoded = config.encoder().map_or(0, |_| inner(0));
        let decoded = config.decoder().map_or(0, |_| config.last_block().output.p_bits() as u64);
        let passed = (1..config.block_count()).map(inner).max().unwrap_or(0).max(encoded).max(decoded);
        let sums = q.most_color_slots(1) as u64 * lanes * (u64::from(config.sum_bits()) + 1);
        let selects = config.replicas() as u64 * crate::width::address_width(config.tables()) as u64;
        let levels = config.tree_width().max(2).ilog2();
        let leaves = config.tree_width().max(2) as u64;
        Self {
            coupling_bits: (k1 + k2 + k3) * weight,
            stored_weight_bits: stored,
            transposed_bits: k2 * weight,
            weight_memory_bits: stored * config.coupling_banks() as u64,
            table_memory_bits: lanes * thresholds * (u64::from(config.draw_bits()) + 1),
            bias_memory_bits: lanes * bases,
            small_memory_bits: spins + inputs + passed + 2 * slots * lanes + selects + sums,
            tree_adders: lanes * (leaves - 1),
            tree_adder_bits: lanes
                * (1..=levels).map(|k| (leaves >> k) * (weight + u64::from(k))).sum::<u64>(),
            flip_flops,
            clocks_per_sweep: (0..q.blocks).map(|b| q.sweep_clocks(b)).sum(),
            pipeline_depth: shape.pipeline_depth() as u64,
        }
    }

    /// Rows of a table: what, and how much.
    pub fn rows(&self) -> Vec<(String, String)> {
        let row = |what: &str, value: u64, unit: &str| {
            (what.to_owned(), format!("{value} {unit}").trim().to_owned())
        };
        vec![
            row("Distinct couplings", self.coupling_bits, "bits"),
            row("Weights in one bank, padding and transposed K2 included", self.stored_weight_bits, "bits"),
            row("Transposed copy of K2", self.transposed_bits, "bits"),
            row("Weight memory, all banks", self.weight_memory_bits, "bits"),
            row("Threshold memory, all banks and lanes", self.table_memory_bits, "bits"),
            row("Bias and cached field memory", self.bias_memory_bits, "bits"),
            row("Spins, inputs, clamps, sums", self.small_memory_bits, "bits"),
            row("Adders in trees", self.tree_adders, ""),
            row("Adder bits in trees", self.tree_adder_bits, "bits"),
            row("Flip-flops, host port included", self.flip_flops, ""),
            row("Clocks per sweep of all replicas", self.clocks_per_sweep, ""),
            row("Pipeline depth", self.pipeline_depth, "clocks"),
        ]
    }
}

/// The generator's own estimate as rows of a table: what, and how much.
pub fn estimate(config: &ValidConfig) -> Vec<(String, String)> {
    ResourceEstimate::of(config).rows()
}
