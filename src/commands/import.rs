//! `spinwright import`: from tensors trained elsewhere to a model.

use crate::failure::Failure;
use crate::output::{self, grouped};
use crate::{folder, training};
use serde::Serialize;
use spinwright_contract::ValidConfig;
use spinwright_reference::exchange::{Fit, ImportOptions, import};
use spinwright_reference::train::conv::io::{Stored, store};
use std::path::PathBuf;

/// Fit tensors from PyTorch, JAX or another trainer to a machine and write a model's folder.
///
/// docs/exchange.md has the tensors' names and shapes. Values are rounded to the machine's grids, and what that changed is
/// printed tensor by tensor.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright import out/jax.safetensors --machine examples/exchange/machine.json --delta 0.5 --out out/jax"
)]
pub struct Import {
    /// Safetensors file.
    tensors: PathBuf,
    /// machine.json with encoder and decoder, or a folder that holds one.
    #[arg(long)]
    machine: PathBuf,
    /// Folder for the model.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// Strength of the output's couplings and biases that the model was trained with.
    #[arg(long, default_value_t = 1.0)]
    delta: f64,
    /// Fraction bits of the hidden field [default: those with the least error].
    #[arg(long, value_name = "BITS", allow_negative_numbers = true)]
    hidden_fraction: Option<i32>,
    /// Fraction bits of the encoder's weights [default: those with the least error].
    #[arg(long, value_name = "BITS", allow_negative_numbers = true)]
    encoder_fraction: Option<i32>,
    /// Fraction bits of the decoder's weights [default: those with the least error].
    #[arg(long, value_name = "BITS", allow_negative_numbers = true)]
    decoder_fraction: Option<i32>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Summary<'a> {
    model: String,
    machine: &'a str,
    weights: usize,
    parameters: usize,
    tensors: &'a [Fit],
}

impl Import {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let machine = ValidConfig::read(&self.machine)?;
        let options = ImportOptions {
            delta: self.delta,
            hidden_fraction: self.hidden_fraction,
            encoder_fraction: self.encoder_fraction,
            decoder_fraction: self.decoder_fraction,
        };
        let imported = import(&self.tensors, &machine, &options)?;
        folder::check_writable(&self.out)?;
        let fits = imported.fits;
        let stored = Stored { model: imported.model, format: imported.format, control: None, training: None };
        store(&self.out, &stored)?;
        training::write_machine(&self.out, &machine)?;
        let summary = Summary {
            model: self.out.display().to_string(),
            machine: machine.name(),
            weights: stored.model.weights(),
            parameters: stored.model.parameters(),
            tensors: &fits,
        };
        if self.json {
            return output::json(&summary);
        }
        output::line(format!(
            "model for machine {} in {}: {} weights, {} parameters in all",
            summary.machine,
            summary.model,
            grouped(summary.weights as u64),
            grouped(summary.parameters as u64)
        ))?;
        for fit in &fits {
            let saturated = match fit.saturated {
                0 => String::new(),
                n => format!(", {} saturated", grouped(n as u64)),
            };
            output::line(format!(
                "  {:<16} {:>3} fraction bits, rounding changed {:.2} %{saturated}",
                fit.tensor,
                fit.fraction_bits,
                100.0 * fit.relative_error
            ))?;
        }
        Ok(())
    }
}
