//! Verilog from the hardware generator.

use super::tool::SimError;
use rust_hdl_core::prelude::*;
use spinwright_contract::ValidConfig;
use spinwright_hdl::machine::Top;
use spinwright_hdl::verilog::{EmitOptions, emit};

/// Generated Verilog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// File names and texts, in the order a tool should read them.
    pub files: Vec<(String, String)>,
    /// Module with the register bus and the observation ports.
    pub core: String,
    /// Module with the UART and the observation ports.
    pub host: String,
}

impl Sources {
    /// Generates a machine.
    ///
    /// # Errors
    /// When the generator refuses the configuration.
    pub fn generate(machine: &ValidConfig) -> Result<Self, SimError> {
        let mut top = Top::new(machine);
        top.connect_all();
        let design = emit(&top, &EmitOptions::new(&format!("{}_top", machine.name())))
            .map_err(|e| SimError::Harness(e.to_string()))?;
        let files: Vec<(String, String)> = design.files.into_iter().map(|f| (f.file_name, f.text)).collect();
        for f in &files {
            eprintln!("{}", f.0);
        }
        Ok(Self { core: "core".into(), host: "host".into(), files })
    }
}
