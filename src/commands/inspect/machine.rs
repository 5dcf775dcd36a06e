//! Machines and manifests for people and machines.

use crate::failure::Failure;
use crate::output::{self, grouped, json_name};
use serde::Serialize;
use spinwright_contract::{Color, MachineConfig, Manifest, ValidConfig};

/// What follows from a configuration.
#[derive(Serialize)]
struct Derived<'a> {
    config: &'a MachineConfig,
    machine_hash: String,
    id: String,
    p_bits: usize,
    slots: [usize; 2],
    input_chunks: [usize; 2],
    coupling_chunks: [usize; 2],
    rows_per_lane: usize,
    columns: usize,
    exact_field_bits: [u32; 2],
    sum_bits: u32,
    coupling_stream_words: u64,
    bias_stream_words: u64,
    weights: usize,
}

/// Distinct couplings of the machine's block: K1, K2 and K3.
fn weights(config: &ValidConfig) -> usize {
    let block = config.block();
    block.hidden.p_bits() * (block.input.p_bits() + block.output.p_bits())
        + if block.skip() { block.input.p_bits() * block.output.p_bits() } else { 0 }
}

/// Shows a machine.
pub fn show(config: &ValidConfig, json: bool) -> Result<(), Failure> {
    let both = |f: &dyn Fn(Color) -> usize| Color::ALL.map(f);
    let derived = Derived {
        config: config.config(),
        machine_hash: config.hash().to_string(),
        id: format!("{:016x}", config.hash().id()),
        p_bits: config.total_p_bits(),
        slots: both(&|c| config.slots(c)),
        input_chunks: both(&|c| config.input_chunks(c)),
        coupling_chunks: both(&|c| config.coupling_chunks(c)),
        rows_per_lane: config.input_rows() + config.coupling_rows(),
        columns: config.columns(),
        exact_field_bits: Color::ALL.map(|c| config.exact_field_bits(c)),
        sum_bits: config.sum_bits(),
        coupling_stream_words: config.coupling_stream_words(),
        bias_stream_words: config.bias_stream_words(),
        weights: weights(config),
    };
    if json {
        return output::json(&derived);
    }
    let (c, block) = (config.config(), config.block());
    let skip = if block.skip() { ", with skip" } else { "" };
    let lines = [
        format!("machine {} (contract {})", c.name, c.contract),
        format!("  id            {}", derived.id),
        format!("  hash          {}", derived.machine_hash),
        format!(
            "  block         {} inputs, {} hidden, {} outputs{skip}: {} weights",
            block.input.p_bits(),
            block.hidden.p_bits(),
            block.output.p_bits(),
            grouped(derived.weights as u64)
        ),
        format!(
            "  lanes         {} ({} + {} slots), tree width {}",
            c.lanes, derived.slots[0], derived.slots[1], c.tree_width
        ),
        format!("  replicas      {}", c.replicas),
        format!(
            "  formats       weights {} bits, biases {}, field {}, draws {}",
            c.weight_bits, c.bias_bits, c.field_bits, c.draw_bits
        ),
        format!("  random source {}", json_name(&c.random_source)),
        format!(
            "  banks         {} of couplings ({} words each), {} of biases ({} words), {} tables",
            c.coupling_banks,
            grouped(derived.coupling_stream_words),
            c.bias_banks,
            grouped(derived.bias_stream_words),
            c.tables
        ),
        format!(
            "  accumulators  exact field {} and {} bits, sums {} bits, at most {} sweeps",
            derived.exact_field_bits[0],
            derived.exact_field_bits[1],
            derived.sum_bits,
            grouped(c.max_sweeps.into())
        ),
    ];
    output::line(lines.join("\n"))
}

/// Shows a manifest; JSON is the manifest itself.
pub fn show_manifest(manifest: &Manifest, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(manifest);
    }
    output::line(format!(
        "generated machine {} (contract {})\n  hash     {}\n  top      {}\n  core     {}\n  p-bits   {}\n  pipeline {} clocks\n  files    {}",
        manifest.name,
        manifest.contract,
        manifest.machine_hash,
        manifest.top,
        manifest.core,
        manifest.p_bits,
        manifest.pipeline_depth,
        manifest.files.len()
    ))?;
    manifest.files.iter().try_for_each(|file| output::line(format!("    {:<32} {}", file.file, file.module)))
}
