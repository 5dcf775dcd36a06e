//! A generated machine on disk: written whole, or compared with what would be written.

use crate::machine::Registers;
use crate::verilog::{EmitOptions, VerilogDesign, emit};
use rust_hdl_core::prelude::*;
use sha2::{Digest, Sha256};
use spinwright_contract::manifest::ManifestFile;
use spinwright_contract::{Problem, SparseConfig, files};
use std::path::Path;

/// A generated sparse machine: everything that its folder holds. `M` is its kind's manifest.
#[derive(Clone, Debug)]
pub struct GeneratedSparse<M> {
    /// Verilog: file names and texts, the top first.
    pub files: Vec<(String, String)>,
    /// What `manifest.json` says.
    pub manifest: M,
    /// What the machine needs, by formula: what, and how much.
    pub estimate: Vec<(String, String)>,
}

impl<M: serde::Serialize> GeneratedSparse<M> {
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

/// A row of an estimate: what, and how much.
pub(crate) fn row(what: &str, value: usize, unit: &str) -> (String, String) {
    (what.to_owned(), format!("{value} {unit}").trim().to_owned())
}

/// Emits the whole design below a machine's top, which is wired up here; also its flip-flops.
pub(crate) fn emit_machine(
    name: &str,
    header: Vec<String>,
    top: &mut impl Block,
) -> Result<(VerilogDesign, usize), Problem> {
    top.connect_all();
    let options =
        EmitOptions { module_prefix: format!("{name}_"), header, ..EmitOptions::new(&format!("{name}_top")) };
    let design = emit(top, &options).map_err(|error| defect(name, error))?;
    let mut registers = Registers::default();
    top.accept("top", &mut registers);
    Ok((design, registers.0 as usize))
}

/// The line of a file's header that says how wide a sparse machine's numbers are.
pub(crate) fn widths_line(c: &SparseConfig) -> String {
    format!(
        "Bits: weight {}, bias {}, field {}, draw {}; {} coupling banks, {} bias banks, {} tables.",
        c.weight_bits, c.bias_bits, c.field_bits, c.draw_bits, c.coupling_banks, c.bias_banks, c.tables
    )
}

/// Name of the manifest's file.
pub(crate) const MANIFEST_FILE: &str = "manifest.json";

/// Files and texts of a machine's folder.
pub(crate) struct Folder(pub Vec<(String, String)>);

impl Folder {
    /// The Verilog files and the manifest, last.
    pub fn new(verilog: &[(String, String)], manifest: &impl serde::Serialize) -> Self {
        let manifest = serde_json::to_string_pretty(manifest).expect("a manifest is valid JSON") + "\n";
        let mut contents = verilog.to_vec();
        contents.push((MANIFEST_FILE.to_owned(), manifest));
        Self(contents)
    }

    /// Writes the files; each appears whole.
    pub fn write(&self, folder: &Path) -> Result<(), Problem> {
        files::create_folder(folder)?;
        for (name, text) in &self.0 {
            files::write_whole(&folder.join(name), text.as_bytes())?;
        }
        Ok(())
    }

    /// Compares a folder with what would be written; `repair` is the command that the message names.
    pub fn check(&self, folder: &Path, repair: &str) -> Result<(), Problem> {
        let mut differences = vec![];
        for (name, text) in &self.0 {
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
            if !self.0.iter().any(|(generated, _)| generated == name) {
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

/// The manifest's list of a design's files.
pub(crate) fn listed(design: &VerilogDesign) -> Vec<ManifestFile> {
    let file = |f: &crate::verilog::VerilogFile| ManifestFile {
        file: f.file_name.clone(),
        module: f.module.clone(),
        sha256: Sha256::digest(f.text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    design.files.iter().map(file).collect()
}

/// A refusal that a valid configuration never meets.
pub(crate) fn defect(name: &str, error: impl ToString) -> Problem {
    Problem::new(
        "the generator refuses its own design",
        format!("machine `{name}`"),
        error.to_string(),
        "please report this configuration: every valid one should be generated",
    )
}
