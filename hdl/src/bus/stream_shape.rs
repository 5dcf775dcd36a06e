//! What the packets of a machine's streams hold.

use spinwright_contract::{Color, ValidConfig, ValidSparse, registers};

/// Windows of the register map that a packet fills or shows, first address and words, one behind the other; the second may have no words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamShape {
    /// Inputs of a run.
    pub input: [(u16, usize); 2],
    /// Results of a run.
    pub result: [(u16, usize); 2],
}

impl StreamShape {
    /// Pixels or input spins; class and scores, or signs of the last block's outputs.
    pub fn layered(config: &ValidConfig) -> Self {
        let input = match config.encoder() {
            Some(encoder) => (registers::PIXELS, encoder.pixels().div_ceil(4)),
            None => {
                let (first, part) = (config.sizes(0), config.tree_width().div_ceil(32));
                (registers::INPUT, first.shape.input.positions() * first.input_words() * part)
            }
        };
        let result = match config.decoder() {
            Some(decoder) => [(registers::CONTROL_CLASS, 1), (registers::SCORES, decoder.classes)],
            None => [(registers::SIGNS, config.sizes(config.block_count() - 1).slots(Color::Output)), (0, 0)],
        };
        Self { input: [input, (0, 0)], result }
    }

    /// Mask and values of the clamps; spins of all replicas.
    pub fn sparse(config: &ValidSparse) -> Self {
        let words = config.p_bit_words();
        Self {
            input: [(registers::CLAMP_MASK, words), (registers::CLAMP_VALUE, words)],
            result: [(registers::SPINS, words * config.replicas()), (0, 0)],
        }
    }

    /// Words of a packet of inputs.
    pub fn inputs(&self) -> usize {
        self.input.iter().map(|part| part.1).sum()
    }

    /// Words of a packet of results.
    pub fn results(&self) -> usize {
        self.result.iter().map(|part| part.1).sum()
    }
}
