//! Verilog from the hardware generator.

use super::tool::SimError;
use spinwright_contract::{ValidConfig, ValidSparse};
use spinwright_hdl::{addressed, machine, wired};

/// Generated Verilog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// File names and texts, in the order a tool should read them.
    pub files: Vec<(String, String)>,
    /// Module with the register bus and the observation ports.
    pub core: String,
    /// Module with the UART and the observation ports.
    pub host: String,
    /// Module that a board gets: the UART and nothing to observe.
    pub top: String,
}

impl Sources {
    /// Generates a machine, as `spinwright generate` does.
    ///
    /// # Errors
    /// When the generator refuses the configuration.
    pub fn generate(machine: &ValidConfig) -> Result<Self, SimError> {
        let generated = machine::generate(machine)?;
        let manifest = generated.manifest;
        Ok(Self {
            files: generated.files,
            core: manifest.core,
            // The manifest's top wires this module's observation ports to nothing.
            host: format!("{}_host", machine.name()),
            top: manifest.top,
        })
    }

    /// Generates a sparse machine.
    ///
    /// # Errors
    /// When the generator refuses the configuration.
    pub fn generate_sparse(machine: &ValidSparse) -> Result<Self, SimError> {
        if machine.room().is_some() {
            let made = addressed::generate(machine)?;
            let manifest = made.manifest;
            return Ok(Self {
                files: made.files,
                core: manifest.core,
                host: manifest.host,
                top: manifest.top,
            });
        }
        let generated = wired::generate(machine)?;
        let manifest = generated.manifest;
        Ok(Self { files: generated.files, core: manifest.core, host: manifest.host, top: manifest.top })
    }

    /// The same files with one text replaced, for a hardware with a planted fault.
    ///
    /// # Errors
    /// When no file, or more than one place, holds the text.
    pub fn with_fault(&self, find: &str, replace: &str) -> Result<Self, SimError> {
        let places: usize = self.files.iter().map(|(_, text)| text.matches(find).count()).sum();
        if places != 1 {
            return Err(SimError::Harness(format!(
                "`{find}` stands in {places} places of the Verilog, not in one"
            )));
        }
        let mut faulty = self.clone();
        for (_, text) in &mut faulty.files {
            *text = text.replace(find, replace);
        }
        Ok(faulty)
    }
}
