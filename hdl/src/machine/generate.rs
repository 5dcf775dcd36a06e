//! From a valid configuration to Verilog files and their manifest.

use super::estimate::ResourceEstimate;
use super::host::Top;
use super::shape::MachineShape;
use crate::verilog::{EmitOptions, emit};
use rust_hdl_core::prelude::*;
use sha2::{Digest, Sha256};
use spinwright_contract::manifest::ManifestFile;
use spinwright_contract::{CONTRACT_VERSION, Manifest, Problem, ValidConfig, files};
use std::path::Path;

/// Name of the manifest's file.
const MANIFEST_FILE: &str = "manifest.json";

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
    let name = config.name();
    let module = |what: &str| format!("{name}_{what}");
    let mut top = Top::new(config);
    top.connect_all();
    let options = EmitOptions {
        module_prefix: format!("{name}_"),
        header: header(config),
        ..EmitOptions::new(&module("top"))
    };
    let design = emit(&top, &options).map_err(|error| {
        Problem::new(
            "the generator refuses its own design",
            format!("machine `{name}`"),
            error.to_string(),
            "please report this configuration: every valid one should be generated",
        )
    })?;
    let listed = design.files.iter().map(|f| ManifestFile {
        file: f.file_name.clone(),
        module: f.module.clone(),
        sha256: hex(&Sha256::digest(f.text.as_bytes())),
    });
    let manifest = Manifest {
        name: name.to_owned(),
        contract: CONTRACT_VERSION,
        machine_hash: config.hash().to_string(),
        top: module("top"),
        core: module("core"),
        p_bits: config.total_p_bits(),
        pipeline_depth: MachineShape::of(config).pipeline_depth(),
        config: config.config().clone(),
        files: listed.collect(),
        placement: config.placement().clone(),
    };
    let files = design.files.into_iter().map(|f| (f.file_name, f.text)).collect();
    Ok(GeneratedMachine { files, manifest, estimate: ResourceEstimate::of(config) })
}

/// Header lines of every file: the machine and its configuration.
fn header(config: &ValidConfig) -> Vec<String> {
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
    lines
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl GeneratedMachine {
    /// All files of the machine's folder, `manifest.json` last.
    fn contents(&self) -> Vec<(String, String)> {
        let manifest = serde_json::to_string_pretty(&self.manifest).expect("a manifest is valid JSON") + "\n";
        let mut contents = self.files.clone();
        contents.push((MANIFEST_FILE.to_owned(), manifest));
        contents
    }

    /// Writes the Verilog files and `manifest.json`; each appears whole.
    pub fn write_machine(&self, folder: &Path) -> Result<(), Problem> {
        files::create_folder(folder)?;
        for (name, text) in self.contents() {
            files::write_whole(&folder.join(name), text.as_bytes())?;
        }
        Ok(())
    }

    /// Compares a folder with what would be written; `repair` is the command that the message names.
    pub fn check_machine(&self, folder: &Path, repair: &str) -> Result<(), Problem> {
        let mut differences = vec![];
        let contents = self.contents();
        for (name, text) in &contents {
            match std::fs::read(folder.join(name)) {
                Ok(bytes) if bytes == text.as_bytes() => {}
                Ok(_) => differences.push(format!("{name} differs")),
                Err(error) => differences.push(format!("{name}: {error}")),
            }
        }
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        for name in names.iter().filter(|n| n.ends_with(".v")) {
            if !contents.iter().any(|(generated, _)| generated == name) {
                differences.push(format!("{name} is not generated any more"));
            }
        }
        if differences.is_empty() {
            return Ok(());
        }
        Err(Problem::new(
            "the generated files are not those of this configuration",
            folder.display().to_string(),
            differences.join("; "),
            format!("run `{repair}`"),
        ))
    }
}
