//! A machine's Verilog on disk: written whole, or compared with what would be written.

use crate::folder;
use serde::Deserialize;
use spinwright_contract::manifest::ManifestFile;
use spinwright_contract::{Machine, Problem, files};
use spinwright_hdl::addressed::GeneratedAddressed;
use spinwright_hdl::machine::GeneratedMachine;
use spinwright_hdl::wired::GeneratedWired;
use std::path::Path;

/// What a manifest of any kind says about its files.
#[derive(Deserialize)]
struct Listed {
    files: Vec<ManifestFile>,
}

/// A generated machine of any kind.
pub enum Generated {
    /// Of kind `layered`.
    Layered(Box<GeneratedMachine>),
    /// Of kind `wired`.
    Wired(Box<GeneratedWired>),
    /// Of kind `addressed`.
    Addressed(Box<GeneratedAddressed>),
}

/// What is told about a generated machine.
pub struct Facts<'a> {
    /// The machine's name.
    pub name: &'a str,
    /// The top module.
    pub top: &'a str,
    /// The module with the register bus.
    pub core: &'a str,
    /// P-bits with a slot.
    pub p_bits: usize,
    /// The machine's identity.
    pub machine_hash: &'a str,
    /// Number of Verilog files.
    pub files: usize,
    /// The generator's estimate: what, and how much.
    pub estimate: Vec<(String, String)>,
}

impl Generated {
    /// Generates a machine of any kind.
    pub fn of(machine: &Machine) -> Result<Self, Problem> {
        match machine {
            Machine::Layered(config) => {
                spinwright_hdl::machine::generate(config).map(|made| Self::Layered(Box::new(made)))
            }
            Machine::Sparse(config) if config.room().is_some() => {
                spinwright_hdl::addressed::generate(config).map(|made| Self::Addressed(Box::new(made)))
            }
            Machine::Sparse(config) => {
                spinwright_hdl::wired::generate(config).map(|made| Self::Wired(Box::new(made)))
            }
        }
    }

    /// Writes Verilog and manifest; what an older manifest in the folder lists and is no longer generated is removed.
    pub fn write(&self, out: &Path) -> Result<(), Problem> {
        match self {
            Self::Layered(made) => write(made, out),
            Self::Wired(made) => replace(&made.files, out, |out| made.write_machine(out)),
            Self::Addressed(made) => replace(&made.files, out, |out| made.write_machine(out)),
        }
    }

    /// Compares a folder with what would be written.
    pub fn check(&self, out: &Path, repair: &str) -> Result<(), Problem> {
        match self {
            Self::Layered(made) => made.check_machine(out, repair),
            Self::Wired(made) => made.check_machine(out, repair),
            Self::Addressed(made) => made.check_machine(out, repair),
        }
    }

    /// Its Verilog: file names and texts, the top first.
    pub fn files(&self) -> &[(String, String)] {
        match self {
            Self::Layered(made) => &made.files,
            Self::Wired(made) => &made.files,
            Self::Addressed(made) => &made.files,
        }
    }

    /// What is told about it.
    pub fn facts(&self) -> Facts<'_> {
        match self {
            Self::Layered(made) => {
                let m = &made.manifest;
                Facts {
                    name: &m.name,
                    top: &m.top,
                    core: &m.core,
                    p_bits: m.p_bits,
                    machine_hash: &m.machine_hash,
                    files: m.files.len(),
                    estimate: made.estimate.rows(),
                }
            }
            Self::Wired(made) => {
                let m = &made.manifest;
                Facts {
                    name: &m.name,
                    top: &m.top,
                    core: &m.core,
                    p_bits: m.p_bits,
                    machine_hash: &m.machine_hash,
                    files: m.files.len(),
                    estimate: made.estimate.clone(),
                }
            }
            Self::Addressed(made) => {
                let m = &made.manifest;
                Facts {
                    name: &m.name,
                    top: &m.top,
                    core: &m.core,
                    p_bits: m.p_bits,
                    machine_hash: &m.machine_hash,
                    files: m.files.len(),
                    estimate: made.estimate.clone(),
                }
            }
        }
    }
}

/// Writes Verilog and manifest of a layered machine; see [`Generated::write`].
pub fn write(generated: &GeneratedMachine, out: &Path) -> Result<(), Problem> {
    replace(&generated.files, out, |out| generated.write_machine(out))
}

fn replace(
    generated: &[(String, String)],
    out: &Path,
    write: impl FnOnce(&Path) -> Result<(), Problem>,
) -> Result<(), Problem> {
    folder::check_writable(out)?;
    let old = files::read_json::<Listed>(&out.join("manifest.json")).map_or(Vec::new(), |old| old.files);
    write(out)?;
    for stale in old.iter().filter(|old| !generated.iter().any(|(name, _)| *name == old.file)) {
        // Only plain names: a manifest is no reason to touch anything outside its folder.
        if Path::new(&stale.file).components().count() == 1 {
            let _ = std::fs::remove_file(out.join(&stale.file));
        }
    }
    Ok(())
}
