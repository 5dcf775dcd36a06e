//! Images and models for people and machines.

use crate::commands::compile::schedules_line;
use crate::failure::Failure;
use crate::output::{self, grouped, json_name};
use serde::Serialize;
use spinwright_contract::image::{ENTRY_WORDS, FORMAT_VERSION, HEADER_WORDS, SectionKind};
use spinwright_contract::{Machine, Problem, Schedule, Start, ValidConfig};
use spinwright_reference::image::{BankImage, BlockContents};
use spinwright_reference::sparse::SparseImage;
use std::path::Path;

/// What an image says about itself, readable without its machine.
#[derive(Serialize)]
struct Directory {
    machine_id: String,
    words: u32,
    crc: String,
    sections: Vec<Section>,
}

#[derive(Serialize)]
struct Section {
    section: String,
    /// 0 for what belongs to no block.
    block: u32,
    offset: u32,
    length: u32,
    rows: u32,
    columns: u32,
    bits: u32,
    fraction_bits: i32,
    extra: u32,
}

/// What the contents mean, for a given machine.
#[derive(Serialize)]
struct Contents {
    machine: String,
    /// One per block.
    schedules: Vec<Schedule>,
    start: Start,
    field_fraction_bits: [i32; 2],
    betas: Vec<f32>,
    bias_sets: usize,
    /// Of K1 and K2 of every block.
    largest_weights: Vec<[i16; 2]>,
    zero_weights: usize,
    classes: Option<usize>,
    coupling_stream_words: u32,
    coupling_stream_crc: String,
}

/// Shows an image; with its machine it is also checked and its contents are summed up.
pub fn show(path: &Path, words: &[u32], machine: Option<&Machine>, json: bool) -> Result<(), Failure> {
    let directory = directory(path, words)?;
    let within = |problem: Problem| problem.within(path.display());
    let (contents, line) = match machine {
        Some(Machine::Layered(machine)) => {
            let c = contents(&BankImage::from_words(words, machine).map_err(within)?, machine);
            let line = layered_line(&c, machine.replicas());
            (Some(Either::Layered(c)), line)
        }
        Some(Machine::Sparse(machine)) => {
            let image = SparseImage::from_words(words, machine).map_err(within)?;
            let c = super::sparse::Contents::of(&image, machine);
            let line = c.line(machine.replicas());
            (Some(Either::Sparse(c)), line)
        }
        None => (None, "  (--machine MACHINE also checks it and sums up its contents)".to_string()),
    };
    if json {
        #[derive(Serialize)]
        struct Both {
            #[serde(flatten)]
            directory: Directory,
            contents: Option<Either>,
        }
        return output::json(&Both { directory, contents });
    }
    output::line(format!(
        "bank image for machine {}: {} words, CRC-32 {}",
        directory.machine_id,
        grouped(directory.words.into()),
        directory.crc
    ))?;
    for section in &directory.sections {
        output::line(format!(
            "  {:<15} {} at word {:>6}, {:>6} words, {} x {}, {} bits, {} of fraction, extra {}",
            section.section,
            section.block,
            section.offset,
            section.length,
            section.rows,
            section.columns,
            section.bits,
            section.fraction_bits,
            section.extra
        ))?;
    }
    output::line(line)
}

/// The contents for whichever kind of machine.
#[derive(Serialize)]
#[serde(untagged)]
enum Either {
    Layered(Contents),
    Sparse(super::sparse::Contents),
}

fn layered_line(c: &Contents, replicas: usize) -> String {
    let largest =
        |k: usize| c.largest_weights.iter().map(|block| block[k].to_string()).collect::<Vec<_>>().join(", ");
    format!(
        "contents, valid for machine {}:\n  schedule {}, start {}\n  largest weights {} \
         (K1) and {} (K2), {} zero weights, {} bias sets, {}",
        c.machine,
        schedules_line(&c.schedules, replicas),
        json_name(&c.start),
        largest(0),
        largest(1),
        grouped(c.zero_weights as u64),
        c.bias_sets,
        c.classes.map_or("no decoder".into(), |classes| format!("decoder for {classes} classes")),
    )
}

fn contents(image: &BankImage, machine: &ValidConfig) -> Contents {
    let c = image.contents();
    let largest = |raw: &[i16]| raw.iter().map(|w| w.abs()).max().unwrap_or(0);
    let zeros = |block: &BlockContents| {
        let all = block.k1.raw.iter().chain(&block.k2.raw).chain(block.k3.iter().flat_map(|k3| &k3.raw));
        all.filter(|&&w| w == 0).count()
    };
    Contents {
        machine: machine.name().to_owned(),
        schedules: c.schedules(),
        start: c.start,
        field_fraction_bits: c.field_frac_bits,
        betas: c.blocks[0].tables[0].iter().map(|table| table.beta).collect(),
        bias_sets: c.bias_sets.len(),
        largest_weights: c.blocks.iter().map(|b| [largest(&b.k1.raw), largest(&b.k2.raw)]).collect(),
        zero_weights: c.blocks.iter().map(zeros).sum(),
        classes: c.decoder.as_ref().map(|decoder| decoder.classes),
        coupling_stream_words: image.load_check().couplings.words,
        coupling_stream_crc: format!("{:08x}", image.load_check().couplings.crc),
    }
}

/// Reads header and directory alone: enough to see what a file is, not to use it.
fn directory(path: &Path, words: &[u32]) -> Result<Directory, Problem> {
    let cut = || {
        Problem::new(
            "the image is cut off",
            path.display().to_string(),
            format!("{} words do not hold header and directory", words.len()),
            "copy it again, or compile it again",
        )
    };
    let header: &[u32; HEADER_WORDS] = words.first_chunk().ok_or_else(cut)?;
    if header[1] != FORMAT_VERSION {
        return Err(Problem::new(
            "the image has another format version",
            path.display().to_string(),
            format!("it says {}, this program reads {FORMAT_VERSION}", header[1]),
            "compile the model again",
        ));
    }
    let entries = words[HEADER_WORDS..].chunks_exact(ENTRY_WORDS).take(header[6] as usize);
    if entries.len() < header[6] as usize {
        return Err(cut());
    }
    let sections = entries.map(|e| Section {
        section: SectionKind::from_code(e[0] & 0xffff)
            .map_or_else(|| format!("kind {}", e[0] & 0xffff), |kind| format!("{kind:?}")),
        block: e[0] >> 16,
        offset: e[1],
        length: e[2],
        rows: e[3],
        columns: e[4],
        bits: e[5],
        fraction_bits: e[6] as i32,
        extra: e[7],
    });
    Ok(Directory {
        machine_id: format!("{:08x}{:08x}", header[2], header[3]),
        words: header[4],
        crc: format!("{:08x}", header[5]),
        sections: sections.collect(),
    })
}
