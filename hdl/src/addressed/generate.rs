//! From a valid addressed configuration to Verilog files and their manifest.

use super::host::AddressedTop;
use super::shape::AddressedShape;
use crate::bus::{AddressedAxiLite, AddressedSpi, AddressedStream, AddressedWishbone};
use crate::folder::{GeneratedSparse, defect, emit_machine, listed, row, widths_line};
use spinwright_contract::manifest::{AddressedManifest, RowFormula};
use spinwright_contract::{CONTRACT_VERSION, Port, Problem, ValidSparse};

/// A generated addressed machine.
pub type GeneratedAddressed = GeneratedSparse<AddressedManifest>;

/// Generates a machine: modules `<name>_top`, `<name>_host`, `<name>_core` and everything below, one per file.
///
/// The same configuration gives the same bytes.
///
/// # Errors
/// When the machine's graph is in the wires; else an error means a defect of the generator, since the configuration is valid.
pub fn generate(config: &ValidSparse) -> Result<GeneratedAddressed, Problem> {
    generate_with(config, Port::Uart)
}

/// Generates a machine with another port than the UART; there is no module `<name>_host` then.
///
/// # Errors
/// As [`generate`].
pub fn generate_with(config: &ValidSparse, port: Port) -> Result<GeneratedAddressed, Problem> {
    let name = config.name();
    let shape = AddressedShape::of(config).ok_or_else(|| defect(name, "its graph is in the wires"))?;
    let module = |what: &str| format!("{name}_{what}");
    let header = header(config, &shape, port);
    let (design, flip_flops) = match port {
        Port::Uart => emit_machine(name, header, &mut AddressedTop::new(config)),
        Port::Axi4Lite => emit_machine(name, header, &mut AddressedAxiLite::new(config)),
        Port::Wishbone => emit_machine(name, header, &mut AddressedWishbone::new(config)),
        Port::Axi4Stream => emit_machine(name, header, &mut AddressedStream::new(config)),
        Port::Spi => emit_machine(name, header, &mut AddressedSpi::new(config)),
    }?;
    let manifest = AddressedManifest {
        name: name.to_owned(),
        contract: CONTRACT_VERSION,
        machine_hash: config.hash().to_string(),
        top: module("top"),
        port,
        host: module(if port.is_uart() { "host" } else { "top" }),
        core: module("core"),
        p_bits: config.p_bits(),
        cycles: RowFormula {
            clocks_per_row: shape.turn as u64,
            clocks_per_color: shape.drain_clocks() as u64,
            clocks_per_run: shape.drain_clocks() as u64 + 1,
        },
        files: listed(&design),
        config: config.config().clone(),
    };
    let files = design.files.into_iter().map(|f| (f.file_name, f.text)).collect();
    Ok(GeneratedAddressed { files, manifest, estimate: estimate(&shape, flip_flops) })
}

/// Header lines of every file: the machine and its configuration.
fn header(config: &ValidSparse, shape: &AddressedShape, port: Port) -> Vec<String> {
    let c = config.config();
    let mut lines = vec![
        format!("Machine {}, hash {}.", c.name, config.hash()),
        format!(
            "Any graph of at most {} p-bits in {} lanes of {} slots, {} rows of {} taps; {} replicas.",
            shape.positions(),
            shape.lanes,
            shape.slots,
            shape.rows,
            shape.taps,
            shape.replicas
        ),
        widths_line(c),
    ];
    if !port.is_uart() {
        lines.push(format!("Port: {}.", port.name()));
    }
    lines
}

/// Rows of a table: what, and how much. Bits are those that are used: rounding to memory blocks is the tools' matter.
fn estimate(shape: &AddressedShape, flip_flops: usize) -> Vec<(String, String)> {
    let (lanes, banks, positions) = (shape.lanes, shape.coupling_banks, shape.positions());
    let sums = (lanes * shape.groups() * shape.rows) << shape.group;
    let entry = shape.position_bits() + 1;
    let thresholds = shape.tables << (shape.field_bits - 1);
    vec![
        row("Rows, all banks", 3 * shape.rows * banks, "bits"),
        row(
            "Lists of neighbors, all banks and lanes",
            lanes * shape.rows * shape.taps * entry * banks,
            "bits",
        ),
        row("Sums of taps, all banks", sums * banks * shape.partial_bits, "bits"),
        row(
            "Threshold memory, all banks and lanes",
            lanes * thresholds * banks * (shape.draw_bits + 1),
            "bits",
        ),
        row("Bias memory, all banks", positions * shape.bias_banks * shape.bias_bits, "bits"),
        row("Spins, a copy per lane and one for the host", (lanes + 1) * positions * shape.replicas, "bits"),
        row("Clamps", 2 * positions, "bits"),
        row("Readout sums", positions * (shape.sum_bits + 1), "bits"),
        row("Flip-flops, host port included", flip_flops, ""),
        row("Clocks per row of all replicas", shape.turn, ""),
        row("Clocks per color beside its rows", shape.drain_clocks(), ""),
    ]
}
