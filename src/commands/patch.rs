//! `spinwright patch`: a trained model into a placed and routed bitstream.

use crate::bitstream::{Bitstream, Contents, Sidecar, file_of};
use crate::failure::Failure;
use crate::output;
use serde::Serialize;
use spinwright_contract::{Problem, Start, ValidConfig, files};
use spinwright_reference::image::BankImage;
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::self_test_signature;
use std::path::{Path, PathBuf};

/// Put a model into a bitstream that `synth --patchable` made; nothing is placed or routed again.
///
/// The machine finds the model when the chip is configured: its banks are valid without an upload. Patching a patched bitstream again
/// keeps the banks that are not named.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spinwright patch out/digits-hx8k/design.bin out/model.image --out out/digits.bin"
)]
pub struct Patch {
    /// The bitstream: .bin of an iCE40, .bit of an ECP5, .fs of a Gowin.
    bitstream: PathBuf,
    /// Folder of a model, or an image's file.
    #[arg(value_name = "MODEL|IMAGE")]
    source: PathBuf,
    /// The map that synth wrote [default: beside the bitstream, .map.json].
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The patched bitstream; a copy of the map goes beside it.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Coupling bank to fill.
    #[arg(long, default_value_t = 0)]
    coupling_bank: usize,
    /// First bias bank to fill; further bias sets of the image go into the next ones.
    #[arg(long, default_value_t = 0)]
    bias_bank: usize,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Patched {
    out: String,
    machine: String,
    machine_hash: String,
    family: &'static str,
    coupling_bank: usize,
    bias_banks: Vec<usize>,
    /// Bytes that differ from the bitstream that came in, checksums included; in a text every bit has its own.
    changed_bytes: usize,
    /// Of a machine with a self-test: what it must give, nothing when none is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    self_test_signature: Option<String>,
    sha256: String,
}

/// Reads a bitstream and its map.
pub fn open(path: &Path, map: Option<&Path>) -> Result<(Bitstream, Sidecar, ValidConfig), Problem> {
    let bytes = std::fs::read(path).map_err(|error| {
        Problem::new(
            "the bitstream cannot be read",
            path.display().to_string(),
            error.to_string(),
            "name the file that `spinwright synth --patchable` wrote",
        )
    })?;
    let bitstream = Bitstream::parse(bytes).map_err(|why| {
        Problem::new(
            "this is no whole bitstream",
            path.display().to_string(),
            why,
            "take the file as `spinwright synth` wrote it",
        )
    })?;
    let map = map.map_or_else(|| file_of(path), Path::to_path_buf);
    let (sidecar, machine) = Sidecar::read(&map, &bitstream)?;
    Ok((bitstream, sidecar, machine))
}

/// Fills a coupling bank and bias banks with an image; gives the bias banks. On a machine with a self-test, banks (0, 0) get their
/// signature; when only one of them is filled, they are no longer what the signature is of, and lose it.
pub fn fill(
    contents: &mut Contents,
    machine: &ValidConfig,
    image: BankImage,
    coupling_bank: usize,
    bias_bank: usize,
) -> Result<Vec<usize>, Problem> {
    let sets = image.contents().bias_sets.len();
    if machine.timing().self_test {
        match (coupling_bank, bias_bank) {
            (0, 0) => contents.set_signature(Some(self_test_signature(machine, &image, 0)?)),
            (0, _) | (_, 0) => contents.set_signature(None),
            _ => {}
        }
    }
    let layout = BankLayout::place(machine, image.into_contents())?;
    contents.set_couplings(coupling_bank, layout.coupling_stream())?;
    let banks: Vec<usize> = (bias_bank..bias_bank.saturating_add(sets)).collect();
    for (set, &bank) in banks.iter().enumerate() {
        contents.set_biases(bank, layout.bias_stream(set))?;
    }
    Ok(banks)
}

/// An image from its file, or compiled from a model's folder with the machine's default schedule.
pub fn image(source: &Path, machine: &ValidConfig) -> Result<BankImage, Problem> {
    if source.is_dir() {
        let model = crate::model::ModelFolder::read(source)?;
        let schedules = vec![super::compile::DEFAULT_SCHEDULE; machine.block_count()];
        return model.compile(machine, &schedules, Start::Random, &crate::model::Choices::default());
    }
    BankImage::read(source, machine)
}

impl Patch {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let (mut bitstream, sidecar, machine) = open(&self.bitstream, self.map.as_deref())?;
        let image = image(&self.source, &machine)?;
        let before = bitstream.bytes().to_vec();
        // A bitstream with placeholders has no record: its banks are all empty.
        let mut contents =
            Contents::read(&machine, &bitstream, &sidecar).unwrap_or_else(|_| Contents::empty(&machine));
        let bias_banks = fill(&mut contents, &machine, image, self.coupling_bank, self.bias_bank)?;
        contents.write(&mut bitstream, &sidecar);
        let map = serde_json::to_string(&sidecar).expect("a map is valid JSON") + "\n";
        files::write_whole(&file_of(&self.out), map.as_bytes())?;
        files::write_whole(&self.out, bitstream.bytes())?;
        let patched = Patched {
            out: self.out.display().to_string(),
            machine: machine.name().to_owned(),
            machine_hash: machine.hash().to_string(),
            family: bitstream.family.name(),
            coupling_bank: self.coupling_bank,
            bias_banks,
            changed_bytes: before.iter().zip(bitstream.bytes()).filter(|(old, new)| old != new).count(),
            self_test_signature: contents.record().signature.map(|word| format!("{word:08x}")),
            sha256: crate::bitstream::sha256(bitstream.bytes()),
        };
        if self.json {
            return output::json(&patched);
        }
        let test = match &patched.self_test_signature {
            Some(signature) => format!("; self-test signature {signature}"),
            None if machine.timing().self_test => {
                "; no self-test, since banks (0, 0) are not filled from one image".to_owned()
            }
            None => String::new(),
        };
        output::line(format!(
            "{}: {} for {} with a model in coupling bank {} and bias banks {:?}; {} bytes changed, all of them memory or checksum{test}",
            patched.out,
            patched.family,
            patched.machine,
            patched.coupling_bank,
            patched.bias_banks,
            patched.changed_bytes
        ))
    }
}
