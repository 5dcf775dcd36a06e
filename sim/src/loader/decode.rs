//! From the words of an image to its contents.

use super::contents::{BlockContents, EndContents, ModelContents, StreamCheck, crc_of_words};
use spinwright_contract::image::{ENTRY_WORDS, FORMAT_VERSION, HEADER_WORDS, MAGIC, SectionKind};
use spinwright_contract::{Color, Problem, Readout, Schedule, Start, ValidConfig};

fn refuse(what: &str, place: impl Into<String>, why: impl Into<String>) -> Problem {
    Problem::new(what, place, why, "compile the image again for this machine")
}

/// One section with its directory entry.
struct Section<'a> {
    kind: SectionKind,
    block: usize,
    rows: usize,
    columns: usize,
    bits: u32,
    data: &'a [u32],
}

impl Section<'_> {
    /// Place in the order of sections: group, then up to three numbers within the group.
    fn rank(&self) -> [usize; 4] {
        match self.kind {
            SectionKind::Schedule => [0, self.block, 0, 0],
            SectionKind::Table => [0, self.block, 1 + self.rows, self.columns],
            SectionKind::Bias => [1, self.rows, self.block, 0],
            SectionKind::K1 => [2, self.block, 0, 0],
            SectionKind::K2 => [2, self.block, 1, 0],
            SectionKind::K3 => [2, self.block, 2, 0],
            SectionKind::DecoderWeight => [3, 0, 0, 0],
            SectionKind::DecoderBias => [4, 0, 0, 0],
            SectionKind::EncoderWeight => [5, 0, 0, 0],
            SectionKind::EncoderBias => [6, 0, 0, 0],
            SectionKind::LoadCheck => [7, 0, 0, 0],
            SectionKind::Encoder => [8, 0, 0, 0],
            SectionKind::Neighbors | SectionKind::BetaSchedule | SectionKind::Couplings => [9, 0, 0, 0],
        }
    }

    fn length(&self, words: usize) -> Result<(), String> {
        if self.data.len() == words {
            Ok(())
        } else {
            Err(format!("{} words were found, {words} are needed", self.data.len()))
        }
    }

    /// Packed weights of `bits` bits: weight j of a row at bit (j mod p) x bits of word j div p.
    fn matrix(&self, rows: usize, columns: usize, bits: u32) -> Result<Vec<Vec<i32>>, String> {
        if (self.rows, self.columns, self.bits) != (rows, columns, bits) {
            return Err(format!(
                "{} x {} weights of {} bits were found, {rows} x {columns} of {bits} are needed",
                self.rows, self.columns, self.bits
            ));
        }
        let per_word = (32 / bits) as usize;
        let row_words = columns.div_ceil(per_word);
        self.length(rows * row_words)?;
        let weight = |row: &[u32], j: usize| {
            let field = row[j / per_word] >> ((j % per_word) as u32 * bits);
            ((field << (32 - bits)) as i32) >> (32 - bits)
        };
        let unpack = |row: &[u32]| (0..columns).map(|j| weight(row, j)).collect();
        Ok(self.data.chunks(row_words).map(unpack).collect())
    }

    fn words(&self, count: usize) -> Result<Vec<i32>, String> {
        self.length(count)?;
        Ok(self.data.iter().map(|&w| w as i32).collect())
    }
}

/// Checks the header and reads the directory. Sections must follow one another without gaps, in the contract's order.
fn sections<'a>(machine: &ValidConfig, words: &'a [u32]) -> Result<Vec<Section<'a>>, Problem> {
    if words.len() < HEADER_WORDS || words[0] != MAGIC || words[1] != FORMAT_VERSION {
        return Err(refuse(
            "this is not a bank image",
            "header",
            "the magic word or the format version is wrong",
        ));
    }
    if (words[2], words[3]) != (machine.hash().hi(), machine.hash().lo()) {
        return Err(refuse(
            "the image is for another machine",
            "header, words 2 and 3",
            format!(
                "it was made for {:08x}{:08x}, the machine `{}` is {:016x}",
                words[2],
                words[3],
                machine.name(),
                machine.hash().id()
            ),
        ));
    }
    if words[4] as usize != words.len() || words[5] != crc_of_words(&words[HEADER_WORDS..]) {
        return Err(refuse("the image is damaged", "header", "its word count or its CRC-32 is wrong"));
    }
    let entries = words[6] as usize;
    let directory = words[HEADER_WORDS..]
        .get(..entries.saturating_mul(ENTRY_WORDS))
        .ok_or_else(|| refuse("the directory is cut off", "header, word 6", format!("{entries} entries")))?;
    let mut end = HEADER_WORDS + directory.len();
    let mut found: Vec<Section> = Vec::with_capacity(entries);
    for (e, entry) in directory.chunks_exact(ENTRY_WORDS).enumerate() {
        let place = format!("directory entry {e}");
        let kind = SectionKind::from_code(entry[0] & 0xffff).ok_or_else(|| {
            refuse("a section is unknown", &place, format!("there is no kind {}", entry[0] & 0xffff))
        })?;
        let (offset, length) = (entry[1] as usize, entry[2] as usize);
        let data =
            words.get(offset..).and_then(|rest| rest.get(..length)).filter(|_| offset == end).ok_or_else(
                || {
                    refuse(
                        "a section lies outside the image or leaves a gap",
                        &place,
                        format!("offset {offset}, length {length}, word {end} is the next free one"),
                    )
                },
            )?;
        end += length;
        let section = Section {
            kind,
            block: (entry[0] >> 16) as usize,
            rows: entry[3] as usize,
            columns: entry[4] as usize,
            bits: entry[5],
            data,
        };
        if section.block >= machine.block_count()
            || found.last().is_some_and(|last| last.rank() >= section.rank())
        {
            return Err(refuse(
                "the sections are out of order",
                place,
                format!("{kind:?} of block {} has no place there", section.block),
            ));
        }
        found.push(section);
    }
    Ok(found)
}

/// Decodes an image.
pub(super) fn image(machine: &ValidConfig, words: &[u32]) -> Result<ModelContents, Problem> {
    let sections = sections(machine, words)?;
    let mut builder = Builder::new(machine);
    for (e, section) in sections.iter().enumerate() {
        builder.section(section).map_err(|why| {
            refuse("a section does not have the machine's shape", format!("directory entry {e}"), why)
        })?;
    }
    builder.finish()
}

/// A block whose sections are still coming.
#[derive(Default)]
struct PartialBlock {
    schedule: Option<(Schedule, Start)>,
    tables: [Vec<Vec<u32>>; 2],
    /// K1, K2, K3.
    matrices: [Option<Vec<Vec<i32>>>; 3],
}

/// Weights and biases of an encoder or decoder that are still coming.
type PartialEnd = (Option<Vec<Vec<i32>>>, Option<Vec<i32>>);

struct Builder<'a> {
    machine: &'a ValidConfig,
    blocks: Vec<PartialBlock>,
    bias_sets: Vec<Vec<Vec<i32>>>,
    /// Encoder and decoder on the device: weights, biases.
    ends: [PartialEnd; 2],
    checks: Vec<StreamCheck>,
}

/// Index of the encoder in [`Builder::ends`].
const ENCODER: usize = 0;
/// Index of the decoder.
const DECODER: usize = 1;

impl<'a> Builder<'a> {
    fn new(machine: &'a ValidConfig) -> Self {
        Self {
            machine,
            blocks: (0..machine.block_count()).map(|_| PartialBlock::default()).collect(),
            bias_sets: Vec::new(),
            ends: Default::default(),
            checks: Vec::new(),
        }
    }

    fn section(&mut self, s: &Section) -> Result<(), String> {
        let m = self.machine;
        let shape = m.sizes(s.block).shape;
        let own = &mut self.blocks[s.block];
        let (x, h, n) = (shape.input.channels, shape.hidden.channels, shape.output.channels);
        match s.kind {
            SectionKind::Schedule => {
                s.length(4)?;
                let readout =
                    Readout::from_code(s.data[2]).ok_or(format!("there is no readout {}", s.data[2]))?;
                let start = Start::from_code(s.data[3]).ok_or(format!("there is no start {}", s.data[3]))?;
                own.schedule = Some((Schedule { burn_in: s.data[0], retained: s.data[1], readout }, start));
            }
            SectionKind::Table => {
                s.length(1 << m.field_bits())?;
                let of_color = own.tables.get_mut(s.rows).ok_or(format!("there is no color {}", s.rows))?;
                if of_color.len() != s.columns {
                    return Err(format!("table {} stands where {} is expected", s.columns, of_color.len()));
                }
                of_color.push(s.data.to_vec());
            }
            SectionKind::Bias => {
                let biases = s.words(Color::ALL.iter().map(|&c| shape.biases(c)).sum())?;
                if s.block == 0 {
                    self.bias_sets.push(Vec::new());
                }
                let expected = self.bias_sets.len().wrapping_sub(1);
                let set = self.bias_sets.last_mut().filter(|set| set.len() == s.block && s.rows == expected);
                set.ok_or(format!("set {} of block {} is not the next one", s.rows, s.block))?.push(biases);
            }
            SectionKind::K1 => {
                own.matrices[0] = Some(s.matrix(h, shape.k1.taps() * x, m.weight_bits())?);
            }
            SectionKind::K2 => {
                own.matrices[1] = Some(s.matrix(n, shape.k2.taps() * h, m.weight_bits())?);
            }
            SectionKind::K3 => {
                let kernel = shape.k3.ok_or("this machine's block has no skip coupling")?;
                own.matrices[2] = Some(s.matrix(n, kernel.taps() * x, m.weight_bits())?);
            }
            SectionKind::DecoderWeight | SectionKind::DecoderBias => {
                // Without a decoder on the device they are the host's.
                let Some(d) = m.decoder() else { return Ok(()) };
                let columns = d.cells() * m.last_block().output.channels;
                self.end(DECODER, s, d.classes, columns)?;
            }
            SectionKind::EncoderWeight | SectionKind::EncoderBias => {
                let e = m.encoder().ok_or("this machine has no encoder on the device")?;
                self.end(ENCODER, s, m.block().input.channels, e.kernel.taps())?;
            }
            SectionKind::LoadCheck => {
                self.checks =
                    s.data.chunks_exact(2).map(|c| StreamCheck { words: c[0], crc: c[1] }).collect();
            }
            SectionKind::Encoder if m.encoder().is_none() => {}
            SectionKind::Encoder => return Err("this machine's encoder is on the device".into()),
            SectionKind::Neighbors | SectionKind::BetaSchedule | SectionKind::Couplings => {
                return Err(format!("{:?} is not known to this machine", s.kind));
            }
        }
        Ok(())
    }

    /// Weights or biases of the encoder or decoder on the device.
    fn end(&mut self, which: usize, s: &Section, rows: usize, columns: usize) -> Result<(), String> {
        let (weights, biases) = &mut self.ends[which];
        match s.kind {
            SectionKind::EncoderWeight | SectionKind::DecoderWeight => {
                *weights = Some(s.matrix(rows, columns, self.machine.weight_bits())?);
            }
            _ => *biases = Some(s.words(rows)?),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<ModelContents, Problem> {
        let m = self.machine;
        let missing = |section: &str, block: usize| {
            refuse(
                "a section is missing",
                format!("{section} of block {block}"),
                "the image does not hold it",
            )
        };
        let mut blocks = Vec::new();
        let mut start = None;
        for (b, partial) in self.blocks.into_iter().enumerate() {
            let (schedule, own_start) = partial.schedule.ok_or_else(|| missing("schedule", b))?;
            if *start.get_or_insert(own_start) != own_start {
                return Err(refuse(
                    "the blocks start in different ways",
                    format!("schedule of block {b}"),
                    format!("it says {own_start:?}, block 0 {start:?}"),
                ));
            }
            for (color, tables) in partial.tables.iter().enumerate() {
                if tables.len() != m.tables() {
                    return Err(refuse(
                        "tables are missing",
                        format!("block {b}, color {color}"),
                        format!("{} found, {} needed", tables.len(), m.tables()),
                    ));
                }
            }
            let [k1, k2, k3] = partial.matrices;
            let k1 = k1.ok_or_else(|| missing("K1", b))?;
            let k2 = k2.ok_or_else(|| missing("K2", b))?;
            if m.sizes(b).shape.skip() && k3.is_none() {
                return Err(missing("K3", b));
            }
            blocks.push(BlockContents {
                schedule,
                tables: partial.tables,
                k1,
                k2,
                k3: k3.unwrap_or_default(),
            });
        }
        if self.bias_sets.last().is_none_or(|set| set.len() != m.block_count()) {
            return Err(missing("bias", self.bias_sets.last().map_or(0, Vec::len)));
        }
        let mut end = |which: usize, exists: bool, name: &str| match std::mem::take(&mut self.ends[which]) {
            (Some(weights), Some(biases)) => Ok(Some(EndContents { weights, biases })),
            (None, None) if !exists => Ok(None),
            _ => Err(missing(name, 0)),
        };
        let encoder = end(ENCODER, m.encoder().is_some(), "encoder")?;
        let decoder = end(DECODER, m.decoder().is_some(), "decoder")?;
        if self.checks.len() != 2 + self.bias_sets.len() {
            return Err(refuse(
                "the load check does not fit",
                "section load check",
                format!(
                    "{} streams are announced, the image has {}",
                    self.checks.len(),
                    2 + self.bias_sets.len()
                ),
            ));
        }
        Ok(ModelContents {
            start: start.expect("a machine has a block"),
            blocks,
            bias_sets: self.bias_sets,
            encoder,
            decoder,
            coupling_check: self.checks[0],
            table_check: self.checks[1],
            bias_checks: self.checks[2..].to_vec(),
        })
    }
}
