//! What an image holds, decoded from its words (contract, section 8).

use crc32fast::Hasher;
use spinwright_contract::image::{ENTRY_WORDS, FORMAT_VERSION, HEADER_WORDS, MAGIC, SectionKind};
use spinwright_contract::{Color, Problem, Readout, Schedule, Start, ValidConfig};

/// Length and CRC-32 of one load stream, as the compiler announced them in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamCheck {
    /// Words of the stream.
    pub words: u32,
    /// CRC-32 over them.
    pub crc: u32,
}

/// The logical contents of an image, in p-bit order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelContents {
    /// Burn-in, retained sweeps, readout.
    pub schedule: Schedule,
    /// The start that the image asks for.
    pub start: Start,
    /// `tables[color][table][index]`: thresholds by two's-complement index of the field.
    pub tables: [Vec<Vec<u32>>; 2],
    /// `bias_sets[set][p-bit]`: hidden first, then output.
    pub bias_sets: Vec<Vec<i32>>,
    /// `k1[hidden][input]`.
    pub k1: Vec<Vec<i32>>,
    /// `k2[output][hidden]`.
    pub k2: Vec<Vec<i32>>,
    /// `k3[output][input]`; no rows without skip.
    pub k3: Vec<Vec<i32>>,
    /// Announced check of the coupling stream.
    pub coupling_check: StreamCheck,
    /// Announced check of the tables alone.
    pub table_check: StreamCheck,
    /// Announced check of every bias set's stream.
    pub bias_checks: Vec<StreamCheck>,
}

/// CRC-32 over words, each as its four little-endian bytes.
pub(crate) fn crc_of_words(words: &[u32]) -> u32 {
    let mut hasher = Hasher::new();
    for word in words {
        hasher.update(&word.to_le_bytes());
    }
    hasher.finalize()
}

struct Reader<'a> {
    words: &'a [u32],
}

impl Reader<'_> {
    fn entry(&self, e: usize) -> &[u32] {
        &self.words[HEADER_WORDS + e * ENTRY_WORDS..][..ENTRY_WORDS]
    }

    fn section(&self, e: usize) -> Result<&[u32], Problem> {
        let (offset, length) = (self.entry(e)[1] as usize, self.entry(e)[2] as usize);
        self.words.get(offset..).and_then(|rest| rest.get(..length)).ok_or_else(|| {
            refuse(
                "a section lies outside the image",
                format!("directory entry {e}"),
                format!("offset {offset}, length {length}, the image has {} words", self.words.len()),
            )
        })
    }
}

fn refuse(what: &str, place: impl Into<String>, why: impl Into<String>) -> Problem {
    Problem::new(what, place, why, "compile the image again for this machine")
}

/// One packed row: weight j at bit (j mod p) x bits of word j div p.
fn unpack(words: &[u32], columns: usize, bits: u32) -> Vec<i32> {
    let per_word = (32 / bits) as usize;
    (0..columns)
        .map(|j| {
            let field = words[j / per_word] >> ((j % per_word) as u32 * bits);
            ((field << (32 - bits)) as i32) >> (32 - bits)
        })
        .collect()
}

impl ModelContents {
    /// Decodes the words of an image for `machine`. Refuses what the loader needs and does not find; the full list of
    /// refusals is the reference's `BankImage`, through which every image passes first.
    pub fn decode(machine: &ValidConfig, words: &[u32]) -> Result<Self, Problem> {
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
        if words.len() < HEADER_WORDS + entries * ENTRY_WORDS {
            return Err(refuse("the directory is cut off", "header, word 6", format!("{entries} entries")));
        }
        let reader = Reader { words };
        let mut builder = Builder::new(machine);
        for e in 0..entries {
            builder.section(reader.entry(e), reader.section(e)?).map_err(|why| {
                refuse("a section does not have the machine's shape", format!("directory entry {e}"), why)
            })?;
        }
        builder.finish()
    }
}

struct Builder<'a> {
    machine: &'a ValidConfig,
    schedule: Option<(Schedule, Start)>,
    tables: [Vec<Vec<u32>>; 2],
    bias_sets: Vec<Vec<i32>>,
    matrices: [Option<Vec<Vec<i32>>>; 3],
    checks: Vec<StreamCheck>,
}

impl<'a> Builder<'a> {
    fn new(machine: &'a ValidConfig) -> Self {
        Self {
            machine,
            schedule: None,
            tables: [Vec::new(), Vec::new()],
            bias_sets: Vec::new(),
            matrices: [None, None, None],
            checks: Vec::new(),
        }
    }

    fn section(&mut self, entry: &[u32], data: &[u32]) -> Result<(), String> {
        let (rows, columns, bits) = (entry[3] as usize, entry[4] as usize, entry[5]);
        let expect_length = |n: usize| {
            if data.len() == n {
                Ok(())
            } else {
                Err(format!("{} words were found, {n} are needed", data.len()))
            }
        };
        match SectionKind::from_code(entry[0]) {
            Some(SectionKind::Schedule) => {
                expect_length(4)?;
                let readout =
                    Readout::from_code(data[2]).ok_or(format!("there is no readout {}", data[2]))?;
                let start = Start::from_code(data[3]).ok_or(format!("there is no start {}", data[3]))?;
                self.schedule = Some((Schedule { burn_in: data[0], retained: data[1], readout }, start));
            }
            Some(SectionKind::Table) => {
                expect_length(1 << self.machine.field_bits())?;
                let of_color = self.tables.get_mut(rows).ok_or(format!("there is no color {rows}"))?;
                if of_color.len() != columns {
                    return Err(format!("table {columns} stands where {} is expected", of_color.len()));
                }
                of_color.push(data.to_vec());
            }
            Some(SectionKind::Bias) => {
                expect_length(self.machine.total_p_bits())?;
                self.bias_sets.push(data.iter().map(|&w| w as i32).collect());
            }
            Some(kind @ (SectionKind::K1 | SectionKind::K2 | SectionKind::K3)) => {
                if bits != self.machine.weight_bits() {
                    return Err(format!("weights have {bits} bits"));
                }
                let row_words = columns.div_ceil((32 / bits) as usize);
                expect_length(rows * row_words)?;
                let matrix = data.chunks(row_words.max(1)).map(|row| unpack(row, columns, bits)).collect();
                self.matrices[kind as usize - SectionKind::K1 as usize] = Some(matrix);
            }
            Some(SectionKind::LoadCheck) => {
                self.checks = data.chunks_exact(2).map(|c| StreamCheck { words: c[0], crc: c[1] }).collect();
            }
            Some(SectionKind::DecoderWeight | SectionKind::DecoderBias | SectionKind::Encoder) => {}
            Some(
                SectionKind::EncoderWeight
                | SectionKind::EncoderBias
                | SectionKind::Neighbors
                | SectionKind::BetaSchedule,
            )
            | None => {
                return Err(format!("sections of kind {} are not known to this machine", entry[0]));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<ModelContents, Problem> {
        let missing = |section: &str| refuse("a section is missing", section, "the image does not hold it");
        let m = self.machine;
        let (schedule, start) = self.schedule.ok_or_else(|| missing("schedule"))?;
        let [k1, k2, k3] = self.matrices;
        let (k1, k2) = (k1.ok_or_else(|| missing("K1"))?, k2.ok_or_else(|| missing("K2"))?);
        let k3 = match (m.block().skip(), k3) {
            (true, None) => return Err(missing("K3")),
            (_, k3) => k3.unwrap_or_default(),
        };
        let (x, h, n) = (m.inputs(), m.p_bits(Color::Hidden), m.p_bits(Color::Output));
        for (name, matrix, rows, columns) in
            [("K1", &k1, h, x), ("K2", &k2, n, h), ("K3", &k3, if m.block().skip() { n } else { 0 }, x)]
        {
            if matrix.len() != rows || matrix.iter().any(|row| row.len() != columns) {
                return Err(refuse("a matrix has another shape", name, format!("{rows} x {columns} needed")));
            }
        }
        for color in Color::ALL {
            let found = self.tables[color.index()].len();
            if found != m.tables() {
                return Err(refuse(
                    "tables are missing",
                    format!("color {}", color.index()),
                    format!("{found} found, {} needed", m.tables()),
                ));
            }
        }
        if self.bias_sets.is_empty() {
            return Err(missing("bias"));
        }
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
            schedule,
            start,
            tables: self.tables,
            bias_sets: self.bias_sets,
            k1,
            k2,
            k3,
            coupling_check: self.checks[0],
            table_check: self.checks[1],
            bias_checks: self.checks[2..].to_vec(),
        })
    }
}
