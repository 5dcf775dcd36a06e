//! From a valid configuration to Verilog files and their manifest.

use super::estimate::ResourceEstimate;
use super::host::Top;
use super::shape::MachineShape;
use crate::bus::{LayeredAxiLite, LayeredSpi, LayeredStream, LayeredWishbone};
use crate::folder::{Folder, defect, listed};
use crate::verilog::{EmitError, EmitOptions, VerilogDesign, emit};
use rust_hdl_core::prelude::*;
use spinwright_contract::{CONTRACT_VERSION, Manifest, Port, Problem, ValidConfig};
use std::path::Path;

/// A generated machine: everything that its folder holds.
#[derive(Clone, Debug)]
pub struct GeneratedMachine {
    /// Verilog: file names and texts, the top first.
    pub files: Vec<(String, String)>,
    /// What `manifest.json` says.
    pub manifest: Manifest,
    /// What the machine needs, by formula.
    pub estimate: ResourceEstimate,
}

/// Generates a machine: modules `<name>_top`, `<name>_host`, `<name>_core` and everything below, one per file.
///
/// The same configuration gives the same bytes. An error means a defect of the generator, since the configuration is valid.
pub fn generate(config: &ValidConfig) -> Result<GeneratedMachine, Problem> {
    generate_with(config, Port::Uart)
}

/// Generates a machine with another port than the UART; there is no module `<name>_host` then.
///
/// # Errors
/// When the machine takes banks from its bitstream, which only the UART's frame buffer can tell it.
pub fn generate_with(config: &ValidConfig, port: Port) -> Result<GeneratedMachine, Problem> {
    let name = config.name();
    let module = |what: &str| format!("{name}_{what}");
    if !port.is_uart() && config.timing().power_on {
        return Err(Problem::new(
            "this machine needs the UART",
            format!("machine `{name}`, timing.power_on, with the port {}", port.name()),
            "the power-on record lies in the frame buffer of the UART",
            "leave power_on out and load the banks over the bus, or generate it with the UART",
        ));
    }
    let options = EmitOptions {
        module_prefix: format!("{name}_"),
        header: header(config, port),
        ..EmitOptions::new(&module("top"))
    };
    let design = match port {
        Port::Uart => emitted(Top::new(config), &options),
        Port::Axi4Lite => emitted(LayeredAxiLite::new(config), &options),
        Port::Wishbone => emitted(LayeredWishbone::new(config), &options),
        Port::Axi4Stream => emitted(LayeredStream::new(config), &options),
        Port::Spi => emitted(LayeredSpi::new(config), &options),
    };
    let design = design.map_err(|error| defect(name, error))?;
    let manifest = Manifest {
        name: name.to_owned(),
        contract: CONTRACT_VERSION,
        machine_hash: config.hash().to_string(),
        top: module("top"),
        port,
        core: module("core"),
        p_bits: config.total_p_bits(),
        pipeline_depth: MachineShape::of(config).pipeline_depth(),
        config: config.config().clone(),
        files: listed(&design),
        placement: config.placement().clone(),
    };
    let files = design.files.into_iter().map(|f| (f.file_name, f.text)).collect();
    Ok(GeneratedMachine { files, manifest, estimate: ResourceEstimate::of(config) })
}

/// Connects a top and prints it.
fn emitted(mut top: impl Block, options: &EmitOptions) -> Result<VerilogDesign, EmitError> {
    top.connect_all();
    emit(&top, options)
}

/// Header lines of every file: the machine and its configuration.
fn header(config: &ValidConfig, port: Port) -> Vec<String> {
    let c = config.config();
    let tree = format!("{} lanes, {} replicas, tree of {}.", c.lanes, c.replicas, c.tree_width);
    let mut lines = vec![format!("Machine {}, hash {}.", c.name, config.hash())];
    if config.is_one_dense_block() {
        let block = config.block();
        let (inputs, hidden, outputs) = (block.input.p_bits(), block.hidden.p_bits(), block.output.p_bits());
        let skip = if block.skip() { ", skip" } else { "" };
        lines.push(format!("{inputs} inputs, {hidden} hidden, {outputs} outputs{skip}; {tree}"));
    } else {
        for (number, block) in c.blocks.iter().enumerate() {
            let skip = if block.skip() { ", skip" } else { "" };
            let (input, hidden, output) = (block.input, block.hidden, block.output);
            lines.push(format!("Block {number}: inputs {input}, hidden {hidden}, outputs {output}{skip}."));
        }
        if let Some(e) = c.encoder {
            let (size, stride) = (e.kernel.size, e.kernel.stride);
            lines.push(format!(
                "Encoder: pictures of {} x {}, kernel {size}, stride {stride}.",
                e.rows, e.columns
            ));
        }
        if let Some(d) = c.decoder {
            lines.push(format!("Decoder: {} classes, {} x {} cells.", d.classes, d.rows, d.columns));
        }
        lines.push(tree);
    }
    lines.push(format!(
        "Bits: weight {}, bias {}, field {}, draw {}; {} coupling banks, {} bias banks, {} tables.",
        c.weight_bits, c.bias_bits, c.field_bits, c.draw_bits, c.coupling_banks, c.bias_banks, c.tables
    ));
    if !port.is_uart() {
        lines.push(format!("Port: {}.", port.name()));
    }
    lines
}

impl GeneratedMachine {
    /// Writes the Verilog files and `manifest.json`; each appears whole.
    pub fn write_machine(&self, folder: &Path) -> Result<(), Problem> {
        Folder::new(&self.files, &self.manifest).write(folder)
    }

    /// Compares a folder with what would be written; `repair` is the command that the message names.
    pub fn check_machine(&self, folder: &Path, repair: &str) -> Result<(), Problem> {
        Folder::new(&self.files, &self.manifest).check(folder, repair)
    }
}
