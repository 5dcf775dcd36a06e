//! One jump applied to very many generators: the start states of a batch's images.

use crate::stream::{Generator, Jump};
use spinwright_contract::RandomSource;

/// A jump as a table of its effect on every byte of the state: a state is advanced by one look-up per byte.
pub(super) struct JumpTable {
    source: RandomSource,
    bytes: Vec<[u128; 256]>,
}

impl JumpTable {
    /// The table of the jump over `draws` draws.
    pub(super) fn new(source: RandomSource, draws: u128) -> Self {
        let jump = Jump::draws(source, draws);
        let state_bits = match source {
            RandomSource::Lfsr64 => 64,
            RandomSource::Xoshiro128PlusPlus => 128,
        };
        // The map is linear over GF(2): its value on a byte is the XOR of its values on the byte's bits.
        let bytes = (0..state_bits).step_by(8).map(|byte| {
            let basis: [u128; 8] = std::array::from_fn(|bit| {
                let mut generator = from_bits(source, 1 << (byte + bit));
                generator.jump(&jump);
                to_bits(&generator)
            });
            std::array::from_fn(|value| {
                (0..8).filter(|bit| value >> bit & 1 == 1).fold(0, |sum, bit| sum ^ basis[bit])
            })
        });
        Self { source, bytes: bytes.collect() }
    }

    /// The generator after the jump.
    pub(super) fn apply(&self, generator: &Generator) -> Generator {
        let state = to_bits(generator);
        let parts = self.bytes.iter().zip(state.to_le_bytes());
        from_bits(self.source, parts.fold(0, |sum, (table, byte)| sum ^ table[usize::from(byte)]))
    }
}

/// The state as one number, first word lowest.
fn to_bits(generator: &Generator) -> u128 {
    match generator {
        Generator::Lfsr64(g) => g.state().into(),
        Generator::Xoshiro128PlusPlus(g) => {
            g.state().iter().rev().fold(0, |bits, &word| bits << 32 | u128::from(word))
        }
    }
}

/// The reverse of [`to_bits`]; the state is never 0, because jumps are invertible.
fn from_bits(source: RandomSource, bits: u128) -> Generator {
    let words: [u32; 4] = std::array::from_fn(|word| (bits >> (32 * word)) as u32);
    match Generator::from_words(source, &words) {
        Ok(generator) => generator,
        Err(_) => unreachable!("an invertible map of a state that is not 0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::LaneStreams;

    #[test]
    fn table_and_polynomial_agree() {
        for (source, bits) in [(RandomSource::Lfsr64, 16), (RandomSource::Xoshiro128PlusPlus, 24)] {
            let draws = 123_456_789_123;
            let table = JumpTable::new(source, draws);
            let mut streams = LaneStreams::new(source, bits, 8, 5);
            let jumped: Vec<Generator> = streams.generators().iter().map(|g| table.apply(g)).collect();
            streams.advance(draws);
            assert_eq!(jumped, streams.generators());
        }
    }
}
