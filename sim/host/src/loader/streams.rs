//! Load streams (contract, section 9), built from an image's logical contents.

use super::SlotMap;
use super::contents::{BlockContents, EndContents, ModelContents, StreamCheck, crc_of_words};
use spinwright_contract::config::{BiasScope, Plane};
use spinwright_contract::load::LoadKind;
use spinwright_contract::{BlockShape, Color, Problem, ValidConfig};

/// One upload: what is filled, with which words, and the CRC-32 that the device must find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// What the words fill.
    pub kind: LoadKind,
    /// The stream.
    pub words: Vec<u32>,
    /// CRC-32 over the stream.
    pub crc: u32,
}

impl Upload {
    pub(super) fn checked(kind: LoadKind, words: Vec<u32>, announced: StreamCheck) -> Result<Self, Problem> {
        let crc = crc_of_words(&words);
        if (words.len(), crc) != (announced.words as usize, announced.crc) {
            return Err(Problem::new(
                "the load stream is not the one that the image announces",
                format!("{kind:?} stream"),
                format!(
                    "{} words with CRC-32 {crc:08x} were built, the image says {} words with {:08x}",
                    words.len(),
                    announced.words,
                    announced.crc
                ),
                "the compiler and the loader disagree about docs/contract.md, section 9: report this as a defect",
            ));
        }
        Ok(Self { kind, words, crc })
    }
}

/// The coupling stream: schedules, tables, every lane's rows. Fails when the image's load check announces another one.
pub fn coupling_upload(machine: &ValidConfig, model: &ModelContents) -> Result<Upload, Problem> {
    let mut words = Vec::new();
    for block in &model.blocks {
        let s = block.schedule;
        words.extend([s.burn_in, s.retained, s.readout.code()]);
    }
    words.extend(table_words(model));
    let map = SlotMap::new(machine);
    for lane in 0..machine.lanes() {
        let mut rows = Rows { machine, map: &map, lane, words: &mut words };
        for (b, (shape, block)) in machine.config().blocks.iter().zip(&model.blocks).enumerate() {
            rows.input_rows(b, shape, block);
        }
        for (b, (shape, block)) in machine.config().blocks.iter().zip(&model.blocks).enumerate() {
            rows.coupling_rows(b, shape, block);
        }
        if let Some(encoder) = &model.encoder {
            rows.encoder_rows(machine.config().blocks[0].input, encoder);
        }
        if let (Some(decoder), Some(shape)) = (&model.decoder, machine.decoder()) {
            rows.decoder_rows(machine.last_block().output, shape.rows * shape.columns, decoder);
        }
    }
    Upload::checked(LoadKind::Couplings, words, model.coupling_check)
}

/// The tables of a coupling stream alone.
pub fn table_upload(model: &ModelContents) -> Result<Upload, Problem> {
    Upload::checked(LoadKind::Tables, table_words(model), model.table_check)
}

fn table_words(model: &ModelContents) -> Vec<u32> {
    model.blocks.iter().flat_map(|block| block.tables.iter().flatten().flatten()).copied().collect()
}

/// One bias set. Panics when the image has no such set.
pub fn bias_upload(machine: &ValidConfig, model: &ModelContents, set: usize) -> Result<Upload, Problem> {
    let (map, lanes) = (SlotMap::new(machine), machine.lanes());
    let mut words = Vec::new();
    let blocks = machine.config().blocks.iter().zip(&model.bias_sets[set]).enumerate();
    for (b, (shape, biases)) in blocks {
        let mut before = 0;
        for color in Color::ALL {
            let channels = shape.plane(color).channels;
            let slots = map.slots(b, color);
            let rows = match shape.bias {
                BiasScope::Channel => channels.div_ceil(lanes),
                BiasScope::Position => slots.len(),
            };
            // The slots of the first position stand for the groups of all positions.
            for slot in slots.take(rows) {
                words.extend((0..lanes).map(|lane| {
                    map.p_bit(lane, slot).map_or(0, |id| biases[before + map.member(id).index] as u32)
                }));
            }
            before += match shape.bias {
                BiasScope::Channel => channels,
                BiasScope::Position => map.p_bits_of_color(b, color).len(),
            };
        }
    }
    for end in model.encoder.iter().chain(&model.decoder) {
        for group in end.biases.chunks(lanes) {
            words.extend((0..lanes).map(|lane| group.get(lane).map_or(0, |&bias| bias as u32)));
        }
    }
    Upload::checked(LoadKind::Biases, words, model.bias_checks[set])
}

/// Writes the weight rows of one lane.
struct Rows<'a> {
    machine: &'a ValidConfig,
    map: &'a SlotMap,
    lane: usize,
    words: &'a mut Vec<u32>,
}

impl Rows<'_> {
    /// Source words at one position of a plane.
    fn words_of(&self, plane: Plane) -> usize {
        let lanes = self.machine.lanes();
        (plane.channels.div_ceil(lanes) * lanes).div_ceil(self.machine.tree_width())
    }

    fn input_rows(&mut self, b: usize, shape: &BlockShape, block: &BlockContents) {
        for color in Color::ALL {
            let (kernel, weights) = match (color, shape.k3) {
                (Color::Hidden, _) => (shape.k1, &block.k1),
                (Color::Output, Some(k3)) => (k3, &block.k3),
                (Color::Output, None) => continue,
            };
            let channels = shape.input.channels;
            for group in 0..shape.plane(color).channels.div_ceil(self.machine.lanes()) {
                let own = self.map.channel(b, color, group, self.lane);
                for tap in 0..kernel.size * kernel.size {
                    for word in 0..self.words_of(shape.input) {
                        self.row(word, channels, |source| {
                            own.map_or(0, |channel| weights[channel][tap * channels + source])
                        });
                    }
                }
            }
        }
    }

    fn coupling_rows(&mut self, b: usize, shape: &BlockShape, block: &BlockContents) {
        let hidden = shape.hidden.channels;
        for color in Color::ALL {
            let source_plane = shape.plane(color.source());
            for group in 0..shape.plane(color).channels.div_ceil(self.machine.lanes()) {
                let own = self.map.channel(b, color, group, self.lane);
                for tap in 0..shape.k2.size * shape.k2.size {
                    for word in 0..self.words_of(source_plane) {
                        self.row(word, source_plane.channels, |source| match (own, color) {
                            (None, _) => 0,
                            (Some(h), Color::Hidden) => block.k2[source][tap * hidden + h],
                            (Some(n), Color::Output) => block.k2[n][tap * hidden + source],
                        });
                    }
                }
            }
        }
    }

    fn encoder_rows(&mut self, plane: Plane, encoder: &EndContents) {
        let (lanes, lane) = (self.machine.lanes(), self.lane);
        let taps = encoder.weights.first().map_or(0, Vec::len);
        for group in 0..plane.channels.div_ceil(lanes) {
            let own = encoder.weights.get(group * lanes + lane);
            for word in 0..taps.div_ceil(self.machine.tree_width()) {
                self.row(word, taps, |tap| own.map_or(0, |weights| weights[tap]));
            }
        }
    }

    fn decoder_rows(&mut self, plane: Plane, cells: usize, decoder: &EndContents) {
        let (lanes, lane) = (self.machine.lanes(), self.lane);
        for group in 0..decoder.weights.len().div_ceil(lanes) {
            let own = decoder.weights.get(group * lanes + lane);
            for cell in 0..cells {
                for word in 0..self.words_of(plane) {
                    self.row(word, plane.channels, |channel| {
                        own.map_or(0, |weights| weights[cell * plane.channels + channel])
                    });
                }
            }
        }
    }

    /// Appends row `word` of `tree_width` weights each, packed from the least significant bit; from `sources` on they are 0.
    fn row(&mut self, word: usize, sources: usize, weight: impl Fn(usize) -> i32) {
        let (bits, width) = (self.machine.weight_bits(), self.machine.tree_width());
        let (per_word, mask) = ((32 / bits) as usize, (1u32 << bits) - 1);
        for first in (0..width).step_by(per_word) {
            let packed = (first..width.min(first + per_word)).fold(0u32, |packed, q| {
                let source = word * width + q;
                let raw = if source < sources { weight(source) } else { 0 };
                packed | ((raw as u32 & mask) << ((q - first) as u32 * bits))
            });
            self.words.push(packed);
        }
    }
}
