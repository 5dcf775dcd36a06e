//! Header and directory of an image: what the images of all kinds of machines have in common.

use super::contents::crc_of_words;
use spinwright_contract::image::{ENTRY_WORDS, FORMAT_VERSION, HEADER_WORDS, MAGIC, SectionKind};
use spinwright_contract::{MachineHash, Problem};

pub(super) fn refuse(what: &str, place: impl Into<String>, why: impl Into<String>) -> Problem {
    Problem::new(what, place, why, "compile the image again for this machine")
}

/// One section with its directory entry.
pub(super) struct Section<'a> {
    pub(super) kind: SectionKind,
    pub(super) block: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) bits: u32,
    pub(super) data: &'a [u32],
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
            // Of sparse machines, which have one block.
            SectionKind::Neighbors => [0, 0, 0, 1],
            SectionKind::BetaSchedule => [0, 0, 0, 2],
            SectionKind::Ladder => [0, 0, 2, 0],
            SectionKind::Couplings => [2, 0, 3, 0],
        }
    }

    pub(super) fn length(&self, words: usize) -> Result<(), String> {
        if self.data.len() == words {
            Ok(())
        } else {
            Err(format!("{} words were found, {words} are needed", self.data.len()))
        }
    }

    /// Packed weights of `bits` bits: weight j of a row at bit (j mod p) x bits of word j div p.
    pub(super) fn matrix(&self, rows: usize, columns: usize, bits: u32) -> Result<Vec<Vec<i32>>, String> {
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

    pub(super) fn words(&self, count: usize) -> Result<Vec<i32>, String> {
        self.length(count)?;
        Ok(self.data.iter().map(|&w| w as i32).collect())
    }
}

/// Checks the header and reads the directory. Sections must follow one another without gaps, in the contract's order.
pub(super) fn sections<'a>(
    hash: MachineHash,
    name: &str,
    blocks: usize,
    words: &'a [u32],
) -> Result<Vec<Section<'a>>, Problem> {
    if words.len() < HEADER_WORDS || words[0] != MAGIC || words[1] != FORMAT_VERSION {
        return Err(refuse(
            "this is not a bank image",
            "header",
            "the magic word or the format version is wrong",
        ));
    }
    if (words[2], words[3]) != (hash.hi(), hash.lo()) {
        return Err(refuse(
            "the image is for another machine",
            "header, words 2 and 3",
            format!(
                "it was made for {:08x}{:08x}, the machine `{}` is {:016x}",
                words[2],
                words[3],
                name,
                hash.id()
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
        if section.block >= blocks || found.last().is_some_and(|last| last.rank() >= section.rank()) {
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
