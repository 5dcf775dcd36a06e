//! A machine's Verilog on disk: written whole, or compared with what would be written.

use crate::{folder, fusesoc};
use serde::Deserialize;
use spinwright_contract::config::Timing;
use spinwright_contract::manifest::ManifestFile;
use spinwright_contract::{Machine, Port, Problem, files};
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
    /// What the host speaks to.
    pub port: Port,
    /// Clock, baud rate and pipeline.
    pub timing: Timing,
    /// Number of Verilog files.
    pub files: usize,
    /// The generator's estimate: what, and how much.
    pub estimate: Vec<(String, String)>,
}

impl Generated {
    /// Generates a machine of any kind with a UART.
    pub fn of(machine: &Machine) -> Result<Self, Problem> {
        Self::with_port(machine, Port::Uart)
    }

    /// Generates a machine of any kind with this port.
    pub fn with_port(machine: &Machine, port: Port) -> Result<Self, Problem> {
        match machine {
            Machine::Layered(config) => {
                spinwright_hdl::machine::generate_with(config, port).map(|made| Self::Layered(Box::new(made)))
            }
            Machine::Sparse(config) if config.room().is_some() => {
                spinwright_hdl::addressed::generate_with(config, port)
                    .map(|made| Self::Addressed(Box::new(made)))
            }
            Machine::Sparse(config) => {
                spinwright_hdl::wired::generate_with(config, port).map(|made| Self::Wired(Box::new(made)))
            }
        }
    }

    /// Writes Verilog, manifest, core file and bench; what an older manifest in the folder lists and is no longer generated is removed.
    pub fn write(&self, out: &Path) -> Result<(), Problem> {
        match self {
            Self::Layered(made) => write(made, out),
            Self::Wired(made) => replace(&made.files, out, |out| made.write_machine(out)),
            Self::Addressed(made) => replace(&made.files, out, |out| made.write_machine(out)),
        }?;
        for (name, text) in self.beside() {
            let file = out.join(name);
            files::create_folder(file.parent().unwrap_or(out))?;
            files::write_whole(&file, text.as_bytes())?;
        }
        Ok(())
    }

    /// Compares a folder with what would be written.
    pub fn check(&self, out: &Path, repair: &str) -> Result<(), Problem> {
        match self {
            Self::Layered(made) => made.check_machine(out, repair),
            Self::Wired(made) => made.check_machine(out, repair),
            Self::Addressed(made) => made.check_machine(out, repair),
        }?;
        let differs = |(name, text): &(String, String)| {
            std::fs::read(out.join(name)).map_or(true, |bytes| bytes != text.as_bytes())
        };
        let differing: Vec<String> =
            self.beside().into_iter().filter(differs).map(|(name, _)| name).collect();
        if differing.is_empty() {
            return Ok(());
        }
        Err(Problem::new(
            "the generated files are not those of this configuration",
            out.display().to_string(),
            format!("missing or different: {}", differing.join(", ")),
            format!("run `{repair}`"),
        ))
    }

    /// Core file and bench.
    fn beside(&self) -> [(String, String); 2] {
        let Facts { name, machine_hash: hash, top, port, timing, .. } = self.facts();
        let files = self.files().iter().map(|(file, _)| file.as_str()).collect();
        fusesoc::Machine { name, hash, top, port, timing, files }.files()
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
        // The manifests are of different types; these parts have the same names in all of them.
        macro_rules! facts {
            ($made:expr, $estimate:expr) => {{
                let m = &$made.manifest;
                Facts {
                    name: &m.name,
                    top: &m.top,
                    core: &m.core,
                    p_bits: m.p_bits,
                    machine_hash: &m.machine_hash,
                    port: m.port,
                    timing: m.config.timing,
                    files: m.files.len(),
                    estimate: $estimate,
                }
            }};
        }
        match self {
            Self::Layered(made) => facts!(made, made.estimate.rows()),
            Self::Wired(made) => facts!(made, made.estimate.clone()),
            Self::Addressed(made) => facts!(made, made.estimate.clone()),
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
