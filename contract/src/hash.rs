//! Identity of a machine: SHA-256 over a canonical text of its architectural configuration.

use crate::CONTRACT_VERSION;
use crate::config::{BiasScope, BlockShape, Kernel, MachineConfig, Plane, RandomSource};
use crate::generator;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 of the canonical text; the first 64 bits are the device's ID registers and stand in every image.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MachineHash([u8; 32]);

impl MachineHash {
    /// Hash of a configuration. The text is specified in `docs/contract.md`, "Identity".
    pub(crate) fn of(config: &MachineConfig) -> Self {
        Self::of_text(&canonical_text(config))
    }

    /// Hash of a canonical text.
    pub(crate) fn of_text(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// First 64 bits, most significant byte first.
    pub fn id(&self) -> u64 {
        u64::from_be_bytes(self.0[..8].try_into().expect("a SHA-256 has 32 bytes"))
    }

    /// Upper 32 bits of [`Self::id`]: the register `hash_hi`.
    pub fn hi(&self) -> u32 {
        (self.id() >> 32) as u32
    }

    /// Lower 32 bits of [`Self::id`]: the register `hash_lo`.
    pub fn lo(&self) -> u32 {
        self.id() as u32
    }
}

impl fmt::Display for MachineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for MachineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MachineHash({self})")
    }
}

impl Serialize for MachineHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The canonical text: one `key=value` per line in this order, each line ended by a line feed. Name, board, clock, baud rate,
/// seeds and pipeline depth are left out on purpose: they never change a trace.
pub fn canonical_text(c: &MachineConfig) -> String {
    use std::fmt::Write;
    let mut text = String::from("spinwright machine\n");
    let mut line = |key: &str, value: String| writeln!(text, "{key}={value}").expect("writing to a String");
    line("contract", CONTRACT_VERSION.to_string());
    line("kind", "layered".into());
    line("blocks", c.blocks.len().to_string());
    for block in &c.blocks {
        line("block", block_text(block));
    }
    if let Some(e) = c.encoder {
        let kernel = kernel_text(e.kernel);
        line("encoder", format!("{},{},{kernel},{}", e.rows, e.columns, e.bias_shift));
    }
    if let Some(d) = c.decoder {
        line("decoder", format!("{},{},{},{}", d.classes, d.rows, d.columns, d.bias_shift));
    }
    if c.input_buffers != 1 {
        line("input_buffers", c.input_buffers.to_string());
    }
    line("lanes", c.lanes.to_string());
    line("replicas", c.replicas.to_string());
    line("tree_width", c.tree_width.to_string());
    line("weight_bits", c.weight_bits.to_string());
    line("bias_bits", c.bias_bits.to_string());
    line("field_bits", c.field_bits.to_string());
    line("draw_bits", c.draw_bits.to_string());
    for (name, shift) in [("hidden", c.shifts.hidden), ("output", c.shifts.output)] {
        line(&format!("shifts_{name}"), format!("{},{},{}", shift.input, shift.coupling, shift.bias));
    }
    line("random_source", source_text(c.random_source));
    line("coupling_banks", c.coupling_banks.to_string());
    line("bias_banks", c.bias_banks.to_string());
    line("tables", c.tables.to_string());
    line("max_sweeps", c.max_sweeps.to_string());
    text
}

/// The value of the `random_source` line.
pub(crate) fn source_text(source: RandomSource) -> String {
    match source {
        RandomSource::Lfsr64 => {
            let [a, b, d, e] = generator::LFSR_DELAYS;
            format!("lfsr64,{a},{b},{d},{e},{}", generator::LFSR_LEAP)
        }
        RandomSource::Xoshiro128PlusPlus => "xoshiro128++".into(),
    }
}

/// The value of a `block` line: the dense form has four numbers, the other one planes, kernels (`-` for no skip) and who
/// shares a bias.
fn block_text(b: &BlockShape) -> String {
    if b.is_dense() {
        let skip = u8::from(b.skip());
        return format!("{},{},{},{skip}", b.input.channels, b.hidden.channels, b.output.channels);
    }
    let plane = |p: Plane| format!("{}x{}x{}", p.rows, p.columns, p.channels);
    let k3 = b.k3.map_or("-".to_string(), kernel_text);
    let bias = match b.bias {
        BiasScope::Channel => "channel",
        BiasScope::Position => "position",
    };
    let (k1, k2) = (kernel_text(b.k1), kernel_text(b.k2));
    format!("{},{},{},{k1},{k2},{k3},{bias}", plane(b.input), plane(b.hidden), plane(b.output))
}

fn kernel_text(k: Kernel) -> String {
    format!("{}/{}/{}", k.size, k.stride, k.padding)
}
