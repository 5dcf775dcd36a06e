//! Layout: every weight at its place in a machine's load streams. `docs/contract.md`, section 9.
//!
//! This is the compiler's view of the streams; their checksums travel in the image. The loader that fills a device is
//! written separately, from the same contract, so a device that accepts an upload has compared both.

use crate::image::pack::pack_row;
use crate::image::{BankContents, BankImage, LoadCheck, StreamCheck, check};
use spinwright_contract::load::SCHEDULE_WORDS;
use spinwright_contract::{Color, PBitId, Problem, ValidConfig};

/// CRC-32 over words in order, each as its 4 little-endian bytes (the usual reflected one, polynomial 0xedb88320).
pub fn crc_of(words: &[u32]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    words.iter().for_each(|word| hasher.update(&word.to_le_bytes()));
    hasher.finalize()
}

/// Contents that fit a machine, with their load streams.
#[derive(Debug, Clone, PartialEq)]
pub struct BankLayout<'a> {
    config: &'a ValidConfig,
    contents: BankContents,
    couplings: Vec<u32>,
    biases: Vec<Vec<u32>>,
}

impl<'a> BankLayout<'a> {
    /// Checks contents against the machine and places every weight.
    ///
    /// # Errors
    /// A [`Problem`] for the first shape, range, grid, symmetry or schedule that is not the machine's.
    pub fn place(config: &'a ValidConfig, contents: BankContents) -> Result<Self, Problem> {
        check::contents(&contents, config)?;
        let map = Map::of(config);
        let couplings = map.coupling_stream(&contents);
        let biases = contents.bias_sets.iter().map(|set| map.bias_stream(&set.raw)).collect();
        Ok(Self { config, contents, couplings, biases })
    }

    /// The contents.
    pub fn contents(&self) -> &BankContents {
        &self.contents
    }

    /// The words that fill a coupling bank.
    pub fn coupling_stream(&self) -> &[u32] {
        &self.couplings
    }

    /// The words of an upload of tables alone.
    pub fn table_stream(&self) -> &[u32] {
        let first = SCHEDULE_WORDS as usize;
        &self.couplings[first..first + self.config.table_stream_words() as usize]
    }

    /// The words that fill a bias bank with one bias set.
    ///
    /// # Panics
    /// If there is no such set.
    pub fn bias_stream(&self, set: usize) -> &[u32] {
        &self.biases[set]
    }

    /// The image with the checksums of these streams.
    pub fn into_image(self) -> BankImage {
        let check = |words: &[u32]| StreamCheck { words: words.len() as u32, crc: crc_of(words) };
        let load_check = LoadCheck {
            couplings: check(self.coupling_stream()),
            tables: check(self.table_stream()),
            biases: self.biases.iter().map(|words| check(words)).collect(),
        };
        BankImage::from_layout(self.config, self.contents, load_check)
    }
}

/// The placement, looked up in the direction that a stream needs.
struct Map<'a> {
    config: &'a ValidConfig,
    /// P-bit at (slot, lane), index slot x lanes + lane.
    p_bit_at: Vec<Option<PBitId>>,
    /// By color: index within the color of the p-bit at a source position.
    source: [Vec<Option<usize>>; 2],
}

impl<'a> Map<'a> {
    fn of(config: &'a ValidConfig) -> Self {
        let (lanes, hidden) = (config.lanes(), config.p_bits(Color::Hidden));
        let mut p_bit_at = vec![None; config.total_slots() * lanes];
        let mut source = Color::ALL.map(|color| vec![None; config.slots(color) * lanes]);
        for (id, place) in config.placement().places().iter().enumerate() {
            let p_bit = PBitId(id as u32);
            p_bit_at[place.slot as usize * lanes + place.lane as usize] = Some(p_bit);
            let (color, index) = if id < hidden { (Color::Hidden, id) } else { (Color::Output, id - hidden) };
            source[color.index()][config.placement().source_position(config, p_bit)] = Some(index);
        }
        Self { config, p_bit_at, source }
    }

    fn p_bit(&self, slot: usize, lane: usize) -> Option<PBitId> {
        self.p_bit_at[slot * self.config.lanes() + lane]
    }

    fn color_of_slot(&self, slot: usize) -> Color {
        if slot < self.config.slots(Color::Hidden) { Color::Hidden } else { Color::Output }
    }

    /// A p-bit's index within its color.
    fn index_in_color(&self, p_bit: PBitId, color: Color) -> usize {
        match color {
            Color::Hidden => p_bit.0 as usize,
            Color::Output => p_bit.0 as usize - self.config.p_bits(Color::Hidden),
        }
    }

    fn coupling_stream(&self, contents: &BankContents) -> Vec<u32> {
        let schedule = contents.schedule;
        let mut words = Vec::with_capacity(self.config.coupling_stream_words() as usize);
        words.extend([schedule.burn_in, schedule.retained, schedule.readout.code()]);
        words.extend(contents.tables.iter().flatten().flat_map(|table| &table.thresholds));
        for lane in 0..self.config.lanes() {
            self.input_rows(contents, lane, &mut words);
            self.coupling_rows(contents, lane, &mut words);
        }
        words
    }

    /// Appends one row of `tree_width` weights.
    fn row(&self, weight: impl Fn(usize) -> i16, words: &mut Vec<u32>) {
        let weights = (0..self.config.tree_width()).map(|q| i32::from(weight(q)));
        pack_row(weights, self.config.weight_bits(), words);
    }

    fn input_rows(&self, contents: &BankContents, lane: usize, words: &mut Vec<u32>) {
        let width = self.config.tree_width();
        for slot in 0..self.config.total_slots() {
            let color = self.color_of_slot(slot);
            let weights: &[i16] = match (self.p_bit(slot, lane), color) {
                (None, _) => &[],
                (Some(p_bit), Color::Hidden) => contents.k1.row(self.index_in_color(p_bit, color)),
                (Some(p_bit), Color::Output) => {
                    contents.k3.as_ref().map_or(&[], |k3| k3.row(self.index_in_color(p_bit, color)))
                }
            };
            for chunk in 0..self.config.input_chunks(color) {
                self.row(|q| weights.get(chunk * width + q).copied().unwrap_or(0), words);
            }
        }
    }

    fn coupling_rows(&self, contents: &BankContents, lane: usize, words: &mut Vec<u32>) {
        let width = self.config.tree_width();
        for slot in 0..self.config.total_slots() {
            let color = self.color_of_slot(slot);
            let own = self.p_bit(slot, lane).map(|p_bit| self.index_in_color(p_bit, color));
            let source = &self.source[color.source().index()];
            for chunk in 0..self.config.coupling_chunks(color) {
                let weight = |q: usize| match (own, source.get(chunk * width + q).copied().flatten(), color) {
                    (Some(h), Some(n), Color::Hidden) => contents.k2.at(n, h),
                    (Some(n), Some(h), Color::Output) => contents.k2.at(n, h),
                    _ => 0,
                };
                self.row(weight, words);
            }
        }
    }

    fn bias_stream(&self, raw: &[i16]) -> Vec<u32> {
        let word = |p_bit: &Option<PBitId>| p_bit.map_or(0, |id| i32::from(raw[id.0 as usize]) as u32);
        self.p_bit_at.iter().map(word).collect()
    }
}

#[cfg(test)]
mod tests;
