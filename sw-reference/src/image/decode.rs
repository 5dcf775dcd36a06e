//! From the words of a file to a checked image.

use super::pack::{row_words, unpack_row};
use super::{
    BankContents, BankImage, BiasSet, BlockContents, Decoder, Encoder, Matrix, PixelEncoder, SignEncoder,
    Table, decoder_bits, matrix_shapes,
};
use crate::layout::{BankLayout, crc_of};
use spinwright_contract::image::{ENTRY_WORDS, Entry, FORMAT_VERSION, HEADER_WORDS, MAGIC, SectionKind};
use spinwright_contract::{BlockShape, Color, Problem, Readout, Schedule, Start, ValidConfig};

const DAMAGED: &str = "the file is damaged or was cut off; compile the model again";

pub(crate) fn damaged(place: impl Into<String>, why: impl Into<String>) -> Problem {
    Problem::new("the bank image is not readable", place, why, DAMAGED)
}

/// Checks and decodes a whole file.
pub(super) fn image(words: &[u32], config: &ValidConfig) -> Result<BankImage, Problem> {
    let mut sections = Sections::of(words, config.hash().id(), config.name())?;
    let contents = contents(&mut sections, config)?;
    let image = BankLayout::place(config, contents)?.into_image();
    sections.compare(&image.to_words())?;
    Ok(image)
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

fn header(words: &[u32], machine_id: u64, name: &str) -> Result<(), Problem> {
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
    if id != machine_id {
        return Err(Problem::new(
            "the bank image is for another machine",
            "words 2 and 3",
            format!("its machine ID is {id:016x}, that of {name} is {machine_id:016x}"),
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
pub(crate) struct Sections<'a> {
    words: &'a [u32],
    entries: Vec<Entry>,
    next: usize,
}

impl<'a> Sections<'a> {
    /// The sections of a file whose header is that of a machine's image.
    pub(crate) fn of(words: &'a [u32], machine_id: u64, name: &str) -> Result<Self, Problem> {
        header(words, machine_id, name)?;
        Ok(Self { words, entries: directory(words)?, next: 0 })
    }

    /// Refuses a file that is not word for word what its contents are written as. Everything that the contents leave open is
    /// fixed: this finds a wrong load check, set bits in padding and entries that say something else than what they must.
    pub(crate) fn compare(&self, expected: &[u32]) -> Result<(), Problem> {
        let words = self.words;
        match (0..words.len().max(expected.len())).find(|&i| i != 5 && words.get(i) != expected.get(i)) {
            None => Ok(()),
            Some(i) => Err(damaged(
                place_of(i, &self.entries),
                format!(
                    "it holds {:#010x} where its own contents ask for {:#010x}",
                    words.get(i).unwrap_or(&0),
                    expected.get(i).unwrap_or(&0)
                ),
            )),
        }
    }

    /// Refuses sections that are left over.
    pub(crate) fn end(&self) -> Result<(), Problem> {
        match self.entries.get(self.next) {
            None => Ok(()),
            Some(entry) => Err(damaged(
                format!("directory entry {}", self.next),
                format!("section {:?} has no place here", entry.kind),
            )),
        }
    }

    pub(crate) fn is_next(&self, kind: SectionKind) -> bool {
        self.entries.get(self.next).is_some_and(|entry| entry.kind == kind)
    }

    /// The next section, which must be of this kind and block.
    pub(crate) fn take(&mut self, kind: SectionKind, block: usize) -> Result<(Entry, &'a [u32]), Problem> {
        let several = self.entries.iter().any(|entry| entry.block != 0);
        let named = |kind: SectionKind, block: usize| {
            if several { format!("{kind:?} of block {block}") } else { format!("{kind:?}") }
        };
        let wanted = named(kind, block);
        let entry = *self.entries.get(self.next).ok_or_else(|| {
            damaged("the directory", format!("the section {wanted} is missing after entry {}", self.next))
        })?;
        if (entry.kind, entry.block as usize) != (kind, block) {
            let found = named(entry.kind, entry.block as usize);
            return Err(damaged(
                format!("directory entry {}", self.next),
                format!("section {wanted} is missing, {found} stands in its place"),
            ));
        }
        self.next += 1;
        Ok((entry, &self.words[entry.offset as usize..(entry.offset + entry.length) as usize]))
    }

    /// The next section, which must also have this many words.
    pub(crate) fn take_words(
        &mut self,
        kind: SectionKind,
        block: usize,
        words: usize,
    ) -> Result<(Entry, &'a [u32]), Problem> {
        let place = format!("directory entry {}, section {kind:?}", self.next);
        let (entry, body) = self.take(kind, block)?;
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

/// Schedule and tables of one block.
struct Program {
    schedule: Schedule,
    start: Start,
    tables: [Vec<Table>; 2],
    field_frac_bits: [i32; 2],
}

fn program(sections: &mut Sections, block: usize, config: &ValidConfig) -> Result<Program, Problem> {
    let (_, body) = sections.take_words(SectionKind::Schedule, block, 4)?;
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
            let (entry, body) = sections.take_words(SectionKind::Table, block, 1 << config.field_bits())?;
            field_frac_bits[color.index()] = entry.frac_bits;
            let beta = f32::from_bits(entry.extra);
            tables[color.index()].push(Table { beta, thresholds: body.to_vec() });
        }
    }
    Ok(Program { schedule, start, tables, field_frac_bits })
}

fn contents(sections: &mut Sections, config: &ValidConfig) -> Result<BankContents, Problem> {
    let shapes: Vec<BlockShape> = config.blocks().map(|sizes| sizes.shape).collect();
    let programs: Vec<Program> =
        (0..shapes.len()).map(|b| program(sections, b, config)).collect::<Result<_, _>>()?;
    let (start, field_frac_bits) = (programs[0].start, programs[0].field_frac_bits);
    let mut bias_sets = Vec::new();
    while bias_sets.is_empty() || sections.is_next(SectionKind::Bias) {
        bias_sets.push(bias_set(sections, &shapes)?);
    }
    let bits = config.weight_bits();
    let mut blocks = Vec::with_capacity(shapes.len());
    for (b, (shape, program)) in shapes.iter().zip(programs).enumerate() {
        let [k1, k2, k3] = matrix_shapes(shape);
        blocks.push(BlockContents {
            schedule: program.schedule,
            tables: program.tables,
            k1: matrix(sections, SectionKind::K1, b, k1, bits)?,
            k2: matrix(sections, SectionKind::K2, b, k2, bits)?,
            k3: shape.skip().then(|| matrix(sections, SectionKind::K3, b, k3, bits)).transpose()?,
        });
    }
    let has_decoder = config.decoder().is_some() || sections.is_next(SectionKind::DecoderWeight);
    let decoder = has_decoder.then(|| decoder(sections, config)).transpose()?;
    let mut encoder = config.encoder().is_some().then(|| device_encoder(sections, config)).transpose()?;
    sections.take_words(SectionKind::LoadCheck, 0, 4 + 2 * bias_sets.len())?;
    if sections.is_next(SectionKind::Encoder) && encoder.is_none() {
        encoder = Some(host_encoder(sections)?);
    }
    sections.end()?;
    Ok(BankContents { start, field_frac_bits, blocks, bias_sets, encoder, decoder })
}

fn bias_set(sections: &mut Sections, shapes: &[BlockShape]) -> Result<BiasSet, Problem> {
    let mut set = BiasSet { hidden_frac_bits: 0, output_frac_bits: 0, raw: Vec::new() };
    for (block, shape) in shapes.iter().enumerate() {
        let [hidden, output] = Color::ALL.map(|color| shape.biases(color));
        let (entry, body) = sections.take_words(SectionKind::Bias, block, hidden + output)?;
        let raw = narrow(body, "a bias")?;
        (set.hidden_frac_bits, set.output_frac_bits) = (entry.frac_bits, entry.extra as i32);
        set.raw.push([raw[..hidden].to_vec(), raw[hidden..].to_vec()]);
    }
    Ok(set)
}

/// Sign-extended words as 16-bit numbers.
pub(crate) fn narrow(body: &[u32], what: &str) -> Result<Vec<i16>, Problem> {
    let number = |&word: &u32| {
        i16::try_from(word as i32).map_err(|_| damaged(what, format!("{} is out of range", word as i32)))
    };
    body.iter().map(number).collect()
}

fn matrix(
    sections: &mut Sections,
    kind: SectionKind,
    block: usize,
    [rows, columns]: [usize; 2],
    bits: u32,
) -> Result<Matrix, Problem> {
    let words = row_words(columns, bits);
    let (entry, body) = sections.take_words(kind, block, rows * words)?;
    Ok(Matrix { rows, columns, frac_bits: entry.frac_bits, raw: unpacked(body, columns, bits) })
}

/// Rows of `columns` weights, each from a new word on.
pub(crate) fn unpacked(body: &[u32], columns: usize, bits: u32) -> Vec<i16> {
    let rows = body.chunks_exact(row_words(columns, bits));
    rows.flat_map(|row| unpack_row(row, columns, bits).map(|w| w as i16)).collect()
}

fn decoder(sections: &mut Sections, config: &ValidConfig) -> Result<Decoder, Problem> {
    let plane = config.last_block().output;
    let [bits, _] = decoder_bits(config);
    // On the host every position is a cell of its own.
    let (rows, columns) = config.decoder().map_or((plane.rows, plane.columns), |d| (d.rows, d.columns));
    let terms = rows * columns * plane.channels;
    let (entry, body) = sections.take(SectionKind::DecoderWeight, 0)?;
    let (classes, words) = (entry.rows as usize, row_words(terms, bits));
    if classes == 0 || classes.checked_mul(words) != Some(body.len()) {
        return Err(damaged(
            "section DecoderWeight",
            format!("{} words cannot hold {classes} x {terms} weights", body.len()),
        ));
    }
    let (bias_entry, bias_body) = sections.take_words(SectionKind::DecoderBias, 0, classes)?;
    Ok(Decoder {
        classes,
        plane,
        rows,
        columns,
        weights: unpacked(body, terms, bits),
        weight_frac_bits: entry.frac_bits,
        biases: narrow(bias_body, "section DecoderBias")?,
        bias_shift: bias_entry.extra,
    })
}

fn device_encoder(sections: &mut Sections, config: &ValidConfig) -> Result<Encoder, Problem> {
    let shape = config.encoder().expect("the machine has an encoder");
    let (plane, taps) = (config.block().input, shape.kernel.taps());
    let kind = SectionKind::EncoderWeight;
    let weights = matrix(sections, kind, 0, [plane.channels, taps], config.weight_bits())?;
    let (_, body) = sections.take_words(SectionKind::EncoderBias, 0, plane.channels)?;
    let biases = narrow(body, "section EncoderBias")?;
    let weight_frac_bits = weights.frac_bits;
    Ok(Encoder::Device(SignEncoder { shape, plane, weight_frac_bits, weights: weights.raw, biases }))
}

fn host_encoder(sections: &mut Sections) -> Result<Encoder, Problem> {
    let (_, body) = sections.take_words(SectionKind::Encoder, 0, 5)?;
    if body[0] != 1 {
        return Err(damaged("section Encoder", format!("there is no encoder {}", body[0])));
    }
    Ok(Encoder::Host(PixelEncoder {
        threshold: body[1],
        margin: body[2] as usize,
        rows: body[3] as usize,
        columns: body[4] as usize,
    }))
}
