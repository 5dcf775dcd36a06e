//! `spinwright extract`: the model that a patched bitstream holds.

use super::patch::{image, open};
use crate::bitstream::Contents;
use crate::export::{Format, memories};
use crate::failure::Failure;
use crate::{folder, output};
use serde::Serialize;
use spinwright_contract::{Problem, Readout, files};
use spinwright_reference::layout::BankLayout;
use spinwright_reference::sampler::self_test_signature;
use std::path::PathBuf;

/// Read the banks of a patched bitstream back: which are filled, their schedules, their load streams, the self-test's signature;
/// compare with an image.
///
/// Exit code 1 when the image differs, or when the signature is not the reference's for it. What only an image knows (fraction bits,
/// temperatures, encoder and decoder of the host) is not in a bitstream.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  spinwright extract out/digits.bin --image out/model.image")]
pub struct Extract {
    /// The bitstream: .bin of an iCE40, .bit of an ECP5, .fs of a Gowin.
    bitstream: PathBuf,
    /// The map of its memories [default: beside the bitstream, .map.json].
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Coupling bank.
    #[arg(long, default_value_t = 0)]
    coupling_bank: usize,
    /// Bias bank; with --image that of its first bias set.
    #[arg(long, default_value_t = 0)]
    bias_bank: usize,
    /// Compare with this model's folder or image.
    #[arg(long, value_name = "MODEL|IMAGE")]
    image: Option<PathBuf>,
    /// Folder for the contents of both banks' memories, as `export` names them.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Format of these files.
    #[arg(long, value_enum, default_value = "mem")]
    format: Format,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Extracted {
    machine: String,
    machine_hash: String,
    family: &'static str,
    coupling_banks: Vec<usize>,
    bias_banks: Vec<usize>,
    coupling_bank: usize,
    bias_bank: usize,
    schedules: Vec<Item>,
    coupling_words: usize,
    coupling_crc: String,
    bias_words: usize,
    bias_crc: String,
    /// Words of the load streams that differ from the image's.
    #[serde(skip_serializing_if = "Option::is_none")]
    different_words: Option<usize>,
    /// What the self-test of banks (0, 0) must give, in the bitstream.
    #[serde(skip_serializing_if = "Option::is_none")]
    self_test_signature: Option<String>,
    /// The reference's for the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_signature: Option<String>,
}

#[derive(Serialize)]
struct Item {
    burn_in: u32,
    retained: u32,
    readout: &'static str,
}

impl Extract {
    /// Does it.
    pub fn execute(self) -> Result<(), Failure> {
        let (bitstream, sidecar, machine) = open(&self.bitstream, self.map.as_deref())?;
        let contents = Contents::read(&machine, &bitstream, &sidecar)
            .map_err(|problem| problem.within(self.bitstream.display()))?;
        let record = contents.record();
        let coupling_banks: Vec<usize> =
            (0..record.schedules.len()).filter(|&bank| record.schedules[bank].is_some()).collect();
        let bias_banks: Vec<usize> = (0..record.biases.len()).filter(|&bank| record.biases[bank]).collect();
        let empty = |what: &str, bank: usize, filled: &[usize]| {
            Problem::new(
                format!("the {what} bank holds nothing that a load writes"),
                self.bitstream.display().to_string(),
                format!("bank {bank} was asked for, filled are {filled:?}"),
                format!("name one of these: --{what}-bank N"),
            )
        };
        let couplings = contents
            .couplings(self.coupling_bank)
            .filter(|_| contents.tables_agree(self.coupling_bank))
            .ok_or_else(|| empty("coupling", self.coupling_bank, &coupling_banks))?;
        let biases =
            contents.biases(self.bias_bank).ok_or_else(|| empty("bias", self.bias_bank, &bias_banks))?;
        let (mut different_words, mut expected_signature) = (None, None);
        if let Some(source) = &self.image {
            let image = image(source, &machine)?;
            if record.signature.is_some() && (self.coupling_bank, self.bias_bank) == (0, 0) {
                expected_signature = Some(self_test_signature(&machine, &image, 0)?);
            }
            let layout = BankLayout::place(&machine, image.into_contents())?;
            let different = |a: &[u32], b: &[u32]| {
                a.iter().zip(b).filter(|(a, b)| a != b).count() + a.len().abs_diff(b.len())
            };
            different_words = Some(
                different(&couplings, layout.coupling_stream()) + different(&biases, layout.bias_stream(0)),
            );
        }
        if let Some(out) = &self.out {
            folder::check_writable(out)?;
            files::create_folder(out)?;
            for memory in memories(&machine, &couplings, &biases)? {
                let file = format!("{}.{}", memory.name, self.format.extension());
                files::write_whole(&out.join(file), &self.format.encode(&memory))?;
            }
        }
        let schedules = record.schedules[self.coupling_bank].iter().flatten().map(|s| Item {
            burn_in: s.burn_in,
            retained: s.retained,
            readout: if s.readout == Readout::Field { "field" } else { "spin" },
        });
        let hexadecimal = |word: u32| format!("{word:08x}");
        let crc = |words: &[u32]| hexadecimal(spinwright_reference::layout::crc_of(words));
        let extracted = Extracted {
            machine: machine.name().to_owned(),
            machine_hash: machine.hash().to_string(),
            family: bitstream.family.name(),
            coupling_bank: self.coupling_bank,
            bias_bank: self.bias_bank,
            schedules: schedules.collect(),
            coupling_words: couplings.len(),
            coupling_crc: crc(&couplings),
            bias_words: biases.len(),
            bias_crc: crc(&biases),
            coupling_banks,
            bias_banks,
            different_words,
            self_test_signature: record.signature.map(hexadecimal),
            expected_signature: expected_signature.map(hexadecimal),
        };
        if self.json {
            output::json(&extracted)?;
        } else {
            let e = &extracted;
            output::line(format!(
                "{} on {}: coupling banks {:?} and bias banks {:?} are filled",
                e.machine, e.family, e.coupling_banks, e.bias_banks
            ))?;
            for (block, s) in e.schedules.iter().enumerate() {
                output::line(format!(
                    "block {block}: burn-in {}, retained {}, readout {}",
                    s.burn_in, s.retained, s.readout
                ))?;
            }
            output::line(format!(
                "coupling bank {}: {} words, CRC-32 {}; bias bank {}: {} words, CRC-32 {}",
                e.coupling_bank, e.coupling_words, e.coupling_crc, e.bias_bank, e.bias_words, e.bias_crc
            ))?;
            if let Some(signature) = &e.self_test_signature {
                output::line(format!("self-test of banks (0, 0): signature {signature}"))?;
            } else if machine.timing().self_test {
                output::line("no self-test: banks (0, 0) have no signature")?;
            }
            if e.different_words == Some(0) {
                output::line("equal to the image, word by word")?;
            }
        }
        match extracted.different_words {
            Some(words) if words > 0 => Err(Failure::Check(format!(
                "{words} words of the load streams differ between bitstream and image"
            ))),
            _ => match (&extracted.self_test_signature, &extracted.expected_signature) {
                (Some(found), Some(expected)) if found != expected => Err(Failure::Check(format!(
                    "the self-test's signature is {found}, the reference's for this image is {expected}: the machine would fail its test"
                ))),
                _ => Ok(()),
            },
        }
    }
}
