//! Layout: every weight at its place in a machine's load streams. `docs/contract.md`, section 9.
//!
//! This is the compiler's view of the streams; their checksums travel in the image. The loader that fills a device is
//! written separately, from the same contract, so a device that accepts an upload has compared both.

use crate::image::pack::pack_row;
use crate::image::{
    BankContents, BankImage, BiasSet, BlockContents, Encoder, LoadCheck, Matrix, StreamCheck, check,
};
use spinwright_contract::config::{BiasScope, BlockSizes, Kernel, Plane};
use spinwright_contract::load::SCHEDULE_WORDS;
use spinwright_contract::{Color, Problem, ValidConfig};

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
        let map = Map { config };
        let couplings = map.coupling_stream(&contents);
        let biases = contents.bias_sets.iter().map(|set| map.bias_stream(&contents, set)).collect();
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
        let first = SCHEDULE_WORDS as usize * self.config.block_count();
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

/// Where the weights of a machine go. In group g of a plane, lane l serves channel g L + l; position q of source word k is
/// channel k T + q of the source plane.
struct Map<'a> {
    config: &'a ValidConfig,
}

impl Map<'_> {
    fn coupling_stream(&self, contents: &BankContents) -> Vec<u32> {
        let mut words = Vec::with_capacity(self.config.coupling_stream_words() as usize);
        for block in &contents.blocks {
            let s = block.schedule;
            words.extend([s.burn_in, s.retained, s.readout.code()]);
        }
        for block in &contents.blocks {
            words.extend(block.tables.iter().flatten().flat_map(|table| &table.thresholds));
        }
        for lane in 0..self.config.lanes() {
            for (sizes, block) in self.config.blocks().zip(&contents.blocks) {
                self.input_rows(&sizes, block, lane, &mut words);
            }
            for (sizes, block) in self.config.blocks().zip(&contents.blocks) {
                self.coupling_rows(&sizes, block, lane, &mut words);
            }
            self.encoder_rows(contents, lane, &mut words);
            self.decoder_rows(contents, lane, &mut words);
        }
        words
    }

    /// Appends one row of `tree_width` weights.
    fn row(&self, weight: impl Fn(usize) -> i16, words: &mut Vec<u32>) {
        let weights = (0..self.config.tree_width()).map(|q| i32::from(weight(q)));
        pack_row(weights, self.config.weight_bits(), words);
    }

    /// Channel of a plane that a lane serves in a group; `None` is padding.
    fn channel(&self, plane: Plane, group: usize, lane: usize) -> Option<usize> {
        Some(group * self.config.lanes() + lane).filter(|&channel| channel < plane.channels)
    }

    /// The rows in which a lane serves `target` from `source`: for group, for tap, for source word. `weight` of target channel,
    /// tap and source channel.
    fn kernel_rows(
        &self,
        [target, source]: [Plane; 2],
        kernel: Kernel,
        lane: usize,
        weight: impl Fn(usize, usize, usize) -> i16,
        words: &mut Vec<u32>,
    ) {
        let (lanes, width) = (self.config.lanes(), self.config.tree_width());
        for group in 0..target.groups(lanes) {
            let own = self.channel(target, group, lane);
            for tap in 0..kernel.taps() {
                for word in 0..source.chunks(lanes, width) {
                    let at = |q: usize| match (own, word * width + q) {
                        (Some(own), other) if other < source.channels => weight(own, tap, other),
                        _ => 0,
                    };
                    self.row(at, words);
                }
            }
        }
    }

    fn input_rows(&self, sizes: &BlockSizes, block: &BlockContents, lane: usize, words: &mut Vec<u32>) {
        let shape = sizes.shape;
        let from_input = |matrix: &Matrix, target: Plane, kernel: Kernel, words: &mut Vec<u32>| {
            let weight = |own, tap, i| matrix.at(own, tap * shape.input.channels + i);
            self.kernel_rows([target, shape.input], kernel, lane, weight, words);
        };
        from_input(&block.k1, shape.hidden, shape.k1, words);
        if let (Some(matrix), Some(kernel)) = (&block.k3, shape.k3) {
            from_input(matrix, shape.output, kernel, words);
        }
    }

    /// K2 from the output side and, transposed, from the hidden side.
    fn coupling_rows(&self, sizes: &BlockSizes, block: &BlockContents, lane: usize, words: &mut Vec<u32>) {
        let shape = sizes.shape;
        let k2 = |n: usize, tap: usize, h: usize| block.k2.at(n, tap * shape.hidden.channels + h);
        let (hidden, output) = (shape.hidden, shape.output);
        self.kernel_rows([hidden, output], shape.k2, lane, |h, tap, n| k2(n, tap, h), words);
        self.kernel_rows([output, hidden], shape.k2, lane, k2, words);
    }

    fn encoder_rows(&self, contents: &BankContents, lane: usize, words: &mut Vec<u32>) {
        let Some(Encoder::Device(encoder)) = &contents.encoder else { return };
        let (taps, width) = (encoder.shape.kernel.taps(), self.config.tree_width());
        for group in 0..encoder.plane.groups(self.config.lanes()) {
            let own = self.channel(encoder.plane, group, lane);
            for first in (0..taps).step_by(width) {
                let weight = |q: usize| match own {
                    Some(channel) if first + q < taps => encoder.weights[channel * taps + first + q],
                    _ => 0,
                };
                self.row(weight, words);
            }
        }
    }

    fn decoder_rows(&self, contents: &BankContents, lane: usize, words: &mut Vec<u32>) {
        let (Some(decoder), Some(shape)) = (&contents.decoder, self.config.decoder()) else { return };
        let (source, width) = (decoder.plane, self.config.tree_width());
        for group in 0..self.config.class_groups() {
            let class = Some(group * self.config.lanes() + lane).filter(|&class| class < decoder.classes);
            for cell in 0..shape.cells() {
                for word in 0..source.chunks(self.config.lanes(), width) {
                    let weight = |q: usize| match (class, word * width + q) {
                        (Some(class), channel) if channel < source.channels => {
                            decoder.weights[class * decoder.terms() + cell * source.channels + channel]
                        }
                        _ => 0,
                    };
                    self.row(weight, words);
                }
            }
        }
    }

    /// One word for every bias row and lane: of the blocks, of the encoder, of the decoder.
    fn bias_stream(&self, contents: &BankContents, set: &BiasSet) -> Vec<u32> {
        let mut words = Vec::with_capacity(self.config.bias_stream_words() as usize);
        for (sizes, raw) in self.config.blocks().zip(&set.raw) {
            for color in Color::ALL {
                let (plane, raw) = (sizes.shape.plane(color), &raw[color.index()]);
                match sizes.shape.bias {
                    BiasScope::Channel => self.bias_rows(raw, &mut words),
                    BiasScope::Position => {
                        raw.chunks(plane.channels).for_each(|position| self.bias_rows(position, &mut words));
                    }
                }
            }
        }
        if let Some(Encoder::Device(encoder)) = &contents.encoder {
            self.bias_rows(&encoder.biases, &mut words);
        }
        if let (Some(decoder), Some(_)) = (&contents.decoder, self.config.decoder()) {
            self.bias_rows(&decoder.biases, &mut words);
        }
        words
    }

    /// `raw` in groups of as many as there are lanes, the last one filled up with zeros.
    fn bias_rows(&self, raw: &[i16], words: &mut Vec<u32>) {
        for group in raw.chunks(self.config.lanes()) {
            words.extend(group.iter().map(|&bias| i32::from(bias) as u32));
            words.extend(std::iter::repeat_n(0, self.config.lanes() - group.len()));
        }
    }
}

#[cfg(test)]
mod tests;
