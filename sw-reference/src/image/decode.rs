//! From the words of a file to a checked image.

use super::pack::{row_words, unpack_row};
use super::{BankContents, BankImage, BiasSet, Classifier, Decoder, Matrix, PixelEncoder, Table};
use crate::layout::{BankLayout, crc_of};
use spinwright_contract::image::{ENTRY_WORDS, Entry, FORMAT_VERSION, HEADER_WORDS, MAGIC, SectionKind};
use spinwright_contract::{Color, Problem, Readout, Schedule, Start, ValidConfig};

const DAMAGED: &str = "the file is damaged or was cut off; compile the model again";

fn damaged(place: impl Into<String>, why: impl Into<String>) -> Problem {
    Problem::new("the bank image is not readable", place, why, DAMAGED)
}

/// Checks and decodes a whole file.
pub(super) fn image(words: &[u32], config: &ValidConfig) -> Result<BankImage, Problem> {
    header(words, config)?;
    let mut sections = Sections { words, entries: directory(words)?, next: 0 };
    let contents = contents(&mut sections, config)?;
    let image = BankLayout::place(config, contents)?.into_image();
    // Everything that is left is fixed by the contents: one comparison finds a wrong load check, set bits in padding and
    // entries that say something else than what they must.
    let expected = image.to_words();
    match (0..words.len().max(expected.len())).find(|&i| i != 5 && words.get(i) != expected.get(i)) {
        None => Ok(image),
        Some(i) => Err(damaged(
            place_of(i, &sections.entries),
            format!(
                "it holds {:#010x} where its own contents ask for {:#010x}",
                words.get(i).unwrap_or(&0),
                expected.get(i).unwrap_or(&0)
            ),
        )),
    }
}

fn place_of(word: usize, entries: &[Entry]) -> String {
    let directory = HEADER_WORDS..HEADER_WORDS + ENTRY_WORDS * entries.len();
    let section =
        entries.iter().find(|e| (e.offset as usize..(e.offset + e.length) as usize).contains(&word));
    match section {
        Some(entry) => format!("word {word}, section {:?}", entry.kind),
        None if directory.contains(&word) => {
            format!("word {word}, directory entry {}", (word - HEADER_WORDS) / ENTRY_WORDS)
        }
        None => format!("word {word}"),
    }
}

fn header(words: &[u32], config: &ValidConfig) -> Result<(), Problem> {
    if words.len() < HEADER_WORDS {
        return Err(damaged("the header", format!("{} words are no whole header", words.len())));
    }
    if words[0] != MAGIC {
        return Err(Problem::new(
            "the file is not a bank image",
            "word 0",
            format!("it starts with {:#010x}, bank images start with {MAGIC:#010x}", words[0]),
            "give a file that `spinwright compile` wrote",
        ));
    }
    if words[1] != FORMAT_VERSION {
        return Err(Problem::new(
            "the bank image has another format version",
            "word 1",
            format!("it is version {}, this program reads version {FORMAT_VERSION}", words[1]),
            "compile the model again with this program",
        ));
    }
    if words[4] as usize != words.len() {
        return Err(damaged(
            "word 4",
            format!("it promises {} words, the file has {}", words[4], words.len()),
        ));
    }
    let crc = crc_of(&words[HEADER_WORDS..]);
    if words[5] != crc {
        return Err(damaged("word 5", format!("the CRC-32 is {crc:08x}, the file says {:08x}", words[5])));
    }
    let id = u64::from(words[2]) << 32 | u64::from(words[3]);
    if id != config.hash().id() {
        return Err(Problem::new(
            "the bank image is for another machine",
            "words 2 and 3",
            format!("its machine ID is {id:016x}, that of {} is {:016x}", config.name(), config.hash().id()),
            "compile the model for this machine, or run it on the machine it was compiled for",
        ));
    }
    Ok(())
}

/// Reads the directory; its sections must follow one another without gaps and fill the file.
fn directory(words: &[u32]) -> Result<Vec<Entry>, Problem> {
    let count = words[6] as usize;
    let mut end = count
        .checked_mul(ENTRY_WORDS)
        .and_then(|n| n.checked_add(HEADER_WORDS))
        .filter(|&end| end <= words.len())
        .ok_or_else(|| {
            damaged("word 6", format!("a directory of {count} entries is longer than the file"))
        })?;
    let mut entries = Vec::with_capacity(count);
    for (index, word) in words[HEADER_WORDS..end].chunks_exact(ENTRY_WORDS).enumerate() {
        let place = || format!("directory entry {index}");
        let kind = SectionKind::from_code(word[0] & 0xffff)
            .ok_or_else(|| damaged(place(), format!("there is no section kind {}", word[0])))?;
        let (offset, length) = (word[1] as usize, word[2] as usize);
        if offset != end || length > words.len() - end {
            return Err(damaged(
                place(),
                format!(
                    "{length} words at {offset} overlap, leave a gap or pass the end: {end} is the next free word"
                ),
            ));
        }
        end += length;
        entries.push(Entry {
            kind,
            block: word[0] >> 16,
            offset: word[1],
            length: word[2],
            rows: word[3],
            columns: word[4],
            bits: word[5],
            frac_bits: word[6] as i32,
            extra: word[7],
        });
    }
    if end != words.len() {
        return Err(damaged("the end", format!("{} words belong to no section", words.len() - end)));
    }
    Ok(entries)
}

/// The sections in order.
struct Sections<'a> {
    words: &'a [u32],
    entries: Vec<Entry>,
    next: usize,
}

impl<'a> Sections<'a> {
    fn is_next(&self, kind: SectionKind) -> bool {
        self.entries.get(self.next).is_some_and(|entry| entry.kind == kind)
    }

    /// The next section, which must be of this kind.
    fn take(&mut self, kind: SectionKind) -> Result<(Entry, &'a [u32]), Problem> {
        let entry = *self.entries.get(self.next).ok_or_else(|| {
            damaged("the directory", format!("the section {kind:?} is missing after entry {}", self.next))
        })?;
        if entry.kind != kind {
            return Err(damaged(
                format!("directory entry {}", self.next),
                format!("section {kind:?} is missing, {:?} stands in its place", entry.kind),
            ));
        }
        self.next += 1;
        Ok((entry, &self.words[entry.offset as usize..(entry.offset + entry.length) as usize]))
    }

    /// The next section, which must also have this many words.
    fn take_words(&mut self, kind: SectionKind, words: usize) -> Result<(Entry, &'a [u32]), Problem> {
        let place = format!("directory entry {}, section {kind:?}", self.next);
        let (entry, body) = self.take(kind)?;
        if body.len() != words {
            return Err(Problem::new(
                "the image's shape is not the machine's",
                place,
                format!("it has {} words, this machine's has {words}", body.len()),
                "compile the model again for this machine",
            ));
        }
        Ok((entry, body))
    }
}

fn contents(sections: &mut Sections, config: &ValidConfig) -> Result<BankContents, Problem> {
    let (_, body) = sections.take_words(SectionKind::Schedule, 4)?;
    let unknown = |name: &str, code: u32| damaged("section Schedule", format!("there is no {name} {code}"));
    let schedule = Schedule {
        burn_in: body[0],
        retained: body[1],
        readout: Readout::from_code(body[2]).ok_or_else(|| unknown("readout", body[2]))?,
    };
    let start = Start::from_code(body[3]).ok_or_else(|| unknown("start", body[3]))?;

    let mut field_frac_bits = [0; 2];
    let mut tables = [Vec::new(), Vec::new()];
    for color in Color::ALL {
        for _ in 0..config.tables() {
            let (entry, body) = sections.take_words(SectionKind::Table, 1 << config.field_bits())?;
            field_frac_bits[color.index()] = entry.frac_bits;
            let beta = f32::from_bits(entry.extra);
            tables[color.index()].push(Table { beta, thresholds: body.to_vec() });
        }
    }
    let mut bias_sets = Vec::new();
    while bias_sets.is_empty() || sections.is_next(SectionKind::Bias) {
        let (entry, body) = sections.take_words(SectionKind::Bias, config.total_p_bits())?;
        let raw = narrow(body, "a bias")?;
        let (hidden, output) = (entry.frac_bits, entry.extra as i32);
        bias_sets.push(BiasSet { hidden_frac_bits: hidden, output_frac_bits: output, raw });
    }
    let [x, h, n] = [config.inputs(), config.p_bits(Color::Hidden), config.p_bits(Color::Output)];
    let k1 = matrix(sections, SectionKind::K1, [h, x], config.weight_bits())?;
    let k2 = matrix(sections, SectionKind::K2, [n, h], config.weight_bits())?;
    let skip = config.block().skip();
    let k3 = skip.then(|| matrix(sections, SectionKind::K3, [n, x], config.weight_bits())).transpose()?;
    let decoder = sections.is_next(SectionKind::DecoderWeight).then(|| decoder(sections, n)).transpose()?;
    sections.take_words(SectionKind::LoadCheck, 4 + 2 * bias_sets.len())?;
    let classifier = match decoder {
        Some(decoder) => Some(Classifier { encoder: encoder(sections)?, decoder }),
        None => None,
    };
    if sections.next != sections.entries.len() {
        return Err(damaged(
            format!("directory entry {}", sections.next),
            format!("section {:?} has no place here", sections.entries[sections.next].kind),
        ));
    }
    Ok(BankContents { schedule, start, field_frac_bits, tables, bias_sets, k1, k2, k3, classifier })
}

/// Sign-extended words as 16-bit numbers.
fn narrow(body: &[u32], what: &str) -> Result<Vec<i16>, Problem> {
    let number = |&word: &u32| {
        i16::try_from(word as i32).map_err(|_| damaged(what, format!("{} is out of range", word as i32)))
    };
    body.iter().map(number).collect()
}

fn matrix(
    sections: &mut Sections,
    kind: SectionKind,
    [rows, columns]: [usize; 2],
    bits: u32,
) -> Result<Matrix, Problem> {
    let words = row_words(columns, bits);
    let (entry, body) = sections.take_words(kind, rows * words)?;
    let raw =
        body.chunks_exact(words).flat_map(|row| unpack_row(row, columns, bits).map(|w| w as i16)).collect();
    Ok(Matrix { rows, columns, frac_bits: entry.frac_bits, raw })
}

fn decoder(sections: &mut Sections, outputs: usize) -> Result<Decoder, Problem> {
    let (entry, body) = sections.take(SectionKind::DecoderWeight)?;
    let (classes, words) = (entry.rows as usize, row_words(outputs, 8));
    if classes == 0 || classes.checked_mul(words) != Some(body.len()) {
        return Err(damaged(
            "section DecoderWeight",
            format!("{} words cannot hold {classes} x {outputs} weights", body.len()),
        ));
    }
    let weights =
        body.chunks_exact(words).flat_map(|row| unpack_row(row, outputs, 8).map(|w| w as i8)).collect();
    let (bias_entry, bias_body) = sections.take_words(SectionKind::DecoderBias, classes)?;
    let biases = bias_body
        .iter()
        .map(|&word| {
            i8::try_from(word as i32)
                .map_err(|_| damaged("section DecoderBias", format!("{} is out of range", word as i32)))
        })
        .collect::<Result<_, _>>()?;
    let weight_frac_bits = entry.frac_bits;
    Ok(Decoder { classes, outputs, weights, weight_frac_bits, biases, bias_shift: bias_entry.extra })
}

fn encoder(sections: &mut Sections) -> Result<PixelEncoder, Problem> {
    let (_, body) = sections.take_words(SectionKind::Encoder, 5)?;
    if body[0] != 1 {
        return Err(damaged("section Encoder", format!("there is no encoder {}", body[0])));
    }
    Ok(PixelEncoder {
        threshold: body[1],
        margin: body[2] as usize,
        rows: body[3] as usize,
        columns: body[4] as usize,
    })
}
