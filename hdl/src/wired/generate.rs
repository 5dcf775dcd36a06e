//! From a valid sparse configuration to Verilog files and their manifest.

use super::host::WiredTop;
use super::shape::WiredShape;
use crate::bus::{WiredAxiLite, WiredSpi, WiredStream, WiredWishbone};
use crate::folder::{GeneratedSparse, defect, emit_machine, listed, row, widths_line};
use spinwright_contract::manifest::{CycleFormula, SparseManifest};
use spinwright_contract::{CONTRACT_VERSION, Port, Problem, ValidSparse};

/// A generated wired machine.
pub type GeneratedWired = GeneratedSparse<SparseManifest>;

/// Generates a machine: modules `<name>_top`, `<name>_host`, `<name>_core` and everything below, one per file.
///
/// The same configuration gives the same bytes.
///
/// # Errors
/// When the machine's graph is not in the wires; else an error means a defect of the generator, since the configuration is valid.
pub fn generate(config: &ValidSparse) -> Result<GeneratedWired, Problem> {
    generate_with(config, Port::Uart)
}

/// Generates a machine with another port than the UART; there is no module `<name>_host` then.
///
/// # Errors
/// As [`generate`].
pub fn generate_with(config: &ValidSparse, port: Port) -> Result<GeneratedWired, Problem> {
    let name = config.name();
    let shape = WiredShape::of(config).ok_or_else(|| defect(name, "its graph is not in the wires"))?;
    let module = |what: &str| format!("{name}_{what}");
    let header = header(config, port);
    let (design, flip_flops) = match port {
        Port::Uart => emit_machine(name, header, &mut WiredTop::new(config)),
        Port::Axi4Lite => emit_machine(name, header, &mut WiredAxiLite::new(config)),
        Port::Wishbone => emit_machine(name, header, &mut WiredWishbone::new(config)),
        Port::Axi4Stream => emit_machine(name, header, &mut WiredStream::new(config)),
        Port::Spi => emit_machine(name, header, &mut WiredSpi::new(config)),
    }?;
    let manifest = SparseManifest {
        name: name.to_owned(),
        contract: CONTRACT_VERSION,
        machine_hash: config.hash().to_string(),
        top: module("top"),
        port,
        host: module(if port.is_uart() { "host" } else { "top" }),
        core: module("core"),
        p_bits: config.p_bits(),
        pipeline_depth: shape.depth,
        cycles: CycleFormula {
            clocks_per_sweep: shape.clocks_per_sweep() as u64,
            clocks_per_run: shape.clocks_per_run() as u64,
            clocks_per_exchange: config.ladder().then_some(shape.clocks_per_exchange() as u64),
        },
        clusters: shape.clusters(),
        files: listed(&design),
        config: config.config().clone(),
    };
    let files = design.files.into_iter().map(|f| (f.file_name, f.text)).collect();
    Ok(GeneratedWired { files, manifest, estimate: estimate(config, &shape, flip_flops) })
}

/// Header lines of every file: the machine and its configuration.
fn header(config: &ValidSparse, port: Port) -> Vec<String> {
    let c = config.config();
    let graph = config.graph();
    let (edges, colors) = graph.map_or((0, 0), |graph| (graph.edges().len(), graph.colors()));
    let mut lines = vec![
        format!("Machine {}, hash {}.", c.name, config.hash()),
        format!(
            "{} p-bits, {edges} couplings, {colors} colors; {} lanes of {} slots, {} replicas.",
            config.p_bits(),
            c.lanes,
            config.slots(),
            c.replicas
        ),
        widths_line(c),
    ];
    if !port.is_uart() {
        lines.push(format!("Port: {}.", port.name()));
    }
    lines
}

/// Rows of a table: what, and how much. Bits are those that are used: rounding to memory blocks is the tools' matter.
fn estimate(config: &ValidSparse, shape: &WiredShape, flip_flops: usize) -> Vec<(String, String)> {
    let groups: usize = shape.lane_groups.iter().sum();
    let (lanes, slots) = (shape.lanes, shape.slots);
    let sums = (groups * slots) << shape.group;
    let thresholds = shape.tables << (shape.field_bits - 1);
    let updates = shape.replicas * lanes * slots;
    vec![
        row("Distinct couplings", config.graph().map_or(0, |g| g.edges().len()) * shape.weight_bits, "bits"),
        row("Sums of taps, all banks", sums * shape.coupling_banks * shape.partial_bits, "bits"),
        row(
            "Threshold memory, all banks and lanes",
            lanes * thresholds * shape.coupling_banks * (shape.draw_bits + 1),
            "bits",
        ),
        row("Bias memory, all banks", lanes * slots * shape.bias_banks * shape.bias_bits, "bits"),
        row("Spin lines", lanes * slots * shape.turn, "bits"),
        row("Readout sums", lanes * slots * (shape.sum_bits + 1), "bits"),
        row("Flip-flops, spin lines and host port included", flip_flops, ""),
        row("Clocks per sweep of all replicas", shape.clocks_per_sweep(), ""),
        row("Updates per sweep of all replicas, padding included", updates, ""),
        row("Pipeline depth", shape.depth, "clocks"),
    ]
}
