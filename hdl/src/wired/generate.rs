//! From a valid sparse configuration to Verilog files and their manifest.

use super::host::WiredTop;
use super::shape::WiredShape;
use crate::folder::{Folder, defect, listed};
use crate::machine::Registers;
use crate::verilog::{EmitOptions, emit};
use rust_hdl_core::prelude::*;
use spinwright_contract::manifest::{CycleFormula, SparseManifest};
use spinwright_contract::{CONTRACT_VERSION, Problem, ValidSparse};
use std::path::Path;

/// A generated sparse machine: everything that its folder holds.
#[derive(Clone, Debug)]
pub struct GeneratedWired {
    /// Verilog: file names and texts, the top first.
    pub files: Vec<(String, String)>,
    /// What `manifest.json` says.
    pub manifest: SparseManifest,
    /// What the machine needs, by formula: what, and how much.
    pub estimate: Vec<(String, String)>,
}

/// Generates a machine: modules `<name>_top`, `<name>_host`, `<name>_core` and everything below, one per file.
///
/// The same configuration gives the same bytes.
///
/// # Errors
/// When the machine's graph is not in the wires; else an error means a defect of the generator, since the configuration is valid.
pub fn generate(config: &ValidSparse) -> Result<GeneratedWired, Problem> {
    let name = config.name();
    let shape = WiredShape::of(config).ok_or_else(|| defect(name, "its graph is not in the wires"))?;
    let module = |what: &str| format!("{name}_{what}");
    let mut top = WiredTop::new(config);
    top.connect_all();
    let options = EmitOptions {
        module_prefix: format!("{name}_"),
        header: header(config),
        ..EmitOptions::new(&module("top"))
    };
    let design = emit(&top, &options).map_err(|error| defect(name, error))?;
    let mut registers = Registers::default();
    top.accept("top", &mut registers);
    let manifest = SparseManifest {
        name: name.to_owned(),
        contract: CONTRACT_VERSION,
        machine_hash: config.hash().to_string(),
        top: module("top"),
        host: module("host"),
        core: module("core"),
        p_bits: config.p_bits(),
        pipeline_depth: shape.depth,
        cycles: CycleFormula {
            clocks_per_sweep: shape.clocks_per_sweep() as u64,
            clocks_per_run: shape.drain_clocks() as u64,
        },
        clusters: shape.clusters(),
        files: listed(&design),
        config: config.config().clone(),
    };
    let files = design.files.into_iter().map(|f| (f.file_name, f.text)).collect();
    Ok(GeneratedWired { files, manifest, estimate: estimate(config, &shape, registers.0) })
}

/// Header lines of every file: the machine and its configuration.
fn header(config: &ValidSparse) -> Vec<String> {
    let c = config.config();
    let graph = config.graph();
    let (edges, colors) = graph.map_or((0, 0), |graph| (graph.edges().len(), graph.colors()));
    vec![
        format!("Machine {}, hash {}.", c.name, config.hash()),
        format!(
            "{} p-bits, {edges} couplings, {colors} colors; {} lanes of {} slots, {} replicas.",
            config.p_bits(),
            c.lanes,
            config.slots(),
            c.replicas
        ),
        format!(
            "Bits: weight {}, bias {}, field {}, draw {}; {} coupling banks, {} bias banks, {} tables.",
            c.weight_bits, c.bias_bits, c.field_bits, c.draw_bits, c.coupling_banks, c.bias_banks, c.tables
        ),
    ]
}

/// Rows of a table: what, and how much. Bits are those that are used: rounding to memory blocks is the tools' matter.
fn estimate(config: &ValidSparse, shape: &WiredShape, flip_flops: u64) -> Vec<(String, String)> {
    let row =
        |what: &str, value: usize, unit: &str| (what.to_owned(), format!("{value} {unit}").trim().to_owned());
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
        row("Flip-flops, spin lines and host port included", flip_flops as usize, ""),
        row("Clocks per sweep of all replicas", shape.clocks_per_sweep(), ""),
        row("Updates per sweep of all replicas, padding included", updates, ""),
        row("Pipeline depth", shape.depth, "clocks"),
    ]
}

impl GeneratedWired {
    /// Writes the Verilog files and `manifest.json`; each appears whole.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_machine(&self, folder: &Path) -> Result<(), Problem> {
        Folder::new(&self.files, &self.manifest).write(folder)
    }

    /// Compares a folder with what would be written; `repair` is the command that the message names.
    ///
    /// # Errors
    /// When it differs.
    pub fn check_machine(&self, folder: &Path, repair: &str) -> Result<(), Problem> {
        Folder::new(&self.files, &self.manifest).check(folder, repair)
    }
}
