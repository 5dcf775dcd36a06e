//! Machines and manifests for people and machines.

use crate::failure::Failure;
use crate::output::{self, grouped, json_name};
use serde::Serialize;
use spinwright_contract::config::{BlockSizes, Kernel, Plane};
use spinwright_contract::{BlockShape, Color, MachineConfig, Manifest, ValidConfig};

/// What follows from a configuration.
#[derive(Serialize)]
struct Derived<'a> {
    config: &'a MachineConfig,
    machine_hash: String,
    id: String,
    p_bits: usize,
    blocks: Vec<Block>,
    rows_per_lane: usize,
    columns: usize,
    exact_field_bits: [u32; 2],
    sum_bits: u32,
    /// 0 without an encoder, without a decoder.
    encoder_sum_bits: u32,
    score_bits: u32,
    coupling_stream_words: u64,
    bias_stream_words: u64,
    weights: usize,
}

/// What follows for one block, per color: hidden, output.
#[derive(Serialize)]
struct Block {
    slots: [usize; 2],
    input_chunks: [usize; 2],
    coupling_chunks: [usize; 2],
    /// Of K1, K2 and K3.
    weights: [usize; 3],
}

impl Block {
    fn of(sizes: BlockSizes) -> Self {
        Self {
            slots: Color::ALL.map(|c| sizes.slots(c)),
            input_chunks: Color::ALL.map(|c| sizes.input_chunks(c)),
            coupling_chunks: Color::ALL.map(|c| sizes.coupling_chunks(c)),
            weights: sizes.shape.weights(),
        }
    }
}

/// A block in words.
fn block_line(shape: &BlockShape) -> String {
    if shape.is_dense() {
        let skip = if shape.skip() { ", with skip" } else { "" };
        let [inputs, hidden, outputs] = [shape.input, shape.hidden, shape.output].map(|plane| plane.channels);
        return format!("{inputs} inputs, {hidden} hidden, {outputs} outputs{skip}");
    }
    let plane = |p: Plane| format!("{}x{}x{}", p.rows, p.columns, p.channels);
    let kernel = |k: Kernel| format!("{0}x{0} stride {1} padding {2}", k.size, k.stride, k.padding);
    let k3 = shape.k3.map_or(String::new(), |k| format!(", K3 {}", kernel(k)));
    format!(
        "input {}, hidden {}, output {}; K1 {}, K2 {}{k3}",
        plane(shape.input),
        plane(shape.hidden),
        plane(shape.output),
        kernel(shape.k1),
        kernel(shape.k2)
    )
}

/// Shows a machine.
pub fn show(config: &ValidConfig, json: bool) -> Result<(), Failure> {
    let blocks: Vec<Block> = config.blocks().map(Block::of).collect();
    let derived = Derived {
        config: config.config(),
        machine_hash: config.hash().to_string(),
        id: format!("{:016x}", config.hash().id()),
        p_bits: config.total_p_bits(),
        weights: blocks.iter().map(|block| block.weights.iter().sum::<usize>()).sum(),
        blocks,
        rows_per_lane: config.weight_rows(),
        columns: config.columns(),
        exact_field_bits: Color::ALL.map(|c| config.exact_field_bits(c)),
        sum_bits: config.sum_bits(),
        encoder_sum_bits: config.encoder_sum_bits(),
        score_bits: config.score_bits(),
        coupling_stream_words: config.coupling_stream_words(),
        bias_stream_words: config.bias_stream_words(),
    };
    if json {
        return output::json(&derived);
    }
    let c = config.config();
    let mut lines = vec![
        format!("machine {} (contract {})", c.name, c.contract),
        format!("  id            {}", derived.id),
        format!("  hash          {}", derived.machine_hash),
    ];
    if let Some(e) = config.encoder() {
        let k = e.kernel;
        lines.push(format!(
            "  encoder       {} x {} pixels, kernel {} x {} stride {} padding {}",
            e.rows, e.columns, k.size, k.size, k.stride, k.padding
        ));
    }
    for (b, (shape, block)) in c.blocks.iter().zip(&derived.blocks).enumerate() {
        let name = if c.blocks.len() == 1 { "block".to_string() } else { format!("block {b}") };
        let weights = grouped(block.weights.iter().sum::<usize>() as u64);
        let [hidden, output] = block.slots;
        lines.push(format!(
            "  {name:<13} {}: {weights} weights; {hidden} + {output} slots",
            block_line(shape)
        ));
    }
    if let Some(d) = config.decoder() {
        lines.push(format!("  decoder       {} classes, {} x {} cells", d.classes, d.rows, d.columns));
    }
    lines.extend([
        format!("  lanes         {}, tree width {}", c.lanes, c.tree_width),
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
    ]);
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
