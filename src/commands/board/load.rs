//! `board load` and `board streams`.

use super::kinds::{Streams, banks, kind_name, streams};
use super::link::{Host, Link};
use crate::failure::Failure;
use crate::folder::write_file;
use crate::interrupt::{self, Cooperative};
use crate::output::{self, grouped};
use crate::progress::Progress;
use serde::Serialize;
use spinwright_contract::{Machine, Problem};
use spinwright_host::loader::Upload;
use std::path::PathBuf;

/// What of an image is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Couplings with tables and schedule, and one bias set.
    All,
    /// One bias set alone.
    Biases,
    /// The tables of a coupling bank that is valid already.
    Tables,
}

/// Write an image into banks of the board; nothing is active before the board has checked all of it.
///
/// An upload that broke off goes on where it ended when the same command is given again. Without bank numbers the pair after the active
/// one is filled, or the active one while it is not valid.
#[derive(clap::Args)]
pub struct Load {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// The bank image.
    #[arg(long, value_name = "FILE")]
    image: PathBuf,
    /// Coupling bank to fill.
    #[arg(long, value_name = "B")]
    coupling_bank: Option<u32>,
    /// Bias bank to fill.
    #[arg(long, value_name = "B")]
    bias_bank: Option<u32>,
    /// Bias set of the image.
    #[arg(long, default_value_t = 0)]
    bias_set: usize,
    /// What of the image is loaded.
    #[arg(long, value_enum, default_value = "all")]
    part: Part,
    /// Then swap to these banks.
    #[arg(long, conflicts_with = "part")]
    swap: bool,
    #[command(flatten)]
    link: Link,
}

#[derive(Serialize)]
struct Report {
    machine: String,
    /// Banks that were filled; null where none was.
    coupling_bank: Option<u32>,
    bias_bank: Option<u32>,
    words: usize,
    /// Words that an earlier upload had brought.
    resumed: usize,
    /// Uploads that were begun again.
    restarts: u32,
    swapped: bool,
}

impl Load {
    pub fn execute(self) -> Result<(), Failure> {
        let machine = Machine::read(&self.machine)?;
        let made = streams(&machine, &self.image)?;
        let biases = made.biases.get(self.bias_set).ok_or_else(|| {
            Problem::new(
                "the image has no such bias set",
                format!("option --bias-set {}", self.bias_set),
                format!("it has {}", made.biases.len()),
                format!("choose 0 to {}", made.biases.len() - 1),
            )
        })?;
        let link = &self.link;
        let mut host = link.open_expecting(&machine)?;
        let now = host.overview().map_err(|e| link.failed(e))?.banks;
        let (couplings, sets) = banks(&machine);
        let free = |active: u32, valid: u32, count: u32| {
            if valid >> active & 1 == 0 { active } else { (active + 1) % count }
        };
        let coupling_bank = self.coupling_bank.unwrap_or(free(now.active.0, now.coupling_valid, couplings));
        let bias_bank = self.bias_bank.unwrap_or(free(now.active.1, now.bias_valid, sets));
        let parts: Vec<(&Upload, u32)> = match self.part {
            Part::All => vec![(&made.couplings, coupling_bank), (biases, bias_bank)],
            Part::Biases => vec![(biases, bias_bank)],
            Part::Tables => vec![(&made.tables, coupling_bank)],
        };
        let (mut resumed, mut restarts) = (0, 0);
        for (upload, bank) in &parts {
            let loaded = self.send(&mut host, &machine, upload, *bank)?;
            resumed += loaded.resumed_at;
            restarts += loaded.restarts;
        }
        let pair = (coupling_bank, bias_bank);
        let swapped = self.swap && host.swap(pair).map_err(|e| link.failed(e))?;
        let report = Report {
            machine: machine.name().to_owned(),
            coupling_bank: (self.part != Part::Biases).then_some(coupling_bank),
            bias_bank: (self.part != Part::Tables).then_some(bias_bank),
            words: parts.iter().map(|(upload, _)| upload.words.len()).sum(),
            resumed,
            restarts,
            swapped,
        };
        if link.json {
            return output::json(&report);
        }
        let bank = |name: &str, bank: Option<u32>| bank.map(|bank| format!("{name} bank {bank}"));
        let filled: Vec<String> = bank("coupling", report.coupling_bank)
            .into_iter()
            .chain(bank("bias", report.bias_bank))
            .collect();
        let resumed = if resumed > 0 {
            format!(", {} of them earlier", grouped(resumed as u64))
        } else {
            String::new()
        };
        let then = match (self.swap, swapped) {
            (true, true) => "; they are active",
            (true, false) => "; the swap waits for the next sweep boundary",
            _ => "",
        };
        output::line(format!(
            "{}: {} words{resumed}, checked by the board{then}",
            filled.join(", "),
            grouped(report.words as u64)
        ))
    }

    fn send(
        &self,
        host: &mut Host,
        machine: &Machine,
        upload: &Upload,
        bank: u32,
    ) -> Result<spinwright_host::board::Loaded, Failure> {
        let label = format!("{} into bank {bank}", kind_name(upload.kind));
        let mut progress = Progress::start(label, upload.words.len() as u64);
        let cooperative = Cooperative::begin();
        let loaded = host.load(upload, bank, machine.hash(), |words| {
            progress.set(words as u64, "words");
            !interrupt::requested()
        });
        drop(cooperative);
        progress.finish();
        loaded.map_err(|e| self.link.failed(e))
    }
}

/// Write an image's load streams as JSON, for hosts in other languages.
#[derive(clap::Args)]
pub struct StreamsOf {
    /// machine.json or a folder that holds one.
    machine: PathBuf,
    /// The bank image.
    #[arg(long, value_name = "FILE")]
    image: PathBuf,
    /// The JSON file; `-` writes it to standard output.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Serialize)]
struct StreamJson<'a> {
    kind: u32,
    crc: u32,
    words: &'a [u32],
}

#[derive(Serialize)]
struct StreamsJson<'a> {
    machine: &'a str,
    machine_hash: String,
    couplings: StreamJson<'a>,
    tables: StreamJson<'a>,
    biases: Vec<StreamJson<'a>>,
}

impl StreamsOf {
    pub fn execute(self) -> Result<(), Failure> {
        let machine = Machine::read(&self.machine)?;
        let Streams { couplings, tables, biases } = streams(&machine, &self.image)?;
        fn json(upload: &Upload) -> StreamJson<'_> {
            StreamJson { kind: upload.kind.code(), crc: upload.crc, words: &upload.words }
        }
        let value = StreamsJson {
            machine: machine.name(),
            machine_hash: machine.hash().to_string(),
            couplings: json(&couplings),
            tables: json(&tables),
            biases: biases.iter().map(json).collect(),
        };
        if self.out.as_os_str() == "-" {
            return output::json(&value);
        }
        let text = serde_json::to_string(&value).expect("the program's own results are always valid JSON");
        write_file(&self.out, format!("{text}\n").as_bytes())?;
        output::line(format!(
            "{}: couplings {} words, {} bias sets of {} words",
            self.out.display(),
            grouped(couplings.words.len() as u64),
            biases.len(),
            grouped(biases.first().map_or(0, |b| b.words.len() as u64)),
        ))
    }
}
